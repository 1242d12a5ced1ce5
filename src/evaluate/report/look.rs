//! What a policy looks like in every plot: one of seven colours, and where those run out another dash.
//!
//! The colours are those of Okabe and Ito ("Color universal design", 2008), which the common colour blindnesses keep
//! apart. Their yellow is left out: it is too pale on white. Their black is the colour of the text.

use maud::{Markup, html};

/// Colours in `style.css`, `.k0` to `.k6`.
const COLOURS: usize = 7;
/// Dashes in `style.css`, `.d0` to `.d3`.
const DASHES: usize = 4;
/// Longest name written in full in a plot, in characters.
pub const LONGEST: usize = 32;

/// The classes of the policy at `place` among the contestants.
pub fn look(place: usize) -> String {
    format!("k{} d{}", place % COLOURS, place / COLOURS % DASHES)
}

/// A name as it can stand in the page: what no page may hold is shown by a sign of its own.
pub fn shown(name: &str) -> String {
    name.chars().map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect()
}

/// The name, its middle left out where it is too long for a plot.
pub fn shortened(name: &str) -> String {
    let letters: Vec<_> = shown(name).chars().collect();
    if letters.len() <= LONGEST {
        return letters.into_iter().collect();
    }
    let half = LONGEST / 2 - 1;
    let (first, last) = (&letters[..half], &letters[letters.len() - half..]);
    first.iter().chain(&['\u{2026}']).chain(last).collect()
}

/// Which line belongs to which policy.
pub fn legend<'a>(names: impl Iterator<Item = &'a str>) -> Markup {
    html! {
        ul.legend {
            @for (place, name) in names.enumerate() {
                li {
                    svg class=(look(place)) viewBox="0 0 30 10" width="30" height="10" aria-hidden="true" {
                        line.curve x1="1" x2="29" y1="5" y2="5" {}
                    }
                    (shown(name))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_look_different_and_long_names_keep_their_ends() {
        let looks: std::collections::HashSet<_> = (0..COLOURS * DASHES).map(look).collect();
        assert_eq!(looks.len(), COLOURS * DASHES);
        assert_eq!(shown("a\u{1}b\n"), "a\u{FFFD}b\u{FFFD}");
        assert_eq!(shortened("pilot:runs/first"), "pilot:runs/first");
        let short = shortened(&format!("pilot:{}last", "\u{e9}".repeat(60)));
        assert!(short.starts_with("pilot:") && short.ends_with("last") && short.chars().count() < LONGEST, "{short}");
    }
}
