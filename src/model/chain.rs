//! A network as a chain: linear layers, norms and element-wise activations one after the other, with sums over
//! shortcuts. What the study of vanishing gradients works on.

use std::collections::HashMap;

use super::layer::Activation;
use super::operation::Binary;
use super::{Fault, Layer, Model, ModuleId, NodeId, Operation, Port, Weights, Work};

/// A chain on inputs of shape (batch, `inputs`).
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// Numbers in one row of the input.
    pub inputs: usize,
    /// The distinct modules: two steps with one part share its weights.
    pub parts: Vec<Part>,
    /// What is done, in order. Value 0 is the input, value `i + 1` what step `i` gives.
    pub steps: Vec<Step>,
}

/// A module with weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `y = x Wᵀ + b`.
    Linear {
        /// Numbers in a row of x.
        inputs: usize,
        /// Numbers in a row of y.
        outputs: usize,
        /// Whether there is a b.
        bias: bool,
    },
    /// A norm with a scale (1 at first) and a shift (0 at first), both learned where it is affine.
    Norm {
        /// Over what.
        over: Over,
        /// Numbers in a row.
        features: usize,
        /// Whether there are a scale and a shift.
        affine: bool,
    },
}

/// What a norm takes its mean and variance over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Over the batch, for each feature (`BatchNorm1d` in training).
    Batch,
    /// Over the features, for each row (`LayerNorm`).
    Row,
}

/// What PyTorch's norms add to a variance.
pub const NORM_EPSILON: f64 = 1e-5;

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The part with this number.
    Apply(usize),
    /// An element-wise function.
    Activation(Activation),
    /// The value with this number is added: a shortcut.
    Add(usize),
}

/// Where a linear layer stands in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinearUse {
    /// Its step.
    pub step: usize,
    /// Its part.
    pub part: usize,
    /// The number of the value that it leads to: what the next linear layer reads, or the chain's output.
    pub output: usize,
}

impl Part {
    /// How many trained numbers it has.
    pub fn parameters(&self) -> u128 {
        match *self {
            Self::Linear {
                inputs,
                outputs,
                bias,
            } => (inputs as u128) * (outputs as u128) + if bias { outputs as u128 } else { 0 },
            Self::Norm {
                features, affine, ..
            } => 2 * (features as u128) * u128::from(affine),
        }
    }
}

impl Chain {
    /// The linear layers, in order.
    pub fn linears(&self) -> Vec<LinearUse> {
        let mut uses: Vec<LinearUse> = Vec::new();
        for (step, what) in self.steps.iter().enumerate() {
            if let Step::Apply(part) = *what
                && matches!(self.parts[part], Part::Linear { .. })
            {
                if let Some(last) = uses.last_mut() {
                    last.output = step;
                }
                let output = self.steps.len();
                uses.push(LinearUse { step, part, output });
            }
        }
        uses
    }

    /// How many numbers are in a row of each value: the input, then after each step.
    pub fn widths(&self) -> Vec<usize> {
        let mut widths = vec![self.inputs];
        for step in &self.steps {
            let before = widths[widths.len() - 1];
            widths.push(match step {
                Step::Apply(part) => match self.parts[*part] {
                    Part::Linear { outputs, .. } => outputs,
                    Part::Norm { .. } => before,
                },
                _ => before,
            });
        }
        widths
    }

    /// Trained numbers, those of a shared part once.
    pub fn parameters(&self) -> u128 {
        self.parts.iter().map(Part::parameters).sum()
    }

    /// Trained numbers if every use had its own.
    pub fn parameters_untied(&self) -> u128 {
        let of_step = |step: &Step| match step {
            Step::Apply(part) => self.parts[*part].parameters(),
            _ => 0,
        };
        self.steps.iter().map(of_step).sum()
    }

    /// Whether some part is used twice.
    pub fn is_tied(&self) -> bool {
        self.parameters() != self.parameters_untied()
    }

    /// The chain that a model is.
    ///
    /// # Errors
    /// If it is none: which layer stands in the way.
    pub fn of_model(model: &Model) -> Result<Self, Fault> {
        Reader::new(model)?.read()
    }
}

/// From a model to a chain.
struct Reader<'a> {
    model: &'a Model,
    input: NodeId,
    /// The value that each port is.
    values: HashMap<Port, usize>,
    parts: HashMap<ModuleId, usize>,
    chain: Chain,
}

