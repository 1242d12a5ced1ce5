//! The statistics of entropy: demand, lag, noise, waves, bursts, leaks and storms, each alone, on a torus large enough for
//! precise averages.

use super::{begin, default_with};
use resonetics::cluster::{Action, Cluster};
use resonetics::settings::Scenario;

/// A torus of 16,384 cells without leaks, waves and bursts, whose demand wanders around `level`.
fn quiet(level: f64, change: impl FnOnce(&mut Scenario)) -> Cluster {
    let scenario = default_with(|scenario| {
        (scenario.rows, scenario.columns, scenario.oom_limit) = (128, 128, 16_384);
        (scenario.priority_low_share, scenario.priority_mid_share) = (1.0, 0.0);
        (scenario.base_low, scenario.base_high) = (level, level);
        (scenario.wave_amplitude, scenario.phase_spread, scenario.burst_probability) = (0.0, 0.0, 0.0);
        (scenario.leak_median, scenario.leak_sigma, scenario.leak_max) = (0.0, 0.0, 1.0);
        change(scenario);
    });
    begin(&scenario, 21)
}

fn wait(cluster: &mut Cluster, steps: usize) {
    (0..steps).for_each(|_| {
        cluster.step(Action::Up);
    });
}

/// Mean and standard deviation.
fn moments(numbers: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = numbers.clone().count() as f64;
    let mean = numbers.clone().sum::<f64>() / count;
    (mean, (numbers.map(|number| (number - mean).powi(2)).sum::<f64>() / count).sqrt())
}

fn cpu(cluster: &Cluster) -> (f64, f64) {
    moments(cluster.cells().cpu.iter().map(|cpu| f64::from(*cpu)))
}

fn gains(cluster: &mut Cluster) -> Vec<f64> {
    let before = cluster.cells().mem.clone();
    cluster.step(Action::Up);
    cluster.cells().mem.iter().zip(before).map(|(now, then)| f64::from(now - then)).collect()
}

#[test]
fn the_processor_closes_a_tenth_of_the_gap_to_its_demand_each_step() {
    let mut cluster = quiet(0.5, |_| ());
    let mut expected = cpu(&cluster).0;
    for step in 1..=40 {
        cluster.step(Action::Up);
        expected += 0.1 * (0.5 - expected);
        assert!(
            (cpu(&cluster).0 - expected).abs() < 0.003,
            "{:?} after {step} steps, expected {expected}",
            cpu(&cluster)
        );
    }
}

#[test]
fn wandering_demand_and_noise_spread_the_processors_as_the_model_says() {
    let mut cluster = quiet(0.5, |_| ());
    wait(&mut cluster, 300);
    // A wandering d = 0.95 d + 0.02 N, through the lag c = 0.9 c + 0.1 d + 0.01 N.
    let wander = 0.02_f64.powi(2) / (1.0 - 0.95_f64.powi(2));
    let lagged = wander * 0.01 * (1.0 + 0.9 * 0.95) / ((1.0 - 0.81) * (1.0 - 0.9 * 0.95));
    let expected = (lagged + 0.01_f64.powi(2) / (1.0 - 0.81)).sqrt();
    let (mean, spread) = cpu(&cluster);
    assert!((mean - 0.5).abs() < 0.003 && (spread - expected).abs() < 0.002, "{mean}, {spread}, expected {expected}");
}

#[test]
fn the_wave_of_demand_has_its_amplitude_and_its_period() {
    let mut cluster = quiet(0.5, |scenario| (scenario.wave_amplitude, scenario.wave_period) = (0.3, 80.0));
    wait(&mut cluster, 120);
    let mut means = Vec::new();
    for _ in 0..160 {
        cluster.step(Action::Up);
        means.push(cpu(&cluster).0);
    }
    let (low, high) = means.iter().fold((1.0_f64, 0.0_f64), |(low, high), mean| (low.min(*mean), high.max(*mean)));
    // What the lag lets through of a wave of that period.
    let turn = std::f64::consts::TAU / 80.0;
    let through = 0.1 / ((1.0 - 0.9 * turn.cos()).powi(2) + (0.9 * turn.sin()).powi(2)).sqrt();
    assert!((high - low - 0.6 * through).abs() < 0.01, "{low} to {high}, expected a span of {}", 0.6 * through);
    assert!((0..80).all(|at| (means[at] - means[at + 80]).abs() < 0.01), "the wave repeats after 80 steps");
    assert!((0..80).all(|at| (means[at] + means[at + 40] - 1.0).abs() < 0.01), "and is inverted after 40");
}

#[test]
fn a_spread_of_phases_flattens_the_sum_of_the_waves() {
    let mut cluster = quiet(0.5, |scenario| {
        (scenario.wave_amplitude, scenario.wave_period, scenario.phase_spread) = (0.3, 80.0, 1.0);
    });
    wait(&mut cluster, 100);
    for _ in 0..80 {
        cluster.step(Action::Up);
        let (mean, spread) = cpu(&cluster);
        assert!((mean - 0.5).abs() < 0.01 && spread > 0.1, "{mean}, {spread}");
    }
}

