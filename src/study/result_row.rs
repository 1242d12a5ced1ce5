//! The rows of `results.csv`: the results of one training, or of one scripted policy. Wall-clock times are left out, so that
//! a repeated study writes the same bytes.

use super::RowKey;
use crate::evaluate::Score;
use crate::storage::{EpisodeSummary, six_decimals};

/// One row of `results.csv`.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultRow {
    /// The job it belongs to.
    pub key: RowKey,
    /// Results of the greedy evaluation.
    pub figures: EvaluationFigures,
    /// Summary of the training; `None` for a scripted policy.
    pub training: Option<TrainingSummary>,
}

/// Results of the evaluation of one policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EvaluationFigures {
    /// Episodes played.
    pub episodes: u64,
    /// Mean steps survived.
    pub steps: f64,
    /// Share of episodes that ended in a collapse, 0 to 1.
    pub collapses: f64,
    /// Share of episodes that ended with a critical cell out of memory, 0 to 1.
    pub critical: f64,
    /// Mean return, with the reward profile `survival`.
    pub reward: f64,
    /// Interquartile mean of the steps survived.
    pub iqm_steps: f64,
}

/// Totals of one training, from the episodes of its run folder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingSummary {
    /// Collapses in the whole run.
    pub collapses: u64,
    /// Collapses within the first 100,000 environment steps.
    pub collapses_100k: u64,
    /// Collapses within the first 200,000 environment steps.
    pub collapses_200k: u64,
    /// Episodes ended.
    pub episodes: u64,
    /// Mean effective epsilon over the steps of those episodes, 0 to 1.
    pub effective_epsilon: f64,
    /// Share of those steps that were handed over to the guide, 0 to 1.
    pub handed_over: f64,
    /// Environment steps of the run.
    pub steps: u64,
}

impl EvaluationFigures {
    /// The figures of a policy with a single training.
    pub fn from_score(score: &Score) -> Self {
        Self {
            episodes: score.episodes,
            steps: score.steps.estimate,
            collapses: score.collapses.estimate,
            critical: score.critical.estimate,
            reward: score.reward.estimate,
            iqm_steps: score.iqm_steps.estimate,
        }
    }
}

impl TrainingSummary {
    /// The totals of a run of `steps` environment steps with these episodes.
    pub fn from_episodes(episodes: &[EpisodeSummary], steps: u64) -> Self {
        let within = |last: u64| {
            let collapsed = episodes.iter().filter(|episode| episode.collapsed && episode.step <= last);
            collapsed.count() as u64
        };
        let total_steps: f64 = episodes.iter().map(|episode| f64::from(episode.steps)).sum();
        let mean = |share: fn(&EpisodeSummary) -> f64| {
            let weighted = episodes.iter().map(|episode| share(episode) * f64::from(episode.steps));
            weighted.sum::<f64>() / total_steps.max(1.0)
        };
        Self {
            collapses: within(u64::MAX),
            collapses_100k: within(100_000),
            collapses_200k: within(200_000),
            episodes: episodes.len() as u64,
            effective_epsilon: mean(|episode| episode.effective_epsilon),
            handed_over: mean(|episode| episode.handed_over),
            steps,
        }
    }
}

impl ResultRow {
    /// The columns of `results.csv`.
    pub const HEADER: [&str; 16] = [
        "scenario",
        "variant",
        "seed",
        "episodes",
        "mean_steps",
        "collapse_rate",
        "critical_rate",
        "mean_return",
        "iqm_steps",
        "training_collapses",
        "training_collapses_100k",
        "training_collapses_200k",
        "training_episodes",
        "mean_effective_epsilon",
        "handed_over",
        "training_steps",
    ];

