//! The models that ship with the program: a trained Pilot and Prophet per built-in scenario, and the tuned Q-table.

use crate::storage::{Checkpoint, RecordError};
use std::path::Path;

/// Scenario and checkpoint; docs/learning.md names the commands that made them.
const MODELS: [(&str, &[u8]); 7] = [
    ("default", include_bytes!("../../../assets/models/default.rsnt")),
    ("classic", include_bytes!("../../../assets/models/classic.rsnt")),
    ("calm", include_bytes!("../../../assets/models/calm.rsnt")),
    ("leak-storm", include_bytes!("../../../assets/models/leak-storm.rsnt")),
    ("rush-hour", include_bytes!("../../../assets/models/rush-hour.rsnt")),
    ("budget-squeeze", include_bytes!("../../../assets/models/budget-squeeze.rsnt")),
    ("cascade", include_bytes!("../../../assets/models/cascade.rsnt")),
];

/// The name that selects these models in place of the path of a checkpoint.
pub const BUILTIN: &str = "builtin";

/// The built-in model for a scenario; for a custom scenario, that of `default`.
///
/// # Errors
/// Only a damaged file in this build, which a test rules out.
pub fn builtin(scenario: &str) -> Result<Checkpoint, RecordError> {
    let (name, bytes) = MODELS.iter().find(|(name, _)| *name == scenario).unwrap_or(&MODELS[0]);
    Checkpoint::from_bytes(Path::new(&format!("built-in {name}.rsnt")), bytes)
}

/// The name of the tuned Q-table among the policies.
pub const QTABLE: &str = "qtable";

/// Made with `resonetics tune --agent qtable --scenario classic --trials 50 --out study` and
/// `resonetics train --settings study/best.ron --seed 101`.
const QTABLE_FILE: &[u8] = include_bytes!("../../../assets/models/qtable.rsnt");

/// The tuned Q-table.
///
/// # Errors
/// As [`builtin`].
pub fn qtable() -> Result<Checkpoint, RecordError> {
    Checkpoint::from_bytes(Path::new("built-in qtable.rsnt"), QTABLE_FILE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::greedy_action;
    use crate::settings::{AgentKind, SCENARIOS};
    use std::collections::HashSet;

    #[test]
    fn every_scenario_has_a_model_that_was_trained_on_it() {
        for (name, _) in SCENARIOS {
            let checkpoint = builtin(name).unwrap();
            assert_eq!(checkpoint.settings.cluster.name, name);
            assert!(checkpoint.model.steps >= 1_000_000, "{name}: {} steps", checkpoint.model.steps);
        }
        assert_eq!(builtin("of my own").unwrap().settings.cluster.name, "default");
    }

    #[test]
    fn the_built_in_table_can_be_read_and_was_learned() {
        let Checkpoint { settings, model } = qtable().unwrap();
        assert_eq!((model.agent(), settings.cluster.name.as_str()), (AgentKind::QTable, "classic"));
        assert!(model.updates == model.steps && model.steps >= 100_000);
        let actions: HashSet<_> = model.table.unwrap().0.iter().map(greedy_action).collect();
        assert!(actions.len() > 2, "{actions:?}");
    }
}
