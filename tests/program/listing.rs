//! Help and the list of settings.

use crate::running::Running;
use crate::support::Workplace;
use std::fs;

#[test]
fn the_help_of_every_command_shows_examples_that_begin_with_the_command() {
    let workplace = Workplace::new();
    for command in ["", "train", "evaluate", "export", "study", "tune", "settings"] {
        let help = workplace.succeed(&format!("{command} --help")).stdout;
        let examples = help.split_once("Examples:").map(|(_, examples)| examples);
        let examples = examples.unwrap_or_else(|| panic!("`resonetics {command} --help` has no examples:\n{help}"));
        let begin = format!("resonetics {command}");
        let mut lines = examples.lines().map(str::trim).filter(|line| line.starts_with("resonetics")).peekable();
        assert!(lines.peek().is_some() && lines.all(|line| line.starts_with(begin.trim_end())), "{help}");
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = Workplace::new().succeed("--version").stdout;
    assert_eq!(version.trim(), format!("resonetics {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_settings_are_listed_with_default_help_range_and_unit() {
    let list = Workplace::new().succeed("settings").stdout;
    for part in [
        "pilot.gamma = 0.97\n    Discount per step. Takes a number from 0 to 0.9999.\n",
        "cluster.rows = 6\n    Rows of the torus. Takes a whole number from 3 to 128 (cells).\n",
        "pilot.hidden = 64,64\n",
        "run.backend = flex\n    Which burn backend computes. Takes one of: flex, ndarray.\n",
        "reward.profile = survival\n",
        "trace.memory = true\n",
    ] {
        assert!(list.contains(part), "{part:?} is not in\n{list}");
    }
}

#[test]
fn the_list_shows_the_settings_that_options_profiles_and_assignments_give() {
    let line =
        "settings --settings v13 --scenario cascade --seed 77 --set pilot.batch_size=32 --set reward.profile=survival";
    let list = Workplace::new().succeed(line).stdout;
    for part in [
        "pilot.n_step = 1\n",
        "prophet.label = episode-outcome\n",
        "cluster.name = cascade\n",
        "cluster.oom_limit = 4\n",
        "run.seed = 77\n",
        "pilot.batch_size = 32\n",
        "reward.collapse = -5\n",
    ] {
        assert!(list.contains(part), "{part:?} is not in\n{list}");
    }
}

#[test]
fn assignments_that_need_each_other_may_come_in_any_order() {
    let workplace = Workplace::new();
    for line in [
        "settings --set cluster.max_budget=50 --set cluster.initial_budget=25",
        "settings --set cluster.initial_budget=25 --set cluster.max_budget=50",
    ] {
        let list = workplace.succeed(line).stdout;
        assert!(list.contains("cluster.max_budget = 50\n") && list.contains("cluster.initial_budget = 25\n"), "{list}");
    }
}

#[test]
fn the_ron_that_is_printed_can_be_given_back() {
    let workplace = Workplace::new();
    let printed =
        workplace.succeed("settings --scenario rush-hour --set pilot.hidden=16,8 --max-runtime 90s --ron").stdout;
    fs::write(workplace.path("mine.ron"), &printed).unwrap();
    assert_eq!(workplace.succeed("settings --settings mine.ron --ron").stdout, printed);
    let list = workplace.succeed("settings --settings mine.ron").stdout;
    for part in ["cluster.name = rush-hour\n", "pilot.hidden = 16,8\n", "run.max_runtime = 90\n"] {
        assert!(list.contains(part), "{part:?} is not in\n{list}");
    }
    workplace.succeed("train --settings mine.ron --steps 64 --out run");
    assert!(workplace.read("run/settings.ron").contains("rush-hour"));
}

#[test]
fn without_a_command_a_build_without_window_trains_in_the_terminal() {
    if cfg!(feature = "visual") {
        println!("skipped: this build has a window");
        return;
    }
    let workplace = Workplace::new();
    let finished = workplace.succeed("--steps 320 --out run");
    assert!(finished.stderr.contains("This build has no window"), "{}", finished.stderr);
    assert!(finished.stdout.contains("Finished after 320 steps"), "{}", finished.stdout);
    assert!(workplace.path("run/summary.json").exists());
}

#[test]
fn a_reader_that_stops_reading_causes_no_failure() {
    let workplace = Workplace::new();
    for arguments in [&["settings"][..], &["evaluate", "--policy", "idle,random", "--episodes", "4"]] {
        let mut running = Running::start(&mut workplace.command(arguments));
        drop(running.child().stdout.take());
        let finished = running.finish();
        assert!(finished.code == 0 && !finished.stderr.contains("panicked"), "{finished:?}");
    }
}
