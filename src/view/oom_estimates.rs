//! Estimates of when each cell runs out of memory. They use the frame history alone, so that they can be made for any
//! past moment.

use crate::cluster::OOM;
use crate::features::growth::{Growth, is_growth, time_left};
use crate::simulation::{Cause, Frame, FrameHistory};

/// Steps over which the growth of all cells is estimated.
const WINDOW: usize = 20;
/// Frames over which the growth of a single cell is estimated: older ones have next to no weight.
const FRAMES: u64 = 40;
/// Number of samples from which the largest and the smallest are left out, so that a single burst does not dominate.
const ENOUGH: u8 = 5;
/// Growth per step below which a cell counts as stable: the noise of a cell that does not leak.
const FLAT: f32 = 0.0002;

/// Growth of a cell's memory since its last clean-up.
#[derive(Debug, Clone, Copy)]
struct Rises {
    open: bool,
    count: u8,
    sum: f32,
    least: f32,
    most: f32,
}

const NONE: Rises = Rises { open: true, count: 0, sum: 0.0, least: f32::MAX, most: f32::MIN };

impl Rises {
    fn add(&mut self, rise: f32, counts: bool) {
        // Growth before a clean-up says nothing about growth after it.
        self.open &= is_growth(rise);
        if self.open && counts {
            self.count += 1;
            self.sum += rise;
            self.least = self.least.min(rise);
            self.most = self.most.max(rise);
        }
    }

    /// Mean growth per step, without the extremes where there are enough samples.
    fn slope(&self) -> f32 {
        match self.count {
            0 => 0.0,
            count if count < ENOUGH => self.sum / f32::from(count),
            count => (self.sum - self.least - self.most) / f32::from(count - 2),
        }
    }
}

/// Estimated steps until `cell` is out of memory, at frame `number`, as the Prophet's input has it: 0 to
/// [`NEVER`](crate::features::growth::NEVER). Interventions do not count as growth. None if the history lacks the
/// frame.
pub fn steps_left(frame_history: &FrameHistory, number: u64, cell: usize) -> Option<f32> {
    let now = frame_history.get(number)?;
    let oldest = frame_history.range().start.max(number.saturating_sub(FRAMES));
    let pairs =
        (oldest..number).rev().map_while(|before| Some((frame_history.get(before)?, frame_history.get(before + 1)?)));
    let episode = pairs.take_while(|(_, after)| after.episode == now.episode && after.cause != Cause::Start);
    let ticks = episode.filter(|(_, after)| after.cause == Cause::Tick);
    let growth = Growth::from_recent(ticks.map(|(before, after)| after.mem[cell] - before.mem[cell]));
    Some(time_left(now.mem[cell], growth.per_step()))
}

/// Estimated steps to OOM of all cells, with buffers reused between updates.
#[derive(Debug, Default)]
pub struct OomEstimates {
    rises: Vec<Rises>,
    left: Vec<f32>,
}

impl OomEstimates {
    /// Estimated steps until each cell is out of memory, at frame `number`; infinite where memory does not grow. Empty
    /// if the history lacks the frame.
    pub fn update(&mut self, frame_history: &FrameHistory, number: u64) -> &[f32] {
        self.left.clear();
        let Some(now) = frame_history.get(number) else { return &self.left };
        self.rises.clear();
        self.rises.resize(now.mem.len(), NONE);
        let (mut newer, mut at, mut steps): (&Frame, _, _) = (now, number, 0);
        while steps < WINDOW {
            let older = at.checked_sub(1).and_then(|before| frame_history.get(before));
            let Some(older) = older.filter(|older| older.episode == now.episode) else { break };
            // No time passes between an intervention and the frame before it.
            let counts = older.time < newer.time;
            for ((rises, after), before) in self.rises.iter_mut().zip(&newer.mem).zip(&older.mem) {
                rises.add(after - before, counts);
            }
            steps += usize::from(counts);
            (newer, at) = (older, at - 1);
        }
        self.left.extend(self.rises.iter().zip(&now.mem).map(|(rises, memory)| match rises.slope() {
            _ if *memory >= OOM => 0.0,
            slope if slope > FLAT => (OOM - memory) / slope,
            _ => f32::INFINITY,
        }));
        &self.left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Action, Cluster, Intervention};
    use crate::features::growth::NEVER;
    use crate::settings::{RewardSettings, Scenario};

