//! Operators on tensors and plain numbers, with PyTorch's broadcasting and kinds.

use rustpython_vm::builtins::{PyFloat, PyInt};
use rustpython_vm::{AsObject, Py, PyObject, PyResult, VirtualMachine};

use super::class::Tensor;
use super::promotion::{Weight, kind_of, spoken};
use super::storage::constant;
use super::{default_kind, raise, wrap};
use crate::lab::ops::{Binary, Comparison, Kind, Op, Unary};
use crate::lab::{LabError, Value};

/// What stands on one side of an operator.
pub(super) enum Operand {
    Tensor(Value),
    Number { kind: Kind, number: f64, whole: i64 },
}

impl Operand {
    /// `None` for what is neither a tensor nor a number.
    pub(super) fn of(object: &PyObject, vm: &VirtualMachine) -> PyResult<Option<Self>> {
        if let Some(tensor) = object.downcast_ref::<Tensor>() {
            return tensor
                .operand()
                .map(|value| Some(Self::Tensor(value)))
                .map_err(|error| raise(error, vm));
        }
        if let Some(float) = object.downcast_ref::<PyFloat>() {
            return Ok(Some(Self::Number {
                kind: Kind::F64,
                number: float.to_f64(),
                whole: 0,
            }));
        }
        if let Some(int) = object.downcast_ref::<PyInt>() {
            let kind = if object.fast_isinstance(vm.ctx.types.bool_type) {
                Kind::Bool
            } else {
                Kind::I64
            };
            let whole = int.try_to_primitive::<i64>(vm)?;
            #[expect(
                clippy::cast_precision_loss,
                reason = "as PyTorch takes a number of Python's"
            )]
            let number = whole as f64;
            return Ok(Some(Self::Number {
                kind,
                number,
                whole,
            }));
        }
        Ok(None)
    }

    fn weight(&self) -> (Kind, Weight) {
        match self {
            Self::Tensor(value) if value.dims().is_empty() => (value.kind(), Weight::Single),
            Self::Tensor(value) => (value.kind(), Weight::Full),
            Self::Number { kind, .. } => (*kind, Weight::Number),
        }
    }

    /// As a value of a kind.
    fn value(&self, kind: Kind) -> Result<Value, LabError> {
        match self {
            Self::Tensor(value) => value.cast(kind),
            Self::Number { number, whole, .. } => number_of(kind, *number, *whole),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "float32 is what is asked for"
)]
fn number_of(kind: Kind, number: f64, whole: i64) -> Result<Value, LabError> {
    match kind {
        Kind::F64 => constant(vec![number], &[]),
        Kind::F32 => constant(vec![number as f32], &[]),
        Kind::I64 => constant(vec![whole], &[]),
        Kind::Bool => constant(vec![u8::from(whole != 0)], &[]),
    }
}

/// The operators that are no plain [`Binary`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Plain(Binary),
    FloorDiv,
    And,
    Or,
    Xor,
    Left,
    Right,
}

