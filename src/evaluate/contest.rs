//! Playing episodes: one policy on one scenario.

use super::Score;
use crate::cluster::{Cluster, Observation, Outcome, Purpose, derive_seed};
use crate::policy::{Greedy, Policy, scripted};
use crate::record::{Checkpoint, RecordError};
use crate::settings::{RewardSettings, Scenario, SettingsError};
use rayon::ThreadPool;
use rayon::prelude::*;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, mpsc};
use thiserror::Error;

/// Episodes that one thread plays in a row.
const CHUNK: u64 = 16;

/// A policy by name, which every thread can have one of.
#[derive(Clone)]
pub struct Contestant {
    name: String,
    make: Arc<dyn Fn() -> Box<dyn Policy> + Send + Sync>,
}

impl fmt::Debug for Contestant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Contestant").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why a policy could not be had.
#[derive(Debug, Error)]
pub enum ContestantError {
    /// An unknown name.
    #[error(transparent)]
    Name(#[from] SettingsError),
    /// A checkpoint that cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] RecordError),
}

impl Contestant {
    /// A scripted policy by name, or `pilot:FILE` for the Pilot of a checkpoint.
    ///
    /// # Errors
    /// An unknown name, or a checkpoint that cannot be used.
    pub fn named(name: &str) -> std::result::Result<Self, ContestantError> {
        if let Some(path) = name.strip_prefix("pilot:") {
            let checkpoint = Checkpoint::load(Path::new(path))?;
            let greedy = Greedy::new(&checkpoint.model, &checkpoint.settings);
            return Ok(Self::custom(name, move || Box::new(greedy.clone())));
        }
        scripted(name)?;
        let known = name.to_owned();
        let checked = "the name was checked when the contestant was made";
        Ok(Self::custom(name, move || scripted(&known).expect(checked)))
    }

    /// A policy of the caller's own. `make` is called again and again, on any thread, and what it makes plays some of
    /// the episodes: nothing may pass from one episode to the next, or the score depends on how they were dealt out.
    pub fn custom(name: impl Into<String>, make: impl Fn() -> Box<dyn Policy> + Send + Sync + 'static) -> Self {
        Self { name: name.into(), make: Arc::new(make) }
    }

    /// The name in tables.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// How one episode went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Result {
    /// Steps survived.
    pub steps: usize,
    /// Sum of the rewards.
    pub reward: f64,
    /// Budget spent, in units.
    pub spent: f64,
    /// How it ended.
    pub outcome: Outcome,
}

/// One policy on one scenario.
#[derive(Debug, Clone, Copy)]
pub struct Contest<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The policy.
    pub contestant: &'a Contestant,
    /// Seed from which the episodes' seeds derive.
    pub seed: u64,
}

impl Contest<'_> {
    /// Plays `episodes` episodes on the threads of `pool`; `progress` hears, on the calling thread, how many are done.
    /// The result does not depend on the number of threads.
    pub fn play(&self, episodes: u64, pool: &ThreadPool, mut progress: impl FnMut(u64)) -> Score {
        let (finished, done) = mpsc::channel();
        let chunks: Vec<_> = (0..episodes.div_ceil(CHUNK)).collect();
        let mut results = Vec::new();
        pool.in_place_scope(|scope| {
            scope.spawn(|_| {
                let played = chunks.par_iter().map_with(finished, |finished, chunk| {
                    let range = chunk * CHUNK..((chunk + 1) * CHUNK).min(episodes);
                    let played = self.play_some(range.clone());
                    // Nobody listens any more only if the listener panicked.
                    let _ = finished.send(range.end - range.start);
                    played
                });
                results = played.flatten_iter().collect();
            });
            let mut total = 0;
            for count in done {
                total += count;
                progress(total);
            }
        });
        Score::new(self.scenario, self.contestant, &results)
    }

    fn play_some(&self, episodes: std::ops::Range<u64>) -> Vec<Result> {
        let mut cluster = Cluster::new(self.scenario.clone(), RewardSettings::default(), None);
        let mut policy = (self.contestant.make)();
        episodes.map(|episode| self.play_one(&mut cluster, policy.as_mut(), episode)).collect()
    }

    fn play_one(&self, cluster: &mut Cluster, policy: &mut dyn Policy, episode: u64) -> Result {
        let seed = derive_seed(self.seed, episode, Purpose::Evaluation);
        cluster.reset(seed);
        policy.begin(seed);
        let mut observation = Observation::default();
        let (mut reward, mut spent) = (0.0, 0.0);
        loop {
            cluster.observe(&mut observation);
            let effect = cluster.act(policy.act(cluster, &observation));
            cluster.decay();
            let step = cluster.judge(&effect);
            reward += step.reward.total();
            spent += effect.spent;
            if step.outcome.is_over() {
                return Result { steps: cluster.time(), reward, spent, outcome: step.outcome };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Patrol;

    fn score(contestant: &Contestant, threads: usize) -> Score {
        let scenario = Scenario::default();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        Contest { scenario: &scenario, contestant, seed: 3 }.play(40, &pool, |_| {})
    }

    #[test]
    fn a_policy_of_the_callers_own_plays_the_same_episodes_on_any_number_of_threads() {
        let built_in = score(&Contestant::named("patrol").unwrap(), 1);
        let own = Contestant::custom("mine", || Box::new(Patrol));
        for threads in [1, 3] {
            assert_eq!(score(&own, threads), Score { policy: "mine".to_owned(), ..built_in.clone() });
        }
    }
}
