//! A black box in the place of a run: the world that the window shows, with nothing in it that learns.

use super::{
    Cause, Episode, EventKind, EventLog, History, LiveCluster, Roster, Simulation, SimulationError, StepPoint, Tally,
    Tape, TickPoint, Verdict,
};
use crate::blackbox::{BlackBox, Verdict as Replayed};
use crate::brain::Losses;
use bevy::ecs::resource::Resource;
use bevy::ecs::world::World;

/// Marks a world that shows a recording: ticks do not run, and commands change nothing. The networks in it are fresh ones
/// and not those that acted.
#[derive(Resource, Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// What it is, in a few words.
    pub title: String,
    /// What playing it again came to, in a sentence.
    pub verdict: String,
}

impl Recording {
    /// Puts a black box into `world`: its cluster as it was at the end, and a tape of the episode.
    ///
    /// # Errors
    /// Settings that a run cannot have, or an episode that cannot be shown, as a sentence.
    pub fn start(it: &BlackBox, world: &mut World) -> Result<(), String> {
        let (tape, cluster) = Tape::of_black_box(it)?;
        let verdict = match it.verify()? {
            Replayed::Same { links } => format!("played again, all {links} states are the recorded ones"),
            Replayed::Differs(difference) => format!("played again, it is another episode: {difference}"),
        };
        let mut settings = it.settings.clone();
        (settings.run.policy, settings.run.clusters) = ("idle".to_owned(), 1);
        settings.trace.file.clear();
        let simulation = Simulation::prepare(settings, 1).map_err(|error: SimulationError| error.to_string())?;
        simulation.start(world, None);
        let roster = world.resource::<Roster>().0.first().copied();
        let (entity, agent) = roster.ok_or("its settings have no cluster")?;
        if let Some(mut log) = world.get_resource_mut::<EventLog>() {
            tell(&mut log, it, &tape, &verdict);
        }
        if let Some(mut history) = world.get_resource_mut::<History>() {
            chart(&mut history, &tape);
        }
        if let Some(last) = tape.latest() {
            world.entity_mut(agent).insert((last.forecast, last.decision, last.verdict));
        }
        let mut episode = Episode::first(it.settings.run.seed, it.cluster as usize);
        (episode.number, episode.steps) = (it.number, it.course.steps() as u32);
        world.entity_mut(entity).insert((LiveCluster(cluster), tape, episode));
        let mut tally = world.resource_mut::<Tally>();
        (tally.ticks, tally.episodes, tally.collapses) = (it.tick, it.episode + 1, 1);
        let title = format!("episode {} of {}, seed {}", it.episode, it.settings.cluster.name, it.settings.run.seed);
        world.insert_resource(Self { title, verdict });
        Ok(())
    }
}

/// The charts of the whole recording; gaps where the file does not tell what the agent was told and decided.
fn chart(history: &mut History, tape: &Tape) {
    for (_, frame) in tape.frames().filter(|(_, frame)| frame.cause == Cause::Tick) {
        let epsilon = frame.thoughts().map(|(_, decision)| decision.epsilon as f32);
        let point = TickPoint { tick: frame.tick, epsilon, losses: Losses::default() };
        history.add_tick(&point, std::iter::once(Some(StepPoint::of(frame))));
    }
}

/// Lines about what happened: warnings, interventions, the end.
fn tell(log: &mut EventLog, it: &BlackBox, tape: &Tape, verdict: &str) {
    let alarm = it.settings.view.alarm;
    let (mut above, mut driven) = (false, false);
    for (_, frame) in tape.frames() {
        match frame.cause {
            Cause::Start => log.add(frame.tick, EventKind::Note, format!("episode {} began", it.episode)),
            Cause::Intervention(intervention) => {
                log.add(frame.tick, EventKind::Note, intervention.describe(it.settings.cluster.columns));
            }
            Cause::Tick => {}
        }
        if let Some((forecast, _)) = frame.thoughts() {
            let now = f64::from(forecast.risk) >= alarm;
            if now && !above {
                let (risk, ahead) = (100.0 * forecast.risk, it.tick.saturating_sub(frame.tick));
                let text = format!("the Prophet warned: risk {risk:.0}%, {ahead} steps before the end");
                log.add(frame.tick, EventKind::Note, text);
            }
            above = now;
        }
        if frame.cause == Cause::Tick && frame.decision.driven != driven {
            driven = !driven;
            let text = if driven { "a person drove from here on" } else { "the agent drove itself again" };
            log.add(frame.tick, EventKind::Note, text);
        }
        let Verdict { step, .. } = frame.verdict;
        if frame.cause == Cause::Tick && step.outcome.is_over() {
            let steps = it.course.steps();
            let text = format!("collapsed after {steps} steps: {}", step.outcome.name());
            log.add(frame.tick, EventKind::from(step.outcome), text);
        }
    }
    log.add(it.tick, EventKind::Note, verdict);
}
