//! The window of `resonetics replay`.

use super::{succeed, window_is_missing};
use resonetics::blackbox::BlackBox;
use resonetics::view::Picture;
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path) -> Vec<(PathBuf, u64)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .flat_map(
            |path| if path.is_dir() { files(&path) } else { vec![(path.clone(), path.metadata().unwrap().len())] },
        )
        .collect();
    files.sort();
    files
}

#[test]
fn a_black_box_is_shown_at_the_tick_that_is_asked_for_and_its_run_is_left_alone() {
    if window_is_missing() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let train = "train --scenario cascade --steps 3000 --clusters 2 --set cluster.leak_median=0.008 --out run";
    succeed(place.path(), &train.split_whitespace().collect::<Vec<_>>());
    let before = files(place.path());
    let (file, _) = before.iter().find(|(path, _)| path.extension().is_some_and(|kind| kind == "rsbb")).unwrap();
    let it = BlackBox::load(file).unwrap();
    let moment = &it.moments[it.moments.len() - 9];
    let tick = moment.tick.to_string();
    let picture = place.path().join("replay.png");
    let shown = [file.to_str().unwrap(), picture.to_str().unwrap()];
    let message = succeed(place.path(), &["replay", shown[0], "--at-tick", &tick, "--screenshot", shown[1]]);
    assert!(message.contains("the replay confirms all"), "{message}");
    let seen: Picture = serde_json::from_slice(&fs::read(picture.with_added_extension("json")).unwrap()).unwrap();
    assert_eq!((seen.tick, seen.running, seen.seed), (moment.tick, false, it.settings.run.seed));
    assert_eq!(seen.agent, [moment.agent.0 as usize, moment.agent.1 as usize]);
    for (index, cell) in seen.cells.iter().enumerate() {
        let message = (moment.cpu[index], moment.mem[index], moment.priority[index]);
        assert_eq!((cell.cpu, cell.memory, cell.priority), message, "cell {index}");
    }
    let after: Vec<_> = files(place.path()).into_iter().filter(|(path, _)| !path.starts_with(&picture)).collect();
    let after: Vec<_> = after.into_iter().filter(|(path, _)| *path != picture.with_added_extension("json")).collect();
    assert_eq!(after, before);
}
