//! Makes the corpus: small files of every format, whole and broken, from what the program itself writes.

use super::{archive as legacy, formats, states};
use resonetics::learning::Learner;
use resonetics::settings::{AgentKind, Head, SCENARIOS, Settings, load_settings};
use resonetics::storage::Checkpoint;
use resonetics::study::ResultRow;
use resonetics::tune::{SearchPlan, default_space};
use std::fs;
use std::path::Path;

/// Writes every file into its format's folder.
pub fn write(corpus: &Path) {
    let put = |format: &str, name: &str, bytes: &[u8]| {
        let folder = corpus.join(format);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    };
    let halved = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();

    for (name, checkpoint) in [("dqn", dqn(Head::Plain)), ("quantile", dqn(Head::Quantile)), ("qtable", qtable())] {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a");
        checkpoint.save(&path).unwrap();
        let bytes = fs::read(&path).unwrap();
        put("checkpoint", &format!("{name}.rsnt"), &bytes);
        put("checkpoint", &format!("broken-{name}.rsnt"), &halved(&bytes));
        let bytes = checkpoint.to_safetensors();
        put("safetensors", &format!("{name}.safetensors"), &bytes);
        put("safetensors", &format!("broken-{name}.safetensors"), &halved(&bytes));
    }
    put("safetensors", "broken-other.safetensors", &of_another_program());
    for kind in 0..states::KINDS {
        let (_, state, bytes) = states::checkpoint(kind);
        let case = states::case(kind, &state);
        put("state", &format!("kind-{kind}.bin"), &case);
        if kind < 2 {
            put("checkpoint", &format!("state-{kind}.rsnt"), &bytes);
        }
    }

    let body = black_box();
    for (format, bytes) in [("blackbox", formats::sealed(&body)), ("blackbox-body", body)] {
        put(format, "collapse.rsbb", &bytes);
        put(format, "broken-cut.rsbb", &halved(&bytes));
    }

    put("state", "broken-cut.bin", &[0, 1, 2, 3]);

    let manual = manual();
    put("blackbox", "driven.rsbb", &manual);
    put("blackbox-body", "driven.rsbb", &body_of(&manual));
    put("commands", "all.csv", COMMANDS.as_bytes());
    put(
        "commands",
        "few.csv",
        b"tick,command\n0,begin classic seed 5\n2,take over cluster 1\n2,drive scale\n4,hand back\n",
    );
    put("commands", "cut.csv", COMMANDS.trim_end().as_bytes());
    put("commands", "broken-load.csv", b"tick,command\n3,load other.rsnt\n");

    let old = legacy::archive(&legacy::pickle());
    put("legacy", "old.pt", &old);
    put("legacy", "broken-cut.pt", &old[..2_000]);
    put("legacy-pickle", "old.pkl", &legacy::pickle());
    put("legacy-pickle", "broken-system.pkl", b"\x80\x02cposix\nsystem\n(X\x04\0\0\0truetR.");

    let mut settings = Settings::default();
    put("settings", "defaults.ron", settings.to_ron().as_bytes());
    put(
        "settings",
        "few.ron",
        b"(run: (seed: 7), reward: (profile: \"classic\", oom: -1.5), // a comment\n pilot: (hidden: [8, 8]))\n",
    );
    put("settings", "broken-name.ron", b"(pilot: (gama: 0.9))\n");
    put("settings", "broken-range.ron", b"(pilot: (gamma: 2.0))\n");
    for (name, text) in SCENARIOS.iter().filter(|(name, _)| ["cascade", "classic"].contains(name)) {
        put("scenario", &format!("{name}.ron"), text.as_bytes());
    }
    put("scenario", "broken-low.ron", b"(rows: 4, base_low: 0.9, base_high: 0.1)\n");

    let study: &[u8] = b"(\n    about: \"small\",\n    scenarios: [\"calm\", \"default\"],\n    seeds: [1, 2],\n    set: { \"run.steps\": \"160\" },\n    \
        variants: [(name: \"a\"), (name: \"b\", set: { \"pilot.n_step\": \"1\" })],\n    policies: [\"idle\", \"qtable\"],\n    \
        evaluation: (episodes: 4, seed: 9),\n)\n";
    put("study", "small.ron", study);
    put("study", "broken-twice.ron", b"(scenarios: [\"calm\"], seeds: [1, 1], variants: [(name: \"a\")])\n");
    put("space", "all.ron", b"[\n    (path: \"pilot.gamma\", range: BelowOne(0.9, 0.999)),\n    (path: \"pilot.learning_rate\", range: Log(1e-5, 1e-2)),\n    \
        (path: \"exploration.decay_share\", range: Linear(0.1, 0.9)),\n    (path: \"pilot.n_step\", range: Whole(1, 10)),\n    \
        (path: \"pilot.head\", range: Choice([\"plain\", \"dueling\"])),\n]\n");
    put("space", "broken-bounds.ron", b"[(path: \"pilot.gamma\", range: Log(0.9))]\n");
    settings.run.agent = AgentKind::QTable;
    let plan = SearchPlan { seeds: 2, episodes: 40, space: default_space(AgentKind::QTable), settings };
    let plan = ron::ser::to_string_pretty(&plan, ron::ser::PrettyConfig::new()).unwrap();
    put("search", "study.ron", plan.as_bytes());
    put("search", "broken-cut.ron", &halved(plan.as_bytes()));
    let trials = trials();
    put("trials", "trials.csv", trials.as_bytes());
    put("trials", "broken-state.csv", trials.replace("pruned", "paused").as_bytes());

    let header = ResultRow::HEADER.join(",");
    let rows = "calm,a,1,4,250.500000,0.125000,0.000000,-0.500000,300.000000,3,1,2,40,0.250000,0.100000,160\ncalm,idle,,4,88.000000,1.000000,0.500000,-9.000000,80.000000,,,,,,,\n";
    put("results", "results.csv", format!("{header}\n{rows}").as_bytes());
    put("results", "broken-row.csv", format!("{header}\ncalm,a,1\n").as_bytes());

    let run = tempfile::tempdir().unwrap();
    let run = trained(run.path());
    for format in ["episodes", "inspect"] {
        put(format, "episodes.csv", run[0].as_bytes());
    }
    put("episodes", "broken-column.csv", run[0].replacen("handed_over", "handed", 1).as_bytes());
    for (name, text) in [("steps.csv", &run[1]), ("commands.csv", &run[2]), ("summary.json", &run[3])] {
        put("inspect", name, text.as_bytes());
    }
    put("inspect", "study.ron", study);
    put("inspect", "cut.csv", run[1].trim_end().as_bytes());
    put("inspect", "broken-other.json", b"{\"a\": 3}\n");

    let rows: String =
        (0..12).map(|at| format!("{},m-{},0.{},0.{}\n", 60 * (at / 2), at % 2, at * 7 % 10, at % 10)).collect();
    put("trace-canonical", "two.csv", format!("time_s,node,cpu,memory\n{rows}").as_bytes());
    put(
        "trace-canonical",
        "quoted.csv",
        b"anomaly,cpu,\"node\",time_s\nx,0.25,\"b, \"\"10\"\"\",60\n,.5,a,0\n,NA,a,60\n,1e0,a,120.5\n",
    );
    put("trace-canonical", "broken-number.csv", b"time_s,node,cpu\n0,a,x\n");
    let header = "Timestamp [ms];\tCPU cores;\tCPU usage [%];\tMemory capacity provisioned [KB];\tMemory usage [KB]\n";
    let rows: String = (0..8)
        .map(|at| format!("{};\t1;\t{}.5;\t4.0;\t{}.0\n", 1_376_314_846_u64 + 300 * at, at * 11, at % 4))
        .collect();
    put("trace-bitbrains", "vm.csv", format!("{header}{rows}").as_bytes());
    put("trace-bitbrains", "broken-fields.csv", format!("{header}1376314846;\t1\n").as_bytes());
    let rows: String = (0..8).map(|at| format!("2014-02-14 14:{:02}:00,{}.25\n", 5 * at, at * 9)).collect();
    put("trace-cloudwatch", "cpu.csv", format!("timestamp,value\n{rows}").as_bytes());
    put("trace-cloudwatch", "broken-day.csv", b"timestamp,value\n2014-02-30 14:30:00,1.0\n2014-02-14 14:30:00,1.0\n");
}

