//! The numbers of the report.

use super::arguments::Asked;
use super::study::{Field, UpTo, Zeroing};
use crate::model::GraphOperator;
use crate::questions::numbers::short;
use crate::report::{Quantities, Quantity, Value};

/// Nothing in these measurements is random.
fn measured(key: &str, label: &str, number: f64, n: usize) -> Quantity {
    Quantity::measured(key, label, number, n as u64, 0.0)
}

/// The graph's size.
pub(super) fn graph(asked: &Asked) -> Quantities {
    let graph = &asked.graph;
    Quantities {
        title: String::new(),
        quantities: vec![
            Quantity::exact("nodes", "nodes", Value::from(graph.nodes())),
            Quantity::exact("edges", "edges", Value::from(graph.edges())),
            Quantity::exact(
                "isolated",
                "nodes without neighbours",
                Value::from(graph.isolated()),
            ),
            Quantity::exact(
                "degree",
                &format!("neighbours of node {}", asked.own()),
                Value::from(graph.degree(asked.node)),
            ),
        ],
    }
}

/// Δ by its letters.
pub(super) fn delta(asked: &Asked) -> &'static str {
    match asked.operator {
        GraphOperator::Laplacian => "D − A",
        GraphOperator::Normalised => "D^-½ (D − A) D^-½",
        GraphOperator::Adjacency => "A",
    }
}

/// What zeroing does at the order that is asked about.
pub(super) fn zeroing(asked: &Asked, zeroing: &Zeroing) -> Quantities {
    let own = asked.own();
    let Some(UpTo {
        changed,
        to_bias,
        influence,
        to_zero_features,
        to_deleted,
        ..
    }) = zeroing.orders.last()
    else {
        return Quantities {
            title: String::new(),
            quantities: Vec::new(),
        };
    };
    let n = asked.graph.nodes();
    let formula = format!(
        "Y = tanh(Σ Δᵏ X α_k + b), k = {} … {}, Δ = {}",
        asked.from,
        asked.order,
        delta(asked)
    );
    let first_term = if asked.from == 0 {
        "k = 0: Δ⁰ is the identity, so X_i α₀ stays beside b".to_owned()
    } else {
        "k ≥ 1: row i of Δᵏ is row i of Δ times Δᵏ⁻¹, which is 0; b stays".to_owned()
    };
    Quantities {
        title: format!("Row and column {own} of Δ set to 0"),
        quantities: vec![
            measured("bias.distance", &format!("largest difference of row {own} to b, before tanh, for two X"), *to_bias, 2)
                .steps(vec![formula, first_term]),
            measured("influence", &format!("largest change of any number when node {own}'s features become 77"), *influence, n),
            Quantity::exact("changed", "rows that differ from those without zeroing", Value::from(*changed)),
            measured("zero_features.distance", &format!("other rows: largest difference to X_{own} = 0"), *to_zero_features, n),
            measured("deleted.distance", &format!("other rows: largest difference to the graph without node {own}"), *to_deleted, n)
                .steps(vec!["deleted: the neighbours' degrees are counted anew; zeroed: they still count the node".to_owned()]),
            measured("follows", "nodes renumbered by one: how far Y's rows are from moving on by one", zeroing.follows, n),
            measured("moves", "and how far from staying as they were", zeroing.moves, n),
        ],
    }
}

/// How far a node sees.
pub(super) fn field(asked: &Asked, field: &Field) -> Quantities {
    let own = asked.own();
    let (order, layers) = (asked.order, asked.layers);
    let mut quantities = vec![
        Quantity::exact(
            "hops",
            "hops that the layers reach",
            Value::from(asked.hops()),
        )
        .steps(vec![format!("q·L = {order}·{layers} = {}", asked.hops())]),
        Quantity::exact(
            "field",
            &format!("nodes within these hops of node {own}"),
            Value::from(field.ball.within(asked.hops())),
        )
        .steps(vec![format!("by hops: {}", sizes(field))]),
    ];
    quantities.extend(field.measured.map(|measured| {
        Quantity::exact("field.measured", &format!("nodes whose features matter to node {own}, measured"), Value::from(measured))
            .steps(vec!["a node matters where its entry in the product of the layers is not 0, with random weights modulo 2⁶¹ − 1".to_owned()])
    }));
    if field.examined > 1 {
        quantities.extend([
            Quantity::exact(
                "examined",
                "nodes with a neighbour that were measured so",
                Value::from(field.examined),
            ),
            measured(
                "field.mean",
                "mean of the measured sizes over all nodes",
                field.mean,
                asked.graph.nodes(),
            ),
        ]);
    }
    if field.measured.is_some() {
        quantities.push(Quantity::exact(
            "differing",
            "of these, with another field than the nodes within the hops",
            Value::from(field.differing),
        ));
    }
    Quantities {
        title: format!("What a node sees through {layers} layers of order {order}"),
        quantities,
    }
}

fn sizes(field: &Field) -> String {
    let shown: Vec<String> = field
        .ball
        .sizes
        .iter()
        .take(20)
        .map(ToString::to_string)
        .collect();
    let more = if field.ball.sizes.len() > 20 {
        ", …"
    } else {
        ""
    };
    format!("{}{more}", shown.join(", "))
}

/// A number in a sentence: three digits are enough.
pub(super) fn about(number: f64) -> String {
    let rounded: f64 = format!("{number:.2e}").parse().unwrap_or(number);
    short(rounded)
}
