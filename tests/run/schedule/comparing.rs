//! Two policies side by side on the same episodes.

use super::{place, settings};
use bevy_ecs::prelude::World;
use resonetics::cluster::{Action, Cluster, Intervention};
use resonetics::evaluate::play;
use resonetics::learning::GreedyPilot;
use resonetics::policy::{Policy, scripted};
use resonetics::settings::{RewardSettings, Settings, load_scenario};
use resonetics::simulation::{
    ActiveClusters, ActiveLearner, ClusterIndex, ClusterOrder, Command, CommandQueue, ComparedPolicy, Episode,
    EventKind, EventLog, LiveCluster, RunStats, Scoreboard, Simulation, apply_commands, schedule, tick,
};
use resonetics::storage::{RunFolder, builtin};
use std::path::Path;

fn compared(policy: &str, against: &str) -> Settings {
    let mut settings = settings();
    settings.cluster = load_scenario("cascade").unwrap();
    (settings.run.policy, settings.run.against) = (policy.to_owned(), against.to_owned());
    settings
}

fn begin(settings: Settings, folder: Option<&Path>) -> World {
    let simulation = Simulation::prepare(settings, 1).unwrap();
    let folder = folder.map(|path| RunFolder::create(path, simulation.settings()).unwrap());
    let mut world = World::new();
    world.init_resource::<CommandQueue>();
    world.init_resource::<EventLog>();
    world.add_schedule(schedule());
    simulation.start(&mut world, folder);
    world
}

/// Cluster, seed, steps and outcome of each row.
fn rows(folder: &Path) -> Vec<(usize, u64, usize, String)> {
    let mut reader = csv::Reader::from_path(folder.join("episodes.csv")).unwrap();
    let number = |row: &csv::StringRecord, at: usize| row[at].parse::<u64>().unwrap();
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| (number(&row, 1) as usize, number(&row, 3), number(&row, 4) as usize, row[16].to_owned())).collect()
}

#[test]
fn both_play_the_same_episodes_as_an_evaluation_would_and_who_is_done_waits() {
    let place = place();
    let folder = place.path().join("run");
    let mut world = begin(compared("pilot:builtin", "heuristic"), Some(&folder));
    let names: Vec<_> = world.query::<&ComparedPolicy>().iter(&world).map(|compared| compared.name.clone()).collect();
    assert_eq!(names, ["pilot:builtin", "heuristic"]);
    let mut waited = 0;
    for _ in 0..1500 {
        tick(&mut world);
        let numbers: Vec<u64> = world.query::<&Episode>().iter(&world).map(|episode| episode.number).collect();
        assert_eq!(numbers[0], numbers[1], "in step");
        let times: Vec<_> = world
            .query::<(&LiveCluster, &Episode)>()
            .iter(&world)
            .map(|(live, episode)| {
                assert_eq!(live.0.time(), episode.steps as usize, "who waits is not counted on");
                live.0.time()
            })
            .collect();
        waited += usize::from(times[0] != times[1]);
    }
    assert!(waited > 200, "the heuristic is seldom as good: {waited}");
    let rows = rows(&folder);
    let scenario = load_scenario("cascade").unwrap();
    let mut cluster = Cluster::new(scenario, RewardSettings::default(), None);
    let trained = builtin("cascade").unwrap();
    let mut stand_ins: [Box<dyn Policy>; 2] =
        [Box::new(GreedyPilot::new(&trained.model, &trained.settings)), scripted("heuristic").unwrap()];
    assert!(rows.len() >= 8, "{rows:?}");
    for (side, seed, steps, outcome) in &rows {
        let result = play(&mut cluster, stand_ins[*side].as_mut(), *seed);
        assert_eq!((result.steps, result.outcome.name()), (*steps, outcome.as_str()), "side {side}, seed {seed}");
    }
    let board = world.resource::<Scoreboard>();
    let of = |side: usize| rows.iter().filter(move |row| row.0 == side);
    for (at, side) in board.sides.iter().enumerate() {
        assert_eq!(side.episodes, of(at).count() as u64);
        assert_eq!(side.collapses, of(at).filter(|row| row.3 != "truncated").count() as u64);
        let mean = of(at).map(|row| row.2 as f64).sum::<f64>() / side.episodes as f64;
        assert!((side.mean_survival().unwrap() - mean).abs() < 1e-9);
    }
    let pairs: Vec<_> = of(0).zip(of(1)).collect();
    assert!(pairs.iter().all(|(first, second)| first.1 == second.1), "the same seeds");
    let longer = pairs.iter().filter(|(first, second)| first.2 > second.2).count() as u64;
    let ties = pairs.iter().filter(|(first, second)| first.2 == second.2).count() as u64;
    assert_eq!((board.sides[0].wins, board.ties), (longer, ties));
    assert_eq!(board.sides[1].wins, pairs.len() as u64 - longer - ties);
    assert_eq!(world.resource::<RunStats>().episodes, rows.len() as u64);
    let boxes = std::fs::read_dir(folder.join("blackbox")).unwrap().count();
    assert_eq!(boxes, rows.iter().filter(|row| row.3 != "truncated").count(), "one black box of each collapse");
    let played: usize = rows.iter().map(|row| row.2).sum::<usize>();
    let running: u32 = world
        .query::<(&LiveCluster, &Episode)>()
        .iter(&world)
        .filter(|(live, _)| !live.0.outcome().is_over())
        .map(|(_, episode)| episode.steps)
        .sum();
    assert_eq!(
        world.resource::<ActiveLearner>().0.steps(),
        played as u64 + u64::from(running),
        "no step is counted twice"
    );
}

