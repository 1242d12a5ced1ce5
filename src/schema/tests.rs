//! Files of this format version in which every field has a distinct value.
//!
//! If the first test fails, the format has changed: undo the change, or raise the version, describe the change in
//! docs/formats.md and write the files again with `cargo test --release --lib schema -- --ignored`.

use super::*;
use serde::de::value::Error;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

/// Deserialises a value in which every field is distinct.
#[derive(Default)]
struct Filler {
    /// Values given.
    given: u32,
    /// Items of a list.
    items: usize,
    /// How often each enum was asked for: its variants take turns.
    turns: HashMap<&'static str, usize>,
    /// Single real numbers given, and which of them is NaN.
    reals: usize,
    spoilt: Option<usize>,
}

impl Filler {
    fn next(&mut self) -> u32 {
        self.given += 1;
        self.given
    }

    fn real(&mut self) -> f32 {
        self.reals += 1;
        if self.spoilt == Some(self.reals) { f32::NAN } else { self.next() as f32 + 0.5 }
    }
}

macro_rules! give {
    ($($method:ident $visit:ident $type:ty),+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(self.next() as $type)
        }
    )+};
}

impl<'de> Deserializer<'de> for &mut Filler {
    type Error = Error;

    forward_to_deserialize_any! { i8 i16 i32 i64 u16 char str byte_buf unit unit_struct tuple_struct map identifier ignored_any }

    give! { deserialize_u8 visit_u8 u8, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64 }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("no file holds such a value"))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(true)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f32(self.real())
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.real().into())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(format!("text {}", self.next()))
    }

    /// Numbers that are finite, however wide they are.
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let [low, high, ..] = self.next().to_le_bytes();
        visitor.visit_bytes(&[low, high, 1, 0x20, high, low, 2, 0x40])
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let items = self.items;
        visitor.visit_seq(Items(self, items))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Items(self, length))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Fields(self, fields))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let turn = self.turns.entry(name).or_default();
        let variant = variants[*turn % variants.len()];
        *turn += 1;
        visitor.visit_enum(Variant(self, variant))
    }
}

struct Items<'a>(&'a mut Filler, usize);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(left) = self.1.checked_sub(1) else { return Ok(None) };
        self.1 = left;
        seed.deserialize(&mut *self.0).map(Some)
    }
}

struct Fields<'a>(&'a mut Filler, &'static [&'static str]);

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((first, rest)) = self.1.split_first() else { return Ok(None) };
        self.1 = rest;
        seed.deserialize((*first).into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(&mut *self.0)
    }
}

struct Variant<'a>(&'a mut Filler, &'static str);

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = Error;
    type Variant = &'a mut Filler;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, &'a mut Filler), Error> {
        seed.deserialize(self.1.into_deserializer()).map(|variant| (variant, self.0))
    }
}

impl<'de> VariantAccess<'de> for &mut Filler {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(Fields(self, fields))
    }
}

/// A value whose lists have `items` items; the single real number at position `spoilt` is NaN.
fn filled<T: for<'de> Deserialize<'de>>(items: usize, spoilt: Option<usize>) -> (Result<T, Error>, usize) {
    let mut filler = Filler { items, spoilt, ..Filler::default() };
    (T::deserialize(&mut filler), filler.reals)
}

fn written(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(value, &mut bytes).unwrap();
    bytes
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("src/schema/version-1/{name}.msgpack"))
}

/// Calls `look` for each kind of value that files hold.
macro_rules! each_kind {
    ($look:ident) => {
        $look::<SavedRun<'_>>("run", 2);
        $look::<SavedModel>("model", 2);
        $look::<SavedTablePositions>("bookmark", 2);
        $look::<SavedBlackBox>("black-box", 2);
        $look::<Vec<SavedExternalEvent>>("outside", 14);
        $look::<Vec<SavedRivalPolicy>>("knowledge", 3);
        $look::<Vec<SavedPolicyState>>("memory", 3);
    };
}

