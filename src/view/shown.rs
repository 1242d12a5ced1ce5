//! What of the run is shown: which cluster, and which of its moments. Everything that is drawn asks here, so that a look
//! back shows the past in all its parts.

use crate::cluster::Cluster;
use crate::tick::{Frame, LiveCluster, Pace, Roster, Tape};
use bevy::ecs::entity::Entity;
use bevy::ecs::prelude::{Query, Res, Resource};
use bevy::ecs::system::SystemParam;

/// Where people look. The overlay and the keys set it.
#[derive(Resource, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Playhead {
    /// Place in the roster of the cluster in focus.
    pub cluster: usize,
    /// Number of the frame on its tape that is looked back at; none for the present.
    pub at: Option<u64>,
}

/// A moment: the cluster in focus and the number of its frame. Two equal ones look the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The cluster.
    pub cluster: Entity,
    /// Number of the frame on its tape.
    pub frame: u64,
}

/// What is shown now.
#[derive(SystemParam)]
pub struct Shown<'w, 's> {
    playhead: Res<'w, Playhead>,
    pace: Res<'w, Pace>,
    roster: Res<'w, Roster>,
    clusters: Query<'w, 's, (&'static LiveCluster, &'static Tape)>,
}

impl Shown<'_, '_> {
    /// Cluster and agent in focus.
    pub fn entities(&self) -> Option<(Entity, Entity)> {
        self.roster.0.get(self.playhead.cluster).or(self.roster.0.first()).copied()
    }

    /// The cluster in focus as it is at present. Its size and constants are those of all its moments.
    pub fn cluster(&self) -> Option<&Cluster> {
        Some(&self.clusters.get(self.entities()?.0).ok()?.0.0)
    }

    /// The tape of the cluster in focus.
    pub fn tape(&self) -> Option<&Tape> {
        Some(self.clusters.get(self.entities()?.0).ok()?.1)
    }

    /// Which moment it is. A moment that has left the tape is the oldest that is kept.
    pub fn moment(&self) -> Option<Moment> {
        let range = self.tape()?.range();
        let last = range.end.checked_sub(1)?;
        let frame = self.playhead.at.map_or(last, |at| at.clamp(range.start, last));
        Some(Moment { cluster: self.entities()?.0, frame })
    }

    /// The moment itself.
    pub fn frame(&self) -> Option<&Frame> {
        self.tape()?.get(self.moment()?.frame)
    }

    /// The moment before it in the same episode, if there is one on the tape.
    pub fn before(&self) -> Option<&Frame> {
        let before = self.tape()?.get(self.moment()?.frame.checked_sub(1)?)?;
        (before.episode == self.frame()?.episode).then_some(before)
    }

    /// Whether the past is looked at.
    pub fn is_past(&self) -> bool {
        self.playhead.at.is_some()
    }

    /// How far the picture has come from the moment before to this one, 0 to 1.
    pub fn share(&self) -> f32 {
        if self.is_past() { 1.0 } else { self.pace.between_ticks() }
    }
}
