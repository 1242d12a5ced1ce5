//! A mark: shape, position and binary form.

use super::layout::cell_top;
use bevy::color::{Alpha, LinearRgba, Srgba};
use bevy::math::{Vec2, Vec3};

/// Bytes of a mark in the buffer: see `mark.wgsl`.
pub(super) const MARK_BYTES: usize = 16 * size_of::<f32>();

/// Shape of a mark; `mark.wgsl` numbers the shapes in this order. Sizes are in units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum MarkShape {
    /// A circle: radius, half line width.
    Ring(f32, f32),
    /// A rectangle: half width and half depth, half line width.
    Rectangle(Vec2, f32),
    /// A diamond: distance from centre to corner, half line width.
    Diamond(f32, f32),
    /// A diagonal cross: reach, half arm width, distance from the centre at which the arms begin.
    Cross(f32, f32, f32),
    /// An arrowhead along x: tip, half line width, half breadth.
    Chevron(f32, f32, f32),
    /// Sides of a cell (bits: left 1, right 2, upper 4, lower 8), line width.
    Sides(u32, f32),
    /// Light that fades from the first radius to the second.
    Glow(f32, f32),
}

/// A flat symbol over the scene.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mark {
    /// Its centre.
    pub centre: Vec3,
    /// Its shape.
    pub shape: MarkShape,
    /// Its colour and opacity.
    pub colour: LinearRgba,
    /// Cosine and sine of its rotation about the vertical.
    pub turn: Vec2,
}

impl Mark {
    /// A mark without rotation.
    pub fn new(centre: Vec3, shape: MarkShape, colour: Srgba, alpha: f32) -> Self {
        Self { centre, shape, colour: LinearRgba::from(colour).with_alpha(alpha), turn: Vec2::X }
    }

    /// Appends it to the bytes of the buffer.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        let (kind, size, form) = match self.shape {
            MarkShape::Ring(radius, width) => (0, Vec2::splat(radius + width + 0.05), [radius, width, 0.0, 0.0]),
            MarkShape::Rectangle(half, width) => (1, half + width + 0.05, [half.x, half.y, width, 0.0]),
            MarkShape::Diamond(reach, width) => (2, Vec2::splat(reach + 2.0 * width), [reach, width, 0.0, 0.0]),
            MarkShape::Cross(reach, width, hole) => (3, Vec2::splat(reach + 0.05), [reach, width, hole, 0.0]),
            MarkShape::Chevron(tip, width, half) => (4, Vec2::splat(tip.max(half) + 0.1), [tip, width, half, 0.0]),
            MarkShape::Sides(sides, width) => (5, Vec2::splat(0.5), [sides as f32, width, 0.0, 0.0]),
            MarkShape::Glow(inner, outer) => (6, Vec2::splat(outer), [inner, outer, 0.0, 0.0]),
        };
        let Self { centre, colour, turn, .. } = self;
        let mut put = |number: f32| bytes.extend_from_slice(&number.to_ne_bytes());
        [centre.x, centre.y, centre.z, f32::from_bits(kind)].into_iter().for_each(&mut put);
        [colour.red, colour.green, colour.blue, colour.alpha].into_iter().for_each(&mut put);
        [size.x, size.y, turn.x, turn.y].into_iter().chain(form).for_each(&mut put);
    }
}

/// Geometry of a cluster's grid.
#[derive(Debug, Clone, Copy)]
pub(super) struct CellLayout {
    /// Centre of the cluster.
    pub middle: Vec3,
    /// Rows and columns.
    pub size: (usize, usize),
}

impl CellLayout {
    /// Just above the top of the cell at `(row, column)`, raised by `rise`.
    pub fn above(&self, (row, column): (usize, usize), memory: &[f32], rise: f32) -> Vec3 {
        let (rows, columns) = self.size;
        let memory = memory[row * columns + column];
        self.middle + cell_top(row, column, rows, columns, memory) + Vec3::Y * (0.012 + rise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_written_as_the_shader_reads_it() {
        let mut bytes = Vec::new();
        Mark::new(Vec3::ONE, MarkShape::Chevron(0.1, 0.02, 0.2), Srgba::RED, 0.5).write(&mut bytes);
        assert_eq!(bytes.len(), MARK_BYTES);
        assert_eq!(bytes[12..16], 4_u32.to_ne_bytes());
        assert_eq!(bytes[28..32], 0.5_f32.to_ne_bytes());
    }
}
