//! Marks over the cells that the agent's action touched. They depend only on the frame and the blend between frames,
//! never on a clock, so that a look back shows them too.

use super::agent::RING_RADIUS;
use super::shapes::{CellLayout, Mark, MarkShape};
use crate::cluster::{Action, HOTSPOT, urgency};
use crate::simulation::{Cause, Frame};
use bevy::color::Srgba;
use bevy::math::Vec2;

/// Maximum number of marked cells of one scale action.
const MAX_MARKED_CELLS: usize = 128;
const CLEAN: Srgba = Srgba::rgb(0.45, 0.95, 0.80);
const MEMORY: Srgba = Srgba::rgb(0.55, 0.80, 1.0);
const COOL: Srgba = Srgba::rgb(0.98, 0.93, 0.55);
const RELIEF: Srgba = Srgba::rgb(0.70, 1.0, 0.75);
const REFUSED: Srgba = Srgba::rgb(1.0, 0.25, 0.2);

/// The cells that an action touched, by index.
#[derive(Debug, Default)]
pub(super) struct TouchedCells(Vec<usize>);

impl TouchedCells {
    /// The cells that the action that led to `now` touched, as indices into a grid of `columns` columns. Empty where no
    /// action led to `now`, or it changed nothing.
    pub fn cells(&mut self, before: Option<&Frame>, now: &Frame, columns: usize) -> &[usize] {
        self.0.clear();
        if now.cause != Cause::Tick {
            return &self.0;
        }
        let effect = &now.action_result.effect;
        if effect.cleaned.is_some() {
            self.0.push(now.agent.0 * columns + now.agent.1);
        } else if let Some(before) = before.filter(|_| effect.scaled > 0) {
            // The action's own rule: the most urgent hotspots first, as many as it relieved.
            let hot = |cell: &usize| before.cpu[*cell] > HOTSPOT || before.mem[*cell] > HOTSPOT;
            let worth = |cell: usize| urgency(before.cpu[cell], before.mem[cell], before.priority[cell]);
            self.0.extend((0..before.cpu.len()).filter(hot));
            self.0.sort_unstable_by(|a, b| worth(*b).total_cmp(&worth(*a)).then(a.cmp(b)));
            self.0.truncate(effect.scaled);
        }
        &self.0
    }
}

