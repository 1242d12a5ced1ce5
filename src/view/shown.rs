//! The cluster and the moment that are shown. Everything drawn asks here, so that a look back shows the past in every
//! part.

use crate::cluster::Cluster;
use crate::simulation::{Cause, ClusterOrder, Frame, FrameHistory, LiveCluster, Pace};
use bevy::ecs::entity::Entity;
use bevy::ecs::prelude::{Query, Res, Resource, SystemSet};
use bevy::ecs::system::SystemParam;
use std::ops::Range;

/// The view's systems, which run after the frame's ticks and so show the present.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ViewSystems;

/// The cluster and the moment that people look at, live or in the past. The overlay and the keys set it.
#[derive(Resource, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Playhead {
    /// Index of the cluster in focus.
    pub cluster: usize,
    /// Number of the past frame that is shown; none for the present.
    pub at: Option<u64>,
}

impl Playhead {
    /// Index of the cluster in focus.
    pub fn focus_index(self, cluster_order: &ClusterOrder) -> usize {
        if self.cluster < cluster_order.0.len() { self.cluster } else { 0 }
    }

    /// Cluster and agent in focus.
    pub fn entities(self, cluster_order: &ClusterOrder) -> Option<(Entity, Entity)> {
        cluster_order.0.get(self.focus_index(cluster_order)).copied()
    }

    /// Number of the frame that is shown; the oldest in the history if it has been dropped.
    pub fn frame(self, frame_history: &FrameHistory) -> Option<u64> {
        let range = frame_history.range();
        let last = range.end.checked_sub(1)?;
        Some(self.at.map_or(last, |at| at.clamp(range.start, last)))
    }
}

/// Number of the first frame at `tick` or later; the end of the history if there is none.
pub fn first_frame_since(frame_history: &FrameHistory, tick: u64) -> u64 {
    let Range { start: mut low, end: mut high } = frame_history.range();
    while low < high {
        let middle = low.midpoint(high);
        match frame_history.get(middle).is_some_and(|frame| frame.tick < tick) {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    low
}

/// A move of the playhead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimelineMove {
    /// To the frame of this number.
    To(u64),
    /// One moment back.
    Back,
    /// One moment forward.
    Forward,
    /// To the previous mark.
    PreviousMark,
    /// To the next mark.
    NextMark,
    /// To the present, or the end of a recording.
    Live,
}

/// A moment of a cluster: equal moments look the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownMoment {
    /// The cluster.
    pub cluster: Entity,
    /// Number of the frame in its history.
    pub frame: u64,
}

/// The cluster and the moment that are shown, and their neighbours.
#[derive(SystemParam)]
pub struct Shown<'w, 's> {
    playhead: Res<'w, Playhead>,
    pace: Res<'w, Pace>,
    cluster_order: Res<'w, ClusterOrder>,
    clusters: Query<'w, 's, (&'static LiveCluster, &'static FrameHistory)>,
}

impl Shown<'_, '_> {
    /// Cluster and agent in focus.
    pub fn entities(&self) -> Option<(Entity, Entity)> {
        self.playhead.entities(&self.cluster_order)
    }

    /// The present state of the cluster in focus. Its size and scenario hold for every moment.
    pub fn cluster(&self) -> Option<&Cluster> {
        Some(&self.clusters.get(self.entities()?.0).ok()?.0.0)
    }

    /// The frame history of the cluster in focus.
    pub fn frame_history(&self) -> Option<&FrameHistory> {
        Some(self.clusters.get(self.entities()?.0).ok()?.1)
    }

    /// The moment that is shown.
    pub fn moment(&self) -> Option<ShownMoment> {
        Some(ShownMoment { cluster: self.entities()?.0, frame: self.playhead.frame(self.frame_history()?)? })
    }

    /// The frame that is shown.
    pub fn frame(&self) -> Option<&Frame> {
        self.frame_of(self.moment()?)
    }

    /// The previous frame of the same episode, if the history has it.
    pub fn previous_frame(&self) -> Option<&Frame> {
        self.previous_frame_of(self.moment()?)
    }

    /// Index of the cluster in focus.
    pub fn focus_index(&self) -> usize {
        self.playhead.focus_index(&self.cluster_order)
    }

    /// Number of clusters.
    pub fn clusters(&self) -> usize {
        self.cluster_order.0.len()
    }

    /// The cluster with this index.
    pub fn entity_of(&self, index: usize) -> Option<Entity> {
        self.cluster_order.0.get(index).map(|(cluster, _)| *cluster)
    }

    /// The moment of the cluster with this index that goes with the one shown: its latest, or in the past that of the
    /// same tick.
    pub fn moment_of(&self, index: usize) -> Option<ShownMoment> {
        if index == self.focus_index() {
            return self.moment();
        }
        let cluster = self.cluster_order.0.get(index)?.0;
        let frame_history = self.frame_history_of(cluster)?;
        let range = frame_history.range();
        let mut frame = range.end.checked_sub(1)?;
        if self.is_past() {
            frame = first_frame_since(frame_history, self.frame()?.tick + 1).saturating_sub(1).max(range.start);
        }
        Some(ShownMoment { cluster, frame })
    }

