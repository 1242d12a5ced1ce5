//! What the overlay tells of several clusters and of a recording, by the widgets of its pictures.

use super::{picture, succeed, window_is_missing};
use resonetics::view::{CellPicture, Picture};
use std::fs;
use tempfile::tempdir;

/// The place of a text that stands in the scene itself and in no panel, in pixels.
fn in_the_scene(picture: &Picture, text: &str) -> Option<[f32; 4]> {
    picture.widgets.iter().find(|widget| widget.text == text && widget.within.is_empty())?.rect
}

/// Whether a text stands over the far edge of the cluster between these two corners.
fn stands_over([left, top, right, bottom]: [f32; 4], corners: [&CellPicture; 2]) -> bool {
    let [first, last] = corners.map(|cell| cell.at.expect("it is in the picture"));
    let middle = (left + right) / 2.0;
    top < bottom && bottom < first[1] && first[1] - bottom < 80.0 && (first[0]..last[0]).contains(&middle)
}

#[test]
fn contenders_have_their_names_over_them() {
    if window_is_missing() {
        return;
    }
    let folder = tempdir().expect("a folder");
    let contenders = ["--policy", "patrol", "--against", "heuristic", "--at-tick", "40", "--seed", "3"];
    let (picture, _) = picture(&folder, &contenders);
    let [first, .., last] = &picture.cells[..] else { panic!("cells") };
    let [other] = &picture.beside[..] else { panic!("two contenders") };
    let patrol = in_the_scene(&picture, "patrol").expect("the name of the first");
    let heuristic = in_the_scene(&picture, "heuristic").expect("the name of the second");
    assert!(stands_over(patrol, [first, last]), "{patrol:?}");
    assert!(stands_over(heuristic, [&other.corners[0], &other.corners[1]]), "{heuristic:?}");
}

#[test]
fn on_a_wall_the_cluster_in_focus_has_a_name_and_the_charts() {
    if window_is_missing() {
        return;
    }
    let folder = tempdir().expect("a folder");
    let (picture, _) = picture(&folder, &["--clusters", "4", "--focus", "3", "--at-tick", "40", "--size", "1000x700"]);
    assert_eq!(picture.size, [1000, 700]);
    let [first, .., last] = &picture.cells[..] else { panic!("cells") };
    assert!(stands_over(in_the_scene(&picture, "cluster 3").expect("its name"), [first, last]));
    assert_eq!(in_the_scene(&picture, "cluster 0"), None);
    let charts = |text: &str| {
        picture.widgets.iter().any(|widget| widget.text == text && widget.within.iter().any(|part| part == "Charts"))
    };
    assert!(charts("cluster 3"), "the charts say whose they are");
}

#[test]
fn a_recording_shows_what_it_tells_and_nothing_that_only_a_run_has() {
    if window_is_missing() {
        return;
    }
    let place = tempdir().expect("a folder");
    let train = "train --scenario cascade --steps 3000 --clusters 2 --set cluster.leak_median=0.008 --out run";
    succeed(place.path(), &train.split_whitespace().collect::<Vec<_>>());
    let boxes = fs::read_dir(place.path().join("run/blackbox")).expect("collapses left black boxes");
    let file = boxes.map(|entry| entry.expect("a file").path()).min().expect("a black box");
    let it = resonetics::blackbox::BlackBox::load(&file).expect("it is whole");
    let (steps, tick) = (it.action_log.steps(), it.tick - 3);
    let at = tick.to_string();
    let shown = ["replay", file.to_str().expect("a path"), "--at-tick", &at, "--screenshot", "replay.png"];
    succeed(place.path(), &[&shown[..], &["--size", "1280x900"]].concat());
    let message = fs::read(place.path().join("replay.json")).expect("the state");
    let picture: Picture = serde_json::from_slice(&message).expect("it is readable");
    let parts = |part: &str| {
        let inside = picture.widgets.iter().filter(|widget| widget.within.iter().any(|of| of == part));
        inside.map(|widget| widget.text.as_str()).collect::<Vec<_>>()
    };
    let says = |part: &str, wanted: &str| parts(part).into_iter().any(|text| text.starts_with(wanted));
    assert!(says("Recording", &format!("{} / {steps}", steps - 3)), "the step");
    assert!(says("Charts", "load and risk: load ") && says("Charts", "reward: reward "), "the charts are filled");
    let of = format!(" of {steps}");
    assert!(
        parts("Charts").into_iter().filter(|chart| chart.contains(&of)).count() >= 2,
        "with every step of the episode"
    );
    assert!(says("Prophet", &format!("{:.0}%, collapse within", 100.0 * picture.risk)), "the recorded risk");
    for absent in ["Scenario", "Compare", "Tuning", "Settings", "Save and load", "Run"] {
        assert!(parts(absent).is_empty(), "{absent} makes no sense in a recording");
    }
    assert!(!says("Prophet", "Forecast skill") && !says("Charts", "losses"));
}
