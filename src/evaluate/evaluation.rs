//! Plays evaluation episodes: one policy on one scenario.

use super::{PolicyUnderTest, Score, TrainedPolicy};
use crate::cluster::{Action, Cluster, Observation, Outcome, RngPurpose, TraceLoad, derive_seed};
use crate::policy::Policy;
use crate::settings::{RewardSettings, Scenario};
use rayon::ThreadPool;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::mpsc;

/// Episodes that one thread plays in a row.
const CHUNK: u64 = 16;

/// The result of one evaluation episode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpisodeResult {
    /// Steps survived.
    pub steps: usize,
    /// Sum of the rewards.
    pub reward: f64,
    /// Budget spent, in units.
    pub spent: f64,
    /// How it ended.
    pub outcome: Outcome,
    /// Cells out of memory, summed over the steps.
    pub oom: f64,
    /// Share of steps, the first one excluded, whose action differs from the previous one.
    pub churn: f64,
    /// Mean over the steps of 1 - highest memory of a critical cell after the step (1 if no cell is critical).
    pub slack: f64,
}

/// The evaluation of one policy on one scenario.
#[derive(Debug, Clone, Copy)]
pub struct Evaluation<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The policy.
    pub policy: &'a PolicyUnderTest,
    /// Seed from which the episodes' seeds derive.
    pub seed: u64,
}

impl Evaluation<'_> {
    /// Plays the same `episodes` episodes with each training of the policy, on the threads of `pool`; `progress` is called on
    /// the calling thread with the number finished so far. The score does not depend on the number of threads.
    pub fn play(&self, episodes: u64, pool: &ThreadPool, progress: impl FnMut(u64)) -> Score {
        self.play_with_load(None, episodes, pool, progress)
    }

    /// [`Evaluation::play`] under a trace, if `load` is given. The row of the trace at which an episode begins follows from its
    /// seed, so it is the same for all policies.
    pub fn play_with_load(
        &self,
        load: Option<&TraceLoad>,
        episodes: u64,
        pool: &ThreadPool,
        progress: impl FnMut(u64),
    ) -> Score {
        let trained = self.policy.trainings();
        let play = |trained: &TrainedPolicy, episodes| self.play_some(trained, load, episodes);
        let results = play_in_chunks(trained, episodes, pool, progress, play).concat();
        pool.install(|| Score::new(self, &results))
    }

    fn play_some(&self, trained: &TrainedPolicy, load: Option<&TraceLoad>, episodes: Range<u64>) -> Vec<EpisodeResult> {
        let mut cluster = Cluster::new(self.scenario.clone(), RewardSettings::default(), load.cloned());
        let mut policy = trained.instantiate();
        let seed = |episode| derive_seed(self.seed, episode, RngPurpose::Evaluation);
        episodes.map(|episode| play(&mut cluster, policy.as_mut(), seed(episode))).collect()
    }
}

/// Calls `play` with each of `trained` and each chunk of the episodes from 0 to `episodes`, on the threads of `pool`. Returns
/// the results in the order of the episodes, one training after the other. `progress` is called on the calling thread with
/// the number of episodes finished so far.
pub(super) fn play_in_chunks<T: Send>(
    trained: &[TrainedPolicy],
    episodes: u64,
    pool: &ThreadPool,
    mut progress: impl FnMut(u64),
    play: impl Fn(&TrainedPolicy, Range<u64>) -> T + Sync,
) -> Vec<T> {
    let (finished, done) = mpsc::channel();
    let chunks = |trained| (0..episodes.div_ceil(CHUNK)).map(move |chunk| (trained, chunk));
    let chunks: Vec<_> = trained.iter().flat_map(chunks).collect();
    let mut results = Vec::new();
    pool.in_place_scope(|scope| {
        scope.spawn(|_| {
            let played = chunks.par_iter().map_with(finished, |finished, (trained, chunk)| {
                let range = chunk * CHUNK..((chunk + 1) * CHUNK).min(episodes);
                let played = play(trained, range.clone());
                // The receiver is gone only if `progress` panicked.
                let _ = finished.send(range.end - range.start);
                played
            });
            results = played.collect();
        });
        let mut total = 0;
        for count in done {
            total += count;
            progress(total);
        }
    });
    results
}

