//! The panels that begin other runs.

use super::{Panels, settings};
use crate::simulation::{ClusterOrder, Command, LiveCluster, Scoreboard};
use bevy_egui::egui::accesskit::Role;

#[test]
fn another_scenario_is_chosen_and_begun() {
    let mut panels = Panels::over(settings("calm", &[("run.seed", "3"), ("run.policy", "patrol")]), 5);
    let choices: Vec<_> = panels.widgets("Scenario").iter().filter_map(super::value).collect();
    assert_eq!(choices[..4], ["calm", "seed 3", "calm", "patrol (scripted)"]);
    panels.choose("Scenario", "leak-storm");
    panels.click("Scenario", "New run");
    let [Command::Restart(wanted)] = &panels.take_commands()[..] else { panic!("a new run") };
    assert_eq!((wanted.cluster.name.as_str(), wanted.run.seed), ("leak-storm", 3));
    assert_eq!(wanted.run.policy, "patrol");
    // A name that nothing has is refused under the button.
    panels.fill_in(|panels| panels.first("Scenario", Role::TextInput), "leak-strom");
    panels.click("Scenario", "New run");
    assert_eq!(panels.take_commands(), []);
    assert!(panels.texts("Scenario").iter().any(|text| text.contains("did you mean \"leak-storm\"")));
}

#[test]
fn a_comparison_is_begun_shown_and_ended() {
    let mut panels = Panels::over(settings("leak-storm", &[("run.seed", "3")]), 5);
    assert!(!super::is_enabled(&panels.find("Compare", "End")) && panels.widgets("Comparison").is_empty());
    panels.click("Compare", "Begin comparison");
    let [Command::Restart(wanted)] = &panels.take_commands()[..] else { panic!("a comparison") };
    let names = [wanted.run.policy.clone(), wanted.run.against.clone()];
    assert_eq!(names, ["pilot:builtin", "heuristic"]);
    let mut panels = Panels::over((**wanted).clone(), 700);
    let board = panels.resource::<Scoreboard>();
    assert!(board.sides.iter().all(|side| side.episodes > 0));
    let texts = panels.texts("Comparison");
    for (at, side) in board.sides.iter().enumerate() {
        let mean = side.mean_survival().map_or("-".to_owned(), |steps| format!("{steps:.0}"));
        let steps = panels.0.state().app.world().get::<LiveCluster>(panels.resource::<ClusterOrder>().0[at].0);
        let done = if side.is_waiting() { " (done)" } else { "" };
        let step = format!("{}{done}", steps.expect("a cluster").0.time());
        let wanted = [step, side.episodes.to_string(), side.collapses.to_string(), mean, side.wins.to_string()];
        let row =
            texts.iter().position(|text| *text == names[at]).unwrap_or_else(|| panic!("{}: {texts:?}", names[at]));
        assert_eq!(texts[row + 1..row + 6], wanted, "{}", side.name);
    }
    panels.expect_texts("Comparison", [format!("{} ties; both meet the same random events", board.ties)]);
    panels.click("Compare", "End");
    let [Command::Restart(alone)] = &panels.take_commands()[..] else { panic!("another run") };
    assert_eq!((alone.run.against.as_str(), alone.run.clusters), ("", 1));
    assert_eq!(alone.run.policy, "pilot:builtin");
}
