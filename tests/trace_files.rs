//! Real telemetry: imports each file under `../shared/traces` and compares it with facts extracted from the raw text by a
//! few lines of Python. Skipped if the folder is absent.

use resonetics::trace::{ImportReport, Imported, NodeSeries, TraceFormat, import};
use std::path::{Path, PathBuf};

/// The path of a file in the shared folder; `None` if the folder is absent.
fn shared(file: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/traces");
    if folder.is_dir() {
        return Some(folder.join(file));
    }
    println!("skipped: ../shared/traces is not here");
    None
}

/// Imports a file and checks that report and table agree.
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
fn the_six_servers_are_read_minute_by_minute() {
    let Some(path) = shared("smd/machines.csv") else { return };
    let Imported { table, report } = read(&path);
    assert_eq!((report.format, report.has_memory), (TraceFormat::Canonical, true));
    assert_eq!(counts(&report), (142_179, 0, 0, 39));
    assert_eq!((table.len(), table.step_s()), (23_703, 60.0));

    // Name, rows, cpu and memory of rows 0 and 1000, means over the rows.
    let facts = [
        ("machine-1-6", 23_689, [0.1852, 0.8108], [0.0247, 0.8361], [0.279_672_088_3, 0.749_616_649_1]),
        ("machine-1-7", 23_697, [0.0928, 0.8721], [0.0103, 0.0990], [0.043_446_183_1, 0.890_705_937_5]),
        ("machine-2-1", 23_694, [0.1111, 0.8356], [0.0202, 0.6705], [0.155_441_432_4, 0.762_191_968_4]),
        ("machine-2-2", 23_700, [0.0000, 0.6306], [0.0000, 0.3622], [0.004_898_763_7, 0.771_186_173_0]),
        ("machine-2-7", 23_696, [0.0842, 0.3827], [0.0105, 0.3424], [0.077_908_191_3, 0.398_395_066_7]),
        ("machine-2-8", 23_703, [0.1717, 0.9986], [0.0101, 0.9986], [0.086_234_556_8, 0.975_014_892_6]),
    ];
    assert_eq!(table.nodes().len(), facts.len());
    for (node, (name, rows, first, later, means)) in table.nodes().iter().zip(facts) {
        assert_eq!(node.name, name);
        assert_eq!([node.cpu[0], memory(node)[0]], first, "{name}");
        assert_eq!([node.cpu[1000], memory(node)[1000]], later, "{name}");
        close(mean(&node.cpu[..rows]), means[0]);
        close(mean(&memory(node)[..rows]), means[1]);
        // The machines end at different minutes, and hold their last value to the end of the grid.
        assert!(node.cpu[rows..].iter().all(|value| *value == node.cpu[rows - 1]), "{name}");
    }
}

#[test]
fn the_bitbrains_machine_is_read_in_seconds_with_its_outages_filled() {
    let Some(path) = shared("bitbrains/vm.csv") else { return };
    let Imported { table, report } = read(&path);
    assert_eq!((report.format, report.has_memory), (TraceFormat::Bitbrains, true));
    assert_eq!(counts(&report), (8_619, 0, 0, 22));
    assert_eq!((table.len(), table.step_s()), (8_641, 300.0));
    let [node] = table.nodes() else { panic!("one machine") };
    assert_eq!(node.name, "vm");
    close(f64::from(node.cpu[0]), 0.007_333_333_333);
    close(f64::from(memory(node)[0]), 110_448.533_333_333_34 / 2_097_152.0);
    close(f64::from(node.cpu.iter().copied().fold(0.0, f32::max)), 0.126);
    close(f64::from(memory(node).iter().copied().fold(0.0, f32::max)), 0.402_665_583_293);
    close(f64::from(memory(node).iter().copied().fold(1.0, f32::min)), 0.022_665_278_117);
    assert_eq!(node.cpu[8_640], 0.0);
    close(f64::from(memory(node)[8_640]), 92_272.8 / 2_097_152.0);
}

#[test]
fn the_cloudwatch_machines_are_read_in_percent() {
    // Name, rows, gaps, first, last, smallest and greatest value.
    let facts = [
        ("cpu_utilization_asg_misconfiguration", 18_050, 0, 85.835, 12.129, 11.529, 100.0),
        ("ec2_cpu_utilization_24ae8d", 4_032, 0, 0.132, 0.134, 0.066, 2.344),
        ("ec2_cpu_utilization_5f5533", 4_032, 0, 51.846, 37.718, 34.766, 68.092),
        ("ec2_cpu_utilization_825cc2", 4_032, 2, 91.958, 96.584, 18.7225, 99.118),
    ];
    for (name, rows, gaps, first, last, least, most) in facts {
        let Some(path) = shared(&format!("nab/{name}.csv")) else { return };
        let Imported { table, report } = read(&path);
        assert_eq!((report.format, report.has_memory), (TraceFormat::CloudWatch, false), "{name}");
        assert_eq!(counts(&report), (rows, 0, 0, gaps), "{name}");
        assert_eq!((table.len(), table.step_s()), (rows + gaps, 300.0), "{name}");
        let [node] = table.nodes() else { panic!("one machine in {name}") };
        assert_eq!((node.name.as_str(), &node.memory), (name, &None));
        let percent = |share: f32| f64::from(share) * 100.0;
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-4, "{name}: {found}, {expected}");
        close(percent(node.cpu[0]), first);
        close(percent(node.cpu[node.cpu.len() - 1]), last);
        close(percent(node.cpu.iter().copied().fold(1.0, f32::min)), least);
        close(percent(node.cpu.iter().copied().fold(0.0, f32::max)), most);
        if gaps > 0 {
            // Rows 37 and 38 are ten minutes apart: the point between them is their mean.
            close(percent(node.cpu[38]), f64::midpoint(95.584, 90.62));
        }
    }
}

#[test]
fn a_trace_without_times_is_refused_by_its_first_line() {
    let Some(path) = shared("alibaba/machine_usage_mean_300s.csv") else { return };
    let Err(error) = import(&path) else { panic!("it has no time column") };
    let message = error.to_string();
    assert!(message.contains(".csv:1:1: the first line is \"cpu_util_percent,mem_util_percent,"), "{message}");
    assert!(message.contains("time_s,node,cpu[,memory]"), "{message}");
}
