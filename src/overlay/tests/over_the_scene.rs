//! What lies over the scene and around it: the bar, the help, the card of a cell, the drive of a person, a recording.

use super::{Overlay, Panels, TALL, is_enabled, label, settings, value};
use crate::blackbox::BlackBox;
use crate::cluster::{Action, CRITICAL, Intervention};
use crate::features::growth::NEVER;
use crate::overlay::layout::Layout;
use crate::simulation::{Command, ManualControl, Playback, Simulation};
use crate::storage::RunFolder;
use crate::view::{Picked, SceneArea, steps_left};
use bevy_egui::egui::accesskit::Role;
use bevy_egui::egui::{Order, Vec2, pos2, vec2};
use egui_kittest::kittest::NodeT;
use std::fs;

/// The scene's part of the window: left, top, right, bottom.
fn area(panels: &Panels) -> [u32; 4] {
    let SceneArea { corner, size } = *panels.resource::<SceneArea>();
    [corner.x, corner.y, corner.x + size.x, corner.y + size.y]
}

/// The panels over a run in a window of this size.
fn sized(size: Vec2) -> Panels {
    let mut panels = Panels::new(
        size,
        Overlay::new(|world| {
            Simulation::prepare(settings("calm", &[]), 1).expect("good settings").start(world, None);
        }),
    );
    panels.ticks(25);
    panels
}

#[test]
fn the_bar_shows_and_hides_the_panels_and_makes_everything_larger() {
    let mut panels = sized(vec2(1280.0, 720.0));
    let all = area(&panels);
    panels.click("bar", "Right");
    assert!(panels.widgets("right").is_empty() && area(&panels)[2] == 1280);
    panels.click("bar", "Right");
    panels.click("bar", "Time");
    // But for the line that tells what the colours mean.
    assert!(panels.widgets("strip").is_empty() && (1..30).contains(&(720 - area(&panels)[3])), "{:?}", area(&panels));
    panels.click("bar", "Time");
    assert_eq!(area(&panels), all);
    panels.click("bar", "Scene only");
    assert_eq!((area(&panels), panels.texts("")), ([0, 0, 1280, 720], Vec::new()));
    panels.world().resource_mut::<Layout>().bare = false;
    panels.draw();
    assert_eq!(area(&panels), all);
    let size = |panels: &Panels| value(&panels.first("bar", Role::SpinButton));
    assert_eq!(size(&panels).as_deref(), Some("100%"));
    for _ in 0..3 {
        panels.world().resource_mut::<Layout>().enlarge(1.0);
        panels.draw();
    }
    assert_eq!((size(&panels).as_deref(), panels.0.ctx.zoom_factor()), (Some("130%"), 1.3));
    panels.world().resource_mut::<Layout>().scale = 1.0;
    panels.draw();
    assert_eq!(size(&panels).as_deref(), Some("100%"));
}

#[test]
fn nothing_lies_over_the_middle_of_the_scene_which_keeps_two_fifths_of_any_window() {
    for size in [vec2(800.0, 600.0), vec2(1000.0, 640.0), vec2(1280.0, 720.0), vec2(1920.0, 1080.0)] {
        let panels = sized(size);
        let [left, top, right, bottom] = area(&panels).map(|edge| edge as f32);
        assert!((right - left) * (bottom - top) >= 0.4 * size.x * size.y, "{:?} of {size}", area(&panels));
        let middle = pos2(f32::midpoint(left, right), f32::midpoint(top, bottom));
        let on_top = panels.0.ctx.layer_id_at(middle).map(|layer| layer.order);
        assert!(on_top.is_none_or(|order| order == Order::Background), "{on_top:?} in {size}");
        for part in ["left", "right", "strip", "bar"] {
            assert!(!panels.widgets(part).is_empty(), "{part} in {size}");
        }
    }
}

#[test]
fn the_help_lists_the_keys_and_is_shut_by_its_button() {
    let mut panels = sized(vec2(1280.0, 720.0));
    panels.click("bar", "Help");
    for (keys, help) in [
        ("Space", "start, pause"),
        ("F5", "save a checkpoint into the run folder"),
        ("Drag", "turn the camera; from above: move it"),
    ] {
        assert_eq!(panels.value_after("Help", keys), help);
    }
    panels.click("Help", "Close window");
    assert!(panels.widgets("Help").is_empty());
}

