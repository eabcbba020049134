//! How people number their answers and mark where they begin.

use std::sync::LazyLock;

use regex::Regex;

/// A number or letter before a line: `1.`, `a)`, `ii.`, `4.1`, `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// How it is written.
    pub style: Style,
    /// Its number, from 1, for every alphabet that it can belong to; empty for a bullet.
    pub number: Vec<u32>,
    /// As written.
    pub written: String,
}

/// How a label is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `1.`, `1)`; also the `1` of `4.1`.
    Digit,
    /// `a)`, `A.`
    Letter,
    /// `i.`, `IV)`
    Roman,
    /// `-`, `*`
    Bullet,
}

/// The words that mark the beginning of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// The numbers that it carries: `[4, 1]` in `Answer 4.1:`.
    pub number: Vec<u32>,
}

static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"^[*_(\[]{0,3}(\d{1,2}(?:\.\d{1,2})+)[*_)\]]{0,3}([.):]?)[*_]{0,3}(?:\s+|$)")
});
static DIGIT: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"^[*_(\[]{0,3}(\d{1,2})[*_]{0,3}(?:[.):\]]|\s+[-–])[*_]{0,3}(?:\s+|$)")
});
static LETTER: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"^[*_(\[]{0,3}([A-Za-z]|[ivxIVX]{2,4})[*_]{0,3}(?:[.):\]]|\s+[-–])[*_]{0,3}(?:\s+|$)")
});
/// A letter that leans on its text (`A.Y contains`): capitals only, since `i.e.` is no label.
static TIGHT: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^[*_]{0,3}([A-H])[.)][*_]{0,3}(?:[A-Za-z][^.]|\$)"));
/// A letter without a point, before a truth value.
static BARE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^[*_]{0,3}([A-Ha-h])[*_]{0,3}\s+[*_]{0,3}(?i:true|false)\b"));
static BULLET: LazyLock<Regex> = LazyLock::new(|| regex(r"^[-*+•]\s+"));

/// The label that a line begins with, and the rest of the line.
pub fn label(line: &str) -> Option<(Label, &str)> {
    if let Some(found) = NUMBER.captures(line) {
        let number = numbers(&found[1]);
        let rest = &line[found[0].len()..];
        // `1.5 times` is a value; without a point behind it a capital has to follow.
        let follows = !found[2].is_empty() || rest.starts_with(|c: char| c.is_uppercase());
        let label = Label {
            style: Style::Digit,
            number: vec![*number.last()?],
            written: found[1].to_owned(),
        };
        return follows.then_some((label, rest));
    }
    if let Some(found) = DIGIT.captures(line) {
        let rest = &line[found[0].len()..];
        // A number that stands alone is a value, not a label.
        return (!rest.trim().is_empty()).then(|| {
            (
                Label {
                    style: Style::Digit,
                    number: numbers(&found[1]),
                    written: found[1].to_owned(),
                },
                rest,
            )
        });
    }
    if let Some(found) = LETTER.captures(line) {
        let written = &found[1];
        return Some((letter(written)?, &line[found[0].len()..]));
    }
    if let Some(found) = TIGHT.captures(line) {
        let end = found.get(1)?.end() + 1;
        let rest = line[end..].trim_start_matches(['*', '_']);
        return Some((letter(&found[1])?, rest));
    }
    if let Some(found) = BARE.captures(line) {
        return Some((letter(&found[1])?, line[found.get(1)?.end()..].trim_start()));
    }
    let found = BULLET.find(line)?;
    let label = Label {
        style: Style::Bullet,
        number: Vec::new(),
        written: line[..1].to_owned(),
    };
    (line.as_bytes().first().is_some_and(u8::is_ascii)).then(|| (label, &line[found.end()..]))
}

fn letter(written: &str) -> Option<Label> {
    let lower = written.to_ascii_lowercase();
    let roman = ROMAN
        .iter()
        .position(|&numeral| numeral == lower)
        .and_then(|at| u32::try_from(at + 1).ok());
    let mut chars = lower.chars();
    let (first, more) = (chars.next()?, chars.next());
    let alphabetic = more
        .is_none()
        .then(|| u32::from(first) - u32::from('a') + 1);
    let (style, number) = match (alphabetic, roman) {
        (Some(letter), Some(numeral)) => (Style::Letter, vec![letter, numeral]),
        (Some(letter), None) => (Style::Letter, vec![letter]),
        (None, Some(numeral)) => (Style::Roman, vec![numeral]),
        (None, None) => return None,
    };
    Some(Label {
        style,
        number,
        written: written.to_owned(),
    })
}

const ROMAN: [&str; 12] = [
    "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii",
];

