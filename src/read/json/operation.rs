//! The operations that a JSON model may name, by PyTorch's names and with its arguments.

use serde_json::Value;

use super::text::{Object, Text};
use crate::model::operation::{Binary, Pieces, Reduction};
use crate::model::{Fault, Layer, Operation, Shape};

/// What a node of a JSON model does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Made {
    /// It calls a layer.
    Layer(Layer),
    /// It carries out an operation.
    Operation(Operation),
    /// It is a tensor of the network's own that does not train.
    Constant(Shape),
    /// It is a parameter.
    Parameter(Shape),
}

/// An operation's name, its arguments, and how it is made from them.
pub(super) struct Form {
    pub(super) name: &'static str,
    pub(super) arguments: &'static [Argument],
    make: Make,
}

/// How an operation is made from what is given to it.
type Make = fn(&Given) -> Result<Made, Fault>;

/// An argument of an operation.
pub(super) struct Argument {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
}

/// What an argument may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An integer.
    Integer,
    /// An integer of at least 1.
    Count,
    /// A list of integers.
    Integers,
    /// A list of integers of at least 1.
    Counts,
    /// An integer or a list of integers.
    Axes,
    /// A count or a list of counts.
    Pieces,
    /// A number.
    Number,
    /// `true` or `false`.
    Flag,
}

const fn needs(name: &'static str, kind: Kind) -> Argument {
    Argument {
        name,
        kind,
        required: true,
    }
}

const fn may(name: &'static str, kind: Kind) -> Argument {
    Argument {
        name,
        kind,
        required: false,
    }
}

/// The operation with this name.
pub(super) fn form(name: &str) -> Option<&'static Form> {
    FORMS.iter().find(|form| form.name == name)
}

/// Functions of one tensor, element by element: they have no arguments.
pub(super) const ELEMENTWISE: &[&str] = &[
    "abs",
    "ceil",
    "cos",
    "cosh",
    "erf",
    "exp",
    "expm1",
    "floor",
    "log",
    "log10",
    "log1p",
    "log2",
    "neg",
    "reciprocal",
    "round",
    "rsqrt",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "tan",
];

const BINARY: &[Argument] = &[may("other", Kind::Number)];
const REDUCE: &[Argument] = &[may("dim", Kind::Axes), may("keepdim", Kind::Flag)];
const AXIS: &[Argument] = &[may("dim", Kind::Integer)];
const SHAPE: &[Argument] = &[needs("shape", Kind::Integers)];
const OWN_SHAPE: &[Argument] = &[needs("shape", Kind::Counts)];
const CHUNK: &[Argument] = &[needs("chunks", Kind::Count), may("dim", Kind::Integer)];
const SPLIT: &[Argument] = &[
    needs("split_size_or_sections", Kind::Pieces),
    may("dim", Kind::Integer),
];
const SLICE: &[Argument] = &[
    needs("dim", Kind::Integer),
    may("start", Kind::Integer),
    may("end", Kind::Integer),
    may("step", Kind::Count),
];

macro_rules! forms {
    ($($name:literal ($arguments:expr) => $make:expr;)*) => {
        /// Every operation that has arguments or several inputs.
        pub(super) static FORMS: &[Form] = &[$(Form { name: $name, arguments: $arguments, make: $make }),*];
    };
}

