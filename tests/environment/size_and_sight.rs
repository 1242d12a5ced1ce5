//! Tori of all sizes, and the 35 numbers of an observation.

use super::{actions, begin, default_with, observe, scenarios, walk_to};
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use resonetics::cluster::{Action, OBSERVATION, PATCH, STATISTICS};

proptest! {
    #[test]
    fn every_observation_is_35_numbers_from_0_to_1(
        scenario in scenarios(),
        seed in any::<u64>(),
        actions in actions(120),
    ) {
        let mut cluster = begin(&scenario, seed);
        for action in actions {
            let observation = observe(&cluster);
            prop_assert_eq!(observation.0.len(), 35);
            prop_assert!(
                observation.0.iter().all(|number| (0.0..=1.0).contains(number)),
                "{:?} before {:?}", observation, action
            );
            if cluster.step(action).outcome.is_over() {
                prop_assert!(observe(&cluster).0.iter().all(|number| (0.0..=1.0).contains(number)));
                cluster.reset(seed.wrapping_add(1));
            }
        }
    }

    #[test]
    fn the_observation_follows_from_the_state_by_the_formulas_of_the_model(
        scenario in scenarios(),
        seed in any::<u64>(),
        actions in actions(60),
    ) {
        let mut cluster = begin(&scenario, seed);
        for action in actions {
            cluster.step(action);
        }
        let (rows, columns) = (scenario.rows, scenario.columns);
        let (row, column) = cluster.agent();
        let cells = cluster.cells();
        let mut expected = Vec::new();
        for at_row in [row + rows - 1, row, row + 1] {
            for at_column in [column + columns - 1, column, column + 1] {
                let index = (at_row % rows) * columns + at_column % columns;
                expected.extend([cells.cpu[index], cells.mem[index], cells.priority[index]]);
            }
        }
        expected.push(row as f32 / (rows - 1) as f32);
        expected.push(column as f32 / (columns - 1) as f32);
        expected.push((cluster.budget() / scenario.max_budget) as f32);
        let count = (rows * columns) as f32;
        let hot = (0..rows * columns).filter(|&index| cells.cpu[index] > 0.8 || cells.mem[index] > 0.8).count();
        let critical = cells.mem.iter().zip(&cells.priority).filter(|(_, priority)| **priority > 0.8);
        expected.push(cells.cpu.iter().sum::<f32>() / count);
        expected.push(cells.mem.iter().sum::<f32>() / count);
        expected.push(cells.mem.iter().copied().fold(0.0, f32::max));
        expected.push(hot as f32 / count);
        expected.push(critical.map(|(mem, _)| *mem).fold(0.0, f32::max));
        let observation = observe(&cluster);
        for (at, (found, expected)) in observation.0.iter().zip(expected).enumerate() {
            prop_assert!((found - expected).abs() < 1e-5, "number {} is {}, expected {}", at, found, expected);
        }
    }
}

#[test]
fn an_observation_has_a_patch_a_position_a_budget_and_five_statistics() {
    assert_eq!((OBSERVATION, PATCH, STATISTICS), (35, 27, 5));
    let cluster = begin(&default_with(|scenario| scenario.initial_budget = 25.0), 5);
    let observation = observe(&cluster);
    let here = cluster.index(cluster.agent().0, cluster.agent().1);
    assert_eq!(observation.cell(0, 0).cpu, cluster.cells().cpu[here]);
    assert_eq!(observation.cell(0, 0).mem, cluster.cells().mem[here]);
    assert_eq!(observation.budget(), 0.25);
    assert_eq!(observation.statistics(), cluster.statistics());
}

#[test]
fn each_move_goes_one_cell_in_its_direction_and_around_the_edge() {
    for (rows, columns) in [(3, 7), (7, 3), (6, 6)] {
        let scenario = default_with(|scenario| (scenario.rows, scenario.columns) = (rows, columns));
        let mut cluster = begin(&scenario, 3);
        for row in 0..rows {
            for column in 0..columns {
                for (action, (to_row, to_column)) in [
                    (Action::Up, ((row + rows - 1) % rows, column)),
                    (Action::Down, ((row + 1) % rows, column)),
                    (Action::Left, (row, (column + columns - 1) % columns)),
                    (Action::Right, (row, (column + 1) % columns)),
                ] {
                    walk_to(&mut cluster, row, column);
                    let effect = cluster.act(action);
                    assert_eq!(cluster.agent(), (to_row, to_column), "{action:?} from {row}, {column}");
                    assert_eq!(effect.spent, 0.0, "a move is free");
                }
            }
        }
    }
}

#[test]
fn a_move_leaves_the_grid_as_it_is() {
    let mut cluster = begin(&default_with(|_| ()), 9);
    let before = cluster.cells().clone();
    for action in [Action::Up, Action::Left, Action::Down, Action::Right] {
        cluster.act(action);
    }
    assert_eq!(cluster.cells(), &before);
    assert_eq!(cluster.budget(), 100.0);
}

#[test]
fn a_torus_that_is_not_square_has_its_cells_row_by_row() {
    let cluster = begin(&default_with(|scenario| (scenario.rows, scenario.columns) = (3, 7)), 1);
    assert_eq!(cluster.cells().cpu.len(), 21);
    assert_eq!((cluster.index(0, 6), cluster.index(1, 0), cluster.index(2, 6)), (6, 7, 20));
}

#[test]
fn the_largest_torus_plays_whole_episodes() {
    for (rows, columns) in [(128, 128), (3, 128), (128, 3)] {
        let scenario = default_with(|scenario| {
            (scenario.rows, scenario.columns) = (rows, columns);
            scenario.oom_limit = 16_384;
            (scenario.priority_low_share, scenario.priority_mid_share) = (0.5, 0.5);
            (scenario.spill_cpu, scenario.spill_memory) = (0.4, 0.05);
            scenario.max_steps = 60;
        });
        let mut cluster = begin(&scenario, 2);
        assert_eq!(cluster.cells().mem.len(), rows * columns);
        walk_to(&mut cluster, rows - 1, columns - 1);
        assert_eq!((observe(&cluster).0[PATCH], observe(&cluster).0[PATCH + 1]), (1.0, 1.0));
        let start = cluster.mean_load();
        let mut steps = 0;
        while !cluster.step(Action::ALL[steps % Action::COUNT]).outcome.is_over() {
            steps += 1;
        }
        assert_eq!(cluster.time(), 60, "{rows}x{columns}");
        assert!(cluster.mean_load() > start + 0.05, "entropy has hardly moved {rows}x{columns}");
        assert!(observe(&cluster).0.iter().all(|number| (0.0..=1.0).contains(number)));
    }
}