static MARKER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)^[*_\s\#>]* (?:bonus\s+)? (?:(?:the|your|my|our|full|short)\s+)?
          (?P<word>[a-z]{3,9}) (?:\s+(?:to\s+)?(?:question|q|part)?\s*\#?(?P<number>\d{1,2}(?:\.\d{1,2})*|[a-h]\b))?
          (?P<end>[*_\s]*[:.\-–—]+ | [*_\s]*$ | \s*[*_]+)",
    )
});

/// The marker that a line begins with, and the rest of it. The line still has its Markdown, but no HTML.
pub fn marker(line: &str) -> Option<(Marker, String)> {
    let found = MARKER.captures(line)?;
    if !means_answer(&found["word"]) {
        return None;
    }
    let end = found.name("end").map_or("", |end| end.as_str());
    let bold = line.trim_start().starts_with("**") || line.trim_start().starts_with("__");
    let punctuated = end.contains([':', '-', '–', '—', '.']);
    let alone = line[found[0].len()..].trim().is_empty();
    if !(punctuated || bold || alone) {
        return None;
    }
    let number =
        found
            .name("number")
            .map_or(Vec::new(), |number| match number.as_str().parse::<u32>() {
                Ok(single) => vec![single],
                Err(_) => match letter(number.as_str()) {
                    Some(label) => label.number[..1].to_vec(),
                    None => numbers(number.as_str()),
                },
            });
    let rest = line[found[0].len()..]
        .trim_start_matches([':', '-', '–', ' ', '_'])
        .trim_start();
    // What closes the marker's own bold is not the answer's.
    let rest = if rest.matches("**").count() % 2 == 1 {
        rest.replacen("**", "", 1)
    } else {
        rest.to_owned()
    };
    Some((
        Marker { number },
        rest.trim_start_matches([':', ' ']).to_owned(),
    ))
}

/// Whether a word is `answer` or close enough to be a slip for it.
fn means_answer(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    ["answer", "answers", "ans", "solution", "solutions"].contains(&word.as_str())
        || (word.starts_with('a')
            && word.len() >= 5
            && word.ends_with(['r', 's', 'e'])
            && strsim::damerau_levenshtein(&word, "answer") <= 1 + usize::from(word.ends_with('s')))
}

fn numbers(written: &str) -> Vec<u32> {
    written
        .split('.')
        .filter_map(|part| part.parse().ok())
        .collect()
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a fixed expression")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_every_style() {
        for (line, number, rest) in [
            ("1. true, since", vec![1], "true, since"),
            ("**4.** True", vec![4], "True"),
            ("a) no", vec![1], "no"),
            ("(b) yes", vec![2], "yes"),
            ("A - True", vec![1], "True"),
            ("C. True.", vec![3], "True."),
            ("ii. False", vec![2], "False"),
            ("i. False", vec![9, 1], "False"),
            ("3.1. TBPTT uses", vec![1], "TBPTT uses"),
            ("3.3 To generate", vec![3], "To generate"),
            ("F True - using momentum", vec![6], "True - using momentum"),
            ("A.Y contains", vec![1], "Y contains"),
            ("- False - the gradient", vec![], "False - the gradient"),
        ] {
            let (label, left) = label(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((label.number, left), (number, rest), "{line}");
        }
    }

    #[test]
    fn what_is_no_label() {
        for line in [
            "112",
            "64.",
            "i.e. the output",
            "A CNN has",
            "1.5 times",
            "U.S. law",
            "Conv 1: r = 3",
            "",
        ] {
            assert_eq!(label(line), None, "{line}");
        }
    }

    #[test]
    fn markers_of_every_kind() {
        for (line, number, rest) in [
            ("**Answer:** 112", vec![], "112"),
            ("**Answer**:", vec![], ""),
            ("**Answer**", vec![], ""),
            ("**Answer**: **true**. Since", vec![], "**true**. Since"),
            ("**Asnwer:** x", vec![], "x"),
            ("**ANSWER:** x", vec![], "x"),
            ("Answer: x", vec![], "x"),
            ("**Answers**", vec![], ""),
            ("**Answer:**:", vec![], ""),
            ("**Answer: ** i would", vec![], "i would"),
            ("**Answer: True.** But", vec![], "True. But"),
            (" **Answer 3:** ", vec![3], ""),
            ("**Answer 4.1: True.**", vec![4, 1], "True."),
            ("**Bonus Answer: False**", vec![], "False"),
            ("**Your answer:** 112", vec![], "112"),
            ("Answer 2 - False", vec![2], "False"),
        ] {
            let (marker, left) = marker(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((marker.number, left.trim()), (number, rest), "{line}");
        }
    }

    #[test]
    fn what_is_no_marker() {
        for line in [
            "Answer the question below",
            "After that, 112",
            "Another: x",
            "the answer is 112",
            "An anchor.",
        ] {
            assert_eq!(marker(line), None, "{line}");
        }
    }
}
