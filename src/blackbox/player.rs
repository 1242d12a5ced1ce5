//! Playing the course of an episode again.

use super::course::{Course, Link, Outside, link};
use crate::cluster::{Action, Cluster, Effect, Intervention, Observation, Step};

/// What brought a moment about, with what it brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Deed {
    /// The episode began.
    Start,
    /// The agent acted, and time passed.
    Act {
        /// Its action.
        action: Action,
        /// What the action did.
        effect: Effect,
        /// How it was judged.
        step: Step,
    },
    /// A person intervened.
    Intervene(Intervention),
}

/// A moment that was played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Played {
    /// What brought it about.
    pub deed: Deed,
    /// What the agent saw before it.
    pub observation: Observation,
    /// Its link in the chain.
    pub link: Link,
}

/// Plays a course, moment by moment.
#[derive(Debug)]
pub struct Player<'a> {
    cluster: Cluster,
    course: &'a Course,
    /// Moments played.
    moments: usize,
    /// How many of the agent's actions and of the other deeds are done.
    actions: usize,
    outside: usize,
    link: Link,
    scratch: Vec<u8>,
}

impl<'a> Player<'a> {
    /// A player of the episode of `seed` in `cluster`, whose scenario, rewards and load are those of the course.
    pub fn new(mut cluster: Cluster, course: &'a Course, seed: u64) -> Self {
        cluster.set_max_steps(usize::try_from(course.max_steps).unwrap_or(usize::MAX));
        cluster.reset(seed);
        Self { cluster, course, moments: 0, actions: 0, outside: 0, link: 0, scratch: Vec::new() }
    }

    /// The cluster after the moment played last.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The cluster, to go on from here.
    pub fn into_cluster(self) -> Cluster {
        self.cluster
    }

    /// Moments played so far.
    pub fn moments(&self) -> usize {
        self.moments
    }

    /// Steps of the agent played so far.
    pub fn steps(&self) -> usize {
        self.actions
    }

    fn deed(&mut self) -> Deed {
        if self.moments == 0 {
            return Deed::Start;
        }
        while let Some((at, outside)) = self.course.outside.get(self.outside) {
            if *at > self.moments as u64 {
                break;
            }
            self.outside += 1;
            match outside {
                Outside::MaxSteps(steps) => {
                    self.cluster.set_max_steps(usize::try_from(*steps).unwrap_or(usize::MAX));
                }
                Outside::Intervention(intervention) => {
                    self.cluster.intervene(intervention);
                    return Deed::Intervene(*intervention);
                }
            }
        }
        // A course has as many links as deeds and one more, which is checked where courses come from.
        let action = self.course.actions.get(self.actions).copied().unwrap_or(Action::Up);
        self.actions += 1;
        let effect = self.cluster.act(action);
        self.cluster.decay();
        let step = self.cluster.judge(&effect);
        Deed::Act { action, effect, step }
    }
}

impl Iterator for Player<'_> {
    type Item = Played;

    fn next(&mut self) -> Option<Played> {
        if self.moments >= self.course.moments() {
            return None;
        }
        let mut observation = Observation::default();
        self.cluster.observe(&mut observation);
        let deed = self.deed();
        self.moments += 1;
        self.link = link(self.link, &self.cluster, &mut self.scratch);
        Some(Played { deed, observation, link: self.link })
    }
}
