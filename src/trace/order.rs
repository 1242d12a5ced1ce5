//! Natural order of names: "machine-2" before "machine-10".

use std::cmp::Ordering;

/// Compares runs of digits by their number and everything else byte by byte. Names that differ only in leading zeros
/// are ordered by their bytes, so that only equal names are equal.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    loop {
        let order = match (left, right) {
            ([l, ..], [r, ..]) if l.is_ascii_digit() && r.is_ascii_digit() => {
                let (l, r) = (number(&mut left), number(&mut right));
                l.len().cmp(&r.len()).then(l.cmp(r))
            }
            ([l, rest_left @ ..], [r, rest_right @ ..]) => {
                (left, right) = (rest_left, rest_right);
                l.cmp(r)
            }
            _ => return left.len().cmp(&right.len()).then(a.cmp(b)),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Takes the digits at the start of `text`, and returns them without leading zeros: of any length, so no overflow.
fn number<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(length);
    *text = rest;
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    &digits[zeros..]
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
        ];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(natural(a, b), i.cmp(&j), "{a} and {b}");
            }
        }
    }

    proptest! {
        #[test]
        fn it_is_an_order(mut names in prop::collection::vec("[a0-2é-]{0,5}", 3)) {
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
