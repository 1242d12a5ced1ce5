//! Commands: each is done completely or not at all, logged and recorded.

use super::{model, place, settings, ticks, world};
use bevy_ecs::prelude::World;
use resonetics::settings::load_scenario;
use resonetics::simulation::{
    ActiveLearner, ActiveSettings, ClusterOrder, Command, CommandQueue, Decision, EventKind, EventLog, LiveCluster,
    LogEntry, RunStats, RunWriter, Simulation, apply_commands, schedule,
};
use resonetics::storage::{Checkpoint, OutputFile};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Gives a command and answers what the log says of it.
fn ask(world: &mut World, command: Command) -> LogEntry {
    let before = world.resource::<EventLog>().entries().len();
    world.resource_mut::<CommandQueue>().0.push_back(command);
    apply_commands(world);
    assert!(world.resource::<CommandQueue>().0.is_empty());
    let log = world.resource::<EventLog>();
    assert_eq!(log.entries().len(), before + 1, "every command has one line in the log");
    log.entries().next_back().unwrap().clone()
}

/// Gives a command that must be refused, and checks that `parts` are in the sentence and that no record is made.
fn refused(world: &mut World, command: Command, parts: &[&str]) {
    let (model, settings, recorded) = (model(world), world.resource::<ActiveSettings>().0.clone(), recorded(world));
    let entry = ask(world, command);
    assert_eq!(entry.kind, EventKind::Trouble, "{entry:?}");
    assert!(parts.iter().all(|part| entry.text.contains(part)), "{parts:?} in {entry:?}");
    assert!(self::model(world) == model, "a refused command changes no network");
    assert_eq!(world.resource::<ActiveSettings>().0, settings);
    assert_eq!(self::recorded(world), recorded, "a refused command is not recorded");
}

/// The lines of the run's commands.csv.
fn recorded(world: &World) -> Vec<String> {
    let folder = world.resource::<RunWriter>().folder().unwrap();
    let text = fs::read_to_string(folder.join("commands.csv")).unwrap();
    assert!(text.starts_with("tick,command\n") && text.ends_with('\n'), "{text}");
    text.lines().skip(1).map(ToOwned::to_owned).collect()
}

fn step_limits(world: &mut World) -> Vec<usize> {
    let mut clusters = world.query::<&LiveCluster>();
    clusters.iter(world).map(|cluster| cluster.0.scenario().max_steps).collect()
}

