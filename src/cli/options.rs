//! The options that describe a run, and the settings that result from them.
//!
//! They are applied in this order: defaults, then `--settings`, then `--scenario`, then the named options, then `--set`.

use super::CliError;
use crate::settings::{Settings, load_scenario, load_settings};
use crate::simulation::{CommandScript, SPEEDS};
use crate::storage::{RunFolder, folder_name, free_folder};
use clap::Args;
use jiff::{Span, civil::date};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Options of every command that runs the simulation.
#[derive(Debug, Clone, Default, Args)]
pub struct RunOptions {
    /// Scenario: a built-in name (classic, calm, default, leak-storm, rush-hour, budget-squeeze, cascade) or a RON file
    #[arg(long, value_name = "NAME|FILE")]
    pub(super) scenario: Option<String>,
    /// Settings: a built-in profile (`v10`, `v13`) or a RON file, such as the settings.ron of an earlier run
    #[arg(long, value_name = "NAME|FILE")]
    pub(super) settings: Option<String>,
    /// What learns: dqn, or qtable, the classical opponent, which starts from the profile `v10` if --settings is left out
    #[arg(long, value_name = "NAME")]
    pub(super) agent: Option<String>,
    /// Change one setting, such as pilot.gamma=0.95; may be given several times (see `resonetics settings`)
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(super) set: Vec<String>,
    /// Environment steps of the whole run, over all clusters
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) steps: Option<String>,
    /// End after this many ticks; a tick is one step of every cluster
    #[arg(long, value_name = "N")]
    pub ticks: Option<u64>,
    /// Seed of all random numbers
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) seed: Option<String>,
    /// Clusters that run side by side [default: 16 without a window, 1 with one]
    #[arg(long, value_name = "K", allow_negative_numbers = true)]
    pub(super) clusters: Option<String>,
    /// Threads for learning; the results do not depend on it
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) threads: Option<String>,
    /// burn backend: flex or ndarray
    #[arg(long, value_name = "NAME")]
    pub(super) backend: Option<String>,
    /// Real telemetry that drives the cells: CSV with time_s,node,cpu[,memory], Bitbrains, or CloudWatch
    #[arg(long, value_name = "FILE")]
    pub(super) trace: Option<String>,
    /// Continue a run exactly where it ended, in its folder; --steps may extend it
    #[arg(long, value_name = "RUN", conflicts_with_all = ["out", "settings"])]
    pub(super) resume: Option<PathBuf>,
    /// Start the run in the folder --out, or resume it if it has begun there; a finished run is left alone
    #[arg(long, requires = "out", conflicts_with = "resume")]
    pub(super) resume_or_start: bool,
    /// Repeat the commands in commands.csv of an earlier run, at the same ticks; --settings takes its settings.ron
    #[arg(long, value_name = "FILE")]
    pub(super) commands: Option<PathBuf>,
    /// Folder of the run, which must not exist yet without --resume-or-start [default: runs/SCENARIO-NUMBER]
    #[arg(long, value_name = "FOLDER")]
    pub(super) out: Option<PathBuf>,
    /// Save and end after this time, such as 30m or 2h; the exit code is 75 if the run was not done by then
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(super) max_runtime: Option<Duration>,
}

impl RunOptions {
    /// The settings these options describe.
    ///
    /// # Errors
    /// The first option that names something unknown or out of range.
    pub fn settings(&self) -> Result<Settings, CliError> {
        let mut settings = match (&self.settings, self.agent.as_deref()) {
            (Some(name), _) => load_settings(name)?,
            (None, Some("qtable")) => load_settings("v10")?,
            (None, _) => Settings::default(),
        };
        self.apply(&mut settings)?;
        settings.check(None)?;
        Ok(settings)
    }

    /// Applies the options other than `--settings`; does not check whether values contradict each other.
    ///
    /// # Errors
    /// The first option that names something unknown or out of range.
    pub fn apply(&self, settings: &mut Settings) -> Result<(), CliError> {
        if let Some(name) = &self.scenario {
            settings.cluster = load_scenario(name)?;
        }
        let named = [
            ("run.agent", &self.agent),
            ("run.steps", &self.steps),
            ("run.seed", &self.seed),
            ("run.clusters", &self.clusters),
            ("run.threads", &self.threads),
            ("run.backend", &self.backend),
            ("trace.file", &self.trace),
        ];
        for (path, value) in named {
            if let Some(value) = value {
                settings.assign(path, value)?;
            }
        }
        if let Some(limit) = self.max_runtime {
            settings.assign("run.max_runtime", &limit.as_secs_f64().to_string())?;
        }
        for assignment in &self.set {
            let (path, value) = self::assignment(assignment, "pilot.gamma=0.95")?;
            settings.assign(path, value)?;
        }
        Ok(())
    }

