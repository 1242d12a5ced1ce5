//! The style of each policy in all plots: one of seven colours, then other dashes.
//!
//! The colours are those of Okabe and Ito ("Color universal design", 2008), which remain distinct under the common forms of
//! colour blindness. Their yellow is left out, being too pale on white; their black is the colour of the text.

use maud::{Markup, html};

/// Colours in `style.css`, `.k0` to `.k6`.
const COLOURS: usize = 7;
/// Dashes in `style.css`, `.d0` to `.d3`.
const DASHES: usize = 4;
/// Longest name written in full in a plot, in characters.
pub const MAX_NAME: usize = 32;

/// The CSS classes of the policy with this index.
pub fn style_classes(index: usize) -> String {
    format!("k{} d{}", index % COLOURS, index / COLOURS % DASHES)
}

/// A name with the characters that XML forbids replaced by U+FFFD.
pub fn xml_safe(name: &str) -> String {
    name.chars().map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect()
}

/// A name for a plot; the middle of a long one is left out.
pub fn shortened(name: &str) -> String {
    let letters: Vec<_> = xml_safe(name).chars().collect();
    if letters.len() <= MAX_NAME {
        return letters.into_iter().collect();
    }
    let half = MAX_NAME / 2 - 1;
    let (first, last) = (&letters[..half], &letters[letters.len() - half..]);
    first.iter().chain(&['\u{2026}']).chain(last).collect()
}

/// The legend: a line sample and the name of each policy.
pub fn legend<'a>(names: impl Iterator<Item = &'a str>) -> Markup {
    html! {
        ul.legend {
            @for (index, name) in names.enumerate() {
                li {
                    svg class=(style_classes(index)) viewBox="0 0 30 10" width="30" height="10" aria-hidden="true" {
                        line.curve x1="1" x2="29" y1="5" y2="5" {}
                    }
                    (xml_safe(name))
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
        let styles: std::collections::HashSet<_> = (0..COLOURS * DASHES).map(style_classes).collect();
        assert_eq!(styles.len(), COLOURS * DASHES);
        assert_eq!(xml_safe("a\u{1}b\n"), "a\u{FFFD}b\u{FFFD}");
        assert_eq!(shortened("pilot:runs/first"), "pilot:runs/first");
        let short = shortened(&format!("pilot:{}last", "\u{e9}".repeat(60)));
        assert!(short.starts_with("pilot:") && short.ends_with("last") && short.chars().count() < MAX_NAME, "{short}");
    }
}
