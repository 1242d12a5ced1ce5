//! Changes to bytes: of bits, of numbers, of lengths, of words and lines, and of pieces from elsewhere in the corpus.

/// The longest case made, in bytes.
const LONGEST: usize = 96 << 10;

/// Dice of a case: SplitMix64 (Steele et al. 2014).
pub struct AgentRng(u64);

impl AgentRng {
    /// The dice of the case with this number.
    pub fn new(seed: u64, format: &str, case: u64) -> Self {
        let name = format.bytes().fold(0, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        let mut rng = Self(seed ^ name.rotate_left(32));
        Self(rng.next() ^ case)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is above 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// A number below `few`, one time in eight one below `many`.
    fn mostly_below(&mut self, few: usize, many: usize) -> usize {
        let end = if self.below(8) > 0 { few } else { many };
        self.below(end)
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// A place in `bytes`, its end included.
    fn place(&mut self, bytes: &[u8]) -> usize {
        self.below(bytes.len() + 1)
    }

    /// A piece of `bytes`, mostly a short one.
    fn piece(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let from = self.place(bytes);
        let longest = bytes.len() - from;
        let longest = if self.below(4) > 0 { longest.min(64) } else { longest };
        from..from + self.below(longest + 1)
    }
}

/// Numbers at which counts, lengths and types end.
const NUMBERS: [u64; 16] = [
    0,
    1,
    2,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    u64::MAX >> 1,
    u64::MAX,
];

/// What stands in the place of a number in a text.
const TEXT_NUMBERS: [&str; 24] = [
    "0",
    "-0",
    "1",
    "-1",
    "1e999",
    "-1e999",
    "1e-400",
    "NaN",
    "inf",
    "-inf",
    "nan",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "9007199254740993",
    "1e15",
    "0x10",
    "1_000",
    "",
    "1.",
    ".5",
    "99999999999999999999999999999999999999999999999999",
    "2147483648",
    "1e11",
];

/// What opens and closes in our texts.
const BRACKETS: [(&str, &str); 6] = [("(", ")"), ("[", "]"), ("{", "}"), ("Some(", ")"), ("/*", "*/"), ("\"", "\"")];

/// Makes cases of the files of a format.
pub struct Mutator<'a> {
    files: &'a [Vec<u8>],
    /// Words of the format.
    words: &'a [&'a str],
}

impl<'a> Mutator<'a> {
    pub fn new(files: &'a [Vec<u8>], words: &'a [&'a str]) -> Self {
        Self { files, words }
    }

    /// Makes a case in the place of `bytes`.
    pub fn change(&self, bytes: &mut Vec<u8>, rng: &mut AgentRng) {
        bytes.clone_from(rng.of(self.files));
        let mut more = true;
        while more {
            if rng.below(2) == 0 {
                self.change_text(bytes, rng)
            } else {
                self.change_bytes(bytes, rng)
            }
            bytes.truncate(LONGEST);
            more = rng.below(2) == 0;
        }
    }

    fn change_bytes(&self, bytes: &mut Vec<u8>, rng: &mut AgentRng) {
        match rng.below(10) {
            0 | 1 if !bytes.is_empty() => {
                let at = rng.below(bytes.len());
                bytes[at] ^= 1 << rng.below(8);
            }
            2 if !bytes.is_empty() => {
                let at = rng.below(bytes.len());
                bytes[at] = *rng.of(&[0, 1, 0x7f, 0x80, 0xff, b' ', b'\n', b'"', b'(', b',']);
            }
            3 if !bytes.is_empty() => {
                let at = rng.below(bytes.len());
                bytes[at] = bytes[at].wrapping_add(rng.below(9) as u8).wrapping_sub(4);
            }
            4 => bytes.truncate(rng.place(bytes)),
            5 => drop(bytes.drain(rng.piece(bytes))),
            6 => {
                let piece = bytes[rng.piece(bytes)].to_vec();
                let (at, times) = (rng.place(bytes), 1 + rng.mostly_below(4, 2_000));
                let times = times.min(LONGEST / piece.len().max(1));
                drop(bytes.splice(at..at, piece.repeat(times)));
            }
            7 => {
                let other = rng.of(self.files);
                let (there, here) = (rng.piece(other), rng.piece(bytes));
                drop(bytes.splice(here, other[there].iter().copied()));
            }
            // A number of one to eight bytes, as it lies in headers.
            8 => {
                let near = bytes.len() as u64;
                let number = if rng.below(3) == 0 {
                    near.wrapping_add(rng.below(33) as u64).wrapping_sub(16)
                } else {
                    *rng.of(&NUMBERS)
                };
                let (at, width) = (rng.place(bytes), 1 << rng.below(4));
                for (place, byte) in bytes[at..].iter_mut().zip(&number.to_le_bytes()[..width]) {
                    *place = *byte;
                }
            }
            // A number as MessagePack writes it, or the length of bytes, a text, a list or a map.
            _ => {
                let (number, at) = (rng.of(&NUMBERS).to_be_bytes(), rng.place(bytes));
                let marks =
                    [0xcc, 0xcd, 0xce, 0xcf, 0xc4, 0xc5, 0xc6, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xca, 0xcb];
                let widths = [1, 2, 4, 8, 1, 2, 4, 1, 2, 4, 2, 4, 2, 4, 4, 8];
                let mark = rng.below(marks.len());
                let written = [&[marks[mark]], &number[8 - widths[mark]..]].concat();
                let over = at..(at + rng.below(3)).min(bytes.len());
                drop(bytes.splice(over, written));
            }
        }
    }

    fn change_text(&self, bytes: &mut Vec<u8>, rng: &mut AgentRng) {
        match rng.below(9) {
            0 | 1 => {
                if let Some(token) = token(bytes, rng, |byte| byte.is_ascii_digit() || b".-+e".contains(&byte)) {
                    drop(bytes.splice(token, rng.of(&TEXT_NUMBERS).bytes()));
                }
            }
            2 | 3 => {
                let word = rng.of(self.words).as_bytes();
                let over = match token(bytes, rng, |byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)) {
                    Some(token) if rng.below(3) > 0 => token,
                    _ => {
                        let at = rng.place(bytes);
                        at..at
                    }
                };
                drop(bytes.splice(over, word.iter().copied()));
            }
            4 => {
                let (open, close) = rng.of(&BRACKETS);
                let depth = 1 + rng.mostly_below(4, 20_000);
                let piece = rng.piece(bytes);
                let inside = bytes[piece.clone()].to_vec();
                let end = if rng.below(3) > 0 { close.repeat(depth) } else { String::new() };
                let nested = [open.repeat(depth).as_bytes(), &inside, end.as_bytes()].concat();
                drop(bytes.splice(piece, nested));
            }
            // A separator too many or too few.
            5 => {
                let separators = b",:;\"()[]{}\n\t|";
                let found: Vec<usize> = (0..bytes.len()).filter(|at| separators.contains(&bytes[*at])).collect();
                let at = if found.is_empty() { 0 } else { *rng.of(&found) };
                if rng.below(2) == 0 && at < bytes.len() {
                    bytes.remove(at);
                } else {
                    bytes.insert(at, *rng.of(separators));
                }
            }
            // Lines left out, doubled or moved.
            6 | 7 => {
                let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
                if lines.is_empty() {
                    return;
                }
                let (from, to) = (rng.below(lines.len()), rng.below(lines.len()));
                let mut moved = lines.clone();
                let line = if rng.below(2) == 0 { moved.remove(from) } else { lines[from] };
                if rng.below(3) > 0 {
                    moved.insert(to.min(moved.len()), line);
                }
                *bytes = moved.concat();
            }
            _ => {
                let strange = [
                    "\u{feff}",
                    "\u{0}",
                    "ä",
                    "\u{1b}[2J",
                    "\u{202e}",
                    "\r",
                    "\r\n",
                    "\\u{ffffffff}",
                    "\\",
                    "r#\"",
                    "\u{10ffff}",
                    "'",
                ];
                let at = rng.place(bytes);
                drop(bytes.splice(at..at, rng.of(&strange).bytes()));
            }
        }
    }
}

/// A run of bytes that `belongs` holds for, around a place.
fn token(bytes: &[u8], rng: &mut AgentRng, belongs: impl Fn(u8) -> bool) -> Option<std::ops::Range<usize>> {
    let from = rng.place(bytes);
    let start = (from..bytes.len()).chain(0..from).find(|at| belongs(bytes[*at]))?;
    let start = (0..start).rev().take_while(|at| belongs(bytes[*at])).last().unwrap_or(start);
    let length = bytes[start..].iter().take_while(|byte| belongs(**byte)).count();
    Some(start..start + length)
}
