//! The card of the pinned cell: its numbers, its recent past, and interventions. Also the tooltip of the cell under the
//! pointer.

use super::accessibility::describe;
use super::faults;
use super::layout::scene_rect;
use super::scene_controls::SceneControls;
use super::widgets::{colour, labelled_value, scene_window};
use crate::cluster::{CRITICAL, OOM};
use crate::features::growth::NEVER;
use crate::simulation::{Cause, Frame};
use crate::view::{Shown, cell_top, steps_left};
use bevy::ecs::error::Result;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Align2, Area, Color32, Context, Id, Order, Rect, RichText, Sense, Stroke, Ui, pos2, vec2};

/// Width of the card, in points.
const WIDTH: f32 = 238.0;
/// Size below which a scene counts as small, and the width of the card in one, in points.
const SMALL: f32 = 460.0;
const NARROW: f32 = 168.0;
/// Space above the card for the warning, in points.
const WARNING_HEIGHT: f32 = 46.0;
/// Height of a sparkline, in points.
const SPARKLINE_HEIGHT: f32 = 30.0;
/// Ticks in a sparkline.
const TICKS: usize = 200;

/// A cell at the moment that is shown.
struct CellInfo {
    row: usize,
    column: usize,
    cpu: f32,
    memory: f32,
    priority: f32,
    steps_left: Option<f32>,
}

impl CellInfo {
    fn new(shown: &Shown, cell: usize) -> Option<Self> {
        let (frame, columns) = (shown.frame()?, shown.cluster()?.scenario().columns);
        let at = |numbers: &[f32]| numbers.get(cell).copied();
        let (cpu, memory, priority) = (at(&frame.cpu)?, at(&frame.mem)?, at(&frame.priority)?);
        let steps_left = steps_left(shown.frame_history()?, shown.moment()?.frame, cell);
        Some(Self { row: cell / columns, column: cell % columns, cpu, memory, priority, steps_left })
    }

    fn priority_name(&self) -> &'static str {
        match self.priority {
            priority if priority > CRITICAL => "critical",
            priority if priority < 0.35 => "low",
            _ => "middle",
        }
    }

    fn time_left(&self) -> String {
        match self.steps_left {
            _ if self.memory >= OOM => "out of memory".to_owned(),
            Some(left) if left < NEVER => format!("{left:.0} steps"),
            _ => format!("over {NEVER:.0} steps"),
        }
    }
}

pub(super) fn show(mut contexts: EguiContexts, mut controls: SceneControls) -> Result {
    let context = contexts.ctx_mut()?.clone();
    controls.release_foot();
    if controls.layout.bare {
        return Ok(());
    }
    if let Some(cell) = controls.picked.hovered.filter(|cell| controls.picked.pinned != Some(*cell))
        && let Some(cell_info) = CellInfo::new(&controls.shown, cell)
    {
        pointer_tooltip(&context, &cell_info);
    }
    let Some(cell) = controls.picked.pinned else { return Ok(()) };
    let Some(cell_info) = CellInfo::new(&controls.shown, cell) else { return Ok(()) };
    let scene = scene_rect(&controls.area, &context);
    let left = is_on_the_left(&mut controls, cell, &cell_info, scene);
    let (corner, side) = match left {
        true => (scene.left_top() + vec2(8.0, WARNING_HEIGHT), Align2::LEFT_TOP),
        false => (scene.right_top() + vec2(-8.0, WARNING_HEIGHT), Align2::RIGHT_TOP),
    };
    let small = scene.width() < SMALL || scene.height() < SMALL;
    let width = if small { NARROW } else { WIDTH };
    let mut open = true;
    let window = scene_window("Cell", width).pivot(side).fixed_pos(corner).open(&mut open);
    window.show(&context, |ui| {
        labelled_value(ui, "Row, column", format!("{}, {}", cell_info.row, cell_info.column));
        labelled_value(ui, "CPU", format!("{:.0}%", 100.0 * cell_info.cpu));
        sparkline(ui, &controls.shown, colour::LOAD, None, |frame| frame.cpu.get(cell).copied());
        labelled_value(ui, "Memory", format!("{:.0}%", 100.0 * cell_info.memory));
        sparkline(ui, &controls.shown, colour::GOOD, Some(OOM), |frame| frame.mem.get(cell).copied());
        let priority = if small {
            cell_info.priority_name().to_owned()
        } else {
            format!("{:.1} ({})", cell_info.priority, cell_info.priority_name())
        };
        labelled_value(ui, "Priority", priority);
        let tip = "If its memory goes on growing as it did lately; clean-ups and interventions left out";
        labelled_value(ui, if small { "OOM in" } else { "Out of memory in" }, cell_info.time_left()).on_hover_text(tip);
        if controls.recording.is_some() {
            return;
        }
        if small {
            // Unfolded, it would hide most of a small scene.
            ui.collapsing("Break or heal it", |ui| faults::show(ui, &mut controls, cell, cell_info.priority));
        } else {
            faults::show(ui, &mut controls, cell, cell_info.priority);
        }
    });
    if !open {
        controls.picked.pinned = None;
    }
    Ok(())
}

