//! What each action does, what it costs, and when it is refused.

use super::{actions, begin, default_with, flooded, scenarios};
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use resonetics::cluster::{Action, Cells, Cluster, Effect};
use resonetics::settings::Scenario;

/// A cluster after one step, with all memory full and all processors idle, and `budget` units left.
fn flooded_cluster(budget: f64, change: impl FnOnce(&mut Scenario)) -> Cluster {
    let mut scenario = flooded();
    (scenario.recovery, scenario.initial_budget) = (0.0, budget);
    change(&mut scenario);
    let mut cluster = begin(&scenario, 6);
    cluster.step(Action::Up);
    assert!(cluster.cells().mem.iter().all(|mem| *mem > 0.95));
    cluster
}

fn here(cluster: &Cluster) -> usize {
    cluster.index(cluster.agent().0, cluster.agent().1)
}

/// Acts; returns the effect, the index of the agent's cell, and the cells before the action.
fn act(cluster: &mut Cluster, action: Action) -> (Effect, usize, Cells) {
    let before = cluster.cells().clone();
    (cluster.act(action), here(cluster), before)
}

/// Indices of the cells that differ.
fn changed(before: &Cells, after: &Cells) -> Vec<usize> {
    let same = |&index: &usize| before.cpu[index] == after.cpu[index] && before.mem[index] == after.mem[index];
    (0..before.cpu.len()).filter(|index| !same(index)).collect()
}

#[test]
fn the_actions_have_the_order_of_the_model() {
    let names = ["up", "down", "left", "right", "full clean", "scale", "memory clean", "throttle"];
    assert_eq!(Action::ALL.map(Action::name), names);
    assert!(Action::ALL.into_iter().enumerate().all(|(at, action)| action.index() == at));
}

#[test]
fn each_clean_up_relieves_the_agents_cell_at_its_cost() {
    let busy = |scenario: &mut Scenario| (scenario.base_low, scenario.base_high) = (1.0, 1.0);
    for (action, cpu_relief, memory, cost) in [
        (Action::FullClean, 0.5, true, 1.0),
        (Action::MemoryClean, 0.0, true, 0.6),
        (Action::Throttle, 0.4, false, 0.3),
    ] {
        for patience in [0, 30] {
            let mut cluster = flooded_cluster(50.0, busy);
            (0..patience).for_each(|_| {
                cluster.step(Action::Up);
            });
            let (effect, here, before) = act(&mut cluster, action);
            let cpu = (before.cpu[here] - cpu_relief).max(0.0);
            let mem = if memory { 0.0 } else { before.mem[here] };
            assert_eq!((cluster.cells().cpu[here], cluster.cells().mem[here]), (cpu, mem), "{action:?}");
            assert_eq!(changed(&before, cluster.cells()), [here], "{action:?} touches this cell only");
            assert_eq!(effect.spent, cost);
            assert!((cluster.budget() - (50.0 - cost)).abs() < 1e-12);
            let cleaned = f64::from(before.cpu[here] - cpu + before.mem[here] - mem);
            assert!((effect.cleaned.unwrap() - cleaned).abs() < 1e-6);
            assert_eq!((effect.priority, effect.refused), (f64::from(before.priority[here]), 0.0));
        }
    }
}

#[test]
fn a_clean_up_may_spend_the_last_unit_and_is_refused_without_it() {
    for (action, cost) in [(Action::FullClean, 1.0), (Action::MemoryClean, 0.6), (Action::Throttle, 0.3)] {
        let mut exact = flooded_cluster(cost, |_| ());
        let (effect, ..) = act(&mut exact, action);
        assert_eq!((effect.spent, effect.refused, exact.budget()), (cost, 0.0, 0.0), "{action:?}");

        let mut short = flooded_cluster(cost - 0.001, |_| ());
        let (effect, _, before) = act(&mut short, action);
        assert_eq!((effect.spent, effect.refused, effect.cleaned), (0.0, 0.2, None), "{action:?}");
        assert_eq!((short.cells(), short.budget()), (&before, cost - 0.001), "a refused action changes nothing");
    }
}

