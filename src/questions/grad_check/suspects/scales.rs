//! One part of the gradient multiplied by a constant.
//!
//! The gradient through a slot is the gradient less what is left when the slot is taken as a constant. A claim that has
//! this part times α and the rest right has lost (0), doubled (2) or divided something there, and α says what.

use std::collections::HashMap;

use super::factors::{self, same};
use super::slips::{Mistaken, Slip};
use super::{Search, Suspect};
use crate::lab::Array;
use crate::lab::ops::{Binary, Op};
use crate::lab::program::Slot;
use crate::questions::grad_check::case::zeros;
use crate::questions::grad_check::numbers::{largest, near, plus, ratio};
use crate::questions::grad_check::wording::{Words, rounded};

/// The factors on parts that give the claim.
pub(super) fn scales(search: &Search) -> Vec<Suspect> {
    let truth = search.truth();
    let same_shape = search
        .given
        .iter()
        .zip(&truth.arrays)
        .all(|(a, b)| a.dims == b.dims);
    if !same_shape {
        return Vec::new();
    }
    let parts = parts(search);
    let mut found = whole(search, &parts);
    if found.is_empty() {
        for part in parts.iter().filter(|part| !part.whole) {
            found.extend(of_part(search, part));
        }
        found.extend(constant_sums(search));
        found.extend(added(search, &parts));
    }
    found
}

/// Part of the gradient: what flows through a slot, or through one operand of a step.
struct Part {
    slot: Slot,
    /// One operand alone, where its value has other uses.
    operand: Option<usize>,
    /// Whether all of the gradient flows there.
    whole: bool,
    /// On the first draw: what is left without it, and itself.
    rest: Array,
    flow: Array,
}

/// Every part of the gradient of the input, on the first draw.
fn parts(search: &Search) -> Vec<Part> {
    let case = &search.cases[0];
    let program = &case.program;
    let depends = program.dependents(search.input);
    let mut uses = vec![0_usize; case.slots.len()];
    for step in &program.steps {
        for &slot in &step.inputs {
            uses[slot] += 1;
        }
    }
    let truth = &search.truth().arrays[0];
    let mut parts = Vec::new();
    for (slot, step) in (program.first_step()..).zip(&program.steps) {
        if !depends[slot] {
            continue;
        }
        let operands = step.inputs.iter().enumerate();
        let several = operands.filter(|(_, operand)| depends[**operand] && uses[**operand] > 1);
        let cuts = std::iter::once(None).chain(several.map(|(place, _)| Some(place)));
        for operand in cuts {
            if !search.afford() {
                return parts;
            }
            let Some(rest) = without(search, 0, slot, operand) else {
                continue;
            };
            let flow = plus(truth, -1.0, &rest);
            if largest(&flow) <= search.allowed[0] {
                continue;
            }
            let whole = largest(&rest) <= 1e-9 * largest(truth);
            parts.push(Part {
                slot,
                operand,
                whole,
                rest,
                flow,
            });
        }
    }
    parts
}

/// The gradient without what flows through a slot or an operand.
fn without(search: &Search, draw: usize, slot: Slot, operand: Option<usize>) -> Option<Array> {
    let case = &search.cases[draw];
    let none = HashMap::new();
    let at = |other| other == slot;
    let slip = operand.map_or(Slip::Detached, Slip::Without);
    let rules = Mistaken {
        case,
        at: &at,
        slip: &slip,
        gradients: &none,
    };
    let gradient = case.gradients(&[search.input], &rules, false).ok()?.pop()?;
    let gradient = gradient.unwrap_or_else(|| zeros(&case.draw.inputs[search.input].dims));
    (gradient.dims == search.truth().arrays[draw].dims).then_some(gradient)
}

/// One factor on all of the gradient: what on the way may be lost, or the factor by itself.
fn whole(search: &Search, parts: &[Part]) -> Vec<Suspect> {
    let pairs: Vec<(&Array, &Array)> = search.given.iter().zip(&search.truth().arrays).collect();
    let Some(factor) = ratio(&pairs).filter(|factor| *factor != 0.0) else {
        return Vec::new();
    };
    let fits = pairs
        .iter()
        .zip(&search.allowed)
        .all(|((given, truth), allowed)| near(&plus(truth, factor - 1.0, truth), given, *allowed));
    if !fits {
        return Vec::new();
    }
    let case = &search.cases[0];
    let tolerance = tolerance(search);
    let mut found: Vec<Suspect> = parts
        .iter()
        .filter(|part| part.whole)
        .flat_map(|part| factors::causes(case, part.slot, factor, tolerance))
        .collect();
    if found.is_empty() {
        let named = factors::name(case, factor, search.evidence() >= 4, tolerance);
        found.extend(named.map(|factor| factors::without_cause(&factor, "")));
    }
    found
}

