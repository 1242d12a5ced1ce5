//! `resonetics inspect`: what every kind of file is, and what is found out about damaged ones.

use crate::support::Workplace;
use std::fs;
use std::path::{Path, PathBuf};

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

/// The files in a folder and in those inside it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn every_file_that_the_program_writes_is_known() {
    let place = Workplace::new();
    place.succeed("train --steps 8000 --clusters 4 --out runs/one --scenario cascade --seed 5 --set pilot.warmup=500");
    place.succeed("export runs/one --out model.safetensors");
    place.succeed("replay --report=why.md runs/one");
    place.succeed(
        "evaluate --policy idle,pilot:runs/one --episodes 4 --out scores.csv --pairs pairs.csv --report report.html",
    );
    place.succeed(
        "evaluate --forecast --policy patrol --scenario cascade --splits 40,20,20 --horizon 20 --out forecasts.csv \
         --reliability reliability.csv",
    );
    let study = "(scenarios: [\"calm\"], seeds: [1], set: {\"run.steps\": \"1600\"}, variants: [(name: \"a\")], \
                 policies: [\"idle\"], evaluation: (episodes: 4))";
    fs::write(place.path("tiny.ron"), study).unwrap();
    place.succeed("study tiny.ron --out study");
    place.succeed("tune --agent qtable --scenario classic --steps 1600 --trials 2 --episodes 4 --out search");
    // What only a window writes.
    let shipped = |name: &str, to: &str| {
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures").join(name), place.path(to)).unwrap();
    };
    fs::create_dir(place.path("runs/one/pictures")).unwrap();
    shipped("time-left.png", "runs/one/pictures/tick-7.png");
    shipped("saved.gif", "film.gif");
    let state = "{\"scenario\": \"calm\", \"seed\": 1, \"tick\": 7, \"mode\": \"cpu\", \"camera\": \"top\", \"cells\": [{}, {}]}";
    fs::write(place.path("runs/one/pictures/tick-7.png.json"), state).unwrap();
    fs::write(place.path("layout.ron"), "(\n    scale: 1.5,\n    strip: true,\n    open: {\"Charts\": true},\n)")
        .unwrap();

    for (file, parts) in [
        ("runs", &["folder of runs, intact", "runs 1"][..]),
        ("runs/one", &["run folder, intact", "files of pictures 2"]),
        ("runs/one/run.lock", &["lock of a folder"]),
        ("runs/one/pictures/tick-7.png", &["picture (PNG), intact", "1280 x 720 pixels"]),
        ("runs/one/pictures/tick-7.png.json", &["state of a picture (JSON), intact", "calm", "cells 2"]),
        ("film.gif", &["film (GIF), intact", "pixels"]),
        ("layout.ron", &["layout of the window (RON), intact"]),
        ("model.safetensors", &["safetensors file of a model"]),
        ("why.md", &["report of a black box (Markdown), intact"]),
        ("scores.csv", &["evaluate --out), intact", "idle, pilot:runs/one"]),
        ("pairs.csv", &["evaluate --pairs), intact", "rows 2"]),
        ("report.html", &["report of an evaluation (HTML), intact", "default"]),
        ("forecasts.csv", &["table of forecasts", "cascade"]),
        ("reliability.csv", &["table of reliability", "cascade"]),
        ("study", &["folder of a study, intact", "runs 1"]),
        ("study/study.ron", &["study (RON), intact"]),
        ("study/results.csv", &["results.csv), intact", "idle"]),
        ("study/summary.md", &["summary of a study (Markdown), intact"]),
        ("study/calm/a/seed-1/evaluation.csv", &["evaluation.csv), intact", "rows 4"]),
        ("search", &["folder of a search, intact", "trials.csv"]),
        ("search/study.ron", &["plan of a search (study.ron), intact", "qtable.gamma"]),
        ("search/trials.csv", &["trials.csv), intact", "rows 2"]),
        ("search/best.ron", &["settings (RON), intact"]),
    ] {
        let message = place.succeed(&format!("inspect {file}")).stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(parts.iter().all(|part| message.contains(part)), "{file}: {message}");
    }
    let all = files(&place.path("."));
    assert!(all.len() > 40, "{all:?}");
    let all: Vec<_> = all.iter().map(|path| path.to_str().unwrap()).collect();
    let finished = place.run(&[&["inspect"], &all[..]].concat());
    assert_eq!(finished.code, 0, "{}", finished.stderr);

    // Each of them is found to be damaged where its end is missing, if it has one, and a folder where a file of it is.
    for file in ["film.gif", "report.html", "runs/one/pictures/tick-7.png", "search/trials.csv", "study/results.csv"] {
        let bytes = fs::read(place.path(file)).unwrap();
        let rest = if file.ends_with("csv") { b"\n".as_slice() } else { b"" };
        fs::write(place.path(file), [&bytes[..bytes.len() - 30], rest].concat()).unwrap();
        let finished = place.run(&["inspect", file]);
        assert!(finished.code == 2 && finished.stderr.contains(file), "{file}: {finished:?}");
    }
    for folder in ["runs", "runs/one", "search", "study"] {
        let finished = place.run(&["inspect", folder]);
        assert!(
            finished.code == 2 && finished.stderr.contains("tick-7.png: it was cut off") == folder.starts_with("runs")
        );
    }
}

