//! Other runs are begun in the panels of this one.

use crate::guide::{GuidePolicy, key};
use crate::reading::{middle, part, texts};
use crate::twin::Twin;
use resonetics::settings::{Settings, load_scenario};
use resonetics::simulation::{ClusterOrder, LiveCluster, Scoreboard};
use std::fs;

/// Waits until there are folders of so many runs.
fn wait_for_runs(guide: &mut GuidePolicy, count: usize) {
    guide.wait_until("another run", |folder| {
        let inside = fs::read_dir(folder).expect("a folder").flatten();
        inside.filter(|entry| entry.path().join("settings.ron").exists()).count() == count
    });
    guide.rest(4);
}

/// Another scenario, a comparison of two policies, and the first of them alone again.
pub fn another_scenario_and_a_comparison_are_begun(guide: &mut GuidePolicy) {
    for title in ["Run", "Save and load", "Legend", "Scenario", "Compare"] {
        guide.picture();
        guide.click_on("left", title);
    }
    guide.leave();
    let first = guide.picture();
    assert!(part(&first, "Run").is_empty(), "a click on a heading folds its section");
    let list = part(&first, "Scenario").into_iter().find(|widget| widget.role == "ComboBox").expect("the scenarios");
    guide.click(middle(list).expect("it is in sight"));
    guide.picture();
    guide.click_on("", "leak-storm");
    guide.picture();
    guide.click_on("Scenario", "New run");
    wait_for_runs(guide, 2);
    let other = guide.picture();
    assert_eq!((other.scenario.as_str(), other.seed), ("leak-storm", 11));
    guide.click_on("Compare", "Begin comparison");
    wait_for_runs(guide, 3);
    guide.press(&[key::SPACE]);
    guide.rest(8);
    guide.press(&[key::SPACE]);
    let both = guide.picture();
    assert_eq!((both.clusters, both.running, both.scenario.as_str()), (2, false, "leak-storm"));
    let mut settings = Settings { cluster: load_scenario("leak-storm").expect("a scenario"), ..Settings::default() };
    let names = ["pilot:builtin", "heuristic"];
    settings.run.seed = 11;
    [settings.run.policy, settings.run.against] = names.map(str::to_owned);
    let mut twin = Twin::of(settings);
    twin.compare(&both);
    let board = twin.world.resource::<Scoreboard>();
    let message = texts(&both, "Comparison");
    for (at, side) in board.sides.iter().enumerate() {
        let mean = side.mean_survival().map_or("-".to_owned(), |steps| format!("{steps:.0}"));
        let wanted = [side.episodes.to_string(), side.collapses.to_string(), mean, side.wins.to_string()];
        let row =
            message.iter().position(|text| *text == names[at]).unwrap_or_else(|| panic!("{}: {message:?}", names[at]));
        assert_eq!(message[row + 2..row + 6], wanted, "{}", side.name);
        let cluster = twin.world.resource::<ClusterOrder>().0[at].0;
        let steps = twin.world.get::<LiveCluster>(cluster).expect("a cluster").0.time();
        let done = if side.is_waiting() { " (done)" } else { "" };
        assert_eq!(message[row + 1], format!("{steps}{done}"));
        let name = both.widgets.iter().find(|widget| widget.within.is_empty() && widget.text == names[at]);
        assert!(name.is_some_and(|name| name.rect.is_some()), "the name of {} stands in the scene", names[at]);
    }
    assert!(message.contains(&format!("{} ties; both meet the same random events", board.ties)), "{message:?}");
    guide.click_on("Compare", "End");
    wait_for_runs(guide, 4);
    let alone = guide.picture();
    assert_eq!(alone.clusters, 1);
    assert!(part(&alone, "Comparison").is_empty());
}
