//! Constant factors by name: −1, 2, N, 1/N, 3/2.

use super::Suspect;
use crate::lab::ops::{Binary, Op, Unary};
use crate::lab::program::Slot;
use crate::questions::grad_check::case::Case;
use crate::questions::grad_check::wording::{Words, rounded};

/// Whether two factors are one, as far as a claim's numbers tell.
pub(super) fn same(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * b.abs().max(a.abs())
}

/// A factor by name, without a cause: the sign, a size, a small fraction, or the number itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Factor {
    Sign,
    /// n or 1/n for the size of an axis: n, how it is called, whether it divides.
    Size(usize, String, bool),
    /// A small fraction.
    Fraction(String),
    /// 1 − p or its inverse, for a dropout with this p.
    Dropout(f64, bool),
    Number(f64),
}

/// Names a factor; `sure` says whether enough numbers show it for any factor at all to be meant.
pub(super) fn name(case: &Case, factor: f64, sure: bool, tolerance: f64) -> Option<Factor> {
    let is = |other: f64| same(factor, other, tolerance.max(1e-12));
    if is(-1.0) {
        return Some(Factor::Sign);
    }
    if let Some(p) = dropped(case)
        && (is(1.0 - p) || is(1.0 / (1.0 - p)))
    {
        return Some(Factor::Dropout(p, is(1.0 / (1.0 - p))));
    }
    for (n, called) in sizes(case) {
        #[expect(clippy::cast_precision_loss, reason = "a size is far below 2⁵³")]
        let size = n as f64;
        if is(size) || is(1.0 / size) {
            return Some(Factor::Size(n, called, is(1.0 / size)));
        }
    }
    for below in 1..=12_i32 {
        let above = (factor * f64::from(below)).round();
        if above != 0.0 && above.abs() <= 144.0 && is(above / f64::from(below)) {
            return Some(Factor::Fraction(match below {
                1 => format!("{above}"),
                2 if same(above, 1.0, 1e-12) => "½".to_owned(),
                _ => format!("{above}/{below}"),
            }));
        }
    }
    sure.then_some(Factor::Number(factor))
}

/// What multiplying by a factor without a cause of its own is called; `part` is what it multiplies.
pub(super) fn without_cause(factor: &Factor, part: &str) -> Suspect {
    match factor {
        Factor::Sign => Suspect::new("sign", format!("the opposite sign{part}")),
        Factor::Size(n, called, true) => Suspect::new(
            "mean-for-sum",
            format!("a mean over {called} = {n} in place of the sum{part}"),
        ),
        Factor::Size(n, called, false) => Suspect::new(
            "constant-factor",
            format!("a factor of {called} = {n} too large{part}"),
        ),
        Factor::Fraction(text) => Suspect::new(
            "constant-factor",
            format!("an extra factor of {text}{part}"),
        ),
        Factor::Dropout(p, true) => Suspect::new(
            "dropout-scale",
            format!(
                "the factor 1/(1 − p) of dropout once too often, p = {}{part}",
                rounded(*p)
            ),
        ),
        Factor::Dropout(p, false) => Suspect::new(
            "dropout-scale",
            format!(
                "the factor 1/(1 − p) of dropout left out, p = {}{part}",
                rounded(*p)
            ),
        ),
        Factor::Number(factor) => Suspect::new(
            "constant-factor",
            format!("an extra factor of {}{part}", rounded(*factor)),
        ),
    }
}

/// The sizes of the inputs' and outputs' axes, with names: the first axis of the first input is the batch.
fn sizes(case: &Case) -> Vec<(usize, String)> {
    let mut sizes: Vec<(usize, String)> = Vec::new();
    for input in &case.program.inputs {
        for (axis, &n) in input.dims.iter().enumerate() {
            let called = match (sizes.is_empty(), input.dims.len()) {
                (true, 2..) => "N".to_owned(),
                _ => format!("the size of axis {axis} of {}", input.name),
            };
            if n > 1 && sizes.iter().all(|(known, _)| *known != n) {
                sizes.push((n, called));
            }
        }
    }
    sizes
}

