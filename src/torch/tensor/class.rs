//! The class and its slots.

use std::cell::RefCell;
use std::rc::Rc;

use rustpython_vm::builtins::{PyType, PyTypeRef};
use rustpython_vm::function::{Either, FuncArgs, PyComparisonValue, PySetterValue};
use rustpython_vm::protocol::{PyMappingMethods, PyNumberMethods};
use rustpython_vm::types::{
    AsMapping, AsNumber, Comparable, Constructor, Initializer, PyComparisonOp, Representable,
};
use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyPayload, PyRef, PyResult, VirtualMachine, atomic_func,
    pyclass,
};

use super::arithmetic::{self, Operator};
use super::graph::{self, Slot};
use super::storage::View;
use super::{index, make, promotion, raise, text, wrap};
use crate::lab::Value;
use crate::lab::ops::{Binary, Comparison, Kind, Op, Unary};

/// A tensor as Python has it: something that can be written to.
#[pyclass(module = "torch", name = "TensorBase")]
#[derive(PyPayload)]
pub(crate) struct Tensor {
    pub(super) state: RefCell<State>,
    pub(super) slot: RefCell<Option<Rc<Slot>>>,
}

pub(super) struct State {
    pub(super) value: Value,
    /// Counts the writes.
    pub(super) version: u64,
    pub(super) view: Option<View>,
    /// The name of `grad_fn`, where the last of the lab's operations does not tell.
    pub(super) name: Option<Rc<str>>,
}

impl std::fmt::Debug for Tensor {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "Tensor{:?}", self.state.borrow().value.dims())
    }
}

impl Tensor {
    pub(super) fn new(value: Value) -> Self {
        Self {
            state: RefCell::new(State {
                value,
                version: 0,
                view: None,
                name: None,
            }),
            slot: RefCell::new(None),
        }
    }

    /// Its value, with the lab's failures as exceptions.
    pub(super) fn get(&self, vm: &VirtualMachine) -> PyResult<Value> {
        self.value().map_err(|error| raise(error, vm))
    }

    /// Its value as an operand, with the lab's failures as exceptions.
    pub(super) fn take(&self, vm: &VirtualMachine) -> PyResult<Value> {
        self.operand().map_err(|error| raise(error, vm))
    }
}

#[pyclass(
    with(
        AsNumber,
        AsMapping,
        Comparable,
        Representable,
        Constructor,
        Initializer
    ),
    flags(BASETYPE)
)]
impl Tensor {
    /// The sizes of its axes.
    #[pygetset]
    fn _dims(&self, vm: &VirtualMachine) -> PyObjectRef {
        let state = self.state.borrow();
        let dims = state.value.dims().iter();
        let dims = dims.map(|&n| vm.ctx.new_int(n).into()).collect();
        vm.ctx.new_tuple(dims).into()
    }

