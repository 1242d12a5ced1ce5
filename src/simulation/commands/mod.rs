//! What people ask of a run: commands, their words in `commands.csv`, and a table of them that is repeated.
//!
//! Owns the queue, which is emptied between two ticks and never inside one. A command is done as a whole or not at all.

mod command;
mod live_settings;
mod script;
mod text;

pub use command::{Command, CommandQueue, apply_commands};
pub use live_settings::is_live;
pub use script::{CommandScript, ScriptError, repeat};
