//! Checkpoints of this program and of the older one, and models in safetensors files.

use super::Findings;
use crate::learning::Weights;
use crate::simulation::largest_state;
use crate::storage::{CHECKPOINT, Checkpoint, LegacyCheckpoint, RecordError, TrainingState, read_checkpoint};
use std::path::Path;

/// Whether a file begins like a checkpoint of this program.
pub(super) fn is_ours(head: &[u8]) -> bool {
    CHECKPOINT.format_of(head).is_some()
}

/// What is in a checkpoint of this program.
pub(super) fn ours(path: &Path, head: &[u8]) -> Findings {
    let kind = format!("checkpoint of {}", CHECKPOINT.format_of(head).unwrap_or_default());
    match read(path) {
        Ok((checkpoint, state)) => with_state(contents(Findings::of(kind), &checkpoint), state.as_ref()),
        Err(error) => Findings::broken(kind, error),
    }
}

/// Model and state of a checkpoint; no state in a file of networks only.
pub(super) fn read(path: &Path) -> Result<(Checkpoint, Option<TrainingState>), RecordError> {
    let checkpoint = Checkpoint::load(path)?;
    let state = TrainingState::load(path, largest_state(&checkpoint.settings))?;
    Ok((checkpoint, state))
}

/// Adds the state of the run, if there is one.
pub(super) fn with_state(findings: Findings, state: Option<&TrainingState>) -> Findings {
    let Some(state) = state else { return findings.with("state", "none: only networks") };
    let size = format!("{:.1} MiB, of tick {}", state.length() as f64 / f64::from(1 << 20), state.positions.ticks);
    let [episodes, steps, commands] = state.positions.tables.map(|mark| mark.bytes);
    let rows = format!("episodes.csv {episodes}, steps.csv {steps}, commands.csv {commands} bytes");
    findings.with("state", size).with("rows up to", rows)
}

/// What is in a safetensors file.
pub(super) fn safetensors(path: &Path) -> Findings {
    match read_checkpoint(path).and_then(|bytes| Checkpoint::from_bytes(path, &bytes)) {
        Ok(checkpoint) => contents(Findings::of("safetensors file of a model, format version 1"), &checkpoint),
        Err(error) => Findings::broken("safetensors file", error),
    }
}

/// What is in a checkpoint of the older program.
pub(super) fn legacy(path: &Path) -> Findings {
    let kind = "checkpoint of the older Python program, v13 (.pt)";
    match read_checkpoint(path).and_then(|bytes| LegacyCheckpoint::from_bytes(path, &bytes)) {
        Ok(legacy) => {
            let memories =
                legacy.memories.map_or("none".to_owned(), |count| format!("{count} transitions, not taken over"));
            let model = &legacy.checkpoint.model;
            let findings = Findings::of(kind).with("Pilot", shape(&model.pilot)).with("Prophet", shape(&model.prophet));
            let findings = findings.with("episodes", legacy.episodes).with("epsilon", legacy.epsilon);
            findings.with("replay memory", memories)
        }
        Err(error) => Findings::broken("Python file (.pt or pickle)", error),
    }
}

/// Networks, counters and where they come from.
pub(super) fn contents(findings: Findings, Checkpoint { settings, model }: &Checkpoint) -> Findings {
    let findings = match &model.table {
        Some(table) => findings.with("Q-table", format!("{} states", table.0.len())),
        None => findings.with("Pilot", shape(&model.pilot)),
    };
    let average = model.pilot_average.as_ref().map(|average| ("Pilot's average", shape(average)));
    let findings = average.into_iter().fold(findings, |findings, (name, value)| findings.with(name, value));
    let findings = findings.with("Prophet", shape(&model.prophet));
    let findings = findings.with("scenario", &settings.cluster.name).with("seed", settings.run.seed);
    findings.with("steps", model.steps).with("updates", model.updates)
}

/// Widths from input to output, and how many weights there are.
fn shape(weights: &Weights) -> String {
    let first = weights.0.first().map(|layer| layer.inputs);
    let widths = first.into_iter().chain(weights.0.iter().map(|layer| layer.outputs));
    let widths: Vec<_> = widths.map(|width| width.to_string()).collect();
    let count: usize = weights.0.iter().map(|layer| layer.weight.len() + layer.bias.len()).sum();
    format!("{}, {count} weights", widths.join("-"))
}
