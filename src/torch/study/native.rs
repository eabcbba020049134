//! The module `_study`: what Python notes while it runs a function.
//!
//! Programs, numbers and faults stay here, and Python holds their numbers: a draw is put together from them.

use std::cell::RefCell;

use rustpython_vm::builtins::{PyBaseExceptionRef, PyStrRef, PyTuple};
use rustpython_vm::{PyObjectRef, PyRef, PyResult, VirtualMachine, pymodule};

use super::{Claimed, Draw, Given, Numbers};
use crate::lab::{Array, Program, Value};
use crate::model::{Fault, ReadingNote, Source};
use crate::torch::errors;
use crate::torch::tensor::{Tensor, raise, wrap_as_is};

/// What has been noted.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) sources: Vec<Source>,
    pub(super) numbers: Option<Numbers>,
    pub(super) draws: Vec<Draw>,
    pub(super) remarks: Vec<ReadingNote>,
    /// Statements of the sources that failed, in order.
    pub(super) failures: Vec<Failed>,
    programs: Vec<Option<Program>>,
    given: Vec<Option<Given>>,
}

/// A statement that failed.
#[derive(Clone)]
pub(super) struct Failed {
    /// The names that it would have bound.
    pub(super) bound: Vec<String>,
    /// Why.
    pub(super) fault: Fault,
}

/// If a name is missing because an earlier statement failed, that is the fault: the statement that was to bind it, or the
/// first one where nothing tells which.
pub(super) fn needed(fault: Fault) -> Fault {
    if !matches!(fault.code.as_str(), "unknown-name" | "no-function") {
        return fault;
    }
    let missing = fault.message.split('\'').nth(1).unwrap_or_default();
    let cause = with(|notes| {
        let binds = |failed: &&Failed| failed.bound.iter().any(|name| name == missing);
        let cause = notes.failures.iter().find(binds);
        cause.or(notes.failures.first()).cloned()
    });
    cause.map_or(fault, |failed| failed.fault)
}

thread_local! {
    static NOTES: RefCell<Notes> = RefCell::default();
}

/// Does something with this thread's notes.
pub(super) fn with<T>(work: impl FnOnce(&mut Notes) -> T) -> T {
    NOTES.with_borrow_mut(work)
}

/// The number under which Python knows a program, or what a claim comes to.
type Handle = usize;

fn keep(given: Given) -> Handle {
    with(|notes| {
        notes.given.push(Some(given));
        notes.given.len() - 1
    })
}

/// What was kept under a number, which is handed on once: programs hold all their constants.
fn taken<T>(
    handle: Handle,
    vm: &VirtualMachine,
    kept: impl FnOnce(&mut Notes) -> &mut Vec<Option<T>>,
) -> PyResult<T> {
    let found = with(|notes| kept(notes).get_mut(handle).and_then(Option::take));
    found.ok_or_else(|| vm.new_value_error("nothing is kept under this number"))
}

/// How tensors were made from named ones.
fn captured(
    inputs: &[PyObjectRef],
    outputs: &[PyRef<Tensor>],
    vm: &VirtualMachine,
) -> PyResult<Program> {
    let inputs = named(inputs, vm)?;
    let outputs: PyResult<Vec<_>> = outputs.iter().map(|output| value(output, vm)).collect();
    Program::capture(&inputs, &outputs?).map_err(|error| raise(error, vm))
}

fn value(tensor: &PyRef<Tensor>, vm: &VirtualMachine) -> PyResult<Value> {
    tensor.value().map_err(|error| raise(error, vm))
}

fn tensor(object: &PyObjectRef, vm: &VirtualMachine) -> PyResult<PyRef<Tensor>> {
    object
        .clone()
        .downcast::<Tensor>()
        .map_err(|_| vm.new_type_error("a tensor was expected"))
}

fn tuple(object: &PyObjectRef, vm: &VirtualMachine) -> PyResult<Vec<PyObjectRef>> {
    match object.downcast_ref::<PyTuple>() {
        Some(tuple) => Ok(tuple.as_slice().to_vec()),
        None => Err(vm.new_type_error("a tuple was expected")),
    }
}

/// Names and tensors: `[("X", X), …]`.
fn named(objects: &[PyObjectRef], vm: &VirtualMachine) -> PyResult<Vec<(String, Value)>> {
    let one = |object: &PyObjectRef| match tuple(object, vm)?.as_slice() {
        [name, given] => Ok((
            name.str(vm)?.to_string_lossy().into_owned(),
            value(&tensor(given, vm)?, vm)?,
        )),
        _ => Err(vm.new_type_error("a name and a tensor were expected")),
    };
    objects.iter().map(one).collect()
}

fn array(value: &Value, vm: &VirtualMachine) -> PyResult<Array> {
    Array::from_tensor(value.tensor()).map_err(|error| raise(error, vm))
}

fn claimed(object: &PyObjectRef, vm: &VirtualMachine) -> PyResult<Claimed> {
    let parts = tuple(object, vm)?;
    let [input, written, given] = parts.as_slice() else {
        return Err(vm.new_type_error("a claim has three parts"));
    };
    let handle = given.try_to_value::<usize>(vm)?;
    let text = |object: &PyObjectRef| -> PyResult<String> {
        Ok(object.str(vm)?.to_string_lossy().into_owned())
    };
    Ok(Claimed {
        input: text(input)?,
        written: text(written)?,
        given: taken(handle, vm, |notes| &mut notes.given)?,
    })
}

