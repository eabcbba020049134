//! Exactly which input positions one unit reads: the inverse image of a position, node by node back to the inputs.
//!
//! What is read of a tensor is a union of *patches*, each a product of one set an axis: every node reads products of
//! patterns, so that a product stays one. Branches add patches; a patch that lies in another is dropped. Sets are
//! clipped to the tensor at every node, since padding inside the network cuts taps too: that is why the field at a
//! border is not the window cut by the input.

use std::collections::BTreeMap;

use super::patches::{Patch, add, seen};
use super::pattern::{Border, Kind, NoForm, Pattern};
use super::positions::Positions;
use crate::model::access::Along;
use crate::model::axes::{Axes, Reads, Relation};
use crate::model::{Access, Fault, InputSeen, Model, NodeId, Port, Work};

/// What a unit reads of every input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitField {
    /// The inputs that the unit depends on.
    pub inputs: Vec<InputSeen>,
}

/// Why there is no exact answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Blocked {
    /// The model itself is at fault.
    #[error("{0}")]
    Fault(Box<Fault>),
    /// There is no such unit.
    #[error("the unit's position has to be one number for each of the sizes {sizes:?}")]
    NoSuchUnit {
        /// The sizes of the node's places.
        sizes: Vec<Option<usize>>,
    },
    /// A size is not known.
    #[error("the size of the input has to be known")]
    NeedsShape {
        /// The node where it is needed.
        at: NodeId,
    },
    /// The structure cannot be followed.
    #[error("{reason}")]
    Lost {
        /// The node that cannot be followed.
        at: NodeId,
        /// Why.
        reason: String,
    },
}

