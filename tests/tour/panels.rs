//! Each panel is opened by a click on its heading, and what it says is compared with what the same run holds without a window.

use crate::guide::{Guide, key};
use crate::reading::{beside, cell, find, middle, part, place, seek, texts};
use crate::twin::{Twin, grouped};
use resonetics::brain::{STATISTICS_NAMES, Sight, Signs};
use resonetics::cluster::Action;
use resonetics::settings::tree::{Choose, Slot, Spec};
use resonetics::settings::{Settings, load_scenario};
use resonetics::tick::{
    Decision, EventKind, EventLog, Forecast, History, LiveCluster, Mind, Recall, Scoreboard, Series, Tally, Tape, Watch,
};
use resonetics::view::{ColourMode, Named, Picture};
use std::collections::BTreeMap;
use std::fs;
use std::thread::sleep;
use std::time::Duration;

/// How a setting is described, and its value.
type Described = BTreeMap<String, (&'static Spec, String)>;

fn described(settings: &Settings) -> Described {
    let mut all = BTreeMap::new();
    settings.clone().each(&mut |path, spec, slot| drop(all.insert(path.to_owned(), (spec, slot.text()))));
    all
}

/// Opens a section by a click on its heading; what it shows then.
fn open(guide: &mut Guide, folded: &Picture, title: &str) -> Picture {
    guide.click(middle(find(folded, "", title)).expect("the heading is in sight"));
    guide.point((620, 34));
    let picture = guide.picture();
    assert!(part(&picture, title).len() > 1, "{title} is open");
    picture
}

/// Folds it again.
fn fold(guide: &Guide, folded: &Picture, title: &str) {
    guide.click(middle(find(folded, "", title)).expect("the heading is in sight"));
}

fn latest(series: &Series) -> String {
    series.last().map_or("-".to_owned(), |number| format!("{number:.3}"))
}

fn prophet(picture: &Picture, twin: &Twin) {
    let (settings, tally) = (twin.settings(), twin.world.resource::<Tally>());
    let (risk, horizon) = (twin.get::<Forecast>().risk, settings.prophet.horizon);
    let alarm = 100.0 * settings.view.alarm;
    let gauge = format!("{:.0}%, collapse within {horizon} steps; alarm at {alarm:.0}%", 100.0 * risk);
    let told = texts(picture, "Prophet");
    assert!(told.contains(&gauge), "{gauge}: {told:?}");
    let line = format!("risk of the last {} ticks: {risk:.3}", picture.tick.min(200));
    assert!(told.contains(&line), "{line}: {told:?}");
    assert_eq!(beside(picture, "Prophet", "Fear"), settings.exploration.fear_rule.chosen());
    let skill = tally.skill.expect("states before a collapse and safe ones have been seen");
    for (name, value) in [
        ("Forecast skill", format!("{:.2}", skill.brier_skill)),
        ("Ranking", format!("{:.3}", skill.auroc)),
        ("Base rate", format!("{:.1}%", 100.0 * skill.base_rate)),
        ("Calibration error", format!("{:.1}%", 100.0 * skill.calibration)),
    ] {
        assert_eq!(beside(picture, "Prophet", name), value, "{name}");
    }
    let losses = twin.world.resource::<Mind>().0.losses();
    let [pilot, prophet] = [losses.pilot, losses.prophet].map(|loss| format!("{:.4}", loss.expect("it has learned")));
    assert_eq!(beside(picture, "Prophet", "Losses"), format!("{pilot} / {prophet}"));
    assert_eq!(picture.alarm, f64::from(risk) >= settings.view.alarm);
}

fn decision(picture: &Picture, twin: &Twin) {
    let (settings, mind, decision) = (twin.settings(), &twin.world.resource::<Mind>().0, twin.get::<Decision>());
    let told = texts(picture, "Decision");
    let chosen = decision.choice.action;
    for action in Action::ALL {
        let mark = if action == chosen { "\u{25b6} " } else { "" };
        let line = format!("{mark}{}: {:.3}", action.name(), decision.q_values[action.index()]);
        assert!(told.contains(&line), "{line}: {told:?}");
    }
    let how = match decision.choice {
        choice if choice.handed_over => "guide",
        choice if choice.explored => "explored",
        _ => "exploited",
    };
    assert_eq!(beside(picture, "Decision", "How"), how);
    let epsilon = format!("{:.3} -> {:.3}", decision.epsilon, decision.choice.effective_epsilon);
    assert_eq!(beside(picture, "Decision", "Epsilon"), epsilon);
    let sight = twin.get::<Recall>().now.numbers(Sight::length(settings.pilot.view));
    let value = mind.drives_value(sight, chosen).expect("a network");
    for (at, name) in ["CPU", "memory", "priority"].into_iter().enumerate() {
        let nine: Vec<_> = value.patch.iter().map(|of| format!("{:+.3}", of[at])).collect();
        let line = format!("{name} of the nine cells: {}", nine.join(" "));
        assert!(told.contains(&line), "{line}: {told:?}");
    }
    let signs = twin.get::<Watch>().signs.numbers(Signs::length(settings.prophet.inputs));
    let risk = mind.drives_risk(signs);
    let statistics = STATISTICS_NAMES.into_iter().zip(value.statistics);
    for (name, number) in statistics.chain([("place", value.place), ("budget", value.budget)]).chain(risk) {
        let line = format!("{name}: {number:+.4}");
        assert!(told.contains(&line), "{line}: {told:?}");
    }
}

fn charts(picture: &Picture, twin: &Twin) {
    let history = twin.world.resource::<History>();
    let steps = &history.clusters[picture.cluster];
    let told = texts(picture, "Charts");
    let line = |title: &str, lines: &[(&str, &Series)]| {
        let each = lines.iter().map(|(name, series)| format!("{name} {} of {}", latest(series), series.len()));
        format!("{title}: {}", each.collect::<Vec<_>>().join(", "))
    };
    for wanted in [
        line("load and risk", &[("load", &steps.load), ("risk", &steps.risk)]),
        line("reward", &[("reward", &steps.reward)]),
        line("epsilon", &[("epsilon", &history.epsilon), ("after fear", &steps.effective_epsilon)]),
        line("losses", &[("Pilot", &history.pilot_loss), ("Prophet", &history.prophet_loss)]),
        line("survival", &[("survived", &history.survival), ("mean", &history.survival_mean)]),
    ] {
        assert!(told.contains(&wanted), "{wanted}: {told:?}");
    }
    assert_eq!(steps.load.len(), picture.tick);
    let mix = told.iter().find_map(|text| text.strip_prefix("actions: ")).expect("the shares of the actions");
    let shares = mix.split(", ").map(|share| share.rsplit(' ').next().and_then(|share| share.parse::<f64>().ok()));
    assert!((shares.map(|share| share.expect("a share")).sum::<f64>() - 1.0).abs() < 0.01, "{mix}");
}

/// The lines of the log that a run without a window has, too, the newest first.
fn entries(picture: &Picture) -> Vec<String> {
    let lines = texts(picture, "Events").into_iter().skip_while(|text| text != "filter").skip(1);
    lines.filter(|line| !line.contains("picture saved")).collect()
}

fn logged(twin: &Twin) -> Vec<(u64, EventKind, String)> {
    let log = twin.world.resource::<EventLog>();
    let line = |entry: &resonetics::tick::LogEntry| {
        (entry.tick, entry.kind, format!("{} {}", grouped(entry.tick), entry.text))
    };
    log.entries().rev().map(line).collect()
}

#[test]
fn the_panels_of_the_run_tell_its_state() {
    let set = ["pilot.warmup=60", "cluster.leak_median=0.008", "cluster.max_steps=60"];
    let options = set.iter().flat_map(|value| ["--set", *value]);
    let arguments: Vec<_> =
        ["--scenario", "cascade", "--seed", "5", "--speed", "24"].into_iter().chain(options).collect();
    let Some(mut guide) = Guide::begin(&arguments, &[]) else { return };
    let values = set.iter().map(|value| value.split_once('=').expect("path and value"));
    let mut twin = Twin::new("cascade", &values.chain([("run.seed", "5")]).collect::<Vec<_>>());
    guide.wait_for_tick(430);
    guide.press(&[key::SPACE]);
    let folded = guide.picture();
    twin.compare(&folded);

    let run = open(&mut guide, &folded, "Run");
    let (tally, settings) = (twin.world.resource::<Tally>(), twin.settings().clone());
    let of = |done: u64, all: u64| format!("{} / {}", grouped(done), grouped(all));
    assert_eq!(beside(&run, "Run", "Steps"), of(run.tick, settings.run.steps));
    assert_eq!(beside(&run, "Run", "Episodes"), grouped(tally.episodes));
    assert_eq!(beside(&run, "Run", "Collapses"), grouped(tally.collapses));
    let survival = tally.recent_survival().expect("episodes have ended");
    assert_eq!(beside(&run, "Run", "Survival"), format!("{survival:.0} / {}", settings.cluster.max_steps));
    assert!(tally.collapses > 0 && seek(&run, "Run", "Start").is_some());
    let speed = part(&run, "Run").into_iter().find(|widget| widget.role == "Slider").expect("the speed");
    assert_eq!((speed.value.as_deref(), speed.range), (Some("24"), Some([0.1, 64.0])));
    guide.letter('-');
    guide.letter('-');
    let slower = guide.picture();
    let speed = part(&slower, "Run").into_iter().find(|widget| widget.role == "Slider").expect("the speed");
    assert_eq!(speed.value.as_deref(), Some("6"), "half, and half of it");
    fold(&guide, &folded, "Run");

    let shown = open(&mut guide, &folded, "Prophet");
    prophet(&shown, &twin);
    fold(&guide, &folded, "Prophet");
    let shown = open(&mut guide, &folded, "Decision");
    decision(&shown, &twin);
    fold(&guide, &folded, "Decision");
    let shown = open(&mut guide, &folded, "Charts");
    charts(&shown, &twin);
    fold(&guide, &folded, "Charts");

    let shown = open(&mut guide, &folded, "Events");
    let (told, wanted) = (entries(&shown), logged(&twin));
    assert!(told.len() >= 2);
    for (told, (.., wanted)) in told.iter().zip(&wanted) {
        assert_eq!(told, wanted);
    }
    guide.click_on("Events", "notes");
    let shown = guide.picture();
    let episodes: Vec<_> = wanted.iter().filter(|(_, kind, _)| *kind != EventKind::Note).collect();
    assert!(entries(&shown).len() >= 5);
    for (told, (.., wanted)) in entries(&shown).iter().zip(&episodes) {
        assert_eq!(told, wanted);
    }
    // A click on a line looks at its moment.
    let (tick, _, line) = wanted.iter().find(|(_, kind, _)| *kind == EventKind::Crash).expect("a collapse");
    guide.click_on("Events", line);
    let past = guide.picture();
    assert_eq!(past.tick, *tick);
    twin.compare(&past);
    twin.to(folded.tick);
    guide.letter('l');
    fold(&guide, &folded, "Events");

    let shown = open(&mut guide, &folded, "Tuning");
    let all = described(&settings);
    let rate = settings.learning_rate();
    for (name, path) in
        [("Max Steps", "cluster.max_steps"), ("Learning rate", rate.0), ("Max Runtime", "run.max_runtime")]
    {
        let (spec, value) = &all[path];
        let told = beside(&shown, "Tuning", name);
        let number = |text: &str| text.split_whitespace().next().and_then(|text| text.parse::<f64>().ok());
        assert_eq!(number(&told), number(value), "{name}: {told}");
        assert!(told.ends_with(spec.unit) || spec.unit.is_empty(), "{told}");
        let field = part(&shown, "Tuning").into_iter().skip_while(|widget| widget.text != name).nth(1);
        assert_eq!(field.and_then(|field| field.range), spec.range.map(|(low, high)| [low, high]), "{name}");
    }
    fold(&guide, &folded, "Tuning");
    guide.close();
}

#[test]
fn the_panels_of_the_settings_tell_what_is_set_and_change_it() {
    let arguments = ["--scenario", "rush-hour", "--seed", "7", "--speed", "4", "--set", "view.alarm=0.45"];
    let Some(mut guide) = Guide::begin(&arguments, &[]) else { return };
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
            Slot::Flag(on) => assert_eq!(widget.on, Some(*on), "{path}"),
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
    let told = guide.picture();
    assert!(guide.folder().join("kept.rsnt").exists());
    let table = |name: &str| fs::read_to_string(guide.folder().join(name)).expect("a table");
    assert_eq!(table("run.csv"), table("run/episodes.csv"));
    let fallback = "no file dialog could be opened here: type the path instead";
    assert!(texts(&told, "strip").iter().any(|text| text == fallback), "{:?}", texts(&told, "strip"));
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
        let (told, legend) = (texts(&shown, "Legend"), mode.legend());
        for ramp in &legend.ramps {
            let ticks: Vec<_> = ramp.ticks.iter().map(|(_, text)| *text).collect();
            assert!(told.contains(&ramp.name.to_owned()) && told.contains(&ticks.join(", ")), "{mode:?}: {told:?}");
        }
        for (_, meaning) in &legend.swatches {
            assert!(told.contains(&(*meaning).to_owned()), "{meaning}: {told:?}");
        }
    }
    fold(&guide, &folded, "Legend");
    guide.close();
}

