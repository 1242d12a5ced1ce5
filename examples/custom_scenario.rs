//! A custom scenario: reads `examples/night-shift.ron`, or the RON file named, and plays scripted policies on it.
//!
//! ```sh
//! cargo run --release --example custom_scenario
//! cargo run --release --example custom_scenario -- my-scenario.ron
//! ```
//!
//! The program itself takes such a file wherever it takes a scenario's name:
//! `cargo run --release -- train --scenario examples/night-shift.ron`.

use resonetics::evaluate::{Evaluation, PolicyUnderTest, table};
use resonetics::policy::SCRIPTED;
use resonetics::settings::load_scenario;
use std::error::Error;

const EPISODES: u64 = 400;

fn main() -> Result<(), Box<dyn Error>> {
    let built_in = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/night-shift.ron");
    let file = std::env::args().nth(1).unwrap_or_else(|| built_in.to_owned());
    // Errors (a misspelt name, a value out of range, bad syntax) have a file, line and column.
    let scenario = load_scenario(&file)?;
    println!("{}: {}x{} cells, {} steps\n", scenario.name, scenario.rows, scenario.columns, scenario.max_steps);

    let threads = rayon::ThreadPoolBuilder::new().build()?;
    let mut scores = Vec::new();
    for name in SCRIPTED {
        let policy = PolicyUnderTest::named(name)?;
        let evaluation = Evaluation { scenario: &scenario, policy: &policy, seed: 1 };
        scores.push(evaluation.play(EPISODES, &threads, |_| {}));
    }
    print!("{}", table(&scores));
    Ok(())
}
