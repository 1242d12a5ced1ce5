//! `resonetics inspect`: what every kind of file is, and what is found out about damaged ones.

use crate::support::Workplace;
use std::fs;

/// A folder with a run and copies of other files.
fn place() -> Workplace {
    let place = Workplace::new();
    place.succeed("train --steps 2000 --clusters 2 --out run --scenario classic --seed 5");
    place
}

#[test]
fn every_file_of_a_run_is_known_and_intact() {
    let place = place();
    for (file, parts) in [
        ("run", &["run folder, intact", "checkpoints", "Prophet"][..]),
        ("run/settings.ron", &["settings (RON), intact", "classic, 4 x 4 cells"]),
        ("run/episodes.csv", &["episodes.csv), intact", "rows"]),
        ("run/steps.csv", &["steps.csv), intact", "last step"]),
        ("run/commands.csv", &["commands.csv), intact"]),
        ("run/summary.json", &["summary.json), intact", "finished"]),
        ("run/checkpoints/step-000000002000.rsnt", &["format version 1, intact", "Pilot", "2000", "of tick 1000"]),
    ] {
        let message = place.succeed(&format!("inspect {file}")).stdout;
        assert!(parts.iter().all(|part| message.contains(part)), "{file}: {message}");
    }
    place.succeed("inspect run run/steps.csv");
}

#[test]
fn scenarios_studies_and_traces_are_known() {
    let place = Workplace::new();
    let assets = |file: &str| format!("{}/assets/{file}", env!("CARGO_MANIFEST_DIR"));
    fs::write(place.path("load.txt"), "time_s,node,cpu\n0,a,0.25\n60,a,0.5\n").unwrap();
    for (file, part) in [
        (assets("scenarios/cascade.ron"), "scenario (RON), intact"),
        (assets("studies/pilot.ron"), "study (RON), intact"),
        (assets("profiles/v13.ron"), "settings (RON), intact"),
        (assets("models/qtable.rsnt"), "checkpoint of format version"),
        ("load.txt".to_owned(), "trace, canonical CSV, intact"),
    ] {
        let message = place.succeed(&format!("inspect {file}")).stdout;
        assert!(message.contains(part), "{file}: {message}");
    }
}

#[test]
fn damage_is_found_and_what_is_unknown_is_said_to_be() {
    let place = place();
    let checkpoint = fs::read(place.path("run/checkpoints/step-000000002000.rsnt")).unwrap();
    let mut flipped = checkpoint.clone();
    flipped[1000] ^= 1;
    let steps = place.read("run/steps.csv").into_bytes();
    let endless = String::from_utf8(steps.clone()).unwrap().replacen("0.", "inf", 1);
    let fields = format!("{},1\n", place.read("run/steps.csv").trim_end());
    for (file, bytes, part) in [
        ("flipped", &flipped[..], "checksum of its model does not match"),
        ("cut", &checkpoint[..5000], "it was cut off"),
        ("fields.csv", fields.as_bytes(), "fields, expected 14"),
        ("endless.csv", endless.as_bytes(), "not a finite number"),
        ("bad.json", b"{\"ended\": 3", "cannot be parsed"),
        ("other.json", b"{\"a\": 3}", "no summary of a run"),
        ("bad.ron", b"(cluster: (rows: 1))", "cluster.rows"),
        ("scenario.ron", b"(rows: 4, rivers: 2)", "rivers"),
        ("letter", b"Dear reader,\nhow are you?\n", "it is none of this program's"),
        ("noise", &[0xff, 0xfe, 0, 1, 2], "neither text nor"),
        ("empty", b"", "nothing in it"),
        ("load.csv", b"time_s,node,cpu\n0,a,x\n", "load.csv:2:"),
    ] {
        fs::write(place.path(file), bytes).unwrap();
        let finished = place.run(&["inspect", file]);
        assert_eq!(finished.code, 2, "{file}: {finished:?}");
        assert!(finished.stderr.contains(part) && finished.stderr.contains(file), "{file}: {finished:?}");
    }
    fs::write(place.path("run/steps.csv"), fields).unwrap();
    let finished = place.run(&["inspect", "run"]);
    assert!(finished.code == 2 && finished.stderr.contains("steps.csv: row"), "{finished:?}");
    assert_eq!(place.run(&["inspect", "absent"]).code, 2);
    assert_eq!(place.run(&["inspect", "."]).code, 2);
}

#[test]
fn a_last_line_without_its_end_is_told_and_is_no_fault() {
    let place = place();
    let steps = place.read("run/steps.csv");
    let rows = steps.lines().count() - 1;
    let (whole, last) = steps.trim_end().rsplit_once('\n').unwrap();
    for cut in ["5", &last[..last.len() / 2], last] {
        fs::write(place.path("run/steps.csv"), format!("{whole}\n{cut}")).unwrap();
        for named in ["run/steps.csv", "run"] {
            let message = place.succeed(&format!("inspect {named}")).stdout;
            assert!(
                message.contains("last line") && message.contains("it has no end, so it is no row"),
                "{cut}: {message}"
            );
            let count = message.split("rows").nth(1).unwrap().split([',', '\n']).next().unwrap();
            assert!(named == "run" || count.trim() == (rows - 1).to_string(), "{cut}: {message}");
        }
    }
}
