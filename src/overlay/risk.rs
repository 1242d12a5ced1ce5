//! The Prophet's forecast as a gauge, and what it does to exploration.

use super::Facts;
use super::widgets::{colour, fact, grouped};
use crate::brain::Choice;
use crate::brain::Skill;
use bevy_egui::egui::{Align2, Color32, FontId, Painter, Pos2, Sense, Stroke, Ui, pos2, vec2};
use std::f32::consts::PI;

pub(super) fn show(ui: &mut Ui, facts: &Facts) {
    let Some((forecast, decision)) = facts.agent() else { return };
    let horizon = facts.settings.0.prophet.horizon;
    let (space, response) = ui.allocate_exact_size(vec2(ui.available_width(), 92.0), Sense::hover());
    response
        .on_hover_text(format!("Probability of a collapse within the next {horizon} steps, as the Prophet sees it"));
    let middle = pos2(space.center().x, space.bottom() - 10.0);
    gauge(ui.painter(), middle, 74.0, forecast.risk);
    let caption = format!("collapse within {horizon} steps");
    ui.painter().text(
        middle + vec2(0.0, 4.0),
        Align2::CENTER_CENTER,
        caption,
        FontId::proportional(11.0),
        colour::NOTE,
    );
    skill(ui, facts);
    let choice = &decision.choice;
    fact(ui, "Epsilon", format!("{:.3} -> {:.3}", decision.epsilon, choice.effective_epsilon)).on_hover_text(
        "Probability of an exploratory action, before and after the Prophet's fear (exploration.fear_rule)",
    );
    let how = match choice {
        Choice { handed_over: true, .. } => "guide",
        Choice { explored: true, .. } => "explored",
        _ => "exploited",
    };
    fact(ui, "Action", format!("{} ({how})", choice.action.name()));
    let losses = facts.mind.0.losses();
    let text = |loss: Option<f32>| loss.map_or("-".to_owned(), |loss| format!("{loss:.4}"));
    fact(ui, "Losses", format!("{} / {}", text(losses.pilot), text(losses.prophet)))
        .on_hover_text("Smoothed losses of the Pilot and the Prophet");
}

/// How good the latest forecasts were.
fn skill(ui: &mut Ui, facts: &Facts) {
    let skill = facts.tally.skill;
    let text = |figure: fn(&Skill) -> String| skill.as_ref().map_or("-".to_owned(), figure);
    let window = match skill {
        Some(skill) => format!("\nOver the last {} states whose future is known", grouped(skill.forecasts as u64)),
        None => "\nKnown once states before a collapse and safe ones have been seen".to_owned(),
    };
    fact(ui, "Forecast skill", text(|skill| format!("{:.2}", skill.brier_skill))).on_hover_text(format!(
        "Brier skill score: 1 is perfect, 0 no better than always telling the share of states that came before a \
         collapse{window}"
    ));
    fact(ui, "Ranking", text(|skill| format!("{:.3}", skill.auroc))).on_hover_text(format!(
        "AUROC: how likely a state before a collapse was given a higher risk than another; 0.5 is guessing{window}"
    ));
    fact(ui, "Base rate", text(|skill| format!("{:.1}%", 100.0 * skill.base_rate)))
        .on_hover_text(format!("Share of states that came before a collapse{window}"));
    fact(ui, "Calibration error", text(|skill| format!("{:.1}%", 100.0 * skill.calibration))).on_hover_text(format!(
        "Mean distance between the risk foretold and the share that came true, over ten groups by risk{window}"
    ));
}

/// A half circle filled from the left up to `risk`, the number in its middle.
fn gauge(painter: &Painter, middle: Pos2, radius: f32, risk: f32) {
    let risk = risk.clamp(0.0, 1.0);
    let at = |share: f32| {
        let angle = PI * (1.0 + share);
        middle + radius * vec2(angle.cos(), angle.sin())
    };
    let arc =
        |from: f32, to: f32| -> Vec<Pos2> { (0..=48).map(|i| at(from + (to - from) * i as f32 / 48.0)).collect() };
    painter.line(arc(0.0, 1.0), Stroke::new(12.0, Color32::from_gray(60)));
    painter.line(arc(0.0, risk), Stroke::new(12.0, colour::RISK));
    let text = format!("{:.0}%", 100.0 * risk);
    painter.text(middle - vec2(0.0, 24.0), Align2::CENTER_CENTER, text, FontId::proportional(30.0), Color32::WHITE);
}
