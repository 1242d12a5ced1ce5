//! The world of a run: the settings of its cluster, and of the trace that drives it.

use super::{Difference, Settings};

impl Settings {
    /// The settings of the world that differ from `before`. The name of the scenario is none of them, and how a trace is read
    /// matters only where both worlds have one.
    pub fn world_differences(&self, before: &Self) -> Vec<Difference> {
        let both_traced = !self.trace.file.is_empty() && !before.trace.file.is_empty();
        let mut differences = self.changed_since(before);
        differences.retain(|difference| match difference.path.as_str() {
            "cluster.name" => false,
            "trace.file" => true,
            path => path.starts_with("cluster.") || both_traced && path.starts_with("trace."),
        });
        differences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_is_its_cluster_and_its_trace() {
        let before = Settings::default();
        let mut now = before.clone();
        for (path, value) in [
            ("cluster.name", "other"),
            ("pilot.gamma", "0.5"),
            ("reward.profile", "classic"),
            ("trace.steps_per_row", "3"),
        ] {
            now.assign(path, value).unwrap();
        }
        assert_eq!(now.world_differences(&before), [], "the same world");
        now.assign("cluster.rows", "9").unwrap();
        now.assign("trace.file", "load.csv").unwrap();
        let paths = |now: &Settings, before: &Settings| -> Vec<String> {
            now.world_differences(before).into_iter().map(|difference| difference.path).collect()
        };
        assert_eq!(paths(&now, &before), ["cluster.rows", "trace.file"]);
        let mut traced = before;
        traced.assign("trace.file", "load.csv").unwrap();
        assert_eq!(paths(&now, &traced), ["cluster.rows", "trace.steps_per_row"]);
    }
}
