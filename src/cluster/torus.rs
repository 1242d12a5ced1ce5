//! Geometry of the torus. Rows and columns are independent rings.

/// `at` moved by -1, 0 or 1 on a ring of `length`.
pub fn shifted(at: usize, by: isize, length: usize) -> usize {
    match by {
        -1 => at.checked_sub(1).unwrap_or(length - 1),
        1 if at + 1 == length => 0,
        1 => at + 1,
        _ => at,
    }
}

/// The shortest signed distance from `from` to `to` on a ring of `length`, positive down or right; of two equal ways the
/// positive one.
pub fn shortest_way(from: usize, to: usize, length: usize) -> isize {
    debug_assert!(from < length && to < length, "{from} and {to} lie on a ring of {length}");
    let ahead = if to < from { to + length - from } else { to - from };
    if 2 * ahead > length { ahead as isize - length as isize } else { ahead as isize }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_way_leads_there_and_no_other_is_shorter() {
        for length in 1..9 {
            for (from, to) in (0..length).flat_map(|from| (0..length).map(move |to| (from, to))) {
                let way = shortest_way(from, to, length);
                let (ring, target) = (length as isize, from as isize + way);
                assert_eq!(target.rem_euclid(ring), to as isize, "{from} to {to} of {length}");
                assert!(-ring < 2 * way && 2 * way <= ring, "{from} to {to} of {length}: {way}");
            }
        }
    }

    #[test]
    fn a_shift_is_the_shortest_way_to_its_result() {
        for length in 3..7 {
            for (at, by) in (0..length).flat_map(|at| [-1, 0, 1].map(|by| (at, by))) {
                assert_eq!(shortest_way(at, shifted(at, by, length), length), by, "{at} of {length}");
            }
        }
        assert_eq!([-1, 0, 1].map(|by| shifted(0, by, 1)), [0; 3], "a ring of one leads nowhere else");
    }
}
