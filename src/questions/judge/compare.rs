//! The rule by which a claimed value holds against a computed one, and the sentence that states it.
//!
//! Integers are compared exactly. A real claim is right when the computed value rounds to it at the digits written,
//! unless a tolerance is given. A measured value is right or wrong only where six standard errors leave no doubt.

use crate::report::{Basis, Extent, Tolerance, Value, Verdict};

/// A verdict and its reason.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Comparison {
    pub(super) verdict: Verdict,
    pub(super) reason: String,
}

/// Standard errors within which a measured value may still be any.
const DOUBT: f64 = 6.0;

/// More draws than this are no advice.
const LARGEST_N: f64 = 1e15;

/// A fraction or an exact real is met within this share: what float64 can lose in a long sum.
const FLOAT_NOISE: f64 = 1e-9;

impl Comparison {
    fn new(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self {
            verdict,
            reason: reason.into(),
        }
    }

    /// What was written is no value of the computed one's kind.
    pub(super) fn unreadable(computed: &Value, written: &str) -> Self {
        let expected = match computed {
            Value::Count(_) => "an integer such as 112",
            Value::Real(_) => "a number such as 0.14, 3/4 or 0.3 ± 0.01",
            Value::Dims(_) => "a size such as 112, 112x112 or (1, 32, 122, 122)",
            Value::Flag(_) => "true or false",
            Value::Name(_) => "one word",
        };
        Self::new(
            Verdict::Unreadable,
            format!("`{written}` is not {expected}"),
        )
    }
}

/// What a wrong answer is called.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Count(_) | Value::Real(_) => "number",
        Value::Dims(extents) if extents.len() <= 3 => "number",
        Value::Dims(_) => "shape",
        Value::Flag(_) | Value::Name(_) => "answer",
    }
}

/// Holds a claimed value against the computed one.
pub(super) fn compare(
    computed: &Value,
    basis: Basis,
    claimed: &Value,
    tolerance: Tolerance,
) -> Comparison {
    match (computed, claimed) {
        (Value::Dims(truth), Value::Dims(said)) if said.len() == 1 => {
            every_axis(truth, basis, said[0], tolerance)
        }
        (Value::Dims(truth), Value::Dims(said)) => axis_by_axis(truth, basis, said, tolerance),
        (Value::Dims(truth), Value::Count(said)) => {
            every_axis(truth, basis, Extent::Count(*said), tolerance)
        }
        (Value::Dims(truth), Value::Real(said)) => {
            every_axis(truth, basis, Extent::Real(*said), tolerance)
        }
        (_, Value::Dims(said)) if said.len() == 1 => number(computed, basis, said[0], tolerance)
            .unwrap_or_else(|| Comparison::unreadable(computed, &claimed.to_string())),
        (_, Value::Count(said)) => number(computed, basis, Extent::Count(*said), tolerance)
            .unwrap_or_else(|| Comparison::unreadable(computed, &claimed.to_string())),
        (_, Value::Real(said)) => number(computed, basis, Extent::Real(*said), tolerance)
            .unwrap_or_else(|| Comparison::unreadable(computed, &claimed.to_string())),
        (Value::Flag(truth), Value::Flag(said)) => {
            equal(truth == said, "true and false are compared as they stand")
        }
        (Value::Name(truth), Value::Name(said)) => equal(
            truth.eq_ignore_ascii_case(said),
            "words are compared letter by letter, capitals or not",
        ),
        _ => Comparison::unreadable(computed, &claimed.to_string()),
    }
}

fn equal(same: bool, rule: &str) -> Comparison {
    Comparison::new(if same { Verdict::Right } else { Verdict::Wrong }, rule)
}

/// A number that is not one of several axes.
fn number(
    computed: &Value,
    basis: Basis,
    claimed: Extent,
    tolerance: Tolerance,
) -> Option<Comparison> {
    let truth = match computed {
        Value::Count(count) => Extent::Count(*count),
        Value::Real(real) => Extent::Real(*real),
        _ => return None,
    };
    Some(extent(truth, basis, claimed, tolerance))
}