#[test]
fn the_bar_the_help_and_the_card_tell_what_they_are_about() {
    let arguments = ["--scenario", "calm", "--seed", "3", "--policy", "patrol", "--speed", "4"];
    let Some(mut guide) = Guide::begin(&arguments, &["Scenario"]) else { return };
    let mut twin = Twin::new("calm", &[("run.seed", "3"), ("run.policy", "patrol")]);
    guide.wait_for_tick(25);
    guide.press(&[key::SPACE]);
    let first = guide.picture();
    twin.compare(&first);
    let choices: Vec<_> = part(&first, "Scenario").into_iter().filter_map(|widget| widget.value.clone()).collect();
    assert_eq!(choices[..4], ["calm", "seed 3", "calm", "patrol (scripted)"]);

    // The number of a cell by the pointer, and its card.
    guide.point(place(&first, [2, 3]));
    let hovered = guide.picture();
    let here = cell(&first, [2, 3]);
    let rank = |priority: f32| {
        if priority > 0.8 {
            "critical"
        } else if priority < 0.35 {
            "low"
        } else {
            "middle"
        }
    };
    let line = format!("row 2, column 3, {}", rank(here.priority));
    let told = texts(&hovered, "");
    assert!(told.contains(&line), "{line}: {told:?}");
    let line = format!("CPU {:.0}%, memory {:.0}%", 100.0 * here.cpu, 100.0 * here.memory);
    assert!(told.contains(&line), "{line}: {told:?}");
    guide.click(place(&first, [2, 3]));
    guide.point((620, 34));
    let card = guide.picture();
    let index = twin.get::<LiveCluster>().0.index(2, 3);
    assert_eq!(beside(&card, "Cell", "Row, column"), "2, 3");
    assert_eq!(beside(&card, "Cell", "CPU"), format!("{:.0}%", 100.0 * here.cpu));
    assert_eq!(beside(&card, "Cell", "Memory"), format!("{:.0}%", 100.0 * here.memory));
    assert_eq!(beside(&card, "Cell", "Priority"), format!("{:.1} ({})", here.priority, rank(here.priority)));
    let tape = twin.get::<Tape>();
    let left = tape.steps_to_oom(tape.range().end - 1, index);
    let left = left.filter(|left| *left < Tape::NEVER);
    let told = left.map_or(format!("over {:.0} steps", Tape::NEVER), |left| format!("{left:.0} steps"));
    assert_eq!(beside(&card, "Cell", "Out of memory in"), told);
    let course: Vec<_> = tape.frames().filter(|(_, frame)| frame.tick > 0).map(|(_, frame)| frame.mem[index]).collect();
    let ends = course.iter().fold((f32::MAX, f32::MIN), |(low, high), memory| (low.min(*memory), high.max(*memory)));
    let line = format!(
        "{} ticks between {:.0}% and {:.0}%, the latest {:.0}%",
        course.len(),
        100.0 * ends.0,
        100.0 * ends.1,
        100.0 * here.memory
    );
    assert!(texts(&card, "Cell").contains(&line), "{line}: {:?}", texts(&card, "Cell"));
    // Every button of it is there, and one that changes the rank does.
    for name in ["CPU spike (X)", "Memory leak (B)", "Kill (OOM) (K)", "Heal (R)", "Zone outage (Z)", "Leak storm (G)"]
    {
        assert!(find(&card, "Cell", name).enabled, "{name}");
    }
    guide.click_on("Cell", "Priority (P)");
    guide.point((620, 34));
    let ranked = guide.picture();
    let next = cell(&ranked, [2, 3]).priority;
    assert_ne!(next, here.priority);
    assert_eq!(beside(&ranked, "Cell", "Priority"), format!("{next:.1} ({})", rank(next)));
    guide.click_on("Cell", "Close window");
    guide.picture();

    // Help lists the keys, and goes as it came.
    guide.letter('h');
    let helped = guide.picture();
    for (keys, help) in [
        ("Space", "start, pause"),
        ("F5", "save a checkpoint into the run folder"),
        ("Drag", "turn the camera; from above: move it"),
    ] {
        assert_eq!(beside(&helped, "Help", keys), help);
    }
    guide.click_on("Help", "Close window");
    assert!(part(&guide.picture(), "Help").is_empty());

    // The bar shows and hides, and everything grows and shrinks.
    guide.click_on("bar", "Right");
    let narrow = guide.picture();
    assert!(part(&narrow, "right").is_empty() && narrow.area[2] == narrow.size[0]);
    guide.click_on("bar", "Right");
    guide.picture();
    guide.click_on("bar", "Time");
    let low = guide.picture();
    assert!(part(&low, "strip").is_empty() && low.area[3] == low.size[1]);
    guide.click_on("bar", "Time");
    guide.picture();
    guide.click_on("bar", "Scene only");
    let bare = guide.picture();
    assert_eq!((bare.area, bare.widgets.len()), ([0, 0, bare.size[0], bare.size[1]], 0));
    guide.press(&[key::F11]);
    let back = guide.picture();
    assert_eq!(back.area, first.area);
    let size = |picture: &Picture| {
        let spin = part(picture, "bar").into_iter().find(|widget| widget.role == "SpinButton").expect("Size");
        spin.value.clone().expect("a value")
    };
    assert_eq!(size(&back), "100%");
    (0..3).for_each(|_| {
        guide.press(&[key::CONTROL, u32::from(b'=')]);
        guide.picture();
    });
    let large = guide.picture();
    assert_eq!(size(&large), "130%");
    let width = |picture: &Picture| {
        let [left, _, right, _] = find(picture, "bar", "Scene only").rect.expect("it is in sight");
        right - left
    };
    assert!((width(&large) / width(&back) - 1.3).abs() < 0.08, "{} after {}", width(&large), width(&back));
    // What is told is where it is: a click on it finds it.
    guide.click_on("bar", "Left");
    assert!(part(&guide.picture(), "left").is_empty());
    guide.press(&[key::CONTROL, u32::from(b'0')]);
    guide.picture();
    guide.press(&[key::F9]);
    guide.close();
}

