//! The settings that may change during a run; all others take effect with a new run. Systems read settings from
//! [`ActiveSettings`]; only clusters and the pace hold copies, which are updated here.

use crate::settings::Settings;
use crate::simulation::{ActiveSettings, FrameHistory, LiveCluster, ManualControl, Pace};
use bevy_ecs::world::World;

/// Whether the setting at `path` may change in a run with these settings.
pub fn is_live(settings: &Settings, path: &str) -> bool {
    match path {
        "cluster.max_steps" | "run.max_runtime" | "run.checkpoint_every" | "run.steps_csv_every" => true,
        "view.layout" => false,
        // The guide is chosen when an agent is created; without learning there is no exploration.
        "exploration.guide" => false,
        _ if path.starts_with("exploration.") => settings.run.policy.is_empty(),
        _ => path == settings.learning_rate().0 || path.starts_with("view."),
    }
}

/// Changes a setting of the current run.
///
/// # Errors
/// An unknown path, a value out of range, or a setting that cannot change during a run.
pub(in crate::simulation) fn set(world: &mut World, path: &str, value: &str) -> Result<String, String> {
    let active = &world.resource::<ActiveSettings>().0;
    let mut changed = active.clone();
    changed.set(path, value).map_err(|error| error.to_string())?;
    if !is_live(active, path) {
        return Err(format!("{path} cannot change during a run: it takes effect with a new run"));
    }
    match path {
        "cluster.max_steps" => {
            let steps = changed.cluster.max_steps;
            let mut clusters = world.query::<(&mut LiveCluster, &mut FrameHistory)>();
            clusters.iter_mut(world).for_each(|(mut cluster, mut frame_history)| {
                cluster.0.set_max_steps(steps);
                frame_history.set_max_steps(steps);
            });
            world.resource_mut::<ManualControl>().set_max_steps(steps);
        }
        "view.speed" => {
            if let Some(mut pace) = world.get_resource_mut::<Pace>() {
                pace.speed = changed.view.speed;
            }
        }
        _ => {}
    }
    world.resource_mut::<ActiveSettings>().0 = changed;
    Ok(format!("{path} is now {}", value.trim()))
}
