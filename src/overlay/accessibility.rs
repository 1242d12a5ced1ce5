//! The overlay's widgets for screenshots: text, value and position of each. They come from the tree that egui builds
//! for screen readers, so tests read what a blind person would hear. The tree is built only in frames that are
//! captured.

use crate::view::{Foreground, Widget};
use bevy::app::{App, PostUpdate};
use bevy::ecs::prelude::{IntoScheduleConfigs, Res, ResMut, Single, With};
use bevy_egui::egui::accesskit::{Node, NodeId, Role, Toggled, TreeUpdate};
use bevy_egui::egui::{self, Context, Rect, Ui};
use bevy_egui::{EguiContext, EguiOutput, EguiPostUpdateSet, PrimaryEguiContext};
use std::collections::HashMap;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(PostUpdate, enable.before(EguiPostUpdateSet::EndPass));
    app.add_systems(PostUpdate, collect_widgets.after(EguiPostUpdateSet::ProcessOutput));
}

/// Labels the group of widgets drawn with this [`Ui`].
pub(super) fn group(ui: &Ui, title: &str) {
    ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
        node.set_role(Role::Group);
        node.set_label(title);
    });
}

fn enable(foreground: Res<Foreground>, mut context: Single<&mut EguiContext, With<PrimaryEguiContext>>) {
    if foreground.wanted {
        context.get_mut().enable_accesskit();
    }
}

fn collect_widgets(
    mut foreground: ResMut<Foreground>,
    overlay: Single<(&mut EguiContext, &EguiOutput), With<PrimaryEguiContext>>,
) {
    if !foreground.wanted {
        return;
    }
    let (mut context, output) = overlay.into_inner();
    let context = context.get_mut();
    context.disable_accesskit();
    foreground.widgets = output.platform_output.accesskit_update.as_ref().map_or(Vec::new(), |tree| {
        let mut reader = TreeReader {
            tree,
            nodes: nodes_by_id(tree),
            visible_rects: visible_rects(context),
            scale: output.pixels_per_point,
        };
        reader.read()
    });
}

fn nodes_by_id(tree: &TreeUpdate) -> HashMap<NodeId, &Node> {
    tree.nodes.iter().map(|(id, node)| (*id, node)).collect()
}

/// The visible part of each widget, in points.
fn visible_rects(context: &Context) -> HashMap<NodeId, Rect> {
    context.viewport(|viewport| {
        let layers = viewport.prev_pass.widgets.layers();
        let all = layers.flat_map(|(_, widgets)| widgets);
        all.map(|widget| (widget.id.accesskit_id(), widget.interact_rect)).collect()
    })
}

struct TreeReader<'a> {
    tree: &'a TreeUpdate,
    nodes: HashMap<NodeId, &'a Node>,
    visible_rects: HashMap<NodeId, Rect>,
    scale: f32,
}

impl TreeReader<'_> {
    fn read(&mut self) -> Vec<Widget> {
        let mut widgets = Vec::new();
        if let Some(tree) = &self.tree.tree {
            self.walk(tree.root, &mut Vec::new(), &mut widgets);
        }
        widgets
    }

    fn walk(&self, id: NodeId, within: &mut Vec<String>, widgets: &mut Vec<Widget>) {
        let Some(node) = self.nodes.get(&id) else { return };
        let parts = within.len();
        match node.role() {
            Role::Window | Role::Group | Role::GenericContainer => within.extend(node.label().map(str::to_owned)),
            // Text runs repeat their label letter by letter.
            Role::TextRun | Role::Unknown | Role::ScrollBar | Role::Splitter => {}
            _ => widgets.push(self.widget(id, node, within)),
        }
        node.children().iter().for_each(|child| self.walk(*child, within, widgets));
        within.truncate(parts);
    }

    fn widget(&self, id: NodeId, node: &Node, within: &[String]) -> Widget {
        let label =
            |node: &Node| if node.role() == Role::Label { node.value() } else { node.label() }.map(str::to_owned);
        let labelled_by = || node.labelled_by().iter().find_map(|name| label(self.nodes.get(name)?));
        let placeholder = || node.placeholder().map(str::to_owned);
        let text_value = node.value().filter(|_| node.role() != Role::Label).map(str::to_owned);
        let rect = self.visible_rects.get(&id).filter(|rect| rect.is_positive()).map(|rect| *rect * self.scale);
        Widget {
            role: format!("{:?}", node.role()),
            text: label(node).or_else(labelled_by).or_else(placeholder).unwrap_or_default(),
            value: text_value.or_else(|| node.numeric_value().map(|number| number.to_string())),
            on: node.toggled().map(|toggled| toggled == Toggled::True),
            range: node.min_numeric_value().zip(node.max_numeric_value()).map(|(low, high)| [low, high]),
            enabled: !node.is_disabled(),
            within: within.to_vec(),
            rect: rect.map(|rect| [rect.left(), rect.top(), rect.right(), rect.bottom()]),
        }
    }
}

/// Describes in words what is only painted.
pub(super) fn describe(response: &egui::Response, text: impl Fn() -> String) {
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, text()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_egui::egui::{RawInput, ScrollArea, Sense, TextEdit, pos2, vec2};

    #[test]
    fn widgets_are_listed_with_text_value_and_visible_part() {
        let context = Context::default();
        context.enable_accesskit();
        let screen = Rect::from_min_size(pos2(0.0, 0.0), vec2(300.0, 200.0));
        let (mut on, mut number, mut typed) = (true, 3.0, "a.rsnt".to_owned());
        let mut output = context.run_ui(RawInput { screen_rect: Some(screen), ..RawInput::default() }, |ui| {
            group(ui, "left");
            ScrollArea::vertical().max_height(150.0).show(ui, |ui| {
                ui.label("tick 5");
                ui.add_enabled(false, egui::Button::new("Step"));
                ui.checkbox(&mut on, "max");
                ui.add(egui::Slider::new(&mut number, 0.0..=9.0));
                ui.add(TextEdit::singleline(&mut typed).hint_text("checkpoint.rsnt"));
                let (_, response) = ui.allocate_exact_size(vec2(50.0, 13.0), Sense::hover());
                describe(&response, || "to_egui".to_owned());
                ui.add_space(300.0);
                ui.label("far below");
            });
        });
        output.textures_delta.clear();
        let tree = output.platform_output.accesskit_update.take().expect("a tree");
        let mut reader =
            TreeReader { tree: &tree, nodes: nodes_by_id(&tree), visible_rects: visible_rects(&context), scale: 2.0 };
        let widgets = reader.read();
        let find = |text: &str| widgets.iter().find(|widget| widget.text == text).expect(text);
        assert_eq!(find("tick 5").within, ["left"]);
        assert_eq!((find("tick 5").role.as_str(), find("to_egui").role.as_str()), ("Label", "Label"));
        assert_eq!((find("Step").enabled, find("max").enabled, find("max").on), (false, true, Some(true)));
        let slider = widgets.iter().find(|widget| widget.role == "Slider").expect("a slider");
        assert_eq!((slider.range, slider.value.as_deref()), (Some([0.0, 9.0]), Some("3")));
        let field = widgets.iter().find(|widget| widget.role == "TextInput").expect("a field");
        assert_eq!((field.value.as_deref(), field.text.as_str()), (Some("a.rsnt"), "checkpoint.rsnt"));
        let [left, top, right, bottom] = find("to_egui").rect.expect("it is visible");
        assert_eq!((right - left, bottom - top), (100.0, 26.0), "pixels are half as large as points here");
        assert_eq!(find("far below").rect, None);
    }
}
