//! The recording that is shown, and the current moment of it.

use super::panel_params::{PanelControls, PanelData};
use super::run_control;
use super::widgets::{colour, grouped, labelled_value};
use crate::simulation::{Cause, Frame};
use bevy_egui::egui::{RichText, Ui};

pub(super) fn show(ui: &mut Ui, data: &PanelData, controls: &mut PanelControls) {
    let Some(recording) = &data.recording else { return };
    ui.label(RichText::new(&recording.title).strong());
    ui.label(RichText::new(&recording.verification).small().color(colour::NOTE))
        .on_hover_text("A black box is played again from its beginning, and every state is compared by its hash");
    run_control::pace(ui, data, controls);
    let frame = data.frame().or_else(|| data.frame_history()?.latest());
    if let Some(frame) = frame {
        moment(ui, data, frame);
    }
}

fn moment(ui: &mut Ui, data: &PanelData, frame: &Frame) {
    let scenario = &data.settings.0.cluster;
    labelled_value(ui, "Tick", grouped(frame.tick)).on_hover_text("Ticks of the run that were done");
    let steps = data.frame_history().and_then(|frame_history| frame_history.latest()).map_or(0, |last| last.time);
    labelled_value(ui, "Step", format!("{} / {steps}", frame.time))
        .on_hover_text("Steps of the episode, of those it lasted");
    labelled_value(ui, "Load", format!("{:.0}%", 100.0 * frame.load))
        .on_hover_text("Mean of CPU and memory over all cells");
    labelled_value(ui, "Budget", format!("{:.1} / {:.0}", frame.budget, scenario.max_budget));
    labelled_value(ui, "Agent at", format!("{}, {}", frame.agent.0, frame.agent.1)).on_hover_text("Row and column");
    match frame.cause {
        Cause::Start => drop(labelled_value(ui, "Here", "the episode begins")),
        Cause::Intervention(intervention) => {
            ui.label(format!("Here: {}", intervention.describe(scenario.columns)));
        }
        Cause::Tick => {
            labelled_value(ui, "Action", frame.decision.choice.action.name());
            let reward = &frame.action_result.step.reward;
            labelled_value(ui, "Reward", format!("{:+.3}", reward.total()))
                .on_hover_text("Weighted sum of the terms of this step");
            if frame.action_result.step.outcome.is_over() {
                let end = RichText::new(format!("The end: {}", frame.action_result.step.outcome.name()));
                ui.label(end.strong().color(colour::RISK));
            }
        }
    }
}
