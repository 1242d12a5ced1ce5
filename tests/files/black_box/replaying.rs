//! `resonetics replay`, its report, and files of the past.

use super::{boxes, load};
use crate::support::Workplace;
use bevy_ecs::prelude::World;
use resonetics::blackbox::{ActionLog, BlackBox, Verification};
use resonetics::simulation::{ChartHistory, EventLog, Playback, Series};
use std::fs;
use std::path::{Path, PathBuf};

const TRAIN: &str = "train --scenario cascade --steps 8000 --seed 3 --set cluster.leak_median=0.008 \
                     --set cluster.oom_limit=3 --set run.black_box_ticks=16 --out run";

fn trained() -> (Workplace, Vec<PathBuf>) {
    let place = Workplace::new();
    place.succeed(TRAIN);
    let files = boxes(&place.path("run"));
    assert!(files.len() >= 20, "{}", files.len());
    (place, files)
}

#[test]
fn a_run_is_confirmed_and_a_changed_cell_or_hash_is_found_and_its_tick_named() {
    let (place, files) = trained();
    let hashes: usize = files.iter().map(|file| load(file).action_log.moments()).sum();
    let message = place.succeed("replay --headless run").stdout;
    let count = files.len();
    assert_eq!(message, format!("{count} of {count} black boxes re-simulated, {hashes} hashes match\n"));

    let mut cell = load(&files[4]);
    let (at, tick) = (cell.moments.len() - 3, cell.tick - 2);
    cell.moments[at].mem[8] = 1.0 - cell.moments[at].mem[8];
    fs::write(place.path("cell.rsbb"), cell.to_bytes().unwrap()).unwrap();
    let finished = place.run(&["replay", "--headless", "cell.rsbb", "run"]);
    assert_eq!(finished.code, 1, "{finished:?}");
    assert!(finished.stdout.starts_with(&format!("{count} of {} black boxes", count + 1)), "{finished:?}");
    let sentence = format!("cell.rsbb: it differs first at tick {tick} ");
    assert!(finished.stderr.contains(&sentence), "{finished:?}");
    assert!(finished.stderr.contains("the memory of row 1 column 2 is "), "{finished:?}");

    let mut hash = load(&files[5]);
    let early = 7;
    hash.action_log = changed(&hash.action_log, early);
    let Verification::Differs(difference) = hash.verify().unwrap() else { panic!("a changed hash was not found") };
    assert_eq!((difference.moment, difference.step), (early, early));
    assert_eq!(difference.tick, hash.tick - (hash.action_log.steps() - early) as u64);
    let mut late = load(&files[5]);
    let last = late.action_log.moments() - 1;
    late.action_log = changed(&late.action_log, last);
    let Verification::Differs(difference) = late.verify().unwrap() else { panic!("a changed hash was not found") };
    assert_eq!((difference.moment, difference.tick), (last, late.tick));
    assert!(difference.what.contains("all that is visible agrees"), "{difference}");
}

/// An action log with one flipped bit in one hash.
fn changed(action_log: &ActionLog, moment: usize) -> ActionLog {
    let mut saved = action_log.to_saved();
    let mut hashes = saved.hashes.to_vec();
    hashes[moment] ^= 1 << 26;
    saved.hashes = hashes[..].into();
    ActionLog::from_saved(saved).unwrap()
}

#[test]
fn a_recording_fills_the_charts_with_everything_in_the_file() {
    let (_place, files) = trained();
    let it = files.iter().map(|file| load(file)).find(|it| it.action_log.steps() > 20).unwrap();
    let mut world = World::new();
    world.init_resource::<ChartHistory>();
    world.init_resource::<EventLog>();
    Playback::start(&it, &mut world).unwrap();
    let (history, steps) = (world.resource::<ChartHistory>(), it.action_log.steps());
    let [cluster] = &history.clusters[..] else { panic!("one cluster") };
    let numbers = |series: &Series| series.view(u64::MAX, 10_000).iter().map(|part| part.mean).collect::<Vec<_>>();
    assert_eq!((history.first_tick, cluster.load.len()), (it.tick + 1 - steps as u64, steps as u64));
    assert_eq!((numbers(&cluster.load).len(), numbers(&cluster.reward).len()), (steps, steps));
    let forecast_and_decision: Vec<_> = it.moments.iter().filter_map(|moment| moment.agent_record.as_deref()).collect();
    let (risks, epsilons): (Vec<_>, Vec<_>) = forecast_and_decision
        .iter()
        .map(|agent_record| (agent_record.forecast.risk(), agent_record.epsilon as f32))
        .unzip();
    assert!(risks.len() < steps, "of the rest it is not known: a gap");
    assert_eq!((numbers(&cluster.risk), numbers(&history.epsilon)), (risks, epsilons));
    let taken: f32 = cluster.actions.iter().flat_map(numbers).sum();
    assert_eq!(taken, steps as f32, "one action per step");
    assert!(history.survival.is_empty() && history.pilot_loss.view(u64::MAX, 100).is_empty());
}