    /// The name of its kind.
    #[pygetset]
    fn _kind(&self) -> &'static str {
        promotion::name(self.kind())
    }

    #[pygetset]
    fn ndim(&self) -> usize {
        self.state.borrow().value.dims().len()
    }

    #[pymethod]
    fn dim(&self) -> usize {
        self.ndim()
    }

    #[pymethod]
    fn numel(&self) -> usize {
        self.state.borrow().value.tensor().elem_count()
    }

    #[pygetset]
    fn requires_grad(&self, vm: &VirtualMachine) -> PyResult<bool> {
        Ok(self.get(vm)?.tracked())
    }

    #[pygetset(setter)]
    fn set_requires_grad(&self, on: bool, vm: &VirtualMachine) -> PyResult<()> {
        let value = self.get(vm)?;
        if on == value.tracked() {
            return Ok(());
        }
        if on && !value.kind().is_float() {
            return Err(
                vm.new_runtime_error("only Tensors of floating point dtype can require gradients")
            );
        }
        if !on && !value.is_leaf() {
            return Err(vm.new_runtime_error(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a \
                 subgraph that doesn't require differentiation use var_no_grad = var.detach().",
            ));
        }
        let value = if on {
            Value::leaf(value.tensor().clone())
        } else {
            value.untracked()
        };
        let mut state = self.state.borrow_mut();
        state.value = value;
        state.version += 1;
        state.view = None;
        drop(state);
        if on {
            graph::slot(self);
        }
        Ok(())
    }

    #[pygetset]
    fn is_leaf(&self, vm: &VirtualMachine) -> PyResult<bool> {
        let value = self.get(vm)?;
        Ok(!value.tracked() || value.is_leaf())
    }

    #[pygetset]
    fn grad(&self) -> Option<PyRef<Self>> {
        let slot = self.slot.borrow();
        slot.as_ref().and_then(|slot| slot.grad.borrow().clone())
    }

    #[pygetset(setter)]
    fn set_grad(
        &self,
        grad: PySetterValue<Option<PyRef<Self>>>,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        let grad = match grad {
            PySetterValue::Assign(grad) => grad,
            PySetterValue::Delete => None,
        };
        if let Some(grad) = &grad {
            let (mine, its) = (self.get(vm)?, grad.get(vm)?);
            if mine.dims() != its.dims() {
                return Err(vm.new_runtime_error(format!(
                    "assigned grad has data of a different size: {:?} for a tensor of {:?}",
                    its.dims(),
                    mine.dims()
                )));
            }
        }
        *graph::slot(self).grad.borrow_mut() = grad;
        Ok(())
    }

    #[pymethod]
    fn retain_grad(&self) {
        graph::slot(self).retained.set(true);
    }

    /// Calls a function with the gradient when it arrives.
    #[pymethod]
    fn _hook(&self, hook: PyObjectRef) {
        graph::slot(self).hooks.borrow_mut().push(hook);
    }

    /// Takes a hook away again.
    #[pymethod]
    fn _unhook(&self, hook: PyObjectRef) {
        graph::slot(self)
            .hooks
            .borrow_mut()
            .retain(|known| !known.is(&hook));
    }

    /// The name of its gradient function.
    #[pygetset]
    fn _grad_name(&self, vm: &VirtualMachine) -> PyResult<Option<String>> {
        let value = self.get(vm)?;
        if !value.tracked() || value.is_leaf() {
            return Ok(None);
        }
        let named = self.state.borrow().name.clone();
        Ok(named
            .map(|name| name.to_string())
            .or_else(|| graph::name(&value))
            .or_else(|| Some("Function".to_owned())))
    }

    #[pymethod]
    fn _set_grad_name(zelf: PyRef<Self>, name: String) -> PyRef<Self> {
        zelf.state.borrow_mut().name = Some(name.into());
        zelf
    }

    /// The number of its value: two tensors with the same one share it.
    #[pygetset]
    fn _number(&self, vm: &VirtualMachine) -> PyResult<u64> {
        Ok(self.get(vm)?.number())
    }

    /// How often it was written to.
    #[pygetset]
    fn _version(&self) -> u64 {
        let state = self.state.borrow();
        match &state.view {
            Some(view) => view.base.version(),
            None => state.version,
        }
    }

    /// The tensor that this one is a part or another sight of.
    #[pygetset]
    fn _base(&self) -> Option<PyRef<Self>> {
        let state = self.state.borrow();
        state.view.as_ref().map(|view| view.base.clone())
    }

    /// The same numbers, the same storage, no history.
    #[pymethod]
    fn detach(zelf: PyRef<Self>, vm: &VirtualMachine) -> PyResult {
        let value = zelf.get(vm)?;
        let value =
            super::storage::step_of(&Op::Detach, &value).map_err(|error| raise(error, vm))?;
        Self::view(&zelf, vec![Op::Detach], value, vm)
    }

    /// A tensor of its own with the same numbers.
    #[pymethod]
    fn clone(&self, _options: FuncArgs, vm: &VirtualMachine) -> PyResult {
        let value = self.take(vm)?;
        if !value.tracked() {
            return wrap(value, vm);
        }
        let copy = value.affine(1.0, 0.0).map_err(|error| raise(error, vm))?;
        let made = wrap(copy, vm)?;
        if let Some(tensor) = made.downcast_ref::<Self>() {
            tensor.state.borrow_mut().name = Some("CloneBackward0".into());
        }
        Ok(made)
    }

    /// Becomes what another tensor is, but keeps its identity: `x.data = y`.
    #[pymethod]
    fn _assign(zelf: PyRef<Self>, other: PyRef<Self>, vm: &VirtualMachine) -> PyResult<()> {
        let value = other.get(vm)?.untracked();
        super::with_recording(false, || Self::write(&zelf, value, vm))
    }

    /// Takes the result of an operation in place of its contents: of its shape, cast to its kind.
    #[pymethod]
    fn _store(zelf: PyRef<Self>, other: PyRef<Self>, vm: &VirtualMachine) -> PyResult<PyRef<Self>> {
        arithmetic::store(&zelf, other.take(vm)?, vm)?;
        Ok(zelf)
    }

    /// Becomes another tensor altogether, shape and kind included (`squeeze_`, `requires_grad_` on a copy).
    #[pymethod]
    fn _become(
        zelf: PyRef<Self>,
        other: PyRef<Self>,
        vm: &VirtualMachine,
    ) -> PyResult<PyRef<Self>> {
        let value = other.take(vm)?;
        let mut state = zelf.state.borrow_mut();
        state.value = value;
        state.version += 1;
        state.view = None;
        drop(state);
        Ok(zelf)
    }

    #[pymethod]
    fn item(&self, vm: &VirtualMachine) -> PyResult {
        let value = self.get(vm)?;
        text::item(&value, vm)
    }

    #[pymethod]
    fn tolist(&self, vm: &VirtualMachine) -> PyResult {
        text::lists(&self.get(vm)?, vm)
    }
}