impl From<Fault> for Blocked {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

/// What the unit of `node` (its first output) at `position`, one number for each of its places, reads of the inputs.
///
/// # Errors
/// If there is no such unit, a size is not known, or a node cannot be followed.
pub fn unit(model: &Model, node: NodeId, position: &[usize]) -> Result<UnitField, Blocked> {
    unit_of_axes(model, &Axes::of_model(model)?, node, position)
}

/// The same, where the axes of the model are at hand.
///
/// # Errors
/// As [`unit`](fn@unit).
pub fn unit_of_axes(
    model: &Model,
    axes: &Axes,
    node: NodeId,
    position: &[usize],
) -> Result<UnitField, Blocked> {
    let sizes: Vec<Option<usize>> = axes.node(node)[0].layout.places().collect();
    let inside = (sizes.iter().zip(position)).all(|(size, at)| size.is_none_or(|size| *at < size));
    if sizes.len() != position.len() || !inside {
        return Err(Blocked::NoSuchUnit { sizes });
    }
    let start: Patch = (position.iter())
        .map(|at| Positions::one(*at as i128))
        .collect();
    let mut waiting = BTreeMap::from([(node.port(), vec![start])]);
    let mut inputs = Vec::new();
    while let Some((port, patches)) = waiting.pop_last() {
        match &model.node(port.node).work {
            Work::Input(_) => inputs.push(InputSeen {
                input: port.node,
                seen: seen(&patches),
            }),
            Work::Constant(_) | Work::Parameter(_) => {}
            Work::Call(_) | Work::Operation(_) => {
                spread(model, axes, port, &patches, &mut waiting)?;
            }
        }
    }
    inputs.reverse();
    Ok(UnitField { inputs })
}

/// What the patches of an output read of the node's inputs.
fn spread(
    model: &Model,
    axes: &Axes,
    port: Port,
    patches: &[Patch],
    waiting: &mut BTreeMap<Port, Vec<Patch>>,
) -> Result<(), Blocked> {
    let output = &axes.node(port.node)[port.output];
    let own: Vec<Option<usize>> = output.layout.places().collect();
    for (from, relation) in model.node(port.node).inputs.iter().zip(&output.relations) {
        let Some(source) = axes.at(*from) else {
            continue;
        };
        if matches!(
            model.node(from.node).work,
            Work::Constant(_) | Work::Parameter(_)
        ) {
            continue;
        }
        let sizes: Vec<Option<usize>> = source.layout.places().collect();
        for patch in patches {
            let read = inverse(patch, relation, &own, &sizes, port.node)?;
            if let Some(read) = read {
                add(waiting.entry(*from).or_default(), read);
            }
        }
    }
    Ok(())
}

/// The patch that is read of an input; `None` if nothing is.
fn inverse(
    patch: &Patch,
    relation: &Relation,
    own: &[Option<usize>],
    sizes: &[Option<usize>],
    at: NodeId,
) -> Result<Option<Patch>, Blocked> {
    let mut read = Vec::with_capacity(relation.len());
    for (reads, size) in relation.iter().zip(sizes) {
        let n = size.ok_or(Blocked::NeedsShape { at })?;
        let set = match reads {
            Reads::Nothing => return Ok(None),
            Reads::Lost(reason) => {
                return Err(Blocked::Lost {
                    at,
                    reason: reason.to_string(),
                });
            }
            Reads::Tangled { from } => {
                let complete = from.is_some_and(|place| {
                    own[place].is_some_and(|n| patch[place].contains(&Positions::whole(n)))
                });
                if !complete {
                    return Err(Blocked::Lost {
                        at,
                        reason: "it arranges positions in another order, which is not followed"
                            .to_owned(),
                    });
                }
                Positions::whole(n)
            }
            Reads::By { from, accesses } => {
                let unit = Positions::one(0);
                let set = from.map_or(&unit, |place| &patch[place]);
                along(set, accesses, n).map_err(|no_form| match no_form {
                    NoForm::NeedsLength => Blocked::NeedsShape { at },
                    NoForm::TooLarge => Blocked::Lost {
                        at,
                        reason: "its numbers are too large to compute with".to_owned(),
                    },
                })?
            }
        };
        if set.is_empty() {
            return Ok(None);
        }
        read.push(set);
    }
    Ok(Some(read))
}

/// What a set reads through several patterns of an input of length `n`.
fn along(set: &Positions, accesses: &[Access], n: usize) -> Result<Positions, NoForm> {
    // The length that each pattern reads, from the input forwards.
    let mut lengths = vec![n];
    for access in accesses.iter().skip(1).rev() {
        let before = lengths[lengths.len() - 1];
        let length = Along::one(access.clone()).length(before);
        lengths.push(length.ok_or(NoForm::TooLarge)?);
    }
    let mut set = set.clone();
    for (access, n) in accesses.iter().zip(lengths.iter().rev()) {
        set = match Kind::of(access, Some(*n))? {
            Kind::Same => set,
            Kind::All if set.is_empty() => set,
            Kind::All => Positions::whole(*n),
            Kind::UpTo => match set.hull() {
                Some((_, last)) => Positions::interval(0, last),
                None => set,
            },
            Kind::Periodic(pattern) => {
                let read = pattern.read(&set).ok_or(NoForm::TooLarge)?;
                pattern.border.fold(&read, *n).ok_or(NoForm::TooLarge)?
            }
        };
    }
    Ok(set)
}

impl Pattern {
    /// The inputs that a set of outputs reads, those outside the input included.
    fn read(&self, outputs: &Positions) -> Option<Positions> {
        if self.period() == 1 {
            let Some(taps) = self.phases[0] else {
                return Some(Positions::default());
            };
            let taps = Positions::one(taps.first).copies(taps.count, taps.step)?;
            if self.advance == 1 && outputs.intervals().len() > 1 {
                return self.slide(outputs);
            }
            let parts = outputs.intervals().iter().map(|&(first, last)| {
                let count = last.abs_diff(first).checked_add(1)?;
                let moved = first.checked_mul(self.advance)?;
                taps.clone().shift(moved)?.copies(count, self.advance)
            });
            return Some(Positions::union_all(parts.collect::<Option<Vec<_>>>()?));
        }
        let period = self.period();
        let mut sets = Vec::new();
        for (&(first, last), phase) in
            (outputs.intervals().iter()).flat_map(|i| (0..period).map(move |phase| (i, phase)))
        {
            // The outputs of this phase: `phase + q·period` for q from `low` to `high`.
            let low = num_integer::div_ceil(first - phase, period);
            let high = num_integer::div_floor(last - phase, period);
            let index = usize::try_from(phase).ok()?;
            if let (Some(taps), true) = (self.phases[index], low <= high) {
                let count = high.abs_diff(low) + 1;
                let first = taps.first.checked_add(low.checked_mul(self.advance)?)?;
                let set = Positions::one(first).copies(taps.count, taps.step)?;
                sets.push(set.copies(count, self.advance)?);
            }
        }
        Some(Positions::union_all(sets))
    }

    /// The same for windows of stride 1: the set itself, moved to every tap.
    fn slide(&self, outputs: &Positions) -> Option<Positions> {
        let taps = self.phases[0]?;
        let moved = outputs.clone().shift(taps.first)?;
        moved.copies(taps.count, taps.step)
    }
}

impl Border {
    /// Reads outside the input, put where they are answered.
    fn fold(self, set: &Positions, n: usize) -> Option<Positions> {
        let [before, inside, after] = set.parts(n);
        let last = n as i128 - 1;
        Some(match self {
            _ if before.is_empty() && after.is_empty() => inside,
            Self::Nothing => inside,
            Self::Reflect => {
                let turned = [
                    before.mirror(0)?,
                    inside,
                    after.mirror(last.checked_mul(2)?)?,
                ];
                Positions::union_all(turned).clip(0, last)
            }
            Self::Replicate => {
                let ends = [(&before, 0), (&after, last)];
                let ends = ends.into_iter().filter(|(part, _)| !part.is_empty());
                ends.fold(inside, |set, (_, end)| set.union(&Positions::one(end)))
            }
            Self::Circular => {
                let n = i128::try_from(n).ok()?.max(1);
                let (first, end) = set.hull()?;
                let mut parts = Vec::new();
                for turn in first.div_euclid(n)..=end.div_euclid(n) {
                    let from = turn.checked_mul(n)?;
                    let part = set.clone().clip(from, from.checked_add(last)?);
                    parts.push(part.shift(from.checked_neg()?)?);
                }
                Positions::union_all(parts)
            }
        })
    }
}
