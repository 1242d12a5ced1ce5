//! The tabular baseline from end to end: trained by the same schedule, saved in the same files, played as a policy.

use crate::support::Workplace;
use bevy_ecs::prelude::World;
use resonetics::learning::{Learner, QTable};
use resonetics::settings::{AgentKind, FearRule, RewardProfile, RewardSettings, Settings, load_settings};
use resonetics::simulation::{
    ActiveLearner, Command, CommandQueue, EventKind, EventLog, Simulation, apply_commands, schedule, tick,
};
use resonetics::storage::{Checkpoint, OutputFile};
use std::fs;
use std::path::Path;

const TRAIN: &str = "train --agent qtable --scenario classic --steps 8000 --set run.steps_csv_every=5";

/// Trains; returns the tables and the checkpoint of the run.
fn train(workplace: &Workplace, run: &str, options: &str) -> (String, String, Checkpoint) {
    workplace.succeed(&format!("{TRAIN} --out {run} {options}"));
    let [episodes, steps] = ["episodes", "steps"].map(|table| workplace.read(&format!("{run}/{table}.csv")));
    (episodes, steps, Checkpoint::load(&workplace.path(run)).unwrap())
}

#[test]
fn a_table_is_trained_to_the_same_bytes_on_one_thread_and_on_two() {
    let workplace = Workplace::new();
    let one = train(&workplace, "one", "--seed 5 --threads 1");
    let two = train(&workplace, "two", "--seed 5 --threads 2");
    assert!(one.0 == two.0 && one.1 == two.1 && one.2.model == two.2.model);
    assert!(one.0.lines().count() > 10 && one.1.lines().count() > 90);
    let other = train(&workplace, "other", "--seed 6 --threads 1");
    assert!(one.0 != other.0 && one.2.model.table != other.2.model.table);

    let model = one.2.model;
    // One update per step, from the first to the last.
    assert_eq!((model.steps, model.updates), (8_000, 8_000));
    let table = model.table.unwrap();
    let visited = table.0.iter().filter(|row| row.iter().any(|value| *value != 0.0)).count();
    assert!(visited > 20, "{visited} states were visited");
    assert!(model.pilot.0.is_empty());
    // The Prophet is not trained, so it has no loss.
    assert!(one.1.lines().nth(50).unwrap().ends_with(','));
}

