//! The action log of an episode: everything that was done to a cluster since the episode began, and a chain of hashes over
//! its states. With settings and seed it repeats the episode, and the hashes verify the repetition.

use super::check::{MAX_EXTERNAL_EVENTS, check_action_log};
use crate::cluster::{Action, Cluster, Intervention};
use crate::schema::{SavedActionLog, SavedExternalEvent};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The hash of a state, seeded with the hash of the state before it.
pub type ChainHash = u64;

/// Most moments of an episode that a black box can hold.
pub const MAX_MOMENTS: usize = 1_000_000;

/// Something done to a cluster other than the actions of its agent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ExternalEvent {
    /// A person intervened: a moment of its own.
    Intervention(Intervention),
    /// The step limit of episodes changed to this number; the state did not change.
    MaxSteps(u64),
}

/// The steps that a person drove, as spans, oldest first: first step (from 0) and number of steps.
pub type ManualSpans = Vec<(u64, u64)>;

/// The action log of an episode from its first moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ActionLog {
    /// Step limit when the episode began.
    pub(super) max_steps: u64,
    /// The agent's actions.
    pub(super) actions: Vec<Action>,
    /// External events, each with the number of moments before it.
    pub(super) external_events: Vec<(u64, ExternalEvent)>,
    /// A hash per moment; the first is that of the fresh episode.
    pub(super) hashes: Vec<ChainHash>,
    /// Whether the log is incomplete: the episode exceeded [`MAX_MOMENTS`].
    pub(super) cut: bool,
    /// The steps that a person drove.
    pub(super) manual: ManualSpans,
    /// Buffer for the state that is hashed.
    state_buffer: StateBuffer,
}

/// A buffer that does not count when logs are compared.
#[derive(Debug, Clone, Default)]
struct StateBuffer(Vec<u8>);

impl PartialEq for StateBuffer {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The hash of the state of `cluster`, seeded with the hash `previous`. `buffer` is overwritten.
///
/// 64-bit XXH3 detects accidental differences and changes of the program. It does not protect against forgery: a forger could
/// compute all hashes again.
pub(super) fn chain_hash(previous: ChainHash, cluster: &Cluster, buffer: &mut Vec<u8>) -> ChainHash {
    buffer.clear();
    cluster.write_state(buffer);
    xxh3_64_with_seed(buffer, previous)
}

impl ActionLog {
    /// Starts the log of the fresh episode of `cluster`.
    pub fn begin(&mut self, cluster: &Cluster) {
        self.max_steps = cluster.scenario().max_steps as u64;
        self.actions.clear();
        self.external_events.clear();
        self.hashes.clear();
        self.cut = false;
        self.manual.clear();
        self.append(cluster);
    }

    /// Records a step with `action`, chosen by a person if `manual`.
    pub fn act(&mut self, action: Action, manual: bool, cluster: &Cluster) {
        if !self.has_room() {
            return;
        }
        let step = self.actions.len() as u64;
        match self.manual.last_mut() {
            Some((first, count)) if manual && *first + *count == step => *count += 1,
            _ if manual => self.manual.push((step, 1)),
            _ => {}
        }
        self.actions.push(action);
        self.append(cluster);
    }

    /// Records an intervention.
    pub fn intervene(&mut self, intervention: Intervention, cluster: &Cluster) {
        if self.has_room() {
            self.external_events.push((self.hashes.len() as u64, ExternalEvent::Intervention(intervention)));
            self.append(cluster);
        }
    }

    /// Records a change of the step limit.
    pub fn set_max_steps(&mut self, max_steps: usize) {
        if self.has_room() {
            self.external_events.push((self.hashes.len() as u64, ExternalEvent::MaxSteps(max_steps as u64)));
        }
    }

    /// Moments of the episode so far, its beginning included.
    pub fn moments(&self) -> usize {
        self.hashes.len()
    }

    /// Steps of the agent.
    pub fn steps(&self) -> usize {
        self.actions.len()
    }

    /// The agent's actions, oldest first.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// External events, oldest first, each with the number of moments before it.
    pub fn external_events(&self) -> &[(u64, ExternalEvent)] {
        &self.external_events
    }

    /// The steps that a person drove.
    pub fn manual(&self) -> &[(u64, u64)] {
        &self.manual
    }

    /// Whether a person drove the agent in this step, counted from 0.
    pub fn is_manual(&self, step: usize) -> bool {
        let step = step as u64;
        let after = self.manual.partition_point(|(first, _)| *first <= step);
        after > 0 && step - self.manual[after - 1].0 < self.manual[after - 1].1
    }

    /// The hash of a moment.
    pub fn hash(&self, moment: usize) -> Option<ChainHash> {
        self.hashes.get(moment).copied()
    }

    /// Checks that the log can be replayed in a cluster of `cells` cells; one from a file may be inconsistent.
    ///
    /// # Errors
    /// What is inconsistent, as the end of a sentence.
    pub fn check(&self, cells: usize) -> Result<(), String> {
        check_action_log(self, cells)
    }

    /// Whether the log is complete.
    pub fn is_complete(&self) -> bool {
        !self.cut && !self.hashes.is_empty()
    }

    /// The log as files hold it.
    pub fn to_saved(&self) -> SavedActionLog {
        let Self { max_steps, actions, external_events, hashes, cut, manual, state_buffer: _ } = self;
        let outside = external_events.iter().map(|(at, event)| match *event {
            ExternalEvent::Intervention(intervention) => (*at, SavedExternalEvent::Intervention(intervention.into())),
            ExternalEvent::MaxSteps(steps) => (*at, SavedExternalEvent::MaxSteps(steps)),
        });
        SavedActionLog {
            max_steps: *max_steps,
            actions: actions.iter().map(|action| action.code()).collect(),
            outside: outside.collect(),
            hashes: hashes[..].into(),
            cut: *cut,
            driven_from: manual.iter().map(|(first, _)| *first).collect(),
            driven_steps: manual.iter().map(|(_, count)| *count).collect(),
        }
    }

    /// The log of a file. [`ActionLog::check`] checks whether it can be replayed.
    ///
    /// # Errors
    /// Unknown actions, or lists of different lengths.
    pub fn from_saved(saved: SavedActionLog) -> Result<Self, &'static str> {
        let SavedActionLog { max_steps, actions, outside, hashes, cut, driven_from, driven_steps } = saved;
        if driven_from.len() != driven_steps.len() {
            return Err("its list of steps that a person drove is damaged");
        }
        let external_events = outside.0.into_iter().map(|(at, event)| match event {
            SavedExternalEvent::Intervention(intervention) => (at, ExternalEvent::Intervention(intervention.into())),
            SavedExternalEvent::MaxSteps(steps) => (at, ExternalEvent::MaxSteps(steps)),
        });
        Ok(Self {
            max_steps,
            actions: Action::from_codes(&actions)?,
            external_events: external_events.collect(),
            hashes: hashes.to_vec(),
            cut,
            manual: driven_from.iter().zip(driven_steps.iter()).collect(),
            state_buffer: StateBuffer::default(),
        })
    }

    fn has_room(&mut self) -> bool {
        self.cut |= self.hashes.len() >= MAX_MOMENTS || self.external_events.len() >= MAX_EXTERNAL_EVENTS;
        !self.cut
    }

    fn append(&mut self, cluster: &Cluster) {
        let previous = self.hashes.last().copied().unwrap_or(0);
        let hash = chain_hash(previous, cluster, &mut self.state_buffer.0);
        self.hashes.push(hash);
    }
}
