//! Repeats the commands of an earlier run at the same ticks.
//!
//! A script can do to a run what its window could, and nothing outside its run folder: commands that wrote files elsewhere are
//! recorded but not performed, and networks from other files are refused.

use crate::bounded;
use crate::cluster::ParseError;
use crate::settings::Settings;
use crate::simulation::commands::command::perform;
use crate::simulation::commands::text::{describe, parse};
use crate::simulation::lifecycle::run_writer::record_steps;
use crate::simulation::{
    ActiveSettings, Command, EventKind, EventLog, ManualControl, RunStats, RunWriter, is_live, save_checkpoint,
};
use crate::storage::TableReader;
use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use csv::StringRecord;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Larger tables are refused unread.
const LARGEST_TABLE: u64 = 16 << 20;
/// Most commands of a table: nobody gives more by hand.
const MAX_COMMANDS: usize = 200_000;

/// Why a table of commands cannot be repeated.
#[derive(Debug, Error)]
pub enum ScriptError {
    /// The system refused.
    #[error("cannot read {}: {problem}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        problem: std::io::Error,
    },
    /// A row that is not a command, or cannot be repeated in this run.
    #[error("{}:{line}:{column}: {problem}", path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// 1-based line.
        line: u64,
        /// 1-based column.
        column: usize,
        /// What is wrong with it.
        problem: String,
    },
}

impl ScriptError {
    /// Whether the user named something that cannot be used, rather than the system failing.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Io { problem, .. } => bounded::is_bad_input(problem.kind()),
            Self::Row { .. } => true,
        }
    }
}

/// A row of the table.
#[derive(Debug)]
struct ScriptRow {
    tick: u64,
    line: u64,
    action: ScriptedAction,
}

/// What is done for a row.
#[derive(Debug)]
enum ScriptedAction {
    Perform(Command),
    /// Change the length of the run, as when it was resumed with another one.
    SetRunSteps(u64),
    /// Save a checkpoint into the run folder.
    Save,
    /// Only record it: it did not change the run, and would write outside its folder.
    Note(Command),
}

/// The commands of an earlier run that are still to be repeated, next one first.
#[derive(Resource, Debug)]
pub struct CommandScript {
    path: PathBuf,
    rows: VecDeque<ScriptRow>,
    /// Tick of the last row.
    end: u64,
    /// Whether all commands have been performed, the queued actions of a person included.
    finished: bool,
    /// The length of the run after the last row that changes it.
    steps: Option<u64>,
    /// Whether the last line has no line end and is therefore ignored.
    is_cut: bool,
}

impl CommandScript {
    /// Reads the table of a run of `settings`.
    ///
    /// # Errors
    /// A file that cannot be read, and the first row that cannot be repeated, with line and column.
    pub fn load(path: &Path, settings: &Settings) -> Result<Self, ScriptError> {
        Self::from_bytes(path, &contents(path)?, settings)
    }

    /// Reads the rest of the table for a resumed run, which has recorded the bytes `recorded` in `ticks` ticks.
    ///
    /// # Errors
    /// As [`CommandScript::load`], or a run that has recorded other commands.
    pub fn load_after(path: &Path, settings: &Settings, recorded: &[u8], ticks: u64) -> Result<Self, ScriptError> {
        let bytes = contents(path)?;
        let row = |line: u64, problem: String| ScriptError::Row { path: path.to_owned(), line, column: 1, problem };
        if !bytes.starts_with(recorded) {
            let same = bytes.iter().zip(recorded).take_while(|(one, other)| one == other).count();
            let line = 1 + bytes[..same].iter().filter(|byte| **byte == b'\n').count() as u64;
            return Err(row(line, "the resumed run has recorded something else here".to_owned()));
        }
        let mut script = Self::from_bytes(path, &bytes, settings)?;
        let lines = 1 + recorded.iter().filter(|byte| **byte == b'\n').count() as u64;
        script.rows.retain(|row| row.line >= lines);
        match script.rows.front() {
            Some(late) if late.tick < ticks => {
                let problem = format!("it belongs to tick {}, and the resumed run has done {ticks}", late.tick);
                Err(row(late.line, problem))
            }
            _ => Ok(script),
        }
    }

