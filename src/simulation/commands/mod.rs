//! Commands that people give to a run, their text in `commands.csv`, and scripts that repeat them.
//!
//! Owns the queue, which is emptied between two ticks and never during one. A command is done completely or not at all.

mod command;
mod live_settings;
mod script;
mod text;

pub use command::{Command, CommandQueue, apply_commands};
pub use live_settings::is_live;
pub use script::{CommandScript, ScriptError, repeat};
