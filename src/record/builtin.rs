//! The models that ship with the program: a trained Pilot and Prophet per built-in scenario.

use super::{Checkpoint, RecordError};
use std::path::Path;

/// Scenario and checkpoint; docs/learning.md names the commands that made them.
const MODELS: [(&str, &[u8]); 7] = [
    ("default", include_bytes!("../../assets/models/default.rsnt")),
    ("classic", include_bytes!("../../assets/models/classic.rsnt")),
    ("calm", include_bytes!("../../assets/models/calm.rsnt")),
    ("leak-storm", include_bytes!("../../assets/models/leak-storm.rsnt")),
    ("rush-hour", include_bytes!("../../assets/models/rush-hour.rsnt")),
    ("budget-squeeze", include_bytes!("../../assets/models/budget-squeeze.rsnt")),
    ("cascade", include_bytes!("../../assets/models/cascade.rsnt")),
];

/// The name that stands for these models where the path of a checkpoint is asked for.
pub const BUILTIN: &str = "builtin";

/// The built-in model for a scenario; for one of the user's own, that of the scenario `default`.
///
/// # Errors
/// None that a user can cause: a file of this build that is damaged, which a test rules out.
pub fn builtin(scenario: &str) -> Result<Checkpoint, RecordError> {
    let (name, bytes) = MODELS.iter().find(|(name, _)| *name == scenario).unwrap_or(&MODELS[0]);
    Checkpoint::from_bytes(Path::new(&format!("built-in {name}.rsnt")), bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::SCENARIOS;

    #[test]
    fn every_scenario_has_a_model_that_was_trained_on_it() {
        for (name, _) in SCENARIOS {
            let checkpoint = builtin(name).unwrap();
            assert_eq!(checkpoint.settings.cluster.name, name);
            assert!(checkpoint.model.steps >= 1_000_000, "{name}: {} steps", checkpoint.model.steps);
        }
        assert_eq!(builtin("of my own").unwrap().settings.cluster.name, "default");
    }
}
