//! Values as SQLite has them.

use crate::host::bindings::adx::module::sql as host;

/// A value of SQLite.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// A 64-bit integer.
    Integer(i64),
    /// A double.
    Real(f64),
    /// UTF-8 text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

macro_rules! from {
    ($($source:ty => |$name:ident| $value:expr;)*) => {
        $(impl From<$source> for Value {
            fn from($name: $source) -> Self {
                $value
            }
        })*
    };
}

from! {
    i64 => |number| Self::Integer(number);
    i32 => |number| Self::Integer(number.into());
    i16 => |number| Self::Integer(number.into());
    i8 => |number| Self::Integer(number.into());
    u32 => |number| Self::Integer(number.into());
    u16 => |number| Self::Integer(number.into());
    u8 => |number| Self::Integer(number.into());
    bool => |truth| Self::Integer(truth.into());
    f64 => |number| Self::Real(number);
    f32 => |number| Self::Real(number.into());
    String => |text| Self::Text(text);
    &String => |text| Self::Text(text.clone());
    &str => |text| Self::Text(text.to_owned());
    Vec<u8> => |bytes| Self::Blob(bytes);
    &[u8] => |bytes| Self::Blob(bytes.to_owned());
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<Value> for host::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Integer(number) => Self::Integer(number),
            Value::Real(number) => Self::Real(number),
            Value::Text(text) => Self::Text(text),
            Value::Blob(bytes) => Self::Blob(bytes),
        }
    }
}

impl From<host::Value> for Value {
    fn from(value: host::Value) -> Self {
        match value {
            host::Value::Null => Self::Null,
            host::Value::Integer(number) => Self::Integer(number),
            host::Value::Real(number) => Self::Real(number),
            host::Value::Text(text) => Self::Text(text),
            host::Value::Blob(bytes) => Self::Blob(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn params_take_plain_values() {
        let name = "Ada".to_owned();
        let given = crate::params![&name, 3_u8, true, None::<i64>, 0.5];
        assert_eq!(
            given,
            [Value::Text(name.clone()), Value::Integer(3), Value::Integer(1), Value::Null, Value::Real(0.5)]
        );
    }
}
