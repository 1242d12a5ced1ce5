//! The event log: crashes, survivals, and what was saved, loaded or changed.

use super::Facts;
use super::widgets::{colour, grouped};
use crate::tick::EventKind;
use bevy_egui::egui::{Color32, Label, RichText, ScrollArea, Ui};

/// Height of the list, in points.
const HEIGHT: f32 = 180.0;

pub(super) fn show(ui: &mut Ui, facts: &Facts) {
    let entries = facts.log.entries();
    let (count, height) = (entries.len(), 14.0);
    ScrollArea::vertical().max_height(HEIGHT).auto_shrink([false, true]).show_rows(ui, height, count, |ui, rows| {
        // The newest stand first.
        for entry in facts.log.entries().rev().skip(rows.start).take(rows.len()) {
            let text = RichText::new(format!("{} {}", grouped(entry.tick), entry.text)).size(11.0);
            ui.add(Label::new(text.color(colour_of(entry.kind))).truncate()).on_hover_text(&entry.text);
        }
    });
}

/// The tick and the latest event in one line.
pub(super) fn show_latest(ui: &mut Ui, facts: &Facts) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(format!("tick {}", grouped(facts.tally.ticks))).monospace());
        if let Some(entry) = facts.log.entries().next_back() {
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
