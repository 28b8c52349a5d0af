//! Any JSON value: `serde_json`'s own but for numbers of any size and nesting of any depth.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{from_str, value::RawValue};

#[derive(Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number {
        spelled: String,
        /// As Python's `float` reads it: too small is zero, too large is infinite.
        float: f64,
    },
    String(String),
    Array(Vec<Value>),
    /// Of a repeated key the last value.
    Object(HashMap<String, Value>),
}

impl<'de> Deserialize<'de> for Value {
    /// Takes the text of the value and looks at its first character. The values within come here again.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        let value = match text.as_bytes()[0] {
            b'n' => Ok(Self::Null),
            b't' => Ok(Self::Bool(true)),
            b'f' => Ok(Self::Bool(false)),
            b'"' => from_str(text).map(Self::String),
            b'[' => from_str(text).map(Self::Array),
            b'{' => from_str(text).map(Self::Object),
            _ => Ok(Self::Number { spelled: text.to_owned(), float: text.parse().map_err(D::Error::custom)? }),
        };
        value.map_err(D::Error::custom)
    }
}

impl Value {
    /// Python's `bool(value)`.
    pub(super) fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(truth) => *truth,
            Self::Number { float, .. } => *float != 0.0,
            Self::String(string) => !string.is_empty(),
            Self::Array(array) => !array.is_empty(),
            Self::Object(object) => !object.is_empty(),
        }
    }

    pub(super) fn string(self) -> Option<String> {
        if let Self::String(string) = self { Some(string) } else { None }
    }

    pub(super) fn array(self) -> Option<Vec<Self>> {
        if let Self::Array(array) = self { Some(array) } else { None }
    }

    pub(super) fn object(self) -> Option<HashMap<String, Self>> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }
}