#[test]
fn bursts_come_as_often_as_high_and_as_long_as_the_scenario_says() {
    for (probability, length, low, high) in [(0.02, 20.0, 0.2, 0.5), (0.01, 60.0, 0.3, 0.3), (0.05, 5.0, 0.0, 0.4)] {
        let mut cluster = quiet(0.3, |scenario| {
            (scenario.burst_probability, scenario.burst_length) = (probability, length);
            (scenario.burst_low, scenario.burst_high) = (low, high);
        });
        wait(&mut cluster, 400);
        let mut means = Vec::new();
        for _ in 0..200 {
            cluster.step(Action::Up);
            means.push(cpu(&cluster).0);
        }
        // 1 + floor(Exp) steps, then at least one step without, and 1 / probability steps until the next begins.
        let lasting = 1.0 + 1.0 / ((1.0_f64 / length).exp() - 1.0);
        let share = lasting / (lasting + 1.0 / probability);
        let expected = 0.3 + share * f64::midpoint(low, high);
        let found = moments(means.iter().copied()).0;
        assert!((found - expected).abs() < 0.005, "{found}, expected {expected} for {probability}, {length}");
    }
}

#[test]
fn memory_leaks_at_its_rate_with_its_noise() {
    let mut cluster = quiet(0.2, |scenario| (scenario.leak_median, scenario.escalation) = (0.01, 2.0));
    wait(&mut cluster, 20);
    for _ in 0..20 {
        // The escalation is evaluated at the time before the step.
        let expected = 0.01 * (1.0 + 2.0 * cluster.time() as f64 / 500.0);
        let gains = gains(&mut cluster);
        let (mean, spread) = moments(gains.iter().copied());
        assert!((mean - expected).abs() < 0.0002, "{mean} gained, expected {expected}");
        assert!((spread - 0.004).abs() < 0.0002, "a spread of {spread}");
    }
}

#[test]
fn a_busy_processor_leaks_faster_only_above_one_half() {
    for (level, coupling, factor) in [(0.4, 3.0, 1.0), (0.9, 0.0, 1.0), (0.9, 3.0, 1.0 + 3.0 * 0.8)] {
        let mut cluster = quiet(level, |scenario| {
            (scenario.leak_median, scenario.escalation, scenario.cpu_coupling) = (0.002, 0.0, coupling);
        });
        wait(&mut cluster, 100);
        let (mean, _) = moments(gains(&mut cluster).iter().copied());
        assert!((mean - 0.002 * factor).abs() < 0.0003, "{mean} gained at cpu {level} and coupling {coupling}");
    }
}

#[test]
fn a_storm_multiplies_the_leaks_of_its_share_of_cells_for_its_length() {
    let mut cluster = quiet(0.2, |scenario| {
        (scenario.leak_median, scenario.escalation) = (0.004, 0.0);
        (scenario.storm_probability, scenario.storm_length) = (1.0, 7);
        (scenario.storm_factor, scenario.storm_share) = (5.0, 0.3);
    });
    let mut earlier: Option<Vec<bool>> = None;
    for round in 0..3 {
        let mut hit = Vec::new();
        for step in 0..8 {
            let gains = gains(&mut cluster);
            let now: Vec<bool> = (0..gains.len()).map(|index| cluster.leak_now(index) > 0.01).collect();
            let share = now.iter().filter(|hit| **hit).count() as f64 / gains.len() as f64;
            let stormed = moments(gains.iter().zip(&now).filter(|(_, hit)| **hit).map(|(gain, _)| *gain));
            let calm = moments(gains.iter().zip(&now).filter(|(_, hit)| !**hit).map(|(gain, _)| *gain));
            assert!((calm.0 - 0.004).abs() < 0.0004, "calm cells gain {}", calm.0);
            if step == 7 {
                assert_eq!(share, 0.0, "a storm of 7 steps is over");
                continue;
            }
            assert!((share - 0.3).abs() < 0.02, "{share} of the cells are hit in step {step} of storm {round}");
            assert!((stormed.0 - 0.02).abs() < 0.0006, "stormed cells gain {}", stormed.0);
            assert!(hit.is_empty() || hit == now, "one storm keeps to its cells");
            hit = now;
        }
        assert!(earlier.as_ref() != Some(&hit), "another storm hits other cells");
        earlier = Some(hit);
    }
}

#[test]
fn storms_come_as_often_as_the_scenario_says() {
    let scenario = default_with(|scenario| {
        (scenario.storm_probability, scenario.storm_length, scenario.storm_share) = (0.02, 10, 1.0);
        (scenario.storm_factor, scenario.leak_median, scenario.leak_max) = (100.0, 0.0001, 0.0001);
        scenario.leak_sigma = 0.0;
    });
    let mut storms = 0;
    let mut cluster = begin(&scenario, 5);
    let mut before = false;
    for _ in 0..30_000 {
        cluster.step(Action::Up);
        let now = cluster.leak_now(0) > 50.0 * 0.0001;
        storms += u32::from(now && !before);
        before = now;
    }
    // A storm and the calm that follows last 10 + 1 / 0.02 steps, so about 500 begin: standard error 20.
    assert!((420..580).contains(&storms), "{storms} storms in 30,000 steps");
}
