//! Whole numbers, as people write them: `1000000`, `1_000_000`, `1e6`, `1000000.0`.

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use std::fmt;

/// The largest number up to which every whole number has a floating-point form of its own.
const EXACT: f64 = (1_u64 << 53) as f64;

/// A whole number in a RON file, in any of these forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole(pub u64);

impl fmt::Display for Whole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeVisitor)
    }
}

impl Whole {
    /// The number in a text.
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.trim().replace('_', "");
        text.parse().map(Self).ok().or_else(|| Self::from_real(text.parse().ok()?))
    }

    /// A real number that is whole, and small enough to be meant exactly.
    fn from_real(number: f64) -> Option<Self> {
        (number.fract() == 0.0 && (0.0..=EXACT).contains(&number)).then_some(Self(number as u64))
    }
}

struct WholeVisitor;

impl Visitor<'_> for WholeVisitor {
    type Value = Whole;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a whole number")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Whole, E> {
        Ok(Whole(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Whole, E> {
        let whole = u64::try_from(number).map(Whole);
        whole.map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Whole, E> {
        Whole::from_real(number).ok_or_else(|| E::invalid_value(Unexpected::Float(number), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_may_be_written_in_any_form_and_stays_exact() {
        for (text, number) in [
            ("0", 0),
            ("300000", 300_000),
            ("300_000", 300_000),
            ("1e6", 1_000_000),
            ("2.5e3", 2_500),
            ("300000.0", 300_000),
            ("18446744073709551615", u64::MAX),
            ("9007199254740993", (1 << 53) + 1),
            ("9007199254740992.0", 1 << 53),
            ("16777217.0", (1 << 24) + 1),
        ] {
            assert_eq!(Whole::from_text(text), Some(Whole(number)), "{text}");
            assert_eq!(ron::from_str(text), Ok(Whole(number)), "{text}");
        }
        for text in
            ["-1", "0.5", "1e300", "18446744073709551616", "inf", "NaN", "six", "\"6\"", "", "9007199254740994.0"]
        {
            assert_eq!(Whole::from_text(text), None, "{text}");
            assert!(ron::from_str::<Whole>(text).is_err(), "{text}");
        }
    }
}
