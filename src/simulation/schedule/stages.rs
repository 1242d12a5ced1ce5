//! The systems of the nine stages. Each processes the active clusters in the order of their index.

use crate::cluster::Cluster;
use crate::features::{PilotInput, ProphetInput};
use crate::learning::{ActionChoice, EpisodeProgress, Experience, LabelCandidate};
use crate::simulation::{
    ActionResult, ActiveClusters, ActiveLearner, ActiveSettings, AgentRng, Cause, ClusterIndex, Decision, Episode,
    Forecast, FrameHistory, Guide, LiveCluster, ManualControl, NetworkInputs, Observations, PendingExperience,
    PilotInputs, ProphetInputs, RunStats, RunWriter,
};
use crate::storage::{EpisodeRow, StepRow};
use bevy_ecs::entity::Entity;
use bevy_ecs::error::Result;
use bevy_ecs::prelude::{Local, Query, Res, ResMut};

/// Begins the next episode where one is over; every agent observes its surroundings.
pub(in crate::simulation) fn observe(
    active_clusters: Res<ActiveClusters>,
    stats: Res<RunStats>,
    mut clusters: Query<(&mut LiveCluster, &mut Episode, &mut FrameHistory)>,
    mut agents: Query<(&mut Observations, &mut PilotInputs, &mut ProphetInputs)>,
) -> Result {
    for (cluster, agent) in &active_clusters.0 {
        let (mut cluster, mut episode, mut frame_history) = clusters.get_mut(*cluster)?;
        if cluster.0.outcome().is_over() {
            begin_next_episode(&mut cluster.0, &mut episode, &mut frame_history, stats.ticks);
        }
        let (mut observations, mut pilot_inputs, mut prophet_inputs) = agents.get_mut(*agent)?;
        cluster.0.observe(&mut observations.now);
        pilot_inputs.now = pilot_inputs.encoder.encode(&observations.now, cluster.0.time());
        prophet_inputs.now = prophet_inputs.trends.encode(&cluster.0, &observations.now);
    }
    Ok(())
}

/// Begins the next episode of a cluster, after `ticks` ticks of the run.
pub(in crate::simulation) fn begin_next_episode(
    cluster: &mut Cluster,
    episode: &mut Episode,
    frame_history: &mut FrameHistory,
    ticks: u64,
) {
    episode.advance();
    cluster.reset(episode.seed());
    frame_history.record(cluster, Cause::Start, |frame| (frame.tick, frame.episode) = (ticks, episode.number));
}

/// One forward pass of the Prophet for all agents.
pub(in crate::simulation) fn foresee(
    active_clusters: Res<ActiveClusters>,
    learner: Res<ActiveLearner>,
    settings: Res<ActiveSettings>,
    mut agents: Query<(&ProphetInputs, &mut Forecast)>,
    mut batch: Local<Vec<f32>>,
) -> Result {
    let inputs = ProphetInput::length(settings.0.prophet.inputs);
    batch.clear();
    batch.reserve(active_clusters.0.len() * inputs);
    for (_, agent) in &active_clusters.0 {
        batch.extend_from_slice(agents.get(*agent)?.0.now.numbers(inputs));
    }
    let curves = learner.0.prophet.forecast(&batch);
    for ((_, agent), curve) in active_clusters.0.iter().zip(curves) {
        agents.get_mut(*agent)?.1.0 = curve;
    }
    Ok(())
}

/// One forward pass of the Pilot for all agents; each chooses with its own random stream.
pub(in crate::simulation) fn decide(
    active_clusters: Res<ActiveClusters>,
    learner: Res<ActiveLearner>,
    settings: Res<ActiveSettings>,
    mut manual_control: ResMut<ManualControl>,
    clusters: Query<&LiveCluster>,
    mut agents: Query<(&Observations, &PilotInputs, &Forecast, &mut Guide, &mut AgentRng, &mut Decision)>,
    mut batch: Local<Vec<f32>>,
) -> Result {
    let inputs = PilotInput::length(settings.0.pilot.inputs);
    batch.clear();
    batch.reserve(active_clusters.0.len() * inputs);
    for (_, agent) in &active_clusters.0 {
        batch.extend_from_slice(agents.get(*agent)?.1.now.numbers(inputs));
    }
    let exploration = learner.0.exploration(&settings.0);
    let epsilon = exploration.epsilon();
    let values = learner.0.q_values(&batch);
    for ((cluster, agent), q_values) in active_clusters.0.iter().zip(values) {
        let (observations, _, forecast, mut guide, mut rng, mut decision) = agents.get_mut(*agent)?;
        let LiveCluster(cluster) = clusters.get(*cluster)?;
        let advice = guide.0.as_mut().map(|guide| {
            if cluster.time() == 0 {
                guide.begin(cluster.episode_seed());
            }
            guide.act(cluster, &observations.now)
        });
        let mut choice = exploration.choose(&q_values, advice, forecast.risk(), &mut rng.0);
        let manual_action = manual_control.next_action(*agent);
        if let Some(action) = manual_action {
            choice = ActionChoice { action, explored: false, handed_over: false, ..choice };
        }
        *decision = Decision { q_values, epsilon, choice, manual: manual_action.is_some() };
    }
    Ok(())
}

