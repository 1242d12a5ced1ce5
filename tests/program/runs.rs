//! Successful runs: the run folder, its tables, and the use of the trained Pilot.

use crate::support::Workplace;
use resonetics::settings::{Settings, load_settings};
use resonetics::storage::Checkpoint;
use serde_json::Value;
use std::fs;

const TRAIN: &str = "train --steps 4000 --seed 3 --set pilot.warmup=500 --set run.steps_csv_every=10";

const EPISODES: &str = "episode,cluster,global_step,seed,length,return,reward_step,reward_clean,reward_scale,reward_refused,\
    reward_oom,reward_critical_oom,reward_load,reward_collapse,reward_spend,reward_potential,outcome,critical,spent,\
    mean_load,max_load,mean_risk,max_risk,epsilon,effective_epsilon,handed_over,manual,pilot_loss,prophet_loss,\
    forecast_brier_skill,forecast_auroc,forecast_base_rate";
const STEPS: &str = "tick,global_step,episode_step,action,explored,manual,reward,load,budget,risk,epsilon,effective_epsilon,\
    pilot_loss,prophet_loss";
const EVALUATION: &str = "scenario,policy,episodes,mean_steps,mean_steps_low,mean_steps_high,collapse_rate,\
    collapse_low,collapse_high,critical_rate,mean_return";

/// The header and the rows of a table.
fn table(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let owned = |record: &csv::StringRecord| record.iter().map(ToOwned::to_owned).collect();
    let header = owned(reader.headers().unwrap());
    (header, reader.records().map(|record| owned(&record.unwrap())).collect())
}

fn summary(workplace: &Workplace, run: &str) -> Value {
    serde_json::from_str(&workplace.read(&format!("{run}/summary.json"))).unwrap()
}