fn tensors_of(arrays: &[(String, Array)], vm: &VirtualMachine) -> PyResult {
    let mut pairs = Vec::with_capacity(arrays.len());
    for (name, array) in arrays {
        let name = vm.ctx.new_str(name.as_str()).into();
        pairs.push(vm.ctx.new_tuple(vec![name, tensor_of(array, vm)?]).into());
    }
    Ok(vm.ctx.new_list(pairs).into())
}

fn tensor_of(array: &Array, vm: &VirtualMachine) -> PyResult {
    let tensor = array.to_tensor().map_err(|error| raise(error, vm))?;
    wrap_as_is(Value::constant(tensor), vm)
}

/// See the file.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the interpreter hands arguments over by value"
)]
#[pymodule]
pub(in crate::torch) mod _study {
    use super::{
        Draw, Fault, Given, Handle, PyBaseExceptionRef, PyObjectRef, PyRef, PyResult, PyStrRef,
        ReadingNote, Tensor, VirtualMachine, array, captured, claimed, errors, keep, named, needed,
        taken, tensor_of, tensors_of, value, with, wrap_as_is,
    };

    /// Another name for a tensor: writing to it leaves the first as it is.
    #[pyfunction]
    fn alias(given: PyRef<Tensor>, vm: &VirtualMachine) -> PyResult {
        wrap_as_is(value(&given, vm)?, vm)
    }

    /// Whether two tensors have the same value, made the same way.
    #[pyfunction]
    fn same(one: PyRef<Tensor>, other: PyRef<Tensor>, vm: &VirtualMachine) -> PyResult<bool> {
        Ok(value(&one, vm)?.number() == value(&other, vm)?.number())
    }

    /// Floats are float64 from here on, whatever kind a program names.
    #[pyfunction]
    fn widen() {
        crate::torch::tensor::widen();
    }

    /// Writes down how tensors were made from named ones.
    #[pyfunction]
    fn program(
        inputs: Vec<PyObjectRef>,
        outputs: Vec<PyRef<Tensor>>,
        vm: &VirtualMachine,
    ) -> PyResult<Handle> {
        let program = captured(&inputs, &outputs, vm)?;
        Ok(with(|notes| {
            notes.programs.push(Some(program));
            notes.programs.len() - 1
        }))
    }

    /// A claim that is a tensor.
    #[pyfunction]
    fn gradient(
        inputs: Vec<PyObjectRef>,
        output: PyRef<Tensor>,
        vm: &VirtualMachine,
    ) -> PyResult<Handle> {
        captured(&inputs, &[output], vm).map(|program| keep(Given::Gradient(program)))
    }

    /// A claim that is missing.
    #[pyfunction]
    fn absent() -> Handle {
        keep(Given::Absent)
    }

    /// A claim that ended in an exception.
    #[pyfunction]
    fn failed(exception: PyBaseExceptionRef, vm: &VirtualMachine) -> Handle {
        let sources = with(|notes| notes.sources.clone());
        keep(Given::Failed(needed(errors::fault(
            &exception, &sources, vm,
        ))))
    }

    /// A claim that cannot be taken for a gradient.
    #[pyfunction]
    fn refused(code: PyStrRef, text: PyStrRef) -> Handle {
        keep(Given::Failed(Fault::new(
            &code.to_string_lossy(),
            text.to_string_lossy(),
        )))
    }

    /// One run, with everything that belongs to it.
    #[pyfunction]
    fn draw(
        forward: Handle,
        inputs: Vec<PyObjectRef>,
        upstream: Vec<PyRef<Tensor>>,
        domain: PyStrRef,
        claims: Vec<PyObjectRef>,
        reference: Option<Handle>,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        let mut numbers = Vec::with_capacity(inputs.len());
        for (_, one) in named(&inputs, vm)? {
            numbers.push(array(&one, vm)?);
        }
        let mut arriving = Vec::with_capacity(upstream.len());
        for one in &upstream {
            arriving.push(array(&value(one, vm)?, vm)?);
        }
        let claims: PyResult<Vec<_>> = claims.iter().map(|claim| claimed(claim, vm)).collect();
        let program = |handle| taken(handle, vm, |notes| &mut notes.programs);
        let draw = Draw {
            forward: program(forward)?,
            inputs: numbers,
            upstream: arriving,
            domain: domain.to_string_lossy().into_owned(),
            claims: claims?,
            reference: reference.map(program).transpose()?,
        };
        with(|notes| notes.draws.push(draw));
        Ok(())
    }

    /// A remark.
    #[pyfunction]
    fn note(code: PyStrRef, text: PyStrRef) {
        let note = ReadingNote {
            code: code.to_string_lossy().into_owned(),
            text: text.to_string_lossy().into_owned(),
        };
        with(|notes| {
            if !notes.remarks.contains(&note) {
                notes.remarks.push(note);
            }
        });
    }

    /// Numbers from elsewhere: inputs, upstream gradient, gradients; nothing where there are none.
    #[pyfunction]
    fn numbers(vm: &VirtualMachine) -> PyResult {
        let Some(numbers) = with(|notes| notes.numbers.clone()) else {
            return Ok(vm.ctx.none());
        };
        let given = vm.ctx.new_dict();
        given.set_item("inputs", tensors_of(&numbers.inputs, vm)?, vm)?;
        given.set_item("gradients", tensors_of(&numbers.gradients, vm)?, vm)?;
        let upstream = match &numbers.upstream {
            Some(upstream) => tensor_of(upstream, vm)?,
            None => vm.ctx.none(),
        };
        given.set_item("upstream", upstream, vm)?;
        Ok(given.into())
    }
}
