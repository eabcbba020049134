//! Gradients: where they arrive, `backward`, and functions with a backward of their own.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::{Rc, Weak};

use rustpython_vm::builtins::PyBaseExceptionRef;
use rustpython_vm::vm::thread::with_current_vm;
use rustpython_vm::{AsObject, PyObjectRef, PyRef, PyResult, VirtualMachine};

use super::class::Tensor;
use super::{RECORDING, raise, wrap_as_is};
use crate::lab::ops::{Binary, Op, Unary};
use crate::lab::value::{Order, Proven, Rules, gradients};
use crate::lab::{LabError, Value};

/// Where the gradient of a tensor arrives, whatever values it had in its life.
#[derive(Default)]
pub(super) struct Slot {
    /// `.grad`.
    pub(super) grad: RefCell<Option<PyRef<Tensor>>>,
    /// Whether a tensor that is no leaf keeps its gradient.
    pub(super) retained: Cell<bool>,
    /// What `register_hook` was given.
    pub(super) hooks: RefCell<Vec<PyObjectRef>>,
    numbers: RefCell<Vec<u64>>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let numbers = self.numbers.take();
        // While the thread ends the table may be gone already.
        let _ = SLOTS.try_with(|slots| {
            if let Ok(mut slots) = slots.try_borrow_mut() {
                for number in numbers {
                    slots.remove(&number);
                }
            }
        });
    }
}

thread_local! {
    static SLOTS: RefCell<HashMap<u64, Weak<Slot>>> = RefCell::default();
    /// Values whose operands were given up by a backward pass.
    static FREED: RefCell<HashSet<u64>> = RefCell::default();
    /// The exception of Python's that a backward function ended with.
    static PENDING: RefCell<Option<PyBaseExceptionRef>> = const { RefCell::new(None) };
}

/// The exception that ended a backward function.
pub(super) fn pending() -> Option<PyBaseExceptionRef> {
    PENDING.take()
}

fn slot_of(number: u64) -> Option<Rc<Slot>> {
    SLOTS.with_borrow(|slots| slots.get(&number).and_then(Weak::upgrade))
}

/// The slot of a tensor, for its value of now.
pub(super) fn slot(tensor: &Tensor) -> Rc<Slot> {
    let known = tensor.slot.borrow().clone();
    let slot = known.unwrap_or_else(|| {
        let slot = Rc::<Slot>::default();
        *tensor.slot.borrow_mut() = Some(Rc::clone(&slot));
        slot
    });
    if let Ok(value) = tensor.value() {
        register(&slot, &value);
    }
    slot
}

fn register(slot: &Rc<Slot>, value: &Value) {
    if value.tracked() {
        let number = value.number();
        let before = SLOTS.with_borrow_mut(|slots| slots.insert(number, Rc::downgrade(slot)));
        if before.is_none() {
            slot.numbers.borrow_mut().push(number);
        }
    }
}

/// A new value of a leaf: its gradient arrives where the old one's does.
pub(super) fn same_slot(tensor: &Tensor, leaf: &Value) {
    let slot = slot(tensor);
    register(&slot, leaf);
}

/// The proven rules, with the hooks that are registered on values on the way.
struct Hooked;

impl Rules for Hooked {
    fn vjp(
        &self,
        made: &Value,
        op: &Op,
        inputs: &[Value],
        upstream: &Value,
        wanted: &[bool],
    ) -> Result<Vec<Option<Value>>, LabError> {
        let upstream = hooked(made.number(), upstream)?;
        Proven.vjp(made, op, inputs, &upstream, wanted)
    }
}

/// A gradient as the hooks of its value leave it.
fn hooked(number: u64, gradient: &Value) -> Result<Value, LabError> {
    let hooks = slot_of(number).map(|slot| slot.hooks.borrow().clone());
    let mut gradient = gradient.clone();
    for hook in hooks.unwrap_or_default() {
        let after = with_current_vm(|vm| -> PyResult<Option<Value>> {
            let answer = hook.call((wrap_as_is(gradient.clone(), vm)?,), vm)?;
            match answer.downcast_ref::<Tensor>() {
                Some(tensor) => tensor.value().map(Some).map_err(|error| raise(error, vm)),
                None => Ok(None),
            }
        });
        match after {
            Ok(Some(changed)) => gradient = changed,
            Ok(None) => {}
            Err(exception) => return Err(foreign(exception)),
        }
    }
    Ok(gradient)
}

