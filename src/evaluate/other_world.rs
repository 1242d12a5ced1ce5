//! Says when a trained policy plays in another world than it was trained in.

use super::PolicyUnderTest;
use crate::settings::{Difference, Settings};
use std::path::Path;

/// Most settings that are listed.
const LISTED: usize = 3;

/// A sentence about a policy that was trained in another world than that of `here`; `None` for scripted policies and for
/// those at home in it.
pub fn other_world(policy: &PolicyUnderTest, here: &Settings) -> Option<String> {
    let (training, trained, differences) = policy.trainings().iter().find_map(|training| {
        let trained = training.settings()?;
        let mut differences = here.world_differences(trained);
        differences.retain(|one| one.path != "trace.file" || !is_same_file(&one.before, &one.now));
        (!differences.is_empty()).then_some((training, trained, differences))
    })?;
    let value = |text: &str| if text.is_empty() { "empty" } else { text }.to_owned();
    let change = |one: &Difference| format!("{} was {} and is {}", one.path, value(&one.before), value(&one.now));
    let mut listed = differences.iter().take(LISTED).map(change).collect::<Vec<_>>().join(", ");
    if differences.len() > LISTED {
        listed += &format!(", and {} more", differences.len() - LISTED);
    }
    let which = if policy.trainings().len() > 1 { format!(" ({})", training.name()) } else { String::new() };
    let (name, there, here) = (policy.name(), &trained.cluster.name, &here.cluster.name);
    Some(format!("{name}{which} plays on {here} in another world than it was trained in, on {there}: {listed}"))
}

/// Whether two paths name the same trace. Of one that has been moved only the name is known.
fn is_same_file(before: &str, now: &str) -> bool {
    if before.is_empty() || now.is_empty() {
        return false;
    }
    match (Path::new(before).canonicalize(), Path::new(now).canonicalize()) {
        (Ok(before), Ok(now)) => before == now,
        _ => Path::new(before).file_name() == Path::new(now).file_name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::Learner;

    #[test]
    fn a_policy_in_another_world_is_told_with_what_differs() {
        let mut trained = Settings::default();
        trained.pilot.hidden = vec![4];
        let policy = PolicyUnderTest::from_models("mine", [(Learner::new(&trained).model(), &trained)]);
        let told = |changes: &[(&str, &str)]| {
            let mut here = Settings::default();
            changes.iter().for_each(|(path, value)| here.assign(path, value).unwrap());
            other_world(&policy, &here)
        };
        assert_eq!(told(&[]), None);
        assert_eq!(told(&[("cluster.name", "renamed"), ("trace.steps_per_row", "4")]), None);
        let of_size = "mine plays on default in another world than it was trained in, on default: \
                       cluster.rows was 6 and is 9, trace.file was empty and is load.csv";
        assert_eq!(told(&[("cluster.rows", "9"), ("trace.file", "load.csv")]).as_deref(), Some(of_size));
        let many =
            ["cluster.rows", "cluster.columns", "cluster.max_steps", "cluster.max_budget"].map(|path| (path, "101"));
        assert!(told(&many).unwrap().ends_with(", and 1 more"), "{:?}", told(&many));
        let scripted = PolicyUnderTest::named("patrol").unwrap();
        assert_eq!(other_world(&scripted, &trained), None);
    }

    #[test]
    fn a_trace_is_known_by_its_file_and_once_moved_by_its_name() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(path("a.csv"), "").unwrap();
        std::fs::write(path("b.csv"), "").unwrap();
        assert!(is_same_file(&path("a.csv"), &path("./a.csv")));
        assert!(!is_same_file(&path("a.csv"), &path("b.csv")) && !is_same_file("", &path("a.csv")));
        assert!(is_same_file("gone/a.csv", &path("a.csv")) && !is_same_file("gone/c.csv", &path("a.csv")));
    }
}
