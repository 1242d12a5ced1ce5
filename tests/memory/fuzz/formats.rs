//! The formats: how each is read, what is done with what was accepted, and how a changed file is made to reach its reader.

use super::{archive as legacy, states};
use resonetics::blackbox::{BlackBox, report};
use resonetics::cluster::{Action, Cluster, Observation};
use resonetics::inspect::inspect;
use resonetics::learning::{Prophet, QNetwork, device};
use resonetics::settings::{AgentKind, RewardSettings, Settings, scenario_from, settings_from};
use resonetics::storage::{Checkpoint, LegacyCheckpoint, episodes_from};
use resonetics::study::{Plan, rows_from};
use resonetics::trace::{LoadTable, import_from};
use resonetics::tune::{check_space, default_space, plan_from, space_from, trials_from};
use std::fmt::Display;
use std::fs;

/// A format of files that the program reads.
pub struct Format {
    /// Its name, and that of its folder in the corpus.
    pub name: &'static str,
    /// Its share of the cases.
    pub share: u64,
    /// Words to put into its files.
    pub words: &'static [&'static str],
    /// Makes checksums and lengths right again, so that the parser behind them is reached.
    pub repair: Option<fn(&mut [u8])>,
    /// Reads a file; whether it was accepted. A panic of any kind is a fault.
    pub read: fn(&[u8]) -> bool,
}

/// All formats; a new one is a line here, a folder in `tests/corpus` and a line in `corpus::write`.
pub fn all() -> Vec<Format> {
    let format = |name, share, words, repair, read| Format { name, share, words, repair, read };
    vec![
        format("checkpoint", 12, SETTINGS, Some(repair_envelope), whole_checkpoint),
        format("state", 6, BYTES, None, states::state),
        format("commands", 8, COMMANDS, None, states::commands),
        format("safetensors", 12, TENSORS, Some(repair_header), checkpoint),
        format("blackbox", 8, SETTINGS, Some(repair_envelope), black_box),
        format("blackbox-body", 12, SETTINGS, None, |bytes| black_box(&sealed(bytes))),
        format("legacy", 6, PICKLE, Some(legacy::repair), old_checkpoint),
        format("legacy-pickle", 10, PICKLE, None, |bytes| old_checkpoint(&legacy::archive(bytes))),
        format("settings", 10, SETTINGS, None, settings),
        format("scenario", 8, SETTINGS, None, scenario),
        format("study", 8, SETTINGS, None, study),
        format("space", 8, SPACE, None, space),
        format("search", 6, SPACE, None, |bytes| message(plan_from(CASE.as_ref(), &text(bytes))).is_some()),
        format("trials", 12, TABLE, None, |bytes| {
            message(trials_from(CASE.as_ref(), bytes, &default_space(AgentKind::QTable))).is_some()
        }),
        format("results", 14, TABLE, None, |bytes| message(rows_from(bytes)).is_some()),
        format("episodes", 14, TABLE, None, |bytes| message(episodes_from(CASE.as_ref(), bytes)).is_some()),
        format("trace-canonical", 16, TABLE, None, trace),
        format("trace-bitbrains", 16, TABLE, None, trace),
        format("trace-cloudwatch", 16, TABLE, None, trace),
        format("inspect", 8, SETTINGS, None, inspection),
    ]
}

/// What errors call a case.
const CASE: &str = "case";

