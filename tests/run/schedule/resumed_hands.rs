//! A checkpoint between taking over and handing back: the run resumes with the drive, its rivals and its report.

use super::{begin, place, settings, ticks};
use bevy_ecs::prelude::World;
use resonetics::blackbox::BlackBox;
use resonetics::cluster::{Action, Intervention};
use resonetics::settings::{AgentKind, Settings, load_scenario};
use resonetics::simulation::{
    ClusterOrder, Command, CommandQueue, FrameHistory, ManualControl, RunStats, Simulation, apply_commands,
    largest_state, tick,
};
use resonetics::storage::{InterruptedRun, RunFolder, TrainingState};
use std::fs;
use std::path::{Path, PathBuf};

/// A run of two clusters in which `policy` is watched, or such an agent learns.
fn run(path: &Path, agent: AgentKind, policy: &str, scenario: &str) -> World {
    let mut settings: Settings = settings();
    settings.cluster = load_scenario(scenario).unwrap();
    (settings.run.clusters, settings.run.steps_csv_every, settings.run.agent) = (2, 1, agent);
    settings.run.policy = policy.to_owned();
    let simulation = Simulation::prepare(settings, 1).unwrap();
    let folder = RunFolder::create(path, simulation.settings()).unwrap();
    begin(simulation, folder)
}

fn give(world: &mut World, command: Command) {
    world.resource_mut::<CommandQueue>().0.push_back(command);
    apply_commands(world);
}

/// The run in a copy of the folder `from`, resumed from its newest checkpoint.
fn resumed(from: &Path, to: &Path) -> World {
    copied(from, to);
    let InterruptedRun { mut folder, found, warnings, .. } = InterruptedRun::open(to, largest_state).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    let found = found.expect("it was saved");
    let simulation = Simulation::prepare(found.checkpoint.settings.clone(), 1).unwrap().resume(&found).unwrap();
    folder.rewind(Some(&found.state.positions)).unwrap();
    begin(simulation, folder)
}

#[test]
fn a_state_that_was_made_under_other_settings_is_refused() {
    let place = place();
    let path = place.path().join("run");
    let mut world = run(&path, AgentKind::Dqn, "", "default");
    ticks(&mut world, 40);
    give(&mut world, Command::Save(None));
    drop(world);
    let found = InterruptedRun::open(&path, largest_state).unwrap().found.expect("it was saved");
    let resume = |change: fn(&mut Settings)| {
        let mut settings = found.checkpoint.settings.clone();
        change(&mut settings);
        Simulation::prepare(settings, 1).unwrap().resume(&found).map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(resume(|settings| settings.run.steps += 1), Ok(()));
    let refused = resume(|settings| settings.pilot.gamma = 0.5).unwrap_err();
    assert!(refused.contains("its run has pilot.gamma 0.97, and this one has 0.5"), "{refused}");
    assert!(resume(|settings| settings.prophet.horizons.push(60)).unwrap_err().contains("prophet.horizons"));
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (entry, path) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).unwrap();
        if entry.is_dir() {
            copied(&entry, &path);
        } else {
            fs::copy(&entry, &path).unwrap();
        }
    }
}

