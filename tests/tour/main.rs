//! A tour of the window by somebody who presses real keys and clicks real pixels. After each step the program's own
//! picture is taken (F12), and the state beside it, the pixels and what the panels say are compared with what the step
//! should have done: with the same run that the library makes without a window.
//!
//! Where no window can be opened, and on the desktop of a person, the tour says so and passes, unless
//! `RESONETICS_REQUIRE_WINDOW` is set, as in CI. With `RESONETICS_TOUR_ALBUM=FOLDER` all pictures are kept there.
#![cfg(all(feature = "visual", target_os = "linux"))]

mod cameras;
#[path = "../display/mod.rs"]
mod display;
mod guide;
mod hands;
mod panels;
mod reading;
mod replaying;
mod twin;
mod whole;

use guide::{GuidePolicy, key};
use reading::cell;

#[test]
fn a_visitor_can_pause_step_and_look() {
    let Some(mut guide) = GuidePolicy::begin(&["--scenario", "cascade", "--seed", "3", "--speed", "4"], &[]) else {
        return;
    };
    guide.wait_for_tick(8);
    guide.press(&[key::SPACE]);
    let paused = guide.picture();
    assert!(!paused.running, "Space pauses");
    assert_eq!(guide.picture().tick, paused.tick, "nothing moves while it is paused");
    guide.letter('n');
    assert_eq!(guide.picture().tick, paused.tick + 1, "N is one tick");
    // Another moment, another look, and the present again.
    guide.letter(',');
    assert_eq!(guide.picture().tick, paused.tick, "one moment back");
    // Faster than frames come: each press counts.
    (0..3).for_each(|_| guide.letter(','));
    assert_eq!(guide.picture().tick, paused.tick - 3, "three moments back");
    guide.letter('l');
    assert_eq!(guide.picture().tick, paused.tick + 1, "L is the present");
    let (mode, camera) = (paused.mode, paused.camera);
    guide.letter('c');
    guide.letter('v');
    let looked = guide.picture();
    (0..4).for_each(|_| guide.letter('c'));
    assert_eq!(guide.picture().mode, "combined", "round all five");
    assert_eq!((mode.as_str(), camera.as_str()), ("combined", "orbit"));
    assert_eq!((looked.mode.as_str(), looked.camera.as_str()), ("cpu", "top"), "C and V");
    guide.press(&[key::F5]);
    guide.picture();
    assert!(guide.commands().contains(",save"), "F5 saves, and the run tells of it");
    guide.resize((1000, 640));
    let (smaller, image) = guide.look();
    assert_eq!((smaller.size, image.dimensions()), ([1000, 640], (1000, 640)));
    guide.click((480, 300));
    guide.close();
}

#[test]
fn a_visitor_can_break_a_cell_and_take_over() {
    let Some(mut guide) = GuidePolicy::begin(&["--scenario", "calm", "--seed", "3", "--speed", "4"], &[]) else {
        return;
    };
    guide.wait_for_tick(8);
    guide.press(&[key::SPACE]);
    let before = guide.picture();
    guide.click(reading::place(&before, [4, 3]));
    guide.picture();
    guide.letter('x');
    let hit = guide.picture();
    assert_eq!((hit.tick, cell(&hit, [4, 3]).cpu), (before.tick, 1.0), "X is a spike of the cell that was clicked");
    guide.letter('t');
    guide.picture();
    for _ in 0..3 {
        guide.press(&[key::LEFT]);
        guide.picture();
    }
    guide.letter('2');
    let manual = guide.picture();
    assert_eq!(manual.tick, before.tick + 4, "one tick for each key");
    let column = (before.agent[1] + 6 - 3) % 6;
    assert_eq!(manual.agent, [before.agent[0], column]);
    let here = cell(&manual, manual.agent);
    assert!(here.memory < 0.1, "it was cleaned: {here:?}");
    guide.letter('t');
    guide.picture();
    let commands = guide.commands();
    let message: Vec<_> = commands.lines().skip(1).filter_map(|line| line.split_once(',')).collect();
    let words: Vec<_> = message.iter().map(|(_, words)| *words).collect();
    let left = "drive left";
    let wanted = ["spike row 4 column 3 for 20 steps in cluster 0", "take over cluster 0", left, left, left];
    assert_eq!(words[..5], wanted);
    assert_eq!(words[5..], ["drive memory clean", "hand back"]);
    guide.close();
}
