//! The panels that change something: settings, tuning, files, colours.

use super::{described, fold, open};
use crate::guide::{GuidePolicy, key};
use crate::reading::{beside, find, middle, part, texts};
use crate::twin::{Twin, grouped};
use resonetics::settings::tree::SettingSlot;
use resonetics::view::{ColourMode, NamedChoice, Picture};
use std::fs;
use std::thread::sleep;
use std::time::Duration;

#[test]
fn the_panels_of_the_settings_tell_what_is_set_and_change_it() {
    let arguments = ["--scenario", "rush-hour", "--seed", "7", "--speed", "4", "--set", "view.alarm=0.45"];
    let Some(mut guide) = GuidePolicy::begin(&arguments, &[]) else { return };
    let mut twin = Twin::new("rush-hour", &[("run.seed", "7"), ("view.alarm", "0.45")]);
    guide.wait_for_tick(8);
    guide.press(&[key::SPACE]);
    let folded = guide.picture();
    twin.compare(&folded);

    // All settings that there are, each with its value.
    open(&mut guide, &folded, "Settings");
    guide.click_on("Settings", "search");
    guide.write(".");
    guide.rest(4);
    let shown = guide.picture();
    let widgets = part(&shown, "Settings");
    let mut at = 0;
    let mut settings = twin.settings().clone();
    settings.run.clusters = 1;
    let mut found = 0;
    settings.each(&mut |path, spec, slot| {
        let next = |from: usize, is: &dyn Fn(&str, &str) -> bool| {
            let place = widgets[from..].iter().position(|widget| is(&widget.role, &widget.text));
            from + place.unwrap_or_else(|| panic!("{path} is not shown"))
        };
        let name = next(at, &|role, text| role == "Label" && text == spec.name);
        at = next(name, &|role, _| matches!(role, "CheckBox" | "ComboBox" | "TextInput"));
        let (widget, value) = (widgets[at], slot.text());
        match slot {
            SettingSlot::Flag(on) => assert_eq!(widget.on, Some(*on), "{path}"),
            // Where the run and its layout are is the visit's own affair.
            _ if ["run.steps_csv_every", "view.layout", "view.speed"].contains(&path) => {}
            _ => assert_eq!(widget.value.as_deref(), Some(value.as_str()), "{path}"),
        }
        found += 1;
    });
    assert!(found > 80, "{found} settings");

    // One is looked up, explained, changed at once, and refused out of its range.
    guide.press(&[key::BACKSPACE]);
    guide.write("view.alarm");
    guide.rest(4);
    let shown = guide.picture();
    let field = |picture: &Picture| {
        let widgets = part(picture, "Settings").into_iter().skip_while(|widget| widget.text != "alarm");
        let field = widgets.into_iter().find(|widget| widget.role == "TextInput").expect("the field");
        (middle(field).expect("it is in sight"), field.value.clone().expect("a value"))
    };
    assert_eq!(field(&shown).1, "0.45");
    guide.point(middle(find(&shown, "Settings", "alarm")).expect("it is in sight"));
    guide.rest(2);
    sleep(Duration::from_millis(600));
    let hovered = guide.picture();
    let (spec, _) = &described(twin.settings())["view.alarm"];
    let tip = texts(&hovered, "").into_iter().find(|text| text.contains("Setting: view.alarm"));
    let tip = tip.expect("a tooltip");
    assert!(tip.starts_with(spec.help) && tip.contains("0 to 1") && tip.contains("Default: 0.3"), "{tip}");
    let mut enter = |text: &str| {
        guide.click(field(&shown).0);
        guide.press(&[key::CONTROL, u32::from(b'a')]);
        guide.write(text);
        guide.press(&[key::ENTER]);
        guide.picture()
    };
    let refused = enter("7");
    assert!(texts(&refused, "Settings").iter().any(|text| text.contains("from 0 to 1")));
    let changed = enter("0.01");
    assert_eq!(field(&changed).1, "0.01");
    assert!(changed.alarm, "the level is below any risk");
    assert!(texts(&changed, "").iter().any(|text| text.contains("collapse within the next")), "the warning is up");
    assert!(guide.commands().contains("set view.alarm 0.01"));
    fold(&guide, &folded, "Settings");

    // What Tuning changes by dragging or typing.
    let shown = open(&mut guide, &folded, "Tuning");
    let steps = part(&shown, "Tuning").into_iter().find(|widget| widget.role == "SpinButton").expect("Max Steps");
    guide.click(middle(steps).expect("it is in sight"));
    guide.press(&[key::CONTROL, u32::from(b'a')]);
    guide.write("150");
    guide.press(&[key::ENTER]);
    let changed = guide.picture();
    assert_eq!(beside(&changed, "Tuning", "Max Steps"), "150 steps");
    assert!(guide.commands().contains("set cluster.max_steps 150"), "{}", guide.commands());
    fold(&guide, &folded, "Tuning");

    // Saving elsewhere, exporting, and what a desktop without file dialogs says.
    let shown = open(&mut guide, &folded, "Save and load");
    assert_eq!(beside(&shown, "Save and load", "Saved"), "not yet");
    let left = settings.run.checkpoint_every - shown.tick;
    assert_eq!(beside(&shown, "Save and load", "Next"), format!("in {} steps", grouped(left)));
    assert!(!find(&shown, "Save and load", "Save as").enabled, "there is no name yet");
    guide.click_on("Save and load", "checkpoint.rsnt");
    guide.write("kept.rsnt");
    guide.picture();
    guide.click_on("Save and load", "Save as");
    guide.click_on("Save and load", "Export CSV");
    guide.click_on("Save and load", "...");
    guide.rest(4);
    let message = guide.picture();
    assert!(guide.folder().join("kept.rsnt").exists());
    let table = |name: &str| fs::read_to_string(guide.folder().join(name)).expect("a table");
    assert_eq!(table("run.csv"), table("run/episodes.csv"));
    let fallback = "no file dialog could be opened here: type the path instead";
    assert!(texts(&message, "strip").iter().any(|text| text == fallback), "{:?}", texts(&message, "strip"));
    fold(&guide, &folded, "Save and load");

    // The legend of every mode, with its units, is what the colours are made from.
    for mode in ColourMode::ALL {
        let shown = match mode {
            ColourMode::Combined => open(&mut guide, &folded, "Legend"),
            _ => {
                guide.letter('c');
                guide.picture()
            }
        };
        let menu = find(&shown, "Legend", "Colours (C)").value.as_deref();
        assert_eq!((shown.mode.as_str(), menu), (mode.name(), Some(mode.title())));
        let (message, legend) = (texts(&shown, "Legend"), mode.legend());
        for ramp in &legend.ramps {
            let ticks: Vec<_> = ramp.ticks.iter().map(|(_, text)| *text).collect();
            assert!(
                message.contains(&ramp.name.to_owned()) && message.contains(&ticks.join(", ")),
                "{mode:?}: {message:?}"
            );
        }
        for (_, meaning) in &legend.swatches {
            assert!(message.contains(&(*meaning).to_owned()), "{meaning}: {message:?}");
        }
    }
    fold(&guide, &folded, "Legend");
    guide.close();
}
