//! Tests of whole imports: text in, table and report or an error out.

use super::{Imported, Limits, TraceError, TraceFormat, import, import_from, import_within};
use proptest::prelude::*;
use std::io::{self, Read};

const BITBRAINS: &str =
    "Timestamp [ms];\tCPU cores;\tCPU usage [%];\tMemory capacity provisioned [KB];\tMemory usage [KB]\n";

fn read(text: &str) -> Imported {
    import_from("dir/load.csv", text.as_bytes()).unwrap()
}

fn refusal(text: &str) -> String {
    import_from("load.csv", text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn a_canonical_file_is_read_with_columns_in_any_order_and_others_ignored() {
    let imported = read(
        "\u{FEFF}anomaly,memory,cpu,\"node\",time_s\r\n\r\nx,0.5,0.25, b-10 ,60\r\ny,0.75,.5,\"b-10\",0 \r\n,NA,1e0,b-2,0\n",
    );
    let [first, second] = imported.table.nodes() else { panic!("two nodes") };
    assert_eq!((first.name.as_str(), &first.cpu[..], &first.memory), ("b-2", &[1.0, 1.0][..], &None));
    assert_eq!((second.name.as_str(), &second.cpu[..]), ("b-10", &[0.5, 0.25][..]));
    assert_eq!(second.memory.as_deref(), Some(&[0.75, 0.5][..]));
    let report = imported.report;
    assert_eq!((report.format, report.rows_read, report.rows_dropped), (TraceFormat::Canonical, 3, 0));
    assert_eq!((report.values_clamped, report.gaps_filled, report.has_memory), (0, 1, true));
}

#[test]
fn rows_without_cpu_are_dropped_and_values_out_of_range_clamped() {
    let imported = read(
        "time_s,node,cpu,memory\n0,a,0.5,0.5\n1,a,,9\n2,a,NaN,0.5\n3,a,null,0.5\n4,a,NA,0.5\n5,a,-nan,0.5\n6,a,inf,-0.1\n\
         7,a,-1e999,\n8,a,1.0,1.0\n9,a,0,0\n10,a,0.5,0.5\n11,b,,0.5\n",
    );
    let report = &imported.report;
    assert_eq!((report.rows_read, report.rows_dropped, report.values_clamped), (12, 6, 3));
    assert_eq!((report.nodes, report.samples, report.gaps_filled), (1, 11, 6));
    assert_eq!(imported.table.nodes()[0].cpu[6..], [1.0, 0.0, 1.0, 0.0, 0.5]);
}

#[test]
fn a_bitbrains_file_is_one_node_with_its_time_in_seconds_or_milliseconds() {
    for unit in ["", "000"] {
        let row = |time: u64, rest: &str| format!("{time}{unit};\t{rest}\n");
        let rows = [row(1_376_314_846, "1;\t0.5;\t4.0;\t1.0"), row(1_376_315_146, "1;\t101.0;\t0.0;\t0.0")];
        let imported = read(&format!("{BITBRAINS}{}", rows.concat()));
        let [node] = imported.table.nodes() else { panic!("one node") };
        assert_eq!((node.name.as_str(), &node.cpu[..]), ("load", &[0.005, 1.0][..]));
        assert_eq!(node.memory.as_deref(), Some(&[0.25, 0.25][..]), "no memory provisioned is memory not measured");
        assert_eq!((imported.table.step_s(), imported.report.format), (300.0, TraceFormat::Bitbrains));
        assert_eq!((imported.report.values_clamped, imported.report.gaps_filled), (1, 1));
    }
}

#[test]
fn a_cloudwatch_value_is_percent_even_where_none_exceeds_one() {
    let imported = read("timestamp,value\n2014-02-14 14:30:00,1.0\n2014-02-14T14:35:00Z,0.5\n");
    let [node] = imported.table.nodes() else { panic!("one node") };
    assert_eq!((node.name.as_str(), &node.cpu[..], &node.memory), ("load", &[0.01, 0.005][..], &None));
    assert_eq!((imported.report.format, imported.report.has_memory), (TraceFormat::CloudWatch, false));
}

#[test]
fn a_malformed_row_is_shown_by_line_and_column_with_what_was_found_and_expected() {
    let canonical = "time_s,node,cpu,memory\n0,ü,0.5,0.5\n\n";
    let cloudwatch = "timestamp,value\n";
    for (text, expected) in [
        (format!("{canonical}60,ü, abc,1"), "load.csv:4:7: cpu is \"abc\", expected a number between 0 and 1"),
        (format!("{canonical}60,ü,,1O"), "load.csv:4:7: memory is \"1O\", expected a number between 0 and 1"),
        (format!("{canonical}60,ü,0.5"), "load.csv:4:9: the row has 3 fields, expected 4 as in the header"),
        (format!("{canonical}60,ü,0.5,0,7,8"), "load.csv:4:12: the row has 6 fields, expected 4 as in the header"),
        (format!("{canonical}60,,0.5,0"), "load.csv:4:4: node is \"\", expected a name of 1 to 256 bytes"),
        (format!("{canonical},a,,"), "load.csv:4:1: time_s is \"\", expected a time in seconds"),
        (format!("{canonical}inf,a,0,0"), "load.csv:4:1: time_s is \"inf\", expected a time in seconds"),
        (format!("{canonical}1.4e12,a,0,0"), "load.csv:4:1: time_s is \"1.4e12\", expected a time in seconds"),
        (format!("{canonical}60,\"ü,0,0"), "load.csv:4:4: the quote opened here is not closed"),
        (format!("{canonical}60,\"ü\"x,0,0"), "load.csv:4:7: text after a closing quote"),
        (format!("{cloudwatch}yesterday,1"), "load.csv:2:1: timestamp is \"yesterday\", expected a time as 2014"),
        (format!("{cloudwatch}2014-02-14 14:30:00,5%"), "load.csv:2:21: value is \"5%\", expected a percentage"),
        (format!("{BITBRAINS}0;\t1;\tx;\t1;\t1"), "load.csv:2:7: CPU usage [%] is \"x\", expected a percentage"),
        (format!("{BITBRAINS}1e15;\t1;\t1;\t1;\t1"), "load.csv:2:1: Timestamp [ms] is \"1e15\", expected a time since"),
        ("time_s,node,cpu,cpu\n".to_owned(), "load.csv:1:17: there are two columns \"cpu\"; the header of canonical"),
        ("Timestamp [ms];\tx\n".to_owned(), "load.csv:1:18: there is no column \"CPU usage [%]\"; the header of Bit"),
    ] {
        let message = refusal(&text);
        assert!(message.starts_with(expected), "{message}\nexpected {expected}");
    }
}

#[test]
fn too_little_is_refused_with_what_is_missing() {
    let header = "time_s,node,cpu\n";
    for (text, expected) in [
        ("\n \n".to_owned(), "load.csv is empty, expected the header of a trace: canonical CSV \"time_s,"),
        (header.to_owned(), "load.csv has no row with a cpu value (0 rows read)"),
        (format!("{header}0,a,\n1,a,NaN\n"), "load.csv has no row with a cpu value (2 rows read)"),
        (format!("{header}0,a,0\n0,a,1\n1,b,0\n"), "load.csv has no node with cpu values at two different times"),
    ] {
        let message = refusal(&text);
        assert!(message.starts_with(expected), "{message}\nexpected {expected}");
    }
}

#[test]
fn too_much_is_refused_at_each_limit_and_not_before() {
    let text = "time_s,node,cpu\n0,a,0\n1,a,\n1,a,0\n0,b,0\n1,b,0\n";
    let within = |nodes, rows, samples| import_within(Limits { nodes, rows, samples }, "f", text.as_bytes());
    assert!(within(2, 4, 4).is_ok());
    let file = "f".to_owned();
    assert_eq!(within(1, 4, 4), Err(TraceError::TooManyNodes { file: file.clone(), line: 5, limit: 1 }));
    assert_eq!(within(2, 3, 4), Err(TraceError::TooManyRows { file: file.clone(), line: 6, limit: 3 }));
    let refused = TraceError::TooManySamples { file, nodes: 2, samples: 2, step_s: 1.0, limit: 3 };
    assert_eq!(within(2, 4, 3), Err(refused));
}

#[test]
fn a_file_that_cannot_be_read_is_refused_with_the_systems_error() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the cable is out"))
        }
    }
    assert_eq!(import_from("f", Broken).unwrap_err().to_string(), "cannot read f: the cable is out");

    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("absent.csv")] {
        let message = import(&path).unwrap_err().to_string();
        assert!(message.starts_with(&format!("cannot read {}: ", path.display())), "{message}");
    }
}

