//! Settings and scenarios in RON: what is built in, what is refused and with which words, and the way out and back in.

mod built_in;
mod refusals;
mod round_trip;

use resonetics::settings::settings_from;
use std::path::Path;

/// Names of the built-in scenarios, as sentences list them.
const NAMES: &str = "classic, calm, default, leak-storm, rush-hour, budget-squeeze, cascade";

/// The sentence that refuses `text` as a settings file.
fn refusal(text: &str) -> String {
    settings_from(Path::new("mine.ron"), text).unwrap_err().to_string()
}
