//! Numbers and verdicts in the words that the formats for people share.

use crate::report::{
    Agreement, Basis, Check, Column, Defence, Extent, Quantity, Report, Value, Verdict, Witness,
    Working,
};

/// Significant digits of a real for people, alone and in a table; JSON has them all.
const DIGITS: usize = 10;
const CELL_DIGITS: usize = 6;

/// The value as people write it: integers from 10,000 on in groups of three.
pub(super) fn value(value: &Value) -> String {
    written(value, DIGITS)
}

/// The value in a table, where columns are narrow.
pub(super) fn cell(value: &Value) -> String {
    written(value, CELL_DIGITS)
}

fn written(value: &Value, digits: usize) -> String {
    match value {
        Value::Count(count) => grouped(*count),
        Value::Real(real) => significant(*real, digits),
        Value::Dims(extents) if extents.is_empty() => "()".to_owned(),
        Value::Dims(extents) => {
            let words = extents.iter().map(|extent| match extent {
                Extent::Real(real) => significant(*real, digits),
                Extent::Count(_) | Extent::Whole => extent.to_string(),
            });
            let words: Vec<String> = words.collect();
            // A place, or a list of reals, is written as one: −29×−29 and 26.5×26.5 would read as sizes.
            let real = extents
                .iter()
                .any(|extent| matches!(extent, Extent::Real(_)));
            let negative = words.iter().any(|word| word.starts_with('-'));
            if (negative || real) && words.len() > 1 {
                format!("({})", words.join(", "))
            } else {
                words.join("×")
            }
        }
        Value::Flag(_) | Value::Name(_) => value.to_string(),
    }
}

/// The quantity's value with its unit, and its error where it was measured with one.
pub(super) fn quantity(quantity: &Quantity) -> String {
    let number = match (&quantity.value, quantity.basis) {
        (Value::Dims(extents), _) if is_whole(extents) => return "the whole input".to_owned(),
        // An error below a double's own steps is rounding, and supports no digit more.
        (Value::Real(real), Basis::Measured { n, standard_error })
            if standard_error > f64::EPSILON * real.abs() =>
        {
            measured(*real, standard_error, n)
        }
        _ => value(&quantity.value),
    };
    match quantity.unit.as_str() {
        "" => number,
        "bytes" => format!("{number} bytes{}", larger_unit(&quantity.value)),
        unit => format!("{number} {unit}"),
    }
}

fn is_whole(extents: &[Extent]) -> bool {
    !extents.is_empty() && extents.iter().all(|extent| *extent == Extent::Whole)
}

/// A measured value shows only the digits that its error supports: two of the error.
fn measured(real: f64, error: f64, n: u64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an exponent of a double is below 400"
    )]
    let decimals = 1 - error.log10().floor() as i64;
    let decimals = usize::try_from(decimals).unwrap_or(0);
    format!(
        "{real:.decimals$} ± {error:.decimals$} (n = {})",
        grouped(n.into())
    )
}

/// Bytes from a mebibyte on, also in the larger unit.
fn larger_unit(value: &Value) -> String {
    const UNITS: [(&str, u32); 5] = [
        ("EiB", 60),
        ("PiB", 50),
        ("TiB", 40),
        ("GiB", 30),
        ("MiB", 20),
    ];
    let Value::Count(bytes) = value else {
        return String::new();
    };
    let unit = UNITS.iter().find(|(_, power)| *bytes >> power > 0);
    unit.map_or_else(String::new, |(name, power)| {
        let tenths = (bytes * 10) >> power;
        format!(" ({}.{} {name})", tenths / 10, tenths % 10)
    })
}

fn grouped(count: i128) -> String {
    let digits = count.unsigned_abs().to_string();
    if digits.len() < 5 {
        return count.to_string();
    }
    let mut text = if count < 0 {
        "-".to_owned()
    } else {
        String::new()
    };
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The shortest form within so many significant digits.
fn significant(real: f64, digits: usize) -> String {
    if real == 0.0 || !real.is_finite() {
        return if real == 0.0 {
            "0".to_owned()
        } else {
            real.to_string()
        };
    }
    let scientific = format!("{real:.*e}", digits.saturating_sub(1));
    let rounded: f64 = scientific.parse().unwrap_or(real);
    if (1e-4..1e15).contains(&rounded.abs()) {
        rounded.to_string()
    } else {
        format!("{rounded:e}")
    }
}

/// One word for a verdict.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Right => "right",
        Verdict::Wrong => "wrong",
        Verdict::Undecided => "undecided",
        Verdict::Unreadable => "unreadable",
    }
}

