//! A tensor on its way through one node: its atoms, each with the place that it came from.

use std::sync::Arc;

use super::{Atom, Layout, Output, Reads, Relation};
use crate::model::Access;
use crate::model::access::Along;

/// Why a node cannot take its inputs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Misfit(pub(super) String);

/// An atom with the place of the input that it came from, and how that place is read.
#[derive(Debug, Clone)]
pub(super) struct Tagged {
    pub(super) atom: Atom,
    /// The place of the input; `None` for atoms that carry none of its positions.
    pub(super) from: Option<usize>,
    pub(super) by: Vec<Access>,
}

/// One input of a node, being turned into the output.
#[derive(Debug, Clone)]
pub(super) struct Traced {
    pub(super) axes: Vec<Vec<Tagged>>,
    /// What is read of the places that no atom of the output decides; all of them unless it stands here.
    severed: Vec<Option<Reads>>,
}

impl Traced {
    /// The input as it is.
    pub(super) fn new(layout: &Layout) -> Self {
        let mut places = 0;
        let axes = layout.axes.iter().map(|atoms| {
            let tag = |atom: &Atom| Tagged {
                atom: *atom,
                from: atom.place.then(|| {
                    places += 1;
                    places - 1
                }),
                by: Vec::new(),
            };
            atoms.iter().map(tag).collect()
        });
        let axes = axes.collect();
        Self {
            axes,
            severed: vec![None; places],
        }
    }

    pub(super) fn rank(&self) -> usize {
        self.axes.len()
    }

    /// The axis that a number means, negative from the last.
    pub(super) fn axis(&self, dim: isize) -> Result<usize, Misfit> {
        axis_of(dim, self.rank())
    }

    /// The axis `back` before the end.
    pub(super) fn last(&self, back: usize) -> Result<usize, Misfit> {
        self.rank().checked_sub(back).ok_or_else(|| {
            Misfit(format!(
                "expected at least {back} axes, got {}",
                self.rank()
            ))
        })
    }

    /// The size of an axis, where it is known.
    pub(super) fn size(&self, axis: usize) -> Option<usize> {
        product(&self.axes[axis])
    }

    /// Whether an axis carries positions.
    pub(super) fn has_place(&self, axis: usize) -> bool {
        self.axes[axis].iter().any(|tagged| tagged.atom.place)
    }

    /// The axis becomes a new one without positions: every unit reads all of it.
    pub(super) fn mix(&mut self, axis: usize, size: Option<usize>) {
        self.axes[axis] = vec![plain(size)];
    }

    /// The axis keeps its positions, but each reads all of it.
    pub(super) fn whole(&mut self, axis: usize) {
        for tagged in &mut self.axes[axis] {
            tagged.from = None;
            tagged.by.clear();
        }
    }

    /// The axis' positions read by a layer's patterns.
    ///
    /// # Errors
    /// If the layer does not fit.
    pub(super) fn act(&mut self, axis: usize, along: &Along) -> Result<(), Misfit> {
        let size = self.size(axis);
        let length = match size {
            None => static_length(along),
            Some(n) => Some(
                along
                    .length(n)
                    .ok_or_else(|| Misfit(format!("it does not fit axis {axis} of size {n}")))?,
            ),
        };
        match &mut self.axes[axis][..] {
            [single] => {
                single.atom.size = length;
                let mut by = along.accesses.clone();
                by.append(&mut single.by);
                single.by = by;
            }
            _ if along.accesses.iter().all(|a| *a == Access::Same) => {}
            _ => self.tangle(axis, length),
        }
        Ok(())
    }

    /// The axis becomes one new atom whose positions are not followed back.
    pub(super) fn tangle(&mut self, axis: usize, size: Option<usize>) {
        let place = self.has_place(axis);
        for tagged in std::mem::take(&mut self.axes[axis]) {
            if let Some(from) = tagged.from {
                self.severed[from] = Some(Reads::Tangled { from: Some(axis) });
            }
        }
        self.axes[axis] = vec![Tagged {
            atom: Atom { size, place },
            from: None,
            by: Vec::new(),
        }];
    }

