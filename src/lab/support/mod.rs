//! Receptive fields by measurement: the support of a gradient, node by node, on candle.
//!
//! The network is replaced by one whose gradient has the largest support that the real one can have: one channel,
//! weights of 1, maximum pools as sums. Such a network is linear with no negative weight, so nothing cancels, and
//! whether a position reaches the unit does not depend on the numbers, only on which positions reached the node
//! after it. So the gradient is carried back from the unit one node at a time, each by candle's own backward pass on
//! the node's forward operation, and after every node replaced by 1 where it is positive and 0 elsewhere: nothing
//! can over- or underflow, however deep the network is. Only the block of positions that can matter is computed; a
//! tensor's other positions would have gradient 0.
//!
//! What a layer reads is looked up position by position ([`taps`]); no formula for fields is used here.

mod block;
mod taps;
mod vjp;

use std::collections::BTreeMap;

use crate::model::access::InputSeen;
use crate::model::{Axes, Fault, Model, NodeId, Port, Work};

use block::Block;

/// What a measurement may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Bytes at once.
    pub bytes: u64,
    /// Elements computed, all operations together.
    pub work: u64,
}

impl Limit {
    /// This much memory, and about a second of work.
    pub fn of_bytes(bytes: u64) -> Self {
        Self {
            bytes,
            work: 200_000_000,
        }
    }
}

/// Elements that could be computed in the time that an operation takes however small it is.
const COST_OF_A_STEP: u64 = 4_000;

/// Why there is no measurement.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unmeasured {
    /// It would cost more than allowed.
    #[error("not measured: {reason}")]
    Skipped {
        /// What would be too large.
        reason: String,
    },
    /// The model cannot be measured as it is: a size or a structure is not known.
    #[error("not measured: {reason}")]
    Unknown {
        /// The node where it is needed.
        at: NodeId,
        /// What is not known.
        reason: String,
    },
    /// The model itself is at fault.
    #[error("{0}")]
    Fault(Box<Fault>),
    /// candle failed.
    #[error("the measurement failed: {0}")]
    Engine(String),
}

impl From<candle_core::Error> for Unmeasured {
    fn from(error: candle_core::Error) -> Self {
        Self::Engine(error.to_string())
    }
}

/// What is spent so far.
struct Budget {
    limit: Limit,
    work: u64,
}

impl Budget {
    /// Takes what an operation on this many elements costs, or says that it is too much.
    fn take(&mut self, elements: Option<u64>) -> Result<(), Unmeasured> {
        let bytes = elements.and_then(|n| n.checked_mul(BYTES_AN_ELEMENT));
        match bytes {
            Some(bytes) if bytes <= self.limit.bytes => {}
            _ => {
                return Err(Unmeasured::Skipped {
                    reason: "the tensors that matter would take more memory than allowed"
                        .to_owned(),
                });
            }
        }
        let cost = elements.unwrap_or(u64::MAX).saturating_add(COST_OF_A_STEP);
        self.work = self.work.saturating_add(cost);
        if self.work > self.limit.work {
            return Err(too_long());
        }
        Ok(())
    }
}

/// A value, its copy in the forward pass and its gradient, with room for candle's own.
const BYTES_AN_ELEMENT: u64 = 4 * 8;

fn too_long() -> Unmeasured {
    Unmeasured::Skipped {
        reason: "the measurement would take too long".to_owned(),
    }
}

/// What the unit of `node` (its first output) at `position`, one number for each of its places, reads of the inputs.
///
/// # Errors
/// If it would cost too much, a size or the structure is not known, or candle fails.
pub fn measure(
    model: &Model,
    node: NodeId,
    position: &[usize],
    limit: Limit,
) -> Result<Vec<InputSeen>, Unmeasured> {
    let steps = u64::try_from(node.0).unwrap_or(u64::MAX);
    if steps.saturating_mul(COST_OF_A_STEP) > limit.work {
        return Err(Unmeasured::Skipped {
            reason: format!("the network has {steps} steps, which would take too long one by one"),
        });
    }
    let axes = Axes::of_model(model).map_err(|fault| Unmeasured::Fault(Box::new(fault)))?;
    let places = axes.node(node)[0].layout.places().count();
    if places != position.len() {
        return Err(Unmeasured::Unknown {
            at: node,
            reason: format!("a unit has {places} positions here, not {}", position.len()),
        });
    }
    let mut budget = Budget { limit, work: 0 };
    let mut waiting = BTreeMap::from([(node.port(), Block::unit(position)?)]);
    let mut inputs = Vec::new();
    while let Some((port, block)) = waiting.pop_last() {
        match &model.node(port.node).work {
            Work::Input(_) => inputs.push(InputSeen {
                input: port.node,
                seen: block.seen()?,
            }),
            Work::Constant(_) | Work::Parameter(_) => {}
            Work::Call(_) | Work::Operation(_) => {
                back(model, &axes, port, &block, &mut waiting, &mut budget)?;
            }
        }
    }
    inputs.reverse();
    Ok(inputs)
}

/// Carries the gradient at an output back to the node's inputs.
fn back(
    model: &Model,
    axes: &Axes,
    port: Port,
    block: &Block,
    waiting: &mut BTreeMap<Port, Block>,
    budget: &mut Budget,
) -> Result<(), Unmeasured> {
    let output = &axes.node(port.node)[port.output];
    let own: Vec<Option<usize>> = output.layout.places().collect();
    for (from, relation) in model.node(port.node).inputs.iter().zip(&output.relations) {
        let constant = matches!(
            model.node(from.node).work,
            Work::Constant(_) | Work::Parameter(_)
        );
        let (Some(source), false) = (axes.at(*from), constant) else {
            continue;
        };
        let sizes = source.layout.places().map(|size| {
            size.ok_or_else(|| Unmeasured::Unknown {
                at: port.node,
                reason: "the size of the input is not known".to_owned(),
            })
        });
        let sizes: Vec<usize> = sizes.collect::<Result<_, _>>()?;
        let plan = taps::plan(relation, block, &own, &sizes, port.node, budget)?;
        let Some(plan) = plan else { continue };
        let read = vjp::pull_back(block, &plan, budget)?;
        let Some(read) = read else { continue };
        let merged = match waiting.remove(from) {
            Some(before) => before.merge(&read, budget)?,
            None => read,
        };
        waiting.insert(*from, merged);
    }
    Ok(())
}