/// What came of a claim, in one line: `receptive field: 112×112 pixels, not 125`.
pub(super) fn outcome(report: &Report, check: &Check) -> String {
    if is_formula(check) {
        return format!("{}: {}", check.claim.key, check.claim.written);
    }
    if let Some(statement) = report.statement(&check.claim.key) {
        let (text, found) = (&statement.text, statement.finding.word());
        return match check.verdict {
            Verdict::Right => format!("“{text}” is {found}, as claimed"),
            Verdict::Wrong => format!("“{text}” is {found}, not {}", check.claim.written),
            Verdict::Undecided => format!("“{text}” is {found}; {} claimed", check.claim.written),
            Verdict::Unreadable => format!("“{text}” is {found}; the claim cannot be read"),
        };
    }
    let named = claimed_quantity(report, &check.claim.key);
    let label = named
        .as_ref()
        .map_or(check.claim.key.as_str(), |(label, _)| label);
    let computed = match (&named, &check.computed) {
        (Some((_, whole)), _) if whole.key == check.claim.key => quantity(whole),
        (Some((_, whole)), Some(computed)) => format!("{} {}", value(computed), whole.unit)
            .trim_end()
            .to_owned(),
        (None, Some(computed)) => value(computed),
        (_, None) => "not computed".to_owned(),
    };
    match check.verdict {
        Verdict::Right => format!("{label}: {computed}, as claimed"),
        Verdict::Wrong => format!("{label}: {computed}, not {}", check.claim.written),
        Verdict::Undecided => format!("{label}: {computed}, {} claimed", check.claim.written),
        Verdict::Unreadable => format!("{label}: {computed}; the claim cannot be read"),
    }
}

/// Whether a claim is a formula or code, not a value: then it is what it comes to that is right or wrong.
fn is_formula(check: &Check) -> bool {
    check.claim.expected.is_none()
        && check.computed.is_some()
        && check.verdict != Verdict::Unreadable
}

/// Whether the reason is told: where a mistake gives a claimed number, that is all there is to say.
pub(super) fn says_why(check: &Check) -> bool {
    check.verdict != Verdict::Wrong
        || check.diagnoses.is_empty()
        || is_formula(check)
        || matches!(check.computed, Some(Value::Flag(_)))
}

/// The quantity that a claim is about, and its label with the axis.
fn claimed_quantity<'a>(report: &'a Report, key: &str) -> Option<(String, &'a Quantity)> {
    if let Some(quantity) = report.quantity(key) {
        return Some((quantity.label.clone(), quantity));
    }
    let (base, axis) = key.rsplit_once('.')?;
    let quantity = report.quantity(base)?;
    Some((format!("{} along axis {axis}", quantity.label), quantity))
}

/// The mistake that gives the claimed number: "this is the number that … gives", never "you did".
pub(super) fn diagnosis(check: &Check, number: usize) -> String {
    let Some(diagnosis) = check.diagnoses.get(number) else {
        return String::new();
    };
    let title = &diagnosis.title;
    if is_formula(check) {
        let this = if number == 0 { "this is" } else { "and" };
        return format!("{this} the gradient that {title} gives");
    }
    if matches!(check.computed, Some(Value::Flag(_))) {
        let this = if number == 0 { "this is" } else { "and" };
        return format!("{this} what {title} leads to");
    }
    if number == 0 {
        format!("{} is the number that {title} gives", check.claim.written)
    } else {
        format!("and the number that {title} gives")
    }
}

/// An answer that can be defended, with its ground.
pub(super) fn reading(reading: &Defence) -> String {
    format!("{}: {}", reading.answer, reading.because)
}

