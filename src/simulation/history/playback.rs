//! Playback of a black box: a world for the window in which nothing learns.

use crate::blackbox::{BlackBox, Verification};
use crate::learning::Losses;
use crate::simulation::{
    ActionResult, Cause, ChartHistory, ClusterOrder, Episode, EventKind, EventLog, FrameHistory, LiveCluster, RunStats,
    Simulation, SimulationError, StepPoint, TickPoint,
};
use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;

/// Marks a world that shows a black box: no ticks run and commands have no effect. Its networks are fresh, not those that
/// acted.
#[derive(Resource, Debug, Clone, PartialEq, Eq)]
pub struct Playback {
    /// Episode, scenario and seed.
    pub title: String,
    /// The result of the verification, in a sentence.
    pub verification: String,
}

impl Playback {
    /// Puts a black box into `world`: its cluster as it was at the end, and the frames of the episode.
    ///
    /// # Errors
    /// Invalid settings, or an episode that cannot be shown.
    pub fn start(black_box: &BlackBox, world: &mut World) -> Result<(), String> {
        let (frame_history, cluster) = FrameHistory::from_black_box(black_box)?;
        let verification = match black_box.verify()? {
            Verification::Same { hashes } => format!("the replay confirms all {hashes} states"),
            Verification::Differs(difference) => format!("the replay is another episode: {difference}"),
        };
        let mut settings = black_box.settings.clone();
        (settings.run.policy, settings.run.clusters) = ("idle".to_owned(), 1);
        settings.trace.file.clear();
        let simulation = Simulation::prepare(settings, 1).map_err(|error: SimulationError| error.to_string())?;
        simulation.start(world, None);
        let cluster_order = world.resource::<ClusterOrder>().0.first().copied();
        let (entity, agent) = cluster_order.ok_or("its settings have no cluster")?;
        if let Some(mut log) = world.get_resource_mut::<EventLog>() {
            log_events(&mut log, black_box, &frame_history, &verification);
        }
        if let Some(mut history) = world.get_resource_mut::<ChartHistory>() {
            chart(&mut history, &frame_history);
        }
        if let Some(last) = frame_history.latest() {
            world.entity_mut(agent).insert((last.forecast, last.decision, last.action_result));
        }
        let mut episode = Episode::first(black_box.settings.run.seed, black_box.cluster as usize);
        (episode.number, episode.steps) = (black_box.number, black_box.action_log.steps() as u32);
        world.entity_mut(entity).insert((LiveCluster(cluster), frame_history, episode));
        let mut stats = world.resource_mut::<RunStats>();
        (stats.ticks, stats.episodes, stats.collapses) = (black_box.tick, black_box.episode + 1, 1);
        let title = format!(
            "episode {} of {}, seed {}",
            black_box.episode, black_box.settings.cluster.name, black_box.settings.run.seed
        );
        world.insert_resource(Self { title, verification });
        Ok(())
    }
}

/// Fills the charts with the whole recording; gaps where forecast and decision are unknown.
fn chart(history: &mut ChartHistory, frame_history: &FrameHistory) {
    for (_, frame) in frame_history.frames().filter(|(_, frame)| frame.cause == Cause::Tick) {
        let epsilon = frame.forecast_and_decision().map(|(_, decision)| decision.epsilon as f32);
        let point = TickPoint { tick: frame.tick, epsilon, losses: Losses::default() };
        history.add_tick(&point, std::iter::once(Some(StepPoint::of(frame))));
    }
}

/// Logs what happened: warnings, interventions, the end.
fn log_events(log: &mut EventLog, black_box: &BlackBox, frame_history: &FrameHistory, verification: &str) {
    let alarm = black_box.settings.view.alarm;
    let (mut above, mut manual) = (false, false);
    for (_, frame) in frame_history.frames() {
        match frame.cause {
            Cause::Start => log.add(frame.tick, EventKind::Note, format!("episode {} began", black_box.episode)),
            Cause::Intervention(intervention) => {
                log.add(frame.tick, EventKind::Note, intervention.describe(black_box.settings.cluster.columns));
            }
            Cause::Tick => {}
        }
        if let Some((forecast, _)) = frame.forecast_and_decision() {
            let now = f64::from(forecast.risk()) >= alarm;
            if now && !above {
                let (risk, ahead) = (100.0 * forecast.risk(), black_box.tick.saturating_sub(frame.tick));
                let text = format!("the Prophet warned: risk {risk:.0}%, {ahead} steps before the end");
                log.add(frame.tick, EventKind::Note, text);
            }
            above = now;
        }
        if frame.cause == Cause::Tick && frame.decision.manual != manual {
            manual = !manual;
            let text = if manual { "a person drove from here on" } else { "the agent drove itself again" };
            log.add(frame.tick, EventKind::Note, text);
        }
        let ActionResult { step, .. } = frame.action_result;
        if frame.cause == Cause::Tick && step.outcome.is_over() {
            let steps = black_box.action_log.steps();
            let text = format!("collapsed after {steps} steps: {}", step.outcome.name());
            log.add(frame.tick, EventKind::from(step.outcome), text);
        }
    }
    log.add(black_box.tick, EventKind::Note, verification);
}
