//! `resonetics export RUN --out FILE.safetensors`: read by another reader, and taken back wherever a checkpoint is.

use crate::support::Workplace;
use resonetics::learning::{Prophet, QNetwork, collapse_probability, device};
use resonetics::settings::Backend;
use resonetics::storage::Checkpoint;
use serde_json::Value;
use std::fs;

/// A reader of the format that knows nothing of this program: the length of the header, JSON, raw numbers.
struct Tensors {
    header: Value,
    data: Vec<u8>,
}

impl Tensors {
    fn read(bytes: &[u8]) -> Self {
        let (length, rest) = bytes.split_first_chunk().unwrap();
        let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
        Self { header: serde_json::from_slice(header).unwrap(), data: data.to_vec() }
    }

    fn numbers(&self, name: &str) -> (Vec<usize>, Vec<f32>) {
        let info = &self.header[name];
        assert_eq!(info["dtype"], "F32", "{name}");
        let list = |key: &str| -> Vec<usize> {
            info[key].as_array().unwrap().iter().map(|number| number.as_u64().unwrap() as usize).collect()
        };
        let (shape, place) = (list("shape"), list("data_offsets"));
        let bytes = &self.data[place[0]..place[1]];
        let numbers: Vec<_> = bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        assert_eq!(numbers.len(), shape.iter().product::<usize>(), "{name}");
        (shape, numbers)
    }

    /// What PyTorch's `Linear` layers with rectifiers between them make of an input.
    fn forward(&self, network: &str, input: &[f32]) -> Vec<f32> {
        let layers = (0..).take_while(|at| self.header.get(format!("{network}.layers.{at}.weight")).is_some()).count();
        (0..layers).fold(input.to_vec(), |numbers, at| {
            let (shape, weight) = self.numbers(&format!("{network}.layers.{at}.weight"));
            let (_, bias) = self.numbers(&format!("{network}.layers.{at}.bias"));
            assert_eq!(shape, [bias.len(), numbers.len()]);
            let output = weight.chunks_exact(numbers.len()).zip(bias).map(|(row, bias)| {
                let sum = row.iter().zip(&numbers).map(|(weight, number)| weight * number).sum::<f32>() + bias;
                if at + 1 < layers { sum.max(0.0) } else { sum }
            });
            output.collect()
        })
    }
}

#[test]
fn an_exported_model_is_read_by_another_reader_and_plays_the_same_here() {
    let place = Workplace::new();
    place.succeed("train --steps 4000 --clusters 4 --out run --scenario classic --seed 5 --set pilot.hidden=16,12");
    place.succeed("export run --out model.safetensors");
    place.succeed("export run --out model.rsnt");
    // Known by its content and not by its name.
    fs::copy(place.path("model.safetensors"), place.path("renamed.rsnt")).unwrap();

    let tensors = Tensors::read(&fs::read(place.path("model.safetensors")).unwrap());
    let metadata = &tensors.header["__metadata__"];
    assert_eq!((&metadata["program"], &metadata["agent"]), (&Value::from("resonetics"), &Value::from("dqn")));
    assert_eq!(metadata["steps"], "4000");
    assert!(metadata["settings"].as_str().unwrap().contains("name: \"classic\""));

    let Checkpoint { settings, model } = Checkpoint::load(&place.path("model.rsnt")).unwrap();
    assert_eq!(Checkpoint::load(&place.path("renamed.rsnt")).unwrap().model, model);
    let device = device(Backend::Flex);
    let pilot = QNetwork::new(&settings.pilot, &model.pilot, &device);
    let prophet = Prophet::with_weights(&settings.prophet, &device, &model.prophet);
    let inputs = |count: usize| (0..count).map(|at| (at as f32 * 0.37).sin()).collect::<Vec<f32>>();
    let pilot_input = inputs(model.pilot.0[0].inputs);
    for (ours, theirs) in pilot.q_values(&pilot_input)[0].iter().zip(tensors.forward("pilot", &pilot_input)) {
        assert!((ours - theirs).abs() < 1e-5, "{ours} {theirs}");
    }
    let prophet_input = inputs(model.prophet.0[0].inputs);
    let (ours, log_odds) = (prophet.forecast(&prophet_input)[0].risk(), tensors.forward("prophet", &prophet_input));
    let theirs = collapse_probability(&log_odds, &settings.prophet.horizons, settings.prophet.longest_horizon());
    assert!((ours - theirs).abs() < 1e-5, "{ours} {log_odds:?}");

    let table = |file: &str| {
        let policy = format!("pilot:{file}");
        let line = format!("evaluate --policy {policy} --scenario classic --episodes 20 --out {file}.csv");
        place.succeed(&line);
        place.read(&format!("{file}.csv")).replace(&policy, "")
    };
    let played = table("model.rsnt");
    assert_eq!(table("model.safetensors"), played);
    assert_eq!(table("renamed.rsnt"), played);

    let message = place.succeed("inspect model.safetensors renamed.rsnt").stdout;
    assert_eq!(message.matches("safetensors file of a model, format version 1, intact").count(), 2, "{message}");
    assert!(message.contains("16-12-8") && message.contains("classic") && message.contains("4000"), "{message}");
    place.succeed("export model.safetensors --out again.safetensors");
    assert_eq!(fs::read(place.path("again.safetensors")).unwrap(), fs::read(place.path("model.safetensors")).unwrap());
    let refused = place.run(&["export", "run", "--out", "model.safetensors"]);
    assert!(refused.code == 2 && refused.stderr.contains("is not overwritten"), "{refused:?}");
}

#[test]
fn the_table_that_ships_goes_there_and_back() {
    let place = Workplace::new();
    let table = format!("{}/assets/models/qtable.rsnt", env!("CARGO_MANIFEST_DIR"));
    place.succeed(&format!("export {table} --out table.safetensors"));
    let tensors = Tensors::read(&fs::read(place.path("table.safetensors")).unwrap());
    let (shape, values) = tensors.numbers("qtable.values");
    let checkpoint = Checkpoint::load(table.as_ref()).unwrap();
    assert_eq!((shape, values), (vec![125, 8], checkpoint.model.table.as_ref().unwrap().0.concat()));
    assert_eq!(Checkpoint::load(&place.path("table.safetensors")).unwrap(), checkpoint);
}
