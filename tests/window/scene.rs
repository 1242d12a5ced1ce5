//! What the scene shows besides the plain picture: modes, cameras, sizes, a wall, the agent's deeds, fear.

use super::{compare, compare_cell, picture, resimulated, run, window_is_missing};
use image::{Rgb, RgbImage};
use resonetics::cluster::Action;
use resonetics::settings::Settings;
use resonetics::simulation::{ActionResult, ClusterOrder, Decision};
use resonetics::view::NamedChoice;
use resonetics::view::{ColourMode, Picture};
use tempfile::tempdir;

fn settings(values: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::default();
    for (path, value) in values {
        settings.set(path, value).expect("a good value");
    }
    settings
}

/// Pixels within `reach` of a place whose colour is near to this one.
fn near(image: &RgbImage, [x, y]: [f32; 2], reach: f32, colour: [u8; 3]) -> usize {
    let alike = |seen: [u8; 3]| seen.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 42);
    let close = |px: u32, py: u32| (px as f32 - x).hypot(py as f32 - y) < reach;
    image.enumerate_pixels().filter(|(px, py, Rgb(seen))| close(*px, *py) && alike(*seen)).count()
}

fn place(picture: &Picture, [row, column]: [usize; 2]) -> [f32; 2] {
    let cell = picture.cells.iter().find(|cell| [cell.row, cell.column] == [row, column]);
    cell.and_then(|cell| cell.at).expect("the cell is in the picture")
}

#[test]
fn every_mode_and_camera_shows_the_colours_of_the_state() {
    if window_is_missing() {
        return;
    }
    let cameras = ["orbit", "top", "top", "orbit", "top"];
    for (mode, camera) in ColourMode::ALL.into_iter().zip(cameras) {
        let folder = tempdir().expect("a folder");
        let options = ["--mode", mode.name(), "--camera", camera, "--at-tick", "73", "--seed", "3"];
        let (picture, image) = picture(&folder, &options);
        assert_eq!((picture.mode.as_str(), picture.camera.as_str()), (mode.name(), camera));
        compare(&picture, &image, settings(&[("run.seed", "3")]));
    }
}

#[test]
fn a_large_cluster_is_shown_cell_by_cell() {
    if window_is_missing() {
        return;
    }
    let folder = tempdir().expect("a folder");
    let sizes = [("cluster.rows", "64"), ("cluster.columns", "64"), ("cluster.oom_limit", "4096")];
    let mut options: Vec<String> =
        sizes.iter().flat_map(|(path, value)| ["--set".into(), format!("{path}={value}")]).collect();
    options.extend(["--mode", "drift", "--camera", "top", "--at-tick", "30"].map(Into::into));
    let (picture, image) = picture(&folder, &options.iter().map(String::as_str).collect::<Vec<_>>());
    compare(&picture, &image, settings(&sizes));
}

#[test]
fn four_clusters_are_a_wall_with_one_in_focus() {
    if window_is_missing() {
        return;
    }
    let folder = tempdir().expect("a folder");
    let (picture, image) =
        picture(&folder, &["--clusters", "4", "--focus", "2", "--mode", "cpu", "--at-tick", "40", "--seed", "8"]);
    assert_eq!((picture.cluster, picture.clusters), (2, 4));
    compare(&picture, &image, settings(&[("run.seed", "8"), ("run.clusters", "4")]));
    let beside: Vec<_> = picture.beside.iter().map(|other| other.cluster).collect();
    assert_eq!(beside, [0, 1, 3]);
    for cell in picture.beside.iter().flat_map(|other| &other.corners) {
        compare_cell(cell, ColourMode::Cpu, &image, 0);
    }
}