fn foreign(exception: PyBaseExceptionRef) -> LabError {
    PENDING.replace(Some(exception));
    LabError::Foreign("a backward function failed".to_owned())
}

/// How a backward pass treats the graph.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass {
    /// Whether the gradients can be differentiated themselves.
    pub(super) create: bool,
    /// Whether the graph can be walked again.
    pub(super) retain: bool,
}

/// `backward`: gradients are added up in the slots of the leaves.
pub(super) fn backward(roots: &[(Value, Value)], pass: Pass, vm: &VirtualMachine) -> PyResult<()> {
    let history = walked(roots, vm)?;
    let targets: Vec<(Value, Rc<Slot>)> = history
        .iter()
        .filter_map(|value| {
            let slot = slot_of(value.number())?;
            (value.is_leaf() || slot.retained.get()).then(|| (value.clone(), slot))
        })
        .collect();
    let values: Vec<Value> = targets.iter().map(|(value, _)| value.clone()).collect();
    let found = run(roots, &values, pass, vm)?;
    for ((value, slot), gradient) in targets.into_iter().zip(found) {
        if let Some(gradient) = gradient {
            let gradient = hooked(value.number(), &gradient).map_err(|error| raise(error, vm))?;
            accumulate(&slot, &gradient, pass, vm)?;
        }
    }
    free(&history, pass);
    Ok(())
}

/// `autograd.grad`: the gradients themselves.
pub(super) fn grad(
    roots: &[(Value, Value)],
    wrt: &[Value],
    pass: Pass,
    vm: &VirtualMachine,
) -> PyResult<Vec<Option<Value>>> {
    let history = walked(roots, vm)?;
    let found = run(roots, wrt, pass, vm)?;
    free(&history, pass);
    Ok(found)
}

fn run(
    roots: &[(Value, Value)],
    wrt: &[Value],
    pass: Pass,
    vm: &VirtualMachine,
) -> PyResult<Vec<Option<Value>>> {
    let order = if pass.create {
        Order::Higher
    } else {
        Order::First
    };
    let before = RECORDING.replace(pass.create);
    let found = gradients(roots, wrt, order, &Hooked);
    RECORDING.set(before);
    found.map_err(|error| raise(error, vm))
}

/// The history of the roots, where no earlier pass has given it up.
fn walked(roots: &[(Value, Value)], vm: &VirtualMachine) -> PyResult<Vec<Value>> {
    let ends: Vec<Value> = roots.iter().map(|(value, _)| value.clone()).collect();
    let history = Value::history(&ends);
    let freed = FREED.with_borrow(|freed| {
        !freed.is_empty() && history.iter().any(|value| freed.contains(&value.number()))
    });
    if freed {
        return Err(vm.new_runtime_error(
            "Trying to backward through the graph a second time (or directly access saved tensors after they have \
             already been freed). Saved intermediate values of the graph are freed when you call .backward() or \
             autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or if \
             you need to access saved tensors after calling backward.",
        ));
    }
    Ok(history)
}

/// Notes that the graph was walked, where PyTorch would have given up what its rules need.
fn free(history: &[Value], pass: Pass) {
    if pass.retain {
        return;
    }
    let saved = history
        .iter()
        .filter(|value| saves(value))
        .map(Value::number);
    FREED.with_borrow_mut(|freed| freed.extend(saved));
}

/// Whether the rule of the operation needs an operand or the result.
fn saves(value: &Value) -> bool {
    let Some((op, inputs)) = value.made_by() else {
        return value.is_foreign();
    };
    match op {
        Op::Unary(function) => !matches!(function, Unary::Neg | Unary::Sign | Unary::Floor),
        Op::Binary(Binary::Add | Binary::Sub) => false,
        // A factor is kept for the other one's gradient.
        Op::Binary(Binary::Mul) | Op::MatMul => inputs.iter().any(Value::tracked),
        Op::Affine { .. } | Op::Cast(_) | Op::Detach | Op::Reshape(_) | Op::Permute(_) => false,
        Op::Broadcast(_) | Op::SumTo(_) | Op::Slice { .. } | Op::Unslice { .. } => false,
        Op::Flip(_) | Op::Cat(_) | Op::Sum { .. } | Op::CumSum { .. } => false,
        _ => true,
    }
}