/// The second half of a drive: what waits is done, a fault, more actions, and the rest of the episode.
fn second_half(world: &mut World) {
    ticks(world, 3);
    give(world, Command::Intervene { cluster: 1, intervention: Intervention::Leak { cell: 9, per_step: 0.02 } });
    for at in 0..200 {
        if world.resource::<ManualControl>().drive().is_none() {
            break;
        }
        give(world, Command::Drive(Action::ALL[(5 * at + 3) % 8]));
        tick(world);
        if at == 20 {
            give(world, Command::set("cluster.max_steps", 90));
        }
    }
    assert!(world.resource::<ManualControl>().drive().is_none(), "the episode is over");
    ticks(world, 150);
    give(world, Command::Save(None));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Everything that a run has written and that its state holds.
fn written(run: &Path) -> (Vec<String>, Vec<BlackBox>, Vec<u8>) {
    let tables = ["episodes.csv", "steps.csv", "commands.csv"].map(|name| fs::read_to_string(run.join(name)).unwrap());
    let boxes = files(&run.join("blackbox")).iter().map(|path| BlackBox::load(path).unwrap()).collect();
    let last = files(&run.join("checkpoints")).pop().unwrap();
    let state = TrainingState::load(&last, u64::MAX).unwrap().unwrap();
    (tables.to_vec(), boxes, state.content().to_vec())
}

/// Which frames of the driven cluster a person drove.
fn manual(world: &World) -> Vec<bool> {
    let frame_history = world.get::<FrameHistory>(world.resource::<ClusterOrder>().0[1].0).unwrap();
    let frames: Vec<_> = frame_history.frames().map(|(_, frame)| frame.decision.manual).collect();
    frames[frames.len().saturating_sub(20)..].to_vec()
}

fn same_with_a_stop(agent: AgentKind, policy: &str, scenario: &str) -> World {
    let place = place();
    let (whole, parts) = (place.path().join("whole"), place.path().join("parts"));
    let mut world = run(&whole, agent, policy, scenario);
    ticks(&mut world, 40);
    give(&mut world, Command::TakeOver(1));
    for at in 0..12 {
        give(&mut world, Command::Drive(Action::ALL[at % 8]));
        tick(&mut world);
    }
    for action in [Action::MemoryClean, Action::Left, Action::Left] {
        give(&mut world, Command::Drive(action));
    }
    give(&mut world, Command::Save(None));
    let mut again = resumed(&whole, &parts);
    assert_eq!(again.resource::<RunStats>().ticks, 52);
    assert_eq!(manual(&again), manual(&world));
    let names = |world: &World| {
        let drive = world.resource::<ManualControl>().drive().expect("a person drives");
        let rivals = drive.rivals().iter().map(|rival| (rival.name().to_owned(), rival.cluster().cells().clone()));
        (drive.since(), rivals.collect::<Vec<_>>())
    };
    assert_eq!(names(&again), names(&world));
    second_half(&mut world);
    second_half(&mut again);
    let report = world.resource::<ManualControl>().report().expect("the episode ended");
    assert_eq!(again.resource::<ManualControl>().report(), Some(report), "{policy}");
    assert!(report.rivals.iter().all(|rival| rival.outcome.is_over()));
    let (one, other) = (written(&whole), written(&parts));
    assert!(one.0 == other.0, "{policy}: tables\n{}\n{}", one.0[2], other.0[2]);
    assert!(one.1 == other.1, "{policy}: black boxes");
    assert!(one.2 == other.2, "{policy}: state");
    // Where the drive is over, the scoreboard stays.
    let later = resumed(&parts, &place.path().join("later"));
    assert_eq!(later.resource::<ManualControl>().report(), Some(report));
    again
}

#[test]
fn a_learner_goes_on_with_the_pilot_and_the_guide_that_it_had_at_the_take_over() {
    let world = same_with_a_stop(AgentKind::Dqn, "", "default");
    let report = world.resource::<ManualControl>().report().unwrap();
    let names: Vec<_> = report.rivals.iter().map(|rival| rival.name.as_str()).collect();
    assert_eq!(names, ["the Pilot", "its guide"]);
    assert_eq!(report.since, 40);
}

#[test]
fn a_learning_table_and_watched_minds_with_dice_go_on_as_rivals() {
    same_with_a_stop(AgentKind::QTable, "", "classic");
    same_with_a_stop(AgentKind::QTable, "qtable", "classic");
    for policy in ["heuristic", "notebook", "omniscient", "pilot:builtin"] {
        same_with_a_stop(AgentKind::Dqn, policy, "calm");
    }
}

#[test]
fn a_collapse_at_the_wheel_leaves_a_black_box_that_tells_what_the_person_drove() {
    let place = place();
    let path = place.path().join("run");
    let mut world = run(&path, AgentKind::Dqn, "", "cascade");
    ticks(&mut world, 10);
    give(&mut world, Command::TakeOver(1));
    for at in 0..30 {
        give(&mut world, Command::Drive(Action::Right));
        tick(&mut world);
        if at == 14 {
            give(&mut world, Command::HandBack);
            ticks(&mut world, 4);
            give(&mut world, Command::TakeOver(1));
        }
    }
    give(&mut world, Command::Save(None));
    drop(world);
    let mut world = resumed(&path, &place.path().join("parts"));
    for at in 0..36 {
        give(&mut world, Command::Intervene { cluster: 1, intervention: Intervention::Kill { cell: at } });
    }
    give(&mut world, Command::Drive(Action::Throttle));
    tick(&mut world);
    let file = files(&place.path().join("parts/blackbox")).pop().unwrap();
    let it = BlackBox::load(&file).unwrap();
    assert_eq!((it.cluster, it.action_log.manual()), (1, &[(10, 15), (29, 16)][..]));
    assert!(
        it.action_log.is_manual(10)
            && it.action_log.is_manual(24)
            && !it.action_log.is_manual(25)
            && it.action_log.is_manual(44)
    );
    let message = resonetics::blackbox::report(&it).unwrap();
    for part in [
        "| driven by a person | 31 of 45 steps |",
        "A person drove the agent: ticks 11 to 25, ticks 30 to 45.",
        "| throttle | person |",
    ] {
        assert!(message.contains(part), "{part} is not in\n{message}");
    }
    let (frame_history, _) = FrameHistory::from_black_box(&it).unwrap();
    let frames: Vec<_> = frame_history.frames().filter(|(_, frame)| frame.decision.manual).collect();
    assert_eq!(frames.len(), 31);
}
