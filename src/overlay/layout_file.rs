//! The layout file: the overlay's layout between runs, in RON.
//!
//! Its path is the setting `view.layout`, or else a file in the user's configuration folder. A run for a screenshot
//! ignores the latter, so that a command gives the same picture everywhere. Errors in reading or writing go to the log
//! and stop nothing.

use super::layout::Layout;
use crate::bounded;
use crate::simulation::{ActiveSettings, EventKind, EventLog, RunStats};
use crate::storage::write_file;
use crate::view::ScreenshotJob;
use bevy::app::AppExit;
use bevy::ecs::prelude::{DetectChangesMut, MessageReader, Res, ResMut, Resource};
use bevy::time::{Real, Time};
use directories::ProjectDirs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Larger layout files are refused.
const MAX_BYTES: u64 = 1 << 16;
/// Seconds without a change before the layout is written.
const SAVE_DELAY: f32 = 1.0;

/// The layout file, its contents, and the time since the last change.
#[derive(Resource, Debug, Default)]
pub(super) struct LayoutFile {
    /// None if the layout is not saved.
    path: Option<PathBuf>,
    written: Layout,
    latest: Layout,
    unchanged_for: f32,
}

/// Loads the layout before the first frame.
pub(super) fn load(
    settings: Option<Res<ActiveSettings>>,
    screenshot_job: Option<Res<ScreenshotJob>>,
    mut file: ResMut<LayoutFile>,
    mut layout: ResMut<Layout>,
    mut log: ResMut<EventLog>,
) {
    let named = settings.map(|settings| settings.0.view.layout.clone()).unwrap_or_default();
    file.path = match named.as_str() {
        "" if screenshot_job.is_some() => None,
        "" => ProjectDirs::from("", "", "resonetics").map(|folders| folders.config_dir().join("layout.ron")),
        path => Some(PathBuf::from(path)),
    };
    let Some(path) = &file.path else { return };
    match read(path) {
        Ok(Some(read)) => *layout = read,
        Ok(None) => {}
        Err(problem) => {
            let message = format!("the layout in {} is not used: {problem}", path.display());
            log.add(0, EventKind::Trouble, message);
        }
    }
    (file.written, file.latest) = (layout.clone(), layout.clone());
}

/// The layout in a file; none if there is no such file.
fn read(path: &Path) -> Result<Option<Layout>, String> {
    let text = match bounded::read_text(path, MAX_BYTES) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == ErrorKind::FileTooLarge => {
            return Err(format!("it is larger than {MAX_BYTES} bytes"));
        }
        read => read.map_err(|error| error.to_string())?,
    };
    let layout: Layout = ron::from_str(&text).map_err(|error| error.to_string())?;
    Ok(Some(layout.clamped()))
}

fn write(path: &Path, layout: &Layout) -> Result<(), String> {
    let text = ron::ser::to_string_pretty(layout, ron::ser::PrettyConfig::new()).map_err(|error| error.to_string())?;
    write_file(path, text.as_bytes()).map_err(|error| error.to_string())
}

/// Saves a changed layout once it has rested, and when the window closes.
pub(super) fn save(
    layout: Res<Layout>,
    time: Res<Time<Real>>,
    stats: Option<Res<RunStats>>,
    mut exits: MessageReader<AppExit>,
    mut file: ResMut<LayoutFile>,
    mut log: ResMut<EventLog>,
) {
    let file = file.bypass_change_detection();
    let closing = exits.read().count() > 0;
    if *layout != file.latest {
        (file.latest, file.unchanged_for) = (layout.clone(), 0.0);
    }
    file.unchanged_for += time.delta_secs();
    if file.latest == file.written || (file.unchanged_for < SAVE_DELAY && !closing) {
        return;
    }
    let Some(path) = &file.path else { return };
    if let Err(problem) = write(path, &file.latest) {
        log.add(stats.map_or(0, |stats| stats.ticks), EventKind::Trouble, format!("the layout is not kept: {problem}"));
    }
    // After an error it is not written again until it changes.
    file.written = file.latest.clone();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_layout_is_restored_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/layout.ron");
        assert_eq!(read(&path), Ok(None), "no file is no problem");
        let mut layout = Layout { scale: 1.5, strip: false, ..Layout::default() };
        layout.left.width = 321.0;
        layout.right.shown = false;
        layout.fold("Charts", true);
        write(&path, &layout).unwrap();
        assert_eq!(read(&path), Ok(Some(layout)));
    }

    #[test]
    fn a_broken_file_is_an_error_and_missing_fields_have_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("layout.ron");
        let nested = "(".repeat(10_000);
        let long = " ".repeat(MAX_BYTES as usize + 1);
        for text in ["", "no layout", "(scale: \"large\")", "(left: (shown: true))", &nested, &long] {
            fs::write(&path, text).unwrap();
            assert!(read(&path).is_err(), "{text:.40}");
        }
        fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
        assert!(read(&path).is_err());
        assert!(read(folder.path()).is_err(), "a folder is no file");
        fs::write(&path, "(scale: 100.0, a_later_setting: [1, 2])").unwrap();
        assert_eq!(read(&path), Ok(Some(Layout { scale: 3.0, ..Layout::default() })));
    }
}
