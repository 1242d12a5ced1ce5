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
        ProphetLabel::Survival => prophet.longest_horizon(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Observation;
    use crate::simulation::{ActionResult, Decision, Forecast, Observations, PilotInputs, ProphetInputs, Simulation};
    use crate::storage::{Checkpoint, ResumePoint, RunFolder, TrainingState};
    use xxhash_rust::xxh3::xxh3_64_with_seed;

    /// A state in the middle of a drive, written by this version of the format.
    const STATE: &[u8] = include_bytes!("../../../tests/corpus/checkpoint/state-0.rsnt");

    #[test]
    fn what_this_version_wrote_is_read_into_the_places_it_was_taken_from() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("state.rsnt");
        std::fs::write(&path, STATE).unwrap();
        let checkpoint = Checkpoint::load(&path).unwrap();
        let state = TrainingState::load(&path, largest_state(&checkpoint.settings)).unwrap().unwrap();
        let written: SavedRun<'_> = state.unpack(1 << 20).unwrap();
        let (ticks, model) = (state.positions.ticks, checkpoint.model.clone());
        let simulation = Simulation::prepare(checkpoint.settings.clone(), 1).unwrap();
        let folder = RunFolder::create(&place.path().join("run"), simulation.settings()).unwrap();
        let mut world = World::new();
        simulation.resume(&ResumePoint { path, checkpoint, state }).unwrap().start(&mut world, Some(folder));

        let (cluster, agent) = world.resource::<ClusterOrder>().0[0];
        let (live, episode) = (&component::<LiveCluster>(&world, cluster).0, component::<Episode>(&world, cluster));
        // Every number of the cluster: its hash is that of the last moment of its log.
        let action_log = component::<FrameHistory>(&world, cluster).action_log().unwrap();
        let last = action_log.moments() - 1;
        let mut bytes = Vec::new();
        live.write_state(&mut bytes);
        assert_eq!(Some(xxh3_64_with_seed(&bytes, action_log.hash(last - 1).unwrap())), action_log.hash(last));
        // What the rest says of it.
        let mut seen = Observation::default();
        live.observe(&mut seen);
        let (observations, pilot_inputs) =
            (component::<Observations>(&world, agent), component::<PilotInputs>(&world, agent));
        let (prophet_inputs, action_result) =
            (component::<ProphetInputs>(&world, agent), component::<ActionResult>(&world, agent));
        assert_eq!(
            (observations.next, live.time(), action_result.step.outcome),
            (seen, episode.steps as usize, live.outcome())
        );
        assert_ne!(observations.now, observations.next);
        assert_eq!(
            (pilot_inputs.now.numbers(35), pilot_inputs.next.numbers(35)),
            (&observations.now.0[..], &observations.next.0[..])
        );
        assert_eq!(prophet_inputs.now.numbers(5), observations.now.statistics());
        assert_eq!(pilot_inputs.encoder.belief().unwrap().now(), live.time());
        let (decision, forecast) = (component::<Decision>(&world, agent), component::<Forecast>(&world, agent));
        assert_eq!(Some(&decision.choice.action), action_log.actions().last());
        assert!(decision.manual && episode.manual > 0 && f64::from(forecast.risk()) <= episode.risk.max());
        assert!(decision.choice.effective_epsilon <= decision.epsilon);
        assert!((live.mean_load() - episode.load.max).abs() < 0.2 && episode.load.count == episode.steps);
        assert!(action_result.effect.spent <= episode.spent);
        let drive = world.resource::<ManualControl>().drive().unwrap();
        assert_eq!((drive.actions.len(), drive.since() < live.time(), drive.rivals().len()), (1, true, 2));
        assert!(drive.rivals().iter().all(|rival| rival.cluster().episode_seed() == live.episode_seed()));
        let learner = &world.resource::<ActiveLearner>().0;
        assert_eq!((world.resource::<RunStats>().ticks, learner.steps(), learner.model()), (ticks, model.steps, model));
        // And all of it, taken from there again, is what was written.
        let again = saved_run(&world);
        assert!(again.environments == written.environments && again.stats == written.stats);
        assert!(again.takeover == written.takeover && again.report == written.report);
        let bytes_of = |run: &SavedRun<'_>| {
            let mut bytes = Vec::new();
            crate::schema::write(run, &mut bytes).unwrap();
            bytes
        };
        assert!(bytes_of(&again) == bytes_of(&written));
    }
}
