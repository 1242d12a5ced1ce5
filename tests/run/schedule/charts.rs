//! What is kept for those who look: a curve of each cluster, and what the networks were given.

use super::{settings, ticks};
use bevy_ecs::prelude::World;
use resonetics::features::{PilotInput, ProphetInput};
use resonetics::settings::Settings;
use resonetics::simulation::{
    ActiveLearner, Cause, ChartHistory, ClusterOrder, EventLog, FrameHistory, Series, Simulation, StepPoint, schedule,
};

fn watched(settings: Settings, count: usize) -> World {
    let mut world = World::new();
    world.add_schedule(schedule());
    world.init_resource::<ChartHistory>();
    world.init_resource::<EventLog>();
    Simulation::prepare(settings, 1).unwrap().start(&mut world, None);
    ticks(&mut world, count);
    world
}

fn frame_histories(world: &World) -> Vec<&FrameHistory> {
    world.resource::<ClusterOrder>().0.iter().map(|(cluster, _)| world.get::<FrameHistory>(*cluster).unwrap()).collect()
}

fn numbers(series: &Series) -> Vec<(u64, f32)> {
    series.view(u64::MAX, 1_000).iter().map(|stretch| (stretch.from, stretch.mean)).collect()
}

#[test]
fn every_cluster_has_curves_of_its_own_that_tell_what_its_tape_tells() {
    let world = watched(settings(), 200);
    let history = world.resource::<ChartHistory>();
    assert_eq!((history.first_tick, history.clusters.len()), (1, 3));
    for (frame_history, steps) in frame_histories(&world).into_iter().zip(&history.clusters) {
        let frames = frame_history.frames().filter(|(_, frame)| frame.cause == Cause::Tick);
        let message: Vec<_> = frames.map(|(_, frame)| (frame.tick - 1, StepPoint::of(frame))).collect();
        assert_eq!(message.len(), 200);
        let of =
            |number: fn(&StepPoint) -> f32| message.iter().map(|(at, step)| (*at, number(step))).collect::<Vec<_>>();
        assert_eq!(numbers(&steps.load), of(|step| step.load));
        assert_eq!(numbers(&steps.reward), of(|step| step.reward));
        assert_eq!(numbers(&steps.risk), of(|step| step.risk_and_epsilon.unwrap().0));
        assert_eq!(numbers(&steps.effective_epsilon), of(|step| step.risk_and_epsilon.unwrap().1));
    }
    assert_ne!(numbers(&history.clusters[0].load), numbers(&history.clusters[1].load));
}

#[test]
fn a_contender_that_waits_leaves_a_gap_and_the_ticks_go_on() {
    let mut compared = settings();
    (compared.run.policy, compared.run.against) = ("patrol".to_owned(), "idle".to_owned());
    let world = watched(compared, 250);
    let [first, second] = &world.resource::<ChartHistory>().clusters[..] else { panic!("two contenders") };
    assert_eq!((first.load.len(), second.load.len()), (250, 250));
    let played = [first, second].map(|steps| numbers(&steps.load).len());
    assert!(played[0] > played[1] && played[1] > 30, "who does nothing is done sooner, and waits: {played:?}");
    for (frame_history, steps) in frame_histories(&world).into_iter().zip([first, second]) {
        let frames = frame_history.frames().filter(|(_, frame)| frame.cause == Cause::Tick);
        let message: Vec<_> = frames.map(|(_, frame)| (frame.tick - 1, frame.load as f32)).collect();
        assert_eq!(numbers(&steps.load), message);
    }
}

#[test]
fn what_the_networks_were_given_tells_the_values_and_the_risk_that_were_recorded() {
    let mut watching = settings();
    (watching.run.policy, watching.run.clusters) = ("pilot:builtin".to_owned(), 2);
    let world = watched(watching, 120);
    let learner = &world.resource::<ActiveLearner>().0;
    let settings = &world.resource::<resonetics::simulation::ActiveSettings>().0;
    for frame_history in frame_histories(&world) {
        let mut known = 0;
        for (number, frame) in frame_history.frames() {
            let Some(given) = frame_history.network_inputs(number) else {
                assert_eq!(frame.cause, Cause::Start);
                continue;
            };
            known += 1;
            let values = learner.q_values(given.pilot_input.numbers(PilotInput::length(settings.pilot.inputs)));
            let curve =
                learner.prophet.forecast(given.prophet_input.numbers(ProphetInput::length(settings.prophet.inputs)));
            let near = |one: f32, other: f32| (one - other).abs() < 1e-4 * (1.0 + other.abs());
            assert!(values[0].iter().zip(frame.decision.q_values).all(|(now, then)| near(*now, then)), "{number}");
            assert!(near(curve[0].risk(), frame.forecast.risk()), "frame {number}");
        }
        assert_eq!(known, 120);
    }
}

#[test]
fn nothing_of_it_is_kept_where_nobody_looks() {
    let mut world = World::new();
    world.add_schedule(schedule());
    Simulation::prepare(settings(), 1).unwrap().start(&mut world, None);
    ticks(&mut world, 20);
    let frame_history = frame_histories(&world)[0];
    assert!(
        frame_history.range().all(|number| frame_history.network_inputs(number).is_none())
            && !frame_history.range().is_empty()
    );
}
