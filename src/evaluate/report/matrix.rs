//! The probability of improvement, every policy against every other.

use super::style::xml_safe;
use super::tables::with_bounds;
use crate::evaluate::{Improvement, Interval, Score, percent};
use maud::{Markup, html};

/// Strongest tint of a cell; text on it is still readable on a light and a dark page.
const MAX_TINT: f64 = 0.55;

/// The matrix of one scenario; nothing for a single policy.
pub fn matrix(scores: &[Score], improvements: &[Improvement]) -> Markup {
    let between = |policy, rival| improvements.iter().find(|one| (one.policy, one.rival) == (policy, rival));
    html! {
        @if !improvements.is_empty() {
            figure {
                div.scroll {
                    table.matrix {
                        thead {
                            tr {
                                th scope="col" { "longer than \u{2192}" }
                                @for score in scores { th scope="col" { (xml_safe(&score.policy)) } }
                            }
                        }
                        tbody {
                            @for (policy, score) in scores.iter().enumerate() {
                                tr {
                                    th scope="row" { (xml_safe(&score.policy)) }
                                    @for rival in 0..scores.len() {
                                        @match between(policy, rival) {
                                            Some(one) => (entry(one)),
                                            None => td.self { "\u{2013}" },
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                figcaption {
                    b { "Probability of improvement. " }
                    "How likely the policy of the row survives longer than the policy of the column in two independent \
                     episodes, ties counting half, with its 95% interval: 50% means no difference, blue is in \
                     favour of the row, orange against it, and bold type marks intervals that exclude 50%. Below, in small \
                     type: the share of paired episodes in which the row survives longer, and the share of ties."
                }
            }
        }
    }
}

fn entry(one: &Improvement) -> Markup {
    let Interval { estimate, low, high } = one.probability;
    let certain = low > 0.5 || high < 0.5;
    html! {
        td class={ @if certain { "certain" } } style={ "background:" (tint(estimate)) } {
            (with_bounds(one.probability, percent))
            small { (percent(one.longer)) " longer" } " "
            small { (percent(one.equal)) " ties" }
        }
    }
}

/// Blue for a probability above one half, orange below, none at one half.
fn tint(probability: f64) -> String {
    let colour = if probability >= 0.5 { "0,114,178" } else { "230,159,0" };
    format!("rgba({colour},{:.2})", MAX_TINT * (2.0 * probability - 1.0).abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tint_shows_whom_the_probability_favours() {
        assert_eq!(tint(0.5), "rgba(0,114,178,0.00)");
        assert_eq!((tint(1.0).as_str(), tint(0.0).as_str()), ("rgba(0,114,178,0.55)", "rgba(230,159,0,0.55)"));
    }
}
