//! Verifies that a replayed episode is the recorded one.

use super::{BlackBox, PlayedEvent, PlayedStep, StepRecord};
use crate::cluster::{Cluster, Observation, StepResult};
use std::fmt;

/// The result of replaying a black box.
#[derive(Debug, Clone, PartialEq)]
pub enum Verification {
    /// Every state equals the recorded one.
    Same {
        /// Number of hashes, all of which match.
        hashes: usize,
    },
    /// A state differs.
    Differs(Divergence),
}

/// The first moment that differs from the recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Divergence {
    /// Number of the moment in the episode.
    pub moment: usize,
    /// Ticks of the run that were done.
    pub tick: u64,
    /// Steps of the episode that were done.
    pub step: usize,
    /// What differs.
    pub what: String,
}

impl fmt::Display for Divergence {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let Self { moment, tick, step, what } = self;
        write!(formatter, "it differs first at tick {tick} (step {step} of the episode, moment {moment}): {what}")
    }
}

impl BlackBox {
    /// Replays the episode and compares every state with its hash and, where moments are recorded in full, with those.
    ///
    /// # Errors
    /// As [`BlackBox::player`].
    pub fn verify(&self) -> Result<Verification, String> {
        let mut player = self.player()?;
        while let Some(played) = player.next() {
            let moment = player.moments() - 1;
            let recorded = moment.checked_sub(self.first_recorded()).map(|at| &self.moments[at]);
            let visible = recorded
                .and_then(|recorded| difference(recorded, player.cluster(), &played, self.tick_at(player.steps())));
            let what = match (visible, self.action_log.hash(moment) == Some(played.hash)) {
                (Some(what), _) => what,
                (None, true) => continue,
                (None, false) if recorded.is_some() => {
                    "all that is visible agrees, but the hash does not: the hidden state, the random numbers or the hash itself \
                     differ"
                        .to_owned()
                }
                (None, false) => "the hash of the state differs".to_owned(),
            };
            let step = player.steps();
            return Ok(Verification::Differs(Divergence { moment, tick: self.tick_at(step), step, what }));
        }
        Ok(Verification::Same { hashes: self.action_log.moments() })
    }
}

/// What of a recorded moment differs from the replayed one.
fn difference(recorded: &StepRecord, cluster: &Cluster, played: &PlayedStep, tick: u64) -> Option<String> {
    let cells = cluster.cells();
    let columns = cluster.scenario().columns;
    for (name, recorded, played) in [
        ("cpu", &recorded.cpu, &cells.cpu),
        ("memory", &recorded.mem, &cells.mem),
        ("priority", &recorded.priority, &cells.priority),
    ] {
        if let Some(at) =
            recorded.iter().zip(played).position(|(recorded, played)| recorded.to_bits() != played.to_bits())
        {
            let (row, column) = (at / columns, at % columns);
            let (recorded, played) = (recorded[at], played[at]);
            return Some(format!(
                "the {name} of row {row} column {column} is {recorded} in the file and {played} in the replay"
            ));
        }
    }
    let agent = (recorded.agent.0 as usize, recorded.agent.1 as usize);
    if agent != cluster.agent() {
        return Some(format!("the agent is at {agent:?} in the file and at {:?} in the replay", cluster.agent()));
    }
    if recorded.budget.to_bits() != cluster.budget().to_bits() {
        return Some(format!("the budget is {} in the file and {} in the replay", recorded.budget, cluster.budget()));
    }
    if recorded.tick != tick {
        return Some(format!("the file calls it tick {}", recorded.tick));
    }
    let (Some(agent_record), PlayedEvent::Act { action, effect, step }) = (&recorded.agent_record, &played.event)
    else {
        return None;
    };
    let bits = |observation: &Observation| observation.0.map(f32::to_bits);
    let StepResult { reward, outcome } = step;
    let differs = [
        ("action", agent_record.choice.action != *action),
        ("observation", bits(&agent_record.observation) != bits(&played.observation)),
        ("effect of the action", agent_record.effect != *effect),
        ("reward", agent_record.reward.0.map(f64::to_bits) != reward.0.map(f64::to_bits)),
        ("outcome", agent_record.outcome != *outcome),
    ];
    let (name, _) = differs.into_iter().find(|(_, differs)| *differs)?;
    Some(format!("the {name} in the file differs from the one in the replay"))
}
