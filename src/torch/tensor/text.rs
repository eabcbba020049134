//! A tensor's numbers as Python's, and as PyTorch prints them.

use std::fmt::Write as _;

use rustpython_vm::{AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine};

use super::class::Tensor;
use super::{default_kind, promotion, raise};
use crate::lab::ops::Kind;
use crate::lab::{Array, LabError, Value};

/// Its numbers in order.
pub(super) fn numbers(value: &Value) -> Result<Vec<f64>, LabError> {
    Ok(Array::from_tensor(value.tensor())?.data)
}

/// Its integers in order.
pub(super) fn wholes(value: &Value) -> Result<Vec<i64>, LabError> {
    value
        .cast(Kind::I64)?
        .tensor()
        .flatten_all()
        .and_then(|flat| flat.to_vec1())
        .map_err(|error| LabError::engine("tolist", &error))
}

/// The one integer of a value.
pub(super) fn whole(value: &Value) -> Result<i64, LabError> {
    Ok(wholes(value)?.first().copied().unwrap_or(0))
}

#[expect(clippy::cast_possible_truncation, reason = "they were integers")]
fn object(number: f64, kind: Kind, vm: &VirtualMachine) -> PyObjectRef {
    match kind {
        Kind::Bool => vm.ctx.new_bool(number != 0.0).into(),
        Kind::I64 => vm.ctx.new_int(number as i64).into(),
        Kind::F32 | Kind::F64 => vm.ctx.new_float(number).into(),
    }
}

/// The one number of a value.
pub(super) fn item(value: &Value, vm: &VirtualMachine) -> PyResult {
    let count = value.tensor().elem_count();
    if count != 1 {
        return Err(vm.new_runtime_error(format!(
            "a Tensor with {count} elements cannot be converted to Scalar"
        )));
    }
    read(value, vm);
    let numbers = numbers(value).map_err(|error| raise(error, vm))?;
    Ok(object(numbers[0], value.kind(), vm))
}

/// Notes that the program looks at numbers that depend on what is differentiated.
fn read(value: &Value, vm: &VirtualMachine) {
    if super::TRACING.get() && value.tracked() {
        super::module::value_read(vm);
    }
}

/// Nested lists of its numbers.
pub(super) fn lists(value: &Value, vm: &VirtualMachine) -> PyResult {
    read(value, vm);
    let numbers = numbers(value).map_err(|error| raise(error, vm))?;
    Ok(nested(&numbers, value.dims(), value.kind(), vm))
}

fn nested(numbers: &[f64], dims: &[usize], kind: Kind, vm: &VirtualMachine) -> PyObjectRef {
    let Some((&n, rest)) = dims.split_first() else {
        return object(numbers[0], kind, vm);
    };
    let width: usize = rest.iter().product();
    let items = (0..n)
        .map(|place| nested(&numbers[place * width..(place + 1) * width], rest, kind, vm))
        .collect();
    vm.ctx.new_list(items).into()
}

/// `bool(x)`.
pub(super) fn truth(object: &PyObject, vm: &VirtualMachine) -> PyResult<bool> {
    let Some(tensor) = object.downcast_ref::<Tensor>() else {
        return Ok(true);
    };
    let value = tensor.get(vm)?;
    match value.tensor().elem_count() {
        1 => {
            read(&value, vm);
            let numbers = numbers(&value).map_err(|error| raise(error, vm))?;
            Ok(numbers[0] != 0.0)
        }
        0 => Err(vm.new_runtime_error("Boolean value of Tensor with no values is ambiguous")),
        _ => {
            Err(vm
                .new_runtime_error("Boolean value of Tensor with more than one value is ambiguous"))
        }
    }
}

/// `x` as an integer, where a list is indexed with it.
pub(super) fn index(object: &PyObject, vm: &VirtualMachine) -> PyResult {
    match object.downcast_ref::<Tensor>() {
        Some(tensor) if tensor.kind() == Kind::I64 => item(&tensor.get(vm)?, vm),
        _ => Err(vm.new_type_error(
            "only integer tensors of a single element can be converted to an index",
        )),
    }
}

/// How PyTorch prints: `torch.set_printoptions`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    pub(super) precision: usize,
    pub(super) threshold: usize,
    pub(super) edge: usize,
    pub(super) width: usize,
    pub(super) scientific: Option<bool>,
}

impl Options {
    pub(super) const USUAL: Self = Self {
        precision: 4,
        threshold: 1000,
        edge: 3,
        width: 80,
        scientific: None,
    };
}

thread_local! {
    pub(super) static OPTIONS: std::cell::Cell<Options> = const { std::cell::Cell::new(Options::USUAL) };
}

