//! Whether an episode that is played again is the one that was recorded.

use super::{BlackBox, PlayedEvent, PlayedStep, StepRecord};
use crate::cluster::{Cluster, Observation, StepResult};
use std::fmt;

/// What playing a black box again came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Verification {
    /// Every state is the recorded one.
    Same {
        /// Links of the chain, all of which match.
        links: usize,
    },
    /// One is not.
    Differs(Divergence),
}

/// The first moment that is not as it was recorded.
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
    /// Plays the episode again and compares every state with its hash and, where moments are told in full, with those.
    ///
    /// # Errors
    /// As [`BlackBox::player`].
    pub fn verify(&self) -> Result<Verification, String> {
        let mut player = self.player()?;
        while let Some(played) = player.next() {
            let moment = player.moments() - 1;
            let message = moment.checked_sub(self.first_recorded()).map(|at| &self.moments[at]);
            let seen =
                message.and_then(|message| unlike(message, player.cluster(), &played, self.tick_at(player.steps())));
            let what = match (seen, self.action_log.link(moment) == Some(played.link)) {
                (Some(what), _) => what,
                (None, true) => continue,
                (None, false) if message.is_some() => {
                    "all that can be seen agrees, but not the hash: hidden state, the stream of random numbers, or the \
                     hash itself is another"
                        .to_owned()
                }
                (None, false) => "the hash of the state is another".to_owned(),
            };
            let step = player.steps();
            return Ok(Verification::Differs(Divergence { moment, tick: self.tick_at(step), step, what }));
        }
        Ok(Verification::Same { links: self.action_log.moments() })
    }
}

/// What of a moment is not as it was played.
fn unlike(message: &StepRecord, cluster: &Cluster, played: &PlayedStep, tick: u64) -> Option<String> {
    let cells = cluster.cells();
    let columns = cluster.scenario().columns;
    for (name, message, played) in [
        ("cpu", &message.cpu, &cells.cpu),
        ("memory", &message.mem, &cells.mem),
        ("priority", &message.priority, &cells.priority),
    ] {
        if let Some(at) = message.iter().zip(played).position(|(message, played)| message.to_bits() != played.to_bits())
        {
            let (row, column) = (at / columns, at % columns);
            let (message, played) = (message[at], played[at]);
            return Some(format!(
                "the {name} of row {row} column {column} is {message} in the file and {played} played again"
            ));
        }
    }
    let agent = (message.agent.0 as usize, message.agent.1 as usize);
    if agent != cluster.agent() {
        return Some(format!("the agent is at {agent:?} in the file and at {:?} played again", cluster.agent()));
    }
    if message.budget.to_bits() != cluster.budget().to_bits() {
        return Some(format!("the budget is {} in the file and {} played again", message.budget, cluster.budget()));
    }
    if message.tick != tick {
        return Some(format!("the file calls it tick {}", message.tick));
    }
    let (Some(agent_record), PlayedEvent::Act { action, effect, step }) = (&message.agent_record, &played.event) else {
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
    Some(format!("the {name} in the file is not the one played again"))
}