#[test]
fn whichever_comes_second_the_trained_one_does_the_same() {
    let place = place();
    let of = |policy: &str, against: &str, side: usize| {
        let folder = place.path().join(format!("{}-{side}", policy.replace(':', "-")));
        let mut world = begin(compared(policy, against), Some(&folder));
        (0..900).for_each(|_| tick(&mut world));
        let rows = rows(&folder);
        rows.into_iter().filter(|row| row.0 == side).map(|row| (row.1, row.2, row.3)).collect::<Vec<_>>()
    };
    let first = of("pilot:builtin", "patrol", 0);
    let second = of("patrol", "pilot:builtin", 1);
    assert!(first.len() >= 2);
    assert_eq!(first, second);
    assert_eq!(of("qtable", "qtable", 0), of("qtable", "qtable", 1), "equals tie");
}

#[test]
fn an_intervention_hits_both_and_nobody_takes_over() {
    let mut world = begin(compared("idle", "patrol"), None);
    (0..5).for_each(|_| tick(&mut world));
    let ask = |world: &mut World, command: Command| {
        world.resource_mut::<CommandQueue>().0.push_back(command);
        apply_commands(world);
        world.resource::<EventLog>().entries().next_back().unwrap().clone()
    };
    ask(&mut world, Command::Intervene { cluster: 0, intervention: Intervention::Kill { cell: 3 } });
    let memory: Vec<_> = world.query::<&LiveCluster>().iter(&world).map(|live| live.0.cells().mem[3]).collect();
    assert_eq!(memory, [1.0, 1.0]);
    let entry = ask(&mut world, Command::TakeOver(0));
    assert!(entry.kind == EventKind::Trouble && entry.text.contains("compared"), "{entry:?}");
    let entry = ask(&mut world, Command::Drive(Action::Up));
    assert_eq!(entry.kind, EventKind::Trouble);
}

#[test]
fn a_comparison_ends_with_another_run() {
    let mut world = begin(compared("idle", "patrol"), None);
    assert_eq!(world.query::<&ClusterIndex>().iter(&world).count(), 2);
    let command = Command::Restart(Box::new(settings()));
    world.resource_mut::<CommandQueue>().0.push_back(command);
    apply_commands(&mut world);
    assert!(!world.contains_resource::<Scoreboard>());
    assert_eq!(world.resource::<ActiveClusters>().0, world.resource::<ClusterOrder>().0);
    (0..400).for_each(|_| tick(&mut world));
    assert_eq!(world.resource::<ActiveClusters>().0.len(), 3);
}

#[test]
fn a_comparison_needs_two_policies_that_are_known() {
    let refused =
        |policy: &str, against: &str| Simulation::prepare(compared(policy, against), 1).unwrap_err().to_string();
    assert!(refused("", "patrol").contains("run.against is \"patrol\", expected empty while run.policy is"));
    assert!(refused("patrol", "patroll").contains("did you mean \"patrol\""));
    assert!(refused("patrol", "pilot:nowhere.rsnt").contains("cannot read nowhere.rsnt"));
}
