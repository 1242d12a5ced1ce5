//! Marks for the agent's last moves and the cells that it observes.

use super::shapes::{CellLayout, Mark, MarkShape};
use super::shown::{Shown, ShownMoment};
use crate::cluster::torus::{shifted, shortest_way};
use crate::simulation::Frame;
use bevy::color::Srgba;
use bevy::math::{Vec2, Vec3};

/// Number of moves in the trail.
const MOVES: usize = 12;
/// Frames that are searched for moves: an agent that stays where it is has no trail.
const MOMENTS: u64 = 40;
const TRAIL: Srgba = Srgba::rgb(0.95, 0.72, 0.90);
const OBSERVED: Srgba = Srgba::rgb(0.88, 0.84, 1.0);

/// Marks the last moves: arrowheads on the cell borders that were crossed. A border at the edge of the torus has two.
pub(super) fn mark_trail(shown: &Shown, layout: &CellLayout, moment: ShownMoment, marks: &mut Vec<Mark>) {
    let Some(frame_history) = shown.frame_history_of(moment.cluster) else { return };
    let (Some(now), oldest) = (frame_history.get(moment.frame), moment.frame.saturating_sub(MOMENTS)) else { return };
    let (mut newer, mut moves) = (now, 0);
    for number in (oldest..moment.frame).rev() {
        let Some(older) = frame_history.get(number).filter(|older| older.episode == now.episode) else { return };
        if older.agent != newer.agent {
            let age = (moves as f32 + shown.progress()) / MOVES as f32;
            // The latest move is still being made.
            let fresh = if number + 1 == moment.frame { shown.progress() } else { 1.0 };
            mark_move(layout, older.agent, newer.agent, &now.mem, 0.85 * (1.0 - age) * fresh, marks);
            moves += 1;
            if moves == MOVES {
                return;
            }
        }
        newer = older;
    }
}

fn mark_move(
    layout: &CellLayout,
    from: (usize, usize),
    to: (usize, usize),
    memory: &[f32],
    alpha: f32,
    marks: &mut Vec<Mark>,
) {
    let (rows, columns) = layout.size;
    let (right, down) = (shortest_way(from.1, to.1, columns), shortest_way(from.0, to.0, rows));
    // A jump leaves no mark.
    if right.abs() + down.abs() > 1 {
        return;
    }
    let step = Vec2::new(right as f32, down as f32);
    let (old, new) = (layout.above(from, memory, 0.0), layout.above(to, memory, 0.0));
    let half = Vec3::new(step.x, 0.0, step.y) / 2.0;
    let height = old.y.max(new.y);
    let (leave, enter) = ((old + half).with_y(height), (new - half).with_y(height));
    let wraps = leave.distance(enter) > 0.5;
    for centre in [Some(leave), wraps.then_some(enter)].into_iter().flatten() {
        let chevron = Mark::new(centre, MarkShape::Chevron(0.08, 0.035, 0.16), TRAIL, alpha);
        marks.push(Mark { turn: step, ..chevron });
    }
}

/// Outlines the 3x3 cells that the agent observes, across the edge of the torus.
pub(super) fn mark_observed_cells(
    layout: &CellLayout,
    before: Option<&Frame>,
    now: &Frame,
    share: f32,
    marks: &mut Vec<Mark>,
) {
    match before.filter(|before| before.agent != now.agent && share < 1.0) {
        None => outline(layout, now.agent, now, 1.0, marks),
        Some(before) => {
            outline(layout, before.agent, now, 1.0 - share, marks);
            outline(layout, now.agent, now, share, marks);
        }
    }
}

fn outline(layout: &CellLayout, (row, column): (usize, usize), now: &Frame, alpha: f32, marks: &mut Vec<Mark>) {
    let (rows, columns) = layout.size;
    for down in -1..=1 {
        for right in -1..=1 {
            let sides = u32::from(right == -1)
                | u32::from(right == 1) << 1
                | u32::from(down == -1) << 2
                | u32::from(down == 1) << 3;
            if sides > 0 {
                let cell = (shifted(row, down, rows), shifted(column, right, columns));
                let centre = layout.above(cell, &now.mem, 0.0);
                marks.push(Mark::new(centre, MarkShape::Sides(sides, 0.055), OBSERVED, 0.9 * alpha));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::color::ColorToPacked;

    #[test]
    fn the_cells_observed_at_a_corner_are_outlined_at_all_four_corners() {
        let now = Frame { agent: (0, 0), mem: vec![0.0; 36], ..Default::default() };
        let mut marks = Vec::new();
        mark_observed_cells(&CellLayout { middle: Vec3::ZERO, size: (6, 6) }, None, &now, 1.0, &mut marks);
        assert_eq!(marks.len(), 8, "all but the middle");
        let corner = |x: f32, z: f32| marks.iter().filter(|mark| (mark.centre.x, mark.centre.z) == (x, z)).count();
        assert_eq!([corner(-2.5, 2.5), corner(2.5, 2.5), corner(2.5, -2.5), corner(-1.5, -1.5)], [1, 1, 1, 1]);
    }

    #[test]
    fn a_move_over_the_edge_is_marked_at_both_sides() {
        let (memory, mut marks) = ([0.0; 36], Vec::new());
        let layout = CellLayout { middle: Vec3::ZERO, size: (6, 6) };
        mark_move(&layout, (2, 5), (2, 0), &memory, 1.0, &mut marks);
        let seams: Vec<_> = marks.iter().map(|mark| mark.centre.x).collect();
        assert_eq!(seams, [3.0, -3.0]);
        assert!(marks.iter().all(|mark| mark.turn == Vec2::X), "it points to the right");
        mark_move(&layout, (2, 2), (5, 5), &memory, 1.0, &mut marks);
        assert_eq!(marks.len(), 2, "a jump is not marked");
        assert_eq!(TRAIL.to_u8_array()[3], 255);
    }
}
