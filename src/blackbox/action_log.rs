//! The course of an episode: all that was done to a cluster since the episode began, and a chain of hashes over its
//! states. With the settings and the seed it repeats the episode, and the chain tells whether it did.

use super::check::{MOST_OUTSIDE, check_course};
use crate::cluster::{Action, Cluster, Intervention};
use crate::schema::{SavedActionLog, SavedExternalEvent};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A link of the chain: the hash of a state, seeded with the link before it.
pub type ChainHash = u64;

/// Moments of the longest episode that a black box can hold.
pub const MAX_MOMENTS: usize = 1_000_000;

/// Something done to a cluster that is no action of its agent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ExternalEvent {
    /// A person intervened: a moment of its own.
    Intervention(Intervention),
    /// Episodes became of this length; the state did not change.
    MaxSteps(u64),
}

/// The steps that a person drove, in pieces and oldest first: the number of the first step of a piece, from 0, and how many.
pub type ManualSpans = Vec<(u64, u64)>;

/// The course of an episode from its first moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ActionLog {
    /// Length of an episode when this one began.
    pub(super) max_steps: u64,
    /// The agent's actions.
    pub(super) actions: Vec<Action>,
    /// What else was done, each with the number of moments before it.
    pub(super) outside: Vec<(u64, ExternalEvent)>,
    /// A link per moment; the first is the fresh episode.
    pub(super) links: Vec<ChainHash>,
    /// Whether the episode outgrew [`MAX_MOMENTS`], so that the rest is missing.
    pub(super) cut: bool,
    /// What a person drove.
    pub(super) manual: ManualSpans,
    /// Room for the state that is hashed.
    scratch: Scratch,
}

/// Bytes that are no part of what they serve.
#[derive(Debug, Clone, Default)]
struct Scratch(Vec<u8>);

impl PartialEq for Scratch {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The link of the state that `cluster` is in, after the link `previous`. `scratch` is overwritten.
///
/// XXH3 of 64 bits: the chain finds out that two states differ, by accident or by a change of the program. It is no seal
/// against those who would forge a file, who could compute any hash anew.
pub(super) fn link(previous: ChainHash, cluster: &Cluster, scratch: &mut Vec<u8>) -> ChainHash {
    scratch.clear();
    cluster.write_state(scratch);
    xxh3_64_with_seed(scratch, previous)
}

impl ActionLog {
    /// Begins anew with the fresh episode of `cluster`.
    pub fn begin(&mut self, cluster: &Cluster) {
        self.max_steps = cluster.scenario().max_steps as u64;
        self.actions.clear();
        self.outside.clear();
        self.links.clear();
        self.cut = false;
        self.manual.clear();
        self.append(cluster);
    }

    /// The agent did `action`, because a person `drove` it or by itself, and time passed.
    pub fn act(&mut self, action: Action, drove: bool, cluster: &Cluster) {
        if !self.has_room() {
            return;
        }
        let step = self.actions.len() as u64;
        match self.manual.last_mut() {
            Some((first, count)) if drove && *first + *count == step => *count += 1,
            _ if drove => self.manual.push((step, 1)),
            _ => {}
        }
        self.actions.push(action);
        self.append(cluster);
    }

    /// A person intervened.
    pub fn intervene(&mut self, intervention: Intervention, cluster: &Cluster) {
        if self.has_room() {
            self.outside.push((self.links.len() as u64, ExternalEvent::Intervention(intervention)));
            self.append(cluster);
        }
    }

    /// Episodes became of this length.
    pub fn set_max_steps(&mut self, max_steps: usize) {
        if self.has_room() {
            self.outside.push((self.links.len() as u64, ExternalEvent::MaxSteps(max_steps as u64)));
        }
    }

    /// Moments of the episode so far, its beginning included.
    pub fn moments(&self) -> usize {
        self.links.len()
    }

    /// Steps of the agent.
    pub fn steps(&self) -> usize {
        self.actions.len()
    }

    /// The agent's actions, oldest first.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// What else was done, oldest first, each with the number of moments before it.
    pub fn outside(&self) -> &[(u64, ExternalEvent)] {
        &self.outside
    }

    /// What a person drove.
    pub fn manual(&self) -> &[(u64, u64)] {
        &self.manual
    }

    /// Whether a person drove the agent in this step, counted from 0.
    pub fn is_manual(&self, step: usize) -> bool {
        let step = step as u64;
        let after = self.manual.partition_point(|(first, _)| *first <= step);
        after > 0 && step - self.manual[after - 1].0 < self.manual[after - 1].1
    }

    /// The link of a moment.
    pub fn link(&self, moment: usize) -> Option<ChainHash> {
        self.links.get(moment).copied()
    }

    /// Whether it can be played in a cluster of so many cells: what was read from a file may not.
    ///
    /// # Errors
    /// What contradicts what, as a sentence.
    pub fn check(&self, cells: usize) -> Result<(), String> {
        check_course(self, cells)
    }

    /// Whether nothing is missing.
    pub fn is_whole(&self) -> bool {
        !self.cut && !self.links.is_empty()
    }

    /// As files hold it.
    pub fn to_saved(&self) -> SavedActionLog {
        let Self { max_steps, actions, outside, links, cut, manual, scratch: _ } = self;
        let outside = outside.iter().map(|(at, outside)| match *outside {
            ExternalEvent::Intervention(intervention) => (*at, SavedExternalEvent::Intervention(intervention.into())),
            ExternalEvent::MaxSteps(steps) => (*at, SavedExternalEvent::MaxSteps(steps)),
        });
        SavedActionLog {
            max_steps: *max_steps,
            actions: actions.iter().map(|action| action.code()).collect(),
            outside: outside.collect(),
            hashes: links[..].into(),
            cut: *cut,
            driven_from: manual.iter().map(|(first, _)| *first).collect(),
            driven_steps: manual.iter().map(|(_, count)| *count).collect(),
        }
    }

    /// The course of a file. Whether it can be played, [`ActionLog::check`] finds out.
    ///
    /// # Errors
    /// Actions that there are not, or lists of different lengths.
    pub fn from_saved(saved: SavedActionLog) -> Result<Self, &'static str> {
        let SavedActionLog { max_steps, actions, outside, hashes, cut, driven_from, driven_steps } = saved;
        if driven_from.len() != driven_steps.len() {
            return Err("what a person drove in it is damaged");
        }
        let outside = outside.0.into_iter().map(|(at, outside)| match outside {
            SavedExternalEvent::Intervention(intervention) => (at, ExternalEvent::Intervention(intervention.into())),
            SavedExternalEvent::MaxSteps(steps) => (at, ExternalEvent::MaxSteps(steps)),
        });
        Ok(Self {
            max_steps,
            actions: Action::from_codes(&actions)?,
            outside: outside.collect(),
            links: hashes.to_vec(),
            cut,
            manual: driven_from.iter().zip(driven_steps.iter()).collect(),
            scratch: Scratch::default(),
        })
    }

    fn has_room(&mut self) -> bool {
        self.cut |= self.links.len() >= MAX_MOMENTS || self.outside.len() >= MOST_OUTSIDE;
        !self.cut
    }

    fn append(&mut self, cluster: &Cluster) {
        let previous = self.links.last().copied().unwrap_or(0);
        let link = link(previous, cluster, &mut self.scratch.0);
        self.links.push(link);
    }
}
