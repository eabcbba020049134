//! The mistakes, carried out on the graph at hand.

use super::arguments::Asked;
use super::mistakes as known;
use super::statements;
use super::study::{Field, Zeroing};
use crate::questions::Mistake;
use crate::questions::judge::Suspect;
use crate::report::{Step, Value};

/// Every suspect, the commonest first.
pub(super) fn suspects(asked: &Asked, zeroing: Option<&Zeroing>, field: &Field) -> Vec<Suspect> {
    let mut found = Vec::new();
    let mut suspect =
        |mistake: &'static Mistake, key: &'static str, value: Value, steps: Vec<Step>| {
            found.push(Suspect {
                mistake,
                title: mistake.title.to_owned(),
                key: key.into(),
                value,
                steps,
            });
        };
    for statement in statements::all(asked, zeroing, field) {
        let Some(answer) = statement.finding.answer() else {
            continue;
        };
        let mistake = match (statement.key.as_str(), answer) {
            ("zeroed_row_is_bias", true) => Some((&known::BIAS_FORGOTTEN, "zeroed_row_is_bias")),
            ("same_as_deleted", false) => Some((&known::ZEROING_FOR_DELETING, "same_as_deleted")),
            ("row_is_node", true) => Some((&known::ROWS_FOR_FEATURES, "row_is_node")),
            ("field_is_hops", true) => Some((&known::ORDER_IGNORED, "field_is_hops")),
            _ => None,
        };
        if let Some((mistake, key)) = mistake {
            suspect(mistake, key, Value::Flag(!answer), Vec::new());
        }
    }
    let (order, layers) = (asked.order, asked.layers);
    for (mistake, hops, written) in [
        (&known::ORDER_IGNORED, layers, format!("L = {layers}")),
        (&known::LAYERS_IGNORED, order, format!("q = {order}")),
        (
            &known::ORDER_PLUS_LAYERS,
            order + layers,
            format!("q + L = {}", order + layers),
        ),
    ] {
        let step = || {
            vec![Step {
                at: "hops".to_owned(),
                mistaken: written.clone(),
                right: format!("q·L = {}", asked.hops()),
            }]
        };
        suspect(mistake, "hops", Value::from(hops), step());
        for key in ["field", "field.measured"] {
            suspect(mistake, key, Value::from(field.ball.within(hops)), step());
        }
    }
    let seen = field.ball.within(asked.hops());
    for key in ["field", "field.measured"] {
        suspect(
            &known::OWN_NODE_LEFT_OUT,
            key,
            Value::from(seen - 1),
            Vec::new(),
        );
    }
    suspect(
        &known::NEIGHBOURS_ALONE,
        "changed",
        Value::from(asked.graph.degree(asked.node) + 1),
        Vec::new(),
    );
    suspect(&known::ONE_ROW, "changed", Value::from(1), Vec::new());
    found
}
