//! The built-in scenarios and profiles, and the weights of a reward profile.

use super::NAMES;
use resonetics::settings::{
    EpsilonDecay, Loss, PROFILES, ProphetInputKind, ProphetLabel, RewardProfile, RewardSettings, SCENARIOS, Scenario,
    Settings, UpdateTiming, load_scenario, load_settings, settings_from,
};
use std::fs;
use std::path::Path;

/// The default constants.
fn common(name: &str) -> Scenario {
    Scenario {
        name: name.to_owned(),
        rows: 6,
        columns: 6,
        max_steps: 300,
        max_budget: 100.0,
        initial_budget: 100.0,
        recovery: 0.5,
        full_clean_cost: 1.0,
        memory_clean_cost: 0.6,
        throttle_cost: 0.3,
        scale_cost: 5.0,
        base_low: 0.2,
        base_high: 0.5,
        wave_amplitude: 0.15,
        wave_period: 200.0,
        phase_spread: 0.25,
        burst_probability: 0.003,
        burst_low: 0.2,
        burst_high: 0.5,
        burst_length: 20.0,
        leak_median: 0.0025,
        leak_sigma: 1.0,
        leak_max: 0.03,
        cpu_coupling: 1.0,
        escalation: 0.3,
        storm_probability: 0.0,
        storm_length: 30,
        storm_factor: 3.0,
        storm_share: 0.3,
        spill_cpu: 0.0,
        spill_memory: 0.0,
        oom_limit: 2,
        priority_low_share: 1.0 / 3.0,
        priority_mid_share: 1.0 / 3.0,
    }
}

/// The scenario as in the table of docs/model.md.
fn published(name: &str) -> Scenario {
    let mut scenario = common(name);
    match name {
        "classic" => {
            (scenario.rows, scenario.columns, scenario.max_steps) = (4, 4, 500);
            (scenario.leak_median, scenario.leak_sigma, scenario.escalation) = (0.0026, 0.93, 0.5);
        }
        "calm" => (scenario.leak_sigma, scenario.leak_max) = (0.8, 0.02),
        "default" => {}
        "leak-storm" => {
            (scenario.storm_probability, scenario.storm_length) = (0.01, 30);
            (scenario.storm_factor, scenario.storm_share, scenario.leak_max) = (3.0, 0.3, 0.02);
        }
        "rush-hour" => {
            (scenario.wave_amplitude, scenario.wave_period, scenario.phase_spread) = (0.35, 150.0, 0.0);
            (scenario.burst_probability, scenario.burst_length) = (0.006, 25.0);
            (scenario.burst_low, scenario.burst_high) = (0.3, 0.6);
            (scenario.cpu_coupling, scenario.leak_max) = (2.0, 0.02);
        }
        "budget-squeeze" => {
            (scenario.max_budget, scenario.initial_budget, scenario.recovery) = (50.0, 25.0, 0.2);
            (scenario.scale_cost, scenario.full_clean_cost) = (6.0, 1.2);
            (scenario.memory_clean_cost, scenario.throttle_cost) = (0.8, 0.3);
        }
        "cascade" => {
            (scenario.spill_cpu, scenario.spill_memory, scenario.leak_median) = (0.4, 0.05, 0.0035);
            (scenario.oom_limit, scenario.priority_low_share, scenario.priority_mid_share) = (4, 0.5, 0.3);
        }
        other => panic!("{other} is not in docs/model.md"),
    }
    scenario
}

#[test]
fn every_built_in_scenario_is_as_documented() {
    assert_eq!(SCENARIOS.map(|(name, _)| name).join(", "), NAMES);
    for (name, _) in SCENARIOS {
        assert_eq!(load_scenario(name).unwrap(), published(name));
    }
    assert_eq!(Settings::default().cluster, published("default"));
}

#[test]
fn every_built_in_file_is_in_the_assets_under_its_name() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    for (folder, files) in [("scenarios", &SCENARIOS[..]), ("profiles", &PROFILES[..])] {
        for (name, text) in files {
            assert_eq!(&fs::read_to_string(assets.join(folder).join(format!("{name}.ron"))).unwrap(), text);
        }
        assert_eq!(fs::read_dir(assets.join(folder)).unwrap().count(), files.len(), "{folder}");
    }
}

#[test]
fn the_profile_v13_is_the_learner_of_the_older_program() {
    let settings = load_settings("v13").unwrap();
    assert_eq!(settings.reward, RewardSettings::for_profile(RewardProfile::Classic));
    assert_eq!(
        (settings.prophet.label, settings.prophet.inputs),
        (ProphetLabel::EpisodeOutcome, ProphetInputKind::Statistics)
    );
    let pilot = &settings.pilot;
    assert_eq!((pilot.loss, pilot.update_timing, pilot.updates_per_episode), (Loss::Mse, UpdateTiming::EpisodeEnd, 10));
    assert_eq!((pilot.target_every, pilot.n_step, pilot.double), (0, 1, false));
    assert_eq!(settings.exploration.decay, EpsilonDecay::PerEpisode);
    assert_eq!(settings.cluster, Scenario::default());
}

#[test]
fn a_reward_profile_sets_the_weights_that_the_file_leaves_out() {
    let settings = settings_from(Path::new("mine.ron"), "(reward: (profile: \"classic\"))").unwrap();
    assert_eq!(settings.reward, RewardSettings::for_profile(RewardProfile::Classic));
    let settings = settings_from(Path::new("mine.ron"), "(reward: (profile: \"classic\", oom: -7.0))").unwrap();
    assert_eq!(settings.reward, RewardSettings { oom: -7.0, ..RewardSettings::for_profile(RewardProfile::Classic) });
    let mut settings = Settings::default();
    settings.set("reward.profile", "classic").unwrap();
    assert_eq!(settings.reward, RewardSettings::for_profile(RewardProfile::Classic));
}
