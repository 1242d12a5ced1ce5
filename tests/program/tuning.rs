//! `resonetics tune` as a user runs it: the binary, the search folder, and the use of its results.

use crate::support::Workplace;
use resonetics::settings::{AgentKind, load_settings};
use std::fs;

/// A small search; the number of trials and the folder are to be added.
const TUNE: &str = "tune --agent qtable --scenario classic --seeds 2 --steps 2000 --episodes 10";

/// The rows of a search's `trials.csv`, each a list of fields.
fn rows(workplace: &Workplace, search: &str) -> Vec<Vec<String>> {
    let text = workplace.read(&format!("{search}/trials.csv"));
    assert!(text.ends_with('\n'), "the last row is complete");
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn an_interrupted_and_continued_search_equals_one_that_was_never_interrupted() {
    let workplace = Workplace::new();
    let whole = workplace.succeed(&format!("{TUNE} --trials 16 --out whole"));
    assert!(whole.stdout.starts_with("Finished after 16 of 16 trials"), "{}", whole.stdout);
    // In three parts, one of them on two threads. The estimator proposes from the eleventh trial, pruning needs five
    // finished trials.
    for (trials, more) in [(4, ""), (11, "--threads 2"), (16, "")] {
        workplace.succeed(&format!("{TUNE} --trials {trials} {more} --out parts"));
        assert_eq!(rows(&workplace, "parts").len(), trials);
    }
    for file in ["trials.csv", "best.ron", "study.ron"] {
        assert_eq!(workplace.read(&format!("whole/{file}")), workplace.read(&format!("parts/{file}")), "{file}");
    }
    let found = rows(&workplace, "whole");
    let state = |name: &str| found.iter().filter(|row| row[1] == name).count();
    assert!(state("pruned") > 0 && state("finished") >= 5 && state("pruned") + state("finished") == 16, "{found:?}");
    // A pruned trial has no results and lacks interim losses; a finished one has all of them.
    for row in &found {
        let losses = row[11..].iter().filter(|loss| !loss.is_empty()).count();
        assert!(if row[1] == "pruned" { row[2].is_empty() && losses < 9 } else { losses == 9 }, "{row:?}");
    }
    // Nothing is left to do.
    let again = workplace.succeed(&format!("{TUNE} --trials 16 --out whole"));
    assert_eq!(again.stdout, whole.stdout);
}

#[test]
fn the_best_settings_are_those_of_the_best_row_and_can_be_trained_with() {
    let workplace = Workplace::new();
    let stdout =
        workplace.succeed(&format!("{TUNE} --trials 4 --seed 9 --set reward.profile=survival --out search")).stdout;
    let found = rows(&workplace, "search");
    let lost = |row: &[String]| row[2].parse::<f64>().unwrap();
    let best = found.iter().filter(|row| row[1] == "finished").min_by(|a, b| lost(a).total_cmp(&lost(b)));
    let best = best.unwrap();
    assert!(stdout.contains(&format!("Best is trial {}", best[0])), "{stdout}");
    let settings = load_settings(workplace.path("search/best.ron").to_str().unwrap()).unwrap();
    let values = [
        settings.qtable.learning_rate,
        settings.qtable.gamma,
        settings.qtable.initial_value,
        settings.qtable.random_share,
        settings.exploration.episode_factor,
        settings.exploration.epsilon_end,
    ];
    assert_eq!(values.map(|value| value.to_string()), best[5..11]);
    assert_eq!((settings.run.agent, settings.run.seed), (AgentKind::QTable, 9));
    assert_eq!((settings.cluster.name.as_str(), settings.reward.collapse), ("classic", -5.0));
    workplace.succeed("train --settings search/best.ron --seed 109 --out run");
    workplace.succeed("evaluate --policy pilot:run --scenario classic --episodes 4");
}

#[test]
fn the_network_is_tuned_in_the_same_way() {
    let workplace = Workplace::new();
    let space =
        "[(path: \"pilot.hidden\", range: Choice([\"8\", \"16\"])), (path: \"pilot.n_step\", range: Whole(1, 3))]";
    fs::write(workplace.path("space.ron"), space).unwrap();
    let line = "tune --agent dqn --space space.ron --seeds 2 --steps 2000 --episodes 4 --trials 2 --out search \
                --set pilot.warmup=200";
    let stdout = workplace.succeed(line).stdout;
    assert!(stdout.contains("pilot.hidden = ") && stdout.contains("pilot.n_step = "), "{stdout}");
    assert!(rows(&workplace, "search").iter().all(|row| row[5] == "8" || row[5] == "16"));
    let settings = load_settings(workplace.path("search/best.ron").to_str().unwrap()).unwrap();
    assert_eq!((settings.run.agent, settings.pilot.warmup), (AgentKind::Dqn, 200));
}

#[test]
fn what_a_search_cannot_do_is_refused() {
    let workplace = Workplace::new();
    workplace.succeed(&format!("{TUNE} --trials 1 --out search"));
    fs::create_dir(workplace.path("full")).unwrap();
    fs::write(workplace.path("full/notes"), "").unwrap();
    fs::write(workplace.path("space.ron"), "[(path: \"qtable.gama\", range: Linear(0.5, 0.9))]").unwrap();
    for (line, part) in [
        (
            format!("{TUNE} --episodes 11 --out search").replace("--episodes 10 ", ""),
            "search holds another search: its episodes",
        ),
        (format!("{TUNE} --set run.clusters=8 --out search"), "its run.clusters is \"16\", not \"8\""),
        (format!("{TUNE} --out full"), "full is not a file of this search: the folder is not empty"),
        (format!("{TUNE} --space space.ron --out other"), "did you mean \"qtable.gamma\"?"),
        (format!("{TUNE} --set trace.file=load.csv --out other"), "leave trace.file empty"),
        (format!("{TUNE} --trials 0 --out other"), "--trials"),
    ] {
        let refused = workplace.run(&line.split_whitespace().collect::<Vec<_>>());
        assert!(refused.code == 2 && refused.stderr.contains(part), "{line}: {refused:?}");
    }
    assert!(!workplace.path("other").exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_finished_trials_and_discards_the_running_one() {
    use crate::running::{Running, until};

    let workplace = Workplace::new();
    let line = format!("{TUNE} --trials 100000 --out search");
    let mut running = Running::start(&mut workplace.command(&line.split_whitespace().collect::<Vec<_>>()));
    let trials = || fs::read_to_string(workplace.path("search/trials.csv")).map_or(0, |text| text.lines().count());
    until("the search has begun", || trials() >= 4);
    let second = workplace.run(&line.split_whitespace().collect::<Vec<_>>());
    assert!(second.code == 2 && second.stderr.contains("search is in use"), "{second:?}");
    running.signal("-INT");
    let finished = running.finish();
    assert_eq!(finished.code, 75, "{finished:?}");
    assert!(finished.stdout.starts_with("Interrupted after "), "{}", finished.stdout);
    assert!(finished.stdout.contains("Repeat the command to continue"), "{}", finished.stdout);
    let kept = rows(&workplace, "search").len();
    assert!((3..100).contains(&kept));

    workplace.succeed(&format!("{TUNE} --trials {} --out search", kept + 1));
    workplace.succeed(&format!("{TUNE} --trials {} --out whole", kept + 1));
    assert_eq!(rows(&workplace, "search"), rows(&workplace, "whole"));
}