#[test]
fn a_tiny_training_fills_its_run_folder_and_its_pilot_can_be_evaluated() {
    let workplace = Workplace::new();
    let finished = workplace.succeed(&format!("{TRAIN} --out first"));
    assert!(finished.stdout.contains("Finished after 4000 steps"), "{}", finished.stdout);
    assert!(finished.stdout.contains("Saved first/checkpoints/step-000000004000.rsnt"), "{}", finished.stdout);

    let mut files: Vec<_> =
        fs::read_dir(workplace.path("first")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    files.sort();
    let tables = ["commands.csv", "episodes.csv", "run.lock", "settings.ron", "steps.csv", "summary.json"];
    assert_eq!(files, [&["blackbox", "checkpoints"], &tables[..]].concat());
    assert_eq!(workplace.read("first/commands.csv"), "tick,command\n");

    let settings = load_settings(workplace.path("first/settings.ron").to_str().unwrap()).unwrap();
    assert_eq!((settings.run.steps, settings.run.seed, settings.run.clusters), (4000, 3, 16));
    assert_eq!((settings.pilot.warmup, settings.pilot.gamma), (500, Settings::default().pilot.gamma));
    let checkpoint = Checkpoint::load(&workplace.path("first")).unwrap();
    assert_eq!(checkpoint.settings, settings);
    // Updates begin once the memory holds the warm-up of 500 transitions: after 34 ticks of 16 clusters, the last two of which
    // wait for their returns. Then one per 8 steps.
    assert_eq!((checkpoint.model.steps, checkpoint.model.updates), (4000, (4000 - 33 * 16) / 8));

    let report = summary(&workplace, "first");
    for (name, value) in [("steps", 4000), ("ticks", 250), ("seed", 3), ("clusters", 16)] {
        assert_eq!(report[name], value, "{name}");
    }
    assert_eq!((&report["scenario"], &report["ended"]), (&Value::from("default"), &Value::from("finished")));
    assert_eq!(report["checkpoint"], "checkpoints/step-000000004000.rsnt");
    let (_, rows) = table(&workplace.read("first/episodes.csv"));
    assert_eq!(report["episodes"], rows.len());

    let finished =
        workplace.succeed("evaluate --policy patrol,pilot:first --scenario calm,default --episodes 4 --out scores.csv");
    assert_eq!(finished.stdout.matches("pilot:first").count(), 2, "{}", finished.stdout);
    let scores = workplace.read("scores.csv");
    assert!(scores.starts_with(EVALUATION), "{scores}");
    let (_, rows) = table(&scores);
    let names: Vec<_> = rows.iter().map(|row| (row[0].as_str(), row[1].as_str(), row[2].as_str())).collect();
    let expected = [("calm", "patrol"), ("calm", "pilot:first"), ("default", "patrol"), ("default", "pilot:first")];
    assert_eq!(names, expected.map(|(scenario, policy)| (scenario, policy, "4")));
    let file = "evaluate --policy pilot:first/checkpoints/step-000000004000.rsnt --scenario calm --episodes 2";
    workplace.succeed(file);
}

#[test]
fn the_tables_of_a_run_hold_what_their_columns_promise() {
    let workplace = Workplace::new();
    workplace.succeed(&format!("{TRAIN} --steps 12000 --out run").replacen("--steps 4000 ", "", 1));
    let (header, rows) = table(&workplace.read("run/episodes.csv"));
    assert_eq!(header.join(","), EPISODES);
    assert!(rows.len() > 10, "{} episodes", rows.len());
    let mut last_step = 0;
    for (number, row) in rows.iter().enumerate() {
        let field = |name: &str| row[header.iter().position(|column| column == name).unwrap()].as_str();
        let value = |name: &str| field(name).parse::<f64>().unwrap_or_else(|_| panic!("{name} is {}", field(name)));
        assert_eq!(value("episode"), number as f64);
        assert!(value("cluster") < 16.0 && value("length") >= 1.0 && value("length") <= 300.0);
        let step = field("global_step").parse::<u64>().unwrap();
        assert!(step >= last_step && step <= 12_000 && step.is_multiple_of(16), "step {step} after {last_step}");
        last_step = step;
        field("seed").parse::<u64>().unwrap();
        let terms: f64 = header.iter().filter(|name| name.starts_with("reward_")).map(|name| value(name)).sum();
        assert!((terms - value("return")).abs() < 1e-4, "the terms sum to {terms}, the return is {}", value("return"));
        let critical = field("outcome") == "critical-oom";
        assert_eq!(field("critical"), if critical { "1" } else { "0" });
        let truncated = field("outcome") == "truncated";
        assert!(truncated || critical || ["oom-limit", "overload"].contains(&field("outcome")), "{}", field("outcome"));
        assert_eq!(truncated, value("length") == 300.0 && value("reward_collapse") == 0.0);
        assert!((value("reward_spend") + 0.01 * value("spent")).abs() < 1e-4);
        for name in ["load", "risk"] {
            let (mean, max) = (value(&format!("mean_{name}")), value(&format!("max_{name}")));
            assert!(0.0 < mean && mean <= max && max <= 1.0, "{name}: {mean}, {max}");
        }
        assert!(value("effective_epsilon") > 0.0 && (0.05..=1.0).contains(&value("epsilon")));
        assert_eq!(field("pilot_loss").is_empty(), step < 512, "losses begin with the updates, at step {step}");
        let scored = !field("forecast_auroc").is_empty();
        assert_eq!(
            [field("forecast_brier_skill"), field("forecast_base_rate")].map(|field| !field.is_empty()),
            [scored; 2]
        );
        assert!(scored || number < 20, "both outcomes were seen long before episode {number}");
        if scored {
            assert!(value("forecast_brier_skill") < 1.0 && (0.0..=1.0).contains(&value("forecast_auroc")));
            assert!(0.0 < value("forecast_base_rate") && value("forecast_base_rate") < 1.0);
        }
    }

    let (header, rows) = table(&workplace.read("run/steps.csv"));
    assert_eq!(header.join(","), STEPS);
    assert_eq!(rows.len(), 75, "one row per 10 ticks");
    for (number, row) in (1..).zip(&rows) {
        assert_eq!((row[0].as_str(), row[1].as_str()), (&*format!("{}", number * 10), &*format!("{}", number * 160)));
    }
}

#[test]
fn runs_without_a_name_get_numbered_folders() {
    let workplace = Workplace::new();
    for number in 1..=2 {
        let finished = workplace.succeed("train --scenario calm --steps 32");
        assert!(finished.stderr.contains(&format!("into runs/calm-{number}")), "{}", finished.stderr);
        assert!(workplace.path(&format!("runs/calm-{number}/summary.json")).exists());
    }
    fs::create_dir(workplace.path("empty")).unwrap();
    workplace.succeed("train --steps 32 --out empty");
    workplace.succeed("train --steps 32 --out deep/er/folder");
}

#[test]
fn options_set_the_ticks_clusters_and_checkpoints_of_a_run() {
    let workplace = Workplace::new();
    workplace
        .succeed("train --ticks 70 --clusters 3 --set run.checkpoint_every=100 --set run.steps_csv_every=0 --out run");
    let report = summary(&workplace, "run");
    assert_eq!((&report["ticks"], &report["steps"]), (&Value::from(70), &Value::from(210)));
    let mut names: Vec<_> =
        fs::read_dir(workplace.path("run/checkpoints")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["step-000000000102.rsnt", "step-000000000201.rsnt", "step-000000000210.rsnt"]);
    assert_eq!(workplace.read("run/steps.csv").lines().count(), 1, "steps.csv is switched off");
}

#[test]
fn the_settings_of_a_run_repeat_it() {
    let workplace = Workplace::new();
    workplace.succeed(&format!("{TRAIN} --scenario cascade --out first"));
    workplace.succeed("train --settings first/settings.ron --out second");
    for file in ["settings.ron", "episodes.csv", "steps.csv"] {
        assert_eq!(workplace.read(&format!("first/{file}")), workplace.read(&format!("second/{file}")), "{file}");
    }
}

#[test]
fn the_older_learner_trains_too() {
    let workplace = Workplace::new();
    workplace.succeed("train --settings v13 --scenario classic --steps 4000 --clusters 2 --out old");
    let checkpoint = Checkpoint::load(&workplace.path("old")).unwrap();
    let episodes = workplace.read("old/episodes.csv").lines().count() as u64 - 1;
    assert!(checkpoint.model.updates > 0 && checkpoint.model.updates.is_multiple_of(10));
    assert!(checkpoint.model.updates <= 10 * episodes, "{} updates", checkpoint.model.updates);
    assert_eq!(checkpoint.model.pilot_average, None);
}