    /// The fields in the order of the columns; those of the training are empty for a scripted policy.
    pub fn fields(&self) -> [String; 16] {
        let figures = &self.figures;
        let seed = self.key.seed.map_or(String::new(), |seed| seed.to_string());
        let count = |value: fn(&TrainingSummary) -> u64| {
            self.training.as_ref().map_or(String::new(), |training| value(training).to_string())
        };
        let share =
            |value: fn(&TrainingSummary) -> f64| self.training.as_ref().map(value).map_or(String::new(), six_decimals);
        [
            self.key.scenario.clone(),
            self.key.name.clone(),
            seed,
            figures.episodes.to_string(),
            six_decimals(figures.steps),
            six_decimals(figures.collapses),
            six_decimals(figures.critical),
            six_decimals(figures.reward),
            six_decimals(figures.iqm_steps),
            count(|training| training.collapses),
            count(|training| training.collapses_100k),
            count(|training| training.collapses_200k),
            count(|training| training.episodes),
            share(|training| training.effective_epsilon),
            share(|training| training.handed_over),
            count(|training| training.steps),
        ]
    }

    /// Parses a row.
    ///
    /// # Errors
    /// The first column with an invalid value.
    pub fn from_fields(fields: &csv::StringRecord) -> Result<Self, String> {
        let text = |at: usize| fields.get(at).unwrap_or_default();
        let invalid = |at: usize| format!("{} is \"{}\"", Self::HEADER[at], text(at));
        let count = |at: usize| text(at).parse::<u64>().map_err(|_| invalid(at));
        let real = |at: usize| text(at).parse().ok().filter(|real: &f64| real.is_finite()).ok_or_else(|| invalid(at));
        let seed = if text(2).is_empty() { None } else { Some(count(2)?) };
        let training = match seed {
            None => None,
            Some(_) => Some(TrainingSummary {
                collapses: count(9)?,
                collapses_100k: count(10)?,
                collapses_200k: count(11)?,
                episodes: count(12)?,
                effective_epsilon: real(13)?,
                handed_over: real(14)?,
                steps: count(15)?,
            }),
        };
        Ok(Self {
            key: RowKey { scenario: text(0).to_owned(), name: text(1).to_owned(), seed },
            figures: EvaluationFigures {
                episodes: count(3)?,
                steps: real(4)?,
                collapses: real(5)?,
                critical: real(6)?,
                reward: real(7)?,
                iqm_steps: real(8)?,
            },
            training,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(step: u64, steps: u32, collapsed: bool, effective_epsilon: f64) -> EpisodeSummary {
        EpisodeSummary { step, steps, collapsed, effective_epsilon, handed_over: 0.5 }
    }

    #[test]
    fn collapses_count_by_the_step_at_which_episodes_end_and_epsilon_by_their_length() {
        let episodes = [
            ended(100_000, 300, true, 1.0),
            ended(100_016, 100, true, 0.5),
            ended(200_016, 100, true, 0.25),
            ended(250_000, 300, false, 0.0),
        ];
        let training = TrainingSummary::from_episodes(&episodes, 300_000);
        assert_eq!((training.collapses, training.collapses_100k, training.collapses_200k), (3, 1, 2));
        assert_eq!((training.episodes, training.steps), (4, 300_000));
        assert_eq!(training.effective_epsilon, (300.0 + 50.0 + 25.0) / 800.0);
        assert_eq!(TrainingSummary::from_episodes(&[], 16).effective_epsilon, 0.0);
    }

    #[test]
    fn a_row_is_read_back_as_it_was_written_and_a_damaged_one_is_refused() {
        let key = |seed| RowKey { scenario: "default".to_owned(), name: "a, b".to_owned(), seed };
        let figures = EvaluationFigures {
            episodes: 8,
            steps: 250.5,
            collapses: 0.125,
            critical: 0.0,
            reward: -0.5,
            iqm_steps: 300.0,
        };
        let training = TrainingSummary::from_episodes(&[ended(16, 9, true, 0.75)], 320);
        for row in [
            ResultRow { key: key(Some(7)), figures, training: Some(training) },
            ResultRow { key: key(None), figures, training: None },
        ] {
            assert_eq!(ResultRow::from_fields(&csv::StringRecord::from(row.fields().to_vec())), Ok(row));
        }
        let row = ResultRow { key: key(Some(7)), figures, training: Some(training) };
        let mut fields = row.fields();
        fields[9] = String::new();
        let refused = ResultRow::from_fields(&csv::StringRecord::from(fields.to_vec()));
        assert_eq!(refused, Err("training_collapses is \"\"".to_owned()));
    }
}
