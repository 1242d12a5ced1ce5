//! A fresh episode (docs/model.md, "Reset").

use super::{Cluster, Outcome, RngPurpose, stream};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use std::f64::consts::TAU;

impl Cluster {
    /// Begins the episode of `seed`. The same seed gives the same cells and the same random events, whatever the agent does,
    /// so policies can be compared on the same episodes.
    pub fn reset(&mut self, seed: u64) {
        let mut rng = stream(seed, 0, RngPurpose::Reset);
        let scenario = &self.scenario;
        let first_phase: f64 = rng.random();
        let cells = &mut self.cells;
        for index in 0..cells.cpu.len() {
            cells.cpu[index] = rng.random_range(0.0..0.3);
            cells.mem[index] = rng.random_range(0.0..0.1);
            let rank: f64 = rng.random();
            cells.priority[index] = if rank < scenario.priority_low_share {
                0.2
            } else if rank < scenario.priority_low_share + scenario.priority_mid_share {
                0.5
            } else {
                1.0
            };
            let spread: f64 = StandardNormal.sample(&mut rng);
            let leak = scenario.leak_median * (scenario.leak_sigma * spread).exp();
            cells.leak[index] = leak.min(scenario.leak_max) as f32;
            let level: f64 = rng.random();
            cells.base[index] = (scenario.base_low + (scenario.base_high - scenario.base_low) * level) as f32;
            let phase = first_phase + scenario.phase_spread * rng.random::<f64>();
            let (sine, cosine) = (TAU * phase).sin_cos();
            cells.phase[index] = (sine as f32, cosine as f32);
        }
        cells.wander.fill(0.0);
        cells.burst_left.fill(0);
        cells.burst_height.fill(0.0);
        cells.in_storm.fill(false);
        self.row = rng.random_range(0..scenario.rows);
        self.column = rng.random_range(0..scenario.columns);
        self.budget = scenario.initial_budget;
        self.time = 0;
        self.storm_left = 0;
        self.active_effects.clear();
        self.outcome = Outcome::Running;
        self.seed = seed;
        self.entropy = stream(seed, 0, RngPurpose::Entropy);
        if let Some(load) = &mut self.load {
            load.begin(seed);
        }
    }
}
