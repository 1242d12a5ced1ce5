//! How an episode ends (docs/model.md, "End").

use super::Cluster;

/// Mean load above which the cluster collapses.
const OVERLOAD: f64 = 0.9;

/// Why a cluster collapsed. Of several causes the first in this list counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CollapseCause {
    /// A critical cell ran out of memory.
    CriticalOom,
    /// At least as many cells as the limit are out of memory.
    OomLimit,
    /// The mean load exceeds 0.9.
    Overload,
}

impl CollapseCause {
    /// Name in CSV files and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::CriticalOom => "critical-oom",
            Self::OomLimit => "oom-limit",
            Self::Overload => "overload",
        }
    }
}

/// Whether an episode is running, terminated or truncated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The episode goes on.
    Running,
    /// The cluster collapsed: a terminal state, of value 0.
    Terminated(CollapseCause),
    /// The cluster survived to the step limit: value targets bootstrap from the last observation.
    Truncated,
}

impl Outcome {
    /// Whether the episode is over.
    pub fn is_over(self) -> bool {
        self != Self::Running
    }

    /// Whether the cluster collapsed.
    pub fn is_collapse(self) -> bool {
        matches!(self, Self::Terminated(_))
    }

    /// Whether a critical cell ran out of memory.
    pub fn is_critical(self) -> bool {
        self == Self::Terminated(CollapseCause::CriticalOom)
    }

    /// Name in CSV files and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Terminated(cause) => cause.name(),
            Self::Truncated => "truncated",
        }
    }
}

impl Cluster {
    /// The outcome, given the cells out of memory and how many of them are critical.
    pub(super) fn determine_outcome(&self, oom: usize, critical: usize) -> Outcome {
        if critical > 0 {
            Outcome::Terminated(CollapseCause::CriticalOom)
        } else if oom >= self.scenario.oom_limit {
            Outcome::Terminated(CollapseCause::OomLimit)
        } else if self.mean_load() > OVERLOAD {
            Outcome::Terminated(CollapseCause::Overload)
        } else if self.time >= self.scenario.max_steps {
            Outcome::Truncated
        } else {
            Outcome::Running
        }
    }
}
