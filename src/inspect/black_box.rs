//! Black boxes.

use super::Findings;
use crate::blackbox::{BLACK_BOX, BlackBox, read};
use std::path::Path;

/// Whether a file begins like a black box.
pub(super) fn is_black_box(head: &[u8]) -> bool {
    BLACK_BOX.format_of(head).is_some()
}

/// What is in a black box. `resonetics replay` checks whether its episode can be repeated.
pub(super) fn inspect(path: &Path, head: &[u8]) -> Findings {
    let kind = format!("black box of {}", BLACK_BOX.format_of(head).unwrap_or_default());
    let black_box = match read(path).and_then(|bytes| BlackBox::from_bytes(path, &bytes)) {
        Ok(black_box) => black_box,
        Err(error) => return Findings::broken(kind, error),
    };
    let ending = black_box.moments.iter().rev().find_map(|moment| moment.agent_record.as_ref());
    let ending = ending.map_or("not recorded", |agent_record| agent_record.outcome.name());
    let scenario = &black_box.settings.cluster;
    let cells = format!("{}, {} x {} cells", scenario.name, scenario.rows, scenario.columns);
    let findings = Findings::of(kind).with("scenario", cells).with("seed", black_box.settings.run.seed);
    let findings = findings
        .with("episode", format!("{} (cluster {}, seed {})", black_box.episode, black_box.cluster, black_box.seed));
    let findings = findings
        .with("end", format!("{ending} at tick {}", black_box.tick))
        .with("steps", black_box.action_log.steps());
    let findings =
        findings.with("hashes", black_box.action_log.moments()).with("moments in full", black_box.moments.len());
    let findings = match &black_box.trace {
        Some((trace, _)) => findings.with("trace", format!("{}, fingerprint {:016x}", trace.name, trace.fingerprint)),
        None => findings,
    };
    findings.with("written by", format!("resonetics {}", black_box.program))
}
