//! The series of the charts and the event log, bounded in memory. They exist only if there is a window.

use crate::cluster::{Action, Outcome};
use crate::learning::Losses;
use crate::simulation::history::series::KEPT;
use crate::simulation::{Frame, Series};
use bevy_ecs::resource::Resource;
use std::collections::VecDeque;

/// Episodes over which survival is averaged.
pub const AVERAGED: usize = 20;
/// Entries kept in the log.
const MAX_ENTRIES: usize = 500;

/// A tick of the whole run, for the charts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TickPoint {
    /// Number of the tick.
    pub tick: u64,
    /// Epsilon before fear; none if unknown.
    pub epsilon: Option<f32>,
    /// Smoothed losses.
    pub losses: Losses,
}

/// A tick of one cluster, for the charts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepPoint {
    /// Reward of the step.
    pub reward: f32,
    /// Mean load, 0 to 1.
    pub load: f32,
    /// The Prophet's risk, 0 to 1, and epsilon after fear; none if unknown.
    pub risk_and_epsilon: Option<(f32, f32)>,
    /// What the agent did.
    pub action: Action,
}

impl StepPoint {
    /// The point of the frame after a tick.
    pub fn of(frame: &Frame) -> Self {
        let decided = frame.forecast_and_decision();
        Self {
            reward: frame.action_result.step.reward.total() as f32,
            load: frame.load as f32,
            risk_and_epsilon: decided
                .map(|(forecast, decision)| (forecast.risk(), decision.choice.effective_epsilon as f32)),
            action: frame.decision.choice.action,
        }
    }
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

/// Buckets per level that the series of all clusters share, and the fewest of one: the more clusters, the coarser each series.
const TOTAL_BUCKETS: usize = 4 * KEPT;
const FEWEST_BUCKETS: usize = 64;

/// The series of one cluster: a number per tick of the run, gaps while it waited.
#[derive(Debug, Clone)]
pub struct StepSeries {
    /// Reward of each step.
    pub reward: Series,
    /// Mean load, 0 to 1.
    pub load: Series,
    /// The Prophet's risk, 0 to 1.
    pub risk: Series,
    /// Epsilon after fear.
    pub effective_epsilon: Series,
    /// For each action, 1 where it was taken and 0 elsewhere.
    pub actions: [Series; Action::COUNT],
}

impl StepSeries {
    /// Empty series for one of `clusters` clusters.
    fn for_one_of(clusters: usize) -> Self {
        let series = || Series::with_capacity((TOTAL_BUCKETS / clusters.max(1)).clamp(FEWEST_BUCKETS, KEPT));
        let actions = std::array::from_fn(|_| series());
        Self { reward: series(), load: series(), risk: series(), effective_epsilon: series(), actions }
    }

    fn add(&mut self, point: Option<&StepPoint>) {
        let risk_and_epsilon = point.and_then(|point| point.risk_and_epsilon);
        self.reward.push(point.map_or(f32::NAN, |point| point.reward));
        self.load.push(point.map_or(f32::NAN, |point| point.load));
        self.risk.push(risk_and_epsilon.map_or(f32::NAN, |(risk, _)| risk));
        self.effective_epsilon.push(risk_and_epsilon.map_or(f32::NAN, |(_, epsilon)| epsilon));
        for (action, series) in Action::ALL.into_iter().zip(&mut self.actions) {
            let share = |point: &StepPoint| if action == point.action { 1.0 } else { 0.0 };
            series.push(point.map_or(f32::NAN, share));
        }
    }
}

/// The history of a run for the charts: series over ticks, of the run and of each cluster, series over episodes, and the alarms
/// of the running episodes.
#[derive(Resource, Debug, Default)]
pub struct ChartHistory {
    /// Tick of the first number of the series over ticks.
    pub first_tick: u64,
    /// The clusters, in the order of their index.
    pub clusters: Vec<StepSeries>,
    /// Epsilon before fear.
    pub epsilon: Series,
    /// Smoothed loss of the Pilot; gaps before its first update.
    pub pilot_loss: Series,
    /// Smoothed loss of the Prophet; gaps before its first update.
    pub prophet_loss: Series,
    /// Number of the first episode of the series over episodes.
    pub first_episode: u64,
    /// Steps survived.
    pub survival: Series,
    /// Mean steps survived over the last [`AVERAGED`] episodes.
    pub survival_mean: Series,
    /// 1 for a collapse, 0 for a survival.
    pub collapsed: Series,
    averaged: VecDeque<u32>,
    /// For each cluster, how many steps in a row the risk has been above the alarm level.
    alarmed: Vec<u32>,
}

impl ChartHistory {
    /// Adds a tick; `steps` has an item per cluster in the order of their index, none for one that waited.
    pub fn add_tick(&mut self, point: &TickPoint, steps: impl ExactSizeIterator<Item = Option<StepPoint>>) {
        if self.epsilon.is_empty() {
            self.first_tick = point.tick;
        }
        self.epsilon.push(point.epsilon.unwrap_or(f32::NAN));
        self.pilot_loss.push(point.losses.pilot.unwrap_or(f32::NAN));
        self.prophet_loss.push(point.losses.prophet.unwrap_or(f32::NAN));
        if self.clusters.is_empty() {
            self.clusters = vec![StepSeries::for_one_of(steps.len()); steps.len()];
        }
        for (cluster, step) in self.clusters.iter_mut().zip(steps) {
            cluster.add(step.as_ref());
        }
    }

