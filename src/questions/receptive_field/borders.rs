//! Units at the borders of the input, and units that all see differently.

use super::facts::{Facts, whole_number};
use super::table::{Cell, Grid};
use super::units::{Unit, name, window};
use crate::model::Fault;
use crate::report::{Basis, Extent, Quantity, Table, Value};
use crate::theory::field::{AxisField, NodeField};

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

/// What a unit's row tells.
const COLUMNS: [(&str, &str); 8] = [
    ("unit", "unit"),
    ("window_first", "window from"),
    ("window_last", "to"),
    ("first", "sees from"),
    ("last", "to"),
    ("size", "size"),
    ("positions", "positions"),
    ("share", "input in window"),
];

/// What units at the borders see, and how much of their window is input.
pub fn borders(facts: &Facts, units: &[Unit]) -> Table {
    let mut grid = Grid::new(&COLUMNS);
    for unit in units {
        grid.row(row(facts, unit));
    }
    grid.table("borders", "Units at the borders")
}

fn row(facts: &Facts, unit: &Unit) -> Vec<Cell> {
    let window = window(facts, &unit.position);
    let share = window.as_ref().and_then(|window| unit.share(window));
    let bound = |of: fn(&(i128, i128)) -> i128| {
        let bounds = window.as_ref();
        Cell::axes(
            bounds.map(|window| window.iter().map(of).collect()),
            Extent::Count,
        )
    };
    let seen = &unit.seen.axes;
    let along = |of: &dyn Fn(usize) -> u128| {
        Cell::Axes((0..seen.len()).map(|axis| whole_number(of(axis))).collect())
    };
    let positions = unit
        .seen
        .count
        .map(|count| i128::try_from(count).unwrap_or(i128::MAX));
    vec![
        Cell::word(name(&unit.position)),
        bound(|window| window.0),
        bound(|window| window.1),
        along(&|axis| seen[axis].first),
        along(&|axis| seen[axis].last),
        along(&|axis| seen[axis].size()),
        positions.map_or(Cell::Empty, |count| Cell::Plain(Value::Count(count))),
        share.map_or(Cell::Empty, |share| Cell::Plain(Value::Real(share))),
    ]
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

/// What the first units along an axis see, where branches with different jumps meet and every position has a field of
/// its own; the other axes at their middle.
///
/// # Errors
/// None that a user can cause: the positions lie on the output.
pub fn positions(facts: &Facts) -> Result<Option<Table>, Fault> {
    const MOST: usize = 16;
    let NodeField::Axes(axes) = &facts.fields.nodes[facts.node.0] else {
        return Ok(None);
    };
    let misaligned = axes
        .iter()
        .find(|axis| matches!(axis.field, AxisField::Misaligned { .. }));
    let (Some(place), Some(sizes)) = (
        misaligned.and_then(|axis| axis.place),
        facts.places().into_iter().collect::<Option<Vec<usize>>>(),
    ) else {
        return Ok(None);
    };
    let mut grid = Grid::new(&COLUMNS);
    for at in 0..sizes[place].min(MOST) {
        let mut position: Vec<usize> = sizes.iter().map(|size| size / 2).collect();
        position[place] = at;
        if let Some(unit) = Unit::new(facts, &position)? {
            grid.row(row(facts, &unit));
        }
    }
    Ok(Some(grid.table(
        "positions",
        "Units by position: each sees differently",
    )))
}
