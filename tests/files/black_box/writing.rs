//! What a run writes, and that it is the same run whether it writes it or not.

use super::{FULL_MOMENTS, boxes, load, meddled, settings, ticks, world};
use resonetics::blackbox::{ExternalEvent, Verification};
use resonetics::cluster::Outcome;
use resonetics::simulation::RunStats;
use resonetics::storage::read_episodes;
use std::collections::HashSet;
use std::fmt::Write;
use std::fs;

#[test]
fn every_collapse_of_a_run_that_people_meddle_with_plays_again_alike() {
    let place = tempfile::tempdir().unwrap();
    let mut world = world(&place, "run", settings());
    meddled(&mut world, 3_000);
    let collapses = world.resource::<RunStats>().collapses;
    let files = boxes(&place.path().join("run"));
    assert!(collapses >= 50, "{collapses}");
    assert_eq!(files.len() as u64, collapses);
    let (mut interventions, mut lengths, mut causes) = (0, 0, HashSet::new());
    for file in &files {
        let it = load(file);
        assert_eq!(it.verify().unwrap(), Verification::Same { hashes: it.action_log.moments() }, "{}", file.display());
        assert_eq!(it.moments.len(), FULL_MOMENTS.min(it.action_log.moments()));
        let last = it.moments.last().unwrap();
        let ending = last.agent_record.as_ref().unwrap().outcome;
        assert!(matches!(ending, Outcome::Terminated(_)) && last.tick == it.tick);
        causes.insert(ending.name());
        for (_, outside) in it.action_log.external_events() {
            match outside {
                ExternalEvent::Intervention(_) => interventions += 1,
                ExternalEvent::MaxSteps(_) => lengths += 1,
            }
        }
    }
    assert!(interventions > 50 && lengths > 0 && causes.len() > 1, "{interventions}, {lengths}, {causes:?}");
}

#[test]
fn a_black_box_names_the_episode_of_its_row() {
    let place = tempfile::tempdir().unwrap();
    let mut world = world(&place, "run", settings());
    ticks(&mut world, 800);
    let run = place.path().join("run");
    let rows = read_episodes(&run).unwrap();
    let text = fs::read_to_string(run.join("episodes.csv")).unwrap();
    let files = boxes(&run);
    assert!(files.len() > 5 && rows.len() >= files.len());
    for file in files {
        let it = load(&file);
        let name = format!("episode-{:08}.rsbb", it.episode);
        assert_eq!(file.file_name().unwrap().to_str(), Some(name.as_str()));
        let row: Vec<_> = text.lines().nth(1 + it.episode as usize).unwrap().split(',').collect();
        let message = [it.episode, it.cluster].map(|number| number.to_string());
        assert_eq!((row[0], row[1]), (message[0].as_str(), message[1].as_str()));
        assert_eq!((row[3], row[4]), (it.seed.to_string().as_str(), it.action_log.steps().to_string().as_str()));
    }
}

#[test]
fn a_collapse_under_a_trace_plays_again_without_the_trace() {
    let place = tempfile::tempdir().unwrap();
    let trace = place.path().join("load.csv");
    let mut text = "time_s,node,cpu,memory\n".to_owned();
    for row in 0..90 {
        for node in 0..5 {
            let (cpu, memory) = ((row * 13 + node * 29) % 100, (row * 7 + node * 3) % 50);
            writeln!(text, "{},n{node},0.{cpu:02},0.{memory:02}", row * 60).unwrap();
        }
    }
    fs::write(&trace, text).unwrap();
    let mut settings = settings();
    settings.trace.file = trace.display().to_string();
    settings.trace.steps_per_row = 2;
    let mut world = world(&place, "run", settings);
    ticks(&mut world, 1_000);
    fs::remove_file(&trace).unwrap();
    let files = boxes(&place.path().join("run"));
    assert!(files.len() >= 10, "{}", files.len());
    let mut prints = HashSet::new();
    for file in files {
        let it = load(&file);
        let (identity, trace_slice) = it.trace.as_ref().unwrap();
        assert_eq!((identity.name.as_str(), trace_slice.rows), ("load.csv", 90));
        prints.insert(identity.fingerprint);
        assert!(trace_slice.cpu.len() <= 5 * (it.action_log.steps() / 2 + 3));
        assert_eq!(it.verify().unwrap(), Verification::Same { hashes: it.action_log.moments() });
    }
    assert_eq!(prints.len(), 1);
}

#[test]
fn a_run_is_the_same_with_and_without_and_the_files_are_the_same_on_any_number_of_threads() {
    let place = tempfile::tempdir().unwrap();
    let run = |name: &str, message: usize, threads: usize| {
        let mut settings = settings();
        (settings.run.black_box_ticks, settings.run.threads) = (message, threads);
        ticks(&mut world(&place, name, settings), 500);
        let run = place.path().join(name);
        ["episodes.csv", "steps.csv"].map(|file| fs::read(run.join(file)).unwrap())
    };
    let one = run("one", FULL_MOMENTS, 1);
    assert_eq!(run("without", 0, 1), one);
    assert!(!place.path().join("without/blackbox").exists());
    assert_eq!(run("two", FULL_MOMENTS, 2), one);
    let message = |name: &str| -> Vec<_> {
        let mut boxes: Vec<_> = boxes(&place.path().join(name)).iter().map(|file| load(file)).collect();
        // The number of threads is the one setting that differs.
        boxes.iter_mut().for_each(|it| it.settings.run.threads = 1);
        boxes.iter().map(|it| it.to_bytes().unwrap()).collect()
    };
    assert!(message("one").len() > 3);
    assert_eq!(message("one"), message("two"));
    let files: Vec<_> = boxes(&place.path().join("one")).iter().map(|file| fs::read(file).unwrap()).collect();
    assert_eq!(files, message("one"));
}

#[test]
fn only_the_newest_are_kept() {
    let place = tempfile::tempdir().unwrap();
    let mut settings = settings();
    settings.run.keep_black_boxes = 3;
    let mut world = world(&place, "run", settings);
    ticks(&mut world, 900);
    let run = place.path().join("run");
    let rows = read_episodes(&run).unwrap();
    let collapsed: Vec<_> = (0..).zip(&rows).filter(|(_, row)| row.collapsed).map(|(number, _)| number).collect();
    let kept: Vec<u64> = boxes(&run).iter().map(|file| load(file).episode).collect();
    assert!(collapsed.len() > 5);
    assert_eq!(kept, collapsed[collapsed.len() - 3..]);
}
