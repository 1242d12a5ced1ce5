//! Serialises arrays of finite numbers as plain little-endian bytes, for files that hold very many of them.

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};
use std::fmt;

/// Writes the array as `4 * N` bytes.
pub(crate) fn serialize<S: Serializer, const N: usize>(numbers: &[f32; N], serializer: S) -> Result<S::Ok, S::Error> {
    // On the stack, and large enough for any array of this program.
    let mut bytes = [0; 1024];
    for (four, number) in bytes.chunks_exact_mut(4).zip(numbers) {
        four.copy_from_slice(&number.to_le_bytes());
    }
    serializer.serialize_bytes(&bytes[..4 * N])
}

/// Reads the array back; refuses another length and numbers that are not finite.
pub(crate) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(deserializer: D) -> Result<[f32; N], D::Error> {
    struct Numbers<const N: usize>;

    impl<const N: usize> Visitor<'_> for Numbers<N> {
        type Value = [f32; N];

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(formatter, "{N} finite numbers of 4 bytes")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<[f32; N], E> {
            let (fours, rest) = bytes.as_chunks::<4>();
            if fours.len() != N || !rest.is_empty() {
                return Err(E::invalid_length(bytes.len(), &self));
            }
            let mut numbers = [0.0; N];
            for (number, four) in numbers.iter_mut().zip(fours) {
                *number = f32::from_le_bytes(*four);
            }
            if numbers.iter().all(|number| number.is_finite()) {
                Ok(numbers)
            } else {
                Err(E::custom("a number is not finite"))
            }
        }
    }

    deserializer.deserialize_bytes(Numbers::<N>)
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Three(#[serde(with = "super")] [f32; 3]);

    #[test]
    fn numbers_come_back_bit_for_bit_and_malformed_bytes_are_refused() {
        let three = Three([0.1, -0.0, f32::MIN_POSITIVE]);
        let bytes = postcard::to_stdvec(&three).unwrap();
        assert_eq!(bytes.len(), 13, "a length and three numbers");
        let back: Three = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(back.0.map(f32::to_bits), three.0.map(f32::to_bits));
        for broken in [f32::NAN, f32::INFINITY] {
            let bytes = postcard::to_stdvec(&Three([0.0, broken, 0.0])).unwrap();
            assert!(postcard::from_bytes::<Three>(&bytes).is_err());
        }
        assert!(postcard::from_bytes::<Three>(&bytes[..12]).is_err());
        let four = postcard::to_stdvec(&[16_u8].into_iter().chain([0; 16]).collect::<Vec<u8>>()).unwrap();
        assert!(postcard::from_bytes::<Three>(&four).is_err());
    }
}
