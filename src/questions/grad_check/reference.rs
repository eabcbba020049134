//! A function beside a reference: the same shape, the same values, the same gradients?

use super::Study;
use super::answers::real;
use super::case::Case;
use super::judged::{TOLERANCE, shape};
use super::numbers::{largest, worst};
use crate::lab::{Array, LabError};
use crate::report::{
    Check, Claim, Quantities, Quantity, Report, Section, Tolerance, Value, Verdict,
};

/// Holds the function against its reference on every draw, where there is one.
///
/// # Errors
/// If the reference cannot be carried out.
pub(super) fn compare(
    report: &mut Report,
    study: &Study,
    cases: &[Case],
    tolerance: Option<f64>,
) -> Result<(), LabError> {
    let tolerance = tolerance.unwrap_or(TOLERANCE);
    let Some(differs) = differences(study, cases)? else {
        return Ok(());
    };
    let right = differs
        .iter()
        .all(|differs| differs.shapes.is_none() && differs.share <= tolerance);
    let quantities = differs.iter().map(|differs| {
        let key = format!(
            "reference.{}",
            differs.label.replace("gradient of ", "").replace(' ', "_")
        );
        let quantity = real(
            key,
            format!("{}: relative difference", differs.label),
            differs.share,
        );
        quantity.steps(differs.shapes.iter().cloned().collect())
    });
    let mut quantities: Vec<Quantity> = quantities.collect();
    let word = if right { "right" } else { "wrong" };
    quantities.insert(
        0,
        Quantity::exact(
            "reference.verdict",
            "beside the reference",
            Value::name(word),
        ),
    );
    report.sections.push(Section::Quantities(Quantities {
        title: "reference".to_owned(),
        quantities,
    }));
    let worst = differs.iter().max_by(|a, b| a.share.total_cmp(&b.share));
    let reason = match worst {
        Some(Differs {
            shapes: Some(shapes),
            ..
        }) => shapes.clone(),
        Some(worst) => format!(
            "the {} differs by {:.1e} of its largest entry, for {tolerance:.0e} allowed",
            worst.label, worst.share
        ),
        None => "nothing is returned".to_owned(),
    };
    report.checks.push(Check {
        claim: Claim {
            key: "reference".to_owned(),
            written: "the same values and gradients as the reference".to_owned(),
            expected: None,
            other: None,
            tolerance: Tolerance::Relative(tolerance),
            working: Vec::new(),
        },
        computed: Some(Value::name(word)),
        verdict: if right {
            Verdict::Right
        } else {
            Verdict::Wrong
        },
        reason,
        diagnoses: Vec::new(),
        working: None,
        readings: Vec::new(),
    });
    Ok(())
}

/// How far values and gradients are apart over all draws; `None` without a reference.
fn differences(study: &Study, cases: &[Case]) -> Result<Option<Vec<Differs>>, LabError> {
    let mut differs: Vec<Differs> = Vec::new();
    for (draw, case) in study.draws.iter().zip(cases) {
        let Some(reference) = &draw.reference else {
            return Ok(None);
        };
        let other = Case::of(draw, reference.clone())?;
        let outputs = case
            .program
            .outputs
            .iter()
            .zip(&other.program.outputs)
            .enumerate();
        for (number, (&ours, &theirs)) in outputs {
            let label = if case.program.outputs.len() == 1 {
                "value".to_owned()
            } else {
                format!("value {number}")
            };
            note(
                &mut differs,
                &label,
                &case.array(ours)?,
                &other.array(theirs)?,
            );
        }
        let same_shapes = differs.iter().all(|differs| differs.shapes.is_none());
        for (input, listed) in case
            .program
            .inputs
            .iter()
            .enumerate()
            .filter(|_| same_shapes)
        {
            let label = format!("gradient of {}", listed.name);
            note(
                &mut differs,
                &label,
                &case.truth(input, false)?,
                &other.truth(input, false)?,
            );
        }
    }
    Ok(Some(differs))
}

/// How far two tensors of one name are apart, over all draws.
struct Differs {
    label: String,
    /// As a share of the reference's largest entry.
    share: f64,
    shapes: Option<String>,
}

fn note(differs: &mut Vec<Differs>, label: &str, ours: &Array, theirs: &Array) {
    let (share, shapes) = match worst(ours, theirs) {
        Some((_, 0.0)) => (0.0, None),
        Some((_, distance)) => (distance / largest(theirs).max(f64::MIN_POSITIVE), None),
        None => {
            let text = format!(
                "the {label} has shape {}, the reference's {}",
                shape(&ours.dims),
                shape(&theirs.dims)
            );
            (f64::INFINITY, Some(text))
        }
    };
    match differs.iter_mut().find(|known| known.label == label) {
        Some(known) => {
            known.share = known.share.max(share);
            known.shapes = known.shapes.take().or(shapes);
        }
        None => differs.push(Differs {
            label: label.to_owned(),
            share,
            shapes,
        }),
    }
}