#[test]
fn a_file_of_one_endless_line_is_refused_without_reading_it() {
    let message = import_from("f", io::repeat(b'x')).unwrap_err().to_string();
    assert!(message.starts_with("f:1:1: the line is longer than 64 KiB"), "{message}");
}

/// A header, or none.
fn headers() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "time_s,node,cpu,memory\n", BITBRAINS, "timestamp,value\n"])
}

/// Lines of fields that are now and then right.
fn nearly_rows() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec![
        "0",
        "60",
        "-1",
        "0.5",
        "1e11",
        "1e308",
        "-inf",
        "NaN",
        "",
        "a",
        "\"a\"",
        "\"",
        "é\u{0}",
        "2014-02-14 14:30:00",
        "9999-12-31 23:59:60.999999999Z",
    ]);
    let separator = prop::sample::select(vec![",", ",", ",", ";\t", ";\t", ";\t", "\n", "\r\n"]);
    prop::collection::vec((field, separator), 0..60)
        .prop_map(|pairs| pairs.into_iter().flat_map(|(field, separator)| [field, separator]).collect())
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(header in headers(), bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = import_from("f", [header.as_bytes(), &bytes].concat().as_slice());
    }

    #[test]
    fn no_nearly_right_text_makes_it_panic(header in headers(), rows in nearly_rows()) {
        let limits = Limits { nodes: 3, rows: 20, samples: 100_000 };
        let _ = import_within(limits, "f", format!("{header}{rows}").as_bytes());
    }

    #[test]
    fn a_canonical_file_goes_round_whatever_the_order_of_its_rows(
        (values, order, start, step) in (1usize..4, 2usize..20).prop_flat_map(|(nodes, len)| {
            let value = (0u16..=10_000).prop_map(|value| f32::from(value) / 10_000.0);
            let values = prop::collection::vec(prop::collection::vec((value.clone(), value), len), nodes);
            let order = Just((0..nodes * len).collect::<Vec<_>>()).prop_shuffle();
            (values, order, -1_000_000i64..2_000_000_000, 1u32..100_000)
        }),
    ) {
        let len = values[0].len();
        let mut text = "time_s,node,cpu,memory\n".to_owned();
        for index in order {
            let (node, sample) = (index / len, index % len);
            let (cpu, memory) = values[node][sample];
            let millis = start * 1000 + sample as i64 * i64::from(step);
            let (sign, millis) = (if millis < 0 { "-" } else { "" }, millis.abs());
            text += &format!("{sign}{}.{:03},node-{node},{cpu},{memory}\n", millis / 1000, millis % 1000);
        }
        let Imported { table, report } = import_from("f", text.as_bytes())?;
        prop_assert_eq!(table.step_s(), f64::from(step) / 1000.0);
        prop_assert_eq!((report.rows_read, report.rows_dropped, report.gaps_filled), (len * values.len(), 0, 0));
        prop_assert_eq!((table.nodes().len(), table.len()), (values.len(), len));
        for (node, expected) in table.nodes().iter().zip(&values) {
            let memory = node.memory.iter().flatten();
            let found: Vec<_> = node.cpu.iter().zip(memory).map(|(cpu, memory)| (*cpu, *memory)).collect();
            prop_assert_eq!(&found, expected);
        }
    }
}