    fn cluster() -> Cluster {
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        cluster.reset(3);
        cluster
    }

    fn step(cluster: &mut Cluster, frame_history: &mut FrameHistory, action: Action) {
        cluster.step(action);
        frame_history.record(cluster, Cause::Tick, |_| {});
    }

    #[test]
    fn it_is_near_what_really_happens() {
        let (mut cluster, mut frame_history) = (cluster(), FrameHistory::new(100));
        (0..30).for_each(|_| step(&mut cluster, &mut frame_history, Action::Up));
        let now = frame_history.range().end - 1;
        let message = OomEstimates::default().update(&frame_history, now).to_vec();
        let soonest =
            (0..36).filter(|cell| message[*cell] > 0.0).min_by(|a, b| message[*a].total_cmp(&message[*b])).unwrap();
        let mut took = 0;
        while cluster.cells().mem[soonest] < OOM {
            cluster.step(Action::Up);
            took += 1;
        }
        let ratio = message[soonest] / took as f32;
        assert!((0.5..2.0).contains(&ratio), "told {} steps, took {took}", message[soonest]);
    }

    #[test]
    fn a_clean_up_begins_anew_and_an_intervention_is_no_growth() {
        let (mut cluster, mut frame_history) = (cluster(), FrameHistory::new(100));
        (0..30).for_each(|_| step(&mut cluster, &mut frame_history, Action::Up));
        let here = cluster.index(cluster.agent().0, cluster.agent().1);
        assert!(cluster.cells().mem[here] > 0.1, "there is something to clean");
        let mut oom_estimates = OomEstimates::default();
        step(&mut cluster, &mut frame_history, Action::MemoryClean);
        assert_eq!(
            oom_estimates.update(&frame_history, frame_history.range().end - 1)[here],
            f32::INFINITY,
            "nothing is known yet"
        );
        let other = usize::from(here == 0);
        let before = oom_estimates.update(&frame_history, frame_history.range().end - 1)[other];
        cluster.intervene(&Intervention::Prioritise { cell: other as u32, priority: 1.0 });
        frame_history.record(&cluster, Cause::Tick, |_| {});
        assert_eq!(oom_estimates.update(&frame_history, frame_history.range().end - 1)[other], before);
        cluster.intervene(&Intervention::Kill { cell: other as u32 });
        frame_history.record(&cluster, Cause::Tick, |_| {});
        assert_eq!(
            oom_estimates.update(&frame_history, frame_history.range().end - 1)[other],
            0.0,
            "it is out of memory"
        );
    }

    #[test]
    fn the_steps_left_of_a_cell_follow_its_latest_growth_and_ignore_clean_ups_and_interventions() {
        let (cluster, mut frame_history) = (cluster(), FrameHistory::new(100));
        let mut add = |cause, memory: f32| frame_history.record(&cluster, cause, |frame| frame.mem[3] = memory);
        add(Cause::Start, 0.0);
        (1..=30).for_each(|step| add(Cause::Tick, 0.01 * step as f32));
        add(Cause::Tick, 0.0);
        (1..=9).for_each(|step| add(Cause::Tick, 0.01 * step as f32));
        add(Cause::Intervention(Intervention::Kill { cell: 3 }), 0.59);
        let steps = steps_left(&frame_history, 41, 3).unwrap();
        assert!((steps - 40.0).abs() < 0.1, "{steps}: 0.4 left at 0.01 per step");
        assert_eq!(steps_left(&frame_history, 0, 3), Some(NEVER), "nothing is known yet");
        assert_eq!(steps_left(&frame_history, 42, 3), None);
    }

    #[test]
    fn one_burst_does_not_tell_the_future() {
        let mut rises = NONE;
        for rise in [0.01, 0.01, 0.3, 0.01, 0.01, 0.01] {
            rises.add(rise, true);
        }
        assert!((rises.slope() - 0.01).abs() < 1e-6);
    }
}
