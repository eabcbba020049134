//! The network that is asked about: by flags, or read from a file.

use super::flags::{Arguments, MOST_LAYERS, NormName};
use crate::lab::deep::{self, Initial};
use crate::model::chain::{Over, Part, Step};
use crate::model::{Chain, Fault, Model};
use crate::theory::mean_field::Spread;

/// What the theory wants to know of an initialisation, for each part of a chain: written from the definitions, not from
/// what was drawn.
pub fn spreads(chain: &Chain, initial: Initial) -> Vec<Spread> {
    let of_part = |part: &Part| {
        let Part::Linear {
            inputs,
            outputs,
            bias,
        } = *part
        else {
            return Spread {
                weight: 1.0,
                bias: 0.0,
                orthogonal: false,
            };
        };
        let (fan_in, fan_out) = (real(inputs), real(outputs));
        let uniform = |gain: f64| {
            (
                gain * gain / 3.0,
                if bias {
                    gain * gain / (3.0 * fan_in)
                } else {
                    0.0
                },
            )
        };
        let (weight, bias) = match initial {
            Initial::Pytorch => uniform(1.0),
            Initial::Formula(gain) => uniform(gain),
            Initial::Xavier => (2.0 * fan_in / (fan_in + fan_out), 0.0),
            Initial::He => (2.0, 0.0),
            Initial::Orthogonal => (fan_in / fan_in.max(fan_out), 0.0),
            Initial::Normal(deviation) => (fan_in * deviation * deviation, 0.0),
        };
        Spread {
            weight,
            bias,
            orthogonal: initial == Initial::Orthogonal,
        }
    };
    chain.parts.iter().map(of_part).collect()
}

/// A count as a real number.
#[expect(clippy::cast_precision_loss, reason = "a width is far below 2⁵³")]
pub fn real(count: usize) -> f64 {
    count as f64
}

/// The chain of the flags.
pub fn by_flags(arguments: &Arguments) -> Chain {
    let (inputs, width) = (arguments.inputs, arguments.width);
    let bias = !arguments.no_bias;
    let mut chain = Chain {
        inputs,
        parts: Vec::new(),
        steps: Vec::new(),
    };
    let activation = arguments.activation.activation();
    let block = |chain: &mut Chain, inputs: usize| {
        chain.parts.push(Part::Linear {
            inputs,
            outputs: width,
            bias,
        });
        let first = chain.parts.len() - 1;
        chain.parts.extend(arguments.norm.map(|norm| Part::Norm {
            over: match norm {
                NormName::Batch => Over::Batch,
                NormName::Layer => Over::Row,
            },
            features: width,
            affine: true,
        }));
        first..chain.parts.len()
    };
    let call = |chain: &mut Chain, parts: std::ops::Range<usize>, residual: bool| {
        let start = chain.steps.len();
        chain.steps.extend(parts.map(Step::Apply));
        chain.steps.extend(activation.clone().map(Step::Activation));
        if residual {
            chain.steps.push(Step::Add(start));
        }
    };
    let first = block(&mut chain, inputs);
    call(&mut chain, first, false);
    let mut hidden = None;
    for _ in 0..arguments.depth {
        let parts = match &hidden {
            Some(parts) if !arguments.untied => std::ops::Range::clone(parts),
            _ => block(&mut chain, width),
        };
        call(&mut chain, parts.clone(), arguments.residual);
        hidden = Some(parts);
    }
    chain.parts.push(Part::Linear {
        inputs: width,
        outputs: 1,
        bias,
    });
    chain.steps.push(Step::Apply(chain.parts.len() - 1));
    chain
}

/// The chain of a model.
///
/// # Errors
/// If it is none, is too shallow, or has an activation that is not measured.
pub fn of_model(model: &Model) -> Result<Chain, Fault> {
    let chain = Chain::of_model(model)?;
    for step in &chain.steps {
        if let Step::Activation(activation) = step
            && !deep::knows(activation)
        {
            return Err(Fault::new("unmeasured-activation", format!("{activation:?} is not measured yet")).help(
                "measured are Sigmoid, Tanh, ReLU, LeakyReLU, ELU, GELU (exact), SiLU and the identity",
            ));
        }
    }
    let linears = chain.linears().len();
    if linears < 3 {
        let message = format!(
            "the model has {linears} linear layers; two hidden ones and an output are needed"
        );
        return Err(Fault::new("too-shallow", message)
            .help("a ratio from layer to layer needs two hidden layers"));
    }
    if linears > MOST_LAYERS {
        return Err(Fault::new(
            "too-deep",
            format!("gradus follows at most {MOST_LAYERS} linear layers"),
        ));
    }
    Ok(chain)
}

/// Bytes that measuring takes, from above: weights and their gradients for each use, what the passes keep.
pub fn bytes(chain: &Chain, batch: usize) -> u128 {
    // float64 and float32 passes one after the other; a weight is kept twice (also transposed), its gradient twice.
    let weights = chain.parameters_untied() * (5 * 8);
    let values: u128 = chain.widths().iter().map(|width| *width as u128).sum();
    weights + values * batch as u128 * (6 * 8)
}

/// Multiplications and additions of one forward and backward pass.
pub fn operations(chain: &Chain, batch: usize) -> f64 {
    let mut sum = 0.0;
    for linear in chain.linears() {
        if let Part::Linear {
            inputs, outputs, ..
        } = chain.parts[linear.part]
        {
            sum += 6.0 * real(inputs) * real(outputs) * real(batch);
        }
    }
    sum
}