/// The actions take effect.
pub(in crate::simulation) fn act(
    active_clusters: Res<ActiveClusters>,
    mut clusters: Query<&mut LiveCluster>,
    mut agents: Query<(&Decision, &mut ActionResult)>,
) -> Result {
    for (cluster, agent) in &active_clusters.0 {
        let (decision, mut action_result) = agents.get_mut(*agent)?;
        action_result.effect = clusters.get_mut(*cluster)?.0.act(decision.choice.action);
    }
    Ok(())
}

/// Time passes: the clusters decay.
pub(in crate::simulation) fn decay(
    active_clusters: Res<ActiveClusters>,
    mut clusters: Query<&mut LiveCluster>,
) -> Result {
    for (cluster, _) in &active_clusters.0 {
        clusters.get_mut(*cluster)?.0.decay();
    }
    Ok(())
}

/// Reward and outcome of every step, and the observation after it.
pub(in crate::simulation) fn judge(
    active_clusters: Res<ActiveClusters>,
    mut clusters: Query<&mut LiveCluster>,
    mut agents: Query<(&mut ActionResult, &mut Observations, &mut PilotInputs)>,
) -> Result {
    for (cluster, agent) in &active_clusters.0 {
        let mut cluster = clusters.get_mut(*cluster)?;
        let (mut action_result, mut observations, mut pilot_inputs) = agents.get_mut(*agent)?;
        action_result.step = cluster.0.judge(&action_result.effect);
        cluster.0.observe(&mut observations.next);
        pilot_inputs.next = pilot_inputs.encoder.encode(&observations.next, cluster.0.time());
    }
    Ok(())
}

/// Completed n-step transitions and labelled states go into the replay buffers.
pub(in crate::simulation) fn remember(
    active_clusters: Res<ActiveClusters>,
    mut learner: ResMut<ActiveLearner>,
    settings: Res<ActiveSettings>,
    clusters: Query<&LiveCluster>,
    mut agents: Query<(&PilotInputs, &ProphetInputs, &Forecast, &Decision, &ActionResult, &mut PendingExperience)>,
) -> Result {
    let (learner, settings) = (&mut learner.0, &settings.0);
    for (cluster, agent) in &active_clusters.0 {
        let LiveCluster(cluster) = clusters.get(*cluster)?;
        let (pilot_inputs, prophet_inputs, forecast, decision, action_result, mut pending) = agents.get_mut(*agent)?;
        let (action, reward, outcome) =
            (decision.choice.action, action_result.step.reward.total(), action_result.step.outcome);
        let step = Experience { pilot_input: &pilot_inputs.now, action, reward, next: &pilot_inputs.next, outcome };
        pending.n_step.push(settings.returns(), step, |transition| learner.remember(settings, transition));
        let state = LabelCandidate { prophet_input: prophet_inputs.now, risk: forecast.risk() };
        let (time, max_steps) = (cluster.time(), cluster.scenario().max_steps);
        let progress = EpisodeProgress { outcome, time, max_steps };
        pending.labels.push(&settings.prophet, state, progress, |labelled| learner.remember_label(labelled));
    }
    Ok(())
}

/// The gradient steps that are due.
pub(in crate::simulation) fn learn(
    active_clusters: Res<ActiveClusters>,
    mut learner: ResMut<ActiveLearner>,
    settings: Res<ActiveSettings>,
    agents: Query<&ActionResult>,
) {
    let over = |agent: Entity| agents.get(agent).is_ok_and(|action_result| action_result.step.outcome.is_over());
    let ended = active_clusters.0.iter().filter(|(_, agent)| over(*agent)).count();
    learner.0.learn(&settings.0, active_clusters.0.len() as u64, ended as u64);
}

