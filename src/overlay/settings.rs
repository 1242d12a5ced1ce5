//! Every setting of the run, straight from the one settings tree: what may change while the run goes on changes at once,
//! the rest is kept in a draft for a new run.

use super::widgets::{colour, explain};
use super::{Controls, Facts};
use crate::settings::Settings;
use crate::settings::tree::{Slot, Spec};
use crate::tick::{Command, is_live};
use bevy_egui::egui::{Align, Button, CollapsingHeader, ComboBox, Label, Layout, Response, RichText, TextEdit, Ui};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What is being searched for, typed and changed.
#[derive(Debug, Default)]
pub(super) struct Draft {
    search: String,
    /// The settings of the next run, where they are others than those of this one.
    next: Option<Settings>,
    /// Text that is not entered yet, by path.
    typed: BTreeMap<String, String>,
    /// Why a value was refused, by path.
    refused: BTreeMap<String, String>,
}

/// A setting as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// Path, such as `pilot.gamma`.
    pub path: String,
    spec: &'static Spec,
    /// The value as it is written in RON.
    pub text: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Flag(bool),
    Choice(&'static [&'static str]),
    Typed,
}

static DEFAULTS: LazyLock<Vec<Row>> = LazyLock::new(|| rows(&Settings::default()));

/// Every setting, in the order of the tree.
pub(super) fn rows(settings: &Settings) -> Vec<Row> {
    let mut rows = Vec::new();
    settings.clone().each(&mut |path, spec, slot| {
        let kind = match &slot {
            Slot::Flag(on) => Kind::Flag(**on),
            Slot::Choice(choice) => Kind::Choice(choice.options()),
            _ => Kind::Typed,
        };
        rows.push(Row { path: path.to_owned(), spec, text: slot.text(), kind });
    });
    rows
}

impl Draft {
    /// Enters a value: a command for what may change now, the draft of the next run for the rest. A value that the tree
    /// refuses changes nothing, and why stands under it.
    pub fn enter(&mut self, active: &Settings, path: &str, value: &str) -> Option<Command> {
        let mut next = self.next.clone().unwrap_or_else(|| active.clone());
        let live = is_live(active, path);
        let outcome = match live {
            true => active.clone().set(path, value).and_then(|()| next.assign(path, value)),
            false => next.set(path, value),
        };
        if let Err(error) = outcome {
            self.refused.insert(path.to_owned(), error.to_string());
            return None;
        }
        self.refused.remove(path);
        self.typed.remove(path);
        if live {
            self.next = self.next.is_some().then_some(next);
            return Some(Command::set(path, value));
        }
        self.next = Some(next).filter(|next| next != active);
        None
    }

    /// Whether a setting belongs to what is searched for.
    fn finds(&self, row: &Row) -> bool {
        let help = row.spec.help.to_lowercase();
        let words = self.search.to_lowercase();
        words.split_whitespace().all(|word| row.path.contains(word) || help.contains(word))
    }
}

pub(super) fn show(ui: &mut Ui, facts: &Facts, controls: &mut Controls, draft: &mut Draft) {
    let active = &facts.settings.0;
    let told = panel(ui, active, draft, |response, path, more| explain(response, &facts.specs, path, more));
    controls.commands.0.extend(told);
}

/// Draws the panel; answers what it asks for.
fn panel(
    ui: &mut Ui,
    active: &Settings,
    draft: &mut Draft,
    explain: impl Fn(Response, &str, &str) -> Response,
) -> Vec<Command> {
    let mut commands = Vec::new();
    ui.add(TextEdit::singleline(&mut draft.search).hint_text("search").desired_width(f32::INFINITY));
    // A run that has become what the draft was leaves nothing to wait for.
    draft.next = draft.next.take().filter(|next| next != active);
    let (now, next) = (rows(active), draft.next.as_ref().map(rows));
    let shown = next.as_ref().unwrap_or(&now);
    let waiting = shown.iter().zip(&now).filter(|(shown, now)| shown.text != now.text).count();
    if waiting > 0 {
        ui.horizontal_wrapped(|ui| {
            let text = RichText::new(format!("{waiting} wait for a new run")).color(colour::FEAR);
            ui.label(text);
            if ui.button("New run").on_hover_text("End this run (it is saved) and begin a new one with them").clicked()
            {
                commands.extend(draft.next.clone().map(|next| Command::Restart(Box::new(next))));
            }
            if ui.button("Discard").on_hover_text("Forget these changes").clicked() {
                draft.next = None;
            }
        });
    }
    let sections = shown.iter().zip(&now).zip(DEFAULTS.iter()).collect::<Vec<_>>();
    let section = |row: &Row| row.path.split('.').next().unwrap_or_default().to_owned();
    for rows in sections.chunk_by(|((a, _), _), ((b, _), _)| section(a) == section(b)) {
        let found: Vec<_> = rows.iter().filter(|((row, _), _)| draft.finds(row)).collect();
        if found.is_empty() {
            continue;
        }
        let name = section(rows[0].0.0);
        let searching = (!draft.search.trim().is_empty()).then_some(true);
        CollapsingHeader::new(&name).id_salt(("settings", &name)).open(searching).show(ui, |ui| {
            for ((row, now), usual) in found {
                let entered = line(ui, row, now, usual, is_live(active, &row.path), draft, &explain);
                commands.extend(entered.and_then(|value| draft.enter(active, &row.path, &value)));
                if let Some(refused) = draft.refused.get(&row.path) {
                    ui.colored_label(colour::RISK, refused);
                }
            }
        });
    }
    commands
}

