//! Side by side: every unit, and every factor.

use super::facts::Facts;
use super::quantities::scores;
use super::witness::draws_of;
use crate::questions::dropout::scale_word;
use crate::questions::numbers::real;
use crate::report::{Table, Value};
use crate::theory::dropout::{Dropout, Scale};

/// A number to the digits that its standard error supports: two of the error.
fn supported(number: f64, error: f64) -> Option<Value> {
    let rounded = if error > 0.0 && error.is_finite() {
        let unit = 10_f64.powf(error.log10().floor() - 1.0);
        (number / unit).round() * unit
    } else {
        number
    };
    real(rounded)
}

/// A row a unit: exact beside measured. Nothing where there is only one.
pub(super) fn units(facts: &Facts) -> Option<Table> {
    if facts.exact.len() < 2 {
        return None;
    }
    let mut table = Table::new(
        "units",
        "Unit by unit",
        &[
            ("unit", "unit"),
            ("value", "x"),
            ("expectation", "E"),
            ("mean", "measured"),
            ("mean_error", "±"),
            ("z_mean", "z"),
            ("variance", "Var"),
            ("measured_variance", "measured"),
            ("variance_error", "±"),
            ("z_variance", "z"),
        ],
    );
    let found = facts.exact.iter().zip(&facts.measured.samples);
    for (unit, (plain, (exact, sample))) in facts.plain.iter().zip(found).enumerate() {
        let n = draws_of(sample);
        let (mean_error, variance_error) = (exact.error_of_mean(n), exact.error_of_variance(n));
        let (z_mean, z_variance) = scores(exact, sample);
        table.rows.push(vec![
            Some(Value::from(unit)),
            real(*plain),
            real(exact.mean),
            supported(sample.mean, mean_error),
            supported(mean_error, mean_error),
            real(z_mean),
            real(exact.variance),
            supported(sample.variance, variance_error),
            supported(variance_error, variance_error),
            real(z_variance),
        ]);
    }
    Some(table)
}

/// A row a factor: with 1/(1−p), without, and with wrong ones; the masks are the same. Nothing in evaluation mode.
pub(super) fn scales(facts: &Facts) -> Option<Table> {
    let asked = facts.asked;
    if asked.eval {
        return None;
    }
    let mut table = Table::new(
        "scales",
        "With one factor and with another",
        &[
            ("scale", "factor c"),
            ("factor", "is"),
            ("expectation", "E ÷ x"),
            ("measured", "measured E ÷ x"),
            ("variance", "Var ÷ x²"),
            ("unbiased", "E is x"),
        ],
    );
    let known = [
        Scale::Inverted,
        Scale::Plain,
        Scale::Drop,
        Scale::InverseDrop,
        Scale::Keep,
    ];
    let own = (!known.contains(&asked.scale)).then_some(asked.scale);
    for scale in known.into_iter().chain(own) {
        let dropout = Dropout::in_a_row(&asked.drops, scale);
        if !dropout.factor.is_finite() {
            table.rows.push(vec![
                Some(Value::name(scale_word(scale))),
                None,
                None,
                None,
                None,
                None,
            ]);
            continue;
        }
        let of_one = dropout.unit(1.0);
        table.rows.push(vec![
            Some(Value::name(scale_word(scale))),
            real(dropout.factor),
            real(of_one.mean),
            measured_share(facts).and_then(|(kept, error)| {
                supported(dropout.factor * kept, (dropout.factor * error).abs())
            }),
            real(of_one.variance),
            Some(Value::Flag((of_one.mean - 1.0).abs() < 1e-12)),
        ]);
    }
    Some(table)
}

/// The measured share of x that is kept, and its error: the mean of the first unit that is not 0, without its factor.
fn measured_share(facts: &Facts) -> Option<(f64, f64)> {
    let factor = facts.dropout.factor;
    let found = facts
        .plain
        .iter()
        .zip(&facts.exact)
        .zip(&facts.measured.samples);
    let mut found = found.filter(|((plain, _), _)| **plain != 0.0);
    let ((plain, exact), sample) = found.next()?;
    (factor != 0.0).then(|| {
        let error = exact.error_of_mean(draws_of(sample));
        (
            sample.mean / (factor * plain),
            (error / (factor * plain)).abs(),
        )
    })
}