/// The p of a dropout: a constant mask of zeros and 1/(1 − p).
fn dropped(case: &Case) -> Option<f64> {
    case.program.constants.iter().find_map(|constant| {
        let scale = constant.data.iter().copied().fold(0.0, f64::max);
        let is_mask = constant
            .data
            .iter()
            .all(|&x| x == 0.0 || same(x, scale, 1e-12));
        (is_mask && scale > 1.0 && constant.data.contains(&0.0)).then(|| 1.0 - 1.0 / scale)
    })
}

/// Why the gradient through a slot would be multiplied by this factor: what the step there may lose.
pub(super) fn causes(case: &Case, slot: Slot, factor: f64, tolerance: f64) -> Vec<Suspect> {
    let Some(step) = case.program.step(slot) else {
        return Vec::new();
    };
    let words = Words::of(case);
    let is = |other: f64| same(factor, other, tolerance.max(1e-12));
    let mut found = Vec::new();
    let constant = match &step.op {
        Op::Affine { scale, .. } => Some((*scale, step.inputs[0])),
        Op::Binary(Binary::Mul) => {
            match (words.number(step.inputs[0]), words.number(step.inputs[1])) {
                (Some(number), _) => Some((number, step.inputs[1])),
                (_, Some(number)) => Some((number, step.inputs[0])),
                _ => None,
            }
        }
        Op::Binary(Binary::Div) => words
            .number(step.inputs[1])
            .map(|number| (1.0 / number, step.inputs[0])),
        _ => None,
    };
    if let Some((scale, of)) =
        constant.filter(|(scale, _)| !same(scale.abs(), 1.0, 1e-12) && *scale != 0.0)
    {
        let mean = averaged(case, of, scale);
        let missing = is(1.0 / scale) || is(1.0 / scale.abs());
        let twice = is(scale) || is(scale.abs());
        match mean {
            Some(n) if missing => {
                found.push(Suspect::new(
                    "mean-missing",
                    format!("leaving the 1/{n} of the mean out"),
                ));
            }
            Some(n) if twice => {
                found.push(Suspect::new("mean-twice", format!("dividing by {n} twice")));
            }
            None if missing => {
                let text = format!("leaving the factor {} out", rounded(scale));
                found.push(Suspect::new("factor-missing", text));
            }
            None if twice => {
                let text = format!("counting the factor {} twice", rounded(scale));
                found.push(Suspect::new("factor-twice", text));
            }
            _ => {}
        }
    }
    let exponent = match &step.op {
        Op::Power(exponent) => Some(*exponent),
        Op::Unary(Unary::Sqrt) => Some(0.5),
        Op::Binary(Binary::Mul) if step.inputs[0] == step.inputs[1] => Some(2.0),
        _ => None,
    };
    if let Some(exponent) = exponent.filter(|exponent| is(1.0 / exponent)) {
        let text = match exponent {
            2.0 => "leaving the 2 of the square out".to_owned(),
            0.5 => "leaving the ½ of the square root out".to_owned(),
            exponent => format!("leaving the exponent {exponent} out"),
        };
        found.push(Suspect::new("exponent-missing", text));
    }
    let flips = match &step.op {
        Op::Affine { scale, .. } => *scale < 0.0,
        Op::Unary(Unary::Neg | Unary::Cos | Unary::Reciprocal) => true,
        _ => false,
    };
    if flips && is(-1.0) {
        found.push(Suspect::new(
            "sign",
            format!("losing the minus sign at `{}`", words.slot(slot)),
        ));
    }
    found
}

/// The n of a mean: a factor of ±1/n on a sum, or on what sums n elements somewhere below.
fn averaged(case: &Case, of: Slot, scale: f64) -> Option<usize> {
    let inverse = (1.0 / scale).abs();
    if !(1.5..=1e12).contains(&inverse) || !same(inverse, inverse.round(), 1e-9) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number below 1e12"
    )]
    let n = inverse.round() as usize;
    let mut slot = of;
    // Between the sum and the division there may be a minus, another sum, or a change of shape.
    for _ in 0..8 {
        let step = case.program.step(slot)?;
        let operand = *step.inputs.first()?;
        if let Op::Sum { .. } | Op::SumTo(_) = step.op {
            let count = |slot: Slot| case.slots[slot].dims().iter().product::<usize>();
            let summed = count(operand) / count(slot).max(1);
            // Halves are more often a factor than a mean over two.
            if summed == n || n > 2 && case.slots[operand].dims().contains(&n) {
                return Some(n);
            }
        }
        slot = operand;
    }
    None
}
