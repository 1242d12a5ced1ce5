//! The report of an evaluation: one HTML file that needs no network, no script and no other file.
//!
//! Owns its words, its tables and its drawings. The plots are inline SVG whose colours are classes, so one style sheet
//! serves light, dark and printed pages; text stays text. `maud` escapes every name at compile-checked places. The file
//! is well-formed XML as well, so that programs can read it, and holds no time of day: the same evaluation gives the
//! same bytes.

mod axis;
mod curves;
mod intervals;
mod lines;
mod look;
mod matrix;
mod page;
mod policies;
mod profiles;
mod rows;
mod tables;

use super::{Improvement, PolicyUnderTest, Score};
use crate::settings::Scenario;
use crate::storage::{RecordError, write_file};
use std::path::Path;

/// What is told of one scenario.
#[derive(Debug, Clone, Copy)]
pub struct ScenarioReport<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The scores, in the order of the contestants.
    pub scores: &'a [Score],
    /// Every policy against every other.
    pub improvements: &'a [Improvement],
}

/// Everything a report tells.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The command that made it, as one would type it.
    pub command: &'a str,
    /// Seed of the episodes.
    pub seed: u64,
    /// Episodes per policy, training seed and scenario.
    pub episodes: u64,
    /// What the import of a trace had to say, where one drove the cells.
    pub trace: Option<&'a str>,
    /// Who played.
    pub policies: &'a [PolicyUnderTest],
    /// What they scored, scenario after scenario.
    pub rounds: &'a [ScenarioReport<'a>],
}

impl Report<'_> {
    /// The page. It resamples for the bands of the profiles, on the threads of the caller's pool.
    ///
    /// # Errors
    /// An `episodes.csv` of a trained policy that is none.
    pub fn to_html(&self) -> Result<String, RecordError> {
        let curves = self.policies.iter().map(curves::curves).collect::<Result<Vec<_>, _>>()?;
        Ok(page::page(self, &curves).into_string())
    }

    /// Writes the page.
    ///
    /// # Errors
    /// As [`Report::to_html`], or what the system refused.
    pub fn write(&self, path: &Path) -> Result<(), RecordError> {
        write_file(path, self.to_html()?.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Evaluation, improvements};

    #[test]
    fn the_same_evaluation_gives_the_same_page_on_any_number_of_threads() {
        let scenario = Scenario::default();
        let policies = ["idle", "patrol"].map(|name| PolicyUnderTest::named(name).unwrap());
        let page = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let scores: Vec<_> = policies
                .iter()
                .map(|policy| Evaluation { scenario: &scenario, policy, seed: 4 }.play(12, &pool, |_| {}))
                .collect();
            let found = improvements(&scores, 4);
            let rounds = [ScenarioReport { scenario: &scenario, scores: &scores, improvements: &found }];
            let report = Report {
                command: "resonetics evaluate",
                seed: 4,
                episodes: 12,
                trace: None,
                policies: &policies,
                rounds: &rounds,
            };
            pool.install(|| report.to_html()).unwrap()
        };
        assert_eq!(page(1), page(3));
    }
}
