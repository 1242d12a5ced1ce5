//! What is written down for those who watch: points for the charts, and lines for the log that tell how each episode ended
//! and whether the Prophet saw it coming.

use super::{
    ActiveSettings, ClusterIndex, Contender, Decision, Episode, EpisodePoint, EventKind, EventLog, Forecast, History,
    LiveCluster, Mind, Playing, Roster, StepPoint, Tally, TickPoint, Verdict,
};
use bevy::ecs::error::Result;
use bevy::ecs::prelude::{Query, Res, ResMut};

/// Points for the charts and lines for the log, where somebody looks at them.
pub(super) fn keep_history(
    (roster, playing): (Res<Roster>, Res<Playing>),
    tally: Res<Tally>,
    settings: Res<ActiveSettings>,
    mind: Res<Mind>,
    watched: (Option<ResMut<History>>, Option<ResMut<EventLog>>),
    clusters: Query<(&LiveCluster, &Episode, &ClusterIndex, Option<&Contender>)>,
    agents: Query<(&Forecast, &Decision, &Verdict)>,
) -> Result {
    let (Some(mut history), Some(mut log)) = watched else { return Ok(()) };
    let alarm = settings.0.view.alarm;
    let ended = |(_, agent): &&(_, _)| agents.get(*agent).is_ok_and(|(.., verdict)| verdict.step.outcome.is_over());
    let mut number = tally.episodes - playing.0.iter().filter(ended).count() as u64;
    for (cluster, agent) in &playing.0 {
        let (forecast, _, verdict) = agents.get(*agent)?;
        let outcome = verdict.step.outcome;
        let (_, episode, index, contender) = clusters.get(*cluster)?;
        let ahead = history.watch(index.0, f64::from(forecast.risk) >= alarm, outcome.is_over());
        if !outcome.is_over() {
            continue;
        }
        let (steps, collapsed) = (episode.steps, outcome.is_collapse());
        history.add_episode(EpisodePoint { episode: number, steps, collapsed });
        let place = match contender {
            Some(contender) => format!(" ({})", contender.name),
            None if playing.0.len() > 1 => format!(" (cluster {})", index.0),
            None => String::new(),
        };
        let text = match (collapsed, ahead) {
            (false, _) => format!("episode {number}{place} was survived after {steps} steps"),
            (true, 0) => {
                format!("episode {number}{place} collapsed after {steps} steps: {}, not foreseen", outcome.name())
            }
            (true, ahead) => {
                let cause = outcome.name();
                let unit = if ahead == 1 { "step" } else { "steps" };
                format!("episode {number}{place} collapsed after {steps} steps: {cause}, foreseen {ahead} {unit} ahead")
            }
        };
        log.add(tally.ticks, EventKind::from(outcome), text);
        number += 1;
    }
    let epsilon = playing.0.first().and_then(|(_, agent)| agents.get(*agent).ok());
    let epsilon = epsilon.map(|(_, decision, _)| decision.epsilon as f32);
    let mut those = playing.0.iter().peekable();
    let steps = roster.0.iter().map(|seat| {
        those.next_if_eq(&seat)?;
        let (cluster, ..) = clusters.get(seat.0).ok()?;
        let (forecast, decision, verdict) = agents.get(seat.1).ok()?;
        Some(StepPoint {
            reward: verdict.step.reward.total() as f32,
            load: cluster.0.mean_load() as f32,
            told: Some((forecast.risk, decision.choice.effective_epsilon as f32)),
            action: decision.choice.action,
        })
    });
    history.add_tick(&TickPoint { tick: tally.ticks, epsilon, losses: mind.0.losses() }, steps);
    Ok(())
}
