//! Tensors from Python's data, and random ones.

use std::cell::Cell;

use rustpython_vm::builtins::{PyFloat, PyInt};
use rustpython_vm::{AsObject, PyObjectRef, PyResult, VirtualMachine};

use super::class::Tensor;
use super::promotion::higher;
use super::storage::constant;
use super::{default_kind, raise};
use crate::lab::ops::Kind;
use crate::lab::random::Stream;
use crate::lab::{LabError, Value};

/// Axes that nested lists may have.
const DEPTH: usize = 32;

/// A value of nested lists of numbers, or of tensors of one shape.
pub(super) fn from_data(
    data: &PyObjectRef,
    kind: Option<Kind>,
    vm: &VirtualMachine,
) -> PyResult<Value> {
    let mut read = Reader {
        dims: Vec::new(),
        numbers: Vec::new(),
        kind: None,
    };
    read.enter(data, 0, vm)?;
    // A tensor within adds its own axes below those of the lists.
    let kind = kind.unwrap_or_else(|| read.kind.unwrap_or_else(default_kind));
    of_numbers(&read.numbers, &read.dims, kind).map_err(|error| raise(error, vm))
}

/// Numbers as a value of a kind.
#[expect(clippy::cast_possible_truncation, reason = "as PyTorch casts")]
pub(super) fn of_numbers(numbers: &[f64], dims: &[usize], kind: Kind) -> Result<Value, LabError> {
    match kind {
        Kind::F64 => constant(numbers.to_vec(), dims),
        Kind::F32 => constant(numbers.iter().map(|&x| x as f32).collect(), dims),
        Kind::I64 => constant(numbers.iter().map(|&x| x as i64).collect(), dims),
        Kind::Bool => constant(numbers.iter().map(|&x| u8::from(x != 0.0)).collect(), dims),
    }
}

struct Reader {
    dims: Vec<usize>,
    numbers: Vec<f64>,
    kind: Option<Kind>,
}

impl Reader {
    fn enter(&mut self, data: &PyObjectRef, depth: usize, vm: &VirtualMachine) -> PyResult<()> {
        if let Some(tensor) = data.downcast_ref::<Tensor>() {
            return self.tensor(tensor, depth, vm);
        }
        if let Some(float) = data.downcast_ref::<PyFloat>() {
            return self.number(float.to_f64(), default_kind(), depth, vm);
        }
        if let Some(int) = data.downcast_ref::<PyInt>() {
            let kind = if data.fast_isinstance(vm.ctx.types.bool_type) {
                Kind::Bool
            } else {
                Kind::I64
            };
            #[expect(
                clippy::cast_precision_loss,
                reason = "integers above 2^53 do not occur"
            )]
            let number = int.try_to_primitive::<i64>(vm)? as f64;
            return self.number(number, kind, depth, vm);
        }
        if depth >= DEPTH {
            return Err(vm.new_value_error("too many dimensions"));
        }
        let class = data.class().name().to_string();
        if !matches!(
            class.as_str(),
            "list" | "tuple" | "range" | "Size" | "array" | "dict_values"
        ) {
            return Err(vm.new_type_error(format!(
                "new(): invalid data type '{class}': a tensor is made of numbers in lists and tuples"
            )));
        }
        let items: Vec<PyObjectRef> = data.try_to_value(vm)?;
        match self.dims.get(depth) {
            None if self.numbers.is_empty() => self.dims.push(items.len()),
            None => return Err(vm.new_type_error("not a sequence")),
            Some(&known) if known != items.len() => {
                return Err(vm.new_value_error(format!(
                    "expected sequence of length {known} at dim {depth} (got {})",
                    items.len()
                )));
            }
            Some(_) => {}
        }
        vm.with_recursion(" in a list", || {
            items
                .iter()
                .try_for_each(|item| self.enter(item, depth + 1, vm))
        })
    }

    fn number(
        &mut self,
        number: f64,
        kind: Kind,
        depth: usize,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        if self.dims.len() != depth {
            return Err(vm.new_value_error(format!(
                "expected sequence of length {} at dim {depth} (got a number)",
                self.dims[depth.min(self.dims.len() - 1)]
            )));
        }
        self.kind = Some(self.kind.map_or(kind, |known| higher(known, kind)));
        self.numbers.push(number);
        Ok(())
    }

    fn tensor(
        &mut self,
        tensor: &rustpython_vm::Py<Tensor>,
        depth: usize,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        let value = tensor.get(vm)?;
        if self.dims.len() == depth && (self.numbers.is_empty() || value.dims().is_empty()) {
            self.dims.extend(value.dims());
        } else if self.dims[depth.min(self.dims.len())..] != *value.dims() {
            return Err(vm.new_value_error(format!(
                "expected a tensor of shape {:?} (got {:?})",
                &self.dims[depth.min(self.dims.len())..],
                value.dims()
            )));
        }
        let kind = value.kind();
        self.kind = Some(self.kind.map_or(kind, |known| higher(known, kind)));
        let numbers = super::text::numbers(&value).map_err(|error| raise(error, vm))?;
        self.numbers.extend(numbers);
        Ok(())
    }
}

thread_local! {
    static SEED: Cell<u64> = const { Cell::new(0) };
    static PLACE: Cell<u64> = const { Cell::new(0) };
}

/// From here on the numbers of this seed are drawn.
pub(super) fn seed(seed: u64) {
    SEED.set(seed);
    PLACE.set(0);
}

/// The seed that numbers are drawn from.
pub(super) fn seeded() -> u64 {
    SEED.get()
}

/// What `manual_seed` and the number of draws so far come to; giving it back repeats what followed.
pub(super) fn state() -> (u64, u64) {
    (SEED.get(), PLACE.get())
}

/// Goes back to a state.
pub(super) fn restore((seed, place): (u64, u64)) {
    SEED.set(seed);
    PLACE.set(place);
}

/// The purpose of these draws among those of a seed.
const PURPOSE: u64 = 0x70;

/// The next numbers of the generator: in [0, 1), or normal ones.
#[expect(clippy::cast_precision_loss, reason = "24 and 53 bits are exact")]
pub(super) fn draw(count: usize, normal: bool, kind: Kind) -> Vec<f64> {
    let stream = Stream::seeded(SEED.get(), PURPOSE);
    let start = PLACE.get();
    PLACE.set(start + count as u64);
    (start..start + count as u64)
        .map(|place| match (normal, kind) {
            (true, _) => stream.normal(place),
            // As many bits as the kind holds, so that 1 is never reached by rounding.
            (false, Kind::F32) => (stream.bits(place) >> 40) as f64 / (1_u64 << 24) as f64,
            (false, _) => stream.uniform(place),
        })
        .collect()
}

/// The next integers of the generator, from 0 up to, and without, a bound.
pub(super) fn draw_below(count: usize, bound: u64) -> Vec<u64> {
    let stream = Stream::seeded(SEED.get(), PURPOSE + 1);
    let start = PLACE.get();
    PLACE.set(start + count as u64);
    (start..start + count as u64)
        .map(|place| stream.bits(place) % bound.max(1))
        .collect()
}
