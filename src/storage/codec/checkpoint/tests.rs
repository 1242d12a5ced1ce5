//! Checkpoints that read back, and those that are refused.

use super::*;
use crate::learning::Learner;
use std::fs;

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
fn every_flipped_bit_and_every_cut_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.rsnt");
    sample().save(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    for at in (0..bytes.len()).step_by(997).chain(0..FileFormat::<3>::HEADER) {
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

#[test]
fn a_file_of_the_older_program_or_of_a_newer_version_is_named_and_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.rsnt");
    let refusals = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let message = [
            Checkpoint::load(&path).err(),
            Checkpoint::from_bytes(&path, bytes).err(),
            TrainingState::load(&path, 9).err(),
        ];
        message.map(|error| error.unwrap().to_string())
    };
    let mut file = [&b"RSNTCKPT"[..], &4_u32.to_le_bytes(), &[0; 60]].concat();
    for problem in refusals(&file).iter().chain(&refusals(&file[..9])) {
        assert!(problem.contains("a.rsnt") && problem.contains("Resonetics 0.1 wrote it"), "{problem}");
        assert!(problem.contains("open it with that version"), "{problem}");
    }
    sample().save(&path).unwrap();
    file = fs::read(&path).unwrap();
    assert_eq!((&file[..8], file[8]), (&b"RESOCKPT"[..], 1));
    file[8] = 2;
    for problem in refusals(&file) {
        assert!(problem.contains("format version 2") && problem.contains("reads version 1"), "{problem}");
    }
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
    let refused = checkpoint.save(&path).unwrap_err().to_string();
    assert!(
        refused.contains("a.rsnt is not written") && refused.contains("the training of the Pilot has diverged"),
        "{refused}"
    );
    assert!(!path.exists(), "a model that could not be loaded again is not saved");
    checkpoint.write(&mut fs::File::create(&path).unwrap(), None).unwrap();
    let problem = Checkpoint::load(&path).unwrap_err().to_string();
    assert!(problem.contains("its model is damaged: a number in it is not finite"), "{problem}");
}