    /// Reads the bytes of a table; `path` is what errors call it.
    ///
    /// # Errors
    /// As [`CommandScript::load`].
    pub fn from_bytes(path: &Path, bytes: &[u8], settings: &Settings) -> Result<Self, ScriptError> {
        let refused = |line: u64, column: usize, problem: String| {
            let path = path.to_owned();
            Err(ScriptError::Row { path, line, column, problem })
        };
        let mut script =
            Self { path: path.to_owned(), rows: VecDeque::new(), end: 0, finished: false, steps: None, is_cut: false };
        let mut planned = settings.clone();
        let mut table = match TableReader::new(bytes) {
            Ok(table) if *table.header() == ["tick", "command"][..] => table,
            _ => return refused(1, 1, "its first line should be \"tick,command\"".to_owned()),
        };
        let mut record = StringRecord::new();
        loop {
            match table.next(&mut record) {
                Ok(true) => {}
                Ok(false) => {
                    script.is_cut = table.is_cut();
                    return Ok(script);
                }
                Err(bad) => return refused(bad.line, 1, bad.problem),
            }
            let (line, first) = (table.line(), record.position().map_or(0, |place| place.byte() as usize));
            if script.rows.len() == MAX_COMMANDS {
                return refused(line, 1, format!("there are more than {MAX_COMMANDS} commands"));
            }
            let (number, text) = (&record[0], &record[1]);
            let tick = match number.parse::<u64>() {
                Ok(tick) if tick < script.end => {
                    return refused(line, 1, format!("tick {tick} comes after tick {}", script.end));
                }
                Ok(tick) if tick.to_string() == number => tick,
                _ => return refused(line, 1, format!("\"{}\" is not a tick", bounded::quoted(number))),
            };
            // Where the command begins: behind the number, the comma and a quotation mark if there is one.
            let behind = first + number.len() + 1;
            let column = number.len() + 2 + usize::from(bytes.get(behind) == Some(&b'"'));
            let row = |action| ScriptRow { tick, line, action };
            match script.plan(text, tick, &mut planned) {
                Ok(action) => script.rows.push_back(row(action)),
                Err(ParseError { before, problem }) => return refused(line, column + before, problem),
            }
            script.end = tick;
        }
    }

