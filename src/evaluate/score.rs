//! The score of a policy on a scenario: a row of the CSV table.

use super::{
    EpisodeResult, Evaluation, Interval, bootstrap, collapse_rate_interval, interquartile_mean, mean, median,
    seed_half_width,
};
use crate::storage::{OutputFile, RecordError};

/// The score of one policy on one scenario, over all its episodes.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the policy.
    pub policy: String,
    /// Whether it was trained; otherwise it is scripted.
    pub trained: bool,
    /// Episodes played, over all training seeds.
    pub episodes: u64,
    /// Steps survived.
    pub steps: Interval,
    /// Share of episodes that ended in a collapse.
    pub collapses: Interval,
    /// Share of episodes that ended with a critical cell out of memory.
    pub critical: Interval,
    /// Sum of the rewards (survival profile).
    pub reward: Interval,
    /// Mean budget spent per episode, in units.
    pub spent: f64,
    /// Interquartile mean of the steps survived.
    pub iqm_steps: Interval,
    /// Interquartile mean of the return.
    pub iqm_reward: Interval,
    /// Mean sum over the steps of cells out of memory.
    pub oom: f64,
    /// Mean share of steps whose action differs from the previous one.
    pub churn: f64,
    /// Mean of 1 - highest memory of a critical cell.
    pub slack: f64,
    /// The score of each training seed; empty for a single one.
    pub seeds: Vec<SeedScore>,
    /// Steps survived in each episode, a list per training seed.
    pub survived: Vec<Vec<u32>>,
    /// Whether each episode ended in a collapse, a list per training seed.
    pub collapsed: Vec<Vec<bool>>,
}

/// The score of one training seed.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedScore {
    /// Name of its run folder.
    pub name: String,
    /// Mean steps survived.
    pub steps: f64,
    /// Share of episodes that ended in a collapse.
    pub collapses: f64,
    /// Share of episodes that ended with a critical cell out of memory.
    pub critical: f64,
    /// Mean sum of the rewards.
    pub reward: f64,
}

impl SeedScore {
    fn new(name: &str, results: &[EpisodeResult]) -> Self {
        let mean = |figure: fn(&EpisodeResult) -> f64| mean(results.iter().map(figure)).estimate;
        Self {
            name: name.to_owned(),
            steps: mean(|result| result.steps as f64),
            collapses: mean(|result| f64::from(u8::from(result.outcome.is_collapse()))),
            critical: mean(|result| f64::from(u8::from(result.outcome.is_critical()))),
            reward: mean(|result| result.reward),
        }
    }
}

impl Score {
    /// `results` are the episodes of the first training, then those of the second, and so on.
    pub(super) fn new(evaluation: &Evaluation<'_>, results: &[EpisodeResult]) -> Self {
        let trained = evaluation.policy.trainings();
        let episodes = results.len() / trained.len();
        let by_training = || trained.iter().zip(results.chunks(episodes));
        let longest = evaluation.scenario.max_steps as f64;
        let (counted, any) = ((0.0, longest), (f64::MIN, f64::MAX));
        // One number per episode: trainings that play the same episode are not independent.
        let results_of = |at: usize| results.iter().skip(at).step_by(episodes);
        let mean = |figure: fn(&EpisodeResult) -> f64, limits| {
            let sum = |at| results_of(at).map(figure).sum::<f64>();
            let over_episodes = mean((0..episodes).map(|at| sum(at) / trained.len() as f64));
            let seeds = by_training().map(|(_, results)| mean(results.iter().map(figure)).estimate);
            over_episodes.widened(seed_half_width(seeds), limits)
        };
        let hits = |hit: fn(&EpisodeResult) -> bool| -> Vec<Vec<bool>> {
            by_training().map(|(_, results)| results.iter().map(hit).collect()).collect()
        };
        let collapsed = hits(|result| result.outcome.is_collapse());
        let [iqm_steps, iqm_reward] = interquartile_means(results, episodes, longest, evaluation.seed);
        let seeds = by_training().map(|(trained, results)| SeedScore::new(trained.name(), results));
        let survived = by_training().map(|(_, results)| results.iter().map(|result| result.steps as u32).collect());
        Self {
            scenario: evaluation.scenario.name.clone(),
            policy: evaluation.policy.name().to_owned(),
            trained: trained.iter().any(|training| training.settings().is_some()),
            episodes: results.len() as u64,
            steps: mean(|result| result.steps as f64, counted),
            collapses: collapse_rate_interval(&collapsed),
            critical: collapse_rate_interval(&hits(|result| result.outcome.is_critical())),
            reward: mean(|result| result.reward, any),
            spent: mean(|result| result.spent, any).estimate,
            iqm_steps,
            iqm_reward,
            oom: mean(|result| result.oom, any).estimate,
            churn: mean(|result| result.churn, any).estimate,
            slack: mean(|result| result.slack, any).estimate,
            survived: survived.collect(),
            collapsed,
            seeds: if trained.len() > 1 { seeds.collect() } else { Vec::new() },
        }
    }

