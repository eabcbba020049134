//! The module `_tensor`: all that the package `torch` is written on. Operations come as data, as the lab has them.

use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine, pymodule};

use super::class::Tensor;
use super::{promotion, raise};
use crate::lab::ops::Kind;
use crate::model::ReadingNote;
use crate::torch::recorder;

/// Notes that the program looked at a number that depends on what is differentiated.
pub(super) fn value_read(vm: &VirtualMachine) {
    let place = crate::torch::native::here(vm);
    recorder::with(|recorder| {
        let line = place.map_or_else(String::new, |span| format!(", line {}", span.line));
        let note = ReadingNote {
            code: "depends-on-values".to_owned(),
            text: format!(
                "a number that depends on the inputs is read{line}: it is taken as constant"
            ),
        };
        if !recorder.notes.contains(&note) {
            recorder.notes.push(note);
        }
    });
}

/// A kind by its name; the default float for None.
fn kind_named(name: Option<&str>, vm: &VirtualMachine) -> PyResult<Kind> {
    match name {
        None => Ok(super::default_kind()),
        Some(name) => promotion::named(name)
            .ok_or_else(|| vm.new_type_error(format!("there is no kind `{name}` here"))),
    }
}

/// Sizes that a tensor may have.
fn sizes(dims: Vec<isize>, vm: &VirtualMachine) -> PyResult<Vec<usize>> {
    dims.iter()
        .map(|&n| {
            usize::try_from(n).map_err(|_| {
                vm.new_runtime_error(format!(
                    "Trying to create tensor with negative dimension {n}: {dims:?}"
                ))
            })
        })
        .collect()
}

/// The number of elements, where memory could hold them at all.
fn count(dims: &[usize], vm: &VirtualMachine) -> PyResult<usize> {
    dims.iter()
        .try_fold(1_usize, |count, &n| count.checked_mul(n))
        .filter(|&count| count < 1 << 40)
        .ok_or_else(|| vm.new_memory_error("the tensor is too large"))
}

fn outcome(
    value: Result<crate::lab::Value, crate::lab::LabError>,
    vm: &VirtualMachine,
) -> PyResult {
    super::wrap(value.map_err(|error| raise(error, vm))?, vm)
}

fn tensors(objects: &[PyObjectRef], vm: &VirtualMachine) -> PyResult<Vec<crate::lab::Value>> {
    objects
        .iter()
        .map(|object| super::expect(object, vm)?.take(vm))
        .collect()
}

/// Tensors where None may stand.
fn optional(
    objects: &[PyObjectRef],
    vm: &VirtualMachine,
) -> PyResult<Vec<Option<rustpython_vm::PyRef<Tensor>>>> {
    objects
        .iter()
        .map(|object| {
            if vm.is_none(object) {
                return Ok(None);
            }
            super::expect(object, vm).map(|tensor| Some(tensor.to_owned()))
        })
        .collect()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the interpreter hands arguments over by value"
)]
#[pymodule]
pub(in crate::torch) mod _tensor {
    use rustpython_vm::builtins::{PyStrRef, PyTypeRef};
    use rustpython_vm::{PyObjectRef, PyRef, PyResult, VirtualMachine};

    use super::super::arithmetic::{self, Operator};
    use super::super::class::{self, Tensor};
    use super::super::storage::step_of;
    use super::super::{CLASS, DEFAULT, RECORDING, TRACING, graph, index, make, raise, text, wrap};
    use super::{count, kind_named, optional, outcome, sizes, tensors};
    use crate::lab::Value;
    use crate::lab::ops::{self, Binary, Comparison, Op, Unary};
    use crate::torch::values::decode;

    /// The native class.
    #[pyattr(name = "TensorBase")]
    fn tensor_base(_vm: &VirtualMachine) -> PyTypeRef {
        class::class()
    }

    /// The class that results are instances of.
    #[pyfunction]
    fn set_class(class: PyTypeRef) {
        CLASS.set(Some(class));
    }

    #[pyfunction]
    fn set_default_kind(name: PyStrRef, vm: &VirtualMachine) -> PyResult<()> {
        DEFAULT.set(kind_named(name.to_str(), vm)?);
        Ok(())
    }

