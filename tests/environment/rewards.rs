//! The reward: every term by its formula, on its own, and their sum, under both profiles.

use super::{actions, scenarios};
use proptest::prelude::{any, prop_assert, proptest};
use resonetics::cluster::{Action, Cluster, Outcome, RewardTerm, RewardTerms, TERMS};
use resonetics::settings::{RewardProfile, RewardSettings, Scenario, load_scenario};

const PROFILES: [RewardProfile; 2] = [RewardProfile::Survival, RewardProfile::Classic];

/// The weights of a profile as in docs/model.md, by index of the term.
fn published(profile: RewardProfile) -> [f64; TERMS] {
    // step, clean, scale, refused, oom, critical oom, load, collapse, spend, potential
    match profile {
        RewardProfile::Classic => [-0.01, 1.0, 0.8, -1.0, -2.0, -3.0, 0.5, 0.0, 0.0, 0.0],
        RewardProfile::Survival => [0.0, 0.0, 0.0, -1.0, -0.2, 0.0, 0.0, -5.0, -0.01, 1.0],
    }
}

fn weights(settings: &RewardSettings) -> [f64; TERMS] {
    [
        settings.step,
        settings.clean,
        settings.scale,
        settings.refused,
        settings.oom,
        settings.critical_oom,
        settings.load,
        settings.collapse,
        settings.spend,
        settings.potential,
    ]
}

/// The potential `F`, from the public state of the cells.
fn potential(cluster: &Cluster) -> f64 {
    let cells = cluster.cells().mem.iter().zip(&cluster.cells().priority);
    -cells.map(|(mem, priority)| (if *priority > 0.8 { 2.0 } else { 1.0 }) * f64::from(*mem).powi(3)).sum::<f64>()
}

fn mean_load(cluster: &Cluster) -> f64 {
    let cells = cluster.cells();
    let sum: f64 = cells.cpu.iter().chain(&cells.mem).map(|number| f64::from(*number)).sum();
    sum / (2 * cells.cpu.len()) as f64
}

/// Plays one step and recomputes the unweighted terms from the public state before and after it.
fn step_and_expected(cluster: &mut Cluster, action: Action) -> (RewardTerms, [f64; TERMS], Outcome) {
    let scenario = cluster.scenario().clone();
    let (budget, load, old_potential) = (cluster.budget(), mean_load(cluster), potential(cluster));
    let hotspots = (0..scenario.cells()).filter(|&index| cluster.is_hotspot(index)).count();
    let sum = |cluster: &Cluster| {
        let here = cluster.index(cluster.agent().0, cluster.agent().1);
        f64::from(cluster.cells().cpu[here]) + f64::from(cluster.cells().mem[here])
    };
    let before = sum(cluster);
    let effect = cluster.act(action);
    let here = cluster.index(cluster.agent().0, cluster.agent().1);
    let (cleaned, spent) = (before - sum(cluster), budget - cluster.budget());
    cluster.decay();
    let step = cluster.judge(&effect);

    let affordable = (budget / scenario.scale_cost).floor();
    let cost = match action {
        Action::FullClean => Some(scenario.full_clean_cost),
        Action::MemoryClean => Some(scenario.memory_clean_cost),
        Action::Throttle => Some(scenario.throttle_cost),
        _ => None,
    };
    let paid = cost.is_some_and(|cost| budget >= cost);
    let refused = match (action, cost) {
        (Action::Scale, _) if hotspots == 0 => 0.2,
        (Action::Scale, _) if affordable < 1.0 => 0.5,
        (_, Some(_)) if !paid => 0.2,
        _ => 0.0,
    };
    let clean = match paid {
        true if cleaned < 0.2 => -0.1,
        true => (cleaned / 1.5).min(1.0) * (1.0 + f64::from(cluster.cells().priority[here])),
        false => 0.0,
    };
    let scaled =
        if action == Action::Scale && hotspots > 0 { affordable.min(hotspots as f64) / hotspots as f64 } else { 0.0 };
    let failed = cluster.cells().mem.iter().zip(&cluster.cells().priority).filter(|(mem, _)| **mem >= 0.99);
    let collapsed = step.outcome.is_collapse();
    let expected = [
        1.0,
        clean,
        scaled,
        refused,
        failed.clone().count() as f64,
        failed.filter(|(_, priority)| **priority > 0.8).count() as f64,
        load - mean_load(cluster),
        if collapsed { 1.0 } else { 0.0 },
        spent,
        0.99 * if collapsed { 0.0 } else { potential(cluster) } - old_potential,
    ];
    (step.reward, expected, step.outcome)
}