/// Sums of the running episodes and counters of the run.
pub(in crate::simulation) fn stats(
    active_clusters: Res<ActiveClusters>,
    mut stats: ResMut<RunStats>,
    mut clusters: Query<(&LiveCluster, &mut Episode)>,
    agents: Query<(&Forecast, &Decision, &ActionResult)>,
) -> Result {
    stats.ticks += 1;
    let (mut risks, mut epsilons) = (0.0, 0.0);
    for (cluster, agent) in &active_clusters.0 {
        let (cluster, mut episode) = clusters.get_mut(*cluster)?;
        let (forecast, decision, action_result) = agents.get(*agent)?;
        let (risk, epsilon) = (f64::from(forecast.risk()), decision.choice.effective_epsilon);
        episode.steps += 1;
        episode.reward.add(&action_result.step.reward);
        episode.load.add(cluster.0.mean_load());
        episode.risk.add(risk);
        episode.epsilon.add(epsilon);
        episode.handed_over += u32::from(decision.choice.handed_over);
        episode.manual += u32::from(decision.manual);
        episode.spent += action_result.effect.spent;
        risks += risk;
        epsilons += epsilon;
    }
    stats.risk = risks / active_clusters.0.len() as f64;
    stats.effective_epsilon = epsilons / active_clusters.0.len() as f64;
    Ok(())
}

/// Adds the frame after the tick to the history of every cluster.
pub(in crate::simulation) fn frame_history(
    active_clusters: Res<ActiveClusters>,
    stats: Res<RunStats>,
    mut clusters: Query<(&LiveCluster, &Episode, &mut FrameHistory)>,
    agents: Query<(&Observations, &PilotInputs, &ProphetInputs, &Forecast, &Decision, &ActionResult)>,
) -> Result {
    for (cluster, agent) in &active_clusters.0 {
        let (cluster, episode, mut frame_history) = clusters.get_mut(*cluster)?;
        let (observations, pilot_inputs, prophet_inputs, forecast, decision, action_result) = agents.get(*agent)?;
        frame_history.record(&cluster.0, Cause::Tick, |frame| {
            (frame.tick, frame.episode, frame.observation) = (stats.ticks, episode.number, observations.now);
            (frame.forecast, frame.decision, frame.action_result) = (*forecast, *decision, *action_result);
        });
        frame_history
            .set_network_inputs(|| NetworkInputs { pilot_input: pilot_inputs.now, prophet_input: prophet_inputs.now });
    }
    Ok(())
}

/// Writes the rows of ended episodes, and a sample of the steps of the first cluster.
pub(in crate::simulation) fn record(
    active_clusters: Res<ActiveClusters>,
    settings: Res<ActiveSettings>,
    learner: Res<ActiveLearner>,
    mut stats: ResMut<RunStats>,
    mut run_writer: ResMut<RunWriter>,
    clusters: Query<(&LiveCluster, &Episode, &ClusterIndex)>,
    agents: Query<(&Forecast, &Decision, &ActionResult)>,
) -> Result {
    let losses = learner.0.losses();
    let mut scored = false;
    for (cluster, agent) in &active_clusters.0 {
        let (cluster, episode, index) = clusters.get(*cluster)?;
        let (forecast, decision, action_result) = agents.get(*agent)?;
        let outcome = action_result.step.outcome;
        if outcome.is_over() {
            if !scored {
                stats.skill = learner.0.skill();
                scored = true;
            }
            let row = EpisodeRow {
                episode: stats.episodes,
                cluster: index.0,
                step: learner.0.steps(),
                seed: episode.seed(),
                steps: episode.steps,
                outcome,
                reward: episode.reward,
                spent: episode.spent,
                load: (episode.load.mean(), episode.load.max()),
                risk: (episode.risk.mean(), episode.risk.max()),
                epsilon: decision.epsilon,
                effective_epsilon: episode.epsilon.mean(),
                handed_over: f64::from(episode.handed_over) / f64::from(episode.steps.max(1)),
                manual: f64::from(episode.manual) / f64::from(episode.steps.max(1)),
                losses,
                skill: stats.skill,
            };
            stats.end_episode(episode.steps, outcome.is_collapse());
            run_writer.episode(&row);
        }
        let every = settings.0.run.steps_csv_every;
        if index.0 == 0 && every > 0 && stats.ticks.is_multiple_of(every) {
            run_writer.step(&StepRow {
                tick: stats.ticks,
                step: learner.0.steps(),
                episode_step: episode.steps,
                action: decision.choice.action,
                explored: decision.choice.explored,
                manual: decision.manual,
                reward: action_result.step.reward.total(),
                load: cluster.0.mean_load(),
                budget: cluster.0.budget(),
                risk: forecast.risk(),
                epsilon: decision.epsilon,
                effective_epsilon: decision.choice.effective_epsilon,
                losses,
            });
        }
    }
    Ok(())
}
