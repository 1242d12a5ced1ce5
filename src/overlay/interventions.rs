//! The interventions on the pinned cell and the zone around it, with their strengths.

use crate::cluster::{CRITICAL, Intervention, Region};
use crate::view::KeyAction;

/// Strengths of the interventions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FaultStrength {
    /// Duration of a spike, in steps.
    pub spike: u32,
    /// Memory that a leak loses per step, 0 to 1.
    pub leak: f32,
    /// Radius of a zone, in cells.
    pub radius: u32,
    /// Duration of an outage or a storm, in steps.
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

/// An intervention with its button and its key.
pub(super) struct InterventionButton {
    pub name: &'static str,
    /// Its key's action.
    pub key: KeyAction,
    /// Describes its effect.
    pub tip: fn(&FaultStrength) -> String,
    /// Makes it for a cell of this index and priority.
    pub make: fn(&FaultStrength, u32, f32) -> Intervention,
}

/// All interventions on the pinned cell.
pub(super) const INTERVENTIONS: [InterventionButton; 7] = [
    InterventionButton {
        name: "CPU spike",
        key: KeyAction::Spike,
        tip: |strengths| format!("CPU to 100% at once, and its demand rises by 100% for {} steps", strengths.spike),
        make: |strengths, cell, _| Intervention::Spike { cell, steps: strengths.spike },
    },
    InterventionButton {
        name: "Memory leak",
        key: KeyAction::Leak,
        tip: |strengths| {
            format!(
                "It loses {:.1}% more of its memory per step, and more than that under load, until the episode ends or \
                 it is healed",
                100.0 * strengths.leak
            )
        },
        make: |strengths, cell, _| Intervention::Leak { cell, per_step: strengths.leak },
    },
    InterventionButton {
        name: "Kill (OOM)",
        key: KeyAction::Kill,
        tip: |_| {
            "Its memory is full at once. A critical cell that is killed ends the episode with the next step".into()
        },
        make: |_, cell, _| Intervention::Kill { cell },
    },
    InterventionButton {
        name: "Heal",
        key: KeyAction::Heal,
        tip: |_| "CPU and memory to 0; it leaks no more, and what was done to it before is over".into(),
        make: |_, cell, _| Intervention::Heal { cell },
    },
    InterventionButton {
        name: "Priority",
        key: KeyAction::Prioritise,
        tip: |_| "The next of low (0.2), middle (0.5) and critical (1.0), until the episode ends".into(),
        make: |_, cell, priority| Intervention::Prioritise { cell, priority: next_priority(priority) },
    },
    InterventionButton {
        name: "Zone outage",
        key: KeyAction::Outage,
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
    InterventionButton {
        name: "Leak storm",
        key: KeyAction::Storm,
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

/// The next priority: low, middle, critical, and low again.
fn next_priority(priority: f32) -> f32 {
    match priority {
        priority if priority > CRITICAL => 0.2,
        priority if priority < 0.35 => 0.5,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_cycle_and_every_intervention_is_valid_for_its_cell() {
        assert_eq!([0.2, 0.5, 1.0].map(next_priority), [0.5, 1.0, 0.2]);
        for button in &INTERVENTIONS {
            let made = (button.make)(&FaultStrength::default(), 35, 0.5);
            assert!(made.fits(36) && !made.fits(35), "{made:?}");
            assert!((button.tip)(&FaultStrength::default()).len() > 20, "{}", button.name);
        }
    }
}
