//! The real window: opened under whatever display there is, pictured by the program itself, and compared with the state
//! that the same seed gives without a window.
//!
//! Where no window can be opened the tests say so and pass, unless `RESONETICS_REQUIRE_WINDOW` is set, as in CI.

#[cfg(target_os = "linux")]
#[path = "../support/display.rs"]
mod display;
mod panels;
mod replay;
mod scene;

use bevy::color::ColorToPacked;
use bevy::ecs::world::World;
use image::{Rgb, RgbImage};
use resonetics::settings::Settings;
use resonetics::simulation::{self, ChartHistory, ClusterOrder, FrameHistory, LiveCluster, Simulation};
use resonetics::storage::{Checkpoint, RunFolder};
use resonetics::view::NamedChoice;
use resonetics::view::{CellPicture, CellState, ColourMode, OomEstimates, Picture};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::{TempDir, tempdir};

const PROGRAM: &str = env!("CARGO_BIN_EXE_resonetics");
/// How long anything may take on a slow machine that draws in software.
const PATIENCE: Duration = Duration::from_secs(60);

fn window_is_missing() -> bool {
    if std::env::var_os("RESONETICS_REQUIRE_WINDOW").is_some() {
        return false;
    }
    let probe = Command::new(PROGRAM).arg("probe-display").stderr(Stdio::null()).status();
    let missing = !probe.is_ok_and(|status| status.success());
    if missing {
        println!("skipped: no window can be opened here");
    }
    missing
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(PROGRAM).args(arguments).current_dir(folder).output();
    output.expect("the program starts")
}

fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let (message, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {message}{complained}");
    assert!(!complained.contains("No window"), "no window was opened: {complained}");
    complained.into_owned()
}

/// The state after `ticks` ticks, from the library alone.
fn resimulated(settings: Settings, ticks: u64) -> World {
    let mut world = World::new();
    world.add_schedule(simulation::schedule());
    // Somebody who looks at the run: with it the tape is as long as in the window.
    world.insert_resource(ChartHistory::default());
    Simulation::prepare(settings, 1).expect("good settings").start(&mut world, None::<RunFolder>);
    (0..ticks).for_each(|_| simulation::tick(&mut world));
    world
}

fn picture(folder: &TempDir, arguments: &[&str]) -> (Picture, RgbImage) {
    let file = folder.path().join("picture.png");
    let other = folder.path().join("picture.json");
    fs::write(&other, "mine").expect("a file");
    let mut all = vec!["--screenshot", "picture.png", "--speed", "max", "--out", "run"];
    all.extend(arguments);
    succeed(folder.path(), &all);
    let message = fs::read(file.with_added_extension("json")).expect("the picture has its state beside it");
    assert_eq!(fs::read(&other).expect("a file"), b"mine", "the state has a name that no other file has");
    let picture = serde_json::from_slice(&message).expect("the state is readable");
    (picture, image::open(&file).expect("the picture is a PNG").to_rgb8())
}

/// Compares the picture with the state: every cell's numbers, place and colour.
fn compare(picture: &Picture, image: &RgbImage, settings: Settings) {
    let mut world = resimulated(settings, picture.tick);
    let shown = world.resource::<ClusterOrder>().0[picture.cluster].0;
    let (live, frame_history) = world.query::<(&LiveCluster, &FrameHistory)>().get(&world, shown).expect("a cluster");
    let (cluster, mut oom_estimates) = (&live.0, OomEstimates::default());
    let left = oom_estimates.update(frame_history, frame_history.range().end - 1);
    let mode = ColourMode::named(&picture.mode).expect("a mode");
    assert_eq!(picture.size, [image.width(), image.height()]);
    assert_eq!((picture.agent[0], picture.agent[1]), cluster.agent());
    assert_eq!(picture.cells.len(), cluster.cells().cpu.len());
    let mut colours = std::collections::HashSet::new();
    for cell in &picture.cells {
        let index = cluster.index(cell.row, cell.column);
        let cells = cluster.cells();
        let state = (cells.cpu[index], cells.mem[index], cells.priority[index]);
        assert_eq!((cell.cpu, cell.memory, cell.priority), state, "row {}, column {}", cell.row, cell.column);
        assert_eq!(cell.left, left[index].is_finite().then_some(left[index]));
        if under_the_ring(picture, cell) {
            continue;
        }
        // The sign of an action lies over the cells that it touched, and may cover a middle.
        let signed = picture.touched.contains(&[cell.row, cell.column]);
        colours.insert(compare_cell(cell, mode, image, if signed { 8 } else { 0 }));
    }
    let different = match mode {
        ColourMode::Priority => 3,
        _ => (picture.cells.len() / 2).min(60),
    };
    assert!(colours.len() >= different, "the cells differ, so must their colours: {colours:?}");
}

