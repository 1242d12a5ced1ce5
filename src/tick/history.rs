//! The recent past, bounded, for charts and the event log. Exists only where somebody looks at it.

use crate::cluster::Outcome;
use bevy::ecs::resource::Resource;
use std::collections::VecDeque;

/// Ticks kept for the charts.
const TICKS: usize = 2_000;
/// Episodes kept for the charts.
const EPISODES: usize = 2_000;
/// Entries kept in the log.
const ENTRIES: usize = 500;

/// One tick of the first cluster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TickPoint {
    /// Number of the tick.
    pub tick: u64,
    /// Reward of the step.
    pub reward: f32,
    /// Mean load, 0 to 1.
    pub load: f32,
    /// The Prophet's risk, 0 to 1.
    pub risk: f32,
}

/// One ended episode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpisodePoint {
    /// Number of the episode in the run.
    pub episode: u64,
    /// Steps survived.
    pub steps: u32,
    /// Whether it collapsed.
    pub collapsed: bool,
}

/// Points for the charts.
#[derive(Resource, Debug, Default)]
pub struct History {
    /// The last ticks, oldest first.
    pub ticks: VecDeque<TickPoint>,
    /// The last episodes, oldest first.
    pub episodes: VecDeque<EpisodePoint>,
}

impl History {
    /// Adds a tick, forgetting the oldest.
    pub fn add_tick(&mut self, point: TickPoint) {
        push_bounded(&mut self.ticks, point, TICKS);
    }

    /// Adds an episode, forgetting the oldest.
    pub fn add_episode(&mut self, point: EpisodePoint) {
        push_bounded(&mut self.episodes, point, EPISODES);
    }
}

/// What a log entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A cluster collapsed.
    Crash,
    /// An episode was survived to its end.
    Survived,
    /// Something was saved, loaded or changed.
    Note,
    /// Something went wrong.
    Trouble,
}

impl From<Outcome> for EventKind {
    fn from(outcome: Outcome) -> Self {
        if outcome.is_collapse() { Self::Crash } else { Self::Survived }
    }
}

/// One line of the event log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Tick at which it happened.
    pub tick: u64,
    /// What it is about.
    pub kind: EventKind,
    /// One sentence.
    pub text: String,
}

/// The last events, oldest first.
#[derive(Resource, Debug, Default)]
pub struct EventLog(VecDeque<LogEntry>);

impl EventLog {
    /// Adds an entry, forgetting the oldest.
    pub fn add(&mut self, tick: u64, kind: EventKind, text: impl Into<String>) {
        push_bounded(&mut self.0, LogEntry { tick, kind, text: text.into() }, ENTRIES);
    }

    /// The entries, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &LogEntry> + ExactSizeIterator {
        self.0.iter()
    }
}

fn push_bounded<T>(queue: &mut VecDeque<T>, item: T, most: usize) {
    if queue.len() == most {
        queue.pop_front();
    }
    queue.push_back(item);
}
