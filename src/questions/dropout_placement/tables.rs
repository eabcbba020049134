//! The two orders in tables, numbers and a picture.

use super::facts::Facts;
use crate::questions::numbers::{real, short, tidy, values};
use crate::questions::picture;
use crate::report::{Basis, Quantities, Quantity, Section, Table, Value};

/// Places of a curve.
const PLACES: u32 = 80;

/// A row an activation: how far the orders are apart.
pub(super) fn orders(facts: &Facts) -> Table {
    let mut table = Table::new(
        "orders",
        "Dropout before and after the activation, mask by mask",
        &[
            ("activation", "activation"),
            ("difference", "largest difference"),
            ("p", "at p"),
            ("z", "at z"),
            ("share", "of the largest output"),
            ("bias", "largest |bias|"),
            ("same", "the same"),
        ],
    );
    for one in &facts.orders {
        let worst = one.worst().filter(|cell| cell.through.difference > 0.0);
        let bias = one.biases().into_iter().map(f64::abs).fold(0.0, f64::max);
        table.rows.push(vec![
            Some(Value::name(one.name.word())),
            real(one.difference()),
            worst.and_then(|cell| real(cell.p)),
            worst.and_then(|cell| real(cell.z)),
            real(one.share()),
            real(bias),
            one.same().answer().map(Value::Flag),
        ]);
    }
    table
}

/// A row a probability and value: what dropout in front of the activation does to its expectation.
pub(super) fn biases(facts: &Facts) -> Table {
    let mut columns = vec![("p", "p"), ("z", "z")];
    columns.extend(
        facts
            .orders
            .iter()
            .map(|one| (one.name.key(), one.name.word())),
    );
    let mut table = Table::new(
        "bias",
        "Bias of dropout before the activation, E[φ(drop(z))] − φ(z)",
        &columns,
    );
    for (row, (p, z)) in places(facts).enumerate() {
        let mut cells = vec![real(p), real(z)];
        cells.extend(
            facts
                .orders
                .iter()
                .map(|one| real(one.cells()[row].through.bias())),
        );
        table.rows.push(cells);
    }
    table
}

/// Probabilities and values, the values running faster.
fn places<'a>(facts: &'a Facts) -> impl Iterator<Item = (f64, f64)> + 'a {
    let asked = facts.asked;
    asked
        .drops
        .iter()
        .flat_map(|p| asked.zs.iter().map(|z| (*p, *z)))
}

/// The numbers under their keys.
pub(super) fn quantities(facts: &Facts) -> Quantities {
    let mut quantities = Vec::new();
    for one in &facts.orders {
        let (key, word) = (one.name.key(), one.name.word());
        let mut difference = Quantity::rounded(
            &format!("difference.{key}"),
            &format!("{word}: the largest |φ(drop(z)) − drop(φ(z))|"),
            tidy(one.difference()),
        );
        if let Some(cell) = one.worst() {
            let (dropout, through) = (facts.asked.dropout(cell.p), &cell.through);
            let phi = one.name.activation(facts.asked.slope);
            let (kept, z) = (short(dropout.kept(cell.z)), short(cell.z));
            difference.steps = vec![
                format!(
                    "kept, with c = {}: φ({kept}) = {} and c·φ({z}) = {}",
                    short(dropout.factor),
                    short(phi.at(dropout.kept(cell.z))),
                    short(dropout.factor * through.plain)
                ),
                format!("dropped: φ(0) = {} and 0", short(phi.at(0.0))),
            ];
        }
        let bias = Quantity {
            basis: Basis::Rounded,
            ..Quantity::exact(
                &format!("bias.{key}"),
                &format!("{word}: E[φ(drop(z))] − φ(z), p by p"),
                values(&one.biases()),
            )
        };
        quantities.extend([difference, bias]);
    }
    Quantities {
        title: "How far the two orders are apart".to_owned(),
        quantities,
    }
}

/// The bias over z, at the last probability.
pub(super) fn picture(facts: &Facts) -> Section {
    let asked = facts.asked;
    let p = asked.drops.last().copied().unwrap_or(0.5);
    let dropout = asked.dropout(p);
    let reach = 2.0 * asked.zs.iter().map(|z| z.abs()).fold(0.0, f64::max);
    let at = |place: u32| reach * (2.0 * f64::from(place) / f64::from(PLACES) - 1.0);
    let curves = facts.orders.iter().map(|one| {
        let activation = one.name.activation(asked.slope);
        let bias = |z: f64| (z, tidy(dropout.through(z, activation).bias()));
        let points = (0..=PLACES).map(|place| bias(at(place)));
        (one.name.word().to_owned(), points.collect())
    });
    picture::picture(
        "bias",
        &format!("Bias of dropout before the activation, p = {}", short(p)),
        "z",
        "E[φ(drop(z))] − φ(z)",
        false,
        curves.collect(),
    )
}
