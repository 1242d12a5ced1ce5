//! Keys of the window: time, size, panels, files.

use super::help::Help;
use super::layout::Layout;
use super::panel_params::PanelControls;
use crate::simulation::{Command, RunStats, RunWriter, SPEEDS};
use crate::view::{KeyAction, KeyActions};
use bevy::ecs::prelude::{Res, ResMut};

pub(super) fn apply_keys(
    keys: Res<KeyActions>,
    (run_writer, stats): (Option<Res<RunWriter>>, Option<Res<RunStats>>),
    mut controls: PanelControls,
    mut help: ResMut<Help>,
    mut layout: ResMut<Layout>,
) {
    for action in keys.iter() {
        let pace = &mut controls.pace;
        match action {
            KeyAction::TogglePause => pace.toggle(),
            KeyAction::Step => pace.single_steps += u32::from(!pace.running),
            KeyAction::Faster => pace.speed = faster(pace.speed),
            KeyAction::Slower => pace.speed = slower(pace.speed),
            KeyAction::Look(requested) => controls.timeline.requested.push(requested),
            KeyAction::Save => controls.commands.0.push_back(Command::Save(None)),
            KeyAction::Picture => {
                let tick = stats.as_ref().map_or(0, |stats| stats.ticks);
                controls.picture(tick, run_writer.as_ref().and_then(|run_writer| run_writer.folder()));
            }
            KeyAction::CycleSides => layout.cycle_sides(),
            KeyAction::SceneOnly => layout.bare = !layout.bare,
            KeyAction::Larger => layout.enlarge(1.0),
            KeyAction::Smaller => layout.enlarge(-1.0),
            KeyAction::UsualSize => layout.scale = 1.0,
            KeyAction::Help => help.open = !help.open,
            _ => {}
        }
    }
}

fn faster(speed: f64) -> f64 {
    if speed * 2.0 > *SPEEDS.end() { f64::INFINITY } else { speed * 2.0 }
}

fn slower(speed: f64) -> f64 {
    if speed.is_infinite() { *SPEEDS.end() } else { (speed / 2.0).max(*SPEEDS.start()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_speed_doubles_up_to_the_maximum_and_comes_back() {
        assert_eq!(faster(1.0), 2.0);
        assert_eq!(faster(64.0), f64::INFINITY);
        assert_eq!(slower(f64::INFINITY), 64.0);
        assert_eq!(slower(0.25), 0.125);
        assert_eq!(slower(0.125), 0.1);
    }
}
