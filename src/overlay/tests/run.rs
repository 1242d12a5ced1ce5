//! What the panels tell of a run: its progress, the Prophet, the decision, charts, events.

use super::{Panels, label, range, settings, value};
use crate::cluster::Action;
use crate::features::{PilotInput, ProphetInput};
use crate::learning::STATISTICS_NAMES;
use crate::overlay::layout::Layout;
use crate::overlay::widgets::grouped;
use crate::settings::tree::NamedOption;
use crate::simulation::{
    ActiveLearner, ChartHistory, Decision, EventKind, EventLog, Forecast, Pace, PilotInputs, ProphetInputs, RunStats,
    Series,
};
use crate::view::Playhead;
use bevy_egui::egui::accesskit::Role;

/// A run that has learned, and has seen episodes end.
fn learned() -> Panels {
    let values = [("pilot.warmup", "60"), ("cluster.leak_median", "0.008"), ("cluster.max_steps", "60")];
    Panels::over(settings("cascade", &[&values[..], &[("run.seed", "5")]].concat()), 430)
}

#[test]
fn the_run_and_its_speed_are_shown() {
    let mut panels = learned();
    let (stats, settings) = (panels.resource::<RunStats>(), panels.settings());
    let survival = stats.recent_survival().expect("episodes have ended");
    for (name, shown) in [
        ("Steps", format!("430 / {}", grouped(settings.run.steps))),
        ("Episodes", grouped(stats.episodes)),
        ("Collapses", grouped(stats.collapses)),
        ("Survival", format!("{survival:.0} / {}", settings.cluster.max_steps)),
    ] {
        assert_eq!(panels.value_after("Run", name), shown, "{name}");
    }
    assert!(stats.collapses > 0 && panels.has_text("strip", "tick 430"));
    panels.world().resource_mut::<Pace>().speed = 24.0;
    panels.draw();
    let speed = panels.first("Run", Role::Slider);
    assert_eq!((value(&speed).as_deref(), range(&speed)), (Some("24"), Some((0.1, 64.0))));
    // Its buttons.
    panels.click("Run", "Step");
    assert_eq!(panels.resource::<Pace>().single_steps, 1);
    panels.click("Run", "Start");
    assert!(panels.resource::<Pace>().running && panels.has_text("Run", "Pause"));
    panels.click("Run", "max");
    assert!(panels.resource::<Pace>().speed.is_infinite());
}

#[test]
fn a_heading_folds_its_section_and_unfolds_it() {
    let mut panels = Panels::over(settings("calm", &[]), 5);
    assert!(panels.has_text("Run", "Episodes"));
    panels.click("left", "Run");
    assert!(!panels.has_text("", "Episodes") && panels.has_text("left", "Run"));
    assert!(!panels.resource::<Layout>().open["Run"]);
    panels.click("left", "Run");
    assert!(panels.has_text("Run", "Episodes"));
}

#[test]
fn the_prophet_tells_the_risk_and_how_good_it_was() {
    let panels = learned();
    let (settings, stats) = (panels.settings(), panels.resource::<RunStats>());
    let (risk, horizon) = (panels.get::<Forecast>().risk(), settings.prophet.longest_horizon());
    let alarm = 100.0 * settings.view.alarm;
    let gauge = format!("{:.0}%, collapse within {horizon} steps; alarm at {alarm:.0}%", 100.0 * risk);
    let alive = settings.prophet.horizons.iter().zip(panels.get::<Forecast>().0.within());
    let alive: Vec<_> = alive.map(|(steps, risk)| format!("{:.1}% after {steps}", 100.0 * (1.0 - risk))).collect();
    let curve = format!("survival in steps: {}", alive.join(", "));
    assert_eq!(alive.len(), 6);
    panels.expect_texts("Prophet", [gauge, curve, format!("risk of the last 200 ticks: {risk:.3}")]);
    let skill = stats.skill.expect("states before a collapse and safe ones have been seen");
    let losses = panels.resource::<ActiveLearner>().0.losses();
    let [pilot, prophet] = [losses.pilot, losses.prophet].map(|loss| format!("{:.4}", loss.expect("it has learned")));
    for (name, shown) in [
        ("Fear", settings.exploration.fear_rule.chosen().to_owned()),
        ("Forecast skill", format!("{:.2}", skill.brier_skill)),
        ("Ranking", format!("{:.3}", skill.auroc)),
        ("Base rate", format!("{:.1}%", 100.0 * skill.base_rate)),
        ("Calibration error", format!("{:.1}%", 100.0 * skill.calibration)),
        ("Losses", format!("{pilot} / {prophet}")),
    ] {
        assert_eq!(panels.value_after("Prophet", name), shown, "{name}");
    }
}

