//! Telemetry of every format: small files of our own making, compared with facts taken from them by other means (a few lines
//! of Python over the raw text), and a training on each.

use crate::support::Workplace;
use resonetics::trace::{ImportReport, Imported, NodeSeries, TraceFormat, import};
use std::path::{Path, PathBuf};

/// A file of the folder beside this one.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/traces").join(name)
}

/// Reads a file and checks what holds for every report: it counts what the table holds.
fn read(path: &Path) -> Imported {
    let imported = import(path).unwrap_or_else(|error| panic!("{error}"));
    let Imported { table, report } = &imported;
    assert_eq!(report.file, path.display().to_string());
    assert_eq!((report.nodes, report.samples, report.step_s), (table.nodes().len(), table.len(), table.step_s()));
    for node in table.nodes() {
        for series in [Some(&node.cpu), node.memory.as_ref()].into_iter().flatten() {
            assert_eq!(series.len(), table.len(), "{}", node.name);
            assert!(series.iter().all(|value| (0.0..=1.0).contains(value)), "{}", node.name);
        }
    }
    println!("{report}");
    imported
}

/// Rows read, rows dropped, values clamped, gaps filled.
fn counts(report: &ImportReport) -> (usize, usize, usize, usize) {
    (report.rows_read, report.rows_dropped, report.values_clamped, report.gaps_filled)
}

fn mean(series: &[f32]) -> f64 {
    series.iter().map(|value| f64::from(*value)).sum::<f64>() / series.len() as f64
}

fn memory(node: &NodeSeries) -> &[f32] {
    node.memory.as_deref().unwrap_or_default()
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "found {found}, expected {expected}");
}

#[test]
fn servers_are_read_minute_by_minute_in_the_order_of_their_names() {
    let Imported { table, report } = read(&file("canonical.csv"));
    assert_eq!((report.format, report.has_memory), (TraceFormat::Canonical, true));
    assert_eq!(counts(&report), (32, 0, 0, 4));
    assert_eq!((table.len(), table.step_s()), (12, 60.0));

    // Name, rows up to the last one, cpu and memory of rows 0 and 8, means over the rows.
    let facts = [
        ("machine-1", 12, [0.0922, 0.3988], [0.0575, 0.5965], [0.563_033_333_3, 0.523_141_666_7]),
        ("machine-2", 12, [0.0810, 0.7800], [0.2855, 0.6783], [0.399_350_000_0, 0.554_108_333_3]),
        ("machine-10", 9, [0.4932, 0.7778], [0.8924, 0.3784], [0.531_555_555_6, 0.511_844_444_4]),
    ];
    assert_eq!(table.nodes().len(), facts.len());
    for (node, (name, rows, first, later, means)) in table.nodes().iter().zip(facts) {
        assert_eq!(node.name, name);
        assert_eq!([node.cpu[0], memory(node)[0]], first, "{name}");
        assert_eq!([node.cpu[8], memory(node)[8]], later, "{name}");
        close(mean(&node.cpu[..rows]), means[0]);
        close(mean(&memory(node)[..rows]), means[1]);
        // The machines end at different minutes, and hold their last value to the end of the grid.
        assert!(node.cpu[rows..].iter().all(|value| *value == node.cpu[rows - 1]), "{name}");
    }
    // The minute that the second machine lacks is the mean of those around it.
    close(f64::from(table.nodes()[1].cpu[5]), f64::midpoint(0.0692, 0.2990));
}

