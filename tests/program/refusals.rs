//! Bad input: exit code 2, an error that says what, where and what is allowed, and no files left behind.

use crate::support::Workplace;
use std::fs;

/// Runs the program with bad input and checks that the error contains all of `parts` and that no run was begun.
fn refused(workplace: &Workplace, arguments: &[&str], parts: &[&str]) {
    let finished = workplace.run(arguments);
    assert_eq!(finished.code, 2, "{arguments:?}: {finished:?}");
    for part in parts {
        assert!(finished.stderr.contains(part), "{part:?} is not in the answer to {arguments:?}:\n{}", finished.stderr);
    }
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
    assert!(!workplace.path("runs").exists(), "{arguments:?} began a run");
}

fn refused_alone(arguments: &[&str], parts: &[&str]) {
    refused(&Workplace::new(), arguments, parts);
}

const SCENARIOS: &str = "classic, calm, default, leak-storm, rush-hour, budget-squeeze, cascade";

#[test]
fn an_unknown_scenario_is_refused_with_the_nearest_name_and_all_names() {
    for (command, name, near) in [
        (&["train"][..], "defualt", "default"),
        (&["settings"], "rush_hour", "rush-hour"),
        (&["evaluate", "--policy", "idle"], "leakstorm", "leak-storm"),
    ] {
        let arguments = [command, &["--scenario", name]].concat();
        let named = format!("no scenario \"{name}\" (did you mean \"{near}\"?)");
        refused_alone(&arguments, &[&named, SCENARIOS]);
    }
    refused_alone(&["train", "--scenario", "xyzzy"], &["no scenario \"xyzzy\"; known:", SCENARIOS]);
}

#[test]
fn an_unknown_policy_is_refused_with_the_nearest_name_and_all_names() {
    refused_alone(
        &["evaluate", "--policy", "idle,patorl"],
        &[
            "no policy \"patorl\" (did you mean \"patrol\"?)",
            "idle, random, heuristic, patrol, notebook, omniscient, qtable, pilot:FILE",
        ],
    );
}

#[test]
fn an_unknown_setting_or_profile_is_refused_with_the_nearest_name_and_all_names() {
    refused_alone(
        &["train", "--set", "pilot.gama=0.9"],
        &["no setting \"pilot.gama\" (did you mean \"pilot.gamma\"?)", "run.steps", "cluster.rows", "view.speed"],
    );
    refused_alone(&["train", "--settings", "v12"], &["no settings profile \"v12\" (did you mean \"v13\"?)"]);
}

#[test]
fn a_value_out_of_range_is_refused_with_the_range_and_the_unit() {
    for (option, value, parts) in [
        ("--set", "pilot.gamma=2", ["pilot.gamma is \"2\"", "a number from 0 to 0.9999"]),
        ("--set", "pilot.gamma=NaN", ["pilot.gamma is \"NaN\"", "a number from 0 to 0.9999"]),
        ("--set", "cluster.rows=2", ["cluster.rows is \"2\"", "a whole number from 3 to 128 (cells)"]),
        ("--set", "cluster.rows=4.5", ["cluster.rows is \"4.5\"", "a whole number"]),
        ("--set", "pilot.loss=hubr", ["pilot.loss is \"hubr\"", "one of: huber, mse"]),
        ("--set", "pilot.hidden=64,0", ["pilot.hidden is \"64,0\"", "each from 1 to 1024 (neurons)"]),
        ("--set", "trace.memory=yes", ["trace.memory is \"yes\"", "true or false"]),
        ("--set", "cluster.base_low=0.9", ["cluster.base_low is \"0.9\"", "at most cluster.base_high, which is 0.5"]),
        ("--steps", "0", ["run.steps is \"0\"", "from 1 to 1000000000000 (steps)"]),
        ("--steps", "-5", ["run.steps is \"-5\"", "from 1 to 1000000000000 (steps)"]),
        ("--seed", "abc", ["run.seed is \"abc\"", "a whole number"]),
        ("--clusters", "2000", ["run.clusters is \"2000\"", "from 0 to 1024"]),
        ("--threads", "0", ["run.threads is \"0\"", "from 1 to 64"]),
        ("--backend", "cuda", ["run.backend is \"cuda\"", "one of: flex, ndarray"]),
        ("--set", "pilot.gamma", ["--set pilot.gamma", "PATH=VALUE"]),
        ("--max-runtime", "soon", ["'soon'", "--max-runtime"]),
        ("--ticks", "many", ["'many'", "--ticks"]),
    ] {
        refused_alone(&["train", option, value], &parts);
    }
    refused_alone(&["evaluate", "--policy", "idle", "--episodes", "1"], &["--episodes", "1 is not in"]);
}