#[test]
fn the_decision_tells_the_values_and_what_drove_them() {
    let panels = learned();
    let (settings, learner, decision) =
        (panels.settings(), &panels.resource::<ActiveLearner>().0, panels.get::<Decision>());
    let chosen = decision.choice.action;
    panels.expect_texts(
        "Decision",
        Action::ALL.map(|action| {
            let mark = if action == chosen { "\u{25b6} " } else { "" };
            format!("{mark}{}: {:.3}", action.name(), decision.q_values[action.index()])
        }),
    );
    let how = match decision.choice {
        choice if choice.handed_over => "guide",
        choice if choice.explored => "explored",
        _ => "exploited",
    };
    assert_eq!(panels.value_after("Decision", "How"), how);
    let epsilon = format!("{:.3} -> {:.3}", decision.epsilon, decision.choice.effective_epsilon);
    assert_eq!(panels.value_after("Decision", "Epsilon"), epsilon);
    let pilot_input = panels.get::<PilotInputs>().now.numbers(PilotInput::length(settings.pilot.inputs));
    let of_value = learner.value_influence(pilot_input, chosen).expect("a network");
    for (at, name) in ["CPU", "memory", "priority"].into_iter().enumerate() {
        let nine: Vec<_> = of_value.patch.iter().map(|of| format!("{:+.3}", of[at])).collect();
        panels.expect_texts("Decision", [format!("{name} of the nine cells: {}", nine.join(" "))]);
    }
    let risk = learner
        .risk_influence(panels.get::<ProphetInputs>().now.numbers(ProphetInput::length(settings.prophet.inputs)));
    let statistics = STATISTICS_NAMES.into_iter().zip(of_value.statistics);
    let all = statistics.chain([("place", of_value.position), ("budget", of_value.budget)]).chain(risk);
    panels.expect_texts("Decision", all.map(|(name, number)| format!("{name}: {number:+.4}")));
}

#[test]
fn the_charts_tell_the_latest_of_every_line() {
    let panels = learned();
    let history = panels.resource::<ChartHistory>();
    let steps = &history.clusters[0];
    assert_eq!(steps.load.len(), panels.done());
    let line = |title: &str, lines: &[(&str, &Series)]| {
        let latest = |series: &Series| series.last().map_or("-".to_owned(), |number| format!("{number:.3}"));
        let each = lines.iter().map(|(name, series)| format!("{name} {} of {}", latest(series), series.len()));
        format!("{title}: {}", each.collect::<Vec<_>>().join(", "))
    };
    panels.expect_texts(
        "Charts",
        [
            line("load and risk", &[("load", &steps.load), ("risk", &steps.risk)]),
            line("reward", &[("reward", &steps.reward)]),
            line("epsilon", &[("epsilon", &history.epsilon), ("after fear", &steps.effective_epsilon)]),
            line("losses", &[("Pilot", &history.pilot_loss), ("Prophet", &history.prophet_loss)]),
            line("survival", &[("survived", &history.survival), ("mean", &history.survival_mean)]),
        ],
    );
    let texts = panels.texts("Charts");
    let mix = texts.iter().find_map(|text| text.strip_prefix("actions: ")).expect("the shares of the actions");
    let shares = mix.split(", ").map(|share| share.rsplit(' ').next().and_then(|share| share.parse::<f64>().ok()));
    assert!((shares.map(|share| share.expect("a share")).sum::<f64>() - 1.0).abs() < 0.01, "{mix}");
}

/// The lines of the log that are shown, the newest first.
fn shown(panels: &Panels) -> Vec<String> {
    panels.widgets("Events").iter().map(label).skip_while(|text| text != "filter").skip(1).collect()
}

/// The lines that there are, the newest first.
fn logged(panels: &Panels, hidden: Option<EventKind>) -> Vec<(u64, EventKind, String)> {
    let entries = panels.resource::<EventLog>().entries().rev().filter(|entry| Some(entry.kind) != hidden);
    entries.map(|entry| (entry.tick, entry.kind, format!("{} {}", grouped(entry.tick), entry.text))).collect()
}

#[test]
fn the_events_are_listed_filtered_and_looked_back_at() {
    let mut panels = learned();
    let lines = |all: &[(u64, EventKind, String)]| all.iter().map(|(.., line)| line.clone()).collect::<Vec<_>>();
    for hidden in [None, Some(EventKind::Note)] {
        if hidden.is_some() {
            panels.click("Events", "notes");
        }
        let (listed, wanted) = (shown(&panels), lines(&logged(&panels, hidden)));
        assert!(listed.len() >= 5 && wanted.starts_with(&listed), "{listed:?} {wanted:?}");
    }
    // By words.
    let crash = logged(&panels, None).into_iter().find(|(_, kind, _)| *kind == EventKind::Crash).expect("a collapse");
    panels.fill_in(|panels| panels.find("Events", "filter"), "collapsed");
    assert!(shown(&panels).iter().all(|line| line.to_lowercase().contains("collapsed")), "{:?}", shown(&panels));
    // A click on a line looks at its moment, and the strip says so.
    panels.click("Events", &crash.2);
    let at = panels.resource::<Playhead>().at.expect("the past");
    assert_eq!(panels.frame_history().get(at).map(|frame| frame.tick), Some(crash.0));
    let step = panels.frame_history().get(at).expect("a moment").time;
    panels.expect_texts("strip", [format!("LOOKING BACK: tick {}, step {step}", grouped(crash.0))]);
    panels.click("strip", "Live");
    assert_eq!(panels.resource::<Playhead>().at, None);
}
