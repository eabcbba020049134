//! One part of the gradient multiplied by a constant.
//!
//! The gradient through a slot is the gradient less what is left when the slot is taken as a constant. A claim that has
//! this part times α and the rest right has lost (0), doubled (2) or divided something there, and α says what.

use std::collections::HashMap;

use super::factors::{self, same};
use super::mistaken::Mistaken;
use super::slips::Slip;
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
        found = of_parts(search, &parts);
        found.extend(constant_sums(search));
        if found.is_empty() {
            found.extend(added(search, &parts));
        }
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

/// One factor on a part, the rest as it is. The parts that fit are the same part, met at several slots.
fn of_parts(search: &Search, parts: &[Part]) -> Vec<Suspect> {
    let case = &search.cases[0];
    let tolerance = 1e2 * tolerance(search);
    let fitting: Vec<(&Part, f64)> = parts
        .iter()
        .filter(|part| !part.whole)
        .filter_map(|part| Some((part, factor_of(search, part)?)))
        .filter(|(_, factor)| !same(*factor, 1.0, tolerance))
        .collect();
    let Some((_, factor)) = fitting.first().copied() else {
        return Vec::new();
    };
    let is = |other: f64| same(factor, other, tolerance);
    let lost = factor.abs() <= tolerance;
    let is_decay = fitting
        .iter()
        .any(|(part, _)| decay(search, &part.flow).is_some());
    let mut found = Vec::new();
    if is_decay && lost {
        let text = "leaving the weight decay out";
        return vec![Suspect::new("weight-decay-missing", text)];
    } else if is_decay && is(2.0) {
        let text = "counting the weight decay twice";
        found.push(Suspect::new("weight-decay-doubled", text));
    } else if is_decay && is(0.5) {
        found.push(Suspect::new(
            "weight-decay-halved",
            "half of the weight decay",
        ));
    }
    if lost {
        found.extend(lost_part(search, &fitting));
        return found;
    }
    for (part, factor) in fitting.iter().filter(|(part, _)| part.operand.is_none()) {
        found.extend(factors::causes(case, part.slot, *factor, tolerance));
    }
    if found.is_empty() {
        found.extend(nameless(search, &fitting, tolerance));
    }
    found
}

/// The factor on a part that gives the claim on every draw.
fn factor_of(search: &Search, part: &Part) -> Option<f64> {
    let over = plus(&search.given[0], -1.0, &part.rest);
    let factor = ratio(&[(&over, &part.flow)])?;
    let fits = near(
        &plus(&part.rest, factor, &part.flow),
        &search.given[0],
        search.allowed[0],
    );
    let shown = search.evidence() >= 2 * search.cases.len().min(2);
    let holds = fits
        && shown
        && search.explains(|draw| {
            let rest = without(search, draw, part.slot, part.operand);
            Ok(rest.map(|rest| {
                let flow = plus(&search.truth().arrays[draw], -1.0, &rest);
                plus(&rest, factor, &flow)
            }))
        });
    holds.then_some(factor)
}

/// A factor that nothing on the part's way explains: by its name, at the part's last slot.
fn nameless(search: &Search, fitting: &[(&Part, f64)], tolerance: f64) -> Option<Suspect> {
    let case = &search.cases[0];
    let subtracted = fitting.iter().find(|(part, _)| {
        let step = case.program.step(part.slot);
        part.operand == Some(1)
            && step.is_some_and(|step| matches!(step.op, Op::Binary(Binary::Sub)))
    });
    let (part, factor) = subtracted.or(fitting.last())?;
    let words = Words::of(case).slot(part.slot);
    let text = match subtracted {
        Some(_) => format!(" of what is subtracted in `{words}`"),
        None => format!(" of the part through `{words}`"),
    };
    let named = factors::name(case, *factor, false, tolerance)?;
    Some(factors::without_cause(&named, &text))
}

/// A part that is left out: a term of a sum, a path through a shared value, or one of several uses.
fn lost_part(search: &Search, fitting: &[(&Part, f64)]) -> Option<Suspect> {
    let case = &search.cases[0];
    let words = Words::of(case);
    let slots = || {
        fitting
            .iter()
            .rev()
            .filter(|(part, _)| part.operand.is_none())
    };
    if let Some((part, _)) = slots().find(|(part, _)| is_term(search, part.slot)) {
        let text = format!("leaving out the term `{}`", words.slot(part.slot));
        return Some(Suspect::new("term-missing", text));
    }
    if let Some((part, _)) = slots().next() {
        let text = format!("taking `{}` as a constant", words.slot(part.slot));
        return Some(Suspect::new("path-missing", text));
    }
    let (part, _) = fitting.last()?;
    let step = case.program.step(part.slot)?;
    let text = format!(
        "leaving out what `{}` does inside `{}`, one of its uses,",
        words.slot(step.inputs[part.operand?]),
        words.slot(part.slot)
    );
    Some(Suspect::new("use-missing", text))
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