    /// Drops atoms of size 1 from axes that have others: their only position is read by every unit.
    pub(super) fn tidy(&mut self) {
        for axis in &mut self.axes {
            let mut at = 0;
            while axis.len() > 1 && at < axis.len() {
                if axis[at].atom.size == Some(1) {
                    let dropped = axis.remove(at);
                    if let Some(from) = dropped.from {
                        self.severed[from] = Some(broadcast(&dropped));
                    }
                } else {
                    at += 1;
                }
            }
        }
    }

    /// Places that no axis carries any more are in an arrangement that is not followed.
    pub(super) fn tangle_dropped(&mut self) {
        let kept: Vec<usize> = (self.axes.iter().flatten())
            .filter_map(|tagged| tagged.from)
            .collect();
        for (place, severed) in self.severed.iter_mut().enumerate() {
            if severed.is_none() && !kept.contains(&place) {
                *severed = Some(Reads::Tangled { from: None });
            }
        }
    }

    /// An axis removed; its places are read by these patterns at position 0.
    pub(super) fn remove(&mut self, axis: usize, by: Vec<Access>) {
        if let [single] = &self.axes[axis][..]
            && let Some(from) = single.from
        {
            let accesses = by.into_iter().chain(single.by.iter().cloned()).collect();
            self.severed[from] = Some(Reads::By {
                from: None,
                accesses,
            });
        }
        self.axes.remove(axis);
    }

    /// Nothing is known about what is read.
    pub(super) fn lose(&mut self, reason: &str) {
        let reason: Arc<str> = reason.into();
        for axis in 0..self.rank() {
            self.whole(axis);
        }
        self.severed.fill(Some(Reads::Lost(reason)));
    }

    /// The output of a node with this one input.
    pub(super) fn output(self) -> Output {
        let layout = self.layout();
        let relation = self.relation(&layout);
        Output {
            layout,
            relations: vec![relation],
        }
    }

    /// The axes without their history.
    pub(super) fn layout(&self) -> Layout {
        let untag = |axis: &Vec<Tagged>| axis.iter().map(|tagged| tagged.atom).collect();
        Layout {
            axes: self.axes.iter().map(untag).collect(),
        }
    }

    /// What an output of that layout reads: this input's axes are matched with the output's from the last one,
    /// atom by atom, as broadcasting has it.
    pub(super) fn relation(&self, layout: &Layout) -> Relation {
        let mut reads: Relation = (self.severed.iter())
            .map(|severed| severed.clone().unwrap_or_else(all))
            .collect();
        let axis_place = first_places(layout);
        for severed in &mut reads {
            if let Reads::Tangled { from: Some(axis) } = severed {
                *severed = Reads::Tangled {
                    from: axis_place[*axis + layout.axes.len() - self.rank()],
                };
            }
        }
        for (back, axis) in self.axes.iter().rev().enumerate() {
            let target = layout.axes.len() - 1 - back;
            let first = axis_place[target].unwrap_or(0);
            let atoms = &layout.axes[target];
            let same = atoms.len() == axis.len();
            for (at, tagged) in axis.iter().enumerate() {
                let Some(from) = tagged.from else { continue };
                let repeated = tagged.atom.size == Some(1)
                    && (!same || atoms[at].size != Some(1) || !atoms[at].place);
                reads[from] = if repeated {
                    broadcast(tagged)
                } else if same && atoms[at].place {
                    let before = atoms[..at].iter().filter(|atom| atom.place).count();
                    Reads::By {
                        from: Some(first + before),
                        accesses: if tagged.by.is_empty() {
                            vec![Access::Same]
                        } else {
                            tagged.by.clone()
                        },
                    }
                } else {
                    Reads::Tangled {
                        from: axis_place[target],
                    }
                };
            }
        }
        reads
    }
}

