//! Errors for names, texts and values: what is wrong, where, and what is allowed.

use super::{NAMES, refusal};
use resonetics::settings::{Settings, SettingsError, load_scenario, load_settings};
use std::fs;

/// The error for `text` as a scenario file.
fn scenario_refusal(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.ron");
    fs::write(&file, text).unwrap();
    let message = load_scenario(file.to_str().unwrap()).unwrap_err().to_string();
    message.replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn unknown_names_are_refused_with_the_nearest_and_all_that_are_known() {
    let scenario = load_scenario("rush-houer").unwrap_err().to_string();
    assert_eq!(scenario, format!("there is no scenario \"rush-houer\" (did you mean \"rush-hour\"?); known: {NAMES}"));
    assert_eq!(
        load_scenario("xyzzy").unwrap_err().to_string(),
        format!("there is no scenario \"xyzzy\"; known: {NAMES}")
    );
    let profile = load_settings("v12").unwrap_err().to_string();
    assert_eq!(profile, "there is no settings profile \"v12\" (did you mean \"v13\"?); known: v10, v13");

    let mut settings = Settings::default();
    let setting = settings.set("explortion.fear", "0.5").unwrap_err();
    assert!(matches!(setting, SettingsError::Unknown { kind: "setting", .. }));
    let setting = setting.to_string();
    assert!(
        setting.starts_with("there is no setting \"explortion.fear\" (did you mean \"exploration.fear\"?)"),
        "{setting}"
    );
    assert!(setting.contains("run.steps, run.seed") && setting.ends_with("view.layout"), "{setting}");
    assert_eq!(settings, Settings::default());
}

#[test]
fn unknown_names_in_a_file_are_refused_with_the_place_and_the_nearest() {
    for (text, place, name, near) in [
        ("(\n    pilot: (\n        gama: 0.9,\n    ),\n)", "mine.ron:3:", "gama", "gamma"),
        ("(\n    explore: (),\n)", "mine.ron:2:", "explore", "exploration"),
        ("(\n    pilot: (loss: \"hubber\"),\n)", "mine.ron:2:", "hubber", "huber"),
    ] {
        let message = refusal(text);
        assert!(message.starts_with(place) && message.contains(name), "{message}");
        assert!(message.contains(&format!("did you mean \"{near}\"?")), "{message}");
    }
    let message = scenario_refusal("(\n    name: \"mine\",\n    colums: 5,\n)");
    assert!(message.starts_with("mine.ron:3:") && message.contains("did you mean \"columns\"?"), "{message}");
}

#[test]
fn text_that_is_not_ron_is_refused_with_file_line_and_column() {
    for (text, place) in [
        ("", "mine.ron:1:1: "),
        ("(run: (steps: 5)", "mine.ron:1:16: "),
        ("(\n  run: (\n    steps: 5\n    seed: 6,\n  ),\n)", "mine.ron:4:5: "),
        ("(\n  trace: (memory: 1),\n)", "mine.ron:2:"),
        ("()\n()", "mine.ron:1:3: "),
    ] {
        let message = refusal(text);
        assert!(message.starts_with(place), "{text:?}: {message}");
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_with_its_setting_and_what_that_accepts() {
    let rows = "expected a whole number from 3 to 128";
    for (text, sentence) in [
        ("(\n  run: (steps: 5.5),\n)", "mine.ron:2:9: run.steps is \"5.5\", expected a whole number from 1 to"),
        ("(\n  run: (steps: -5),\n)", "mine.ron:2:9: run.steps is \"-5\", expected a whole number from 1 to"),
        ("(\n  run: (steps: 1e30, seed: 4),\n)", "mine.ron:2:9: run.steps is \"1e30\", expected a whole number"),
        ("(\n  run: (seed: 99999999999999999999),\n)", "mine.ron:2:9: run.seed is \"99999999999999999999\", expected"),
        ("(\n  pilot: (gamma: \"x\"),\n)", "mine.ron:2:11: pilot.gamma is \"\\\"x\\\"\", expected a number from 0 to"),
        (
            "(\n  pilot: (hidden: [64, 1.5]),\n)",
            "mine.ron:2:11: pilot.hidden is \"[64, 1.5]\", expected one to eight whole numbers",
        ),
        ("(\n  cluster: (rows: 4.5),\n)", &format!("mine.ron:2:13: cluster.rows is \"4.5\", {rows}")),
        // The Prophet's setting of the same name is sound.
        (
            "(\n  prophet: (batch_size: 8),\n  pilot: (batch_size: half),\n)",
            "mine.ron:3:11: pilot.batch_size is \"half\", expected a whole number from 1 to 4096",
        ),
    ] {
        let message = refusal(text);
        assert!(message.starts_with(sentence), "{text}\n{message}\nexpected {sentence}");
    }
    for value in ["4.5", "-4", "\"six\"", "true"] {
        let message = scenario_refusal(&format!("(\n  rows: {value},\n)"));
        assert!(message.starts_with("mine.ron:2:3: cluster.rows is ") && message.contains(rows), "{message}");
    }
}

#[test]
fn whole_numbers_may_be_written_as_people_write_them_and_seeds_stay_exact() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.ron");
    let seed = u64::MAX - 1;
    let text =
        format!("(run: (steps: 1e6, seed: {seed}, clusters: 4.0), pilot: (hidden: [64.0, 1e2]), cluster: (rows: 8.0))");
    fs::write(&file, text).unwrap();
    let read = load_settings(file.to_str().unwrap()).unwrap();
    let mut set = Settings::default();
    for (path, value) in [
        ("run.steps", "1e6"),
        ("run.seed", "18446744073709551614"),
        ("run.clusters", "4.0"),
        ("pilot.hidden", "64.0,1e2"),
        ("cluster.rows", "8.0"),
    ] {
        set.set(path, value).unwrap();
    }
    assert_eq!(read, set);
    assert_eq!((read.run.steps, read.run.seed, read.pilot.hidden), (1_000_000, seed, vec![64, 100]));
}

#[test]
fn a_value_out_of_range_is_refused_at_the_line_of_its_field() {
    for (text, sentence) in [
        (
            "(\n\n    run: (\n        steps: 0,\n    ),\n)",
            "mine.ron:4:9: run.steps is \"0\", expected a whole number from 1 to",
        ),
        ("(\n    pilot: (gamma: 1.0),\n)", "mine.ron:2:13: pilot.gamma is \"1\", expected a number from 0 to 0.9999"),
        // Pilot and Prophet have settings of the same name: the right line must be named.
        (
            "(\n    pilot: (\n        batch_size: 64,\n    ),\n    prophet: (\n        batch_size: 0,\n    ),\n)",
            "mine.ron:6:9: prophet.batch_size is \"0\", expected a whole number from 1 to 4096 (states)",
        ),
        (
            "(\n    prophet: (\n        batch_size: 64,\n    ),\n    pilot: (\n        batch_size: 0,\n    ),\n)",
            "mine.ron:6:9: pilot.batch_size is \"0\", expected a whole number from 1 to 4096 (transitions)",
        ),
        // A comment or string that mentions the field does not count.
        (
            "(\n    cluster: (\n        // rows: 6,\n        name: \"rows: 6\", /* rows: 6, */ rows: 2,\n    ),\n)",
            "mine.ron:4:41: cluster.rows is \"2\"",
        ),
        (
            "(\n    pilot: (hidden: [64, 5000]),\n)",
            "mine.ron:2:13: pilot.hidden is \"64,5000\", expected one to eight whole numbers",
        ),
        ("(\n    pilot: (hidden: []),\n)", "mine.ron:2:13: pilot.hidden is \"\", expected one to eight whole numbers"),
    ] {
        let message = refusal(text);
        assert!(message.starts_with(sentence), "{text}\n{message}\nexpected {sentence}");
    }
    let message = scenario_refusal("(\n    name: \"mine\",\n    leak_max: 7.0,\n)");
    assert!(
        message.starts_with("mine.ron:3:5: cluster.leak_max is \"7\", expected a number from 0 to 1 (1/step)"),
        "{message}"
    );
}

#[test]
fn values_that_contradict_each_other_are_refused_with_the_file() {
    for (text, sentence) in [
        (
            "(\n  cluster: (\n    base_low: 0.6,\n  ),\n)",
            "mine.ron:3:5: cluster.base_low is \"0.6\", expected at most cluster.base_high, which is 0.5",
        ),
        // Here the file contains only the other setting of the two.
        (
            "(\n  cluster: (\n    max_budget: 50,\n  ),\n)",
            "mine.ron:3:5: cluster.initial_budget is \"100\", expected at most cluster.max_budget, which is 50",
        ),
        // The Prophet's batch size is unrelated.
        (
            "(\n  pilot: (replay_capacity: 20),\n  prophet: (batch_size: 5),\n)",
            "mine.ron:2:11: pilot.batch_size is \"64\", expected at most pilot.replay_capacity, which is 20",
        ),
        (
            "(\n  cluster: (\n    priority_low_share: 0.8,\n  ),\n)",
            "mine.ron:3:5: cluster.priority_mid_share is \"0.3333333333333333\", expected at most 1 - cluster.priority_low_share",
        ),
    ] {
        let message = refusal(text);
        assert!(message.starts_with(sentence), "{text}\n{message}\nexpected {sentence}");
    }
    let message = scenario_refusal("(\n  burst_high: 0.1,\n)");
    assert!(message.starts_with("mine.ron:2:3: cluster.burst_low is \"0.2\""), "{message}");
}

#[test]
fn a_file_that_is_absent_or_far_too_large_is_refused() {
    assert!(load_settings("nowhere/mine.ron").unwrap_err().to_string().starts_with("cannot read nowhere/mine.ron: "));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.ron");
    fs::write(&file, vec![b' '; 2 << 20]).unwrap();
    let message = load_settings(file.to_str().unwrap()).unwrap_err().to_string();
    assert!(message.contains("larger than 1 MiB"), "{message}");
}

#[test]
fn settings_that_belong_together_are_assigned_in_any_order_and_checked_at_the_end() {
    let mut settings = Settings::default();
    settings.assign("cluster.max_budget", "50").unwrap();
    assert!(settings.check(None).is_err(), "the initial budget is still 100");
    settings.assign("cluster.initial_budget", "25").unwrap();
    settings.check(None).unwrap();
    assert_eq!((settings.cluster.max_budget, settings.cluster.initial_budget), (50.0, 25.0));
    assert!(settings.assign("cluster.initial_budget", "-1").is_err(), "ranges are checked at once");
    assert!(settings.set("cluster.max_budget", "20").is_err(), "a single change is fully checked");
}
