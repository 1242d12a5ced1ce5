//! Trained opponents that come with the program, so that they play without a file.

use super::contestant::ContestantError;
use crate::record::Checkpoint;
use std::path::Path;

/// Name of the tuned Q-table among the policies.
pub const QTABLE: &str = "qtable";

/// The checkpoint of the tuned Q-table. It was made with
/// `resonetics tune --agent qtable --scenario classic --trials 50 --out study` and
/// `resonetics train --settings study/best.ron --seed 101`.
static QTABLE_FILE: &[u8] = include_bytes!("../../assets/models/qtable.rsnt");

/// The tuned Q-table.
///
/// # Errors
/// None in a program that passes its tests: the file is part of it.
pub fn qtable() -> Result<Checkpoint, ContestantError> {
    Ok(Checkpoint::from_bytes(Path::new("built-in qtable.rsnt"), QTABLE_FILE)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::AgentKind;

    #[test]
    fn the_table_that_comes_with_the_program_can_be_read_and_was_learned() {
        let Checkpoint { settings, model } = qtable().unwrap();
        assert_eq!((model.agent(), settings.cluster.name.as_str()), (AgentKind::QTable, "classic"));
        assert!(model.updates == model.steps && model.steps >= 100_000);
        let actions: std::collections::HashSet<_> =
            model.table.unwrap().0.iter().map(crate::brain::greedy_action).collect();
        assert!(actions.len() > 2, "{actions:?}");
    }
}
