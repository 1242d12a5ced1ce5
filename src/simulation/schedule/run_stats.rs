//! Counters of a run, for progress displays and summaries.

use crate::learning::ForecastSkill;
use bevy_ecs::resource::Resource;
use std::collections::VecDeque;

/// Episodes over which the recent figures are taken.
const RECENT: usize = 100;

/// What a run has done so far.
#[derive(Resource, Debug, Clone, Default)]
pub struct RunStats {
    /// Ticks run.
    pub ticks: u64,
    /// Episodes ended.
    pub episodes: u64,
    /// Episodes that ended in a collapse.
    pub collapses: u64,
    /// Steps survived and whether it collapsed, of the last episodes.
    pub(in crate::simulation) recent: VecDeque<(u32, bool)>,
    /// Mean risk over the clusters at the last tick.
    pub risk: f64,
    /// Mean effective epsilon over the agents at the last tick.
    pub effective_epsilon: f64,
    /// How good the latest forecasts were, when the last episode ended.
    pub skill: Option<ForecastSkill>,
}

impl RunStats {
    /// Whether the counters are consistent.
    pub(in crate::simulation) fn is_consistent(&self) -> bool {
        let counted = self.ticks < 1 << 60 && self.episodes < 1 << 60 && self.collapses <= self.episodes;
        counted && self.recent.len() as u64 == self.episodes.min(RECENT as u64)
    }

    /// Counts an episode.
    pub fn end_episode(&mut self, steps: u32, collapsed: bool) {
        self.episodes += 1;
        self.collapses += u64::from(collapsed);
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((steps, collapsed));
    }

    /// Mean steps survived over the last 100 episodes; none before the first.
    pub fn recent_survival(&self) -> Option<f64> {
        let steps: u64 = self.recent.iter().map(|(steps, _)| u64::from(*steps)).sum();
        (!self.recent.is_empty()).then(|| steps as f64 / self.recent.len() as f64)
    }

    /// Share of the last 100 episodes that collapsed; none before the first.
    pub fn recent_collapse_rate(&self) -> Option<f64> {
        let collapsed = self.recent.iter().filter(|(_, collapsed)| *collapsed).count();
        (!self.recent.is_empty()).then(|| collapsed as f64 / self.recent.len() as f64)
    }
}
