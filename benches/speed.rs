//! Speed of the parts of a tick.
//!
//! ```sh
//! cargo bench --bench speed
//! cargo bench --bench speed -- ticks
//! ```
//!
//! Without a filter the last line compares the burn backends: the same updates, alternating, so that other load on the
//! machine affects both.

use bevy_ecs::world::World;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use resonetics::cluster::{Action, Cluster, Observation};
use resonetics::features::{PilotInput, TrendTracker};
use resonetics::learning::{GreedyPilot, LabelCandidate, LabelledState, Learner, SurvivalTime, Transition};
use resonetics::policy::{Policy, scripted};
use resonetics::settings::{Backend, PilotInputKind, RewardSettings, Scenario, Settings, load_scenario};
use resonetics::simulation::{Simulation, schedule, tick};
use std::time::Instant;

fn main() {
    divan::main();
    if std::env::args().skip(1).all(|argument| argument == "--bench") {
        compare_backends();
    }
}

/// A cluster of the scenario `default`, `side` cells wide and high.
fn cluster(side: usize) -> Cluster {
    sized("default", Some(side))
}

fn sized(scenario: &str, side: Option<usize>) -> Cluster {
    let mut scenario = load_scenario(scenario).expect("a built-in scenario");
    if let Some(side) = side {
        scenario = Scenario { rows: side, columns: side, ..scenario };
    }
    Cluster::new(scenario, RewardSettings::default(), None)
}

/// The environment.
#[divan::bench_group(sample_size = 100)]
mod environment {
    use super::*;

    /// A built-in scenario at its own size: action, entropy, outcome, and a reset when the episode is over.
    #[divan::bench(args = ["classic", "calm", "default", "leak-storm", "rush-hour", "budget-squeeze", "cascade"])]
    fn step(bencher: Bencher, scenario: &str) {
        let cluster = sized(scenario, None);
        step_through(bencher, cluster);
    }

    /// The scenario `default` on tori of other sizes.
    #[divan::bench(args = [6, 16, 64])]
    fn step_of_side(bencher: Bencher, side: usize) {
        let cluster = cluster(side);
        step_through(bencher, cluster);
    }

    fn step_through(bencher: Bencher, mut cluster: Cluster) {
        let (mut at, mut seed) = (0, 0);
        bencher.bench_local(move || {
            if cluster.outcome().is_over() {
                seed += 1;
                cluster.reset(seed);
            }
            at = (at + 1) % Action::COUNT;
            black_box(cluster.step(Action::ALL[at]))
        });
    }

    /// The observation of the agent.
    #[divan::bench(args = [6, 64])]
    fn observe(bencher: Bencher, side: usize) {
        let cluster = cluster(side);
        let mut observation = Observation::default();
        bencher.bench_local(|| black_box(&cluster).observe(black_box(&mut observation)));
    }
}

/// One decision, over the states of an episode that patrol keeps alive.
#[divan::bench_group(sample_size = 128)]
mod decision {
    use super::*;

    #[divan::bench(args = ["idle", "random", "heuristic", "patrol", "omniscient"])]
    fn of_a_script(bencher: Bencher, name: &str) {
        decide(bencher, scripted(name).expect("a scripted policy").as_mut());
    }

    /// The Pilot without exploration, one observation at a time.
    #[divan::bench]
    fn of_the_greedy_pilot(bencher: Bencher) {
        let settings = Settings::default();
        decide(bencher, &mut GreedyPilot::new(&Learner::new(&settings).model(), &settings));
    }

    fn decide(bencher: Bencher, policy: &mut dyn Policy) {
        let mut patrol = scripted("patrol").expect("a scripted policy");
        let mut cluster = cluster(6);
        let mut states = Vec::new();
        cluster.reset(1);
        policy.begin(1);
        while states.len() < 128 && !cluster.outcome().is_over() {
            let mut observation = Observation::default();
            cluster.observe(&mut observation);
            states.push((cluster.clone(), observation));
            cluster.step(patrol.act(&cluster, &observation));
        }
        let mut at = 0;
        bencher.bench_local(|| {
            at = (at + 1) % states.len();
            let (cluster, observation) = &states[at];
            black_box(policy.act(cluster, observation))
        });
    }
}

/// One tick of the schedule, without a run folder. The rate counts environment steps. A sample is 64 ticks, so that one
/// cluster, which learns at every eighth tick, has eight updates in each.
#[divan::bench_group(sample_size = 64)]
mod ticks {
    use super::*;

