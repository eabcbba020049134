//! Reading the arguments of one constructor: typed, within limits, each refusal naming the argument.

use serde_json::{Map, Value};

use super::{CatalogError, Signature, nearest};

/// The largest size that a layer may have: PyTorch's own kernels count with 32 bits in many places, and no layer
/// of a real network comes near it. It keeps the arithmetic that follows far from its own limits.
pub const LARGEST_SIZE: usize = 2_147_483_647;

/// The most layers that one module may stack (`num_layers`): their weights are listed one by one.
pub const MOST_LAYERS: usize = 10_000;

/// The arguments of one constructor call, names checked.
pub(super) struct Arguments<'a> {
    pub(super) class: &'static str,
    values: &'a Map<String, Value>,
}

impl<'a> Arguments<'a> {
    /// Checks that every argument is a parameter and that none is missing.
    pub(super) fn new(
        signature: &'static Signature,
        values: &'a Map<String, Value>,
    ) -> Result<Self, CatalogError> {
        let class = signature.class;
        let names = || signature.parameters.iter().map(|parameter| parameter.name);
        // `Identity` takes anything, as PyTorch's does.
        if class != "Identity"
            && let Some(argument) = values.keys().find(|key| names().all(|name| name != *key))
        {
            return Err(CatalogError::UnknownArgument {
                class: class.to_owned(),
                argument: argument.clone(),
                suggestion: nearest(argument, names()),
            });
        }
        let missing = |parameter: &&super::Parameter| {
            parameter.required && !values.contains_key(parameter.name)
        };
        match signature.parameters.iter().find(missing) {
            Some(parameter) => Err(CatalogError::MissingArgument {
                class: class.to_owned(),
                argument: parameter.name,
            }),
            None => Ok(Self { class, values }),
        }
    }

