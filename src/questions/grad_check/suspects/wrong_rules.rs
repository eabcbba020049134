//! Reverse mode with one wrong rule: which one gives the claim?

use std::collections::HashMap;

use super::mistaken::Mistaken;
use super::predictions::predictions;
use super::slips::{Slip, mistakable, of_step};
use super::{Search, Suspect, slip_words};
use crate::lab::Array;
use crate::lab::program::Slot;
use crate::questions::grad_check::case::Case;
use crate::questions::grad_check::numbers::near;
use crate::questions::grad_check::wording::Words;

/// Steps up to which every value of the same shape is tried in place of an operand.
const MOST_STEPS: usize = 120;

/// The wrong rules that give the claim.
pub(super) fn wrong_rules(search: &Search) -> Vec<Suspect> {
    let case = &search.cases[0];
    let program = &case.program;
    let depends = program.dependents(search.input);
    let on_path: Vec<Slot> = (program.first_step()..case.slots.len())
        .filter(|slot| depends[*slot])
        .collect();
    let mut found = Vec::new();
    for slot in predictions(case) {
        if slot < program.inputs.len() {
            found.extend(shortcut_at_input(search, slot));
        } else if depends[slot] {
            found.extend(tried(search, &[slot], &Slip::Shortcut));
        }
    }
    let mut slips: Vec<(Slip, Vec<Slot>)> = Vec::new();
    for &slot in &on_path {
        for slip in of_step(case, slot) {
            let alike = slips
                .iter_mut()
                .find(|(known, slots)| *known == slip && same_operation(case, slots[0], slot));
            match alike {
                Some((_, slots)) => slots.push(slot),
                None => slips.push((slip, vec![slot])),
            }
        }
    }
    // What is done wrong once is often done wrong everywhere; and of a long program's steps not all may be tried.
    for (slip, slots) in &slips {
        found.extend(tried(search, slots, slip));
    }
    for (slip, slots) in slips.iter().filter(|(_, slots)| slots.len() > 1) {
        for &slot in slots {
            found.extend(tried(search, &[slot], slip));
        }
    }
    if found.is_empty() && program.steps.len() <= MOST_STEPS {
        for &slot in &on_path {
            for slip in mistakable(case, slot) {
                found.extend(tried(search, &[slot], &slip));
            }
        }
    }
    found
}

fn same_operation(case: &Case, a: Slot, b: Slot) -> bool {
    let name = |slot| case.program.step(slot).map(|step| step.op.name());
    name(a) == name(b)
}

/// Reverse mode with this slip at these steps: a suspect where it gives the claim on every draw.
fn tried(search: &Search, slots: &[Slot], slip: &Slip) -> Option<Suspect> {
    if !search.afford() {
        return None;
    }
    let gives = |draw: usize| {
        let case = &search.cases[draw];
        let at = |slot: Slot| slots.contains(&slot);
        let gradients = match slip {
            Slip::Gradient(_, input) => {
                HashMap::from([(*input, search.truths[*input].arrays[draw].clone())])
            }
            _ => HashMap::new(),
        };
        let rules = Mistaken {
            case,
            at: &at,
            slip,
            gradients: &gradients,
        };
        Ok(case
            .gradients(&[search.input], &rules, false)?
            .pop()
            .flatten())
    };
    if !search.explains(gives) {
        return None;
    }
    let truth = search.truth();
    let is_right = (0..search.cases.len()).all(|draw| {
        near(
            &search.given[draw],
            &truth.arrays[draw],
            search.allowed[draw],
        )
    });
    if is_right {
        return None;
    }
    let (code, title) = slip_words::named(&search.cases[0], slots, slip)?;
    Some(Suspect::new(code, title))
}

/// ŷ − y for a prediction that is itself an input.
fn shortcut_at_input(search: &Search, slot: Slot) -> Option<Suspect> {
    if slot != search.input {
        return None;
    }
    let gives = |draw: usize| {
        let p = &search.cases[draw].draw.inputs[slot];
        let slopes = search.truth().arrays[draw].data.iter().zip(&p.data);
        let data = slopes.map(|(g, p)| g * p * (1.0 - p)).collect();
        Ok(Some(Array::new(&p.dims, data)))
    };
    search
        .explains(gives)
        .then(|| slip_words::shortcut(&Words::of(&search.cases[0]).slot(slot)))
}
