//! The environment through its public interface: what holds for every scenario, seed and action.

mod actions;
mod endings;
mod entropy;
mod golden;
mod real_load;
mod rewards;
mod size_and_sight;
mod weather;

use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use resonetics::cluster::{Action, Cluster, Observation};
use resonetics::settings::{RewardSettings, SCENARIOS, Scenario, load_scenario};

/// A cluster at the start of the episode of `seed`, with default rewards.
fn begin(scenario: &Scenario, seed: u64) -> Cluster {
    let mut cluster = Cluster::new(scenario.clone(), RewardSettings::default(), None);
    cluster.reset(seed);
    cluster
}

/// Scenario `default`, changed by `change`.
fn default_with(change: impl FnOnce(&mut Scenario)) -> Scenario {
    let mut scenario = Scenario::default();
    change(&mut scenario);
    scenario
}

/// A scenario in which no cell is critical, any number of cells may fail, and all memory is full after one step.
fn flooded() -> Scenario {
    default_with(|scenario| {
        scenario.priority_low_share = 0.5;
        scenario.priority_mid_share = 0.5;
        scenario.oom_limit = 16_384;
        scenario.leak_median = 1.0;
        scenario.leak_sigma = 0.0;
        scenario.leak_max = 1.0;
    })
}

/// The agent's observation.
fn observe(cluster: &Cluster) -> Observation {
    let mut observation = Observation::default();
    cluster.observe(&mut observation);
    observation
}

/// Walks to (`row`, `column`) without letting time pass.
fn walk_to(cluster: &mut Cluster, row: usize, column: usize) {
    let (rows, columns) = (cluster.scenario().rows, cluster.scenario().columns);
    for _ in 0..(rows + row - cluster.agent().0) % rows {
        cluster.act(Action::Down);
    }
    for _ in 0..(columns + column - cluster.agent().1) % columns {
        cluster.act(Action::Right);
    }
    assert_eq!(cluster.agent(), (row, column));
}

/// Any built-in scenario on a torus of any small size, square or not, sometimes with extreme numbers.
fn scenarios() -> impl Strategy<Value = Scenario> {
    let name = select(SCENARIOS.map(|(name, _)| name).to_vec());
    let leak = prop_oneof![4 => Just(None), 1 => Just(Some(0.0)), 1 => Just(Some(1.0))];
    (name, 3..10_usize, 3..10_usize, leak, any::<bool>()).prop_map(|(name, rows, columns, leak, busy)| {
        let mut scenario = load_scenario(name).unwrap();
        (scenario.rows, scenario.columns) = (rows, columns);
        if let Some(leak) = leak {
            (scenario.leak_median, scenario.leak_max) = (leak, leak);
        }
        if busy {
            (scenario.base_low, scenario.base_high, scenario.burst_probability) = (0.9, 1.0, 0.5);
        }
        scenario
    })
}

/// A sequence of random actions.
fn actions(most: usize) -> impl Strategy<Value = Vec<Action>> {
    proptest::collection::vec(select(Action::ALL.to_vec()), 1..most)
}
