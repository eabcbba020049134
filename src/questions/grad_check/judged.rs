//! Claims held against the truth, input by input.

use super::case::Case;
use super::numbers::{largest, ratio, worst};
use super::suspects::{Search, Suspect, suspects};
use super::truth::{Standing, Truth};
use super::wording::rounded;
use crate::lab::ops::Kind;
use crate::lab::{Array, LabError};
use crate::torch::study::{Claimed, Given};

/// A claim computed in float64 is right within this share of the gradient's largest entry.
pub(super) const TOLERANCE: f64 = 1e-7;
/// A claim in float32 numbers, which rounding alone leaves some millionths off.
pub(super) const TOLERANCE_F32: f64 = 1e-4;

/// What became of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing is claimed.
    Unclaimed,
    Right,
    Wrong,
    /// Claimed to be nothing: wrong.
    Absent,
    Undecided,
}

impl State {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Unclaimed => "unclaimed",
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Absent => "absent",
            Self::Undecided => "undecided",
        }
    }
}

/// The worst entry of a claim.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Worst {
    pub(super) draw: usize,
    pub(super) index: Vec<usize>,
    pub(super) needed: f64,
    pub(super) given: f64,
    pub(super) absolute: f64,
    /// As a share of the gradient's largest entry.
    pub(super) relative: f64,
}

/// A claim and what became of it.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub(super) state: State,
    pub(super) written: String,
    /// What the claim comes to on every draw, where it comes to a tensor.
    pub(super) given: Vec<Array>,
    pub(super) worst: Option<Worst>,
    pub(super) tolerance: f64,
    pub(super) reason: String,
    pub(super) suspects: Vec<Suspect>,
}

/// Judges what is claimed of an input over all draws.
///
/// # Errors
/// If a claim's program does not fit its own inputs, which is a fault of gradus.
pub(super) fn judged(
    cases: &[Case],
    truths: &[Truth],
    input: usize,
    tolerance: Option<f64>,
) -> Result<Judged, LabError> {
    let name = &cases[0].program.inputs[input].name;
    let claims: Vec<Option<&Claimed>> = cases.iter().map(|case| case.claim(input)).collect();
    let mut judged = Judged {
        state: State::Unclaimed,
        written: claims
            .iter()
            .flatten()
            .next()
            .map(|claim| claim.written.clone())
            .unwrap_or_default(),
        given: Vec::new(),
        worst: None,
        tolerance: tolerance.unwrap_or(TOLERANCE),
        reason: String::new(),
        suspects: Vec::new(),
    };
    if claims.iter().all(Option::is_none) {
        return Ok(judged);
    }
    let truth = &truths[input];
    for claim in claims.iter().flatten() {
        match &claim.given {
            Given::Failed(fault) => {
                judged.state = State::Wrong;
                judged.reason = format!("it is no gradient: {}", fault.message);
                return Ok(judged);
            }
            Given::Absent => {
                return Ok(absent(judged, truth, name));
            }
            Given::Gradient(_) => {}
        }
    }
    for (case, claim) in cases.iter().zip(&claims) {
        let given = claim
            .map(|claim| case.given(&claim.given, false))
            .transpose()?
            .flatten();
        judged.given.extend(given);
    }
    if judged.given.len() < cases.len() {
        judged.state = State::Undecided;
        "it is not given on every draw".clone_into(&mut judged.reason);
        return Ok(judged);
    }
    if tolerance.is_none() && judged.given.iter().any(|array| array.kind == Kind::F32) {
        judged.tolerance = TOLERANCE_F32;
    }
    if let Standing::Doubtful(_, reason) = &truth.standing {
        judged.state = State::Undecided;
        judged.reason.clone_from(reason);
        return Ok(judged);
    }
    compare(&mut judged, truth, name);
    if judged.state == State::Wrong {
        let search = Search::new(cases, truths, input, &judged.given, judged.tolerance);
        let programs: Vec<Option<&Given>> = claims
            .iter()
            .map(|claim| claim.map(|claim| &claim.given))
            .collect();
        judged.suspects = suspects(&search, &programs);
        if judged.suspects.is_empty() {
            judged
                .reason
                .push_str("; no known mistake gives this gradient");
        }
        hint_at_rounding(&mut judged, truth);
    }
    Ok(judged)
}

