//! The names of several clusters, which stand over them in the scene.

use super::{picture, window_is_missing};
use resonetics::view::{CellPicture, Picture};
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
