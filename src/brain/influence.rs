//! Which inputs drive a value or a risk: gradient times input (Shrikumar et al. 2016, "Not just a black box").
//!
//! For each input it is how much the output would change, to first order, if that input alone fell to 0. It tells
//! what the network is sensitive to at this very moment. It is no cause: what the network would do in another state, and
//! inputs that matter only together, it does not tell.

use super::network::{matrix, numbers};
use super::sight::{CELLS, PER_CELL};
use super::{Brain, Signs};
use crate::cluster::{Action, OBSERVATION, PATCH, STATISTICS};
use burn::tensor::Tensor;

/// Names of the five statistics, in their order.
pub const STATISTICS_NAMES: [&str; STATISTICS] =
    ["mean CPU", "mean memory", "highest memory", "hotspots", "highest critical memory"];

/// Gradient times input of the row, from an output that depends on it.
///
/// # Shapes
/// `input` is `[batch, inputs]` and tracked, `output` one number.
pub(super) fn gradients(input: &Tensor<2>, output: Tensor<1>) -> Vec<f32> {
    let gradients = output.backward();
    input.grad(&gradients).map(numbers).unwrap_or_default()
}

/// A tracked matrix, to ask gradients of.
pub(super) fn tracked(rows: &[f32], columns: usize, device: &super::Device) -> Tensor<2> {
    matrix(rows, columns, &device.clone().autodiff()).require_grad()
}

/// What drives the value of one action.
#[derive(Debug, Clone, PartialEq)]
pub struct PilotInfluence {
    /// CPU, memory and priority of the nine cells around the agent, rows from top to bottom.
    pub patch: [[f32; 3]; 9],
    /// Row and column of the agent, together.
    pub place: f32,
    /// The budget.
    pub budget: f32,
    /// The five statistics.
    pub statistics: [f32; STATISTICS],
    /// Each note about an urgent cell, its numbers together; none in a view without notes.
    pub notes: Vec<f32>,
}

impl PilotInfluence {
    /// Sorts the influences of a sight's numbers by what they tell.
    fn of(numbers: &[f32]) -> Self {
        let at = |index: usize| numbers.get(index).copied().unwrap_or_default();
        let told = numbers.get(OBSERVATION..).unwrap_or_default();
        Self {
            patch: std::array::from_fn(|cell| std::array::from_fn(|part| at(3 * cell + part))),
            place: at(PATCH) + at(PATCH + 1),
            budget: at(PATCH + 2),
            statistics: std::array::from_fn(|index| at(OBSERVATION - STATISTICS + index)),
            notes: told.chunks_exact(PER_CELL).take(CELLS).map(|note| note.iter().sum()).collect(),
        }
    }

    /// The sum of all influences.
    pub fn total(&self) -> f32 {
        let patch = self.patch.iter().flatten();
        patch.chain(&self.statistics).chain(&self.notes).sum::<f32>() + self.place + self.budget
    }
}

impl Brain {
    /// What drives the value of `action` in a sight; none where a Q-table acts.
    ///
    /// # Shapes
    /// `sight` has `Sight::length(pilot.view)` numbers.
    pub fn drives_value(&self, sight: &[f32], action: Action) -> Option<PilotInfluence> {
        self.has_network().then(|| {
            let gradients = self.pilot.gradients(sight, action);
            let influences: Vec<_> = gradients.iter().zip(sight).map(|(gradient, input)| gradient * input).collect();
            PilotInfluence::of(&influences)
        })
    }

