//! The scenario: all constants of the cluster's model (docs/model.md, "Scenarios").

use super::tree::settings;

settings! {
    /// Constants of one kind of cluster. The defaults are the scenario `default`.
    pub struct Scenario {
        /// Name shown in tables and folders.
        name: String = "default".to_owned();
        /// Rows of the torus.
        rows: usize = 6, 3 => 128, "cells";
        /// Columns of the torus.
        columns: usize = 6, 3 => 128, "cells";
        /// Steps after which an episode is truncated.
        max_steps: usize = 300, 1 => 1e7, "steps";
        /// Largest budget.
        max_budget: f64 = 100.0, 0.001 => 1e6, "units";
        /// Budget at the start of an episode.
        initial_budget: f64 = 100.0, 0 => 1e6, "units";
        /// Budget that flows back each step.
        recovery: f64 = 0.5, 0 => 1e6, "units/step";
        /// Cost of a full clean.
        full_clean_cost: f64 = 1.0, 0 => 1e6, "units";
        /// Cost of a memory clean.
        memory_clean_cost: f64 = 0.6, 0 => 1e6, "units";
        /// Cost of a throttle.
        throttle_cost: f64 = 0.3, 0 => 1e6, "units";
        /// Cost of scaling one hotspot.
        scale_cost: f64 = 5.0, 0.001 => 1e6, "units";
        /// Lowest demand level of a cell.
        base_low: f64 = 0.2, 0 => 1;
        /// Highest demand level of a cell.
        base_high: f64 = 0.5, 0 => 1;
        /// Amplitude of the daily wave of demand.
        wave_amplitude: f64 = 0.15, 0 => 1;
        /// Period of the daily wave.
        wave_period: f64 = 200.0, 1 => 1e7, "steps";
        /// How far the cells' waves are spread, as a share of the period.
        phase_spread: f64 = 0.25, 0 => 1;
        /// Probability per cell and step that a burst of demand starts.
        burst_probability: f64 = 0.003, 0 => 1;
        /// Lowest height of a burst.
        burst_low: f64 = 0.2, 0 => 1;
        /// Highest height of a burst.
        burst_high: f64 = 0.5, 0 => 1;
        /// Mean length of a burst.
        burst_length: f64 = 20.0, 0.001 => 1e6, "steps";
        /// Median leak of memory.
        leak_median: f64 = 0.0025, 0 => 1, "1/step";
        /// Spread of the leaks: standard deviation of their logarithm.
        leak_sigma: f64 = 1.0, 0 => 10;
        /// Largest leak.
        leak_max: f64 = 0.03, 0 => 1, "1/step";
        /// How much a busy processor speeds the leak.
        cpu_coupling: f64 = 1.0, 0 => 100;
        /// Growth of all leaks per 500 steps.
        escalation: f64 = 0.3, 0 => 100;
        /// Probability per step that a storm of leaks starts.
        storm_probability: f64 = 0.0, 0 => 1;
        /// Length of a storm.
        storm_length: usize = 30, 1 => 1e6, "steps";
        /// Factor on the leaks of cells in a storm.
        storm_factor: f64 = 3.0, 0 => 100;
        /// Share of cells that a storm hits.
        storm_share: f64 = 0.3, 0 => 1;
        /// Demand that each neighbour out of memory adds.
        spill_cpu: f64 = 0.0, 0 => 1;
        /// Memory that each neighbour out of memory adds per step.
        spill_memory: f64 = 0.0, 0 => 1, "1/step";
        /// Cells out of memory at once that make a collapse.
        oom_limit: usize = 2, 1 => 16384, "cells";
        /// Share of cells of low priority (0.2).
        priority_low_share: f64 = 0.333_333_333_333_333_3, 0 => 1;
        /// Share of cells of middle priority (0.5); the rest is critical (1.0).
        priority_mid_share: f64 = 0.333_333_333_333_333_3, 0 => 1;
    }
}

impl Scenario {
    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.rows * self.columns
    }
}