/// No gradient given: right only where none flows, as automatic differentiation has it too.
fn absent(mut judged: Judged, truth: &Truth, name: &str) -> Judged {
    if truth.used {
        judged.state = State::Absent;
        judged.reason = format!(
            "no gradient is given; {name} needs one of shape {}",
            shape(&truth.arrays[0].dims)
        );
        judged.suspects = vec![Suspect::new("absent", "returning none")];
    } else {
        judged.state = State::Right;
        judged.reason = format!("no gradient is given, and the function does not depend on {name}");
    }
    judged
}

fn compare(judged: &mut Judged, truth: &Truth, name: &str) {
    let needed = &truth.arrays[0].dims;
    for given in &judged.given {
        if given.dims != *needed {
            judged.state = State::Wrong;
            judged.reason = format!(
                "the gradient of {name} has shape {}; the claim has shape {}",
                shape(needed),
                shape(&given.dims)
            );
            return;
        }
    }
    let mut right = true;
    for (draw, (given, needed)) in judged.given.iter().zip(&truth.arrays).enumerate() {
        let Some((number, absolute)) = worst(given, needed) else {
            continue;
        };
        let scale = largest(needed).max(truth.floors[draw]);
        let relative = if absolute == 0.0 {
            0.0
        } else {
            absolute / scale
        };
        right &= absolute <= judged.tolerance * largest(needed) + truth.floors[draw];
        if judged
            .worst
            .as_ref()
            .is_none_or(|worst| relative > worst.relative)
        {
            judged.worst = Some(Worst {
                draw,
                index: needed.place(number),
                needed: needed.data.get(number).copied().unwrap_or_default(),
                given: given.data.get(number).copied().unwrap_or_default(),
                absolute,
                relative,
            });
        }
    }
    judged.state = if right { State::Right } else { State::Wrong };
    if let Some(worst) = &judged.worst {
        judged.reason = if right && worst.relative < f64::MIN_POSITIVE {
            "every entry agrees to the last digit".to_owned()
        } else if right {
            format!(
                "every entry agrees within {:.1e} of the largest, for {:.0e} allowed",
                worst.relative, judged.tolerance
            )
        } else {
            format!(
                "worst entry {}: {} is needed, {} given; {:.2e} of the largest entry, for {:.0e} allowed",
                index(&worst.index),
                number(worst.needed),
                number(worst.given),
                worst.relative,
                judged.tolerance
            )
        };
    }
}

/// Where the claim is the truth but for a thousandth or less: perhaps a constant was rounded.
fn hint_at_rounding(judged: &mut Judged, truth: &Truth) {
    let pairs: Vec<(&Array, &Array)> = judged.given.iter().zip(&truth.arrays).collect();
    let near = judged
        .worst
        .as_ref()
        .is_some_and(|worst| worst.relative < 5e-3);
    if let Some(factor) = ratio(&pairs).filter(|factor| near && (factor - 1.0).abs() < 5e-3) {
        let off = judged.worst.as_ref().map_or(0.0, |worst| worst.relative);
        let proportional = pairs.iter().all(|(given, truth)| {
            let distance = given
                .data
                .iter()
                .zip(&truth.data)
                .map(|(g, t)| (g - factor * t).abs());
            distance.fold(0.0, f64::max) <= judged.tolerance * largest(truth)
        });
        if proportional {
            let hint = format!(
                "; it is the gradient times {}: if a constant was rounded, --tolerance {:.0e} lets it pass",
                rounded(factor),
                2.0 * off
            );
            judged.reason.push_str(&hint);
        }
    }
}

/// A shape as Python writes it.
pub(super) fn shape(dims: &[usize]) -> String {
    if let [one] = dims {
        return format!("({one},)");
    }
    let sizes: Vec<String> = dims.iter().map(ToString::to_string).collect();
    format!("({})", sizes.join(", "))
}

/// Where an entry stands: `(0, 3)`.
pub(super) fn index(index: &[usize]) -> String {
    let places: Vec<String> = index.iter().map(ToString::to_string).collect();
    format!("({})", places.join(", "))
}

/// A number with the digits that a person compares.
fn number(x: f64) -> String {
    let short = format!("{x:.7e}");
    match short.parse::<f64>() {
        Ok(value) if (1e-4..1e6).contains(&value.abs()) || value == 0.0 => value.to_string(),
        _ => short,
    }
}
