//! What can be done to a cell and to the zone around it: buttons that say exactly what happens, and their doses.

use super::hands::ManualControls;
use super::widgets::colour;
use crate::cluster::{CRITICAL, Intervention, Region};
use bevy::input::keyboard::KeyCode;
use bevy_egui::egui::{Button, DragValue, Grid, RichText, Ui, vec2};

/// How much of each is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FaultStrength {
    /// How long a spike lasts, in steps.
    pub spike: u32,
    /// What a leak adds, in memory per step.
    pub leak: f32,
    /// Cells from the middle of a zone to its edge.
    pub radius: u32,
    /// How long an outage or a storm lasts, in steps.
    pub steps: u32,
}

impl Default for FaultStrength {
    fn default() -> Self {
        Self { spike: 20, leak: 0.02, radius: 1, steps: 15 }
    }
}

impl FaultStrength {
    fn region(&self, middle: u32) -> Region {
        Region { middle, radius: self.radius }
    }
}

/// Something that can be done by a button and by a key.
pub(super) struct FaultButton {
    name: &'static str,
    /// The key.
    pub key: KeyCode,
    letter: &'static str,
    /// What happens.
    tip: fn(&FaultStrength) -> String,
    /// What it does to this cell of this priority.
    pub make: fn(&FaultStrength, u32, f32) -> Intervention,
}

/// Everything that can be done to the pinned cell.
pub(super) const DEEDS: [FaultButton; 7] = [
    FaultButton {
        name: "CPU spike",
        key: KeyCode::KeyX,
        letter: "X",
        tip: |strengths| format!("CPU to 100% at once, and its demand rises by 100% for {} steps", strengths.spike),
        make: |strengths, cell, _| Intervention::Spike { cell, steps: strengths.spike },
    },
    FaultButton {
        name: "Memory leak",
        key: KeyCode::KeyB,
        letter: "B",
        tip: |strengths| {
            format!(
                "It loses {:.1}% more of its memory per step, and more than that under load, until the episode ends or \
                 it is healed",
                100.0 * strengths.leak
            )
        },
        make: |strengths, cell, _| Intervention::Leak { cell, per_step: strengths.leak },
    },
    FaultButton {
        name: "Kill (OOM)",
        key: KeyCode::KeyK,
        letter: "K",
        tip: |_| {
            "Its memory is full at once. A critical cell that is killed ends the episode with the next step".into()
        },
        make: |_, cell, _| Intervention::Kill { cell },
    },
    FaultButton {
        name: "Heal",
        key: KeyCode::KeyR,
        letter: "R",
        tip: |_| "CPU and memory to 0; it leaks no more, and what was done to it before is over".into(),
        make: |_, cell, _| Intervention::Heal { cell },
    },
    FaultButton {
        name: "Priority",
        key: KeyCode::KeyP,
        letter: "P",
        tip: |_| "The next of low (0.2), middle (0.5) and critical (1.0), until the episode ends".into(),
        make: |_, cell, priority| Intervention::Prioritise { cell, priority: next_priority(priority) },
    },
    FaultButton {
        name: "Zone outage",
        key: KeyCode::KeyZ,
        letter: "Z",
        tip: |strengths| {
            let side = 2 * strengths.radius + 1;
            let steps = strengths.steps;
            format!(
                "The {side}x{side} cells around it serve nothing for {steps} steps, and the cells around those serve \
                 their load"
            )
        },
        make: |strengths, cell, _| Intervention::Outage { region: strengths.region(cell), steps: strengths.steps },
    },
    FaultButton {
        name: "Leak storm",
        key: KeyCode::KeyG,
        letter: "G",
        tip: |strengths| {
            let side = 2 * strengths.radius + 1;
            format!(
                "Each of the {side}x{side} cells around it loses 2% of its memory per step, for {} steps",
                strengths.steps
            )
        },
        make: |strengths, cell, _| Intervention::Storm { region: strengths.region(cell), steps: strengths.steps },
    },
];

/// The priority after this one: low, middle, critical, and low again.
fn next_priority(priority: f32) -> f32 {
    match priority {
        priority if priority > CRITICAL => 0.2,
        priority if priority < 0.35 => 0.5,
        _ => 1.0,
    }
}

/// The buttons for the pinned cell.
pub(super) fn show(ui: &mut Ui, hands: &mut ManualControls, cell: usize, priority: f32) {
    let hindrance = hands.hindrance();
    ui.separator();
    let mut strengths = hands.control_state.strengths;
    let mut asked = None;
    let mut button = |ui: &mut Ui, button: &FaultButton, strengths: &FaultStrength| {
        let text = format!("{} ({})", button.name, button.letter);
        let response = ui.add_enabled(hindrance.is_none(), Button::new(text).min_size(vec2(112.0, 20.0)));
        let response = response.on_hover_text((button.tip)(strengths));
        if response.on_disabled_hover_text(hindrance.unwrap_or_default()).clicked() {
            asked = Some((button.make)(strengths, cell as u32, priority));
        }
    };
    let [spike, leak, kill, heal, rank, outage, storm] = &DEEDS;
    Grid::new("chaos").num_columns(2).spacing(vec2(6.0, 4.0)).show(ui, |ui| {
        button(ui, spike, &strengths);
        dose(ui, DragValue::new(&mut strengths.spike).range(1..=300).suffix(" steps"));
        button(ui, leak, &strengths);
        dose(ui, DragValue::new(&mut strengths.leak).range(0.001..=0.5).speed(0.001).max_decimals(3).suffix(" / step"));
        button(ui, kill, &strengths);
        button(ui, heal, &strengths);
        ui.end_row();
        button(ui, rank, &strengths);
        ui.end_row();
        ui.label(RichText::new("Zone around it").color(colour::NOTE));
        dose(ui, DragValue::new(&mut strengths.radius).range(0..=16).prefix("radius "));
        button(ui, outage, &strengths);
        dose(ui, DragValue::new(&mut strengths.steps).range(1..=300).suffix(" steps"));
        button(ui, storm, &strengths);
        ui.end_row();
    });
    if let Some(hindrance) = hindrance {
        ui.label(RichText::new(hindrance).small().color(colour::NOTE));
    }
    if hands.control_state.strengths != strengths {
        hands.control_state.strengths = strengths;
    }
    if let Some(intervention) = asked {
        hands.intervene(intervention);
    }
}

fn dose(ui: &mut Ui, value: DragValue) {
    ui.add(value);
    ui.end_row();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_priority_goes_round_and_every_deed_fits_the_cell() {
        assert_eq!([0.2, 0.5, 1.0].map(next_priority), [0.5, 1.0, 0.2]);
        for button in &DEEDS {
            let made = (button.make)(&FaultStrength::default(), 35, 0.5);
            assert!(made.fits(36) && !made.fits(35), "{made:?}");
            assert!((button.tip)(&FaultStrength::default()).len() > 20, "{}", button.name);
        }
    }

    #[test]
    fn no_two_deeds_have_one_key() {
        let keys: std::collections::HashSet<_> = DEEDS.iter().map(|button| button.key).collect();
        assert_eq!(keys.len(), DEEDS.len());
    }
}
