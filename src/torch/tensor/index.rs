//! `x[…]` and `x[…] = …`: integers, slices, None and Ellipsis give views, masks and tensors of numbers give copies.

use rustpython_vm::builtins::{PyInt, PyList, PySlice, PyTuple};
use rustpython_vm::{AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine};

use super::class::Tensor;
use super::storage::{constant, step_of};
use super::{make, raise, wrap};
use crate::lab::ops::{Kind, Op, broadcast};
use crate::lab::{LabError, Value};

/// What an index comes to: a view, and numbers along some of its axes.
struct Read {
    steps: Vec<Op>,
    view: Value,
    /// For axes of the view, ascending: the numbers.
    picked: Vec<(usize, Value)>,
    /// Whether the picked axes stood side by side in the index.
    together: bool,
}

/// `x[needle]`.
pub(super) fn get(zelf: &Py<Tensor>, needle: &PyObject, vm: &VirtualMachine) -> PyResult {
    let read = read(zelf.take(vm)?, needle, vm)?;
    if read.picked.is_empty() {
        return if read.steps.is_empty() {
            Tensor::view(
                zelf,
                vec![Op::Reshape(read.view.dims().to_vec())],
                read.view,
                vm,
            )
        } else {
            Tensor::view(zelf, read.steps, read.view, vm)
        };
    }
    let plan = Plan::of(&read, vm)?;
    wrap(plan.get(&read.view).map_err(|error| raise(error, vm))?, vm)
}

