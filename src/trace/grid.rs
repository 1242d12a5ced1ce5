//! Resamples samples at arbitrary times onto one regular grid.

use super::collect::Sample;
use super::error::TraceError;
use super::table::NodeSeries;
use std::collections::HashMap;

/// All nodes on one grid.
pub(super) struct Gridded {
    /// The step in seconds.
    pub step_s: f64,
    /// The nodes, in no order.
    pub nodes: Vec<NodeSeries>,
    /// Samples that were averaged into another one at the same point.
    pub rows_merged: usize,
    /// Points at which the cpu of a node, or its memory if it has any, was missing.
    pub gaps_filled: usize,
}

/// Most points of the grid per row (beyond that nearly all points would be gaps), and how many are always allowed.
const MAX_POINTS_PER_ROW: usize = 100;
const ALWAYS_ALLOWED: usize = 1_000_000;

/// The times of the grid, in microseconds.
#[derive(Debug, Clone, Copy)]
struct Grid {
    start: i64,
    step: i64,
    len: usize,
}

impl Grid {
    /// Index of the point nearest to `time`, which is within the grid; halfway between two, the later.
    fn index(&self, time: i64) -> usize {
        ((time - self.start + self.step / 2) / self.step) as usize
    }
}

/// Resamples `nodes` onto a grid from the earliest to the latest time of all, with the median gap as its step and at most
/// `limit` points over all nodes; `file` is the name in errors.
pub(super) fn resample(
    file: &str,
    limit: usize,
    mut nodes: HashMap<String, Vec<Sample>>,
) -> Result<Gridded, TraceError> {
    for samples in nodes.values_mut() {
        // By value as well, so that sums do not depend on the order of the rows.
        samples.sort_unstable_by(|a, b| {
            a.time.cmp(&b.time).then(a.cpu.total_cmp(&b.cpu)).then(a.memory.total_cmp(&b.memory))
        });
    }
    let step = median_gap(&nodes).ok_or_else(|| TraceError::SingleTime { file: file.to_owned() })?;
    let start = nodes.values().filter_map(|samples| samples.first()).map(|sample| sample.time).min().unwrap_or(0);
    let end = nodes.values().filter_map(|samples| samples.last()).map(|sample| sample.time).max().unwrap_or(0);
    let step_s = step as f64 / 1e6;

    // Times lie within 1e17 microseconds of 1970, so nothing here or in `Grid::index` overflows.
    let len = usize::try_from((end - start + step / 2) / step).unwrap_or(usize::MAX).saturating_add(1);
    // A few rows must not claim a table a million times their size.
    let rows: usize = nodes.values().map(Vec::len).sum();
    let limit = limit.min(rows.saturating_mul(MAX_POINTS_PER_ROW).max(ALWAYS_ALLOWED));
    if len.saturating_mul(nodes.len()) > limit {
        let nodes = nodes.len();
        return Err(TraceError::TooManySamples { file: file.to_owned(), nodes, samples: len, step_s, limit });
    }

    let grid = Grid { start, step, len };
    let mut gridded = Gridded { step_s, nodes: Vec::with_capacity(nodes.len()), rows_merged: 0, gaps_filled: 0 };
    for (name, samples) in nodes {
        gridded.add(name, &samples, &grid);
    }
    Ok(gridded)
}

/// The median gap between different neighbouring times of a node, over all nodes; of an even number of gaps the lower of the
/// middle two, because their mean need not occur.
fn median_gap(nodes: &HashMap<String, Vec<Sample>>) -> Option<i64> {
    let neighbours = nodes.values().flat_map(|samples| samples.windows(2));
    let mut gaps: Vec<i64> = neighbours.map(|pair| pair[1].time - pair[0].time).filter(|gap| *gap > 0).collect();
    let middle = gaps.len().checked_sub(1)? / 2;
    Some(*gaps.select_nth_unstable(middle).1)
}

impl Gridded {
    /// Adds a node whose `samples` are sorted by time.
    fn add(&mut self, name: String, samples: &[Sample], grid: &Grid) {
        // NaN marks points without a value until they are filled below.
        let mut cpu = vec![f32::NAN; grid.len];
        let has_memory = samples.iter().any(|sample| !sample.memory.is_nan());
        let mut memory = vec![f32::NAN; if has_memory { grid.len } else { 0 }];
        for same in samples.chunk_by(|a, b| grid.index(a.time) == grid.index(b.time)) {
            let index = grid.index(same[0].time);
            cpu[index] = mean(same.iter().map(|sample| sample.cpu));
            if has_memory {
                memory[index] = mean(same.iter().map(|sample| sample.memory).filter(|value| !value.is_nan()));
            }
            self.rows_merged += same.len() - 1;
        }
        let is_gap = |index: usize| cpu[index].is_nan() || memory.get(index).is_some_and(|value| value.is_nan());
        self.gaps_filled += (0..grid.len).filter(|&index| is_gap(index)).count();
        fill_gaps(&mut cpu);
        fill_gaps(&mut memory);
        self.nodes.push(NodeSeries { name, cpu, memory: has_memory.then_some(memory) });
    }
}

/// The mean, or NaN of no values. Summed in f64, so that the mean of shares is a share again when rounded to f32.
fn mean(values: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) = values.fold((0.0, 0u32), |(sum, count), value| (sum + f64::from(value), count + 1));
    (sum / f64::from(count)) as f32
}