#[test]
fn scaling_relieves_as_many_hotspots_as_the_budget_covers_worst_first() {
    let mut cluster = flooded_cluster(37.0, |_| ());
    let (effect, _, before) = act(&mut cluster, Action::Scale);
    assert_eq!((effect.hotspots, effect.scaled, effect.refused), (36, 7, 0.0));
    assert_eq!((effect.spent, cluster.budget()), (35.0, 2.0));

    let urgency = |index: &usize| 10.0 * before.priority[*index] + before.cpu[*index] + before.mem[*index];
    let mut worst: Vec<usize> = (0..36).collect();
    worst.sort_by(|a, b| urgency(b).total_cmp(&urgency(a)));
    let mut expected = worst[..7].to_vec();
    expected.sort_unstable();
    assert_eq!(changed(&before, cluster.cells()), expected);
    for index in expected {
        assert_eq!(cluster.cells().cpu[index], (before.cpu[index] - 0.3).max(0.0));
        assert_eq!(cluster.cells().mem[index], (before.mem[index] - 0.3).max(0.0));
    }
}

#[test]
fn scaling_spends_only_on_hotspots() {
    // All 36 are hot and the budget covers them; the second time none is hot.
    let mut cluster = flooded_cluster(500.0, |scenario| scenario.max_budget = 500.0);
    let (effect, ..) = act(&mut cluster, Action::Scale);
    assert_eq!((effect.hotspots, effect.scaled, effect.spent), (36, 36, 180.0));
    let (effect, _, before) = act(&mut cluster, Action::Scale);
    assert_eq!((effect.hotspots, effect.scaled, effect.spent, effect.refused), (0, 0, 0.0, 0.2));
    assert_eq!((cluster.cells(), cluster.budget()), (&before, 320.0));
}

#[test]
fn scaling_without_the_budget_for_one_hotspot_has_a_larger_penalty() {
    let mut cluster = flooded_cluster(4.99, |_| ());
    let (effect, _, before) = act(&mut cluster, Action::Scale);
    assert_eq!((effect.hotspots, effect.scaled, effect.spent, effect.refused), (36, 0, 0.0, 0.5));
    assert_eq!((cluster.cells(), cluster.budget()), (&before, 4.99));
}

#[test]
fn the_budget_recovers_each_step_up_to_its_maximum() {
    let scenario = default_with(|scenario| {
        (scenario.initial_budget, scenario.max_budget, scenario.recovery) = (9.0, 10.0, 0.4);
    });
    let mut cluster = begin(&scenario, 1);
    let mut budgets = Vec::new();
    for _ in 0..4 {
        cluster.step(Action::Up);
        budgets.push((cluster.budget() * 10.0).round() / 10.0);
    }
    assert_eq!(budgets, [9.4, 9.8, 10.0, 10.0]);
}

proptest! {
    #[test]
    fn the_budget_stays_between_0_and_its_maximum_and_every_unit_is_accounted_for(
        mut scenario in scenarios(),
        seed in any::<u64>(),
        actions in actions(150),
        costs in (0.001..8.0, 0.0..3.0, 0.0..3.0, 0.0..3.0),
        budget in (0.001..60.0, 0.0..1.0, 0.0..2.0),
    ) {
        (scenario.scale_cost, scenario.full_clean_cost, scenario.memory_clean_cost, scenario.throttle_cost) = costs;
        (scenario.max_budget, scenario.initial_budget, scenario.recovery) = (budget.0, budget.0 * budget.1, budget.2);
        let mut cluster = begin(&scenario, seed);
        for action in actions {
            let before = cluster.budget();
            let effect = cluster.act(action);
            prop_assert!(effect.spent >= 0.0 && effect.spent <= before + 1e-9);
            prop_assert!((cluster.budget() - (before - effect.spent)).abs() < 1e-9);
            prop_assert!(cluster.budget() >= 0.0, "{} after {:?}", cluster.budget(), action);
            let left = cluster.budget();
            cluster.decay();
            cluster.judge(&effect);
            prop_assert_eq!(cluster.budget(), (left + scenario.recovery).min(scenario.max_budget));
            prop_assert!(cluster.budget() <= scenario.max_budget);
        }
    }

    #[test]
    fn spending_the_whole_budget_on_scaling_never_makes_it_negative(
        hotspots in 1..30_u32,
        cost in 0.001..10.0_f64,
        below in 0..3_u32,
    ) {
        // Budgets at the edge of rounding: exactly what so many hotspots cost, and the next smaller numbers.
        let exact = f64::from(hotspots) * cost;
        let budget = f64::from_bits(exact.to_bits() - u64::from(below));
        let mut cluster = flooded_cluster(budget, |scenario| {
            (scenario.scale_cost, scenario.max_budget) = (cost, 1000.0);
        });
        let effect = cluster.act(Action::Scale);
        prop_assert!(cluster.budget() >= 0.0, "{} left of {} after spending {}", cluster.budget(), budget, effect.spent);
    }
}
