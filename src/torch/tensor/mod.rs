//! The native class behind `torch.Tensor`: a value of the lab that can be written to, seen in part, and differentiated.
//!
//! | file | holds |
//! |---|---|
//! | `class` | the class and its slots: operators, indexing, conversions |
//! | `storage` | reading and writing a tensor, and views that write through to their base |
//! | `promotion` | of which kind the result of an operation is |
//! | `arithmetic` | operators on tensors and plain numbers |
//! | `index` | `x[…]` and `x[…] = …` |
//! | `graph` | `backward`, `.grad`, `autograd.Function` |
//! | `make` | tensors from Python's data, and random ones |
//! | `text` | a tensor as PyTorch prints it |
//! | `module` | the module `_tensor` that the package is written on |

mod arithmetic;
mod class;
mod graph;
mod index;
mod make;
mod module;
mod promotion;
mod storage;
mod text;

use std::cell::{Cell, RefCell};

use rustpython_vm::builtins::{PyBaseExceptionRef, PyTypeRef};
use rustpython_vm::{AsObject, PyObjectRef, PyResult, VirtualMachine};

use crate::lab::ops::Kind;
use crate::lab::{LabError, Value};

pub(crate) use class::Tensor;
pub(super) use module::_tensor;

thread_local! {
    /// The Python class that results are instances of.
    static CLASS: RefCell<Option<PyTypeRef>> = const { RefCell::new(None) };
    /// Whether operations are recorded for gradients: off under `no_grad`.
    static RECORDING: Cell<bool> = const { Cell::new(true) };
    /// Whether everything is written down, whatever `no_grad` and `detach` say.
    static TRACING: Cell<bool> = const { Cell::new(false) };
    /// The kind of floats that nothing else is said about.
    static DEFAULT: Cell<Kind> = const { Cell::new(Kind::F32) };
    /// Whether floats are float64 whatever kind a program names.
    static WIDE: Cell<bool> = const { Cell::new(false) };
}

/// Floats are float64 from here on, whatever kind a program names.
pub(crate) fn widen() {
    WIDE.set(true);
    DEFAULT.set(Kind::F64);
}

/// Whether floats are float64 whatever kind a program names.
fn wide() -> bool {
    WIDE.get()
}

/// Whether everything is written down, whatever `no_grad` and `detach` say.
fn tracing() -> bool {
    TRACING.get()
}

/// Whether operations are recorded.
pub(crate) fn recording() -> bool {
    RECORDING.get() || TRACING.get()
}

/// Runs something with recording on or off.
pub(crate) fn with_recording<T>(on: bool, run: impl FnOnce() -> T) -> T {
    let before = RECORDING.replace(on);
    let result = run();
    RECORDING.set(before);
    result
}

/// The kind of floats that nothing else is said about.
pub(crate) fn default_kind() -> Kind {
    DEFAULT.get()
}

/// A value as a tensor that Python sees.
pub(crate) fn wrap(value: Value, vm: &VirtualMachine) -> PyResult {
    let value = if recording() {
        value
    } else {
        value.untracked()
    };
    wrap_as_is(value, vm)
}

/// A value as a tensor, tracked as it is even where nothing is recorded.
pub(crate) fn wrap_as_is(value: Value, vm: &VirtualMachine) -> PyResult {
    wrapped(Tensor::new(value), vm)
}

fn wrapped(tensor: Tensor, vm: &VirtualMachine) -> PyResult {
    use rustpython_vm::PyPayload;
    let class = CLASS.with_borrow(Clone::clone);
    match class {
        Some(class) => Ok(tensor.into_ref_with_type(vm, class)?.into()),
        None => Ok(tensor.into_ref(&vm.ctx).into()),
    }
}

/// What goes wrong in the lab, as the exception that PyTorch raises.
pub(crate) fn raise(error: LabError, vm: &VirtualMachine) -> PyBaseExceptionRef {
    match error {
        LabError::Shape { message, .. } | LabError::Engine { message, .. }
            if message.contains("out of range") || message.contains("out of bounds") =>
        {
            vm.new_index_error("index out of range in self")
        }
        LabError::Shape { message, .. } => vm.new_runtime_error(message),
        LabError::Foreign(message) => {
            graph::pending().unwrap_or_else(|| vm.new_runtime_error(message))
        }
        other => vm.new_runtime_error(other.to_string()),
    }
}

/// A tensor of Python's, or a `TypeError`.
pub(crate) fn expect<'a>(
    object: &'a PyObjectRef,
    vm: &VirtualMachine,
) -> PyResult<&'a rustpython_vm::Py<Tensor>> {
    object.downcast_ref::<Tensor>().ok_or_else(|| {
        let class = object.class().name().to_string();
        vm.new_type_error(format!("expected Tensor as argument, but got {class}"))
    })
}
