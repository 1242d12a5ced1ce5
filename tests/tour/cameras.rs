//! The cameras by mouse and key, and that nothing steers while the overlay has the pointer or the keyboard.

use crate::guide::{GuidePolicy, key, mouse};
use crate::reading::{cell, find, middle, part, place};
use resonetics::view::Picture;
use std::thread::sleep;
use std::time::Duration;

/// Longer than a change of camera takes.
const EASE: Duration = Duration::from_millis(700);

fn apart(one: [f32; 3], other: [f32; 3]) -> f32 {
    one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
}

/// Lets a change of camera begin and end.
fn settle(guide: &GuidePolicy) {
    guide.rest(2);
    sleep(EASE);
}

/// Whether the camera stands where it stood and looks where it looked.
fn same(one: &Picture, other: &Picture) -> bool {
    apart(one.stands, other.stands) < 1e-3 && apart(one.looks, other.looks) < 1e-3
}

/// The point of the ground in the middle of the picture.
fn aim(picture: &Picture) -> [f32; 3] {
    let far = -picture.stands[1] / picture.looks[1];
    std::array::from_fn(|axis| picture.stands[axis] + far * picture.looks[axis])
}

/// The middle of the scene's part of the window, in pixels.
fn centre(picture: &Picture) -> (i16, i16) {
    let [left, top, right, bottom] = picture.area;
    (((left + right) / 2) as i16, ((top + bottom) / 2) as i16)
}

/// Every camera by the mouse and by the keys, and the way home.
pub fn every_camera_obeys_the_mouse_and_the_keys(guide: &mut GuidePolicy) {
    let home = guide.picture();
    assert_eq!(home.camera, "orbit");
    let (x, y) = centre(&home);
    // Around: a drag turns, the wheel comes nearer, Shift or the middle button moves.
    guide.drag(mouse::LEFT, (x, y), (x + 120, y - 60));
    let turned = guide.picture();
    assert!(apart(aim(&turned), aim(&home)) < 0.01 && turned.looks[0].abs() > 0.2, "{:?}", turned.looks);
    assert_eq!(turned.focus, None, "a drag picks nothing");
    guide.manual_control((x, y), 3);
    let near = guide.picture();
    let distance = |picture: &Picture| apart(picture.stands, aim(picture));
    assert!(distance(&near) < 0.8 * distance(&turned), "{} and {}", distance(&near), distance(&turned));
    guide.drag(mouse::MIDDLE, (x, y), (x + 60, y));
    let moved = guide.picture();
    assert!(apart(aim(&moved), aim(&near)) > 0.2 && apart(moved.looks, near.looks) < 1e-3);
    guide.press(&[key::HOME]);
    settle(guide);
    assert!(same(&guide.picture(), &home), "Home sees everything again");
    // F looks at the picked cell.
    guide.click(place(&home, [1, 1]));
    guide.picture();
    guide.letter('f');
    settle(guide);
    let focused = guide.picture();
    assert_eq!(focused.focus, Some([1, 1]));
    let [cx, cy] = cell(&focused, [1, 1]).at.expect("it is in the picture");
    assert!((cx - f32::from(x)).hypot(cy - f32::from(y)) < 40.0, "{cx}, {cy} is the middle {x}, {y}");
    assert!(distance(&focused) < distance(&home));
    guide.press(&[key::ESCAPE]);
    // From above, by the menu in the bar: straight down, and a drag moves.
    let menu = part(&focused, "bar").into_iter().find(|widget| widget.value.as_deref() == Some("Orbit"));
    guide.click(menu.and_then(middle).expect("the menu is in sight"));
    guide.picture();
    guide.click_on("", "From above");
    guide.leave();
    settle(guide);
    let above = guide.picture();
    assert_eq!((above.camera.as_str(), above.focus), ("top", None));
    assert!(above.looks[1] < -0.999, "{:?}", above.looks);
    guide.manual_control((x, y), 4);
    let before = guide.picture();
    guide.drag(mouse::LEFT, (x, y), (x - 80, y - 40));
    let panned = guide.picture();
    assert!(apart(panned.stands, before.stands) > 0.2 && apart(panned.looks, before.looks) < 1e-3);
    // Behind the agent, which stays in the middle wherever it goes.
    guide.letter('v');
    settle(guide);
    for _ in 0..2 {
        let following = guide.picture();
        assert_eq!(following.camera, "follow");
        let [ax, ay] = cell(&following, following.agent).at.expect("it is in the picture");
        assert!((ax - f32::from(x)).hypot(ay - f32::from(y)) < 60.0, "{ax}, {ay} is the middle {x}, {y}");
        guide.write("nnn");
        settle(guide);
        settle(guide);
    }
    // In flight: W goes where it looks, the right button looks around.
    guide.letter('v');
    let parked = guide.picture();
    assert_eq!(parked.camera, "fly");
    guide.hold(&[u32::from(b'w')], EASE);
    let flown = guide.picture();
    let way: [f32; 3] = std::array::from_fn(|axis| flown.stands[axis] - parked.stands[axis]);
    let along: f32 = way.iter().zip(parked.looks).map(|(a, b)| a * b).sum();
    assert!(along > 0.5 && along > 0.99 * apart(flown.stands, parked.stands), "{way:?} along {:?}", parked.looks);
    guide.drag(mouse::RIGHT, (x, y), (x + 90, y + 20));
    let looked = guide.picture();
    assert!(apart(looked.looks, flown.looks) > 0.05 && apart(looked.stands, flown.stands) < 0.05);
    // Shift and V go back, and the way home is smooth and ends there.
    guide.press(&[key::SHIFT, u32::from(b'v')]);
    guide.press(&[key::HOME]);
    settle(guide);
    let back = guide.picture();
    assert!(same(&back, &home) && back.camera == "orbit", "{back:?}");
}

