use candle_core::Device;

use super::*;
use crate::lab::{Array, Program};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn leaf(numbers: &[f64]) -> Result<Value, Box<dyn std::error::Error>> {
    Ok(Value::leaf(Tensor::new(numbers, &Device::Cpu)?))
}

fn numbers(value: &Value) -> Result<Vec<f64>, LabError> {
    Ok(Array::from_tensor(value.tensor())?.data)
}

/// The gradient of the sum of a result.
fn slopes(result: &Value, x: &Value, order: Order) -> Result<Value, Box<dyn std::error::Error>> {
    let ones = Value::constant(result.tensor().ones_like()?);
    let found = gradients(
        &[(result.clone(), ones)],
        std::slice::from_ref(x),
        order,
        &Proven,
    )?;
    Ok(found[0].clone().ok_or("no gradient")?)
}

/// The derivatives of f at these numbers.
fn derivative(
    at: &[f64],
    f: impl Fn(&Value) -> Result<Value, LabError>,
) -> Result<Vec<f64>, Box<dyn std::error::Error>> {
    let x = leaf(at)?;
    Ok(numbers(&slopes(&f(&x)?, &x, Order::First)?)?)
}

#[test]
fn a_chain_of_a_hundred_thousand_is_built_differentiated_and_dropped() -> Outcome {
    let x = leaf(&[0.5])?;
    let mut y = x.clone();
    for _ in 0..100_000 {
        y = y.affine(1.0, 1e-6)?;
    }
    assert_eq!(numbers(&slopes(&y, &x, Order::First)?)?, [1.0]);
    assert_eq!(numbers(&slopes(&y, &x, Order::Higher)?)?, [1.0]);
    let program = Program::capture(&[("x".to_owned(), x)], &[y])?;
    assert_eq!(program.steps.len(), 100_000);
    Ok(())
}

#[test]
fn a_chain_of_functions_with_their_own_backward_is_dropped() -> Outcome {
    let x = leaf(&[0.5])?;
    let mut y = x.clone();
    for _ in 0..100_000 {
        let doubled = y.tensor().affine(1.0, 0.0)?;
        let backward: Box<Backward> = Box::new(|upstream| Ok(upstream.to_vec()));
        y = Value::foreign(vec![doubled], vec![y.clone()], backward).remove(0);
    }
    assert_eq!(numbers(&slopes(&y, &x, Order::First)?)?, [1.0]);
    Ok(())
}

#[test]
fn a_value_used_many_times_gets_the_sum() -> Outcome {
    let found = derivative(&[3.0], |x| {
        let mut sum = x.clone();
        for _ in 0..999 {
            sum = sum.add(x)?;
        }
        sum.mul(&x.mul(x)?)
    })?;
    assert_eq!(found, [3.0 * 1000.0 * 9.0]);
    Ok(())
}

#[test]
fn derivatives_of_any_order() -> Outcome {
    // x⁴: 4x³, 12x², 24x, 24
    let x = leaf(&[2.0])?;
    let mut y = x.power(4.0)?;
    for expected in [32.0, 48.0, 48.0, 24.0] {
        y = slopes(&y, &x, Order::Higher)?;
        assert_eq!(numbers(&y)?, [expected]);
    }
    // 24 does not depend on x.
    let ones = Value::constant(y.tensor().ones_like()?);
    let fifth = gradients(&[(y, ones)], &[x], Order::First, &Proven)?;
    if let Some(fifth) = &fifth[0] {
        assert_eq!(numbers(fifth)?, [0.0]);
    }
    Ok(())
}

#[test]
fn no_path_is_no_zero() -> Outcome {
    let (x, y) = (leaf(&[1.0])?, leaf(&[2.0])?);
    let ones = Value::constant(x.tensor().clone());
    let found = gradients(&[(x.mul(&x)?, ones)], &[y, x], Order::First, &Proven)?;
    assert!(found[0].is_none() && found[1].is_some());
    Ok(())
}

