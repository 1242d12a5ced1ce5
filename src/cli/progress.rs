//! Progress displays: a bar on a terminal, an occasional line if the output goes to a file.

use super::output::errln;
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

/// Time between lines if there is no terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(10);
/// Time between updates.
const UPDATE_INTERVAL: Duration = Duration::from_millis(100);

/// A progress display of a known length.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    unit: &'static str,
    on_terminal: bool,
    /// Units that were done before the display began.
    before: u64,
    started: Instant,
    last_update: Instant,
    last_line: Instant,
}

impl Progress {
    /// A display that counts `unit`s up to `length`.
    pub fn new(length: u64, unit: &'static str) -> Self {
        let template =
            format!("{{bar:30.cyan}} {{human_pos}}/{{human_len}} {unit}, {{per_sec}}, {{eta}} left  {{msg}}");
        let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let now = Instant::now();
        Self {
            bar: ProgressBar::new(length).with_style(style.progress_chars("█▉▊▋▌▍▎▏ ")),
            unit,
            on_terminal: stderr().is_terminal(),
            before: 0,
            started: now,
            last_update: now,
            last_line: now,
        }
    }

    /// The same display, begun after `before` units.
    #[must_use]
    pub fn after(self, before: u64) -> Self {
        self.bar.set_position(before);
        self.bar.reset_eta();
        Self { before, ..self }
    }

    /// Writes a line above the display.
    pub fn print(&self, line: &str) {
        self.bar.suspend(|| errln!("{line}"));
    }

    /// Shows that `done` units are done, with a message; does nothing if the last update was too recent.
    pub fn update(&mut self, done: u64, message: impl FnOnce() -> String) {
        if self.last_update.elapsed() < UPDATE_INTERVAL {
            return;
        }
        self.last_update = Instant::now();
        if self.on_terminal {
            self.bar.set_position(done);
            self.bar.set_message(message());
        } else if self.last_line.elapsed() >= LINE_INTERVAL {
            self.last_line = Instant::now();
            let elapsed = self.started.elapsed();
            let rate = done.saturating_sub(self.before) as f64 / elapsed.as_secs_f64();
            let length = self.bar.length().unwrap_or(done);
            let left = Duration::from_secs_f64(length.saturating_sub(done) as f64 / rate.max(1e-9));
            let unit = self.unit;
            errln!("{done}/{length} {unit}, {rate:.0} {unit}/s, {} left, {}", HumanDuration(left), message());
        }
    }

    /// Removes the display.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
