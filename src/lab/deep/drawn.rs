//! Chains at random, for tests.

use crate::lab::random::Stream;
use crate::model::Chain;
use crate::model::chain::{Over, Part, Step};
use crate::model::layer::Activation;

/// A chain drawn at random: blocks with or without a norm, an activation and a shortcut, some of them shared.
pub(super) fn chain(stream: Stream) -> Chain {
    let mut place = 0;
    let mut draw = |choices: u64| {
        place += 1;
        stream.bits(place) % choices
    };
    let width = 2 + usize::try_from(draw(6)).unwrap_or(0);
    let mut chain = Chain {
        inputs: 3,
        parts: vec![Part::Linear {
            inputs: 3,
            outputs: width,
            bias: true,
        }],
        steps: vec![Step::Apply(0)],
    };
    let mut shared = None;
    for _ in 0..=draw(5) {
        let start = chain.steps.len();
        let linear = match shared {
            Some(part) if draw(2) == 0 => part,
            _ => {
                chain.parts.push(Part::Linear {
                    inputs: width,
                    outputs: width,
                    bias: draw(2) == 0,
                });
                chain.parts.len() - 1
            }
        };
        shared = Some(linear);
        chain.steps.push(Step::Apply(linear));
        if draw(2) == 0 {
            chain.parts.push(Part::Norm {
                over: if draw(2) == 0 { Over::Batch } else { Over::Row },
                features: width,
                affine: draw(2) == 0,
            });
            chain.steps.push(Step::Apply(chain.parts.len() - 1));
        }
        let activation = match draw(8) {
            0 => Some(Activation::Sigmoid),
            1 => Some(Activation::Tanh),
            2 => Some(Activation::Relu),
            3 => Some(Activation::LeakyRelu {
                negative_slope: 0.1,
            }),
            4 => Some(Activation::Elu { alpha: 0.7 }),
            5 => Some(Activation::Gelu { tanh: false }),
            6 => Some(Activation::Silu),
            _ => None,
        };
        chain.steps.extend(activation.map(Step::Activation));
        if draw(2) == 0 {
            chain.steps.push(Step::Add(start));
        }
    }
    chain.parts.push(Part::Linear {
        inputs: width,
        outputs: 2,
        bias: true,
    });
    chain.steps.push(Step::Apply(chain.parts.len() - 1));
    chain
}