/// A small Pilot and Prophet.
fn dqn(head: Head) -> Checkpoint {
    let mut settings = Settings::default();
    (settings.pilot.hidden, settings.pilot.head, settings.pilot.quantiles) = (vec![3], head, 2);
    settings.prophet.hidden = vec![2];
    Checkpoint { model: Learner::new(&settings).model(), settings }
}

fn qtable() -> Checkpoint {
    let mut settings = load_settings("v10").unwrap();
    settings.prophet.hidden = vec![2];
    Checkpoint { model: Learner::new(&settings).model(), settings }
}

/// The body of a black box: a short episode on a small cluster.
fn black_box() -> Vec<u8> {
    let line = "--ticks 200 --clusters 1 --seed 5 --set cluster.rows=3 --set cluster.columns=3 \
        --set cluster.leak_max=0.3 --set cluster.leak_median=0.1 --set pilot.hidden=4 --set run.black_box_ticks=4";
    body_of(&smallest_box(line, ""))
}

/// A black box of twelve steps, of which a person drove the third to seventh and the last three.
fn manual() -> Vec<u8> {
    let drives = "tick,command\n2,take over cluster 0\n2,drive scale\n2,drive left\n2,drive up\n2,drive memory clean\n\
        2,drive throttle\n7,hand back\n9,take over cluster 0\n9,drive right\n9,drive scale\n9,drive down\n";
    let kill = |cell: usize| format!("11,kill row {} column {} in cluster 0\n", cell / 3, cell % 3);
    let line = "--steps 2000 --clusters 1 --seed 5 --scenario cascade --set cluster.rows=3 --set cluster.columns=3 \
        --set run.black_box_ticks=8 --ticks 20 --commands commands.csv";
    smallest_box(line, &(drives.to_owned() + &(0..9).map(kill).collect::<String>()))
}

