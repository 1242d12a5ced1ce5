//! Real load: training on the shared traces, and cells that really follow what the machines did. The tests on files
//! under `../shared/traces` are skipped where that folder is absent.

mod program;

use program::Workplace;
use resonetics::cluster::{Action, Cluster, TraceLoad};
use resonetics::settings::{RewardSettings, Scenario, StartRow, TraceSettings};
use resonetics::trace::{LoadTable, import, import_from};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file of the shared folder, or nothing where that is not here.
fn shared(file: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/traces");
    if folder.is_dir() {
        return Some(folder.join(file));
    }
    println!("skipped: ../shared/traces is not here");
    None
}

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

#[test]
fn training_runs_on_every_format_and_reports_what_was_read() {
    for (file, report) in [
        (
            "smd/machines.csv",
            "machines.csv: canonical CSV, 142,179 rows read, 0 dropped, 0 values clamped, 39 gaps filled; \
             6 nodes x 23,703 samples of 60 s, cpu and memory.",
        ),
        (
            "bitbrains/vm.csv",
            "vm.csv: Bitbrains GWA-T-12, 8,619 rows read, 0 dropped, 0 values clamped, 22 gaps filled; \
             1 node x 8,641 samples of 300 s, cpu and memory.",
        ),
        (
            "nab/ec2_cpu_utilization_825cc2.csv",
            "ec2_cpu_utilization_825cc2.csv: CloudWatch CSV, 4,032 rows read, 0 dropped, 0 values clamped, \
             2 gaps filled; 1 node x 4,034 samples of 300 s, cpu only.",
        ),
    ] {
        let Some(path) = shared(file) else { return };
        let place = Workplace::new();
        let trace = path.to_str().unwrap();
        let line = ["train", "--trace", trace, "--steps", "3200", "--set", "pilot.warmup=500", "--out", "run"];
        let finished = place.run(&line);
        assert_eq!(finished.code, 0, "{finished:?}");
        assert!(finished.stderr.contains(report), "{report:?} is not in\n{}", finished.stderr);
        assert!(finished.stdout.contains("Finished after 3200 steps"), "{}", finished.stdout);
        assert!(place.read("run/settings.ron").contains(trace));
        let synthetic = place.succeed("train --steps 3200 --set pilot.warmup=500 --out synthetic");
        assert!(!synthetic.stderr.contains("rows read"));
        assert_ne!(place.read("run/episodes.csv"), place.read("synthetic/episodes.csv"), "{file}");
    }
}

#[test]
fn the_cells_follow_the_machines_they_are_mapped_to() {
    const STEPS: usize = 3_000;
    for file in ["smd/machines.csv", "bitbrains/vm.csv", "nab/ec2_cpu_utilization_825cc2.csv"] {
        let Some(path) = shared(file) else { return };
        let table = import(&path).unwrap().table;
        let found = walk(&mut follower(&table, TraceSettings::default()), STEPS);
        let mut synthetic = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        synthetic.reset(1);
        let unmoved = walk(&mut synthetic, STEPS);
        let mut followed = 0;
        for (index, cpu) in found.iter().enumerate() {
            // The cell's own lag: a tenth of the way to the demand each step.
            let node = &table.nodes()[index % table.nodes().len()];
            let mut lagged = vec![cpu[0]];
            for demand in &node.cpu[2..=STEPS] {
                let last = lagged[lagged.len() - 1];
                lagged.push(last + 0.1 * (f64::from(*demand) - last));
            }
            let (found_mean, lagged_mean) = (mean(cpu), mean(&lagged));
            // Noise of a busy cell averages out; an idle one cannot fall below 0, so its mean lies a little higher.
            assert!((found_mean - lagged_mean).abs() < 0.02, "{file}, cell {index}: {found_mean}, {lagged_mean}");
            let spread = (lagged.iter().map(|cpu| (cpu - lagged_mean).powi(2)).sum::<f64>() / STEPS as f64).sqrt();
            if spread > 0.05 {
                followed += 1;
                let (own, none) = (correlation(cpu, &lagged), correlation(&unmoved[index], &lagged));
                assert!(own > 0.85, "{file}, cell {index}: correlation {own}");
                assert!(own > none.abs() + 0.3, "{file}, cell {index}: synthetic load correlates by {none}");
            }
        }
        println!("{file}: {followed} cells follow a machine of any movement");
        let means: Vec<f64> = [&found, &unmoved].map(|cells| mean(&cells.concat())).to_vec();
        assert!(
            (means[0] - means[1]).abs() > 0.05,
            "{file}: mean cpu {} under the trace, {} without",
            means[0],
            means[1]
        );
        assert!(followed > 0 || file.starts_with("bitbrains"), "{file} moves too little for this test");
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