#[test]
fn a_damaged_newest_checkpoint_is_told_and_the_one_before_it_is_used() {
    let place = Workplace::new();
    place.succeed("train --steps 2000 --clusters 2 --out run --scenario classic --set run.checkpoint_every=1000");
    let (older, newest) = ("run/checkpoints/step-000000001000.rsnt", "run/checkpoints/step-000000002000.rsnt");
    let bytes = fs::read(place.path(newest)).unwrap();
    // Damage in the model, and damage that takes even the bookmark.
    for (number, at) in [1000, 20].into_iter().enumerate() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        fs::write(place.path(newest), damaged).unwrap();
        for line in [
            format!("export run --out model-{number}.rsnt"),
            format!("evaluate --policy pilot:run --scenario classic --episodes 2 --out scores-{number}.csv"),
        ] {
            let message = place.succeed(&line).stderr;
            let told = format!("{newest} is not a usable checkpoint");
            assert!(message.contains(&told) && message.contains(&format!("{older} is used instead")), "{message}");
        }
        let finished = place.run(&["inspect", "run"]);
        assert!(finished.code == 2 && finished.stderr.contains(newest), "{finished:?}");
        assert!(finished.stdout.contains("newest intact") && finished.stdout.contains("step-000000001000"));
    }
    fs::write(place.path(older), "").unwrap();
    let refused = place.run(&["evaluate", "--policy", "pilot:run", "--episodes", "2"]);
    assert!(refused.code == 2 && refused.stderr.contains("is not a usable checkpoint"), "{refused:?}");
}

#[test]
fn text_is_read_as_editors_on_windows_write_it() {
    let place = Workplace::new();
    let text = place.succeed("settings --scenario calm --ron").stdout;
    let utf16 = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (name, bytes) in [("mark.ron", format!("\u{feff}{text}").into_bytes()), ("utf16.ron", utf16)] {
        fs::write(place.path(name), bytes).unwrap();
        assert!(place.succeed(&format!("inspect {name}")).stdout.contains("settings (RON), intact"), "{name}");
        assert_eq!(place.succeed(&format!("settings --settings {name} --ron")).stdout, text, "{name}");
    }
    fs::write(place.path("bytes.ron"), [0xff, 0xfe, b'('].as_slice()).unwrap();
    let refused = place.run(&["train", "--settings", "bytes.ron"]);
    assert!(refused.code == 2 && refused.stderr.contains("not UTF-8, nor is it UTF-16"), "{refused:?}");
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
