//! The stack machine of a pickle (Python's `pickletools` documents its opcodes), as far as a checkpoint needs it. It has a
//! loop and no recursion, so no nesting can exhaust the stack of this program, and it calls nothing.

use super::LegacyError;
use super::pickle::{Id, Name, Pickle, Value};
use crate::bounded::quoted;

/// Values of one pickle.
pub(super) const MOST_VALUES: usize = 3_000_000;
/// Opcodes of one pickle.
pub(super) const MOST_OPERATIONS: usize = 8_000_000;
/// The longest line of a module or name.
const LONGEST_NAME: usize = 128;
/// What the memo holds at a number that was never set.
const UNSET: Id = Id::MAX;

/// Reads a pickle of protocol 2.
pub(super) fn read(bytes: &[u8]) -> Result<Pickle<'_>, LegacyError> {
    let mut machine = Machine::new(bytes);
    for _ in 0..MOST_OPERATIONS {
        machine.began = machine.at;
        if machine.step()? {
            return Ok(machine.pickle);
        }
    }
    Err(LegacyError::TooMuch { what: "operations", limit: MOST_OPERATIONS })
}

struct Machine<'a> {
    bytes: &'a [u8],
    /// The next byte.
    at: usize,
    /// The opcode that is carried out.
    began: usize,
    stack: Vec<Id>,
    /// Heights of the stack at the marks.
    marks: Vec<usize>,
    memo: Vec<Id>,
    pickle: Pickle<'a>,
}

