//! The table of policies: what each one is, and where it was trained.

use super::style::{style_classes, xml_safe};
use crate::evaluate::{PolicyUnderTest, TrainingRun};
use maud::{Markup, html};

/// What the scripted policies do, in a few words.
const SCRIPTED: [(&str, &str); 6] = [
    ("idle", "scripted: moves at random, cleans nothing"),
    ("random", "scripted: any of the eight actions"),
    ("heuristic", "scripted: reacts to what it sees, remembers nothing"),
    ("patrol", "scripted: walks a fixed round and cleans what it sees, remembers nothing"),
    ("notebook", "scripted: sees what the agent sees and remembers every cell"),
    ("omniscient", "scripted: sees every cell and every hidden leak; an upper bound, not a fair rival"),
];

/// A table of the policies.
pub fn policies(policies: &[PolicyUnderTest]) -> Markup {
    html! {
        div.scroll {
            table.policies {
                thead {
                    tr {
                        th scope="col" { "policy" }
                        th scope="col" { "what it is" }
                        th scope="col" { "trained on" }
                        th scope="col" { "training seeds" }
                        th.number scope="col" { "environment steps" }
                    }
                }
                tbody {
                    @for (index, policy) in policies.iter().enumerate() {
                        @let runs: Vec<_> = policy.trainings().iter().filter_map(|trained| trained.run()).collect();
                        tr {
                            th scope="row" {
                                span class={ "swatch " (style_classes(index)) } {} (xml_safe(policy.name()))
                            }
                            td { (describe(policy)) }
                            td { (xml_safe(&each(&runs, |run| run.scenario.clone()))) }
                            td { (each(&runs, |run| run.seed.to_string())) }
                            td.number { (each(&runs, |run| run.steps.to_string())) }
                        }
                    }
                }
            }
        }
    }
}

fn describe(policy: &PolicyUnderTest) -> String {
    let scripted = SCRIPTED.iter().find(|(name, _)| *name == policy.name());
    match (scripted, policy.trainings().len()) {
        (Some((_, words)), _) => (*words).to_owned(),
        (None, _) if !policy.name().contains(':') => "a policy of the caller's own".to_owned(),
        (None, 1) => "trained: acts greedily, without exploring".to_owned(),
        (None, seeds) => format!("trained {seeds} times: each acts greedily, without exploring"),
    }
}

/// A value of each training in order, without repetitions; a dash if there is none.
fn each(runs: &[&TrainingRun], value: impl Fn(&TrainingRun) -> String) -> String {
    let mut values: Vec<_> = runs.iter().map(|run| value(run)).collect();
    values.dedup();
    if values.is_empty() { "\u{2013}".to_owned() } else { values.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scripted_policy_has_a_description() {
        assert_eq!(SCRIPTED.map(|(name, _)| name), crate::policy::SCRIPTED);
    }
}
