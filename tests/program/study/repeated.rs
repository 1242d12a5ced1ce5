//! The same study gives the same bytes: on one thread or two, interrupted or repeated, at once or grown.

use crate::support::{Finished, Workplace};
use std::collections::HashMap;
use std::fs;

/// Two variants over two seeds, small enough for a test and long enough to learn.
const TINY: &str = r#"(
    about: "A tiny study",
    scenarios: ["calm"],
    seeds: [11, 12],
    set: { "run.steps": "3000", "pilot.warmup": "500", "run.steps_csv_every": "1" },
    variants: [
        (name: "default"),
        (name: "n-step 1", set: { "pilot.n_step": "1" }),
    ],
    policies: ["patrol"],
    evaluation: (episodes: 16, seed: 3),
)
"#;

/// A folder with the tiny study in it.
fn workplace() -> Workplace {
    let place = Workplace::new();
    fs::write(place.path("tiny.ron"), TINY).unwrap();
    place
}

/// The rows of a table by the names of their columns.
fn table(text: &str) -> Vec<HashMap<String, String>> {
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    lines.map(|fields| header.iter().cloned().zip(fields).collect()).collect()
}

#[test]
fn results_do_not_depend_on_threads_and_are_those_of_the_runs_they_name() {
    let place = workplace();
    let message = place.succeed("study tiny.ron --out one --threads 1").stdout;
    place.succeed("study tiny.ron --out two --threads 2");
    let results = place.read("one/results.csv");
    assert_eq!(results, place.read("two/results.csv"));
    assert_eq!(place.read("one/summary.md"), place.read("two/summary.md"));
    assert!(message.starts_with(&place.read("one/summary.md")), "the summary is printed:\n{message}");

    let rows = table(&results);
    let names: Vec<_> =
        rows.iter().map(|row| format!("{} {} {}", row["scenario"], row["variant"], row["seed"])).collect();
    assert_eq!(names, ["calm default 11", "calm default 12", "calm n-step 1 11", "calm n-step 1 12", "calm patrol "]);
    assert_ne!(rows[0]["mean_return"], rows[1]["mean_return"], "another seed is another Pilot");
    assert_ne!(rows[0]["mean_return"], rows[2]["mean_return"], "and so is another variant");

    let run = "one/calm/n-step-1/seed-12";
    let episodes = table(&place.read(&format!("{run}/episodes.csv")));
    let collapses = episodes.iter().filter(|row| row["outcome"] != "truncated").count();
    assert_eq!(rows[3]["training_collapses"], collapses.to_string());
    assert_eq!(rows[3]["training_episodes"], episodes.len().to_string());
    assert_eq!(rows[3]["training_steps"], "3008", "whole ticks of 16 clusters");
    let settings = place.read(&format!("{run}/settings.ron"));
    assert!(settings.contains("n_step: 1,") && settings.contains("threads: 1,") && settings.contains("seed: 12,"));

    // The trained Pilot is an ordinary run, and its row what `evaluate` says of it.
    place.succeed(&format!(
        "evaluate --policy pilot:{run},patrol --scenario calm --episodes 16 --seed 3 --out again.csv"
    ));
    for (row, again) in rows[3..].iter().zip(table(&place.read("again.csv"))) {
        for column in ["mean_steps", "collapse_rate", "critical_rate", "mean_return", "iqm_steps"] {
            assert_eq!(row[column], again[column], "{column}");
        }
    }
}

#[test]
fn a_study_that_is_repeated_does_nothing_and_one_that_lost_parts_makes_them_again() {
    let place = workplace();
    place.succeed("study tiny.ron --out study");
    let results = place.read("study/results.csv");
    let when = |name: &str| fs::metadata(place.path(name)).unwrap().modified().unwrap();
    let (kept, lost) = ("study/calm/default/seed-11/summary.json", "study/calm/n-step-1/seed-11/summary.json");
    let before = (when(kept), when(lost));
    place.succeed("study tiny.ron --out study");
    assert_eq!((when(kept), when(lost)), before, "nothing is trained again");

    // As if the program had been killed in the middle of a training, and before another was evaluated.
    fs::remove_file(place.path(lost)).unwrap();
    let cut: Vec<_> = results.lines().filter(|line| !line.contains("n-step 1")).collect();
    fs::write(place.path("study/results.csv"), cut.join("\n") + "\n").unwrap();
    place.succeed("study tiny.ron --out study --threads 2");
    assert_eq!(place.read("study/results.csv"), results);
    assert_eq!(when(kept), before.0, "what was finished is kept");
    assert_ne!(when(lost), before.1, "what was not is made again");
}

#[test]
fn a_study_that_grows_is_that_of_the_larger_file() {
    let place = workplace();
    let smaller =
        TINY.replace("[11, 12]", "[12]").replace("        (name: \"n-step 1\"", "        // (name: \"n-step 1\"");
    fs::write(place.path("smaller.ron"), smaller).unwrap();
    place.succeed("study smaller.ron --out study");
    assert_eq!(place.read("study/results.csv").lines().count(), 3);
    place.succeed("study tiny.ron --out study");
    place.succeed("study tiny.ron --out fresh");
    assert_eq!(place.read("study/results.csv"), place.read("fresh/results.csv"));
    assert_eq!(place.read("study/summary.md"), place.read("fresh/summary.md"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_study_and_the_same_command_goes_on() {
    use std::process::Command;
    use std::time::{Duration, Instant};

    let place = workplace();
    let child = place.command(&["study", "tiny.ron", "--out", "study", "--threads", "1"]).spawn().unwrap();
    // The second training has begun, so the first is done.
    let began = Instant::now();
    while !place.path("study/calm/default/seed-12/steps.csv").exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "the study does not begin");
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let finished = Finished::from(child.wait_with_output().unwrap());
    assert_eq!(finished.code, 0, "{finished:?}");
    assert!(finished.stdout.contains("Interrupted: the same command goes on"), "{finished:?}");
    assert!(finished.stdout.contains("**Not complete: "), "{finished:?}");
    assert!(!place.path("study/calm/n-step-1/seed-12").exists(), "it ended before the last training");
    place.succeed("study tiny.ron --out study --threads 2");
    place.succeed("study tiny.ron --out fresh");
    assert_eq!(place.read("study/results.csv"), place.read("fresh/results.csv"));
    assert_eq!(place.read("study/summary.md"), place.read("fresh/summary.md"));
}
