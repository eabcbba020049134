//! The numbers of the answer, under their keys.

use super::facts::{APART, Facts, Row, Side, norm};
use crate::model::recurrence::State;
use crate::questions::numbers::short;
use crate::questions::picture::picture;
use crate::report::{Column, Quantities, Quantity, Section, Table, Value};

pub(super) fn sections(facts: &Facts) -> Vec<Section> {
    vec![
        Section::Quantities(quantities(facts)),
        Section::Quantities(learned(facts)),
        Section::Table(table(facts)),
        influence(facts),
    ]
}

fn quantities(facts: &Facts) -> Quantities {
    let side = facts.side();
    let row = facts.row();
    let error = facts.error(side);
    let mut quantities = vec![
        Quantity::rounded("gradient.error", "relative error of the gradient", error).steps(vec![
            format!("‖g‖ = {} of the whole sequence", short(norm(&facts.full))),
            format!(
                "‖g_S‖ = {} cut every {} steps",
                short(norm(&side.gradient)),
                facts.cut.every
            ),
            format!("‖g_S − g‖/‖g‖ = {}", short(error)),
        ]),
    ];
    quantities.extend((facts.cosine(side)).map(|cosine| {
        Quantity::rounded(
            "gradient.cosine",
            "cosine between the two gradients",
            cosine,
        )
    }));
    quantities.extend([
        Quantity::rounded(
            "gradient.norm",
            "norm of the truncated gradient",
            norm(&side.gradient),
        ),
        Quantity::rounded(
            "gradient.norm_full",
            "norm of the whole gradient",
            norm(&facts.full),
        ),
        Quantity::measured(
            "gradient.chunks",
            "difference to ordinary backpropagation, chunk by chunk",
            facts.chunks_apart(),
            1,
            0.0,
        ),
        Quantity::rounded(
            "outputs.carry",
            "difference of the outputs, state carried",
            row.carry.outputs,
        ),
        Quantity::rounded(
            "outputs.reset",
            "difference of the outputs, state reset",
            row.reset.outputs,
        ),
        Quantity::exact(
            "reach.gradient",
            "the gradient of the last output reaches back",
            Value::from(Facts::reach(&facts.slopes, 0.0)),
        )
        .unit("steps"),
        Quantity::exact(
            "reach.forward",
            "inputs move the last output from as far back as",
            Value::from(Facts::reach(&facts.influence, APART)),
        )
        .unit("steps"),
        Quantity::rounded(
            "first.gradient",
            "d(last output)/d(first input), by the graph",
            facts.slopes[0],
        ),
        Quantity::rounded(
            "first.difference",
            "the same, as the outputs have it",
            facts.influence[0],
        ),
    ]);
    Quantities {
        title: String::new(),
        quantities,
    }
}

/// What a leaky integrator learns.
fn learned(facts: &Facts) -> Quantities {
    let row = facts.row();
    let mut quantities = vec![Quantity::rounded(
        "learned.true",
        "the decay to be learned",
        facts.decay,
    )];
    for (key, label, side) in [
        (
            "learned.carry",
            "learned with the state carried",
            &row.carry,
        ),
        ("learned.reset", "learned with the state reset", &row.reset),
    ] {
        quantities.extend(
            side.learned
                .map(|learned| Quantity::rounded(key, label, learned)),
        );
    }
    quantities.extend(facts.learned_beyond.map(|beyond| {
        let label = format!(
            "the learned output moves with an input {} steps before by",
            facts.cut.every + 1
        );
        Quantity::measured("learned.beyond", &label, beyond, 1, 0.0)
    }));
    Quantities {
        title: "A leaky integrator, y = a·y + x, learned in chunks".to_owned(),
        quantities,
    }
}

fn table(facts: &Facts) -> Table {
    let column = |key: &str, label: &str| Column::new(key, label, "");
    let real = |number: f64| Some(Value::Real(number));
    let row = |row: &Row| {
        let learned = |side: &Side| side.learned.map(Value::Real);
        vec![
            Some(Value::from(row.every)),
            real(row.carry.outputs),
            real(facts.error(&row.carry)),
            facts.cosine(&row.carry).map(Value::Real),
            learned(row.side(State::Carry)),
            real(row.reset.outputs),
            real(facts.error(&row.reset)),
            learned(row.side(State::Reset)),
        ]
    };
    Table {
        key: "chunks".to_owned(),
        title: "By the length of a chunk, the state carried (c) and reset (r)".to_owned(),
        columns: vec![
            column("chunk", "S"),
            column("carry.outputs", "c: outputs off"),
            column("carry.error", "c: gradient off"),
            column("carry.cosine", "c: cosine"),
            column("carry.learned", "c: learned"),
            column("reset.outputs", "r: outputs off"),
            column("reset.error", "r: gradient off"),
            column("reset.learned", "r: learned"),
        ],
        rows: facts.rows.iter().map(row).collect(),
    }
}

/// How strongly every input moves the last output.
fn influence(facts: &Facts) -> Section {
    let curve = |name: &str, slopes: &[f64]| {
        let back = (0_u32..).zip(slopes.iter().rev());
        let points = back.map(|(back, slope)| (f64::from(back), slope.abs()));
        (name.to_owned(), points.collect::<Vec<_>>())
    };
    picture(
        "influence",
        "How the last output depends on the inputs",
        "steps before the last output",
        "size of the derivative",
        true,
        vec![
            curve("differences of the outputs", &facts.measured.differences),
            curve("gradient of the cut graph", &facts.measured.slopes),
        ],
    )
}
