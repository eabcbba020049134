//! The report's parts: quantities, tables, notes and checks from what was found.

use super::Study;
use super::domain::Outside;
use super::judged::{Judged, State, index, shape};
use super::numbers::{norm, worst};
use super::truth::{Standing, Truth};
use super::wording::{Words, rounded};
use crate::lab::Array;
use crate::report::{
    Agreement, Basis, Check, Claim, Column, Diagnosis, Quantities, Quantity, Report, Section,
    Table, Tolerance, Value, Verdict, Witness,
};

/// Entries of a gradient up to which it is shown whole.
const SMALL: usize = 256;
/// Wrong entries that are listed.
const LISTED: usize = 5;

/// A real quantity by floating-point arithmetic.
pub(super) fn real(key: String, label: String, value: f64) -> Quantity {
    Quantity {
        key,
        label,
        value: Value::Real(value),
        unit: String::new(),
        basis: Basis::Rounded,
        steps: Vec::new(),
    }
}

/// What there is to say about one input.
pub(super) fn of_input(name: &str, truth: &Truth, judged: &Judged) -> Quantities {
    let key = |last: &str| format!("{name}.{last}");
    let dims = &truth.arrays[0].dims;
    let mut quantities = Vec::new();
    if judged.state != State::Unclaimed {
        let verdict = Quantity::exact(&key("verdict"), "verdict", Value::name(judged.state.word()));
        quantities.push(verdict.steps(vec![judged.reason.clone()]));
    }
    quantities.push(Quantity::exact(&key("shape"), "shape", Value::shape(dims)));
    if let Some(given) = judged.given.first() {
        quantities.push(Quantity::exact(
            &key("given"),
            "shape given",
            Value::shape(&given.dims),
        ));
    }
    if let Some(worst) = &judged.worst {
        let steps = vec![
            format!(
                "largest difference {:e} at {} on draw {}",
                worst.absolute,
                index(&worst.index),
                worst.draw + 1
            ),
            format!(
                "as a share of the gradient's largest entry: {:e}",
                worst.relative
            ),
        ];
        quantities
            .push(real(key("error"), "relative error".to_owned(), worst.relative).steps(steps));
    }
    let mut rows = vec![format!(
        "the square root of the sum of its {} squares",
        truth.arrays[0].data.len()
    )];
    rows.extend(written(&truth.arrays[0]));
    quantities.push(real(key("norm"), "norm".to_owned(), norm(&truth.arrays[0])).steps(rows));
    Quantities {
        title: format!("gradient of {name}"),
        quantities,
    }
}

/// A small gradient's numbers, a line a row.
fn written(array: &Array) -> Vec<String> {
    if array.data.len() > SMALL || array.data.is_empty() {
        return Vec::new();
    }
    let row = array.dims.last().copied().unwrap_or(1).max(1);
    let line = |(number, entries): (usize, &[f64])| {
        let entries: Vec<String> = entries.iter().map(f64::to_string).collect();
        let mut place = array.place(number * row);
        place.pop();
        let place = if place.is_empty() {
            String::new()
        } else {
            format!("{} ", index(&place))
        };
        format!("{place}[{}]", entries.join(", "))
    };
    array.data.chunks(row).enumerate().map(line).collect()
}

/// The entries that are most wrong.
pub(super) fn worst_entries(name: &str, truth: &Truth, judged: &Judged) -> Option<Table> {
    let worst_one = judged
        .worst
        .as_ref()
        .filter(|_| judged.state == State::Wrong)?;
    let needed = &truth.arrays[worst_one.draw];
    let given = &judged.given[worst_one.draw];
    worst(given, needed)?;
    let scale = worst_one.absolute / worst_one.relative;
    let mut order: Vec<usize> = (0..needed.data.len()).collect();
    let off = |number: &usize| (given.data[*number] - needed.data[*number]).abs();
    order.sort_by(|a, b| off(b).total_cmp(&off(a)));
    let wrong = order
        .into_iter()
        .filter(|number| off(number) > judged.tolerance * scale);
    let rows = wrong.take(LISTED).map(|number| {
        let (needed, given) = (needed.data[number], given.data[number]);
        vec![
            Some(Value::name(index(&truth.arrays[0].place(number)))),
            Some(Value::Real(needed)),
            Some(Value::Real(given)),
            Some(Value::Real((given - needed).abs())),
            Some(Value::Real(off(&number) / scale)),
        ]
    });
    Some(Table {
        key: format!("{name}.worst"),
        title: format!("worst entries of the gradient of {name}"),
        columns: vec![
            Column::new("entry", "entry", ""),
            Column::new("needed", "needed", ""),
            Column::new("given", "given", ""),
            Column::new("absolute", "absolute error", ""),
            Column::new("relative", "relative error", ""),
        ],
        rows: rows.collect(),
    })
}