    /// The commands to repeat in a run of these settings from its beginning, if any are named.
    ///
    /// # Errors
    /// A table of commands that cannot be repeated.
    pub fn script(&self, settings: &Settings) -> Result<Option<CommandScript>, CliError> {
        Ok(self.commands.as_deref().map(|path| CommandScript::load(path, settings)).transpose()?)
    }

    /// Creates the run folder: the one named, or a numbered one below `runs/`.
    ///
    /// # Errors
    /// A folder that exists or cannot be created.
    pub fn folder(&self, settings: &Settings) -> Result<RunFolder, CliError> {
        let path = match &self.out {
            Some(path) => path.clone(),
            None => free_folder(Path::new("runs"), &folder_name(&settings.cluster.name)),
        };
        Ok(RunFolder::create(&path, settings)?)
    }
}

/// Path and value of a `--set`; errors show `example`.
///
/// # Errors
/// Text without `=`.
pub fn assignment<'a>(text: &'a str, example: &str) -> Result<(&'a str, &'a str), CliError> {
    let parts = text.split_once('=').map(|(path, value)| (path.trim(), value));
    parts.ok_or_else(|| CliError::BadInput(format!("--set {text}: expected PATH=VALUE, such as {example}")))
}

/// A speed: a number or `max`.
///
/// # Errors
/// Anything else.
pub fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        _ if text == "max" => Ok(f64::INFINITY),
        Ok(speed) if SPEEDS.contains(&speed) => Ok(speed),
        _ => Err(format!("expected a number from {} to {}, or `max`", SPEEDS.start(), SPEEDS.end())),
    }
}

/// A length of time, in any units from years to nanoseconds.
///
/// # Errors
/// Anything else, and negative lengths.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    // The date fixes the length of years and months.
    let length = text.parse::<Span>().and_then(|span| span.to_duration(date(2001, 1, 1)));
    let length = length.and_then(Duration::try_from);
    length.map_err(|_| "expected a length of time, such as 90s, 30m or 1h30m".to_owned())
}

/// Parses the size of a window.
///
/// # Errors
/// Anything but a width and a height from 320x240 to 7680x4320, in logical pixels.
pub fn size(text: &str) -> Result<(u32, u32), String> {
    let refused = || "expected a width and a height from 320x240 to 7680x4320, such as 1280x720".to_owned();
    let (width, height) = text.split_once('x').ok_or_else(refused)?;
    let (width, height) = (width.parse().map_err(|_| refused())?, height.parse().map_err(|_| refused())?);
    let in_range = (320..=7680).contains(&width) && (240..=4320).contains(&height);
    in_range.then_some((width, height)).ok_or_else(refused)
}

/// A command of this program as typed in a shell, with quotes where they are needed.
pub fn shell_command<'a>(arguments: impl IntoIterator<Item = &'a str>) -> String {
    let words = std::iter::once("resonetics").chain(arguments);
    shlex::Quoter::new().allow_nul(true).join(words).expect("a zero byte is all that would be refused")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_read_in_its_usual_forms() {
        let seconds = |text| duration(text).map(|length| length.as_secs_f64());
        for (text, expected) in [
            ("30m", 1_800.0),
            ("2h", 7_200.0),
            ("1h30m", 5_400.0),
            ("1h 30min 5sec", 5_405.0),
            ("1 hour 2 minutes", 3_720.0),
            ("2days", 172_800.0),
            ("1w", 604_800.0),
            ("1year", 31_536_000.0),
            ("1500ms", 1.5),
            ("0s", 0.0),
        ] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for text in ["", "soon", "30", "-5m", "5m ago", "1h-5m", "99999999999999999999s"] {
            assert!(duration(text).is_err_and(|message| message.contains("such as 90s")), "{text}");
        }
    }

    #[test]
    fn a_command_line_is_quoted_as_in_a_shell() {
        let command = shell_command(["evaluate", "--policy", "pilot:a b", "--out", "it's.csv", ""]);
        assert_eq!(command, "resonetics evaluate --policy 'pilot:a b' --out \"it's.csv\" ''");
    }
}
