//! Tensors that remember how they were made.
//!
//! A [`Value`] is a candle tensor and, where something it was made from is tracked, the operation that made it. The
//! graph of values is the tape of reverse mode, and what [`super::program`] writes down.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use candle_core::Tensor;

use super::ops::{self, Binary, Comparison, Kind, Op, Unary};
use super::{Array, LabError};

/// A tensor and how it was made. Cloning shares it.
#[derive(Clone)]
pub struct Value(Rc<Node>);

struct Node {
    /// Counts up: what a value was made from has lower numbers.
    number: u64,
    tensor: Tensor,
    origin: Origin,
}

enum Origin {
    /// Nothing that matters to a gradient.
    Constant,
    /// A place where gradients are asked for.
    Leaf,
    /// An operation, some of whose operands are tracked.
    Made { op: Op, inputs: Vec<Value> },
    /// One output of a function with a backward of its own.
    Foreign { call: Rc<Foreign>, output: usize },
}

/// A function with a backward of its own: `autograd.Function`.
pub struct Foreign {
    /// What it was called with.
    pub inputs: Vec<Value>,
    /// The gradients of the inputs from those of the outputs; `None` where no gradient arrives or none leaves.
    pub backward: Box<Backward>,
    /// The numbers of its outputs, ascending.
    outputs: RefCell<Vec<u64>>,
}

/// From the gradients of a function's outputs to those of its inputs.
pub type Backward = dyn Fn(&[Option<Value>]) -> Result<Vec<Option<Value>>, LabError>;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

impl Value {
    fn new(tensor: Tensor, origin: Origin) -> Self {
        let number = COUNT.get();
        COUNT.set(number + 1);
        Self(Rc::new(Node {
            number,
            tensor,
            origin,
        }))
    }

    /// A tensor that no gradient is asked for.
    pub fn constant(tensor: Tensor) -> Self {
        Self::new(tensor, Origin::Constant)
    }

    /// A tensor that gradients may be asked for.
    pub fn leaf(tensor: Tensor) -> Self {
        Self::new(tensor, Origin::Leaf)
    }

