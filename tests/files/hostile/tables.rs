//! The tables that are read back: of a run, of a study, of a search.

use super::{Workplace, refused};
use std::fs::{self, File};
use std::io::{BufWriter, Write};

#[test]
fn a_run_with_a_hostile_table_of_episodes_is_inspected_and_reported_within_bounds() {
    let place = Workplace::new();
    place.succeed("train --steps 2000 --clusters 2 --out run --scenario classic --seed 5 --set pilot.hidden=4");
    let good = place.read("run/episodes.csv");
    let (header, rows) = good.split_once('\n').unwrap();
    let first = rows.lines().next().unwrap();
    let report = [
        "evaluate",
        "--policy",
        "pilot:run",
        "--scenario",
        "classic",
        "--episodes",
        "4",
        "--threads",
        "1",
        "--report",
        "page.html",
    ];
    let endless_row = format!("{header}\n\"{}", "0,\n".repeat(40_000_000));
    for (text, part) in [
        (endless_row, "it is longer than 256 KiB"),
        (format!("{header}\n{}\n", "x".repeat(30 << 20)), "it is longer than 256 KiB"),
        (format!("{}\n", "a,".repeat(1 << 20)), "it is longer than 256 KiB"),
        (format!("{header}\n{}\n", first.replacen("0,", "-1,", 1)), "run/episodes.csv"),
        (format!("{header}\n{first},1\n"), "fields, expected"),
        (format!("{header}\n{}\n", first.replace('.', "e999.")), "run/episodes.csv"),
    ] {
        fs::write(place.path("run/episodes.csv"), text).unwrap();
        refused(&place, &["inspect", "run/episodes.csv"], "");
        if !part.starts_with("run/") {
            refused(&place, &report, part);
        }
        refused(&place, &["inspect", "run"], "episodes.csv");
    }
    fs::write(place.path("run/episodes.csv"), b"\xff\xfe\0").unwrap();
    refused(&place, &report, "not a table of a run's episodes");
    fs::remove_file(place.path("run/episodes.csv")).unwrap();
    fs::create_dir(place.path("run/episodes.csv")).unwrap();
    refused(&place, &report, "folder");
}

#[test]
fn a_table_of_more_episodes_than_a_run_has_is_refused_within_bounds() {
    let place = Workplace::new();
    place.succeed("train --steps 320 --clusters 2 --out run --scenario classic --seed 5 --set pilot.hidden=4");
    let mut file = BufWriter::new(File::create(place.path("run/episodes.csv")).unwrap());
    file.write_all(b"global_step,length,outcome,effective_epsilon,handed_over\n").unwrap();
    for _ in 0..8_000_001 {
        file.write_all(b"1,1,a,0,0\n").unwrap();
    }
    drop(file);
    let report = [
        "evaluate",
        "--policy",
        "pilot:run",
        "--scenario",
        "classic",
        "--episodes",
        "4",
        "--threads",
        "1",
        "--report",
        "page.html",
    ];
    refused(&place, &report, "more than 8000000 rows");
}

#[test]
fn a_study_or_a_search_does_not_go_on_from_hostile_tables() {
    let place = Workplace::new();
    fs::write(place.path("small.ron"), "(scenarios: [\"calm\"], seeds: [1], set: {\"run.steps\": \"160\"}, variants: [(name: \"a\")], evaluation: (episodes: 2))").unwrap();
    place.succeed("study small.ron --threads 1 --out study");
    let study = ["study", "small.ron", "--threads", "1", "--out", "study"];
    let results = place.read("study/results.csv");
    let header = results.lines().next().unwrap();
    for (text, part) in [
        ("x".repeat(17 << 20), "larger than 16 MiB"),
        (format!("{header}\n\"{}", "0,\n".repeat(1 << 20)), "longer than 256 KiB"),
        (format!("{header}\ncalm,a,1\n"), "3 fields, expected 16"),
        (results.replacen("calm,a,1,2,", "calm,a,1,2,inf", 1), "mean_steps"),
        ("a,b\n1,2\n".to_owned(), "it has other columns"),
    ] {
        fs::write(place.path("study/results.csv"), text).unwrap();
        refused(&place, &study, part);
    }
    fs::write(place.path("study/results.csv"), &results).unwrap();
    for (text, part) in [
        ("(".repeat(900_000), "study.ron:1:"),
        ("x".repeat(17 << 20), "larger than 16 MiB"),
        ("()".to_owned(), "scenarios"),
    ] {
        fs::write(place.path("study/study.ron"), text).unwrap();
        refused(&place, &study, part);
    }

    let search = [
        "tune",
        "--agent",
        "qtable",
        "--scenario",
        "calm",
        "--steps",
        "160",
        "--trials",
        "1",
        "--seeds",
        "1",
        "--episodes",
        "8",
        "--out",
        "search",
    ];
    assert_eq!(place.run(&search).code, 0);
    let (plan, trials) = (place.read("search/study.ron"), place.read("search/trials.csv"));
    for (text, part) in [
        (trials.replacen("finished,", "finished,NaN", 1), "is not a valid trial"),
        (trials.replacen("\n0,", "\n7,", 1), "is not a valid trial"),
        ("x".repeat(17 << 20), "larger than 16 MiB"),
        ("a,b\n".to_owned(), "its columns"),
    ] {
        fs::write(place.path("search/trials.csv"), text).unwrap();
        refused(&place, &search, part);
    }
    fs::write(place.path("search/trials.csv"), &trials).unwrap();
    for (text, part) in [
        ("[".repeat(900_000), "study.ron:1:"),
        ("x".repeat(17 << 20), "larger than"),
        (plan.replacen("seeds: 1", "seeds: -1", 1), "study.ron:"),
    ] {
        fs::write(place.path("search/study.ron"), text).unwrap();
        refused(&place, &search, part);
    }
}

