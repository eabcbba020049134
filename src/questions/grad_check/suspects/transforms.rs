//! The true gradient in another form: transposed, not summed, summed otherwise, of another input, from ones.

use std::collections::HashMap;

use super::factors;
use super::mistaken::Mistaken;
use super::slips::Slip;
use super::{Search, Suspect};
use crate::lab::Array;
use crate::lab::ops::Op;
use crate::questions::grad_check::numbers::{
    choices, flipped, largest, near, orders, permuted, ratio, summed,
};

/// The forms that the claim is in.
pub(super) fn transforms(search: &Search) -> Vec<Suspect> {
    let name = &search.cases[0].program.inputs[search.input].name;
    let truth = search.truth();
    if search.given.iter().all(|given| largest(given) == 0.0) {
        let text = "zeros where a gradient flows";
        let same_shape = search
            .given
            .iter()
            .zip(&truth.arrays)
            .all(|(a, b)| a.dims == b.dims);
        return if same_shape {
            vec![Suspect::new("zero", text)]
        } else {
            Vec::new()
        };
    }
    let mut found = Vec::new();
    found.extend(reordered(search, name));
    found.extend(summed_otherwise(search, name));
    found.extend(of_another(search));
    found.extend(backwards(search, name));
    found.extend(itself(search, name));
    found.extend(wrong_axis(search, name));
    let ones = |draw: usize| search.cases[draw].truth(search.input, true).map(Some);
    if search.explains(ones) {
        found.push(Suspect::new(
            "upstream-ignored",
            "ignoring G, as if it were ones,",
        ));
    }
    found
}

/// The truth's entries changed by `form` are the claim's, up to one factor on all draws: what comes with the factor.
fn matches(
    search: &Search,
    form: impl Fn(&Array) -> Option<Array>,
    of: &[Array],
) -> Option<String> {
    let changed: Option<Vec<Array>> = of.iter().map(form).collect();
    let changed = changed?;
    if changed
        .iter()
        .zip(search.given)
        .any(|(a, b)| a.dims != b.dims)
    {
        return None;
    }
    if changed
        .iter()
        .enumerate()
        .all(|(draw, array)| search.is_claimed(draw, array))
    {
        return Some(String::new());
    }
    let pairs: Vec<(&Array, &Array)> = search.given.iter().zip(&changed).collect();
    let factor = ratio(&pairs)?;
    let scaled = changed.iter().zip(search.given).zip(&search.allowed);
    let fits = scaled.into_iter().all(|((array, given), allowed)| {
        let data = array.data.iter().map(|x| factor * x).collect();
        near(&Array::new(&array.dims, data), given, *allowed)
    });
    if !fits || search.evidence() < 6 || factor == 0.0 {
        return None;
    }
    let named = factors::name(&search.cases[0], factor, false, 1e-6)?;
    Some(format!(
        " with {}",
        factors::without_cause(&named, "").title
    ))
}

/// The axes in another order, or axes of size 1 more or less.
fn reordered(search: &Search, name: &str) -> Vec<Suspect> {
    let truth = search.truth();
    let mut found = Vec::new();
    for order in orders(truth.arrays[0].dims.len()) {
        let form = |array: &Array| Some(permuted(array, &order));
        let unchanged = truth
            .arrays
            .iter()
            .enumerate()
            .all(|(draw, array)| near(&permuted(array, &order), array, search.allowed[draw]));
        if !unchanged && let Some(more) = matches(search, form, &truth.arrays) {
            let text = match order.len() {
                2 => format!("the gradient of {name} transposed{more}"),
                _ => format!("the gradient of {name} with its axes in another order{more}"),
            };
            found.push(Suspect::new("transposed", text));
            break;
        }
    }
    let given = &search.given[0].dims;
    let needed = &truth.arrays[0].dims;
    let reshaped = |array: &Array| {
        (given.iter().product::<usize>() == array.data.len())
            .then(|| Array::new(given, array.data.clone()))
    };
    if given != needed
        && let Some(more) = matches(search, reshaped, &truth.arrays)
    {
        let text = format!("the right numbers in another shape{more}");
        found.push(Suspect::new("reshaped", text));
    }
    found
}

/// Axes that were not summed over, or that should not have been.
fn summed_otherwise(search: &Search, name: &str) -> Vec<Suspect> {
    let truth = search.truth();
    let needed = &truth.arrays[0].dims;
    let given = &search.given[0].dims;
    let mut found = Vec::new();
    if given.len() >= needed.len() && given != needed {
        for over in choices(given.len()) {
            let sums: Vec<Array> = search
                .given
                .iter()
                .map(|array| summed(array, &over, false))
                .collect();
            let kept: Vec<Array> = search
                .given
                .iter()
                .map(|array| summed(array, &over, true))
                .collect();
            let count: usize = given
                .iter()
                .zip(&over)
                .filter(|&(_, &over)| over)
                .map(|(n, _)| n)
                .product();
            for sums in [sums, kept] {
                let reaches = sums.iter().zip(&truth.arrays).enumerate();
                let allowed = |draw: usize| search.allowed[draw] * count_as_real(count);
                if count > 1
                    && reaches
                        .clone()
                        .all(|(draw, (sum, truth))| near(sum, truth, allowed(draw)))
                {
                    let text = format!("the gradient of {name} not summed over {}", axes(&over));
                    found.push(Suspect::new("unsummed", text));
                    return found;
                }
                let mean = |array: &Array| {
                    let data = array.data.iter().map(|x| x / count_as_real(count));
                    Array::new(&array.dims, data.collect())
                };
                if count > 1
                    && reaches
                        .clone()
                        .all(|(draw, (sum, truth))| near(&mean(sum), truth, allowed(draw)))
                {
                    let text = format!("the gradient of {name} repeated along {}", axes(&over));
                    found.push(Suspect::new("repeated", text));
                    return found;
                }
            }
        }
    }
    if given.len() <= needed.len() {
        for over in choices(needed.len()) {
            for keep in [false, true] {
                let form = |array: &Array| Some(summed(array, &over, keep));
                let sums_something = needed.iter().zip(&over).any(|(&n, &over)| over && n > 1);
                if sums_something && let Some(more) = matches(search, form, &truth.arrays) {
                    let text = format!(
                        "summing the gradient of {name} over {} too{more}",
                        axes(&over)
                    );
                    found.push(Suspect::new("summed-too-far", text));
                    return found;
                }
            }
        }
    }
    found
}

