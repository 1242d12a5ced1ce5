//! The settings panel, drawn and operated.

use super::*;
use bevy_egui::egui::{Context, Event, FullOutput, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, pos2, vec2};

/// One pass of the panel with these events; returns its commands and its output.
fn pass(
    context: &Context,
    active: &Settings,
    state: &mut SettingsPanel,
    events: Vec<Event>,
) -> (Vec<Command>, FullOutput) {
    let screen = Rect::from_min_size(pos2(0.0, 0.0), vec2(600.0, 6_000.0));
    let input = RawInput { screen_rect: Some(screen), events, ..RawInput::default() };
    let mut commands = Vec::new();
    let mut output = context.run_ui(input, |ui| commands = panel(ui, active, state, |response, _, _| response));
    output.textures_delta.clear();
    (commands, output)
}

/// All texts and their positions.
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
    let button =
        |pressed| Event::PointerButton { pos: at, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE };
    vec![Event::PointerMoved(at), button(true), button(false)]
}

#[test]
fn every_setting_has_a_widget() {
    let (context, active) = (Context::default(), Settings::default());
    let mut all = 0;
    for section in ["run", "cluster", "reward", "trace", "pilot", "qtable", "exploration", "prophet", "view"] {
        let mut state = SettingsPanel { search: format!("{section}."), ..SettingsPanel::default() };
        // A search unfolds its matches, over some frames.
        let passes = (0..30).map(|_| pass(&context, &active, &mut state, Vec::new()).1);
        let texts = texts(&passes.last().expect("a pass"));
        let of_section = rows(&active).into_iter().filter(|row| state.matches_search(row));
        for row in of_section {
            let named = texts.iter().any(|(text, _)| text == row.spec.name);
            assert!(named, "{} has a label among {texts:?}", row.path);
            let shown = matches!(row.widget, SettingWidget::Flag(_))
                || row.text.is_empty()
                || texts.iter().any(|(text, _)| *text == row.text);
            assert!(shown, "{} shows {:?}: {texts:?}", row.path, row.text);
            all += 1;
        }
    }
    assert!(all >= rows(&active).len(), "{all} of {}", rows(&active).len());
}

#[test]
fn a_typed_number_becomes_a_command_or_is_refused_with_a_reason() {
    let (context, active) = (Context::default(), Settings::default());
    let mut state = SettingsPanel { search: "view.alarm".to_owned(), ..SettingsPanel::default() };
    let enter = |state: &mut SettingsPanel, text: &str| {
        let passes = (0..30).map(|_| pass(&context, &active, state, Vec::new()).1);
        let found = texts(&passes.last().expect("a pass"));
        let at = found.iter().find(|(text, _)| *text == "0.3" || *text == "7").expect("the field").1;
        pass(&context, &active, state, click(at));
        let select =
            Event::Key { key: Key::A, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::COMMAND };
        pass(&context, &active, state, vec![select, Event::Text(text.to_owned())]);
        let done = Event::Key {
            key: Key::Enter,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        pass(&context, &active, state, vec![done]).0
    };
    assert_eq!(enter(&mut state, "7"), []);
    assert!(state.refused["view.alarm"].contains("from 0 to 1"), "{:?}", state.refused);
    assert_eq!(enter(&mut state, "0.5"), [Command::set("view.alarm", "0.5")]);
    assert!(state.refused.is_empty() && state.next.is_none());
}

#[test]
fn what_needs_a_new_run_waits_in_a_draft() {
    let (context, active) = (Context::default(), Settings::default());
    let mut state = SettingsPanel::default();
    assert_eq!(state.enter(&active, "pilot.gamma", "0.9"), None);
    assert_eq!(state.enter(&active, "cluster.rows", "9"), None);
    assert_eq!(state.enter(&active, "cluster.base_low", "0.9"), None, "above cluster.base_high");
    assert!(state.refused["cluster.base_low"].contains("cluster.base_high"));
    let command = state.enter(&active, "cluster.max_steps", "100");
    assert_eq!(command, Some(Command::set("cluster.max_steps", "100")));
    let found = texts(&pass(&context, &active, &mut state, Vec::new()).1);
    let position = |wanted: &str| found.iter().find(|(text, _)| text == wanted).map(|(_, at)| *at);
    assert!(position("3 wait for a new run").is_some(), "the two, and the command that is on its way: {found:?}");
    let commands = pass(&context, &active, &mut state, click(position("New run").expect("the button"))).0;
    let mut wanted = active.clone();
    (wanted.pilot.gamma, wanted.cluster.rows, wanted.cluster.max_steps) = (0.9, 9, 100);
    assert_eq!(commands, [Command::Restart(Box::new(wanted.clone()))]);
    pass(&context, &wanted, &mut state, Vec::new());
    assert_eq!(state.next, None, "the new run is what was wanted");
    state.enter(&wanted, "pilot.gamma", "0.8");
    state.enter(&wanted, "pilot.gamma", "0.9");
    assert_eq!(state.next, None, "changed and changed back");
}
