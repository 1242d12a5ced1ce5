//! The tape: the recent past of a cluster, moment by moment, as exact as the state itself. The view draws from it, the
//! scrubber looks back along it, and a black box is a piece of it.

use crate::blackbox::ActionLog;
use crate::cluster::Cluster;
use crate::simulation::{Cause, Frame, NetworkInputs};
use bevy_ecs::component::Component;
use std::collections::VecDeque;
use std::ops::Range;

/// The last moments of a cluster, numbered from 0 through the run.
#[derive(Component, Debug)]
pub struct FrameHistory {
    frames: VecDeque<Frame>,
    capacity: usize,
    /// Number of the oldest frame that is kept.
    first: u64,
    /// For each frame what the networks were given before it, where that is known; kept only where somebody looks.
    network_inputs: Option<VecDeque<Option<NetworkInputs>>>,
    /// The course of the running episode, where a black box is wanted of its end.
    action_log: Option<ActionLog>,
}

impl FrameHistory {
    /// The same, which keeps at most `capacity` frames: the newest.
    pub(in crate::simulation) fn holding(mut self, capacity: usize) -> Self {
        self.capacity = capacity.max(2);
        while self.frames.len() > self.capacity {
            self.frames.pop_front();
            self.first += 1;
        }
        if let Some(network_inputs) = &mut self.network_inputs {
            network_inputs.drain(..network_inputs.len() - self.frames.len());
        }
        self
    }

    /// A tape of at most `capacity` frames, at least two.
    pub fn new(capacity: usize) -> Self {
        Self { frames: VecDeque::new(), capacity: capacity.max(2), first: 0, network_inputs: None, action_log: None }
    }

    /// The same, which keeps from now on what the networks were given, too.
    pub(in crate::simulation) fn with_network_inputs(mut self) -> Self {
        self.network_inputs = Some(self.frames.iter().map(|_| None).collect());
        self
    }

    /// Keeps what the networks were given before the latest frame, where that is wanted.
    pub(in crate::simulation) fn give(&mut self, network_inputs: impl FnOnce() -> NetworkInputs) {
        if let Some(latest) = self.network_inputs.as_mut().and_then(VecDeque::back_mut) {
            *latest = Some(network_inputs());
        }
    }

    /// What the networks were given before the frame of this number, if that is kept: before a tick that ran while
    /// somebody looked.
    pub fn network_inputs(&self, number: u64) -> Option<&NetworkInputs> {
        let at = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.network_inputs.as_ref()?.get(at)?.as_ref()
    }

    /// The same, which keeps the whole course of the running episode besides.
    pub fn with_action_log(self) -> Self {
        Self { action_log: Some(ActionLog::default()), ..self }
    }

    /// The course of the running episode, if it is kept.
    pub fn action_log(&self) -> Option<&ActionLog> {
        self.action_log.as_ref()
    }

    /// The same, which goes on with the course of an episode that has begun.
    pub(in crate::simulation) fn with(self, action_log: Option<ActionLog>) -> Self {
        Self { action_log, ..self }
    }

    /// Episodes became of another length.
    pub fn set_max_steps(&mut self, max_steps: usize) {
        if let Some(action_log) = &mut self.action_log {
            action_log.set_max_steps(max_steps);
        }
    }

    /// How many frames of a cluster with so many cells fit in this much memory, with what the networks were given.
    pub fn fitting(megabytes: f64, cells: usize) -> usize {
        (megabytes * f64::from(1 << 20)) as usize / (Frame::bytes(cells) + size_of::<Option<NetworkInputs>>())
    }

    /// Adds a moment of `cluster`; the oldest gives way. `tell` adds what the cluster does not know.
    pub fn record(&mut self, cluster: &Cluster, cause: Cause, tell: impl FnOnce(&mut Frame)) {
        self.push(cluster, cause, tell);
        let (Some(action_log), Some(frame)) = (&mut self.action_log, self.frames.back()) else { return };
        match cause {
            Cause::Start => action_log.begin(cluster),
            Cause::Tick => action_log.act(frame.decision.choice.action, frame.decision.manual, cluster),
            Cause::Intervention(intervention) => action_log.intervene(intervention, cluster),
        }
    }

