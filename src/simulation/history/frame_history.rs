//! The recent past of a cluster as exact frames. The view draws from it, the timeline scrubs along it, and black boxes are
//! cut from it.

use crate::blackbox::ActionLog;
use crate::cluster::Cluster;
use crate::simulation::{Cause, Frame, NetworkInputs};
use bevy_ecs::component::Component;
use std::collections::VecDeque;
use std::ops::Range;

/// The latest frames of a cluster, numbered from 0 through the run.
#[derive(Component, Debug)]
pub struct FrameHistory {
    frames: VecDeque<Frame>,
    capacity: usize,
    /// Number of the oldest frame that is kept.
    first: u64,
    /// For each frame the inputs of the networks before it, if known; kept only if there is a window.
    network_inputs: Option<VecDeque<Option<NetworkInputs>>>,
    /// The action log of the running episode, if black boxes are written.
    action_log: Option<ActionLog>,
}

impl FrameHistory {
    /// Limits the history to `capacity` frames, the newest ones.
    pub(in crate::simulation) fn with_capacity(mut self, capacity: usize) -> Self {
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

    /// An empty history of at most `capacity` frames (at least two).
    pub fn new(capacity: usize) -> Self {
        Self { frames: VecDeque::new(), capacity: capacity.max(2), first: 0, network_inputs: None, action_log: None }
    }

    /// Keeps the inputs of the networks from now on.
    pub(in crate::simulation) fn with_network_inputs(mut self) -> Self {
        self.network_inputs = Some(self.frames.iter().map(|_| None).collect());
        self
    }

    /// Stores the inputs of the networks before the latest frame, if they are kept.
    pub(in crate::simulation) fn set_network_inputs(&mut self, network_inputs: impl FnOnce() -> NetworkInputs) {
        if let Some(latest) = self.network_inputs.as_mut().and_then(VecDeque::back_mut) {
            *latest = Some(network_inputs());
        }
    }

    /// The inputs of the networks before the frame of this number, if it is a tick and they are kept.
    pub fn network_inputs(&self, number: u64) -> Option<&NetworkInputs> {
        let at = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.network_inputs.as_ref()?.get(at)?.as_ref()
    }

    /// Keeps the action log of the running episode as well.
    pub fn with_action_log(self) -> Self {
        Self { action_log: Some(ActionLog::default()), ..self }
    }

    /// The action log of the running episode, if it is kept.
    pub fn action_log(&self) -> Option<&ActionLog> {
        self.action_log.as_ref()
    }

    /// Continues the action log of an episode that has already begun.
    pub(in crate::simulation) fn with_restored_log(self, action_log: Option<ActionLog>) -> Self {
        Self { action_log, ..self }
    }

    /// Records a change of the step limit in the action log.
    pub fn set_max_steps(&mut self, max_steps: usize) {
        if let Some(action_log) = &mut self.action_log {
            action_log.set_max_steps(max_steps);
        }
    }

    /// How many frames of a cluster of `cells` cells fit in this much memory, with the inputs of the networks.
    pub fn frames_within(megabytes: f64, cells: usize) -> usize {
        (megabytes * f64::from(1 << 20)) as usize / (Frame::bytes(cells) + size_of::<Option<NetworkInputs>>())
    }

    /// Adds a frame of `cluster` and logs it; the oldest frame is dropped. `fill` sets what the cluster does not know.
    pub fn record(&mut self, cluster: &Cluster, cause: Cause, fill: impl FnOnce(&mut Frame)) {
        self.push(cluster, cause, fill);
        let (Some(action_log), Some(frame)) = (&mut self.action_log, self.frames.back()) else { return };
        match cause {
            Cause::Start => action_log.begin(cluster),
            Cause::Tick => action_log.act(frame.decision.choice.action, frame.decision.manual, cluster),
            Cause::Intervention(intervention) => action_log.intervene(intervention, cluster),
        }
    }

    /// Adds a frame without logging it.
    pub(in crate::simulation) fn push(&mut self, cluster: &Cluster, cause: Cause, fill: impl FnOnce(&mut Frame)) {
        let oldest = if self.frames.len() == self.capacity { self.frames.pop_front() } else { None };
        let dropped_oldest = oldest.is_some();
        self.first += u64::from(dropped_oldest);
        let mut frame = oldest.unwrap_or_default();
        frame.cause = cause;
        frame.decision_known = cause == Cause::Tick;
        frame.copy_state(cluster);
        fill(&mut frame);
        self.frames.push_back(frame);
        if let Some(network_inputs) = &mut self.network_inputs {
            if dropped_oldest {
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
    fn the_oldest_frame_is_dropped_and_numbers_continue() {
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
    fn the_inputs_of_the_networks_stay_with_their_frame() {
        let cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        let network_inputs = |number: f32| NetworkInputs {
            pilot_input: PilotInput::default(),
            prophet_input: ProphetInput::from([number; 5]),
        };
        let mut frame_history = FrameHistory::new(3);
        frame_history.record(&cluster, Cause::Start, |_| {});
        frame_history.set_network_inputs(|| unreachable!("no inputs are kept"));
        frame_history = frame_history.with_network_inputs();
        for tick in 1..=4 {
            frame_history.record(&cluster, Cause::Tick, |_| {});
            frame_history.set_network_inputs(|| network_inputs(tick as f32));
            frame_history.record(&cluster, Cause::Intervention(Intervention::Kill { cell: 3 }), |_| {});
        }
        assert_eq!(frame_history.range(), 6..9);
        assert_eq!(
            [5, 6, 7, 8, 9].map(|at| frame_history.network_inputs(at).copied()),
            [None, None, Some(network_inputs(4.0)), None, None]
        );
        let frame_history = frame_history.with_capacity(2);
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