/// Whether a cell may lie under the ring of the agent, which in a large cluster is wider than one.
fn under_the_ring(picture: &Picture, cell: &CellPicture) -> bool {
    let side = picture.cells.iter().map(|cell| cell.row.max(cell.column) + 1).max().unwrap_or(0);
    let [row, column] = picture.agent;
    side > 20 && cell.row.abs_diff(row).max(cell.column.abs_diff(column)) <= side / 20
}

/// Compares the middle of a cell's top, or what is at most `reach` pixels beside it, with what the mode makes of its numbers;
/// answers its colour.
fn compare_cell(cell: &CellPicture, mode: ColourMode, image: &RgbImage, reach: u32) -> [u8; 3] {
    let &CellPicture { cpu, memory, priority, left, .. } = cell;
    let state = CellState { cpu, memory, priority, steps_left: left.unwrap_or(f32::INFINITY) };
    let [x, y] = cell.at.expect("every cell is in the picture");
    let middle = [x.round() as u32, y.round() as u32];
    let [red, green, blue, _] = mode.colour(&state).to_u8_array();
    let apart = |from: [u8; 3], seen: [u8; 3]| from.iter().zip(seen).map(|(one, other)| one.abs_diff(other)).max();
    let message = (cell.row, cell.column, mode.name());
    let places = (0..=2 * reach).flat_map(|down| (0..=2 * reach).map(move |right| [right, down]));
    let pixels = places.map(|[right, down]| image.get_pixel(middle[0] + right - reach, middle[1] + down - reach).0);
    let found = pixels.clone().find(|seen| apart([red, green, blue], *seen) <= Some(2));
    let Rgb(seen) = *image.get_pixel(middle[0], middle[1]);
    // The cross on a dead cell leaves its middle free, but where cells are a few pixels wide the middle is less than one.
    let crossed = memory >= resonetics::cluster::OOM && apart([255, 247, 243], seen) <= Some(2);
    assert!(crossed || found.is_some(), "{message:?}: {seen:?} is not {:?}", [red, green, blue]);
    found.unwrap_or(seen)
}

#[test]
fn every_cell_has_the_colour_that_the_palette_gives_to_its_state() {
    if window_is_missing() {
        return;
    }
    let folder = tempdir().expect("a folder");
    let (picture, image) = picture(&folder, &["--at-tick", "137", "--seed", "5"]);
    assert_eq!((picture.tick, picture.seed), (137, 5));
    let mut settings = Settings::default();
    settings.set("run.seed", "5").expect("a seed");
    compare(&picture, &image, settings);
    // The ring is round the agent's cell, and nowhere else.
    let is_ring =
        |&Rgb([red, green, blue]): &Rgb<u8>| red > 230 && (120..160).contains(&green) && (195..230).contains(&blue);
    let at = |row, column| picture.cells.iter().find(|cell| [cell.row, cell.column] == [row, column]);
    let [x, y] = at(picture.agent[0], picture.agent[1]).and_then(|cell| cell.at).expect("the agent's cell");
    let ring: Vec<_> = image.enumerate_pixels().filter(|(.., pixel)| is_ring(pixel)).collect();
    assert!(ring.len() > 100, "{} pixels of the ring", ring.len());
    let far = ring.iter().filter(|(px, py, _)| (*px as f32 - x).hypot(*py as f32 - y) > 80.0).count();
    assert_eq!(far, 0);
}

