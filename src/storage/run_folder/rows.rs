//! The rows of a run's tables. No row contains a wall-clock time: the same seed gives the same bytes.

use crate::cluster::{Action, Outcome, RewardTerm, RewardTerms};
use crate::learning::{ForecastSkill, Losses};
use csv::{Error, Writer};

/// A row of `episodes.csv`: one ended episode.
#[derive(Debug, Clone)]
pub struct EpisodeRow {
    /// Number of the episode in the run, in the order in which episodes end.
    pub episode: u64,
    /// Index of the cluster.
    pub cluster: usize,
    /// Environment steps of the whole run when the episode ended.
    pub step: u64,
    /// Seed of the episode.
    pub seed: u64,
    /// Steps survived.
    pub steps: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// Sums of the weighted reward terms.
    pub reward: RewardTerms,
    /// Budget spent, in units.
    pub spent: f64,
    /// Mean and maximum of the mean load.
    pub load: (f64, f64),
    /// Mean and maximum of the risk.
    pub risk: (f64, f64),
    /// Epsilon before fear at the end of the episode.
    pub epsilon: f64,
    /// Mean epsilon after fear.
    pub effective_epsilon: f64,
    /// Share of the steps that were handed over to the guide.
    pub handed_over: f64,
    /// Share of the steps that a person drove.
    pub manual: f64,
    /// Smoothed losses.
    pub losses: Losses,
    /// How good the latest forecasts were.
    pub skill: Option<ForecastSkill>,
}

impl EpisodeRow {
    /// The columns of `episodes.csv`.
    pub fn header() -> impl Iterator<Item = &'static str> {
        let first = ["episode", "cluster", "global_step", "seed", "length", "return"];
        let last = [
            "outcome",
            "critical",
            "spent",
            "mean_load",
            "max_load",
            "mean_risk",
            "max_risk",
            "epsilon",
            "effective_epsilon",
            "handed_over",
            "manual",
            "pilot_loss",
            "prophet_loss",
            "forecast_brier_skill",
            "forecast_auroc",
            "forecast_base_rate",
        ];
        first.into_iter().chain(RewardTerm::ALL.map(RewardTerm::column)).chain(last)
    }

    /// Writes the fields of the row.
    pub(in crate::storage) fn write(&self, row: &mut Writer<Vec<u8>>) -> Result<(), Error> {
        for number in [self.episode, self.cluster as u64, self.step, self.seed, u64::from(self.steps)] {
            row.write_field(number.to_string())?;
        }
        write_number(row, self.reward.total())?;
        for term in self.reward.0 {
            write_number(row, term)?;
        }
        row.write_field(self.outcome.name())?;
        row.write_field(if self.outcome.is_critical() { "1" } else { "0" })?;
        let numbers =
            [self.spent, self.load.0, self.load.1, self.risk.0, self.risk.1, self.epsilon, self.effective_epsilon];
        for number in numbers.into_iter().chain([self.handed_over, self.manual]) {
            write_number(row, number)?;
        }
        write_losses(row, self.losses)?;
        let Some(skill) = self.skill else { return (0..3).try_for_each(|_| row.write_field("")) };
        [skill.brier_skill, skill.auroc, skill.base_rate].into_iter().try_for_each(|number| write_number(row, number))
    }
}

/// A row of `steps.csv`: one step of the first cluster.
#[derive(Debug, Clone)]
pub struct StepRow {
    /// Number of the tick.
    pub tick: u64,
    /// Environment steps of the whole run.
    pub step: u64,
    /// Steps since the episode began.
    pub episode_step: u32,
    /// What the agent did.
    pub action: Action,
    /// Whether it was tried at random.
    pub explored: bool,
    /// Whether a person chose it.
    pub manual: bool,
    /// Reward of the step.
    pub reward: f64,
    /// Mean load, 0 to 1.
    pub load: f64,
    /// Budget left, in units.
    pub budget: f64,
    /// The Prophet's risk, 0 to 1.
    pub risk: f32,
    /// Epsilon before fear.
    pub epsilon: f64,
    /// Epsilon after fear.
    pub effective_epsilon: f64,
    /// Smoothed losses.
    pub losses: Losses,
}

impl StepRow {
    /// The columns of `steps.csv`.
    pub const HEADER: [&str; 14] = [
        "tick",
        "global_step",
        "episode_step",
        "action",
        "explored",
        "manual",
        "reward",
        "load",
        "budget",
        "risk",
        "epsilon",
        "effective_epsilon",
        "pilot_loss",
        "prophet_loss",
    ];

    /// Writes the fields of the row.
    pub(in crate::storage) fn write(&self, row: &mut Writer<Vec<u8>>) -> Result<(), Error> {
        for number in [self.tick, self.step, u64::from(self.episode_step)] {
            row.write_field(number.to_string())?;
        }
        row.write_field(self.action.name())?;
        for flag in [self.explored, self.manual] {
            row.write_field(if flag { "1" } else { "0" })?;
        }
        let risk = f64::from(self.risk);
        for number in [self.reward, self.load, self.budget, risk, self.epsilon, self.effective_epsilon] {
            write_number(row, number)?;
        }
        write_losses(row, self.losses)
    }
}

fn write_losses(row: &mut Writer<Vec<u8>>, losses: Losses) -> Result<(), Error> {
    for loss in [losses.pilot, losses.prophet] {
        row.write_field(loss.map_or(String::new(), |loss| format!("{loss:.6}")))?;
    }
    Ok(())
}

fn write_number(row: &mut Writer<Vec<u8>>, number: f64) -> Result<(), Error> {
    row.write_field(six_decimals(number))
}

/// A number with six decimals, as in all tables. Zero has no sign.
pub(crate) fn six_decimals(number: f64) -> String {
    let text = format!("{number:.6}");
    if text == "-0.000000" { "0.000000".to_owned() } else { text }
}
