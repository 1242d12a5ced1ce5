//! Whether an episode that is played again is the one that was recorded.

use super::{BlackBox, Deed, Moment, Played};
use crate::cluster::{Cluster, Observation, Step};
use std::fmt;

/// What playing a black box again came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Every state is the recorded one.
    Same {
        /// Links of the chain, all of which match.
        links: usize,
    },
    /// One is not.
    Differs(Difference),
}

/// The first moment that is not as it was recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Number of the moment in the episode.
    pub moment: usize,
    /// Ticks of the run that were done.
    pub tick: u64,
    /// Steps of the episode that were done.
    pub step: usize,
    /// What differs.
    pub what: String,
}

impl fmt::Display for Difference {
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
    pub fn verify(&self) -> Result<Verdict, String> {
        let mut player = self.player()?;
        while let Some(played) = player.next() {
            let moment = player.moments() - 1;
            let told = moment.checked_sub(self.first_told()).map(|at| &self.moments[at]);
            let seen = told.and_then(|told| unlike(told, player.cluster(), &played, self.tick_at(player.steps())));
            let what = match (seen, self.course.link(moment) == Some(played.link)) {
                (Some(what), _) => what,
                (None, true) => continue,
                (None, false) if told.is_some() => {
                    "all that can be seen agrees, but not the hash: hidden state, the stream of random numbers, or the \
                     hash itself is another"
                        .to_owned()
                }
                (None, false) => "the hash of the state is another".to_owned(),
            };
            let step = player.steps();
            return Ok(Verdict::Differs(Difference { moment, tick: self.tick_at(step), step, what }));
        }
        Ok(Verdict::Same { links: self.course.moments() })
    }
}

/// What of a moment is not as it was played.
fn unlike(told: &Moment, cluster: &Cluster, played: &Played, tick: u64) -> Option<String> {
    let cells = cluster.cells();
    let columns = cluster.scenario().columns;
    for (name, told, played) in [
        ("cpu", &told.cpu, &cells.cpu),
        ("memory", &told.mem, &cells.mem),
        ("priority", &told.priority, &cells.priority),
    ] {
        if let Some(at) = told.iter().zip(played).position(|(told, played)| told.to_bits() != played.to_bits()) {
            let (row, column) = (at / columns, at % columns);
            let (told, played) = (told[at], played[at]);
            return Some(format!(
                "the {name} of row {row} column {column} is {told} in the file and {played} played again"
            ));
        }
    }
    let agent = (told.agent.0 as usize, told.agent.1 as usize);
    if agent != cluster.agent() {
        return Some(format!("the agent is at {agent:?} in the file and at {:?} played again", cluster.agent()));
    }
    if told.budget.to_bits() != cluster.budget().to_bits() {
        return Some(format!("the budget is {} in the file and {} played again", told.budget, cluster.budget()));
    }
    if told.tick != tick {
        return Some(format!("the file calls it tick {}", told.tick));
    }
    let (Some(thought), Deed::Act { action, effect, step }) = (&told.thought, &played.deed) else {
        return None;
    };
    let bits = |observation: &Observation| observation.0.map(f32::to_bits);
    let Step { reward, outcome } = step;
    let differs = [
        ("action", thought.choice.action != *action),
        ("observation", bits(&thought.observation) != bits(&played.observation)),
        ("effect of the action", thought.effect != *effect),
        ("reward", thought.reward.0.map(f64::to_bits) != reward.0.map(f64::to_bits)),
        ("outcome", thought.outcome != *outcome),
    ];
    let (name, _) = differs.into_iter().find(|(_, differs)| *differs)?;
    Some(format!("the {name} in the file is not the one played again"))
}
