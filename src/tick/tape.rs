//! The tape: the recent past of a cluster, moment by moment, as exact as the state itself. The view draws from it, the
//! scrubber looks back along it, and a black box is a piece of it.

use super::{Decision, Forecast, Verdict};
use crate::blackbox::Course;
use crate::cluster::{Cluster, Intervention, Observation};
use bevy::ecs::component::Component;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::ops::Range;

/// What brought a moment about.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum Cause {
    /// An episode began.
    #[default]
    Start,
    /// A tick: the agent acted and time passed.
    Tick,
    /// A person intervened.
    Intervention(Intervention),
}

/// A moment of a cluster.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Frame {
    /// What brought it about.
    pub cause: Cause,
    /// Ticks of the run that were done.
    pub tick: u64,
    /// Number of the cluster's episode.
    pub episode: u64,
    /// Steps of the episode that were done.
    pub time: usize,
    /// Row and column of the agent.
    pub agent: (usize, usize),
    /// Budget left, in units.
    pub budget: f64,
    /// Mean load, 0 to 1.
    pub load: f64,
    /// CPU of every cell, 0 to 1.
    pub cpu: Vec<f32>,
    /// Memory drift of every cell, 0 to 1.
    pub mem: Vec<f32>,
    /// Priority of every cell, 0 to 1.
    pub priority: Vec<f32>,
    /// What the agent saw before it acted; of no meaning unless the cause is a tick, as all below.
    pub observation: Observation,
    /// What the Prophet told it.
    pub forecast: Forecast,
    /// What it decided, and why.
    pub decision: Decision,
    /// What the action did and how it was judged.
    pub verdict: Verdict,
}

impl Frame {
    /// Bytes that a frame of so many cells takes.
    pub(super) fn bytes(cells: usize) -> usize {
        size_of::<Self>() + 3 * size_of::<f32>() * cells
    }

    /// Takes over the state of the cluster.
    fn show(&mut self, cluster: &Cluster) {
        let cells = cluster.cells();
        self.time = cluster.time();
        self.agent = cluster.agent();
        self.budget = cluster.budget();
        self.load = cluster.mean_load();
        self.cpu.clone_from(&cells.cpu);
        self.mem.clone_from(&cells.mem);
        self.priority.clone_from(&cells.priority);
    }
}

/// The last moments of a cluster, numbered from 0 through the run.
#[derive(Component, Debug)]
pub struct Tape {
    frames: VecDeque<Frame>,
    capacity: usize,
    /// Number of the oldest frame that is kept.
    first: u64,
    /// The course of the running episode, where a black box is wanted of its end.
    course: Option<Course>,
}

/// What a black box of the running episode will need of the past.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Keepsake {
    course: Option<Course>,
    /// Moments of the running episode, oldest first.
    frames: Vec<Frame>,
}

impl Keepsake {
    /// Whether its moments are those of a cluster of this size.
    pub fn fits(&self, rows: usize, columns: usize) -> bool {
        self.frames.iter().all(|frame| {
            let sizes = [&frame.cpu, &frame.mem, &frame.priority].map(Vec::len);
            sizes == [rows * columns; 3] && frame.agent.0 < rows && frame.agent.1 < columns
        })
    }
}

impl Tape {
    /// What to keep for a black box that tells at most `most` moments of the running `episode`.
    pub(super) fn keepsake(&self, episode: u64, most: usize) -> Keepsake {
        let past = self.frames.iter().rev().take_while(|frame| frame.episode == episode);
        let mut frames: Vec<_> = past.take(most).cloned().collect();
        frames.reverse();
        // Frames are used again, and what has no meaning in one is left over from another.
        for frame in frames.iter_mut().filter(|frame| frame.cause != Cause::Tick) {
            frame.observation = Observation::default();
            (frame.forecast, frame.decision, frame.verdict) = Default::default();
        }
        Keepsake { course: self.course.clone(), frames }
    }

