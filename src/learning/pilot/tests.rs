//! Gradient steps of the Pilot against batches worked out by hand. Its network is one linear layer here, and only the first
//! input is ever 1: so the values of a state are the biases, plus the first row of the matrix if that input is set.

use super::*;
use crate::learning::LayerWeights;
use crate::learning::device::device;
use crate::settings::{Backend, Head, PilotInputKind};

const INPUTS: usize = 35;
const LEARNING_RATE: f64 = 0.01;

fn settings() -> PilotSettings {
    PilotSettings {
        inputs: PilotInputKind::Observation,
        hidden: Vec::new(),
        average_share: 0.0,
        gradient_clip: 0.0,
        // So small that Adam's first step is the learning rate in the direction of the gradient.
        adam_epsilon: 1e-12,
        ..PilotSettings::default()
    }
}

/// A layer whose outputs are `plain`, and `first` more each where the first input is 1.
fn layer(plain: &[f32], first: &[f32]) -> Weights {
    let mut weight = vec![0.0; INPUTS * plain.len()];
    weight[..first.len()].copy_from_slice(first);
    Weights(vec![LayerWeights { inputs: INPUTS, outputs: plain.len(), weight, bias: plain.to_vec() }])
}

fn state(first: f32) -> Vec<f32> {
    let mut state = vec![0.0; INPUTS];
    state[0] = first;
    state
}

/// A transition of action 2 from the state without the first input to the one with it.
fn batch(reward: f32, discount: f32) -> Batch {
    Batch {
        pilot_inputs: state(0.0),
        actions: vec![2],
        rewards: vec![reward],
        next: state(1.0),
        discounts: vec![discount],
        ..Batch::default()
    }
}

fn pilot(settings: &PilotSettings, weights: &Weights) -> Pilot {
    Pilot::with_weights(settings, &device(Backend::Flex), weights, None)
}

fn near(found: f32, expected: f32) {
    assert!((found - expected).abs() < 1e-4 * (1.0 + expected.abs()), "{found}, expected {expected}");
}

const NONE: [f32; 8] = [0.0; 8];

#[test]
fn double_dqn_takes_the_action_of_the_acting_network_and_the_value_of_the_target_network() {
    let mut pilot = pilot(&settings(), &layer(&NONE, &[0.0, 1.0, 0.0, 5.0, 0.0, 0.0, 0.0, 0.0]));
    let older = layer(&NONE, &[0.0, 7.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0]);
    pilot.target = Some(Network::new(&older, FIRST_ID, false, &pilot.device));
    near(pilot.targets(true, &batch(1.0, 0.9))[0], 1.0 + 0.9 * 2.0);
    near(pilot.targets(false, &batch(1.0, 0.9))[0], 1.0 + 0.9 * 7.0);
    near(pilot.targets(true, &batch(-5.0, 0.0))[0], -5.0);
    pilot.target = None;
    near(pilot.targets(true, &batch(1.0, 0.9))[0], 1.0 + 0.9 * 5.0);
}

#[test]
fn the_target_network_is_copied_after_as_many_updates_as_the_settings_say() {
    let settings = PilotSettings { target_every: 3, ..settings() };
    let start = layer(&NONE, &NONE);
    let mut pilot = pilot(&settings, &start);
    for update in 1..=7 {
        let before = pilot.target();
        pilot.learn(&settings, &batch(1.0, 0.9), LEARNING_RATE);
        match update % 3 {
            0 => assert_eq!(pilot.target().as_ref(), Some(&pilot.weights()), "after update {update}"),
            _ => assert_eq!(pilot.target(), before, "after update {update}"),
        }
        assert_ne!(pilot.target().as_ref() == Some(&start), update >= 3);
    }
    assert_eq!(pilot.updates(), 7);
}

