//! What becomes of the older program's networks and counters: a checkpoint of the profile `v13`.

use super::archive::{Archive, is_archive};
use super::pickle::{Id, Name, Pickle, Value};
use super::{LARGEST, LegacyError, machine};
use crate::learning::{LayerWeights, Model, Pilot, Prophet, Weights, interval_ends};
use crate::settings::load_settings;
use crate::storage::Checkpoint;

/// The keys of the Pilot's and of the Prophet's linear layers, without `.weight` and `.bias`.
const PILOT: [&str; 3] = ["0", "2", "4"];
const PROPHET: [&str; 2] = ["net.0", "net.2"];
/// No layer of that program is larger in either direction.
const WIDEST: usize = 4096;

/// A checkpoint of the older program.
#[derive(Debug, Clone, PartialEq)]
pub struct LegacyCheckpoint {
    /// Its networks, under the profile `v13`. Its updates are those that the profile makes in so many episodes; the older
    /// program did not count steps.
    pub checkpoint: Checkpoint,
    /// Epsilon, 0 to 1.
    pub epsilon: f64,
    /// Episodes ended.
    pub episodes: u64,
    /// Transitions in its replay memory, which are not taken over; none if it kept no list of them.
    pub memories: Option<usize>,
}

/// Reads the bytes of a file.
pub(super) fn read(bytes: &[u8]) -> Result<LegacyCheckpoint, LegacyError> {
    if bytes.len() as u64 > LARGEST {
        return Err(LegacyError::TooLarge);
    }
    if !is_archive(bytes) {
        return Err(LegacyError::BarePickle);
    }
    let archive = Archive::new(bytes)?;
    let folder = folder(&archive)?;
    if archive.part(&format!("{folder}/byteorder"))?.is_some_and(|order| order != b"little") {
        return Err(content("byte order", "is not little-endian"));
    }
    let bytes = archive.part(&format!("{folder}/data.pkl"))?.unwrap_or_default();
    File { pickle: machine::read(bytes)?, archive, folder }.legacy()
}

/// The one folder of the archive that holds a pickle.
fn folder<'a>(archive: &Archive<'a>) -> Result<&'a str, LegacyError> {
    let mut folders = archive.names().filter_map(|name| name.strip_suffix("/data.pkl"));
    match (folders.next(), folders.next()) {
        (Some(folder), None) => Ok(folder),
        _ => Err(LegacyError::Archive { problem: "is not one of torch.save: it needs one data.pkl".to_owned() }),
    }
}

fn content(what: impl Into<String>, problem: impl Into<String>) -> LegacyError {
    LegacyError::Content { what: what.into(), problem: problem.into() }
}

struct File<'a> {
    archive: Archive<'a>,
    folder: &'a str,
    pickle: Pickle<'a>,
}