    /// What drives the log odds of a collapse, by name: the five statistics and, with the inputs `trend`, the other
    /// numbers in groups.
    ///
    /// # Shapes
    /// `signs` has `Signs::length(prophet.inputs)` numbers.
    pub fn drives_risk(&self, signs: &[f32]) -> Vec<(&'static str, f32)> {
        let gradients = self.prophet.gradients(signs);
        let influence = |index: usize| gradients.get(index).zip(signs.get(index)).map_or(0.0, |(a, b)| a * b);
        let statistics = STATISTICS_NAMES.into_iter().enumerate().map(|(index, name)| (name, influence(index)));
        let groups = Signs::groups().into_iter().filter(|(_, places)| places.iter().all(|at| *at < signs.len()));
        let groups = groups.map(|(name, places)| (name, places.into_iter().map(influence).sum()));
        statistics.chain(groups).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brain::{Eyes, Sight, Trends};
    use crate::cluster::{Cluster, Observation};
    use crate::settings::{Head, Settings, View};

    fn settings(view: View, head: Head) -> Settings {
        let mut settings = Settings::default();
        (settings.pilot.view, settings.pilot.head) = (view, head);
        settings
    }

    /// A sight and signs some way into an episode.
    fn moment(settings: &Settings) -> (Vec<f32>, Vec<f32>) {
        let mut cluster = Cluster::new(settings.cluster.clone(), settings.reward.clone(), None);
        cluster.reset(3);
        let mut eyes = Eyes::new(settings.pilot.view, 6, 6);
        let mut trends = Trends::new(settings.prophet.inputs, settings.cluster.cells());
        let (mut observation, mut sight, mut signs) = (Observation::default(), Sight::default(), Signs::default());
        for step in 0..25 {
            cluster.observe(&mut observation);
            sight = eyes.see(&observation, cluster.time());
            signs = trends.watch(&cluster, &observation);
            cluster.step([Action::Right, Action::Down, Action::MemoryClean][step % 3]);
        }
        let signs = signs.numbers(Signs::length(settings.prophet.inputs)).to_vec();
        (sight.numbers(Sight::length(settings.pilot.view)).to_vec(), signs)
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
        // A rectifier may switch inside the step: most agree closely, none is far off.
        let apart: Vec<_> = gradients.iter().zip(differences).map(|(a, b)| (a - b).abs()).collect();
        let largest = differences.iter().fold(0.0, |largest: f32, number| largest.max(number.abs()));
        let close = apart.iter().filter(|apart| **apart < 0.02 * largest + 1e-4).count();
        assert!(largest > 3e-3 && close * 10 >= apart.len() * 9, "{largest}: {apart:?}");
    }

    #[test]
    fn the_gradients_of_a_value_are_its_finite_differences() {
        for (view, head, watched) in [
            (View::Patch, Head::Plain, false),
            (View::Notes, Head::Dueling, false),
            (View::Notes, Head::Quantile, false),
            (View::Notes, Head::Plain, true),
        ] {
            let settings = settings(view, head);
            let (sight, _) = moment(&settings);
            let mut brain = Brain::new(&settings);
            if watched {
                brain.freeze();
            }
            for action in [Action::Left, Action::Scale] {
                let value = |sight: &[f32]| brain.pilot.q_values(sight)[0][action.index()];
                agree(&brain.pilot.gradients(&sight, action), &differences(&sight, value));
            }
        }
    }

    #[test]
    fn the_gradients_of_a_risk_are_its_finite_differences() {
        let settings = Settings::default();
        let (_, signs) = moment(&settings);
        let brain = Brain::new(&settings);
        let log_odds = |signs: &[f32]| {
            let risk = brain.prophet.risks(signs)[0];
            (risk / (1.0 - risk)).ln()
        };
        agree(&brain.prophet.gradients(&signs), &differences(&signs, log_odds));
    }

    #[test]
    fn every_number_is_counted_once() {
        let settings = settings(View::Notes, Head::Plain);
        let (sight, signs) = moment(&settings);
        let brain = Brain::new(&settings);
        let gradients = brain.pilot.gradients(&sight, Action::FullClean);
        let sum: f32 = gradients.iter().zip(&sight).map(|(gradient, input)| gradient * input).sum();
        let influence = brain.drives_value(&sight, Action::FullClean).unwrap();
        assert!((influence.total() - sum).abs() < 1e-5, "{} and {sum}", influence.total());
        assert_eq!(influence.notes.len(), 6);
        assert_eq!(influence.patch[4][1], gradients[13] * sight[13], "memory of the cell in the middle");

        let gradients = brain.prophet.gradients(&signs);
        let sum: f32 = gradients.iter().zip(&signs).map(|(gradient, input)| gradient * input).sum();
        let told: f32 = brain.drives_risk(&signs).iter().map(|(_, influence)| influence).sum();
        assert!((told - sum).abs() < 1e-5, "{told} and {sum}");
    }

    #[test]
    fn a_table_has_no_gradients() {
        let mut settings = settings(View::Patch, Head::Plain);
        settings.run.agent = crate::settings::AgentKind::QTable;
        assert_eq!(Brain::new(&settings).drives_value(&[0.5; OBSERVATION], Action::Up), None);
    }
}
