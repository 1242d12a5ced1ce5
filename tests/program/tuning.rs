//! Studies as a user meets them: the real binary, its folder, and what is made of its results.

use crate::support::{Finished, Workplace};
use resonetics::settings::{AgentKind, load_settings};
use std::fs;

/// A small study; the number of trials and the folder are still to be named.
const TUNE: &str = "tune --agent qtable --scenario classic --seeds 2 --steps 2000 --episodes 10";

/// Rows of a study's table, each a list of fields.
fn rows(place: &Workplace, study: &str) -> Vec<Vec<String>> {
    let text = place.read(&format!("{study}/trials.csv"));
    assert!(text.ends_with('\n'), "the last row is whole");
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn a_study_that_was_stopped_and_goes_on_is_the_one_that_was_never_stopped() {
    let place = Workplace::new();
    let whole = place.succeed(&format!("{TUNE} --trials 16 --out whole"));
    assert!(whole.stdout.starts_with("Finished after 16 of 16 trials"), "{}", whole.stdout);
    // In three pieces, one of them on two threads; after ten trials the estimator proposes, after five others are pruned.
    for (trials, more) in [(4, ""), (11, "--threads 2"), (16, "")] {
        place.succeed(&format!("{TUNE} --trials {trials} {more} --out parts"));
        assert_eq!(rows(&place, "parts").len(), trials);
    }
    for file in ["trials.csv", "best.ron", "study.ron"] {
        assert_eq!(place.read(&format!("whole/{file}")), place.read(&format!("parts/{file}")), "{file}");
    }
    let found = rows(&place, "whole");
    let state = |name: &str| found.iter().filter(|row| row[1] == name).count();
    assert!(state("pruned") > 0 && state("finished") >= 5 && state("pruned") + state("finished") == 16, "{found:?}");
    // What is pruned has no figures and stopped on the way; what is finished has all marks.
    for row in &found {
        let marks = row[11..].iter().filter(|mark| !mark.is_empty()).count();
        assert!(if row[1] == "pruned" { row[2].is_empty() && marks < 9 } else { marks == 9 }, "{row:?}");
    }
    // Nothing is left to do.
    let again = place.succeed(&format!("{TUNE} --trials 16 --out whole"));
    assert_eq!(again.stdout, whole.stdout);
}

#[test]
fn the_best_settings_are_those_of_the_best_row_and_can_be_trained_with() {
    let place = Workplace::new();
    let message =
        place.succeed(&format!("{TUNE} --trials 4 --seed 9 --set reward.profile=survival --out study")).stdout;
    let found = rows(&place, "study");
    let lost = |row: &[String]| row[2].parse::<f64>().unwrap();
    let best = found.iter().filter(|row| row[1] == "finished").min_by(|one, other| lost(one).total_cmp(&lost(other)));
    let best = best.unwrap();
    assert!(message.contains(&format!("Best is trial {}", best[0])), "{message}");
    let settings = load_settings(place.path("study/best.ron").to_str().unwrap()).unwrap();
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
    place.succeed("train --settings study/best.ron --seed 109 --out run");
    place.succeed("evaluate --policy pilot:run --scenario classic --episodes 4");
}

#[test]
fn the_network_is_tuned_in_the_same_way() {
    let place = Workplace::new();
    let space =
        "[(path: \"pilot.hidden\", range: Choice([\"8\", \"16\"])), (path: \"pilot.n_step\", range: Whole(1, 3))]";
    fs::write(place.path("space.ron"), space).unwrap();
    let line = "tune --agent dqn --space space.ron --seeds 2 --steps 2000 --episodes 4 --trials 2 --out study \
                --set pilot.warmup=200";
    let message = place.succeed(line).stdout;
    assert!(message.contains("pilot.hidden = ") && message.contains("pilot.n_step = "), "{message}");
    assert!(rows(&place, "study").iter().all(|row| row[5] == "8" || row[5] == "16"));
    let settings = load_settings(place.path("study/best.ron").to_str().unwrap()).unwrap();
    assert_eq!((settings.run.agent, settings.pilot.warmup), (AgentKind::Dqn, 200));
}

#[test]
fn what_a_study_cannot_do_is_refused_with_a_sentence() {
    let place = Workplace::new();
    place.succeed(&format!("{TUNE} --trials 1 --out study"));
    fs::create_dir(place.path("full")).unwrap();
    fs::write(place.path("full/notes"), "").unwrap();
    fs::write(place.path("space.ron"), "[(path: \"qtable.gama\", range: Linear(0.5, 0.9))]").unwrap();
    for (line, part) in [
        (
            format!("{TUNE} --episodes 11 --out study").replace("--episodes 10 ", ""),
            "study holds another study: its episodes",
        ),
        (format!("{TUNE} --set run.clusters=8 --out study"), "its run.clusters is \"16\", not \"8\""),
        (format!("{TUNE} --out full"), "full is no file of a study: the folder is not empty"),
        (format!("{TUNE} --space space.ron --out other"), "did you mean \"qtable.gamma\"?"),
        (format!("{TUNE} --set trace.file=load.csv --out other"), "leave trace.file empty"),
        (format!("{TUNE} --trials 0 --out other"), "--trials"),
    ] {
        let refused = place.run(&line.split_whitespace().collect::<Vec<_>>());
        assert!(refused.code == 2 && refused.stderr.contains(part), "{line}: {refused:?}");
    }
    assert!(!place.path("other").exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_the_trials_that_are_over_and_gives_up_the_running_one() {
    use std::process::Command;
    use std::time::{Duration, Instant};

    let place = Workplace::new();
    let line = format!("{TUNE} --trials 100000 --out study");
    let child = place.command(&line.split_whitespace().collect::<Vec<_>>()).spawn().unwrap();
    let began = Instant::now();
    while fs::read_to_string(place.path("study/trials.csv")).map_or(0, |text| text.lines().count()) < 4 {
        assert!(began.elapsed() < Duration::from_secs(60), "the study does not begin");
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let finished = Finished::from(child.wait_with_output().unwrap());
    assert_eq!(finished.code, 0, "{finished:?}");
    assert!(finished.stdout.starts_with("Interrupted after "), "{}", finished.stdout);
    assert!(finished.stdout.contains("Give the same command again to go on"), "{}", finished.stdout);
    let kept = rows(&place, "study").len();
    assert!((3..100).contains(&kept));

    place.succeed(&format!("{TUNE} --trials {} --out study", kept + 1));
    place.succeed(&format!("{TUNE} --trials {} --out whole", kept + 1));
    assert_eq!(rows(&place, "study"), rows(&place, "whole"));
}
