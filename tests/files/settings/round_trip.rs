//! Settings written as RON and read back.

use super::refusal;
use proptest::prelude::{TestCaseError, any, prop_assert, prop_assert_eq, proptest};
use resonetics::settings::tree::SettingSlot;
use resonetics::settings::{Settings, settings_from};
use std::path::Path;

proptest! {
    #[test]
    fn any_settings_survive_a_round_trip_through_ron(draws in proptest::collection::vec(any::<(u64, bool)>(), 100)) {
        let mut settings = Settings::default();
        let mut wanted = Vec::new();
        settings.clone().each(&mut |path, spec, slot| {
            let (draw, keep) = draws[wanted.len() % draws.len()];
            let share = draw as f64 / u64::MAX as f64;
            let (low, high) = spec.range.unwrap_or((-1e3, 1e3));
            let value = low + share * (high - low);
            let text = match &slot {
                _ if keep => slot.text(),
                SettingSlot::Real(_) => value.to_string(),
                SettingSlot::Long(_) if spec.range.is_none() => draw.to_string(),
                SettingSlot::Count(_) | SettingSlot::Long(_) => (value as u64).to_string(),
                SettingSlot::Flag(_) => (draw % 2 == 0).to_string(),
                SettingSlot::Counts(_) => format!("{},{}", 1 + draw % 512, 513 + draw / 512 % 512),
                SettingSlot::Choice(choice) => choice.options()[(draw % choice.options().len() as u64) as usize].to_owned(),
                SettingSlot::Text(_) => format!("a \"name\" \\ {draw}\n\u{fc}"),
            };
            wanted.push((path.to_owned(), text));
        });
        let mut changed = 0;
        for (path, text) in &wanted {
            // A value that contradicts another setting is refused, and nothing may change.
            let before = settings.clone();
            if settings.set(path, text).is_ok() {
                changed += usize::from(settings != before);
            } else {
                prop_assert_eq!(&settings, &before);
            }
        }
        prop_assert!(changed > 10, "only {} settings were changed", changed);
        let ron = settings.to_ron();
        let back = settings_from(Path::new("mine.ron"), &ron).map_err(|error| TestCaseError::fail(format!("{error}\n{ron}")))?;
        prop_assert_eq!(&back, &settings);
        prop_assert_eq!(back.to_ron(), ron);
    }

    #[test]
    fn any_text_is_parsed_or_refused_and_never_panics(text in ".{0,60}", cut in 0..2_000_usize) {
        let _ = settings_from(Path::new("mine.ron"), &text);
        let ron: String = Settings::default().to_ron().chars().take(cut).collect();
        let message = refusal(&ron);
        prop_assert!(message.starts_with("mine.ron:"), "{}", message);
    }
}
