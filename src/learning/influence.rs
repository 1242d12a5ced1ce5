//! Which inputs drive a value or a risk: gradient times input (Shrikumar et al. 2016, "Not just a black box").
//!
//! For each input it is how much the output would change, to first order, if that input alone fell to 0. It shows what
//! the network is sensitive to in the current state. It shows neither causes, nor what the network would do in another
//! state, nor inputs that matter only together.

use super::Learner;
use super::network::{matrix, to_vec};
use crate::cluster::{Action, OBSERVATION, PATCH, STATISTICS};
use crate::features::{NUMBERS_PER_TARGET, ProphetInput, TARGET_CELLS};
use burn::tensor::Tensor;

/// Names of the five statistics, in their order.
pub const STATISTICS_NAMES: [&str; STATISTICS] =
    ["mean CPU", "mean memory", "highest memory", "hotspots", "highest critical memory"];

/// The gradients of `output` with respect to `input`.
///
/// # Shapes
/// `input` is `[batch, inputs]` and tracked, `output` is one number; returns `batch * inputs` numbers, row by row.
pub(super) fn gradients(input: &Tensor<2>, output: Tensor<1>) -> Vec<f32> {
    let gradients = output.backward();
    input.grad(&gradients).map(to_vec).unwrap_or_default()
}

/// A matrix that gradients can be taken with respect to.
pub(super) fn tracked(rows: &[f32], columns: usize, device: &super::Device) -> Tensor<2> {
    matrix(rows, columns, &device.clone().autodiff()).require_grad()
}

/// What drives the value of one action: gradient times input, grouped by what the inputs mean.
#[derive(Debug, Clone, PartialEq)]
pub struct PilotInfluence {
    /// CPU, memory and priority of the nine cells around the agent, rows from top to bottom.
    pub patch: [[f32; 3]; 9],
    /// Row and column of the agent, summed.
    pub position: f32,
    /// The budget.
    pub budget: f32,
    /// The five statistics.
    pub statistics: [f32; STATISTICS],
    /// One sum per note about an urgent cell; empty if the Pilot's input holds no belief.
    pub notes: Vec<f32>,
}

impl PilotInfluence {
    /// Groups the influences of all inputs by what they mean.
    fn from_inputs(numbers: &[f32]) -> Self {
        let at = |index: usize| numbers.get(index).copied().unwrap_or_default();
        let belief = numbers.get(OBSERVATION..).unwrap_or_default();
        Self {
            patch: std::array::from_fn(|cell| std::array::from_fn(|part| at(3 * cell + part))),
            position: at(PATCH) + at(PATCH + 1),
            budget: at(PATCH + 2),
            statistics: std::array::from_fn(|index| at(OBSERVATION - STATISTICS + index)),
            notes: belief.chunks_exact(NUMBERS_PER_TARGET).take(TARGET_CELLS).map(|note| note.iter().sum()).collect(),
        }
    }

    /// The sum of all influences.
    pub fn total(&self) -> f32 {
        let patch = self.patch.iter().flatten();
        patch.chain(&self.statistics).chain(&self.notes).sum::<f32>() + self.position + self.budget
    }
}

impl Learner {
    /// What drives the value of `action` for this input; `None` if a Q-table acts.
    ///
    /// # Shapes
    /// `pilot_input` has `PilotInput::length(pilot.inputs)` numbers.
    pub fn value_influence(&self, pilot_input: &[f32], action: Action) -> Option<PilotInfluence> {
        self.has_network().then(|| {
            let gradients = self.pilot.gradients(pilot_input, action);
            let influences: Vec<_> =
                gradients.iter().zip(pilot_input).map(|(gradient, input)| gradient * input).collect();
            PilotInfluence::from_inputs(&influences)
        })
    }

    /// What drives the log odds of a collapse, by name: the five statistics and, with the inputs `trends`, the other
    /// numbers in groups.
    ///
    /// # Shapes
    /// `prophet_input` has `ProphetInput::length(prophet.inputs)` numbers.
    pub fn risk_influence(&self, prophet_input: &[f32]) -> Vec<(&'static str, f32)> {
        let gradients = self.prophet.gradients(prophet_input);
        let influence = |index: usize| gradients.get(index).zip(prophet_input.get(index)).map_or(0.0, |(a, b)| a * b);
        let statistics = STATISTICS_NAMES.into_iter().enumerate().map(|(index, name)| (name, influence(index)));
        let groups = ProphetInput::groups()
            .into_iter()
            .filter(|(_, indices)| indices.iter().all(|at| *at < prophet_input.len()));
        let groups = groups.map(|(name, indices)| (name, indices.into_iter().map(influence).sum()));
        statistics.chain(groups).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Cluster, Observation};
    use crate::features::{FeatureEncoder, PilotInput, TrendTracker};
    use crate::settings::{Head, PilotInputKind, ProphetLabel, Settings};

    fn settings(inputs: PilotInputKind, head: Head) -> Settings {
        let mut settings = Settings::default();
        (settings.pilot.inputs, settings.pilot.head) = (inputs, head);
        settings
    }

