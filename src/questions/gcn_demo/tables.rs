//! The tables and the picture.

use super::arguments::Asked;
use super::study::{Field, Zeroing, real};
use crate::questions::picture as pictures;
use crate::report::{Column, Section, Table, Value};

/// Most nodes that have a row each.
const MOST_ROWS: usize = 40;

fn table(key: &str, title: &str, columns: &[(&str, &str)]) -> Table {
    let columns = columns
        .iter()
        .map(|(key, label)| Column::new(key, label, ""));
    Table {
        key: key.to_owned(),
        title: title.to_owned(),
        columns: columns.collect(),
        rows: Vec::new(),
    }
}

/// A measured number in a cell; −0 is 0.
fn real_cell(number: f64) -> Value {
    Value::Real(if number == 0.0 { 0.0 } else { number })
}

/// The row of the zeroed node, feature by feature.
pub(super) fn row(asked: &Asked, zeroing: &Zeroing) -> Table {
    let own = asked.own();
    let mut table = table(
        "row",
        &format!("The output of node {own}, feature by feature"),
        &[
            ("feature", "feature"),
            ("bias", "tanh(b)"),
            ("zeroed", "zeroed"),
            ("plain", "as it was"),
            ("plain_inside", "as it was, before tanh"),
        ],
    );
    let rows = zeroing
        .plain
        .row(asked.node)
        .iter()
        .zip(zeroing.zeroed.row(asked.node));
    for (feature, ((plain, zeroed), bias)) in rows.zip(&zeroing.weights.bias).enumerate() {
        table.rows.push(vec![
            Some(Value::from(feature)),
            Some(real_cell(bias.tanh())),
            Some(real_cell(zeroed.tanh())),
            Some(real_cell(plain.tanh())),
            Some(real_cell(*plain)),
        ]);
    }
    table
}

/// A row an order: what zeroing changes.
pub(super) fn orders(asked: &Asked, zeroing: &Zeroing) -> Table {
    let own = asked.own();
    let mut table = table(
        "orders",
        "Zeroing, order by order (differences before tanh, of the other rows)",
        &[
            ("q", "q"),
            ("changed", "rows changed"),
            ("which", "which"),
            ("within", "those within q hops"),
            ("bias", "row to b"),
            ("zero_features", &format!("to X_{own} = 0")),
            ("deleted", "to deleted"),
        ],
    );
    for found in &zeroing.orders {
        let names: Vec<String> = found
            .first_changed
            .iter()
            .map(|node| asked.name(*node))
            .collect();
        let more = if found.changed > names.len() {
            ", …"
        } else {
            ""
        };
        table.rows.push(vec![
            Some(Value::from(found.order)),
            Some(Value::from(found.changed)),
            Some(Value::name(format!("{}{more}", names.join(", ")))),
            Some(Value::Flag(found.changed_is_ball)),
            Some(real_cell(found.to_bias)),
            Some(real_cell(found.to_zero_features)),
            Some(real_cell(found.to_deleted)),
        ]);
    }
    table
}

/// A row a node, in a small graph.
pub(super) fn nodes(asked: &Asked, zeroing: &Zeroing, field: &Field) -> Option<Table> {
    let graph = &asked.graph;
    if graph.nodes() > MOST_ROWS {
        return None;
    }
    let mut table = table(
        "nodes",
        "Node by node",
        &[
            ("node", "node"),
            ("degree", "neighbours"),
            ("hops", "hops away"),
            ("row_sum", "row sum of Δ"),
            ("row_sum_zeroed", "zeroed"),
            ("inside", "first feature, before tanh"),
            ("inside_zeroed", "zeroed"),
        ],
    );
    for node in 0..graph.nodes() {
        table.rows.push(vec![
            Some(Value::name(asked.name(node))),
            Some(Value::from(graph.degree(node))),
            field.ball.hops(node).map(Value::from),
            Some(real_cell(zeroing.sums[0][node])),
            Some(real_cell(zeroing.sums[1][node])),
            Some(real_cell(zeroing.plain.row(node)[0])),
            Some(real_cell(zeroing.zeroed.row(node)[0])),
        ]);
    }
    Some(table)
}

/// How many nodes are seen by depth, for every order up to q.
pub(super) fn picture(asked: &Asked, field: &Field) -> Section {
    let curves = (1..=asked.order.min(4)).map(|order| {
        let points = (0..=asked.layers)
            .map(|layers| (real(layers), real(field.ball.within(order * layers))));
        (format!("q = {order}"), points.collect())
    });
    pictures::picture(
        "field",
        &format!("Nodes that node {} sees", asked.own()),
        "layers",
        "nodes",
        false,
        curves.collect(),
    )
}
