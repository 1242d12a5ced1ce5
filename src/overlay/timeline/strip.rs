//! Drawing and dragging of the timeline.

use super::{EventMark, Timeline};
use crate::overlay::widgets::{colour, grouped};
use crate::view::{KeyAction, TimelineMove};
use bevy_egui::egui::{
    Align2, Button, Color32, FontId, Painter, Pos2, Rect, RichText, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};

/// Height of the curve, in points.
const HEIGHT: f32 = 34.0;

/// Buttons, label and curve.
pub(in crate::overlay) fn show(ui: &mut Ui, timeline: &mut Timeline) {
    let Some(last) = timeline.last_number() else { return };
    ui.horizontal(|ui| {
        for (sign, requested, help) in [
            ("|<", TimelineMove::PreviousMark, "Previous mark"),
            ("<", TimelineMove::Back, "One moment back"),
            (">", TimelineMove::Forward, "One moment forward"),
            (">|", TimelineMove::NextMark, "Next mark"),
        ] {
            if ui.small_button(sign).on_hover_text(KeyAction::Look(requested).with_key(help)).clicked() {
                timeline.requested.push(requested);
            }
        }
        let back = if timeline.recording.is_some() { "End" } else { "Live" };
        let tip = KeyAction::Look(TimelineMove::Live).with_key("Back to the latest moment");
        if ui.add_enabled(timeline.past, egui_button(back)).on_hover_text(tip).clicked() {
            timeline.requested.push(TimelineMove::Live);
        }
        label(ui, timeline);
    });
    let (space, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::click_and_drag());
    let now = timeline.now.map_or(last, |(number, ..)| number);
    response.widget_info(|| WidgetInfo::slider(true, now as f64, "Timeline"));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_min_numeric_value(timeline.first as f64);
        node.set_max_numeric_value(last as f64);
    });
    paint(ui.painter(), space, timeline, last);
    let share = |x: f32| ((x - space.left()) / space.width().max(1.0)).clamp(0.0, 1.0);
    let number = |x: f32| timeline.first + (f64::from(share(x)) * (last - timeline.first) as f64).round() as u64;
    if let Some(pointer) = response.interact_pointer_pos() {
        timeline.requested.push(TimelineMove::To(number(pointer.x)));
    }
    if let Some(pointer) = response.hover_pos() {
        let reach = (timeline.points.len() as f32 / space.width().max(1.0) * 4.0) as u64;
        let near = |at: &u64| at.abs_diff(number(pointer.x)) <= reach;
        let marks = (timeline.first..).zip(&timeline.points).filter(|(at, _)| near(at));
        let names: Vec<_> = marks.filter_map(|(_, point)| point.mark).map(EventMark::name).collect();
        let hint = "The recent past, with the Prophet's risk: drag to look back";
        response.on_hover_text(if names.is_empty() { hint.to_owned() } else { names.join("\n") });
    }
}

fn egui_button(text: &str) -> Button<'_> {
    Button::new(text).small()
}

/// The moment that is shown, emphasised where it is not the present.
fn label(ui: &mut Ui, timeline: &Timeline) {
    let Some((_, tick, step)) = timeline.now else { return };
    let moment = format!("tick {}, step {}", grouped(tick), grouped(step as u64));
    match (&timeline.recording, timeline.past) {
        (Some(recording), _) => {
            let text = RichText::new(format!("REPLAY: {moment}")).strong().color(colour::LOAD);
            ui.label(text).on_hover_text(format!("{}\n{}", recording.title, recording.verification));
        }
        (None, true) => {
            ui.label(RichText::new(format!("LOOKING BACK: {moment}")).strong().color(Color32::from_rgb(240, 228, 66)));
        }
        (None, false) => {}
    }
}

fn paint(painter: &Painter, space: Rect, timeline: &Timeline, last: u64) {
    painter.rect_filled(space, 3.0, Color32::from_gray(28));
    let length = (last - timeline.first).max(1) as f32;
    let x = |number: f32| space.left() + number / length * space.width();
    let y = |risk: f32| space.bottom() - 2.0 - risk.clamp(0.0, 1.0) * (space.height() - 4.0);
    let alarm = y(timeline.alarm as f32);
    let faint = Stroke::new(1.0, Color32::from_gray(70));
    painter.line_segment([pos2(space.left(), alarm), pos2(space.right(), alarm)], faint);
    // One point of the curve per point of the screen: the maximum risk of its bin.
    let stretch = (timeline.points.len() as f32 / space.width().max(1.0)).ceil().max(1.0) as usize;
    let mut curve = Vec::with_capacity(timeline.points.len() / stretch + 1);
    let mut at = 0;
    while at < timeline.points.len() {
        let end = (at + stretch).min(timeline.points.len());
        let risk = timeline.points.range(at..end).filter_map(|point| point.risk).reduce(f32::max);
        match risk {
            Some(risk) => curve.push(pos2(x(at as f32), y(risk))),
            None if stretch == 1 && timeline.points[at].mark.is_some() => {}
            None => painter.extend([flush(&mut curve)]),
        }
        at = end;
    }
    painter.extend([flush(&mut curve)]);
    for (number, point) in timeline.points.iter().enumerate() {
        if let Some(mark) = point.mark {
            let (top, width) = if mark == EventMark::Start { (space.center().y, 1.0) } else { (space.top(), 2.0) };
            let at = x(number as f32);
            painter.line_segment([pos2(at, top), pos2(at, space.bottom())], Stroke::new(width, mark.colour()));
        }
    }
    if let Some((number, tick, _)) = timeline.now {
        let at = x(number.saturating_sub(timeline.first) as f32);
        painter.line_segment([pos2(at, space.top()), pos2(at, space.bottom())], Stroke::new(1.5, Color32::WHITE));
        if timeline.past {
            let left = at > space.center().x;
            let (align, aside) = if left { (Align2::RIGHT_TOP, -3.0) } else { (Align2::LEFT_TOP, 3.0) };
            let text = grouped(tick);
            painter.text(pos2(at + aside, space.top()), align, text, FontId::proportional(10.0), Color32::WHITE);
        }
    }
}

/// The curve so far as a shape; starts a new one.
fn flush(curve: &mut Vec<Pos2>) -> Shape {
    Shape::line(std::mem::take(curve), Stroke::new(1.3, colour::RISK))
}
