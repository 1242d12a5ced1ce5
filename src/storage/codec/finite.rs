//! Whether every number of a value is finite: one walk over anything that can be written into a file.

use serde::Serialize;
use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};
use std::fmt::{self, Display};

/// Whether every floating-point number in `value` is finite. Arrays that are written as bytes are passed over: they are
/// checked where they are read.
pub fn is_finite<T: Serialize + ?Sized>(value: &T) -> bool {
    value.serialize(Walk).is_ok()
}

/// Passes over everything and stops at the first number that is not finite.
#[derive(Clone, Copy)]
struct Walk;

#[derive(Debug)]
struct NotFinite;

impl Display for NotFinite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number is not finite")
    }
}

impl std::error::Error for NotFinite {}

impl Error for NotFinite {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

type Passed = Result<(), NotFinite>;

macro_rules! pass {
    ($($name:ident: $type:ty),+ $(,)?) => {$(
        fn $name(self, _: $type) -> Passed {
            Ok(())
        }
    )+};
}

impl Serializer for Walk {
    type Ok = ();
    type Error = NotFinite;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    pass! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_char: char,
        serialize_str: &str, serialize_bytes: &[u8], serialize_unit_struct: &'static str,
    }

    fn serialize_f32(self, number: f32) -> Passed {
        if number.is_finite() { Ok(()) } else { Err(NotFinite) }
    }

    fn serialize_f64(self, number: f64) -> Passed {
        if number.is_finite() { Ok(()) } else { Err(NotFinite) }
    }

    fn serialize_none(self) -> Passed {
        Ok(())
    }

    fn serialize_unit(self) -> Passed {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Passed {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Passed {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Passed {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Passed {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, NotFinite> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, NotFinite> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, NotFinite> {
        Ok(self)
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Self, NotFinite> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, NotFinite> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, NotFinite> {
        Ok(self)
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Self, NotFinite> {
        Ok(self)
    }
}

macro_rules! parts {
    ($($trait:ident $name:ident($($key:ty)?)),+ $(,)?) => {$(
        impl $trait for Walk {
            type Ok = ();
            type Error = NotFinite;

            fn $name<T: Serialize + ?Sized>(&mut self, $(_: $key,)? value: &T) -> Passed {
                value.serialize(*self)
            }

            fn end(self) -> Passed {
                Ok(())
            }
        }
    )+};
}

parts! {
    SerializeSeq serialize_element(),
    SerializeTuple serialize_element(),
    SerializeTupleStruct serialize_field(),
    SerializeTupleVariant serialize_field(),
    SerializeStruct serialize_field(&'static str),
    SerializeStructVariant serialize_field(&'static str),
}

impl SerializeMap for Walk {
    type Ok = ();
    type Error = NotFinite;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Passed {
        key.serialize(*self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Passed {
        value.serialize(*self)
    }

    fn end(self) -> Passed {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::is_finite;
    use serde::Serialize;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    enum Kind {
        Unit,
        One(f64),
        Two(u8, f32),
        Named { number: f32 },
    }

    #[derive(Serialize)]
    struct FullSnapshot {
        name: &'static str,
        parts: Vec<Option<(f32, bool)>>,
        kinds: Vec<Kind>,
        map: BTreeMap<char, f64>,
        unit: (),
    }

    fn whole() -> FullSnapshot {
        let kinds = vec![Kind::Unit, Kind::One(1.0), Kind::Two(1, -2.0), Kind::Named { number: 0.0 }];
        FullSnapshot { name: "a", parts: vec![Some((1.0, true)), None], kinds, map: [('a', 1.0)].into(), unit: () }
    }

    #[test]
    fn a_number_that_is_not_finite_is_found_wherever_it_is() {
        assert!(is_finite(&whole()));
        let spoils: [fn(&mut FullSnapshot); 5] = [
            |it| it.parts[0] = Some((f32::NAN, true)),
            |it| it.kinds[1] = Kind::One(f64::NEG_INFINITY),
            |it| it.kinds[2] = Kind::Two(0, f32::INFINITY),
            |it| it.kinds[3] = Kind::Named { number: f32::NAN },
            |it| it.map = [('a', f64::NAN)].into(),
        ];
        for (at, spoil) in spoils.into_iter().enumerate() {
            let mut spoilt = whole();
            spoil(&mut spoilt);
            assert!(!is_finite(&spoilt), "{at}");
        }
    }
}
