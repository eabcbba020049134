use std::collections::BTreeSet;

use super::*;
use crate::lab::device::as_on_a_card;
use crate::lab::ops::Kind;
use crate::lab::ops::vjp;
use crate::lab::value::Proven;

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[test]
fn every_rule_holds() -> Outcome {
    for seed in 0..3 {
        for proof in proofs(&Proven, seed, &Device::default())? {
            assert!(proof.holds(), "seed {seed}: {proof:?}");
        }
    }
    Ok(())
}

#[test]
fn every_operation_has_a_row() -> Outcome {
    let proofs = proofs(&Proven, 1, &Device::default())?;
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
    let proofs = proofs(&Mistaken(mistake), 1, &Device::default())?;
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
fn a_wrong_shape_is_caught_at_every_operation() {
    let missed = unnoticed(|gradient| {
        let mut dims = gradient.dims().to_vec();
        dims.push(1);
        gradient.reshape(&dims).map(Some)
    });
    // With another shape a product may not even be possible.
    assert!(missed.is_err() || missed.is_ok_and(|missed| missed.is_empty()));
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

/// What the engine gives for an operation in a setting.
fn engine<'a>(comparisons: &'a [Comparison], operation: &str, setting: &str) -> &'a Finding {
    let fits = |c: &&Comparison| c.operation == operation && c.setting.contains(setting);
    let found = comparisons.iter().find(fits);
    found.map_or(&Finding::Absent, |comparison| &comparison.engine)
}

#[test]
fn the_lab_is_right_wherever_it_is_compared() -> Outcome {
    for comparison in comparisons(1)? {
        assert!(
            matches!(comparison.own, Finding::Right(_)),
            "{comparison:?}"
        );
    }
    Ok(())
}

#[test]
fn the_faults_of_the_engine_are_found() -> Outcome {
    let comparisons = comparisons(1)?;
    let of = |operation, setting| engine(&comparisons, operation, setting);
    let Finding::Wrong {
        factor: Some(factor),
        ..
    } = of("max_pool2d", "2x2 windows of 4x4")
    else {
        return Err("max_pool2d is not a constant factor off".into());
    };
    assert!((factor - 0.25).abs() < 1e-9, "{factor}");
    for (operation, setting) in [
        ("conv1d", "the kernel's"),
        ("conv1d", "batch 2, 3 to 4 channels: the input's"),
        // Without padding the engine multiplies the rows of a batch in the wrong order: its values are wrong already.
        ("conv_transpose1d", "batch 2"),
        ("conv1d", "transposed"),
        ("avg_pool2d", "of 5x5"),
        ("upsample_nearest2d", "twice"),
        ("scatter", "written over"),
        ("gather", "middle"),
        ("exp(x²)", "gradient's gradient"),
        ("gelu", "error function"),
        ("relu", "at 0"),
        ("abs", "at 0"),
        ("sum", "four million"),
    ] {
        let finding = of(operation, setting);
        assert!(
            matches!(finding, Finding::Wrong { .. }),
            "{operation} {setting}: {finding:?}"
        );
    }
    for (operation, setting) in [
        ("layer_norm", "float32"),
        ("rms_norm", "float32"),
        ("softmax_last_dim", "of an input"),
        ("softmax_last_dim", "computed"),
    ] {
        let finding = of(operation, setting);
        assert_eq!(finding, &Finding::Absent, "{operation} {setting}");
    }
    for (operation, setting) in [
        ("max_pool2d", "stride 2"),
        ("conv_transpose1d", "batch 1"),
        ("upsample_bilinear2d", ""),
        ("conv2d", "7x8"),
        ("gather", "than the tensor"),
    ] {
        let finding = of(operation, setting);
        assert!(
            matches!(finding, Finding::Fails(_)),
            "{operation} {setting}: {finding:?}"
        );
    }
    for (operation, setting) in [
        ("avg_pool2d", "of 4x4"),
        ("conv1d", "batch 1, 3 to 4 channels: the input's"),
        ("conv2d", "7x7"),
        ("softmax", "last axis"),
        ("matmul", "two matrices"),
    ] {
        let finding = of(operation, setting);
        assert!(
            matches!(finding, Finding::Right(_)),
            "{operation} {setting}: {finding:?}"
        );
    }
    Ok(())
}

