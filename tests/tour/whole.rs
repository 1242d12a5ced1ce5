//! The whole tour: pause, step, colours, a cell that is broken and mended, a drive, a save and a load, the timeline, the
//! sizes of the window.

use crate::guide::{GuidePolicy, key, mouse};
use crate::reading::{beside, cell, find, middle, part, place, seek, texts};
use crate::twin::{Twin, grouped};
use image::{Rgb, RgbImage};
use resonetics::cluster::{Action, Intervention};
use resonetics::simulation::{ActionResult, Cause, Command, Decision, FrameHistory, LiveCluster, ManualControl};
use resonetics::view::{Picture, Widget};
use std::fs;

/// The cell that is broken.
const BROKEN: [usize; 2] = [1, 4];

/// Compares the middle of each cell's top with the colour that the state gives it. Signs and the ring may veil a few.
fn compare_colours(picture: &Picture, image: &RgbImage) {
    let alike = picture.cells.iter().filter(|cell| {
        let [x, y] = cell.at.expect("it is in the picture");
        let Rgb(seen) = *image.get_pixel(x.round() as u32, y.round() as u32);
        let wanted = u32::from_str_radix(&cell.colour[1..], 16).expect("a colour").to_be_bytes();
        seen.iter().zip(&wanted[1..]).all(|(seen, wanted)| seen.abs_diff(*wanted) <= 2)
    });
    let (alike, all) = (alike.count(), picture.cells.len());
    assert!(alike * 10 >= all * 8, "{alike} of {all} cells have their colour in mode {}", picture.mode);
}

/// The timeline, and the numbers of its first moment, its last and the one that is shown.
fn timeline(picture: &Picture) -> (&Widget, [u64; 3]) {
    let widget = find(picture, "strip", "Timeline");
    let [first, last] = widget.range.expect("it has ends");
    let now: f64 = widget.value.as_ref().and_then(|value| value.parse().ok()).expect("a number");
    (widget, [first as u64, last as u64, now as u64])
}

/// The pixel of the timeline that stands for a moment.
fn pixel(picture: &Picture, number: u64) -> (i16, i16) {
    let (widget, [first, last, _]) = timeline(picture);
    let [left, _, right, _] = widget.rect.expect("it is in sight");
    let x = left + (number - first) as f32 / (last - first) as f32 * (right - left);
    (x.round() as i16, middle(widget).expect("it is in sight").1)
}

/// Numbers of the moments of the first cluster at which there is a mark.
fn marks(twin: &Twin) -> Vec<u64> {
    let alarm = twin.settings().view.alarm;
    let mut above = false;
    let marked = twin.get::<FrameHistory>().frames().filter(|(_, frame)| {
        let (before, risk) = (above, frame.forecast_and_decision().map(|(forecast, _)| f64::from(forecast.risk)));
        above = frame.cause != Cause::Start && risk.map_or(above, |risk| risk >= alarm);
        frame.cause != Cause::Tick || frame.action_result.step.outcome.is_collapse() || (above && !before)
    });
    marked.map(|(number, _)| number).collect()
}

/// Nothing of the overlay lies over the middle of the cluster, and the scene keeps two fifths of the window.
fn scene_is_free(picture: &Picture) {
    let [left, top, right, bottom] = picture.area;
    let share = f64::from((right - left) * (bottom - top)) / f64::from(picture.size[0] * picture.size[1]);
    assert!(share >= 0.4, "the scene has {share} of {:?}", picture.size);
    let [x, y] = cell(picture, [3, 3]).at.expect("it is in the picture");
    assert!((left as f32..right as f32).contains(&x) && (top as f32..bottom as f32).contains(&y), "{x}, {y}");
    let covers = |widget: &&Widget| widget.rect.is_some_and(|[l, t, r, b]| (l..r).contains(&x) && (t..b).contains(&y));
    assert_eq!(picture.widgets.iter().find(covers), None, "nothing lies over the middle cell");
}

