//! Pausing and stepping, colours, and the keys and buttons of the overlay itself.

use crate::guide::{GuidePolicy, key};
use crate::reading::{beside, find, middle, part, seek, texts};
use crate::twin::{Twin, grouped};
use image::{Rgb, RgbImage};
use resonetics::view::{Picture, Widget};

/// Compares the middle of each cell's top with the colour that the state gives it. Signs and the ring may veil a few.
pub fn compare_colours(picture: &Picture, image: &RgbImage) {
    let alike = picture.cells.iter().filter(|cell| {
        let [x, y] = cell.at.expect("it is in the picture");
        let Rgb(seen) = *image.get_pixel(x.round() as u32, y.round() as u32);
        let wanted = u32::from_str_radix(&cell.colour[1..], 16).expect("a colour").to_be_bytes();
        seen.iter().zip(&wanted[1..]).all(|(seen, wanted)| seen.abs_diff(*wanted) <= 2)
    });
    let (alike, all) = (alike.count(), picture.cells.len());
    assert!(alike * 10 >= all * 8, "{alike} of {all} cells have their colour in mode {}", picture.mode);
}

/// Paused by the key, stepped by the key and by the button, looked back at moment by moment.
pub fn time_stops_and_steps(guide: &mut GuidePolicy, twin: &mut Twin) {
    guide.wait_for_tick(12);
    guide.press(&[key::SPACE]);
    let (paused, image) = guide.look();
    assert!(!paused.running, "Space pauses");
    twin.compare(&paused);
    compare_colours(&paused, &image);
    assert_eq!(beside(&paused, "Run", "Steps"), grouped(paused.tick));
    guide.letter('n');
    assert_eq!(guide.picture().tick, paused.tick + 1, "N is one tick");
    guide.click_on("Run", "Step");
    let stepped = guide.picture();
    assert_eq!(stepped.tick, paused.tick + 2, "and so is the button");
    twin.compare(&stepped);
    guide.letter(',');
    assert_eq!(guide.picture().tick, paused.tick + 1, "one moment back");
    // Faster than frames come: each press counts.
    (0..3).for_each(|_| guide.letter(','));
    assert_eq!(guide.picture().tick, paused.tick - 2, "three moments back");
    guide.letter('l');
    assert_eq!(guide.picture().tick, paused.tick + 2, "L is the present");
    let start = guide.pilot_input("Run", "Start");
    guide.click(start);
    guide.wait_for_tick(stepped.tick + 3);
    guide.click(start);
    let rested = guide.picture();
    assert!(!rested.running && seek(&rested, "Run", "Start").is_some(), "the same button starts and pauses");
    let speed = |picture: &Picture| {
        let slider = part(picture, "Run").into_iter().find(|widget| widget.role == "Slider").expect("the speed");
        slider.value.clone().expect("a number")
    };
    guide.letter('-');
    assert_eq!((speed(&rested).as_str(), speed(&guide.picture()).as_str()), ("4", "2"), "half as fast");
}

/// Colours by the key and by the menu, round all five.
pub fn the_colours_change(guide: &mut GuidePolicy) {
    let before = guide.picture();
    guide.letter('c');
    let cpu = guide.picture();
    assert_eq!((before.mode.as_str(), cpu.mode.as_str()), ("combined", "cpu"));
    assert_eq!(find(&cpu, "Legend", "Colours (C)").value.as_deref(), Some("CPU"));
    (0..4).for_each(|_| guide.letter('c'));
    assert_eq!(guide.picture().mode, "combined", "round all five");
    guide.letter('c');
    guide.picture();
    guide.click_on("Legend", "Colours (C)");
    guide.picture();
    guide.click_on("", "Memory drift");
    guide.leave();
    let (drift, image) = guide.look();
    assert_eq!(drift.mode, "drift");
    compare_colours(&drift, &image);
}

/// Help, panels that come and go, and a size in which a click still finds what it is aimed at.
pub fn the_overlay_obeys_its_keys(guide: &mut GuidePolicy) {
    let first = guide.picture();
    guide.letter('h');
    assert_eq!(beside(&guide.picture(), "Help", "Space"), "start, pause");
    guide.letter('h');
    guide.expect("no help", |picture| part(picture, "Help").is_empty());
    guide.press(&[key::F9]);
    let left = guide.picture();
    assert!(part(&left, "right").is_empty() && !part(&left, "left").is_empty());
    (0..3).for_each(|_| guide.press(&[key::F9]));
    guide.press(&[key::F11]);
    let bare = guide.picture();
    assert_eq!((bare.area, bare.widgets.len()), ([0, 0, bare.size[0], bare.size[1]], 0));
    guide.press(&[key::F11]);
    assert_eq!(guide.picture().area, first.area);
    (0..3).for_each(|_| {
        guide.press(&[key::CONTROL, u32::from(b'=')]);
        guide.picture();
    });
    let large = guide.picture();
    let width = |picture: &Picture| {
        let [left, _, right, _] = find(picture, "bar", "Scene only").rect.expect("it is in sight");
        right - left
    };
    assert!((width(&large) / width(&first) - 1.3).abs() < 0.08, "{} after {}", width(&large), width(&first));
    guide.click_on("bar", "Left");
    assert!(part(&guide.picture(), "left").is_empty());
    guide.click_on("bar", "Left");
    guide.press(&[key::CONTROL, u32::from(b'0')]);
    assert_eq!(guide.picture().area, first.area);
}

/// Nothing of the overlay lies over the middle of the cluster, and the scene keeps two fifths of the window.
fn scene_is_free(picture: &Picture) {
    let [left, top, right, bottom] = picture.area;
    let share = f64::from((right - left) * (bottom - top)) / f64::from(picture.size[0] * picture.size[1]);
    assert!(share >= 0.4, "the scene has {share} of {:?}", picture.size);
    let [x, y] = crate::reading::cell(picture, [3, 3]).at.expect("it is in the picture");
    assert!((left as f32..right as f32).contains(&x) && (top as f32..bottom as f32).contains(&y), "{x}, {y}");
    let covers = |widget: &&Widget| widget.rect.is_some_and(|[l, t, r, b]| (l..r).contains(&x) && (t..b).contains(&y));
    assert_eq!(picture.widgets.iter().find(covers), None, "nothing lies over the middle cell");
}

/// Other sizes of the window.
pub fn the_window_is_resized(guide: &mut GuidePolicy) {
    guide.press(&[key::ESCAPE]);
    for size in [(800, 600), (1280, 720)] {
        guide.resize(size);
        let (sized, image) = guide.look();
        assert_eq!((sized.size, sized.focus, image.dimensions()), ([size.0, size.1], None, size));
        scene_is_free(&sized);
        compare_colours(&sized, &image);
        assert!(!part(&sized, "left").is_empty() && !part(&sized, "strip").is_empty());
    }
}

/// What a desktop without file dialogs is told.
pub fn a_dialog_that_cannot_be_opened_is_told(guide: &mut GuidePolicy) {
    let picture = guide.picture();
    let button = part(&picture, "Save and load").into_iter().find(|widget| widget.text == "...").expect("a button");
    guide.click(middle(button).expect("it is in sight"));
    guide.rest(4);
    let message = texts(&guide.picture(), "strip");
    let fallback = "no file dialog could be opened here: type the path instead";
    assert!(message.iter().any(|text| text == fallback), "{message:?}");
}
