//! Black boxes: every collapse writes one, and it can be replayed.

mod hostile;
mod replaying;
mod resuming;
mod writing;

use bevy_ecs::prelude::World;
use resonetics::blackbox::BlackBox;
use resonetics::cluster::{Intervention, Region};
use resonetics::settings::{Settings, load_scenario};
use resonetics::simulation::{Command, CommandQueue, EventLog, Simulation, apply_commands, schedule, tick};
use resonetics::storage::RunFolder;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Moments that these runs record in full.
const FULL_MOMENTS: usize = 16;

/// A run on a hard scenario that collapses often.
fn settings() -> Settings {
    let mut settings = Settings { cluster: load_scenario("cascade").unwrap(), ..Settings::default() };
    (settings.run.steps, settings.run.clusters, settings.run.seed) = (100_000, 4, 7);
    (settings.pilot.warmup, settings.pilot.batch_size, settings.run.black_box_ticks) = (30, 16, FULL_MOMENTS);
    (settings.cluster.leak_median, settings.cluster.oom_limit) = (0.008, 3);
    settings
}

fn world(place: &TempDir, name: &str, settings: Settings) -> World {
    let simulation = Simulation::prepare(settings, 1).unwrap();
    let folder = RunFolder::create(&place.path().join(name), simulation.settings()).unwrap();
    let mut world = World::new();
    world.init_resource::<CommandQueue>();
    world.init_resource::<EventLog>();
    world.add_schedule(schedule());
    simulation.start(&mut world, Some(folder));
    world
}

fn ticks(world: &mut World, count: usize) {
    (0..count).for_each(|_| tick(world));
}

/// Runs `count` ticks with constant interventions.
fn meddled(world: &mut World, count: usize) {
    let region = Region { middle: 14, radius: 1 };
    for at in 0..count {
        let number = at as u32;
        let cell = number % 36;
        let interventions = [
            Intervention::Spike { cell, steps: 9 },
            Intervention::Leak { cell, per_step: 0.01 },
            Intervention::Kill { cell },
            Intervention::Heal { cell },
            Intervention::Prioritise { cell, priority: 0.9 },
            Intervention::Outage { region, steps: 12 },
            Intervention::Storm { region, steps: 12 },
        ];
        if at % 11 == 5 {
            let intervention = interventions[at / 11 % interventions.len()];
            let command = Command::Intervene { cluster: at % 4, intervention };
            world.resource_mut::<CommandQueue>().0.push_back(command);
        }
        if at % 211 == 100 {
            world.resource_mut::<CommandQueue>().0.push_back(Command::set("cluster.max_steps", 150 + at % 500));
        }
        apply_commands(world);
        tick(world);
    }
}

/// The black boxes of a run, the oldest first.
fn boxes(run: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(run.join("blackbox")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn load(file: &Path) -> BlackBox {
    BlackBox::load(file).unwrap_or_else(|error| panic!("{error}"))
}
