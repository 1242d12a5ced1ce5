//! The event log: crashes, survivals, and what was saved, loaded or changed; by kind and by words.

use super::params::{Controls, PanelFacts};
use super::widgets::{colour, grouped};
use crate::simulation::{EventKind, LogEntry};
use crate::view::{KeyAction, TimelineMove};
use bevy_egui::egui::{Color32, Label, RichText, ScrollArea, Sense, TextEdit, Ui};

/// Height of the list, in points.
const HEIGHT: f32 = 160.0;

/// The kinds and what they are called.
const KINDS: [(EventKind, &str); 4] = [
    (EventKind::Crash, "crashes"),
    (EventKind::Survived, "survivals"),
    (EventKind::Note, "notes"),
    (EventKind::Trouble, "trouble"),
];

/// What of the log is shown.
#[derive(Debug, Default)]
pub(super) struct PanelState {
    /// Kinds that are not shown, in the order of [`KINDS`].
    hidden: [bool; KINDS.len()],
    words: String,
}

impl PanelState {
    fn shows(&self, entry: &LogEntry) -> bool {
        let hidden = KINDS.iter().zip(self.hidden).any(|((kind, _), hidden)| hidden && *kind == entry.kind);
        !hidden && entry.text.to_lowercase().contains(&self.words.trim().to_lowercase())
    }
}

pub(super) fn show(ui: &mut Ui, facts: &PanelFacts, controls: &mut Controls, draft: &mut PanelState) {
    ui.horizontal_wrapped(|ui| {
        for ((kind, name), hidden) in KINDS.into_iter().zip(&mut draft.hidden) {
            let text = RichText::new(name).small().color(if *hidden { Color32::GRAY } else { colour_of(kind) });
            if ui.selectable_label(!*hidden, text).on_hover_text("Show or hide these").clicked() {
                *hidden = !*hidden;
            }
        }
    });
    ui.add(TextEdit::singleline(&mut draft.words).hint_text("filter").desired_width(f32::INFINITY));
    // The newest stand first.
    let entries: Vec<_> = facts.log.entries().rev().filter(|entry| draft.shows(entry)).collect();
    let list = ScrollArea::vertical().id_salt("events").max_height(HEIGHT).auto_shrink([false, true]);
    list.show_rows(ui, 14.0, entries.len(), |ui, rows| {
        for entry in &entries[rows] {
            let text = RichText::new(format!("{} {}", grouped(entry.tick), entry.text)).size(11.0);
            let line = Label::new(text.color(colour_of(entry.kind))).truncate().sense(Sense::click());
            let kept = facts.frame_of(entry.tick);
            let tip = if kept.is_some() { "\nClick: look at this moment" } else { "\nToo long ago to look at" };
            if ui.add(line).on_hover_text(format!("{}{tip}", entry.text)).clicked() && kept.is_some() {
                controls.pace.running = false;
                controls.playhead.at = kept;
            }
        }
    });
}

/// The tick that is shown and the latest event up to it in one line.
pub(super) fn show_latest(ui: &mut Ui, facts: &PanelFacts, controls: &mut Controls) {
    ui.horizontal(|ui| {
        let tick = facts.frame().map_or(facts.stats.ticks, |frame| frame.tick);
        ui.label(RichText::new(format!("tick {}", grouped(tick))).monospace());
        let (back, tip) = match facts.recording {
            Some(_) => ("To the end", "Look at the end of the recording"),
            None => ("Back to now", "Look at the present again"),
        };
        if facts.is_past() && ui.button(back).on_hover_text(KeyAction::Look(TimelineMove::Live).behind(tip)).clicked() {
            controls.playhead.at = None;
        }
        if let Some(entry) = facts.log.entries().rev().find(|entry| entry.tick <= tick) {
            let text = RichText::new(&entry.text).size(11.0).color(colour_of(entry.kind));
            ui.add(Label::new(text).truncate()).on_hover_text(&entry.text);
        }
    });
}

/// The colour of a kind of event.
pub(super) fn colour_of(kind: EventKind) -> Color32 {
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
    fn the_log_is_filtered_by_kind_and_by_words() {
        let entry = |kind, text: &str| LogEntry { tick: 5, kind, text: text.to_owned() };
        let (crash, note) = (entry(EventKind::Crash, "Episode 3 collapsed"), entry(EventKind::Note, "saved a.rsnt"));
        let mut draft = PanelState::default();
        assert!(draft.shows(&crash) && draft.shows(&note));
        draft.hidden[0] = true;
        assert!(!draft.shows(&crash) && draft.shows(&note));
        draft = PanelState { words: " COLLAPSED ".to_owned(), ..PanelState::default() };
        assert!(draft.shows(&crash) && !draft.shows(&note));
    }
}
