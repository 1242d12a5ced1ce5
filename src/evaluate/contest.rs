//! Playing episodes: one policy on one scenario.

use super::Score;
use crate::cluster::{Cluster, Observation, Outcome, Purpose, derive_seed};
use crate::policy::{Greedy, Policy, SCRIPTED, scripted};
use crate::record::{Checkpoint, RecordError};
use crate::settings::{RewardSettings, Scenario, SettingsError};
use rayon::ThreadPool;
use rayon::prelude::*;
use std::path::Path;
use std::sync::mpsc;
use thiserror::Error;

/// Episodes that one thread plays in a row.
const CHUNK: u64 = 16;

/// A policy that can be copied to every thread.
#[derive(Debug, Clone)]
pub struct Contestant {
    name: String,
    mind: Mind,
}

#[derive(Debug, Clone)]
enum Mind {
    Scripted(&'static str),
    Pilot(Greedy),
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

impl From<ContestantError> for crate::cli::Failure {
    fn from(error: ContestantError) -> Self {
        match error {
            ContestantError::Name(error) => error.into(),
            ContestantError::Checkpoint(error) => error.into(),
        }
    }
}

impl Contestant {
    /// A scripted policy by name, or `pilot:FILE` for the Pilot of a checkpoint.
    ///
    /// # Errors
    /// An unknown name, or a checkpoint that cannot be used.
    pub fn named(name: &str) -> std::result::Result<Self, ContestantError> {
        let mind = if let Some(path) = name.strip_prefix("pilot:") {
            let checkpoint = Checkpoint::load(Path::new(path))?;
            Mind::Pilot(Greedy::new(&checkpoint.model, &checkpoint.settings))
        } else {
            scripted(name)?;
            let known = SCRIPTED.into_iter().find(|known| *known == name);
            Mind::Scripted(known.unwrap_or("idle"))
        };
        Ok(Self { name: name.to_owned(), mind })
    }

    /// The name it was asked for by.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn policy(&self) -> Box<dyn Policy> {
        match &self.mind {
            Mind::Scripted(name) => scripted(name).expect("the name was checked when the contestant was made"),
            Mind::Pilot(greedy) => Box::new(greedy.clone()),
        }
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
        let mut policy = self.contestant.policy();
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