#[test]
fn the_files_of_this_version_are_written_and_read_as_they_were() {
    fn look<T: for<'de> Deserialize<'de> + Serialize>(name: &str, items: usize) {
        let file = fs::read(path(name)).unwrap();
        assert!(written(&filled::<T>(items, None).0.unwrap()) == file, "{name}: the format has changed");
        let back: T = read(&file[..], 1 << 20, "it").unwrap();
        assert!(written(&back) == file, "{name}: it does not read back as it was written");
    }
    each_kind!(look);
}

#[test]
#[ignore = "writes the files of this version"]
fn write_the_files_anew() {
    fn look<T: for<'de> Deserialize<'de> + Serialize>(name: &str, items: usize) {
        fs::create_dir_all(path(name).parent().unwrap()).unwrap();
        fs::write(path(name), written(&filled::<T>(items, None).0.unwrap())).unwrap();
    }
    each_kind!(look);
}

#[test]
fn no_number_of_a_file_may_be_nan() {
    fn look<T: for<'de> Deserialize<'de>>(name: &str, items: usize) {
        let (value, reals) = filled::<T>(items, None);
        assert!(value.is_ok(), "{name}");
        for spoilt in 1..=reals {
            let problem = filled::<T>(items, Some(spoilt)).0.err().map(|error| error.to_string());
            assert!(problem.is_some_and(|problem| problem.contains("not finite")), "{name}: number {spoilt}");
        }
    }
    each_kind!(look);
    for broken in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let bytes = written(&Packed::from(&[1.0, broken][..]));
        assert!(read::<Packed<f64>>(&bytes[..], 100, "it").unwrap_err().contains("not finite"));
        let bytes = written(&Packed::from(&[1.0, broken as f32][..]));
        assert!(read::<Packed<f32>>(&bytes[..], 100, "it").unwrap_err().contains("not finite"));
    }
}

#[test]
fn numbers_come_back_bit_for_bit_and_lists_of_another_length_do_not() {
    let numbers = [0.1, -0.0, f32::MIN_POSITIVE];
    let bytes = written(&Packed::from(&numbers[..]));
    assert_eq!(bytes.len(), 14, "a mark, a length and three numbers");
    let back: Packed<f32> = read(&bytes[..], 14, "it").unwrap();
    assert_eq!(back.array().map(|numbers: [f32; 3]| numbers.map(f32::to_bits)), Ok(numbers.map(f32::to_bits)));
    assert!(back.array::<2>().is_err());
    assert!(read::<Packed<f64>>(&bytes[..], 14, "it").unwrap_err().contains("invalid length 12"));
    assert!(read::<Packed<f32>>(&bytes[..], 13, "it").unwrap_err().contains("it is larger than it can be (13 bytes)"));
    assert!(read::<Packed<f32>>(&bytes[..13], 14, "it").unwrap_err().contains("it is damaged"));
    let followed = [&bytes[..], &[0]].concat();
    assert!(read::<Packed<f32>>(&followed[..], 20, "it").unwrap_err().contains("it is followed by something else"));
    let three = written(&vec![1_u64; 3]);
    assert!(read::<Bounded<u64, 3>>(&three[..], 20, "it").is_ok());
    assert!(read::<Bounded<u64, 2>>(&three[..], 20, "it").unwrap_err().contains("at most 2"));
    // A list that claims more than it holds is refused without allocating memory for it.
    assert!(read::<Packed<u8>>(&[0xc6, 0xff, 0xff, 0xff, 0xff, 0][..], 20, "it").is_err());
    assert!(read::<Vec<u64>>(&[0xdd, 0xff, 0xff, 0xff, 0xff, 0][..], 20, "it").is_err());
}

#[test]
fn pieces_are_made_when_they_are_written() {
    let pieces = Pieces::Unwritten(3, Box::new(|at| at as u64));
    let bytes = written(&pieces);
    assert_eq!(pieces.into_vec(), [0, 1, 2]);
    assert_eq!(read::<Pieces<'_, u64>>(&bytes[..], 20, "it").unwrap().into_vec(), [0, 1, 2]);
}
