//! What people do to a run by hand: interventions and take-overs, as commands that a replay repeats exactly.

use super::{place, settings, ticks};
use bevy_ecs::prelude::World;
use resonetics::cluster::{Action, Intervention, Outcome, Region};
use resonetics::policy::{Patrol, Policy};
use resonetics::settings::Settings;
use resonetics::simulation::{
    Cause, ClusterOrder, Command, CommandQueue, Decision, Episode, EventKind, EventLog, FrameHistory, LiveCluster,
    ManualControl, Pace, RunStats, Simulation, advance, apply_commands, schedule, tick,
};
use resonetics::storage::RunFolder;
use std::fs;
use std::path::Path;

/// A run of one cluster in which `policy` is watched, or a Pilot learns.
fn world(folder: Option<&Path>, policy: &str, scenario: &str) -> World {
    let mut settings: Settings = settings();
    settings.cluster = resonetics::settings::load_scenario(scenario).unwrap();
    (settings.run.policy, settings.run.clusters, settings.run.steps_csv_every) = (policy.to_owned(), 1, 1);
    let simulation = Simulation::prepare(settings, 1).unwrap();
    let folder = folder.map(|path| RunFolder::create(path, simulation.settings()).unwrap());
    let mut world = World::new();
    world.init_resource::<CommandQueue>();
    world.init_resource::<EventLog>();
    world.add_schedule(schedule());
    simulation.start(&mut world, folder);
    world
}

fn command(world: &mut World, command: Command) {
    world.resource_mut::<CommandQueue>().0.push_back(command);
    apply_commands(world);
}

fn message(world: &World) -> (EventKind, String) {
    let entry = world.resource::<EventLog>().entries().next_back().expect("something was logged");
    (entry.kind, entry.text.clone())
}

fn drive(world: &mut World, action: Action) {
    command(world, Command::Drive(action));
    tick(world);
}

fn live(world: &mut World) -> &LiveCluster {
    let cluster = world.resource::<ClusterOrder>().0[0].0;
    world.get::<LiveCluster>(cluster).unwrap()
}

fn outcome(world: &mut World) -> Outcome {
    live(world).0.outcome()
}

const CHAOS: [(usize, Intervention); 7] = [
    (3, Intervention::Spike { cell: 8, steps: 20 }),
    (9, Intervention::Leak { cell: 4, per_step: 0.013 }),
    (9, Intervention::Storm { region: Region { middle: 30, radius: 1 }, steps: 12 }),
    (14, Intervention::Heal { cell: 4 }),
    (20, Intervention::Prioritise { cell: 11, priority: 0.2 }),
    (31, Intervention::Outage { region: Region { middle: 14, radius: 1 }, steps: 15 }),
    (40, Intervention::Kill { cell: 20 }),
];

/// A run with all that people can do to it by hand; its tables.
fn by_hand(folder: &Path) -> [String; 3] {
    let mut world = world(Some(folder), "", "default");
    for step in 0..60 {
        for (_, intervention) in CHAOS.iter().filter(|(at, _)| *at == step) {
            command(&mut world, Command::Intervene { cluster: 0, intervention: *intervention });
        }
        match step {
            12 => command(&mut world, Command::TakeOver(0)),
            13..25 => command(&mut world, Command::Drive(Action::ALL[step % 8])),
            25 => command(&mut world, Command::HandBack),
            _ => {}
        }
        tick(&mut world);
    }
    ticks(&mut world, 600);
    ["commands.csv", "episodes.csv", "steps.csv"].map(|name| fs::read_to_string(folder.join(name)).unwrap())
}

#[test]
fn the_same_commands_at_the_same_ticks_give_the_same_bytes() {
    let place = place();
    let first = by_hand(&place.path().join("first"));
    assert_eq!(first, by_hand(&place.path().join("second")));
    let [commands, episodes, steps] = first;
    let rows: Vec<_> = commands.lines().skip(1).collect();
    assert_eq!(
        rows[..4],
        [
            "3,spike row 1 column 2 for 20 steps in cluster 0",
            "9,leak row 0 column 4 by 0.013 per step in cluster 0",
            "9,storm over 3x3 cells around row 5 column 0 for 12 steps in cluster 0",
            "12,take over cluster 0"
        ]
    );
    assert_eq!(rows.len(), CHAOS.len() + 14);
    assert!(commands.contains("13,drive scale\n") && commands.contains("25,hand back\n"));
    let manual = |table: &str| {
        let column = table.lines().next().unwrap().split(',').position(|name| name == "manual").unwrap();
        let value = |line: &str| line.split(',').nth(column).unwrap().parse::<f64>().unwrap();
        table.lines().skip(1).map(value).collect::<Vec<_>>()
    };
    assert_eq!(manual(&steps).iter().sum::<f64>(), 12.0);
    assert!(manual(&steps)[13..25].iter().all(|flag| *flag == 1.0));
    let steps_of_first: f64 = episodes.lines().nth(1).unwrap().split(',').nth(4).unwrap().parse().unwrap();
    assert!((manual(&episodes)[0] - 12.0 / steps_of_first).abs() < 1e-6);
}

