//! Single units: the exact box that each sees by formula, the borders of the input included.

use super::facts::{Facts, whole_number};
use crate::model::access::{InputSeen, SeenAxis};
use crate::model::{Fault, Seen};
use crate::report::{Quantities, Quantity, Value};
use crate::theory::field::{self, AxisField, Blocked, NodeField};

/// A unit and what it sees.
#[derive(Debug)]
pub struct Unit {
    /// Its position: one number for each of its places.
    pub position: Vec<usize>,
    /// What it sees of the input.
    pub seen: Seen,
}

impl Unit {
    /// A unit, by formula. `None` where the input's size is not known or a layer cannot be followed.
    ///
    /// # Errors
    /// If there is no such unit.
    pub fn new(facts: &Facts, position: &[usize]) -> Result<Option<Self>, Fault> {
        let found = match field::unit_of_axes(facts.model, &facts.axes, facts.node, position) {
            Ok(found) => found,
            Err(Blocked::NeedsShape { .. } | Blocked::Lost { .. }) => return Ok(None),
            Err(Blocked::Fault(fault)) => return Err(*fault),
            Err(Blocked::NoSuchUnit { sizes }) => return Err(no_such_unit(&sizes)),
        };
        Ok(Some(Self {
            position: position.to_vec(),
            seen: of_input(&found.inputs, facts),
        }))
    }

    /// How much of its window is input and not padding; `None` where its window has no constant form.
    pub fn share(&self, window: &[(i128, i128)]) -> Option<f64> {
        if self.seen.axes.is_empty() {
            return Some(0.0);
        }
        let mut share = 1.0;
        for (axis, (first, last)) in self.seen.axes.iter().zip(window) {
            share *= ratio(axis.size(), u128::try_from(last - first + 1).ok()?);
        }
        Some(share)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a share is shown to a few digits"
)]
fn ratio(part: u128, whole: u128) -> f64 {
    part as f64 / whole as f64
}

/// What is seen of the input that is asked about; without axes where that is nothing: a unit may lie in the padding.
pub fn of_input(inputs: &[InputSeen], facts: &Facts) -> Seen {
    let nothing = Seen {
        axes: Vec::new(),
        count: Some(0),
    };
    let own = inputs.iter().find(|seen| seen.input == facts.fields.input);
    own.map(|input| input.seen.clone())
        .filter(|seen| seen.count != Some(0))
        .unwrap_or(nothing)
}

fn no_such_unit(sizes: &[Option<usize>]) -> Fault {
    let shown: Vec<String> = sizes
        .iter()
        .map(|size| size.map_or_else(|| "?".to_owned(), |size| size.to_string()))
        .collect();
    let fault = Fault::new("no-such-unit", "there is no such unit");
    fault.help(format!(
        "the units asked about lie on {}: give --at one number for each, from 0",
        shown.join("×")
    ))
}

/// A position as people write it.
pub fn name(position: &[usize]) -> String {
    let numbers: Vec<String> = position.iter().map(ToString::to_string).collect();
    format!("({})", numbers.join(", "))
}

/// The window of a unit along each axis, as if the input had no borders.
pub fn window(facts: &Facts, position: &[usize]) -> Option<Vec<(i128, i128)>> {
    let NodeField::Axes(axes) = &facts.fields.nodes[facts.node.0] else {
        return None;
    };
    let along = axes.iter().map(|axis| match &axis.field {
        AxisField::Regular(regular) => {
            regular.window(axis.place.map_or(0, |place| position[place]))
        }
        _ => None,
    });
    along.collect()
}

/// The exact box of the unit that was asked for.
pub fn at(unit: &Unit) -> Quantities {
    let axes = &unit.seen.axes;
    let mut quantities = Vec::new();
    if !axes.is_empty() {
        quantities.extend(boxed(axes));
    }
    if let Some(count) = unit.seen.count {
        let count = Value::Count(i128::try_from(count).unwrap_or(i128::MAX));
        quantities.push(Quantity::exact("box.count", "positions in all", count));
    }
    Quantities {
        title: format!("Unit {}", name(&unit.position)),
        quantities,
    }
}

fn boxed(axes: &[SeenAxis]) -> Vec<Quantity> {
    let dims = |of: &dyn Fn(usize) -> u128| {
        Value::Dims((0..axes.len()).map(|axis| whole_number(of(axis))).collect())
    };
    let first = dims(&|axis| axes[axis].first);
    let last = dims(&|axis| axes[axis].last);
    let mut quantities = vec![
        Quantity::exact("box", "size of the box", dims(&|axis| axes[axis].size())),
        Quantity::exact("box.first", "first position", first),
        Quantity::exact("box.last", "last position", last),
    ];
    let taps: Option<Vec<u128>> = axes.iter().map(|axis| axis.taps).collect();
    if let Some(taps) = taps {
        let taps = Value::Dims(taps.into_iter().map(whole_number).collect());
        quantities.push(Quantity::exact("box.taps", "distinct positions read", taps));
    }
    quantities
}