#[test]
fn a_cluster_that_does_not_exist_and_unknown_names_are_refused() {
    let folder = tempdir().expect("a folder");
    for (options, problem) in [
        (["--mode", "heat"], "expected one of combined, cpu, drift, priority, time-left"),
        (["--camera", "drone"], "expected one of orbit, top, follow, fly"),
        (["--focus", "3"], "this run has 1 clusters, counted from 0"),
    ] {
        let output = run(folder.path(), &options);
        assert_eq!(output.status.code(), Some(2), "{options:?}");
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.contains(problem), "{message}");
    }
    assert!(!folder.path().join("runs").exists());
}

/// The first tick from 20 on at which the agent of this seed did `action` with success, if there is one soon.
fn event(action: Action) -> Option<u64> {
    let mut world = resimulated(settings(&[("run.seed", "5")]), 20);
    let agent = world.resource::<ClusterOrder>().0[0].1;
    // While the Prophet is untaught the guide acts, which never throttles.
    (21..6000).find(|_| {
        resonetics::simulation::tick(&mut world);
        let (decision, action_result) =
            world.query::<(&Decision, &ActionResult)>().get(&world, agent).expect("an agent");
        decision.choice.action == action && action_result.effect.refused == 0.0 && !action_result.step.outcome.is_over()
    })
}

#[test]
fn what_the_agent_did_is_marked_at_the_cells_that_it_touched() {
    if window_is_missing() {
        return;
    }
    let prophet_input = [
        (Action::FullClean, [115, 242, 204]),
        (Action::MemoryClean, [140, 204, 255]),
        (Action::Throttle, [250, 237, 140]),
        (Action::Scale, [178, 255, 191]),
    ];
    for (action, colour) in prophet_input {
        let Some(tick) = event(action) else { panic!("{action:?} is never done") };
        let folder = tempdir().expect("a folder");
        let tick = tick.to_string();
        let (picture, image) = picture(&folder, &["--mode", "priority", "--at-tick", &tick, "--seed", "5"]);
        assert_eq!(picture.action.as_deref(), Some(action.name()));
        assert!(!picture.touched.is_empty(), "{action:?}");
        for cell in &picture.touched {
            let signed = near(&image, place(&picture, *cell), 90.0, colour);
            assert!(signed > 60, "{action:?} at {cell:?}: {signed} pixels");
        }
        compare(&picture, &image, settings(&[("run.seed", "5")]));
    }
}

#[test]
fn the_ground_reddens_with_fear() {
    if window_is_missing() {
        return;
    }
    let folder = tempdir().expect("a folder");
    let (picture, image) = picture(&folder, &["--at-tick", "60", "--seed", "5"]);
    assert!(picture.risk > 0.0, "an untaught Prophet is never sure");
    let background = u32::from_str_radix(&picture.background[1..], 16).expect("a colour").to_be_bytes();
    // Below the bar at the top, between the panels on both sides.
    let Rgb(seen) = *image.get_pixel(image.width() / 2, 40);
    let apart = seen.iter().zip(&background[1..]).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(apart <= Some(2), "{seen:?} is not {}", picture.background);
    assert!(seen[0] > 22 + 3, "calm is #161a21, and this is not calm: {seen:?}");
}

#[test]
fn a_warning_stands_round_a_cluster_that_is_feared_for() {
    if window_is_missing() {
        return;
    }
    let border = |level: &str| {
        let folder = tempdir().expect("a folder");
        let options = ["--set", level, "--camera", "top", "--at-tick", "60", "--seed", "5"];
        let (picture, image) = picture(&folder, &options);
        // Half a cell and a little more beyond the middle cells of the last row; the banner hangs over the first.
        let (a, b) = (place(&picture, [5, 2]), place(&picture, [4, 2]));
        let edge = [a[0], a[1] - 0.72 * (b[1] - a[1])];
        (picture.alarm, near(&image, edge, 12.0, [242, 71, 31]))
    };
    let (alarm, red) = border("view.alarm=0.0001");
    assert!(alarm && red > 20, "{red} pixels of a warning");
    assert_eq!(border("view.alarm=1"), (false, 0));
}