impl File<'_> {
    fn legacy(&self) -> Result<LegacyCheckpoint, LegacyError> {
        let pickle = &self.pickle;
        let root = pickle.dict(pickle.root).ok_or_else(|| content("pickle", "is no dictionary"))?;
        let entry = |key: &str| pickle.get(root, key).ok_or_else(|| content("dictionary", format!("has no {key}")));
        let epsilon = match pickle.value(entry("epsilon")?) {
            Value::Real(epsilon) => epsilon,
            Value::Whole(epsilon) => epsilon as f64,
            _ => f64::NAN,
        };
        if !(0.0..=1.0).contains(&epsilon) {
            return Err(content("epsilon", "is no number from 0 to 1"));
        }
        let episodes = pickle.whole(entry("ep_count")?).filter(|count| u32::try_from(*count).is_ok());
        let episodes = episodes.ok_or_else(|| content("ep_count", "is no number of episodes"))? as u64;
        let mut settings = load_settings("v13").map_err(|error| content("profile", error.to_string()))?;
        let fits = |name: &str, weights: Weights, sizes: &[usize]| match weights.check(sizes) {
            Ok(()) => Ok(weights),
            Err(problem) => Err(content(name, format!("cannot be used: {problem}"))),
        };
        let pilot = fits("q_net", self.network("q_net", entry("q_net")?, &PILOT)?, &Pilot::sizes(&settings.pilot))?;
        let prophet = self.network("prophet", entry("prophet")?, &PROPHET)?;
        let prophet = fits("prophet", prophet, &Prophet::sizes(&settings.prophet))?;
        let memories = pickle.get(root, "memory").and_then(|memory| pickle.list(memory)).map(<[Id]>::len);

        // Epsilon is the product of the per-episode factors, but for the floor, which must not be above what the file says.
        settings.exploration.epsilon_start = 1.0;
        settings.exploration.epsilon_end = settings.exploration.epsilon_end.min(epsilon);
        let updates = episodes * settings.pilot.updates_per_episode;
        let (layer_norm, horizons) = (settings.pilot.layer_norm, interval_ends(&settings.prophet).to_vec());
        let model = Model {
            pilot,
            pilot_average: None,
            prophet,
            layer_norm,
            horizons,
            steps: 0,
            updates,
            episodes_factor: epsilon,
            table: None,
        };
        Ok(LegacyCheckpoint { checkpoint: Checkpoint { settings, model }, epsilon, episodes, memories })
    }

    /// The weights under the keys of `layers`, and nothing besides. Matrices are turned: PyTorch keeps a row per output.
    fn network(&self, name: &str, id: Id, layers: &[&str]) -> Result<Weights, LegacyError> {
        let dict = self.pickle.dict(id).ok_or_else(|| content(name, "is no dictionary of tensors"))?;
        if dict.len() != 2 * layers.len() {
            let problem = format!("has {} tensors, and {} are needed", dict.len(), 2 * layers.len());
            return Err(content(name, problem));
        }
        let layer = |layer: &&str| {
            let [weight, bias] = ["weight", "bias"].map(|part| format!("{layer}.{part}"));
            let (shape, weight) = self.tensor(name, dict, &weight)?;
            let &[outputs, inputs] = &shape[..] else {
                return Err(content(format!("{name}, {layer}.weight,"), "is no matrix"));
            };
            let (shape, bias) = self.tensor(name, dict, &bias)?;
            if shape != [outputs] {
                let problem = format!("has the shape {shape:?} beside {outputs} outputs");
                return Err(content(format!("{name}, {layer}.bias,"), problem));
            }
            let turned = (0..inputs).flat_map(|input| weight.iter().skip(input).step_by(inputs).copied());
            Ok(LayerWeights { inputs, outputs, weight: turned.collect(), bias })
        };
        layers.iter().map(layer).collect::<Result<_, _>>().map(Weights)
    }

    /// Shape and numbers of the tensor under a key.
    fn tensor(&self, name: &str, dict: &[(Id, Id)], key: &str) -> Result<(Vec<usize>, Vec<f32>), LegacyError> {
        let refused = |problem: &str| content(format!("{name}, {key},"), problem);
        let id = self.pickle.get(dict, key).ok_or_else(|| refused("is missing"))?;
        let Value::Call(Name::RebuildTensor, arguments) = self.pickle.value(id) else {
            return Err(refused("is no tensor"));
        };
        let (storage, offset, shape, strides) = match self.pickle.tuple(arguments) {
            Some(&[storage, offset, shape, strides, _, _]) => (storage, offset, shape, strides),
            _ => return Err(refused("is a tensor of another version of PyTorch")),
        };
        let numbers = |id: Id| -> Option<Vec<usize>> {
            self.pickle.tuple(id).filter(|ids| ids.len() <= 2)?.iter().map(|id| self.pickle.whole(*id)).collect()
        };
        let shape = numbers(shape).filter(|shape| shape.iter().all(|side| (1..=WIDEST).contains(side)));
        let shape = shape.ok_or_else(|| refused("has a shape that no layer has"))?;
        let row_by_row: Vec<_> = (1..=shape.len()).map(|from| shape[from..].iter().product()).collect();
        if numbers(strides).as_ref() != Some(&row_by_row) {
            return Err(refused("does not lie row by row"));
        }
        let count: usize = shape.iter().product();
        let bytes = self.storage(storage, &refused)?;
        let from = self.pickle.whole(offset).and_then(|offset| offset.checked_mul(4));
        let bytes = from.and_then(|from| bytes.get(from..)).and_then(|bytes| bytes.get(..4 * count));
        let bytes = bytes.ok_or_else(|| refused("is longer than its storage"))?;
        let (numbers, _) = bytes.as_chunks();
        Ok((shape, numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()))
    }

    /// The bytes of a storage of 32-bit numbers.
    fn storage(&self, id: Id, refused: &dyn Fn(&str) -> LegacyError) -> Result<&[u8], LegacyError> {
        let Value::Outside(place) = self.pickle.value(id) else { return Err(refused("has no storage")) };
        let Some(&[tag, kind, key, _, count]) = self.pickle.tuple(place) else {
            return Err(refused("has no storage"));
        };
        let (Value::Text("storage"), Value::Text(key)) = (self.pickle.value(tag), self.pickle.value(key)) else {
            return Err(refused("has no storage"));
        };
        if self.pickle.value(kind) != Value::Name(Name::FloatStorage) {
            return Err(refused("does not hold 32-bit floating-point numbers"));
        }
        if key.is_empty() || key.len() > 9 || !key.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refused("has a storage without a number"));
        }
        let bytes = self.archive.part(&format!("{}/data/{key}", self.folder))?;
        let bytes = bytes.ok_or_else(|| refused("has a storage that the archive lacks"))?;
        if self.pickle.whole(count).and_then(|count| count.checked_mul(4)) != Some(bytes.len()) {
            return Err(refused("has a storage of another length than it says"));
        }
        Ok(bytes)
    }
}
