//! Evaluation under real load.

use super::rows;
use crate::support::Workplace;
use resonetics::cluster::TraceLoad;
use resonetics::evaluate::{Evaluation, PolicyUnderTest};
use resonetics::settings::{Scenario, TraceSettings};
use resonetics::trace::import;
use std::fmt::Write;
use std::fs;
use std::sync::Arc;

/// A trace of two machines over `samples` samples, whose cpu is `cpu(sample, machine)`.
fn trace(samples: usize, cpu: impl Fn(usize, usize) -> f64) -> String {
    let mut text = String::from("time_s,node,cpu,memory\n");
    for sample in 0..samples {
        for machine in 0..2 {
            let memory = 0.2 + 0.001 * (sample % 50) as f64;
            writeln!(text, "{},m{machine},{:.4},{memory:.4}", 60 * sample, cpu(sample, machine)).unwrap();
        }
    }
    text
}

/// Mean steps and the name of the scenario of a policy, evaluated with `options`.
fn steps(workplace: &Workplace, options: &str) -> (f64, String) {
    workplace.succeed(&format!("evaluate --policy patrol --episodes 6 --seed 5 --out scores.csv --force {options}"));
    let row = &rows(workplace, "scores.csv")[0];
    (row("mean_steps").parse().unwrap(), row("scenario"))
}

#[test]
fn the_machines_of_a_trace_drive_the_episodes() {
    let workplace = Workplace::new();
    fs::write(workplace.path("busy.csv"), trace(40, |_, _| 1.0)).unwrap();
    fs::write(workplace.path("idle.csv"), trace(40, |_, _| 0.02)).unwrap();
    // Busy cells leak faster and bring the mean load to its limit; idle ones do neither.
    let (busy, name) = steps(&workplace, "--trace busy.csv --set trace.memory=false");
    assert_eq!(name, "default with busy.csv memory=false");
    let (idle, name) = steps(&workplace, "--trace idle.csv --set trace.memory=false");
    assert_eq!(name, "default with idle.csv memory=false");
    assert!(busy + 100.0 < idle, "{busy} steps under full load, {idle} under none");
}

#[test]
fn the_trace_is_read_as_the_settings_say_from_the_row_that_the_episode_draws() {
    let workplace = Workplace::new();
    let text = trace(300, |sample, machine| 0.15 + 0.7 * f64::from(u8::from((sample / 60 + machine) % 3 == 0)));
    fs::write(workplace.path("load.csv"), text).unwrap();
    let finished = workplace.succeed("evaluate --policy idle --episodes 2 --trace load.csv");
    let report = "load.csv: canonical CSV, 600 rows read, 0 dropped";
    assert!(finished.stderr.contains(report), "{}", finished.stderr);

    let found = steps(&workplace, "--trace load.csv --set trace.steps_per_row=3");
    assert_eq!(found.1, "default with load.csv steps_per_row=3");
    let table = Arc::new(import(&workplace.path("load.csv")).unwrap().table);
    let load = TraceLoad::new(table, &TraceSettings { steps_per_row: 3, ..TraceSettings::default() });
    let (scenario, policy) = (Scenario::default(), PolicyUnderTest::named("patrol").unwrap());
    let evaluation = Evaluation { scenario: &scenario, policy: &policy, seed: 5 };
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let score = evaluation.play_with_load(Some(&load), 6, &pool, |_| {});
        assert_eq!(format!("{:.6}", score.steps.estimate), format!("{:.6}", found.0));
    }
    let others = ["", "--trace load.csv", "--trace load.csv --set trace.steps_per_row=3 --set trace.start=first"];
    for other in others {
        assert_ne!(steps(&workplace, other).0, found.0, "{other:?} makes no difference");
    }
}

#[test]
fn a_trace_that_cannot_be_used_is_refused() {
    let workplace = Workplace::new();
    fs::write(workplace.path("load.csv"), "time_s,node,cpu\n0,a,0.5\n60,a,o.5\n").unwrap();
    for (options, part) in [
        ("--trace load.csv", "load.csv:3:6: cpu is \"o.5\", expected a number"),
        ("--trace absent.csv", "absent.csv"),
        ("--set trace.steps_per_row=5", "name one with --trace FILE"),
        ("--trace load.csv --set trace.steps_per_row=0", "trace.steps_per_row is \"0\""),
    ] {
        let line = format!("evaluate --policy idle --episodes 2 {options}");
        let finished = workplace.run(&line.split_whitespace().collect::<Vec<_>>());
        assert_eq!(finished.code, 2, "{options}: {finished:?}");
        assert!(finished.stderr.contains(part), "{part:?} is not in the answer to {options}: {}", finished.stderr);
    }
}