    /// The frame history of a cluster.
    pub fn frame_history_of(&self, cluster: Entity) -> Option<&FrameHistory> {
        Some(self.clusters.get(cluster).ok()?.1)
    }

    /// The frame of a moment.
    pub fn frame_of(&self, moment: ShownMoment) -> Option<&Frame> {
        self.frame_history_of(moment.cluster)?.get(moment.frame)
    }

    /// The previous frame of the same episode, if the history has it.
    pub fn previous_frame_of(&self, moment: ShownMoment) -> Option<&Frame> {
        let frame_history = self.frame_history_of(moment.cluster)?;
        let before = frame_history.get(moment.frame.checked_sub(1)?)?;
        (before.episode == frame_history.get(moment.frame)?.episode).then_some(before)
    }

    /// The Prophet's latest risk at a moment; 0 before the first forecast of the episode.
    pub fn risk_of(&self, moment: ShownMoment) -> f32 {
        let Some(frame_history) = self.frame_history_of(moment.cluster) else { return 0.0 };
        let Some(now) = frame_history.get(moment.frame) else { return 0.0 };
        let mut frames =
            (frame_history.range().start..=moment.frame).rev().map_while(|number| frame_history.get(number));
        let latest = frames.find(|frame| frame.episode != now.episode || frame.cause == Cause::Tick);
        latest.filter(|frame| frame.episode == now.episode).map_or(0.0, |frame| frame.forecast.risk())
    }

    /// Whether a past moment is shown.
    pub fn is_past(&self) -> bool {
        self.playhead.at.is_some()
    }

    /// Whether time runs and the present is shown.
    pub fn is_live(&self) -> bool {
        self.pace.running && !self.is_past()
    }

    /// Whether the picture blends two moments, or is about to. Paused, in the past and at full speed it does not.
    pub fn is_gliding(&self) -> bool {
        self.progress() < 1.0 || (self.is_live() && self.pace.speed.is_finite())
    }

    /// Blend from the previous moment to this one, 0 to 1.
    pub fn progress(&self) -> f32 {
        if self.is_past() { 1.0 } else { self.pace.between_ticks() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use crate::simulation::{ChartHistory, Simulation, schedule, tick};
    use crate::storage::RunFolder;
    use bevy::ecs::system::RunSystemOnce;
    use bevy::ecs::world::World;

    fn world(ticks: u64) -> World {
        let mut world = World::new();
        world.add_schedule(schedule());
        world.insert_resource(ChartHistory::default());
        world.insert_resource(Pace::new(1.0));
        world.init_resource::<Playhead>();
        let mut settings = Settings::default();
        for (path, value) in [("run.clusters", "2"), ("cluster.max_steps", "30"), ("run.seed", "4")] {
            settings.set(path, value).expect("a good value");
        }
        Simulation::prepare(settings, 1).expect("good settings").start(&mut world, None::<RunFolder>);
        (0..ticks).for_each(|_| tick(&mut world));
        world
    }

    #[test]
    fn clusters_side_by_side_show_the_same_tick() {
        let mut world = world(75);
        for at in [None, Some(0), Some(20), Some(40), Some(70)] {
            *world.resource_mut::<Playhead>() = Playhead { cluster: 1, at };
            let ticks = world.run_system_once(move |shown: Shown| {
                let (focus, other) = (shown.frame()?.tick, shown.moment_of(0)?);
                let own = shown.moment_of(1)?;
                (Some(own) == shown.moment()).then_some((focus, shown.frame_of(other)?.tick))
            });
            let (focus, other) = ticks.expect("a system").expect("both histories have frames");
            assert_eq!(focus, other, "looking at {at:?}");
        }
    }

    #[test]
    fn the_risk_is_that_of_the_last_tick_of_the_episode() {
        let mut world = world(40);
        let risks = world.run_system_once(|shown: Shown| {
            let frame_history = shown.frame_history()?;
            let cluster = shown.entities()?.0;
            let risks = frame_history.frames().map(|(frame, _)| shown.risk_of(ShownMoment { cluster, frame }));
            Some(risks.zip(frame_history.frames().map(|(_, frame)| frame.clone())).collect::<Vec<_>>())
        });
        let risks = risks.expect("a system").expect("a history");
        assert!(risks.iter().filter(|(_, frame)| frame.cause == Cause::Start).count() >= 2);
        for (risk, frame) in risks {
            let expected = if frame.cause == Cause::Tick { frame.forecast.risk() } else { 0.0 };
            assert_eq!(risk, expected);
        }
    }
}
