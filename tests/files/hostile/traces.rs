//! Traces of every format: lines and quotes without an end, few rows that stand for many, numbers at the edge of what there is.

use super::{Workplace, refused};
use std::fs::{self, File};

const CANONICAL: &str = "time_s,node,cpu,memory\n";
const BITBRAINS: &str =
    "Timestamp [ms];\tCPU cores;\tCPU usage [%];\tMemory capacity provisioned [KB];\tMemory usage [KB]\n";
const CLOUDWATCH: &str = "timestamp,value\n";

#[test]
fn hostile_traces_are_refused_with_their_place() {
    let place = Workplace::new();
    let rows = |header: &str, rows: &[&str]| format!("{header}{}\n", rows.join("\n"));
    let nodes: String = (0..100_001).map(|at| format!("0,{at},0\n")).collect();
    let escape = rows(CANONICAL, &["0,a,\u{1b}[2J,0"]);
    for (name, bytes, part) in [
        ("line.csv", format!("{CANONICAL}{}", "0".repeat(20 << 20)), "line.csv:2"),
        ("head.csv", "time_s,".repeat(1 << 20), "head.csv:1"),
        ("quote.csv", format!("{CANONICAL}0,\"a,0,0\n{}", "b\n".repeat(1 << 20)), "quote.csv:2:3"),
        // Four rows whose median gap would make a table of 256 million points.
        ("grid.csv", rows(CANONICAL, &["0,a,0,0", "1,a,0,0", "2,a,0,0", "63000000,a,0,0"]), "samples"),
        ("nodes.csv", format!("{CANONICAL}{}", nodes.replace(",0\n", ",0,0\n")), "nodes"),
        ("time.csv", rows(CANONICAL, &["1e300,a,0,0"]), "time.csv:2:1"),
        ("never.csv", rows(CANONICAL, &["NaN,a,0,0"]), "never.csv:2:1"),
        ("name.csv", rows(CANONICAL, &[&format!("0,{},0,0", "n".repeat(300))]), "name.csv:2:3"),
        ("escape.csv", escape, "escape.csv:2:5"),
        ("fields.csv", rows(CANONICAL, &["0,a,0,0,0"]), "fields.csv:2"),
        ("twice.csv", "time_s,node,cpu,cpu\n0,a,0,0\n".to_owned(), "twice.csv:1"),
        ("none.csv", rows(CANONICAL, &["0,a,,0"]), "none.csv"),
        ("zero.csv", rows(CANONICAL, &["0,a,0\0,0"]), "zero.csv:2:5"),
        ("grid2.csv", rows(BITBRAINS, &["0;1;0;0;0", "1;1;0;0;0", "2;1;0;0;0", "63000000;1;0;0;0"]), "samples"),
        ("size.csv", rows(BITBRAINS, &["0;1;x;0;0"]), "size.csv:2:5"),
        ("day.csv", rows(CLOUDWATCH, &["2014-02-30 14:30:00,1"]), "day.csv:2:1"),
        (
            "grid3.csv",
            rows(
                CLOUDWATCH,
                &["1970-01-01 00:00:00,1", "1970-01-01 00:00:01,1", "1970-01-01 00:00:02,1", "1999-01-01 00:00:00,1"],
            ),
            "samples",
        ),
    ] {
        fs::write(place.path(name), bytes).unwrap();
        refused(&place, &["train", "--trace", name, "--steps", "16", "--out", "run"], part);
        refused(
            &place,
            &[
                "evaluate",
                "--policy",
                "idle",
                "--trace",
                name,
                "--episodes",
                "2",
                "--threads",
                "1",
                "--out",
                "table.csv",
            ],
            part,
        );
        refused(&place, &["inspect", name], "");
    }
}

#[test]
fn a_trace_that_is_mostly_nothing_is_refused_at_its_first_line() {
    let place = Workplace::new();
    fs::write(place.path("hole.csv"), CANONICAL).unwrap();
    // Nearly a terabyte of zeros that takes no room on the disk.
    File::options().write(true).open(place.path("hole.csv")).unwrap().set_len(1 << 40).unwrap();
    refused(&place, &["train", "--trace", "hole.csv", "--steps", "16", "--out", "run"], "hole.csv:2");
    refused(&place, &["inspect", "hole.csv"], "hole.csv:2");
}
