//! Reading and writing a tensor. A view is its base and the operations that lead to it: it is computed anew when the base
//! has changed, and what is written to it is written to the base.

use rustpython_vm::{Py, PyRef, PyResult, VirtualMachine};

use super::class::Tensor;
use super::{graph, raise, recording, tracing};
use crate::lab::ops::{Kind, Op};
use crate::lab::{LabError, Value};

/// A part of another tensor, or another sight of it.
#[derive(Clone)]
pub(super) struct View {
    /// Never a view itself.
    pub(super) base: PyRef<Tensor>,
    /// From the base to here.
    pub(super) steps: Vec<Op>,
    /// The base's version that the value was computed from.
    pub(super) seen: u64,
}

impl Tensor {
    /// Its value now.
    pub(crate) fn value(&self) -> Result<Value, LabError> {
        let mut state = self.state.borrow_mut();
        let Some(view) = &mut state.view else {
            return Ok(state.value.clone());
        };
        let version = view.base.version();
        if view.seen != version {
            view.seen = version;
            let mut value = view.base.value()?;
            for step in &view.steps {
                value = step_of(step, &value)?;
            }
            state.value = value;
        }
        Ok(state.value.clone())
    }

    /// Its value as it takes part in an operation: without its history where nothing is recorded.
    pub(crate) fn operand(&self) -> Result<Value, LabError> {
        let value = self.value()?;
        Ok(if recording() {
            value
        } else {
            value.untracked()
        })
    }

    /// How often it was written to.
    pub(super) fn version(&self) -> u64 {
        self.state.borrow().version
    }

    /// The kind of its numbers.
    pub(super) fn kind(&self) -> Kind {
        self.state.borrow().value.kind()
    }

    /// Replaces its whole contents, as every operation in place does.
    pub(super) fn write(zelf: &Py<Self>, new: Value, vm: &VirtualMachine) -> PyResult<()> {
        let view = zelf.state.borrow().view.clone();
        match view {
            None => zelf.replace(new, !recording(), false, vm),
            Some(view) => write_through(&view, new, vm),
        }
    }

    /// A new value for a tensor that is no view. `data` leaves its place in the graph as it is.
    fn replace(
        &self,
        new: Value,
        data: bool,
        through_view: bool,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        let old = self.state.borrow().value.clone();
        let value = if !data {
            // What somebody differentiates by hand may change its arguments: that is told, not refused.
            if old.is_leaf() && !tracing() {
                let what = if through_view {
                    "a view of a leaf"
                } else {
                    "a leaf"
                };
                return Err(vm.new_runtime_error(format!(
                    "{what} Variable that requires grad is being used in an in-place operation."
                )));
            }
            new
        } else if old.is_leaf() {
            let leaf = Value::leaf(new.tensor().clone());
            graph::same_slot(self, &leaf);
            leaf
        } else if old.tracked() {
            let change = new.untracked().sub(&old.untracked());
            change
                .and_then(|change| old.add(&change))
                .map_err(|error| raise(error, vm))?
        } else {
            new.untracked()
        };
        let mut state = self.state.borrow_mut();
        state.value = value;
        state.version += 1;
        state.name = None;
        Ok(())
    }

    /// Another sight of this tensor. `steps` lead from it to the view.
    pub(super) fn view(
        zelf: &Py<Self>,
        mut steps: Vec<Op>,
        value: Value,
        vm: &VirtualMachine,
    ) -> PyResult {
        if !recording() && zelf.state.borrow().value.tracked() {
            steps.insert(0, Op::Detach);
        }
        let (base, before) = match &zelf.state.borrow().view {
            Some(view) => (view.base.clone(), view.steps.clone()),
            None => (zelf.to_owned(), Vec::new()),
        };
        let seen = base.version();
        let steps = before.into_iter().chain(steps).collect();
        let tensor = Self::new(value);
        tensor.state.borrow_mut().view = Some(View { base, steps, seen });
        super::wrapped(tensor, vm)
    }
}

/// A step of a view: detaching drops the history.
pub(super) fn step_of(step: &Op, value: &Value) -> Result<Value, LabError> {
    match step {
        Op::Detach if !super::TRACING.get() => Ok(value.untracked()),
        step => Value::apply(step.clone(), &[value]),
    }
}

fn write_through(view: &View, new: Value, vm: &VirtualMachine) -> PyResult<()> {
    let detached = view.steps.iter().any(|step| matches!(step, Op::Detach));
    let data = detached || !recording();
    let outcome = || -> Result<Value, LabError> {
        let mut levels = vec![view.base.value()?];
        for step in &view.steps[..view.steps.len() - 1] {
            levels.push(step_of(step, &levels[levels.len() - 1])?);
        }
        let mut new = new;
        for (step, whole) in view.steps.iter().zip(&levels).rev() {
            new = put_back(step, whole, &new)?;
        }
        Ok(new)
    };
    let new = outcome().map_err(|error| raise(error, vm))?;
    view.base.replace(new, data, true, vm)
}

/// The whole, with a part that a step takes from it replaced.
fn put_back(step: &Op, whole: &Value, part: &Value) -> Result<Value, LabError> {
    match step {
        Op::Detach => Ok(part.clone()),
        Op::Reshape(_) => part.reshape(whole.dims()),
        Op::Permute(order) => {
            let mut back = vec![0; order.len()];
            for (to, &from) in order.iter().enumerate() {
                back[from] = to;
            }
            part.permute(&back)
        }
        Op::Slice {
            axis,
            start,
            step,
            count,
        } => {
            let length = whole.dims()[*axis];
            if *count == length && *step == 1 {
                return Ok(part.clone());
            }
            if *count == 0 {
                return Ok(whole.clone());
            }
            let back = Op::Unslice {
                axis: *axis,
                start: *start,
                step: *step,
                length,
            };
            let there: Vec<u8> = (0..length)
                .map(|place| {
                    let hit = place >= *start
                        && (place - start) % step == 0
                        && (place - start) / step < *count;
                    u8::from(hit)
                })
                .collect();
            let mut dims = vec![1; whole.dims().len()];
            dims[*axis] = length;
            let mask = constant(there, &dims)?;
            Value::where_(&mask, &Value::apply(back, &[part])?, whole)
        }
        other => Err(LabError::shape(
            other.name(),
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. \
             Please clone() the tensor before performing the operation.",
        )),
    }
}

/// A tensor of plain numbers as a value.
pub(super) fn constant<T: candle_core::WithDType>(
    data: Vec<T>,
    dims: &[usize],
) -> Result<Value, LabError> {
    candle_core::Tensor::from_vec(data, dims, &candle_core::Device::Cpu)
        .map(Value::constant)
        .map_err(|error| LabError::engine("tensor", &error))
}
