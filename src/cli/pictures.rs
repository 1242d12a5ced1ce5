//! Checks the commands in the documents that make their pictures: each is accepted, and its file exists.

use super::Cli;
use clap::Parser;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The beginning of a command that makes a picture.
const BEGIN: &str = "cargo run --release -- ";
/// The documents with such commands.
const DOCUMENTS: [&str; 2] = ["README.md", "docs/pictures/README.md"];
/// The largest picture, and the largest film, in bytes.
const LARGEST: [(&str, u64); 2] = [("png", 400 << 10), ("gif", 1 << 20)];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The commands in a document that make or prepare pictures: from [`BEGIN`] to the end of the line, of the code span, or
/// of one command in a chain.
fn commands(document: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(root().join(document)).expect(document);
    let lines = text.lines().filter(|line| line.contains("docs/pictures/"));
    let parts = lines.flat_map(|line| line.split(BEGIN).skip(1));
    let commands = parts.map(|part| {
        let end = part.find(['`', '#', '&']).unwrap_or(part.len());
        part[..end].split_whitespace().map(str::to_owned).collect()
    });
    commands.collect()
}

/// The file that a command writes.
fn output_file(command: &[String]) -> Option<PathBuf> {
    let at = command.iter().position(|word| word == "--screenshot" || word == "--film")?;
    Some(PathBuf::from(command.get(at + 1)?))
}

#[test]
fn every_picture_of_the_documents_is_made_by_a_command_that_is_accepted() {
    let commands: Vec<_> = DOCUMENTS.into_iter().flat_map(commands).collect();
    for command in &commands {
        let words = std::iter::once("resonetics").chain(command.iter().map(String::as_str));
        if let Err(problem) = Cli::try_parse_from(words) {
            panic!("{command:?}: {problem}");
        }
    }
    let made: BTreeSet<_> = commands.iter().filter_map(|command| output_file(command)).collect();
    assert!(made.len() > 5, "{made:?}");
    let entries = fs::read_dir(root().join("docs/pictures")).expect("the pictures").flatten();
    let paths = entries.map(|entry| Path::new("docs/pictures").join(entry.file_name()));
    let existing: BTreeSet<_> = paths
        .filter(|path| path.extension().is_some_and(|end| ["png", "gif"].iter().any(|kind| end == *kind)))
        .collect();
    assert_eq!(made, existing, "left: written by commands, right: existing");
    for path in &existing {
        let size = fs::metadata(root().join(path)).expect("a file").len();
        let most = LARGEST.iter().find(|(end, _)| path.extension().is_some_and(|is| is == *end));
        assert!(most.is_some_and(|(_, most)| size <= *most), "{}: {size} bytes", path.display());
    }
}

#[test]
fn the_documents_show_only_pictures_that_exist() {
    for document in DOCUMENTS {
        let text = fs::read_to_string(root().join(document)).expect(document);
        let folder = root().join(document).parent().expect("a folder").to_owned();
        let shown = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for shown in shown.filter(|path| path.ends_with(".png") || path.ends_with(".gif")) {
            assert!(folder.join(shown).exists(), "{document} shows {shown}");
        }
    }
}