/// `repr(x)`.
pub(super) fn tensor(tensor: &Py<Tensor>, vm: &VirtualMachine) -> PyResult<String> {
    let value = tensor.get(vm)?;
    let suffixes = suffixes(tensor, &value, vm)?;
    let options = OPTIONS.get();
    let indent = "tensor(".len();
    let written = if value.tensor().elem_count() == 0 {
        "[]".to_owned()
    } else {
        let numbers = numbers(&value).map_err(|error| raise(error, vm))?;
        let page = Page::of(&numbers, value.dims(), value.kind(), options);
        page.write(indent)
    };
    Ok(with_suffixes(&written, &suffixes, indent, options.width))
}

fn suffixes(tensor: &Py<Tensor>, value: &Value, vm: &VirtualMachine) -> PyResult<Vec<String>> {
    let mut suffixes = Vec::new();
    let empty = value.tensor().elem_count() == 0;
    if empty && value.dims().len() != 1 {
        let dims: Vec<String> = value.dims().iter().map(ToString::to_string).collect();
        let comma = if dims.len() == 1 { "," } else { "" };
        suffixes.push(format!("size=({}{comma})", dims.join(", ")));
    }
    let kind = value.kind();
    let usual = match kind {
        Kind::Bool => !empty,
        Kind::I64 => !empty,
        kind => kind == default_kind(),
    };
    if !usual {
        suffixes.push(format!("dtype=torch.{}", promotion::name(kind)));
    }
    if value.tracked() && !value.is_leaf() {
        let name = tensor.as_object().get_attr("_grad_name", vm)?;
        let name = name.str(vm)?.to_string_lossy().into_owned();
        suffixes.push(format!("grad_fn=<{name}>"));
    } else if value.tracked() {
        suffixes.push("requires_grad=True".to_owned());
    }
    Ok(suffixes)
}

fn with_suffixes(written: &str, suffixes: &[String], indent: usize, width: usize) -> String {
    let mut text = format!("tensor({written}");
    let last = text
        .rfind('\n')
        .map_or(text.len(), |at| text.len() - at - 1);
    // As PyTorch counts it: one more than there are.
    let mut column = last + 2;
    for suffix in suffixes {
        if column + suffix.len() + 2 > width {
            let _ = write!(text, ",\n{}{suffix}", " ".repeat(indent));
            column = indent + suffix.len();
        } else {
            let _ = write!(text, ", {suffix}");
            column += suffix.len() + 2;
        }
    }
    text.push(')');
    text
}

/// The numbers as they are laid out.
struct Page<'a> {
    numbers: &'a [f64],
    dims: &'a [usize],
    summarised: bool,
    format: Format,
    options: Options,
}

enum Format {
    Bool {
        width: usize,
    },
    Int {
        width: usize,
    },
    /// All are whole: `1.`
    Whole {
        width: usize,
    },
    Fixed {
        width: usize,
        precision: usize,
    },
    Scientific {
        width: usize,
        precision: usize,
    },
}

impl<'a> Page<'a> {
    fn of(numbers: &'a [f64], dims: &'a [usize], kind: Kind, options: Options) -> Self {
        let summarised = numbers.len() > options.threshold;
        let shown: Vec<f64> = if summarised {
            let mut shown = Vec::new();
            corners(numbers, dims, options.edge, &mut shown);
            shown
        } else {
            numbers.to_vec()
        };
        Self {
            numbers,
            dims,
            summarised,
            format: Format::of(&shown, kind, options),
            options,
        }
    }

    fn write(&self, indent: usize) -> String {
        self.nested(self.numbers, self.dims, indent)
    }

    fn nested(&self, numbers: &[f64], dims: &[usize], indent: usize) -> String {
        match dims {
            [] => self.format.single(numbers[0]),
            [n] => self.row(&numbers[..*n], indent),
            [n, rest @ ..] => {
                let width: usize = rest.iter().product();
                let part = |place: usize| {
                    self.nested(
                        &numbers[place * width..(place + 1) * width],
                        rest,
                        indent + 1,
                    )
                };
                let edge = self.options.edge;
                let parts: Vec<String> = if self.summarised && *n > 2 * edge {
                    (0..edge)
                        .map(part)
                        .chain(["...".to_owned()])
                        .chain((n - edge..*n).map(part))
                        .collect()
                } else {
                    (0..*n).map(part).collect()
                };
                let gap = format!(",{}{}", "\n".repeat(dims.len() - 1), " ".repeat(indent + 1));
                format!("[{}]", parts.join(&gap))
            }
        }
    }

