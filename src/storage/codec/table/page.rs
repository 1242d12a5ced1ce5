//! Rows and pages: how a row becomes longer without saying anything else.

/// Bytes that the system copies at once, or a multiple of them. Between two such pages it looks whether the process was
/// killed, and then leaves the rest out.
const PAGE: u64 = 4096;
/// Bytes that are kept free for the next row, more than any row of numbers has. A command that names a long path may have
/// more.
const ROOM: u64 = 512;

/// The row with the zeros that it takes for the next one to lie on one page, if it is appended to a file of `length` bytes.
pub(super) fn fitted(row: Vec<u8>, length: u64) -> Vec<u8> {
    let end = length + row.len() as u64;
    let left = end.next_multiple_of(PAGE) - end;
    if (1..ROOM).contains(&left) { stretched(&row, left as usize) } else { row }
}

/// The same row with so many zeros more: behind its decimals, in equal parts, or before its first number where it has none.
fn stretched(row: &[u8], by: usize) -> Vec<u8> {
    let is_decimal = |field: &&[u8]| {
        let digits = field.strip_prefix(b"-").unwrap_or(field);
        digits.contains(&b'.') && digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
    };
    let fields = row.trim_ascii_end().split(|byte| *byte == b',');
    let start = |field: &[u8]| field.as_ptr() as usize - row.as_ptr() as usize;
    let mut places: Vec<_> = fields.filter(is_decimal).map(|field| start(field) + field.len()).collect();
    if places.is_empty() || row.contains(&b'"') {
        places = vec![0];
    }
    let (each, more) = (by / places.len(), by % places.len());
    let mut longer = Vec::with_capacity(row.len() + by);
    let mut from = 0;
    for (at, place) in places.into_iter().enumerate() {
        longer.extend_from_slice(&row[from..place]);
        longer.resize(longer.len() + each + usize::from(at < more), b'0');
        from = place;
    }
    longer.extend_from_slice(&row[from..]);
    longer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_go_behind_decimals_and_before_a_number_without_one() {
        let longer = |row: &str, by| String::from_utf8(stretched(row.as_bytes(), by)).unwrap();
        assert_eq!(longer("7,1.5,a.b,-0.25,\n", 3), "7,1.500,a.b,-0.250,\n");
        assert_eq!(longer("7,1.5\n", 2), "7,1.500\n");
        assert_eq!(longer("7,left\n", 2), "007,left\n");
        assert_eq!(longer("7,\"load 1.5,2.5,\"\n", 2), "007,\"load 1.5,2.5,\"\n");
    }
}
