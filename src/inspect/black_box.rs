//! Black boxes.

use super::Findings;
use crate::blackbox::{BLACK_BOX, BlackBox, read};
use std::path::Path;

/// Whether a file begins like a black box.
pub(super) fn is_one(head: &[u8]) -> bool {
    BLACK_BOX.format_of(head).is_some()
}

/// What is in a black box. Whether the episode can be repeated, `resonetics replay` finds out.
pub(super) fn inspect(path: &Path, head: &[u8]) -> Findings {
    let kind = format!("black box of {}", BLACK_BOX.format_of(head).unwrap_or_default());
    let it = match read(path).and_then(|bytes| BlackBox::from_bytes(path, &bytes)) {
        Ok(it) => it,
        Err(error) => return Findings::broken(kind, error),
    };
    let ending = it.moments.iter().rev().find_map(|moment| moment.agent_record.as_ref());
    let ending = ending.map_or("not told", |agent_record| agent_record.outcome.name());
    let scenario = &it.settings.cluster;
    let cells = format!("{}, {} x {} cells", scenario.name, scenario.rows, scenario.columns);
    let findings = Findings::of(kind).with("scenario", cells).with("seed", it.settings.run.seed);
    let findings = findings.with("episode", format!("{} (cluster {}, seed {})", it.episode, it.cluster, it.seed));
    let findings = findings.with("end", format!("{ending} at tick {}", it.tick)).with("steps", it.action_log.steps());
    let findings = findings.with("hashes", it.action_log.moments()).with("moments in full", it.moments.len());
    let findings = match &it.trace {
        Some((trace, _)) => findings.with("trace", format!("{}, fingerprint {:016x}", trace.name, trace.fingerprint)),
        None => findings,
    };
    findings.with("written by", format!("resonetics {}", it.program))
}
