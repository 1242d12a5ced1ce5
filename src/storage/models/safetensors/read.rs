//! Reads a checkpoint from the bytes of a safetensors file.

use super::{FORMAT, LARGEST, LENGTH, LONGEST_MODEL_HEADER, PROGRAM, TABLE, header_length, layer_names};
use crate::cluster::Action;
use crate::learning::{LayerWeights, Model, Pilot, Prophet, QTable, STATES, Weights, interval_ends};
use crate::settings::tree::NamedOption;
use crate::settings::{AgentKind, settings_from};
use crate::storage::Checkpoint;
use ::safetensors::Dtype;
use ::safetensors::tensor::Metadata;
use std::path::Path;
use std::str::FromStr;

/// A file whose header and length are consistent.
struct SafetensorsFile<'a> {
    header: Metadata,
    data: &'a [u8],
}

pub(super) fn checkpoint(bytes: &[u8]) -> Result<Checkpoint, String> {
    let file = SafetensorsFile::open(bytes)?;
    match file.text("program") {
        Ok(PROGRAM) => {}
        _ => return Err("it is a safetensors file of another program: nothing in it says `resonetics`".to_owned()),
    }
    let version = file.text("format_version")?;
    if version != FORMAT {
        return Err(format!(
            "it has format version {version}, this program reads version {FORMAT} of safetensors files"
        ));
    }
    let settings = settings_from(Path::new("its settings"), file.text("settings")?);
    let settings = settings.map_err(|error| error.to_string())?;
    let agent = settings.run.agent;
    if file.text("agent")? != agent.chosen() {
        return Err(format!("its agent is {}, and that of its settings is {}", file.text("agent")?, agent.chosen()));
    }
    let prophet = Prophet::sizes(&settings.prophet);
    let (pilot, table, tensors) = match agent {
        AgentKind::Dqn => {
            let sizes = Pilot::sizes(&settings.pilot);
            (file.network("pilot", &sizes)?, None, 2 * (sizes.len() - 1))
        }
        AgentKind::QTable => (Weights(Vec::new()), Some(file.table()?), 1),
    };
    let tensors = tensors + 2 * (prophet.len() - 1);
    let found = file.header.tensors().len();
    if found != tensors {
        return Err(format!("it holds {found} tensors, and its settings need {tensors}"));
    }
    let model = Model {
        pilot,
        pilot_average: None,
        prophet: file.network("prophet", &prophet)?,
        layer_norm: settings.pilot.layer_norm,
        horizons: interval_ends(&settings.prophet).to_vec(),
        steps: file.number("steps")?,
        updates: file.number("updates")?,
        episodes_factor: file.number("episodes_factor")?,
        table,
    };
    Ok(Checkpoint { settings, model })
}

impl<'a> SafetensorsFile<'a> {
    /// Sizes are checked before the header is parsed, which takes memory, and the sum of the tensors' sizes before any of
    /// them is read.
    fn open(bytes: &'a [u8]) -> Result<Self, String> {
        if bytes.len() as u64 > LARGEST {
            return Err(format!("it is larger than {} MiB", LARGEST >> 20));
        }
        let length = header_length(bytes).ok_or("it is too short")?;
        if length > LONGEST_MODEL_HEADER {
            return Err(format!("its header has {length} bytes, more than any model of this program needs"));
        }
        let rest = &bytes[LENGTH..];
        let (header, data) = rest.split_at_checked(length as usize).ok_or("it was cut off within its header")?;
        let header: Metadata =
            serde_json::from_slice(header).map_err(|error| format!("its header cannot be read: {error}"))?;
        if header.data_len() != data.len() {
            let (wanted, found) = (header.data_len(), data.len());
            return Err(format!("its tensors take {wanted} bytes and it holds {found}: it was cut off or added to"));
        }
        Ok(Self { header, data })
    }

    fn text(&self, name: &str) -> Result<&str, String> {
        let text = self.header.metadata().as_ref().and_then(|metadata| metadata.get(name));
        text.map(String::as_str).ok_or_else(|| format!("its metadata lacks `{name}`"))
    }

    fn number<T: FromStr>(&self, name: &str) -> Result<T, String> {
        let text = self.text(name)?;
        text.parse().map_err(|_| format!("its metadata says that `{name}` is \"{text}\", which is no number for it"))
    }

    /// The numbers of a tensor, which must have this shape.
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
        let info = self.header.info(name).ok_or_else(|| format!("it lacks the tensor {name}"))?;
        if info.dtype != Dtype::F32 {
            return Err(format!("its tensor {name} is of the type {}, and F32 is needed", info.dtype));
        }
        if info.shape != shape {
            let few = &info.shape[..info.shape.len().min(4)];
            return Err(format!("its tensor {name} has the shape {few:?}, and {shape:?} is needed"));
        }
        let (from, to) = info.data_offsets;
        let bytes = self.data.get(from..to).ok_or_else(|| format!("its tensor {name} lies outside of it"))?;
        let (numbers, _) = bytes.as_chunks();
        Ok(numbers.iter().map(|number| f32::from_le_bytes(*number)).collect())
    }

    /// The layers of a network of these widths, their matrices transposed.
    fn network(&self, network: &str, sizes: &[usize]) -> Result<Weights, String> {
        let layer = |(at, pair): (usize, &[usize])| {
            let (inputs, outputs) = (pair[0], pair[1]);
            let [weight, bias] = layer_names(network, at);
            let (weight, bias) = (self.tensor(&weight, &[outputs, inputs])?, self.tensor(&bias, &[outputs])?);
            let transposed = (0..inputs).flat_map(|input| weight.iter().skip(input).step_by(inputs).copied());
            Ok(LayerWeights { inputs, outputs, weight: transposed.collect(), bias })
        };
        sizes.windows(2).enumerate().map(layer).collect::<Result<_, _>>().map(Weights)
    }

    fn table(&self) -> Result<QTable, String> {
        let values = self.tensor(TABLE, &[STATES, Action::COUNT])?;
        Ok(QTable(values.as_chunks().0.to_vec()))
    }
}
