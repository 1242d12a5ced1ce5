//! The page as a whole.

use super::curves::Curves;
use super::intervals::{interval_plot, seed_plot};
use super::look::shown;
use super::matrix::matrix;
use super::policies::policies;
use super::profiles::profile_plot;
use super::{Report, ScenarioReport, tables};
use crate::evaluate::RESAMPLES;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("style.css");
/// Closed as XML wants it, which HTML allows.
const HEAD: PreEscaped<&str> = PreEscaped(
    "<meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\
     <meta name=\"color-scheme\" content=\"light dark\"/>",
);

/// The page; `curves` belong to the contestants.
pub fn page(report: &Report<'_>, curves: &[Curves]) -> Markup {
    let title = title(report.rounds);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                (HEAD)
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (title) }
                    p.lead { (message(report)) }
                    (facts(report))
                }
                main {
                    section {
                        h2 { "Policies" }
                        (policies(report.policies))
                        @if report.rounds.len() > 1 {
                            (tables::overview(&report.rounds.iter().map(|round| round.scores).collect::<Vec<_>>()))
                        }
                    }
                    @for (number, round) in report.rounds.iter().enumerate() { (section(report, number, round)) }
                    (learning(report, curves))
                }
                footer {
                    p {
                        "Made by Resonetics " (env!("CARGO_PKG_VERSION")) ". The statistics follow Agarwal et al., \
                         \u{201c}Deep reinforcement learning at the edge of the statistical precipice\u{201d} (2021)."
                    }
                }
            }
        }
    }
}

fn title(rounds: &[ScenarioReport<'_>]) -> String {
    let name = |round: &ScenarioReport<'_>| shown(&round.scenario.name);
    match rounds {
        [one] => format!("Evaluation on {}", name(one)),
        [one, other] => format!("Evaluation on {} and {}", name(one), name(other)),
        _ => format!("Evaluation on {} scenarios", rounds.len()),
    }
}

fn message(report: &Report<'_>) -> String {
    let (policies, scenarios) = (report.policies.len(), report.rounds.len());
    let many = |count: usize, one: &str, more: &str| match count {
        1 => format!("One {one}"),
        _ => format!("{count} {more}"),
    };
    let places = if scenarios == 1 { "one scenario".to_owned() } else { format!("{scenarios} scenarios") };
    format!(
        "{} on {places}, {} episodes each, the same ones for all: they meet the same load, the same leaks and the same \
         storms.",
        many(policies, "policy", "policies"),
        report.episodes
    )
}

fn facts(report: &Report<'_>) -> Markup {
    html! {
        dl {
            dt { "Command" }
            dd { code { (shown(report.command)) } }
            dt { "Seed of the episodes" }
            dd { (report.seed) }
            dt { "Episodes" }
            dd { (report.episodes) " per policy, training seed and scenario" }
            dt { "Scenarios" }
            dd {
                @for (number, round) in report.rounds.iter().enumerate() {
                    @let scenario = round.scenario;
                    @if number > 0 { "; " }
                    (shown(&scenario.name)) " (" (scenario.rows) " \u{d7} " (scenario.columns) " cells, "
                    (scenario.max_steps) " steps)"
                }
            }
            @if let Some(trace) = report.trace {
                dt { "Load" }
                dd { (shown(trace)) }
            }
            dt { "Intervals" }
            dd { "95%; bootstraps of " (RESAMPLES) " resamples, their strata the training seeds" }
        }
    }
}

fn section(report: &Report<'_>, number: usize, round: &ScenarioReport<'_>) -> Markup {
    let (scenario, scores) = (round.scenario, round.scores);
    let id = |plot: &str| format!("scenario-{number}-{plot}");
    html! {
        section.scenario {
            h2 { "Scenario " (shown(&scenario.name)) }
            (tables::scores(scores))
            (interval_plot(&id("intervals"), scores, scenario.max_steps))
            (profile_plot(&id("profiles"), scores, scenario.max_steps, report.seed))
            (matrix(scores, round.improvements))
            @if let Some(plot) = seed_plot(&id("seeds"), scores, scenario.max_steps) {
                (plot)
                (tables::seeds(scores))
            }
        }
    }
}

fn learning(report: &Report<'_>, curves: &[Curves]) -> Markup {
    let message = report.policies.iter().zip(curves).enumerate().filter(|(_, (_, curves))| !curves.is_empty());
    html! {
        @if curves.iter().any(|curves| !curves.is_empty()) {
            section {
                h2 { "Learning" }
                @for (place, (policy, curves)) in message {
                    @let run = policy.trainings().iter().find_map(|trained| trained.run());
                    (curves.plot(place, policy.name(), run.map_or("an unknown scenario", |run| &run.scenario)))
                }
            }
        }
    }
}
