//! Who played: what each policy is, and where it was trained.

use super::look::{look, shown};
use crate::evaluate::{PolicyUnderTest, TrainingRun};
use maud::{Markup, html};

/// What the scripted policies do, in a few words.
const SCRIPTED: [(&str, &str); 6] = [
    ("idle", "scripted: only wanders about"),
    ("random", "scripted: any of the eight actions"),
    ("heuristic", "scripted: reacts to what it sees, remembers nothing"),
    ("patrol", "scripted: walks a fixed round and cleans what it sees, remembers nothing"),
    ("notebook", "scripted: has the agent's eyes and remembers what it saw of every cell"),
    ("omniscient", "scripted: sees every cell and every hidden leak; no rival, but a bound"),
];

/// A table of the contestants.
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
                    @for (place, policy) in policies.iter().enumerate() {
                        @let runs: Vec<_> = policy.trainings().iter().filter_map(|trained| trained.run()).collect();
                        tr {
                            th scope="row" {
                                span class={ "swatch " (look(place)) } {} (shown(policy.name()))
                            }
                            td { (what(policy)) }
                            td { (shown(&each(&runs, |run| run.scenario.clone()))) }
                            td { (each(&runs, |run| run.seed.to_string())) }
                            td.number { (each(&runs, |run| run.steps.to_string())) }
                        }
                    }
                }
            }
        }
    }
}

fn what(policy: &PolicyUnderTest) -> String {
    let scripted = SCRIPTED.iter().find(|(name, _)| *name == policy.name());
    match (scripted, policy.trainings().len()) {
        (Some((_, words)), _) => (*words).to_owned(),
        (None, _) if !policy.name().contains(':') => "a policy of the caller's own".to_owned(),
        (None, 1) => "trained: acts greedily, without exploring".to_owned(),
        (None, seeds) => format!("trained {seeds} times: each acts greedily, without exploring"),
    }
}

/// What the trainings say, in their order, each different word once; a dash where there is none.
fn each(runs: &[&TrainingRun], word: impl Fn(&TrainingRun) -> String) -> String {
    let mut words: Vec<_> = runs.iter().map(|run| word(run)).collect();
    words.dedup();
    if words.is_empty() { "\u{2013}".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scripted_policy_is_told_of() {
        assert_eq!(SCRIPTED.map(|(name, _)| name), crate::policy::SCRIPTED);
    }
}
