//! The values that a quantity can have.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};

/// The value of a quantity or of a table's cell.
///
/// As JSON: a count is a number (a string above 2⁵³), a real a number (`"NaN"`, `"Infinity"`, `"-Infinity"` as
/// strings), dimensions an array, a flag a boolean, a name a string.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// An integer: a size, a count, a start (which may be negative).
    Count(i128),
    /// A real number.
    Real(f64),
    /// One number an axis, in axis order.
    Dims(Vec<Extent>),
    /// True or false.
    Flag(bool),
    /// A word, such as a layer's name or a verdict.
    Name(String),
}

/// A number along one axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Extent {
    /// An integer.
    Count(i128),
    /// A real: a centre may lie between two pixels, a jump may be a half.
    Real(f64),
    /// All of the axis, whose length is not known.
    Whole,
}

/// Integers above this are strings in JSON, since a double cannot hold them (2⁵³).
const LARGEST_EXACT: u128 = 1 << 53;

impl Value {
    /// Dimensions from any integers.
    pub fn dims<I: Into<i128> + Copy>(dims: &[I]) -> Self {
        Self::Dims(dims.iter().map(|&d| Extent::Count(d.into())).collect())
    }

    /// A shape.
    pub fn shape(dims: &[usize]) -> Self {
        Self::Dims(dims.iter().map(|&d| Extent::Count(d as i128)).collect())
    }

    /// A name.
    pub fn name(text: impl Into<String>) -> Self {
        Self::Name(text.into())
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Self::Count(count as i128)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => count_to_json(*count, to),
            Self::Real(real) => real_to_json(*real, to),
            Self::Dims(dims) => {
                let mut list = to.serialize_seq(Some(dims.len()))?;
                for extent in dims {
                    list.serialize_element(extent)?;
                }
                list.end()
            }
            Self::Flag(flag) => to.serialize_bool(*flag),
            Self::Name(name) => to.serialize_str(name),
        }
    }
}

impl Serialize for Extent {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => count_to_json(*count, to),
            Self::Real(real) => real_to_json(*real, to),
            Self::Whole => to.serialize_str("whole"),
        }
    }
}

impl JsonSchema for Value {
    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let extent = generator.subschema_for::<Extent>();
        json_schema!({
            "description": "A count or a real is a number (a count above 2^53 a string, a real that is not finite \
                            \"NaN\", \"Infinity\" or \"-Infinity\"), dimensions are an array, one entry an axis, \
                            a flag is a boolean, a name a string.",
            "anyOf": [
                {"type": ["number", "string", "boolean"]},
                {"type": "array", "items": extent},
            ],
        })
    }
}

impl JsonSchema for Extent {
    fn schema_name() -> Cow<'static, str> {
        "Extent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number along one axis, as in Value, or \"whole\": all of the axis, however long.",
            "type": ["number", "string"],
        })
    }
}

fn count_to_json<S: Serializer>(count: i128, to: S) -> Result<S::Ok, S::Error> {
    match i64::try_from(count) {
        Ok(small) if count.unsigned_abs() <= LARGEST_EXACT => to.serialize_i64(small),
        _ => to.serialize_str(&count.to_string()),
    }
}

fn real_to_json<S: Serializer>(real: f64, to: S) -> Result<S::Ok, S::Error> {
    if real.is_finite() {
        to.serialize_f64(real)
    } else if real.is_nan() {
        to.serialize_str("NaN")
    } else if real > 0.0 {
        to.serialize_str("Infinity")
    } else {
        to.serialize_str("-Infinity")
    }
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Real(real) => write!(f, "{real}"),
            Self::Whole => f.write_str("whole"),
        }
    }
}

/// As a person would write it in plain text: `112`, `1×32×122×122`, `true`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Real(real) => write!(f, "{real}"),
            Self::Dims(dims) => {
                for (axis, extent) in dims.iter().enumerate() {
                    if axis > 0 {
                        f.write_str("×")?;
                    }
                    write!(f, "{extent}")?;
                }
                Ok(())
            }
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}