fn inside(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_new_step_limit_holds_for_running_and_later_episodes_and_is_recorded() {
    let place = place();
    let mut world = world(&place);
    ticks(&mut world, 5);
    let entry = ask(&mut world, Command::set("cluster.max_steps", 8));
    assert_eq!((entry.kind, entry.tick), (EventKind::Note, 5));
    assert_eq!(step_limits(&mut world), [8; 3]);
    assert_eq!(world.resource::<ActiveSettings>().0.cluster.max_steps, 8);
    assert_eq!(recorded(&world), ["5,set cluster.max_steps 8"]);
    ticks(&mut world, 3 + 8 + 8);
    let rows = fs::read_to_string(place.path().join("run/episodes.csv")).unwrap();
    assert_eq!(rows.matches(",8,").count().min(rows.matches("truncated").count()), 9, "{rows}");
    refused(&mut world, Command::set("cluster.max_steps", 0), &["cluster.max_steps is \"0\"", "from 1 to"]);
    assert_eq!(step_limits(&mut world), [8; 3]);
}

#[test]
fn a_new_learning_rate_is_used_and_recorded() {
    let place = place();
    let mut world = world(&place);
    ticks(&mut world, 20);
    ask(&mut world, Command::set("pilot.learning_rate", 0.0));
    let before = model(&world);
    ticks(&mut world, 20);
    let after = model(&world);
    assert!(after.updates > before.updates && after.pilot == before.pilot && after.prophet == before.prophet);
    ask(&mut world, Command::set("pilot.learning_rate", 0.004));
    ticks(&mut world, 20);
    assert!(model(&world).pilot != after.pilot && model(&world).prophet != after.prophet);
    assert_eq!(world.resource::<ActiveSettings>().0.pilot.learning_rate, 0.004);
    assert_eq!(recorded(&world), ["20,set pilot.learning_rate 0", "40,set pilot.learning_rate 0.004"]);
    for rate in [2.0, -0.1, f64::NAN, f64::INFINITY] {
        refused(&mut world, Command::set("pilot.learning_rate", rate), &["pilot.learning_rate", "from 0 to 1"]);
    }
    assert_eq!(world.resource::<ActiveSettings>().0.pilot.learning_rate, 0.004);
}

#[test]
fn settings_that_may_change_do_and_others_are_refused_with_a_reason() {
    let place = place();
    let mut world = world(&place);
    ticks(&mut world, 10);
    for (path, value) in [("run.steps_csv_every", "7"), ("view.alarm", "0.5"), ("exploration.fear_rule", "nothing")] {
        let entry = ask(&mut world, Command::set(path, value));
        assert!(entry.kind == EventKind::Note && entry.text.contains(path), "{entry:?}");
    }
    let settings = &world.resource::<ActiveSettings>().0;
    assert_eq!((settings.run.steps_csv_every, settings.view.alarm), (7, 0.5));
    assert_eq!(recorded(&world)[2], "10,set exploration.fear_rule nothing");
    ticks(&mut world, 11);
    let rows = fs::read_to_string(place.path().join("run/steps.csv")).unwrap();
    assert!(rows.lines().skip(1).map(|row| row.split(',').next().unwrap()).eq(["14", "21"]), "{rows}");

    for path in ["pilot.gamma", "run.seed", "qtable.learning_rate", "exploration.guide", "view.layout"] {
        let value = if path.ends_with("guide") { "patrol" } else { "1" };
        let value = if path == "pilot.gamma" { "0.9" } else { value };
        refused(&mut world, Command::set(path, value), &[path, "with a new run"]);
    }
    refused(&mut world, Command::set("view.alarms", "1"), &["view.alarms", "view.alarm"]);
    refused(&mut world, Command::set("view.alarm", "2"), &["view.alarm", "from 0 to 1"]);
    let contradiction = ["exploration.epsilon_end", "exploration.epsilon_start"];
    ask(&mut world, Command::set("exploration.epsilon_end", "0.5"));
    refused(&mut world, Command::set("exploration.epsilon_start", "0.25"), &contradiction);
}

#[test]
fn epsilon_follows_its_settings_from_the_next_tick_on() {
    let place = place();
    let mut world = world(&place);
    ticks(&mut world, 10);
    let epsilon = |world: &World| {
        let settings = &world.resource::<ActiveSettings>().0;
        world.resource::<ActiveLearner>().0.exploration(settings).epsilon()
    };
    assert!(epsilon(&world) > 0.9);
    ask(&mut world, Command::set("exploration.epsilon_end", "0"));
    ask(&mut world, Command::set("exploration.epsilon_start", "0"));
    assert_eq!(epsilon(&world), 0.0);
    ticks(&mut world, 30);
    let explored = world.query::<&Decision>().iter(&world).filter(|decision| decision.choice.explored).count();
    assert_eq!(explored, 0);
}

#[test]
fn a_checkpoint_is_saved_where_asked_and_loading_it_goes_back_exactly() {
    let place = place();
    let mut world = world(&place);
    ticks(&mut world, 50);
    let file = place.path().join("best.rsnt");
    let entry = ask(&mut world, Command::Save(Some(OutputFile::new(file.clone(), false))));
    assert!(entry.kind == EventKind::Note && entry.text.contains("best.rsnt"), "{entry:?}");
    ask(&mut world, Command::Save(None));
    let saved = model(&world);
    let inside_run = place.path().join("run/checkpoints/step-000000000150.rsnt");
    for path in [&file, &inside_run] {
        let checkpoint = Checkpoint::load(path).unwrap();
        assert!(checkpoint.model == saved && checkpoint.settings == settings());
    }

    ask(&mut world, Command::set("pilot.learning_rate", 0.002));
    ticks(&mut world, 700);
    let (first, rows) = (model(&world), tables(&place));
    assert!(first.pilot != saved.pilot && rows[0].lines().count() > 4);
    ask(&mut world, Command::Save(None));
    let said = ask(&mut world, Command::Load(inside_run));
    assert!(said.kind == EventKind::Note && said.tick == 50, "{said:?}");
    let parts = ["back at step 150 of this run", "later rows are removed", "the later checkpoint is in"];
    assert!(parts.iter().all(|part| said.text.contains(part)), "{said:?}");
    assert!(model(&world) == saved && world.resource::<RunStats>().ticks == 50);
    assert_eq!(world.resource::<ActiveSettings>().0, settings(), "what was changed later is as it was before");
    let path = file.display();
    assert_eq!(recorded(&world), [format!("50,save {path}"), "50,save".to_owned()]);
    assert_eq!(inside(&place.path().join("run/checkpoints")), ["left", "step-000000000150.rsnt"]);
    assert_eq!(inside(&place.path().join("run/checkpoints/left")), ["step-000000002250.rsnt"]);
    ask(&mut world, Command::set("pilot.learning_rate", 0.002));
    ticks(&mut world, 700);
    assert!(model(&world) == first, "the same things done again come to the same");
    assert_eq!(tables(&place), rows);
    // A run folder stands for the newest checkpoint in it.
    ask(&mut world, Command::Load(place.path().join("run")));
    assert!(model(&world) == saved);
    assert!(world.resource_mut::<RunWriter>().take_trouble().is_none());
}

/// The tables of the run in progress.
fn tables(place: &TempDir) -> [String; 3] {
    ["episodes", "steps", "commands"]
        .map(|table| fs::read_to_string(place.path().join(format!("run/{table}.csv"))).unwrap())
}

#[test]
fn of_another_run_only_the_networks_are_loaded() {
    let (here, there) = (place(), place());
    let file = there.path().join("other.rsnt");
    let mut other = world(&there);
    ticks(&mut other, 60);
    // The same settings and seed, but another history: a command came between.
    ask(&mut other, Command::set("pilot.learning_rate", 0.002));
    ticks(&mut other, 40);
    ask(&mut other, Command::Save(Some(OutputFile::new(file.clone(), false))));
    let mut world = world(&here);
    ticks(&mut world, 300);
    let rows = tables(&here);
    let said = ask(&mut world, Command::Load(file.clone()));
    assert!(said.text.contains("loaded the networks of") && said.text.contains("it is not from this run"), "{said:?}");
    assert!(model(&world) == model(&other) && world.resource::<RunStats>().ticks == 300);
    assert_eq!(recorded(&world), [format!("300,load {}", file.display())]);
    assert_eq!(tables(&here)[..2], rows[..2], "no row is cut off");
    ticks(&mut world, 10);
    assert_eq!(model(&world).pilot, model(&other).pilot, "it waits until its memory is warm again");
    ticks(&mut world, 100);
    assert!(model(&world).updates > model(&other).updates, "then it learns on from there");
}

#[test]
fn a_file_that_cannot_be_loaded_changes_nothing() {
    let place = place();
    let mut world = world(&place);
    ticks(&mut world, 30);
    let at = |name: &str| place.path().join(name);
    fs::write(at("garbage"), "not a checkpoint at all, but long enough").unwrap();
    refused(&mut world, Command::Load(at("garbage")), &["garbage", "not a usable checkpoint"]);
    refused(&mut world, Command::Load(at("absent")), &["cannot read", "absent"]);

    // A sound checkpoint of a network of another size.
    let mut other = settings();
    other.pilot.hidden = vec![8];
    let model = resonetics::learning::Learner::new(&other).model();
    Checkpoint { settings: other, model }.save(&at("small.rsnt")).unwrap();
    refused(&mut world, Command::Load(at("small.rsnt")), &["small.rsnt", "Pilot", "77x8", "77x64"]);
    ticks(&mut world, 30);
    assert_eq!(world.resource::<RunStats>().ticks, 60);
}

#[test]
fn a_place_that_cannot_be_written_is_told_and_the_run_goes_on() {
    let place = place();
    let mut world = world(&place);
    ticks(&mut world, 10);
    let blocked = place.path().join("run/settings.ron/inside");
    refused(&mut world, Command::Save(Some(OutputFile::new(blocked.clone(), false))), &["cannot", "settings.ron"]);
    refused(&mut world, Command::ExportEpisodes(OutputFile::new(blocked, false)), &["cannot", "settings.ron"]);
    ticks(&mut world, 10);
    assert_eq!(world.resource::<RunStats>().ticks, 20);
}

#[test]
fn the_episodes_so_far_are_exported_as_they_are() {
    let place = place();
    let mut world = world(&place);
    ticks(&mut world, 700);
    let file = place.path().join("exported.csv");
    ask(&mut world, Command::ExportEpisodes(OutputFile::new(file.clone(), false)));
    let exported = fs::read_to_string(&file).unwrap();
    assert!(exported.lines().count() > 4);
    assert_eq!(exported, fs::read_to_string(place.path().join("run/episodes.csv")).unwrap());
    assert_eq!(recorded(&world), [format!("700,export {}", file.display())]);
}

#[test]
fn nothing_is_exported_or_saved_onto_another_file_or_onto_those_of_the_run() {
    let place = place();
    let mut world = world(&place);
    ticks(&mut world, 700);
    let mine = place.path().join("mine.csv");
    fs::write(&mine, "mine").unwrap();
    let missing = place.path().join("missing/table.csv");
    let own = place.path().join("run/episodes.csv");
    fs::create_dir(place.path().join("run/checkpoints")).unwrap();
    let later = place.path().join("run/checkpoints/step-000000999999.rsnt");
    for (file, sentence) in [
        (OutputFile::new(&mine, false), "mine.csv exists and is not overwritten"),
        (OutputFile::new(missing, false), "there is no folder"),
        (OutputFile::new(&own, true), "a run keeps this file for itself"),
        (OutputFile::new(later, false), "a run keeps this file for itself"),
    ] {
        refused(&mut world, Command::ExportEpisodes(file.clone()), &[sentence]);
        refused(&mut world, Command::Save(Some(file)), &[sentence]);
    }
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
    ticks(&mut world, 2_000);
    let rows = fs::read_to_string(&own).unwrap().lines().count() - 1;
    assert_eq!(rows as u64, world.resource::<RunStats>().episodes, "every row reached the table");
    ask(&mut world, Command::ExportEpisodes(OutputFile::new(&mine, true)));
    assert_eq!(fs::read(&mine).unwrap(), fs::read(&own).unwrap());
}

#[test]
fn a_restart_begins_another_run_in_a_folder_of_its_own() {
    let place = place();
    let mut world = world(&place);
    ticks(&mut world, 40);
    let old = model(&world);
    let mut next = settings();
    (next.run.clusters, next.run.seed) = (2, 9);
    next.cluster = load_scenario("calm").unwrap();
    let entry = ask(&mut world, Command::Restart(Box::new(next.clone())));
    assert_eq!(entry.kind, EventKind::Note, "{entry:?}");

    assert_eq!(inside(place.path()), ["calm-1", "run"]);
    assert_eq!(world.resource::<RunWriter>().folder(), Some(&*place.path().join("calm-1")));
    assert_eq!((world.resource::<RunStats>().ticks, world.resource::<ActiveLearner>().0.steps()), (0, 0));
    assert_eq!(world.resource::<ActiveSettings>().0, next);
    assert_eq!((world.resource::<ClusterOrder>().0.len(), step_limits(&mut world).len()), (2, 2));
    assert!(model(&world).pilot != old.pilot);
    assert_eq!(recorded(&world), ["0,begin calm seed 9"]);
    ticks(&mut world, 20);
    assert_eq!(world.resource::<ActiveLearner>().0.steps(), 40);
    let settings = fs::read_to_string(place.path().join("calm-1/settings.ron")).unwrap();
    assert_eq!(settings, next.to_ron());

    next.trace.file = "absent.csv".to_owned();
    refused(&mut world, Command::Restart(Box::new(next.clone())), &["absent.csv"]);
    next.pilot.gamma = 3.0;
    refused(&mut world, Command::Restart(Box::new(next)), &["pilot.gamma is \"3\""]);
    assert_eq!(inside(place.path()), ["calm-1", "run"], "a refused restart makes no folder");
    ticks(&mut world, 20);
    assert_eq!(world.resource::<RunStats>().ticks, 40, "the run in progress goes on");
}

#[test]
fn commands_wait_for_their_turn_and_are_applied_in_order() {
    let place = place();
    let mut world = world(&place);
    for steps in [50, 0, 60] {
        world.resource_mut::<CommandQueue>().0.push_back(Command::set("cluster.max_steps", steps));
    }
    ticks(&mut world, 2);
    assert_eq!(step_limits(&mut world), [300; 3], "no command is applied inside a tick");
    apply_commands(&mut world);
    assert_eq!(step_limits(&mut world), [60; 3]);
    assert_eq!(recorded(&world), ["2,set cluster.max_steps 50", "2,set cluster.max_steps 60"]);
}

#[test]
fn a_run_without_a_folder_says_so_where_one_is_needed() {
    let mut world = World::new();
    world.init_resource::<CommandQueue>();
    world.init_resource::<EventLog>();
    world.add_schedule(schedule());
    Simulation::prepare(settings(), 1).unwrap().start(&mut world, None);
    ticks(&mut world, 10);
    let place = place();
    let entry = ask(&mut world, Command::Save(None));
    assert!(entry.kind == EventKind::Trouble && entry.text.contains("name a file"), "{entry:?}");
    let entry = ask(&mut world, Command::ExportEpisodes(OutputFile::new(place.path().join("a.csv"), false)));
    assert!(entry.kind == EventKind::Trouble && entry.text.contains("no episodes.csv"), "{entry:?}");
    let file = place.path().join("a.rsnt");
    assert_eq!(ask(&mut world, Command::Save(Some(OutputFile::new(file.clone(), false)))).kind, EventKind::Note);
    assert!(Checkpoint::load(&file).unwrap().model == model(&world));
}
