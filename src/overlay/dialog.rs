//! Native file dialogs. Each runs on a thread of its own, so the window never waits; on a desktop without dialogs the
//! log says so, and paths can be typed.

use crate::simulation::{EventKind, EventLog, RunStats};
use bevy::ecs::prelude::{Res, ResMut, Resource};
use bevy_egui::egui::{Button, Ui};
use rfd::FileDialog;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

/// A dialog that ends sooner than anybody could cancel it never opened.
const MIN_DURATION: Duration = Duration::from_millis(350);

/// What a file is chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DialogPurpose {
    /// A scenario for a new run.
    Scenario,
    /// A trace for a new run.
    Trace,
    /// A checkpoint to load.
    Load,
    /// Where to save a checkpoint.
    Save,
    /// Where to export the table of episodes.
    Export,
}

impl DialogPurpose {
    fn dialog(self) -> FileDialog {
        let dialog = FileDialog::new();
        match self {
            Self::Scenario => dialog.set_title("Scenario").add_filter("RON", &["ron"]),
            Self::Trace => dialog.set_title("Trace").add_filter("Telemetry", &["csv", "json", "txt"]),
            Self::Load => dialog.set_title("Load").add_filter("Checkpoint", &["rsnt", "safetensors", "pt"]),
            Self::Save => dialog.set_title("Save").add_filter("Checkpoint", &["rsnt"]).set_file_name("checkpoint.rsnt"),
            Self::Export => dialog.set_title("Export").add_filter("CSV", &["csv"]).set_file_name("episodes.csv"),
        }
    }

    fn saves(self) -> bool {
        matches!(self, Self::Save | Self::Export)
    }
}

/// The open dialog, and the last choice, until its panel takes it.
#[derive(Resource, Debug, Default)]
pub(super) struct FileDialogs {
    open: Option<OpenDialog>,
    answer: Option<(DialogPurpose, PathBuf)>,
}

#[derive(Debug)]
struct OpenDialog {
    purpose: DialogPurpose,
    /// The chosen path, and how long the dialog was open.
    chosen: Mutex<Receiver<(Option<PathBuf>, Duration)>>,
}

impl FileDialogs {
    /// Opens a dialog, unless one is open.
    fn ask(&mut self, purpose: DialogPurpose, folder: Option<&Path>) {
        if self.open.is_some() {
            return;
        }
        let mut dialog = purpose.dialog();
        if let Some(folder) = folder.and_then(|folder| folder.canonicalize().ok()) {
            dialog = dialog.set_directory(folder);
        }
        self.run(purpose, move || if purpose.saves() { dialog.save_file() } else { dialog.pick_file() });
    }

    fn run(&mut self, purpose: DialogPurpose, choose: impl FnOnce() -> Option<PathBuf> + Send + 'static) {
        let (sender, chosen) = channel();
        std::thread::spawn(move || {
            // Not by the frames' clock: frames may be slower than a dialog that fails.
            let started = Instant::now();
            let chosen = choose();
            // Nobody receives it once the window is closed.
            let _ = sender.send((chosen, started.elapsed()));
        });
        self.open = Some(OpenDialog { purpose, chosen: Mutex::new(chosen) });
    }

    /// Takes the path that was chosen for this purpose.
    pub fn take(&mut self, purpose: DialogPurpose) -> Option<String> {
        let (_, path) = self.answer.take_if(|(answered, _)| *answered == purpose)?;
        Some(path.display().to_string())
    }

    /// Checks whether the dialog has closed; returns an error message for the log.
    fn poll(&mut self) -> Option<&'static str> {
        let open = self.open.as_ref()?;
        let received = open.chosen.lock().map_or(Err(TryRecvError::Disconnected), |chosen| chosen.try_recv());
        let purpose = open.purpose;
        let (chosen, took) = match received {
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => (None, Duration::ZERO),
            Ok(answer) => answer,
        };
        self.open = None;
        match chosen {
            Some(path) => self.answer = Some((purpose, path)),
            None if took < MIN_DURATION => return Some("no file dialog could be opened here: type the path instead"),
            None => {}
        }
        None
    }
}

/// A button that opens a dialog.
pub(super) fn button(ui: &mut Ui, dialogs: &mut FileDialogs, folder: Option<&Path>, purpose: DialogPurpose, tip: &str) {
    let idle = dialogs.open.is_none();
    if ui.add_enabled(idle, Button::new("...")).on_hover_text(tip).clicked() {
        dialogs.ask(purpose, folder);
    }
}

/// Polls the dialog, and logs a failure.
pub(super) fn poll(stats: Option<Res<RunStats>>, mut dialogs: ResMut<FileDialogs>, mut log: ResMut<EventLog>) {
    if let Some(message) = dialogs.poll() {
        log.add(stats.map_or(0, |stats| stats.ticks), EventKind::Trouble, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll_to_end(dialogs: &mut FileDialogs) -> Option<&'static str> {
        while dialogs.open.is_some() {
            let message = dialogs.poll();
            if message.is_some() {
                return message;
            }
            std::thread::yield_now();
        }
        None
    }

    #[test]
    fn the_chosen_path_reaches_only_its_panel_and_only_once() {
        let mut dialogs = FileDialogs::default();
        dialogs.run(DialogPurpose::Trace, || Some(PathBuf::from("load.csv")));
        assert_eq!(poll_to_end(&mut dialogs), None);
        assert_eq!(dialogs.take(DialogPurpose::Scenario), None);
        assert_eq!(dialogs.take(DialogPurpose::Trace), Some("load.csv".to_owned()));
        assert_eq!(dialogs.take(DialogPurpose::Trace), None);
    }

    #[test]
    fn a_desktop_without_dialogs_is_reported_and_a_cancelled_dialog_is_not() {
        let mut dialogs = FileDialogs::default();
        dialogs.run(DialogPurpose::Load, || None);
        assert!(poll_to_end(&mut dialogs).is_some_and(|message| message.contains("type the path")));
        dialogs.run(DialogPurpose::Load, || {
            std::thread::sleep(MIN_DURATION + Duration::from_millis(20));
            None
        });
        assert_eq!(poll_to_end(&mut dialogs), None);
        dialogs.run(DialogPurpose::Load, || panic!("a dialog that fails"));
        assert!(poll_to_end(&mut dialogs).is_some());
    }
}
