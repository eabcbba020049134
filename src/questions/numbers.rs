//! Numbers in arguments and in a working.

use crate::report::{Extent, Value};

/// Numbers with commas between them, as an argument.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct List(pub(super) Vec<f64>);

/// A finite number: 1.7, -2, 1/3, 30%.
pub(super) fn number(text: &str) -> Result<f64, String> {
    let plain = |text: &str| text.trim().replace('−', "-").parse::<f64>().ok();
    let text = text.trim();
    let found = if let Some(percent) = text.strip_suffix('%') {
        plain(percent).map(|percent| percent / 100.0)
    } else if let Some((above, below)) = text.split_once('/') {
        plain(above)
            .zip(plain(below))
            .map(|(above, below)| above / below)
    } else {
        plain(text)
    };
    match found {
        Some(number) if number.is_finite() => Ok(number),
        Some(_) => Err("it is not a finite number".to_owned()),
        None => Err("it is not a number, such as 1.7, 1/3 or 30%".to_owned()),
    }
}

/// Numbers with commas between them, `0.5*30` for one that comes thirty times.
pub(super) fn list(text: &str) -> Result<List, String> {
    const MOST: usize = 1_000_000;
    let bare = text.trim().trim_matches(['(', ')', '[', ']']);
    let mut numbers = Vec::new();
    for part in bare.split(',') {
        let (one, times) = match part.split_once(['*', '×']) {
            None => (part, 1),
            Some((one, times)) => {
                let times = times.trim().parse::<usize>().ok();
                let times = times.filter(|times| (1..=MOST).contains(times));
                (
                    one,
                    times.ok_or_else(|| format!("`{part}` does not say how many times"))?,
                )
            }
        };
        let one = number(one).map_err(|error| match part.trim() {
            "" => "a number is missing".to_owned(),
            part => format!("`{part}`: {error}"),
        })?;
        numbers.extend(std::iter::repeat_n(one, times));
        if numbers.len() > MOST {
            return Err("there are too many numbers".to_owned());
        }
    }
    Ok(List(numbers))
}

/// A number in a working: at most ten significant digits.
pub(super) fn short(number: f64) -> String {
    let rounded: f64 = format!("{number:.9e}").parse().unwrap_or(number);
    // −0 is 0 to a reader.
    let rounded = if rounded == 0.0 { 0.0 } else { rounded };
    if rounded == 0.0 || (1e-4..1e15).contains(&rounded.abs()) || !rounded.is_finite() {
        rounded.to_string()
    } else {
        format!("{rounded:e}")
    }
}

/// A number in a sentence: at most four significant digits.
pub(super) fn rough(number: f64) -> String {
    short(format!("{number:.3e}").parse().unwrap_or(number))
}

/// A number that stands after a sign of operation: in brackets where it is negative.
pub(super) fn factor(number: f64) -> String {
    if number < 0.0 {
        format!("({})", short(number))
    } else {
        short(number)
    }
}

/// −0 is 0.
pub(super) fn tidy(number: f64) -> f64 {
    if number == 0.0 { 0.0 } else { number }
}

/// Real numbers as one value, an entry each.
pub(super) fn reals(numbers: impl IntoIterator<Item = f64>) -> Value {
    Value::Dims(numbers.into_iter().map(|x| Extent::Real(tidy(x))).collect())
}

/// The same, and a single one as a number.
pub(super) fn values(numbers: &[f64]) -> Value {
    match numbers {
        [one] => Value::Real(tidy(*one)),
        several => reals(several.iter().copied()),
    }
}

/// A table's cell.
#[expect(clippy::unnecessary_wraps, reason = "a cell may be empty")]
pub(super) fn real(number: f64) -> Option<Value> {
    Some(Value::Real(tidy(number)))
}

/// The first numbers of a list in a working or a title.
pub(super) fn few(numbers: &[f64]) -> String {
    const MOST: usize = 8;
    let shown: Vec<String> = numbers.iter().take(MOST).map(|x| short(*x)).collect();
    let more = if numbers.len() > MOST { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// A count in groups of three.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_people_write_them() {
        assert_eq!(list("1,-2, 0.5,3"), Ok(List(vec![1.0, -2.0, 0.5, 3.0])));
        assert_eq!(list("[1/2, −1]"), Ok(List(vec![0.5, -1.0])));
        assert_eq!(list("0.5*3,1"), Ok(List(vec![0.5, 0.5, 0.5, 1.0])));
        for text in [
            "",
            ",",
            "1,",
            "a",
            "1*0",
            "1*x",
            "nan",
            "1e999",
            "1*99999999",
        ] {
            assert!(list(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_are_short_in_a_working() {
        assert_eq!(short(0.1 + 0.2), "0.3");
        assert_eq!(short(-0.0), "0");
        assert_eq!(rough(-0.0), "0");
        assert_eq!(rough(0.928_726), "0.9287");
        assert_eq!(rough(1.776_356_8e-15), "1.776e-15");
        assert_eq!(short(1e-7), "1e-7");
        assert_eq!(factor(-2.0), "(-2)");
        assert_eq!(grouped(1_000_000), "1,000,000");
    }
}
