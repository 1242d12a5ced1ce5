//! The same seed and settings give the same bytes, whatever the number of threads; both backends learn the same.

use crate::support::Workplace;
use resonetics::cluster::{Action, Cluster, Observation, RngPurpose, derive_seed};
use resonetics::features::{PilotInput, ProphetInput, TrendTracker};
use resonetics::learning::{Experience, LabelCandidate, LabelledState, Learner, NStepBuffer, SurvivalTime, device};
use resonetics::settings::{Backend, PilotInputKind, ProphetInputKind, RewardSettings, Scenario, Settings};
use resonetics::storage::Checkpoint;
use std::fs;

/// Long enough that the schedule, both networks and the replay memory all have their part in the rows.
const TRAIN: &str =
    "train --steps 12000 --set pilot.warmup=500 --set run.steps_csv_every=5 --set pilot.target_every=100";

/// Everything a run wrote that depends on the simulation.
#[derive(PartialEq)]
struct Bytes {
    episodes: String,
    steps: String,
    checkpoint: Checkpoint,
}

fn train(place: &Workplace, run: &str, options: &str) -> Bytes {
    let finished = place.succeed(&format!("{TRAIN} --out {run} {options}"));
    assert!(finished.stdout.contains("Finished after 12000 steps"), "{}{}", finished.stdout, finished.stderr);
    let bytes = Bytes {
        episodes: place.read(&format!("{run}/episodes.csv")),
        steps: place.read(&format!("{run}/steps.csv")),
        checkpoint: Checkpoint::load(&place.path(run)).unwrap(),
    };
    assert!(bytes.episodes.lines().count() > 30 && bytes.steps.lines().count() > 100);
    assert!(bytes.checkpoint.model.updates > 1_000, "{} updates", bytes.checkpoint.model.updates);
    assert!(!bytes.steps.ends_with(",,\n"), "losses are written");
    bytes
}

/// Checks that two runs are the same, but for the number of threads in their settings.
fn same(one: &Bytes, other: &Bytes) {
    assert_eq!(one.episodes, other.episodes);
    assert_eq!(one.steps, other.steps);
    assert!(one.checkpoint.model == other.checkpoint.model, "the trained weights differ");
}

#[test]
fn one_thread_and_two_write_the_same_bytes() {
    let place = Workplace::new();
    let one = train(&place, "one", "--seed 5 --threads 1");
    let two = train(&place, "two", "--seed 5 --threads 2");
    assert_eq!((one.checkpoint.settings.run.threads, two.checkpoint.settings.run.threads), (1, 2));
    same(&one, &two);
}

#[test]
fn the_same_run_twice_writes_the_same_bytes_and_another_seed_others() {
    let place = Workplace::new();
    let first = train(&place, "first", "--scenario leak-storm --seed 5");
    let again = train(&place, "again", "--scenario leak-storm --seed 5");
    same(&first, &again);
    assert_eq!(
        fs::read(place.path("first/settings.ron")).unwrap(),
        fs::read(place.path("again/settings.ron")).unwrap()
    );
    let other = train(&place, "other", "--scenario leak-storm --seed 6");
    assert_ne!(first.episodes, other.episodes);
    assert_ne!(first.steps, other.steps);
    assert!(first.checkpoint.model != other.checkpoint.model);
}

#[test]
fn the_second_backend_is_deterministic_too() {
    let place = Workplace::new();
    same(
        &train(&place, "one", "--backend ndarray --threads 1"),
        &train(&place, "two", "--backend ndarray --threads 2"),
    );
}

#[test]
fn a_run_on_a_trace_is_deterministic() {
    let place = Workplace::new();
    let mut trace = String::from("time_s,node,cpu,memory\n");
    for row in 0..400_u32 {
        for (node, shift) in [("a", 0), ("b", 37), ("c", 91)] {
            let wave = |period: u32| f64::from((row + shift) % period) / f64::from(period);
            trace.push_str(&format!("{},{node},{:.3},{:.3}\n", row * 60, wave(50), 0.2 + 0.3 * wave(90)));
        }
    }
    fs::write(place.path("load.csv"), trace).unwrap();
    let one = train(&place, "one", "--trace load.csv --threads 1");
    let two = train(&place, "two", "--trace load.csv --threads 2");
    same(&one, &two);
    let synthetic = train(&place, "synthetic", "--threads 1");
    assert_ne!(one.episodes, synthetic.episodes);
    let slower = train(&place, "slower", "--trace load.csv --set trace.steps_per_row=4 --threads 1");
    assert_ne!(one.episodes, slower.episodes);
}