    /// The argument, where it is given and is not `None`.
    pub(super) fn given(&self, name: &str) -> Option<&'a Value> {
        self.values.get(name).filter(|value| !value.is_null())
    }

    /// The error that this argument is not what it has to be.
    pub(super) fn invalid(
        &self,
        argument: &'static str,
        expected: impl Into<String>,
    ) -> CatalogError {
        CatalogError::Invalid {
            class: self.class.to_owned(),
            argument,
            expected: expected.into(),
            got: self
                .values
                .get(argument)
                .map_or_else(|| "its default".to_owned(), as_python),
        }
    }

    /// The error for a class that has a signature but no builder; the tests show that there is none.
    pub(super) fn unknown(&self) -> CatalogError {
        CatalogError::UnknownClass {
            class: self.class.to_owned(),
            suggestion: None,
        }
    }

    /// A required size of at least 1.
    pub(super) fn size(&self, name: &'static str) -> Result<usize, CatalogError> {
        self.given(name)
            .and_then(|value| count(value, 1))
            .ok_or_else(|| self.invalid(name, at_least(1)))
    }

    /// A size of at least 1, or the default.
    pub(super) fn size_or(
        &self,
        name: &'static str,
        default: usize,
    ) -> Result<usize, CatalogError> {
        self.count_or(name, 1, default)
    }

    /// How many layers are stacked, 1 unless said.
    pub(super) fn num_layers(&self) -> Result<usize, CatalogError> {
        let layers = self.size_or("num_layers", 1)?;
        if layers > MOST_LAYERS {
            return Err(self.invalid("num_layers", format!("at most {MOST_LAYERS}")));
        }
        Ok(layers)
    }

    /// A whole number of at least `least`, or the default.
    pub(super) fn count_or(
        &self,
        name: &'static str,
        least: usize,
        default: usize,
    ) -> Result<usize, CatalogError> {
        match self.given(name) {
            None => Ok(default),
            Some(value) => count(value, least).ok_or_else(|| self.invalid(name, at_least(least))),
        }
    }

    /// One whole number an axis: given once for all axes, or as a tuple of just this length.
    pub(super) fn axes(
        &self,
        name: &'static str,
        rank: usize,
        least: usize,
    ) -> Result<Option<Vec<usize>>, CatalogError> {
        let Some(value) = self.given(name) else {
            return Ok(None);
        };
        let axes = match value {
            Value::Array(entries) if entries.len() == rank => {
                entries.iter().map(|entry| count(entry, least)).collect()
            }
            // PyTorch takes a tuple of one for every axis.
            Value::Array(entries) if entries.len() == 1 => {
                count(&entries[0], least).map(|size| vec![size; rank])
            }
            Value::Array(_) => None,
            single => count(single, least).map(|size| vec![size; rank]),
        };
        let expected = || match rank {
            1 => at_least(least),
            _ => format!("{}, or a tuple of {rank} such numbers", at_least(least)),
        };
        axes.map(Some).ok_or_else(|| self.invalid(name, expected()))
    }

    /// A required list of sizes of at least 1 (a single number is a list of one).
    pub(super) fn sizes(&self, name: &'static str) -> Result<Vec<usize>, CatalogError> {
        let sizes: Option<Vec<usize>> = match self.given(name) {
            Some(Value::Array(entries)) if !entries.is_empty() => {
                entries.iter().map(|entry| count(entry, 1)).collect()
            }
            Some(single) => count(single, 1).map(|size| vec![size]),
            None => None,
        };
        sizes.ok_or_else(|| self.invalid(name, "a size or a tuple of sizes of at least 1"))
    }

    /// A whole number of either sign, or the default.
    pub(super) fn integer(
        &self,
        name: &'static str,
        default: isize,
    ) -> Result<isize, CatalogError> {
        match self.given(name) {
            None => Ok(default),
            Some(value) => signed(value).ok_or_else(|| self.invalid(name, "a whole number")),
        }
    }

    /// True or false (or 1 or 0), or the default.
    pub(super) fn flag(&self, name: &'static str, default: bool) -> Result<bool, CatalogError> {
        match self.given(name) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(value) => match value.as_u64() {
                Some(bit @ (0 | 1)) => Ok(bit == 1),
                _ => Err(self.invalid(name, "True or False")),
            },
        }
    }

    /// A real number, or the default.
    pub(super) fn real(&self, name: &'static str, default: f64) -> Result<f64, CatalogError> {
        match self.given(name) {
            None => Ok(default),
            Some(value) => value.as_f64().ok_or_else(|| self.invalid(name, "a number")),
        }
    }

    /// A probability, or the default.
    pub(super) fn probability(
        &self,
        name: &'static str,
        default: f64,
    ) -> Result<f64, CatalogError> {
        let probability = self.real(name, default)?;
        if (0.0..=1.0).contains(&probability) {
            Ok(probability)
        } else {
            Err(self.invalid(name, "a probability from 0 to 1"))
        }
    }

    /// One of a few words, or the first of them.
    pub(super) fn choice<T: Copy>(
        &self,
        name: &'static str,
        choices: &[(&str, T)],
    ) -> Result<T, CatalogError> {
        let found = match self.given(name) {
            None => choices.first(),
            Some(value) => choices
                .iter()
                .find(|(word, _)| value.as_str() == Some(word)),
        };
        found.map(|(_, choice)| *choice).ok_or_else(|| {
            let words: Vec<String> = choices
                .iter()
                .map(|(word, _)| format!("'{word}'"))
                .collect();
            self.invalid(name, format!("one of {}", words.join(", ")))
        })
    }

    /// Refuses `return_indices=True`, which would add a second output that gradus does not follow.
    pub(super) fn no_indices(&self) -> Result<(), CatalogError> {
        if self.flag("return_indices", false)? {
            return Err(self.invalid(
                "return_indices",
                "False: gradus does not follow the positions of the maxima",
            ));
        }
        Ok(())
    }
}

/// A whole number from `least` to [`LARGEST_SIZE`].
pub(super) fn count(value: &Value, least: usize) -> Option<usize> {
    let count = usize::try_from(value.as_u64()?).ok()?;
    (least..=LARGEST_SIZE).contains(&count).then_some(count)
}

/// A whole number whose amount is at most [`LARGEST_SIZE`].
pub(super) fn signed(value: &Value) -> Option<isize> {
    let number = isize::try_from(value.as_i64()?).ok()?;
    (number.unsigned_abs() <= LARGEST_SIZE).then_some(number)
}

fn at_least(least: usize) -> String {
    format!("a whole number from {least} to {LARGEST_SIZE}")
}

/// A value as Python would write it.
fn as_python(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("'{text}'"),
        Value::Array(entries) => {
            let entries: Vec<String> = entries.iter().map(as_python).collect();
            match entries.as_slice() {
                [single] => format!("({single},)"),
                _ => format!("({})", entries.join(", ")),
            }
        }
        Value::Object(_) => "an object".to_owned(),
    }
}