fn cluster(scenario: &Scenario, settings: RewardSettings, seed: u64) -> Cluster {
    let mut cluster = Cluster::new(scenario.clone(), settings, None);
    cluster.reset(seed);
    cluster
}

proptest! {
    #[test]
    fn every_term_follows_its_formula_and_the_reward_is_their_sum(
        scenario in scenarios(),
        seed in any::<u64>(),
        actions in actions(100),
    ) {
        for profile in PROFILES {
            let mut cluster = cluster(&scenario, RewardSettings::for_profile(profile), seed);
            for action in &actions {
                let (reward, raw, outcome) = step_and_expected(&mut cluster, *action);
                for (at, (weight, raw)) in published(profile).into_iter().zip(raw).enumerate() {
                    let (found, expected) = (reward.0[at], weight * raw);
                    prop_assert!(
                        (found - expected).abs() < 1e-4 * (1.0 + expected.abs()),
                        "{:?} is {}, expected {} after {:?}", RewardTerm::ALL[at], found, expected, action
                    );
                }
                prop_assert!((reward.total() - reward.0.iter().sum::<f64>()).abs() < 1e-12);
                if outcome.is_over() {
                    break;
                }
            }
        }
    }
}

#[test]
fn the_profiles_have_the_weights_of_the_model() {
    for profile in PROFILES {
        assert_eq!(weights(&RewardSettings::for_profile(profile)), published(profile), "{profile:?}");
    }
    assert_eq!(RewardSettings::default().profile, RewardProfile::Survival);
}

/// Every term of 40 random episodes of `default`, summed by absolute size.
fn sizes(settings: &RewardSettings) -> [f64; TERMS] {
    let mut scenario = load_scenario("default").unwrap();
    (scenario.initial_budget, scenario.recovery) = (20.0, 0.1);
    let mut sums = [0.0; TERMS];
    for seed in 0..40 {
        let mut cluster = cluster(&scenario, settings.clone(), seed);
        for at in 0_u64.. {
            let step = cluster.step(Action::ALL[((at * 7 + at / 3 + seed) % 8) as usize]);
            sums.iter_mut().zip(step.reward.0).for_each(|(sum, term)| *sum += term.abs());
            if step.outcome.is_over() {
                break;
            }
        }
    }
    sums
}

#[test]
fn a_term_is_logged_exactly_where_its_weight_is_not_0() {
    for profile in PROFILES {
        let settings = RewardSettings::for_profile(profile);
        for ((term, size), weight) in RewardTerm::ALL.into_iter().zip(sizes(&settings)).zip(weights(&settings)) {
            assert_eq!(size > 0.0, weight != 0.0, "{term:?} of {profile:?} sums to {size} under a weight of {weight}");
        }
    }
}

#[test]
fn each_term_can_be_switched_off_without_touching_another() {
    let all = RewardSettings {
        step: 1.0,
        clean: 1.0,
        scale: 1.0,
        refused: 1.0,
        oom: 1.0,
        critical_oom: 1.0,
        load: 1.0,
        collapse: 1.0,
        spend: 1.0,
        potential: 1.0,
        ..RewardSettings::default()
    };
    let full = sizes(&all);
    let switches: [fn(&mut RewardSettings) -> &mut f64; TERMS] = [
        |settings| &mut settings.step,
        |settings| &mut settings.clean,
        |settings| &mut settings.scale,
        |settings| &mut settings.refused,
        |settings| &mut settings.oom,
        |settings| &mut settings.critical_oom,
        |settings| &mut settings.load,
        |settings| &mut settings.collapse,
        |settings| &mut settings.spend,
        |settings| &mut settings.potential,
    ];
    for (at, switch) in switches.into_iter().enumerate() {
        let mut settings = all.clone();
        *switch(&mut settings) = 0.0;
        let mut expected = full;
        expected[at] = 0.0;
        assert!(full[at] > 0.0);
        assert_eq!(sizes(&settings), expected, "{:?} switched off", RewardTerm::ALL[at]);
    }
}

#[test]
fn terms_add_up_over_an_episode() {
    let mut sum = RewardTerms::default();
    sum.add(&RewardTerms([1.0; TERMS]));
    sum.add(&RewardTerms([0.5; TERMS]));
    assert_eq!((sum, sum.total()), (RewardTerms([1.5; TERMS]), 15.0));
    let columns = RewardTerm::ALL.map(RewardTerm::column);
    assert!(columns.iter().all(|name| name.starts_with("reward_")), "{columns:?}");
}