forms! {
    "add" (BINARY) => |g| g.binary(Binary::Add);
    "sub" (BINARY) => |g| g.binary(Binary::Sub);
    "mul" (BINARY) => |g| g.binary(Binary::Mul);
    "div" (BINARY) => |g| g.binary(Binary::Div);
    "pow" (BINARY) => |g| g.binary(Binary::Pow);
    "maximum" (&[]) => |g| g.binary(Binary::Maximum);
    "minimum" (&[]) => |g| g.binary(Binary::Minimum);
    "cat" (AXIS) => |g| operation(Operation::Cat { dim: g.integer("dim", 0)? });
    "stack" (AXIS) => |g| operation(Operation::Stack { dim: g.integer("dim", 0)? });
    "matmul" (&[]) => |_| operation(Operation::MatMul);
    "mean" (REDUCE) => |g| g.reduce(Reduction::Mean);
    "sum" (REDUCE) => |g| g.reduce(Reduction::Sum);
    "amax" (REDUCE) => |g| g.reduce(Reduction::Max);
    "amin" (REDUCE) => |g| g.reduce(Reduction::Min);
    "prod" (REDUCE) => |g| g.reduce(Reduction::Prod);
    "norm" (REDUCE) => |g| g.reduce(Reduction::Norm);
    "var" (REDUCE) => |g| g.reduce(Reduction::Var);
    "std" (REDUCE) => |g| g.reduce(Reduction::Std);
    "argmax" (REDUCE) => |g| g.reduce(Reduction::ArgMax);
    "argmin" (REDUCE) => |g| g.reduce(Reduction::ArgMin);
    "logsumexp" (REDUCE) => |g| g.reduce(Reduction::LogSumExp);
    "cumsum" (&[needs("dim", Kind::Integer)]) => |g| operation(Operation::Cumulative { dim: g.needed("dim")? });
    "scaled_dot_product_attention" (&[may("is_causal", Kind::Flag)]) => |g| operation(
        Operation::DotProductAttention { causal: g.flag("is_causal")? }
    );
    "flatten" (&[may("start_dim", Kind::Integer), may("end_dim", Kind::Integer)]) => |g| Ok(Made::Layer(
        Layer::Flatten { start: g.integer("start_dim", 0)?, end: g.integer("end_dim", -1)? }
    ));
    "reshape" (SHAPE) => |g| operation(Operation::Reshape { sizes: g.integers("shape")? });
    "view" (SHAPE) => |g| operation(Operation::Reshape { sizes: g.integers("shape")? });
    "permute" (&[needs("dims", Kind::Integers)]) => |g| operation(Operation::Permute { dims: g.integers("dims")? });
    "transpose" (&[needs("dim0", Kind::Integer), needs("dim1", Kind::Integer)]) => |g| operation(
        Operation::Transpose { first: g.needed("dim0")?, second: g.needed("dim1")? }
    );
    "squeeze" (&[may("dim", Kind::Axes)]) => |g| operation(Operation::Squeeze { dims: g.integers("dim")? });
    "unsqueeze" (&[needs("dim", Kind::Integer)]) => |g| operation(Operation::Unsqueeze { dim: g.needed("dim")? });
    "expand" (&[needs("size", Kind::Integers)]) => |g| operation(Operation::Expand { sizes: g.integers("size")? });
    "repeat" (&[needs("repeats", Kind::Counts)]) => |g| operation(Operation::Repeat { times: g.counts("repeats")? });
    "flip" (&[needs("dims", Kind::Axes)]) => |g| operation(Operation::Flip { dims: g.integers("dims")? });
    "roll" (&[needs("shifts", Kind::Axes), needs("dims", Kind::Axes)]) => |g| g.roll();
    "chunk" (CHUNK) => |g| g.split(Pieces::Count(g.count("chunks")?));
    "split" (SPLIT) => |g| g.split(g.pieces("split_size_or_sections")?);
    "unbind" (AXIS) => |g| g.split(Pieces::Unbind);
    "select" (&[needs("dim", Kind::Integer), needs("index", Kind::Integer)]) => |g| operation(
        Operation::Select { dim: g.needed("dim")?, index: g.needed("index")? }
    );
    "slice" (SLICE) => |g| g.slice();
    "parameter" (OWN_SHAPE) => |g| Ok(Made::Parameter(Shape(g.counts("shape")?)));
    "constant" (OWN_SHAPE) => |g| Ok(Made::Constant(Shape(g.counts("shape")?)));
}

/// The operation that an object describes; `None` where its type is not an operation's name.
///
/// # Errors
/// An argument that it does not have, lacks, or that is of the wrong kind.
pub(super) fn make(
    text: Text,
    object: &Object,
    name: &str,
    inputs: usize,
    reserved: &[&str],
) -> Option<Result<Made, Fault>> {
    let (arguments, make): (&[Argument], Make) = if ELEMENTWISE.contains(&name) {
        (&[], |given| {
            operation(Operation::Elementwise {
                name: given.name.to_owned(),
            })
        })
    } else {
        let form = form(name)?;
        (form.arguments, form.make)
    };
    let given = Given {
        text,
        object,
        name,
        inputs,
        arguments,
    };
    Some(given.check(reserved).and_then(|()| make(&given)))
}

#[expect(clippy::unnecessary_wraps, reason = "every form answers with a result")]
fn operation(operation: Operation) -> Result<Made, Fault> {
    Ok(Made::Operation(operation))
}

/// The arguments that an object gives to an operation.
struct Given<'a> {
    text: Text<'a>,
    object: &'a Object<'a>,
    name: &'a str,
    inputs: usize,
    arguments: &'a [Argument],
}

