//! Two policies side by side on the same episodes, in step. Who is done waits for the other, and then both begin the next.

use super::{ActionResult, ActiveClusters, ClusterOrder, LiveCluster};
use bevy_ecs::component::Component;
use bevy_ecs::error::Result;
use bevy_ecs::prelude::{Query, Res, ResMut, Resource};

/// A cluster whose policy is compared with that of another cluster.
#[derive(Component, Debug, Clone, PartialEq, Eq)]
pub struct ComparedPolicy {
    /// The policy, named as in `run.policy`.
    pub name: String,
}

/// How the comparison stands. Exists only where two policies are compared.
#[derive(Resource, Debug, Clone, Default, PartialEq)]
pub struct Scoreboard {
    /// The contenders, in the order of the roster.
    pub sides: Vec<ComparisonSide>,
    /// Episodes that both have ended and survived equally long.
    pub ties: u64,
}

/// What one contender has done so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ComparisonSide {
    /// The policy.
    pub name: String,
    /// Episodes ended.
    pub episodes: u64,
    /// Those that ended in a collapse.
    pub collapses: u64,
    /// Steps survived in all of them.
    pub survived: u64,
    /// Episodes that both have ended and that this one survived longer.
    pub wins: u64,
    /// Steps survived in the episode that the other still plays.
    pub(super) waits: Option<usize>,
}

impl ComparisonSide {
    /// Mean steps survived; none before the first end of an episode.
    pub fn mean_survival(&self) -> Option<f64> {
        (self.episodes > 0).then(|| self.survived as f64 / self.episodes as f64)
    }

    /// Whether it waits for the other.
    pub fn is_waiting(&self) -> bool {
        self.waits.is_some()
    }
}

impl Scoreboard {
    /// A scoreboard on which nothing is written yet.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        let sides = names.into_iter().map(|name| ComparisonSide { name, ..ComparisonSide::default() });
        Self { sides: sides.collect(), ties: 0 }
    }

    /// Whether the same contenders meet on both.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.sides.iter().map(|side| &side.name).eq(other.sides.iter().map(|side| &side.name))
    }

    /// Side `at` has ended an episode.
    fn end_episode(&mut self, at: usize, steps: usize, collapsed: bool) {
        let side = &mut self.sides[at];
        side.episodes += 1;
        side.collapses += u64::from(collapsed);
        side.survived += steps as u64;
        side.waits = Some(steps);
        let Some(ended) = self.sides.iter().map(|side| side.waits).collect::<Option<Vec<_>>>() else { return };
        let longest = ended.iter().copied().max();
        let winners: Vec<_> = (0..ended.len()).filter(|side| Some(ended[*side]) == longest).collect();
        match winners[..] {
            [winner] => self.sides[winner].wins += 1,
            _ => self.ties += 1,
        }
        self.sides.iter_mut().for_each(|side| side.waits = None);
    }
}

/// Who is done waits; once all are done, all play on.
pub(super) fn select_active(
    cluster_order: Res<ClusterOrder>,
    mut active_clusters: ResMut<ActiveClusters>,
    clusters: Query<&LiveCluster>,
) {
    let goes_on = |(cluster, _): &&(_, _)| clusters.get(*cluster).is_ok_and(|live| !live.0.outcome().is_over());
    active_clusters.0.clear();
    active_clusters.0.extend(cluster_order.0.iter().filter(goes_on));
    if active_clusters.0.is_empty() {
        active_clusters.0.extend(&cluster_order.0);
    }
}

/// Writes the episodes that ended in this tick on the scoreboard.
pub(super) fn score(
    cluster_order: Res<ClusterOrder>,
    active_clusters: Res<ActiveClusters>,
    mut board: ResMut<Scoreboard>,
    clusters: Query<&LiveCluster>,
    agents: Query<&ActionResult>,
) -> Result {
    for (at, pair) in cluster_order.0.iter().enumerate() {
        let outcome = agents.get(pair.1)?.step.outcome;
        if outcome.is_over() && active_clusters.0.contains(pair) {
            board.end_episode(at, clusters.get(pair.0)?.0.time(), outcome.is_collapse());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_survivor_of_an_episode_wins_it_once_both_are_done() {
        let mut board = Scoreboard::new(["a".to_owned(), "b".to_owned()]);
        board.end_episode(1, 80, true);
        assert!(board.sides[1].is_waiting() && board.sides[1].wins == 0);
        board.end_episode(0, 300, false);
        assert!(!board.sides[1].is_waiting());
        board.end_episode(0, 50, true);
        board.end_episode(1, 50, true);
        let [a, b] = &board.sides[..] else { panic!("two sides") };
        assert_eq!((a.episodes, a.collapses, a.wins, a.mean_survival()), (2, 1, 1, Some(175.0)));
        assert_eq!((b.episodes, b.collapses, b.wins, b.mean_survival()), (2, 2, 0, Some(65.0)));
        assert_eq!(board.ties, 1);
    }
}
