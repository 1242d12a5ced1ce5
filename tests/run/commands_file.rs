//! A run that people meddled with is repeated exactly from its settings and its table of commands.

use crate::support::Workplace;
use bevy_ecs::prelude::World;
use resonetics::blackbox::BlackBox;
use resonetics::cluster::{Action, Intervention, Region};
use resonetics::settings::{AgentKind, Settings};
use resonetics::simulation::{
    ClusterOrder, Command, CommandQueue, CommandScript, EventLog, LiveCluster, ManualControl, Pace, RunStats,
    Simulation, advance, apply_commands, repeat, schedule, shut_down, tick,
};
use resonetics::storage::{Checkpoint, OutputFile, RunFolder};
use std::fs;
use std::path::{Path, PathBuf};

const TABLES: [&str; 3] = ["episodes.csv", "steps.csv", "commands.csv"];

fn settings() -> Settings {
    let mut settings = Settings::default();
    (settings.run.steps, settings.run.clusters, settings.run.seed) = (3_000, 2, 4);
    (settings.run.steps_csv_every, settings.run.checkpoint_every) = (1, 300);
    (settings.pilot.warmup, settings.pilot.batch_size) = (30, 16);
    settings.cluster.leak_median = 0.006;
    settings
}

fn begin(folder: &Path, settings: Settings) -> World {
    let simulation = Simulation::prepare(settings, 1).unwrap();
    let folder = RunFolder::create(folder, simulation.settings()).unwrap();
    let mut world = World::new();
    world.init_resource::<CommandQueue>();
    world.init_resource::<EventLog>();
    world.add_schedule(schedule());
    simulation.start(&mut world, Some(folder));
    world
}

fn give(world: &mut World, command: Command) {
    world.resource_mut::<CommandQueue>().0.push_back(command);
    apply_commands(world);
}

