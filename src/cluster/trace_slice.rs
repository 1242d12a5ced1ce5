//! The part of a trace that drove one episode, so that the episode can be repeated without the trace.

use super::TraceLoad;
use crate::settings::TraceSettings;
use crate::trace::{LoadTable, NodeSeries};
use std::sync::Arc;

/// The importer's limit on the rows of a trace.
const MAX_ROWS: u64 = 64_000_000;
/// Cells of the largest cluster; more nodes are never used.
const MAX_NODES: usize = 128 * 128;

/// Consecutive rows of a trace, for the nodes that the cells follow. Rows wrap around at the end of the trace.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceSlice {
    /// Rows of the full trace.
    pub rows: u64,
    /// Row of the trace at which the slice begins.
    pub first: u64,
    /// Seconds between two rows.
    pub step_s: f64,
    /// For each node, whether its memory was measured.
    pub measured: Vec<bool>,
    /// CPU, node after node.
    pub cpu: Vec<f32>,
    /// Memory, node after node, of the nodes where it was measured.
    pub memory: Vec<f32>,
}

impl TraceSlice {
    /// The rows that drove `steps` steps of an episode which began at `position` of `load`.
    pub(super) fn recorded(load: &TraceLoad, position: usize, steps: usize, cells: usize) -> Self {
        let table = load.table();
        let (rows, pace) = (table.len(), load.steps_per_row());
        let first = position / pace;
        let count = ((position % pace + steps) / pace + 2).min(rows);
        let nodes = &table.nodes()[..table.nodes().len().min(cells)];
        let cut = |series: &[f32]| -> Vec<f32> { (0..count).map(|at| series[(first + at) % rows]).collect() };
        Self {
            rows: rows as u64,
            first: first as u64,
            step_s: table.step_s(),
            measured: nodes.iter().map(|node| node.memory.is_some()).collect(),
            cpu: nodes.iter().flat_map(|node| cut(&node.cpu)).collect(),
            memory: nodes.iter().filter_map(|node| node.memory.as_deref()).flat_map(cut).collect(),
        }
    }

    /// Load from the slice, the same as it was from the trace.
    ///
    /// # Errors
    /// Numbers that contradict each other or are out of range, as a sentence.
    pub fn load(&self, settings: &TraceSettings) -> Result<TraceLoad, String> {
        let nodes = self.measured.len();
        if nodes == 0 || nodes > MAX_NODES {
            return Err(format!("its trace slice has {nodes} nodes, expected 1 to {MAX_NODES}"));
        }
        let count = self.cpu.len() / nodes;
        let measured = self.measured.iter().filter(|measured| **measured).count();
        if self.cpu.len() != nodes * count || self.memory.len() != measured * count || count == 0 {
            return Err("its trace slice has series of different lengths".to_owned());
        }
        if !(count as u64..=MAX_ROWS).contains(&self.rows) || self.first >= self.rows {
            return Err(format!(
                "its trace slice claims {count} rows from row {} of {}, which is impossible",
                self.first, self.rows
            ));
        }
        let mut memory = self.memory.chunks_exact(count);
        let series = self.cpu.chunks_exact(count).zip(&self.measured).enumerate();
        let nodes = series.map(|(at, (cpu, measured))| NodeSeries {
            // Named so that they sort in the order of the trace's nodes.
            name: format!("node-{at:05}"),
            cpu: cpu.to_vec(),
            memory: if *measured { memory.next().map(<[f32]>::to_vec) } else { None },
        });
        let table = LoadTable::new(self.step_s, nodes.collect()).map_err(|error| error.to_string())?;
        Ok(TraceLoad::from_slice(Arc::new(table), settings, self.rows as usize, self.first as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Action, Cluster};
    use crate::settings::{RewardSettings, Scenario};

    fn trace(nodes: usize, rows: usize) -> TraceLoad {
        let value = |node: usize, row: usize| ((node * 31 + row * 17) % 97) as f32 / 96.0;
        let nodes = (0..nodes).map(|node| NodeSeries {
            name: format!("{node}"),
            cpu: (0..rows).map(|row| value(node, row)).collect(),
            memory: (node % 2 == 0).then(|| (0..rows).map(|row| value(node + 5, row)).collect()),
        });
        TraceLoad::new(Arc::new(LoadTable::new(60.0, nodes.collect()).unwrap()), &settings())
    }

    fn settings() -> TraceSettings {
        TraceSettings { steps_per_row: 3, ..TraceSettings::default() }
    }

    fn cluster(load: TraceLoad, seed: u64) -> Cluster {
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), Some(load));
        cluster.reset(seed);
        cluster
    }

    #[test]
    fn a_slice_gives_an_episode_the_same_load_as_the_trace_even_around_its_end() {
        for (nodes, rows, steps) in [(1, 1, 20), (3, 40, 25), (100, 7, 90), (5, 500, 60)] {
            let mut wrapped = false;
            for seed in 0..40 {
                let mut original = cluster(trace(nodes, rows), seed);
                (0..steps).for_each(|_| _ = original.step(Action::Up));
                let trace_slice = original.trace_slice().unwrap();
                assert!(trace_slice.cpu.len() / trace_slice.measured.len() <= (steps / 3 + 3).min(rows));
                wrapped |= trace_slice.first as usize + trace_slice.cpu.len() / trace_slice.measured.len() > rows;
                let mut repeated = cluster(trace_slice.load(&settings()).unwrap(), seed);
                (0..steps).for_each(|_| _ = repeated.step(Action::Up));
                let state = |cluster: &Cluster| {
                    let mut bytes = Vec::new();
                    cluster.write_state(&mut bytes);
                    bytes
                };
                assert!(state(&original) == state(&repeated), "{nodes} nodes, {rows} rows, seed {seed}");
            }
            assert!(wrapped || rows == 1, "no episode went around the end of {rows} rows");
        }
    }

    #[test]
    fn a_slice_that_contradicts_itself_is_refused() {
        let mut original = cluster(trace(4, 50), 1);
        (0..30).for_each(|_| _ = original.step(Action::Up));
        let good = original.trace_slice().unwrap();
        assert!(good.load(&settings()).is_ok());
        let wrong: [fn(&mut TraceSlice); 8] = [
            |trace_slice| trace_slice.rows = 0,
            |trace_slice| trace_slice.rows = u64::MAX,
            |trace_slice| trace_slice.first = trace_slice.rows,
            |trace_slice| trace_slice.measured.clear(),
            |trace_slice| trace_slice.measured[1] = true,
            |trace_slice| trace_slice.cpu.truncate(7),
            |trace_slice| trace_slice.memory[0] = f32::NAN,
            |trace_slice| trace_slice.step_s = -1.0,
        ];
        for (at, change) in wrong.into_iter().enumerate() {
            let mut bad = good.clone();
            change(&mut bad);
            assert!(bad.load(&settings()).is_err(), "change {at}");
        }
    }
}