    #[divan::bench(args = [1, 16])]
    fn that_learn(bencher: Bencher, clusters: usize) {
        run(bencher, clusters, 0);
    }

    #[divan::bench(args = [1, 16])]
    fn without_learning(bencher: Bencher, clusters: usize) {
        run(bencher, clusters, 1_000_000_000);
    }

    fn run(bencher: Bencher, clusters: usize, warmup: u64) {
        let mut settings = Settings::default();
        settings.run.clusters = clusters;
        settings.pilot.warmup = warmup;
        let mut world = World::new();
        world.add_schedule(schedule());
        Simulation::prepare(settings, 1).expect("the defaults are good").start(&mut world, None);
        // Until the replay buffers have items and the first episodes are over.
        (0..200).for_each(|_| tick(&mut world));
        bencher.counter(ItemsCount::new(clusters)).bench_local(|| tick(&mut world));
    }
}

/// One gradient step.
#[divan::bench_group(sample_size = 16)]
mod update {
    use super::*;

    /// The Pilot alone: a batch of 64 through 35-64-64-8, Double DQN, backwards, Adam.
    #[divan::bench(args = ["flex", "ndarray"])]
    fn pilot(bencher: Bencher, backend: &str) {
        let (settings, mut learner) = learner(backend, false);
        bencher.bench_local(|| learner.learn(&settings, 1, 0));
    }

    /// Pilot and Prophet one after the other.
    #[divan::bench(args = ["flex", "ndarray"])]
    fn pilot_and_prophet(bencher: Bencher, backend: &str) {
        let (settings, mut learner) = learner(backend, true);
        bencher.bench_local(|| learner.learn(&settings, 1, 0));
    }
}

/// A learner on one thread that takes one update per step, with replay buffers filled by random actions.
fn learner(backend: &str, prophet: bool) -> (Settings, Learner) {
    let mut settings = Settings::default();
    settings.set("run.backend", backend).expect("a backend");
    settings.set("run.threads", "1").expect("a number of threads");
    settings.pilot.inputs = PilotInputKind::Observation;
    (settings.pilot.warmup, settings.pilot.train_every) = (0, 1);
    let mut learner = Learner::new(&settings);
    let mut cluster = cluster(6);
    let mut trends = TrendTracker::new(settings.prophet.inputs, settings.cluster.cells());
    let mut random = scripted("random").expect("a scripted policy");
    let (mut now, mut next) = (Observation::default(), Observation::default());
    for seed in 0..20 {
        cluster.reset(seed);
        random.begin(seed);
        while !cluster.outcome().is_over() {
            cluster.observe(&mut now);
            let prophet_input = trends.encode(&cluster, &now);
            let action = random.act(&cluster, &now);
            let step = cluster.step(action);
            cluster.observe(&mut next);
            let discount = if step.outcome.is_collapse() { 0.0 } else { 0.97 };
            let reward = step.reward.total() as f32;
            let (pilot_input, next) = (PilotInput::from(&now), PilotInput::from(&next));
            learner.remember(&settings, Transition { pilot_input, action, reward, next, discount });
            if prophet {
                let state = LabelCandidate { prophet_input, risk: 0.05 };
                let survival = SurvivalTime { steps: 20, collapsed: step.outcome.is_collapse() };
                learner.remember_label(LabelledState { state, survival, scored: true });
            }
        }
    }
    (settings, learner)
}

/// Alternates updates of the Pilot on both backends and prints the ratio of their medians.
fn compare_backends() {
    const ROUNDS: usize = 200;
    let mut learners = [Backend::Flex, Backend::Ndarray].map(|backend| {
        let name = resonetics::settings::tree::NamedOption::chosen(&backend);
        (learner(name, false), Vec::with_capacity(ROUNDS))
    });
    for _ in 0..ROUNDS {
        for ((settings, learner), times) in &mut learners {
            let start = Instant::now();
            learner.learn(settings, 10, 0);
            times.push(start.elapsed() / 10);
        }
    }
    let [flex, ndarray] = learners.map(|(_, mut times)| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    let ratio = ndarray.as_secs_f64() / flex.as_secs_f64();
    println!("\nA Pilot update takes {flex:.1?} on flex and {ndarray:.1?} on ndarray: {ratio:.2} times as long.");
}
