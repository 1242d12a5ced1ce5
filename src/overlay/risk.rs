//! The Prophet's forecast: risk gauge, survival curve, recent risk, effect of fear and forecast skill; and the warning over the scene.

use super::accessibility::describe;
use super::panel_params::PanelData;
use super::survival_curve;
use super::widgets::{colour, grouped, labelled_value};
use crate::learning::ForecastSkill;
use crate::settings::tree::NamedOption;
use crate::settings::{ExplorationSettings, FearRule, ProphetLabel};
use crate::simulation::Cause;
use bevy_egui::egui::{
    Align2, Area, Color32, Context, FontId, Frame, Id, Order, Painter, Pos2, Rect, RichText, Sense, Stroke, Ui, pos2,
    vec2,
};
use std::f32::consts::PI;

/// Ticks in the line under the gauge.
const RECENT_TICKS: usize = 200;

/// Why something may be unknown at a moment.
pub(super) const UNKNOWN_TIP: &str = "It is known only for ticks, and not for those before a run was resumed or, in a black box, \
     for those before the last ones (run.black_box_ticks)";

pub(super) fn show(ui: &mut Ui, data: &PanelData) {
    let settings = &data.settings.0;
    let (horizon, alarm) = (settings.prophet.longest_horizon(), settings.view.alarm as f32);
    let Some((forecast, decision)) = data.agent() else {
        let text = "The forecast at this moment is not known";
        ui.label(RichText::new(text).color(colour::NOTE)).on_hover_text(UNKNOWN_TIP);
        return sparkline(ui, data, alarm);
    };
    let (space, response) = ui.allocate_exact_size(vec2(ui.available_width(), 86.0), Sense::hover());
    let risk = forecast.risk();
    describe(&response, || {
        format!("{:.0}%, collapse within {horizon} steps; alarm at {:.0}%", 100.0 * risk, 100.0 * alarm)
    });
    response.on_hover_text(format!(
        "The Prophet: collapse within the next {horizon} steps, {:.1}%\nThe mark is the alarm level, {:.0}% \
         (view.alarm)",
        100.0 * risk,
        100.0 * alarm
    ));
    let middle = pos2(space.center().x, space.bottom() - 8.0);
    gauge(ui.painter(), middle, 70.0_f32.min(space.width() / 2.0 - 10.0), risk, alarm);
    let caption = format!("collapse within {horizon} steps");
    ui.painter().text(
        middle + vec2(0.0, 3.0),
        Align2::CENTER_CENTER,
        caption,
        FontId::proportional(11.0),
        colour::NOTE,
    );
    if settings.prophet.label == ProphetLabel::Survival {
        survival_curve::show(ui, &forecast.0, &settings.prophet.horizons);
    }
    sparkline(ui, data, alarm);
    if data.recording.is_some() {
        let lead = "The file contains the forecasts, but not the Prophet that made them";
        ui.label(RichText::new("As it was recorded").small().weak()).on_hover_text(lead);
        return;
    }
    let afraid = data.learner.0.exploration(settings).afraid(risk);
    labelled_value(ui, "Fear", settings.exploration.fear_rule.chosen()).on_hover_text(
        "What the Prophet's fear does to exploration (exploration.fear_rule, exploration.fear_threshold, \
         exploration.fear_share)",
    );
    let watched = !settings.run.policy.is_empty();
    let now = fear_effect(&settings.exploration, watched, afraid, decision.choice.handed_over);
    ui.label(RichText::new(now).color(if afraid && !watched { colour::FEAR } else { colour::NOTE }));
    skill(ui, data);
    let losses = data.learner.0.losses();
    let text = |loss: Option<f32>| loss.map_or("-".to_owned(), |loss| format!("{loss:.4}"));
    labelled_value(ui, "Losses", format!("{} / {}", text(losses.pilot), text(losses.prophet)))
        .on_hover_text("Smoothed losses of the Pilot and the Prophet");
}

/// The current effect of fear, in words.
fn fear_effect(settings: &ExplorationSettings, watched: bool, afraid: bool, handed_over: bool) -> &'static str {
    match settings.fear_rule {
        _ if watched => "nothing is tried: a policy is watched",
        FearRule::Nothing if handed_over => "handing over to the guide, by lot",
        FearRule::Nothing => "the forecast is shown and not used",
        FearRule::Suppress => "trying less the higher the risk",
        FearRule::Greedy if afraid => "afraid: trying nothing",
        FearRule::Guide if afraid => "afraid: trying only what the guide does",
        FearRule::HandOver if afraid => "afraid: handing over to the guide",
        FearRule::Greedy | FearRule::Guide | FearRule::HandOver => "not afraid",
    }
}

/// A warning over the scene while the risk is at or above the alarm level.
pub(super) fn warn(context: &Context, data: &PanelData, scene: Rect) {
    let Some((forecast, _)) = data.agent() else { return };
    let settings = &data.settings.0;
    if f64::from(forecast.risk()) < settings.view.alarm || scene.width() < 120.0 {
        return;
    }
    let horizon = settings.prophet.longest_horizon();
    let area = Area::new(Id::new("warning")).order(Order::Middle).interactable(false);
    area.pivot(Align2::CENTER_TOP).fixed_pos(scene.center_top() + vec2(0.0, 10.0)).show(context, |ui| {
        Frame::popup(ui.style()).fill(Color32::from_rgb(96, 32, 8)).stroke((1.5, colour::RISK)).show(ui, |ui| {
            ui.set_max_width(scene.width() - 40.0);
            let text = format!("\u{26a0} collapse within the next {horizon} steps: {:.0}%", 100.0 * forecast.risk());
            ui.label(RichText::new(text).strong().color(Color32::WHITE));
        });
    });
}