    /// What is done for a row; `planned` are the settings after all rows before it.
    fn plan(&mut self, text: &str, tick: u64, planned: &mut Settings) -> Result<ScriptedAction, ParseError> {
        let command = parse(text, planned)?;
        let refused = |before: usize, problem: String| Err(ParseError { before, problem });
        Ok(match command {
            Command::Set { path, value } => {
                let before = planned.clone();
                if let Err(error) = planned.set(&path, &value) {
                    return refused(4, error.to_string());
                }
                if path == "run.steps" {
                    self.steps = Some(planned.run.steps);
                    return Ok(ScriptedAction::SetRunSteps(planned.run.steps));
                }
                if !is_live(&before, &path) {
                    return refused(4, format!("{path} cannot change during a run"));
                }
                ScriptedAction::Perform(Command::Set { path, value })
            }
            Command::Load(_) => {
                return refused(0, "networks of other files cannot be repeated: the file may have changed".to_owned());
            }
            Command::Restart(_) if tick > 0 || !self.rows.is_empty() => {
                return refused(0, "a run begins before all other commands".to_owned());
            }
            Command::Save(None) => ScriptedAction::Save,
            Command::Restart(_) | Command::Save(Some(_)) | Command::ExportEpisodes(_) => ScriptedAction::Note(command),
            command => ScriptedAction::Perform(command),
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number of commands still to be performed.
    pub fn left(&self) -> usize {
        self.rows.len()
    }

    /// Whether all commands have been performed, the queued actions of a person included.
    pub fn is_over(&self) -> bool {
        self.finished
    }

    /// Tick of the last command.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Length of the run in environment steps after its commands, if they change it.
    pub fn steps(&self) -> Option<u64> {
        self.steps
    }

    /// Whether the last line of the table has no line end and is therefore ignored.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Number of commands that wrote files outside the run: they are recorded but not performed.
    pub fn outside(&self) -> usize {
        let outside = |row: &&ScriptRow| {
            matches!(&row.action, ScriptedAction::Note(Command::Save(_) | Command::ExportEpisodes(_)))
        };
        self.rows.iter().filter(outside).count()
    }
}

fn contents(path: &Path) -> Result<Vec<u8>, ScriptError> {
    bounded::read(path, LARGEST_TABLE).map_err(|problem| ScriptError::Io { path: path.to_owned(), problem })
}

/// Performs the scripted commands that are due before the next tick.
///
/// # Errors
/// A command that cannot be performed, with its line: the script belongs to another run. No further ones are performed.
pub fn repeat(world: &mut World) -> Result<(), String> {
    loop {
        let now = world.resource::<RunStats>().ticks;
        let manual_control = world.resource::<ManualControl>();
        let drives = manual_control.drive().is_some() && !manual_control.waits();
        let Some(mut script) = world.get_resource_mut::<CommandScript>() else { return Ok(()) };
        let Some(ScriptRow { line, action, .. }) = script.rows.pop_front_if(|row| row.tick <= now) else {
            script.finished |= script.rows.is_empty() && !drives;
            return Ok(());
        };
        let outcome = match action {
            ScriptedAction::Perform(command) => {
                let command_text = describe(&command, &world.resource::<ActiveSettings>().0);
                perform(world, command).map_err(|problem| format!("`{command_text}` cannot be done: {problem}"))
            }
            ScriptedAction::SetRunSteps(steps) => {
                world.resource_mut::<ActiveSettings>().0.run.steps = steps;
                record_steps(world);
                note(world, &format!("the run has {steps} steps now"));
                Ok(())
            }
            ScriptedAction::Save => {
                world.resource_mut::<RunWriter>().command(now, "save");
                // The run writer reports a failure and retries.
                save_checkpoint(world);
                Ok(())
            }
            ScriptedAction::Note(command) => {
                let command_text = describe(&command, &world.resource::<ActiveSettings>().0);
                world.resource_mut::<RunWriter>().command(now, &command_text);
                note(world, &format!("not done again: {command_text}"));
                Ok(())
            }
        };
        if let Err(problem) = outcome {
            let Some(mut script) = world.get_resource_mut::<CommandScript>() else { return Err(problem) };
            script.rows.clear();
            let place = format!("{}:{line}", script.path.display());
            return Err(format!("{place}: at tick {now} {problem}; the table belongs to another run"));
        }
    }
}

fn note(world: &mut World, message: &str) {
    let tick = world.resource::<RunStats>().ticks;
    if let Some(mut log) = world.get_resource_mut::<EventLog>() {
        log.add(tick, EventKind::Note, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        let mut settings = Settings::default();
        settings.run.clusters = 2;
        settings
    }

    fn script(text: &str) -> Result<CommandScript, String> {
        CommandScript::from_bytes(Path::new("c.csv"), text.as_bytes(), &settings()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_table_is_read_and_what_writes_elsewhere_is_only_noted() {
        let text = "tick,command\n0,begin default seed 1\n3,take over cluster 1\n3,drive full clean\n4,\"save a,b\"\n4,save\n9,set run.steps 70\n";
        let script = script(text).unwrap();
        assert_eq!((script.left(), script.end(), script.steps(), script.outside()), (6, 9, Some(70), 1));
        assert!(
            matches!(&script.rows[3].action, ScriptedAction::Note(Command::Save(Some(file))) if file.path() == Path::new("a,b"))
        );
        assert!(!script.is_cut());
    }

    #[test]
    fn a_last_line_without_a_line_end_is_not_a_command() {
        for cut in ["4", "4,hand back", "4,\"save a\n"] {
            let script = script(&format!("tick,command\n3,save\n{cut}")).unwrap();
            assert_eq!((script.left(), script.end(), script.is_cut()), (1, 3, true), "{cut:?}");
        }
    }

    #[test]
    fn the_first_row_that_cannot_be_repeated_is_named_with_line_and_column() {
        for (rows, message) in [
            ("", "c.csv:1:1: its first line should be \"tick,command\""),
            ("step,command\n", "c.csv:1:1: its first line"),
            ("tick,command", "c.csv:1:1: its first line"),
            ("tick,command\n1,hand back\n0,hand back\n", "c.csv:3:1: tick 0 comes after tick 1"),
            ("tick,command\n-1,hand back\n", "c.csv:2:1: \"-1\" is not a tick"),
            ("tick,command\n+1,hand back\n", "c.csv:2:1: \"+1\" is not a tick"),
            ("tick,command\n01,hand back\n", "c.csv:2:1: \"01\" is not a tick"),
            ("tick,command\n1,hand back,now\n", "c.csv:2:1: it has 3 fields, expected 2"),
            ("tick,command\n12,kill row 1 column 9 in cluster 0\n", "c.csv:2:22: \"9\", expected a column"),
            ("tick,command\n1,\"drive up,\"\n", "c.csv:2:10: \"up,\" is not an action"),
            ("tick,command\n1,load best.rsnt\n", "c.csv:2:3: networks of other files cannot be repeated"),
            ("tick,command\n1,set pilot.gamma 0.9\n", "c.csv:2:7: pilot.gamma cannot change during a run"),
            ("tick,command\n1,set view.alarm 2\n", "c.csv:2:7: view.alarm is \"2\", expected"),
            ("tick,command\n1,begin default seed 1\n", "c.csv:2:3: a run begins before all other commands"),
            ("tick,command\n1,save\n1,begin default seed 2\n", "c.csv:3:22: the command should be"),
        ] {
            let problem = script(rows).unwrap_err();
            assert!(problem.starts_with(message), "{rows:?}: {problem}");
        }
        let long = format!("tick,command\n{}", "0,save\n".repeat(MAX_COMMANDS + 1));
        assert!(script(&long).unwrap_err().contains("there are more than 200000 commands"));
    }

    #[test]
    fn what_a_run_has_recorded_is_not_repeated() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("c.csv");
        std::fs::write(&path, "tick,command\n1,save\n5,save\n5,hand back\n").unwrap();
        let left = |recorded: &[u8], ticks: u64| CommandScript::load_after(&path, &settings(), recorded, ticks);
        assert_eq!(left(b"tick,command\n1,save\n5,save\n", 5).unwrap().left(), 1);
        assert_eq!(left(b"tick,command\n", 1).unwrap().left(), 3);
        let problem = left(b"tick,command\n2,save\n", 5).unwrap_err().to_string();
        assert!(problem.contains("c.csv:2:1: the resumed run has recorded something else"), "{problem}");
        let problem = left(b"tick,command\n1,save\n", 6).unwrap_err().to_string();
        assert!(problem.contains("c.csv:3:1: it belongs to tick 5, and the resumed run has done 6"), "{problem}");
    }
}
