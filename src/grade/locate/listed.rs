//! Truth values in a row, one for each part of a question: `FTT`, `F, T, T`, `A. F B. T C. T`.

use std::sync::LazyLock;

use regex::Regex;

use crate::grade::page::Line;

/// One value of a list, with or without its part's letter or number before it.
static ENTRY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^(?:\(?(?P<label>[a-h]|[1-9]|i{1,3}|iv|v)\)?\s*[.):\-–=]\s*)?(?P<value>true|false|t|f)(?:[\s,;/|.:\-–]+|$)",
    )
    .expect("a fixed expression")
});
static BARE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?P<value>true|false|t|f)(?:[\s,;/|.\-–]+|$)").expect("a fixed expression")
});

/// The value of one part, where the block's first line is nothing but a list of as many as there are parts.
pub(super) fn of_part(block: &[&Line], part: u32, most: usize) -> Option<bool> {
    let line = block.iter().find(|line| line.speaks())?;
    let values = values(&line.whole(), most)?;
    values
        .get(usize::try_from(part).ok()?.checked_sub(1)?)
        .copied()
}

/// The truth values that a text is a list of, and nothing else.
fn values(text: &str, most: usize) -> Option<Vec<bool>> {
    let text = text.trim().trim_matches(['[', ']', '(', '{', '}']).trim();
    let letters = text.chars().all(|c| matches!(c, 'T' | 'F'));
    if letters && text.len() == most && most > 1 {
        return Some(text.chars().map(|c| c == 'T').collect());
    }
    [&*BARE, &*ENTRY]
        .into_iter()
        .filter_map(|entry| in_a_row(text, entry))
        .find(|values| values.len() == most && most > 1)
}

fn in_a_row(mut rest: &str, entry: &Regex) -> Option<Vec<bool>> {
    let mut values = Vec::new();
    while !rest.is_empty() {
        let found = entry.captures(rest)?;
        if let Some(label) = found.name("label")
            && number(label.as_str()) != Some(values.len() + 1)
        {
            return None;
        }
        values.push(found["value"].to_ascii_lowercase().starts_with('t'));
        rest = &rest[found.get(0)?.end()..];
    }
    Some(values)
}

/// Which part a label names.
fn number(label: &str) -> Option<usize> {
    let label = label.to_ascii_lowercase();
    let numerals = ["i", "ii", "iii", "iv", "v"];
    let letter = || {
        let place = "abcdefgh".find(&label)?;
        Some(place + 1)
    };
    let numeral = || {
        numerals
            .iter()
            .position(|&numeral| numeral == label)
            .map(|at| at + 1)
    };
    label.parse().ok().or_else(numeral).or_else(letter)
}

#[cfg(test)]
mod tests {
    use super::values;

    #[test]
    fn lists_of_every_kind_are_read() {
        for text in [
            "FTT",
            "F, T, T",
            "F T T",
            "F. T. T.",
            "False, true, True",
            "false / true / true",
            "A. F B. T C. T",
            "a) false, b) true, c) true.",
            "1. False; 2. True; 3. True",
            "(i) F (ii) T (iii) T",
            "A: F, B: T, C: T",
            "A-F B-T C-T",
            "[F, T, T]",
        ] {
            assert_eq!(values(text, 3), Some(vec![false, true, true]), "{text}");
        }
    }

    #[test]
    fn what_is_no_list_of_all_parts_is_not_read() {
        for text in [
            "FT",
            "FTTF",
            "F",
            "F, T",
            "False, since it is true",
            "B. F A. T C. T",
            "A. F C. T D. T",
            "FFx",
            "",
            "A. False",
            "to be or",
        ] {
            assert_eq!(values(text, 3), None, "{text}");
        }
        assert_eq!(values("F", 1), None);
    }
}