/// Marks the effect of the action, `progress` of the way through, 0 to 1.
pub(super) fn mark_action(
    layout: &CellLayout,
    before: Option<&Frame>,
    now: &Frame,
    progress: f32,
    marks: &mut Vec<Mark>,
    touched_cells: &mut TouchedCells,
) {
    if now.cause != Cause::Tick {
        return;
    }
    let (action, columns) = (now.decision.choice.action, layout.size.1);
    let fading = 1.0 - progress.powi(3);
    if now.action_result.effect.refused > 0.0 {
        let shake = (18.0 * progress).sin() * 0.07 * (1.0 - progress);
        let centre = layout.above(now.agent, &now.mem, 0.09) + bevy::math::Vec3::X * shake;
        marks.push(Mark::new(centre, MarkShape::Cross(0.27, 0.045, 0.12), REFUSED, 0.95 * fading));
        return;
    }
    for &cell in touched_cells.cells(before, now, columns).iter().take(MAX_MARKED_CELLS) {
        let at = (cell / columns, cell % columns);
        let above = |rise: f32| layout.above(at, &now.mem, rise);
        match action {
            // A ring that grows.
            Action::FullClean => {
                let ring = MarkShape::Ring(RING_RADIUS + 0.55 * progress, 0.05 * (1.0 - 0.5 * progress));
                marks.push(Mark::new(above(0.02), ring, CLEAN, 0.95 * fading));
                marks.push(Mark::new(
                    above(0.02),
                    MarkShape::Glow(0.2, RING_RADIUS + 0.5 * progress),
                    CLEAN,
                    0.5 * fading,
                ));
            }
            // A stack of squares that falls.
            Action::MemoryClean => {
                for layer in 0..4_u8 {
                    let rise = (0.75 * (1.0 - progress) + 0.13 * f32::from(layer)).max(0.01);
                    let alpha = (0.95 - 0.2 * f32::from(layer)) * fading;
                    marks.push(Mark::new(above(rise), MarkShape::Rectangle(Vec2::splat(0.4), 0.03), MEMORY, alpha));
                }
            }
            // A diamond that shrinks.
            Action::Throttle => {
                let reach = 0.72 - 0.34 * progress;
                marks.push(Mark::new(above(0.05), MarkShape::Diamond(reach, 0.04), COOL, 0.95 * fading));
            }
            // A pulse over every hotspot that was relieved.
            Action::Scale => {
                for wave in [0.0, 0.16] {
                    let ring = MarkShape::Ring((0.14 + 0.42 * progress - wave).max(0.1), 0.035);
                    marks.push(Mark::new(above(0.03), ring, RELIEF, 0.95 * fading));
                }
            }
            Action::Up | Action::Down | Action::Left | Action::Right => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Cluster, Intervention};
    use crate::learning::ActionChoice;
    use crate::settings::{RewardSettings, Scenario};
    use crate::simulation::{ActionResult, Decision, FrameHistory};
    use bevy::math::Vec3;

    /// The history of one action on a cluster with some hotspots, and the cells whose CPU or memory it changed.
    fn history_of(action: Action, budget: f64) -> (FrameHistory, Vec<usize>) {
        let scenario = Scenario { initial_budget: budget, recovery: 0.0, ..Scenario::default() };
        let mut cluster = Cluster::new(scenario, RewardSettings::default(), None);
        cluster.reset(5);
        for cell in [3, 8, 20, 21, 30] {
            cluster.intervene(&Intervention::Spike { cell, steps: 1 });
        }
        let mut frame_history = FrameHistory::new(10);
        frame_history.record(&cluster, Cause::Start, |_| {});
        let before = cluster.cells().clone();
        let effect = cluster.act(action);
        let touched = (0..36).filter(|cell| {
            (before.cpu[*cell], before.mem[*cell]) != (cluster.cells().cpu[*cell], cluster.cells().mem[*cell])
        });
        let touched = touched.collect();
        cluster.decay();
        let step = cluster.judge(&effect);
        frame_history.record(&cluster, Cause::Tick, |frame| {
            let choice = ActionChoice { action, explored: false, handed_over: false, effective_epsilon: 0.0 };
            frame.decision = Decision { choice, ..Decision::default() };
            frame.action_result = ActionResult { effect, step };
        });
        (frame_history, touched)
    }

    fn marked(frame_history: &FrameHistory) -> (Vec<usize>, Vec<Mark>) {
        let (mut touched_cells, mut marks) = (TouchedCells::default(), Vec::new());
        let (before, now) = (frame_history.get(0), frame_history.get(1).unwrap());
        let mut cells = touched_cells.cells(before, now, 6).to_vec();
        cells.sort_unstable();
        let layout = CellLayout { middle: Vec3::ZERO, size: (6, 6) };
        mark_action(&layout, before, now, 0.5, &mut marks, &mut touched_cells);
        (cells, marks)
    }

    #[test]
    fn the_marked_cells_are_the_touched_ones() {
        let scale_cost = Scenario::default().scale_cost;
        for (action, budget) in [
            (Action::FullClean, 50.0),
            (Action::MemoryClean, 50.0),
            (Action::Throttle, 50.0),
            (Action::Scale, 100.0),
            (Action::Scale, 2.5 * scale_cost),
        ] {
            let (frame_history, touched) = history_of(action, budget);
            let (cells, marks) = marked(&frame_history);
            assert_eq!(cells, touched, "{action:?} with {budget}");
            assert!(!marks.is_empty(), "{action:?}");
        }
    }

    #[test]
    fn each_action_has_its_own_mark_and_a_move_has_none() {
        let shapes = [Action::FullClean, Action::MemoryClean, Action::Throttle, Action::Scale].map(|action| {
            let (_, marks) = marked(&history_of(action, 100.0).0);
            std::mem::discriminant(&marks[0].shape)
        });
        let rings = shapes.iter().filter(|shape| **shape == shapes[0]).count();
        assert_eq!(rings, 2, "a clean and a scale are rings, of one and of many cells");
        assert!(shapes[1] != shapes[2]);
        assert!(marked(&history_of(Action::Left, 100.0).0).1.is_empty());
    }

    #[test]
    fn a_refused_action_is_crossed_out() {
        let (cells, marks) = marked(&history_of(Action::FullClean, 0.0).0);
        assert!(cells.is_empty());
        assert!(matches!(marks[..], [Mark { shape: MarkShape::Cross(..), .. }]), "{marks:?}");
    }
}