/// One number claims every axis.
fn every_axis(truth: &[Extent], basis: Basis, claimed: Extent, tolerance: Tolerance) -> Comparison {
    let said = vec![claimed; truth.len()];
    let mut comparison = axis_by_axis(truth, basis, &said, tolerance);
    if truth.len() > 1 {
        comparison.reason = format!("one number claims every axis; {}", comparison.reason);
    }
    comparison
}

fn axis_by_axis(
    truth: &[Extent],
    basis: Basis,
    claimed: &[Extent],
    tolerance: Tolerance,
) -> Comparison {
    if truth.len() != claimed.len() {
        return Comparison::new(
            Verdict::Wrong,
            format!(
                "it has {} where there {}",
                axes(claimed.len()),
                are(truth.len())
            ),
        );
    }
    truth
        .iter()
        .zip(claimed)
        .map(|(truth, said)| extent(*truth, basis, *said, tolerance))
        .reduce(|worst, next| {
            if next.verdict > worst.verdict {
                next
            } else {
                worst
            }
        })
        .unwrap_or_else(|| Comparison::new(Verdict::Right, "a scalar has no axes"))
}

fn axes(count: usize) -> String {
    match count {
        1 => "1 axis".to_owned(),
        _ => format!("{count} axes"),
    }
}

fn are(count: usize) -> String {
    match count {
        1 => "is 1".to_owned(),
        _ => format!("are {count}"),
    }
}

fn extent(truth: Extent, basis: Basis, claimed: Extent, tolerance: Tolerance) -> Comparison {
    match (truth, claimed) {
        (Extent::Whole, Extent::Whole) => equal(true, "both are the whole axis"),
        (Extent::Whole, _) => equal(false, "it is the whole axis, however long"),
        (_, Extent::Whole) => equal(false, "it is not the whole axis"),
        (Extent::Count(truth), Extent::Count(said)) => match tolerance {
            Tolerance::Absolute(_) | Tolerance::Relative(_) => {
                real(to_real(truth), basis, to_real(said), tolerance)
            }
            _ => equal(truth == said, "integers are compared exactly"),
        },
        (Extent::Count(truth), Extent::Real(said)) => match tolerance {
            Tolerance::Relative(_) => real(to_real(truth), basis, said, tolerance),
            #[expect(clippy::float_cmp, reason = "an integer is met exactly or not at all")]
            _ => equal(to_real(truth) == said, "integers are compared exactly"),
        },
        (Extent::Real(truth), Extent::Count(said)) => {
            real(truth, basis, to_real(said), whole_digits(tolerance))
        }
        (Extent::Real(truth), Extent::Real(said)) => real(truth, basis, said, tolerance),
    }
}

/// An integer claimed for a real is a decimal without digits after the point.
fn whole_digits(tolerance: Tolerance) -> Tolerance {
    match tolerance {
        Tolerance::Exact => Tolerance::Digits(0),
        given => given,
    }
}

#[expect(clippy::cast_precision_loss, reason = "only where a real is compared")]
fn to_real(count: i128) -> f64 {
    count as f64
}

fn real(truth: f64, basis: Basis, claimed: f64, tolerance: Tolerance) -> Comparison {
    if !truth.is_finite() || !claimed.is_finite() {
        #[expect(clippy::float_cmp, reason = "infinities are equal or not")]
        let same = truth == claimed || (truth.is_nan() && claimed.is_nan());
        return equal(same, "a value that is not finite is met only by itself");
    }
    let (n, error) = match basis {
        Basis::Measured { n, standard_error } => (n, standard_error),
        Basis::Exact | Basis::Rounded => (0, 0.0),
    };
    let (width, rule) = allowed(truth, error, tolerance);
    let distance = (truth - claimed).abs();
    // A tie rounds either way, and its last bit is lost in writing 0.5 as a double.
    let width = width + f64::EPSILON * 4.0 * truth.abs();
    let doubt = match tolerance {
        Tolerance::Sigmas(_) => 0.0,
        _ => DOUBT * error,
    };
    if distance + doubt <= width || (doubt == 0.0 && distance <= width) {
        Comparison::new(Verdict::Right, rule)
    } else if distance - doubt > width {
        Comparison::new(Verdict::Wrong, rule)
    } else {
        let reason = format!(
            "{rule}, but the measurement's standard error is {error:.1e}: {DOUBT} of them leave it open; {}",
            enough(n, error, width, distance)
        );
        Comparison::new(Verdict::Undecided, reason)
    }
}

