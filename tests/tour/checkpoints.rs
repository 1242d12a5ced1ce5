//! Saved, gone on, and back to what was saved.

use crate::guide::{GuidePolicy, key};
use crate::reading::{beside, find, texts};
use crate::twin::Twin;

/// Saved by the button and by the key, and loaded by a path that is typed: letters in a field are no shortcuts.
pub fn the_run_is_saved_and_loaded(guide: &mut GuidePolicy, twin: &mut Twin) {
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
    guide.press(&[key::F5]);
    guide.picture();
    assert!(guide.commands().contains(&format!("{},save", again.tick)), "F5 saves: {}", guide.commands());
}
