//! Studies that are refused: exit code 2, an error with file, line and column, and no files left behind.

use crate::support::Workplace;
use resonetics::study::STUDIES;
use std::fs;
use std::path::Path;

const GOOD: &str = r#"(
    scenarios: ["calm"],
    seeds: [1],
    set: { "run.steps": "160" },
    variants: [
        (name: "default"),
        (name: "other", set: { "pilot.batch_size": "64" }),
    ],
    policies: ["idle"],
    evaluation: (episodes: 4, seed: 3),
)
"#;

fn refused(workplace: &Workplace, arguments: &[&str], parts: &[&str]) {
    let finished = workplace.run(arguments);
    assert_eq!(finished.code, 2, "{arguments:?}: {finished:?}");
    for part in parts {
        assert!(finished.stderr.contains(part), "{part:?} is not in the answer to {arguments:?}:\n{}", finished.stderr);
    }
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
}

#[test]
fn a_bad_study_file_is_refused_with_file_line_and_column() {
    let workplace = Workplace::new();
    for (from, to, parts) in [
        ("scenarios:", "scenarois:", &["study.ron:2:5: ", "\"scenarois\"", "did you mean \"scenarios\""][..]),
        ("[\"calm\"]", "[\"clam\"]", &["study.ron:2:17: ", "no scenario \"clam\" (did you mean \"calm\"?)"]),
        ("[\"calm\"]", "[\"calm\", \"all\"]", &["study.ron:2:25: ", "calm is listed twice"]),
        ("[\"calm\"]", "[]", &["study.ron:2:", "this list is empty"]),
        ("[1]", "[1, 2, 1]", &["study.ron:3:19: ", "1 is listed twice"]),
        ("[1]", "[-1]", &["study.ron:3:"]),
        ("run.steps", "run.setps", &["study.ron:4:12: ", "no setting \"run.setps\" (did you mean \"run.steps\"?)"]),
        ("\"160\"", "\"0\"", &["study.ron:4:25: ", "run.steps is \"0\"", "from 1 to 1000000000000 (steps)"]),
        ("\"160\"", "160", &["study.ron:4:"]),
        (
            "\"pilot.batch_size\": \"64\"",
            "\"run.seed\": \"1\"",
            &["study.ron:7:", "run.seed", "the list `seeds` gives it"],
        ),
        (
            "\"64\"",
            "\"200\", \"pilot.replay_capacity\": \"100\"",
            &["study.ron:7:16: ", "variant \"other\"", "pilot.batch_size"],
        ),
        ("\"other\"", "\"Default!\"", &["study.ron:7:", "would share the folder Default"]),
        ("\"other\"", "\"policies\"", &["study.ron:7:", "cannot be the name of a variant"]),
        ("\"other\", set", "\"other\", sets", &["study.ron:7:25: ", "did you mean \"set\""]),
        ("\"idle\"", "\"idel\"", &["study.ron:9:16: ", "no policy \"idel\" (did you mean \"idle\"?)"]),
        ("episodes: 4", "episodes: 1", &["study.ron:10:28: ", "1 episodes, expected a whole number from 2"]),
        ("seeds: [1],", "seeds: [1]", &["study.ron:4:"]),
        ("seeds: [1],", "seeds: [1], settings: \"v12\",", &["study.ron:3:27: ", "did you mean \"v13\""]),
        ("seeds: [1],", "", &["study.ron:", "seeds"]),
    ] {
        assert!(GOOD.contains(from), "{from}");
        fs::write(workplace.path("study.ron"), GOOD.replacen(from, to, 1)).unwrap();
        refused(&workplace, &["study", "study.ron", "--out", "out"], parts);
        assert!(!workplace.path("out").exists(), "{to} began a study");
    }
    refused(&workplace, &["study", "pliot"], &["no study \"pliot\" (did you mean \"pilot\"?)"]);
    refused(&workplace, &["study", "absent.ron"], &["cannot read absent.ron"]);
    assert!(!workplace.path("runs").exists());
}

#[test]
fn a_folder_of_another_study_is_refused_and_left_alone() {
    let workplace = Workplace::new();
    fs::write(workplace.path("study.ron"), GOOD).unwrap();
    workplace.succeed("study study.ron --out out");
    let results = workplace.read("out/results.csv");
    for (from, to, part) in [
        ("\"160\"", "\"320\"", "the settings common to all variants differ"),
        ("episodes: 4", "episodes: 5", "the evaluation has 4 episodes"),
        ("(name: \"default\"),", "", "there is also a variant \"default\""),
    ] {
        fs::write(workplace.path("other.ron"), GOOD.replacen(from, to, 1)).unwrap();
        refused(&workplace, &["study", "other.ron", "--out", "out"], &[part, "another folder with --out"]);
    }
    assert_eq!(workplace.read("out/results.csv"), results);
    workplace.succeed("study study.ron --out out");

    fs::write(workplace.path("out/results.csv"), "a,b\n1,2\n").unwrap();
    refused(&workplace, &["study", "study.ron", "--out", "out"], &["results.csv", "it has other columns"]);
    fs::create_dir(workplace.path("mine")).unwrap();
    fs::write(workplace.path("mine/note.txt"), "mine").unwrap();
    refused(&workplace, &["study", "study.ron", "--out", "mine"], &["mine holds files, but no study"]);
    assert_eq!(fs::read_dir(workplace.path("mine")).unwrap().count(), 1);
}

#[test]
fn every_built_in_study_is_in_the_assets_under_its_name_and_can_be_planned() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/studies");
    for (name, text) in STUDIES {
        assert_eq!(fs::read_to_string(assets.join(format!("{name}.ron"))).unwrap(), text);
        let plan = resonetics::study::Plan::load(name, 16).unwrap();
        let study = &plan.study;
        let rows = study.scenarios.len() * (study.variants.len() * study.seeds.len() + study.policies.len());
        assert_eq!(plan.jobs.len(), rows);
        let settings = plan.jobs.iter().filter_map(|job| job.settings()).map(|settings| settings.to_ron());
        let settings: std::collections::HashSet<_> = settings.collect();
        assert_eq!(
            settings.len(),
            study.scenarios.len() * study.variants.len() * study.seeds.len(),
            "no two are alike"
        );
    }
    assert_eq!(fs::read_dir(assets).unwrap().count(), STUDIES.len());
}
