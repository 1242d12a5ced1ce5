//! The same study writes the same bytes: on one thread or two, interrupted or repeated, complete or extended.

use crate::support::Workplace;
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
    let workplace = Workplace::new();
    fs::write(workplace.path("tiny.ron"), TINY).unwrap();
    workplace
}

/// The rows of a table by the names of their columns.
fn table(text: &str) -> Vec<HashMap<String, String>> {
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    lines.map(|fields| header.iter().cloned().zip(fields).collect()).collect()
}

#[test]
fn results_do_not_depend_on_threads_and_agree_with_their_runs() {
    let workplace = workplace();
    let stdout = workplace.succeed("study tiny.ron --out one --threads 1").stdout;
    workplace.succeed("study tiny.ron --out two --threads 2");
    let results = workplace.read("one/results.csv");
    assert_eq!(results, workplace.read("two/results.csv"));
    assert_eq!(workplace.read("one/summary.md"), workplace.read("two/summary.md"));
    assert!(stdout.starts_with(&workplace.read("one/summary.md")), "the summary is printed:\n{stdout}");

    let rows = table(&results);
    let names: Vec<_> =
        rows.iter().map(|row| format!("{} {} {}", row["scenario"], row["variant"], row["seed"])).collect();
    assert_eq!(names, ["calm default 11", "calm default 12", "calm n-step 1 11", "calm n-step 1 12", "calm patrol "]);
    assert_ne!(rows[0]["mean_return"], rows[1]["mean_return"], "another seed is another Pilot");
    assert_ne!(rows[0]["mean_return"], rows[2]["mean_return"], "and so is another variant");

    let run = "one/calm/n-step-1/seed-12";
    let episodes = table(&workplace.read(&format!("{run}/episodes.csv")));
    let collapses = episodes.iter().filter(|row| row["outcome"] != "truncated").count();
    assert_eq!(rows[3]["training_collapses"], collapses.to_string());
    assert_eq!(rows[3]["training_episodes"], episodes.len().to_string());
    assert_eq!(rows[3]["training_steps"], "3008", "whole ticks of 16 clusters");
    let settings = workplace.read(&format!("{run}/settings.ron"));
    assert!(settings.contains("n_step: 1,") && settings.contains("threads: 1,") && settings.contains("seed: 12,"));

    // The run is an ordinary one: `evaluate` gives the same results.
    workplace.succeed(&format!(
        "evaluate --policy pilot:{run},patrol --scenario calm --episodes 16 --seed 3 --out again.csv"
    ));
    for (row, again) in rows[3..].iter().zip(table(&workplace.read("again.csv"))) {
        for column in ["mean_steps", "collapse_rate", "critical_rate", "mean_return", "iqm_steps"] {
            assert_eq!(row[column], again[column], "{column}");
        }
    }
}

#[test]
fn repeating_a_complete_study_does_nothing_and_lost_parts_are_made_again() {
    let workplace = workplace();
    workplace.succeed("study tiny.ron --out study");
    let results = workplace.read("study/results.csv");
    let modified = |name: &str| fs::metadata(workplace.path(name)).unwrap().modified().unwrap();
    let (kept, lost) = ("study/calm/default/seed-11/summary.json", "study/calm/n-step-1/seed-11/summary.json");
    let before = (modified(kept), modified(lost));
    workplace.succeed("study tiny.ron --out study");
    assert_eq!((modified(kept), modified(lost)), before, "nothing is trained again");

    // As if the program had been killed in the middle of a training, and before another was evaluated.
    fs::remove_file(workplace.path(lost)).unwrap();
    let cut: Vec<_> = results.lines().filter(|line| !line.contains("n-step 1")).collect();
    fs::write(workplace.path("study/results.csv"), cut.join("\n") + "\n").unwrap();
    workplace.succeed("study tiny.ron --out study --threads 2");
    assert_eq!(workplace.read("study/results.csv"), results);
    assert_eq!(modified(kept), before.0, "what was finished is kept");
    assert_ne!(modified(lost), before.1, "what was not is made again");
}

#[test]
fn an_extended_study_equals_one_made_from_the_larger_file() {
    let workplace = workplace();
    let smaller =
        TINY.replace("[11, 12]", "[12]").replace("        (name: \"n-step 1\"", "        // (name: \"n-step 1\"");
    fs::write(workplace.path("smaller.ron"), smaller).unwrap();
    workplace.succeed("study smaller.ron --out study");
    assert_eq!(workplace.read("study/results.csv").lines().count(), 3);
    workplace.succeed("study tiny.ron --out study");
    workplace.succeed("study tiny.ron --out fresh");
    assert_eq!(workplace.read("study/results.csv"), workplace.read("fresh/results.csv"));
    assert_eq!(workplace.read("study/summary.md"), workplace.read("fresh/summary.md"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_study_and_the_same_command_continues_it() {
    use crate::running::{Running, until};

    let workplace = workplace();
    let mut running =
        Running::start(&mut workplace.command(&["study", "tiny.ron", "--out", "study", "--threads", "1"]));
    // The second training has begun, so the first is done.
    until("the study has begun", || workplace.path("study/calm/default/seed-12/steps.csv").exists());
    running.signal("-INT");
    let finished = running.finish();
    assert_eq!(finished.code, 75, "{finished:?}");
    assert!(finished.stdout.contains("Interrupted: repeat the command"), "{finished:?}");
    assert!(finished.stdout.contains("**Not complete: "), "{finished:?}");
    assert!(!workplace.path("study/calm/n-step-1/seed-12").exists(), "it ended before the last training");
    workplace.succeed("study tiny.ron --out study --threads 2");
    workplace.succeed("study tiny.ron --out fresh");
    assert_eq!(workplace.read("study/results.csv"), workplace.read("fresh/results.csv"));
    assert_eq!(workplace.read("study/summary.md"), workplace.read("fresh/summary.md"));
}
