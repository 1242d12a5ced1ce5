//! The state of a run as files hold it, and back: everything that decides its future except settings and model.

use crate::learning::{Pilot, Prophet};
use crate::schema::{
    Finite, SavedComparison, SavedComparisonSide, SavedEnvironment, SavedEpisode, SavedRun, SavedRunStats, SavedSum,
};
use crate::settings::{ProphetLabel, Settings};
use crate::simulation::lifecycle::saved_agent::{component, saved_agent};
use crate::simulation::schedule::episode::SumAndMax;
use crate::simulation::takeover::state::{saved_report, saved_takeover};
use crate::simulation::{
    ActiveLearner, ActiveSettings, ClusterOrder, ComparisonSide, Episode, FrameHistory, LiveCluster, ManualControl,
    RunStats, Scoreboard,
};
use bevy_ecs::world::World;

/// The state of the run in `world`.
pub(in crate::simulation) fn saved_run(world: &World) -> SavedRun<'_> {
    let (cluster_order, manual_control) = (world.resource::<ClusterOrder>(), world.resource::<ManualControl>());
    let ticks = world.resource::<ActiveSettings>().0.run.black_box_ticks;
    let environments = cluster_order.0.iter().map(|(cluster, agent)| SavedEnvironment {
        cluster: component::<LiveCluster>(world, *cluster).0.snapshot(),
        agent: saved_agent(world, *agent),
        episode: component::<Episode>(world, *cluster).to_saved(),
        frame_history: component::<FrameHistory>(world, *cluster).to_saved(ticks),
    });
    SavedRun {
        environments: environments.collect(),
        stats: world.resource::<RunStats>().to_saved(),
        comparison: world.get_resource().map(Scoreboard::to_saved),
        takeover: manual_control.drive.as_ref().and_then(|drive| saved_takeover(drive, cluster_order)),
        report: manual_control.report.as_ref().map(saved_report),
        learner: world.resource::<ActiveLearner>().0.snapshot(),
    }
}

impl SumAndMax {
    fn to_saved(self) -> SavedSum {
        let Self { sum, max, count } = self;
        SavedSum { sum: Finite(sum), max: Finite(max), count }
    }

    fn from_saved(saved: SavedSum) -> Self {
        let SavedSum { sum, max, count } = saved;
        Self { sum: sum.0, max: max.0, count }
    }
}

impl Episode {
    fn to_saved(&self) -> SavedEpisode {
        let Self { root, number, steps, reward, load, risk, epsilon, handed_over, manual, spent } = *self;
        SavedEpisode {
            root_seed: root,
            number,
            steps,
            reward: reward.into(),
            load: load.to_saved(),
            risk: risk.to_saved(),
            effective_epsilon: epsilon.to_saved(),
            guided: handed_over,
            manual,
            spent: Finite(spent),
        }
    }

    /// The episode that was saved.
    pub(in crate::simulation) fn from_saved(saved: SavedEpisode) -> Self {
        let SavedEpisode { root_seed, number, steps, reward, load, risk, effective_epsilon, guided, manual, spent } =
            saved;
        Self {
            root: root_seed,
            number,
            steps,
            reward: reward.into(),
            load: SumAndMax::from_saved(load),
            risk: SumAndMax::from_saved(risk),
            epsilon: SumAndMax::from_saved(effective_epsilon),
            handed_over: guided,
            manual,
            spent: spent.0,
        }
    }
}

impl RunStats {
    fn to_saved(&self) -> SavedRunStats {
        let Self { ticks, episodes, collapses, recent, risk, effective_epsilon, skill } = self;
        SavedRunStats {
            ticks: *ticks,
            episodes: *episodes,
            collapses: *collapses,
            recent_steps: recent.iter().map(|(steps, _)| *steps).collect(),
            recent_collapsed: recent.iter().map(|(_, collapsed)| u8::from(*collapsed)).collect(),
            risk: Finite(*risk),
            effective_epsilon: Finite(*effective_epsilon),
            skill: skill.map(Into::into),
        }
    }

    /// The saved counters; none if they are inconsistent.
    pub(in crate::simulation) fn from_saved(saved: SavedRunStats) -> Option<Self> {
        let SavedRunStats {
            ticks,
            episodes,
            collapses,
            recent_steps,
            recent_collapsed,
            risk,
            effective_epsilon,
            skill,
        } = saved;
        let recent = recent_steps.iter().zip(recent_collapsed.iter().map(|collapsed| collapsed != 0)).collect();
        let (risk, effective_epsilon, skill) = (risk.0, effective_epsilon.0, skill.map(Into::into));
        let stats = Self { ticks, episodes, collapses, recent, risk, effective_epsilon, skill };
        stats.is_consistent().then_some(stats)
    }
}

impl Scoreboard {
    fn to_saved(&self) -> SavedComparison {
        let side = |side: &ComparisonSide| {
            let ComparisonSide { name, episodes, collapses, survived, wins, waiting_at } = side.clone();
            SavedComparisonSide {
                name,
                episodes,
                collapses,
                survived,
                wins,
                waiting_at: waiting_at.map(|steps| steps as u64),
            }
        };
        SavedComparison { sides: self.sides.iter().map(side).collect(), ties: self.ties }
    }

    /// The scoreboard that was saved.
    pub(in crate::simulation) fn from_saved(saved: SavedComparison) -> Self {
        let side = |side: SavedComparisonSide| {
            let SavedComparisonSide { name, episodes, collapses, survived, wins, waiting_at } = side;
            ComparisonSide {
                name,
                episodes,
                collapses,
                survived,
                wins,
                waiting_at: waiting_at.map(|steps| steps as usize),
            }
        };
        Self { sides: saved.sides.0.into_iter().map(side).collect(), ties: saved.ties }
    }
}

/// Upper bound of the size of a run state under these settings, in bytes.
pub fn largest_state(settings: &Settings) -> u64 {
    let (pilot, prophet) = (&settings.pilot, &settings.prophet);
    let weights = |sizes: Vec<usize>| sizes.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum::<usize>() as u64;
    let waiting = match prophet.label {
        ProphetLabel::Horizon => prophet.horizon,
        ProphetLabel::EpisodeOutcome => settings.cluster.max_steps,
    };
    let (cells, waiting, pending) = (settings.cluster.cells() as u64, waiting as u64, pilot.n_step as u64);
    let action_log = 32 * settings.cluster.max_steps as u64 + 80 * settings.run.black_box_ticks as u64;
    let environment = 200 * cells + 200 * waiting + 400 * pending + action_log + (64 << 10);
    let networks = 4 * (4 * weights(Pilot::sizes(pilot)) + 3 * weights(Prophet::sizes(prophet)));
    let memories = 660 * pilot.replay_capacity as u64 + 170 * prophet.replay_capacity as u64;
    // A drive has up to two rivals, each with its own cluster.
    let drive = 2 * (200 * cells + 4 * weights(Pilot::sizes(pilot)) + (64 << 10));
    environment * settings.run.clusters.max(1) as u64 + networks + memories + drive + (8 << 20)
}