#[test]
fn an_unknown_option_or_command_is_refused() {
    refused_alone(&["train", "--sceanrio", "calm"], &["--sceanrio", "--scenario"]);
    refused_alone(&["trian"], &["trian", "train"]);
    refused_alone(&["evaluate"], &["--policy"]);
}

#[test]
fn malformed_ron_is_refused_with_file_line_and_column() {
    let workplace = Workplace::new();
    for (name, text, at) in [
        ("comma.ron", "(\n    pilot: (\n        gamma: 0.9\n        n_step: 3,\n    ),\n)\n", "comma.ron:4:9: "),
        ("kind.ron", "(\n    run: (steps: \"many\"),\n)\n", "kind.ron:2:"),
        ("field.ron", "(\n    pilot: (\n        gama: 0.9,\n    ),\n)\n", "field.ron:3:"),
        (
            "range.ron",
            "(\n    // Too far.\n    pilot: (\n        gamma: 1.5,\n    ),\n)\n",
            "range.ron:4:9: pilot.gamma is \"1.5\"",
        ),
        ("empty.ron", "", "empty.ron:1:1: "),
    ] {
        fs::write(workplace.path(name), text).unwrap();
        refused(&workplace, &["train", "--settings", name], &[at]);
    }
    refused(&workplace, &["train", "--settings", "field.ron"], &["gama", "(did you mean", "gamma"]);
    fs::write(workplace.path("torus.ron"), "(\n    name: \"torus\",\n    rows: 500,\n)\n").unwrap();
    for command in [&["train"][..], &["evaluate", "--policy", "idle"]] {
        let arguments = [command, &["--scenario", "torus.ron"]].concat();
        refused(&workplace, &arguments, &["torus.ron:3:5: cluster.rows is \"500\"", "from 3 to 128"]);
    }
    refused(&workplace, &["train", "--scenario", "absent.ron"], &["cannot read absent.ron"]);
}

#[test]
fn a_malformed_trace_is_refused_with_file_line_and_column() {
    let workplace = Workplace::new();
    fs::write(workplace.path("load.csv"), "time_s,node,cpu\n0,a,0.5\n60,a,o.5\n").unwrap();
    refused(&workplace, &["train", "--trace", "load.csv"], &["load.csv:3:6: cpu is \"o.5\", expected a number"]);
    fs::write(workplace.path("head.csv"), "when,who,what\n").unwrap();
    refused(
        &workplace,
        &["train", "--trace", "head.csv"],
        &["head.csv:1:1: ", "time_s,node,cpu[,memory]", "timestamp,value"],
    );
    refused(&workplace, &["train", "--trace", "absent.csv", "--out", "new"], &["absent.csv"]);
    assert!(!workplace.path("new").exists());
}

#[test]
fn a_taken_run_folder_is_refused_with_both_alternatives_and_left_alone() {
    let workplace = Workplace::new();
    fs::create_dir(workplace.path("first")).unwrap();
    fs::write(workplace.path("first/note.txt"), "mine").unwrap();
    fs::create_dir(workplace.path("first-1")).unwrap();
    let arguments = ["train", "--steps", "16", "--out", "first"];
    refused(
        &workplace,
        &arguments,
        &["first exists, and nothing is overwritten", "--out (first-2 is free)", "leave out --out"],
    );
    let inside: Vec<_> =
        fs::read_dir(workplace.path("first")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(inside, ["note.txt"]);
    assert_eq!(workplace.read("first/note.txt"), "mine");

    fs::write(workplace.path("file"), "mine").unwrap();
    refused(
        &workplace,
        &["train", "--steps", "16", "--out", "file"],
        &["file exists, and nothing is overwritten", "--out"],
    );
    assert_eq!(workplace.read("file"), "mine");
}

#[test]
fn files_that_are_not_checkpoints_are_refused() {
    let workplace = Workplace::new();
    fs::write(workplace.path("garbage"), [0x5A; 4_000]).unwrap();
    fs::write(workplace.path("empty"), "").unwrap();
    fs::create_dir(workplace.path("bare")).unwrap();
    fs::create_dir_all(workplace.path("none/checkpoints")).unwrap();
    for (name, part) in [
        ("garbage", "garbage is not a usable checkpoint: it does not begin like one"),
        ("empty", "empty is not a usable checkpoint: it does not begin like one"),
        ("bare", "bare is not a usable checkpoint: it is a folder without checkpoints/"),
        ("none", "it holds no checkpoint"),
        ("absent", "cannot read absent"),
    ] {
        refused(&workplace, &["evaluate", "--policy", &format!("pilot:{name}"), "--episodes", "2"], &[part]);
    }
}