const SETTINGS: &[&str] = &[
    "run",
    "cluster",
    "pilot",
    "prophet",
    "reward",
    "trace",
    "qtable",
    "exploration",
    "view",
    "hidden",
    "rows",
    "columns",
    "name",
    "profile",
    "\"classic\"",
    "\"survival\"",
    "\"dqn\"",
    "\"qtable\"",
    "\"quantile\"",
    "\"dueling\"",
    "\"notes\"",
    "\"seed\"",
    "true",
    "false",
    "None",
    "Some",
    "()",
    "[]",
    "{}",
    "#![enable(implicit_some)]",
    "#![enable(unwrap_newtypes)]",
    "/*",
    "*/",
    "//",
    "r#\"",
    "'a'",
    "b\"",
    "0x",
    "0b1",
    "1e308",
    "scenarios",
    "seeds",
    "variants",
    "set",
    "policies",
    "evaluation",
    "episodes",
    "\"all\"",
    "\"default\"",
    "\"calm\"",
    "pilot.hidden",
    "\"\"",
    "\"../../x\"",
    "\"/dev/zero\"",
    "ended",
    "ticks",
    "null",
    "{",
    "}",
];
const TENSORS: &[&str] = &[
    "\"F32\"",
    "\"F16\"",
    "\"F4\"",
    "\"BOOL\"",
    "\"U64\"",
    "dtype",
    "shape",
    "data_offsets",
    "__metadata__",
    "pilot.layers.0.weight",
    "prophet.layers.0.bias",
    "qtable.values",
    "[0,0]",
    "[18446744073709551615,2]",
    "[]",
    "null",
    "steps",
    "settings",
    "format_version",
    "episodes_factor",
    "NaN",
    "{\"a\":",
    "\\u0000",
    "\\ud800",
    "dqn",
];
const PICKLE: &[&str] = &[
    "(",
    "t",
    "R",
    "b",
    "q\u{0}",
    "r",
    "h\u{0}",
    "j",
    "}",
    "]",
    "e",
    "a",
    "s",
    "u",
    ".",
    "N",
    "K\u{1}",
    "M",
    "J",
    "G",
    "X",
    "U",
    "c",
    "Q",
    "0",
    "1",
    "2",
    "\u{80}\u{2}",
    "cposix\nsystem\n",
    "cbuiltins\neval\n",
    "ctorch\nFloatStorage\n",
    "ctorch\nLongStorage\n",
    "ctorch._utils\n_rebuild_tensor_v2\n",
    "ccollections\nOrderedDict\n",
    "PK\u{3}\u{4}",
    "PK\u{1}\u{2}",
    "PK\u{5}\u{6}",
    "data.pkl",
    "storage",
];
const SPACE: &[&str] = &[
    "path",
    "range",
    "Linear",
    "Log",
    "BelowOne",
    "Whole",
    "Choice",
    "(",
    ")",
    "pilot.gamma",
    "pilot.n_step",
    "run.seed",
    "Linear(0,1)",
    "Whole(0,18446744073709551615)",
    "Log(1e-300,1e300)",
    "BelowOne(-1e308,0.9999999999999999)",
    "Choice([])",
    "seeds",
    "episodes",
    "space",
    "settings",
];
const TABLE: &[&str] = &[
    "time_s",
    "node",
    "cpu",
    "memory",
    "timestamp",
    "value",
    "Timestamp [ms]",
    "CPU usage [%]",
    "Memory usage [KB]",
    "NaN",
    "inf",
    "null",
    "NA",
    "\"",
    "\"\"",
    ",",
    ";",
    "\t",
    "2014-02-14 14:30:00",
    "9999-12-31T23:59:59.999999999Z",
    "truncated",
    "critical-oom",
    "finished",
    "pruned",
    "global_step",
    "length",
    "outcome",
    "effective_epsilon",
    "handed_over",
    "1e11",
    "-1e11",
    "1e308",
    "4294967296",
    "\r\n",
    "\n",
];