/// What the second witness says of one input.
pub(super) fn witness(name: &str, truth: &Truth) -> Witness {
    let draws = truth.arrays.len();
    let theory = format!("{} by reverse mode", rounded_norm(&truth.arrays[0]));
    let what = if truth.directions {
        format!("central differences along {} directions", truth.measured)
    } else {
        format!("central differences of {} entries", truth.measured)
    };
    let (lab, agreement) = match &truth.standing {
        Standing::Agreed(_) if !truth.used => (
            "the outputs do not depend on it".to_owned(),
            Agreement::Alone,
        ),
        Standing::Agreed(share) => {
            let draws = if draws == 1 {
                "one draw".to_owned()
            } else {
                format!("{draws} draws")
            };
            (
                format!("{what} on {draws} agree within {}", magnitude(*share)),
                Agreement::Agree,
            )
        }
        Standing::Doubtful(_, reason) => (reason.clone(), Agreement::Alone),
        Standing::Contradicted(reason) => (format!("{what} do not: {reason}"), Agreement::Disagree),
    };
    Witness {
        quantity: format!("gradient of {name}"),
        theory,
        lab,
        agreement,
    }
}

/// A share as the power of ten above it: that it agrees is said, not the last digit of how well.
fn magnitude(share: f64) -> String {
    if share == 0.0 {
        return "rounding".to_owned();
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an exponent of a double is below 400"
    )]
    let exponent = share.log10().ceil() as i32;
    format!("1e{exponent}")
}

fn rounded_norm(array: &Array) -> String {
    format!("norm {}", rounded(norm(array)))
}

/// The verdict over the inputs that are asked about.
pub(super) fn overall<'a>(judged: impl Iterator<Item = &'a Judged>) -> Option<&'static str> {
    let states: Vec<State> = judged.map(|judged| judged.state).collect();
    let any = |wanted: &[State]| states.iter().any(|state| wanted.contains(state));
    if any(&[State::Wrong, State::Absent]) {
        Some("wrong")
    } else if any(&[State::Undecided]) {
        Some("undecided")
    } else {
        any(&[State::Right]).then_some("right")
    }
}

/// A claimed gradient as a check.
pub(super) fn check(name: &str, truth: &Truth, judged: &Judged) -> Option<Check> {
    let verdict = match judged.state {
        State::Unclaimed => return None,
        State::Right => Verdict::Right,
        State::Wrong | State::Absent => Verdict::Wrong,
        State::Undecided => Verdict::Undecided,
    };
    let diagnoses = judged.suspects.iter().map(|suspect| Diagnosis {
        code: suspect.code.to_owned(),
        title: suspect.title.clone(),
        steps: Vec::new(),
    });
    Some(Check {
        claim: Claim {
            key: name.to_owned(),
            written: judged.written.clone(),
            expected: None,
            other: None,
            tolerance: Tolerance::Relative(judged.tolerance),
            working: Vec::new(),
        },
        computed: Some(Value::shape(&truth.arrays[0].dims)),
        verdict,
        reason: judged.reason.clone(),
        diagnoses: diagnoses.collect(),
        working: None,
        readings: Vec::new(),
    })
}

/// What was asked, and what the sandbox has to say.
pub(super) fn opening(report: &mut Report, study: &Study) {
    report
        .asked
        .push(("function".to_owned(), study.name.clone()));
    if !study.kind.is_empty() {
        report.asked.push(("kind".to_owned(), study.kind.clone()));
    }
    let inputs = study.draws[0].forward.inputs.iter();
    let inputs: Vec<String> = inputs
        .map(|input| format!("{} {}", input.name, shape(&input.dims)))
        .collect();
    report.asked.push(("inputs".to_owned(), inputs.join(", ")));
    if !study.draws[0].domain.is_empty() {
        report
            .asked
            .push(("drawn".to_owned(), study.draws[0].domain.clone()));
    }
    for note in &study.notes {
        report.note(&note.code, note.text.clone());
    }
}

/// Sizes that coincide hide some mistakes: a transposed square looks right.
pub(super) fn coinciding_sizes(report: &mut Report, study: &Study) {
    let inputs = &study.draws[0].forward.inputs;
    let square = inputs
        .iter()
        .find(|input| matches!(input.dims.as_slice(), [n, m] if n == m && *n > 1));
    let mut axes: Vec<(usize, String)> = Vec::new();
    for input in inputs.iter().filter(|input| input.dims.len() > 1) {
        for (axis, &n) in input.dims.iter().enumerate() {
            axes.push((n, format!("axis {axis} of {}", input.name)));
        }
    }
    if let Some(input) = square {
        report.note(
            "equal-sizes",
            format!(
                "both axes of {} have size {}: with different sizes more mistakes show by their shape",
                input.name, input.dims[0]
            ),
        );
    }
}

/// That a loss takes the logarithm of what is no probability.
pub(super) fn no_sigmoid(report: &mut Report, study: &Study, outside: &Outside) {
    let name = Words::new(&study.draws[0].forward).slot(outside.slot);
    report.sections.push(Section::Quantities(Quantities {
        title: "predictions".to_owned(),
        quantities: vec![
            real(
                "outside".to_owned(),
                format!("share of `{name}` outside (0, 1), normal inputs"),
                outside.normal,
            ),
            real(
                "outside.here".to_owned(),
                "the same on the draws at hand".to_owned(),
                outside.here,
            ),
        ],
    }));
    report.note(
        "no-sigmoid",
        format!(
            "the loss takes log p and log(1 − p) of p = `{name}`, which no sigmoid keeps inside (0, 1): with normal inputs \
             {:.1} % of the predictions lie outside, and the loss is no number there",
            100.0 * outside.normal
        ),
    );
}