/// One setting; answers the value that was entered.
fn line(
    ui: &mut Ui,
    row: &Row,
    now: &Row,
    usual: &Row,
    live: bool,
    draft: &mut Draft,
    explain: impl Fn(Response, &str, &str) -> Response,
) -> Option<String> {
    let mut entered = None;
    ui.horizontal(|ui| {
        let changed = row.text != usual.text;
        let name = RichText::new(row.spec.name).color(match (row.text != now.text, changed) {
            (true, _) => colour::FEAR,
            (false, true) => colour::GOOD,
            (false, false) => colour::NOTE,
        });
        let effect = if live { "\nTakes effect at once" } else { "\nNeeds a new run" };
        let default = format!("{effect}\nDefault: {}", if usual.text.is_empty() { "empty" } else { &usual.text });
        let label = ui.scope(|ui| {
            ui.set_max_width(0.5 * ui.available_width());
            ui.add(Label::new(name).truncate())
        });
        explain(label.inner, &row.path, &default);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if changed && ui.add(Button::new("\u{21ba}").small()).on_hover_text("Back to the default").clicked() {
                entered = Some(usual.text.clone());
            }
            if !live {
                ui.label(RichText::new("new run").small().weak()).on_hover_text("Needs a new run");
            }
            let chosen = match row.kind {
                Kind::Flag(on) => flag(ui, on),
                Kind::Choice(options) => choice(ui, row, options),
                Kind::Typed => typed(ui, row, draft),
            };
            entered = entered.take().or(chosen);
        });
    });
    entered
}

fn flag(ui: &mut Ui, mut on: bool) -> Option<String> {
    ui.checkbox(&mut on, "").changed().then(|| on.to_string())
}

fn choice(ui: &mut Ui, row: &Row, options: &[&str]) -> Option<String> {
    let mut chosen = None;
    ComboBox::from_id_salt(&row.path).selected_text(&row.text).width(84.0).show_ui(ui, |ui| {
        for option in options {
            if ui.selectable_label(row.text == *option, *option).clicked() {
                chosen = Some((*option).to_owned());
            }
        }
    });
    chosen
}

