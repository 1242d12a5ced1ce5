//! Gradient steps of the Prophet against batches worked out by hand. Its network is one linear layer here, and its inputs are
//! 0: so the log odds of the hazards are the biases.

use super::*;
use crate::learning::LayerWeights;
use crate::learning::device::device;
use crate::settings::{Backend, ProphetInputKind};

const INPUTS: usize = 5;
const LEARNING_RATE: f64 = 0.01;

fn settings(label: ProphetLabel) -> ProphetSettings {
    ProphetSettings {
        inputs: ProphetInputKind::Statistics,
        hidden: Vec::new(),
        horizons: vec![2, 5],
        label,
        adam_epsilon: 1e-12,
        ..ProphetSettings::default()
    }
}

/// Loss of one gradient step on states with these futures, and how much the log odds moved, in learning rates.
fn learn(label: ProphetLabel, bias: &[f32], survival: &[(u32, bool)]) -> (f32, Vec<f32>) {
    let settings = settings(label);
    let layer = LayerWeights {
        inputs: INPUTS,
        outputs: bias.len(),
        weight: vec![0.0; INPUTS * bias.len()],
        bias: bias.to_vec(),
    };
    let mut prophet = Prophet::with_weights(&settings, &device(Backend::Flex), &Weights(vec![layer]));
    let survival: Vec<_> =
        survival.iter().map(|(steps, collapsed)| SurvivalTime { steps: *steps, collapsed: *collapsed }).collect();
    let loss = prophet.learn(&settings, &vec![0.0; INPUTS * survival.len()], &survival, LEARNING_RATE);
    let weights = prophet.weights();
    let moved = weights.0[0].bias.iter().zip(bias).map(|(now, before)| (now - before) / LEARNING_RATE as f32);
    (loss, moved.map(|steps| (steps * 100.0).round() / 100.0).collect())
}

fn near(found: f32, expected: f32) {
    assert!((found - expected).abs() < 1e-5 * (1.0 + expected.abs()), "{found}, expected {expected}");
}

#[test]
fn the_likelihood_is_that_of_every_step_that_was_seen() {
    let hazards = [0.1_f32, 0.3];
    let log_odds = hazards.map(|hazard| (hazard / (1.0 - hazard)).ln());
    let minus_log = |probability: f32| -probability.ln();
    for (steps, collapsed, probability, moves) in [
        // It collapses at once, or in the second step: that hazard rises, what was not seen does not move.
        (1, true, 0.1, [1.0, 0.0]),
        (2, true, 0.9 * 0.1, [1.0, 0.0]),
        // In the second interval: the first hazard was survived twice, the second until the last step.
        (3, true, 0.81 * 0.3, [-1.0, 1.0]),
        (5, true, 0.81 * 0.49 * 0.3, [-1.0, 1.0]),
        // Cut off at the end of an interval, in the middle of one, and beyond the last.
        (2, false, 0.81, [-1.0, 0.0]),
        (1, false, 0.9, [-1.0, 0.0]),
        (4, false, 0.81 * 0.49, [-1.0, -1.0]),
        (9, false, 0.81 * 0.343, [-1.0, -1.0]),
        // A collapse that comes later than anybody looks.
        (9, true, 0.81 * 0.343, [-1.0, -1.0]),
    ] {
        let (loss, moved) = learn(ProphetLabel::Survival, &log_odds, &[(steps, collapsed)]);
        near(loss, minus_log(probability));
        assert_eq!(moved, moves, "{steps} steps, collapsed: {collapsed}");
    }
    let (loss, _) = learn(ProphetLabel::Survival, &log_odds, &[(1, true), (4, false)]);
    near(loss, (minus_log(0.1) + minus_log(0.81 * 0.49)) / 2.0);
}

#[test]
fn the_outcome_of_the_episode_is_learned_by_its_squared_error() {
    let (loss, moved) = learn(ProphetLabel::EpisodeOutcome, &[0.0], &[(200, true)]);
    assert_eq!((loss, moved), (0.25, vec![1.0]));
    let (loss, moved) = learn(ProphetLabel::EpisodeOutcome, &[0.0], &[(200, false)]);
    assert_eq!((loss, moved), (0.25, vec![-1.0]));
}

#[test]
fn an_untrained_prophet_forecasts_the_first_risk() {
    let settings = ProphetSettings::default();
    let mut rng = crate::cluster::stream(1, 0, crate::cluster::RngPurpose::ProphetWeights);
    let prophet = Prophet::new(&settings, &device(Backend::Flex), &mut rng);
    let curve = prophet.forecast(&vec![0.0; ProphetInput::length(settings.inputs)])[0];
    // A hazard of 0.001 has few digits beside 1.
    assert!((curve.risk() - FIRST_RISK).abs() < 2e-4, "{curve:?}");
    assert!(curve.within().is_sorted(), "{curve:?}");
}
