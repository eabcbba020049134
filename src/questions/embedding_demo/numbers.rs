//! The numbers of the answer, under their keys.

use super::facts::{Facts, Trained};
use crate::questions::numbers::short;
use crate::report::{Column, Quantities, Quantity, Section, Table, Value};

pub(super) fn sections(facts: &Facts) -> Vec<Section> {
    let list = |title: &str, quantities| {
        Section::Quantities(Quantities {
            title: title.to_owned(),
            quantities,
        })
    };
    vec![
        list("", sizes(facts)),
        list("Gradients of repeated tokens", gradients(facts)),
        list("Training with and without", training(facts)),
        Section::Table(inputs(facts)),
        list("Words used alike", words(facts)),
    ]
}

fn sizes(facts: &Facts) -> Vec<Quantity> {
    let (asked, sizes) = (&facts.asked, &facts.sizes);
    let count =
        |key: &str, label: &str, count: i128| Quantity::exact(key, label, Value::Count(count));
    vec![
        Quantity::exact("shape", "shape of the output", Value::dims(&sizes.shape)).steps(vec![
            "every entry of X becomes a vector: the axes of X, and the vector's behind them"
                .to_owned(),
        ]),
        count("numbers", "numbers in the output", sizes.output).steps(vec![format!(
            "{} positions · {} = {}",
            sizes.positions, asked.dim, sizes.output
        )]),
        count("bytes", "bytes of the output in float32", sizes.bytes)
            .unit("bytes")
            .steps(vec![format!("{} · 4 = {}", sizes.output, sizes.bytes)]),
        count("parameters", "parameters: the table", sizes.parameters).steps(vec![format!(
            "{} tokens · {} = {}",
            asked.tokens, asked.dim, sizes.parameters
        )]),
        count(
            "one_hot.numbers",
            "numbers in the one-hot rows that a product would need",
            sizes.one_hot,
        )
        .steps(vec![format!(
            "{} positions · {} tokens = {}",
            sizes.positions, asked.tokens, sizes.one_hot
        )]),
    ]
}

fn gradients(facts: &Facts) -> Vec<Quantity> {
    let (values, gradients) = facts.apart();
    let first = facts.asked.sequence[0];
    vec![
        Quantity::exact(
            "count",
            &format!("times that token {first} comes"),
            Value::from(facts.count),
        ),
        Quantity::measured(
            "received",
            &format!("what each entry of row {first} receives from Y.sum()"),
            facts.received,
            1,
            0.0,
        ),
        Quantity::measured(
            "lookup.values",
            "lookup beside one-hot · table: values off by",
            values,
            1,
            0.0,
        ),
        Quantity::measured(
            "lookup.gradients",
            "the same: gradients off by",
            gradients,
            1,
            0.0,
        ),
    ]
}

fn training(facts: &Facts) -> Vec<Quantity> {
    let mut quantities = vec![Quantity::rounded(
        "chance",
        "loss of the best constant",
        facts.chance,
    )];
    for (name, label, trained) in [
        ("raw", "raw indices", &facts.raw),
        ("one_hot", "one-hot rows", &facts.one_hot),
    ] {
        let fit = trained.theory;
        quantities.extend([
            Quantity::rounded(&format!("{name}.loss"), &format!("{label}: loss"), fit.loss),
            Quantity::rounded(
                &format!("{name}.accuracy"),
                &format!("{label}: share right"),
                fit.accuracy,
            ),
        ]);
    }
    quantities.push(
        Quantity::rounded(
            "gain",
            "the most that is gained on chance without an embedding",
            facts.gain(),
        )
        .steps(vec![format!(
            "{} − loss = {}",
            short(facts.chance),
            short(facts.gain())
        )]),
    );
    quantities
}

/// The inputs side by side.
fn inputs(facts: &Facts) -> Table {
    let row = |name: &str, width: usize, trained: &Trained| {
        vec![
            Some(Value::name(name)),
            Some(Value::from(width + 1)),
            Some(Value::Real(trained.theory.loss)),
            Some(Value::Real(trained.theory.accuracy)),
        ]
    };
    Table {
        key: "inputs".to_owned(),
        title: "A linear classifier of single tokens".to_owned(),
        columns: vec![
            Column::new("input", "input", ""),
            Column::new("parameters", "parameters", ""),
            Column::new("loss", "loss", ""),
            Column::new("accuracy", "right", ""),
        ],
        rows: vec![
            row("raw index / tokens", 1, &facts.raw),
            row("one-hot row", facts.asked.labels.len(), &facts.one_hot),
        ],
    }
}

fn words(facts: &Facts) -> Vec<Quantity> {
    let alike = facts.alike;
    vec![
        Quantity::rounded("cosine.within", "mean cosine within a class", alike.within),
        Quantity::rounded(
            "cosine.across",
            "mean cosine across the classes",
            alike.across,
        ),
    ]
}
