//! How episodes end: each cause of collapse, and truncation at the step limit. And how a failure spreads.

use super::{begin, default_with, flooded};
use resonetics::cluster::{Action, Cells, Cluster, CollapseCause, Outcome};
use resonetics::settings::Scenario;

/// Idles until the episode is over.
fn idle_to_the_end(cluster: &mut Cluster) -> Outcome {
    loop {
        let outcome = cluster.step(Action::Up).outcome;
        assert_eq!(outcome, cluster.outcome());
        if outcome.is_over() {
            return outcome;
        }
        assert!(cluster.time() < 10_000, "the episode does not end");
    }
}

/// No cell leaks, and no processor is busy.
fn peaceful(scenario: &mut Scenario) {
    (scenario.leak_median, scenario.leak_max) = (0.0, 0.0);
    (scenario.base_low, scenario.base_high, scenario.wave_amplitude) = (0.1, 0.2, 0.0);
    scenario.burst_probability = 0.0;
}

#[test]
fn a_peaceful_episode_is_truncated_at_the_step_limit_and_not_before() {
    let scenario = default_with(|scenario| {
        peaceful(scenario);
        scenario.max_steps = 40;
    });
    let mut cluster = begin(&scenario, 3);
    assert_eq!(cluster.outcome(), Outcome::Running);
    let outcome = idle_to_the_end(&mut cluster);
    assert_eq!((outcome, cluster.time()), (Outcome::Truncated, 40));
    assert!(outcome.is_over() && !outcome.is_collapse() && !outcome.is_critical());
    assert_eq!(outcome.name(), "truncated");
}

#[test]
fn one_critical_cell_out_of_memory_is_a_collapse() {
    let mut scenario = flooded();
    (scenario.priority_low_share, scenario.priority_mid_share) = (0.0, 0.0);
    let mut cluster = begin(&scenario, 3);
    let outcome = idle_to_the_end(&mut cluster);
    assert_eq!(outcome, Outcome::Terminated(CollapseCause::CriticalOom));
    assert!(outcome.is_collapse() && outcome.is_critical());
    assert!(cluster.out_of_memory().1 > 0);
    assert_eq!(outcome.name(), "critical-oom");
}

#[test]
fn cells_that_are_not_critical_may_fail_up_to_the_limit() {
    for limit in [1, 2, 5] {
        let mut scenario = flooded();
        (scenario.oom_limit, scenario.leak_median, scenario.leak_sigma) = (limit, 0.01, 1.0);
        let mut cluster = begin(&scenario, 3);
        let mut before = 0;
        let outcome = loop {
            let outcome = cluster.step(Action::Up).outcome;
            if outcome.is_over() {
                break outcome;
            }
            before = cluster.out_of_memory().0;
        };
        assert_eq!(outcome, Outcome::Terminated(CollapseCause::OomLimit));
        assert!(before < limit, "{before} cells had failed before, and {limit} make a collapse");
        let (failed, critical) = cluster.out_of_memory();
        assert!(failed >= limit && critical == 0);
        assert!(outcome.is_collapse() && !outcome.is_critical());
        assert_eq!(outcome.name(), "oom-limit");
    }
}

#[test]
fn a_mean_load_above_nine_tenths_is_a_collapse() {
    let mut scenario = flooded();
    (scenario.base_low, scenario.base_high) = (1.0, 1.0);
    let mut cluster = begin(&scenario, 3);
    let mut before = 0.0;
    let outcome = loop {
        let outcome = cluster.step(Action::Up).outcome;
        if outcome.is_over() {
            break outcome;
        }
        before = cluster.mean_load();
    };
    assert_eq!(outcome, Outcome::Terminated(CollapseCause::Overload));
    assert!(before <= 0.9 && cluster.mean_load() > 0.9, "{before} and then {}", cluster.mean_load());
    let cells = cluster.cells();
    let mean = cells.cpu.iter().zip(&cells.mem).map(|(cpu, mem)| f64::from(cpu + mem) / 2.0).sum::<f64>() / 36.0;
    assert!((cluster.mean_load() - mean).abs() < 1e-6);
    assert!(outcome.is_collapse() && !outcome.is_critical());
    assert_eq!(outcome.name(), "overload");
}