impl Constructor for Tensor {
    type Args = FuncArgs;

    fn py_new(_class: &Py<PyType>, args: FuncArgs, vm: &VirtualMachine) -> PyResult<Self> {
        let value = match args.args.first() {
            None => make::from_data(&vm.ctx.new_list(Vec::new()).into(), None, vm)?,
            Some(data) => match data.downcast_ref::<Self>() {
                Some(tensor) => tensor.get(vm)?.untracked(),
                None => make::from_data(data, None, vm)?,
            },
        };
        Ok(Self::new(value))
    }
}

impl Initializer for Tensor {
    type Args = FuncArgs;

    fn init(_zelf: PyRef<Self>, _args: FuncArgs, _vm: &VirtualMachine) -> PyResult<()> {
        Ok(())
    }
}

impl Representable for Tensor {
    fn repr_str(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<String> {
        text::tensor(zelf, vm)
    }
}

impl Comparable for Tensor {
    fn slot_richcompare(
        a: &PyObject,
        b: &PyObject,
        op: PyComparisonOp,
        vm: &VirtualMachine,
    ) -> PyResult<Either<PyObjectRef, PyComparisonValue>> {
        let comparison = match op {
            PyComparisonOp::Eq => Comparison::Eq,
            PyComparisonOp::Ne => Comparison::Ne,
            PyComparisonOp::Lt => Comparison::Lt,
            PyComparisonOp::Le => Comparison::Le,
            PyComparisonOp::Gt => Comparison::Gt,
            _ => Comparison::Ge,
        };
        Ok(match arithmetic::compared(comparison, a, b, vm)? {
            Some(value) => Either::A(wrap(value, vm)?),
            None => Either::B(PyComparisonValue::NotImplemented),
        })
    }

    fn cmp(
        _zelf: &Py<Self>,
        _other: &PyObject,
        _op: PyComparisonOp,
        _vm: &VirtualMachine,
    ) -> PyResult<PyComparisonValue> {
        Ok(PyComparisonValue::NotImplemented)
    }
}

impl AsMapping for Tensor {
    fn as_mapping() -> &'static PyMappingMethods {
        static METHODS: PyMappingMethods = PyMappingMethods {
            length: atomic_func!(|mapping, vm| {
                let tensor = Tensor::mapping_downcast(mapping);
                let first = tensor.state.borrow().value.dims().first().copied();
                first.ok_or_else(|| vm.new_type_error("len() of a 0-d tensor"))
            }),
            subscript: atomic_func!(|mapping, needle, vm| {
                index::get(Tensor::mapping_downcast(mapping), needle, vm)
            }),
            ass_subscript: atomic_func!(|mapping, needle, value, vm| {
                let tensor = Tensor::mapping_downcast(mapping);
                match value {
                    Some(value) => index::set(tensor, needle, &value, vm),
                    None => Err(vm.new_type_error("Tensor does not support deleting items")),
                }
            }),
        };
        &METHODS
    }
}

/// A unary operator on something that is a tensor.
fn unary(function: Unary, object: &PyObject, vm: &VirtualMachine) -> PyResult {
    let Some(tensor) = object.downcast_ref::<Tensor>() else {
        return Ok(vm.ctx.not_implemented());
    };
    let value = tensor.take(vm)?.unary(function);
    wrap(value.map_err(|error| raise(error, vm))?, vm)
}

