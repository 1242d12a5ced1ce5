//! The golden table: five scripted policies on the seven built-in scenarios must reproduce the figures of the prototype
//! (1,000 episodes each) within statistical error.

use rayon::ThreadPool;
use resonetics::evaluate::{Evaluation, PolicyUnderTest, Score};
use resonetics::settings::{SCENARIOS, load_scenario};
use std::fmt::Write;

/// Episodes that the prototype played for each entry.
const GOLDEN_EPISODES: f64 = 1_000.0;
/// Episodes that this test plays for each entry.
const EPISODES: u64 = 400;
/// Largest difference, in standard errors.
const ALLOWED: f64 = 4.0;

/// Scenarios in the order of the columns.
const COLUMNS: [&str; 7] = ["classic", "calm", "default", "leak-storm", "rush-hour", "budget-squeeze", "cascade"];

/// Mean survived steps and share of episodes that collapse, in percent, as the prototype printed them.
const GOLDEN: [(&str, [(f64, f64); 7]); 5] = [
    ("idle", [(97.0, 100.0), (88.0, 100.0), (64.0, 100.0), (60.0, 100.0), (59.0, 100.0), (64.0, 100.0), (48.0, 100.0)]),
    (
        "random",
        [(318.0, 68.2), (196.0, 84.8), (129.0, 97.8), (111.0, 99.1), (98.0, 100.0), (80.0, 100.0), (90.0, 99.9)],
    ),
    (
        "heuristic",
        [(463.0, 15.6), (198.0, 68.0), (133.0, 87.0), (112.0, 95.4), (124.0, 91.7), (133.0, 87.0), (84.0, 99.0)],
    ),
    ("patrol", [(500.0, 0.3), (295.0, 5.8), (278.0, 21.3), (255.0, 35.8), (255.0, 37.8), (264.0, 35.2), (244.0, 45.6)]),
    ("omniscient", [(500.0, 0.0), (300.0, 0.0), (300.0, 0.0), (300.0, 0.2), (300.0, 0.5), (299.0, 1.7), (299.0, 1.8)]),
];

/// A measured figure and its golden one.
struct Entry {
    found: f64,
    golden: f64,
    /// Largest difference that chance and rounding can explain.
    allowed: f64,
}

impl Entry {
    /// Mean steps. The prototype published no standard error, so ours is scaled to its number of episodes.
    fn steps(score: &Score, golden: f64) -> Self {
        let own = (score.steps.high - score.steps.low) / (2.0 * 1.96);
        let difference = own * (1.0 + score.episodes as f64 / GOLDEN_EPISODES).sqrt();
        Self { found: score.steps.estimate, golden, allowed: ALLOWED * difference + 0.5 }
    }

    /// Share of collapses, in percent.
    fn collapses(score: &Score, golden: f64) -> Self {
        let (share, episodes) = (score.collapses.estimate, score.episodes as f64);
        let difference = (variance(share, episodes) + variance(golden / 100.0, GOLDEN_EPISODES)).sqrt();
        let rounding = if golden.fract() == 0.0 { 0.5 } else { 0.05 };
        Self { found: 100.0 * share, golden, allowed: ALLOWED * 100.0 * difference + rounding }
    }

    fn agrees(&self) -> bool {
        (self.found - self.golden).abs() <= self.allowed
    }
}

/// Variance of a share after adding two hits and two misses, so that it is above 0 for a share of 0 or 1.
fn variance(share: f64, episodes: f64) -> f64 {
    let trials = episodes + 4.0;
    let share = (share * episodes + 2.0) / trials;
    share * (1.0 - share) / trials
}

fn play(policy: &str, scenario: &str, pool: &ThreadPool) -> Score {
    let scenario = load_scenario(scenario).unwrap();
    let policy = PolicyUnderTest::named(policy).unwrap();
    let evaluation = Evaluation { scenario: &scenario, policy: &policy, seed: 2_000_000 };
    evaluation.play(EPISODES, pool, |_| ())
}

fn pool(threads: usize) -> ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

#[test]
fn every_entry_of_the_golden_table_is_reproduced_within_four_standard_errors() {
    assert_eq!(SCENARIOS.map(|(name, _)| name), COLUMNS);
    let pool = pool(2);
    let mut table =
        String::from("\npolicy on scenario             steps  golden (allowed)    collapses  golden (allowed)\n");
    let mut wrong = 0;
    for (policy, row) in GOLDEN {
        for (scenario, (steps, collapses)) in COLUMNS.into_iter().zip(row) {
            let score = play(policy, scenario, &pool);
            let steps = Entry::steps(&score, steps);
            let collapses = Entry::collapses(&score, collapses);
            let good = steps.agrees() && collapses.agrees();
            wrong += usize::from(!good);
            let name = format!("{policy} on {scenario}");
            writeln!(
                table,
                "{name:28} {:7.1} {:7.0} (+-{:4.1})    {:8.1}% {:6.1}% (+-{:4.1}) {}",
                steps.found,
                steps.golden,
                steps.allowed,
                collapses.found,
                collapses.golden,
                collapses.allowed,
                if good { "" } else { "  <-- differs" }
            )
            .unwrap();
        }
    }
    println!("{table}");
    assert_eq!(wrong, 0, "{wrong} of 35 entries differ from the golden table:\n{table}");
}

#[test]
fn the_comparison_would_notice_another_model() {
    // Compared with the figures of another scenario, a policy must fail.
    let pool = pool(2);
    for (policy, scenario, golden_steps, golden_collapses) in [
        ("patrol", "calm", 278.0, 21.3),
        ("patrol", "leak-storm", 278.0, 21.3),
        ("idle", "leak-storm", 48.0, 100.0),
        ("random", "default", 98.0, 100.0),
    ] {
        let score = play(policy, scenario, &pool);
        let agrees = Entry::steps(&score, golden_steps).agrees() && Entry::collapses(&score, golden_collapses).agrees();
        assert!(!agrees, "{policy} on {scenario} passes for {golden_steps} steps and {golden_collapses}%");
    }
}

#[test]
fn the_scores_do_not_depend_on_the_number_of_threads() {
    for policy in ["random", "patrol"] {
        assert_eq!(play(policy, "leak-storm", &pool(1)), play(policy, "leak-storm", &pool(2)), "{policy}");
    }
}