#[test]
fn an_intervention_is_told_recorded_and_on_the_tape() {
    let mut world = world(None, "", "default");
    ticks(&mut world, 5);
    let intervention = Intervention::Kill { cell: 7 };
    command(&mut world, Command::Intervene { cluster: 0, intervention });
    assert_eq!(message(&world), (EventKind::Note, "kill row 1 column 1".to_owned()));
    assert_eq!(live(&mut world).0.cells().mem[7], 1.0);
    let cluster = world.resource::<ClusterOrder>().0[0].0;
    let frame = world.get::<FrameHistory>(cluster).unwrap().latest().unwrap();
    assert_eq!((frame.cause, frame.tick, frame.time), (Cause::Intervention(intervention), 5, 5));
    assert_eq!(frame.mem[7], 1.0);
    command(&mut world, Command::Intervene { cluster: 0, intervention: Intervention::Heal { cell: 36 } });
    assert_eq!(message(&world), (EventKind::Trouble, "heal row 6 column 0 is not possible here".to_owned()));
    command(&mut world, Command::Intervene { cluster: 3, intervention });
    assert_eq!(message(&world), (EventKind::Trouble, "there is no cluster 3".to_owned()));
}

#[test]
fn a_person_drives_one_tick_per_action_and_hands_back() {
    let mut world = world(None, "", "default");
    ticks(&mut world, 10);
    command(&mut world, Command::Drive(Action::Up));
    assert_eq!(message(&world).0, EventKind::Trouble, "nobody has taken over");
    command(&mut world, Command::TakeOver(0));
    assert!(world.resource::<ManualControl>().waits());
    for action in [Action::Left, Action::Left, Action::MemoryClean, Action::Down] {
        let (before, spent) = (live(&mut world).0.agent(), live(&mut world).0.budget());
        drive(&mut world, action);
        let decision = *world.query::<&Decision>().single(&world).unwrap();
        assert_eq!((decision.choice.action, decision.manual), (action, true));
        let after = live(&mut world);
        let (down, right) = action.direction();
        let moved = |from: usize, by: isize| (from as isize + by).rem_euclid(6) as usize;
        assert_eq!(after.0.agent(), (moved(before.0, down), moved(before.1, right)));
        assert_eq!(after.0.budget() < spent, action == Action::MemoryClean && spent > 99.9);
    }
    command(&mut world, Command::TakeOver(0));
    assert_eq!(message(&world), (EventKind::Trouble, "you are driving already: hand back first".to_owned()));
    command(&mut world, Command::HandBack);
    assert!(message(&world).1.starts_with("you took over at step 10 and handed back at step 14; from the same moment"));
    assert!(world.resource::<ManualControl>().drive().is_none());
    tick(&mut world);
    assert!(!world.query::<&Decision>().single(&world).unwrap().manual);
}

#[test]
fn the_rival_lives_through_what_the_watched_policy_would_have_lived_through() {
    let mut undisturbed = world(None, "patrol", "cascade");
    let mut manual = world(None, "patrol", "cascade");
    ticks(&mut undisturbed, 12);
    ticks(&mut manual, 12);
    command(&mut manual, Command::TakeOver(0));
    let same = Command::Intervene { cluster: 0, intervention: Intervention::Leak { cell: 9, per_step: 0.04 } };
    while outcome(&mut undisturbed) == Outcome::Running {
        if live(&mut undisturbed).0.time() == 20 {
            command(&mut undisturbed, same.clone());
        }
        tick(&mut undisturbed);
    }
    while outcome(&mut manual) == Outcome::Running {
        if live(&mut manual).0.time() == 20 {
            command(&mut manual, same.clone());
        }
        // Somebody who does nothing but walk in a circle.
        drive(&mut manual, Action::Right);
    }
    let wanted = (live(&mut undisturbed).0.time(), outcome(&mut undisturbed));
    let own = (live(&mut manual).0.time(), outcome(&mut manual));
    let report = manual.resource::<ManualControl>().report().expect("the drive ended with the episode");
    let [rival] = &report.rivals[..] else { panic!("one rival: {report:?}") };
    assert_eq!((rival.name.as_str(), rival.survived, rival.outcome), ("patrol", wanted.0, wanted.1));
    assert_eq!((report.since, report.person.survived, report.person.outcome), (12, own.0, own.1));
    assert!(own.0 < wanted.0, "walking in a circle saves nothing: {report:?}");
    assert_eq!(message(&manual).1, report.sentence());
}

