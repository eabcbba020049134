//! Both orders of every activation that is asked about, by formula and mask by mask on tensors.

use super::arguments::Asked;
use crate::lab::dropout::{Placed, placed};
use crate::model::Fault;
use crate::questions::dropout::ActivationName;
use crate::report::{Finding, Witness};
use crate::theory::dropout::Through;

/// A difference up to this share of the largest output is rounding.
pub(super) const SAME: f64 = 1e-12;

/// From this share on it is real.
pub(super) const APART: f64 = 1e-6;

/// What is known of the activations.
pub(super) struct Facts<'a> {
    pub(super) asked: &'a Asked,
    pub(super) orders: Vec<Orders>,
}

/// One activation, with dropout before and after it.
pub(super) struct Orders {
    pub(super) name: ActivationName,
    /// By probability and value.
    cells: Vec<Cell>,
    /// What the tensors say, a probability each.
    placed: Vec<Placed>,
}

/// One value at one probability.
pub(super) struct Cell {
    pub(super) p: f64,
    pub(super) z: f64,
    pub(super) through: Through,
}

impl<'a> Facts<'a> {
    /// Gathers them.
    ///
    /// # Errors
    /// If the engine fails.
    pub(super) fn new(asked: &'a Asked) -> Result<Self, Fault> {
        let orders = asked.activations.iter().map(|name| orders(asked, *name));
        Ok(Self {
            asked,
            orders: orders.collect::<Result<_, _>>()?,
        })
    }

    /// Formula beside tensors.
    pub(super) fn witnesses(&self) -> [Witness; 2] {
        let masks: usize = self
            .orders
            .iter()
            .flat_map(|one| &one.placed)
            .map(|found| found.masks)
            .sum();
        let agree = |of: fn(&Orders) -> bool| self.orders.iter().all(of);
        [
            Witness::both(
                "the largest difference of the two orders",
                "a kept unit, φ(c·z) against c·φ(z), and a dropped one, φ(0) against 0",
                format!("the same on tensors, over {masks} masks"),
                agree(Orders::differences_agree),
            ),
            Witness::both(
                "E[φ(drop(z))]",
                "(1−p)·φ(c·z) + p·φ(0)",
                format!("the mean over {masks} masks, each with its probability"),
                agree(Orders::means_agree),
            ),
        ]
    }
}

fn orders(asked: &Asked, name: ActivationName) -> Result<Orders, Fault> {
    let (activation, operation) = (name.activation(asked.slope), name.operation(asked.slope));
    let mut found = Orders {
        name,
        cells: Vec::new(),
        placed: Vec::new(),
    };
    for &p in &asked.drops {
        let dropout = asked.dropout(p);
        let cells = asked.zs.iter().map(|&z| Cell {
            p,
            z,
            through: dropout.through(z, activation),
        });
        found.cells.extend(cells);
        let placed = placed(&operation, &asked.zs, p, dropout.factor)?;
        found.placed.push(placed);
    }
    Ok(found)
}

impl Orders {
    /// Every probability and value, the values running faster.
    pub(super) fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Where the two orders differ most.
    pub(super) fn worst(&self) -> Option<&Cell> {
        let by_difference =
            |a: &&Cell, b: &&Cell| a.through.difference.total_cmp(&b.through.difference);
        self.cells.iter().max_by(by_difference)
    }

    /// The largest difference over masks, probabilities and values.
    pub(super) fn difference(&self) -> f64 {
        self.worst().map_or(0.0, |cell| cell.through.difference)
    }

    /// The largest output in either order.
    fn size(&self) -> f64 {
        self.cells
            .iter()
            .map(|cell| cell.through.size())
            .fold(0.0, f64::max)
    }

    /// The largest difference as a share of the largest output.
    pub(super) fn share(&self) -> f64 {
        let size = self.size();
        if size > 0.0 {
            self.difference() / size
        } else {
            0.0
        }
    }

    /// Whether the order makes no difference.
    pub(super) fn same(&self) -> Finding {
        Finding::none(self.share(), SAME, APART)
    }

    /// E[φ(drop(z))] − φ(z) at every probability and value.
    pub(super) fn biases(&self) -> Vec<f64> {
        self.cells.iter().map(|cell| cell.through.bias()).collect()
    }

    fn differences_agree(&self) -> bool {
        let measured = self.placed.iter().map(|found| found.difference);
        (measured.fold(0.0, f64::max) - self.difference()).abs() <= SAME * self.size()
    }

    fn means_agree(&self) -> bool {
        let measured = self.placed.iter().flat_map(|found| &found.before);
        let mut pairs = measured.zip(&self.cells);
        pairs.all(|(mean, cell)| (mean - cell.through.before.mean).abs() <= SAME * self.size())
    }
}
