//! A study evaluates in the world that it trains in, the scripted policies too.

use crate::support::Workplace;
use std::collections::HashMap;
use std::fmt::Write;
use std::fs;

const STUDY: &str = r#"(
    scenarios: ["calm"],
    seeds: [11],
    set: {
        "run.steps": "800", "pilot.warmup": "400", "cluster.max_steps": "40", "trace.file": "load.csv",
        "trace.steps_per_row": "2",
    },
    variants: [
        (name: "common"),
        (name: "n-step 1", set: { "pilot.n_step": "1" }),
        (name: "small", set: { "cluster.rows": "4", "trace.file": "" }),
        (name: "small, n-step 1", set: { "cluster.rows": "4", "trace.file": "", "pilot.n_step": "1" }),
    ],
    policies: ["idle", "patrol"],
    evaluation: (episodes: 8, seed: 3),
)
"#;

/// A trace whose load is high enough to end episodes.
fn trace() -> String {
    (0..60).fold("time_s,node,cpu\n".to_owned(), |mut text, sample| {
        writeln!(text, "{},a,{}", 60 * sample, if sample % 7 < 4 { 1.0 } else { 0.3 }).unwrap();
        text
    })
}

#[test]
fn every_row_of_a_study_has_the_figures_of_its_own_world() {
    let workplace = Workplace::new();
    fs::write(workplace.path("study.ron"), STUDY).unwrap();
    fs::write(workplace.path("load.csv"), trace()).unwrap();
    workplace.succeed("study study.ron --out study");
    let results = workplace.read("study/results.csv");
    let mut reader = csv::Reader::from_reader(results.as_bytes());
    let rows: Vec<HashMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    let names: Vec<_> = rows.iter().map(|row| row["variant"].as_str()).collect();
    let expected = ["common", "n-step 1", "small", "small, n-step 1", "idle", "patrol", "idle, small", "patrol, small"];
    assert_eq!(names, expected);

    let traced = "--set cluster.max_steps=40 --trace load.csv --set trace.steps_per_row=2";
    let small = "--set cluster.max_steps=40 --set cluster.rows=4";
    for (at, policy, world) in [
        (0, "pilot:study/calm/common/seed-11", traced),
        (2, "pilot:study/calm/small/seed-11", small),
        (5, "patrol", traced),
        (6, "idle", small),
        (7, "patrol", small),
    ] {
        let line =
            format!("evaluate --policy {policy} --scenario calm --episodes 8 --seed 3 --out out{at}.csv {world}");
        let finished = workplace.succeed(&line);
        assert!(!finished.stderr.contains("another world"), "{}", finished.stderr);
        let again = workplace.read(&format!("out{at}.csv"));
        let again: HashMap<String, String> =
            csv::Reader::from_reader(again.as_bytes()).deserialize().next().unwrap().unwrap();
        for column in ["mean_steps", "collapse_rate", "mean_return", "iqm_steps"] {
            assert_eq!(rows[at][column], again[column], "{column} of {policy}");
        }
        assert!(again["mean_steps"].parse::<f64>().unwrap() <= 40.0);
    }
    assert_ne!(rows[5]["mean_return"], rows[7]["mean_return"], "the worlds differ");

    // Only rows of the first variant's world are compared with it.
    let summary = workplace.read("study/summary.md");
    let difference = |name: &str| {
        let row = summary.lines().find(|line| line.starts_with(&format!("| {name} |"))).unwrap();
        row.split(" | ").nth(4).unwrap().to_owned()
    };
    assert_ne!(difference("n-step 1"), "-");
    assert_ne!(difference("patrol"), "-");
    assert_eq!((difference("small"), difference("patrol, small")), ("-".to_owned(), "-".to_owned()));
}

#[test]
fn a_study_under_a_trace_that_cannot_be_used_begins_nothing() {
    let workplace = Workplace::new();
    fs::write(workplace.path("study.ron"), STUDY).unwrap();
    let finished = workplace.run(&["study", "study.ron", "--out", "study"]);
    assert_eq!(finished.code, 2, "{finished:?}");
    assert!(finished.stderr.contains("load.csv"), "{}", finished.stderr);
    assert!(!workplace.path("study").exists());
}