/// The gradient of another input.
fn of_another(search: &Search) -> Vec<Suspect> {
    let inputs = search.cases[0].program.inputs.iter().enumerate();
    inputs
        .filter(|(other, _)| *other != search.input)
        .filter_map(|(other, input)| {
            let form = |array: &Array| Some(array.clone());
            let more = matches(search, form, &search.truths[other].arrays)?;
            let text = format!("the gradient of {}, another input,", input.name);
            more.is_empty()
                .then(|| Suspect::new("other-gradient", text))
        })
        .collect()
}

/// The entries along an axis in the opposite order.
fn backwards(search: &Search, name: &str) -> Option<Suspect> {
    let truth = search.truth();
    let program = &search.cases[0].program;
    let convolves = program
        .steps
        .iter()
        .any(|step| matches!(step.op, Op::Window { .. }));
    (0..truth.arrays[0].dims.len()).find_map(|axis| {
        let form = |array: &Array| Some(flipped(array, axis));
        let same = near(
            &flipped(&truth.arrays[0], axis),
            &truth.arrays[0],
            search.allowed[0],
        );
        let more = matches(search, form, &truth.arrays).filter(|_| !same)?;
        let text = format!("the gradient of {name} backwards along axis {axis}{more}");
        let code = if convolves {
            "kernel-flipped"
        } else {
            "order-kept"
        };
        Some(Suspect::new(code, text))
    })
}

/// The input in place of its gradient.
fn itself(search: &Search, name: &str) -> Option<Suspect> {
    let inputs = search.cases.iter().map(|case| {
        let upstream = match case.draw.upstream.as_slice() {
            [one] if one.data.len() == 1 => one.data[0],
            _ => 1.0,
        };
        let input = &case.draw.inputs[search.input];
        let data = input.data.iter().map(|x| upstream * x).collect();
        Array::new(&input.dims, data)
    });
    let inputs: Vec<Array> = inputs.collect();
    let more = matches(search, |array| Some(array.clone()), &inputs)?;
    let text = format!("{name} itself in place of its gradient");
    more.is_empty().then(|| Suspect::new("own-operand", text))
}

/// What should be summed over the axes of a broadcast, summed over others, or averaged.
fn wrong_axis(search: &Search, name: &str) -> Vec<Suspect> {
    let case = &search.cases[0];
    let readers: Vec<usize> = (case.program.first_step()..)
        .zip(&case.program.steps)
        .filter(|(_, step)| step.inputs.contains(&search.input))
        .map(|(slot, _)| slot)
        .collect();
    let [used] = readers.as_slice() else {
        return Vec::new();
    };
    let none = HashMap::new();
    let wide: Option<Vec<Array>> = search
        .cases
        .iter()
        .map(|case| {
            let at = |slot| slot == *used;
            let rules = Mistaken {
                case,
                at: &at,
                slip: &Slip::NotSummed,
                gradients: &none,
            };
            case.gradients(&[search.input], &rules, false).ok()?.pop()?
        })
        .collect();
    let Some(wide) = wide else {
        return Vec::new();
    };
    let needed = &search.truth().arrays[0].dims;
    if wide[0].dims == *needed {
        return Vec::new();
    }
    let mut found = Vec::new();
    for over in choices(wide[0].dims.len()) {
        for keep in [false, true] {
            let form = |array: &Array| Some(summed(array, &over, keep));
            let is_right = form(&wide[0]).is_some_and(|sum| {
                same_numbers(&sum, &search.truth().arrays[0], search.allowed[0])
            });
            if !is_right && let Some(more) = matches(search, form, &wide) {
                let text = format!(
                    "summing the gradient of {name} over {}, the wrong axis,{more}",
                    axes(&over)
                );
                found.push(Suspect::new("wrong-axis", text));
                return found;
            }
        }
    }
    found
}

/// Whether the numbers are the same, in whatever shape.
fn same_numbers(a: &Array, b: &Array, allowed: f64) -> bool {
    let flat = |array: &Array| Array::new(&[array.data.len()], array.data.clone());
    near(&flat(a), &flat(b), allowed)
}

fn axes(over: &[bool]) -> String {
    let numbers: Vec<String> = over
        .iter()
        .enumerate()
        .filter(|&(_, &over)| over)
        .map(|(axis, _)| axis.to_string())
        .collect();
    match numbers.as_slice() {
        [one] => format!("axis {one}"),
        several => format!("axes {}", several.join(" and ")),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of elements")]
fn count_as_real(count: usize) -> f64 {
    count as f64
}
