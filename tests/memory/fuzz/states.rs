//! The states of runs, and the commands that people gave: what a run goes on from, and what is done to it again.

use super::formats::{message, repair_envelope};
use bevy_ecs::prelude::World;
use resonetics::cluster::{Action, Intervention, Region};
use resonetics::settings::{Settings, load_scenario, load_settings};
use resonetics::simulation::{
    Command, CommandQueue, CommandScript, EventLog, ManualControl, Simulation, apply_commands, largest_state, repeat,
    schedule, tick,
};
use resonetics::storage::{Checkpoint, OutputFile, ResumePoint, RunFolder, TrainingState};
use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Settings of runs that are small and of every kind: one learns, with all that can be switched on; one has a table; in one
/// two policies are compared.
fn settings(kind: usize) -> Settings {
    let mut settings = if kind == 1 { load_settings("v10").unwrap() } else { Settings::default() };
    settings.cluster = load_scenario(["cascade", "classic", "leak-storm"][kind]).unwrap();
    (settings.cluster.rows, settings.cluster.columns) = (3, 3);
    (settings.pilot.hidden, settings.prophet.hidden) = (vec![2], vec![2]);
    (settings.pilot.replay_capacity, settings.prophet.replay_capacity) = (16, 16);
    (settings.pilot.batch_size, settings.prophet.batch_size, settings.pilot.warmup) = (2, 2, 4);
    (settings.run.clusters, settings.run.seed, settings.run.black_box_ticks) = (1 + kind % 2, 5, 4);
    (settings.pilot.target_every, settings.pilot.n_step) = (3, 2);
    match kind {
        0 => settings.pilot.priority = 0.6,
        1 => {}
        _ => (settings.run.policy, settings.run.against) = ("notebook".to_owned(), "heuristic".to_owned()),
    }
    settings
}

pub const KINDS: usize = 3;
/// How long they run before they are saved.
const TICKS: u64 = 12;

/// A world to run in.
pub fn world() -> World {
    let mut world = World::new();
    world.init_resource::<CommandQueue>();
    world.init_resource::<EventLog>();
    world.add_schedule(schedule());
    world
}

/// A checkpoint with a state in the middle of things, and its bytes.
pub fn checkpoint(kind: usize) -> (Checkpoint, TrainingState, Vec<u8>) {
    let place = tempfile::tempdir().unwrap();
    let simulation = Simulation::prepare(settings(kind), 1).unwrap();
    let folder = RunFolder::create(&place.path().join("run"), simulation.settings()).unwrap();
    let mut world = world();
    simulation.start(&mut world, Some(folder));
    let file = place.path().join("state.rsnt");
    let region = Region { middle: 4, radius: 1 };
    let mut commands = vec![
        Command::Intervene { cluster: 0, intervention: Intervention::Spike { cell: 3, steps: 90 } },
        Command::Intervene { cluster: 0, intervention: Intervention::Storm { region, steps: 2 } },
        Command::TakeOver(0),
        Command::Drive(Action::Scale),
        Command::Drive(Action::Left),
    ];
    for at in 0..TICKS {
        if at + 5 >= TICKS && !commands.is_empty() {
            world.resource_mut::<CommandQueue>().0.push_back(commands.remove(0));
            apply_commands(&mut world);
        }
        tick(&mut world);
    }
    world
        .resource_mut::<CommandQueue>()
        .0
        .extend([Command::Drive(Action::Up), Command::Save(Some(OutputFile::new(file.clone(), false)))]);
    apply_commands(&mut world);
    assert_eq!(world.resource::<ManualControl>().drive().is_some(), kind < 2, "the cluster holds out so long");
    let state = TrainingState::load(&file, u64::MAX).unwrap().unwrap();
    (Checkpoint::load(&file).unwrap(), state, fs::read(&file).unwrap())
}

/// A case of the state of a run of this kind: a byte that names the kind, and the value as it is before it is compressed.
pub fn case(kind: usize, state: &TrainingState) -> Vec<u8> {
    let value = zstd::decode_all(state.content()).unwrap();
    [&[kind as u8], &value[..]].concat()
}

/// Goes on from it for some ticks; whether that was possible.
fn go_on(checkpoint: Checkpoint, state: TrainingState) -> bool {
    thread_local! { static WORLD: RefCell<World> = RefCell::new(world()); }
    let settings = checkpoint.settings.clone();
    // Files that it names are another format's matter, and large runs take their time.
    let named = [&settings.trace.file, &settings.run.policy, &settings.run.against];
    let elsewhere = named.iter().any(|name| name.contains(['/', '.', ':']));
    let size = settings.cluster.cells() * settings.run.clusters.max(1);
    let widths: usize = settings.pilot.hidden.iter().chain(&settings.prophet.hidden).sum();
    let batch = settings.pilot.batch_size + settings.prophet.batch_size;
    if elsewhere || size > 4_000 || widths > 200 || batch > 200 || largest_state(&settings) > 64 << 20 {
        return true;
    }
    let found = ResumePoint { path: PathBuf::from("case"), checkpoint, state };
    let prepared = message(Simulation::prepare(settings, 1));
    let Some(simulation) = prepared.and_then(|simulation| message(simulation.resume(&found))) else { return false };
    WORLD.with_borrow_mut(|world| {
        simulation.start(world, None);
        (0..6).for_each(|_| tick(world));
        world.resource_mut::<CommandQueue>().0.push_back(Command::HandBack);
        apply_commands(world);
        tick(world);
    });
    true
}

/// Reads the state of a run, and goes on from it.
pub fn state(bytes: &[u8]) -> bool {
    // A checkpoint of each kind, and its file up to the value of its state.
    static KNOWN: OnceLock<[(Checkpoint, Vec<u8>); KINDS]> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        std::array::from_fn(|kind| {
            let (checkpoint, state, mut file) = checkpoint(kind);
            file.truncate(file.len() - state.content().len());
            (checkpoint, file)
        })
    });
    let Some((kind, value)) = bytes.split_first() else { return false };
    let (checkpoint, before) = &known[usize::from(*kind) % KINDS];
    let mut file = [&before[..], &zstd::bulk::compress(value, 1).unwrap()].concat();
    repair_envelope(&mut file);
    loaded(&file).is_some_and(|state| go_on(checkpoint.clone(), state))
}

/// The state in the file of a checkpoint, if it holds one.
fn loaded(file: &[u8]) -> Option<TrainingState> {
    let path = std::env::temp_dir().join(format!("fuzz-state-{}", std::process::id()));
    fs::write(&path, file).unwrap();
    let state = message(TrainingState::load(&path, 64 << 20));
    fs::remove_file(&path).unwrap();
    state.flatten()
}

/// Goes on from the state in the file of a checkpoint, if it holds one.
pub fn file(bytes: &[u8], checkpoint: &Checkpoint) {
    if let Some(state) = loaded(bytes) {
        go_on(checkpoint.clone(), state);
    }
}

/// Commands for a small run with two clusters.
pub fn commands(bytes: &[u8]) -> bool {
    thread_local! { static WORLD: RefCell<World> = RefCell::new(world()); }
    let settings = settings(1);
    let Some(script) = message(CommandScript::from_bytes(Path::new("case"), bytes, &settings)) else { return false };
    WORLD.with_borrow_mut(|world| {
        Simulation::prepare(settings, 1).unwrap().start(world, None);
        world.insert_resource(script);
        for _ in 0..12 {
            if let Err(problem) = repeat(world) {
                assert!(problem.contains("the table belongs to another run"), "{problem}");
            }
            tick(world);
        }
    });
    true
}
