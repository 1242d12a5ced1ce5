//! Adds points to the charts and lines to the event log: how each episode ended, and how long before the Prophet foresaw it.

use crate::simulation::{
    ActionResult, ActiveClusters, ActiveLearner, ActiveSettings, ChartHistory, ClusterIndex, ClusterOrder,
    ComparedPolicy, Decision, Episode, EpisodePoint, EventKind, EventLog, Forecast, LiveCluster, RunStats, StepPoint,
    TickPoint,
};
use bevy_ecs::error::Result;
use bevy_ecs::prelude::{Query, Res, ResMut};

/// Adds this tick to the charts and the log, if there is a window.
pub(in crate::simulation) fn keep_history(
    (cluster_order, active_clusters): (Res<ClusterOrder>, Res<ActiveClusters>),
    stats: Res<RunStats>,
    settings: Res<ActiveSettings>,
    learner: Res<ActiveLearner>,
    watched: (Option<ResMut<ChartHistory>>, Option<ResMut<EventLog>>),
    clusters: Query<(&LiveCluster, &Episode, &ClusterIndex, Option<&ComparedPolicy>)>,
    agents: Query<(&Forecast, &Decision, &ActionResult)>,
) -> Result {
    let (Some(mut history), Some(mut log)) = watched else { return Ok(()) };
    let alarm = settings.0.view.alarm;
    let ended =
        |(_, agent): &&(_, _)| agents.get(*agent).is_ok_and(|(.., action_result)| action_result.step.outcome.is_over());
    let mut number = stats.episodes - active_clusters.0.iter().filter(ended).count() as u64;
    for (cluster, agent) in &active_clusters.0 {
        let (forecast, _, action_result) = agents.get(*agent)?;
        let outcome = action_result.step.outcome;
        let (_, episode, index, compared) = clusters.get(*cluster)?;
        let ahead = history.count_alarm(index.0, f64::from(forecast.risk()) >= alarm, outcome.is_over());
        if !outcome.is_over() {
            continue;
        }
        let (steps, collapsed) = (episode.steps, outcome.is_collapse());
        history.add_episode(EpisodePoint { episode: number, steps, collapsed });
        let label = match compared {
            Some(compared) => format!(" ({})", compared.name),
            None if active_clusters.0.len() > 1 => format!(" (cluster {})", index.0),
            None => String::new(),
        };
        let text = match (collapsed, ahead) {
            (false, _) => format!("episode {number}{label} was survived after {steps} steps"),
            (true, 0) => {
                format!("episode {number}{label} collapsed after {steps} steps: {}, not foreseen", outcome.name())
            }
            (true, ahead) => {
                let cause = outcome.name();
                let unit = if ahead == 1 { "step" } else { "steps" };
                format!("episode {number}{label} collapsed after {steps} steps: {cause}, foreseen {ahead} {unit} ahead")
            }
        };
        log.add(stats.ticks, EventKind::from(outcome), text);
        number += 1;
    }
    let epsilon = active_clusters.0.first().and_then(|(_, agent)| agents.get(*agent).ok());
    let epsilon = epsilon.map(|(_, decision, _)| decision.epsilon as f32);
    let mut remaining = active_clusters.0.iter().peekable();
    let steps = cluster_order.0.iter().map(|cluster_agent| {
        remaining.next_if_eq(&cluster_agent)?;
        let (cluster, ..) = clusters.get(cluster_agent.0).ok()?;
        let (forecast, decision, action_result) = agents.get(cluster_agent.1).ok()?;
        Some(StepPoint {
            reward: action_result.step.reward.total() as f32,
            load: cluster.0.mean_load() as f32,
            risk_and_epsilon: Some((forecast.risk(), decision.choice.effective_epsilon as f32)),
            action: decision.choice.action,
        })
    });
    history.add_tick(&TickPoint { tick: stats.ticks, epsilon, losses: learner.0.losses() }, steps);
    Ok(())
}
