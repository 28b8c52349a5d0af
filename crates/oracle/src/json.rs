//! Any value that Python's `json.loads` reads: JSON with numbers of any size, the literals `NaN`, `Infinity` and `-Infinity`,
//! and strings with half of a surrogate pair. A function that calls itself for each value, after Python's `json.decoder`.

use std::collections::HashMap;

#[derive(Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number {
        spelled: String,
        /// As Python's `float` reads it: too small is zero, too large is infinite.
        float: f64,
    },
    String(String),
    /// `NaN` or an infinity.
    Literal,
    /// A string with half of a surrogate pair, which has no UTF-8.
    NoUnicode,
    Array(Vec<Value>),
    /// Of a repeated key the last value.
    Object(HashMap<String, Value>),
}

impl Value {
    /// The value of a text, if it is one.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (value, rest) = value(space(text))?;
        space(rest).is_empty().then_some(value)
    }

    /// Python's `bool(value)`.
    pub(crate) fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(truth) => *truth,
            Self::Number { float, .. } => *float != 0.0,
            Self::String(string) => !string.is_empty(),
            Self::Literal | Self::NoUnicode => true,
            Self::Array(array) => !array.is_empty(),
            Self::Object(object) => !object.is_empty(),
        }
    }

    /// The value, if it is JSON. A value that is used must be JSON before its type matters.
    pub(crate) fn used(self) -> Result<Self, &'static str> {
        if matches!(self, Self::Literal | Self::NoUnicode) { Err("invalid-json") } else { Ok(self) }
    }

    pub(crate) fn string(self) -> Result<String, &'static str> {
        if let Self::String(string) = self.used()? { Ok(string) } else { Err("invalid-record") }
    }

    pub(crate) fn array(self) -> Result<Vec<Self>, &'static str> {
        if let Self::Array(array) = self.used()? { Ok(array) } else { Err("invalid-record") }
    }

    pub(crate) fn object(self) -> Result<HashMap<String, Self>, &'static str> {
        if let Self::Object(object) = self.used()? { Ok(object) } else { Err("invalid-record") }
    }
}

fn space(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r'])
}

/// The value at the beginning of a text, and the rest of the text.
fn value(text: &str) -> Option<(Value, &str)> {
    let words = [
        ("null", Value::Null),
        ("true", Value::Bool(true)),
        ("false", Value::Bool(false)),
        ("NaN", Value::Literal),
        ("Infinity", Value::Literal),
        ("-Infinity", Value::Literal),
    ];
    for (word, value) in words {
        if let Some(rest) = text.strip_prefix(word) {
            return Some((value, rest));
        }
    }
    match text.chars().next()? {
        '"' => {
            let (string, rest) = string(text)?;
            Some((String::from_utf16(&string).map_or(Value::NoUnicode, Value::String), rest))
        }
        '[' => array(space(&text[1..])),
        '{' => object(space(&text[1..])),
        _ => number(text),
    }
}

fn array(mut text: &str) -> Option<(Value, &str)> {
    let mut items = Vec::new();
    if let Some(rest) = text.strip_prefix(']') {
        return Some((Value::Array(items), rest));
    }
    loop {
        let (item, rest) = value(text)?;
        items.push(item);
        text = match space(rest).split_at_checked(1)? {
            ("]", rest) => return Some((Value::Array(items), rest)),
            (",", rest) => space(rest),
            _ => return None,
        };
    }
}

fn object(mut text: &str) -> Option<(Value, &str)> {
    let mut members = HashMap::new();
    if let Some(rest) = text.strip_prefix('}') {
        return Some((Value::Object(members), rest));
    }
    loop {
        let (key, rest) = string(text)?;
        let (item, rest) = value(space(space(rest).strip_prefix(':')?))?;
        // No key that is looked for has half of a surrogate pair, so all such keys may be one.
        members.insert(String::from_utf16_lossy(&key), item);
        text = match space(rest).split_at_checked(1)? {
            ("}", rest) => return Some((Value::Object(members), rest)),
            (",", rest) => space(rest),
            _ => return None,
        };
    }
}

/// The units of UTF-16 of a string literal.
fn string(text: &str) -> Option<(Vec<u16>, &str)> {
    let mut units = Vec::new();
    let mut rest = text.strip_prefix('"')?.chars();
    loop {
        let character = match rest.next()? {
            '"' => return Some((units, rest.as_str())),
            '\0'..='\u{1f}' => return None,
            '\\' => match rest.next()? {
                'u' => {
                    let (digits, behind) = rest.as_str().split_at_checked(4)?;
                    let is_hex = digits.chars().all(|digit| digit.is_ascii_hexdigit());
                    units.push(u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)?);
                    rest = behind.chars();
                    continue;
                }
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                escaped @ ('"' | '\\' | '/') => escaped,
                _ => return None,
            },
            character => character,
        };
        units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
    }
}

/// `(-?(?:0|[1-9]\d*))(\.\d+)?([eE][-+]?\d+)?`
fn number(text: &str) -> Option<(Value, &str)> {
    let digits = |text: &str| text.len() - text.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
    let mut length = usize::from(text.starts_with('-'));
    length += match digits(&text[length..]) {
        0 => return None,
        _ if text[length..].starts_with('0') => 1,
        whole => whole,
    };
    if let Some(fraction) = text[length..].strip_prefix('.').map(digits).filter(|&digits| digits > 0) {
        length += 1 + fraction;
    }
    if let Some(exponent) = text[length..].strip_prefix(['e', 'E']) {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        let exponent = digits(&exponent[sign..]);
        length += if exponent > 0 { 1 + sign + exponent } else { 0 };
    }
    let (spelled, rest) = text.split_at(length);
    Some((Value::Number { spelled: spelled.to_owned(), float: spelled.parse().ok()? }, rest))
}
