//! Files that a command is asked to write: what exists stays, unless it may be replaced, and no work is lost to a refusal.

use crate::support::Workplace;
use std::fs;

/// Runs the program, which must refuse with exit code 2 before any work: nothing is printed.
fn refused(place: &Workplace, line: &str, part: &str) {
    let finished = place.run(&line.split(' ').collect::<Vec<_>>());
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""), "{line}: {finished:?}");
    assert!(finished.stderr.contains(part), "{line}: {:?} is not in {}", part, finished.stderr);
    assert!(!finished.stderr.contains("episodes/s") && !finished.stderr.contains("panicked"), "{}", finished.stderr);
}

const EVALUATE: &str = "evaluate --policy idle,patrol --episodes 4 --threads 1";
const FORECAST: &str = "evaluate --forecast --policy patrol --splits 4,4,4 --horizon 20 --threads 1";

#[test]
fn no_command_writes_over_a_file_unless_it_may() {
    let place = Workplace::new();
    place.succeed("train --scenario cascade --steps 4000 --clusters 2 --set cluster.leak_median=0.02 --out run");
    let black_box = fs::read_dir(place.path("run/blackbox")).unwrap().next().expect("a collapse").unwrap().file_name();
    let black_box = format!("run/blackbox/{}", black_box.to_str().unwrap());
    let lines = [
        format!("{EVALUATE} --out FILE"),
        format!("{EVALUATE} --pairs FILE"),
        format!("{EVALUATE} --report FILE"),
        format!("{FORECAST} --out FILE"),
        format!("{FORECAST} --reliability FILE"),
        "export run --out FILE".to_owned(),
        "export run --out FILE.safetensors".to_owned(),
        format!("replay --report=FILE {black_box}"),
    ];
    for line in lines {
        for name in ["mine", "mine.safetensors"] {
            fs::write(place.path(name), "mine").unwrap();
        }
        let line = line.replace("FILE", "mine");
        refused(&place, &line, "exists and is not overwritten: name another file, or replace it with --force");
        refused(&place, &line.replace("mine", "absent/mine"), "there is no folder absent: create it first");
        assert_eq!((place.read("mine").as_str(), place.read("mine.safetensors").as_str()), ("mine", "mine"), "{line}");
        place.succeed(&format!("{line} --force"));
        let replaced = if line.ends_with(".safetensors") { "mine.safetensors" } else { "mine" };
        assert_ne!(fs::read(place.path(replaced)).unwrap(), b"mine", "{line} --force");
        for own in ["settings.ron", "episodes.csv", "checkpoints/step-000000004000.rsnt"] {
            let line = line.replace("mine.safetensors", "mine").replace("mine", &format!("run/{own}"));
            let before = fs::read(place.path(&format!("run/{own}"))).unwrap();
            refused(&place, &format!("{line} --force"), "a run keeps this file for itself");
            assert!(fs::read(place.path(&format!("run/{own}"))).unwrap() == before, "{line}");
        }
    }
    assert!(!place.path("absent").exists());
    refused(&place, &format!("{EVALUATE} --out one.csv --pairs ./one.csv --force"), "two options name ./one.csv");
    refused(&place, &format!("{FORECAST} --out one.csv --reliability one.csv"), "two options name one.csv");
    assert!(!place.path("one.csv").exists());
}

#[cfg(feature = "visual")]
#[test]
fn a_picture_or_film_is_refused_before_a_run_begins_and_so_is_the_state_beside_a_picture() {
    let place = Workplace::new();
    for name in ["picture.png", "film.gif", "other.png.json", "other.json"] {
        fs::write(place.path(name), "mine").unwrap();
    }
    for (line, part) in [
        ("--screenshot picture.png --at-tick 3", "picture.png exists"),
        ("--screenshot other.png --at-tick 3", "other.png.json exists"),
        ("--film film.gif --at-tick 3", "film.gif exists"),
        ("--film absent/film.gif --at-tick 3 --force", "there is no folder absent"),
    ] {
        refused(&place, line, part);
    }
    assert!(!place.path("runs").exists(), "no run began");
    for name in ["picture.png", "film.gif", "other.png.json", "other.json"] {
        assert_eq!(place.read(name), "mine");
    }
}

#[cfg(unix)]
#[test]
fn a_link_is_written_through_and_a_device_is_not_replaced() {
    use std::os::unix::fs::symlink;
    let place = Workplace::new();
    fs::create_dir(place.path("kept")).unwrap();
    fs::write(place.path("kept/table.csv"), "mine").unwrap();
    symlink("kept/table.csv", place.path("table.csv")).unwrap();
    symlink("/dev/null", place.path("nothing.csv")).unwrap();
    let line = |file: &str| format!("{EVALUATE} --force --out {file}");
    place.succeed(&line("table.csv"));
    assert!(fs::symlink_metadata(place.path("table.csv")).unwrap().is_symlink());
    assert!(place.read("kept/table.csv").starts_with("scenario,policy"));
    refused(&place, &line("nothing.csv"), "a device, which cannot be replaced");
    refused(&place, &line("kept"), "it is a folder");
}