    /// Adds a moment that is no news to the course.
    pub(in crate::simulation) fn push(&mut self, cluster: &Cluster, cause: Cause, tell: impl FnOnce(&mut Frame)) {
        let oldest = if self.frames.len() == self.capacity { self.frames.pop_front() } else { None };
        let oldest_gave_way = oldest.is_some();
        self.first += u64::from(oldest_gave_way);
        let mut frame = oldest.unwrap_or_default();
        frame.cause = cause;
        frame.known = cause == Cause::Tick;
        frame.show(cluster);
        tell(&mut frame);
        self.frames.push_back(frame);
        if let Some(network_inputs) = &mut self.network_inputs {
            if oldest_gave_way {
                network_inputs.pop_front();
            }
            network_inputs.push_back(None);
        }
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
    use crate::cluster::{Action, Intervention};
    use crate::features::{PilotInput, ProphetInput};
    use crate::settings::{RewardSettings, Scenario};

    #[test]
    fn the_oldest_moment_gives_way_and_numbers_go_on() {
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        let mut frame_history = FrameHistory::new(3);
        for tick in 0..5 {
            frame_history.record(&cluster, Cause::Tick, |frame| frame.tick = tick);
            cluster.step(Action::Up);
        }
        assert_eq!(frame_history.range(), 2..5);
        assert!(frame_history.get(1).is_none() && frame_history.get(5).is_none());
        assert_eq!(frame_history.get(2).map(|frame| (frame.tick, frame.time)), Some((2, 2)));
        assert_eq!(frame_history.latest().map(|frame| frame.tick), Some(4));
        assert_eq!(frame_history.frames().map(|(number, _)| number).collect::<Vec<_>>(), [2, 3, 4]);
    }

    #[test]
    fn what_the_networks_were_given_goes_with_its_frame() {
        let cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        let network_inputs = |number: f32| NetworkInputs {
            pilot_input: PilotInput::default(),
            prophet_input: ProphetInput::from([number; 5]),
        };
        let mut frame_history = FrameHistory::new(3);
        frame_history.record(&cluster, Cause::Start, |_| {});
        frame_history.give(|| unreachable!("nobody looks"));
        frame_history = frame_history.with_network_inputs();
        for tick in 1..=4 {
            frame_history.record(&cluster, Cause::Tick, |_| {});
            frame_history.give(|| network_inputs(tick as f32));
            frame_history.record(&cluster, Cause::Intervention(Intervention::Kill { cell: 3 }), |_| {});
        }
        assert_eq!(frame_history.range(), 6..9);
        assert_eq!(
            [5, 6, 7, 8, 9].map(|at| frame_history.network_inputs(at).copied()),
            [None, None, Some(network_inputs(4.0)), None, None]
        );
        let frame_history = frame_history.holding(2);
        assert_eq!(
            (frame_history.network_inputs(6), frame_history.network_inputs(7), frame_history.network_inputs(8)),
            (None, Some(&network_inputs(4.0)), None)
        );
    }

    #[test]
    fn a_frame_holds_the_cells_as_they_were() {
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        let mut frame_history = FrameHistory::new(10);
        frame_history.record(&cluster, Cause::Start, |_| {});
        let before = cluster.cells().clone();
        cluster.step(Action::Scale);
        frame_history.record(&cluster, Cause::Tick, |_| {});
        let (first, last) = (frame_history.get(0).unwrap(), frame_history.latest().unwrap());
        assert_eq!((&first.cpu, &first.mem), (&before.cpu, &before.mem));
        assert_eq!((&last.cpu, &last.mem), (&cluster.cells().cpu, &cluster.cells().mem));
        assert_ne!(first.mem, last.mem);
    }
}
