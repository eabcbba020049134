use std::collections::BTreeSet;

use super::*;
use crate::lab::ops::vjp;
use crate::lab::value::Proven;

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[test]
fn every_rule_holds() -> Outcome {
    for seed in 0..3 {
        for proof in proofs(&Proven, seed)? {
            assert!(proof.holds(), "seed {seed}: {proof:?}");
        }
    }
    Ok(())
}

#[test]
fn every_operation_has_a_row() -> Outcome {
    let proofs = proofs(&Proven, 1)?;
    let names: BTreeSet<&str> = proofs.iter().map(|proof| proof.operation).collect();
    // `pow` stands for two: by a fixed exponent and by a tensor.
    assert_eq!(names.len(), proofs.len() - 1);
    Ok(())
}

/// The rules with one mistake in every one of them.
struct Mistaken(fn(Value) -> Result<Option<Value>, LabError>);

impl Rules for Mistaken {
    fn vjp(
        &self,
        made: &Value,
        op: &Op,
        inputs: &[Value],
        upstream: &Value,
        wanted: &[bool],
    ) -> Result<Vec<Option<Value>>, LabError> {
        let right = vjp(op, inputs, made, upstream, wanted)?;
        let mistaken = right.into_iter().map(|gradient| match gradient {
            Some(gradient) => (self.0)(gradient),
            None => Ok(None),
        });
        mistaken.collect()
    }
}

/// The operations that a mistake is not noticed at, of those that it can be made at.
fn unnoticed(
    mistake: fn(Value) -> Result<Option<Value>, LabError>,
) -> Result<Vec<&'static str>, LabError> {
    let proofs = proofs(&Mistaken(mistake), 1)?;
    let missed = proofs
        .iter()
        .filter(|proof| proof.passes_gradient && proof.holds());
    Ok(missed.map(|proof| proof.operation).collect())
}

#[test]
fn a_wrong_factor_is_caught_at_every_operation() -> Outcome {
    let missed = unnoticed(|gradient| gradient.affine(1.00001, 0.0).map(Some))?;
    // The gradient of a step is 0, whatever it is multiplied by.
    assert_eq!(missed, ["sign", "floor", "ceil", "round", "trunc"]);
    Ok(())
}

#[test]
fn a_wrong_summand_is_caught_at_every_operation() -> Outcome {
    assert!(unnoticed(|gradient| gradient.affine(1.0, 1e-4).map(Some))?.is_empty());
    Ok(())
}

#[test]
fn a_missing_gradient_is_no_zero() -> Outcome {
    assert!(unnoticed(|_| Ok(None))?.is_empty());
    Ok(())
}

#[test]
fn a_wrong_shape_is_caught_at_every_operation() -> Outcome {
    let missed = unnoticed(|gradient| {
        let mut dims = gradient.dims().to_vec();
        dims.push(1);
        gradient.reshape(&dims).map(Some)
    });
    // With another shape a product may not even be possible.
    assert!(missed.is_err() || missed.is_ok_and(|missed| missed.is_empty()));
    Ok(())
}

#[test]
fn a_gradient_that_forgets_how_it_was_made_is_caught() -> Outcome {
    let missed = unnoticed(|gradient| Ok(Some(gradient.untracked())))?;
    for nonlinear in [
        "exp", "mul", "div", "pow", "softmax", "matmul", "inverse", "atan2",
    ] {
        assert!(!missed.contains(&nonlinear), "{nonlinear}");
    }
    Ok(())
}
