//! An agent as files hold it, and back.

use crate::cluster::{Observation, RngStream, StepResult};
use crate::features::{PilotInput, ProphetInput};
use crate::policy::PolicyState;
use crate::schema::{SavedAgent, SavedDecisions};
use crate::settings::Settings;
use crate::simulation::{
    ActionResult, AgentRng, Decision, Forecast, Guide, Observations, PendingExperience, PilotInputs, ProphetInputs,
};
use bevy_ecs::component::Component;
use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;

/// The components of an agent.
pub(in crate::simulation) type AgentComponents =
    (Observations, PilotInputs, Guide, ProphetInputs, Forecast, Decision, ActionResult, PendingExperience, AgentRng);

/// A component of a cluster or an agent.
pub(in crate::simulation) fn component<T: Component>(world: &World, entity: Entity) -> &T {
    world.get(entity).expect("clusters and agents have their components for as long as they live")
}

/// The agent `entity`.
pub(in crate::simulation) fn saved_agent(world: &World, entity: Entity) -> SavedAgent {
    let Observations { now: observation, next: next_observation } = component(world, entity);
    let PilotInputs { encoder, now: pilot_input, next: next_pilot_input } = component(world, entity);
    let Guide(guide) = component(world, entity);
    let ProphetInputs { trends, now: prophet_input } = component(world, entity);
    let ActionResult { effect, step: StepResult { reward, outcome } } = component(world, entity);
    let PendingExperience { n_step, labels } = component(world, entity);
    let AgentRng(rng) = component(world, entity);
    let (Forecast(forecast), last) = (component(world, entity), component::<Decision>(world, entity));
    let mut decision = SavedDecisions::default();
    decision.add(forecast, &last.q_values, last.epsilon, last.choice);
    SavedAgent {
        observation: observation.to_saved(),
        next_observation: next_observation.to_saved(),
        pilot_input: pilot_input.to_saved(),
        next_pilot_input: next_pilot_input.to_saved(),
        belief: encoder.to_saved(),
        guide: guide.as_ref().map(|guide| guide.policy_state().to_saved()),
        prophet_input: prophet_input.to_saved(),
        trends: trends.to_saved(),
        decision,
        manual: last.manual,
        effect: (*effect).into(),
        reward: (*reward).into(),
        outcome: (*outcome).into(),
        pending_returns: n_step.to_saved(),
        pending_labels: labels.to_saved(),
        exploration_rng: rng.to_saved(),
    }
}

/// Restores a fresh agent, on a torus of `rows` × `columns` cells, from its saved state.
///
/// # Errors
/// What does not match, as the end of a sentence.
pub(in crate::simulation) fn restore_agent(
    components: &mut AgentComponents,
    settings: &Settings,
    saved: SavedAgent,
    (rows, columns): (usize, usize),
) -> Result<(), String> {
    let (observations, pilot_inputs, Guide(guide), prophet_inputs, forecast, decision, action_result, pending, rng) =
        components;
    pilot_inputs.encoder.restore(saved.belief.as_ref(), rows, columns)?;
    prophet_inputs.trends.restore(&saved.trends)?;
    pending.n_step.restore(settings.returns().0, &saved.pending_returns)?;
    pending.labels.restore(&settings.prophet, &saved.pending_labels)?;
    let policy_state = saved.guide.map(|saved| PolicyState::from_saved(&saved, rows, columns)).transpose()?;
    let same = match (guide, policy_state) {
        (None, None) => true,
        (Some(guide), Some(policy_state)) => guide.restore(policy_state),
        _ => false,
    };
    if !same {
        return Err("it was saved with another guide".to_owned());
    }
    observations.now = Observation::from_saved(&saved.observation)?;
    observations.next = Observation::from_saved(&saved.next_observation)?;
    pilot_inputs.now = PilotInput::from_saved(&saved.pilot_input)?;
    pilot_inputs.next = PilotInput::from_saved(&saved.next_pilot_input)?;
    prophet_inputs.now = ProphetInput::from_saved(&saved.prophet_input)?;
    let [(curve, q_values, epsilon, choice)] = saved.decision.rows()?[..] else {
        return Err("it does not have exactly one last decision".to_owned());
    };
    (*forecast, *decision) = (Forecast(curve), Decision { q_values, epsilon, choice, manual: saved.manual });
    action_result.effect = saved.effect.into();
    action_result.step = StepResult { reward: saved.reward.into(), outcome: saved.outcome.into() };
    rng.0 = RngStream::from_saved(&saved.exploration_rng)?;
    Ok(())
}
