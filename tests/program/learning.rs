//! Learning works, and what ships is as good as the documentation says: measured on episodes of a fixed seed, by margins that
//! chance cannot give.

use crate::support::Workplace;
use std::collections::HashMap;

const EPISODES: u32 = 800;
/// Standard errors by which a share of collapses must be lower.
const MARGIN: f64 = 4.0;

/// The share of collapses of each policy in each scenario, from a table of scores.
fn collapses(table: &str) -> HashMap<(String, String), f64> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let [scenario, policy, share] = ["scenario", "policy", "collapse_rate"]
        .map(|name| headers.iter().position(|header| header == name).unwrap_or_else(|| panic!("no column {name}")));
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| ((row[scenario].to_owned(), row[policy].to_owned()), row[share].parse().unwrap())).collect()
}

/// By how many standard errors the second share is lower.
fn margin(worse: f64, better: f64) -> f64 {
    let variance = |share: f64| share * (1.0 - share) / f64::from(EPISODES);
    (worse - better) / (variance(worse) + variance(better)).sqrt()
}

/// A small cluster that leaks so much that going round it is not enough. Nobody guides and nobody is afraid: what the Pilot
/// knows after half a minute it has learned from its own mistakes.
#[test]
fn a_pilot_learns_to_beat_patrol_by_itself() {
    let workplace = Workplace::new();
    let cluster = "--scenario leak-storm --set cluster.rows=4 --set cluster.columns=4 --set cluster.leak_median=0.006 \
                   --set cluster.leak_max=0.05";
    workplace.succeed(&format!(
        "train {cluster} --steps 150000 --seed 1 --set exploration.guide=nobody --set exploration.fear_rule=nothing \
         --set run.black_box_ticks=0 --set run.checkpoint_every=0 --out run"
    ));
    workplace.succeed(&format!("evaluate {cluster} --policy patrol,pilot:run --episodes {EPISODES} --out scores.csv"));
    let shares = collapses(&workplace.read("scores.csv"));
    let share = |name: &str| *shares.iter().find(|((_, policy), _)| policy == name).unwrap().1;
    let (patrol, pilot) = (share("patrol"), share("pilot:run"));
    assert!(margin(patrol, pilot) > MARGIN, "patrol collapses in {patrol} of the episodes, the Pilot in {pilot}");
}

/// Where docs/learning.md says that the shipped Pilot is better than a scripted policy, it is.
#[test]
fn each_shipped_model_beats_the_policies_that_the_documentation_says_it_beats() {
    let workplace = Workplace::new();
    workplace.succeed(&format!(
        "evaluate --policy patrol,notebook,pilot:builtin --scenario all --episodes {EPISODES} --out scores.csv"
    ));
    let shares = collapses(&workplace.read("scores.csv"));
    let share = |scenario: &str, policy: &str| shares[&(scenario.to_owned(), policy.to_owned())];
    let storms = ["leak-storm", "budget-squeeze", "cascade"];
    let beaten = ["calm", "default", "rush-hour"].iter().chain(&storms).map(|scenario| (*scenario, "patrol"));
    for (scenario, rival) in beaten.chain(storms.map(|scenario| (scenario, "notebook"))) {
        let (rival_share, pilot) = (share(scenario, rival), share(scenario, "pilot:builtin"));
        let margin = margin(rival_share, pilot);
        assert!(margin > MARGIN, "{scenario}: {rival} collapses in {rival_share}, the Pilot in {pilot}");
    }
    // Where both hardly ever collapse, it is at least no worse than chance may make it.
    for scenario in ["classic", "calm", "default", "rush-hour"] {
        let (notebook, pilot) = (share(scenario, "notebook"), share(scenario, "pilot:builtin"));
        assert!(pilot < notebook + 0.02, "{scenario}: notebook collapses in {notebook}, the Pilot in {pilot}");
    }
}
