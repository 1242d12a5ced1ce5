//! Two policies side by side on the same episodes. The first to end an episode waits for the other; then both begin the next.

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

/// The score of a comparison of two policies. Exists only in such a run.
#[derive(Resource, Debug, Clone, Default, PartialEq)]
pub struct Scoreboard {
    /// The two policies, in the order of [`ClusterOrder`].
    pub sides: Vec<ComparisonSide>,
    /// Episodes that both survived equally long.
    pub ties: u64,
}

/// The score of one policy.
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
    /// Episodes that this policy survived longer than the other.
    pub wins: u64,
    /// Steps survived in an episode that the other still plays.
    pub(super) waiting_at: Option<usize>,
}

impl ComparisonSide {
    /// Mean steps survived; none before the first episode has ended.
    pub fn mean_survival(&self) -> Option<f64> {
        (self.episodes > 0).then(|| self.survived as f64 / self.episodes as f64)
    }

    /// Whether it waits for the other to end the episode.
    pub fn is_waiting(&self) -> bool {
        self.waiting_at.is_some()
    }
}

impl Scoreboard {
    /// An empty scoreboard for these policies.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        let sides = names.into_iter().map(|name| ComparisonSide { name, ..ComparisonSide::default() });
        Self { sides: sides.collect(), ties: 0 }
    }

    /// Whether both scoreboards compare the same policies.
    pub(super) fn has_same_sides(&self, other: &Self) -> bool {
        self.sides.iter().map(|side| &side.name).eq(other.sides.iter().map(|side| &side.name))
    }

    /// Counts an episode of side `index`.
    fn end_episode(&mut self, index: usize, steps: usize, collapsed: bool) {
        let side = &mut self.sides[index];
        side.episodes += 1;
        side.collapses += u64::from(collapsed);
        side.survived += steps as u64;
        side.waiting_at = Some(steps);
        let Some(ended) = self.sides.iter().map(|side| side.waiting_at).collect::<Option<Vec<_>>>() else { return };
        let longest = ended.iter().copied().max();
        let winners: Vec<_> = (0..ended.len()).filter(|side| Some(ended[*side]) == longest).collect();
        match winners[..] {
            [winner] => self.sides[winner].wins += 1,
            _ => self.ties += 1,
        }
        self.sides.iter_mut().for_each(|side| side.waiting_at = None);
    }
}

/// Selects the clusters that take part in this tick: those whose episode is running; once none is, all of them.
pub(super) fn select_active(
    cluster_order: Res<ClusterOrder>,
    mut active_clusters: ResMut<ActiveClusters>,
    clusters: Query<&LiveCluster>,
) {
    let is_running = |(cluster, _): &&(_, _)| clusters.get(*cluster).is_ok_and(|live| !live.0.outcome().is_over());
    active_clusters.0.clear();
    active_clusters.0.extend(cluster_order.0.iter().filter(is_running));
    if active_clusters.0.is_empty() {
        active_clusters.0.extend(&cluster_order.0);
    }
}

/// Counts the episodes that ended in this tick.
pub(super) fn score(
    cluster_order: Res<ClusterOrder>,
    active_clusters: Res<ActiveClusters>,
    mut board: ResMut<Scoreboard>,
    clusters: Query<&LiveCluster>,
    agents: Query<&ActionResult>,
) -> Result {
    for (index, pair) in cluster_order.0.iter().enumerate() {
        let outcome = agents.get(pair.1)?.step.outcome;
        if outcome.is_over() && active_clusters.0.contains(pair) {
            board.end_episode(index, clusters.get(pair.0)?.0.time(), outcome.is_collapse());
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