#[test]
fn agent_qtable_starts_from_its_profile_and_other_options_override_it() {
    let list = |options: &str| Workplace::new().succeed(&format!("settings {options}")).stdout;
    let v10 = list("--settings v10");
    assert_eq!(list("--agent qtable"), v10);
    let own = list("--agent qtable --set reward.profile=survival --set exploration.fear=0.5");
    for part in ["run.agent = qtable\n", "reward.profile = survival\n", "exploration.fear = 0.5\n"] {
        assert!(own.contains(part), "{part:?} is not in\n{own}");
    }
    let other = list("--agent qtable --settings v13");
    assert!(other.contains("run.agent = qtable\n") && other.contains("prophet.label = episode-outcome\n"));
    assert!(list("--agent dqn") == list("") && list("") != v10);

    let settings = load_settings("v10").unwrap();
    assert_eq!(settings.run.agent, AgentKind::QTable);
    assert_eq!(settings.reward, RewardSettings::for_profile(RewardProfile::Classic));
    assert_eq!((settings.exploration.fear_rule, settings.returns()), (FearRule::Nothing, (1, settings.qtable.gamma)));

    let refused = Workplace::new().run(&["train", "--agent", "qtabel"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("run.agent is \"qtabel\", expected one of: dqn, qtable"), "{}", refused.stderr);
}

#[test]
fn a_trained_table_is_evaluated_under_the_name_of_a_pilot() {
    let workplace = Workplace::new();
    train(&workplace, "study/seed-1", "--seed 1");
    train(&workplace, "study/seed-2", "--seed 2");
    let finished =
        workplace.succeed("evaluate --policy idle,pilot:study --scenario classic --episodes 20 --out scores.csv");
    assert!(finished.stdout.contains("seed-1") && finished.stdout.contains("seed-2"), "{}", finished.stdout);
    let scores = workplace.read("scores.csv");
    let steps = |line: usize| scores.lines().nth(line).unwrap().split(',').nth(3).unwrap().parse::<f64>().unwrap();
    assert!(steps(2) > 1.2 * steps(1), "better than doing nothing:\n{scores}");
}

#[test]
fn the_built_in_table_plays_without_a_file_and_outlives_random_actions() {
    let workplace = Workplace::new();
    workplace.succeed("evaluate --policy random,qtable,heuristic --scenario classic --episodes 300 --out scores.csv");
    let scores = workplace.read("scores.csv");
    let steps = |line: usize| scores.lines().nth(line).unwrap().split(',').nth(3).unwrap().parse::<f64>().unwrap();
    // Over 1,000 episodes they survive 325, 389 and 460 steps; the standard error of each here is below 10.
    assert!(steps(1) + 20.0 < steps(2) && steps(2) + 20.0 < steps(3), "{scores}");
    workplace.succeed("evaluate --policy qtable --scenario default --episodes 4");
}

/// A world with a run of these settings and no folder.
fn world(settings: Settings) -> World {
    let mut world = World::new();
    world.init_resource::<CommandQueue>();
    world.init_resource::<EventLog>();
    world.add_schedule(schedule());
    Simulation::prepare(settings, 2).unwrap().start(&mut world, None);
    world
}

fn table(world: &World) -> QTable {
    world.resource::<ActiveLearner>().0.model().table.unwrap()
}

/// Gives a command; returns the log entry it causes.
fn give(world: &mut World, command: Command) -> (EventKind, String) {
    world.resource_mut::<CommandQueue>().0.push_back(command);
    apply_commands(world);
    let log = world.resource::<EventLog>();
    let entry = log.entries().last().unwrap();
    (entry.kind, entry.text.clone())
}

fn ticks(world: &mut World, count: usize) {
    (0..count).for_each(|_| tick(world));
}

#[test]
fn a_saved_table_can_be_loaded_and_learns_on() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("table.rsnt");
    let mut world = world(load_settings("v10").unwrap());
    ticks(&mut world, 200);
    let saved = table(&world);
    give(&mut world, Command::Save(Some(OutputFile::new(file.clone(), false))));
    ticks(&mut world, 200);
    assert!(table(&world) != saved);
    assert_eq!(give(&mut world, Command::Load(file.clone())).0, EventKind::Note);
    assert!(table(&world) == saved);
    assert_eq!(world.resource::<ActiveLearner>().0.model().updates, 400);
    give(&mut world, Command::set("qtable.learning_rate", 0.0));
    ticks(&mut world, 50);
    assert!(table(&world) == saved, "a learning rate of 0 leaves the table as it is");
    give(&mut world, Command::Load(file));
    ticks(&mut world, 50);
    assert!(table(&world) == saved, "and stays 0 when a table is loaded");
    give(&mut world, Command::set("qtable.learning_rate", 0.5));
    ticks(&mut world, 50);
    assert!(table(&world) != saved);
}

#[test]
fn the_checkpoint_of_one_agent_is_refused_by_a_run_of_the_other() {
    let directory = tempfile::tempdir().unwrap();
    let save = |name: &str, settings: Settings| {
        let model = Learner::new(&settings).model();
        let file = directory.path().join(name);
        Checkpoint { settings, model }.save(&file).unwrap();
        file
    };
    let refused = |settings: Settings, file: &Path, problem: &str| {
        let mut world = world(settings);
        ticks(&mut world, 20);
        let before = world.resource::<ActiveLearner>().0.model();
        let (kind, message) = give(&mut world, Command::Load(file.to_owned()));
        assert!(kind == EventKind::Trouble && message.contains(problem), "{message}");
        assert!(world.resource::<ActiveLearner>().0.model() == before);
    };
    let (qtable, dqn) = (load_settings("v10").unwrap(), Settings::default());
    let (table, pilot) = (save("table.rsnt", qtable.clone()), save("pilot.rsnt", dqn.clone()));
    refused(dqn, &table, "it is qtable, and dqn is needed");
    refused(qtable, &pilot, "it is dqn, and qtable is needed");
    assert!(fs::metadata(&table).unwrap().len() < fs::metadata(&pilot).unwrap().len());
}