fn rank(priority: f32) -> &'static str {
    match priority {
        priority if priority > CRITICAL => "critical",
        priority if priority < 0.35 => "low",
        _ => "middle",
    }
}

#[test]
fn a_cell_tells_its_numbers_by_the_pointer_and_on_its_card_and_obeys_its_buttons() {
    let mut panels = Panels::over(settings("calm", &[("run.policy", "patrol")]), 25);
    let index = panels.cluster().index(2, 3);
    let cells = panels.cluster().cells();
    let (cpu, memory, priority) = (cells.cpu[index], cells.mem[index], cells.priority[index]);
    panels.world().resource_mut::<Picked>().hovered = Some(index);
    panels.0.hover_at(pos2(600.0, 900.0));
    panels.draw();
    let [percent_cpu, percent_memory] = [cpu, memory].map(|share| format!("{:.0}%", 100.0 * share));
    let line = format!("row 2, column 3, {}", rank(priority));
    panels.expect_texts("", [line, format!("CPU {percent_cpu}, memory {percent_memory}")]);

    *panels.world().resource_mut::<Picked>() = Picked { hovered: None, pinned: Some(index) };
    panels.draw();
    let frame_history = panels.frame_history();
    let left = steps_left(frame_history, frame_history.range().end - 1, index).filter(|left| *left < NEVER);
    for (name, shown) in [
        ("Row, column", "2, 3".to_owned()),
        ("CPU", percent_cpu),
        ("Memory", percent_memory.clone()),
        ("Priority", format!("{priority:.1} ({})", rank(priority))),
        ("Out of memory in", left.map_or(format!("over {NEVER:.0} steps"), |left| format!("{left:.0} steps"))),
    ] {
        assert_eq!(panels.value_after("Cell", name), shown, "{name}");
    }
    let action_log: Vec<_> =
        frame_history.frames().filter(|(_, frame)| frame.tick > 0).map(|(_, frame)| frame.mem[index]).collect();
    let [least, most] = [f32::min, f32::max].map(|of| 100.0 * action_log.iter().copied().reduce(of).expect("a tick"));
    let ticks = action_log.len();
    panels.expect_texts(
        "Cell",
        [format!("{ticks} ticks between {least:.0}% and {most:.0}%, the latest {percent_memory}")],
    );

    let cell = index as u32;
    for (name, wanted) in [
        ("CPU spike (X)", Some(Intervention::Spike { cell, steps: 20 })),
        ("Memory leak (B)", Some(Intervention::Leak { cell, per_step: 0.02 })),
        ("Zone outage (Z)", None),
        ("Leak storm (G)", None),
        ("Heal (R)", Some(Intervention::Heal { cell })),
        ("Priority (P)", None),
        ("Kill (OOM) (K)", Some(Intervention::Kill { cell })),
    ] {
        assert!(is_enabled(&panels.find("Cell", name)), "{name}");
        panels.click("Cell", name);
        let [Command::Intervene { cluster: 0, intervention }] = &panels.take_commands()[..] else { panic!("{name}") };
        assert!(wanted.is_none_or(|wanted| wanted == *intervention), "{name}: {intervention:?}");
    }
    panels.draw();
    let now = panels.cluster().cells().priority[index];
    assert_ne!(now, priority);
    assert_eq!(panels.value_after("Cell", "Priority"), format!("{now:.1} ({})", rank(now)));
    assert_eq!(
        (panels.value_after("Cell", "Memory"), panels.value_after("Cell", "Out of memory in").as_str()),
        ("100%".to_owned(), "out of memory")
    );
    panels.click("Cell", "Close window");
    assert_eq!(panels.resource::<Picked>().pinned, None);
    assert!(panels.widgets("Cell").is_empty());
}

