//! Names of settings' values, such as `helpsteer` for a schema: how they are written (`Display`) and read (`FromStr`).

use std::fmt;

use crate::spelling::printable::quoted;

/// The error of `FromStr` for types whose values have names, such as [`Schema`](crate::Schema): no value has this name.
///
/// ```
/// let error = "helpster".parse::<steer2reg::Schema>().unwrap_err();
/// let known = "sft, helpsteer, helpsteer2-preference, helpsteer3, oasst";
/// assert_eq!(error.to_string(), format!(r#"there is no schema "helpster", but {known}"#));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    kind: &'static str,
    name: String,
    known: Vec<&'static str>,
}

impl UnknownName {
    pub(crate) fn new(kind: &'static str, name: &str, known: impl IntoIterator<Item = &'static str>) -> Self {
        Self { kind, name: name.to_owned(), known: known.into_iter().collect() }
    }

    /// The name that was not found.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names that exist.
    #[must_use]
    pub fn known(&self) -> &[&'static str] {
        &self.known
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {} {}, but {}", self.kind, quoted(&self.name), self.known.join(", "))
    }
}

impl std::error::Error for UnknownName {}

/// Implements `Display` and `FromStr` for an enum with `ALL` and `name()`.
macro_rules! impl_names {
    ($type:ty, $kind:literal) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::names::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.into_iter().find(|value| value.name() == name);
                found.ok_or_else(|| $crate::names::UnknownName::new($kind, name, Self::ALL.map(Self::name)))
            }
        }
    };
}

pub(crate) use impl_names;

#[cfg(test)]
mod tests {
    use std::{fmt::Display, str::FromStr};

    use super::UnknownName;
    use crate::{Compression, Layout, Parser, RejectionKind, Role, Schema, Split};

    fn each_is_read_as_it_is_written<T, const N: usize>(all: [T; N])
    where
        T: Display + FromStr<Err = UnknownName> + PartialEq + std::fmt::Debug,
    {
        for value in all {
            assert_eq!(value.to_string().parse::<T>().as_ref(), Ok(&value));
            let wrong = format!("{value} ");
            let error = wrong.parse::<T>().unwrap_err();
            assert_eq!((error.name(), error.known().len()), (&*wrong, N));
            assert!(error.known().contains(&&*value.to_string()), "{error}");
        }
    }

    #[test]
    fn each_value_of_each_type_is_read_as_it_is_written() {
        each_is_read_as_it_is_written(Schema::ALL);
        each_is_read_as_it_is_written(Split::ALL);
        each_is_read_as_it_is_written(Layout::ALL);
        each_is_read_as_it_is_written(Role::ALL);
        each_is_read_as_it_is_written(Compression::ALL);
        each_is_read_as_it_is_written(Parser::ALL);
        each_is_read_as_it_is_written(RejectionKind::ALL);
    }
}
