//! Numbers and lists as files hold them: single numbers that are finite, lists of numbers as plain bytes, and other lists of
//! a bounded length.

use serde::de::{DeserializeOwned, Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// A number of a fixed width, little-endian in a list.
pub trait Number: Copy + PartialEq + fmt::Debug + Serialize + DeserializeOwned {
    /// Size in a list, in bytes.
    const WIDTH: usize;

    /// Writes it to `WIDTH` bytes.
    fn put(self, bytes: &mut [u8]);

    /// Reads it from `WIDTH` bytes.
    fn take(bytes: &[u8]) -> Self;

    /// Whether it is finite.
    fn is_finite_number(self) -> bool;
}

macro_rules! numbers {
    ($($type:ty: $finite:expr),+ $(,)?) => {$(
        impl Number for $type {
            const WIDTH: usize = size_of::<Self>();

            fn put(self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_le_bytes());
            }

            fn take(bytes: &[u8]) -> Self {
                let mut word = [0; size_of::<Self>()];
                word.copy_from_slice(bytes);
                Self::from_le_bytes(word)
            }

            fn is_finite_number(self) -> bool {
                let finite: fn(Self) -> bool = $finite;
                finite(self)
            }
        }
    )+};
}

numbers! { u8: |_| true, u32: |_| true, u64: |_| true, f32: Self::is_finite, f64: Self::is_finite }

const NOT_FINITE: &str = "a number in it is not finite";

/// A real number. One that is infinite or NaN is refused when read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Finite<T>(pub T);

impl<'de, T: Number> Deserialize<'de> for Finite<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = T::deserialize(deserializer)?;
        if number.is_finite_number() { Ok(Self(number)) } else { Err(D::Error::custom(NOT_FINITE)) }
    }
}

/// A list of numbers: their little-endian bytes, one after the other. One with an infinite number or a NaN is refused when
/// read.
#[derive(Clone, PartialEq, Eq)]
pub struct Packed<T> {
    bytes: Vec<u8>,
    kind: PhantomData<T>,
}

impl<T: Number> Packed<T> {
    /// Number of numbers.
    pub fn len(&self) -> usize {
        self.bytes.len() / T::WIDTH
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Adds numbers at the end.
    pub fn extend_from_slice(&mut self, numbers: &[T]) {
        let from = self.bytes.len();
        self.bytes.resize(from + T::WIDTH * numbers.len(), 0);
        let words = self.bytes[from..].chunks_exact_mut(T::WIDTH);
        words.zip(numbers).for_each(|(word, number)| number.put(word));
    }

    /// The numbers in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = T> {
        self.bytes.chunks_exact(T::WIDTH).map(T::take)
    }

    /// The same as a vector.
    pub fn to_vec(&self) -> Vec<T> {
        self.iter().collect()
    }

    /// Rows of `width` numbers each; a shorter rest is left out.
    pub fn rows(&self, width: usize) -> impl ExactSizeIterator<Item = Vec<T>> {
        self.bytes.chunks_exact(T::WIDTH * width).map(|row| row.chunks_exact(T::WIDTH).map(T::take).collect())
    }

    /// The same as an array.
    ///
    /// # Errors
    /// The list has another length.
    pub fn array<const N: usize>(&self) -> Result<[T; N], &'static str> {
        self.to_vec().try_into().map_err(|_| "a list in it has another length than in this program")
    }
}

impl<T> Default for Packed<T> {
    fn default() -> Self {
        Self { bytes: Vec::new(), kind: PhantomData }
    }
}

impl<T: Number> From<&[T]> for Packed<T> {
    fn from(numbers: &[T]) -> Self {
        let mut packed = Self::default();
        packed.extend_from_slice(numbers);
        packed
    }
}

impl<T: Number> FromIterator<T> for Packed<T> {
    fn from_iter<I: IntoIterator<Item = T>>(numbers: I) -> Self {
        let numbers: Vec<T> = numbers.into_iter().collect();
        Self::from(&numbers[..])
    }
}

impl<T: Number> fmt::Debug for Packed<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl<T> Serialize for Packed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.bytes)
    }
}

impl<'de, T: Number> Deserialize<'de> for Packed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes<T>(PhantomData<T>);

        impl<T: Number> Visitor<'_> for Bytes<T> {
            type Value = Packed<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "the bytes of numbers of {} bytes each", T::WIDTH)
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Packed<T>, E> {
                if !bytes.len().is_multiple_of(T::WIDTH) {
                    return Err(E::invalid_length(bytes.len(), &self));
                }
                let packed = Packed { bytes: bytes.to_vec(), kind: PhantomData };
                if packed.iter().all(T::is_finite_number) { Ok(packed) } else { Err(E::custom(NOT_FINITE)) }
            }
        }

        deserializer.deserialize_bytes(Bytes(PhantomData))
    }
}

/// A list of at most `MOST` items, so that a short file cannot claim much memory.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Bounded<T, const MOST: usize>(pub Vec<T>);

impl<T, const MOST: usize> Default for Bounded<T, MOST> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MOST: usize> FromIterator<T> for Bounded<T, MOST> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Bounded<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T, const MOST: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Items<T, MOST> {
            type Value = Vec<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "a list of at most {MOST}")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = sequence.next_element()? {
                    if items.len() == MOST {
                        return Err(A::Error::invalid_length(MOST + 1, &self));
                    }
                    items.push(item);
                }
                Ok(items)
            }
        }

        deserializer.deserialize_seq(Items::<T, MOST>(PhantomData)).map(Self)
    }
}

/// Most pieces of a [`Pieces`].
const MOST_PIECES: usize = 1 << 16;

/// A long list in pieces. Each is created when it is written, so that large data are never in memory twice.
pub enum Pieces<'a, T> {
    /// The number of pieces, and a function that creates a piece.
    Unwritten(usize, Box<dyn Fn(usize) -> T + 'a>),
    /// The pieces that were read.
    Read(Bounded<T, MOST_PIECES>),
}

impl<T> Pieces<'_, T> {
    /// All of them.
    pub fn into_vec(self) -> Vec<T> {
        match self {
            Self::Unwritten(count, make) => (0..count).map(make).collect(),
            Self::Read(pieces) => pieces.0,
        }
    }
}

impl<T: Serialize> Serialize for Pieces<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unwritten(count, make) => serializer.collect_seq((0..*count).map(make)),
            Self::Read(pieces) => pieces.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pieces<'_, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Bounded::deserialize(deserializer).map(Self::Read)
    }
}
