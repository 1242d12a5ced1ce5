//! The layout of the page.

use super::curves::Curves;
use super::intervals::{interval_plot, seed_plot};
use super::matrix::matrix;
use super::policies::policies;
use super::profiles::profile_plot;
use super::style::xml_safe;
use super::{Report, ScenarioResults, tables};
use crate::evaluate::RESAMPLES;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("style.css");
/// With closed tags, as XML requires and HTML allows.
const HEAD: PreEscaped<&str> = PreEscaped(
    "<meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\
     <meta name=\"color-scheme\" content=\"light dark\"/>",
);

/// The page; `curves` are in the order of the policies.
pub fn page(report: &Report<'_>, curves: &[Curves]) -> Markup {
    let title = title(report.scenarios);
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
                    p.lead { (summary(report)) }
                    (facts(report))
                }
                main {
                    section {
                        h2 { "Policies" }
                        (policies(report.policies))
                        @if report.scenarios.len() > 1 {
                            (tables::overview(&report.scenarios.iter().map(|results| results.scores).collect::<Vec<_>>()))
                        }
                    }
                    @for (number, results) in report.scenarios.iter().enumerate() { (section(report, number, results)) }
                    (learning(report, curves))
                }
                footer {
                    p {
                        "Made by Resonetics " (env!("CARGO_PKG_VERSION")) ". The figures follow Agarwal et al., \
                         \u{201c}Deep reinforcement learning at the edge of the statistical precipice\u{201d} (2021)."
                    }
                }
            }
        }
    }
}

fn title(scenarios: &[ScenarioResults<'_>]) -> String {
    let name = |results: &ScenarioResults<'_>| xml_safe(&results.scenario.name);
    match scenarios {
        [one] => format!("Evaluation on {}", name(one)),
        [one, other] => format!("Evaluation on {} and {}", name(one), name(other)),
        _ => format!("Evaluation on {} scenarios", scenarios.len()),
    }
}

fn summary(report: &Report<'_>) -> String {
    let (policies, scenarios) = (report.policies.len(), report.scenarios.len());
    let many = |count: usize, one: &str, more: &str| match count {
        1 => format!("One {one}"),
        _ => format!("{count} {more}"),
    };
    let on = if scenarios == 1 { "one scenario".to_owned() } else { format!("{scenarios} scenarios") };
    format!(
        "{} on {on}, {} episodes each. All policies play the same episodes: the same load, the same leaks and the same \
         storms.",
        many(policies, "policy", "policies"),
        report.episodes
    )
}

fn facts(report: &Report<'_>) -> Markup {
    html! {
        dl {
            dt { "Command" }
            dd { code { (xml_safe(report.command)) } }
            dt { "Seed of the episodes" }
            dd { (report.seed) }
            dt { "Episodes" }
            dd { (report.episodes) " per policy, training seed and scenario" }
            dt { "Scenarios" }
            dd {
                @for (number, results) in report.scenarios.iter().enumerate() {
                    @let scenario = results.scenario;
                    @if number > 0 { "; " }
                    (xml_safe(&scenario.name)) " (" (scenario.rows) " \u{d7} " (scenario.columns) " cells, "
                    (scenario.max_steps) " steps)"
                }
            }
            @if let Some(trace) = report.trace {
                dt { "Load" }
                dd { (xml_safe(trace)) }
            }
            @if !report.notes.is_empty() {
                dt { "Other worlds" }
                dd { @for note in report.notes { p { (xml_safe(note)) } } }
            }
            dt { "Intervals" }
            dd {
                "95%; over episodes by formula or bootstrap of " (RESAMPLES) " resamples, over training seeds, where there \
                 are several, by Student\u{2019}s t, added in quadrature"
            }
        }
    }
}

fn section(report: &Report<'_>, number: usize, results: &ScenarioResults<'_>) -> Markup {
    let (scenario, scores) = (results.scenario, results.scores);
    let id = |plot: &str| format!("scenario-{number}-{plot}");
    html! {
        section.scenario {
            h2 { "Scenario " (xml_safe(&scenario.name)) }
            (tables::scores(scores))
            (interval_plot(&id("intervals"), scores, scenario.max_steps))
            (profile_plot(&id("profiles"), scores, scenario.max_steps, report.seed))
            (matrix(scores, results.improvements))
            @if let Some(plot) = seed_plot(&id("seeds"), scores, scenario.max_steps) {
                (plot)
                (tables::seeds(scores))
            }
        }
    }
}

fn learning(report: &Report<'_>, curves: &[Curves]) -> Markup {
    let trained = report.policies.iter().zip(curves).enumerate().filter(|(_, (_, curves))| !curves.is_empty());
    html! {
        @if curves.iter().any(|curves| !curves.is_empty()) {
            section {
                h2 { "Learning" }
                @for (index, (policy, curves)) in trained {
                    @let run = policy.trainings().iter().find_map(|trained| trained.run());
                    (curves.plot(index, policy.name(), run.map_or("an unknown scenario", |run| &run.scenario)))
                }
            }
        }
    }
}
