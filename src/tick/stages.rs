//! The systems of the nine stages. Each walks those that play, in the order of the clusters' index.

use super::{
    ActiveSettings, Cause, ClusterIndex, Decision, Dice, Episode, Forecast, Given, Guidance, Journal, LiveCluster,
    Memory, Mind, Playing, Recall, Senses, Tally, Tape, Verdict, Watch, Wheel,
};
use crate::brain::{Choice, Foreseen, Sight, Signs};
use crate::cluster::Cluster;
use crate::record::{EpisodeRow, StepRow};
use bevy::ecs::entity::Entity;
use bevy::ecs::error::Result;
use bevy::ecs::prelude::{Local, Query, Res, ResMut};

/// Finished episodes begin anew; every agent sees its surroundings.
pub(super) fn observe(
    playing: Res<Playing>,
    tally: Res<Tally>,
    mut clusters: Query<(&mut LiveCluster, &mut Episode, &mut Tape)>,
    mut agents: Query<(&mut Senses, &mut Recall, &mut Watch)>,
) -> Result {
    for (cluster, agent) in &playing.0 {
        let (mut cluster, mut episode, mut tape) = clusters.get_mut(*cluster)?;
        if cluster.0.outcome().is_over() {
            begin_anew(&mut cluster.0, &mut episode, &mut tape, tally.ticks);
        }
        let (mut senses, mut recall, mut watch) = agents.get_mut(*agent)?;
        cluster.0.observe(&mut senses.now);
        recall.now = recall.eyes.see(&senses.now, cluster.0.time());
        watch.signs = watch.trends.watch(&cluster.0, &senses.now);
    }
    Ok(())
}

/// Begins the next episode of a cluster, after so many ticks of the run.
pub(super) fn begin_anew(cluster: &mut Cluster, episode: &mut Episode, tape: &mut Tape, ticks: u64) {
    episode.advance();
    cluster.reset(episode.seed());
    tape.record(cluster, Cause::Start, |frame| (frame.tick, frame.episode) = (ticks, episode.number));
}

/// One forward pass of the Prophet for all agents.
pub(super) fn foresee(
    playing: Res<Playing>,
    mind: Res<Mind>,
    settings: Res<ActiveSettings>,
    mut agents: Query<(&Watch, &mut Forecast)>,
    mut batch: Local<Vec<f32>>,
) -> Result {
    let inputs = Signs::length(settings.0.prophet.inputs);
    batch.clear();
    batch.reserve(playing.0.len() * inputs);
    for (_, agent) in &playing.0 {
        batch.extend_from_slice(agents.get(*agent)?.0.signs.numbers(inputs));
    }
    let risks = mind.0.prophet.risks(&batch);
    for ((_, agent), risk) in playing.0.iter().zip(risks) {
        agents.get_mut(*agent)?.1.risk = risk;
    }
    Ok(())
}

/// One forward pass of the Pilot for all agents; each chooses with its own dice.
pub(super) fn decide(
    playing: Res<Playing>,
    mind: Res<Mind>,
    settings: Res<ActiveSettings>,
    mut wheel: ResMut<Wheel>,
    clusters: Query<&LiveCluster>,
    mut agents: Query<(&Senses, &Recall, &Forecast, &mut Guidance, &mut Dice, &mut Decision)>,
    mut batch: Local<Vec<f32>>,
) -> Result {
    let inputs = Sight::length(settings.0.pilot.view);
    batch.clear();
    batch.reserve(playing.0.len() * inputs);
    for (_, agent) in &playing.0 {
        batch.extend_from_slice(agents.get(*agent)?.1.now.numbers(inputs));
    }
    let (epsilon, steps) = (mind.0.epsilon(), mind.0.steps());
    let values = mind.0.q_values(&batch);
    for ((cluster, agent), q_values) in playing.0.iter().zip(values) {
        let (senses, _, forecast, mut guidance, mut dice, mut decision) = agents.get_mut(*agent)?;
        let LiveCluster(cluster) = clusters.get(*cluster)?;
        let advice = guidance.0.as_mut().map(|guide| {
            if cluster.time() == 0 {
                guide.begin(cluster.episode_seed());
            }
            guide.act(cluster, &senses.now)
        });
        let mut choice = mind.0.exploration.choose(&q_values, advice, forecast.risk, steps, &mut dice.0);
        let asked = wheel.take(*agent);
        if let Some(action) = asked {
            choice = Choice { action, explored: false, handed_over: false, ..choice };
        }
        *decision = Decision { q_values, epsilon, choice, driven: asked.is_some() };
    }
    Ok(())
}

/// The actions change the grids.
pub(super) fn act(
    playing: Res<Playing>,
    mut clusters: Query<&mut LiveCluster>,
    mut agents: Query<(&Decision, &mut Verdict)>,
) -> Result {
    for (cluster, agent) in &playing.0 {
        let (decision, mut verdict) = agents.get_mut(*agent)?;
        verdict.effect = clusters.get_mut(*cluster)?.0.act(decision.choice.action);
    }
    Ok(())
}

/// Time passes over the grids.
pub(super) fn decay(playing: Res<Playing>, mut clusters: Query<&mut LiveCluster>) -> Result {
    for (cluster, _) in &playing.0 {
        clusters.get_mut(*cluster)?.0.decay();
    }
    Ok(())
}

/// Reward and end of every step; what the agent sees after it.
pub(super) fn judge(
    playing: Res<Playing>,
    mut clusters: Query<&mut LiveCluster>,
    mut agents: Query<(&mut Verdict, &mut Senses, &mut Recall)>,
) -> Result {
    for (cluster, agent) in &playing.0 {
        let mut cluster = clusters.get_mut(*cluster)?;
        let (mut verdict, mut senses, mut recall) = agents.get_mut(*agent)?;
        verdict.step = cluster.0.judge(&verdict.effect);
        cluster.0.observe(&mut senses.next);
        recall.next = recall.eyes.see(&senses.next, cluster.0.time());
    }
    Ok(())
}

