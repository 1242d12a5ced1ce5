//! Replays an episode from its action log.

use super::action_log::{ActionLog, ChainHash, ExternalEvent, chain_hash};
use crate::cluster::{Action, Cluster, Effect, Intervention, Observation, StepResult};

/// What caused a moment, with its results.
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
        /// Reward and outcome.
        step: StepResult,
    },
    /// A person intervened.
    Intervene(Intervention),
}

/// A replayed moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlayedStep {
    /// What caused it.
    pub event: PlayedEvent,
    /// What the agent saw before it.
    pub observation: Observation,
    /// Hash of the state after it.
    pub hash: ChainHash,
}

/// Replays an action log moment by moment.
#[derive(Debug)]
pub struct EpisodePlayer<'a> {
    cluster: Cluster,
    action_log: &'a ActionLog,
    /// Moments replayed.
    moments: usize,
    /// Agent's actions and external events replayed.
    actions: usize,
    external_events: usize,
    hash: ChainHash,
    state_buffer: Vec<u8>,
}

impl<'a> EpisodePlayer<'a> {
    /// A player of the episode with this seed. `cluster` must have the scenario, the rewards and the load of the episode.
    pub fn new(mut cluster: Cluster, action_log: &'a ActionLog, seed: u64) -> Self {
        cluster.set_max_steps(usize::try_from(action_log.max_steps).unwrap_or(usize::MAX));
        cluster.reset(seed);
        Self { cluster, action_log, moments: 0, actions: 0, external_events: 0, hash: 0, state_buffer: Vec::new() }
    }

    /// The cluster after the last replayed moment.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Consumes the player and returns the cluster.
    pub fn into_cluster(self) -> Cluster {
        self.cluster
    }

    /// Moments replayed so far.
    pub fn moments(&self) -> usize {
        self.moments
    }

    /// Steps of the agent replayed so far.
    pub fn steps(&self) -> usize {
        self.actions
    }

    fn play_event(&mut self) -> PlayedEvent {
        if self.moments == 0 {
            return PlayedEvent::Start;
        }
        while let Some((at, event)) = self.action_log.external_events.get(self.external_events) {
            if *at > self.moments as u64 {
                break;
            }
            self.external_events += 1;
            match event {
                ExternalEvent::MaxSteps(steps) => {
                    self.cluster.set_max_steps(usize::try_from(*steps).unwrap_or(usize::MAX));
                }
                ExternalEvent::Intervention(intervention) => {
                    self.cluster.intervene(intervention);
                    return PlayedEvent::Intervene(*intervention);
                }
            }
        }
        // A log has one hash more than actions and interventions; `ActionLog::check` ensures it for logs from files.
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
        let event = self.play_event();
        self.moments += 1;
        self.hash = chain_hash(self.hash, &self.cluster, &mut self.state_buffer);
        Some(PlayedStep { event, observation, hash: self.hash })
    }
}