/// How large n would have to be. Six standard errors, which fall with its root, are to be half of the width: that
/// decides a claim that is right, and one that is off by as much again. Where the measurement already tells how far the
/// claim lies from the edge, and that is less, it is that far.
#[expect(
    clippy::cast_precision_loss,
    reason = "a number for a person, to two digits"
)]
fn enough(n: u64, error: f64, width: f64, distance: f64) -> String {
    let apart = (width - distance).abs();
    let edge = if apart > 2.0 * error {
        apart.min(width / 2.0)
    } else {
        width / 2.0
    };
    let wanted = n as f64 * (DOUBT * error / edge).powi(2);
    if wanted < LARGEST_N {
        format!("n = {} would do", rounded_up(wanted))
    } else {
        "no measurement decides that: allow more, such as ± 0.01".to_owned()
    }
}

/// To two digits, upwards.
fn rounded_up(number: f64) -> String {
    let unit = 10_f64.powf(number.log10().floor() - 1.0).max(1.0);
    let digits = format!("{:.0}", (number / unit).ceil() * unit);
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// How far off a claim may be, and the rule in words.
fn allowed(truth: f64, error: f64, tolerance: Tolerance) -> (f64, String) {
    match tolerance {
        Tolerance::Exact => (
            FLOAT_NOISE * truth.abs(),
            "the same to nine digits is wanted".to_owned(),
        ),
        Tolerance::Digits(0) => (0.5, "it is to round to the integer written".to_owned()),
        Tolerance::Digits(digits) => {
            let power = i32::try_from(digits).unwrap_or(i32::MAX);
            let places = if digits == 1 { "decimal" } else { "decimals" };
            let rule = format!("it is to round to the claim at the {digits} {places} written");
            (0.5 * 10_f64.powi(-power), rule)
        }
        Tolerance::Absolute(width) => (width, format!("within {width} is wanted")),
        Tolerance::Relative(share) => (
            share * truth.abs(),
            format!("within {} % of the computed value is wanted", share * 100.0),
        ),
        Tolerance::Sigmas(count) => (
            count * error,
            format!("within {count} standard errors is wanted"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(truth: &Value, claimed: &Value, tolerance: Tolerance) -> Verdict {
        compare(truth, Basis::Rounded, claimed, tolerance).verdict
    }

    #[test]
    fn a_real_is_right_where_it_rounds_to_the_digits_written() {
        let truth = Value::Real(0.1415);
        let digits = Tolerance::Digits(2);
        assert_eq!(verdict(&truth, &Value::Real(0.14), digits), Verdict::Right);
        assert_eq!(verdict(&truth, &Value::Real(0.15), digits), Verdict::Wrong);
        let fine = Tolerance::Digits(4);
        assert_eq!(verdict(&truth, &Value::Real(0.1415), fine), Verdict::Right);
        assert_eq!(verdict(&truth, &Value::Real(0.1416), fine), Verdict::Wrong);
    }

    #[test]
    fn ten_percent_would_accept_a_wrong_integer_so_integers_are_exact() {
        let truth = Value::Count(112);
        for near in [111, 113, 114, 122] {
            assert_eq!(
                verdict(&truth, &Value::Count(near), Tolerance::Exact),
                Verdict::Wrong
            );
        }
        let asked = Tolerance::Relative(0.1);
        assert_eq!(verdict(&truth, &Value::Count(114), asked), Verdict::Right);
        assert_eq!(
            verdict(&truth, &Value::Real(112.0), Tolerance::Digits(1)),
            Verdict::Right
        );
        assert_eq!(
            verdict(&truth, &Value::Real(112.4), Tolerance::Digits(1)),
            Verdict::Wrong
        );
    }

    #[test]
    fn one_number_claims_every_axis_and_dims_go_in_order() {
        let square = Value::shape(&[112, 112]);
        let oblong = Value::shape(&[5, 7]);
        assert_eq!(
            verdict(&square, &Value::Count(112), Tolerance::Exact),
            Verdict::Right
        );
        assert_eq!(
            verdict(&oblong, &Value::Count(5), Tolerance::Exact),
            Verdict::Wrong
        );
        assert_eq!(
            verdict(&oblong, &Value::shape(&[5, 7]), Tolerance::Exact),
            Verdict::Right
        );
        assert_eq!(
            verdict(&oblong, &Value::shape(&[7, 5]), Tolerance::Exact),
            Verdict::Wrong
        );
        let rank = compare(
            &square,
            Basis::Exact,
            &Value::shape(&[1, 112, 112]),
            Tolerance::Exact,
        );
        assert_eq!(rank.verdict, Verdict::Wrong);
        assert!(rank.reason.contains("3 axes"), "{}", rank.reason);
    }

    #[test]
    fn the_whole_input_is_met_by_whole_alone() {
        let whole = Value::Dims(vec![Extent::Whole, Extent::Whole]);
        let claimed = Value::Dims(vec![Extent::Whole]);
        assert_eq!(verdict(&whole, &claimed, Tolerance::Exact), Verdict::Right);
        assert_eq!(
            verdict(&whole, &Value::Count(9), Tolerance::Exact),
            Verdict::Wrong
        );
        assert_eq!(
            verdict(&Value::shape(&[9]), &claimed, Tolerance::Exact),
            Verdict::Wrong
        );
    }

    #[test]
    fn a_noisy_measurement_decides_only_beyond_six_standard_errors() {
        let measured = |standard_error| Basis::Measured {
            n: 100,
            standard_error,
        };
        let verdict = |error| {
            compare(
                &Value::Real(0.142),
                measured(error),
                &Value::Real(0.14),
                Tolerance::Digits(2),
            )
            .verdict
        };
        assert_eq!(verdict(0.000_1), Verdict::Right);
        assert_eq!(verdict(0.01), Verdict::Undecided);
        let open = compare(
            &Value::Real(0.142),
            measured(0.01),
            &Value::Real(0.14),
            Tolerance::Digits(2),
        );
        // 6·0.01 is to shrink to half of 0.005: 576 times as many.
        assert!(
            open.reason.ends_with("n = 58,000 would do"),
            "{}",
            open.reason
        );
        let never = compare(
            &Value::Real(0.142),
            measured(0.01),
            &Value::Real(0.142),
            Tolerance::Exact,
        );
        assert_eq!(never.verdict, Verdict::Undecided);
        assert!(never.reason.contains("no measurement"), "{}", never.reason);
        let far = compare(
            &Value::Real(0.5),
            measured(0.01),
            &Value::Real(0.14),
            Tolerance::Digits(2),
        );
        assert_eq!(far.verdict, Verdict::Wrong);
    }

    #[test]
    fn a_fraction_is_met_to_float_precision() {
        let third = Value::Real(1.0 / 3.0);
        assert_eq!(
            verdict(&third, &Value::Real(1.0 / 3.0 + 1e-16), Tolerance::Exact),
            Verdict::Right
        );
        assert_eq!(
            verdict(&third, &Value::Real(0.333), Tolerance::Exact),
            Verdict::Wrong
        );
    }

    #[test]
    fn values_that_are_not_finite_meet_only_themselves() {
        let nan = Value::Real(f64::NAN);
        assert_eq!(verdict(&nan, &nan, Tolerance::Exact), Verdict::Right);
        let infinite = Value::Real(f64::INFINITY);
        assert_eq!(verdict(&infinite, &nan, Tolerance::Exact), Verdict::Wrong);
        assert_eq!(
            verdict(&infinite, &Value::Real(1.0), Tolerance::Digits(1)),
            Verdict::Wrong
        );
    }
}