#[test]
fn each_loss_has_its_value_and_moves_the_value_of_the_action_towards_its_target() {
    // The error is 3 or, from above, -0.5.
    for (loss, reward, expected) in
        [(Loss::Mse, 4.0, 9.0), (Loss::Huber, 4.0, 2.5), (Loss::Mse, 0.5, 0.25), (Loss::Huber, 0.5, 0.125)]
    {
        let settings = PilotSettings { loss, ..settings() };
        let mut pilot = pilot(&settings, &layer(&[1.0; 8], &NONE));
        let (found, errors) = pilot.learn(&settings, &batch(reward, 0.0), LEARNING_RATE);
        near(found, expected);
        assert!(errors.is_empty(), "only prioritised replay needs them");
        let values = pilot.q_values(&state(0.0))[0];
        near(values[2], 1.0 + LEARNING_RATE as f32 * (reward - 1.0).signum());
        assert!(values.iter().enumerate().all(|(action, value)| action == 2 || *value == 1.0), "{values:?}");
    }
}

#[test]
fn importance_weights_scale_each_loss_and_the_errors_are_returned_with_their_sign() {
    let mut pilot = pilot(&settings(), &layer(&[1.0; 8], &NONE));
    let [mut both, other] = [batch(4.0, 0.0), batch(0.0, 0.0)];
    both.pilot_inputs.extend(other.pilot_inputs);
    both.next.extend(other.next);
    both.actions.push(5);
    both.rewards.push(0.0);
    both.discounts.push(0.0);
    both.weights = vec![0.25, 1.0];
    let (loss, errors) = pilot.learn(&settings(), &both, LEARNING_RATE);
    near(loss, (0.25 * 9.0 + 1.0 * 1.0) / 2.0);
    assert_eq!(errors.len(), 2);
    near(errors[0], 3.0);
    near(errors[1], -1.0);
}

#[test]
fn a_dueling_head_adds_to_the_value_how_far_an_advantage_is_above_their_mean() {
    let settings = PilotSettings { head: Head::Dueling, ..settings() };
    // Advantages 8, 0, 0, 0, 4, 0, 0, 4 with the mean 2, and the value 10.
    let mut pilot = pilot(&settings, &layer(&[8.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 4.0, 10.0], &[0.0; 9]));
    assert_eq!(pilot.q_values(&state(0.0)), [[16.0, 8.0, 8.0, 8.0, 12.0, 8.0, 8.0, 12.0]]);
    // A value too low raises the state's value and its action's advantage, and lowers those of the others.
    let (loss, _) = pilot.learn(&settings, &batch(9.0, 0.0), LEARNING_RATE);
    near(loss, 1.0);
    let step = LEARNING_RATE as f32;
    let [LayerWeights { bias, .. }] = &pilot.weights().0[..] else { panic!("it has one layer") };
    for (output, (bias, before)) in bias.iter().zip([8.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 4.0, 10.0]).enumerate() {
        near(*bias, before + if [2, 8].contains(&output) { step } else { -step });
    }
}

#[test]
fn the_quantile_loss_weighs_an_error_by_the_level_of_its_quantile() {
    let settings = PilotSettings { head: Head::Quantile, quantiles: 2, ..settings() };
    let mut outputs = [0.0; 16];
    // Quantiles 0 and 2 of action 2, at the levels 1/4 and 3/4.
    outputs[5] = 2.0;
    let mut pilot = pilot(&settings, &layer(&outputs, &[0.0; 16]));
    near(pilot.q_values(&state(0.0))[0][2], 1.0);
    // Both target quantiles are 1: errors 1 (weight 1/4) and -1 (weight |3/4 - 1|), each of Huber loss 1/2.
    let (loss, _) = pilot.learn(&settings, &batch(1.0, 0.0), LEARNING_RATE);
    near(loss, 0.25 * 0.5 + 0.25 * 0.5);
    let [LayerWeights { bias, .. }] = &pilot.weights().0[..] else { panic!("it has one layer") };
    near(bias[4], LEARNING_RATE as f32);
    near(bias[5], 2.0 - LEARNING_RATE as f32);
}

#[test]
fn adams_epsilon_is_the_one_of_the_settings() {
    // The first step is rate * g / (|g| + epsilon): with an epsilon as large as the gradient half of it.
    let gradient = 2.0 * 3.0;
    let settings = PilotSettings { adam_epsilon: gradient, ..settings() };
    let mut pilot = pilot(&settings, &layer(&[1.0; 8], &NONE));
    pilot.learn(&settings, &batch(4.0, 0.0), LEARNING_RATE);
    near(pilot.q_values(&state(0.0))[0][2], 1.0 + 0.5 * LEARNING_RATE as f32);
}