    /// A constant of rank 0, of another value's kind and on its device. It broadcasts to any shape.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn number_like(other: &Self, number: f64) -> Result<Self, LabError> {
        let tensor = other.tensor();
        Tensor::full(number, (), tensor.device())
            .and_then(|full| full.to_dtype(tensor.dtype()))
            .map(Self::constant)
            .map_err(|error| LabError::engine("full", &error))
    }

    /// The outputs of a function with a backward of its own.
    pub fn foreign(tensors: Vec<Tensor>, inputs: Vec<Value>, backward: Box<Backward>) -> Vec<Self> {
        let call = Rc::new(Foreign {
            inputs,
            backward,
            outputs: RefCell::default(),
        });
        let outputs: Vec<Self> = tensors
            .into_iter()
            .enumerate()
            .map(|(output, tensor)| {
                let call = Rc::clone(&call);
                Self::new(tensor, Origin::Foreign { call, output })
            })
            .collect();
        *call.outputs.borrow_mut() = outputs.iter().map(Self::number).collect();
        outputs
    }

    /// The result of an operation.
    ///
    /// # Errors
    /// If the operands do not go together, or the engine fails.
    pub fn apply(op: Op, inputs: &[&Self]) -> Result<Self, LabError> {
        let tensors: Vec<&Tensor> = inputs.iter().map(|input| input.tensor()).collect();
        let tensor = ops::evaluate(&op, &tensors)?;
        let tracked = inputs.iter().any(|input| input.tracked());
        Ok(if tracked {
            let inputs = inputs.iter().map(|&input| input.clone()).collect();
            Self::new(tensor, Origin::Made { op, inputs })
        } else {
            Self::constant(tensor)
        })
    }

    /// The tensor.
    pub fn tensor(&self) -> &Tensor {
        &self.0.tensor
    }

    /// Its numbers in row-major order.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn numbers(&self) -> Result<Vec<f64>, LabError> {
        Ok(Array::from_tensor(&self.0.tensor)?.data)
    }

    /// The gradients of its sum after leaves, by the proven rules.
    ///
    /// # Errors
    /// If nothing leads from one of them to it, or the engine fails.
    pub fn gradients(&self, wrt: &[Self], order: Order) -> Result<Vec<Self>, LabError> {
        let ones = Self::number_like(self, 1.0)?.broadcast(self.dims())?;
        let found = gradients(&[(self.clone(), ones)], wrt, order, &Proven)?;
        let none = || LabError::NoGradient {
            operation: "sum",
            message: "nothing leads back".to_owned(),
        };
        found
            .into_iter()
            .map(|gradient| gradient.ok_or_else(none))
            .collect()
    }

    /// The sizes of its axes.
    pub fn dims(&self) -> &[usize] {
        self.0.tensor.dims()
    }

    /// The kind of its numbers.
    pub fn kind(&self) -> Kind {
        Kind::of(self.0.tensor.dtype())
    }

    /// Its number among all values of this thread; what it was made from has lower ones.
    pub fn number(&self) -> u64 {
        self.0.number
    }

    /// Whether it is a leaf, or was made from one.
    pub fn tracked(&self) -> bool {
        !matches!(self.0.origin, Origin::Constant)
    }

    /// Whether gradients stop here.
    pub fn is_leaf(&self) -> bool {
        matches!(self.0.origin, Origin::Leaf)
    }

    /// The operation that made it and its operands, where both are known.
    pub fn made_by(&self) -> Option<(&Op, &[Self])> {
        match &self.0.origin {
            Origin::Made { op, inputs } => Some((op, inputs)),
            _ => None,
        }
    }

    /// Whether a function with a backward of its own made it.
    pub fn is_foreign(&self) -> bool {
        matches!(self.0.origin, Origin::Foreign { .. })
    }

    /// What it was made from.
    pub fn parents(&self) -> &[Self] {
        match &self.0.origin {
            Origin::Made { inputs, .. } => inputs,
            Origin::Foreign { call, .. } => &call.inputs,
            Origin::Constant | Origin::Leaf => &[],
        }
    }

    /// The same tensor as a constant.
    #[must_use]
    pub fn untracked(&self) -> Self {
        if self.tracked() {
            Self::constant(self.0.tensor.clone())
        } else {
            self.clone()
        }
    }

    /// The tracked values that it was made from, itself included, each after what it was made from.
    pub fn history(outputs: &[Self]) -> Vec<Self> {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        let mut open: Vec<Self> = outputs.to_vec();
        while let Some(value) = open.pop() {
            if value.tracked() && seen.insert(value.number()) {
                open.extend(value.parents().iter().cloned());
                found.push(value);
            }
        }
        found.sort_by_key(Self::number);
        found
    }
}

/// A chain of a hundred thousand values is taken apart link by link: a recursion would overflow the stack.
impl Drop for Node {
    fn drop(&mut self) {
        let mut open = self.origin.take_parents();
        while let Some(Value(node)) = open.pop() {
            if let Ok(mut node) = Rc::try_unwrap(node) {
                open.append(&mut node.origin.take_parents());
            }
        }
    }
}

impl Origin {
    /// The parents, where nobody else holds them.
    fn take_parents(&mut self) -> Vec<Value> {
        match std::mem::replace(self, Self::Constant) {
            Self::Made { inputs, .. } => inputs,
            Self::Foreign { call, .. } => {
                Rc::try_unwrap(call).map_or_else(|_| Vec::new(), |call| call.inputs)
            }
            Self::Constant | Self::Leaf => Vec::new(),
        }
    }
}

