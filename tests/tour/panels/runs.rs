//! The panels that begin other runs.

use crate::guide::{GuidePolicy, key};
use crate::reading::{middle, part, texts};
use crate::twin::Twin;
use resonetics::settings::{Settings, load_scenario};
use resonetics::simulation::{ClusterOrder, LiveCluster, Scoreboard};
use std::fs;
use std::thread::sleep;
use std::time::Duration;

#[test]
fn another_scenario_and_a_comparison_are_begun_in_the_panels() {
    let Some(mut guide) =
        GuidePolicy::begin(&["--scenario", "calm", "--seed", "3", "--speed", "16"], &["Scenario", "Compare"])
    else {
        return;
    };
    guide.wait_for_tick(5);
    let first = guide.picture();
    let list = part(&first, "Scenario").into_iter().find(|widget| widget.role == "ComboBox").expect("the scenarios");
    guide.click(middle(list).expect("it is in sight"));
    guide.picture();
    guide.click_on("", "leak-storm");
    guide.picture();
    guide.click_on("Scenario", "New run");
    guide.wait_until("another run", |folder| fs::read_dir(folder).expect("a folder").count() > 2);
    let other = guide.picture();
    assert_eq!((other.scenario.as_str(), other.seed), ("leak-storm", 3));
    guide.picture();
    guide.click_on("Compare", "Begin comparison");
    sleep(Duration::from_secs(3));
    guide.press(&[key::SPACE]);
    let both = guide.picture();
    assert_eq!((both.clusters, both.running, both.scenario.as_str()), (2, false, "leak-storm"));
    let mut settings = Settings { cluster: load_scenario("leak-storm").expect("a scenario"), ..Settings::default() };
    let names = ["pilot:builtin", "heuristic"];
    settings.run.seed = 3;
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
    guide.picture();
    guide.click_on("Compare", "End");
    sleep(Duration::from_secs(1));
    let alone = guide.picture();
    assert_eq!(alone.clusters, 1);
    assert!(part(&alone, "Comparison").is_empty());
    guide.close();
}