/// `x[needle] = value`.
pub(super) fn set(
    zelf: &Py<Tensor>,
    needle: &PyObject,
    value: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<()> {
    let read = read(zelf.take(vm)?, needle, vm)?;
    let kind = zelf.kind();
    let value = match value.downcast_ref::<Tensor>() {
        Some(tensor) => tensor.take(vm)?,
        None => make::from_data(&value.to_owned(), None, vm)?,
    };
    let value = value.cast(kind).map_err(|error| raise(error, vm))?;
    let new = if read.picked.is_empty() {
        fitted(&value, read.view.dims(), vm)?
    } else {
        let plan = Plan::of(&read, vm)?;
        let value = fitted(&value, &plan.dims, vm)?;
        plan.set(&read.view, &value)
            .map_err(|error| raise(error, vm))?
    };
    if read.steps.is_empty() {
        return Tensor::write(zelf, new, vm);
    }
    let part = Tensor::view(zelf, read.steps, read.view, vm)?;
    match part.downcast_ref::<Tensor>() {
        Some(part) => Tensor::write(part, new, vm),
        None => Ok(()),
    }
}

/// A value broadcast to the place that it is written to; leading axes of size 1 fall away.
fn fitted(value: &Value, dims: &[usize], vm: &VirtualMachine) -> PyResult<Value> {
    let mut its = value.dims();
    while its.len() > dims.len() && its[0] == 1 {
        its = &its[1..];
    }
    let outcome = value.reshape(its).and_then(|value| value.broadcast(dims));
    outcome.map_err(|_| {
        vm.new_runtime_error(format!(
            "shape mismatch: value tensor of shape {:?} cannot be broadcast to indexing result of shape {dims:?}",
            value.dims()
        ))
    })
}

fn read(start: Value, needle: &PyObject, vm: &VirtualMachine) -> PyResult<Read> {
    let items: Vec<PyObjectRef> = match needle.downcast_ref::<PyTuple>() {
        Some(tuple) => tuple.as_slice().to_vec(),
        None => vec![needle.to_owned()],
    };
    let items: PyResult<Vec<Item>> = items.iter().map(|item| Item::of(item, vm)).collect();
    let items = items?;
    let rank = start.dims().len();
    let used: usize = items.iter().map(Item::axes).sum();
    if used > rank {
        return Err(vm.new_index_error(format!("too many indices for tensor of dimension {rank}")));
    }
    let mut read = Read {
        steps: Vec::new(),
        view: start,
        picked: Vec::new(),
        together: true,
    };
    let mut axis = 0;
    let mut last_picked: Option<usize> = None;
    for (place, item) in items.into_iter().enumerate() {
        match item {
            Item::Rest => axis += rank - used,
            Item::New => {
                let mut dims = read.view.dims().to_vec();
                dims.insert(axis, 1);
                step(&mut read, Op::Reshape(dims), vm)?;
                axis += 1;
            }
            Item::Whole(number) => {
                let n = read.view.dims()[axis];
                let at = counted(number, n, axis, vm)?;
                let slice = Op::Slice {
                    axis,
                    start: at,
                    step: 1,
                    count: 1,
                };
                step(&mut read, slice, vm)?;
                let mut dims = read.view.dims().to_vec();
                dims.remove(axis);
                step(&mut read, Op::Reshape(dims), vm)?;
            }
            Item::Slice(slice) => {
                let n = read.view.dims()[axis];
                if let Some(slice) = sliced(&slice, axis, n, vm)? {
                    step(&mut read, slice, vm)?;
                }
                axis += 1;
            }
            Item::Numbers(numbers) => {
                read.picked.push((axis, numbers));
                note(&mut read, &mut last_picked, place);
                axis += 1;
            }
            Item::Mask(mask) => {
                let its = mask.dims().to_vec();
                for (offset, &n) in its.iter().enumerate() {
                    let mine = read.view.dims()[axis + offset];
                    if mine != n {
                        return Err(vm.new_index_error(format!(
                            "The shape of the mask {its:?} at index {offset} does not match the shape of the indexed tensor {:?} at index {}",
                            read.view.dims(),
                            axis + offset
                        )));
                    }
                }
                for numbers in places(&mask).map_err(|error| raise(error, vm))? {
                    read.picked.push((axis, numbers));
                    axis += 1;
                }
                note(&mut read, &mut last_picked, place);
            }
        }
    }
    Ok(read)
}

fn note(read: &mut Read, last: &mut Option<usize>, place: usize) {
    if last.is_some_and(|last| last + 1 != place) {
        read.together = false;
    }
    *last = Some(place);
}

fn step(read: &mut Read, op: Op, vm: &VirtualMachine) -> PyResult<()> {
    read.view = step_of(&op, &read.view).map_err(|error| raise(error, vm))?;
    read.steps.push(op);
    Ok(())
}

fn sliced(slice: &Py<PySlice>, axis: usize, n: usize, vm: &VirtualMachine) -> PyResult<Option<Op>> {
    let slice = plain_slice(slice, vm)?;
    let (range, step, count) = slice.to_saturated(vm)?.adjust_indices(n);
    let step = match usize::try_from(step) {
        Ok(step) if step > 0 => step,
        _ => return Err(vm.new_value_error("step must be greater than zero")),
    };
    if range.start == 0 && step == 1 && count == n {
        return Ok(None);
    }
    Ok(Some(Op::Slice {
        axis,
        start: range.start.min(n),
        step,
        count,
    }))
}

/// A slice whose bounds are plain integers; tensors without axes are read.
fn plain_slice(
    slice: &Py<PySlice>,
    vm: &VirtualMachine,
) -> PyResult<rustpython_vm::PyRef<PySlice>> {
    let object = slice.as_object();
    let bound = |name: &'static str| -> PyResult {
        let value = object.get_attr(name, vm)?;
        match value.downcast_ref::<Tensor>() {
            Some(tensor) => super::text::item(&tensor.get(vm)?, vm),
            None => Ok(value),
        }
    };
    let (start, stop, step) = (bound("start")?, bound("stop")?, bound("step")?);
    let made = vm
        .ctx
        .types
        .slice_type
        .as_object()
        .call((start, stop, step), vm)?;
    made.downcast::<PySlice>()
        .map_err(|_| vm.new_type_error("a slice was expected"))
}

fn counted(number: i64, n: usize, axis: usize, vm: &VirtualMachine) -> PyResult<usize> {
    let size = i64::try_from(n).unwrap_or(i64::MAX);
    let at = if number < 0 { number + size } else { number };
    usize::try_from(at)
        .ok()
        .filter(|&at| at < n)
        .ok_or_else(|| {
            vm.new_index_error(format!(
                "index {number} is out of bounds for dimension {axis} with size {n}"
            ))
        })
}

enum Item {
    Rest,
    New,
    Whole(i64),
    Slice(rustpython_vm::PyRef<PySlice>),
    Mask(Value),
    Numbers(Value),
}

