//! The nine stages, and what a tick does.

use super::{place, ticks, world};
use bevy_ecs::prelude::{IntoScheduleConfigs, ResMut, Resource, World};
use resonetics::simulation::{ActiveLearner, LiveCluster, RunStats, RunWriter, Stage, schedule};
use std::fs;

#[test]
fn the_schedule_builds_without_ambiguity_and_would_not_with_one() {
    let mut world = World::new();
    let mut schedule = schedule();
    schedule.initialize(&mut world).unwrap();
    fn rival(_: ResMut<RunStats>) {}
    schedule.add_systems(rival);
    let Err(error) = schedule.initialize(&mut world) else { panic!("an ambiguity was let through") };
    assert!(format!("{error:?}").contains("Ambiguity"), "{error:?}");
}

#[test]
fn the_nine_stages_run_in_their_order() {
    #[derive(Resource, Default)]
    struct ObservedCell(Vec<Stage>);
    const STAGES: [Stage; 9] = [
        Stage::Observe,
        Stage::Foresee,
        Stage::Decide,
        Stage::Act,
        Stage::Entropy,
        Stage::Judge,
        Stage::Remember,
        Stage::Learn,
        Stage::Record,
    ];
    let place = place();
    let mut world = world(&place);
    world.init_resource::<ObservedCell>();
    let mut schedule = schedule();
    for stage in STAGES.into_iter().rev() {
        schedule.add_systems((move |mut seen: ResMut<ObservedCell>| seen.0.push(stage)).in_set(stage));
    }
    schedule.run(&mut world);
    schedule.run(&mut world);
    assert_eq!(world.resource::<ObservedCell>().0, [STAGES, STAGES].concat());
}

#[test]
fn a_tick_is_one_step_of_every_cluster_and_ended_episodes_begin_anew() {
    let place = place();
    let mut world = world(&place);
    ticks(&mut world, 400);
    let stats = world.resource::<RunStats>().clone();
    assert_eq!((stats.ticks, world.resource::<ActiveLearner>().0.steps()), (400, 1_200));
    assert!(stats.episodes >= 3, "{} episodes", stats.episodes);
    // The memory is warm after 12 ticks: the last two steps of each cluster wait for their returns.
    assert_eq!(world.resource::<ActiveLearner>().0.model().updates, (1_200 - 33) / 8);
    let mut clusters = world.query::<&LiveCluster>();
    let mut seeds: Vec<u64> = clusters.iter(&world).map(|cluster| cluster.0.episode_seed()).collect();
    assert!(clusters.iter(&world).all(|cluster| cluster.0.time() <= 300));
    seeds.dedup();
    assert_eq!(seeds.len(), 3, "each cluster has episodes of its own");
    let rows = fs::read_to_string(place.path().join("run/episodes.csv")).unwrap();
    assert_eq!(rows.lines().count() as u64, stats.episodes + 1);
    assert!(world.resource_mut::<RunWriter>().take_trouble().is_none());
}