    fn row(&self, numbers: &[f64], indent: usize) -> String {
        let room = self.options.width.saturating_sub(indent);
        let per_line = (room / (self.format.width() + 2)).max(1);
        let edge = self.options.edge;
        let items: Vec<String> = if self.summarised && numbers.len() > 2 * edge {
            let shown = |numbers: &[f64]| -> Vec<String> {
                numbers.iter().map(|&x| self.format.padded(x)).collect()
            };
            let mut items = shown(&numbers[..edge]);
            items.push(" ...".to_owned());
            items.extend(shown(&numbers[numbers.len() - edge..]));
            items
        } else {
            numbers.iter().map(|&x| self.format.padded(x)).collect()
        };
        let lines: Vec<String> = items.chunks(per_line).map(|line| line.join(", ")).collect();
        format!(
            "[{}]",
            lines.join(&format!(",\n{}", " ".repeat(indent + 1)))
        )
    }
}

/// The numbers that a summary shows.
fn corners(numbers: &[f64], dims: &[usize], edge: usize, shown: &mut Vec<f64>) {
    let Some((&n, rest)) = dims.split_first() else {
        shown.push(numbers[0]);
        return;
    };
    let width: usize = rest.iter().product();
    for place in 0..n {
        if n <= 2 * edge || place < edge || place >= n - edge {
            corners(
                &numbers[place * width..(place + 1) * width],
                rest,
                edge,
                shown,
            );
        }
    }
}

impl Format {
    /// PyTorch's choice: whole numbers with a dot, else fixed digits, else powers of ten where sizes differ too much.
    fn of(shown: &[f64], kind: Kind, options: Options) -> Self {
        match kind {
            Kind::Bool => {
                let all = shown.iter().all(|x| *x != 0.0);
                return Self::Bool {
                    width: if all { 4 } else { 5 },
                };
            }
            Kind::I64 => {
                let width = shown.iter().map(|x| format!("{x:.0}").len()).max();
                return Self::Int {
                    width: width.unwrap_or(1).max(1),
                };
            }
            Kind::F32 | Kind::F64 => {}
        }
        let finite: Vec<f64> = shown
            .iter()
            .copied()
            .filter(|x| x.is_finite() && *x != 0.0)
            .map(f64::abs)
            .collect();
        let precision = options.precision;
        let whole = shown.iter().all(|x| !x.is_finite() || x.ceil() == *x);
        let largest = finite.iter().copied().fold(0.0, f64::max);
        let smallest = finite.iter().copied().fold(f64::INFINITY, f64::min);
        let some = !finite.is_empty();
        let mut scientific = if whole {
            some && (largest / smallest > 1000.0 || largest > 1e8)
        } else {
            some && (largest / smallest > 1000.0 || largest > 1e8 || smallest < 1e-4)
        };
        if let Some(forced) = options.scientific {
            scientific = forced;
        }
        // Zeros and what is not finite are fitted into the width of the others.
        let width = |write: &dyn Fn(f64) -> String| {
            let shown = shown.iter().filter(|x| x.is_finite() && **x != 0.0);
            shown.map(|&x| write(x).len()).max().unwrap_or(1).max(1)
        };
        if scientific {
            Self::Scientific {
                width: width(&|x| exponent(x, precision)),
                precision,
            }
        } else if whole {
            Self::Whole {
                width: width(&|x| format!("{x:.0}")) + 1,
            }
        } else {
            Self::Fixed {
                width: width(&|x| format!("{x:.precision$}")),
                precision,
            }
        }
    }

    fn width(&self) -> usize {
        match self {
            Self::Bool { width }
            | Self::Int { width }
            | Self::Whole { width }
            | Self::Fixed { width, .. }
            | Self::Scientific { width, .. } => *width,
        }
    }

    fn single(&self, number: f64) -> String {
        match self {
            Self::Bool { .. } => (if number == 0.0 { "False" } else { "True" }).to_owned(),
            Self::Int { .. } => format!("{number:.0}"),
            _ if !number.is_finite() => python(number),
            Self::Whole { .. } => format!("{number:.0}."),
            Self::Fixed { precision, .. } => format!("{number:.precision$}"),
            Self::Scientific { precision, .. } => exponent(number, *precision),
        }
    }

    fn padded(&self, number: f64) -> String {
        format!("{:>width$}", self.single(number), width = self.width())
    }
}

fn python(number: f64) -> String {
    if number.is_nan() {
        "nan".to_owned()
    } else if number > 0.0 {
        "inf".to_owned()
    } else {
        "-inf".to_owned()
    }
}

/// `1.2000e-05`, as C writes it.
fn exponent(number: f64, precision: usize) -> String {
    let text = format!("{number:.precision$e}");
    match text.split_once('e') {
        Some((digits, power)) => {
            let (sign, power) = match power.strip_prefix('-') {
                Some(power) => ('-', power),
                None => ('+', power),
            };
            format!("{digits}e{sign}{power:0>2}")
        }
        None => text,
    }
}
