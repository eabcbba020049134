//! Places without a derivative.

use super::*;
use crate::lab::ops::{Binary, Comparison, Kind, Op, Unary};

fn of(data: &[f64], function: impl Fn(&Value) -> Result<Value, LabError>) -> Outcome<Difference> {
    let inputs = [Array::new(&[data.len()], data.to_vec())];
    let program = captured(&inputs, |x| Ok(vec![function(&x[0])?]))?;
    let upstream = ones(&program, &inputs)?;
    Ok(differences(
        &program,
        &inputs,
        &upstream,
        0,
        &Options::default(),
    )?)
}

#[test]
fn kinks_are_listed_and_their_neighbours_are_not() -> Outcome {
    let points = [-1.0, 0.0, 1e-6, 1.0, -1e-6, 0.3];
    for function in [Unary::Relu, Unary::Abs] {
        let found = of(&points, |x| x.unary(function))?;
        assert_eq!(found.kinks, [1], "{function:?}");
        assert!(found.error.data[1] >= 0.5);
        let below = if function == Unary::Relu { 0.0 } else { -1.0 };
        for (place, exact) in [(0, below), (2, 1.0), (3, 1.0), (4, below), (5, 1.0)] {
            let off = (found.gradient.data[place] - exact).abs();
            assert!(off <= 1e-8 && off <= found.error.data[place], "{off:e}");
        }
    }
    let found = of(&points, |x| Value::apply(Op::LeakyRelu(0.1), &[x]))?;
    assert_eq!(found.kinks, [1]);
    let found = of(&[-1.0, 2.0, 2.5], |x| {
        let clamp = Op::Clamp {
            low: Some(-1.0),
            high: Some(2.0),
        };
        Value::apply(clamp, &[x])
    })?;
    assert_eq!(found.kinks, [0, 1]);
    Ok(())
}

#[test]
fn a_tie_is_a_kink() -> Outcome {
    let largest = |x: &Value| {
        let place = Op::ArgExtreme {
            axis: 0,
            largest: true,
        };
        let place = Value::apply(place, &[x])?;
        Value::apply(Op::Gather(0), &[x, &place])
    };
    let found = of(&[1.0, 3.0, 3.0, 2.0], largest)?;
    assert_eq!(found.kinks, [1, 2]);
    assert!(found.gradient.data[0].abs() < f64::MIN_POSITIVE);
    let found = of(&[1.0, 3.0, 3.0 + 1e-6, 2.0], largest)?;
    assert!(found.kinks.is_empty());
    assert!((found.gradient.data[2] - 1.0).abs() < 1e-9);
    let found = of(&[1.0, 3.0], |x| {
        x.binary(Binary::Maximum, &x.affine(-1.0, 6.0)?)
    })?;
    assert_eq!(found.kinks, [1]);
    Ok(())
}

#[test]
fn a_choice_and_a_jump_are_kinks() -> Outcome {
    let found = of(&[0.5, 0.7], |x| {
        let above = x.compare(Comparison::Gt, &x.affine(0.0, 0.5)?)?;
        Value::where_(&above, &x.power(2.0)?, x)
    })?;
    assert_eq!(found.kinks, [0]);
    assert!((found.gradient.data[1] - 1.4).abs() < 1e-9);
    let found = of(&[2.0, 2.5], |x| x.unary(Unary::Floor))?;
    assert_eq!(found.kinks, [0]);
    assert!(found.gradient.data[1].abs() < f64::MIN_POSITIVE);
    // The branches meet with one slope: no kink.
    let found = of(&[0.0, 1.0], |x| {
        let above = x.compare(Comparison::Gt, &x.affine(0.0, 0.0)?)?;
        Value::where_(&above, &x.power(2.0)?, &x.power(2.0)?.affine(-1.0, 0.0)?)
    })?;
    assert!(found.kinks.is_empty());
    assert!(found.gradient.data[0].abs() <= found.error.data[0] + 1e-12);
    Ok(())
}

#[test]
fn a_border_of_the_domain_is_listed() -> Outcome {
    let found = of(&[0.0, 1.0, 1e-9], |x| x.unary(Unary::Sqrt))?;
    assert!(found.kinks.contains(&0));
    assert!(found.error.data[0].is_infinite());
    assert!(!found.kinks.contains(&1));
    // The norm of zero is a kink without any choice in it.
    let norm = |x: &Value| x.power(2.0)?.sum(&[0], false)?.unary(Unary::Sqrt);
    assert_eq!(of(&[0.0, 0.0], norm)?.kinks, [0, 1]);
    assert!(of(&[3.0, 4.0], norm)?.kinks.is_empty());
    Ok(())
}

#[test]
fn nothing_goes_through_a_detachment_or_an_integer() -> Outcome {
    let found = of(&[0.5, 1.5], |x| {
        x.mul(&Value::apply(Op::Detach, &[&x.unary(Unary::Exp)?])?)
    })?;
    for (value, x) in found.gradient.data.iter().zip([0.5_f64, 1.5]) {
        assert!((value - x.exp()).abs() < 1e-10);
    }
    let found = of(&[0.5, 1.5], |x| x.cast(Kind::I64)?.cast(Kind::F64)?.mul(x))?;
    assert!(found.gradient.data[0].abs() < f64::MIN_POSITIVE);
    assert!((found.gradient.data[1] - 1.0).abs() < 1e-11);
    Ok(())
}