const BYTES: &[&str] = &["\0", "\u{1}", "\u{2}", "\u{7f}", "\0\0\0\0", "\0\0\u{7f}\u{7f}", "\0\0\0\0\0\0\0\0"];
const COMMANDS: &[&str] = &[
    "tick,command\n",
    "0,",
    "1,",
    "5,",
    "18446744073709551615,",
    ",\"",
    "\"\n",
    "\n",
    "\r\n",
    "spike row 0 column 1 for 9 steps in cluster 0\n",
    "leak row 1 column 1 by 0.25 per step in cluster 1\n",
    "kill row 2 column 2 in cluster 0\n",
    "heal row 0 column 0 in cluster 1\n",
    "priority row 1 column 0 to 1 in cluster 0\n",
    "outage of 3x3 cells around row 1 column 1 for 4294967295 steps in cluster 0\n",
    "storm over 1x1 cells around row 1 column 2 for 2 steps in cluster 1\n",
    "4294967295x4294967295",
    "take over cluster 0\n",
    "drive full clean\n",
    "drive up\n",
    "hand back\n",
    "save\n",
    "save a.rsnt\n",
    "load a.rsnt\n",
    "export ../a.csv\n",
    "begin classic seed 5\n",
    "set cluster.max_steps 3\n",
    "set run.steps 1\n",
    "set run.steps_csv_every 0\n",
    "set exploration.epsilon_start 0.5\n",
    "set qtable.learning_rate 1\n",
    "set view.alarm 0.4\n",
    "1e-40",
    "NaN",
    "-1",
];

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// What was read, if anything; a refusal must be a sentence.
pub fn message<T, E: Display>(outcome: Result<T, E>) -> Option<T> {
    outcome.inspect_err(|error| assert!(error.to_string().contains(' '), "no sentence: {error}")).ok()
}

fn checkpoint(bytes: &[u8]) -> bool {
    message(Checkpoint::from_bytes(CASE.as_ref(), bytes)).inspect(play).is_some()
}

/// A checkpoint with the state of a run, or without one.
fn whole_checkpoint(bytes: &[u8]) -> bool {
    let Some(checkpoint) = message(Checkpoint::from_bytes(CASE.as_ref(), bytes)) else { return false };
    play(&checkpoint);
    if bytes.starts_with(b"RESOCKPT") {
        states::file(bytes, &checkpoint);
    }
    true
}

fn old_checkpoint(bytes: &[u8]) -> bool {
    message(LegacyCheckpoint::from_bytes(CASE.as_ref(), bytes)).inspect(|legacy| play(&legacy.checkpoint)).is_some()
}

/// What was accepted must act and forecast.
fn play(Checkpoint { settings, model }: &Checkpoint) {
    let device = device(settings.run.backend);
    match &model.table {
        Some(table) => drop(table.q_values(&[0.5; 35])),
        None => {
            let inputs = model.pilot.0[0].inputs;
            let weights = model.pilot_average.as_ref().unwrap_or(&model.pilot);
            assert_eq!(QNetwork::new(&settings.pilot, weights, &device).q_values(&vec![0.5; inputs]).len(), 1);
        }
    }
    let prophet = Prophet::with_weights(&settings.prophet, &device, &model.prophet);
    assert_eq!(prophet.forecast(&vec![0.5; model.prophet.0[0].inputs]).len(), 1);
}

/// What was accepted must be repeated, whether its hashes agree or not, and told.
fn black_box(bytes: &[u8]) -> bool {
    let Some(it) = message(BlackBox::from_bytes(CASE.as_ref(), bytes)) else { return false };
    if it.action_log.steps() * it.settings.cluster.cells() < 20_000 {
        message(it.verify());
        message(report(&it));
    }
    true
}

/// Bytes of the header of a black box.
pub const HEADER: usize = 28;

/// The file of a black box with this body.
pub fn sealed(body: &[u8]) -> Vec<u8> {
    let packed = zstd::bulk::compress(body, 1).unwrap();
    let mut bytes = [b"RESOBBOX", &1_u32.to_le_bytes()[..], &[0; HEADER - 12], &packed].concat();
    repair_envelope(&mut bytes);
    bytes
}

fn settings(bytes: &[u8]) -> bool {
    let text = text(bytes);
    let recorded = message(settings_from(CASE.as_ref(), &text));
    let Some(settings) = message(settings_from(CASE.as_ref(), &text)) else { return false };
    assert!(recorded.is_some() && settings_from(CASE.as_ref(), &settings.to_ron()).as_ref() == Ok(&settings));
    true
}

