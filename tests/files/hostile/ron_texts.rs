//! Settings, scenarios, studies and search spaces in RON: deep, long, endless, or with more in them than can be carried out.

use super::{Workplace, refused};
use std::fs;

/// As large as a text may be.
const SIZE: usize = (1 << 20) - 1;

fn filled(before: &str, with: &str, after: &str) -> String {
    let room = SIZE - before.len() - after.len();
    format!("{before}{}{after}", with.repeat(room / with.len()))
}

fn refused_everywhere(place: &Workplace, name: &str, part: &str) {
    refused(place, &["settings", "--settings", name], part);
    refused(place, &["train", "--settings", name, "--steps", "16", "--out", "run"], part);
    refused(place, &["train", "--scenario", name, "--steps", "16", "--out", "run"], part);
    refused(place, &["study", name, "--out", "study"], part);
    refused(place, &["tune", "--space", name, "--out", "search"], part);
    refused(place, &["inspect", name], "");
}

#[test]
fn texts_of_any_depth_and_length_are_refused_with_their_place() {
    let place = Workplace::new();
    for (name, text) in [
        ("round.ron", filled("", "(", "")),
        ("square.ron", filled("", "[", "")),
        ("curly.ron", filled("", "{", "")),
        ("some.ron", filled("", "Some(", "")),
        ("fields.ron", filled("", "(a: ", "")),
        ("variants.ron", filled("", "a(", "")),
        ("comment.ron", filled("", "/*", "")),
        ("raw.ron", filled("(cluster: (name: r", "#", "\"")),
        ("string.ron", filled("(cluster: (name: \"", "\\u{41}", "")),
        ("number.ron", filled("(run: (seed: ", "9", "))")),
        ("name.ron", filled("(", "a", ": 1)")),
        ("again.ron", filled("(", "run: (),", ")")),
        ("map.ron", filled("{", "\"a\": 1,", "}")),
        ("quotes.ron", filled("", "\"", "")),
        ("zeros.ron", filled("", "\0", "")),
        ("escape.ron", "(\u{1b}[2J: 1)".to_owned()),
        ("wide.ron", "\u{feff}\u{202e}(".to_owned()),
    ] {
        fs::write(place.path(name), text).unwrap();
        refused_everywhere(&place, name, &format!("{name}:"));
    }
    fs::write(place.path("bytes.ron"), [0xff, b'(', 0]).unwrap();
    refused_everywhere(&place, "bytes.ron", "not UTF-8");
    fs::write(place.path("large.ron"), "(".repeat(SIZE + 2)).unwrap();
    refused_everywhere(&place, "large.ron", "larger than 1 MiB");
}

#[test]
fn values_that_no_run_could_have_are_refused() {
    let place = Workplace::new();
    for (name, text, part) in [
        ("list.ron", filled("(pilot: (hidden: [", "1,", "]))"), "pilot.hidden"),
        ("long.ron", filled("(cluster: (name: \"", "x", "\"))"), "cluster.name"),
        ("clear.ron", "(cluster: (name: \"a\\u{1b}[2Jb\"))".to_owned(), "cluster.name"),
        ("line.ron", "(trace: (file: \"a\\nb\"))".to_owned(), "trace.file"),
        ("nan.ron", "(pilot: (gamma: NaN))".to_owned(), "pilot.gamma"),
        ("inf.ron", "(cluster: (wave_period: inf))".to_owned(), "cluster.wave_period"),
        ("cells.ron", "(cluster: (rows: 18446744073709551615))".to_owned(), "cluster.rows"),
        ("policy.ron", "(run: (policy: \"pilot:/dev/zero\"))".to_owned(), "a pipe or a device"),
    ] {
        fs::write(place.path(name), text).unwrap();
        refused(&place, &["train", "--settings", name, "--steps", "16", "--out", "run"], part);
    }
}

#[test]
fn studies_and_searches_that_nobody_could_carry_out_are_refused() {
    let place = Workplace::new();
    let numbers = |count: u64| (0..count).map(|at| at.to_string()).collect::<Vec<_>>().join(",");
    let variants = |count: u64| (0..count).map(|at| format!("(name: \"v{at}\")")).collect::<Vec<_>>().join(",");
    let study = |scenarios: &str, seeds: &str, variants: &str| {
        format!("(scenarios: [{scenarios}], seeds: [{seeds}], variants: [{variants}])")
    };
    let one = "(name: \"a\")";
    for (name, text, part) in [
        ("seeds.ron", study("\"calm\"", &numbers(140_000), one), "more than 1000 entries"),
        ("variants.ron", study("\"calm\"", "1", &variants(60_000)), "more than 1000 entries"),
        ("jobs.ron", study("\"all\"", &numbers(1_000), &variants(1_000)), "more than 20000 trainings"),
        (
            "set.ron",
            study("\"calm\"", "1", &format!("(name: \"a\", set: {{{}}})", "\"pilot.gamma\":\"0.9\",".repeat(40_000))),
            "settings are changed",
        ),
        ("zero.ron", study("\"/dev/zero\"", "1", one), "a pipe or a device"),
        ("itself.ron", study("\"itself.ron\"", "1", one), "itself.ron:"),
        ("away.ron", study("\"calm\"", "1", "(name: \"policies\")"), "policies"),
    ] {
        fs::write(place.path(name), text).unwrap();
        refused(&place, &["study", name, "--out", "study"], part);
    }
    for (name, text, part) in [
        ("whole.ron", "[(path: \"pilot.n_step\", range: Whole(0, 18446744073709551615))]", "pilot.n_step"),
        ("log.ron", "[(path: \"pilot.gamma\", range: Log(NaN, inf))]", "its bounds must be numbers"),
        ("choice.ron", "[(path: \"pilot.head\", range: Choice([]))]", "it has no values"),
        ("path.ron", "[(path: \"\\u{1b}[2J\", range: Log(0.1, 0.2))]", "there is no setting"),
        ("none.ron", "[]", "nothing to search"),
    ] {
        fs::write(place.path(name), text).unwrap();
        refused(&place, &["tune", "--space", name, "--trials", "1", "--steps", "160", "--out", "search"], part);
    }
}