    /// Adds an episode.
    pub fn add_episode(&mut self, point: EpisodePoint) {
        if self.survival.is_empty() {
            self.first_episode = point.episode;
        }
        self.survival.push(point.steps as f32);
        self.collapsed.push(if point.collapsed { 1.0 } else { 0.0 });
        push_bounded(&mut self.averaged, point.steps, AVERAGED);
        let sum: u64 = self.averaged.iter().map(|steps| u64::from(*steps)).sum();
        self.survival_mean.push(sum as f32 / self.averaged.len() as f32);
    }

    /// Counts for how many steps in a row, this one included, the risk of cluster `index` has been above the alarm level. A
    /// `last` step ends the count.
    pub fn count_alarm(&mut self, index: usize, above: bool, last: bool) -> u32 {
        if self.alarmed.len() <= index {
            self.alarmed.resize(index + 1, 0);
        }
        let row = if above { self.alarmed[index] + 1 } else { 0 };
        self.alarmed[index] = if last { 0 } else { row };
        row
    }
}

/// The kind of a log entry.
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
    /// Adds an entry and drops the oldest beyond 500.
    pub fn add(&mut self, tick: u64, kind: EventKind, text: impl Into<String>) {
        push_bounded(&mut self.0, LogEntry { tick, kind, text: text.into() }, MAX_ENTRIES);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_survival_forgets_what_is_older_than_twenty_episodes() {
        let mut history = ChartHistory::default();
        for at in 0..40 {
            let steps = if at < 20 { 100 } else { 200 };
            history.add_episode(EpisodePoint { episode: 7 + at, steps, collapsed: at % 2 == 0 });
        }
        let means: Vec<_> = history.survival_mean.view(u64::MAX, 100).iter().map(|bucket| bucket.mean).collect();
        assert_eq!((means[0], means[19], means[29], means[39]), (100.0, 100.0, 150.0, 200.0));
        assert_eq!((history.first_episode, history.survival.len()), (7, 40));
    }

    #[test]
    fn an_alarm_counts_the_steps_in_a_row_and_restarts_with_the_episode() {
        let mut history = ChartHistory::default();
        let rows = [true, true, false, true, true, true].map(|above| history.count_alarm(1, above, false));
        assert_eq!(rows, [1, 2, 0, 1, 2, 3]);
        assert_eq!(history.count_alarm(0, true, false), 1, "each cluster has its own");
        assert_eq!(history.count_alarm(1, true, true), 4);
        assert_eq!(history.count_alarm(1, true, false), 1, "the next episode");
    }

    #[test]
    fn every_action_of_every_cluster_has_its_share_and_waiting_is_a_gap() {
        let mut history = ChartHistory::default();
        for (tick, action) in (5..).zip([Action::Up, Action::Scale, Action::Up, Action::Up]) {
            let point = TickPoint { tick, epsilon: Some(0.4), losses: Losses::default() };
            let step = StepPoint { reward: 1.0, load: 0.5, risk_and_epsilon: (tick > 5).then_some((0.1, 0.3)), action };
            let other = StepPoint { reward: 2.0, action: Action::Down, ..step };
            history.add_tick(&point, [Some(step), (tick != 7).then_some(other)].into_iter());
        }
        let mean = |series: &Series| series.view(4, 1)[0].mean;
        let share = |cluster: usize, action: Action| mean(&history.clusters[cluster].actions[action.index()]);
        assert_eq!((share(0, Action::Up), share(0, Action::Scale), share(0, Action::Down)), (0.75, 0.25, 0.0));
        assert_eq!((share(1, Action::Down), mean(&history.clusters[1].reward)), (1.0, 2.0));
        let lengths = [&history.clusters[0].risk, &history.clusters[1].load].map(|series| series.view(4, 4).len());
        assert_eq!((lengths, history.clusters[1].load.len()), ([3, 3], 4));
        assert_eq!((history.first_tick, history.pilot_loss.view(4, 4).len()), (5, 0));
    }

    #[test]
    fn more_clusters_cost_little_more_memory() {
        let series = |clusters| StepSeries::for_one_of(clusters).load;
        let mut many = series(64);
        (0..20_000).for_each(|at| many.push(at as f32));
        assert!(many.view(2_000, 280).len() > 100, "the last 2,000 ticks are still a curve");
        assert_eq!(many.view(u64::MAX, 280).last().map(|bucket| bucket.to), Some(20_000));
    }
}