#[test]
fn a_report_says_what_happened() {
    let (place, files) = trained();
    let file = files[2].display().to_string();
    let it = load(&files[2]);
    let text = place.run(&["replay", "--report", &file]).stdout;
    let ending = it.moments.last().unwrap().agent_record.as_ref().unwrap();
    for part in [
        format!("# Post-mortem of episode {}", it.episode),
        format!("ended after {} steps, at tick {}", it.action_log.steps(), it.tick),
        format!("(`{}`)", ending.outcome.name()),
        format!("| seed of the episode | {} |", it.seed),
        format!("all {} hashes of states match", it.action_log.moments()),
        "| 30% (alarm) |".to_owned(),
        format!("| {} | {} |", it.tick, place_of(&it)),
        "## Which cell failed first".to_owned(),
        "ran out of memory at tick".to_owned(),
        "| collapse | -5.000 |".to_owned(),
        "## What was done from outside\n\nNothing.".to_owned(),
    ] {
        assert!(text.contains(part.trim_end_matches(" |")), "{part} is not in\n{text}");
    }
    let all = it.action_log.actions().iter().filter(|action| action.name() == "scale").count();
    assert!(text.contains(&format!("| scale | {all} |")), "{text}");
    place.succeed(&format!("replay --report=why.md {file}"));
    assert_eq!(place.read("why.md").trim_end(), text.trim_end());
    let again = place.run(&["replay", "--report=why.md", &file]);
    assert!(again.code == 2 && again.stderr.contains("is not overwritten"), "{again:?}");
}

fn place_of(it: &BlackBox) -> String {
    let (row, column) = it.moments.last().unwrap().agent;
    format!("{row}, {column}")
}

#[test]
fn bad_files_are_refused_with_a_sentence() {
    let place = Workplace::new();
    fs::write(place.path("text.rsbb"), "no black box").unwrap();
    fs::create_dir(place.path("empty")).unwrap();
    for (arguments, part) in [
        (vec!["replay", "--headless", "nowhere.rsbb"], "cannot read nowhere.rsbb"),
        (vec!["replay", "--headless", "text.rsbb"], "text.rsbb is not a usable black box: it does not begin like one"),
        (vec!["replay", "--headless", "empty"], "there is no black box in empty"),
        (vec!["replay", "text.rsbb"], "text.rsbb"),
        (vec!["replay", "a.rsbb", "b.rsbb"], "the window shows one black box"),
    ] {
        let finished = place.run(&arguments);
        assert_eq!(finished.code, 2, "{arguments:?}: {finished:?}");
        assert!(finished.stderr.contains(part), "{arguments:?}: {finished:?}");
    }
    assert!(place.succeed("replay --help").stdout.contains("resonetics replay --headless runs/first"));
}

#[test]
fn a_file_of_the_older_program_is_named_and_refused() {
    let place = Workplace::new();
    fs::write(place.path("old.rsbb"), [b"RSNTBBOX", &2_u32.to_le_bytes()[..], &[0; 40]].concat()).unwrap();
    for command in ["inspect old.rsbb", "replay --headless old.rsbb"] {
        let refused = place.run(&command.split(' ').collect::<Vec<_>>());
        assert_eq!(refused.code, 2, "{refused:?}");
        let message = "Resonetics 0.1 wrote it, whose files this version does not read: play it with that version";
        assert!(refused.stderr.contains(message), "{refused:?}");
    }
    let message = place.run(&["inspect", "old.rsbb"]).stdout;
    assert!(message.contains("black box of Resonetics 0.1, not intact"), "{message}");
}

/// A collapse in which a person drove twice; `tests/fuzz/corpus.rs` has the commands.
const DRIVEN: &[u8] = include_bytes!("../../corpus/blackbox/driven.rsbb");

#[test]
fn a_file_records_what_a_person_drove() {
    let it = BlackBox::from_bytes(Path::new("driven.rsbb"), DRIVEN).unwrap();
    assert_eq!(it.action_log.manual(), [(2, 5), (9, 3)]);
    assert_eq!(
        (it.action_log.steps(), it.verify().unwrap()),
        (12, Verification::Same { hashes: it.action_log.moments() })
    );
    assert_eq!(it.to_bytes().unwrap(), DRIVEN, "this is still the format that is written");
    let place = Workplace::new();
    fs::write(place.path("driven.rsbb"), DRIVEN).unwrap();
    let message = place.succeed("inspect driven.rsbb").stdout;
    assert!(
        message.contains("black box of format version 1, intact") && message.contains("cascade, 3 x 3 cells"),
        "{message}"
    );
    fs::write(place.path("cut.rsbb"), &DRIVEN[..DRIVEN.len() - 1]).unwrap();
    let cut = place.run(&["inspect", "cut.rsbb"]);
    assert!(cut.code == 2 && cut.stderr.contains("it was cut off or added to"), "{cut:?}");
    // Pieces that overlap, are empty, or go beyond the episode.
    for (from, steps) in
        [([2, 6], [5, 1]), ([2, 7], [5, 1]), ([2, 9], [0, 1]), ([2, 11], [1, 2]), ([2, u64::MAX], [1, 2])]
    {
        let mut log = it.action_log.to_saved();
        (log.driven_from, log.driven_steps) = (from[..].into(), steps[..].into());
        let broken = BlackBox { action_log: ActionLog::from_saved(log).unwrap(), ..it.clone() };
        let problem = BlackBox::from_bytes(Path::new("a"), &broken.to_bytes().unwrap()).unwrap_err().to_string();
        assert!(problem.contains("a person drove in steps that it does not have"), "{from:?}: {problem}");
    }
}
