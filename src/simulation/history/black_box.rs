//! Writes a black box of each cluster that collapses.

use crate::blackbox::{AgentRecord, BlackBox, StepRecord, TraceIdentity};
use crate::simulation::{
    ActionResult, ActiveClusters, ActiveSettings, Cause, ClusterIndex, Episode, EventKind, EventLog, Frame,
    FrameHistory, LiveCluster, RunStats, RunWriter,
};
use bevy_ecs::error::Result;
use bevy_ecs::prelude::{Query, Res, ResMut};
use std::path::Path;

/// Most bytes of the frames in a black box: one of a large cluster records fewer ticks in full.
const MAX_FRAME_BYTES: usize = 8 << 20;

/// Writes a black box of every cluster that collapsed in this tick.
pub(in crate::simulation) fn write_black_boxes(
    active_clusters: Res<ActiveClusters>,
    settings: Res<ActiveSettings>,
    stats: Res<RunStats>,
    mut run_writer: ResMut<RunWriter>,
    mut log: Option<ResMut<EventLog>>,
    clusters: Query<(&LiveCluster, &Episode, &ClusterIndex, &FrameHistory)>,
    agents: Query<&ActionResult>,
) -> Result {
    let outcome = |agent| agents.get(agent).map(|action_result| action_result.step.outcome);
    let ended = active_clusters.0.iter().filter(|(_, agent)| outcome(*agent).is_ok_and(|outcome| outcome.is_over()));
    let first = stats.episodes - ended.clone().count() as u64;
    let run = &settings.0.run;
    for (number, (cluster, agent)) in (first..).zip(ended) {
        let (cluster, episode, index, frame_history) = clusters.get(*cluster)?;
        let Some(action_log) =
            frame_history.action_log().filter(|_| outcome(*agent).is_ok_and(|outcome| outcome.is_collapse()))
        else {
            continue;
        };
        let name = Path::new(&settings.0.trace.file).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let trace = cluster.0.trace_fingerprint().zip(cluster.0.trace_slice());
        let cells = cluster.0.cells().cpu.len();
        let most = run.black_box_ticks.min(MAX_FRAME_BYTES / Frame::bytes(cells)).min(action_log.moments());
        let mut moments: Vec<StepRecord> = frame_history
            .frames()
            .rev()
            .take_while(|(_, frame)| frame.episode == episode.number)
            .take(most)
            .map(|(_, frame)| step_record(frame))
            .collect();
        moments.reverse();
        let black_box = BlackBox {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            settings: settings.0.clone(),
            cluster: index.0 as u64,
            episode: number,
            number: episode.number,
            seed: episode.seed(),
            tick: stats.ticks,
            trace: trace.map(|(fingerprint, trace_slice)| (TraceIdentity { name, fingerprint }, trace_slice)),
            action_log: action_log.clone(),
            moments,
        };
        match black_box.to_bytes() {
            Ok(bytes) => run_writer.black_box(number, bytes, run.keep_black_boxes),
            Err(problem) => match &mut log {
                Some(log) => {
                    log.add(stats.ticks, EventKind::Note, format!("no black box of episode {number}: {problem}"));
                }
                None => run_writer.note_missing_black_box(number, &problem),
            },
        }
    }
    Ok(())
}

/// A frame as a black box records it.
fn step_record(frame: &Frame) -> StepRecord {
    let Frame { forecast, decision, action_result, observation, .. } = frame;
    let agent_record = AgentRecord {
        observation: *observation,
        forecast: forecast.0,
        q_values: decision.q_values,
        epsilon: decision.epsilon,
        choice: decision.choice,
        effect: action_result.effect,
        reward: action_result.step.reward,
        outcome: action_result.step.outcome,
    };
    StepRecord {
        tick: frame.tick,
        agent: (frame.agent.0 as u32, frame.agent.1 as u32),
        budget: frame.budget,
        cpu: frame.cpu.clone(),
        mem: frame.mem.clone(),
        priority: frame.priority.clone(),
        agent_record: (frame.cause == Cause::Tick).then(|| Box::new(agent_record)),
    }
}

#[cfg(test)]
mod tests {
    use crate::blackbox::ActionLog;
    use crate::cluster::Intervention;
    use crate::settings::Settings;
    use crate::simulation::{
        ClusterOrder, FrameHistory, LiveCluster, RunNotice, RunWriter, Simulation, schedule, tick,
    };
    use crate::storage::RunFolder;
    use bevy_ecs::world::World;

    #[test]
    fn a_run_without_a_window_reports_once_that_an_episode_is_too_long_for_a_black_box() {
        let place = tempfile::tempdir().unwrap();
        let mut settings = Settings::default();
        settings.run.policy = "idle".to_owned();
        let simulation = Simulation::prepare(settings, 1).unwrap();
        let folder = RunFolder::create(&place.path().join("run"), simulation.settings()).unwrap();
        let mut world = World::new();
        world.add_schedule(schedule());
        simulation.start(&mut world, Some(folder));
        let cluster = world.resource::<ClusterOrder>().0[0].0;
        for _ in 0..3 {
            tick(&mut world);
            // As after a million moments.
            let mut log = world.get::<FrameHistory>(cluster).unwrap().action_log().unwrap().to_saved();
            log.cut = true;
            let action_log = ActionLog::from_saved(log).unwrap();
            world.entity_mut(cluster).insert(FrameHistory::new(9).with_restored_log(Some(action_log)));
            let mut live = world.get_mut::<LiveCluster>(cluster).unwrap();
            (0..36).for_each(|cell| live.0.intervene(&Intervention::Kill { cell }));
            tick(&mut world);
        }
        let mut run_writer = world.resource_mut::<RunWriter>();
        let message = run_writer.take_notice();
        assert!(
            matches!(&message, Some(RunNotice::Note(message)) if message.contains("more than 1000000 moments")),
            "{message:?}"
        );
        assert_eq!(run_writer.take_notice(), None);
        assert!(!place.path().join("run/blackbox").exists());
    }
}
