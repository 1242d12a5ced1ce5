//! The panels that change something: settings, tuning, files, colours.

use super::{Panels, is_enabled, label, range, settings, value};
use crate::overlay::widgets::grouped;
use crate::settings::Settings;
use crate::settings::tree::SettingSlot;
use crate::simulation::{ActiveSettings, Command, EventLog};
use crate::storage::{OutputFile, RunFolder};
use crate::view::ColourMode;
use bevy_egui::egui::accesskit::Role;
use egui_kittest::Node;
use egui_kittest::kittest::NodeT;
use std::fs;
use std::path::Path;

/// Searches the settings for this.
fn searched(panels: &mut Panels, words: &str) {
    panels.fill_in(|panels| panels.first("Settings", Role::TextInput), words);
}

/// The field of the setting of this name.
fn field<'a>(panels: &'a Panels, name: &str) -> Node<'a> {
    let after = panels.widgets("Settings").into_iter().skip_while(|node| label(node) != name);
    let mut fields = after.filter(|node| node.accesskit_node().role() == Role::TextInput);
    fields.next().unwrap_or_else(|| panic!("{name} has no field: {:?}", panels.texts("Settings")))
}

#[test]
fn there_is_a_widget_for_every_setting() {
    let mut panels = Panels::over(settings("rush-hour", &[("view.alarm", "0.45"), ("pilot.layer_norm", "true")]), 8);
    searched(&mut panels, ".");
    let widgets = panels.widgets("Settings");
    let (mut at, mut found) = (0, 0);
    panels.settings().clone().each(&mut |path, spec, slot| {
        let next = |from: usize, is: &dyn Fn(Role, &str) -> bool| {
            let place = widgets[from..].iter().position(|node| is(node.accesskit_node().role(), &label(node)));
            from + place.unwrap_or_else(|| panic!("{path} is not shown"))
        };
        let name = next(at, &|role, text| role == Role::Label && text == spec.name);
        at = next(name, &|role, _| matches!(role, Role::CheckBox | Role::ComboBox | Role::TextInput));
        match slot {
            SettingSlot::Flag(on) => {
                let toggled = widgets[at].accesskit_node().toggled().map(|toggled| toggled == true.into());
                assert_eq!(toggled, Some(*on), "{path}");
            }
            slot => assert_eq!(value(&widgets[at]).unwrap_or_default(), slot.text(), "{path}"),
        }
        found += 1;
    });
    assert!(found > 80, "{found} settings");
}

#[test]
fn a_number_that_is_typed_becomes_a_command_or_is_refused_with_the_trees_sentence() {
    let mut panels = Panels::over(settings("calm", &[("view.alarm", "0.45")]), 8);
    searched(&mut panels, "view.alarm");
    assert_eq!(value(&field(&panels, "alarm")).as_deref(), Some("0.45"));
    // It is explained where the pointer rests.
    panels.find("Settings", "alarm").hover();
    panels.0.run_steps(8);
    let mut spec = None;
    Settings::default().each(&mut |path, of, _| spec = spec.or((path == "view.alarm").then_some(of)));
    let texts = panels.texts("");
    let tip = texts.iter().find(|text| text.contains("Setting: view.alarm")).expect("a tooltip");
    assert!(tip.starts_with(spec.expect("a setting").help), "{tip}");
    assert!(tip.contains("0 to 1") && tip.contains("Default: 0.3") && tip.contains("at once"), "{tip}");
    panels.0.remove_cursor();

    panels.fill_in(|panels| field(panels, "alarm"), "7");
    assert!(panels.texts("Settings").iter().any(|text| text.contains("from 0 to 1")));
    assert_eq!(panels.take_commands(), []);
    let warned = |panels: &Panels| panels.texts("").iter().any(|text| text.contains("collapse within the next"));
    assert!(!warned(&panels));
    panels.fill_in(|panels| field(panels, "alarm"), "0.0001");
    assert_eq!(panels.take_commands(), [Command::set("view.alarm", "0.0001")]);
    assert_eq!(panels.settings().view.alarm, 0.0001);
    assert!(!panels.texts("Settings").iter().any(|text| text.contains("from 0 to 1")));
    assert!(warned(&panels), "the level is below any risk");
}

#[test]
fn what_needs_a_new_run_waits_in_a_draft() {
    let mut panels = Panels::over(settings("calm", &[]), 8);
    for (path, name, value) in [("pilot.gamma", "gamma", "0.9"), ("cluster.rows", "rows", "9")] {
        searched(&mut panels, path);
        panels.fill_in(|panels| field(panels, name), value);
    }
    // The draft is checked as a whole.
    searched(&mut panels, "cluster.base_low");
    panels.fill_in(|panels| field(panels, "base_low"), "0.9");
    assert!(panels.texts("Settings").iter().any(|text| text.contains("cluster.base_high")));
    searched(&mut panels, "cluster.max_steps");
    panels.fill_in(|panels| field(panels, "max_steps"), "100");
    assert_eq!(panels.take_commands(), [Command::set("cluster.max_steps", "100")], "it may change now");
    assert!(panels.has_text("Settings", "2 wait for a new run"), "{:?}", panels.texts("Settings"));
    panels.click("Settings", "New run");
    let mut wanted = panels.settings().clone();
    (wanted.pilot.gamma, wanted.cluster.rows) = (0.9, 9);
    assert_eq!(wanted.cluster.max_steps, 100);
    assert_eq!(panels.take_commands(), [Command::Restart(Box::new(wanted.clone()))]);
    panels.world().insert_resource(ActiveSettings(wanted));
    panels.draw();
    assert!(!panels.has_text("Settings", "New run"), "the new run is what was wanted");
    // Changed and changed back, and forgotten.
    searched(&mut panels, "pilot.gamma");
    for (value, waits) in [("0.8", true), ("0.9", false), ("0.7", true)] {
        panels.fill_in(|panels| field(panels, "gamma"), value);
        assert_eq!(panels.has_text("Settings", "1 wait for a new run"), waits, "{value}");
    }
    panels.click("Settings", "Discard");
    assert_eq!(value(&field(&panels, "gamma")).as_deref(), Some("0.9"));
    assert_eq!(panels.take_commands(), []);
}

