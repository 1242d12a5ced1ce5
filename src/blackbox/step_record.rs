//! A moment in full, as a black box records it: the visible state, and the observation, forecast, decision and result of the
//! agent.

use crate::cluster::{Effect, Observation, Outcome, RewardTerms};
use crate::learning::{ActionChoice, QValues, RiskCurve};
use crate::schema::SavedStepRecords;

/// A moment of an episode, recorded in full.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRecord {
    /// Ticks of the run that were done.
    pub tick: u64,
    /// Row and column of the agent.
    pub agent: (u32, u32),
    /// Budget left, in units.
    pub budget: f64,
    /// CPU of every cell, 0 to 1.
    pub cpu: Vec<f32>,
    /// Memory drift of every cell, 0 to 1.
    pub mem: Vec<f32>,
    /// Priority of every cell, 0 to 1.
    pub priority: Vec<f32>,
    /// What concerns the agent; none where an episode began or a person intervened.
    pub agent_record: Option<Box<AgentRecord>>,
}

/// Observation, forecast, decision and result of an agent in one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AgentRecord {
    /// What it saw before it acted.
    pub observation: Observation,
    /// The Prophet's probabilities of a collapse.
    pub forecast: RiskCurve,
    /// The Pilot's values.
    pub q_values: QValues,
    /// Epsilon before fear.
    pub epsilon: f64,
    /// The action, and how it was chosen.
    pub choice: ActionChoice,
    /// What the action did.
    pub effect: Effect,
    /// The weighted reward, term by term.
    pub reward: RewardTerms,
    /// How the episode stood after it.
    pub outcome: Outcome,
}

/// Moments as files hold them.
pub(super) fn saved_moments(moments: &[StepRecord]) -> SavedStepRecords {
    let mut saved = SavedStepRecords::default();
    for StepRecord { tick, agent: (row, column), budget, cpu, mem, priority, agent_record } in moments {
        saved.tick.extend_from_slice(&[*tick]);
        saved.agent_row.extend_from_slice(&[*row]);
        saved.agent_column.extend_from_slice(&[*column]);
        saved.budget.extend_from_slice(&[*budget]);
        saved.cpu.extend_from_slice(cpu);
        saved.memory.extend_from_slice(mem);
        saved.priority.extend_from_slice(priority);
        saved.acted.extend_from_slice(&[u8::from(agent_record.is_some())]);
        let Some(agent_record) = agent_record else { continue };
        let AgentRecord { observation, forecast, q_values, epsilon, choice, effect, reward, outcome } = **agent_record;
        saved.observation.extend_from_slice(&observation.0);
        saved.decisions.add(&forecast, &q_values, epsilon, choice);
        saved.effects.0.push(effect.into());
        saved.rewards.0.push(reward.into());
        saved.outcomes.0.push(outcome.into());
    }
    saved
}

/// The moments of a file about a cluster of `cells` cells.
///
/// # Errors
/// Lists of inconsistent lengths, as the end of a sentence.
pub(super) fn moments(saved: SavedStepRecords, cells: usize) -> Result<Vec<StepRecord>, &'static str> {
    let SavedStepRecords { tick, agent_row, agent_column, budget, cpu, memory, priority, acted, .. } = &saved;
    let count = tick.len();
    let same = [agent_row.len(), agent_column.len(), budget.len(), acted.len()].iter().all(|length| *length == count);
    let all = count.checked_mul(cells);
    if !same || [cpu.len(), memory.len(), priority.len()].iter().any(|length| Some(*length) != all) {
        return Err("its moments are incomplete, or have another number of cells than its settings");
    }
    let mut agent_records = agent_records(&saved)?.into_iter();
    let states = cpu.rows(cells).zip(memory.rows(cells).zip(priority.rows(cells)));
    let places = agent_row.iter().zip(agent_column.iter()).zip(budget.iter());
    let mut moments = Vec::with_capacity(count);
    for (((tick, (agent, budget)), (cpu, (mem, priority))), acted) in
        tick.iter().zip(places).zip(states).zip(acted.iter())
    {
        let agent_record = if acted == 0 { None } else { Some(Box::new(agent_records.next().ok_or(INCONSISTENT)?)) };
        moments.push(StepRecord { tick, agent, budget, cpu, mem, priority, agent_record });
    }
    if agent_records.next().is_some() { Err(INCONSISTENT) } else { Ok(moments) }
}

const INCONSISTENT: &str = "the decisions of its agent do not match its moments";

fn agent_records(saved: &SavedStepRecords) -> Result<Vec<AgentRecord>, &'static str> {
    let SavedStepRecords { observation, decisions, effects, rewards, outcomes, .. } = saved;
    let (decisions, observations) = (decisions.rows()?, observation.to_vec());
    let (observations, rest) = observations.as_chunks();
    let lengths = [observations.len(), effects.0.len(), rewards.0.len(), outcomes.0.len()];
    if !rest.is_empty() || lengths.iter().any(|length| *length != decisions.len()) {
        return Err(INCONSISTENT);
    }
    let results = effects.0.iter().zip(&rewards.0).zip(&outcomes.0);
    let agent_record = |((observation, decision), ((effect, reward), outcome)): ((&_, _), ((&_, &_), &_))| {
        let (forecast, q_values, epsilon, choice) = decision;
        let (effect, reward, outcome) = (Effect::from(*effect), RewardTerms::from(*reward), Outcome::from(*outcome));
        let observation = Observation(*observation);
        AgentRecord { observation, forecast, q_values, epsilon, choice, effect, reward, outcome }
    };
    Ok(observations.iter().zip(decisions).zip(results).map(agent_record).collect())
}