#[test]
fn a_cluster_that_is_not_square_is_shown_as_a_whole() {
    if window_is_missing() {
        return;
    }
    let folder = tempdir().expect("a folder");
    let sizes = ["cluster.rows=3", "cluster.columns=11", "cluster.initial_budget=40"];
    let arguments: Vec<_> = sizes.iter().flat_map(|size| ["--set", size]).chain(["--at-tick", "20"]).collect();
    let (picture, image) = picture(&folder, &arguments);
    let mut settings = Settings::default();
    for size in sizes {
        let (path, value) = size.split_once('=').expect("path and value");
        settings.set(path, value).expect("a good value");
    }
    compare(&picture, &image, settings);
}

#[test]
fn a_remembered_layout_gives_the_scene_its_room_and_a_broken_file_stops_nothing() {
    if window_is_missing() {
        return;
    }
    let leftmost = |layout: Option<&str>| {
        let folder = tempdir().expect("a folder");
        let mut arguments = vec!["--at-tick", "5", "--seed", "5"];
        if let Some(text) = layout {
            fs::write(folder.path().join("layout.ron"), text).expect("a file");
            arguments.extend(["--set", "view.layout=layout.ron"]);
        }
        let (picture, _) = picture(&folder, &arguments);
        if let Some(text) = layout {
            let kept = fs::read_to_string(folder.path().join("layout.ron")).expect("a file");
            assert_eq!(kept, text, "what nobody changed is not written");
        }
        let places = picture.cells.iter().filter_map(|cell| cell.at);
        places.map(|[x, _]| x).fold(f32::MAX, f32::min)
    };
    let usual = leftmost(None);
    assert_eq!(leftmost(Some("(left: broken")), usual);
    let wide = leftmost(Some("(left: (shown: false, width: 300.0))"));
    assert!(usual > 268.0 && wide < usual - 50.0, "{usual} and {wide}");
}

#[test]
fn the_window_writes_the_same_bytes_as_the_trainer_at_any_speed() {
    if window_is_missing() {
        return;
    }
    let folder = tempdir().expect("a folder");
    let settings = ["--set", "pilot.warmup=300", "--set", "run.steps_csv_every=7", "--set", "cluster.max_steps=90"];
    let common = ["--ticks", "700", "--seed", "9"].into_iter().chain(settings);
    let with = |first: &[&'static str]| first.iter().copied().chain(common.clone()).collect::<Vec<_>>();
    succeed(folder.path(), &with(&["--out", "fast", "--speed", "max"]));
    succeed(folder.path(), &with(&["--out", "slow", "--speed", "30"]));
    succeed(folder.path(), &with(&["train", "--clusters", "1", "--out", "unseen"]));
    for name in ["episodes.csv", "steps.csv", "settings.ron"] {
        let read = |run: &str| fs::read(folder.path().join(run).join(name)).expect("the run has its tables");
        let unseen = read("unseen");
        assert!(unseen.iter().filter(|byte| **byte == b'\n').count() > 3, "{name} has rows to compare");
        assert_eq!(read("fast"), unseen, "{name}");
        assert_eq!(read("slow"), unseen, "{name}");
    }
}

#[test]
fn a_run_goes_on_in_the_window_and_in_the_terminal_with_the_same_bytes() {
    if window_is_missing() {
        return;
    }
    let folder = tempdir().unwrap();
    let common = ["--clusters", "2", "--seed", "5", "--set", "pilot.warmup=100", "--set", "run.steps_csv_every=2"];
    succeed(folder.path(), &[&["train", "--ticks", "900", "--out", "whole"], &common[..]].concat());
    succeed(folder.path(), &[&["train", "--ticks", "350", "--out", "parts"], &common[..]].concat());
    let message = succeed(folder.path(), &["--resume", "parts", "--ticks", "700", "--speed", "max"]);
    assert!(message.contains("Resuming parts from step-000000000700.rsnt"), "{message}");
    succeed(folder.path(), &["train", "--resume", "parts", "--ticks", "900"]);
    for table in ["episodes.csv", "steps.csv", "commands.csv"] {
        let read = |run: &str| fs::read_to_string(folder.path().join(run).join(table)).unwrap();
        assert!(read("whole") == read("parts"), "{table}");
    }
    let model = |run: &str| Checkpoint::load(&folder.path().join(run)).unwrap().model;
    assert!(model("whole") == model("parts"));
}

#[test]
fn without_a_display_it_says_so_and_trains_in_the_terminal() {
    let folder = tempdir().expect("a folder");
    for display in [None, Some(":4711")] {
        let mut command = Command::new(PROGRAM);
        command.args(["--ticks", "60", "--out", if display.is_none() { "none" } else { "dead" }]);
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
        command.envs(display.map(|display| ("DISPLAY", display)));
        let output = command.current_dir(folder.path()).output().expect("the program starts");
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complained}");
        let lines = complained.lines().filter(|line| line.contains("training in the terminal instead")).count();
        assert_eq!(lines, 1, "{complained}");
        assert!(!complained.contains("panicked"), "{complained}");
    }
    assert!(folder.path().join("none/episodes.csv").exists() && folder.path().join("dead/summary.json").exists());
}

