//! Rows as types of the author's, by serde.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::Value;
use crate::host::bindings::adx::module::sql as host;
use crate::{Error, Result};

/// One row as a `T`.
pub(super) fn read<T: DeserializeOwned>(columns: &[String], values: Vec<host::Value>) -> Result<T> {
    let values = values.into_iter().map(Value::from).collect();
    T::deserialize(Row { columns, values })
        .map_err(|error| Error::new("invalid-row", format!("the row does not fit: {error}")))
}

type Fault = de::value::Error;

/// A row: a map to a struct, a sequence to a tuple, its only value to anything else.
struct Row<'a> {
    columns: &'a [String],
    values: Vec<Value>,
}

impl Row<'_> {
    fn only(mut self) -> Result<Cell, Fault> {
        match (self.values.pop(), self.values.is_empty()) {
            (Some(value), true) => Ok(Cell(value)),
            _ => Err(de::Error::custom(format_args!(
                "one column was expected, there are {}: {}",
                self.columns.len(),
                self.columns.join(", ")
            ))),
        }
    }
}

macro_rules! by_its_only_value {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.only()?.$method(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Row<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let cells = self.values.into_iter().map(Cell);
        visitor.visit_map(MapDeserializer::new(self.columns.iter().map(String::as_str).zip(cells)))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_seq(SeqDeserializer::new(self.values.into_iter().map(Cell)))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        if length != self.values.len() {
            return Err(de::Error::custom(format_args!(
                "{length} columns were expected, there are {}: {}",
                self.values.len(),
                self.columns.join(", ")
            )));
        }
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.only()?.deserialize_enum(name, variants, visitor)
    }

    by_its_only_value! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_char deserialize_str deserialize_string
        deserialize_bytes deserialize_byte_buf deserialize_option deserialize_unit
    }

    forward_to_deserialize_any! { unit_struct map struct identifier ignored_any }
}

/// One value of a row.
struct Cell(Value);

impl IntoDeserializer<'_, Fault> for Cell {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Cell {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Integer(number) => visitor.visit_i64(number),
            Value::Real(number) => visitor.visit_f64(number),
            Value::Text(text) => visitor.visit_string(text),
            Value::Blob(bytes) => visitor.visit_byte_buf(bytes),
        }
    }

    /// SQLite has no truth values: 0 is false, every other number is true.
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Integer(number) => visitor.visit_bool(number != 0),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    /// Text names a variant.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Text(text) => visitor.visit_enum(text.into_deserializer()),
            _ => Err(de::Error::custom("only text can name a variant")),
        }
    }

    /// A `Vec<u8>` asks for a sequence.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Blob(bytes) => visitor.visit_seq(SeqDeserializer::new(bytes.into_iter())),
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    fn columns(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Mood {
        Sunny,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Visitor {
        name: String,
        visits: u32,
        regular: bool,
        note: Option<String>,
        photo: Vec<u8>,
        mood: Mood,
    }

    #[test]
    fn a_struct_is_read_by_column_names() {
        let columns = columns(&["visits", "name", "regular", "note", "photo", "mood"]);
        let row = vec![
            host::Value::Integer(3),
            host::Value::Text("Ada".to_owned()),
            host::Value::Integer(1),
            host::Value::Null,
            host::Value::Blob(vec![1, 2]),
            host::Value::Text("sunny".to_owned()),
        ];
        let visitor: Visitor = read(&columns, row).expect("fits");
        assert_eq!(
            visitor,
            Visitor {
                name: "Ada".to_owned(),
                visits: 3,
                regular: true,
                note: None,
                photo: vec![1, 2],
                mood: Mood::Sunny,
            }
        );
    }

    #[test]
    fn tuples_go_by_order_and_one_column_by_itself() {
        let two = columns(&["name", "visits"]);
        let row = || vec![host::Value::Text("Ada".to_owned()), host::Value::Integer(3)];
        let pair: (String, u64) = read(&two, row()).expect("fits");
        assert_eq!(pair, ("Ada".to_owned(), 3));

        let one = columns(&["visits"]);
        let count: u64 = read(&one, vec![host::Value::Integer(3)]).expect("fits");
        assert_eq!(count, 3);
        let none: Option<u64> = read(&one, vec![host::Value::Null]).expect("fits");
        assert_eq!(none, None);
    }

    #[test]
    fn what_does_not_fit_says_so() {
        let two = columns(&["name", "visits"]);
        let row = || vec![host::Value::Text("Ada".to_owned()), host::Value::Integer(-3)];
        let error = read::<u64>(&two, row()).expect_err("two columns");
        assert_eq!(error.kind(), "invalid-row");
        assert!(error.message().contains("name, visits"), "{error}");
        assert!(read::<(String, u64)>(&two, row()).is_err(), "-3 is no u64");
        assert!(read::<(String,)>(&two, row()).is_err(), "two columns, not one");
    }
}