fn typed(ui: &mut Ui, row: &Row, draft: &mut Draft) -> Option<String> {
    let mut text = draft.typed.get(&row.path).unwrap_or(&row.text).clone();
    let unit = (!row.spec.unit.is_empty()).then(|| ui.label(RichText::new(row.spec.unit).small().weak()));
    let width = if unit.is_some() { 64.0 } else { 92.0 };
    let field = ui.add(TextEdit::singleline(&mut text).id_salt(&row.path).desired_width(width));
    if field.changed() {
        draft.typed.insert(row.path.clone(), text.clone());
    }
    (field.lost_focus() && draft.typed.contains_key(&row.path) && text != row.text).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_egui::egui::{
        Context, Event, FullOutput, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, pos2, vec2,
    };

    /// Draws the panel once with these events; answers what it asks for and what was painted.
    fn pass(context: &Context, active: &Settings, draft: &mut Draft, events: Vec<Event>) -> (Vec<Command>, FullOutput) {
        let screen = Rect::from_min_size(pos2(0.0, 0.0), vec2(600.0, 6_000.0));
        let input = RawInput { screen_rect: Some(screen), events, ..RawInput::default() };
        let mut told = Vec::new();
        let mut output = context.run_ui(input, |ui| told = panel(ui, active, draft, |response, _, _| response));
        output.textures_delta.clear();
        (told, output)
    }

    /// Where a text stands, and what all texts are.
    fn texts(output: &FullOutput) -> Vec<(String, Pos2)> {
        fn collect(shape: &bevy_egui::egui::Shape, texts: &mut Vec<(String, Pos2)>) {
            match shape {
                bevy_egui::egui::Shape::Text(text) => {
                    texts.push((text.galley.text().to_owned(), text.visual_bounding_rect().center()));
                }
                bevy_egui::egui::Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, texts)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        output.shapes.iter().for_each(|clipped| collect(&clipped.shape, &mut found));
        found
    }

    fn click(at: Pos2) -> Vec<Event> {
        let button = |pressed| Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        vec![Event::PointerMoved(at), button(true), button(false)]
    }

    #[test]
    fn there_is_a_widget_for_every_setting() {
        let (context, active) = (Context::default(), Settings::default());
        let mut all = 0;
        for section in ["run", "cluster", "reward", "trace", "pilot", "qtable", "exploration", "prophet", "view"] {
            let mut draft = Draft { search: format!("{section}."), ..Draft::default() };
            // A search unfolds what it finds; the fold opens over some frames.
            let passes = (0..30).map(|_| pass(&context, &active, &mut draft, Vec::new()).1);
            let texts = texts(&passes.last().expect("a pass"));
            let of_section = rows(&active).into_iter().filter(|row| draft.finds(row));
            for row in of_section {
                let named = texts.iter().any(|(text, _)| text == row.spec.name);
                assert!(named, "{} has a label among {texts:?}", row.path);
                let shown = matches!(row.kind, Kind::Flag(_))
                    || row.text.is_empty()
                    || texts.iter().any(|(text, _)| *text == row.text);
                assert!(shown, "{} shows {:?}: {texts:?}", row.path, row.text);
                all += 1;
            }
        }
        assert!(all >= rows(&active).len(), "{all} of {}", rows(&active).len());
    }

    #[test]
    fn a_number_that_is_typed_becomes_a_command_or_is_refused_with_the_trees_sentence() {
        let (context, active) = (Context::default(), Settings::default());
        let mut draft = Draft { search: "view.alarm".to_owned(), ..Draft::default() };
        let enter = |draft: &mut Draft, text: &str| {
            let passes = (0..30).map(|_| pass(&context, &active, draft, Vec::new()).1);
            let found = texts(&passes.last().expect("a pass"));
            let at = found.iter().find(|(text, _)| *text == "0.3" || *text == "7").expect("the field").1;
            pass(&context, &active, draft, click(at));
            let select = Event::Key {
                key: Key::A,
                physical_key: None,
                pressed: true,
                repeat: false,
                modifiers: Modifiers::COMMAND,
            };
            pass(&context, &active, draft, vec![select, Event::Text(text.to_owned())]);
            let done = Event::Key {
                key: Key::Enter,
                physical_key: None,
                pressed: true,
                repeat: false,
                modifiers: Modifiers::NONE,
            };
            pass(&context, &active, draft, vec![done]).0
        };
        assert_eq!(enter(&mut draft, "7"), []);
        assert!(draft.refused["view.alarm"].contains("from 0 to 1"), "{:?}", draft.refused);
        assert_eq!(enter(&mut draft, "0.5"), [Command::set("view.alarm", "0.5")]);
        assert!(draft.refused.is_empty() && draft.next.is_none());
    }

    #[test]
    fn what_needs_a_new_run_waits_in_a_draft() {
        let (context, active) = (Context::default(), Settings::default());
        let mut draft = Draft::default();
        assert_eq!(draft.enter(&active, "pilot.gamma", "0.9"), None);
        assert_eq!(draft.enter(&active, "cluster.rows", "9"), None);
        assert_eq!(draft.enter(&active, "cluster.base_low", "0.9"), None, "above cluster.base_high");
        assert!(draft.refused["cluster.base_low"].contains("cluster.base_high"));
        let command = draft.enter(&active, "cluster.max_steps", "100");
        assert_eq!(command, Some(Command::set("cluster.max_steps", "100")));
        let found = texts(&pass(&context, &active, &mut draft, Vec::new()).1);
        let place = |wanted: &str| found.iter().find(|(text, _)| text == wanted).map(|(_, at)| *at);
        assert!(place("3 wait for a new run").is_some(), "the two, and the command that is on its way: {found:?}");
        let told = pass(&context, &active, &mut draft, click(place("New run").expect("the button"))).0;
        let mut wanted = active.clone();
        (wanted.pilot.gamma, wanted.cluster.rows, wanted.cluster.max_steps) = (0.9, 9, 100);
        assert_eq!(told, [Command::Restart(Box::new(wanted.clone()))]);
        pass(&context, &wanted, &mut draft, Vec::new());
        assert_eq!(draft.next, None, "the new run is what was wanted");
        draft.enter(&wanted, "pilot.gamma", "0.8");
        draft.enter(&wanted, "pilot.gamma", "0.9");
        assert_eq!(draft.next, None, "changed and changed back");
    }
}