/// Replaces NaNs: interpolates linearly between values, and holds the first and the last value at the ends.
fn fill_gaps(series: &mut [f32]) {
    let mut last: Option<usize> = None;
    for index in 0..series.len() {
        let value = series[index];
        if value.is_nan() {
            continue;
        }
        match last {
            None => series[..index].fill(value),
            Some(last) => {
                let (from, length) = (f64::from(series[last]), (index - last) as f64);
                for (step, between) in series[last + 1..index].iter_mut().enumerate() {
                    let part = (step + 1) as f64 / length;
                    *between = (from + part * (f64::from(value) - from)) as f32;
                }
            }
        }
        last = Some(index);
    }
    if let Some(last) = last {
        let value = series[last];
        series[last..].fill(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name, and samples of it: time in seconds, cpu, memory.
    type Node<'a> = (&'a str, &'a [(i64, f32, f32)]);

    fn nodes(series: &[Node<'_>]) -> HashMap<String, Vec<Sample>> {
        let samples = |rows: &[(i64, f32, f32)]| {
            rows.iter().map(|&(time, cpu, memory)| Sample { time: time * 1_000_000, cpu, memory }).collect()
        };
        series.iter().map(|(name, rows)| ((*name).to_owned(), samples(rows))).collect()
    }

    fn resampled(series: &[Node<'_>]) -> Gridded {
        let mut gridded = resample("f", 1000, nodes(series)).unwrap();
        gridded.nodes.sort_by(|a, b| a.name.cmp(&b.name));
        gridded
    }

    #[test]
    fn gaps_are_interpolated_linearly_and_ends_are_held() {
        let mut series = [f32::NAN, 0.2, f32::NAN, f32::NAN, 0.8, f32::NAN];
        fill_gaps(&mut series);
        assert_eq!(series, [0.2, 0.2, 0.4, 0.6, 0.8, 0.8]);
        fill_gaps(&mut []);
    }

    #[test]
    fn the_grid_spans_all_nodes_and_counts_each_point_filled_once() {
        let nan = f32::NAN;
        let gridded = resampled(&[
            ("a", &[(0, 0.0, 0.5), (60, 0.5, nan), (120, 1.0, 0.7)]),
            ("b", &[(120, 0.25, nan), (300, 0.75, nan), (240, 0.5, nan)]),
        ]);
        assert_eq!(gridded.step_s, 60.0);
        assert_eq!(gridded.nodes[0].cpu, [0.0, 0.5, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(gridded.nodes[0].memory.as_deref(), Some(&[0.5, 0.6, 0.7, 0.7, 0.7, 0.7][..]));
        assert_eq!(gridded.nodes[1].cpu, [0.25, 0.25, 0.25, 0.375, 0.5, 0.75]);
        assert_eq!(gridded.nodes[1].memory, None);
        assert_eq!((gridded.gaps_filled, gridded.rows_merged), (4 + 3, 0));
    }

    #[test]
    fn samples_of_one_point_are_averaged_whatever_their_order() {
        let forth =
            resampled(&[("a", &[(0, 0.1, 0.2), (1, 0.2, f32::NAN), (-1, 0.6, 0.4), (60, 0.5, 0.5), (120, 0.5, 0.5)])]);
        let back =
            resampled(&[("a", &[(120, 0.5, 0.5), (60, 0.5, 0.5), (-1, 0.6, 0.4), (1, 0.2, f32::NAN), (0, 0.1, 0.2)])]);
        assert_eq!(forth.step_s, 1.0, "of the gaps 1, 1, 59 and 60 the lower median");
        assert_eq!(forth.nodes, back.nodes);

        let merged = resampled(&[(
            "a",
            &[
                (0, 0.1, 0.2),
                (60, 0.2, f32::NAN),
                (60, 0.4, 0.4),
                (70, 0.6, 0.6),
                (120, 0.5, 0.5),
                (180, 0.5, 0.5),
                (240, 0.5, 0.5),
            ],
        )]);
        assert_eq!(merged.step_s, 60.0);
        assert_eq!(merged.nodes[0].cpu[..3], [0.1, 0.4, 0.5]);
        assert_eq!(merged.nodes[0].memory.as_deref().unwrap()[..3], [0.2, 0.5, 0.5]);
        assert_eq!((merged.gaps_filled, merged.rows_merged), (0, 2));
    }

    #[test]
    fn fractions_of_seconds_since_1970_keep_their_step_for_days() {
        let samples: Vec<_> = (0..500_000)
            .map(|i| Sample { time: (((1.4e9 + f64::from(i) * 0.1) * 1e6).round()) as i64, cpu: 0.5, memory: f32::NAN })
            .collect();
        let gridded = resample("f", 1_000_000, HashMap::from([("a".to_owned(), samples)])).unwrap();
        assert_eq!((gridded.step_s, gridded.nodes[0].cpu.len()), (0.1, 500_000));
        assert_eq!((gridded.gaps_filled, gridded.rows_merged), (0, 0));
    }

    #[test]
    fn a_single_time_and_a_stray_time_are_refused() {
        let error = |series: &[Node<'_>]| resample("f", 1000, nodes(series)).map(|_| ()).unwrap_err();
        let single: &[_] = &[(5, 0.1, 0.1), (5, 0.2, 0.1)];
        assert_eq!(error(&[("a", single), ("b", &[(6, 0.1, 0.1)])]), TraceError::SingleTime { file: "f".to_owned() });
        let stray: &[_] = &[(0, 0.1, 0.1), (1, 0.1, 0.1), (2, 0.1, 0.1), (100_000_000_000, 0.1, 0.1)];
        let message = error(&[("a", stray)]).to_string();
        assert!(
            message.starts_with("f: 1 node x 100,000,000,001 samples of 1 s are more than 1,000 samples in all"),
            "{message}"
        );
    }
}