fn inverted(object: &PyObject, vm: &VirtualMachine) -> PyResult {
    let Some(tensor) = object.downcast_ref::<Tensor>() else {
        return Ok(vm.ctx.not_implemented());
    };
    let value = tensor.take(vm)?;
    let outcome = match value.kind() {
        Kind::Bool => value.unary(Unary::Not),
        // ~n is −n − 1.
        Kind::I64 => value.unary(Unary::Neg).and_then(|minus| {
            let one = super::storage::constant(vec![1_i64], &[])?;
            minus.sub(&one)
        }),
        _ => {
            return Err(vm.new_type_error(
                "~ (operator.invert) is only implemented on integer and Boolean-type tensors",
            ));
        }
    };
    wrap(outcome.map_err(|error| raise(error, vm))?, vm)
}

fn product(a: &PyObject, b: &PyObject, vm: &VirtualMachine) -> PyResult {
    let (Some(a), Some(b)) = (a.downcast_ref::<Tensor>(), b.downcast_ref::<Tensor>()) else {
        return Ok(vm.ctx.not_implemented());
    };
    wrap(arithmetic::matmul(&a.take(vm)?, &b.take(vm)?, vm)?, vm)
}

fn number(object: &PyObject, vm: &VirtualMachine) -> PyResult {
    match object.downcast_ref::<Tensor>() {
        Some(tensor) => text::item(&tensor.get(vm)?, vm),
        None => Ok(vm.ctx.not_implemented()),
    }
}

macro_rules! operator {
    ($operator:expr) => {
        Some(|a, b, vm| arithmetic::slot($operator, a, b, vm))
    };
}

macro_rules! in_place {
    ($operator:expr) => {
        Some(|a, b, vm| arithmetic::in_place($operator, a, b, vm))
    };
}

impl AsNumber for Tensor {
    fn as_number() -> &'static PyNumberMethods {
        static METHODS: PyNumberMethods = PyNumberMethods {
            add: operator!(Operator::Plain(Binary::Add)),
            subtract: operator!(Operator::Plain(Binary::Sub)),
            multiply: operator!(Operator::Plain(Binary::Mul)),
            true_divide: operator!(Operator::Plain(Binary::Div)),
            remainder: operator!(Operator::Plain(Binary::Remainder)),
            floor_divide: operator!(Operator::FloorDiv),
            power: Some(|a, b, _, vm| arithmetic::slot(Operator::Plain(Binary::Pow), a, b, vm)),
            matrix_multiply: Some(product),
            and: operator!(Operator::And),
            or: operator!(Operator::Or),
            xor: operator!(Operator::Xor),
            lshift: operator!(Operator::Left),
            rshift: operator!(Operator::Right),
            inplace_add: in_place!(Operator::Plain(Binary::Add)),
            inplace_subtract: in_place!(Operator::Plain(Binary::Sub)),
            inplace_multiply: in_place!(Operator::Plain(Binary::Mul)),
            inplace_true_divide: in_place!(Operator::Plain(Binary::Div)),
            inplace_remainder: in_place!(Operator::Plain(Binary::Remainder)),
            inplace_floor_divide: in_place!(Operator::FloorDiv),
            inplace_power: Some(|a, b, _, vm| {
                arithmetic::in_place(Operator::Plain(Binary::Pow), a, b, vm)
            }),
            inplace_and: in_place!(Operator::And),
            inplace_or: in_place!(Operator::Or),
            inplace_xor: in_place!(Operator::Xor),
            negative: Some(|x, vm| unary(Unary::Neg, &x, vm)),
            positive: Some(|x, _| Ok((*x).to_owned())),
            absolute: Some(|x, vm| unary(Unary::Abs, &x, vm)),
            invert: Some(|x, vm| inverted(&x, vm)),
            boolean: Some(|x, vm| text::truth(&x, vm)),
            int: Some(|x, vm| number(&x, vm)?.try_int(vm).map(Into::into)),
            float: Some(|x, vm| number(&x, vm)?.try_float(vm).map(Into::into)),
            index: Some(|x, vm| text::index(&x, vm)),
            ..PyNumberMethods::NOT_IMPLEMENTED
        };
        &METHODS
    }
}

/// The class for the interpreter's module.
pub(super) fn class() -> PyTypeRef {
    use rustpython_vm::class::PyClassImpl;
    Tensor::make_static_type()
}
