//! The environment allocates nothing after it is made, nor does the watch over its trends: 10,000 steps with their
//! observations and resets are run under an allocator that counts.

use crate::heap::asked as allocations;
use resonetics::cluster::{Action, Cluster, Observation, Outcome, TraceLoad};
use resonetics::features::TrendTracker;
use resonetics::settings::{ProphetInputKind, RewardProfile, RewardSettings, TraceSettings, load_scenario};
use resonetics::trace::import_from;
use std::hint::black_box;
use std::sync::Arc;

/// 10,000 steps with all actions in turn, an observation after each, a reset after each episode; answers how many
/// episodes ended.
fn ten_thousand_steps(cluster: &mut Cluster, trends: &mut TrendTracker) -> u64 {
    let mut observation = Observation::default();
    let mut ended = 0;
    for at in 0..10_000_u64 {
        // A walk that cleans, scales and throttles on its way, and now and then does nothing of use.
        let action = Action::ALL[(at * 5 + at / 7) as usize % Action::COUNT];
        let step = cluster.step(action);
        cluster.observe(&mut observation);
        black_box(trends.encode(cluster, &observation));
        black_box((&observation, step.reward.total(), cluster.statistics(), cluster.mean_load()));
        if step.outcome != Outcome::Running {
            ended += 1;
            cluster.reset(ended);
        }
    }
    ended
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(black_box(Vec::<u8>::with_capacity(100)))), 2);
    let mut sum = 0;
    assert_eq!(allocations(|| sum += black_box([1_u8; 100]).iter().sum::<u8>()), 0);
    assert_eq!(sum, 100);
}

#[test]
fn ten_thousand_steps_observations_and_resets_allocate_nothing() {
    for name in ["default", "leak-storm", "cascade"] {
        for profile in [RewardProfile::Survival, RewardProfile::Classic] {
            let scenario = load_scenario(name).unwrap();
            let mut cluster = Cluster::new(scenario, RewardSettings::for_profile(profile), None);
            let mut trends = TrendTracker::new(ProphetInputKind::Trends, cluster.scenario().cells());
            let mut ended = 0;
            let found = allocations(|| ended = ten_thousand_steps(&mut cluster, &mut trends));
            assert_eq!(found, 0, "{name} allocates");
            assert!(ended > 10, "only {ended} episodes of {name} ended, so resets were hardly tried");
        }
    }
}

#[test]
fn a_cluster_under_real_load_allocates_nothing_either() {
    let text =
        "time_s,node,cpu,memory\n0,a,0.1,0.2\n60,a,0.9,0.3\n120,a,0.4,0.1\n0,b,0.5,0.5\n60,b,0.2,0.9\n120,b,0.7,0.4\n";
    let table = Arc::new(import_from("load.csv", text.as_bytes()).unwrap().table);
    let settings = TraceSettings { steps_per_row: 5, ..TraceSettings::default() };
    let scenario = load_scenario("default").unwrap();
    let mut cluster = Cluster::new(scenario, RewardSettings::default(), Some(TraceLoad::new(table, &settings)));
    let mut trends = TrendTracker::new(ProphetInputKind::Trends, cluster.scenario().cells());
    let mut ended = 0;
    assert_eq!(allocations(|| ended = ten_thousand_steps(&mut cluster, &mut trends)), 0);
    assert!(ended > 10, "only {ended} episodes ended");
}
