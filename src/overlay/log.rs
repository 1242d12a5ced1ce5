//! The event log: crashes, survivals, and what was saved, loaded or changed; filtered by kind and text.

use super::panel_params::{PanelControls, PanelData};
use super::widgets::{colour, grouped};
use crate::simulation::{EventKind, LogEntry};
use crate::view::{KeyAction, TimelineMove};
use bevy_egui::egui::{Color32, Label, RichText, ScrollArea, Sense, TextEdit, Ui};

/// Height of the list, in points.
const HEIGHT: f32 = 160.0;

/// Kinds of events and their names.
const KINDS: [(EventKind, &str); 4] = [
    (EventKind::Crash, "crashes"),
    (EventKind::Survived, "survivals"),
    (EventKind::Note, "notes"),
    (EventKind::Trouble, "trouble"),
];

/// Filters of the log.
#[derive(Debug, Default)]
pub(super) struct LogPanel {
    /// Hidden kinds, in the order of [`KINDS`].
    hidden: [bool; KINDS.len()],
    filter: String,
}

impl LogPanel {
    fn shows(&self, entry: &LogEntry) -> bool {
        let hidden = KINDS.iter().zip(self.hidden).any(|((kind, _), hidden)| hidden && *kind == entry.kind);
        !hidden && entry.text.to_lowercase().contains(&self.filter.trim().to_lowercase())
    }
}

pub(super) fn show(ui: &mut Ui, data: &PanelData, controls: &mut PanelControls, state: &mut LogPanel) {
    ui.horizontal_wrapped(|ui| {
        for ((kind, name), hidden) in KINDS.into_iter().zip(&mut state.hidden) {
            let text = RichText::new(name).small().color(if *hidden { Color32::GRAY } else { event_colour(kind) });
            if ui.selectable_label(!*hidden, text).on_hover_text("Show or hide these").clicked() {
                *hidden = !*hidden;
            }
        }
    });
    ui.add(TextEdit::singleline(&mut state.filter).hint_text("filter").desired_width(f32::INFINITY));
    // Newest first.
    let entries: Vec<_> = data.log.entries().rev().filter(|entry| state.shows(entry)).collect();
    let list = ScrollArea::vertical().id_salt("events").max_height(HEIGHT).auto_shrink([false, true]);
    list.show_rows(ui, 14.0, entries.len(), |ui, rows| {
        for entry in &entries[rows] {
            let text = RichText::new(format!("{} {}", grouped(entry.tick), entry.text)).size(11.0);
            let line = Label::new(text.color(event_colour(entry.kind))).truncate().sense(Sense::click());
            let kept = data.frame_of(entry.tick);
            let tip = if kept.is_some() { "\nClick: look at this moment" } else { "\nToo long ago to look at" };
            if ui.add(line).on_hover_text(format!("{}{tip}", entry.text)).clicked() && kept.is_some() {
                controls.pace.running = false;
                controls.playhead.at = kept;
            }
        }
    });
}

/// The tick that is shown and the latest event up to it, in one line.
pub(super) fn show_latest(ui: &mut Ui, data: &PanelData, controls: &mut PanelControls) {
    ui.horizontal(|ui| {
        let tick = data.frame().map_or(data.stats.ticks, |frame| frame.tick);
        ui.label(RichText::new(format!("tick {}", grouped(tick))).monospace());
        let (back, tip) = match data.recording {
            Some(_) => ("To the end", "Look at the end of the recording"),
            None => ("Back to now", "Look at the present again"),
        };
        if data.is_past() && ui.button(back).on_hover_text(KeyAction::Look(TimelineMove::Live).with_key(tip)).clicked()
        {
            controls.playhead.at = None;
        }
        if let Some(entry) = data.log.entries().rev().find(|entry| entry.tick <= tick) {
            let text = RichText::new(&entry.text).size(11.0).color(event_colour(entry.kind));
            ui.add(Label::new(text).truncate()).on_hover_text(&entry.text);
        }
    });
}

/// Colour of a kind of event.
pub(super) fn event_colour(kind: EventKind) -> Color32 {
    match kind {
        EventKind::Crash => colour::RISK,
        EventKind::Survived => colour::GOOD,
        EventKind::Note => colour::NOTE,
        EventKind::Trouble => Color32::from_rgb(255, 150, 150),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_filtered_by_kind_and_text() {
        let entry = |kind, text: &str| LogEntry { tick: 5, kind, text: text.to_owned() };
        let (crash, note) = (entry(EventKind::Crash, "Episode 3 collapsed"), entry(EventKind::Note, "saved a.rsnt"));
        let mut state = LogPanel::default();
        assert!(state.shows(&crash) && state.shows(&note));
        state.hidden[0] = true;
        assert!(!state.shows(&crash) && state.shows(&note));
        state = LogPanel { filter: " COLLAPSED ".to_owned(), ..LogPanel::default() };
        assert!(state.shows(&crash) && !state.shows(&note));
    }
}
