//! Settings and scenarios in RON: the built-in ones, errors, and the round trip.

mod built_in;
mod refusals;
mod round_trip;

use resonetics::settings::settings_from;
use std::path::Path;

/// Names of the built-in scenarios, as listed in errors.
const NAMES: &str = "classic, calm, default, leak-storm, rush-hour, budget-squeeze, cascade";

/// The error for `text` as a settings file.
fn refusal(text: &str) -> String {
    settings_from(Path::new("mine.ron"), text).unwrap_err().to_string()
}
