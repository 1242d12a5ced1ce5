//! Entropy: the decay that never stops (docs/model.md, "Entropy"), and the clock.

use super::{Cluster, OOM};
use rand::RngExt;
use rand_distr::{Distribution, Exp, StandardNormal};
use std::f64::consts::TAU;

/// Share of the gap to the demand that CPU closes in a step.
const LAG: f32 = 0.1;

impl Cluster {
    /// Advances all cells by one step, the second part of a step: storm, demand, CPU, memory, budget, clock.
    ///
    /// The number of random draws does not depend on what the agent does, so episodes of one seed have the same random
    /// events under every policy.
    pub fn decay(&mut self) {
        self.update_storm();
        let spilling = self.count_failing_neighbours();
        if let Some(load) = &mut self.load {
            load.advance();
        }
        let scenario = &self.scenario;
        // sin(2 pi (t/T + phase)) for every cell from one sine and one cosine, by the sum of angles.
        let turn = TAU * self.time as f64 / scenario.wave_period;
        let (sine, cosine) = turn.sin_cos();
        let (sine, cosine) = (sine as f32, cosine as f32);
        let amplitude = scenario.wave_amplitude as f32;
        let escalation = self.escalation() as f32;
        let coupling = scenario.cpu_coupling as f32;
        let storm = if self.storm_left > 0 { scenario.storm_factor as f32 } else { 1.0 };
        let (spill_cpu, spill_memory) = (scenario.spill_cpu as f32, scenario.spill_memory as f32);
        let burst_length = Exp::new(1.0 / scenario.burst_length).expect("the range of burst_length excludes 0");
        let cells = &mut self.cells;
        let rng = &mut self.entropy;
        for index in 0..cells.cpu.len() {
            let (own_demand, drift) = if let Some(load) = &self.load {
                load.at(index)
            } else {
                let wander: f32 = StandardNormal.sample(rng);
                cells.wander[index] = 0.95 * cells.wander[index] + 0.02 * wander;
                if cells.burst_left[index] > 0 {
                    cells.burst_left[index] -= 1;
                } else if rng.random::<f64>() < scenario.burst_probability {
                    cells.burst_left[index] = 1 + burst_length.sample(rng) as u32;
                    let height: f64 = rng.random();
                    cells.burst_height[index] =
                        (scenario.burst_low + (scenario.burst_high - scenario.burst_low) * height) as f32;
                }
                let burst = if cells.burst_left[index] > 0 { cells.burst_height[index] } else { 0.0 };
                let (phase_sine, phase_cosine) = cells.phase[index];
                let wave = amplitude * (sine * phase_cosine + cosine * phase_sine);
                (cells.base[index] + wave + cells.wander[index] + burst, 0.0)
            };
            let failing = if spilling { f32::from(cells.failing_neighbours[index]) } else { 0.0 };
            let demand = (own_demand + spill_cpu * failing).clamp(0.0, 1.0);
            let jitter: f32 = StandardNormal.sample(rng);
            let cpu = (cells.cpu[index] + LAG * (demand - cells.cpu[index]) + 0.01 * jitter).clamp(0.0, 1.0);
            let busy = (cpu - 0.5).max(0.0) / 0.5;
            let storm = if cells.in_storm[index] { storm } else { 1.0 };
            let leak = cells.leak[index] * escalation * (1.0 + coupling * busy) * storm;
            let jitter: f32 = StandardNormal.sample(rng);
            let mem = cells.mem[index] + leak + spill_memory * failing + drift + 0.004 * jitter;
            cells.cpu[index] = cpu;
            cells.mem[index] = mem.clamp(0.0, 1.0);
        }
        if !self.active_effects.is_empty() {
            self.apply_active_effects(LAG);
        }
        let scenario = &self.scenario;
        self.budget = (self.budget + scenario.recovery).min(scenario.max_budget);
        self.time += 1;
    }

    /// Counts down the running storm, or may start one.
    fn update_storm(&mut self) {
        if self.scenario.storm_probability <= 0.0 {
            return;
        }
        if self.storm_left > 0 {
            self.storm_left -= 1;
        } else if self.entropy.random::<f64>() < self.scenario.storm_probability {
            self.storm_left = self.scenario.storm_length;
            for hit in &mut self.cells.in_storm {
                *hit = self.entropy.random::<f64>() < self.scenario.storm_share;
            }
        }
    }

    /// Counts each cell's neighbours that are out of memory; false if nothing can spill over.
    fn count_failing_neighbours(&mut self) -> bool {
        let spills = self.scenario.spill_cpu > 0.0 || self.scenario.spill_memory > 0.0;
        if !spills || self.cells.mem.iter().all(|mem| *mem < OOM) {
            return false;
        }
        for row in 0..self.scenario.rows {
            for column in 0..self.scenario.columns {
                let failing = [(-1, 0), (1, 0), (0, -1), (0, 1)]
                    .into_iter()
                    .filter(|&(down, right)| self.cells.mem[self.neighbour(row, column, down, right)] >= OOM)
                    .count();
                let index = self.index(row, column);
                self.cells.failing_neighbours[index] = failing as u8;
            }
        }
        true
    }
}
