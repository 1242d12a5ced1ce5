//! Tests the order of the rooms: a room may use only those above it in the table of `docs/design.md`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Crates that only some rooms may use, and those rooms.
const RESTRICTED_CRATES: [(&str, &[&str]); 4] = [
    ("burn", &["learning"]),
    ("bevy_ecs", &["simulation", "study", "tune", "cli"]),
    ("bevy", &["view", "overlay", "cli"]),
    ("bevy_egui", &["view", "overlay"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The rooms in the order of the table: the first cell of each of its rows, as `name`.
fn rooms() -> Vec<String> {
    let document = fs::read_to_string(root().join("docs/design.md")).expect("docs/design.md can be read");
    let section = document.split("\n## Rooms").nth(1).expect("docs/design.md has a section Rooms");
    let section = section.split("\n## ").next().unwrap_or_default();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    cells.map(str::to_owned).collect()
}

/// All source files at or below a path.
fn sources(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let paths = entries.map(|entry| entry.expect("a folder can be listed").path());
    paths
        .flat_map(|path| sources(&path))
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// The names that follow `prefix` in the code of a file, such as the rooms after `crate::`; comments are ignored.
fn names_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let lines = code.lines().map(|line| line.split("//").next().unwrap_or_default());
    let parts = lines.flat_map(|line| line.split(prefix).skip(1));
    let word = |part: &str| part.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    parts.map(word).collect()
}

/// Whether the code of a file names a crate as the beginning of a path.
fn names_crate(code: &str, name: &str) -> bool {
    let lines = code.lines().map(|line| line.split("//").next().unwrap_or_default());
    let path = format!("{name}::");
    lines.into_iter().any(|line| {
        line.match_indices(&path).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            before.is_none_or(|letter| !letter.is_alphanumeric() && letter != '_' && letter != ':')
        })
    })
}

#[test]
fn a_room_uses_only_those_above_it_in_the_table() {
    let rooms = rooms();
    assert!(rooms.len() > 10, "{rooms:?}");
    let mut wrong = Vec::new();
    for (at, room) in rooms.iter().enumerate() {
        let folder = root().join("src").join(room);
        let path = if folder.is_dir() { folder } else { folder.with_extension("rs") };
        for file in sources(&path) {
            let code = fs::read_to_string(&file).expect("a source file can be read");
            for used in names_after(&code, "crate::") {
                match rooms.iter().position(|other| *other == used) {
                    Some(index) if index <= at => {}
                    Some(_) => wrong.push(format!("{} uses {used}, which is below {room}", file.display())),
                    None => wrong.push(format!("{} names crate::{used}, which is not a room", file.display())),
                }
            }
            for (name, allowed) in RESTRICTED_CRATES {
                if !allowed.contains(&room.as_str()) && names_crate(&code, name) {
                    wrong.push(format!("{} uses {name}, which {room} must not use", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_names_every_room() {
    let rooms: BTreeSet<_> = rooms().into_iter().collect();
    let entries = fs::read_dir(root().join("src")).expect("src can be listed");
    let stems = entries
        .map(|entry| entry.expect("src can be listed").path().file_stem().unwrap().to_string_lossy().into_owned());
    let folders: BTreeSet<_> = stems.filter(|name| !["lib", "main", "architecture"].contains(&name.as_str())).collect();
    assert_eq!(rooms, folders);
}