/// The pointer over a panel and the keyboard in a field are the overlay's.
pub fn nothing_steers_while_the_overlay_has_the_pointer_or_the_keyboard(guide: &mut GuidePolicy) {
    let home = guide.picture();
    let on = |part: &str, text: &str| middle(find(&home, part, text)).expect("it is in sight");
    let (label, chart) = (on("Run", "Steps"), on("Charts", "load"));
    for camera in ["orbit", "fly"] {
        // The pointer over panels: drags, clicks and the wheel are theirs.
        let before = guide.picture();
        assert_eq!(before.camera, camera);
        guide.drag(mouse::LEFT, label, (label.0 + 60, label.1 + 40));
        guide.drag(mouse::RIGHT, chart, (chart.0 - 200, chart.1 + 40));
        guide.drag(mouse::MIDDLE, label, (label.0, label.1 + 60));
        guide.manual_control(chart, -6);
        let after = guide.picture();
        assert!(same(&before, &after), "{camera}: {:?} {:?}", before.stands, after.stands);
        assert_eq!((after.focus, after.tick), (None, before.tick));
        let scrolled = find(&after, "Charts", "last 2,000").rect;
        assert_ne!(scrolled, find(&before, "Charts", "last 2,000").rect, "the wheel is the panel's");
        guide.manual_control(chart, 30);
        // The keyboard in a field: letters are letters.
        guide.picture();
        guide.click_on("Save and load", "checkpoint.rsnt");
        guide.write("vwcfn");
        guide.hold(&[u32::from(b'w')], Duration::from_millis(300));
        let typed = guide.picture();
        assert!(same(&before, &typed), "{camera}: {:?} {:?}", before.stands, typed.stands);
        assert_eq!((typed.camera.as_str(), &typed.mode, typed.tick), (camera, &before.mode, before.tick));
        let text = find(&typed, "Save and load", "checkpoint.rsnt").value.clone().expect("a field");
        assert!(text.starts_with("vwcfnw"), "{text}");
        // The field is emptied and left, and letters are keys again.
        guide.press(&[key::CONTROL, u32::from(b'a')]);
        guide.press(&[key::BACKSPACE]);
        guide.picture();
        guide.press(&[key::ESCAPE]);
        guide.picture();
        (0..3).for_each(|_| guide.letter('v'));
        settle(guide);
    }
    guide.press(&[key::HOME]);
    settle(guide);
    assert_eq!(guide.picture().camera, "orbit");
}