/// How exactly a factor is known.
fn tolerance(search: &Search) -> f64 {
    let scale = search
        .given
        .iter()
        .map(largest)
        .fold(f64::MIN_POSITIVE, f64::max);
    let allowed = search.allowed.iter().copied().fold(0.0, f64::max);
    (allowed / scale).clamp(1e-9, 1e-3)
}

/// One factor on a part, the rest as it is.
fn of_part(search: &Search, part: &Part) -> Vec<Suspect> {
    let over = plus(&search.given[0], -1.0, &part.rest);
    let Some(factor) = ratio(&[(&over, &part.flow)]) else {
        return Vec::new();
    };
    if !near(
        &plus(&part.rest, factor, &part.flow),
        &search.given[0],
        search.allowed[0],
    ) {
        return Vec::new();
    }
    let holds = search.explains(|draw| {
        let rest = without(search, draw, part.slot, part.operand);
        Ok(rest.map(|rest| {
            let flow = plus(&search.truth().arrays[draw], -1.0, &rest);
            plus(&rest, factor, &flow)
        }))
    });
    let tolerance = 1e2 * tolerance(search);
    let shown = search.evidence() >= 2 * search.cases.len().min(2);
    if !holds || same(factor, 1.0, tolerance) || !shown {
        return Vec::new();
    }
    let case = &search.cases[0];
    let decay = decay(search, &part.flow);
    let lost = factor.abs() <= tolerance;
    let mut found = Vec::new();
    match decay {
        Some(_) if lost => {
            found.push(Suspect::new(
                "weight-decay-missing",
                "leaving the weight decay out",
            ));
        }
        Some(_) if same(factor, 2.0, tolerance) => {
            found.push(Suspect::new(
                "weight-decay-doubled",
                "counting the weight decay twice",
            ));
        }
        Some(_) if same(factor, 0.5, tolerance) => {
            found.push(Suspect::new(
                "weight-decay-halved",
                "half of the weight decay",
            ));
        }
        _ if lost => found.push(lost_part(search, part)),
        _ => {}
    }
    if !lost && part.operand.is_none() {
        found.extend(factors::causes(case, part.slot, factor, tolerance));
    }
    if !lost && found.is_empty() {
        let subtracted = matches!(
            (
                case.program.step(part.slot).map(|step| &step.op),
                part.operand
            ),
            (Some(Op::Binary(Binary::Sub)), Some(1))
        );
        let words = Words::of(case).slot(part.slot);
        let text = if subtracted {
            " of what is subtracted"
        } else {
            " of the part through"
        };
        let text = if subtracted {
            format!("{text} in `{words}`")
        } else {
            format!("{text} `{words}`")
        };
        let named = factors::name(case, factor, false, tolerance);
        found.extend(named.map(|factor| factors::without_cause(&factor, &text)));
    }
    found
}

/// A part that is left out: one of several uses, a term of a sum, or a path through a shared value.
fn lost_part(search: &Search, part: &Part) -> Suspect {
    let case = &search.cases[0];
    let words = Words::of(case);
    if let Some(place) = part.operand
        && let Some(step) = case.program.step(part.slot)
    {
        let text = format!(
            "leaving out what `{}` does inside `{}`, one of its uses,",
            words.slot(step.inputs[place]),
            words.slot(part.slot)
        );
        return Suspect::new("use-missing", text);
    }
    if is_term(search, part.slot) {
        return Suspect::new(
            "term-missing",
            format!("leaving out the term `{}`", words.slot(part.slot)),
        );
    }
    Suspect::new(
        "path-missing",
        format!("taking `{}` as a constant", words.slot(part.slot)),
    )
}

