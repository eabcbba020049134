//! The sentences, and what the numbers say of each.

use super::arguments::{Asked, Layout};
use super::quantities::about;
use super::study::{Field, UpTo, Zeroing};
use crate::model::GraphOperator;
use crate::report::{Finding, Statement};

/// A share of the largest number up to which a difference is rounding, and from which on it is real.
const SAME: f64 = 1e-12;
const APART: f64 = 1e-6;

/// Every sentence.
pub(super) fn all(asked: &Asked, zeroing: Option<&Zeroing>, field: &Field) -> Vec<Statement> {
    let mut statements = Vec::new();
    if let Some(zeroing) = zeroing
        && let Some(found) = zeroing.orders.last()
    {
        statements.push(zeroed_row(asked, zeroing, found));
        statements.push(row_is_node(asked, zeroing));
        statements.push(deleted(asked, zeroing, found));
    }
    statements.push(hops(asked, field));
    statements
}

fn none(difference: f64, zeroing: &Zeroing) -> Finding {
    Finding::none(difference / zeroing.size, SAME, APART)
}

fn zeroed_row(asked: &Asked, zeroing: &Zeroing, found: &UpTo) -> Statement {
    let own = asked.own();
    Statement::new(
        "zeroed_row_is_bias",
        &format!(
            "With row and column {own} of Δ set to 0, the output of node {own} is φ(b), whatever X is"
        ),
        none(found.to_bias, zeroing),
        format!(
            "before φ it is {} away from b at most, for X and for X with other features of node {own}; the sum starts at k = {}",
            about(found.to_bias),
            asked.from
        ),
    )
}

fn row_is_node(asked: &Asked, zeroing: &Zeroing) -> Statement {
    let layout = match asked.layout {
        Layout::Rows => "X has a row a node",
        Layout::Columns => "X has a column a node",
    };
    let follows = Finding::none(zeroing.follows / zeroing.moves, SAME.sqrt(), APART);
    // Where renumbering changes nothing, it tells nothing.
    let follows = if zeroing.moves > SAME * zeroing.size {
        follows
    } else {
        Finding::Open
    };
    Statement::new(
        "row_is_node",
        "Row i of Y holds the output features of node i",
        follows,
        format!(
            "{layout}; with the nodes renumbered by one, Y is {} away from its rows moved on by one, and {} from what it was",
            about(zeroing.follows),
            about(zeroing.moves)
        ),
    )
}

fn deleted(asked: &Asked, zeroing: &Zeroing, found: &UpTo) -> Statement {
    let own = asked.own();
    let degree = asked.graph.degree(asked.node);
    let counted = match asked.operator {
        GraphOperator::Adjacency => "Δ = A has no degrees in it".to_owned(),
        _ if degree == 0 => format!("node {own} has no neighbours"),
        _ => format!("the degrees of node {own}'s neighbours ({degree}) still count it"),
    };
    Statement::new(
        "same_as_deleted",
        &format!(
            "Setting row and column {own} of Δ to 0 is the same, for the other nodes, as taking node {own} out of the graph"
        ),
        none(found.to_deleted, zeroing),
        format!(
            "the other nodes' rows are up to {} apart before φ; {counted}",
            about(found.to_deleted),
        ),
    )
}

fn hops(asked: &Asked, field: &Field) -> Statement {
    let text = format!(
        "Through {} layers of order {} a node sees exactly the nodes within {} hops",
        asked.layers,
        asked.order,
        asked.hops()
    );
    let key = "field_is_hops";
    let Some(measured) = field.measured else {
        let within = field.ball.within(asked.hops());
        return Statement::new(
            key,
            &text,
            Finding::Open,
            format!("{within} nodes are within the hops; whether all matter was not measured"),
        );
    };
    if field.examined == 0 {
        let why = "no node that was measured has a neighbour, and so none sees another";
        return Statement::new(key, &text, Finding::Open, why);
    }
    let examined = if field.examined == 1 {
        format!("measured for node {}", asked.own())
    } else {
        format!("measured for the {} nodes with a neighbour", field.examined)
    };
    let alone = match asked.graph.isolated() {
        0 => String::new(),
        count => format!("; {count} nodes without neighbours are left out: their rows of Δ are 0"),
    };
    Statement::new(
        key,
        &text,
        Finding::from(field.differing == 0),
        format!(
            "{examined}: other for {}; node {} sees {measured} of the {} within the hops{alone}",
            field.differing,
            asked.own(),
            field.ball.within(asked.hops())
        ),
    )
}
