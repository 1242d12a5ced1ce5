//! The schedule of a tick, and the commands that people give between two ticks, in a bare world without a window.

use bevy_ecs::prelude::World;
use resonetics::learning::Model;
use resonetics::settings::Settings;
use resonetics::simulation::{ActiveLearner, CommandQueue, EventLog, Simulation, schedule, tick};
use resonetics::storage::RunFolder;
use tempfile::TempDir;

mod charts;
mod clock;
mod commands;
mod comparing;
mod hands;
mod resumed_hands;
mod stages;
mod watching;

/// A short run of three clusters that learns early.
fn settings() -> Settings {
    let mut settings = Settings::default();
    (settings.run.steps, settings.run.clusters, settings.run.seed) = (3_000, 3, 4);
    (settings.pilot.warmup, settings.pilot.batch_size) = (30, 16);
    settings
}

/// A world with that run in the folder `run`.
fn world(place: &TempDir) -> World {
    let simulation = Simulation::prepare(settings(), 1).unwrap();
    let folder = RunFolder::create(&place.path().join("run"), simulation.settings()).unwrap();
    begin(simulation, folder)
}

/// A world with this run.
fn begin(simulation: Simulation, folder: RunFolder) -> World {
    let mut world = World::new();
    world.init_resource::<CommandQueue>();
    world.init_resource::<EventLog>();
    world.add_schedule(schedule());
    simulation.start(&mut world, Some(folder));
    world
}

fn place() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn ticks(world: &mut World, count: usize) {
    (0..count).for_each(|_| tick(world));
}

fn model(world: &World) -> Model {
    world.resource::<ActiveLearner>().0.model()
}
