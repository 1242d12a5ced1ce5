//! A tour of the window by somebody who presses real keys and clicks real pixels. After each step the program's own
//! picture is taken (F12), and the state beside it is compared with what the step should have done.
//!
//! Where no window can be opened the tour says so and passes, unless `RESONETICS_REQUIRE_WINDOW` is set, as in CI.
#![cfg(all(feature = "visual", target_os = "linux"))]

#[path = "../display/mod.rs"]
mod display;
mod guide;
mod hands;

use guide::{Guide, key};

#[test]
fn a_visitor_can_pause_step_and_look() {
    let Some(mut guide) = Guide::begin(&["--scenario", "cascade", "--seed", "3", "--speed", "4"]) else { return };
    guide.wait_for_tick(8);
    guide.press(&[key::SPACE]);
    let paused = guide.picture();
    assert!(!paused.running, "Space pauses");
    assert_eq!(guide.picture().tick, paused.tick, "nothing moves while it is paused");
    guide.press(&[u32::from(b'n')]);
    assert_eq!(guide.picture().tick, paused.tick + 1, "N is one tick");
    guide.resize((1000, 640));
    let (smaller, image) = guide.look();
    assert_eq!((smaller.size, image.dimensions()), ([1000, 640], (1000, 640)));
    guide.click((480, 300));
    guide.close();
}