#[test]
fn a_picture_without_a_display_is_a_failure() {
    let folder = tempdir().expect("a folder");
    let mut command = Command::new(PROGRAM);
    command.args(["--screenshot", "picture.png", "--at-tick", "5"]).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let output = command.current_dir(folder.path()).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--screenshot needs a window"));
    assert!(!folder.path().join("runs").exists(), "a run that cannot begin leaves nothing behind");
}

#[test]
fn ctrl_c_saves_the_run_and_closes_the_window() {
    if window_is_missing() {
        return;
    }
    let (folder, mut child) = begin(&[]);
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.is_ok_and(|status| status.success()));
    ends_saved(&folder, &mut child, "interrupted");
}

#[cfg(target_os = "linux")]
#[test]
fn a_window_that_is_resized_and_closed_saves_the_run() {
    if window_is_missing() || std::env::var_os("DISPLAY").is_none() {
        return;
    }
    if display::is_desktop() {
        println!("skipped: a window manager decides about sizes here");
        return;
    }
    let (folder, mut child) = begin(&[]);
    let window = display::WindowOf::process(child.id()).expect("the window is on the display");
    for size in [(1000, 640), (300, 200), (1280, 800)] {
        window.resize(size).expect("the display obeys");
        let rows = rows(&folder);
        wait_until(&mut child, || self::rows(&folder) > rows + 1);
    }
    window.close().expect("the display obeys");
    ends_saved(&folder, &mut child, "closed");
}

#[test]
fn the_running_time_limit_saves_and_pauses() {
    if window_is_missing() {
        return;
    }
    let (folder, mut child) = begin(&["--max-runtime", "1s", "--speed", "1"]);
    let saved = || fs::read_to_string(folder.path().join("run/commands.csv")).is_ok_and(|text| text.contains("save"));
    wait_until(&mut child, saved);
    let at_rest = rows(&folder);
    // The frame that reaches the limit lasts a second at most: below two seconds of ten ticks, and the head of the table.
    assert!(at_rest <= 22, "{at_rest} rows after a second of ten ticks");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().is_ok_and(|status| status.success()));
    ends_saved(&folder, &mut child, "interrupted");
    assert_eq!(rows(&folder), at_rest, "nothing ran while it was paused");
}

/// Starts a run and waits until it has written rows.
fn begin(more: &[&str]) -> (TempDir, Child) {
    let folder = tempdir().expect("a folder");
    let arguments = ["--out", "run", "--set", "run.steps_csv_every=1"];
    let child = Command::new(PROGRAM).args(arguments).args(more).current_dir(folder.path()).spawn();
    let mut child = child.expect("the program starts");
    wait_until(&mut child, || rows(&folder) > 3);
    (folder, child)
}

fn rows(folder: &TempDir) -> usize {
    fs::read_to_string(folder.path().join("run/steps.csv")).map_or(0, |text| text.lines().count())
}