    /// Inputs of Pilot and Prophet 25 steps into an episode.
    fn inputs_in_an_episode(settings: &Settings) -> (Vec<f32>, Vec<f32>) {
        let mut cluster = Cluster::new(settings.cluster.clone(), settings.reward.clone(), None);
        cluster.reset(3);
        let mut encoder = FeatureEncoder::new(settings.pilot.inputs, 6, 6);
        let mut trends = TrendTracker::new(settings.prophet.inputs, settings.cluster.cells());
        let (mut observation, mut pilot_input, mut prophet_input) =
            (Observation::default(), PilotInput::default(), ProphetInput::default());
        for step in 0..25 {
            cluster.observe(&mut observation);
            pilot_input = encoder.encode(&observation, cluster.time());
            prophet_input = trends.encode(&cluster, &observation);
            cluster.step([Action::Right, Action::Down, Action::MemoryClean][step % 3]);
        }
        let prophet_input = prophet_input.numbers(ProphetInput::length(settings.prophet.inputs)).to_vec();
        (pilot_input.numbers(PilotInput::length(settings.pilot.inputs)).to_vec(), prophet_input)
    }

    /// Central differences of `output` over every input.
    fn differences(inputs: &[f32], output: impl Fn(&[f32]) -> f32) -> Vec<f32> {
        const STEP: f32 = 2e-3;
        let moved = |at: usize, step: f32| {
            let mut inputs = inputs.to_vec();
            inputs[at] += step;
            output(&inputs)
        };
        (0..inputs.len()).map(|at| (moved(at, STEP) - moved(at, -STEP)) / (2.0 * STEP)).collect()
    }

    fn agree(gradients: &[f32], differences: &[f32]) {
        assert_eq!(gradients.len(), differences.len());
        // A rectifier may switch within the step, so only nine in ten have to agree.
        let apart: Vec<_> = gradients.iter().zip(differences).map(|(a, b)| (a - b).abs()).collect();
        let largest = differences.iter().fold(0.0, |largest: f32, number| largest.max(number.abs()));
        let close = apart.iter().filter(|apart| **apart < 0.02 * largest + 1e-4).count();
        assert!(largest > 3e-3 && close * 10 >= apart.len() * 9, "{largest}: {apart:?}");
    }

    #[test]
    fn the_gradients_of_a_value_are_its_finite_differences() {
        for (inputs, head, frozen) in [
            (PilotInputKind::Observation, Head::Plain, false),
            (PilotInputKind::Belief, Head::Dueling, false),
            (PilotInputKind::Belief, Head::Quantile, false),
            (PilotInputKind::Belief, Head::Plain, true),
        ] {
            let settings = settings(inputs, head);
            let (pilot_input, _) = inputs_in_an_episode(&settings);
            let mut learner = Learner::new(&settings);
            if frozen {
                learner.freeze(&settings);
            }
            for action in [Action::Left, Action::Scale] {
                let value = |pilot_input: &[f32]| learner.pilot.q_values(pilot_input)[0][action.index()];
                agree(&learner.pilot.gradients(&pilot_input, action), &differences(&pilot_input, value));
            }
        }
    }

    #[test]
    fn the_gradients_of_a_risk_are_its_finite_differences() {
        for label in [ProphetLabel::Survival, ProphetLabel::EpisodeOutcome] {
            let mut settings = Settings::default();
            settings.prophet.label = label;
            let (_, prophet_input) = inputs_in_an_episode(&settings);
            let learner = Learner::new(&settings);
            let log_odds = |prophet_input: &[f32]| {
                let risk = learner.prophet.forecast(prophet_input)[0].risk();
                (risk / (1.0 - risk)).ln()
            };
            agree(&learner.prophet.gradients(&prophet_input), &differences(&prophet_input, log_odds));
        }
    }

    #[test]
    fn every_input_is_counted_once() {
        let settings = settings(PilotInputKind::Belief, Head::Plain);
        let (pilot_input, prophet_input) = inputs_in_an_episode(&settings);
        let learner = Learner::new(&settings);
        let gradients = learner.pilot.gradients(&pilot_input, Action::FullClean);
        let sum: f32 = gradients.iter().zip(&pilot_input).map(|(gradient, input)| gradient * input).sum();
        let influence = learner.value_influence(&pilot_input, Action::FullClean).unwrap();
        assert!((influence.total() - sum).abs() < 1e-5, "{} and {sum}", influence.total());
        assert_eq!(influence.notes.len(), 6);
        assert_eq!(influence.patch[4][1], gradients[13] * pilot_input[13], "memory of the cell in the middle");

        let gradients = learner.prophet.gradients(&prophet_input);
        let sum: f32 = gradients.iter().zip(&prophet_input).map(|(gradient, input)| gradient * input).sum();
        let total: f32 = learner.risk_influence(&prophet_input).iter().map(|(_, influence)| influence).sum();
        assert!((total - sum).abs() < 1e-5, "{total} and {sum}");
    }

    #[test]
    fn a_table_has_no_gradients() {
        let mut settings = settings(PilotInputKind::Observation, Head::Plain);
        settings.run.agent = crate::settings::AgentKind::QTable;
        assert_eq!(Learner::new(&settings).value_influence(&[0.5; OBSERVATION], Action::Up), None);
    }
}