impl Item {
    fn of(object: &PyObjectRef, vm: &VirtualMachine) -> PyResult<Self> {
        if vm.is_none(object) {
            return Ok(Self::New);
        }
        if object.is(&vm.ctx.ellipsis) {
            return Ok(Self::Rest);
        }
        if let Ok(slice) = object.clone().downcast::<PySlice>() {
            return Ok(Self::Slice(slice));
        }
        if let Some(tensor) = object.downcast_ref::<Tensor>() {
            return Self::of_value(tensor.get(vm)?.untracked(), vm);
        }
        if object.fast_isinstance(vm.ctx.types.bool_type) {
            let value = make::from_data(object, None, vm)?;
            return Self::of_value(value, vm);
        }
        if let Some(int) = object.downcast_ref::<PyInt>() {
            return Ok(Self::Whole(int.try_to_primitive(vm)?));
        }
        let listed = object.downcast_ref::<PyList>().is_some()
            || object.downcast_ref::<PyTuple>().is_some()
            || object.class().name().to_string() == "range";
        if listed {
            let value = make::from_data(object, None, vm)?;
            if value.tensor().elem_count() == 0 {
                return Ok(Self::Numbers(
                    constant(Vec::<i64>::new(), &[0]).map_err(|e| raise(e, vm))?,
                ));
            }
            return Self::of_value(value, vm);
        }
        if let Some(Ok(int)) = object.try_index_opt(vm) {
            return Ok(Self::Whole(int.try_to_primitive(vm)?));
        }
        let class = object.class().name().to_string();
        Err(vm.new_type_error(format!(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {class})"
        )))
    }

    fn of_value(value: Value, vm: &VirtualMachine) -> PyResult<Self> {
        match value.kind() {
            Kind::Bool => Ok(Self::Mask(value)),
            Kind::I64 if value.dims().is_empty() => {
                let number = super::text::whole(&value).map_err(|error| raise(error, vm))?;
                Ok(Self::Whole(number))
            }
            Kind::I64 => Ok(Self::Numbers(value)),
            _ => Err(vm.new_index_error(
                "tensors used as indices must be long, int, byte or bool tensors",
            )),
        }
    }

    fn axes(&self) -> usize {
        match self {
            Self::Rest | Self::New => 0,
            Self::Whole(_) | Self::Slice(_) | Self::Numbers(_) => 1,
            Self::Mask(mask) => mask.dims().len(),
        }
    }
}

/// Where a mask is true: one list of numbers an axis.
pub(super) fn places(mask: &Value) -> Result<Vec<Value>, LabError> {
    let flags: Vec<u8> = mask
        .tensor()
        .flatten_all()
        .and_then(|flat| flat.to_vec1())
        .map_err(|error| LabError::engine("nonzero", &error))?;
    let dims = mask.dims();
    let mut found = vec![Vec::new(); dims.len()];
    for (mut number, _) in flags.iter().enumerate().filter(|(_, flag)| **flag != 0) {
        for (axis, &n) in dims.iter().enumerate().rev() {
            found[axis].push(i64::try_from(number % n).unwrap_or(0));
            number /= n;
        }
    }
    found
        .into_iter()
        .map(|numbers| {
            let count = numbers.len();
            constant(numbers, &[count])
        })
        .collect()
}

/// Numbers along several axes, as numbers of rows of a matrix.
struct Plan {
    /// The axes with the picked ones first.
    order: Vec<usize>,
    /// The sizes in that order.
    turned: Vec<usize>,
    /// The number of rows.
    rows: usize,
    /// Which rows.
    numbers: Vec<i64>,
    /// The shape of the numbers.
    shape: Vec<usize>,
    /// The shape of the result, and how its axes stand.
    dims: Vec<usize>,
    last: Vec<usize>,
}

