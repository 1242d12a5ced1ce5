//! The panels about the run: its progress, the Prophet, the decision, charts, events, tuning.

use super::{described, fold, open};
use crate::guide::{GuidePolicy, key};
use crate::reading::{beside, part, seek, texts};
use crate::twin::{Twin, grouped};
use resonetics::cluster::Action;
use resonetics::features::{PilotInput, ProphetInput};
use resonetics::learning::STATISTICS_NAMES;
use resonetics::settings::tree::NamedOption;
use resonetics::simulation::{
    ActiveLearner, ChartHistory, Decision, EventKind, EventLog, Forecast, LogEntry, PilotInputs, ProphetInputs,
    RunStats, Series,
};
use resonetics::view::Picture;

fn latest(series: &Series) -> String {
    series.last().map_or("-".to_owned(), |number| format!("{number:.3}"))
}

fn prophet(picture: &Picture, twin: &Twin) {
    let (settings, stats) = (twin.settings(), twin.world.resource::<RunStats>());
    let (risk, horizon) = (twin.get::<Forecast>().risk, settings.prophet.horizon);
    let alarm = 100.0 * settings.view.alarm;
    let gauge = format!("{:.0}%, collapse within {horizon} steps; alarm at {alarm:.0}%", 100.0 * risk);
    let message = texts(picture, "Prophet");
    assert!(message.contains(&gauge), "{gauge}: {message:?}");
    let line = format!("risk of the last {} ticks: {risk:.3}", picture.tick.min(200));
    assert!(message.contains(&line), "{line}: {message:?}");
    assert_eq!(beside(picture, "Prophet", "Fear"), settings.exploration.fear_rule.chosen());
    let skill = stats.skill.expect("states before a collapse and safe ones have been seen");
    for (name, value) in [
        ("Forecast skill", format!("{:.2}", skill.brier_skill)),
        ("Ranking", format!("{:.3}", skill.auroc)),
        ("Base rate", format!("{:.1}%", 100.0 * skill.base_rate)),
        ("Calibration error", format!("{:.1}%", 100.0 * skill.calibration)),
    ] {
        assert_eq!(beside(picture, "Prophet", name), value, "{name}");
    }
    let losses = twin.world.resource::<ActiveLearner>().0.losses();
    let [pilot, prophet] = [losses.pilot, losses.prophet].map(|loss| format!("{:.4}", loss.expect("it has learned")));
    assert_eq!(beside(picture, "Prophet", "Losses"), format!("{pilot} / {prophet}"));
    assert_eq!(picture.alarm, f64::from(risk) >= settings.view.alarm);
}

fn decision(picture: &Picture, twin: &Twin) {
    let (settings, learner, decision) =
        (twin.settings(), &twin.world.resource::<ActiveLearner>().0, twin.get::<Decision>());
    let message = texts(picture, "Decision");
    let chosen = decision.choice.action;
    for action in Action::ALL {
        let mark = if action == chosen { "\u{25b6} " } else { "" };
        let line = format!("{mark}{}: {:.3}", action.name(), decision.q_values[action.index()]);
        assert!(message.contains(&line), "{line}: {message:?}");
    }
    let how = match decision.choice {
        choice if choice.handed_over => "guide",
        choice if choice.explored => "explored",
        _ => "exploited",
    };
    assert_eq!(beside(picture, "Decision", "How"), how);
    let epsilon = format!("{:.3} -> {:.3}", decision.epsilon, decision.choice.effective_epsilon);
    assert_eq!(beside(picture, "Decision", "Epsilon"), epsilon);
    let pilot_input = twin.get::<PilotInputs>().now.numbers(PilotInput::length(settings.pilot.inputs));
    let value = learner.drives_value(pilot_input, chosen).expect("a network");
    for (at, name) in ["CPU", "memory", "priority"].into_iter().enumerate() {
        let nine: Vec<_> = value.patch.iter().map(|of| format!("{:+.3}", of[at])).collect();
        let line = format!("{name} of the nine cells: {}", nine.join(" "));
        assert!(message.contains(&line), "{line}: {message:?}");
    }
    let prophet_input = twin.get::<ProphetInputs>().now.numbers(ProphetInput::length(settings.prophet.inputs));
    let risk = learner.drives_risk(prophet_input);
    let statistics = STATISTICS_NAMES.into_iter().zip(value.statistics);
    for (name, number) in statistics.chain([("place", value.place), ("budget", value.budget)]).chain(risk) {
        let line = format!("{name}: {number:+.4}");
        assert!(message.contains(&line), "{line}: {message:?}");
    }
}