/// The smallest black box of a run.
fn smallest_box(line: &str, commands: &str) -> Vec<u8> {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("commands.csv"), commands).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_resonetics"));
    let command = command.args(["train", "--out", "run"]).args(line.split_whitespace());
    let finished = command.current_dir(place.path()).output().unwrap();
    assert!(finished.status.success(), "{finished:?}");
    let boxes = fs::read_dir(place.path().join("run/blackbox")).unwrap();
    let mut boxes: Vec<_> = boxes.map(|it| fs::read(it.unwrap().path()).unwrap()).collect();
    boxes.sort_by_key(Vec::len);
    boxes.swap_remove(0)
}

/// The body of a black box.
fn body_of(file: &[u8]) -> Vec<u8> {
    zstd::bulk::decompress(&file[formats::HEADER..], 1 << 20).unwrap()
}

/// Every command that can be repeated.
const COMMANDS: &str = "tick,command\n\
    0,spike row 0 column 1 for 9 steps in cluster 0\n\
    0,leak row 1 column 1 by 0.013 per step in cluster 1\n\
    1,kill row 2 column 2 in cluster 0\n\
    1,heal row 2 column 2 in cluster 0\n\
    1,priority row 1 column 0 to 0.9 in cluster 0\n\
    2,outage of 3x3 cells around row 1 column 1 for 4 steps in cluster 1\n\
    2,storm over 1x1 cells around row 1 column 2 for 2 steps in cluster 1\n\
    3,take over cluster 0\n\
    3,drive memory clean\n\
    4,drive throttle\n\
    5,hand back\n\
    6,set cluster.max_steps 40\n\
    6,set exploration.epsilon_end 0.01\n\
    7,set run.steps 900\n\
    7,save\n\
    7,\"save a,b.rsnt\"\n\
    9,export table.csv\n";

/// A sound safetensors file that is none of ours.
fn of_another_program() -> Vec<u8> {
    let header = br#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    [&(header.len() as u64).to_le_bytes()[..], header, &[0; 4]].concat()
}

/// A table of two trials in the space of the Q-table.
fn trials() -> String {
    let space = default_space(AgentKind::QTable);
    let paths: Vec<_> = space.iter().map(|parameter| parameter.path.clone()).collect();
    let values = |at: f64| space.iter().map(|parameter| parameter.range.value(at)).collect::<Vec<_>>().join(",");
    let marks: Vec<_> = (1..=9).map(|mark| format!("lost_at_{mark}0")).collect();
    format!(
        "trial,state,lost,steps,collapses,{},{}\n0,finished,0.25,200,0.3,{},{}\n1,pruned,,,,{},0.625{}\n",
        paths.join(","),
        marks.join(","),
        values(0.37),
        ["0.5"; 9].join(","),
        values(0.91),
        ",".repeat(8)
    )
}

/// The tables and the summary of a short run.
fn trained(place: &Path) -> [String; 4] {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_resonetics"));
    let line = "train --steps 2000 --clusters 2 --out run --scenario classic --seed 5 --set pilot.hidden=4";
    assert!(command.args(line.split(' ')).current_dir(place).output().unwrap().status.success());
    let first = |file: &str| {
        let text = fs::read_to_string(place.join("run").join(file)).unwrap();
        text.split_inclusive('\n').take(12).collect::<String>()
    };
    let summary = fs::read_to_string(place.join("run/summary.json")).unwrap();
    [first("episodes.csv"), first("steps.csv"), first("commands.csv"), summary]
}