    /// What its intervals speak of, where it was trained: of this checkpoint, or of trainings with any seed.
    pub fn scope(&self) -> Option<String> {
        match (self.trained, self.survived.len()) {
            (false, _) => None,
            (true, 1) => Some("of this checkpoint: another training seed may give another result".to_owned()),
            (true, seeds) => Some(format!("of any training seed, judged by {seeds} of them")),
        }
    }

    /// Medians over the training seeds of mean steps and of collapse rate.
    pub fn median_seed(&self) -> (f64, f64) {
        if self.seeds.is_empty() {
            return (self.steps.estimate, self.collapses.estimate);
        }
        let over = |figure: fn(&SeedScore) -> f64| median(self.seeds.iter().map(figure));
        (over(|seed| seed.steps), over(|seed| seed.collapses))
    }

    /// The training seed that collapses most often; of equals, the one with the fewest steps, then with the lowest return.
    pub fn worst_seed(&self) -> Option<&SeedScore> {
        let worse = |a: &&SeedScore, b: &&SeedScore| {
            let ends = a.collapses.total_cmp(&b.collapses).then(b.steps.total_cmp(&a.steps));
            ends.then(b.reward.total_cmp(&a.reward))
        };
        self.seeds.iter().max_by(worse)
    }

    /// The figures by column name, in the order of the CSV columns after `scenario,policy,episodes`.
    pub fn figures(&self) -> [(&'static str, f64); 27] {
        let (median_steps, median_collapses) = self.median_seed();
        let worst = self.worst_seed().map(|seed| (seed.steps, seed.collapses));
        let worst = worst.unwrap_or((self.steps.estimate, self.collapses.estimate));
        [
            ("mean_steps", self.steps.estimate),
            ("mean_steps_low", self.steps.low),
            ("mean_steps_high", self.steps.high),
            ("collapse_rate", self.collapses.estimate),
            ("collapse_low", self.collapses.low),
            ("collapse_high", self.collapses.high),
            ("critical_rate", self.critical.estimate),
            ("mean_return", self.reward.estimate),
            ("critical_low", self.critical.low),
            ("critical_high", self.critical.high),
            ("mean_return_low", self.reward.low),
            ("mean_return_high", self.reward.high),
            ("mean_spent", self.spent),
            ("iqm_steps", self.iqm_steps.estimate),
            ("iqm_steps_low", self.iqm_steps.low),
            ("iqm_steps_high", self.iqm_steps.high),
            ("iqm_return", self.iqm_reward.estimate),
            ("iqm_return_low", self.iqm_reward.low),
            ("iqm_return_high", self.iqm_reward.high),
            ("mean_oom_cell_steps", self.oom),
            ("mean_churn", self.churn),
            ("mean_slack", self.slack),
            ("seeds", self.survived.len() as f64),
            ("median_seed_steps", median_steps),
            ("median_seed_collapse_rate", median_collapses),
            ("worst_seed_steps", worst.0),
            ("worst_seed_collapse_rate", worst.1),
        ]
    }
}

/// The interquartile means of steps, of which there are at most `longest`, and of return. Sorts once for all resamples.
fn interquartile_means(results: &[EpisodeResult], episodes: usize, longest: f64, seed: u64) -> [Interval; 2] {
    let figures: [fn(&EpisodeResult) -> f64; 2] = [|result| result.steps as f64, |result| result.reward];
    let sorted = |results: &[EpisodeResult]| {
        figures.map(|figure| {
            let mut values: Vec<_> = results.iter().map(figure).zip((0..episodes).cycle()).collect();
            values.sort_by(|a, b| a.0.total_cmp(&b.0));
            values
        })
    };
    let weighted = |values: &[(f64, usize)], times: &[u64]| {
        interquartile_mean(values.iter().map(|(value, at)| (*value, times[*at])), values.len() as u64)
    };
    let all = sorted(results);
    let over_episodes =
        bootstrap(episodes, seed, |times| all.iter().map(|values| weighted(values, times)).collect::<Vec<_>>());
    let once = vec![1; episodes];
    let seeds: Vec<_> =
        results.chunks(episodes).map(|results| sorted(results).map(|it| weighted(&it, &once))).collect();
    let limits = [(0.0, longest), (f64::MIN, f64::MAX)];
    std::array::from_fn(|at| over_episodes[at].widened(seed_half_width(seeds.iter().map(|seed| seed[at])), limits[at]))
}

/// Writes the scores as CSV.
///
/// # Errors
/// The file cannot be written.
pub fn write_csv(file: &OutputFile, scores: &[Score]) -> Result<(), RecordError> {
    let header = scores.first().map(|score| {
        let names = score.figures().map(|(name, _)| name.to_owned());
        ["scenario", "policy", "episodes"].map(str::to_owned).into_iter().chain(names).chain(["worst_seed".to_owned()])
    });
    let row = |score: &Score| {
        let names = [score.scenario.clone(), score.policy.clone(), score.episodes.to_string()];
        let numbers = score.figures().map(|(name, value)| match name {
            "seeds" => format!("{value:.0}"),
            _ => format!("{value:.6}"),
        });
        let worst = score.worst_seed().map_or(String::new(), |seed| seed.name.clone());
        names.into_iter().chain(numbers).chain([worst])
    };
    file.write_table(header.into_iter().chain(scores.iter().map(row)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{CollapseCause, Outcome};
    use crate::evaluate::PolicyUnderTest;
    use crate::policy::{Idle, Stochastic};
    use crate::settings::Scenario;

    fn episode(steps: usize, outcome: Outcome) -> EpisodeResult {
        EpisodeResult { steps, reward: -(steps as f64), spent: 2.0, outcome, oom: 1.0, churn: 0.5, slack: 0.25 }
    }

    #[test]
    fn figures_have_their_hand_computed_values() {
        let (collapsed, survived) = (Outcome::Terminated(CollapseCause::CriticalOom), Outcome::Truncated);
        let results = [(10, collapsed), (20, survived), (30, collapsed), (80, survived)];
        let results = results.map(|(steps, outcome)| episode(steps, outcome));
        let scenario = Scenario::default();
        let policy = PolicyUnderTest::custom("any", || Box::new(Stochastic::new(Idle)));
        let score = Score::new(&Evaluation { scenario: &scenario, policy: &policy, seed: 1 }, &results);
        assert_eq!((score.episodes, score.steps.estimate, score.collapses.estimate), (4, 35.0, 0.5));
        assert_eq!((score.iqm_steps.estimate, score.iqm_reward.estimate), (25.0, -25.0));
        assert!(score.iqm_steps.low >= 10.0 && score.iqm_steps.high <= 80.0, "{:?}", score.iqm_steps);
        assert_eq!((score.oom, score.churn, score.slack, score.spent), (1.0, 0.5, 0.25, 2.0));
        assert_eq!((score.survived.clone(), score.median_seed()), (vec![vec![10, 20, 30, 80]], (35.0, 0.5)));
        assert_eq!(score.collapsed, [[true, false, true, false]]);
        assert_eq!(score.worst_seed(), None);
    }

    #[test]
    fn the_worst_seed_collapses_most_often_and_then_soonest() {
        let scenario = Scenario::default();
        let policy = PolicyUnderTest::custom("any", || Box::new(Stochastic::new(Idle)));
        let evaluation = Evaluation { scenario: &scenario, policy: &policy, seed: 1 };
        let mut score = Score::new(&evaluation, &[episode(5, Outcome::Truncated), episode(7, Outcome::Truncated)]);
        let seed = |name: &str, steps, collapses| SeedScore {
            name: name.to_owned(),
            steps,
            collapses,
            critical: 0.0,
            reward: 0.0,
        };
        score.seeds = vec![seed("a", 250.0, 0.25), seed("b", 100.0, 0.5), seed("c", 90.0, 0.5), seed("d", 80.0, 0.25)];
        assert_eq!(score.worst_seed().unwrap().name, "c");
        assert_eq!(score.median_seed(), (95.0, 0.375));
    }
}
