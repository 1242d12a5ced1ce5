//! Natural order of names: "machine-2" before "machine-10".

use natural_sort_rs::natural_cmp;
use std::cmp::Ordering;

/// Compares runs of ASCII digits as numbers of any length, and everything else byte by byte. Names that differ only in
/// leading zeros are ordered by their bytes, so that no two different names are equal.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    natural_cmp::<str, str>(a, b).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_count_as_numbers_and_the_rest_as_bytes() {
        let sorted = [
            "",
            "0",
            "00",
            "1",
            "a",
            "a1",
            "a01b",
            "a1c",
            "a2",
            "a10",
            "a10-1",
            "a10-02",
            "a99999999999999999999",
            "b",
            "knoten-é",
            "knoten-\u{fffd}2",
            "knoten-\u{fffd}10",
        ];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(natural(a, b), i.cmp(&j), "{a} and {b}");
            }
        }
    }

    proptest! {
        #[test]
        fn natural_order_is_a_total_order(mut names in prop::collection::vec("[a0-2é-]{0,5}", 3)) {
            names.sort_by(|a, b| natural(a, b));
            prop_assert!(natural(&names[0], &names[2]).is_le());
            for (a, b) in [(0, 1), (1, 2), (0, 2)] {
                let (a, b) = (&names[a], &names[b]);
                prop_assert_eq!(natural(a, b), natural(b, a).reverse());
                prop_assert_eq!(natural(a, b).is_eq(), a == b);
            }
        }
    }
}