/// `a ∘ b`; `None` where one of them is neither tensor nor number.
pub(super) fn compute(
    operator: Operator,
    a: &PyObject,
    b: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<Option<Value>> {
    let (Some(a), Some(b)) = (Operand::of(a, vm)?, Operand::of(b, vm)?) else {
        return Ok(None);
    };
    let kind = kind_of(&[a.weight(), b.weight()]);
    refused(operator, kind, &b, vm)?;
    combined(operator, kind, &a, &b)
        .map(Some)
        .map_err(|error| raise(error, vm))
}

fn refused(operator: Operator, kind: Kind, b: &Operand, vm: &VirtualMachine) -> PyResult<()> {
    match (operator, kind, b) {
        (Operator::Plain(Binary::Sub), Kind::Bool, _) => Err(vm.new_not_implemented_error(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` \
             operator instead.",
        )),
        (Operator::FloorDiv, Kind::I64 | Kind::Bool, b) if divides_by_zero(b) => {
            Err(vm.new_zero_division_error("integer division by zero"))
        }
        (Operator::Plain(Binary::Pow), Kind::I64, Operand::Number { whole, .. }) if *whole < 0 => {
            Err(vm.new_runtime_error("Integers to negative integer powers are not allowed."))
        }
        (
            Operator::And | Operator::Or | Operator::Xor | Operator::Left | Operator::Right,
            Kind::F32 | Kind::F64,
            _,
        ) => Err(vm.new_runtime_error(format!(
            "\"bitwise\" operations are not implemented for '{}'",
            spoken(kind)
        ))),
        _ => Ok(()),
    }
}

fn combined(operator: Operator, kind: Kind, a: &Operand, b: &Operand) -> Result<Value, LabError> {
    match operator {
        Operator::Plain(function) => plain(function, kind, a, b),
        Operator::FloorDiv if kind.is_float() => {
            a.value(kind)?.div(&b.value(kind)?)?.unary(Unary::Floor)
        }
        Operator::Xor if kind == Kind::Bool => {
            a.value(kind)?.compare(Comparison::Ne, &b.value(kind)?)
        }
        Operator::And if kind == Kind::Bool => a.value(kind)?.mul(&b.value(kind)?),
        Operator::Or if kind == Kind::Bool => {
            let neither = a
                .value(kind)?
                .unary(Unary::Not)?
                .mul(&b.value(kind)?.unary(Unary::Not)?)?;
            neither.unary(Unary::Not)
        }
        _ => bitwise(operator, &a.value(Kind::I64)?, &b.value(Kind::I64)?),
    }
}

#[expect(clippy::float_cmp, reason = "only exactly these numbers are special")]
fn plain(function: Binary, kind: Kind, a: &Operand, b: &Operand) -> Result<Value, LabError> {
    let scaled = |value: &Value, scale: f64, shift: f64| value.affine(scale, shift);
    match (function, a, b) {
        (Binary::Div, ..) if !kind.is_float() => {
            let kind = default_kind();
            a.value(kind)?.div(&b.value(kind)?)
        }
        (Binary::Add | Binary::Mul, ..) if kind == Kind::Bool => {
            let (a, b) = (a.value(Kind::I64)?, b.value(Kind::I64)?);
            a.binary(function, &b)?.cast(Kind::Bool)
        }
        _ if !kind.is_float() => a.value(kind)?.binary(function, &b.value(kind)?),
        (Binary::Add, Operand::Tensor(x), Operand::Number { number, .. })
        | (Binary::Add, Operand::Number { number, .. }, Operand::Tensor(x)) => {
            scaled(&x.cast(kind)?, 1.0, *number)
        }
        (Binary::Sub, Operand::Tensor(x), Operand::Number { number, .. }) => {
            scaled(&x.cast(kind)?, 1.0, -number)
        }
        (Binary::Sub, Operand::Number { number, .. }, Operand::Tensor(x)) => {
            scaled(&x.cast(kind)?, -1.0, *number)
        }
        (Binary::Mul, Operand::Tensor(x), Operand::Number { number, .. })
        | (Binary::Mul, Operand::Number { number, .. }, Operand::Tensor(x)) => {
            if *number == -1.0 {
                return x.cast(kind)?.unary(Unary::Neg);
            }
            scaled(&x.cast(kind)?, *number, 0.0)
        }
        (Binary::Pow, Operand::Tensor(x), Operand::Number { number, .. }) => {
            x.cast(kind)?.power(*number)
        }
        _ => a.value(kind)?.binary(function, &b.value(kind)?),
    }
}

/// The quotient rounded down; nothing is divided by 0, as `refused` sees to it.
fn floor_div(a: i64, b: i64) -> i64 {
    let quotient = a.checked_div(b).unwrap_or(0);
    let down = a
        .checked_rem(b)
        .is_some_and(|rest| rest != 0 && (rest < 0) != (b < 0));
    quotient - i64::from(down)
}

fn bitwise(operator: Operator, a: &Value, b: &Value) -> Result<Value, LabError> {
    let dims = crate::lab::ops::broadcast("bitwise", a.dims(), b.dims())?;
    let numbers = |value: &Value| -> Result<Vec<i64>, LabError> {
        let spread = value.untracked().broadcast(&dims)?;
        spread
            .tensor()
            .flatten_all()
            .and_then(|flat| flat.to_vec1())
            .map_err(|error| LabError::engine("bitwise", &error))
    };
    let shifted = |by: i64| u32::try_from(by).unwrap_or(63);
    let each = numbers(a)?
        .into_iter()
        .zip(numbers(b)?)
        .map(|(a, b)| match operator {
            Operator::And => a & b,
            Operator::Or => a | b,
            Operator::Left => a.checked_shl(shifted(b)).unwrap_or(0),
            Operator::Right => a.checked_shr(shifted(b)).unwrap_or(0),
            Operator::FloorDiv => floor_div(a, b),
            _ => a ^ b,
        });
    constant(each.collect(), &dims)
}

/// `a < b` and the like; `None` where one of them is neither tensor nor number.
pub(super) fn compared(
    comparison: Comparison,
    a: &PyObject,
    b: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<Option<Value>> {
    let (Some(a), Some(b)) = (Operand::of(a, vm)?, Operand::of(b, vm)?) else {
        return Ok(None);
    };
    let kind = kind_of(&[a.weight(), b.weight()]);
    // The engine compares truth values as numbers.
    let outcome = || a.value(kind)?.compare(comparison, &b.value(kind)?);
    outcome()
        .map(|value| Some(value.untracked()))
        .map_err(|error| raise(error, vm))
}

/// The slot of an operator: a new tensor, or "not implemented".
pub(super) fn slot(
    operator: Operator,
    a: &PyObject,
    b: &PyObject,
    vm: &VirtualMachine,
) -> PyResult {
    match compute(operator, a, b, vm)? {
        Some(value) => {
            let name = value.tracked().then(|| named(operator)).flatten();
            let made = wrap(value, vm)?;
            if let (Some(name), Some(tensor)) = (name, made.downcast_ref::<Tensor>()) {
                tensor.state.borrow_mut().name = Some(name.into());
            }
            Ok(made)
        }
        None => Ok(vm.ctx.not_implemented()),
    }
}

/// What `grad_fn` is called where the lab's own operation is another one.
fn named(operator: Operator) -> Option<&'static str> {
    Some(match operator {
        Operator::Plain(Binary::Sub) => "SubBackward0",
        Operator::Plain(Binary::Add) => "AddBackward0",
        Operator::Plain(Binary::Mul) => "MulBackward0",
        Operator::Plain(Binary::Div) => "DivBackward0",
        Operator::Plain(Binary::Pow) => "PowBackward0",
        _ => return None,
    })
}

/// `a ∘= b`: the tensor itself is written to.
pub(super) fn in_place(
    operator: Operator,
    a: &PyObject,
    b: &PyObject,
    vm: &VirtualMachine,
) -> PyResult {
    let Some(tensor) = a.downcast_ref::<Tensor>() else {
        return Ok(vm.ctx.not_implemented());
    };
    let Some(value) = compute(operator, a, b, vm)? else {
        return Ok(vm.ctx.not_implemented());
    };
    store(tensor, value, vm)?;
    Ok(a.to_owned())
}

/// Writes a result to a tensor of perhaps another kind, but of its shape.
pub(super) fn store(tensor: &Py<Tensor>, value: Value, vm: &VirtualMachine) -> PyResult<()> {
    let kind = tensor.kind();
    let category = |kind: Kind| match kind {
        Kind::Bool => 0,
        Kind::I64 => 1,
        Kind::F32 | Kind::F64 => 2,
    };
    if category(value.kind()) > category(kind) {
        return Err(vm.new_runtime_error(format!(
            "result type {} can't be cast to the desired output type {}",
            spoken(value.kind()),
            spoken(kind)
        )));
    }
    let dims = tensor.state.borrow().value.dims().to_vec();
    if value.dims() != dims {
        return Err(vm.new_runtime_error(format!(
            "output with shape {dims:?} doesn't match the broadcast shape {:?}",
            value.dims()
        )));
    }
    let value = value.cast(kind).map_err(|error| raise(error, vm))?;
    Tensor::write(tensor, value, vm)
}

/// `a @ b`.
pub(super) fn matmul(a: &Value, b: &Value, vm: &VirtualMachine) -> PyResult<Value> {
    if a.kind() != b.kind() {
        let said = |kind| match kind {
            Kind::Bool => "bool",
            Kind::I64 => "long",
            Kind::F32 => "float",
            Kind::F64 => "double",
        };
        return Err(vm.new_runtime_error(format!(
            "expected m1 and m2 to have the same dtype, but got: {} != {}",
            said(a.kind()),
            said(b.kind())
        )));
    }
    let (x, y) = (a.dims().to_vec(), b.dims().to_vec());
    let outcome = || -> Result<Value, LabError> {
        match (x.as_slice(), y.as_slice()) {
            ([], _) | (_, []) => Err(LabError::shape(
                "matmul",
                format!(
                    "both arguments to matmul need to be at least 1D, but they are {}D and {}D",
                    x.len(),
                    y.len()
                ),
            )),
            ([n], [m]) if n != m => Err(LabError::shape(
                "dot",
                format!(
                    "inconsistent tensor size, expected tensor [{n}] and src [{m}] to have the same number of elements, but got {n} and {m} elements respectively"
                ),
            )),
            ([n], [_]) => a
                .reshape(&[1, *n])?
                .matmul(&b.reshape(&[*n, 1])?)?
                .reshape(&[]),
            ([rows, inner], [m]) if inner != m => Err(LabError::shape(
                "mv",
                format!("size mismatch, got input ({rows}), mat ({rows}x{inner}), vec ({m})"),
            )),
            (lead, [m]) => {
                let product = a.matmul(&b.reshape(&[*m, 1])?)?;
                product.reshape(&lead[..lead.len() - 1])
            }
            ([n], lead) => {
                let product = a.reshape(&[1, *n])?.matmul(b)?;
                let mut dims = lead.to_vec();
                dims.remove(lead.len() - 2);
                product.reshape(&dims)
            }
            _ => Value::apply(Op::MatMul, &[a, b]),
        }
    };
    outcome().map_err(|error| raise(error, vm))
}

/// The kind of the result of an operation on these tensors and numbers.
pub(super) fn kind(operands: &[rustpython_vm::PyObjectRef], vm: &VirtualMachine) -> PyResult<Kind> {
    let mut weights = Vec::new();
    for operand in operands {
        if let Some(operand) = Operand::of(operand, vm)? {
            weights.push(operand.weight());
        }
    }
    Ok(kind_of(&weights))
}
