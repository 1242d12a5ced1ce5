//! Which settings may change when a run is resumed.

use super::Settings;

/// Settings, or whole sections, that may change when a run is resumed: its length, how it is displayed and saved, and the
/// path of its trace (the trace itself must be the same). With a new `run.steps`, epsilon and the learning rates continue on
/// the schedule of a run of that length.
pub const MAY_CHANGE: [&str; 10] = [
    "run.steps",
    "run.max_runtime",
    "run.checkpoint_every",
    "run.checkpoint_minutes",
    "run.keep_checkpoints",
    "run.keep_black_boxes",
    "run.history_memory",
    "run.threads",
    "trace.file",
    "view",
];

/// A setting with different values before and now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its path.
    pub path: String,
    /// Its value before.
    pub before: String,
    /// Its value now.
    pub now: String,
}

impl Difference {
    /// Whether it may differ when a run is resumed.
    pub fn is_allowed(&self) -> bool {
        let section = self.path.split_once('.').map_or("", |(section, _)| section);
        MAY_CHANGE.iter().any(|allowed| *allowed == self.path || *allowed == section)
    }
}

impl Settings {
    /// The settings that differ from `before`.
    pub fn changed_since(&self, before: &Self) -> Vec<Difference> {
        let texts = |settings: &Self| {
            let mut texts = Vec::new();
            settings.clone().each(&mut |path, _, slot| texts.push((path.to_owned(), slot.text())));
            texts
        };
        let pairs = texts(before).into_iter().zip(texts(self));
        let changed = pairs.filter(|(before, now)| before.1 != now.1);
        changed.map(|((path, before), (_, now))| Difference { path, before, now }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listed_settings_may_change_and_all_of_them_exist() {
        let mut paths = Vec::new();
        Settings::default().each(&mut |path, _, _| paths.push(path.to_owned()));
        for allowed in MAY_CHANGE {
            assert!(paths.iter().any(|path| path == allowed || path.starts_with(&format!("{allowed}."))), "{allowed}");
        }
        let (before, mut now) = (Settings::default(), Settings::default());
        assert!(now.changed_since(&before).is_empty());
        now.run.steps = 7;
        now.view.speed = 1.0;
        now.pilot.gamma = 0.5;
        let changed = now.changed_since(&before);
        let allowed: Vec<_> = changed.iter().map(|setting| (setting.path.as_str(), setting.is_allowed())).collect();
        assert_eq!(allowed, [("run.steps", true), ("pilot.gamma", false), ("view.speed", true)]);
        assert_eq!((changed[1].before.as_str(), changed[1].now.as_str()), ("0.97", "0.5"));
    }
}
