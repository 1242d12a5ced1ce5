//! The event log: crashes, survivals, and what was saved, loaded or changed.

use super::Facts;
use super::widgets::{colour, grouped, heading};
use crate::tick::EventKind;
use bevy_egui::egui::{Color32, Label, RichText, ScrollArea, Ui};

pub(super) fn show(ui: &mut Ui, facts: &Facts) {
    heading(ui, "Events");
    let entries = facts.log.entries();
    let (count, height) = (entries.len(), 14.0);
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, height, count, |ui, rows| {
        // The newest stand first.
        for entry in facts.log.entries().rev().skip(rows.start).take(rows.len()) {
            let text = RichText::new(format!("{} {}", grouped(entry.tick), entry.text)).size(11.0);
            ui.add(Label::new(text.color(colour_of(entry.kind))).truncate()).on_hover_text(&entry.text);
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