#[test]
fn a_drive_is_shown_beside_those_of_the_others_and_reported_when_it_ends() {
    let mut panels = Panels::over(settings("calm", &[("run.seed", "11"), ("run.policy", "pilot:builtin")]), 12);
    panels.world().resource_mut::<crate::simulation::CommandQueue>().0.push_back(Command::TakeOver(0));
    panels.draw();
    for action in Action::ALL {
        panels.world().resource_mut::<crate::simulation::CommandQueue>().0.push_back(Command::Drive(action));
        panels.draw();
        panels.ticks(1);
    }
    let far = |name: &str, cluster: &crate::cluster::Cluster| {
        format!("{name}: step {}, load {:.0}%, alive", cluster.time(), 100.0 * cluster.mean_load())
    };
    let drive = panels.resource::<ManualControl>().drive().expect("somebody drives");
    assert!(!drive.rivals().is_empty());
    let rivals = drive.rivals().iter().map(|rival| far(rival.name(), rival.cluster()));
    panels.expect_texts("You drive", std::iter::once(far("you", panels.cluster())).chain(rivals));
    panels.click("You drive", "Hint (I)");
    let advised = |text: &String| Action::ALL.iter().any(|action| text.ends_with(&format!(": {}", action.name())));
    assert!(panels.texts("You drive").iter().any(advised), "what the Pilot would do: {:?}", panels.texts("You drive"));
    panels.click("You drive", "Hand back (T)");
    let report = panels.resource::<ManualControl>().report().expect("a report");
    assert_eq!(panels.value_after("Your drive", "Taken over at step"), report.since.to_string());
    let stretches = std::iter::once(&report.person).chain(&report.rivals);
    let line = |name: &str, survived, state| format!("{name}: {survived} of 300 steps, {state}");
    panels.expect_texts("Your drive", stretches.map(|stretch| line(&stretch.name, stretch.survived, stretch.state())));
    panels.click("Your drive", "Close window");
    assert!(panels.widgets("Your drive").is_empty());
}

#[test]
fn a_recording_shows_what_it_tells_and_nothing_that_only_a_run_has() {
    let place = tempfile::tempdir().expect("a folder");
    let hard = settings("cascade", &[("cluster.leak_median", "0.008"), ("run.seed", "5")]);
    let folder = RunFolder::create(&place.path().join("run"), &hard).expect("a folder");
    drop(Panels::recorded(hard, Some(folder), 600));
    let boxes = fs::read_dir(place.path().join("run/blackbox")).expect("collapses left black boxes");
    let file = boxes.map(|entry| entry.expect("a file").path()).min().expect("a black box");
    let it = BlackBox::load(&file).expect("it is whole");
    let mut panels = Panels::new(TALL, Overlay::new(|world| Playback::start(&it, world).expect("it can be shown")));
    panels.click("strip", "<");
    panels.draw();
    let (steps, frame_history) = (it.action_log.steps(), panels.frame_history());
    let frame = frame_history.get(frame_history.range().end - 2).expect("the moment before the last");
    assert_eq!(frame.tick, it.tick - 1);
    let risk = frame.forecast_and_decision().expect("they are known").0.risk();
    let begins = |part: &str, start: &str| panels.texts(part).iter().any(|text| text.starts_with(start));
    for (part, start) in [
        ("Recording", format!("{} / {steps}", steps - 1)),
        ("Charts", "load and risk: load ".to_owned()),
        ("Charts", "reward: reward ".to_owned()),
        ("Prophet", format!("{:.0}%, collapse within", 100.0 * risk)),
        ("strip", format!("REPLAY: tick {}", crate::overlay::widgets::grouped(it.tick - 1))),
    ] {
        assert!(begins(part, &start), "{start}: {:?}", panels.texts(part));
    }
    let whole = format!(" of {steps}");
    assert!(panels.texts("Charts").iter().filter(|chart| chart.contains(&whole)).count() >= 2, "every step is charted");
    for absent in ["Scenario", "Compare", "Tuning", "Settings", "Save and load", "Run"] {
        assert!(panels.widgets(absent).is_empty(), "{absent} makes no sense in a recording");
    }
    assert!(!begins("Prophet", "Forecast skill") && !begins("Charts", "losses"));
    // Its cells can be looked at and not changed.
    panels.world().resource_mut::<Picked>().pinned = Some(0);
    panels.draw();
    let card = panels.widgets("Cell");
    assert!(!card.is_empty() && card.iter().all(|node| !label(node).starts_with("Heal")));
    assert!(card.iter().any(|node| node.accesskit_node().role() == Role::Button), "it can be shut");
}