/// Finished n-step transitions and labelled states go into the memories.
pub(super) fn remember(
    playing: Res<Playing>,
    mut mind: ResMut<Mind>,
    mut agents: Query<(&Recall, &Watch, &Forecast, &Decision, &Verdict, &mut Memory)>,
) -> Result {
    let brain = &mut mind.0;
    for (_, agent) in &playing.0 {
        let (recall, watch, forecast, decision, verdict, mut memory) = agents.get_mut(*agent)?;
        let (reward, outcome) = (verdict.step.reward.total(), verdict.step.outcome);
        let action = decision.choice.action;
        memory.n_step.push(&recall.now, action, reward, &recall.next, outcome, |done| brain.remember(done));
        let state = Foreseen { signs: watch.signs, risk: forecast.risk };
        memory.labels.push(state, outcome, |state, collapsed| brain.remember_label(state, collapsed));
    }
    Ok(())
}

/// The gradient steps that are due.
pub(super) fn learn(playing: Res<Playing>, mut mind: ResMut<Mind>, agents: Query<&Verdict>) {
    let over = |agent: Entity| agents.get(agent).is_ok_and(|verdict| verdict.step.outcome.is_over());
    let ended = playing.0.iter().filter(|(_, agent)| over(*agent)).count();
    mind.0.learn(playing.0.len() as u64, ended as u64);
}

/// Sums of the running episodes and counters of the run.
pub(super) fn tally(
    playing: Res<Playing>,
    mut tally: ResMut<Tally>,
    mut clusters: Query<(&LiveCluster, &mut Episode)>,
    agents: Query<(&Forecast, &Decision, &Verdict)>,
) -> Result {
    tally.ticks += 1;
    let (mut risks, mut epsilons) = (0.0, 0.0);
    for (cluster, agent) in &playing.0 {
        let (cluster, mut episode) = clusters.get_mut(*cluster)?;
        let (forecast, decision, verdict) = agents.get(*agent)?;
        let (risk, epsilon) = (f64::from(forecast.risk), decision.choice.effective_epsilon);
        episode.steps += 1;
        episode.reward.add(&verdict.step.reward);
        episode.load.add(cluster.0.mean_load());
        episode.risk.add(risk);
        episode.epsilon.add(epsilon);
        episode.handed_over += u32::from(decision.choice.handed_over);
        episode.driven += u32::from(decision.driven);
        episode.spent += verdict.effect.spent;
        risks += risk;
        epsilons += epsilon;
    }
    tally.risk = risks / playing.0.len() as f64;
    tally.effective_epsilon = epsilons / playing.0.len() as f64;
    Ok(())
}

/// The moment after the tick, of every cluster.
pub(super) fn tape(
    playing: Res<Playing>,
    tally: Res<Tally>,
    mut clusters: Query<(&LiveCluster, &Episode, &mut Tape)>,
    agents: Query<(&Senses, &Recall, &Watch, &Forecast, &Decision, &Verdict)>,
) -> Result {
    for (cluster, agent) in &playing.0 {
        let (cluster, episode, mut tape) = clusters.get_mut(*cluster)?;
        let (senses, recall, watch, forecast, decision, verdict) = agents.get(*agent)?;
        tape.record(&cluster.0, Cause::Tick, |frame| {
            (frame.tick, frame.episode, frame.observation) = (tally.ticks, episode.number, senses.now);
            (frame.forecast, frame.decision, frame.verdict) = (*forecast, *decision, *verdict);
        });
        tape.give(|| Given { sight: recall.now, signs: watch.signs });
    }
    Ok(())
}

/// Rows of ended episodes, and a sample of steps of the first cluster.
pub(super) fn record(
    playing: Res<Playing>,
    settings: Res<ActiveSettings>,
    mind: Res<Mind>,
    mut tally: ResMut<Tally>,
    mut journal: ResMut<Journal>,
    clusters: Query<(&LiveCluster, &Episode, &ClusterIndex)>,
    agents: Query<(&Forecast, &Decision, &Verdict)>,
) -> Result {
    let losses = mind.0.losses();
    let mut scored = false;
    for (cluster, agent) in &playing.0 {
        let (cluster, episode, index) = clusters.get(*cluster)?;
        let (forecast, decision, verdict) = agents.get(*agent)?;
        let outcome = verdict.step.outcome;
        if outcome.is_over() {
            if !scored {
                tally.skill = mind.0.skill();
                scored = true;
            }
            let row = EpisodeRow {
                episode: tally.episodes,
                cluster: index.0,
                step: mind.0.steps(),
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
                driven: f64::from(episode.driven) / f64::from(episode.steps.max(1)),
                losses,
                skill: tally.skill,
            };
            tally.end_episode(episode.steps, outcome.is_collapse());
            journal.episode(&row);
        }
        let every = settings.0.run.steps_csv_every;
        if index.0 == 0 && every > 0 && tally.ticks.is_multiple_of(every) {
            journal.step(&StepRow {
                tick: tally.ticks,
                step: mind.0.steps(),
                episode_step: episode.steps,
                action: decision.choice.action,
                explored: decision.choice.explored,
                driven: decision.driven,
                reward: verdict.step.reward.total(),
                load: cluster.0.mean_load(),
                budget: cluster.0.budget(),
                risk: forecast.risk,
                epsilon: decision.epsilon,
                effective_epsilon: decision.choice.effective_epsilon,
                losses,
            });
        }
    }
    Ok(())
}