/// Whether the card is on the left, so that it does not hide its cell; decided when the cell is pinned.
fn is_on_the_left(controls: &mut SceneControls, cell: usize, cell_info: &CellInfo, scene: Rect) -> bool {
    if let Some((_, left)) = controls.state.card_side.filter(|(of, _)| *of == cell) {
        return left;
    }
    let on_the_left = || {
        let scenario = controls.shown.cluster()?.scenario();
        let top = cell_top(cell_info.row, cell_info.column, scenario.rows, scenario.columns, cell_info.memory);
        let (camera, eye) = controls.camera.single().ok()?;
        let at = camera.world_to_viewport(eye, top).ok()? / controls.layout.scale;
        Some(at.x > scene.center().x)
    };
    let left = on_the_left().unwrap_or(false);
    controls.state.card_side = Some((cell, left));
    left
}

/// The numbers of the cell under the pointer.
fn pointer_tooltip(context: &Context, cell_info: &CellInfo) {
    let Some(pointer) = context.pointer_latest_pos() else { return };
    let area = Area::new(Id::new("cell under the pointer")).order(Order::Tooltip).interactable(false);
    area.fixed_pos(pointer + vec2(16.0, 16.0)).constrain(true).show(context, |ui| {
        egui::Frame::popup(ui.style()).show(ui, |ui| {
            let text = |text: String| RichText::new(text).size(11.0);
            ui.label(
                text(format!("row {}, column {}, {}", cell_info.row, cell_info.column, cell_info.priority_name()))
                    .strong(),
            );
            ui.label(text(format!("CPU {:.0}%, memory {:.0}%", 100.0 * cell_info.cpu, 100.0 * cell_info.memory)));
            let failed = cell_info.memory >= OOM;
            let left =
                if failed { cell_info.time_left() } else { format!("out of memory in {}", cell_info.time_left()) };
            ui.label(text(left));
        });
    });
}

/// A number, 0 to 1, over the last ticks up to the moment that is shown, across episodes.
fn sparkline(ui: &mut Ui, shown: &Shown, colour: Color32, limit: Option<f32>, value: impl Fn(&Frame) -> Option<f32>) {
    let (space, response) = ui.allocate_exact_size(vec2(ui.available_width(), SPARKLINE_HEIGHT), Sense::hover());
    let response = response.on_hover_text(format!("The last {TICKS} ticks, from 0 to 100%; gaps are new episodes"));
    let painter = ui.painter_at(space);
    painter.rect_filled(space, 2.0, Color32::from_black_alpha(90));
    let height = |value: f32| space.bottom() - 1.0 - value * (space.height() - 2.0);
    if let Some(limit) = limit {
        let edge = [pos2(space.left(), height(limit)), pos2(space.right(), height(limit))];
        painter.line_segment(edge, Stroke::new(1.0, colour::RISK.gamma_multiply(0.6)));
    }
    let (Some(frame_history), Some(moment)) = (shown.frame_history(), shown.moment()) else { return };
    let frames = frame_history.frames().rev().skip_while(|(number, _)| *number > moment.frame);
    let ticks = frames.map(|(_, frame)| frame).filter(|frame| frame.cause == Cause::Tick).take(TICKS);
    let mut lines: Vec<(u64, Vec<_>)> = Vec::new();
    let (mut least, mut most, mut latest) = (f32::MAX, f32::MIN, None);
    for (age, frame) in ticks.enumerate() {
        let Some(value) = value(frame) else { break };
        (least, most, latest) = (least.min(value), most.max(value), latest.or(Some(value)));
        let x = space.right() - age as f32 * space.width() / (TICKS - 1) as f32;
        let point = pos2(x, height(value));
        match lines.last_mut() {
            Some((episode, line)) if *episode == frame.episode => line.push(point),
            _ => lines.push((frame.episode, vec![point])),
        }
    }
    let points: usize = lines.iter().map(|(_, line)| line.len()).sum();
    for (_, line) in lines {
        painter.line(line, Stroke::new(1.2, colour));
    }
    let Some(latest) = latest else { return };
    let [least, most, latest] = [least, most, latest].map(|value| format!("{:.0}%", 100.0 * value));
    describe(&response, || format!("{points} ticks between {least} and {most}, the latest {latest}"));
}