/// How a vector-Jacobian product is found: the proven rule, or one with a mistake in it.
pub trait Rules {
    /// The gradients of the operands of `made`, a value with a known operation, from the gradient of the result.
    ///
    /// # Errors
    /// If the engine fails.
    fn vjp(
        &self,
        made: &Value,
        op: &Op,
        inputs: &[Value],
        upstream: &Value,
        wanted: &[bool],
    ) -> Result<Vec<Option<Value>>, LabError> {
        ops::vjp(op, inputs, made, upstream, wanted)
    }
}

/// The proven rules.
#[derive(Debug, Clone, Copy)]
pub struct Proven;

impl Rules for Proven {}

/// What a gradient is to be good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Its numbers.
    First,
    /// To be differentiated or written down itself: the gradients are tracked values (`create_graph=True`).
    Higher,
}

/// The gradients of the leaves `wrt` (or of values on the way to them), from outputs and their upstream gradients.
///
/// `None` where no path leads from the outputs: that is no zero, and whoever asks decides.
///
/// # Errors
/// If the engine fails, or a backward of somebody's own does.
pub fn gradients(
    outputs: &[(Value, Value)],
    wrt: &[Value],
    order: Order,
    rules: &dyn Rules,
) -> Result<Vec<Option<Value>>, LabError> {
    let targets: HashSet<u64> = wrt.iter().map(Value::number).collect();
    let ends: Vec<Value> = outputs.iter().map(|(value, _)| value.clone()).collect();
    // Only values that a target leads to are walked.
    let mut leads: HashSet<u64> = HashSet::new();
    for value in Value::history(&ends) {
        let reached = targets.contains(&value.number())
            || value
                .parents()
                .iter()
                .any(|parent| leads.contains(&parent.number()));
        if reached {
            leads.insert(value.number());
        }
    }
    let mut pending: BTreeMap<u64, (Value, Value)> = BTreeMap::new();
    for (value, upstream) in outputs {
        if leads.contains(&value.number()) {
            add(&mut pending, value, upstream.clone())?;
        }
    }
    let mut found: BTreeMap<u64, Value> = BTreeMap::new();
    // The number order is a topological order: when a value is taken, all of its gradient has arrived.
    while let Some((number, (value, upstream))) = pending.pop_last() {
        if targets.contains(&number) {
            found.insert(number, upstream.clone());
        }
        let wanted: Vec<bool> = value
            .parents()
            .iter()
            .map(|parent| leads.contains(&parent.number()))
            .collect();
        if !wanted.contains(&true) {
            continue;
        }
        let gradients = match &value.0.origin {
            Origin::Made { op, inputs } => match order {
                Order::Higher => rules.vjp(&value, op, inputs, &upstream, &wanted)?,
                Order::First => {
                    let plain: Vec<Value> = inputs.iter().map(Value::untracked).collect();
                    rules.vjp(&value.plain(), op, &plain, &upstream.untracked(), &wanted)?
                }
            },
            Origin::Foreign { call, output } => {
                let numbers = call.outputs.borrow().clone();
                let mut upstreams = vec![None; numbers.len()];
                upstreams[*output] = Some(upstream);
                for (place, number) in numbers.iter().enumerate() {
                    if let Some((_, other)) = pending.remove(number) {
                        if targets.contains(number) {
                            found.insert(*number, other.clone());
                        }
                        upstreams[place] = Some(other);
                    }
                }
                (call.backward)(&upstreams)?
            }
            Origin::Constant | Origin::Leaf => continue,
        };
        for ((parent, gradient), wanted) in value.parents().iter().zip(gradients).zip(&wanted) {
            if let (Some(gradient), true) = (gradient, wanted) {
                add(&mut pending, parent, gradient)?;
            }
        }
    }
    Ok(wrt
        .iter()
        .map(|value| found.get(&value.number()).cloned())
        .collect())
}

fn add(
    pending: &mut BTreeMap<u64, (Value, Value)>,
    value: &Value,
    gradient: Value,
) -> Result<(), LabError> {
    let sum = match pending.remove(&value.number()) {
        Some((_, known)) => known.add(&gradient)?,
        None => gradient,
    };
    pending.insert(value.number(), (value.clone(), sum));
    Ok(())
}