impl<'a> Machine<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let pickle = Pickle::default();
        Self { bytes, at: 0, began: 0, stack: Vec::new(), marks: Vec::new(), memo: Vec::new(), pickle }
    }

    /// Carries out one opcode; whether it was the last.
    fn step(&mut self) -> Result<bool, LegacyError> {
        match self.byte()? {
            0x80 => self.protocol()?,
            b'(' => self.marks.push(self.stack.len()),
            b'N' | 0x88 | 0x89 => self.push(Value::Singleton)?,
            b'J' => {
                let number = i32::from_le_bytes(self.chunk()?);
                self.push(Value::Whole(number.into()))?;
            }
            b'K' => {
                let number = self.byte()?;
                self.push(Value::Whole(number.into()))?;
            }
            b'M' => {
                let number = u16::from_le_bytes(self.chunk()?);
                self.push(Value::Whole(number.into()))?;
            }
            0x8a => self.long()?,
            b'G' => {
                let number = f64::from_be_bytes(self.chunk()?);
                self.push(Value::Real(number))?;
            }
            b'X' => self.text()?,
            b')' => self.tuple(0)?,
            0x85 => self.tuple(1)?,
            0x86 => self.tuple(2)?,
            0x87 => self.tuple(3)?,
            b't' => {
                let count = self.above_mark()?;
                self.tuple(count)?;
            }
            b']' => {
                let list = self.pickle.lists.len() as u32;
                self.push(Value::List(list))?;
                self.pickle.lists.push(Vec::new());
            }
            b'}' => self.dict()?,
            b'a' => self.append(1)?,
            b'e' => {
                let count = self.above_mark()?;
                self.append(count)?;
            }
            b's' => self.set(2)?,
            b'u' => {
                let count = self.above_mark()?;
                self.set(count)?;
            }
            b'q' => {
                let number = self.byte()?;
                self.remember(number.into())?;
            }
            b'r' => {
                let number = u32::from_le_bytes(self.chunk()?);
                self.remember(number)?;
            }
            b'h' => {
                let number = self.byte()?;
                self.restore(number.into())?;
            }
            b'j' => {
                let number = u32::from_le_bytes(self.chunk()?);
                self.restore(number)?;
            }
            b'c' => self.name()?,
            b'R' => self.call()?,
            b'b' => self.build()?,
            b'Q' => {
                let place = self.pop()?;
                self.push(Value::Outside(place))?;
            }
            b'.' => {
                self.pickle.root = self.pop()?;
                return Ok(true);
            }
            other => return Err(self.wrong(format!("is the opcode 0x{other:02x}, which is not needed"))),
        }
        Ok(false)
    }

    fn wrong(&self, problem: impl Into<String>) -> LegacyError {
        LegacyError::Pickle { at: self.began, problem: problem.into() }
    }

    fn byte(&mut self) -> Result<u8, LegacyError> {
        self.chunk().map(|[byte]: [u8; 1]| byte)
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], LegacyError> {
        let chunk = self.bytes[self.at..].first_chunk().copied().ok_or_else(|| self.wrong("is followed by the end"))?;
        self.at += N;
        Ok(chunk)
    }

    fn slice(&mut self, length: usize) -> Result<&'a [u8], LegacyError> {
        let bytes: &'a [u8] = self.bytes;
        let slice = bytes[self.at..].get(..length);
        let slice = slice.ok_or_else(|| self.wrong(format!("asks for {length} bytes, more than there are")))?;
        self.at += length;
        Ok(slice)
    }

    fn push(&mut self, value: Value<'a>) -> Result<(), LegacyError> {
        if self.pickle.values.len() >= MOST_VALUES {
            return Err(LegacyError::TooMuch { what: "values", limit: MOST_VALUES });
        }
        self.stack.push(self.pickle.values.len() as Id);
        self.pickle.values.push(value);
        Ok(())
    }

    /// Things on the stack above the last mark.
    fn height(&self) -> usize {
        self.stack.len() - self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self) -> Result<Id, LegacyError> {
        if self.height() == 0 {
            return Err(self.wrong("takes a value where there is none"));
        }
        Ok(self.stack.pop().expect("the stack is not empty"))
    }

    fn top(&self) -> Result<Id, LegacyError> {
        let top = self.stack.last().filter(|_| self.height() > 0);
        top.copied().ok_or_else(|| self.wrong("takes a value where there is none"))
    }

    /// Takes the last mark away; answers how many values were above it.
    fn above_mark(&mut self) -> Result<usize, LegacyError> {
        let count = self.height();
        self.marks.pop().ok_or_else(|| self.wrong("takes a mark where there is none"))?;
        Ok(count)
    }

    /// Where the last `count` values begin on the stack.
    fn last(&self, count: usize) -> Result<usize, LegacyError> {
        if self.height() < count {
            return Err(self.wrong(format!("takes {count} values where there are {}", self.height())));
        }
        Ok(self.stack.len() - count)
    }

    fn protocol(&mut self) -> Result<(), LegacyError> {
        match self.byte()? {
            2 => Ok(()),
            other => Err(self.wrong(format!("names protocol {other}, and torch.save writes protocol 2"))),
        }
    }

    fn long(&mut self) -> Result<(), LegacyError> {
        let length = self.byte()?.into();
        let bytes = self.slice(length)?;
        if length > 8 {
            return Err(self.wrong("is a number of more than 64 bits"));
        }
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut number = [if negative { 0xff } else { 0 }; 8];
        number[..length].copy_from_slice(bytes);
        self.push(Value::Whole(i64::from_le_bytes(number)))
    }

    fn text(&mut self) -> Result<(), LegacyError> {
        let length = u32::from_le_bytes(self.chunk()?);
        let text =
            std::str::from_utf8(self.slice(length as usize)?).map_err(|_| self.wrong("is text that is not UTF-8"))?;
        self.push(Value::Text(text))
    }

    fn tuple(&mut self, count: usize) -> Result<(), LegacyError> {
        let from = self.last(count)?;
        let start = self.pickle.items.len() as u32;
        self.pickle.items.extend(self.stack.drain(from..));
        self.push(Value::Tuple(start, count as u32))
    }

    fn dict(&mut self) -> Result<(), LegacyError> {
        let dict = self.pickle.dicts.len() as u32;
        self.push(Value::Dict(dict))?;
        self.pickle.dicts.push(Vec::new());
        Ok(())
    }

    fn append(&mut self, count: usize) -> Result<(), LegacyError> {
        let from = self.last(count + 1)?;
        let Value::List(list) = self.pickle.value(self.stack[from]) else {
            return Err(self.wrong("appends to what is no list"));
        };
        self.pickle.lists[list as usize].extend(self.stack.drain(from + 1..));
        Ok(())
    }

    fn set(&mut self, count: usize) -> Result<(), LegacyError> {
        let from = self.last(count + 1)?;
        let Value::Dict(dict) = self.pickle.value(self.stack[from]) else {
            return Err(self.wrong("sets a key of what is no dictionary"));
        };
        if !count.is_multiple_of(2) {
            return Err(self.wrong("sets a key without a value"));
        }
        let pairs = self.stack[from + 1..].chunks_exact(2).map(|pair| (pair[0], pair[1]));
        self.pickle.dicts[dict as usize].extend(pairs);
        self.stack.truncate(from + 1);
        Ok(())
    }

    fn remember(&mut self, number: u32) -> Result<(), LegacyError> {
        let (top, at) = (self.top()?, number as usize);
        if at >= MOST_VALUES {
            return Err(LegacyError::TooMuch { what: "remembered values", limit: MOST_VALUES });
        }
        if at >= self.memo.len() {
            self.memo.resize(at + 1, UNSET);
        }
        self.memo[at] = top;
        Ok(())
    }

    fn restore(&mut self, number: u32) -> Result<(), LegacyError> {
        let known = self.memo.get(number as usize).filter(|id| **id != UNSET);
        let known = *known.ok_or_else(|| self.wrong(format!("recalls number {number}, which was never remembered")))?;
        self.stack.push(known);
        Ok(())
    }

    fn line(&mut self) -> Result<&'a str, LegacyError> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().take(LONGEST_NAME).position(|byte| *byte == b'\n');
        let length = length.ok_or_else(|| self.wrong("is a name without an end"))?;
        let line = self.slice(length)?;
        self.at += 1;
        std::str::from_utf8(line).map_err(|_| self.wrong("is a name that is not UTF-8"))
    }

    fn name(&mut self) -> Result<(), LegacyError> {
        let (module, name) = (self.line()?, self.line()?);
        let known = Name::of(module, name);
        let known = known.ok_or_else(|| LegacyError::Forbidden { name: quoted(&format!("{module}.{name}")) })?;
        self.push(Value::Name(known))
    }

    /// Notes what Python would have called. An ordered dictionary is one at once: later opcodes fill it.
    fn call(&mut self) -> Result<(), LegacyError> {
        let (arguments, name) = (self.pop()?, self.pop()?);
        let (Value::Name(name), Value::Tuple(_, count)) = (self.pickle.value(name), self.pickle.value(arguments))
        else {
            return Err(self.wrong("calls what has no name"));
        };
        match name {
            Name::OrderedDict if count == 0 => self.dict(),
            Name::RebuildTensor | Name::Numpy | Name::Encode => self.push(Value::Call(name, arguments)),
            _ => Err(self.wrong("calls what is not called in a checkpoint")),
        }
    }

    /// The state that an array or an ordered dictionary is given after it was made: nothing here depends on it.
    fn build(&mut self) -> Result<(), LegacyError> {
        self.pop()?;
        match self.pickle.value(self.top()?) {
            Value::Dict(_) | Value::Call(Name::Numpy, _) => Ok(()),
            _ => Err(self.wrong("gives a state to what has none")),
        }
    }
}