#[test]
fn the_bitbrains_machine_is_read_in_seconds_with_its_outage_filled() {
    let Imported { table, report } = read(&file("bitbrains.csv"));
    assert_eq!((report.format, report.has_memory), (TraceFormat::Bitbrains, true));
    assert_eq!(counts(&report), (12, 0, 0, 2));
    assert_eq!((table.len(), table.step_s()), (14, 300.0));
    let [node] = table.nodes() else { panic!("one machine") };
    assert_eq!(node.name, "bitbrains");
    let provisioned = 2_097_152.0;
    close(f64::from(node.cpu[0]), 0.054_022);
    close(f64::from(memory(node)[0]), 238_295.57 / provisioned);
    close(f64::from(node.cpu.iter().copied().fold(0.0, f32::max)), 0.117_732);
    close(f64::from(memory(node).iter().copied().fold(0.0, f32::max)), 458_488.66 / provisioned);
    close(f64::from(memory(node).iter().copied().fold(1.0, f32::min)), 94_545.91 / provisioned);
    let (before, after) = (0.027_48, 0.110_296);
    close(f64::from(node.cpu[6]), before + (after - before) / 3.0);
    close(f64::from(node.cpu[7]), before + (after - before) / 1.5);
    assert_eq!(node.cpu[13], 0.0);
    close(f64::from(memory(node)[13]), 366_727.64 / provisioned);
}

#[test]
fn the_cloudwatch_machine_is_read_in_percent_over_the_end_of_a_february() {
    let Imported { table, report } = read(&file("cloudwatch.csv"));
    assert_eq!((report.format, report.has_memory), (TraceFormat::CloudWatch, false));
    assert_eq!(counts(&report), (15, 0, 0, 1));
    assert_eq!((table.len(), table.step_s()), (16, 300.0));
    let [node] = table.nodes() else { panic!("one machine") };
    assert_eq!((node.name.as_str(), &node.memory), ("cloudwatch", &None));
    let percent = |share: f32| f64::from(share);
    close(percent(node.cpu[0]), 0.784_93);
    close(percent(node.cpu[15]), 0.920_97);
    close(percent(node.cpu.iter().copied().fold(1.0, f32::min)), 0.336_65);
    close(percent(node.cpu.iter().copied().fold(0.0, f32::max)), 0.920_97);
    // Rows 8 and 9 are ten minutes apart: the point between them is their mean.
    close(percent(node.cpu[9]), f64::midpoint(0.861_68, 0.372_90));
}

#[test]
fn a_trace_without_times_is_refused_by_its_first_line() {
    let Err(error) = import(&file("without_times.csv")) else { panic!("it has no time column") };
    let message = error.to_string();
    assert!(message.contains(".csv:1:1: the first line is \"cpu_util_percent,mem_util_percent,"), "{message}");
    assert!(message.contains("time_s,node,cpu[,memory]"), "{message}");
}

#[test]
fn training_runs_on_every_format_and_reports_what_was_read() {
    let place = Workplace::new();
    let train = ["--steps", "3200", "--set", "pilot.warmup=500", "--out"];
    let synthetic = place.run(&[&["train"], &train[..], &["synthetic"]].concat());
    assert!(synthetic.code == 0 && !synthetic.stderr.contains("rows read"), "{synthetic:?}");
    for (name, report) in [
        (
            "canonical.csv",
            "canonical CSV, 32 rows read, 0 dropped, 0 values clamped, 4 gaps filled; 3 nodes x 12 samples of 60 s, \
             cpu and memory.",
        ),
        (
            "bitbrains.csv",
            "Bitbrains GWA-T-12, 12 rows read, 0 dropped, 0 values clamped, 2 gaps filled; 1 node x 14 samples of \
             300 s, cpu and memory.",
        ),
        (
            "cloudwatch.csv",
            "CloudWatch CSV, 15 rows read, 0 dropped, 0 values clamped, 1 gap filled; 1 node x 16 samples of 300 s, \
             cpu only.",
        ),
    ] {
        let trace = file(name).display().to_string();
        let finished = place.run(&[&["train", "--trace", &trace], &train[..], &[name]].concat());
        assert_eq!(finished.code, 0, "{finished:?}");
        let report = format!("{name}: {report}");
        assert!(finished.stderr.contains(&report), "{report:?} is not in\n{}", finished.stderr);
        assert!(finished.stdout.contains("Finished after 3200 steps"), "{}", finished.stdout);
        assert!(place.read(&format!("{name}/settings.ron")).contains(&trace));
        assert_ne!(place.read(&format!("{name}/episodes.csv")), place.read("synthetic/episodes.csv"), "{name}");
    }
}