#[test]
fn a_cell_is_out_of_memory_from_99_percent_on() {
    // Leaks to just under 0.99 fail no cell; with the same seed, slightly larger ones do.
    let flood = |leak: f64| {
        let mut scenario = flooded();
        (scenario.leak_median, scenario.escalation, scenario.cpu_coupling) = (leak, 0.0, 0.0);
        let mut cluster = begin(&scenario, 3);
        cluster.step(Action::Up);
        let failed = cluster.cells().mem.iter().filter(|mem| **mem >= 0.99).count();
        assert_eq!(cluster.out_of_memory(), (failed, 0));
        failed
    };
    assert_eq!(flood(0.85), 0);
    let some = flood(0.93);
    assert!(some > 0 && some < 36, "{some}");
    assert_eq!(flood(1.0), 36);
}

#[test]
fn a_collapse_at_the_last_step_is_a_collapse_and_not_a_truncation() {
    let mut scenario = flooded();
    (scenario.max_steps, scenario.oom_limit) = (1, 2);
    let mut cluster = begin(&scenario, 3);
    assert_eq!(cluster.step(Action::Up).outcome, Outcome::Terminated(CollapseCause::OomLimit));
    scenario.oom_limit = 16_384;
    let mut cluster = begin(&scenario, 3);
    assert_eq!(cluster.step(Action::Up).outcome, Outcome::Truncated);
}

#[test]
fn a_new_step_limit_ends_the_running_episode_too() {
    let mut cluster = begin(&default_with(peaceful), 3);
    (0..50).for_each(|_| {
        cluster.step(Action::Up);
    });
    cluster.set_max_steps(51);
    assert_eq!((cluster.step(Action::Up).outcome, cluster.time()), (Outcome::Truncated, 51));
}

#[test]
fn a_reset_starts_a_new_episode_after_any_end() {
    let mut cluster = begin(&flooded(), 3);
    cluster.set_max_steps(2);
    idle_to_the_end(&mut cluster);
    cluster.reset(4);
    assert_eq!((cluster.outcome(), cluster.time(), cluster.budget()), (Outcome::Running, 0, 100.0));
    assert!(cluster.cells().mem.iter().all(|mem| *mem < 0.1));
}

#[test]
fn a_cell_out_of_memory_spills_over_its_four_neighbours_around_the_edge() {
    let spilling = |spill_cpu: f64, spill_memory: f64| {
        default_with(|scenario| {
            peaceful(scenario);
            (scenario.rows, scenario.columns, scenario.oom_limit) = (5, 9, 16_384);
            (scenario.priority_low_share, scenario.priority_mid_share) = (1.0, 0.0);
            (scenario.leak_median, scenario.leak_sigma, scenario.leak_max) = (0.001, 2.0, 1.0);
            (scenario.spill_cpu, scenario.spill_memory) = (spill_cpu, spill_memory);
        })
    };
    let (mut met, mut at_the_edge) = (0, 0);
    for seed in 0..40 {
        // Nothing spills until the first cell fails, so both clusters are identical.
        let (mut with, mut without) = (begin(&spilling(0.4, 0.05), seed), begin(&spilling(0.0, 0.0), seed));
        while with.out_of_memory().0 == 0 {
            with.step(Action::Up);
            without.step(Action::Up);
            assert!(with.cells() == without.cells() && with.time() < 5_000);
        }
        let failed: Vec<bool> = with.cells().mem.iter().map(|mem| *mem >= 0.99).collect();
        with.step(Action::Up);
        without.step(Action::Up);
        for row in 0..5 {
            for column in 0..9 {
                let around = [(row + 4, column), (row + 1, column), (row, column + 8), (row, column + 1)];
                let failing = around.iter().filter(|(row, column)| failed[row % 5 * 9 + column % 9]).count() as f32;
                let index = with.index(row, column);
                let gain =
                    |series: fn(&Cells) -> &Vec<f32>| series(with.cells())[index] - series(without.cells())[index];
                let (cpu, mem) = (gain(|cells| &cells.cpu), gain(|cells| &cells.mem));
                assert!((cpu - 0.1 * 0.4 * failing).abs() < 1e-5, "{failing} neighbours failed and cpu gained {cpu}");
                // Memory is clamped to 0 and 1.
                let cut = with.cells().mem[index] == 1.0 || without.cells().mem[index] == 0.0;
                assert!(cut || (mem - 0.05 * failing).abs() < 1e-5, "{failing} neighbours failed and mem gained {mem}");
                met += usize::from(failing > 0.0 && !cut);
                at_the_edge += usize::from(failing > 0.0 && (row == 0 || row == 4 || column == 0 || column == 8));
            }
        }
    }
    assert!(met > 100 && at_the_edge > 20, "{met} neighbours of failed cells were met, {at_the_edge} at the edge");
}
