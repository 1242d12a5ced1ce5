//! Checkpoints that read back, of older formats, and damaged ones.

use super::*;
use crate::cluster::STATISTICS;
use crate::learning::Learner;
use crate::settings::ProphetInputKind;

fn sample() -> Checkpoint {
    let settings = Settings::default();
    let model = Learner::new(&settings).model();
    Checkpoint { settings, model }
}

#[test]
fn a_checkpoint_reads_back_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.rsnt");
    sample().save(&path).unwrap();
    assert_eq!(Checkpoint::load(&path).unwrap(), sample());
}

#[test]
fn a_checkpoint_from_before_the_trends_holds_a_prophet_of_five_statistics() {
    let mut old = sample();
    old.settings.prophet.inputs = ProphetInputKind::Statistics;
    old.model = Learner::new(&old.settings).model();
    assert_eq!(old.model.prophet.0[0].inputs, STATISTICS);
    let text = old.settings.to_ron();
    let silent = text.replace("inputs: \"seed\",", "");
    assert_ne!(silent, text);
    let file = older_format(1, silent, &old.model);
    assert_eq!(Checkpoint::from_bytes(Path::new("old"), &file).unwrap(), old);
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.rsnt");
    sample().save(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    for at in (0..bytes.len()).step_by(997).chain(0..HEADER) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        assert!(matches!(Checkpoint::load(&path), Err(RecordError::Checkpoint { .. })), "byte {at}");
        fs::write(&path, &bytes[..at]).unwrap();
        assert!(matches!(Checkpoint::load(&path), Err(RecordError::Checkpoint { .. })), "cut at {at}");
        assert!(
            Checkpoint::from_bytes(&path, &bytes[..at]).is_err() && Checkpoint::from_bytes(&path, &damaged).is_err()
        );
    }
}

/// The file of a checkpoint as an older format had it: version 1 had nothing after the model.
fn older_format(version: u32, settings: String, model: &Model) -> Vec<u8> {
    let body = Body { settings, model: model.clone() };
    let tail: &Tail = &model.table;
    let body = if version == 1 { postcard::to_stdvec(&body) } else { postcard::to_stdvec(&(body, tail)) }.unwrap();
    let (length, checksum) = ((body.len() as u64).to_le_bytes(), crc32fast::hash(&body).to_le_bytes());
    [&b"RSNTCKPT"[..], &version.to_le_bytes(), &length, &checksum, &body].concat()
}

#[test]
fn files_of_older_formats_can_still_be_read_and_hold_no_state() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.rsnt");
    for version in [1, 2] {
        let old = older_format(version, sample().settings.to_ron(), &sample().model);
        assert_eq!(Checkpoint::from_bytes(Path::new("old"), &old).unwrap(), sample());
        fs::write(&path, &old).unwrap();
        assert_eq!(Checkpoint::load(&path).unwrap(), sample());
        assert_eq!(TrainingState::load(&path, 1 << 30).unwrap(), None);
        fs::write(&path, &old[..old.len() - 1]).unwrap();
        assert!(Checkpoint::load(&path).is_err() && TrainingState::load(&path, 1 << 30).is_err());
    }
    let old = older_format(2, tabular().settings.to_ron(), &tabular().model);
    assert_eq!(Checkpoint::from_bytes(Path::new("old"), &old).unwrap(), tabular());
    sample().save(&path).unwrap();
    // The other way round is refused.
    let mut newer = fs::read(&path).unwrap();
    assert_eq!(newer[8], 4);
    newer[8] = 5;
    let problem = Checkpoint::from_bytes(Path::new("newer"), &newer).unwrap_err().to_string();
    assert!(problem.contains("format version 5") && problem.contains("reads versions 1 to 4"), "{problem}");
}

#[test]
fn the_newest_of_a_run_is_that_of_the_latest_tick_whatever_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("checkpoints");
    let save = |name: &str, ticks: Option<u64>| {
        let positions = |ticks| TablePositions {
            origin: 0,
            ticks,
            episodes: 0,
            seconds: 0.0,
            tables: [TablePosition::default(); 3],
        };
        let state = ticks.map(|ticks| UnsavedState::new(positions(ticks), 0_u8));
        sample().save_with(&inside.join(name), state.as_ref()).unwrap();
    };
    save("step-000000000900.rsnt", Some(900));
    save("step-000000000200.rsnt", Some(1_100));
    save("zebra.rsnt", None);
    let names: Vec<_> = checkpoints_in(folder.path()).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    assert_eq!(names, ["zebra.rsnt", "step-000000000900.rsnt", "step-000000000200.rsnt"]);
    assert_eq!(Checkpoint::file(folder.path()).unwrap(), inside.join("step-000000000200.rsnt"));
}

fn tabular() -> Checkpoint {
    let settings = crate::settings::load_settings("v10").unwrap();
    let mut model = Learner::new(&settings).model();
    model.table.as_mut().unwrap().0[17][5] = -2.5;
    Checkpoint { settings, model }
}

#[test]
fn a_checkpoint_carries_its_table_and_no_pilot() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.rsnt");
    tabular().save(&path).unwrap();
    let back = Checkpoint::load(&path).unwrap();
    assert_eq!(back, tabular());
    assert!(back.model.pilot.0.is_empty() && back.model.pilot_average.is_none());
    assert!(fs::metadata(&path).unwrap().len() < 10_000);
}

#[test]
fn a_table_that_is_broken_or_of_another_agent_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.rsnt");
    let refusal = |spoil: fn(&mut Checkpoint)| {
        let mut checkpoint = tabular();
        spoil(&mut checkpoint);
        checkpoint.save(&path).unwrap();
        match Checkpoint::load(&path) {
            Err(RecordError::Model { problem, .. }) => problem.to_string(),
            other => panic!("{other:?}"),
        }
    };
    let problem = refusal(|it| it.model.table.as_mut().unwrap().0.truncate(100));
    assert!(problem.contains("Q-table") && problem.contains("100 states"), "{problem}");
    let problem = refusal(|it| it.model.table.as_mut().unwrap().0[3][0] = f32::NAN);
    assert!(problem.contains("state 3"), "{problem}");
    let problem = refusal(|it| it.settings.run.agent = crate::settings::AgentKind::Dqn);
    assert!(problem.contains("it is qtable, and dqn is needed"), "{problem}");
    let problem = refusal(|it| it.model.table = None);
    assert!(problem.contains("it is dqn, and qtable is needed"), "{problem}");
}

#[test]
fn weights_that_are_no_numbers_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.rsnt");
    let mut checkpoint = sample();
    checkpoint.model.pilot.0[0].weight[3] = f32::INFINITY;
    checkpoint.save(&path).unwrap();
    assert!(matches!(Checkpoint::load(&path), Err(RecordError::Model { .. })));
}
