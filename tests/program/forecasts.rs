//! `evaluate --forecast`: its tables, the same bytes on any number of threads, and what it refuses.

use crate::support::Workplace;
use std::collections::HashSet;

const SMALL: &str = "evaluate --forecast --horizon 20 --splits 24,12,16 --seed 5";

/// The rows of a table, each field under the name of its column.
fn rows(text: &str) -> Vec<csv::StringRecord> {
    csv::Reader::from_reader(text.as_bytes()).records().map(|row| row.unwrap()).collect()
}

#[test]
fn every_method_is_scored_on_its_own_policy_and_a_few_on_the_others() {
    let workplace = Workplace::new();
    workplace.succeed("train --steps 3000 --seed 3 --set pilot.warmup=500 --out run");
    let line = format!("{SMALL} --policy patrol,pilot:run --out one.csv --reliability groups.csv --threads 1");
    let stdout = workplace.succeed(&line).stdout;
    for part in
        ["base rate", "Brier skill", "alarms at 1 in 1000", "by quarter", "not trained on", "Written to one.csv"]
    {
        assert!(stdout.contains(part), "{part:?} is not in\n{stdout}");
    }
    let table = workplace.read("one.csv");
    let header = table.lines().next().unwrap();
    assert!(
        header
            .starts_with("scenario,trained_on,policy,method,horizon,quarter,episodes,collapses,states,base_rate,auroc")
    );
    let rows = rows(&table);
    let methods_of = |trained_on: &str, policy: &str| -> Vec<String> {
        let of_policies = rows.iter().filter(|row| (&row[1], &row[2], &row[5]) == (trained_on, policy, "all"));
        of_policies.map(|row| row[3].to_owned()).collect()
    };
    let methods = [
        "max-memory",
        "max-critical",
        "extrapolation",
        "logistic-statistics",
        "logistic-trends",
        "survival-statistics",
        "survival-trends",
        "survival-hidden",
    ];
    assert_eq!(methods_of("patrol", "patrol"), methods);
    assert_eq!(methods_of("pilot:run", "pilot:run"), [&["own-prophet"], &methods[..]].concat());
    assert_eq!(methods_of("patrol", "pilot:run"), ["survival-statistics", "survival-trends"]);
    assert_eq!(methods_of("pilot:run", "patrol"), ["own-prophet", "survival-statistics", "survival-trends"]);
    for row in &rows {
        let auroc: f64 = row[10].parse().unwrap();
        assert!((0.0..=1.0).contains(&auroc) && row[6] == *"16", "{row:?}");
        let is_threshold = row[3].starts_with("max-") || row[3] == *"extrapolation";
        assert_eq!(row[16].is_empty(), is_threshold, "a threshold has no Brier skill: {row:?}");
    }
    let groups: HashSet<_> =
        workplace.read("groups.csv").lines().skip(1).map(|line| line.matches(',').count()).collect();
    assert_eq!(groups, HashSet::from([8]));

    workplace
        .succeed(&line.replace("--threads 1", "--threads 2").replace("one.csv", "two.csv").replace("groups", "others"));
    assert_eq!(table, workplace.read("two.csv"));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let workplace = Workplace::new();
    for (line, part) in [
        ("evaluate --policy idle --forecast --splits 20,10", "expected three numbers of episodes"),
        ("evaluate --policy idle --forecast --epsilon 1.5", "from 0 to 1"),
        ("evaluate --policy idle --forecast --horizon 0", "0 is not in 1..=10000"),
        ("evaluate --policy idle --horizon 20", "--forecast"),
        ("evaluate --policy idle --forecast --episodes 20", "cannot be used with"),
        ("evaluate --policy omniscient --forecast --splits 2,2,2 --horizon 301", "episodes end after 300 steps"),
        ("evaluate --policy idel --forecast", "no policy \"idel\""),
    ] {
        let finished = workplace.run(&line.split_whitespace().collect::<Vec<_>>());
        assert_eq!(finished.code, 2, "{line}: {finished:?}");
        assert!(finished.stderr.contains(part), "{part:?} is not in {}", finished.stderr);
    }
}