/// Plays the episode of `seed` (as in `episodes.csv`) to its end.
pub fn play(cluster: &mut Cluster, policy: &mut dyn Policy, seed: u64) -> EpisodeResult {
    cluster.reset(seed);
    policy.begin(seed);
    let mut observation = Observation::default();
    let mut sums = EpisodeSums::default();
    loop {
        cluster.observe(&mut observation);
        let action = policy.act(cluster, &observation);
        let effect = cluster.act(action);
        cluster.decay();
        let step = cluster.judge(&effect);
        sums.add(action, cluster);
        sums.reward += step.reward.total();
        sums.spent += effect.spent;
        if step.outcome.is_over() {
            return sums.result(cluster.time(), step.outcome);
        }
    }
}

/// Sums over the steps of an episode.
#[derive(Debug, Default)]
struct EpisodeSums {
    reward: f64,
    spent: f64,
    last: Option<Action>,
    changes: usize,
    oom: usize,
    slack: f64,
}

impl EpisodeSums {
    fn add(&mut self, action: Action, cluster: &Cluster) {
        self.changes += usize::from(self.last.is_some_and(|last| last != action));
        self.last = Some(action);
        self.oom += cluster.out_of_memory().0;
        let cells = cluster.cells().mem.iter().enumerate();
        let critical = cells.filter(|(index, _)| cluster.is_critical(*index));
        let highest = critical.map(|(_, mem)| *mem).fold(0.0, f32::max);
        self.slack += 1.0 - f64::from(highest);
    }

    fn result(&self, steps: usize, outcome: Outcome) -> EpisodeResult {
        let after_first = steps.saturating_sub(1).max(1);
        EpisodeResult {
            steps,
            reward: self.reward,
            spent: self.spent,
            outcome,
            oom: self.oom as f64,
            churn: self.changes as f64 / after_first as f64,
            slack: self.slack / steps.max(1) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Patrol, Random, Stochastic};

    fn score(policy: &PolicyUnderTest, threads: usize) -> Score {
        let scenario = Scenario::default();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        Evaluation { scenario: &scenario, policy, seed: 3 }.play(40, &pool, |_| {})
    }

    #[test]
    fn a_custom_policy_plays_the_same_episodes_on_any_number_of_threads() {
        let built_in = score(&PolicyUnderTest::named("patrol").unwrap(), 1);
        let own = PolicyUnderTest::custom("mine", || Box::new(Patrol));
        for threads in [1, 3] {
            assert_eq!(score(&own, threads), Score { policy: "mine".to_owned(), ..built_in.clone() });
        }
    }

    /// Alternates between two actions.
    struct Alternating(bool);

    impl Policy for Alternating {
        fn begin(&mut self, _: u64) {
            self.0 = false;
        }

        fn act(&mut self, _: &Cluster, _: &Observation) -> Action {
            self.0 = !self.0;
            if self.0 { Action::Left } else { Action::Right }
        }
    }

    #[test]
    fn churn_slack_and_oom_have_their_definitions() {
        let always = score(&PolicyUnderTest::custom("always", || Box::new(Alternating(false))), 2);
        assert_eq!(always.churn, 1.0);
        let random = score(&PolicyUnderTest::custom("random", || Box::new(Stochastic::new(Random))), 2);
        assert!((random.churn - 0.875).abs() < 0.02, "seven of eight actions differ: {}", random.churn);
        let mut sums = EpisodeSums::default();
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        let mut slack = 0.0;
        for action in [Action::Up, Action::Up, Action::Left] {
            cluster.step(action);
            sums.add(action, &cluster);
            slack += 1.0 - f64::from(cluster.statistics()[4]);
        }
        let result = sums.result(3, Outcome::Truncated);
        assert_eq!((result.churn, result.oom), (0.5, 0.0));
        assert!((result.slack - slack / 3.0).abs() < 1e-12);
        // A collapse by cells out of memory counts the cells of its last step.
        assert!(always.oom >= 1.0, "{}", always.oom);
    }
}
