//! Each panel is opened by a click on its heading, and what it says is compared with what the same run holds without a window.

mod bar;
mod run;
mod runs;
mod settings;

use crate::guide::GuidePolicy;
use crate::reading::{find, middle, part};
use resonetics::settings::Settings;
use resonetics::settings::tree::SettingSpec;
use resonetics::view::Picture;
use std::collections::BTreeMap;

/// How a setting is described, and its value.
pub type Described = BTreeMap<String, (&'static SettingSpec, String)>;

pub fn described(settings: &Settings) -> Described {
    let mut all = BTreeMap::new();
    settings.clone().each(&mut |path, spec, slot| drop(all.insert(path.to_owned(), (spec, slot.text()))));
    all
}

/// Opens a section by a click on its heading; what it shows then.
pub fn open(guide: &mut GuidePolicy, folded: &Picture, title: &str) -> Picture {
    guide.click(middle(find(folded, "", title)).expect("the heading is in sight"));
    guide.leave();
    let picture = guide.picture();
    assert!(part(&picture, title).len() > 1, "{title} is open");
    picture
}

/// Folds it again.
pub fn fold(guide: &GuidePolicy, folded: &Picture, title: &str) {
    guide.click(middle(find(folded, "", title)).expect("the heading is in sight"));
}
