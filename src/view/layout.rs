//! Positions in the scene: pure geometry. One unit is the distance between two cells; x runs along columns, z along
//! rows, y up.

use crate::cluster::torus::shortest_way;
use bevy::math::Vec3;

/// Side of a cell's block, as a share of the distance between two cells.
pub const FOOTPRINT: f32 = 0.9;
/// Height of a cell without drift, in units.
const LOWEST: f32 = 0.06;
/// Height that full drift adds, in units. Small enough that no cell hides the middle of another from the home camera.
const RISE: f32 = 0.5;

/// Height of a cell with this memory drift, in units.
pub fn cell_height(memory: f32) -> f32 {
    LOWEST + RISE * memory.clamp(0.0, 1.0)
}

/// Centre of a cell's base; fractional rows and columns lie between cells.
pub fn cell_position(row: f32, column: f32, rows: usize, columns: usize) -> Vec3 {
    Vec3::new(column - (columns as f32 - 1.0) / 2.0, 0.0, row - (rows as f32 - 1.0) / 2.0)
}

/// Centre of a cell's top.
pub fn cell_top(row: usize, column: usize, rows: usize, columns: usize, memory: f32) -> Vec3 {
    cell_position(row as f32, column as f32, rows, columns).with_y(cell_height(memory))
}

/// A point on the shorter path from `from` to `to` on a ring of `length` cells, `share` of the way. Where the path
/// crosses the edge of the grid, it leaves half a cell beyond it and re-enters half a cell before the opposite edge.
pub fn on_the_way(from: usize, to: usize, length: usize, share: f32) -> f32 {
    (from as f32 + shortest_way(from, to, length) as f32 * share + 0.5).rem_euclid(length as f32) - 0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_lies_around_the_origin() {
        let corners = [(0.0, 0.0), (2.0, 6.0)].map(|(row, column)| cell_position(row, column, 3, 7));
        assert_eq!(corners[0], Vec3::new(-3.0, 0.0, -1.0));
        assert_eq!(corners[1], -corners[0]);
    }

    #[test]
    fn a_glide_over_the_edge_comes_back_on_the_other_side() {
        assert_eq!(on_the_way(2, 3, 6, 0.25), 2.25);
        assert_eq!(on_the_way(5, 0, 6, 0.25), 5.25);
        assert_eq!(on_the_way(5, 0, 6, 0.75), -0.25);
        assert_eq!(on_the_way(0, 5, 6, 0.25), -0.25);
        assert_eq!(on_the_way(0, 5, 6, 0.75), 5.25);
        assert_eq!(on_the_way(0, 5, 6, 1.0), 5.0);
    }
}