    #[pyfunction]
    fn default_kind() -> &'static str {
        super::promotion::name(DEFAULT.get())
    }

    #[pyfunction]
    fn recording() -> bool {
        RECORDING.get()
    }

    /// Switches the recording of operations; gives back how it was.
    #[pyfunction]
    fn record(on: bool) -> bool {
        RECORDING.replace(on)
    }

    /// Switches whether all is written down, also under `no_grad` and through `detach`; gives back how it was.
    #[pyfunction]
    fn trace(on: bool) -> bool {
        TRACING.replace(on)
    }

    #[pyfunction]
    fn tracing() -> bool {
        TRACING.get()
    }

    // Making tensors.

    /// Of nested lists, with the kind that they have or a given one.
    #[pyfunction]
    fn make(data: PyObjectRef, kind: Option<PyStrRef>, vm: &VirtualMachine) -> PyResult {
        let kind = match &kind {
            Some(name) => Some(kind_named(name.to_str(), vm)?),
            None => None,
        };
        wrap(make::from_data(&data, kind, vm)?, vm)
    }

    /// One number everywhere.
    #[pyfunction]
    fn full(
        dims: Vec<isize>,
        number: PyObjectRef,
        kind: Option<PyStrRef>,
        vm: &VirtualMachine,
    ) -> PyResult {
        let dims = sizes(dims, vm)?;
        let count = count(&dims, vm)?;
        let kind = kind_named(kind.as_ref().and_then(|kind| kind.to_str()), vm)?;
        let one = make::from_data(&number, Some(kind), vm)?;
        // Whoever writes to it gets numbers of their own.
        let filled = one
            .reshape(&[])
            .and_then(|one| one.broadcast(&dims))
            .and_then(|spread| {
                let tensor = spread.tensor().contiguous();
                tensor
                    .map(Value::constant)
                    .map_err(|error| crate::lab::LabError::engine("full", &error))
            });
        debug_assert!(count < 1 << 40);
        outcome(filled, vm)
    }

    /// `start + place·step`.
    #[pyfunction]
    #[expect(clippy::cast_precision_loss, reason = "places are far below 2^53")]
    fn line(
        start: f64,
        step: f64,
        length: usize,
        kind: Option<PyStrRef>,
        vm: &VirtualMachine,
    ) -> PyResult {
        count(&[length], vm)?;
        let kind = kind_named(kind.as_ref().and_then(|kind| kind.to_str()), vm)?;
        let numbers: Vec<f64> = (0..length)
            .map(|place| start + place as f64 * step)
            .collect();
        outcome(make::of_numbers(&numbers, &[length], kind), vm)
    }

    /// Numbers in [0, 1), or normal ones.
    #[pyfunction]
    fn random(
        dims: Vec<isize>,
        normal: bool,
        kind: Option<PyStrRef>,
        vm: &VirtualMachine,
    ) -> PyResult {
        let dims = sizes(dims, vm)?;
        let count = count(&dims, vm)?;
        let kind = kind_named(kind.as_ref().and_then(|kind| kind.to_str()), vm)?;
        outcome(
            make::of_numbers(&make::draw(count, normal, kind), &dims, kind),
            vm,
        )
    }

    /// Integers from `low` up to, and without, `high`.
    #[pyfunction]
    fn random_integers(dims: Vec<isize>, low: i64, high: i64, vm: &VirtualMachine) -> PyResult {
        let dims = sizes(dims, vm)?;
        let count = count(&dims, vm)?;
        let width = high
            .checked_sub(low)
            .and_then(|width| u64::try_from(width).ok())
            .filter(|&width| width > 0)
            .ok_or_else(|| {
                vm.new_runtime_error(format!(
                    "random_ expects 'from' to be less than 'to', but got from={low} >= to={high}"
                ))
            })?;
        let numbers = make::draw_below(count, width)
            .into_iter()
            .map(|number| low.wrapping_add_unsigned(number))
            .collect();
        outcome(super::super::storage::constant(numbers, &dims), vm)
    }

    #[pyfunction]
    fn seed(seed: i64) {
        make::seed(seed.cast_unsigned());
    }

    #[pyfunction]
    fn seeded() -> u64 {
        make::seeded()
    }

    #[pyfunction]
    fn random_state() -> (u64, u64) {
        make::state()
    }

    #[pyfunction]
    fn set_random_state(seed: u64, place: u64) {
        make::restore((seed, place));
    }

    // Operations.

    /// Any operation, as the lab writes it: `{"Softmax": 1}`.
    #[pyfunction]
    fn op(op: PyObjectRef, inputs: Vec<PyObjectRef>, vm: &VirtualMachine) -> PyResult {
        let op: Op = decode(&op, vm)?;
        let inputs = tensors(&inputs, vm)?;
        outcome(Value::apply(op, &inputs.iter().collect::<Vec<_>>()), vm)
    }

    /// An operation whose result is another sight of the same numbers.
    #[pyfunction]
    fn view(op: PyObjectRef, x: PyRef<Tensor>, vm: &VirtualMachine) -> PyResult {
        let op: Op = decode(&op, vm)?;
        seen(op, &x, vm)
    }

    fn seen(op: Op, x: &PyRef<Tensor>, vm: &VirtualMachine) -> PyResult {
        let value = step_of(&op, &x.take(vm)?).map_err(|error| raise(error, vm))?;
        Tensor::view(x, vec![op], value, vm)
    }

    #[pyfunction]
    fn reshape(x: PyRef<Tensor>, dims: Vec<usize>, vm: &VirtualMachine) -> PyResult {
        seen(Op::Reshape(dims), &x, vm)
    }

    #[pyfunction]
    fn permute(x: PyRef<Tensor>, order: Vec<usize>, vm: &VirtualMachine) -> PyResult {
        seen(Op::Permute(order), &x, vm)
    }

    #[pyfunction]
    fn broadcast(x: PyRef<Tensor>, dims: Vec<usize>, vm: &VirtualMachine) -> PyResult {
        seen(Op::Broadcast(dims), &x, vm)
    }

    #[pyfunction]
    fn slice(
        x: PyRef<Tensor>,
        axis: usize,
        start: usize,
        step: usize,
        count: usize,
        vm: &VirtualMachine,
    ) -> PyResult {
        let slice = Op::Slice {
            axis,
            start,
            step,
            count,
        };
        seen(slice, &x, vm)
    }

    /// A function of one number by the lab's name.
    #[pyfunction]
    fn unary(name: PyObjectRef, x: PyRef<Tensor>, vm: &VirtualMachine) -> PyResult {
        let function: Unary = decode(&name, vm)?;
        outcome(x.take(vm)?.unary(function), vm)
    }

    /// A function of two numbers by the lab's name; either may be a plain number.
    #[pyfunction]
    fn binary(name: PyObjectRef, a: PyObjectRef, b: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        let function: Binary = decode(&name, vm)?;
        match arithmetic::compute(Operator::Plain(function), &a, &b, vm)? {
            Some(value) => wrap(value, vm),
            None => Err(vm.new_type_error(format!(
                "{}(): a tensor or a number was expected, not {} and {}",
                function.name(),
                graph::class_name(&a),
                graph::class_name(&b)
            ))),
        }
    }

    #[pyfunction]
    fn compare(name: PyObjectRef, a: PyObjectRef, b: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        let comparison: Comparison = decode(&name, vm)?;
        match arithmetic::compared(comparison, &a, &b, vm)? {
            Some(value) => wrap(value, vm),
            None => Err(vm.new_type_error("a tensor or a number was expected")),
        }
    }

    /// `scale·x + shift` of floats.
    #[pyfunction]
    fn affine(x: PyRef<Tensor>, scale: f64, shift: f64, vm: &VirtualMachine) -> PyResult {
        outcome(x.take(vm)?.affine(scale, shift), vm)
    }

    #[pyfunction]
    fn cast(x: PyRef<Tensor>, kind: PyStrRef, vm: &VirtualMachine) -> PyResult {
        let kind = kind_named(kind.to_str(), vm)?;
        outcome(x.take(vm)?.cast(kind), vm)
    }

    #[pyfunction]
    fn sum(x: PyRef<Tensor>, axes: Vec<usize>, keep: bool, vm: &VirtualMachine) -> PyResult {
        outcome(x.take(vm)?.sum(&axes, keep), vm)
    }

    #[pyfunction]
    fn matmul(a: PyRef<Tensor>, b: PyRef<Tensor>, vm: &VirtualMachine) -> PyResult {
        wrap(arithmetic::matmul(&a.take(vm)?, &b.take(vm)?, vm)?, vm)
    }

    #[pyfunction]
    fn cat(parts: Vec<PyObjectRef>, axis: usize, vm: &VirtualMachine) -> PyResult {
        let parts = tensors(&parts, vm)?;
        outcome(
            Value::apply(Op::Cat(axis), &parts.iter().collect::<Vec<_>>()),
            vm,
        )
    }

    #[pyfunction]
    fn select(
        condition: PyRef<Tensor>,
        a: PyRef<Tensor>,
        b: PyRef<Tensor>,
        vm: &VirtualMachine,
    ) -> PyResult {
        outcome(
            Value::where_(&condition.take(vm)?, &a.take(vm)?, &b.take(vm)?),
            vm,
        )
    }

    /// The name of the kind of the result of an operation on these.
    #[pyfunction]
    fn kind_of(operands: Vec<PyObjectRef>, vm: &VirtualMachine) -> PyResult<&'static str> {
        let kind = arithmetic::kind(&operands, vm)?;
        Ok(super::promotion::name(kind))
    }

    /// The shape that shapes broadcast to.
    #[pyfunction]
    fn broadcast_dims(a: Vec<usize>, b: Vec<usize>, vm: &VirtualMachine) -> PyResult {
        let dims = ops::broadcast("broadcast", &a, &b).map_err(|error| raise(error, vm))?;
        let dims = dims.iter().map(|&n| vm.ctx.new_int(n).into()).collect();
        Ok(vm.ctx.new_tuple(dims).into())
    }

    /// Where a mask is true: one tensor of numbers an axis.
    #[pyfunction]
    fn places(mask: PyRef<Tensor>, vm: &VirtualMachine) -> PyResult {
        let mask = mask.get(vm)?.untracked();
        let mask = mask
            .cast(ops::Kind::Bool)
            .map_err(|error| raise(error, vm))?;
        let found = index::places(&mask).map_err(|error| raise(error, vm))?;
        let found: PyResult<Vec<_>> = found.into_iter().map(|one| wrap(one, vm)).collect();
        Ok(vm.ctx.new_list(found?).into())
    }

    // Gradients.

    fn roots(
        outputs: &[PyObjectRef],
        upstream: &[PyObjectRef],
        vm: &VirtualMachine,
    ) -> PyResult<Vec<(Value, Value)>> {
        let pair = |(output, upstream): (&PyObjectRef, &PyObjectRef)| {
            let output = super::super::expect(output, vm)?.get(vm)?;
            let upstream = super::super::expect(upstream, vm)?.get(vm)?;
            Ok((output, upstream))
        };
        outputs.iter().zip(upstream).map(pair).collect()
    }

    /// Adds up gradients in the leaves.
    #[pyfunction]
    fn backward(
        outputs: Vec<PyObjectRef>,
        upstream: Vec<PyObjectRef>,
        create: bool,
        retain: bool,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        let pass = graph::Pass { create, retain };
        graph::backward(&roots(&outputs, &upstream, vm)?, pass, vm)
    }

    /// Gradients of tensors; None where no path leads to one.
    #[pyfunction]
    fn grad(
        outputs: Vec<PyObjectRef>,
        upstream: Vec<PyObjectRef>,
        wrt: Vec<PyObjectRef>,
        create: bool,
        retain: bool,
        vm: &VirtualMachine,
    ) -> PyResult {
        let wrt: PyResult<Vec<Value>> = wrt
            .iter()
            .map(|tensor| super::super::expect(tensor, vm)?.get(vm))
            .collect();
        let pass = graph::Pass { create, retain };
        let found = graph::grad(&roots(&outputs, &upstream, vm)?, &wrt?, pass, vm)?;
        let found: PyResult<Vec<_>> = found
            .into_iter()
            .map(|gradient| match gradient {
                Some(value) => super::super::wrap_as_is(value, vm),
                None => Ok(vm.ctx.none()),
            })
            .collect();
        Ok(vm.ctx.new_list(found?).into())
    }

    /// Outputs with a backward of their own; `callback` maps the list of their gradients to that of the inputs'.
    #[pyfunction]
    fn function(
        outputs: Vec<PyObjectRef>,
        inputs: Vec<PyObjectRef>,
        callback: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult {
        let get = |objects: &[PyObjectRef]| -> PyResult<Vec<Value>> {
            let tensors = optional(objects, vm)?;
            tensors
                .into_iter()
                .flatten()
                .map(|tensor| tensor.get(vm))
                .collect()
        };
        let made = graph::function(get(&outputs)?, get(&inputs)?, callback);
        let made: PyResult<Vec<_>> = made
            .into_iter()
            .map(|value| super::super::wrap_as_is(value, vm))
            .collect();
        Ok(vm.ctx.new_list(made?).into())
    }

    /// How numbers are printed.
    #[pyfunction]
    fn print_options(
        precision: usize,
        threshold: usize,
        edge: usize,
        width: usize,
        scientific: Option<bool>,
    ) {
        text::OPTIONS.set(text::Options {
            precision,
            threshold,
            edge,
            width,
            scientific,
        });
    }
}