/// 420 ticks with all that people can do to a run by hand, as a window would run it.
fn meddle(world: &mut World, elsewhere: &Path) {
    let region = Region { middle: 30, radius: 1 };
    for step in 0..420_usize {
        let intervention = match step % 60 {
            3 => Some(Intervention::Spike { cell: 8, steps: 20 }),
            9 => Some(Intervention::Leak { cell: 4, per_step: 0.013 }),
            14 => Some(Intervention::Storm { region, steps: 12 }),
            20 => Some(Intervention::Prioritise { cell: 11, priority: 0.2 }),
            31 => Some(Intervention::Outage { region, steps: 15 }),
            33 => Some(Intervention::Heal { cell: 4 }),
            _ => None,
        };
        if let Some(intervention) = intervention {
            give(world, Command::Intervene { cluster: step % 2, intervention });
        }
        match step {
            12 => give(world, Command::set("exploration.epsilon_end", 0.02)),
            40 => give(world, Command::set("cluster.max_steps", 120)),
            45 => give(world, Command::set("pilot.learning_rate", 0.002)),
            50 => give(world, Command::Save(Some(OutputFile::new(elsewhere.join("best, so far.rsnt"), false)))),
            52 => give(world, Command::ExportEpisodes(OutputFile::new(elsewhere.join("table.csv"), false))),
            60 | 200 => give(world, Command::TakeOver(1)),
            100 => give(world, Command::HandBack),
            110 => give(world, Command::Save(None)),
            300.. => give(world, Command::set("view.alarm", if step % 2 == 0 { 0.25 } else { 0.3 })),
            _ => {}
        }
        let driving = world.resource::<ManualControl>().drive().is_some();
        if driving && (60..300).contains(&step) {
            // Two keys in one frame now and then.
            let waiting = !world.resource::<ManualControl>().waits();
            if !waiting {
                give(world, Command::Drive(Action::ALL[(3 * step) % 8]));
                if step % 7 == 0 {
                    give(world, Command::Drive(Action::Left));
                }
            }
        }
        tick(world);
    }
    give(world, Command::set("view.alarm", 0.4));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The black boxes of a run, without the number of threads in their settings.
fn boxes(run: &Path) -> Vec<BlackBox> {
    let load = |path: &PathBuf| {
        let mut it = BlackBox::load(path).unwrap();
        it.settings.run.threads = 1;
        it
    };
    files(&run.join("blackbox")).iter().map(load).collect()
}

fn same(place: &Workplace, one: &str, other: &str) {
    for table in TABLES {
        let texts = [one, other].map(|run| place.read(&format!("{run}/{table}")));
        let first = texts[0].lines().zip(texts[1].lines()).find(|(one, other)| one != other);
        assert!(texts[0] == texts[1], "{table} of {one} and {other}: {first:?}");
    }
    assert!(boxes(&place.path(one)) == boxes(&place.path(other)), "black boxes");
    let model = |run: &str| Checkpoint::load(&place.path(run)).unwrap().model;
    assert!(model(one) == model(other), "networks");
}

fn meddled(place: &Workplace, agent: AgentKind) -> World {
    let mut settings = settings();
    settings.run.agent = agent;
    fs::create_dir(place.path("elsewhere")).unwrap();
    let mut world = begin(&place.path("first"), settings);
    meddle(&mut world, &place.path("elsewhere"));
    shut_down(&mut world, "closed").unwrap();
    world
}

#[test]
fn a_run_that_people_meddled_with_is_repeated_byte_for_byte() {
    for agent in [AgentKind::Dqn, AgentKind::QTable] {
        let place = Workplace::new();
        let world = meddled(&place, agent);
        let rows = place.read("first/commands.csv");
        assert!(rows.lines().count() > 60 && rows.contains("drive full clean"), "{rows}");
        assert!(world.resource::<ManualControl>().report().is_some() && boxes(&place.path("first")).len() > 1);
        drop(world);
        let written = files(&place.path("elsewhere"));
        assert_eq!(written.len(), 2);
        written.iter().for_each(|file| fs::remove_file(file).unwrap());

        let line = "train --settings first/settings.ron --commands first/commands.csv --ticks 420 --threads 2";
        let message = place.succeed(&format!("{line} --out again"));
        assert!(message.stderr.contains("2 wrote files elsewhere: they are recorded but not repeated"), "{message:?}");
        same(&place, "first", "again");
        assert!(files(&place.path("elsewhere")).is_empty(), "a table writes nothing outside of its run");
        // Interrupted during a drive and outside one, then resumed.
        for ticks in ["75", "230"] {
            let line = line.replace("420", ticks);
            place.succeed(&format!("{line} --out parts-{ticks}"));
            let line = format!("train --resume parts-{ticks} --commands first/commands.csv --ticks 420");
            place.succeed(&line);
            same(&place, "first", &format!("parts-{ticks}"));
        }
    }
}

#[test]
fn a_run_that_was_made_longer_is_repeated_with_its_schedules() {
    let place = Workplace::new();
    let train = "train --scenario classic --clusters 2 --steps 1200 --seed 3 --set pilot.warmup=100 \
                 --set run.steps_csv_every=5 --set run.checkpoint_every=0";
    place.succeed(&format!("{train} --out first"));
    place.succeed("train --resume first --steps 2000");
    assert_eq!(place.read("first/commands.csv"), "tick,command\n600,set run.steps 2000\n");
    let message = place.succeed("train --settings first/settings.ron --commands first/commands.csv --out again");
    assert!(message.stdout.contains("Finished after 2000 steps"), "{message:?}");
    same(&place, "first", "again");
}

#[test]
fn a_table_of_another_run_is_refused_at_the_start_or_at_the_first_impossible_row() {
    let place = Workplace::new();
    let train = "train --scenario classic --clusters 2 --steps 1200 --seed 3 --ticks 50";
    let refused = |rows: &str, options: &str, part: &str| {
        fs::write(place.path("c.csv"), format!("tick,command\n{rows}")).unwrap();
        let line = format!("{train} --commands c.csv --out run {options}");
        let finished = place.run(&line.split_whitespace().collect::<Vec<_>>());
        assert_eq!(finished.code, 2, "{finished:?}");
        assert!(finished.stderr.contains(part), "{part} is not in {finished:?}");
    };
    for (rows, part) in [
        ("3,drive nowhere\n", "c.csv:2:9: \"nowhere\" is not an action"),
        ("3,take over cluster 2\n", "c.csv:2:21: \"2\", expected a cluster from 0 to 1"),
        ("3,kill row 1 column 4 in cluster 0\n", "c.csv:2:21: \"4\", expected a column from 0 to 3"),
        ("3,load best.rsnt\n", "c.csv:2:3: networks of other files cannot be repeated"),
        ("3,set run.seed 4\n", "c.csv:2:7: run.seed cannot change"),
        ("5,save\n3,save\n", "c.csv:3:1: tick 3 comes after tick 5"),
    ] {
        refused(rows, "", part);
        assert!(!place.path("run").exists(), "{rows}");
    }
    // What only the run itself can tell.
    refused(
        "7,take over cluster 1\n9,hand back\n20,drive up\n",
        "",
        "c.csv:4: at tick 20 `drive up` cannot be done: nobody",
    );
    assert_eq!(place.read("run/commands.csv"), "tick,command\n7,take over cluster 1\n9,hand back\n");
    assert!(place.read("run/summary.json").contains("\"ended\": \"refused\""));
    let line = "train --resume run --commands c.csv --ticks 60";
    fs::write(place.path("c.csv"), "tick,command\n7,take over cluster 0\n").unwrap();
    let finished = place.run(&line.split_whitespace().collect::<Vec<_>>());
    assert!(finished.code == 2 && finished.stderr.contains("c.csv:2:1: the resumed run has recorded"), "{finished:?}");
    let line = format!("{line} --steps 4000");
    let finished = place.run(&line.split_whitespace().collect::<Vec<_>>());
    assert!(
        finished.code == 2 && finished.stderr.contains("--steps cannot be combined with --commands"),
        "{finished:?}"
    );
    fs::write(place.path("c.csv"), "tick,command\n7,take over cluster 1\n9,hand back\n200,save\n").unwrap();
    let message = place.succeed("train --resume run --commands c.csv --ticks 60");
    assert!(message.stderr.contains("The run ended before its commands: 1 of c.csv were not executed"), "{message:?}");
}

#[test]
fn frames_of_a_window_repeat_the_same_run() {
    let place = Workplace::new();
    drop(meddled(&place, AgentKind::Dqn));
    let mut world = begin(&place.path("again"), settings());
    let script = CommandScript::load(&place.path("first/commands.csv"), &settings()).unwrap();
    world.insert_resource(script);
    let mut pace = Pace::new(f64::INFINITY);
    pace.stop_at = Some(420);
    world.insert_resource(pace);
    for _ in 0..5_000 {
        if world.resource::<RunStats>().ticks >= 420 && world.resource::<CommandScript>().left() == 0 {
            break;
        }
        advance(&mut world);
    }
    repeat(&mut world).unwrap();
    let cluster = world.resource::<ClusterOrder>().0[1].0;
    assert!(world.get::<LiveCluster>(cluster).is_some());
    shut_down(&mut world, "closed").unwrap();
    drop(world);
    same(&place, "first", "again");
}

#[test]
fn a_table_that_ends_with_a_drive_leaves_the_clock_running_and_then_waits_for_the_next_person() {
    let place = Workplace::new();
    let mut world = begin(&place.path("run"), settings());
    let kills: String = (0..6).map(|row| format!("4,kill row {row} column 0 in cluster 0\n")).collect();
    let table =
        format!("tick,command\n2,take over cluster 0\n2,drive up\n3,drive up\n4,drive throttle\n4,drive up\n{kills}");
    world.insert_resource(CommandScript::from_bytes(Path::new("c.csv"), table.as_bytes(), &settings()).unwrap());
    let mut pace = Pace::new(f64::INFINITY);
    pace.stop_at = Some(9);
    world.insert_resource(pace);
    (0..100).for_each(|_| advance(&mut world));
    assert_eq!(world.resource::<RunStats>().ticks, 9, "nobody was there to let time run again");
    assert!(world.resource::<ManualControl>().report().is_some_and(|report| report.person.outcome.is_collapse()));
    // From here on time waits for whoever takes over.
    give(&mut world, Command::TakeOver(0));
    *world.resource_mut::<Pace>() = Pace::new(f64::INFINITY);
    advance(&mut world);
    assert_eq!(world.resource::<RunStats>().ticks, 9);
    give(&mut world, Command::Drive(Action::Left));
    advance(&mut world);
    assert_eq!(world.resource::<RunStats>().ticks, 10);
}