/// As PyTorch has them.
#[test]
fn derivatives_at_kinks_and_bounds() -> Outcome {
    let around = [-1.0, 0.0, 1.0];
    let unary = |function| move |x: &Value| x.unary(function);
    let apply = |op: Op| move |x: &Value| Value::apply(op.clone(), &[x]);
    let clamp = |low, high| apply(Op::Clamp { low, high });
    assert_eq!(derivative(&around, unary(Unary::Relu))?, [0.0, 0.0, 1.0]);
    assert_eq!(derivative(&around, unary(Unary::Abs))?, [-1.0, 0.0, 1.0]);
    assert_eq!(derivative(&around, unary(Unary::Sign))?, [0.0; 3]);
    assert_eq!(
        derivative(&around, apply(Op::LeakyRelu(0.25)))?,
        [0.25, 0.25, 1.0]
    );
    assert_eq!(derivative(&[0.0, 1.0], apply(Op::Elu(0.5)))?, [0.5, 1.0]);
    assert_eq!(
        derivative(&around, clamp(Some(-1.0), Some(0.5)))?,
        [1.0, 1.0, 0.0]
    );
    assert_eq!(
        derivative(&around, clamp(None, Some(0.0)))?,
        [1.0, 1.0, 0.0]
    );
    assert_eq!(derivative(&[0.0], unary(Unary::Sqrt))?, [f64::INFINITY]);
    assert_eq!(derivative(&around, |x| x.power(0.0))?, [0.0; 3]);
    assert_eq!(derivative(&[-2.0, 0.0], |x| x.power(2.0))?, [-4.0, 0.0]);
    let tie = |function| move |x: &Value| x.binary(function, &x.untracked());
    assert_eq!(derivative(&[1.0], tie(Binary::Maximum))?, [0.5]);
    assert_eq!(derivative(&[1.0], tie(Binary::Minimum))?, [0.5]);
    Ok(())
}

#[test]
fn powers_of_nothing() -> Outcome {
    let (a, b) = (leaf(&[0.0, 0.0, 0.0])?, leaf(&[0.0, 1.0, 2.0])?);
    let y = a.binary(Binary::Pow, &b)?;
    assert_eq!(numbers(&y)?, [1.0, 0.0, 0.0]);
    assert_eq!(numbers(&slopes(&y, &a, Order::First)?)?, [0.0, 1.0, 0.0]);
    assert_eq!(numbers(&slopes(&y, &b, Order::First)?)?, [0.0; 3]);
    Ok(())
}

/// An infinite upstream gradient is not multiplied by 0.
#[test]
fn what_is_not_chosen_stays_zero() -> Outcome {
    let x = leaf(&[-1.0, 1.0])?;
    let infinite = Value::constant(Tensor::new(&[f64::INFINITY; 2], &Device::Cpu)?);
    let clamp = Op::Clamp {
        low: Some(0.0),
        high: None,
    };
    for result in [
        x.unary(Unary::Relu)?,
        Value::apply(clamp, &[&x])?,
        x.binary(Binary::Maximum, &Value::number_like(&x, 0.0)?)?,
    ] {
        let found = gradients(
            &[(result, infinite.clone())],
            std::slice::from_ref(&x),
            Order::First,
            &Proven,
        )?;
        let found = found[0].clone().ok_or("no gradient")?;
        assert_eq!(numbers(&found)?, [0.0, f64::INFINITY]);
    }
    assert_eq!(
        derivative(&[f64::INFINITY], |x| x.unary(Unary::Relu))?,
        [1.0]
    );
    Ok(())
}

#[test]
fn what_is_no_number_stays_none() -> Outcome {
    let x = leaf(&[f64::NAN])?;
    let one = Value::number_like(&x, 1.0)?;
    let clamp = Op::Clamp {
        low: Some(0.0),
        high: Some(1.0),
    };
    for result in [
        x.unary(Unary::Relu)?,
        x.unary(Unary::Softplus)?,
        Value::apply(clamp, &[&x])?,
        x.binary(Binary::Maximum, &one)?,
        one.binary(Binary::Maximum, &x)?,
        one.binary(Binary::Minimum, &x)?,
        Value::apply(Op::Softmax(0), &[&x])?,
    ] {
        assert!(numbers(&result)?[0].is_nan());
    }
    Ok(())
}

#[test]
fn extremes_of_the_range() -> Outcome {
    let x = leaf(&[-800.0, 800.0, f64::INFINITY])?;
    assert_eq!(numbers(&x.unary(Unary::Sigmoid)?)?, [0.0, 1.0, 1.0]);
    assert_eq!(
        numbers(&x.unary(Unary::Softplus)?)?,
        [0.0, 800.0, f64::INFINITY]
    );
    assert_eq!(
        derivative(&[-800.0, 800.0], |x| x.unary(Unary::Softplus))?,
        [0.0, 1.0]
    );
    let halves = leaf(&[-1.5, -0.5, 0.5, 1.5, 2.5])?;
    assert_eq!(
        numbers(&halves.unary(Unary::Round)?)?,
        [-2.0, 0.0, 0.0, 2.0, 2.0]
    );
    Ok(())
}