#[test]
fn another_scenario_and_a_comparison_are_begun_in_the_panels() {
    let Some(mut guide) =
        Guide::begin(&["--scenario", "calm", "--seed", "3", "--speed", "16"], &["Scenario", "Compare"])
    else {
        return;
    };
    guide.wait_for_tick(5);
    let first = guide.picture();
    let list = part(&first, "Scenario").into_iter().find(|widget| widget.role == "ComboBox").expect("the scenarios");
    guide.click(middle(list).expect("it is in sight"));
    guide.picture();
    guide.click_on("", "leak-storm");
    guide.picture();
    guide.click_on("Scenario", "New run");
    guide.wait_until("another run", |folder| fs::read_dir(folder).expect("a folder").count() > 2);
    let other = guide.picture();
    assert_eq!((other.scenario.as_str(), other.seed), ("leak-storm", 3));
    guide.picture();
    guide.click_on("Compare", "Begin comparison");
    sleep(Duration::from_secs(3));
    guide.press(&[key::SPACE]);
    let both = guide.picture();
    assert_eq!((both.clusters, both.running, both.scenario.as_str()), (2, false, "leak-storm"));
    let mut settings = Settings { cluster: load_scenario("leak-storm").expect("a scenario"), ..Settings::default() };
    let names = ["pilot:builtin", "heuristic"];
    settings.run.seed = 3;
    [settings.run.policy, settings.run.against] = names.map(str::to_owned);
    let mut twin = Twin::of(settings);
    twin.compare(&both);
    let board = twin.world.resource::<Scoreboard>();
    let told = texts(&both, "Comparison");
    assert_eq!(told.iter().filter(|text| names.contains(&text.as_str())).count(), 2, "{told:?}");
    // A line for each contender, under the names of the figures.
    let place = |text: &str| told.iter().position(|at| at == text).unwrap_or_else(|| panic!("{text}: {told:?}"));
    let row = |figure: &str| names.map(|name| told[place(name) + 1 + place(figure) - place("Step")].clone()).to_vec();
    let each = |of: &dyn Fn(&resonetics::tick::Side) -> String| board.sides.iter().map(of).collect::<Vec<_>>();
    assert_eq!(row("Episodes"), each(&|side| side.episodes.to_string()));
    assert_eq!(row("Collapses"), each(&|side| side.collapses.to_string()));
    assert_eq!(row("Wins"), each(&|side| side.wins.to_string()));
    let steps = row("Step");
    let now = twin.get::<LiveCluster>().0.time().to_string();
    assert!(steps[0] == now || steps[0] == format!("{now} (done)"), "{steps:?} and {now}");
    assert!(told.contains(&format!("{} ties; both meet the same weather", board.ties)), "{told:?}");
    guide.picture();
    guide.click_on("Compare", "End");
    sleep(Duration::from_secs(1));
    let alone = guide.picture();
    assert_eq!(alone.clusters, 1);
    assert!(part(&alone, "Comparison").is_empty());
    guide.close();
}