impl<'a> Reader<'a> {
    fn new(model: &'a Model) -> Result<Self, Fault> {
        let mut inputs = model.inputs();
        let (Some(input), None) = (inputs.next(), inputs.next()) else {
            return Err(not_a_chain("it has not exactly one input"));
        };
        Ok(Self {
            model,
            input,
            values: HashMap::from([(input.port(), 0)]),
            parts: HashMap::new(),
            chain: Chain {
                inputs: 0,
                parts: Vec::new(),
                steps: Vec::new(),
            },
        })
    }

    fn read(mut self) -> Result<Chain, Fault> {
        for id in self.model.node_ids() {
            if id != self.input {
                self.node(id)?;
            }
        }
        let last = self.chain.steps.len();
        let output = self
            .model
            .outputs
            .first()
            .and_then(|port| self.values.get(port));
        if self.model.outputs.len() != 1 || output != Some(&last) {
            return Err(not_a_chain("what it returns is not the end of one chain"));
        }
        let first = self.chain.linears().first().copied();
        let Some(Part::Linear { inputs, .. }) = first.map(|first| self.chain.parts[first.part])
        else {
            return Err(not_a_chain("it has no linear layer"));
        };
        self.chain.inputs = inputs;
        Ok(self.chain)
    }

    fn node(&mut self, id: NodeId) -> Result<(), Fault> {
        let node = self.model.node(id);
        let refused =
            |why: &str| not_a_chain(format!("`{}` ({}) {why}", node.name, self.model.kind(id)));
        let known: Option<Vec<usize>> = node
            .inputs
            .iter()
            .map(|port| self.values.get(port).copied())
            .collect();
        let known =
            known.ok_or_else(|| refused("reads something that is no value of the chain"))?;
        let last = self.chain.steps.len();
        if !known.contains(&last) {
            return Err(refused("does not follow the step before it"));
        }
        let step = match &node.work {
            Work::Call(module) => {
                let Some(step) = self.module(*module, &refused)? else {
                    self.values.insert(id.port(), last);
                    return Ok(());
                };
                step
            }
            Work::Operation(Operation::Binary(Binary::Add)) if known.len() == 2 => {
                Step::Add(if known[0] == last { known[1] } else { known[0] })
            }
            _ => {
                return Err(refused(
                    "is neither a linear layer, a norm, an activation nor a sum",
                ));
            }
        };
        self.chain.steps.push(step);
        self.values.insert(id.port(), last + 1);
        Ok(())
    }

    /// The step that a module is; `None` where it changes nothing.
    fn module(
        &mut self,
        id: ModuleId,
        refused: &dyn Fn(&str) -> Fault,
    ) -> Result<Option<Step>, Fault> {
        let module = &self.model.modules[id.0];
        if module.weights != Weights::Own {
            return Err(refused("has weights that are not its own"));
        }
        let part = match &module.layer {
            Layer::Identity => return Ok(None),
            Layer::Activation(activation) => return Ok(Some(Step::Activation(activation.clone()))),
            Layer::Linear {
                in_features,
                out_features,
                bias,
            } => Part::Linear {
                inputs: *in_features,
                outputs: *out_features,
                bias: *bias,
            },
            Layer::BatchNorm {
                spatial: 1,
                num_features,
                affine,
                ..
            } => Part::Norm {
                over: Over::Batch,
                features: *num_features,
                affine: *affine,
            },
            Layer::LayerNorm {
                normalized_shape,
                affine,
                bias,
            } if normalized_shape.len() == 1 && affine == bias => Part::Norm {
                over: Over::Row,
                features: normalized_shape[0],
                affine: *affine,
            },
            _ => {
                return Err(refused(
                    "is neither a linear layer, a norm nor an activation",
                ));
            }
        };
        let number = *self.parts.entry(id).or_insert_with(|| {
            self.chain.parts.push(part);
            self.chain.parts.len() - 1
        });
        Ok(Some(Step::Apply(number)))
    }
}

fn not_a_chain(why: impl Into<String>) -> Fault {
    Fault::new("not-a-chain", format!("the model is no chain that can be measured: {}", why.into())).help(
        "measured are linear layers, BatchNorm1d, LayerNorm and activations one after the other, with shortcuts that \
         are added; other models are not measured yet",
    )
}