#[test]
fn remainders_have_the_divisor_s_sign() -> Outcome {
    let (a, b) = (
        leaf(&[5.5, -5.5, 5.5, -5.5])?,
        leaf(&[3.0, 3.0, -3.0, -3.0])?,
    );
    let expected = [2.5, 0.5, -0.5, -2.5];
    assert_eq!(numbers(&a.binary(Binary::Remainder, &b)?)?, expected);
    let whole = |numbers: &[i64]| Tensor::new(numbers, &Device::Cpu).map(Value::constant);
    let (a, b) = (whole(&[5, -5, 5, -5])?, whole(&[3, 3, -3, -3])?);
    assert_eq!(
        numbers(&a.binary(Binary::Remainder, &b)?)?,
        [2.0, 1.0, -1.0, -2.0]
    );
    let zero = whole(&[0])?;
    assert!(a.binary(Binary::Remainder, &zero).is_err());
    Ok(())
}

#[test]
fn truth_values_are_added_as_or_and_summed_as_numbers() -> Outcome {
    let truth = Value::constant(Tensor::new(&[0_u8, 1, 1], &Device::Cpu)?);
    assert_eq!(numbers(&truth.add(&truth)?)?, [0.0, 1.0, 1.0]);
    let sum = truth.sum(&[0], false)?;
    assert_eq!((sum.kind(), numbers(&sum)?), (Kind::I64, vec![2.0]));
    assert!(truth.unary(Unary::Exp).is_err() && truth.affine(2.0, 0.0).is_err());
    Ok(())
}

#[test]
fn orders_put_what_is_no_number_last() -> Outcome {
    let x = leaf(&[2.0, f64::NAN, 1.0, 2.0])?;
    let sorted = |descending| {
        Value::apply(
            Op::ArgSort {
                axis: 0,
                descending,
            },
            &[&x],
        )
    };
    assert_eq!(numbers(&sorted(false)?)?, [2.0, 0.0, 3.0, 1.0]);
    assert_eq!(numbers(&sorted(true)?)?, [1.0, 0.0, 3.0, 2.0]);
    for largest in [true, false] {
        let place = Value::apply(Op::ArgExtreme { axis: 0, largest }, &[&x])?;
        assert_eq!(numbers(&place)?, [1.0]);
    }
    Ok(())
}

#[test]
fn an_index_outside_is_refused() -> Outcome {
    let x = leaf(&[1.0, 2.0])?;
    for number in [2_i64, -1] {
        let index = Value::constant(Tensor::new(&[number], &Device::Cpu)?);
        for op in [Op::IndexSelect(0), Op::Gather(0)] {
            assert!(Value::apply(op, &[&x, &index]).is_err(), "{number}");
        }
    }
    Ok(())
}

#[test]
fn what_would_not_fit_is_refused_before_it_is_computed() -> Outcome {
    let x = Value::constant(Tensor::zeros(
        (1, 1),
        candle_core::DType::F64,
        &Device::Cpu,
    )?);
    let long = x.broadcast(&[1 << 40, 1])?;
    assert!(long.add(&x.broadcast(&[1, 1 << 40])?).is_err());
    assert!(x.broadcast(&[1 << 40, 1 << 40]).is_err());
    assert!(x.broadcast(&[0, 1 << 62, 4]).is_err());
    Ok(())
}

#[test]
fn integers_and_detached_values_stop_gradients() -> Outcome {
    let x = leaf(&[1.5, 2.5])?;
    let cut = Value::apply(Op::Detach, &[&x])?;
    for stopped in [
        cut,
        x.cast(Kind::I64)?.cast(Kind::F64)?,
        x.compare(Comparison::Lt, &x)?.cast(Kind::F64)?,
    ] {
        let ones = Value::constant(x.tensor().ones_like()?);
        let found = gradients(
            &[(stopped, ones)],
            std::slice::from_ref(&x),
            Order::First,
            &Proven,
        )?;
        assert!(found[0].is_none());
    }
    Ok(())
}

#[test]
fn a_program_keeps_infinities() -> Outcome {
    let x = leaf(&[-1.0, 2.0])?;
    let clamp = Op::Clamp {
        low: Some(f64::NEG_INFINITY),
        high: Some(0.1 + 0.2),
    };
    let y = Value::apply(clamp, &[&x])?.affine(1.0, f64::INFINITY)?;
    let program = Program::capture(&[("x".to_owned(), x)], &[y])?;
    let read: Program = serde_json::from_str(&serde_json::to_string(&program)?)?;
    assert_eq!(read, program);
    Ok(())
}

#[test]
fn a_program_that_reads_what_is_not_there_is_refused() -> Outcome {
    let x = leaf(&[1.0])?;
    let program = Program::capture(&[("x".to_owned(), x.clone())], &[x.mul(&x)?])?;
    assert!(program.replay(&[]).is_err());
    for slot in [1, 2, 99] {
        let mut ahead = program.clone();
        ahead.steps[0].inputs[1] = slot;
        assert!(ahead.replay(std::slice::from_ref(&x)).is_err(), "{slot}");
        let text = serde_json::to_string(&ahead)?;
        assert!(serde_json::from_str::<Program>(&text).is_err(), "{slot}");
    }
    Ok(())
}
