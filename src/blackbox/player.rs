//! Playing the course of an episode again.

use super::action_log::{ActionLog, ChainHash, ExternalEvent, link};
use crate::cluster::{Action, Cluster, Effect, Intervention, Observation, StepResult};

/// What brought a moment about, with what it brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PlayedEvent {
    /// The episode began.
    Start,
    /// The agent acted, and time passed.
    Act {
        /// Its action.
        action: Action,
        /// What the action did.
        effect: Effect,
        /// How it was judged.
        step: StepResult,
    },
    /// A person intervened.
    Intervene(Intervention),
}

/// A moment that was played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlayedStep {
    /// What brought it about.
    pub event: PlayedEvent,
    /// What the agent saw before it.
    pub observation: Observation,
    /// Its link in the chain.
    pub link: ChainHash,
}

/// Plays a course, moment by moment.
#[derive(Debug)]
pub struct EpisodePlayer<'a> {
    cluster: Cluster,
    action_log: &'a ActionLog,
    /// Moments played.
    moments: usize,
    /// How many of the agent's actions and of the other deeds are done.
    actions: usize,
    outside: usize,
    link: ChainHash,
    scratch: Vec<u8>,
}

impl<'a> EpisodePlayer<'a> {
    /// A player of the episode of `seed` in `cluster`, whose scenario, rewards and load are those of the course.
    pub fn new(mut cluster: Cluster, action_log: &'a ActionLog, seed: u64) -> Self {
        cluster.set_max_steps(usize::try_from(action_log.max_steps).unwrap_or(usize::MAX));
        cluster.reset(seed);
        Self { cluster, action_log, moments: 0, actions: 0, outside: 0, link: 0, scratch: Vec::new() }
    }

    /// The cluster after the moment played last.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The cluster, to go on from here.
    pub fn into_cluster(self) -> Cluster {
        self.cluster
    }

    /// Moments played so far.
    pub fn moments(&self) -> usize {
        self.moments
    }

    /// Steps of the agent played so far.
    pub fn steps(&self) -> usize {
        self.actions
    }

    fn event(&mut self) -> PlayedEvent {
        if self.moments == 0 {
            return PlayedEvent::Start;
        }
        while let Some((at, outside)) = self.action_log.outside.get(self.outside) {
            if *at > self.moments as u64 {
                break;
            }
            self.outside += 1;
            match outside {
                ExternalEvent::MaxSteps(steps) => {
                    self.cluster.set_max_steps(usize::try_from(*steps).unwrap_or(usize::MAX));
                }
                ExternalEvent::Intervention(intervention) => {
                    self.cluster.intervene(intervention);
                    return PlayedEvent::Intervene(*intervention);
                }
            }
        }
        // A course has as many links as deeds and one more, which is checked where courses come from.
        let action = self.action_log.actions.get(self.actions).copied().unwrap_or(Action::Up);
        self.actions += 1;
        let effect = self.cluster.act(action);
        self.cluster.decay();
        let step = self.cluster.judge(&effect);
        PlayedEvent::Act { action, effect, step }
    }
}

impl Iterator for EpisodePlayer<'_> {
    type Item = PlayedStep;

    fn next(&mut self) -> Option<PlayedStep> {
        if self.moments >= self.action_log.moments() {
            return None;
        }
        let mut observation = Observation::default();
        self.cluster.observe(&mut observation);
        let event = self.event();
        self.moments += 1;
        self.link = link(self.link, &self.cluster, &mut self.scratch);
        Some(PlayedStep { event, observation, link: self.link })
    }
}