/// Operations by name.
#[expect(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "each is the operation of its name"
)]
impl Value {
    /// The same tensor, with the same number, as a constant that rules may look up by number.
    fn plain(&self) -> Self {
        Self(Rc::new(Node {
            number: self.0.number,
            tensor: self.0.tensor.clone(),
            origin: Origin::Constant,
        }))
    }

    pub fn unary(&self, function: Unary) -> Result<Self, LabError> {
        Self::apply(Op::Unary(function), &[self])
    }

    pub fn binary(&self, function: Binary, other: &Self) -> Result<Self, LabError> {
        Self::apply(Op::Binary(function), &[self, other])
    }

    pub fn add(&self, other: &Self) -> Result<Self, LabError> {
        self.binary(Binary::Add, other)
    }

    pub fn sub(&self, other: &Self) -> Result<Self, LabError> {
        self.binary(Binary::Sub, other)
    }

    pub fn mul(&self, other: &Self) -> Result<Self, LabError> {
        self.binary(Binary::Mul, other)
    }

    pub fn div(&self, other: &Self) -> Result<Self, LabError> {
        self.binary(Binary::Div, other)
    }

    pub fn compare(&self, comparison: Comparison, other: &Self) -> Result<Self, LabError> {
        Self::apply(Op::Compare(comparison), &[self, other])
    }

    pub fn where_(condition: &Self, a: &Self, b: &Self) -> Result<Self, LabError> {
        Self::apply(Op::Where, &[condition, a, b])
    }

    pub fn affine(&self, scale: f64, shift: f64) -> Result<Self, LabError> {
        Self::apply(Op::Affine { scale, shift }, &[self])
    }

    pub fn power(&self, exponent: f64) -> Result<Self, LabError> {
        Self::apply(Op::Power(exponent), &[self])
    }

    pub fn cast(&self, kind: Kind) -> Result<Self, LabError> {
        if self.kind() == kind {
            return Ok(self.clone());
        }
        Self::apply(Op::Cast(kind), &[self])
    }

    pub fn reshape(&self, dims: &[usize]) -> Result<Self, LabError> {
        if self.dims() == dims {
            return Ok(self.clone());
        }
        Self::apply(Op::Reshape(dims.to_vec()), &[self])
    }

    pub fn permute(&self, order: &[usize]) -> Result<Self, LabError> {
        Self::apply(Op::Permute(order.to_vec()), &[self])
    }

    /// The last two axes exchanged.
    pub fn transposed(&self) -> Result<Self, LabError> {
        let rank = self.dims().len();
        let mut order: Vec<usize> = (0..rank).collect();
        if rank >= 2 {
            order.swap(rank - 2, rank - 1);
        }
        self.permute(&order)
    }

    pub fn broadcast(&self, dims: &[usize]) -> Result<Self, LabError> {
        if self.dims() == dims {
            return Ok(self.clone());
        }
        Self::apply(Op::Broadcast(dims.to_vec()), &[self])
    }

    pub fn sum_to(&self, dims: &[usize]) -> Result<Self, LabError> {
        if self.dims() == dims {
            return Ok(self.clone());
        }
        Self::apply(Op::SumTo(dims.to_vec()), &[self])
    }

    pub fn slice(
        &self,
        axis: usize,
        start: usize,
        step: usize,
        count: usize,
    ) -> Result<Self, LabError> {
        let slice = Op::Slice {
            axis,
            start,
            step,
            count,
        };
        Self::apply(slice, &[self])
    }

    pub fn sum(&self, axes: &[usize], keep: bool) -> Result<Self, LabError> {
        let sum = Op::Sum {
            axes: axes.to_vec(),
            keep,
        };
        Self::apply(sum, &[self])
    }

    pub fn matmul(&self, other: &Self) -> Result<Self, LabError> {
        Self::apply(Op::MatMul, &[self, other])
    }
}

#[cfg(test)]
mod tests;
