//! Black boxes: what is kept of a cluster that collapsed.

use super::{
    ActiveSettings, Cause, ClusterIndex, Episode, EventKind, EventLog, Frame, Journal, LiveCluster, Playing, Tally,
    Tape, Verdict,
};
use crate::blackbox::{BlackBox, Moment, Thought, TraceIdentity};
use bevy::ecs::error::Result;
use bevy::ecs::prelude::{Query, Res, ResMut};
use std::path::Path;

/// Bytes of the frames that a black box tells in full at most: of large clusters it tells fewer ticks.
const MOST_BYTES: usize = 8 << 20;

/// A black box of every cluster that collapsed in this tick.
pub(super) fn keep(
    playing: Res<Playing>,
    settings: Res<ActiveSettings>,
    tally: Res<Tally>,
    mut journal: ResMut<Journal>,
    mut log: Option<ResMut<EventLog>>,
    clusters: Query<(&LiveCluster, &Episode, &ClusterIndex, &Tape)>,
    agents: Query<&Verdict>,
) -> Result {
    let outcome = |agent| agents.get(agent).map(|verdict| verdict.step.outcome);
    let ended = playing.0.iter().filter(|(_, agent)| outcome(*agent).is_ok_and(|outcome| outcome.is_over()));
    let first = tally.episodes - ended.clone().count() as u64;
    let run = &settings.0.run;
    for (number, (cluster, agent)) in (first..).zip(ended) {
        let (cluster, episode, index, tape) = clusters.get(*cluster)?;
        let Some(course) = tape.course().filter(|_| outcome(*agent).is_ok_and(|outcome| outcome.is_collapse())) else {
            continue;
        };
        let name = Path::new(&settings.0.trace.file).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let trace = cluster.0.trace_fingerprint().zip(cluster.0.excerpt());
        let cells = cluster.0.cells().cpu.len();
        let most = run.black_box_ticks.min(MOST_BYTES / Frame::bytes(cells)).min(course.moments());
        let mut moments: Vec<Moment> = tape
            .frames()
            .rev()
            .take_while(|(_, frame)| frame.episode == episode.number)
            .take(most)
            .map(|(_, frame)| moment(frame))
            .collect();
        moments.reverse();
        let it = BlackBox {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            settings: settings.0.clone(),
            cluster: index.0 as u64,
            episode: number,
            number: episode.number,
            seed: episode.seed(),
            tick: tally.ticks,
            trace: trace.map(|(fingerprint, excerpt)| (TraceIdentity { name, fingerprint }, excerpt)),
            course: course.clone(),
            moments,
        };
        match it.to_bytes() {
            Ok(bytes) => journal.black_box(number, bytes, run.keep_black_boxes),
            Err(problem) => match &mut log {
                Some(log) => {
                    log.add(tally.ticks, EventKind::Note, format!("no black box of episode {number}: {problem}"));
                }
                None => journal.unboxed(number, &problem),
            },
        }
    }
    Ok(())
}

/// A frame as a black box tells it.
fn moment(frame: &Frame) -> Moment {
    let Frame { forecast, decision, verdict, observation, .. } = frame;
    let thought = Thought {
        observation: *observation,
        risk: forecast.risk,
        q_values: decision.q_values,
        epsilon: decision.epsilon,
        choice: decision.choice,
        effect: verdict.effect,
        reward: verdict.step.reward,
        outcome: verdict.step.outcome,
    };
    Moment {
        tick: frame.tick,
        agent: (frame.agent.0 as u32, frame.agent.1 as u32),
        budget: frame.budget,
        cpu: frame.cpu.clone(),
        mem: frame.mem.clone(),
        priority: frame.priority.clone(),
        thought: (frame.cause == Cause::Tick).then(|| Box::new(thought)),
    }
}

#[cfg(test)]
mod tests {
    use crate::blackbox::Course;
    use crate::cluster::Intervention;
    use crate::record::RunFolder;
    use crate::settings::Settings;
    use crate::tick::{Journal, LiveCluster, Notice, Roster, Simulation, Tape, schedule, tick};
    use bevy::ecs::world::World;

    #[test]
    fn a_run_without_a_window_tells_once_that_an_episode_is_too_long_for_a_black_box() {
        let place = tempfile::tempdir().unwrap();
        let mut settings = Settings::default();
        settings.run.policy = "idle".to_owned();
        let simulation = Simulation::prepare(settings, 1).unwrap();
        let folder = RunFolder::create(&place.path().join("run"), simulation.settings()).unwrap();
        let mut world = World::new();
        world.add_schedule(schedule());
        simulation.start(&mut world, Some(folder));
        let cluster = world.resource::<Roster>().0[0].0;
        for _ in 0..3 {
            tick(&mut world);
            // As after a million moments.
            let mut course = serde_json::to_value(world.get::<Tape>(cluster).unwrap().course().unwrap()).unwrap();
            course["cut"] = true.into();
            let course: Course = serde_json::from_value(course).unwrap();
            world.entity_mut(cluster).insert(Tape::new(9).with(Some(course)));
            let mut live = world.get_mut::<LiveCluster>(cluster).unwrap();
            (0..36).for_each(|cell| live.0.intervene(&Intervention::Kill { cell }));
            tick(&mut world);
        }
        let mut journal = world.resource_mut::<Journal>();
        let told = journal.take_notice();
        assert!(matches!(&told, Some(Notice::Note(told)) if told.contains("more than 1000000 moments")), "{told:?}");
        assert_eq!(journal.take_notice(), None);
        assert!(!place.path().join("run/blackbox").exists());
    }
}
