//! Records episodes for forecasters: the Prophet's input in every state, and how the episode ended.

use super::super::TrainedPolicy;
use super::super::evaluation::play_in_chunks;
use crate::cluster::{Action, Cluster, Observation, RngPurpose, derive_seed, stream};
use crate::features::{ProphetInput, TrendTracker};
use crate::learning::SurvivalTime;
use crate::policy::Policy;
use crate::settings::{ProphetInputKind, RewardSettings, Scenario};
use rand::RngExt;
use rayon::ThreadPool;
use std::ops::Range;

/// Training, validation or test set of episodes. No episode is in two splits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Forecasters are fitted to them.
    Training,
    /// Weights and alarm thresholds are chosen on them.
    Validation,
    /// Forecasters are scored on them.
    Test,
}

impl Split {
    /// All splits, in the order in which they are played.
    pub const ALL: [Self; 3] = [Self::Training, Self::Validation, Self::Test];

    /// Seed of the `episode`-th episode, the same for all policies.
    fn seed(self, seed: u64, episode: u64) -> u64 {
        derive_seed(seed, (self as u64) << 32 | episode, RngPurpose::Evaluation)
    }
}

/// Recorded episodes: the Prophet's input in each state, and the outcomes. A state takes about 220 bytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecordedEpisodes {
    /// A row per state: the Prophet's input, then its numbers about single cells under the hidden leaks.
    numbers: Vec<f32>,
    /// For each episode, the index after its last state, and whether it collapsed.
    episodes: Vec<(usize, bool)>,
    /// Step limit of the episodes.
    max_steps: usize,
}

/// A recorded state whose whole horizon could be seen, whatever happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoredState {
    /// Index among the states.
    pub state: u32,
    /// Index of its episode.
    pub episode: u32,
    /// Quarter of the episode's step limit in which it lies, from 0.
    pub quarter: u8,
    /// Whether the cluster collapsed within the horizon.
    pub collapsed: bool,
}

impl RecordedEpisodes {
    /// Numbers of a row.
    const ROW: usize = ProphetInput::LENGTH + ProphetInput::CELL_NUMBERS;

    /// The Prophet's input in a state.
    pub fn prophet_input(&self, state: usize) -> &[f32] {
        &self.numbers[state * Self::ROW..][..ProphetInput::LENGTH]
    }

    /// The numbers about single cells that the input would end with if the hidden leaks were known.
    pub fn hidden(&self, state: usize) -> &[f32] {
        &self.numbers[state * Self::ROW + ProphetInput::LENGTH..][..ProphetInput::CELL_NUMBERS]
    }

    /// Number of episodes.
    pub fn episodes(&self) -> usize {
        self.episodes.len()
    }

    /// Whether an episode collapsed.
    pub fn collapsed(&self, episode: usize) -> bool {
        self.episodes[episode].1
    }

    /// Number of episodes that collapsed.
    pub fn collapses(&self) -> usize {
        self.episodes.iter().filter(|(_, collapsed)| *collapsed).count()
    }

    /// Number of steps of an episode.
    pub fn steps(&self, episode: usize) -> usize {
        self.episodes[episode].0 - episode.checked_sub(1).map_or(0, |before| self.episodes[before].0)
    }

    /// How long the cluster lived on after each state, in the order of play.
    pub fn survival_times(&self) -> Vec<SurvivalTime> {
        let time = |left: usize, collapsed: bool| SurvivalTime { steps: left as u32, collapsed };
        let episodes = self.episodes.iter().enumerate();
        episodes
            .flat_map(|(at, (_, collapsed))| (1..=self.steps(at)).rev().map(|left| time(left, *collapsed)))
            .collect()
    }

    /// The states that forecasts over this horizon are scored on, in the order of play: those with at least as many steps
    /// before the step limit, whether the cluster collapsed or not.
    pub fn scored(&self, horizon: usize) -> Vec<ScoredState> {
        let mut found = Vec::new();
        let mut first = 0;
        for (episode, (end, collapsed)) in self.episodes.iter().enumerate() {
            let last = (*end).min(first + (self.max_steps + 1).saturating_sub(horizon));
            found.extend((first..last).map(|state| ScoredState {
                state: state as u32,
                episode: episode as u32,
                quarter: (4 * (state - first) / self.max_steps.max(1)) as u8,
                collapsed: *collapsed && end - state <= horizon,
            }));
            first = *end;
        }
        found
    }

    fn append(&mut self, other: Self) {
        let before = self.numbers.len() / Self::ROW;
        self.numbers.extend(other.numbers);
        self.episodes.extend(other.episodes.into_iter().map(|(end, collapsed)| (before + end, collapsed)));
    }
}

/// Records episodes of a policy that sometimes acts at random, on one scenario.
#[derive(Debug, Clone, Copy)]
pub struct EpisodeRecorder<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The policy that plays.
    pub trained: &'a TrainedPolicy,
    /// Share of actions that are replaced by random ones.
    pub epsilon: f64,
    /// Seed from which the episodes' seeds derive.
    pub seed: u64,
}