/// Every mean and variance taken as a constant at once.
fn constant_sums(search: &Search) -> Option<Suspect> {
    let program = &search.cases[0].program;
    let depends = program.dependents(search.input);
    let sums: Vec<Slot> = (program.first_step()..)
        .zip(&program.steps)
        .filter(|(slot, step)| {
            depends[*slot] && matches!(step.op, Op::Sum { .. }) && !is_term(search, *slot)
        })
        .map(|(slot, _)| slot)
        .collect();
    let none = HashMap::new();
    let gives = |draw: usize| {
        let case = &search.cases[draw];
        let at = |slot: Slot| sums.contains(&slot);
        let rules = Mistaken {
            case,
            at: &at,
            slip: &Slip::Detached,
            gradients: &none,
        };
        Ok(case
            .gradients(&[search.input], &rules, false)?
            .pop()
            .flatten())
    };
    let holds = sums.len() > 1 && search.afford() && search.explains(gives);
    holds.then(|| {
        Suspect::new(
            "path-missing",
            "taking every mean and sum inside as a constant",
        )
    })
}

/// Whether a slot is a term of the output: only sums and constant factors follow.
fn is_term(search: &Search, slot: Slot) -> bool {
    let program = &search.cases[0].program;
    let mut on_the_way = vec![false; search.cases[0].slots.len()];
    on_the_way[slot] = true;
    for (next, step) in (program.first_step()..).zip(&program.steps) {
        if !step.inputs.iter().any(|operand| on_the_way[*operand]) {
            continue;
        }
        let adds = matches!(
            &step.op,
            Op::Binary(Binary::Add | Binary::Sub)
                | Op::Affine { .. }
                | Op::Sum { .. }
                | Op::Reshape(_)
        );
        if !adds {
            return false;
        }
        on_the_way[next] = true;
    }
    true
}

/// The λ of a part that is λ times the input itself.
fn decay(search: &Search, flow: &Array) -> Option<f64> {
    let input = &search.cases[0].draw.inputs[search.input];
    let lambda = ratio(&[(flow, input)])?;
    let scaled = plus(&zeros(&input.dims), lambda, input);
    (input.data.len() > 1 && near(&scaled, flow, 1e-9 * largest(flow))).then_some(lambda)
}

/// The truth and a constant times a value of the function, or another gradient, that does not belong there.
fn added(search: &Search, parts: &[Part]) -> Vec<Suspect> {
    let truth = search.truth();
    if search.evidence() < 3 || search.cases.len() < 2 && search.given[0].data.len() < 3 {
        return Vec::new();
    }
    let over: Vec<Array> = search
        .given
        .iter()
        .zip(&truth.arrays)
        .map(|(given, truth)| plus(given, -1.0, truth))
        .collect();
    let case = &search.cases[0];
    for slot in 0..case.slots.len() {
        if case.slots[slot].dims() != over[0].dims || !case.slots[slot].kind().is_float() {
            continue;
        }
        let values: Result<Vec<Array>, _> =
            search.cases.iter().map(|case| case.array(slot)).collect();
        let Ok(values) = values else { continue };
        // A term of a scalar function comes times the one upstream gradient.
        let upstream = |draw: usize| match search.cases[draw].draw.upstream.as_slice() {
            [one] if one.data.len() == 1 => one.data[0],
            _ => 1.0,
        };
        let weighted = values.iter().enumerate().map(|(draw, value)| {
            let data = value.data.iter().map(|x| upstream(draw) * x);
            Array::new(&value.dims, data.collect())
        });
        let weighted: Vec<Array> = weighted.collect();
        let factor = [&weighted, &values].into_iter().find_map(|values| {
            let pairs: Vec<(&Array, &Array)> = over.iter().zip(values).collect();
            let factor = ratio(&pairs)?;
            let fits = pairs.iter().enumerate().all(|(draw, (_, value))| {
                search.is_claimed(draw, &plus(&truth.arrays[draw], factor, value))
            });
            fits.then_some(factor)
        });
        let Some(factor) = factor else { continue };
        let name = Words::of(case).slot(slot);
        let has_decay = parts.iter().any(|part| decay(search, &part.flow).is_some());
        return vec![if slot == search.input && !has_decay {
            let text = format!(
                "adding {}·{name}, a weight decay that the function does not have for {name},",
                rounded(factor)
            );
            Suspect::new("weight-decay-on-bias", text)
        } else {
            let text = format!("an extra term {}·`{name}`", rounded(factor));
            Suspect::new("extra-term", text)
        }];
    }
    Vec::new()
}
