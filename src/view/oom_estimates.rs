//! Estimates of when each cell runs out of memory. They use the frame history alone, so that they can be made for any
//! past moment.

use crate::cluster::OOM;
use crate::features::growth::{Growth, is_growth, time_left};
use crate::simulation::{Cause, Frame, FrameHistory};

/// Steps over which the growth of all cells is estimated.
const WINDOW_STEPS: usize = 20;
/// Frames over which the growth of a single cell is estimated: older ones have next to no weight.
const MAX_FRAMES: u64 = 40;
/// Number of samples from which the largest and the smallest are left out, so that a single burst does not dominate.
const TRIMMED_FROM: u8 = 5;
/// Growth per step below which a cell counts as stable: the noise of a cell that does not leak.
const MIN_SLOPE: f32 = 0.0002;

/// Growth of a cell's memory since its last clean-up.
#[derive(Debug, Clone, Copy)]
struct GrowthSamples {
    uncleaned: bool,
    count: u8,
    sum: f32,
    min: f32,
    max: f32,
}

const NO_SAMPLES: GrowthSamples = GrowthSamples { uncleaned: true, count: 0, sum: 0.0, min: f32::MAX, max: f32::MIN };

impl GrowthSamples {
    fn add(&mut self, rise: f32, counts: bool) {
        // Growth before a clean-up says nothing about growth after it.
        self.uncleaned &= is_growth(rise);
        if self.uncleaned && counts {
            self.count += 1;
            self.sum += rise;
            self.min = self.min.min(rise);
            self.max = self.max.max(rise);
        }
    }

    /// Mean growth per step, without the extremes where there are enough samples.
    fn mean_growth(&self) -> f32 {
        match self.count {
            0 => 0.0,
            count if count < TRIMMED_FROM => self.sum / f32::from(count),
            count => (self.sum - self.min - self.max) / f32::from(count - 2),
        }
    }
}

/// Estimated steps until `cell` is out of memory, at frame `number`, as the Prophet's input has it: 0 to
/// [`NEVER`](crate::features::growth::NEVER). Interventions do not count as growth. None if the history lacks the
/// frame.
pub fn steps_left(frame_history: &FrameHistory, number: u64, cell: usize) -> Option<f32> {
    let now = frame_history.get(number)?;
    let oldest = frame_history.range().start.max(number.saturating_sub(MAX_FRAMES));
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
    samples: Vec<GrowthSamples>,
    left: Vec<f32>,
}

impl OomEstimates {
    /// Estimated steps until each cell is out of memory, at frame `number`; infinite where memory does not grow. Empty
    /// if the history lacks the frame.
    pub fn update(&mut self, frame_history: &FrameHistory, number: u64) -> &[f32] {
        self.left.clear();
        let Some(now) = frame_history.get(number) else { return &self.left };
        self.samples.clear();
        self.samples.resize(now.mem.len(), NO_SAMPLES);
        let (mut newer, mut at, mut steps): (&Frame, _, _) = (now, number, 0);
        while steps < WINDOW_STEPS {
            let older = at.checked_sub(1).and_then(|before| frame_history.get(before));
            let Some(older) = older.filter(|older| older.episode == now.episode) else { break };
            // No time passes between an intervention and the frame before it.
            let counts = older.time < newer.time;
            for ((samples, after), before) in self.samples.iter_mut().zip(&newer.mem).zip(&older.mem) {
                samples.add(after - before, counts);
            }
            steps += usize::from(counts);
            (newer, at) = (older, at - 1);
        }
        self.left.extend(self.samples.iter().zip(&now.mem).map(|(samples, memory)| match samples.mean_growth() {
            _ if *memory >= OOM => 0.0,
            slope if slope > MIN_SLOPE => (OOM - memory) / slope,
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
    fn an_estimate_is_close_to_what_happens() {
        let (mut cluster, mut frame_history) = (cluster(), FrameHistory::new(100));
        (0..30).for_each(|_| step(&mut cluster, &mut frame_history, Action::Up));
        let now = frame_history.range().end - 1;
        let estimates = OomEstimates::default().update(&frame_history, now).to_vec();
        let soonest = (0..36)
            .filter(|cell| estimates[*cell] > 0.0)
            .min_by(|a, b| estimates[*a].total_cmp(&estimates[*b]))
            .unwrap();
        let mut took = 0;
        while cluster.cells().mem[soonest] < OOM {
            cluster.step(Action::Up);
            took += 1;
        }
        let ratio = estimates[soonest] / took as f32;
        assert!((0.5..2.0).contains(&ratio), "estimated {} steps, took {took}", estimates[soonest]);
    }

    #[test]
    fn estimates_restart_after_a_clean_up_and_ignore_interventions() {
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
    fn a_single_burst_does_not_dominate_the_estimate() {
        let mut samples = NO_SAMPLES;
        for rise in [0.01, 0.01, 0.3, 0.01, 0.01, 0.01] {
            samples.add(rise, true);
        }
        assert!((samples.mean_growth() - 0.01).abs() < 1e-6);
    }
}
