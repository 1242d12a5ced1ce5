//! Tables that are truncated, refused, removed and continued.

use super::*;

fn row(table: &mut CsvTable, number: u32) -> Result<(), RecordError> {
    table.push(|row| row.write_field(number.to_string()).and_then(|()| row.write_field("a, b")))
}

fn table(path: &Path) -> CsvTable {
    CsvTable::create(path, ["number", "text"]).unwrap()
}

#[test]
fn a_table_is_truncated_to_a_position_and_continues_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let mut first = table(&path);
    (0..3).for_each(|number| row(&mut first, number).unwrap());
    let position = first.position();
    (3..6).for_each(|number| row(&mut first, number).unwrap());
    drop(first);
    let whole = fs::read_to_string(&path).unwrap();
    assert_eq!(whole.lines().nth(2), Some("1,\"a, b\""));
    fs::write(&path, format!("{whole}6,\"a")).unwrap();

    let mut again = CsvTable::open(&path, ["number", "text"]).unwrap();
    assert!(again.begins_with(position).unwrap());
    assert!(!again.begins_with(TablePosition { checksum: position.checksum ^ 1, ..position }).unwrap());
    assert!(!again.begins_with(TablePosition { bytes: 10_000, ..position }).unwrap());
    again.rewind(position).unwrap();
    (3..6).for_each(|number| row(&mut again, number).unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap(), whole);
    assert_eq!(again.position(), TablePosition::default().advanced_by(whole.as_bytes()));
    again.clear().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "number,text\n");
}

#[cfg(unix)]
#[test]
fn rows_that_cannot_be_written_wait_and_a_removed_table_is_created_again() {
    let folder = tempfile::tempdir().unwrap();
    let (inside, elsewhere) = (folder.path().join("run"), folder.path().join("elsewhere"));
    fs::create_dir(&inside).unwrap();
    fs::create_dir(&elsewhere).unwrap();
    let path = inside.join("a.csv");
    let mut table = table(&path);
    row(&mut table, 0).unwrap();
    // A file in the place of the folder: nothing can be written below it, whoever asks.
    fs::remove_dir_all(&inside).unwrap();
    fs::write(&inside, "in the way").unwrap();
    for number in 1..4 {
        let problem = row(&mut table, number).unwrap_err().to_string();
        assert!(problem.contains("cannot write") && problem.contains("a.csv"), "{problem}");
    }
    let expected = "number,text\n0,\"a, b\"\n1,\"a, b\"\n2,\"a, b\"\n3,\"a, b\"\n";
    table.save_into(&elsewhere).unwrap();
    assert_eq!(fs::read_to_string(elsewhere.join("a.csv")).unwrap(), expected);
    fs::remove_file(&inside).unwrap();
    fs::create_dir(&inside).unwrap();
    row(&mut table, 4).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{expected}4,\"a, b\"\n"));
    // Somebody else's file is not overwritten.
    fs::remove_file(&path).unwrap();
    fs::write(&path, "mine").unwrap();
    assert!(row(&mut table, 5).unwrap_err().to_string().contains("another file is in its place"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    fs::remove_file(&path).unwrap();
    table.flush().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{expected}4,\"a, b\"\n5,\"a, b\"\n"));
}

#[test]
fn half_a_row_is_removed_before_the_next_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let mut table = table(&path);
    row(&mut table, 0).unwrap();
    // As a write leaves it that the system cut short.
    table.file.write_all(b"1,\"a").unwrap();
    table.torn = true;
    row(&mut table, 1).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "number,text\n0,\"a, b\"\n1,\"a, b\"\n");
}