/// Waits for something, though not for ever.
fn wait<T>(child: &mut Child, mut done: impl FnMut(&mut Child) -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(done) = done(child) {
            return done;
        }
        if begun.elapsed() > PATIENCE {
            // A window that hangs would stay when the test is gone.
            child.kill().expect("a child");
            panic!("waited in vain for {} s", PATIENCE.as_secs());
        }
        sleep(Duration::from_millis(5));
    }
}

fn wait_until(child: &mut Child, done: impl Fn() -> bool) {
    wait(child, |child| {
        assert!(child.try_wait().expect("a child").is_none(), "it ended by itself");
        done().then_some(())
    });
}

fn ends_saved(folder: &TempDir, child: &mut Child, ended: &str) {
    // A run that a signal ended can go on; a window that was closed is done.
    let code = if ended == "interrupted" { 75 } else { 0 };
    assert_eq!(wait(child, |child| child.try_wait().expect("a child")).code(), Some(code));
    let summary = fs::read_to_string(folder.path().join("run/summary.json")).expect("a summary");
    assert!(summary.contains(&format!("\"ended\": \"{ended}\"")), "{summary}");
    assert!(fs::read_dir(folder.path().join("run/checkpoints")).is_ok_and(|mut files| files.next().is_some()));
}

/// A process that does not outlive the test, however that ends.
#[cfg(target_os = "linux")]
struct Process(Child);

#[cfg(target_os = "linux")]
impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn where_wayland_cannot_be_used_the_window_opens_by_x11() {
    if window_is_missing() || std::env::var_os("DISPLAY").is_none() {
        return;
    }
    let folder = tempdir().expect("a folder");
    let mut command = Command::new(PROGRAM);
    command.args(["--ticks", "5", "--speed", "max", "--out", "run"]).current_dir(folder.path());
    let output = command.env("WAYLAND_DISPLAY", "absent").output().expect("the program starts");
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complained}");
    assert!(complained.contains("opening the window by X11 instead") && complained.contains("Learning on default"));
    assert!(!complained.contains("No window"), "{complained}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_whose_display_goes_away_has_been_saved_by_the_clock_and_says_how_it_goes_on() {
    if window_is_missing() {
        return;
    }
    // A display of its own, which it can lose.
    let mut server = Command::new("Xvfb");
    server.args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-noreset"]).stderr(Stdio::null());
    let mut server = Process(server.stdout(Stdio::piped()).spawn().expect("Xvfb, which CI installs"));
    let mut number = String::new();
    BufReader::new(server.0.stdout.take().expect("a pipe")).read_line(&mut number).expect("the number of the display");
    let folder = tempdir().expect("a folder");
    let mut command = Command::new(PROGRAM);
    command.args(["--out", "run", "--speed", "max", "--set", "run.checkpoint_minutes=0.01"]).current_dir(folder.path());
    command.env("DISPLAY", format!(":{}", number.trim())).env_remove("WAYLAND_DISPLAY").stderr(Stdio::piped());
    let mut window = Process(command.spawn().expect("the program starts"));
    let checkpoints = folder.path().join("run/checkpoints");
    let saved = || {
        fs::read_dir(&checkpoints).is_ok_and(|mut files| {
            files.any(|file| {
                file.is_ok_and(|file| file.path().extension().is_some_and(|end| end == Checkpoint::EXTENSION))
            })
        })
    };
    wait_until(&mut window.0, saved);
    drop(server);
    let code = wait(&mut window.0, |child| child.try_wait().expect("a child")).code();
    let mut complained = String::new();
    window.0.stderr.take().expect("a pipe").read_to_string(&mut complained).expect("text");
    assert_eq!(code, Some(1), "{complained}");
    assert!(
        complained.contains("the display is gone: `resonetics train --resume run` goes on from run/checkpoints/step-")
    );
    assert!(!complained.contains("panicked"), "{complained}");
    assert!(run(folder.path(), &["inspect", "run"]).status.success(), "everything is whole");
}
