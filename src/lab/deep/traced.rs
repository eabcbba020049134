//! A chain as values on a device: what each step gives, and leaves with the weights, to ask gradients of.

use candle_core::Tensor;

use super::Weights;
use super::kernels::Curve;
use crate::lab::ops::{Kind, Op, Unary};
use crate::lab::{Device, LabError, Value};
use crate::model::Chain;
use crate::model::chain::{NORM_EPSILON, Over, Part, Step};

/// See the module.
pub(super) struct Traced {
    /// The input, and what each step gives.
    pub(super) values: Vec<Value>,
    /// The leaves of each step that has weights.
    pub(super) leaves: Vec<Option<Leaves>>,
}

/// The weights of a part.
#[derive(Clone)]
pub(super) struct Leaves {
    pub(super) weight: Value,
    pub(super) bias: Option<Value>,
}

impl Leaves {
    /// The same numbers as leaves of their own: a gradient of these is that of one use of the part.
    pub(super) fn again(&self) -> Self {
        let again = |value: &Value| Value::leaf(value.tensor().clone());
        Self {
            weight: again(&self.weight),
            bias: self.bias.as_ref().map(again),
        }
    }
}

/// The weights of every part that has any, in one kind of numbers.
pub(super) fn leaves(
    chain: &Chain,
    weights: &Weights,
    kind: Kind,
    device: &Device,
) -> Result<Vec<Option<Leaves>>, LabError> {
    let made = |data: &[f64], dims: &[usize]| -> Result<Option<Value>, LabError> {
        Ok(if data.is_empty() {
            None
        } else {
            Some(Value::leaf(tensor(data, dims, kind, device)?))
        })
    };
    let parts = chain.parts.iter().zip(&weights.parts);
    let leaves = parts.map(|(part, numbers)| {
        let dims = match *part {
            Part::Linear {
                inputs, outputs, ..
            } => vec![outputs, inputs],
            Part::Norm { features, .. } => vec![features],
        };
        let bias = made(&numbers.bias, &dims[..1])?;
        let weight = made(&numbers.weight, &dims)?;
        Ok(weight.map(|weight| Leaves { weight, bias }))
    });
    leaves.collect()
}

/// Numbers that were drawn here, in one kind, on a device. They are rounded before they are moved, so that the same lie
/// on every device.
pub(super) fn tensor(
    data: &[f64],
    dims: &[usize],
    kind: Kind,
    device: &Device,
) -> Result<Tensor, LabError> {
    let tensor = Tensor::from_slice(data, dims, &candle_core::Device::Cpu)
        .and_then(|tensor| tensor.to_dtype(kind.dtype()))
        .map_err(|error| LabError::engine("tensor", &error))?;
    device.hold(&tensor)
}

pub(super) fn missing(operation: &'static str) -> LabError {
    LabError::NoGradient {
        operation,
        message: "the loss does not depend on it".to_owned(),
    }
}

impl Traced {
    /// Carries a chain out; `leaves` gives the weights of a part at each of its uses.
    pub(super) fn new(
        chain: &Chain,
        x: Tensor,
        leaves: &dyn Fn(usize) -> Option<Leaves>,
    ) -> Result<Self, LabError> {
        let mut traced = Self {
            values: vec![Value::constant(x)],
            leaves: Vec::with_capacity(chain.steps.len()),
        };
        for step in &chain.steps {
            let last = traced.output();
            let mut of_part = None;
            let value = match step {
                Step::Add(from) => last.add(&traced.values[*from])?,
                Step::Activation(activation) => {
                    let curve = Curve::of(activation).ok_or_else(|| missing("activation"))?;
                    activate(curve, last)?
                }
                Step::Apply(part) => {
                    of_part = leaves(*part);
                    apply(&chain.parts[*part], of_part.as_ref(), last)?
                }
            };
            traced.leaves.push(of_part);
            traced.values.push(value);
        }
        Ok(traced)
    }

    /// What the last step gives.
    pub(super) fn output(&self) -> &Value {
        &self.values[self.values.len() - 1]
    }
}

/// A part applied to a value.
fn apply(part: &Part, leaves: Option<&Leaves>, to: &Value) -> Result<Value, LabError> {
    let weight = leaves.map(|leaves| &leaves.weight);
    let value = match *part {
        Part::Linear { .. } => {
            let weight = weight.ok_or_else(|| missing("linear"))?;
            to.matmul(&weight.transposed()?)?
        }
        Part::Norm { over, .. } => {
            let value = normalised(to, over)?;
            match weight {
                Some(scale) => value.mul(scale)?,
                None => value,
            }
        }
    };
    match leaves.and_then(|leaves| leaves.bias.as_ref()) {
        Some(bias) => value.add(bias),
        None => Ok(value),
    }
}

fn activate(curve: Curve, value: &Value) -> Result<Value, LabError> {
    let unary = match curve {
        Curve::Sigmoid => Unary::Sigmoid,
        Curve::Tanh => Unary::Tanh,
        Curve::Relu => Unary::Relu,
        Curve::Gelu => Unary::Gelu,
        Curve::Silu => Unary::Silu,
        Curve::Leaky(slope) => return Value::apply(Op::LeakyRelu(slope), &[value]),
        Curve::Elu(alpha) => return Value::apply(Op::Elu(alpha), &[value]),
    };
    value.unary(unary)
}

/// (x − mean)/√(variance + ε), over the batch or over a row.
fn normalised(value: &Value, over: Over) -> Result<Value, LabError> {
    let axis = match over {
        Over::Batch => 0,
        Over::Row => 1,
    };
    #[expect(
        clippy::cast_precision_loss,
        reason = "a batch and a width are far below 2⁵³"
    )]
    let scale = 1.0 / value.dims()[axis] as f64;
    let mean = |value: &Value| value.sum(&[axis], true)?.affine(scale, 0.0);
    let centred = value.sub(&mean(value)?)?;
    let variance = mean(&centred.mul(&centred)?)?;
    centred.div(&variance.affine(1.0, NORM_EPSILON)?.unary(Unary::Sqrt)?)
}
