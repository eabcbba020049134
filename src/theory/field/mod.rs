//! Receptive fields by formula: which input positions a unit can depend on.
//!
//! Three questions, each with its own method, all in exact integer arithmetic:
//! - [`of_model`]: for every node, how large the field of its units is, how far apart two neighbours' are and where
//!   the first one starts, as if the input had no borders ([`forward`]);
//! - [`unit`]: exactly which positions one unit reads, borders, padding and misaligned branches included
//!   ([`unit`](mod@unit));
//! - [`chain`]: the windows on the way that decides the size, for the working and for what mistakes give ([`path`]).
//!
//! A field is the union over channels: channels, features and the batch are not positions.

mod forward;
mod patches;
mod path;
mod pattern;
mod periodic;
mod positions;
mod unit;

use num_rational::Ratio;

use crate::model::NodeId;

pub use forward::{of_axes, of_input, of_model};
pub use path::{Family, Link, chain, links, path};
pub use unit::{Blocked, UnitField, unit, unit_of_axes};

/// The fields of all nodes, with respect to one input.
#[derive(Debug, Clone, PartialEq)]
pub struct Fields {
    /// The input.
    pub input: NodeId,
    /// The axes of the input's tensor that carry positions; every list of axes here is in this order.
    pub axes: Vec<usize>,
    /// For every node of the model, of its first output.
    pub nodes: Vec<NodeField>,
}

/// The field of a node's units.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeField {
    /// It does not depend on the input.
    Independent,
    /// Along every axis of the input that carries positions.
    Axes(Vec<NodeAxis>),
}

/// The field of a node's units along one axis of the input.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeAxis {
    /// Which place of the node's output moves the field along this axis (the position of a unit is given as one
    /// number a place); `None`: all units see the same.
    pub place: Option<usize>,
    /// What a unit sees.
    pub field: AxisField,
}

/// What a unit sees along one axis of the input, as if the input had no borders.
#[derive(Debug, Clone, PartialEq)]
pub enum AxisField {
    /// Every unit sees a set of the same form, moved along.
    Regular(Regular),
    /// All of the input, however large it is, but for what an earlier node cuts off or strides over; `causal`: of what
    /// comes before the unit, the unit included.
    Whole {
        /// Whether only what comes before.
        causal: bool,
    },
    /// Branches advance by different jumps, or stand side by side so that each unit reads one of them: every position
    /// has its own field, which [`unit`](fn@unit) gives.
    Misaligned {
        /// Where the branches meet.
        at: NodeId,
    },
    /// The size depends on the input's, which is not known.
    NeedsShape {
        /// The node where it is needed.
        at: NodeId,
    },
    /// The structure cannot be followed: what is seen is not known.
    Lost {
        /// The node that cannot be followed.
        at: NodeId,
        /// Why.
        reason: String,
    },
}

/// A field of constant form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regular {
    /// From the first position that a unit sees to the last, both included. Where phases differ, of the largest; a
    /// transposed window that leaves gaps along another axis can make single units see less.
    pub size: u128,
    /// Distinct positions that a unit sees, where phases differ of the one that sees most; less than `size` where
    /// dilation leaves holes. `None` if there are too many patches to count.
    pub taps: Option<u128>,
    /// Input positions between two neighbouring units (on average, where phases differ): 8, or 1/2 after an
    /// upsampling by 2.
    pub jump: Ratio<i128>,
    /// The first position that unit 0 sees; negative in the padding. 0 if it sees none.
    pub start: i128,
    /// The middle between the first and the last position that unit 0 sees.
    pub centre: Ratio<i128>,
    /// One entry a phase where units differ by their position's remainder (transposed windows, upsampling); else
    /// a single one.
    pub phases: Vec<Phase>,
    /// Input positions from a unit to the one `phases.len()` further.
    pub advance: i128,
}

/// What the units of one phase see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phase {
    /// The first position that the phase's first unit sees.
    pub start: i128,
    /// From its first position to its last; 0 if it sees none.
    pub size: u128,
    /// Distinct positions, as in [`Regular::taps`].
    pub taps: Option<u128>,
}

impl Fields {
    /// The field of a node along one axis, if it depends on the input and there is such an axis.
    pub fn at(&self, node: NodeId, axis: usize) -> Option<&AxisField> {
        match self.nodes.get(node.0)? {
            NodeField::Independent => None,
            NodeField::Axes(all) => all.get(axis).map(|one| &one.field),
        }
    }

    /// The first node whose structure cannot be followed, among what `node` sees.
    pub fn lost(&self, node: NodeId) -> Option<(NodeId, &str)> {
        match self.nodes.get(node.0)? {
            NodeField::Independent => None,
            NodeField::Axes(all) => all.iter().find_map(|one| match &one.field {
                AxisField::Lost { at, reason } => Some((*at, reason.as_str())),
                _ => None,
            }),
        }
    }
}

impl Regular {
    /// The first and last position that a unit sees, as if the input had no borders; `None` if it sees none, or
    /// where a number does not fit.
    pub fn window(&self, position: usize) -> Option<(i128, i128)> {
        let period = self.phases.len().max(1);
        let phase = self.phases.get(position % period)?;
        let turns = i128::try_from(position / period).ok()?;
        let first = turns.checked_mul(self.advance)?.checked_add(phase.start)?;
        let reach = i128::try_from(phase.size.checked_sub(1)?).ok()?;
        Some((first, first.checked_add(reach)?))
    }

    /// Whether units at different positions have fields of different form.
    pub fn has_phases(&self) -> bool {
        self.phases
            .iter()
            .any(|phase| phase.size != self.phases[0].size || phase.taps != self.phases[0].taps)
    }
}
