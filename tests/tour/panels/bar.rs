//! What lies over the scene and above it: the card of a cell, the help, the bar.

use crate::guide::{GuidePolicy, key};
use crate::reading::{beside, cell, find, part, place, texts};
use crate::twin::Twin;
use resonetics::features::growth::NEVER;
use resonetics::simulation::{FrameHistory, LiveCluster};
use resonetics::view::{Picture, steps_left};

#[test]
fn the_bar_the_help_and_the_card_tell_what_they_are_about() {
    let arguments = ["--scenario", "calm", "--seed", "3", "--policy", "patrol", "--speed", "4"];
    let Some(mut guide) = GuidePolicy::begin(&arguments, &["Scenario"]) else { return };
    let mut twin = Twin::new("calm", &[("run.seed", "3"), ("run.policy", "patrol")]);
    guide.wait_for_tick(25);
    guide.press(&[key::SPACE]);
    let first = guide.picture();
    twin.compare(&first);
    let choices: Vec<_> = part(&first, "Scenario").into_iter().filter_map(|widget| widget.value.clone()).collect();
    assert_eq!(choices[..4], ["calm", "seed 3", "calm", "patrol (scripted)"]);

    // The number of a cell by the pointer, and its card.
    guide.point(place(&first, [2, 3]));
    let hovered = guide.picture();
    let here = cell(&first, [2, 3]);
    let rank = |priority: f32| {
        if priority > 0.8 {
            "critical"
        } else if priority < 0.35 {
            "low"
        } else {
            "middle"
        }
    };
    let line = format!("row 2, column 3, {}", rank(here.priority));
    let message = texts(&hovered, "");
    assert!(message.contains(&line), "{line}: {message:?}");
    let line = format!("CPU {:.0}%, memory {:.0}%", 100.0 * here.cpu, 100.0 * here.memory);
    assert!(message.contains(&line), "{line}: {message:?}");
    guide.click(place(&first, [2, 3]));
    guide.leave();
    let card = guide.picture();
    let index = twin.get::<LiveCluster>().0.index(2, 3);
    assert_eq!(beside(&card, "Cell", "Row, column"), "2, 3");
    assert_eq!(beside(&card, "Cell", "CPU"), format!("{:.0}%", 100.0 * here.cpu));
    assert_eq!(beside(&card, "Cell", "Memory"), format!("{:.0}%", 100.0 * here.memory));
    assert_eq!(beside(&card, "Cell", "Priority"), format!("{:.1} ({})", here.priority, rank(here.priority)));
    let frame_history = twin.get::<FrameHistory>();
    let left = steps_left(frame_history, frame_history.range().end - 1, index);
    let left = left.filter(|left| *left < NEVER);
    let message = left.map_or(format!("over {NEVER:.0} steps"), |left| format!("{left:.0} steps"));
    assert_eq!(beside(&card, "Cell", "Out of memory in"), message);
    let action_log: Vec<_> =
        frame_history.frames().filter(|(_, frame)| frame.tick > 0).map(|(_, frame)| frame.mem[index]).collect();
    let ends =
        action_log.iter().fold((f32::MAX, f32::MIN), |(low, high), memory| (low.min(*memory), high.max(*memory)));
    let line = format!(
        "{} ticks between {:.0}% and {:.0}%, the latest {:.0}%",
        action_log.len(),
        100.0 * ends.0,
        100.0 * ends.1,
        100.0 * here.memory
    );
    assert!(texts(&card, "Cell").contains(&line), "{line}: {:?}", texts(&card, "Cell"));
    // Every button of it is there, and one that changes the rank does.
    for name in ["CPU spike (X)", "Memory leak (B)", "Kill (OOM) (K)", "Heal (R)", "Zone outage (Z)", "Leak storm (G)"]
    {
        assert!(find(&card, "Cell", name).enabled, "{name}");
    }
    guide.click_on("Cell", "Priority (P)");
    guide.leave();
    let ranked = guide.picture();
    let next = cell(&ranked, [2, 3]).priority;
    assert_ne!(next, here.priority);
    assert_eq!(beside(&ranked, "Cell", "Priority"), format!("{next:.1} ({})", rank(next)));
    guide.click_on("Cell", "Close window");
    guide.picture();

    // Help lists the keys, and goes as it came.
    guide.letter('h');
    let helped = guide.picture();
    for (keys, help) in [
        ("Space", "start, pause"),
        ("F5", "save a checkpoint into the run folder"),
        ("Drag", "turn the camera; from above: move it"),
    ] {
        assert_eq!(beside(&helped, "Help", keys), help);
    }
    guide.click_on("Help", "Close window");
    assert!(part(&guide.picture(), "Help").is_empty());

    // The bar shows and hides, and everything grows and shrinks.
    guide.click_on("bar", "Right");
    let narrow = guide.picture();
    assert!(part(&narrow, "right").is_empty() && narrow.area[2] == narrow.size[0]);
    guide.click_on("bar", "Right");
    guide.picture();
    guide.click_on("bar", "Time");
    let low = guide.picture();
    // But for the line that tells what the colours mean.
    assert!(part(&low, "strip").is_empty() && (1..30).contains(&(low.size[1] - low.area[3])), "{:?}", low.area);
    guide.click_on("bar", "Time");
    guide.picture();
    guide.click_on("bar", "Scene only");
    let bare = guide.picture();
    assert_eq!((bare.area, bare.widgets.len()), ([0, 0, bare.size[0], bare.size[1]], 0));
    guide.press(&[key::F11]);
    let back = guide.picture();
    assert_eq!(back.area, first.area);
    let size = |picture: &Picture| {
        let spin = part(picture, "bar").into_iter().find(|widget| widget.role == "SpinButton").expect("Size");
        spin.value.clone().expect("a value")
    };
    assert_eq!(size(&back), "100%");
    (0..3).for_each(|_| {
        guide.press(&[key::CONTROL, u32::from(b'=')]);
        guide.picture();
    });
    let large = guide.picture();
    assert_eq!(size(&large), "130%");
    let width = |picture: &Picture| {
        let [left, _, right, _] = find(picture, "bar", "Scene only").rect.expect("it is in sight");
        right - left
    };
    assert!((width(&large) / width(&back) - 1.3).abs() < 0.08, "{} after {}", width(&large), width(&back));
    // What is told is where it is: a click on it finds it.
    guide.click_on("bar", "Left");
    assert!(part(&guide.picture(), "left").is_empty());
    guide.press(&[key::CONTROL, u32::from(b'0')]);
    guide.picture();
    guide.press(&[key::F9]);
    guide.close();
}