/// The risk of the last ticks up to the moment that is shown, with the alarm level.
fn sparkline(ui: &mut Ui, data: &PanelData, alarm: f32) {
    let (space, response) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
    let risks = data.frame_history().zip(data.number()).map_or(Vec::new(), |(frame_history, last)| {
        let frames = (frame_history.range().start..=last).rev().map_while(|number| frame_history.get(number));
        let ticks = frames.filter(|frame| frame.cause == Cause::Tick).take(RECENT_TICKS);
        ticks.map_while(|frame| Some(frame.forecast_and_decision()?.0.risk())).collect()
    });
    describe(&response, || {
        let last = risks.first().map_or("-".to_owned(), |risk| format!("{risk:.3}"));
        format!("risk of the last {} ticks: {last}", risks.len())
    });
    response.on_hover_text(format!("Risk over the last {RECENT_TICKS} ticks; the line across is the alarm level"));
    let painter = ui.painter();
    painter.rect_filled(space, 2.0, Color32::from_gray(18));
    let height = |risk: f32| space.bottom() - 1.0 - (space.height() - 2.0) * risk.clamp(0.0, 1.0);
    painter.hline(space.x_range(), height(alarm), Stroke::new(1.0, Color32::from_gray(90)));
    let across = |age: usize| space.right() - space.width() * age as f32 / RECENT_TICKS as f32;
    let line = risks.iter().enumerate().map(|(age, risk)| pos2(across(age), height(*risk)));
    painter.line(line.collect::<Vec<_>>(), Stroke::new(1.3, colour::RISK));
}

/// Skill of the latest forecasts.
fn skill(ui: &mut Ui, data: &PanelData) {
    let skill = data.stats.skill;
    let text = |figure: fn(&ForecastSkill) -> String| skill.as_ref().map_or("-".to_owned(), figure);
    let window = match skill {
        Some(skill) => format!("\nOver the last {} states whose future is known", grouped(skill.forecasts as u64)),
        None => "\nKnown once states before a collapse and safe ones have been seen".to_owned(),
    };
    labelled_value(ui, "Forecast skill", text(|skill| format!("{:.2}", skill.brier_skill))).on_hover_text(format!(
        "Brier skill score: 1 is perfect, 0 no better than always forecasting the share of states that came before a \
         collapse{window}"
    ));
    labelled_value(ui, "Ranking", text(|skill| format!("{:.3}", skill.auroc))).on_hover_text(format!(
        "AUROC: how likely a state before a collapse was given a higher risk than another; 0.5 is guessing{window}"
    ));
    labelled_value(ui, "Base rate", text(|skill| format!("{:.1}%", 100.0 * skill.base_rate)))
        .on_hover_text(format!("Share of states that came before a collapse{window}"));
    labelled_value(ui, "Calibration error", text(|skill| format!("{:.1}%", 100.0 * skill.calibration))).on_hover_text(
        format!(
            "Mean distance between the forecast risk and the share that came true, over ten groups by risk{window}"
        ),
    );
}

/// A half circle filled from the left up to `risk`, with its number and a mark at the alarm level.
fn gauge(painter: &Painter, middle: Pos2, radius: f32, risk: f32, alarm: f32) {
    let risk = risk.clamp(0.0, 1.0);
    let at = |share: f32, radius: f32| {
        let angle = PI * (1.0 + share);
        middle + radius * vec2(angle.cos(), angle.sin())
    };
    let arc = |from: f32, to: f32| -> Vec<Pos2> {
        (0..=48).map(|i| at(from + (to - from) * i as f32 / 48.0, radius)).collect()
    };
    painter.line(arc(0.0, 1.0), Stroke::new(12.0, Color32::from_gray(60)));
    painter.line(arc(0.0, risk), Stroke::new(12.0, colour::RISK));
    let mark = [at(alarm, radius - 9.0), at(alarm, radius + 9.0)];
    painter.line_segment(mark, Stroke::new(2.0, Color32::WHITE));
    let text = format!("{:.0}%", 100.0 * risk);
    painter.text(middle - vec2(0.0, 22.0), Align2::CENTER_CENTER, text, FontId::proportional(28.0), Color32::WHITE);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effect_of_fear_is_described() {
        let text = |fear_rule, watched, afraid, handed_over| {
            fear_effect(&ExplorationSettings { fear_rule, ..Default::default() }, watched, afraid, handed_over)
        };
        assert!(text(FearRule::HandOver, false, true, true).contains("handing over to the guide"));
        assert_eq!(text(FearRule::HandOver, false, false, false), "not afraid");
        assert!(text(FearRule::Greedy, false, true, false).contains("trying nothing"));
        assert!(text(FearRule::HandOver, true, true, true).contains("watched"));
        assert!(text(FearRule::Nothing, false, true, false).contains("not used"));
    }
}
