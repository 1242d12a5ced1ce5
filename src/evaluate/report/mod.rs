//! The HTML report of an evaluation: one file, without network access, scripts or other files.
//!
//! Owns its text, tables and plots. The plots are inline SVG coloured by CSS classes, so one style sheet serves light, dark
//! and printed pages. `maud` escapes all names. The file is also well-formed XML, so that programs can read it, and contains
//! no time, so the same evaluation gives the same bytes.

mod axis;
mod curves;
mod intervals;
mod lines;
mod matrix;
mod page;
mod policies;
mod profiles;
mod rows;
mod style;
mod tables;

use super::{Improvement, PolicyUnderTest, Score};
use crate::settings::Scenario;
use crate::storage::{OutputFile, RecordError};

/// The results on one scenario.
#[derive(Debug, Clone, Copy)]
pub struct ScenarioResults<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The scores, in the order of the policies.
    pub scores: &'a [Score],
    /// Every policy against every other.
    pub improvements: &'a [Improvement],
}

/// The contents of a report.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The command that made it, quoted for a shell.
    pub command: &'a str,
    /// Seed of the episodes.
    pub seed: u64,
    /// Episodes per policy, training seed and scenario.
    pub episodes: u64,
    /// The import report of the trace that drove the cells, if any.
    pub trace: Option<&'a str>,
    /// What is to be known about the results, such as a policy that plays in another world than it was trained in.
    pub notes: &'a [String],
    /// The policies that played.
    pub policies: &'a [PolicyUnderTest],
    /// The results, one per scenario.
    pub scenarios: &'a [ScenarioResults<'a>],
}

impl Report<'_> {
    /// The page. Computes the bands of the profiles by bootstrap, on the rayon pool it is called on.
    ///
    /// # Errors
    /// A malformed `episodes.csv` of a trained policy.
    pub fn to_html(&self) -> Result<String, RecordError> {
        let curves = self.policies.iter().map(curves::curves).collect::<Result<Vec<_>, _>>()?;
        Ok(page::page(self, &curves).into_string())
    }

    /// Writes the page.
    ///
    /// # Errors
    /// As [`Report::to_html`], or the file cannot be written.
    pub fn write(&self, file: &OutputFile) -> Result<(), RecordError> {
        file.write(self.to_html()?.as_bytes())
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
            let scenarios = [ScenarioResults { scenario: &scenario, scores: &scores, improvements: &found }];
            let report = Report {
                command: "resonetics evaluate",
                seed: 4,
                episodes: 12,
                trace: None,
                notes: &[],
                policies: &policies,
                scenarios: &scenarios,
            };
            pool.install(|| report.to_html()).unwrap()
        };
        assert_eq!(page(1), page(3));
    }
}