impl Given<'_> {
    /// Every argument is known, and every required one is there.
    fn check(&self, reserved: &[&str]) -> Result<(), Fault> {
        let known = || self.arguments.iter().map(|argument| argument.name);
        for member in &self.object.members {
            if !reserved.contains(&&*member.key) && !known().any(|name| name == member.key) {
                let message = format!("{} has no argument `{}`", self.name, member.key);
                let fault =
                    self.text
                        .fault(member.key_text, "unknown-argument", message, "not known");
                return Err(suggest(
                    fault,
                    &member.key,
                    known().chain(reserved.iter().copied()),
                ));
            }
        }
        let missing = self
            .arguments
            .iter()
            .find(|argument| argument.required && self.object.get(argument.name).is_none());
        match missing {
            None => Ok(()),
            Some(argument) => Err(self.text.fault(
                self.object.text,
                "missing-argument",
                format!("{} needs `{}`", self.name, argument.name),
                format!("`{}` is missing", argument.name),
            )),
        }
    }

    /// The value of an argument, if it is given and not `null`.
    fn value(&self, argument: &str) -> Result<Option<Value>, Fault> {
        match self.object.get(argument) {
            None | Some("null") => Ok(None),
            Some(part) => self.text.value(part).map(Some),
        }
    }

    fn invalid(&self, argument: &str, expected: &str) -> Fault {
        let part = self.object.get(argument).unwrap_or(self.object.text);
        let what = format!("{}: `{argument}`", self.name);
        match self.text.value(part) {
            Ok(got) => self.text.expected(part, &what, expected, &got),
            Err(fault) => fault,
        }
    }

    fn integer(&self, argument: &str, default: isize) -> Result<isize, Fault> {
        Ok(self.optional(argument)?.unwrap_or(default))
    }

    fn needed(&self, argument: &str) -> Result<isize, Fault> {
        self.optional(argument)?
            .ok_or_else(|| self.invalid(argument, "an integer"))
    }

    fn optional(&self, argument: &str) -> Result<Option<isize>, Fault> {
        self.value(argument)?
            .map(|value| integer(&value).ok_or_else(|| self.invalid(argument, "an integer")))
            .transpose()
    }

    /// A list of integers; one alone is a list of one, none an empty list.
    fn integers(&self, argument: &str) -> Result<Vec<isize>, Fault> {
        let read = match self.value(argument)? {
            None => Some(Vec::new()),
            Some(Value::Array(entries)) => entries.iter().map(integer).collect(),
            Some(one) => integer(&one).map(|one| vec![one]),
        };
        read.ok_or_else(|| self.invalid(argument, "a list of integers"))
    }

    fn counts(&self, argument: &str) -> Result<Vec<usize>, Fault> {
        let counts = self.integers(argument)?.into_iter().map(positive).collect();
        let counts: Option<Vec<usize>> = counts;
        counts.ok_or_else(|| self.invalid(argument, "a list of integers of at least 1"))
    }

    fn count(&self, argument: &str) -> Result<usize, Fault> {
        self.optional(argument)?
            .and_then(positive)
            .ok_or_else(|| self.invalid(argument, "an integer of at least 1"))
    }

    fn flag(&self, argument: &str) -> Result<bool, Fault> {
        match self.value(argument)? {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(self.invalid(argument, "`true` or `false`")),
        }
    }

    fn pieces(&self, argument: &str) -> Result<Pieces, Fault> {
        match self.value(argument)? {
            Some(Value::Array(_)) => Ok(Pieces::Sizes(self.counts(argument)?)),
            _ => Ok(Pieces::Each(self.count(argument)?)),
        }
    }

    /// Two tensors, or a tensor and the number `other`.
    fn binary(&self, binary: Binary) -> Result<Made, Fault> {
        match self.value("other")? {
            None => operation(Operation::Binary(binary)),
            Some(Value::Number(_)) if self.inputs == 1 => operation(Operation::Elementwise {
                name: self.name.to_owned(),
            }),
            Some(Value::Number(_)) => {
                Err(self.invalid("other", "left out where two inputs are given"))
            }
            Some(_) => Err(self.invalid("other", "a number")),
        }
    }

    fn reduce(&self, kind: Reduction) -> Result<Made, Fault> {
        operation(Operation::Reduce {
            kind,
            dims: self.integers("dim")?,
            keepdim: self.flag("keepdim")?,
        })
    }

    fn split(&self, pieces: Pieces) -> Result<Made, Fault> {
        operation(Operation::Split {
            pieces,
            dim: self.integer("dim", 0)?,
        })
    }

    fn slice(&self) -> Result<Made, Fault> {
        operation(Operation::Slice {
            dim: self.needed("dim")?,
            start: self.optional("start")?,
            stop: self.optional("end")?,
            step: match self.value("step")? {
                None => 1,
                Some(_) => self.count("step")?,
            },
        })
    }

    fn roll(&self) -> Result<Made, Fault> {
        let (shifts, dims) = (self.integers("shifts")?, self.integers("dims")?);
        if shifts.len() != dims.len() {
            return Err(self.invalid("shifts", "as long as `dims`"));
        }
        operation(Operation::Roll { shifts, dims })
    }
}

/// Adds the nearest known word to a fault, where one is near.
pub(super) fn suggest<'a>(
    fault: Fault,
    written: &str,
    known: impl Iterator<Item = &'a str>,
) -> Fault {
    let lower = written.to_lowercase();
    let near = known
        .map(|word| (strsim::jaro_winkler(&lower, &word.to_lowercase()), word))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        Some((_, word)) => fault.help(format!("did you mean `{word}`?")),
        None => fault,
    }
}

fn integer(value: &Value) -> Option<isize> {
    value
        .as_i64()
        .and_then(|integer| isize::try_from(integer).ok())
}

fn positive(integer: isize) -> Option<usize> {
    usize::try_from(integer).ok().filter(|&count| count > 0)
}