#[test]
fn the_whole_tour() {
    let arguments = ["--scenario", "calm", "--seed", "11", "--policy", "pilot:builtin", "--speed", "2"];
    let Some(mut guide) = GuidePolicy::begin(&arguments, &["Run", "Save and load", "Legend"]) else { return };
    let mut twin = Twin::new("calm", &[("run.seed", "11"), ("run.policy", "pilot:builtin")]);

    // Pause by the key, step by the button.
    guide.wait_for_tick(12);
    guide.press(&[key::SPACE]);
    let (paused, image) = guide.look();
    assert!(!paused.running);
    twin.compare(&paused);
    compare_colours(&paused, &image);
    assert_eq!(beside(&paused, "Run", "Steps"), grouped(paused.tick));
    guide.click_on("Run", "Step");
    let stepped = guide.picture();
    assert_eq!(stepped.tick, paused.tick + 1);
    twin.compare(&stepped);
    guide.click_on("Run", "Start");
    guide.wait_for_tick(stepped.tick + 3);
    guide.picture();
    guide.click_on("Run", "Pause");
    let before = guide.picture();
    assert!(!before.running && seek(&before, "Run", "Start").is_some());

    // Colours by the key and by the menu.
    guide.letter('c');
    let cpu = guide.picture();
    assert_eq!((cpu.mode.as_str(), find(&cpu, "Legend", "Colours (C)").value.as_deref()), ("cpu", Some("CPU")));
    guide.click_on("Legend", "Colours (C)");
    guide.picture();
    guide.click_on("", "Memory drift");
    guide.leave();
    let (drift, image) = guide.look();
    assert_eq!(drift.mode, "drift");
    compare_colours(&drift, &image);

    // A cell is picked and made to leak by the button on its card.
    guide.click(place(&drift, BROKEN));
    let picked = guide.picture();
    assert_eq!(picked.focus, Some(BROKEN));
    assert_eq!(beside(&picked, "Cell", "Row, column"), "1, 4");
    let (at, broken) = (picked.tick, BROKEN[0] * 6 + BROKEN[1]);
    guide.click_on("Cell", "Memory leak (B)");
    guide.leave();
    twin.to(at);
    twin.ask(Command::Intervene {
        cluster: 0,
        intervention: Intervention::Leak { cell: broken as u32, per_step: 0.02 },
    });
    let leaking = guide.picture();
    assert_eq!(leaking.tick, at, "it is done between two ticks");
    assert!(guide.commands().contains(&format!("{at},leak row 1 column 4 by 0.02 per step in cluster 0")));

    // The agent comes and mends it, in the window as in the twin.
    let mends = |twin: &Twin| {
        let (cluster, action) = (&twin.get::<LiveCluster>().0, twin.get::<Decision>().choice.action);
        let paid = twin.get::<ActionResult>().effect.refused == 0.0;
        cluster.agent() == (BROKEN[0], BROKEN[1]) && paid && matches!(action, Action::FullClean | Action::MemoryClean)
    };
    let mended = (at + 1..at + 150).find(|tick| {
        twin.to(*tick);
        mends(&twin)
    });
    let mended = mended.expect("the agent comes within 150 steps");
    guide.press(&[key::SPACE]);
    guide.wait_for_tick(mended + 2);
    guide.press(&[key::SPACE]);
    let after = guide.picture();
    assert!(after.tick > mended && !after.running);
    twin.compare(&after);

    // The timeline is dragged to the moment before, and a step further on it is done.
    let (_, [_, last, now]) = timeline(&after);
    assert_eq!((now, twin.get::<FrameHistory>().range().end), (last, last + 1));
    let moment = last - (after.tick - mended) - 1;
    guide.drag(mouse::LEFT, pixel(&after, last), pixel(&after, moment));
    let mut ill = guide.picture();
    assert_eq!((timeline(&ill).1[2], ill.tick), (moment, mended - 1), "the pointer chose the moment");
    assert!(texts(&ill, "strip").contains(&format!("LOOKING BACK: tick {0}, step {0}", mended - 1)));
    twin.compare(&ill);
    let full = cell(&ill, BROKEN).memory;
    let was = cell(&leaking, BROKEN).memory;
    assert!(full > was + 0.02, "it leaked from {was} to {full}");
    guide.letter('.');
    let well = guide.picture();
    assert_eq!((well.tick, well.agent), (mended, BROKEN));
    assert!(well.touched.contains(&BROKEN) && well.action.as_ref().is_some_and(|name| name.contains("clean")));
    assert!(cell(&well, BROKEN).memory < full - 0.02, "{:?} after {full}", cell(&well, BROKEN));
    twin.compare(&well);

    // From mark to mark, and back to the present.
    guide.click_on("strip", "|<");
    ill = guide.picture();
    let marked = marks(&twin).into_iter().rev().find(|number| *number < moment + 1).expect("a mark");
    assert_eq!(timeline(&ill).1[2], marked);
    guide.click_on("strip", ">|");
    let next = guide.picture();
    twin.to(after.tick);
    let wanted = marks(&twin).into_iter().find(|number| *number > marked).unwrap_or(last);
    assert_eq!(timeline(&next).1[2], wanted);
    guide.letter('l');
    let present = guide.picture();
    assert_eq!((present.tick, seek(&present, "strip", "Live").map(|live| live.enabled)), (after.tick, Some(false)));

    // The visitor takes the wheel, and hands it back.
    guide.letter('t');
    guide.picture();
    twin.ask(Command::TakeOver(0));
    let drives = [
        (key::LEFT, Action::Left),
        (key::UP, Action::Up),
        (key::RIGHT, Action::Right),
        (key::DOWN, Action::Down),
        (u32::from(b'1'), Action::FullClean),
        (u32::from(b'2'), Action::MemoryClean),
        (u32::from(b'3'), Action::Throttle),
        (u32::from(b'4'), Action::Scale),
    ];
    for (pressed, action) in drives {
        guide.press(&[pressed]);
        twin.ask(Command::Drive(action));
        twin.to(twin.ticks() + 1);
        guide.wait_for_tick(twin.ticks());
    }
    let manual = guide.picture();
    assert_eq!(manual.tick, after.tick + 8);
    twin.compare(&manual);
    let message = texts(&manual, "You drive");
    let far = |name: &str, cluster: &resonetics::cluster::Cluster| {
        format!("{name}: step {}, load {:.0}%, alive", cluster.time(), 100.0 * cluster.mean_load())
    };
    let manual_control = twin.world.resource::<ManualControl>().drive().expect("somebody drives");
    assert!(message.contains(&far("you", &twin.get::<LiveCluster>().0)), "{message:?}");
    assert!(!manual_control.rivals().is_empty());
    for rival in manual_control.rivals() {
        assert!(message.contains(&far(rival.name(), rival.cluster())), "{message:?}");
    }
    guide.click_on("You drive", "Hand back (T)");
    guide.leave();
    let back = guide.picture();
    twin.ask(Command::HandBack);
    let message = texts(&back, "Your drive");
    let report = twin.world.resource::<ManualControl>().report().expect("a report").clone();
    assert_eq!(beside(&back, "Your drive", "Taken over at step"), report.since.to_string());
    for stretch in std::iter::once(&report.person).chain(&report.rivals) {
        let line = format!("{}: {} of 300 steps, {}", stretch.name, stretch.survived, stretch.state());
        assert!(message.contains(&line), "{line}: {message:?}");
    }
    guide.click_on("Your drive", "Close window");

    // Saved by the button, gone on, and back to what was saved.
    guide.picture();
    guide.click_on("Save and load", "Save");
    let message = guide.picture();
    let saved = message.tick;
    assert!(guide.commands().contains(&format!("{saved},save")), "{}", guide.commands());
    let file = texts(&message, "strip").iter().find_map(|text| text.strip_prefix("saved ").map(str::to_owned));
    assert!(guide.folder().join(file.expect("the strip tells of it")).exists());
    guide.press(&[key::SPACE]);
    guide.wait_for_tick(saved + 9);
    guide.press(&[key::SPACE]);
    let beyond = guide.picture();
    twin.compare(&beyond);
    assert_eq!(guide.rows(), beyond.tick + 1);
    assert!(beside(&beyond, "Save and load", "Saved").ends_with("ago"));
    guide.click_on("Save and load", "checkpoint.rsnt");
    guide.write("run");
    let typed = guide.picture();
    assert_eq!(find(&typed, "Save and load", "checkpoint.rsnt").value.as_deref(), Some("run"));
    assert_eq!((typed.tick, typed.running), (beyond.tick, false), "letters that are typed are no shortcuts");
    guide.click_on("Save and load", "Load");
    guide.leave();
    let loaded = guide.picture();
    assert_eq!((loaded.tick, guide.rows()), (saved, saved + 1), "the rows after it are cut off");
    twin.compare(&loaded);
    guide.letter('n');
    let again = guide.picture();
    assert_eq!(again.tick, saved + 1);
    twin.compare(&again);

    // Other sizes of the window.
    guide.press(&[key::ESCAPE]);
    for size in [(800, 600), (1000, 640), (1280, 720)] {
        guide.resize(size);
        let (sized, image) = guide.look();
        assert_eq!((sized.size, sized.focus), ([size.0, size.1], None));
        scene_is_free(&sized);
        compare_colours(&sized, &image);
        assert!(!part(&sized, "left").is_empty() && !part(&sized, "strip").is_empty());
    }
    let folder = guide.close();
    let summary = fs::read_to_string(folder.path().join("run/summary.json")).expect("a summary");
    assert!(summary.contains("\"ended\": \"closed\""), "{summary}");
}
