//! Writes a checkpoint as a safetensors file. The header is sorted here, since the maps of the crate are in random order: the
//! same model gives the same bytes.

use super::{FORMAT, LENGTH, PROGRAM, TABLE, layer_names};
use crate::cluster::Action;
use crate::learning::{Weights, interval_ends};
use crate::settings::tree::NamedOption;
use crate::storage::Checkpoint;
use ::safetensors::Dtype;
use ::safetensors::tensor::TensorInfo;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct JsonHeader {
    #[serde(rename = "__metadata__")]
    metadata: BTreeMap<&'static str, String>,
    #[serde(flatten)]
    tensors: BTreeMap<String, TensorInfo>,
}

/// Name, shape and numbers.
type Tensor = (String, Vec<usize>, Vec<f32>);

/// The bytes of the file.
pub(super) fn bytes(checkpoint: &Checkpoint) -> Vec<u8> {
    let mut tensors = tensors(checkpoint);
    tensors.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    let mut end = 0;
    let infos = tensors.iter().map(|(name, shape, numbers)| {
        let start = end;
        end += size_of_val(&numbers[..]);
        (name.clone(), TensorInfo { dtype: Dtype::F32, shape: shape.clone(), data_offsets: (start, end) })
    });
    let header = JsonHeader { metadata: metadata(checkpoint), tensors: infos.collect() };
    let mut header = serde_json::to_vec(&header).expect("texts and numbers always have a JSON form");
    // The numbers begin at a multiple of eight bytes, as the format asks.
    header.resize(header.len().next_multiple_of(LENGTH), b' ');
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes.extend(tensors.iter().flat_map(|(_, _, numbers)| numbers).flat_map(|number| number.to_le_bytes()));
    bytes
}

fn tensors(Checkpoint { model, .. }: &Checkpoint) -> Vec<Tensor> {
    let acting = match &model.table {
        Some(table) => vec![(TABLE.to_owned(), vec![table.0.len(), Action::COUNT], table.0.concat())],
        None => network("pilot", model.pilot_average.as_ref().unwrap_or(&model.pilot)),
    };
    acting.into_iter().chain(network("prophet", &model.prophet)).collect()
}

fn network(name: &str, weights: &Weights) -> Vec<Tensor> {
    let layers = weights.0.iter().enumerate().flat_map(|(at, layer)| {
        let [weight, bias] = layer_names(name, at);
        let transposed = (0..layer.outputs).flat_map(|output| layer.weight.iter().skip(output).step_by(layer.outputs));
        let transposed = transposed.copied().collect();
        [(weight, vec![layer.outputs, layer.inputs], transposed), (bias, vec![layer.outputs], layer.bias.clone())]
    });
    layers.collect()
}

fn metadata(Checkpoint { settings, model }: &Checkpoint) -> BTreeMap<&'static str, String> {
    let (pilot, prophet) = (&settings.pilot, &settings.prophet);
    let actions: Vec<_> = Action::ALL.into_iter().map(Action::name).collect();
    BTreeMap::from([
        // What other readers look for: matrices lie as PyTorch keeps them.
        ("format", "pt".to_owned()),
        ("program", PROGRAM.to_owned()),
        ("program_version", env!("CARGO_PKG_VERSION").to_owned()),
        ("format_version", FORMAT.to_owned()),
        ("agent", model.agent().chosen().to_owned()),
        ("settings", settings.to_ron()),
        ("steps", model.steps.to_string()),
        ("updates", model.updates.to_string()),
        ("episodes_factor", model.episodes_factor.to_string()),
        ("scenario", settings.cluster.name.clone()),
        ("actions", actions.join(", ")),
        ("pilot_view", pilot.inputs.chosen().to_owned()),
        ("pilot_head", pilot.head.chosen().to_owned()),
        ("pilot_layer_norm", pilot.layer_norm.to_string()),
        ("prophet_inputs", prophet.inputs.chosen().to_owned()),
        ("prophet_horizons", interval_ends(prophet).iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
        ("layout", "weights are [outputs, inputs]; a rectifier follows every layer but the last".to_owned()),
    ])
}
