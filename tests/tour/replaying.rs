//! A visit to the window of `resonetics replay`.

use crate::guide::{self, GuidePolicy, PROGRAM, key, mouse};
use crate::reading::{beside, find, middle, texts};
use crate::twin::grouped;
use resonetics::blackbox::BlackBox;
use resonetics::view::Picture;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The number of the moment that is shown, and the pixel of any.
fn shown(picture: &Picture) -> (usize, impl Fn(usize) -> (i16, i16)) {
    let widget = find(picture, "strip", "Timeline");
    let [first, last] = widget.range.expect("it has ends");
    let now: usize = widget.value.as_ref().and_then(|value| value.parse().ok()).expect("a number");
    let ([left, _, right, _], y) = (widget.rect.expect("it is in sight"), middle(widget).expect("it is in sight").1);
    let share = move |number: usize| (number as f32 - first as f32) / (last - first) as f32;
    (now - first as usize, move |number| ((left + share(number) * (right - left)).round() as i16, y))
}

/// The run's tables.
fn tables(place: &Path) -> [String; 2] {
    ["episodes.csv", "commands.csv"].map(|name| fs::read_to_string(place.join("run").join(name)).expect("a table"))
}

/// Compares a picture with the moment of the file.
fn compare(picture: &Picture, it: &BlackBox) {
    let number = shown(picture).0;
    let moment = &it.moments[number];
    assert_eq!((picture.tick, picture.agent), (moment.tick, [moment.agent.0 as usize, moment.agent.1 as usize]));
    for (index, cell) in picture.cells.iter().enumerate() {
        let message = (moment.cpu[index], moment.mem[index], moment.priority[index]);
        assert_eq!((cell.cpu, cell.memory, cell.priority), message, "cell {index} of moment {number}");
    }
    let tick = format!("REPLAY: tick {}", grouped(moment.tick));
    assert!(texts(picture, "strip").iter().any(|text| text.starts_with(&tick)), "{tick}");
    let message = |name: &str| beside(picture, "Recording", name);
    assert_eq!(message("Tick"), grouped(moment.tick));
    let lasted = format!(" / {}", it.action_log.steps());
    assert!(texts(picture, "Recording").iter().any(|text| text.ends_with(&lasted)), "{lasted}");
    assert_eq!(message("Agent at"), format!("{}, {}", moment.agent.0, moment.agent.1));
    assert_eq!(message("Budget"), format!("{:.1} / {:.0}", moment.budget, it.settings.cluster.max_budget));
}

#[test]
fn a_recording_is_played_dragged_and_searched() {
    let Some(place) = guide::folder() else { return };
    let train = "train --scenario cascade --steps 3000 --clusters 2 --set cluster.leak_median=0.008 --out run";
    let trained = Command::new(PROGRAM).args(train.split_whitespace()).current_dir(place.path()).output();
    assert!(trained.expect("the program starts").status.success());
    let boxes = fs::read_dir(place.path().join("run/blackbox")).expect("black boxes");
    let loaded = boxes.map(|entry| {
        let file = entry.expect("a file").path();
        (BlackBox::load(&file).expect("a black box"), file)
    });
    // The longest that is told in full, so that it does not come to its end while it is looked at.
    let whole = loaded.filter(|(it, _)| it.moments.len() < it.settings.run.black_box_ticks);
    let (it, file) = whole.max_by_key(|(it, file)| (it.moments.len(), file.clone())).expect("a collapse");
    let name = file.to_str().expect("a name");
    let before = tables(place.path());
    let tick = it.moments[2].tick.to_string();
    let mut guide = GuidePolicy::visit(place, &["replay", name, "--at-tick", &tick, "--speed", "2"], || true);
    // At the moment that was asked for, at rest.
    let begun = guide.picture();
    assert_eq!((begun.tick, begun.running), (it.moments[2].tick, false));
    compare(&begun, &it);
    // Played: it goes on along the file by itself, and pauses.
    guide.press(&[key::SPACE]);
    guide.rest(4);
    guide.press(&[key::SPACE]);
    let played = guide.picture();
    assert!(played.tick > begun.tick && !played.running, "{} after {}", played.tick, begun.tick);
    compare(&played, &it);
    // Dragged to a moment.
    let wanted = it.moments.len() / 2;
    let (now, pixel) = shown(&played);
    guide.drag(mouse::LEFT, pixel(now), pixel(wanted));
    let dragged = guide.picture();
    assert_eq!(shown(&dragged).0, wanted);
    compare(&dragged, &it);
    // To the next marks, of which the collapse is the last, and back to the first.
    for _ in 0..20 {
        guide.letter(']');
    }
    guide.rest(3);
    let end = guide.picture();
    assert_eq!(shown(&end).0, it.moments.len() - 1);
    compare(&end, &it);
    guide.click_on("strip", "|<");
    let marked = guide.picture();
    assert!(shown(&marked).0 < it.moments.len() - 1);
    compare(&marked, &it);
    // What is over cannot be changed, and the log says so.
    let at = crate::reading::place(&marked, [2, 2]);
    guide.click(at);
    guide.picture();
    guide.letter('l');
    guide.letter('k');
    let refused = guide.picture();
    compare(&refused, &it);
    let place = guide.close();
    assert_eq!(tables(place.path()), before, "its run is left alone");
}