impl EpisodeRecorder<'_> {
    /// Records the first `episodes` episodes of a split on the threads of `pool`; `progress` is called on the calling thread
    /// with the number finished so far. The recording does not depend on the number of threads.
    pub fn record(
        &self,
        split: Split,
        episodes: u64,
        pool: &ThreadPool,
        progress: impl FnMut(u64),
    ) -> RecordedEpisodes {
        let record = |_: &TrainedPolicy, episodes| self.record_some(split, episodes);
        let chunks = play_in_chunks(std::slice::from_ref(self.trained), episodes, pool, progress, record);
        let mut recording = RecordedEpisodes { max_steps: self.scenario.max_steps, ..RecordedEpisodes::default() };
        recording.numbers.reserve_exact(chunks.iter().map(|chunk: &RecordedEpisodes| chunk.numbers.len()).sum());
        chunks.into_iter().for_each(|chunk| recording.append(chunk));
        recording
    }

    fn record_some(&self, split: Split, episodes: Range<u64>) -> RecordedEpisodes {
        let mut cluster = Cluster::new(self.scenario.clone(), RewardSettings::default(), None);
        let mut policy = self.trained.instantiate();
        let mut recording = RecordedEpisodes::default();
        for episode in episodes {
            self.record_one(&mut cluster, policy.as_mut(), split.seed(self.seed, episode), &mut recording);
        }
        recording
    }

    fn record_one(&self, cluster: &mut Cluster, policy: &mut dyn Policy, seed: u64, recording: &mut RecordedEpisodes) {
        cluster.reset(seed);
        policy.begin(seed);
        let mut rng = stream(seed, 0, RngPurpose::ForecastPlay);
        let mut trends = TrendTracker::new(ProphetInputKind::Trends, self.scenario.cells());
        let mut observation = Observation::default();
        loop {
            cluster.observe(&mut observation);
            let prophet_input = trends.encode(cluster, &observation);
            recording.numbers.extend_from_slice(prophet_input.numbers(ProphetInput::LENGTH));
            recording.numbers.extend_from_slice(trends.encode_with_hidden_leaks(cluster, &observation).cell_numbers());
            let chosen = policy.act(cluster, &observation);
            let at_random = rng.random::<f64>() < self.epsilon;
            let random = Action::ALL[rng.random_range(0..Action::COUNT)];
            let outcome = cluster.step(if at_random { random } else { chosen }).outcome;
            if outcome.is_over() {
                recording.episodes.push((recording.numbers.len() / RecordedEpisodes::ROW, outcome.is_collapse()));
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::PolicyUnderTest;
    use super::*;

    fn record(split: Split, threads: usize, epsilon: f64) -> RecordedEpisodes {
        let patrol = PolicyUnderTest::named("patrol").unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let play =
            EpisodeRecorder { scenario: &Scenario::default(), trained: &patrol.trainings()[0], epsilon, seed: 3 };
        play.record(split, 40, &pool, |_| {})
    }

    #[test]
    fn a_recording_is_the_same_on_any_number_of_threads_and_differs_by_split_and_epsilon() {
        let one = record(Split::Test, 1, 0.05);
        assert_eq!(one, record(Split::Test, 3, 0.05));
        assert_ne!(one, record(Split::Validation, 1, 0.05));
        assert_ne!(one, record(Split::Test, 1, 0.0));
        assert_eq!(one.episodes(), 40);
    }

    #[test]
    fn the_last_states_before_a_collapse_are_positive_and_which_are_scored_does_not_depend_on_it() {
        let recording = record(Split::Test, 2, 0.3);
        let labelled = recording.scored(20);
        let (survived, collapsed) = (recording.episodes() - recording.collapses(), recording.collapses());
        assert!(survived > 2 && collapsed > 2, "{survived} and {collapsed}");
        let positives = labelled.iter().filter(|state| state.collapsed).count();
        assert!(positives <= 20 * collapsed && positives > 12 * collapsed, "{positives} of {collapsed}");
        // Of 300 states the last 19 are left out, whether the episode collapsed or not.
        for episode in 0..recording.episodes() {
            let states = labelled.iter().filter(|state| state.episode as usize == episode);
            assert_eq!(states.clone().count(), recording.steps(episode).min(281));
            assert_eq!(states.clone().filter(|state| state.quarter == 0).count(), recording.steps(episode).min(75));
            assert!(states.map(|state| state.quarter).is_sorted());
        }
        let times = recording.survival_times();
        assert_eq!(times.len(), (0..recording.episodes()).map(|episode| recording.steps(episode)).sum::<usize>());
        for state in &labelled {
            let SurvivalTime { steps, collapsed } = times[state.state as usize];
            assert_eq!(state.collapsed, collapsed && steps <= 20);
        }
    }

    #[test]
    fn the_hidden_numbers_differ_from_the_estimated_ones_and_stay_in_range() {
        let recording = record(Split::Test, 2, 0.05);
        let seen = &recording.prophet_input(60)[ProphetInput::LENGTH - ProphetInput::CELL_NUMBERS..];
        assert_ne!(seen, recording.hidden(60));
        assert!(recording.hidden(60).iter().all(|number| (0.0..=1.0).contains(number)));
    }
}