#[test]
fn tuning_tells_what_is_set_and_changes_it_when_the_hand_is_off() {
    let mut panels = Panels::over(settings("calm", &[]), 8);
    let all = panels.settings().clone();
    for (name, path) in [
        ("Max Steps", "cluster.max_steps"),
        ("Learning rate", all.learning_rate().0),
        ("Max Runtime", "run.max_runtime"),
    ] {
        let mut described = None;
        all.clone()
            .each(&mut |at, spec, slot| described = described.take().or((at == path).then(|| (spec, slot.text()))));
        let (spec, set) = described.expect("a setting");
        let shown = panels.value_after("Tuning", name);
        let number = |text: &str| text.split_whitespace().next().and_then(|text| text.parse::<f64>().ok());
        assert_eq!(number(&shown), number(&set), "{name}: {shown}");
        assert!(shown.ends_with(spec.unit), "{shown}");
        assert_eq!(range(&panels.after("Tuning", name)), spec.range, "{name}");
    }
    panels.fill_in(|panels| panels.after("Tuning", "Max Steps"), "150");
    assert_eq!(panels.take_commands(), [Command::set("cluster.max_steps", 150.0)]);
    assert_eq!(panels.value_after("Tuning", "Max Steps"), "150 steps");
}

#[test]
fn the_run_is_saved_exported_and_loaded_by_the_panel() {
    let place = tempfile::tempdir().expect("a folder");
    let set = settings("calm", &[("run.steps", "5000")]);
    let folder = RunFolder::create(&place.path().join("run"), &set).expect("a folder");
    let mut panels = Panels::recorded(set, Some(folder), 8);
    let left = panels.settings().run.checkpoint_every - 8;
    assert_eq!(panels.value_after("Save and load", "Saved"), "not yet");
    assert_eq!(panels.value_after("Save and load", "Next"), format!("in {} steps", grouped(left)));
    for name in ["Save as", "Load"] {
        assert!(!is_enabled(&panels.find("Save and load", name)), "there is no name yet for {name}");
    }
    panels.click("Save and load", "Save");
    panels.0.run_steps(8);
    assert!(panels.value_after("Save and load", "Saved").ends_with("ago"));
    let kept = place.path().join("kept.rsnt");
    panels.fill_in(|panels| panels.find("Save and load", "checkpoint.rsnt"), &kept.display().to_string());
    panels.click("Save and load", "Save as");
    panels.click("Save and load", "Load");
    panels.click("Save and load", "Export CSV");
    panels.draw();
    let table = place.path().join("run.csv");
    let wanted = [
        Command::Save(None),
        Command::Save(Some(OutputFile::new(kept.clone(), false))),
        Command::Load(kept.clone()),
        Command::ExportEpisodes(OutputFile::new(table.clone(), false)),
    ];
    assert_eq!(panels.take_commands(), wanted);
    assert!(kept.exists());
    let read = |path: &Path| fs::read_to_string(path).expect("a table");
    assert_eq!(read(&table), read(&place.path().join("run/episodes.csv")));

    fs::write(&table, "mine").expect("a file");
    for (answer, replaced) in [("Keep", false), ("Replace", true)] {
        panels.click("Save and load", "Export CSV");
        panels.draw();
        assert_eq!(panels.take_commands(), [], "it asks first");
        panels.expect_texts("Save and load", [format!("{} exists. Replace it?", table.display()).as_str()]);
        assert_eq!(read(&table), "mine");
        panels.click("Save and load", answer);
        panels.draw();
        assert_eq!(read(&table) != "mine", replaced);
        assert!(!panels.texts("Save and load").iter().any(|text| text.contains("Replace it?")), "it is answered");
    }
    let own = place.path().join("run/episodes.csv");
    let before = read(&own);
    panels.fill_in(
        |panels| {
            let mut widgets = panels.widgets("Save and load").into_iter();
            widgets.rfind(|node| node.accesskit_node().role() == Role::TextInput).expect("a field")
        },
        &own.display().to_string(),
    );
    panels.click("Save and load", "Export CSV");
    panels.draw();
    panels.click("Save and load", "Replace");
    panels.draw();
    assert_eq!(read(&own), before);
    panels.ticks(3);
    assert!(panels.resource::<EventLog>().entries().any(|entry| entry.text.contains("a run keeps this file")));
}

#[test]
fn the_legend_of_every_mode_tells_what_the_colours_are_made_from() {
    let mut panels = Panels::over(settings("calm", &[]), 8);
    for mode in ColourMode::ALL {
        *panels.world().resource_mut::<ColourMode>() = mode;
        panels.draw();
        let list = panels.first("Legend", Role::ComboBox);
        assert_eq!((label(&list).as_str(), value(&list).as_deref()), ("Colours (C)", Some(mode.title())));
        let legend = mode.legend();
        for ramp in &legend.ramps {
            let ticks: Vec<_> = ramp.ticks.iter().map(|(_, text)| *text).collect();
            panels.expect_texts("Legend", [ramp.name, &ticks.join(", ")]);
        }
        panels.expect_texts("Legend", legend.swatches.iter().map(|(_, meaning)| *meaning));
    }
    panels.choose("Legend", "Memory drift");
    assert_eq!(*panels.resource::<ColourMode>(), ColourMode::Drift);
}
