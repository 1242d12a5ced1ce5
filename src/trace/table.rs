//! The dense table of load that every trace becomes.

use super::error::TraceError;
use super::order;
use serde::{Deserialize, Serialize};

/// Load of one node over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeSeries {
    /// Name of the node, not empty.
    pub name: String,
    /// Share of its CPU in use at each point of the grid, from 0 to 1.
    pub cpu: Vec<f32>,
    /// Share of its memory in use, from 0 to 1 and as long as `cpu`; `None` if it was not measured.
    pub memory: Option<Vec<f32>>,
}

/// Load of every node on one regular grid of times.
///
/// There is at least one node and one sample, all series have the same length, and all values are from 0 to 1. Nodes are in
/// natural order of their names: "machine-2" before "machine-10".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct LoadTable {
    step_s: f64,
    nodes: Vec<NodeSeries>,
}

/// A deserialised table, before the checks of [`LoadTable::new`].
#[derive(Deserialize)]
struct Unchecked {
    step_s: f64,
    nodes: Vec<NodeSeries>,
}

impl TryFrom<Unchecked> for LoadTable {
    type Error = TraceError;

    fn try_from(table: Unchecked) -> Result<Self, TraceError> {
        Self::new(table.step_s, table.nodes)
    }
}

impl LoadTable {
    /// A table of `nodes`, in any order, whose samples are `step_s` seconds apart.
    ///
    /// # Errors
    /// A step that is not finite and above 0, no nodes, an empty or repeated name, a series that is empty or differs in
    /// length from the first, a value outside 0 to 1.
    pub fn new(step_s: f64, mut nodes: Vec<NodeSeries>) -> Result<Self, TraceError> {
        if !(step_s.is_finite() && step_s > 0.0) {
            return refused(format!("the step is {step_s} s, expected a number above 0"));
        }
        let Some(len) = nodes.first().map(|node| node.cpu.len()) else {
            return refused("there is no node, expected at least one".to_owned());
        };
        for node in &nodes {
            check(node, len)?;
        }
        nodes.sort_by(|a, b| order::natural(&a.name, &b.name));
        if let Some(twice) = nodes.windows(2).find(|pair| pair[0].name == pair[1].name) {
            return refused(format!("there are two nodes \"{}\", expected unique names", twice[0].name));
        }
        Ok(Self { step_s, nodes })
    }

    /// The nodes, in natural order of their names.
    #[must_use]
    pub fn nodes(&self) -> &[NodeSeries] {
        &self.nodes
    }

    /// Samples per node, at least 1.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.first().map_or(0, |node| node.cpu.len())
    }

    /// Always false: a table has at least one sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Seconds between two samples, above 0.
    #[must_use]
    pub fn step_s(&self) -> f64 {
        self.step_s
    }
}

/// Whether `node` has a name and `len` values from 0 to 1 in each series.
fn check(node: &NodeSeries, len: usize) -> Result<(), TraceError> {
    let name = &node.name;
    if name.trim().is_empty() {
        return refused("a node has a blank name, expected a visible one".to_owned());
    }
    let memory = node.memory.as_ref().map(|memory| ("memory", memory));
    for (what, series) in [("cpu", &node.cpu)].into_iter().chain(memory) {
        if series.is_empty() {
            return refused(format!("{what} of node \"{name}\" has no sample, expected at least one"));
        }
        if series.len() != len {
            let found = series.len();
            return refused(format!(
                "{what} of node \"{name}\" has {found} samples, expected {len} like the first node"
            ));
        }
        if let Some(index) = series.iter().position(|value| !(0.0..=1.0).contains(value)) {
            let value = series[index];
            return refused(format!("{what} of node \"{name}\" is {value} at sample {index}, expected 0 to 1"));
        }
    }
    Ok(())
}

fn refused<T>(problem: String) -> Result<T, TraceError> {
    Err(TraceError::Table { problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, cpu: &[f32], memory: Option<&[f32]>) -> NodeSeries {
        NodeSeries { name: name.to_owned(), cpu: cpu.to_vec(), memory: memory.map(<[f32]>::to_vec) }
    }

    #[test]
    fn nodes_are_sorted_in_natural_order() {
        let nodes = ["m-10", "m-2", "a"].map(|name| node(name, &[0.0, 1.0], None));
        let table = LoadTable::new(60.0, nodes.to_vec()).unwrap();
        assert_eq!(table.nodes().iter().map(|node| node.name.as_str()).collect::<Vec<_>>(), ["a", "m-2", "m-10"]);
        assert_eq!((table.len(), table.is_empty(), table.step_s()), (2, false, 60.0));
    }

    #[test]
    fn a_table_that_would_mislead_is_refused_with_what_is_wrong() {
        let good = || node("a", &[0.5, 0.5], Some(&[0.0, 1.0]));
        for (step, nodes, problem) in [
            (0.0, vec![good()], "the step is 0 s"),
            (f64::NAN, vec![good()], "the step is NaN s"),
            (f64::INFINITY, vec![good()], "the step is inf s"),
            (1.0, vec![], "no node"),
            (1.0, vec![node(" ", &[0.5], None)], "blank name"),
            (1.0, vec![node("a", &[], None)], "cpu of node \"a\" has no sample"),
            (1.0, vec![good(), node("b", &[0.5], None)], "cpu of node \"b\" has 1 samples, expected 2"),
            (1.0, vec![node("a", &[0.5], Some(&[0.5, 0.5]))], "memory of node \"a\" has 2 samples, expected 1"),
            (1.0, vec![node("a", &[0.5, 1.5], None)], "cpu of node \"a\" is 1.5 at sample 1"),
            (1.0, vec![node("a", &[0.5], Some(&[f32::NAN]))], "memory of node \"a\" is NaN at sample 0"),
            (1.0, vec![good(), good()], "two nodes \"a\""),
        ] {
            let message = LoadTable::new(step, nodes).unwrap_err().to_string();
            assert!(message.contains(problem), "{message}, expected {problem}");
        }
    }

    #[test]
    fn deserialising_checks_too() {
        let nodes = vec![node("a", &[2.0], None)];
        assert!(LoadTable::try_from(Unchecked { step_s: 1.0, nodes }).is_err());
    }
}
