//! The HTML report: well-formed, self-contained, escaped, and with the numbers of the CSV files.

use super::{rows, train};
use crate::support::Workplace;
use roxmltree::{Document, Node, ParsingOptions};
use std::collections::HashSet;

/// A folder name that would break a page that does not escape it.
const STUDY: &str = "study <b>&\"'";

fn with_class<'a>(inside: Node<'a, 'a>, tag: &str, class: &str) -> Vec<Node<'a, 'a>> {
    let matches = |node: &Node<'a, 'a>| {
        let classes = node.attribute("class").unwrap_or_default();
        node.has_tag_name(tag) && classes.split_whitespace().any(|one| one == class)
    };
    inside.descendants().filter(matches).collect()
}

fn tagged<'a>(inside: Node<'a, 'a>, tag: &str) -> Vec<Node<'a, 'a>> {
    inside.descendants().filter(|node| node.has_tag_name(tag)).collect()
}

/// All text in a node, with runs of white space as one blank.
fn text(node: Node<'_, '_>) -> String {
    let all: String = node.descendants().filter(Node::is_text).filter_map(|inside| inside.text()).collect();
    all.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text of each cell in each row of a table's body.
fn cells(table: Node<'_, '_>) -> Vec<Vec<String>> {
    let cell = |node: &Node<'_, '_>| node.is_element().then(|| text(*node));
    let row = |row: Node<'_, '_>| row.children().filter_map(|node| cell(&node)).collect();
    tagged(tagged(table, "tbody")[0], "tr").into_iter().map(row).collect()
}

struct Evaluated {
    workplace: Workplace,
    page: String,
}

fn evaluated() -> Evaluated {
    let workplace = Workplace::new();
    for seed in ["1", "2"] {
        train(&workplace, &format!("{STUDY}/seed-{seed}"), seed, &[]);
    }
    std::fs::create_dir(workplace.path("new")).unwrap();
    let policies = format!("idle,patrol,pilot:{STUDY}");
    let files = ["--out", "scores.csv", "--pairs", "pairs.csv", "--report", "new/report.html"];
    let what = ["evaluate", "--policy", &policies, "--scenario", "calm,default", "--episodes", "8", "--seed", "7"];
    let finished = workplace.run(&[&what[..], &files].concat());
    assert_eq!(finished.code, 0, "{finished:?}");
    assert!(finished.stdout.contains("Report written to new/report.html"), "{}", finished.stdout);
    let page = workplace.read("new/report.html");
    Evaluated { workplace, page }
}

fn parsed(page: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(page, options).unwrap_or_else(|error| panic!("{error}\n{page}"))
}

#[test]
fn a_report_is_complete_and_safe_and_agrees_with_the_csv_files() {
    let Evaluated { workplace, page } = evaluated();
    let document = parsed(&page);
    let root = document.root_element();
    stands_alone(&page, root);
    names_what_was_compared(root);
    plots_can_be_read(root);
    scores_are_those_of_the_csv(&workplace, root);
    pairs_are_those_of_the_csv(&workplace, root);
    seeds_are_listed_one_by_one(&workplace, root);
    curves_are_those_of_the_trainings(&workplace, root);
}

fn stands_alone(page: &str, root: Node<'_, '_>) {
    assert!(page.starts_with("<!DOCTYPE html>"), "{}", &page[..40]);
    for tag in ["script", "link", "img", "iframe", "object", "embed", "use", "image"] {
        assert!(tagged(root, tag).is_empty(), "there is a {tag}");
    }
    for attribute in root.descendants().flat_map(|node| node.attributes()) {
        let name = attribute.name();
        assert!(!["href", "src", "srcset", "data"].contains(&name) && !name.starts_with("on"), "{attribute:?}");
    }
    let style = text(tagged(root, "style")[0]);
    assert!(!style.contains("url(") && !style.contains("@import"), "{style}");
    for needed in ["@media print", "prefers-color-scheme: dark"] {
        assert!(style.contains(needed), "{needed}");
    }
    assert!(!page.contains("http"), "the page names another address");
}

fn names_what_was_compared(root: Node<'_, '_>) {
    let command = text(tagged(root, "code")[0]);
    let words = shlex::split(&command).unwrap();
    assert_eq!(words[..3], ["resonetics", "evaluate", "--policy"]);
    assert_eq!(words[3], format!("idle,patrol,pilot:{STUDY}"));
    assert_eq!(words[words.len() - 2..], ["--report", "new/report.html"]);
    let policies = cells(with_class(root, "table", "policies")[0]);
    assert_eq!(policies.len(), 3);
    assert_eq!(policies[2][0], format!("pilot:{STUDY}"));
    assert_eq!(policies[2][2..], ["default", "1, 2", "4000"]);
    // No part of the name has become an element: bold type occurs in captions only.
    assert!(tagged(root, "b").iter().all(|bold| bold.parent_element().unwrap().has_tag_name("figcaption")));
    let names: Vec<_> = tagged(root, "dd").into_iter().map(text).collect();
    assert!(names.contains(&"7".to_owned()), "the seed of the episodes is not in {names:?}");
}

fn plots_can_be_read(root: Node<'_, '_>) {
    let plots = with_class(root, "svg", "plot");
    // Intervals, profiles and seeds of two scenarios, and two learning curves.
    assert_eq!(plots.len(), 2 * 3 + 2);
    let mut ids = HashSet::new();
    for plot in plots {
        assert_eq!(plot.attribute("role"), Some("img"));
        for id in plot.attribute("aria-labelledby").unwrap().split_whitespace() {
            assert!(ids.insert(id), "{id} is there twice");
            let label = plot.children().find(|node| node.attribute("id") == Some(id)).unwrap();
            assert!(text(label).len() > 10, "{id}: {}", text(label));
        }
        let titles: Vec<_> = with_class(plot, "text", "title").into_iter().map(text).collect();
        assert!(titles.len() >= 2 && titles.iter().all(|title| title.len() > 10), "{titles:?}");
        for attribute in plot.descendants().flat_map(|node| node.attributes()) {
            assert!(!attribute.value().contains("NaN") && !attribute.value().contains("inf"), "{attribute:?}");
        }
    }
    let figures = tagged(root, "figure");
    assert!(figures.iter().all(|figure| text(tagged(*figure, "figcaption")[0]).len() > 80));
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

fn scores_are_those_of_the_csv(workplace: &Workplace, root: Node<'_, '_>) {
    let scores = rows(workplace, "scores.csv");
    let tables = with_class(root, "table", "scores");
    assert_eq!((scores.len(), tables.len()), (6, 2));
    let shown: Vec<_> = tables.into_iter().flat_map(cells).collect();
    let alts: Vec<_> = ["scenario-0-intervals-alt", "scenario-1-intervals-alt"]
        .into_iter()
        .map(|id| text(root.descendants().find(|node| node.attribute("id") == Some(id)).unwrap()))
        .collect();
    for (at, (row, shown)) in scores.iter().zip(&shown).enumerate() {
        let of = |name: &str| number(&row(name));
        let interval = |name: &str, low: &str, high: &str, factor: f64, decimals: usize, sign: &str| {
            let [estimate, low, high] = [name, low, high].map(|name| factor * of(name));
            format!("{estimate:.decimals$}{sign} [{low:.decimals$}{sign}, {high:.decimals$}{sign}]")
        };
        let steps = interval("mean_steps", "mean_steps_low", "mean_steps_high", 1.0, 1, "");
        let collapses = interval("collapse_rate", "collapse_low", "collapse_high", 100.0, 1, "%");
        let iqm_steps = interval("iqm_steps", "iqm_steps_low", "iqm_steps_high", 1.0, 1, "");
        let iqm_return = interval("iqm_return", "iqm_return_low", "iqm_return_high", 1.0, 2, "");
        let expected = [
            row("policy"),
            steps,
            collapses.clone(),
            format!("{:.1}%", 100.0 * of("critical_rate")),
            format!("{:.2}", of("mean_return")),
            iqm_steps.clone(),
            iqm_return.clone(),
            format!("{:.2}", of("mean_oom_cell_steps")),
            format!("{:.1}", of("mean_spent")),
            format!("{:.1}%", 100.0 * of("mean_churn")),
            format!("{:.3}", of("mean_slack")),
        ];
        assert_eq!(shown[..], expected);
        let description = format!(
            "{}: interquartile mean of steps {iqm_steps}, of return {iqm_return}, collapses {collapses}.",
            row("policy")
        );
        assert!(alts[at / 3].contains(&description), "{description:?} is not in {}", alts[at / 3]);
    }
    // On each scenario an overview as well.
    let overview = cells(with_class(root, "table", "overview")[0]);
    for (policy, shown) in overview.iter().enumerate() {
        for (scenario, shown) in shown[1..].iter().enumerate() {
            let share = format!("{:.1}% [", 100.0 * number(&scores[3 * scenario + policy]("collapse_rate")));
            assert!(shown.starts_with(&share), "{shown}, expected {share}");
        }
    }
}

fn pairs_are_those_of_the_csv(workplace: &Workplace, root: Node<'_, '_>) {
    let pairs = rows(workplace, "pairs.csv");
    let matrices: Vec<_> = with_class(root, "table", "matrix").into_iter().map(cells).collect();
    assert_eq!((pairs.len(), matrices.len()), (12, 2));
    let mut pairs = pairs.iter();
    for matrix in matrices {
        for (policy, line) in matrix.iter().enumerate() {
            for (rival, shown) in line[1..].iter().enumerate() {
                if policy == rival {
                    assert_eq!(shown, "\u{2013}");
                    continue;
                }
                let row = pairs.next().unwrap();
                let names = ["probability_of_improvement", "probability_low", "probability_high"];
                let [estimate, low, high] = names.map(|name| 100.0 * number(&row(name)));
                let [longer, equal] = ["paired_longer", "paired_equal"].map(|name| 100.0 * number(&row(name)));
                let expected = format!("{estimate:.1}% [{low:.1}%, {high:.1}%]{longer:.1}% longer {equal:.1}% ties");
                assert_eq!(*shown, expected);
                assert_eq!(line[0], row("policy"));
            }
        }
    }
}

fn seeds_are_listed_one_by_one(workplace: &Workplace, root: Node<'_, '_>) {
    let scores = rows(workplace, "scores.csv");
    for (scenario, table) in with_class(root, "table", "seeds").into_iter().enumerate() {
        let shown = cells(table);
        let name = |at: usize| shown[at][0].split_whitespace().next().unwrap();
        assert_eq!([name(0), name(1), name(2)], ["seed-1", "seed-2", "median"]);
        let pilot = &scores[3 * scenario + 2];
        assert_eq!(shown[2][1], format!("{:.1}", number(&pilot("median_seed_steps"))));
        let worst = shown.iter().find(|row| row[0].ends_with("worst")).unwrap();
        assert_eq!(worst[1], format!("{:.1}", number(&pilot("worst_seed_steps"))));
        assert!(worst[0].starts_with(&pilot("worst_seed")));
    }
    // One Pilot with two seeds, in three columns.
    let plots = with_class(root, "svg", "plot");
    let seeds = plots.iter().filter(|plot| !with_class(**plot, "circle", "point").is_empty());
    let points: Vec<_> = seeds.map(|plot| with_class(*plot, "circle", "point").len()).collect();
    assert_eq!(points, [6, 6]);
}

fn curves_are_those_of_the_trainings(workplace: &Workplace, root: Node<'_, '_>) {
    let id = |id: &str| root.descendants().find(|node| node.attribute("id") == Some(id)).unwrap();
    let alt = id("curve-2-steps-alt");
    for seed in ["seed-1", "seed-2"] {
        let episodes = rows(workplace, &format!("{STUDY}/{seed}/episodes.csv"));
        let last = &episodes[episodes.len().saturating_sub(100)..];
        let steps = last.iter().map(|row| number(&row("length"))).sum::<f64>() / last.len() as f64;
        let ends = last.iter().filter(|row| row("outcome") != "truncated").count() as f64 / last.len() as f64;
        let description = format!("to {steps:.1} steps and {:.1}% after ", 100.0 * ends);
        assert!(text(alt).contains(&description), "{seed}: {description:?} is not in {}", text(alt));
    }
    let lines: Vec<_> = with_class(alt.parent_element().unwrap(), "path", "curve").into_iter().map(text).collect();
    assert_eq!(lines, ["seed-1", "seed-2", "median"]);
}

#[test]
fn a_report_that_cannot_be_written_is_an_error_and_scripted_policies_need_no_training() {
    let workplace = Workplace::new();
    std::fs::write(workplace.path("taken"), "mine").unwrap();
    let line = ["evaluate", "--policy", "idle", "--episodes", "2", "--report"];
    let finished = workplace.run(&[&line[..], &["taken/report.html"]].concat());
    assert!(finished.code != 0 && finished.stderr.contains("taken"), "{finished:?}");
    assert_eq!(workplace.read("taken"), "mine");
    let finished = workplace.run(&[&line[..], &["report.html"]].concat());
    assert_eq!(finished.code, 0, "{finished:?}");
    let page = workplace.read("report.html");
    let document = parsed(&page);
    assert_eq!(with_class(document.root_element(), "svg", "plot").len(), 2, "intervals and profiles");
}
