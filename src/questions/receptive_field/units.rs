//! Single units: the exact box that each sees, by formula and by measurement, the borders of the input included.

use super::facts::{Facts, whole_number};
use super::table::{Cell, Grid};
use crate::lab::support::{self, Limit};
use crate::model::access::{InputSeen, SeenAxis};
use crate::model::{Fault, NodeId, Seen};
use crate::report::{Agreement, Basis, Extent, Quantities, Quantity, Table, Value, Witness};
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
        let found = match field::unit(facts.model, facts.node, position) {
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

    /// The same by measurement, held against the formula's.
    pub fn witness(&self, facts: &Facts, max_memory: u64) -> Witness {
        let limit = Limit::of_bytes(max_memory);
        let measured = support::measure(facts.model, facts.node, &self.position, limit);
        let quantity = format!("the box of unit {}", name(&self.position));
        let theory = in_words(&self.seen);
        match measured {
            Ok(inputs) => {
                let measured = of_input(&inputs, facts);
                Witness {
                    quantity,
                    theory,
                    lab: in_words(&measured),
                    agreement: if measured == self.seen {
                        Agreement::Agree
                    } else {
                        Agreement::Disagree
                    },
                }
            }
            Err(reason) => Witness {
                quantity,
                theory,
                lab: reason.to_string(),
                agreement: Agreement::Alone,
            },
        }
    }

    /// How much of its window is input and not padding; `None` where its window has no constant form.
    fn share(&self, window: &[(i128, i128)]) -> Option<f64> {
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
fn of_input(inputs: &[InputSeen], facts: &Facts) -> Seen {
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

/// `0…79 × 0…79, 6400 positions`.
fn in_words(seen: &Seen) -> String {
    let axes: Vec<String> = seen
        .axes
        .iter()
        .map(|axis| format!("{}…{}", axis.first, axis.last))
        .collect();
    let axes = axes.join(" × ");
    match seen.count {
        Some(0) => "nothing".to_owned(),
        Some(count) => format!("{axes}, {count} positions"),
        None => axes,
    }
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

/// The units at the first corner, in the middle and at the last corner; fewer where they coincide. Empty where the
/// output's size is not known.
pub fn typical(facts: &Facts) -> Result<Vec<Unit>, Fault> {
    let Some(sizes) = facts.places().into_iter().collect::<Option<Vec<usize>>>() else {
        return Ok(Vec::new());
    };
    if sizes.contains(&0) {
        return Ok(Vec::new());
    }
    let mut positions: Vec<Vec<usize>> = Vec::new();
    for place in [|_| 0, |size| size / 2, |size| size - 1] as [fn(usize) -> usize; 3] {
        let position: Vec<usize> = sizes.iter().map(|size| place(*size)).collect();
        if !positions.contains(&position) {
            positions.push(position);
        }
    }
    let mut units = Vec::new();
    for position in positions {
        units.extend(Unit::new(facts, &position)?);
    }
    Ok(units)
}

/// What units at the borders see, and how much of their window is input.
pub fn borders(facts: &Facts, units: &[Unit]) -> Table {
    let mut grid = Grid::new(&[
        ("unit", "unit"),
        ("window_first", "window from"),
        ("window_last", "to"),
        ("first", "sees from"),
        ("last", "to"),
        ("size", "size"),
        ("positions", "positions"),
        ("share", "input in window"),
    ]);
    for unit in units {
        let window = window(facts, &unit.position);
        let seen = &unit.seen.axes;
        let along = |of: &dyn Fn(usize) -> Extent| Cell::Axes((0..seen.len()).map(of).collect());
        let share = window.as_ref().and_then(|window| unit.share(window));
        let bound = |of: fn(&(i128, i128)) -> i128| {
            let bounds = window
                .as_ref()
                .map(|window| window.iter().map(of).collect());
            Cell::axes(bounds, Extent::Count)
        };
        grid.row(vec![
            Cell::word(name(&unit.position)),
            bound(|window| window.0),
            bound(|window| window.1),
            along(&|axis| whole_number(seen[axis].first)),
            along(&|axis| whole_number(seen[axis].last)),
            along(&|axis| whole_number(seen[axis].size())),
            unit.seen.count.map_or(Cell::Empty, |count| {
                Cell::Plain(Value::Count(i128::try_from(count).unwrap_or(i128::MAX)))
            }),
            share.map_or(Cell::Empty, |share| Cell::Plain(Value::Real(share))),
        ]);
    }
    grid.table("borders", "Units at the borders")
}

/// The share of the first corner's window that is input.
pub fn border_share(facts: &Facts, units: &[Unit]) -> Option<Quantity> {
    let corner = units.first()?;
    let share = corner.share(&window(facts, &corner.position)?)?;
    let mut quantity = Quantity::exact(
        "border_share",
        "input in the window of the first corner",
        Value::Real(share),
    );
    quantity.basis = Basis::Rounded;
    Some(quantity)
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

/// The nodes of the network's outputs, each once.
pub fn outputs(facts: &Facts) -> Vec<NodeId> {
    let mut nodes: Vec<NodeId> = Vec::new();
    for port in &facts.model.outputs {
        if !nodes.contains(&port.node) {
            nodes.push(port.node);
        }
    }
    nodes
}
