//! The tables: the same figures as in the terminal, with the same decimals.

use super::style::xml_safe;
use crate::evaluate::{Interval, Score, decimals, percent};
use maud::{Markup, html};

/// Headings of the columns after the name of the policy.
const HEADINGS: [&str; 10] = [
    "steps survived",
    "collapses",
    "critical",
    "return",
    "IQM of steps",
    "IQM of return",
    "OOM cell-steps",
    "spent",
    "churn",
    "slack",
];

/// The scores of one scenario.
pub fn scores(scores: &[Score]) -> Markup {
    html! {
        div.scroll {
            table.scores {
                thead {
                    tr {
                        th scope="col" { "policy" }
                        @for heading in HEADINGS { th.number scope="col" { (heading) } }
                    }
                }
                tbody {
                    @for score in scores {
                        tr {
                            th scope="row" { (xml_safe(&score.policy)) }
                            (entry(score.steps, decimals(1)))
                            (entry(score.collapses, percent))
                            td.number { (percent(score.critical.estimate)) }
                            td.number { (format!("{:.2}", score.reward.estimate)) }
                            (entry(score.iqm_steps, decimals(1)))
                            (entry(score.iqm_reward, decimals(2)))
                            td.number { (format!("{:.2}", score.oom)) }
                            td.number { (format!("{:.1}", score.spent)) }
                            td.number { (percent(score.churn)) }
                            td.number { (format!("{:.3}", score.slack)) }
                        }
                    }
                }
            }
        }
        @for score in scores {
            @if let Some(scope) = score.scope() {
                p.note { "The intervals of " (xml_safe(&score.policy)) " are " (scope) "." }
            }
        }
        p.note {
            "Means and shares with their 95% intervals. Critical: episodes that end with a critical cell out of memory. \
             Return: sum of the rewards of the survival profile, whatever the policy was trained on. OOM cell-steps: cells \
             out of memory, summed over the steps. Spent: units of budget. Churn: share of steps whose action differs \
             from the previous one. Slack: 1 \u{2212} highest memory of a critical cell, averaged over the steps."
        }
    }
}

fn entry(interval: Interval, write: impl Fn(f64) -> String) -> Markup {
    html! { td.number { (with_bounds(interval, write)) } }
}

/// An estimate, and its interval in smaller type.
pub(super) fn with_bounds(interval: Interval, write: impl Fn(f64) -> String) -> Markup {
    let [estimate, low, high] = [interval.estimate, interval.low, interval.high].map(write);
    html! { (estimate) " " span.interval { "[" (low) ", " (high) "]" } }
}

/// The training seeds of each policy with several.
pub fn seeds(scores: &[Score]) -> Markup {
    html! {
        @for score in scores.iter().filter(|score| !score.seeds.is_empty()) {
            @let worst = score.worst_seed();
            @let (steps, collapses) = score.median_seed();
            div.scroll {
                table.seeds {
                    caption { "Training seeds of " (xml_safe(&score.policy)) }
                    thead {
                        tr {
                            th scope="col" { "seed" }
                            @for heading in ["steps survived", "collapses", "critical", "return"] {
                                th.number scope="col" { (heading) }
                            }
                        }
                    }
                    tbody {
                        @for seed in &score.seeds {
                            tr {
                                th scope="row" {
                                    (xml_safe(&seed.name)) @if Some(seed) == worst { " " span.worst { "worst" } }
                                }
                                td.number { (format!("{:.1}", seed.steps)) }
                                td.number { (percent(seed.collapses)) }
                                td.number { (percent(seed.critical)) }
                                td.number { (format!("{:.2}", seed.reward)) }
                            }
                        }
                        tr.median {
                            th scope="row" { "median" }
                            td.number { (format!("{steps:.1}")) }
                            td.number { (percent(collapses)) }
                            td {} td {}
                        }
                    }
                }
            }
        }
    }
}

/// The collapse rate of every policy on every scenario.
pub fn overview(scenarios: &[&[Score]]) -> Markup {
    let policies = scenarios.first().map_or(&[][..], |scores| scores);
    html! {
        div.scroll {
            table.overview {
                caption { "Episodes that collapse" }
                thead {
                    tr {
                        th scope="col" { "policy" }
                        @for scores in scenarios {
                            th.number scope="col" { (xml_safe(scores.first().map_or("", |score| &score.scenario))) }
                        }
                    }
                }
                tbody {
                    @for (index, policy) in policies.iter().enumerate() {
                        tr {
                            th scope="row" { (xml_safe(&policy.policy)) }
                            @for scores in scenarios { (entry(scores[index].collapses, percent)) }
                        }
                    }
                }
            }
        }
    }
}
