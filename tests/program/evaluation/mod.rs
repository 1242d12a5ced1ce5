//! `resonetics evaluate`: the report, larger clusters, real load, and the world of a run.

mod report;
mod sizes;
mod traces;
mod worlds;

use crate::support::Workplace;

/// A small training into `folder`.
fn train(workplace: &Workplace, folder: &str, seed: &str, more: &[&str]) {
    let arguments = ["train", "--steps", "4000", "--seed", seed, "--set", "pilot.warmup=500", "--out", folder];
    let finished = workplace.run(&[&arguments[..], more].concat());
    assert_eq!(finished.code, 0, "{finished:?}");
}

/// The rows of a CSV file, each as a function from the name of a column to its text.
fn rows(workplace: &Workplace, file: &str) -> Vec<impl Fn(&str) -> String + use<>> {
    let text = workplace.read(file);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let record = |record: Result<csv::StringRecord, csv::Error>| {
        let (header, record) = (header.clone(), record.unwrap());
        move |name: &str| {
            let index = header.iter().position(|column| column == name);
            record[index.unwrap_or_else(|| panic!("no column {name}"))].to_owned()
        }
    };
    reader.records().map(record).collect()
}