impl Plan {
    fn of(read: &Read, vm: &VirtualMachine) -> PyResult<Self> {
        let dims = read.view.dims();
        let mut shape = Vec::new();
        for (_, numbers) in &read.picked {
            shape = broadcast("index", &shape, numbers.dims()).map_err(|_| {
                let shapes: Vec<String> = read
                    .picked
                    .iter()
                    .map(|(_, numbers)| format!("{:?}", numbers.dims()))
                    .collect();
                vm.new_index_error(format!(
                    "shape mismatch: indexing tensors could not be broadcast together with shapes {}",
                    shapes.join(", ")
                ))
            })?;
        }
        let mut rows = 1;
        let mut numbers = vec![0_i64; shape.iter().product()];
        for (axis, picked) in &read.picked {
            let n = dims[*axis];
            let flat: Vec<i64> = picked
                .broadcast(&shape)
                .and_then(|spread| super::text::wholes(&spread))
                .map_err(|error| raise(error, vm))?;
            let size = i64::try_from(n).unwrap_or(i64::MAX);
            for (number, at) in numbers.iter_mut().zip(flat) {
                let at = i64::try_from(counted(at, n, *axis, vm)?).unwrap_or(0);
                *number = *number * size + at;
            }
            rows *= n;
        }
        let axes: Vec<usize> = read.picked.iter().map(|(axis, _)| *axis).collect();
        let rest: Vec<usize> = (0..dims.len())
            .filter(|axis| !axes.contains(axis))
            .collect();
        let order: Vec<usize> = axes.iter().chain(&rest).copied().collect();
        let turned: Vec<usize> = order.iter().map(|&axis| dims[axis]).collect();
        // Side by side, the numbers' axes stand where the picked ones did; else in front.
        let before = if read.together { axes[0] } else { 0 };
        let k = shape.len();
        let last: Vec<usize> = (k..k + before)
            .chain(0..k)
            .chain(k + before..k + rest.len())
            .collect();
        let front: Vec<usize> = shape
            .iter()
            .copied()
            .chain(rest.iter().map(|&axis| dims[axis]))
            .collect();
        Ok(Self {
            dims: last.iter().map(|&axis| front[axis]).collect(),
            order,
            turned,
            rows,
            numbers,
            shape,
            last,
        })
    }

    /// The tensor as a matrix of rows that can be picked.
    fn matrix(&self, view: &Value) -> Result<Value, LabError> {
        let columns = self.turned[..].iter().product::<usize>() / self.rows.max(1);
        view.permute(&self.order)?.reshape(&[self.rows, columns])
    }

    fn get(&self, view: &Value) -> Result<Value, LabError> {
        let matrix = self.matrix(view)?;
        let numbers = constant(self.numbers.clone(), &[self.numbers.len()])?;
        let rows = Value::apply(Op::IndexSelect(0), &[&matrix, &numbers])?;
        let front: Vec<usize> = {
            let mut front = vec![0; self.last.len()];
            for (place, &axis) in self.last.iter().enumerate() {
                front[axis] = self.dims[place];
            }
            front
        };
        turned(&rows.reshape(&front)?, &self.last)
    }

    /// The view with rows replaced; of several values for one row the last stays.
    fn set(&self, view: &Value, value: &Value) -> Result<Value, LabError> {
        let matrix = self.matrix(view)?;
        let mut back = vec![0; self.last.len()];
        for (to, &from) in self.last.iter().enumerate() {
            back[from] = to;
        }
        let columns = matrix.dims()[1];
        let values = turned(value, &back)?.reshape(&[self.numbers.len(), columns])?;
        debug_assert_eq!(self.numbers.len(), self.shape.iter().product::<usize>());
        let mut winner = vec![None; self.rows];
        for (place, &row) in self.numbers.iter().enumerate() {
            winner[usize::try_from(row).unwrap_or(0)] = Some(place);
        }
        let hit: Vec<u8> = winner
            .iter()
            .map(|winner| u8::from(winner.is_some()))
            .collect();
        let from: Vec<i64> = winner
            .iter()
            .map(|winner| {
                winner
                    .and_then(|place| i64::try_from(place).ok())
                    .unwrap_or(0)
            })
            .collect();
        if self.numbers.is_empty() {
            return Ok(view.clone());
        }
        let from = constant(from, &[self.rows])?;
        let spread = Value::apply(Op::IndexSelect(0), &[&values, &from])?;
        let mask = constant(hit, &[self.rows, 1])?;
        let new = Value::where_(&mask, &spread, &matrix)?;
        let mut home = vec![0; self.order.len()];
        for (to, &from) in self.order.iter().enumerate() {
            home[from] = to;
        }
        turned(&new.reshape(&self.turned)?, &home)
    }
}

fn turned(value: &Value, order: &[usize]) -> Result<Value, LabError> {
    if order.iter().copied().eq(0..order.len()) {
        return Ok(value.clone());
    }
    value.permute(order)
}