/// A brain on `backend` that has taken `updates` gradient steps on the same 400 steps of random play.
fn taught(backend: Backend, updates: u64) -> Learner {
    let mut settings = Settings::default();
    settings.run.backend = backend;
    settings.run.threads = 1;
    (settings.pilot.warmup, settings.pilot.train_every, settings.pilot.target_every) = (0, 1, 7);
    settings.pilot.learning_rate = 0.005;
    settings.pilot.inputs = PilotInputKind::Observation;
    let mut learner = Learner::new(&settings);
    let mut trends = TrendTracker::new(settings.prophet.inputs, settings.cluster.cells());
    let mut accumulator = NStepBuffer::default();
    for (at, (cluster, action)) in random_play().into_iter().enumerate() {
        let (mut before, mut after) = (Observation::default(), Observation::default());
        let mut cluster = cluster;
        cluster.observe(&mut before);
        let prophet_input = trends.encode(&cluster, &before);
        let step = cluster.step(action);
        cluster.observe(&mut after);
        let (pilot_input, next) = (&PilotInput::from(&before), &PilotInput::from(&after));
        let step = Experience { pilot_input, action, reward: step.reward.total(), next, outcome: step.outcome };
        accumulator.push(settings.returns(), step, |transition| learner.remember(&settings, transition));
        let (state, survival) = (
            LabelCandidate { prophet_input, risk: 0.5 },
            SurvivalTime { steps: 1 + at as u32 % 60, collapsed: at % 3 == 0 },
        );
        learner.remember_label(LabelledState { state, survival, scored: true });
    }
    (0..updates).for_each(|_| learner.learn(&settings, 1, 0));
    assert_eq!(learner.pilot.updates(), updates);
    learner
}

/// The clusters and actions of 400 random steps.
fn random_play() -> Vec<(Cluster, Action)> {
    let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
    let mut play = Vec::new();
    for at in 0..400 {
        let action = Action::ALL[(derive_seed(1, at, RngPurpose::Policy) % 8) as usize];
        play.push((cluster.clone(), action));
        if cluster.step(action).outcome.is_over() {
            cluster.reset(at);
        }
    }
    play
}

/// Observations of the random play, row by row, and what the Prophet is given of them.
fn states() -> (Vec<f32>, Vec<f32>) {
    let mut observation = Observation::default();
    let (mut observations, mut prophet_input) = (Vec::new(), Vec::new());
    let inputs = ProphetInputKind::Trends;
    let mut trends = TrendTracker::new(inputs, Scenario::default().cells());
    for (cluster, _) in random_play() {
        cluster.observe(&mut observation);
        observations.extend(observation.0);
        prophet_input.extend_from_slice(trends.encode(&cluster, &observation).numbers(ProphetInput::length(inputs)));
    }
    (observations, prophet_input)
}

/// Largest difference between two lists of numbers.
fn difference(one: &[f32], other: &[f32]) -> f32 {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max)
}

#[test]
fn both_backends_agree_on_values_before_and_after_twenty_updates() {
    let devices = [Backend::Flex, Backend::Ndarray].map(|backend| format!("{:?}", device(backend)));
    assert_ne!(devices[0], devices[1], "there are two backends to compare");
    let (observations, prophet_input) = states();
    let answers = |backend, updates| {
        let learner = taught(backend, updates);
        let values: Vec<f32> = learner.pilot.q_values(&observations).into_iter().flatten().collect();
        assert!(values.iter().all(|value| value.is_finite()));
        (
            values,
            learner
                .prophet
                .forecast(&prophet_input)
                .into_iter()
                .flat_map(|curve| curve.within().to_vec())
                .collect::<Vec<_>>(),
        )
    };
    let (untaught, timid) = answers(Backend::Flex, 0);
    let (other, other_timid) = answers(Backend::Ndarray, 0);
    assert!(difference(&untaught, &other) < 1e-5 && difference(&timid, &other_timid) < 1e-5);

    let (flex, flex_risks) = answers(Backend::Flex, 20);
    let (ndarray, ndarray_risks) = answers(Backend::Ndarray, 20);
    let (learned, apart) = (difference(&untaught, &flex), difference(&flex, &ndarray));
    println!("after 20 updates the values moved by {learned}, and the backends are {apart} apart");
    assert!(learned > 0.05, "20 updates moved the values by {learned} only");
    assert!(apart < 1e-3, "the backends are {apart} apart after moving by {learned}");
    let (learned, apart) = (difference(&timid, &flex_risks), difference(&flex_risks, &ndarray_risks));
    assert!(learned > 0.01, "20 updates moved the risks by {learned} only");
    assert!(apart < 1e-3, "the backends are {apart} apart after moving by {learned}");
}