fn charts(picture: &Picture, twin: &Twin) {
    let history = twin.world.resource::<ChartHistory>();
    let steps = &history.clusters[0];
    let message = texts(picture, "Charts");
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
        assert!(message.contains(&wanted), "{wanted}: {message:?}");
    }
    assert_eq!(steps.load.len(), picture.tick);
    let mix = message.iter().find_map(|text| text.strip_prefix("actions: ")).expect("the shares of the actions");
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
    let line = |entry: &LogEntry| (entry.tick, entry.kind, format!("{} {}", grouped(entry.tick), entry.text));
    log.entries().rev().map(line).collect()
}

#[test]
fn the_panels_of_the_run_tell_its_state() {
    let set = ["pilot.warmup=60", "cluster.leak_median=0.008", "cluster.max_steps=60"];
    let options = set.iter().flat_map(|value| ["--set", *value]);
    let arguments: Vec<_> =
        ["--scenario", "cascade", "--seed", "5", "--speed", "24"].into_iter().chain(options).collect();
    let Some(mut guide) = GuidePolicy::begin(&arguments, &[]) else { return };
    let values = set.iter().map(|value| value.split_once('=').expect("path and value"));
    let mut twin = Twin::new("cascade", &values.chain([("run.seed", "5")]).collect::<Vec<_>>());
    guide.wait_for_tick(430);
    guide.press(&[key::SPACE]);
    let folded = guide.picture();
    twin.compare(&folded);

    let run = open(&mut guide, &folded, "Run");
    let (stats, settings) = (twin.world.resource::<RunStats>(), twin.settings().clone());
    let of = |done: u64, all: u64| format!("{} / {}", grouped(done), grouped(all));
    assert_eq!(beside(&run, "Run", "Steps"), of(run.tick, settings.run.steps));
    assert_eq!(beside(&run, "Run", "Episodes"), grouped(stats.episodes));
    assert_eq!(beside(&run, "Run", "Collapses"), grouped(stats.collapses));
    let survival = stats.recent_survival().expect("episodes have ended");
    assert_eq!(beside(&run, "Run", "Survival"), format!("{survival:.0} / {}", settings.cluster.max_steps));
    assert!(stats.collapses > 0 && seek(&run, "Run", "Start").is_some());
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
    let (message, wanted) = (entries(&shown), logged(&twin));
    assert!(message.len() >= 2);
    for (message, (.., wanted)) in message.iter().zip(&wanted) {
        assert_eq!(message, wanted);
    }
    guide.click_on("Events", "notes");
    let shown = guide.picture();
    let episodes: Vec<_> = wanted.iter().filter(|(_, kind, _)| *kind != EventKind::Note).collect();
    assert!(entries(&shown).len() >= 5);
    for (message, (.., wanted)) in entries(&shown).iter().zip(&episodes) {
        assert_eq!(message, wanted);
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
        let message = beside(&shown, "Tuning", name);
        let number = |text: &str| text.split_whitespace().next().and_then(|text| text.parse::<f64>().ok());
        assert_eq!(number(&message), number(value), "{name}: {message}");
        assert!(message.ends_with(spec.unit) || spec.unit.is_empty(), "{message}");
        let field = part(&shown, "Tuning").into_iter().skip_while(|widget| widget.text != name).nth(1);
        assert_eq!(field.and_then(|field| field.range), spec.range.map(|(low, high)| [low, high]), "{name}");
    }
    fold(&guide, &folded, "Tuning");
    guide.close();
}
