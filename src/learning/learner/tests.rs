//! What the learner does with settings that change, models that are loaded, and schedules.

use super::*;
use crate::cluster::{Action, Observation};
use crate::features::PilotInput;
use crate::learning::QNetwork;
use crate::settings::{EpsilonDecay, RunSettings};

/// Settings of a Pilot or a table that learns at every step.
fn settings(agent: AgentKind) -> Settings {
    let mut settings = Settings::default();
    (settings.run.agent, settings.run.steps, settings.run.threads) = (agent, 100, 1);
    (settings.pilot.hidden, settings.pilot.batch_size) = (vec![4], 4);
    (settings.pilot.warmup, settings.pilot.train_every) = (0, 1);
    settings
}

/// A step with a reward.
fn transition() -> Transition {
    let pilot_input = PilotInput::from(&Observation([0.5; 35]));
    Transition { pilot_input, action: Action::Scale, reward: 1.0, next: pilot_input, discount: 0.0 }
}

/// Learns from one step with a reward; returns the model afterwards.
fn learn_one_step(learner: &mut Learner, settings: &Settings) -> Model {
    learner.remember(settings, transition());
    learner.learn(settings, 1, 0);
    learner.model()
}

#[test]
fn the_next_update_uses_a_changed_learning_rate() {
    for agent in [AgentKind::Dqn, AgentKind::QTable] {
        let mut settings = settings(agent);
        let mut learner = Learner::new(&settings);
        let first = learn_one_step(&mut learner, &settings);
        (settings.pilot.learning_rate, settings.qtable.learning_rate) = (0.0, 0.0);
        let still = learn_one_step(&mut learner, &settings);
        assert!(still.updates > first.updates, "{agent:?} goes on updating");
        assert!((&still.pilot, &still.table) == (&first.pilot, &first.table), "{agent:?} does not move");
        learner.load(&settings, &still).unwrap();
        let loaded = learn_one_step(&mut learner, &settings);
        assert!((&loaded.pilot, &loaded.table) == (&first.pilot, &first.table), "{agent:?} still does not move");
        (settings.pilot.learning_rate, settings.qtable.learning_rate) = (0.1, 0.1);
        let moved = learn_one_step(&mut learner, &settings);
        assert!((&moved.pilot, &moved.table) != (&first.pilot, &first.table), "{agent:?} moves again");
    }
}

#[test]
fn epsilon_follows_the_settings_until_the_learner_is_frozen() {
    let mut settings = settings(AgentKind::Dqn);
    let mut learner = Learner::new(&settings);
    (0..15).for_each(|_| learner.learn(&settings, 1, 0));
    let epsilon = |learner: &Learner, settings: &Settings| learner.exploration(settings).epsilon();
    assert!((epsilon(&learner, &settings) - 0.525).abs() < 1e-12);
    settings.run.steps = 200;
    assert!((epsilon(&learner, &settings) - 0.7625).abs() < 1e-12, "the run became twice as long");
    settings.exploration.decay = EpsilonDecay::PerEpisode;
    settings.exploration.episode_factor = 0.5;
    learner.learn(&settings, 1, 2);
    let factor = learner.model().episodes_factor;
    assert_eq!(epsilon(&learner, &settings), factor);
    learner.freeze(&settings);
    assert_eq!((epsilon(&learner, &settings), learner.model().episodes_factor), (0.0, factor));
}

#[test]
fn a_learning_rate_falls_linearly_and_then_stays() {
    let rates = [-1.0, 0.0, 0.5, 1.0, 2.0].map(|progress| scheduled_rate(0.4, 0.25, progress));
    assert_eq!(rates, [0.4, 0.4, 0.25, 0.1, 0.1]);
}

#[test]
fn a_model_that_is_loaded_while_a_policy_is_watched_is_watched_as_it_is_evaluated() {
    let settings = settings(AgentKind::Dqn);
    let mut trained =
        Learner::new(&Settings { run: RunSettings { seed: 9, ..settings.run.clone() }, ..settings.clone() });
    (0..40).for_each(|_| drop(learn_one_step(&mut trained, &settings)));
    let model = trained.model();
    assert_ne!(model.pilot_average.as_ref(), Some(&model.pilot));
    let mut watched = Learner::new(&settings);
    watched.freeze(&settings);
    watched.learn(&settings, 7, 1);
    watched.load(&settings, &model).unwrap();
    assert_eq!((watched.steps(), watched.model().steps), (7, model.steps));
    let input: Vec<f32> =
        (0..PilotInput::length(settings.pilot.inputs)).map(|at| (at as f32 * 0.3).sin().abs()).collect();
    let expected = QNetwork::new(&settings.pilot, model.pilot_average.as_ref().unwrap(), &device(settings.run.backend));
    let expected = expected.for_evaluation(&settings.pilot).q_values(&input);
    assert_eq!(watched.q_values(&input), expected);
    watched.remember(&settings, transition());
    watched.learn(&settings, 1, 0);
    assert_eq!(watched.q_values(&input), expected, "nothing is learned");
    assert_eq!(watched.exploration(&settings).epsilon(), 0.0);
}

#[test]
fn learning_waits_until_the_memory_of_a_loaded_model_is_warm() {
    let mut settings = settings(AgentKind::Dqn);
    settings.pilot.warmup = 5;
    let mut learner = Learner::new(&settings);
    (0..9).for_each(|_| drop(learn_one_step(&mut learner, &settings)));
    let model = learner.model();
    assert_eq!((model.steps, model.updates), (9, 5));
    learner.load(&settings, &model).unwrap();
    (0..4).for_each(|_| assert_eq!(learn_one_step(&mut learner, &settings).pilot, model.pilot));
    assert_ne!(learn_one_step(&mut learner, &settings).pilot, model.pilot);
}

#[test]
fn weights_that_would_compute_another_function_are_refused() {
    let settings = settings(AgentKind::Dqn);
    let mut learner = Learner::new(&settings);
    let before = learner.model();
    let mut refused = |change: fn(&mut Settings)| {
        let mut other = settings.clone();
        change(&mut other);
        let error = learner.load(&settings, &Learner::new(&other).model()).unwrap_err().to_string();
        assert_eq!(learner.model(), before, "nothing changed");
        error
    };
    assert!(refused(|other| other.pilot.layer_norm = true).contains("pilot.layer_norm=true, and false is set"));
    let error = refused(|other| other.prophet.horizons = vec![1, 2, 3, 4, 5, 6]);
    assert!(error.contains("[1, 2, 3, 4, 5, 6]") && error.contains("[2, 5, 10, 20, 35, 50]"), "{error}");
    assert!(refused(|other| other.prophet.hidden = vec![3]).contains("Prophet"));
}
