//! A tour of the window by somebody who presses real keys and clicks real pixels. After each step the program's own
//! picture is taken (F12), and the state beside it, the pixels and what the panels say are compared with what the step
//! should have done: with the same run that the library makes without a window. What the panels say of every state is
//! tested without a window (`src/overlay/tests`); here is what only a window has.
//!
//! Where no window can be opened, and on the desktop of a person, the tour says so and passes, unless
//! `RESONETICS_REQUIRE_WINDOW` is set, as in CI. With `RESONETICS_TOUR_ALBUM=FOLDER` all pictures are kept there.
#![cfg(target_os = "linux")]

mod cameras;
mod checkpoints;
mod controls;
#[path = "../support/display.rs"]
mod display;
mod guide;
mod hands;
mod manual_control;
mod new_runs;
mod reading;
mod repair;
mod replaying;
mod twin;

use guide::GuidePolicy;
use std::fs;
use twin::Twin;

#[test]
fn the_whole_tour() {
    let arguments = ["--scenario", "calm", "--seed", "11", "--policy", "pilot:builtin", "--speed", "4"];
    let Some(mut guide) = GuidePolicy::begin(&arguments, &["Run", "Save and load", "Legend", "Charts"]) else { return };
    let mut twin = Twin::new("calm", &[("run.seed", "11"), ("run.policy", "pilot:builtin")]);
    controls::time_stops_and_steps(&mut guide, &mut twin);
    controls::the_colours_change(&mut guide);
    controls::the_overlay_obeys_its_keys(&mut guide);
    cameras::every_camera_obeys_the_mouse_and_the_keys(&mut guide);
    cameras::nothing_steers_while_the_overlay_has_the_pointer_or_the_keyboard(&mut guide);
    repair::a_cell_is_broken_and_mended(&mut guide, &mut twin);
    manual_control::the_agent_is_driven_and_handed_back(&mut guide, &mut twin);
    checkpoints::the_run_is_saved_and_loaded(&mut guide, &mut twin);
    controls::a_dialog_that_cannot_be_opened_is_told(&mut guide);
    controls::the_window_is_resized(&mut guide);
    new_runs::another_scenario_and_a_comparison_are_begun(&mut guide);
    let folder = guide.close();
    let summary = |entry: std::io::Result<fs::DirEntry>| {
        fs::read_to_string(entry.expect("an entry").path().join("summary.json")).ok()
    };
    let ends: Vec<_> = fs::read_dir(folder.path()).expect("a folder").filter_map(summary).collect();
    let count = |end: &str| ends.iter().filter(|text| text.contains(&format!("\"ended\": \"{end}\""))).count();
    assert_eq!((count("restarted"), count("closed"), ends.len()), (3, 1, 4), "each run is concluded");
}