/// What came of a written working.
pub(super) fn working(working: &Working) -> String {
    let Some(step) = working.first_wrong else {
        return "the working: every step is right".to_owned();
    };
    let at = match working.at.as_str() {
        "" => String::new(),
        layer => format!(" (layer {layer})"),
    };
    let written = working.written.as_ref().map(value);
    let truth = working.truth.as_ref().map(value);
    let differs = match (written, truth) {
        (Some(written), Some(truth)) => format!(": {written} written, {truth} right"),
        (Some(written), None) => format!(": {written} written, no step there"),
        (None, Some(truth)) => format!(": nothing written, {truth} right"),
        (None, None) => String::new(),
    };
    let rest = match working.rest_follows {
        Some(true) => "; the rest follows from it",
        Some(false) => "; the rest does not follow from it by right arithmetic",
        None => "",
    };
    format!("the working: step {step}{at} is the first that differs{differs}{rest}")
}

/// The mistakes that give the first step that differs; those that give the result too need no second mention.
pub(super) fn working_diagnoses<'a>(
    check: &'a Check,
    working: &'a Working,
) -> impl Iterator<Item = String> + 'a {
    let written = working.written.as_ref().map(value).unwrap_or_default();
    let told = |code: &str| {
        check
            .diagnoses
            .iter()
            .any(|diagnosis| diagnosis.code == code)
    };
    working
        .diagnoses
        .iter()
        .filter(move |diagnosis| !told(&diagnosis.code))
        .map(move |diagnosis| format!("{written} is the number that {} gives", diagnosis.title))
}

/// A column's heading with its unit.
pub(super) fn heading(column: &Column) -> String {
    match column.unit.as_str() {
        "" => column.label.clone(),
        unit => format!("{} ({unit})", column.label),
    }
}

/// How the two witnesses got a quantity, and whether they agree.
pub(super) fn witness(witness: &Witness) -> String {
    let Witness {
        quantity,
        theory,
        lab,
        agreement,
    } = witness;
    match agreement {
        Agreement::Agree if theory == lab => {
            format!("{quantity}: {theory}, by the formula and by the measurement")
        }
        Agreement::Agree => format!("{quantity}: {theory}; {lab}"),
        Agreement::Disagree => format!(
            "{quantity}: {theory}; {lab}. This is a fault of gradus: please report it with the model"
        ),
        Agreement::Alone => format!("{quantity}: {theory}; not measured: {lab}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        for (number, text) in [
            (Value::Count(112), "112"),
            (Value::Count(9999), "9999"),
            (Value::Count(26_848), "26,848"),
            (Value::Count(-1_234_567), "-1,234,567"),
            (Value::Real(0.1 + 0.2), "0.3"),
            (Value::Real(-2.5), "-2.5"),
            (Value::Real(1e-12), "1e-12"),
            (Value::Real(f64::NAN), "NaN"),
            (Value::shape(&[1, 32, 122, 122]), "1×32×122×122"),
            (
                Value::Dims(vec![Extent::Whole, Extent::Count(5)]),
                "whole×5",
            ),
            (
                Value::Dims(vec![Extent::Real(26.5), Extent::Count(26)]),
                "(26.5, 26)",
            ),
            (Value::shape(&[]), "()"),
        ] {
            assert_eq!(value(&number), text);
        }
    }

    #[test]
    fn a_measured_value_shows_the_digits_that_its_error_supports() {
        let mut mean = Quantity::exact("mean", "mean", Value::Real(1.700_943_21));
        mean.basis = Basis::Measured {
            n: 1_000_000,
            standard_error: 0.0017,
        };
        assert_eq!(quantity(&mean), "1.7009 ± 0.0017 (n = 1,000,000)");
        mean.basis = Basis::Measured {
            n: 100,
            standard_error: 1e-17,
        };
        assert_eq!(quantity(&mean), "1.70094321");
    }

    #[test]
    fn bytes_are_also_told_in_the_larger_unit() {
        let bytes = |count| Quantity::exact("bytes", "memory", Value::Count(count)).unit("bytes");
        assert_eq!(
            quantity(&bytes(282_240_000)),
            "282,240,000 bytes (269.1 MiB)"
        );
        assert_eq!(quantity(&bytes(512)), "512 bytes");
    }
}
