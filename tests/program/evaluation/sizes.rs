//! Policies trained on one size of cluster are evaluated on another.

use super::{rows, train};
use crate::support::Workplace;
use resonetics::evaluate::{Evaluation, PolicyUnderTest};
use resonetics::settings::Scenario;

#[test]
fn a_pilot_of_either_input_kind_plays_on_a_larger_torus_than_it_was_trained_on() {
    let workplace = Workplace::new();
    train(&workplace, "belief", "1", &["--set", "pilot.inputs=belief"]);
    train(&workplace, "observation", "1", &["--set", "pilot.inputs=observation"]);
    let line = "evaluate --policy patrol,notebook,pilot:belief,pilot:observation --episodes 6 --seed 5";
    let large = format!("{line} --set cluster.rows=12 --set cluster.columns=12 --out large.csv");
    let finished = workplace.succeed(&large);
    assert!(finished.stdout.contains("default 12x12"), "{}", finished.stdout);
    workplace.succeed(&format!("{line} --out small.csv"));
    let (large, small) = (rows(&workplace, "large.csv"), rows(&workplace, "small.csv"));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    for (large, small) in large.iter().zip(&small) {
        assert_eq!((large("scenario"), small("scenario")), ("default 12x12".to_owned(), "default".to_owned()));
        assert_ne!(large("mean_return"), small("mean_return"), "{}", large("policy"));
        // The scenario has 12 x 12 cells and is otherwise unchanged.
        let name = large("policy");
        let name =
            name.strip_prefix("pilot:").map_or(name.clone(), |run| format!("pilot:{}", workplace.path(run).display()));
        let policy = PolicyUnderTest::named(&name).unwrap();
        let scenario = Scenario { rows: 12, columns: 12, ..Scenario::default() };
        let score = Evaluation { scenario: &scenario, policy: &policy, seed: 5 }.play(6, &pool, |_| {});
        assert_eq!(large("mean_steps"), format!("{:.6}", score.steps.estimate), "{name}");
        assert_eq!(large("mean_return"), format!("{:.6}", score.reward.estimate), "{name}");
    }
}

#[test]
fn only_settings_of_the_scenario_can_be_changed() {
    let workplace = Workplace::new();
    for (set, part) in [
        ("pilot.gamma=0.9", "settings of the scenario (cluster...)"),
        ("cluster.rowz=9", "did you mean \"cluster.rows\""),
        ("cluster.rows=2", "cluster.rows is \"2\", expected a whole number from 3 to 128 (cells)"),
        ("cluster.base_low=0.9", "at most cluster.base_high, which is 0.5"),
        ("cluster.rows", "expected PATH=VALUE"),
    ] {
        let finished = workplace.run(&["evaluate", "--policy", "idle", "--episodes", "2", "--set", set]);
        assert_eq!(finished.code, 2, "{set}: {finished:?}");
        assert!(finished.stderr.contains(part), "{part:?} is not in the answer to {set}: {}", finished.stderr);
    }
}