    /// The same tape, which goes on from a keepsake.
    pub(super) fn going_on(mut self, keepsake: Keepsake) -> Self {
        self.course = self.course.and(keepsake.course);
        self.frames = keepsake.frames.into();
        self.first += self.frames.len().saturating_sub(self.capacity) as u64;
        while self.frames.len() > self.capacity {
            self.frames.pop_front();
        }
        self
    }

    /// A tape of at most `capacity` frames, at least two.
    pub fn new(capacity: usize) -> Self {
        Self { frames: VecDeque::new(), capacity: capacity.max(2), first: 0, course: None }
    }

    /// The same, which keeps the whole course of the running episode besides.
    pub fn with_course(self) -> Self {
        Self { course: Some(Course::default()), ..self }
    }

    /// The course of the running episode, if it is kept.
    pub fn course(&self) -> Option<&Course> {
        self.course.as_ref()
    }

    /// Episodes became of another length.
    pub fn set_max_steps(&mut self, max_steps: usize) {
        if let Some(course) = &mut self.course {
            course.set_max_steps(max_steps);
        }
    }

    /// How many frames of a cluster with so many cells fit in this much memory.
    pub fn fitting(megabytes: f64, cells: usize) -> usize {
        (megabytes * f64::from(1 << 20)) as usize / Frame::bytes(cells)
    }

    /// Adds a moment of `cluster`; the oldest gives way. `tell` adds what the cluster does not know.
    pub fn record(&mut self, cluster: &Cluster, cause: Cause, tell: impl FnOnce(&mut Frame)) {
        let oldest = if self.frames.len() == self.capacity { self.frames.pop_front() } else { None };
        self.first += u64::from(oldest.is_some());
        let mut frame = oldest.unwrap_or_default();
        frame.cause = cause;
        frame.show(cluster);
        tell(&mut frame);
        if let Some(course) = &mut self.course {
            match cause {
                Cause::Start => course.begin(cluster),
                Cause::Tick => course.act(frame.decision.choice.action, cluster),
                Cause::Intervention(intervention) => course.intervene(intervention, cluster),
            }
        }
        self.frames.push_back(frame);
    }

    /// Numbers of the frames that are kept.
    pub fn range(&self) -> Range<u64> {
        self.first..self.first + self.frames.len() as u64
    }

    /// The frame of this number, if it is kept.
    pub fn get(&self, number: u64) -> Option<&Frame> {
        self.frames.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// The latest frame.
    pub fn latest(&self) -> Option<&Frame> {
        self.frames.back()
    }

    /// The frames with their numbers, oldest first.
    pub fn frames(&self) -> impl DoubleEndedIterator<Item = (u64, &Frame)> + ExactSizeIterator {
        self.frames.iter().enumerate().map(|(at, frame)| (self.first + at as u64, frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Action;
    use crate::settings::{RewardSettings, Scenario};

    #[test]
    fn the_oldest_moment_gives_way_and_numbers_go_on() {
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        let mut tape = Tape::new(3);
        for tick in 0..5 {
            tape.record(&cluster, Cause::Tick, |frame| frame.tick = tick);
            cluster.step(Action::Up);
        }
        assert_eq!(tape.range(), 2..5);
        assert!(tape.get(1).is_none() && tape.get(5).is_none());
        assert_eq!(tape.get(2).map(|frame| (frame.tick, frame.time)), Some((2, 2)));
        assert_eq!(tape.latest().map(|frame| frame.tick), Some(4));
        assert_eq!(tape.frames().map(|(number, _)| number).collect::<Vec<_>>(), [2, 3, 4]);
    }

    #[test]
    fn a_frame_holds_the_cells_as_they_were() {
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        let mut tape = Tape::new(10);
        tape.record(&cluster, Cause::Start, |_| {});
        let before = cluster.cells().clone();
        cluster.step(Action::Scale);
        tape.record(&cluster, Cause::Tick, |_| {});
        let (first, last) = (tape.get(0).unwrap(), tape.latest().unwrap());
        assert_eq!((&first.cpu, &first.mem), (&before.cpu, &before.mem));
        assert_eq!((&last.cpu, &last.mem), (&cluster.cells().cpu, &cluster.cells().mem));
        assert_ne!(first.mem, last.mem);
    }
}
