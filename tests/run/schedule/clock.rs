//! A clock that jumps: the machine slept, or somebody set it. Ticks are neither run in its place nor lost.

use super::{place, world};
use bevy_ecs::prelude::World;
use bevy_time::{Real, Time};
use resonetics::simulation::{ActiveSettings, Pace, RunStats, advance};
use std::fs;
use std::time::{Duration, Instant};

/// Draws a frame, `seconds` after the one before; answers how many ticks it ran.
fn frame(world: &mut World, now: &mut Instant, seconds: f64) -> u64 {
    *now += Duration::from_secs_f64(seconds);
    world.resource_mut::<Time<Real>>().update_with_instant(*now);
    let before = world.resource::<RunStats>().ticks;
    advance(world);
    world.resource::<RunStats>().ticks - before
}

#[test]
fn an_hour_between_two_frames_is_not_made_up_for() {
    let place = place();
    let mut world = world(&place);
    {
        // Room for as many ticks as a frame may ask for.
        let settings = &mut world.resource_mut::<ActiveSettings>().0;
        (settings.view.frame_budget, settings.view.ticks_per_second) = (5_000.0, 10.0);
        (settings.run.checkpoint_minutes, settings.run.checkpoint_every) = (1.0, 0);
    }
    world.insert_resource(Pace::new(1.0));
    world.init_resource::<Time<Real>>();
    let mut now = Instant::now();
    frame(&mut world, &mut now, 0.0);
    assert_eq!((0..20).map(|_| frame(&mut world, &mut now, 0.1)).sum::<u64>(), 20);
    let after = frame(&mut world, &mut now, 3600.0);
    assert!((9..=11).contains(&after), "{after} ticks, and 36000 were owed");
    let later: u64 = (0..10).map(|_| frame(&mut world, &mut now, 0.1)).sum();
    assert!((9..=11).contains(&later), "{later} ticks in the second after it");
    assert!(fs::read_dir(place.path().join("run/checkpoints")).is_err(), "a frame's clock saves nothing");
}