/// The fast operations against plain loops, in a kind of numbers.
fn against_loops(kind: Kind, tolerance: f64) -> Outcome {
    for (purpose, family) in (100..).zip(Family::all()) {
        let mut draw = Draw::new(3, purpose);
        for _ in 0..CONFIGURATIONS {
            let mut case = family.draw(&mut draw)?;
            for input in &mut case.inputs {
                if input.dtype().is_float() {
                    *input = input.to_dtype(kind.dtype())?;
                }
            }
            let inputs: Vec<Array> = case
                .inputs
                .iter()
                .map(Array::from_tensor)
                .collect::<Result<_, _>>()?;
            let found = evaluate(&case.op, &case.inputs.iter().collect::<Vec<_>>())?;
            let found = Array::from_tensor(&found)?;
            if let Some(plain) = plain::result(&case.op, &inputs, &found.dims) {
                let plain = Array::new(&found.dims, plain);
                let distance = differences::distance(&found, &plain);
                assert!(
                    distance <= tolerance,
                    "{:?} {inputs:?}: {found:?}, not {plain:?}",
                    case.op
                );
            }
        }
    }
    Ok(())
}

#[test]
fn every_operation_agrees_with_plain_loops() -> Outcome {
    against_loops(Kind::F64, 1e-12)?;
    against_loops(Kind::F32, 1e-3)
}

/// Values as on another device, on the engine's tensors here, beside the CPU's.
fn values_elsewhere(kind: Kind, tolerance: f64) -> Outcome {
    for (purpose, family) in (200..).zip(Family::all()) {
        let mut draw = Draw::new(4, purpose);
        for _ in 0..CONFIGURATIONS {
            let mut case = family.draw(&mut draw)?;
            for input in &mut case.inputs {
                if input.dtype().is_float() {
                    *input = input.to_dtype(kind.dtype())?;
                }
            }
            let inputs: Vec<&Tensor> = case.inputs.iter().collect();
            let here = evaluate(&case.op, &inputs)?;
            let there = as_on_a_card(|| evaluate(&case.op, &inputs))?;
            assert_eq!(there.dtype(), here.dtype(), "{:?}", case.op);
            let (there, here) = (Array::from_tensor(&there)?, Array::from_tensor(&here)?);
            let distance = differences::distance(&there, &here);
            assert!(
                distance <= tolerance,
                "{:?} {inputs:?}: {there:?}, not {here:?}",
                case.op
            );
        }
    }
    Ok(())
}

#[test]
fn the_way_on_another_device_gives_the_same_values() -> Outcome {
    values_elsewhere(Kind::F64, 1e-12)?;
    values_elsewhere(Kind::F32, 1e-3)
}

#[test]
fn every_rule_holds_the_way_that_it_is_computed_on_another_device() -> Outcome {
    let device = Device::default();
    for (purpose, family) in (0..).zip(Family::all()) {
        let proof = as_on_a_card(|| proof(family, purpose, &Proven, 5, &device))?;
        assert!(proof.holds(), "{proof:?}");
    }
    Ok(())
}

/// Kinks, and numbers that are none.
#[test]
fn the_way_on_another_device_has_the_same_conventions() -> Outcome {
    let numbers = [
        f64::NAN,
        f64::NEG_INFINITY,
        -1e3,
        -1.0,
        -0.0,
        0.0,
        1.0,
        1e3,
        f64::INFINITY,
    ];
    let x = Array::new(&[numbers.len()], numbers.to_vec()).to_tensor()?;
    let unary = Family::all().into_iter().filter_map(|family| {
        let mut draw = Draw::new(0, 0);
        let case = family.draw(&mut draw).ok()?;
        (matches!(case.op, Op::Unary(_) | Op::LeakyRelu(_) | Op::Elu(_))).then_some(case.op)
    });
    let mut other = Vec::new();
    for op in unary {
        let here = Array::from_tensor(&evaluate(&op, &[&x])?)?;
        let there = Array::from_tensor(&as_on_a_card(|| evaluate(&op, &[&x]))?)?;
        for ((there, here), x) in there.data.iter().zip(&here.data).zip(numbers) {
            let same = there.to_bits() == here.to_bits() || (there.is_nan() && here.is_nan());
            if !same && (there - here).abs() > 1e-12 * here.abs() {
                other.push(format!("{op:?} of {x}: {there}, not {here}"));
            }
        }
    }
    assert!(other.is_empty(), "{other:#?}");
    Ok(())
}
