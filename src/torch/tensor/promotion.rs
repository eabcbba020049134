//! Of which kind the result of an operation on several operands is, by PyTorch's rules.

use super::{default_kind, wide};
use crate::lab::ops::Kind;

/// How much an operand has to say about the kind of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// A plain number of Python's: only its category counts, and only where it is the highest.
    Number,
    /// A tensor without axes: the same among tensors.
    Single,
    /// A tensor with axes.
    Full,
}

/// The kind of the result: numbers give way to tensors without axes, and these to tensors with axes, unless their
/// category (truth values, integers, floats) is higher.
pub(super) fn kind_of(operands: &[(Kind, Weight)]) -> Kind {
    let among = |weight: Weight| {
        operands
            .iter()
            .filter(|(_, its)| *its == weight)
            .map(|(kind, _)| *kind)
            .reduce(higher)
    };
    let number = among(Weight::Number).map(|kind| {
        if kind.is_float() {
            default_kind()
        } else {
            kind
        }
    });
    let lower = combined(among(Weight::Single), number);
    combined(among(Weight::Full), lower).unwrap_or(Kind::F32)
}

fn combined(strong: Option<Kind>, weak: Option<Kind>) -> Option<Kind> {
    match (strong, weak) {
        (Some(strong), Some(_)) if strong.is_float() => Some(strong),
        (Some(strong), Some(weak)) if strong == Kind::Bool || weak.is_float() => {
            Some(higher(strong, weak))
        }
        (Some(strong), _) => Some(strong),
        (None, weak) => weak,
    }
}

/// The kind that holds both.
pub(super) fn higher(a: Kind, b: Kind) -> Kind {
    let rank = |kind: Kind| match kind {
        Kind::Bool => 0,
        Kind::I64 => 1,
        Kind::F32 => 2,
        Kind::F64 => 3,
    };
    if rank(a) >= rank(b) { a } else { b }
}

/// What PyTorch calls a kind in its messages.
pub(super) fn spoken(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "Bool",
        Kind::I64 => "Long",
        Kind::F32 => "Float",
        Kind::F64 => "Double",
    }
}

/// The name of a kind: `float32`.
pub(super) fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "bool",
        Kind::I64 => "int64",
        Kind::F32 => "float32",
        Kind::F64 => "float64",
    }
}

/// The kind of a name; of a float, the wide one where all floats are to be wide.
pub(super) fn named(name: &str) -> Option<Kind> {
    let kind = [Kind::Bool, Kind::I64, Kind::F32, Kind::F64]
        .into_iter()
        .find(|&kind| self::name(kind) == name)?;
    Some(if kind.is_float() && wide() {
        Kind::F64
    } else {
        kind
    })
}