/// The only position of an axis, read by every output position.
fn broadcast(tagged: &Tagged) -> Reads {
    Reads::By {
        from: None,
        accesses: if tagged.by.is_empty() {
            vec![Access::All]
        } else {
            tagged.by.clone()
        },
    }
}

/// The number of the first place in each axis.
fn first_places(layout: &Layout) -> Vec<Option<usize>> {
    let mut next = 0;
    (layout.axes.iter())
        .map(|atoms| {
            let here = atoms.iter().filter(|atom| atom.place).count();
            next += here;
            (here > 0).then_some(next - here)
        })
        .collect()
}

/// The output's length where it does not depend on the input's.
fn static_length(along: &Along) -> Option<usize> {
    match along.accesses[..] {
        [Access::Adaptive { output } | Access::Slice { output, .. }] => Some(output),
        [Access::Resample(resample)] => resample.output,
        _ => None,
    }
}

pub(super) fn all() -> Reads {
    Reads::By {
        from: None,
        accesses: vec![Access::All],
    }
}

pub(super) fn plain(size: Option<usize>) -> Tagged {
    Tagged {
        atom: Atom { size, place: false },
        from: None,
        by: Vec::new(),
    }
}

/// The product of the atoms' sizes, where all are known.
pub(super) fn product(atoms: &[Tagged]) -> Option<usize> {
    atoms.iter().try_fold(1_usize, |product, tagged| {
        product.checked_mul(tagged.atom.size?)
    })
}

pub(super) fn axis_of(dim: isize, rank: usize) -> Result<usize, Misfit> {
    let axis = if dim < 0 {
        rank.checked_add_signed(dim)
    } else {
        usize::try_from(dim).ok()
    };
    axis.filter(|axis| *axis < rank)
        .ok_or_else(|| Misfit(format!("there is no axis {dim} among {rank}")))
}

impl Layout {
    /// Axes without positions.
    pub(super) fn plain(sizes: impl IntoIterator<Item = Option<usize>>) -> Self {
        let axis = |size| vec![Atom { size, place: false }];
        Self {
            axes: sizes.into_iter().map(axis).collect(),
        }
    }
}

/// The output of a node with several inputs, given what becomes of each: broadcast against each other. In every axis
/// the input that carries the most positions leads.
pub(super) fn combine(inputs: &[Traced]) -> Output {
    let rank = inputs.iter().map(Traced::rank).max().unwrap_or(0);
    let axes = (0..rank).map(|axis| {
        let mut candidates = inputs.iter().filter_map(|input| {
            let own = (axis + input.rank()).checked_sub(rank)?;
            Some(&input.axes[own])
        });
        let first = candidates.next().cloned().unwrap_or_default();
        candidates
            .fold(first, |lead, next| lead_of(lead, next))
            .iter()
            .map(|tagged| tagged.atom)
            .collect()
    });
    let layout = Layout {
        axes: axes.collect(),
    };
    let relations = inputs.iter().map(|input| input.relation(&layout)).collect();
    Output { layout, relations }
}

fn lead_of(lead: Vec<Tagged>, next: &[Tagged]) -> Vec<Tagged> {
    let rank = |atoms: &[Tagged]| {
        let places = atoms.iter().filter(|tagged| tagged.atom.place);
        let wide = places.clone().filter(|tagged| tagged.atom.size != Some(1));
        (wide.count(), places.count())
    };
    let (mut best, other) = if rank(next) > rank(&lead) {
        (next.to_vec(), lead)
    } else {
        (lead, next.to_vec())
    };
    if let ([one], [two]) = (&mut best[..], &other[..]) {
        let sizes = (one.atom.size, two.atom.size);
        if let (Some(1) | None, size @ Some(2..)) | (Some(1), size @ None) = sizes {
            one.atom.size = size;
        }
        one.atom.place |= two.atom.place;
    }
    best
}
