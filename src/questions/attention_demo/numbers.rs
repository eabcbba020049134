//! The numbers of the answer, under their keys.

use super::facts::Facts;
use crate::questions::numbers::{reals, short};
use crate::questions::picture::picture;
use crate::report::{Basis, Column, Quantities, Quantity, Section, Table, Value};

/// Steps that the table shows at most.
const SHOWN: usize = 8;

pub(super) fn sections(facts: &Facts) -> Vec<Section> {
    let list = |title: &str, quantities| {
        Section::Quantities(Quantities {
            title: title.to_owned(),
            quantities,
        })
    };
    vec![
        list("", path(facts)),
        list("What the encoder's states hold", held(facts)),
        Section::Table(steps(facts)),
        list("Who asks", asking(facts)),
        Section::Table(weights(facts)),
        curves(facts),
        readings(facts),
    ]
}

fn path(facts: &Facts) -> Vec<Quantity> {
    let [plain, attentive] = [&facts.plain, &facts.attentive];
    let share = |key: &str, label: &str, path: &[f64]| {
        let share = Facts::share(path);
        let (first, last) = (path[0], path[path.len() - 1]);
        Quantity::rounded(key, label, share).steps(vec![format!(
            "{} / {} = {}",
            short(first),
            short(last),
            short(share)
        )])
    };
    vec![
        Quantity::rounded(
            "path.without",
            "|d out/d first input|, the last state alone",
            plain[0],
        ),
        Quantity::rounded(
            "path.with",
            "|d out/d first input|, with attention",
            attentive[0],
        ),
        share(
            "share.without",
            "the first input's as a share of the last one's, the last state alone",
            plain,
        ),
        share("share.with", "the same with attention", attentive),
    ]
}

fn held(facts: &Facts) -> Vec<Quantity> {
    let probe = &facts.probe;
    let least = probe.own.iter().copied().fold(f64::INFINITY, f64::min);
    vec![
        Quantity::rounded(
            "token.last",
            "of the first token, the last state explains",
            probe.last[0],
        ),
        Quantity::rounded(
            "token.own",
            "of the first token, its own state explains",
            probe.own[0],
        ),
        Quantity::rounded(
            "token.least",
            "of any token, its own state explains at least",
            least,
        ),
        Quantity::rounded(
            "position.own",
            "of the position, a state explains",
            probe.position,
        ),
        Quantity::rounded(
            "token.chance",
            "of anything, noise would explain",
            probe.chance,
        ),
    ]
}

/// Some steps, from the first to the last.
fn shown(length: usize) -> Vec<usize> {
    let every = length.div_ceil(SHOWN);
    let mut steps: Vec<usize> = (0..length).step_by(every).collect();
    if steps.last() != Some(&(length - 1)) {
        steps.push(length - 1);
    }
    steps
}

fn steps(facts: &Facts) -> Table {
    let column = |key: &str, label: &str| Column::new(key, label, "");
    let row = |step: usize| {
        let reals = [
            facts.plain[step],
            facts.attentive[step],
            facts.probe.last[step],
            facts.probe.own[step],
        ];
        let mut cells = vec![Some(Value::from(step))];
        cells.extend(reals.map(|real| Some(Value::Real(real))));
        cells
    };
    Table {
        key: "steps".to_owned(),
        title: "By the step of the input".to_owned(),
        columns: vec![
            column("step", "t"),
            column("path.without", "|d out/d x|, last state"),
            column("path.with", "with attention"),
            column("token.last", "token in the last state"),
            column("token.own", "token in its own state"),
        ],
        rows: shown(facts.length).into_iter().map(row).collect(),
    }
}

fn asking(facts: &Facts) -> Vec<Quantity> {
    let list = |key: &str, label: &str, numbers: &[f64]| Quantity {
        basis: Basis::Rounded,
        ..Quantity::exact(key, label, reals(numbers.iter().copied()))
    };
    vec![
        list(
            "context",
            "context of the first target row, queries of the decoder",
            &facts.cross.context[0],
        ),
        list(
            "context.self",
            "context of the first source row, queries of the encoder",
            &facts.own.context[0],
        ),
        Quantity::rounded(
            "decoder.cross",
            "|∂ΣC²/∂decoder|, queries of the decoder",
            facts.by_cross,
        ),
        Quantity::rounded(
            "decoder.self",
            "|∂ΣC²/∂decoder|, queries of the encoder",
            facts.by_own,
        ),
        Quantity::rounded(
            "reversed.self",
            "self-attention of the reversed source, reversed back: off by",
            facts.equivariance,
        ),
        Quantity::rounded(
            "reversed.cross",
            "the decoder's context when the source is reversed: off by",
            facts.order,
        ),
    ]
}

fn weights(facts: &Facts) -> Table {
    let sources = facts.cross.weights.first().map_or(0, Vec::len);
    let mut columns = vec![Column::new("target", "target", "")];
    columns.extend(
        (0..sources).map(|source| {
            Column::new(&format!("source.{source}"), &format!("source {source}"), "")
        }),
    );
    let rows = facts
        .cross
        .weights
        .iter()
        .enumerate()
        .map(|(target, weights)| {
            let mut row = vec![Some(Value::from(target))];
            row.extend(weights.iter().map(|weight| Some(Value::Real(*weight))));
            row
        });
    Table {
        key: "weights".to_owned(),
        title: "The decoder's attention to the source".to_owned(),
        columns,
        rows: rows.collect(),
    }
}

fn by_step(name: &str, numbers: &[f64]) -> (String, Vec<(f64, f64)>) {
    let points = (0_u32..).zip(numbers);
    (
        name.to_owned(),
        points
            .map(|(step, number)| (f64::from(step), *number))
            .collect(),
    )
}

fn curves(facts: &Facts) -> Section {
    picture(
        "path",
        "How the output depends on every input",
        "step of the input",
        "norm of the gradient",
        true,
        vec![
            by_step("the last state alone", &facts.plain),
            by_step("with attention", &facts.attentive),
        ],
    )
}

fn readings(facts: &Facts) -> Section {
    picture(
        "tokens",
        "What a linear reading of a state explains of every token",
        "step of the token",
        "share of its variance",
        false,
        vec![
            by_step("from the last state", &facts.probe.last),
            by_step("from its own state", &facts.probe.own),
        ],
    )
}