/// Adds to `.grad`. What is there is written to, so that whoever holds it sees the sum.
fn accumulate(slot: &Slot, gradient: &Value, pass: Pass, vm: &VirtualMachine) -> PyResult<()> {
    let known = slot.grad.borrow().clone();
    let Some(known) = known else {
        let tensor = wrap_as_is(gradient.clone(), vm)?;
        *slot.grad.borrow_mut() = tensor.downcast::<Tensor>().ok();
        return Ok(());
    };
    let sum = known
        .value()
        .and_then(|before| before.add(gradient))
        .map_err(|error| raise(error, vm))?;
    if pass.create {
        let tensor = wrap_as_is(sum, vm)?;
        *slot.grad.borrow_mut() = tensor.downcast::<Tensor>().ok();
        return Ok(());
    }
    super::with_recording(false, || Tensor::write(&known, sum, vm))
}

/// The outputs of a function with a backward of its own: `callback` takes a list of the outputs' gradients (or None) and
/// gives one of the inputs'.
pub(super) fn function(
    outputs: Vec<Value>,
    inputs: Vec<Value>,
    callback: PyObjectRef,
) -> Vec<Value> {
    let backward = move |upstreams: &[Option<Value>]| {
        with_current_vm(|vm| call(&callback, upstreams, vm)).map_err(foreign)
    };
    let tensors = outputs
        .into_iter()
        .map(|value| value.tensor().clone())
        .collect();
    Value::foreign(tensors, inputs, Box::new(backward))
}

fn call(
    callback: &PyObjectRef,
    upstreams: &[Option<Value>],
    vm: &VirtualMachine,
) -> PyResult<Vec<Option<Value>>> {
    let upstreams: PyResult<Vec<PyObjectRef>> = upstreams
        .iter()
        .map(|upstream| match upstream {
            Some(value) => wrap_as_is(value.clone(), vm),
            None => Ok(vm.ctx.none()),
        })
        .collect();
    let answer = callback.call((vm.ctx.new_list(upstreams?),), vm)?;
    let answers: Vec<PyObjectRef> = answer.try_to_value(vm)?;
    answers
        .iter()
        .map(|answer| {
            if vm.is_none(answer) {
                return Ok(None);
            }
            let tensor = super::expect(answer, vm)?;
            tensor.value().map(Some).map_err(|error| raise(error, vm))
        })
        .collect()
}

/// What a gradient function is called in `grad_fn`.
pub(super) fn name(value: &Value) -> Option<String> {
    let (op, inputs) = value.made_by()?;
    let word = match op {
        Op::Unary(Unary::Not | Unary::IsNan | Unary::IsFinite) => return None,
        Op::Affine { scale, .. } if *scale == 1.0 || *scale == -1.0 => "Add",
        Op::Affine { .. } => "Mul",
        Op::Power(_) => "Pow",
        Op::MatMul => match inputs.first().map(|input| input.dims().len()) {
            Some(0..=2) | None => "Mm",
            Some(_) => "UnsafeView",
        },
        Op::Reshape(_) => "View",
        Op::Permute(order) => match order.as_slice() {
            [1, 0] => "T",
            _ => "Permute",
        },
        Op::Broadcast(_) => "Expand",
        Op::Sum { axes, .. } if axes.len() < inputs[0].dims().len() => {
            return Some("SumBackward1".to_owned());
        }
        Op::Cast(_) => "ToCopy",
        Op::IndexSelect(_) => "Index",
        Op::LogSoftmax(_) => "LogSoftmax",
        other => return Some(format!("{}Backward0", camel(other.name()))),
    };
    Some(format!("{word}Backward0"))
}

fn camel(name: &str) -> String {
    name.split('_')
        .map(|part| {
            let mut letters = part.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().collect::<String>() + letters.as_str()
            })
        })
        .collect()
}

/// The class of an object, for messages.
pub(super) fn class_name(object: &PyObjectRef) -> String {
    object.class().name().to_string()
}
