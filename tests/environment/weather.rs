//! Seeds and entropy: the same seed gives the same random events, whatever the agent does.

use super::{actions, begin, default_with, observe, scenarios};
use proptest::prelude::{any, prop_assert, prop_assert_eq, prop_assume, proptest};
use resonetics::cluster::{Action, Cluster};
use resonetics::settings::load_scenario;

/// The bits of all public state.
fn bits(cluster: &Cluster) -> Vec<u64> {
    let cells = cluster.cells();
    let floats = [&cells.cpu, &cells.mem, &cells.priority, &cells.leak].into_iter().flatten();
    let mut bits: Vec<u64> = floats.chain(&observe(cluster).0).map(|number| u64::from(number.to_bits())).collect();
    bits.extend([cluster.budget().to_bits(), cluster.agent().0 as u64, cluster.agent().1 as u64]);
    bits
}

proptest! {
    #[test]
    fn the_same_seed_and_actions_give_the_same_bits_whatever_was_played_before(
        scenario in scenarios(),
        seed in any::<u64>(),
        earlier in any::<u64>(),
        actions in actions(80),
    ) {
        let mut fresh = begin(&scenario, seed);
        let mut used = begin(&scenario, earlier);
        for action in &actions {
            used.step(*action);
        }
        used.reset(seed);
        for action in actions {
            prop_assert_eq!(bits(&fresh), bits(&used));
            prop_assert_eq!(fresh.step(action), used.step(action));
        }
        prop_assert_eq!(bits(&fresh), bits(&used));
    }

    #[test]
    fn another_seed_is_another_episode(scenario in scenarios(), seeds in any::<(u64, u64)>()) {
        prop_assume!(seeds.0 != seeds.1);
        let (mut one, mut other) = (begin(&scenario, seeds.0), begin(&scenario, seeds.1));
        prop_assert!(bits(&one) != bits(&other));
        one.step(Action::Up);
        other.step(Action::Up);
        prop_assert!(bits(&one) != bits(&other));
    }

    #[test]
    fn the_random_events_do_not_depend_on_the_actions(seed in any::<u64>(), actions in actions(200)) {
        // Without spilling, a cell that no action changed has the same bits under any two policies only if its noise,
        // demand, bursts and storms come from the same positions of the stream.
        let mut scenario = load_scenario("leak-storm").unwrap();
        scenario.storm_probability = 0.1;
        scenario.burst_probability = 0.05;
        let (mut busy, mut idle) = (begin(&scenario, seed), begin(&scenario, seed));
        let mut touched = vec![false; scenario.cells()];
        for action in actions {
            let before = busy.cells().clone();
            let effect = busy.act(action);
            for (index, touched) in touched.iter_mut().enumerate() {
                let (now, was) = (busy.cells(), &before);
                *touched |= (now.cpu[index], now.mem[index]) != (was.cpu[index], was.mem[index]);
            }
            busy.decay();
            busy.judge(&effect);
            idle.step(Action::Up);
            for (index, touched) in touched.iter().enumerate() {
                let (busy, idle) = (busy.cells(), idle.cells());
                let same = (busy.cpu[index], busy.mem[index]) == (idle.cpu[index], idle.mem[index]);
                prop_assert!(same || *touched, "cell {} at {:?}", index, action);
            }
        }
    }
}

#[test]
fn a_cell_that_was_cleaned_is_no_longer_the_same() {
    // Otherwise the property above might hold because actions have no effect at all.
    let scenario = load_scenario("leak-storm").unwrap();
    let (mut busy, mut idle) = (begin(&scenario, 4), begin(&scenario, 4));
    for _ in 0..20 {
        busy.step(Action::FullClean);
        idle.step(Action::Up);
    }
    let differing = (0..36).filter(|&index| busy.cells().mem[index] != idle.cells().mem[index]).count();
    assert_eq!(differing, 1);
}

#[test]
fn a_reset_draws_what_the_model_says() {
    let scenario = default_with(|scenario| {
        (scenario.rows, scenario.columns) = (128, 128);
        (scenario.priority_low_share, scenario.priority_mid_share) = (0.5, 0.3);
        (scenario.leak_sigma, scenario.leak_max) = (1.0, 0.03);
    });
    let cluster = begin(&scenario, 8);
    let cells = cluster.cells();
    let mean = |numbers: &[f32]| numbers.iter().sum::<f32>() / numbers.len() as f32;
    assert!(cells.cpu.iter().all(|cpu| (0.0..0.3).contains(cpu)) && (mean(&cells.cpu) - 0.15).abs() < 0.003);
    assert!(cells.mem.iter().all(|mem| (0.0..0.1).contains(mem)) && (mean(&cells.mem) - 0.05).abs() < 0.001);
    for (priority, share) in [(0.2, 0.5), (0.5, 0.3), (1.0, 0.2)] {
        let found = cells.priority.iter().filter(|found| **found == priority).count() as f64 / 16_384.0;
        assert!((found - share).abs() < 0.02, "{found} of the cells have priority {priority}");
    }
    let mut leaks = cells.leak.clone();
    leaks.sort_by(f32::total_cmp);
    assert!((leaks[8_192] - 0.0025).abs() < 0.0002, "median {}", leaks[8_192]);
    // One standard deviation of the logarithm above the median lies at a factor of e.
    assert!((leaks[13_785] / 0.0025 - 1.0_f32.exp()).abs() < 0.2, "{}", leaks[13_785]);
    assert_eq!(*leaks.last().unwrap(), 0.03, "the largest leaks are capped");
    assert_eq!((cluster.time(), cluster.budget(), cluster.episode_seed()), (0, 100.0, 8));
}

#[test]
fn leaks_grow_by_the_escalation_and_with_the_processor() {
    let scenario = default_with(|scenario| {
        (scenario.leak_median, scenario.leak_sigma, scenario.leak_max) = (0.001, 0.0, 0.001);
        (scenario.escalation, scenario.cpu_coupling) = (5.0, 2.0);
        (scenario.base_low, scenario.base_high, scenario.wave_amplitude) = (1.0, 1.0, 0.0);
    });
    let mut cluster = begin(&scenario, 1);
    assert!((cluster.leak_now(0) - 0.001).abs() < 1e-9, "an idle processor leaks at its own rate");
    (0..100).for_each(|_| {
        cluster.step(Action::Up);
    });
    // After 100 steps the escalation is 1 + 5 * 100 / 500, and the processor is nearly full: a factor of up to 3.
    let busy = (f64::from(cluster.cells().cpu[0]) - 0.5) / 0.5;
    assert!(busy > 0.8, "demand of 1 leaves cpu at {}", cluster.cells().cpu[0]);
    assert!((cluster.leak_now(0) - 0.002 * (1.0 + 2.0 * busy)).abs() < 1e-9);
}