fn scenario(bytes: &[u8]) -> bool {
    let Some(scenario) = message(scenario_from(CASE.as_ref(), &text(bytes))) else { return false };
    let mut cluster = Cluster::new(scenario, RewardSettings::default(), None);
    cluster.reset(7);
    let mut observation = Observation::default();
    for action in [Action::FullClean, Action::Scale, Action::Throttle] {
        cluster.observe(&mut observation);
        let step = cluster.step(action);
        assert!(step.reward.total().is_finite() && observation.0.iter().all(|number| (0.0..=1.0).contains(number)));
        if step.outcome.is_over() {
            break;
        }
    }
    true
}

fn study(bytes: &[u8]) -> bool {
    message(Plan::from_text(CASE.as_ref(), &text(bytes), 16)).is_some()
}

fn space(bytes: &[u8]) -> bool {
    let Some(space) = message(space_from(CASE.as_ref(), &text(bytes))) else { return false };
    let accepted = message(check_space(&space, &Settings::default())).is_some();
    if accepted {
        for range in space.iter().map(|parameter| &parameter.range) {
            for place in [0.0, 0.37, 1.0] {
                assert!(
                    range.position(&range.value(place)).is_some_and(|position| (0.0..=1.0).contains(&position)),
                    "{range:?}"
                );
            }
        }
    }
    accepted
}

fn trace(bytes: &[u8]) -> bool {
    let Some(imported) = message(import_from("case.csv", bytes)) else { return false };
    let (table, report) = (imported.table, imported.report);
    assert_eq!((table.len(), table.nodes().len()), (report.samples, report.nodes));
    assert_eq!(LoadTable::new(table.step_s(), table.nodes().to_vec()).as_ref(), Ok(&table));
    true
}

fn inspection(bytes: &[u8]) -> bool {
    let path = std::env::temp_dir().join(format!("fuzz-inspected-{}", std::process::id()));
    fs::write(&path, bytes).unwrap();
    let findings = inspect(&path).unwrap();
    let message = findings.to_string();
    assert!(message.len() < 20_000 && !message.contains('\u{1b}'), "{message}");
    fs::remove_file(&path).unwrap();
    findings.trouble.is_none()
}

/// Lengths and checksums of a checkpoint or a black box: each part is as long as it says, where there is as much, and the
/// last one goes to the end.
pub fn repair_envelope(bytes: &mut [u8]) {
    let parts = if bytes.starts_with(b"RESOCKPT") { 3 } else { 1 };
    let header = 12 + 12 * parts + 4;
    if bytes.len() < header {
        return;
    }
    let mut start = header;
    for part in 0..parts {
        let at = 12 + 12 * part;
        let message = u64::from_le_bytes(std::array::from_fn(|byte| bytes[at + byte])) as usize;
        let end = if part + 1 == parts { bytes.len() } else { start + message.min(bytes.len() - start) };
        let (length, checksum) = ((end - start) as u64, crc32fast::hash(&bytes[start..end]));
        bytes[at..at + 8].copy_from_slice(&length.to_le_bytes());
        bytes[at + 8..at + 12].copy_from_slice(&checksum.to_le_bytes());
        start = end;
    }
    let checksum = crc32fast::hash(&bytes[..header - 4]);
    bytes[header - 4..header].copy_from_slice(&checksum.to_le_bytes());
}

/// Length of a safetensors header, where the JSON can still be read.
fn repair_header(bytes: &mut [u8]) {
    let Some(rest) = bytes.get(8..) else { return };
    let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<serde::de::IgnoredAny>();
    if matches!(values.next(), Some(Ok(_))) {
        let mut length = values.byte_offset();
        length += rest[length..].iter().take_while(|byte| **byte == b' ').count();
        bytes[..8].copy_from_slice(&(length as u64).to_le_bytes());
    }
}
