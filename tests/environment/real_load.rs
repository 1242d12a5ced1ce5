//! Real load: cells really follow what the machines of a trace did.

use resonetics::cluster::{Action, Cluster, TraceLoad};
use resonetics::settings::{RewardSettings, Scenario, StartRow, TraceSettings};
use resonetics::trace::{LoadTable, import_from};
use std::fmt::Write;
use std::sync::Arc;

/// A cluster of 6x6 cells that nothing but its load disturbs, at the first row of `table`.
fn follower(table: &LoadTable, settings: TraceSettings) -> Cluster {
    let scenario = Scenario { leak_median: 0.0, leak_max: 0.0, ..Scenario::default() };
    let settings = TraceSettings { start: StartRow::First, ..settings };
    let load = TraceLoad::new(Arc::new(table.clone()), &settings);
    let mut cluster = Cluster::new(scenario, RewardSettings::default(), Some(load));
    cluster.reset(1);
    cluster
}

fn table(text: &str) -> LoadTable {
    import_from("load.csv", text.as_bytes()).unwrap().table
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

/// Pearson's correlation.
fn correlation(one: &[f64], other: &[f64]) -> f64 {
    assert_eq!(one.len(), other.len());
    let (one_mean, other_mean) = (mean(one), mean(other));
    let sum = |term: &dyn Fn(f64, f64) -> f64| -> f64 {
        one.iter().zip(other).map(|(a, b)| term(a - one_mean, b - other_mean)).sum()
    };
    sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt()
}

/// CPU of each cell over `steps` steps in which the agent only walks.
fn walk(cluster: &mut Cluster, steps: usize) -> Vec<Vec<f64>> {
    let mut series = vec![Vec::with_capacity(steps); cluster.cells().cpu.len()];
    for _ in 0..steps {
        cluster.step(Action::Right);
        for (series, cpu) in series.iter_mut().zip(&cluster.cells().cpu) {
            series.push(f64::from(*cpu));
        }
    }
    series
}

/// Three machines, a minute a row: one with the tides of a day, one that does next to nothing, one that is busy and restless.
fn machines(rows: usize) -> LoadTable {
    let mut text = String::from("time_s,node,cpu\n");
    for row in 0..rows {
        let wave = |period: f64| (row as f64 / period).sin();
        let loads = [0.5 + 0.4 * wave(110.0), 0.01 + 0.005 * wave(7.0), 0.75 + 0.1 * wave(23.0) + 0.1 * wave(61.0)];
        for (node, cpu) in loads.into_iter().enumerate() {
            writeln!(text, "{},m-{node},{cpu:.4}", 60 * row).unwrap();
        }
    }
    table(&text)
}

#[test]
fn the_cells_follow_the_machines_they_are_mapped_to() {
    const STEPS: usize = 3_000;
    let table = machines(STEPS + 1);
    let found = walk(&mut follower(&table, TraceSettings::default()), STEPS);
    let mut synthetic = Cluster::new(Scenario::default(), RewardSettings::default(), None);
    synthetic.reset(1);
    let unmoved = walk(&mut synthetic, STEPS);
    for (index, cpu) in found.iter().enumerate() {
        // The cell's own lag: a tenth of the way to the demand each step.
        let mut lagged = vec![cpu[0]];
        for demand in &table.nodes()[index % 3].cpu[2..=STEPS] {
            let last = lagged[lagged.len() - 1];
            lagged.push(last + 0.1 * (f64::from(*demand) - last));
        }
        let (found_mean, lagged_mean) = (mean(cpu), mean(&lagged));
        // Noise of a busy cell averages out; an idle one cannot fall below 0, so its mean lies a little higher.
        assert!((found_mean - lagged_mean).abs() < 0.02, "cell {index}: {found_mean}, {lagged_mean}");
        let none = mean(&unmoved[index]);
        if index % 3 == 1 {
            assert!((found_mean - none).abs() > 0.05, "cell {index}: mean {found_mean}, {none} without the trace");
        } else {
            let (own, none) = (correlation(cpu, &lagged), correlation(&unmoved[index], &lagged));
            assert!(own > 0.85, "cell {index}: correlation {own}");
            assert!(own > none.abs() + 0.3, "cell {index}: synthetic load correlates by {none}");
        }
    }
}

#[test]
fn nodes_are_laid_over_the_cells_in_the_order_of_their_names() {
    let mut text = String::from("time_s,node,cpu\n");
    for (node, cpu) in [("m-10", 0.9), ("m-2", 0.5), ("a", 0.1)] {
        for time in [0, 60] {
            writeln!(text, "{time},{node},{cpu}").unwrap();
        }
    }
    let cpu = walk(&mut follower(&table(&text), TraceSettings::default()), 300);
    for (index, cpu) in cpu.iter().enumerate() {
        let expected = [0.1, 0.5, 0.9][index % 3];
        assert!(
            (mean(&cpu[100..]) - expected).abs() < 0.02,
            "cell {index}: {}, expected {expected}",
            mean(&cpu[100..])
        );
    }
}

#[test]
fn steps_between_two_rows_are_interpolated_and_the_trace_begins_again_at_its_end() {
    // Half an hour at 0 and half an hour at 1, six rows each, ten steps a row: a period of 120 steps.
    let rows = (0..12).map(|row| format!("{},a,{}\n", row * 300, if row < 6 { 0 } else { 1 }));
    let table = table(&format!("time_s,node,cpu\n{}", rows.collect::<String>()));
    let settings = TraceSettings { steps_per_row: 10, ..TraceSettings::default() };
    let cpu = walk(&mut follower(&table, settings), 480);
    let mut expected = vec![cpu[0][0]];
    for step in 2..=480_usize {
        let (row, between) = (step % 120 / 10, (step % 10) as f64 / 10.0);
        let demand = match row {
            0..5 => 0.0,
            5 => between,
            _ => 1.0,
        };
        let last = expected[expected.len() - 1];
        expected.push(last + 0.1 * (demand - last));
    }
    let all: Vec<f64> = (0..480).map(|step| mean(&cpu.iter().map(|cell| cell[step]).collect::<Vec<_>>())).collect();
    for (step, (found, expected)) in all.iter().zip(&expected).enumerate().skip(60) {
        assert!((found - expected).abs() < 0.03, "step {step}: {found}, expected {expected}");
    }
}

#[test]
fn the_memory_of_the_trace_is_added_as_a_drift_that_a_clean_up_undoes() {
    let rows = (0..400).map(|row| format!("{},a,0.3,{}\n", row * 60, 0.1 + 0.002 * f64::from(row)));
    let table = table(&format!("time_s,node,cpu,memory\n{}", rows.collect::<String>()));
    let memory = |memory: bool, action: Action| {
        let mut cluster = follower(&table, TraceSettings { memory, ..TraceSettings::default() });
        let here = cluster.index(cluster.agent().0, cluster.agent().1);
        let start = cluster.cells().mem.clone();
        (0..200).for_each(|_| {
            cluster.step(action);
        });
        let gains: Vec<f64> = cluster.cells().mem.iter().zip(&start).map(|(now, then)| f64::from(now - then)).collect();
        (mean(&gains), cluster.cells().mem[here])
    };
    let (with, filled) = memory(true, Action::Up);
    assert!((with - 0.4).abs() < 0.05, "200 steps of 0.002 gave {with}");
    assert!(filled > 0.3);
    let (without, _) = memory(false, Action::Up);
    assert!(without.abs() < 0.05, "without the trace's memory the cells gained {without}");
    let (_, cleaned) = memory(true, Action::MemoryClean);
    assert!(cleaned < 0.1, "a cell that is cleaned each step holds {cleaned}");
}

#[test]
fn an_episode_begins_at_the_row_of_its_seed_or_at_the_first() {
    let rows = (0..500).map(|row| format!("{},a,{}\n", row * 60, f64::from(row) / 500.0));
    let table = table(&format!("time_s,node,cpu\n{}", rows.collect::<String>()));
    let demand = |start: StartRow, seed: u64| {
        let settings = TraceSettings { start, ..TraceSettings::default() };
        let load = TraceLoad::new(Arc::new(table.clone()), &settings);
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), Some(load));
        cluster.reset(seed);
        let cpu = walk(&mut cluster, 40);
        mean(&cpu.iter().map(|cell| cell[39]).collect::<Vec<_>>())
    };
    assert!((0..20).all(|seed| demand(StartRow::First, seed) < 0.15));
    let random: Vec<f64> = (0..20).map(|seed| demand(StartRow::Random, seed)).collect();
    assert!(random.iter().any(|cpu| *cpu > 0.6) && random.iter().any(|cpu| *cpu < 0.4), "{random:?}");
    assert_eq!(demand(StartRow::Random, 7), demand(StartRow::Random, 7));
}