#[test]
fn the_rival_of_a_trained_pilot_remembers_what_it_saw_before() {
    let mut undisturbed = world(None, "pilot:builtin", "calm");
    let mut manual = world(None, "pilot:builtin", "calm");
    ticks(&mut undisturbed, 30);
    ticks(&mut manual, 30);
    command(&mut manual, Command::TakeOver(0));
    for _ in 0..25 {
        tick(&mut undisturbed);
        drive(&mut manual, Action::Left);
        let manual_control = manual.resource::<ManualControl>();
        let rival = &manual_control.drive().expect("25 steps are survived").rivals()[0];
        assert_eq!(rival.name(), "the Pilot");
        let twin = rival.cluster().cells().clone();
        assert_eq!(twin, *live(&mut undisturbed).0.cells());
    }
}

#[test]
fn a_learner_drives_against_its_pilot_and_its_guide_from_the_first_step_of_the_next_episode() {
    let mut world = world(None, "", "default");
    while outcome(&mut world) == Outcome::Running {
        tick(&mut world);
    }
    command(&mut world, Command::TakeOver(0));
    assert_eq!(message(&world).1, "you drive in cluster 0 from step 0");
    let number = world.query::<&Episode>().single(&world).unwrap().number;
    assert_eq!((number, live(&mut world).0.time()), (1, 0));
    let mut twin = live(&mut world).0.clone();
    let mut patrol = Patrol;
    let mut seen = resonetics::cluster::Observation::default();
    patrol.begin(twin.episode_seed());
    while outcome(&mut world) == Outcome::Running {
        twin.observe(&mut seen);
        let action = patrol.act(&twin, &seen);
        twin.step(action);
        drive(&mut world, action);
    }
    let report = world.resource::<ManualControl>().report().unwrap().clone();
    let names: Vec<_> = report.rivals.iter().map(|rival| rival.name.as_str()).collect();
    assert_eq!(names[0], "the Pilot");
    assert_eq!((report.person.survived, report.person.outcome), (twin.time(), twin.outcome()));
    assert_eq!(world.query::<&Episode>().single(&world).unwrap().number, 1, "the next begins with the next tick");
}

#[test]
fn time_waits_for_who_drives_and_the_run_pauses_when_their_episode_ends() {
    let mut world = world(None, "", "default");
    world.insert_resource(Pace::new(f64::INFINITY));
    advance(&mut world);
    let done = |world: &World| world.resource::<RunStats>().ticks;
    assert!(done(&world) > 0, "time runs");
    world.resource_mut::<CommandQueue>().0.push_back(Command::TakeOver(0));
    advance(&mut world);
    let before = done(&world);
    advance(&mut world);
    assert_eq!(done(&world), before, "time stands still");
    for action in [Action::Left, Action::Down] {
        world.resource_mut::<CommandQueue>().0.push_back(Command::Drive(action));
    }
    advance(&mut world);
    assert_eq!(done(&world), before + 2, "one tick for each key");
    let (row, column) = live(&mut world).0.agent();
    let here = live(&mut world).0.index(row, column);
    let critical = (0..36).find(|cell| *cell != here && live(&mut world).0.is_critical(*cell));
    let critical = critical.expect("a third of the cells is critical");
    let intervention = Intervention::Kill { cell: critical as u32 };
    world.resource_mut::<CommandQueue>().0.push_back(Command::Intervene { cluster: 0, intervention });
    world.resource_mut::<CommandQueue>().0.push_back(Command::Drive(Action::Throttle));
    advance(&mut world);
    assert_eq!(done(&world), before + 3);
    assert!(outcome(&mut world).is_collapse());
    assert!(!world.resource::<Pace>().running && world.resource::<ManualControl>().drive().is_none());
    let report = world.resource::<ManualControl>().report().unwrap();
    assert!(report.rivals.iter().all(|rival| rival.outcome.is_over()), "{report:?}");
    advance(&mut world);
    assert_eq!(done(&world), before + 3, "it stays paused");
}