#[test]
fn a_hostile_summary_is_refused_by_inspect() {
    let place = Workplace::new();
    for (name, text) in [
        ("deep.json", "{\"a\":".repeat(150_000)),
        ("square.json", format!("{{\"ended\": {}", "[".repeat(900_000))),
        ("large.json", format!("{{\"ended\": \"{}\"}}", "x".repeat(2 << 20))),
        ("escape.json", "{\"ended\": \"\\u001b[2J\", \"ticks\": 1, \"version\": \"\\u001b[2J\"}".to_owned()),
        ("surrogate.json", "{\"ended\": \"\\ud800\"}".to_owned()),
        ("twice.json", "{\"ended\": 1, \"ended\": 1e999}".to_owned()),
    ] {
        fs::write(place.path(name), text).unwrap();
        refused(&place, &["inspect", name], name);
    }
}

#[test]
fn a_hostile_table_of_commands_is_refused_within_bounds_before_anything_starts() {
    let place = Workplace::new();
    let train = ["train", "--ticks", "20", "--clusters", "2", "--out", "run", "--commands", "commands.csv"];
    let header = "tick,command\n";
    for (text, part) in [
        ("x".repeat(17 << 20), "larger than 16 MiB"),
        (format!("{header}0,\"{}", "save\n".repeat(3 << 20)), "commands.csv:"),
        (format!("{header}{}", "0,save\n".repeat(2 << 20)), "there are more than 200000 commands"),
        (
            format!("{header}0,save {}\n0,x\n", "a".repeat(100 << 10)),
            "commands.csv:3:3: \"x\" is not the beginning of a command",
        ),
        (format!("{header}0,save {}\n0,x\n", "a".repeat(15 << 20)), "commands.csv:2:1: it is longer than 256 KiB"),
        (format!("{header}0,set {} 1\n", "a".repeat(100 << 10)), "there is no setting"),
        (format!("{header}0,set cluster.name {}\n", "\u{1b}[2J"), "commands.csv:2:7"),
        (format!("{header}0,drive \u{1b}[2J\n"), "is not an action"),
        (format!("{header}0,load /dev/zero\n"), "networks of other files cannot be repeated"),
        (format!("{header}0,kill row 99999999999999999999 column 0 in cluster 0\n"), "expected a row from 0 to 5"),
        (format!("{header}9,save\n8,save\n"), "tick 8 comes after tick 9"),
        ("tick,command".to_owned(), "its first line should be"),
    ] {
        fs::write(place.path("commands.csv"), text).unwrap();
        refused(&place, &train, part);
    }
    fs::write(place.path("commands.csv"), b"tick,command\n0,save \xff\n").unwrap();
    refused(&place, &train, "commands.csv:2:1: it holds bytes that are not UTF-8");
    fs::remove_file(place.path("commands.csv")).unwrap();
    refused(&place, &train, "cannot read commands.csv");
    fs::create_dir(place.path("commands.csv")).unwrap();
    refused(&place, &train, "it is a folder, not a file");
    // What it may do is done in the run alone.
    fs::remove_dir(place.path("commands.csv")).unwrap();
    fs::write(place.path("commands.csv"), "tick,command\n3,save /stolen.rsnt\n3,save ../stolen\n4,export stolen.csv\n")
        .unwrap();
    place.succeed(&train.join(" "));
    let names: Vec<_> = fs::read_dir(place.path(".")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.len() == 2 && place.path("run").exists(), "{names:?}");
}
