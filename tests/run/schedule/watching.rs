//! Watching a policy that learns nothing.

use super::{place, settings, ticks};
use bevy_ecs::prelude::World;
use resonetics::cluster::Observation;
use resonetics::learning::Model;
use resonetics::learning::{GreedyPilot, GreedyQTable};
use resonetics::policy::{Patrol, Policy, scripted};
use resonetics::settings::Settings;
use resonetics::simulation::{ActiveLearner, Decision, LiveCluster, Simulation, save_checkpoint, schedule, tick};
use resonetics::storage::{Checkpoint, RunFolder, builtin, qtable};

/// A world with one cluster in which `policy` is watched, and the settings of the run.
fn watching(policy: &str) -> (World, Settings) {
    let mut settings = settings();
    (settings.run.policy, settings.run.clusters) = (policy.to_owned(), 1);
    let simulation = Simulation::prepare(settings, 1).unwrap();
    let settings = simulation.settings().clone();
    let mut world = World::new();
    world.add_schedule(schedule());
    simulation.start(&mut world, None);
    (world, settings)
}

/// Lets the first episode run and asks `twin` before every step what it would do; answers in how many of `steps` both did the
/// same.
fn agreement(world: &mut World, mut twin: impl Policy, steps: usize) -> usize {
    let mut clusters = world.query::<&LiveCluster>();
    let mut decisions = world.query::<&Decision>();
    let mut same = 0;
    twin.begin(clusters.single(world).unwrap().0.episode_seed());
    for _ in 0..steps {
        let cluster = &clusters.single(world).unwrap().0;
        let mut seen = Observation::default();
        cluster.observe(&mut seen);
        let wanted = twin.act(cluster, &seen);
        tick(world);
        same += usize::from(decisions.single(world).unwrap().choice.action == wanted);
    }
    assert_eq!(clusters.single(world).unwrap().0.time(), steps, "the first episode outlasts the test");
    same
}

fn model(world: &World) -> Model {
    world.resource::<ActiveLearner>().0.model()
}

#[test]
fn a_scripted_policy_that_is_watched_does_what_it_does_in_an_evaluation_and_teaches_nobody() {
    let (mut world, _) = watching("patrol");
    let before = model(&world);
    assert_eq!(agreement(&mut world, Patrol, 30), 30);
    assert_eq!((model(&world).pilot, model(&world).updates), (before.pilot, 0));
    let choice = world.query::<&Decision>().single(&world).unwrap().choice;
    assert!(choice.handed_over && choice.effective_epsilon == 0.0);
}

#[test]
fn a_trained_pilot_that_is_watched_does_what_it_does_in_an_evaluation_and_does_not_change() {
    let checkpoint = builtin("default").unwrap();
    let (mut world, settings) = watching("pilot:builtin");
    assert_eq!(settings.pilot, checkpoint.settings.pilot);
    let twin = GreedyPilot::new(&checkpoint.model, &checkpoint.settings);
    assert_eq!(agreement(&mut world, twin, 150), 150);
    let message = (model(&world).pilot, model(&world).prophet, model(&world).steps);
    assert_eq!(message, (checkpoint.model.pilot, checkpoint.model.prophet, checkpoint.model.steps));
    assert_eq!(world.resource::<ActiveLearner>().0.steps(), 150);
    assert!(!world.query::<&Decision>().single(&world).unwrap().choice.handed_over);
}

#[test]
fn the_tuned_table_that_is_watched_does_what_it_does_in_an_evaluation() {
    let checkpoint = qtable().unwrap();
    let (mut world, settings) = watching("qtable");
    let twin = GreedyQTable::new(checkpoint.model.table.clone().unwrap(), settings.qtable.random_share);
    assert_eq!(agreement(&mut world, twin, 30), 30);
    assert_eq!(model(&world).table, checkpoint.model.table);
}

#[test]
fn a_checkpoint_is_watched_with_the_networks_it_was_trained_with() {
    let place = place();
    let mut trained = settings();
    trained.set("pilot.hidden", "24").unwrap();
    let simulation = Simulation::prepare(trained, 1).unwrap();
    let settings = simulation.settings().clone();
    let mut world = World::new();
    world.add_schedule(schedule());
    simulation.start(&mut world, None);
    ticks(&mut world, 60);
    let file = place.path().join("small.rsnt");
    let saved = Checkpoint { settings, model: model(&world) }.for_acting();
    saved.save(&file).unwrap();
    assert_eq!(saved.model.pilot_average, None);
    let (world, settings) = watching(&format!("pilot:{}", file.display()));
    assert_eq!(settings.pilot.hidden, [24]);
    assert_eq!(model(&world).pilot, saved.model.pilot);
}

#[test]
fn what_cannot_be_watched_is_refused_with_a_sentence() {
    for (policy, part) in [("patroll", "did you mean \"patrol\""), ("pilot:nowhere.rsnt", "cannot read nowhere.rsnt")] {
        let mut settings = settings();
        settings.run.policy = policy.to_owned();
        let error = Simulation::prepare(settings, 1).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    assert!(scripted("").is_err(), "an empty policy is the Pilot that learns");
}

#[test]
fn the_checkpoints_of_a_trained_pilot_that_is_watched_are_named_after_the_steps_of_the_run() {
    let place = place();
    let mut settings = settings();
    (settings.run.policy, settings.run.clusters) = ("pilot:builtin".to_owned(), 1);
    let simulation = Simulation::prepare(settings, 1).unwrap();
    let folder = RunFolder::create(&place.path().join("run"), simulation.settings()).unwrap();
    let mut world = World::new();
    world.add_schedule(schedule());
    simulation.start(&mut world, Some(folder));
    let names = [7, 9].map(|more| {
        (0..more).for_each(|_| tick(&mut world));
        save_checkpoint(&mut world).unwrap().file_name().unwrap().to_owned()
    });
    assert_eq!(names, ["step-000000000007.rsnt", "step-000000000016.rsnt"]);
}
