//! The visitor takes the wheel, and hands it back.

use crate::guide::{GuidePolicy, key};
use crate::reading::{beside, texts};
use crate::twin::Twin;
use resonetics::cluster::Action;
use resonetics::simulation::{Command, LiveCluster, ManualControl};

/// The keys that drive.
const KEYS: [(u32, Action); 8] = [
    (key::LEFT, Action::Left),
    (key::UP, Action::Up),
    (key::RIGHT, Action::Right),
    (key::DOWN, Action::Down),
    (b'1' as u32, Action::FullClean),
    (b'2' as u32, Action::MemoryClean),
    (b'3' as u32, Action::Throttle),
    (b'4' as u32, Action::Scale),
];

/// Each key is one tick, in the window as in the twin, and the other minds are told beside the person.
pub fn the_agent_is_driven_and_handed_back(guide: &mut GuidePolicy, twin: &mut Twin) {
    let before = guide.picture();
    twin.to(before.tick);
    guide.letter('t');
    guide.picture();
    twin.ask(Command::TakeOver(0));
    for (pressed, action) in KEYS {
        guide.press(&[pressed]);
        twin.ask(Command::Drive(action));
        twin.to(twin.ticks() + 1);
        guide.wait_for_tick(twin.ticks());
    }
    let manual = guide.picture();
    assert_eq!(manual.tick, before.tick + 8, "one tick for each key");
    twin.compare(&manual);
    let message = texts(&manual, "You drive");
    let far = |name: &str, cluster: &resonetics::cluster::Cluster| {
        format!("{name}: step {}, load {:.0}%, alive", cluster.time(), 100.0 * cluster.mean_load())
    };
    let manual_control = twin.world.resource::<ManualControl>().drive().expect("somebody drives");
    assert!(message.contains(&far("you", &twin.get::<LiveCluster>().0)), "{message:?}");
    for rival in manual_control.rivals() {
        assert!(message.contains(&far(rival.name(), rival.cluster())), "{message:?}");
    }
    guide.click_on("You drive", "Hand back (T)");
    guide.leave();
    let back = guide.picture();
    twin.ask(Command::HandBack);
    let report = twin.world.resource::<ManualControl>().report().expect("a report");
    assert_eq!(beside(&back, "Your drive", "Taken over at step"), report.since.to_string());
    let commands = guide.commands();
    let message: Vec<_> = commands.lines().filter_map(|line| Some(line.split_once(',')?.1)).collect();
    let drives = KEYS.map(|(_, action)| format!("drive {}", action.name()));
    let wanted: Vec<_> = ["take over cluster 0"].into_iter().chain(drives.iter().map(String::as_str)).collect();
    assert_eq!(message[message.len() - 10..], [&wanted[..], &["hand back"]].concat());
    guide.click_on("Your drive", "Close window");
}
