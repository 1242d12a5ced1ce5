use super::*;
use crate::learning::Learner;
use crate::settings::{AgentKind, Head, Settings, load_settings};
use serde_json::{Value, json};

fn small(agent: AgentKind) -> Checkpoint {
    let mut settings = match agent {
        AgentKind::Dqn => Settings::default(),
        AgentKind::QTable => load_settings("v10").unwrap(),
    };
    settings.pilot.hidden = vec![5, 3];
    settings.pilot.head = Head::Dueling;
    settings.prophet.hidden = vec![4];
    let mut model = Learner::new(&settings).model();
    if let Some(table) = &mut model.table {
        table.0[17][5] = -2.5;
    }
    (model.steps, model.updates, model.episodes_factor) = (12_345, 678, 0.1 + 0.2);
    Checkpoint { settings, model }
}

fn read(bytes: &[u8]) -> Result<Checkpoint, RecordError> {
    Checkpoint::from_bytes(Path::new("a.rsnt"), bytes)
}

/// Header and data.
fn parts(bytes: &[u8]) -> (Value, Vec<u8>) {
    let length = u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    (serde_json::from_slice(&bytes[8..8 + length]).unwrap(), bytes[8 + length..].to_vec())
}

fn joined(header: &Value, data: &[u8]) -> Vec<u8> {
    let header = header.to_string();
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

#[test]
fn a_model_reads_back_as_it_acts_and_the_same_one_gives_the_same_bytes() {
    for agent in [AgentKind::Dqn, AgentKind::QTable] {
        let checkpoint = small(agent);
        let bytes = write::bytes(&checkpoint);
        assert!(is_safetensors(&bytes) && bytes.len().is_multiple_of(4));
        assert_eq!(read(&bytes).unwrap(), checkpoint.clone().for_acting());
        assert_eq!(write::bytes(&checkpoint), bytes);
    }
    let mut averaged = small(AgentKind::Dqn);
    let average = averaged.model.pilot_average.as_mut().unwrap();
    average.0[0].weight[0] = 7.0;
    let back = read(&write::bytes(&averaged)).unwrap();
    assert_eq!((back.model.pilot.0[0].weight[0], back.model.pilot_average), (7.0, None));
}

#[test]
fn the_crate_of_the_format_reads_what_is_written() {
    let checkpoint = small(AgentKind::Dqn);
    let bytes = write::bytes(&checkpoint);
    let file = ::safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(file.len(), 2 * 3 + 2 * 2);
    let layer = &checkpoint.model.pilot_average.as_ref().unwrap().0[1];
    let tensor = file.tensor("pilot.layers.1.weight").unwrap();
    assert_eq!((tensor.dtype(), tensor.shape()), (::safetensors::Dtype::F32, &[3, 5][..]));
    // Row 2, column 4 there is row 4, column 2 here.
    let number = f32::from_le_bytes(*tensor.data()[4 * (2 * 5 + 4)..].first_chunk().unwrap());
    assert_eq!(number, layer.weight[4 * 3 + 2]);
}

#[test]
fn every_cut_and_every_byte_added_is_noticed() {
    let bytes = write::bytes(&small(AgentKind::QTable));
    for at in (0..bytes.len()).step_by(61) {
        assert!(read(&bytes[..at]).is_err(), "cut at {at}");
    }
    assert!(read(&[&bytes[..], &[0]].concat()).is_err());
}

#[test]
fn what_does_not_fit_is_refused_with_what_is_wrong() {
    let (header, data) = parts(&write::bytes(&small(AgentKind::Dqn)));
    let (weight, metadata) = ("pilot.layers.0.weight", "__metadata__");
    let refusal = |change: &dyn Fn(&mut Value, &mut Vec<u8>)| {
        let (mut header, mut data) = (header.clone(), data.clone());
        change(&mut header, &mut data);
        read(&joined(&header, &data)).unwrap_err().to_string()
    };
    let message = |change: &dyn Fn(&mut Value, &mut Vec<u8>), part: &str| {
        let problem = refusal(change);
        assert!(problem.contains(part), "{problem}, expected {part}");
    };
    message(&|it, _| it[metadata]["program"] = json!("another"), "of another program");
    message(&|it, _| drop(it.as_object_mut().unwrap().remove(metadata)), "of another program");
    message(&|it, _| it[metadata]["format_version"] = json!("2"), "format version 2");
    message(&|it, _| it[metadata]["settings"] = json!("(pilot: (hidden: [0]))"), "pilot.hidden");
    message(&|it, _| it[metadata]["settings"] = json!("(pilot: (hidden: [5, 4]))"), "is needed");
    message(&|it, _| it[metadata]["agent"] = json!("qtable"), "its agent is qtable");
    message(&|it, _| it[metadata]["steps"] = json!("-1"), "`steps` is \"-1\"");
    message(&|it, _| it[metadata]["steps"] = json!(u64::MAX.to_string()), "steps");
    message(&|it, _| it[metadata]["episodes_factor"] = json!("NaN"), "factor of epsilon");
    message(&|it, _| drop(it[metadata].as_object_mut().unwrap().remove("updates")), "lacks `updates`");
    message(&|it, _| it[weight]["shape"] = json!([77, 5]), "shape [77, 5], and [5, 77] is needed");
    message(&|it, _| it[weight]["dtype"] = json!("I32"), "of the type I32");
    message(&|it, _| it[weight]["data_offsets"] = json!([0, 8]), "header cannot be read");
    message(&|it, _| it["more"] = json!({"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}), "11 tensors");
    message(
        &|it, data| {
            let bias = it["pilot.layers.0.bias"].clone();
            it.as_object_mut().unwrap().remove("pilot.layers.0.bias");
            it["pilot.layers.9.bias"] = bias;
            assert!(!data.is_empty());
        },
        "lacks the tensor pilot.layers.0.bias",
    );
    message(&|_, data| data[..4].copy_from_slice(&f32::NAN.to_le_bytes()), "not a finite number");
    // Sizes whose sum has no place in 64 bits.
    let huge =
        json!({"dtype": "U8", "shape": [1_u64 << 60], "data_offsets": [data.len(), (1_u64 << 60) + data.len() as u64]});
    message(&|it, _| it["zzz"] = huge.clone(), "cut off or added to");
}

#[test]
fn a_header_that_is_too_long_is_not_parsed() {
    let problem = read(&joined(&json!({"a": "b".repeat(2 << 20)}), &[])).unwrap_err().to_string();
    assert!(problem.contains("more than any model"), "{problem}");
    let endless = [&99_000_000_u64.to_le_bytes()[..], b"{"].concat();
    assert!(is_safetensors(&endless) && read(&endless).is_err());
    assert!(!is_safetensors(b"RSNTCKPT{") && !is_safetensors(&[0; 9]) && !is_safetensors(b"{"));
}
