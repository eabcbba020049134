//! True or false, as people write it.

use std::sync::LazyLock;

use regex::Regex;

use super::explanation::explained;
use super::{Found, shortened};
use crate::grade::assignment::Item;
use crate::grade::page::Line;
use crate::report::{Reading, Value};

static LEADING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^[\s\W]*
          (?:(?:the\s+)?(?:answer|statement|claim|sentence|it|this|that)\s+(?:is|if|\'s)\s+)?
          (?P<not>not\s+)?
          (?P<word>true|false|correct|incorrect|right|wrong|yes|no|t|f)\b",
    )
    .expect("a fixed expression")
});
static EITHER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:true|t)\s*(?:or|/|and)\s*(?:false|f)\b[\s:.?]*")
        .expect("a fixed expression")
});
static LATER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:the\s+)?(?:answer|statement|claim|sentence)\s+(?:is|if)\s+(?:therefore\s+|thus\s+|clearly\s+|\W)*
          (?P<not>not\s+)?(?P<word>true|false|correct|incorrect|wrong)\b",
    )
    .expect("a fixed expression")
});
/// Words that take neither side.
static NEITHER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^[\s\W]*
          (?:(?:well|so|the\s+answer|the\s+statement|it|this|that|i\s+think|is)\W+)*
          (?P<word>(?:really\s+)?depends|depending\s+on|both(?:\s+true\s+and\s+false)?|not\s+(?:always|necessarily|entirely|exactly)
            |partially|partly|sometimes|neither|half\s+true)\b",
    )
    .expect("a fixed expression")
});

/// The truth value that an answer begins with, or that one of its sentences states; words where it takes no side.
pub(super) fn read(lines: &[&Line], item: &Item) -> Result<Found, String> {
    let first = lines
        .iter()
        .find(|line| line.speaks() && !EITHER.replace(line.text(), "").trim().is_empty())
        .copied()
        // A capital `T.` or `F.` that stands alone looks like a label.
        .or_else(|| lines.iter().find(|line| line.label.is_some()).copied())
        .ok_or("no truth value is stated")?;
    let text = if first.text().is_empty() {
        first
            .label
            .as_ref()
            .map_or("", |label| label.written.as_str())
    } else {
        first.text()
    };
    let reading = Reading {
        quote: shortened(text),
        place: Some(first.spot),
        explained: Some(explained(lines.iter().copied(), item)),
        ..Reading::default()
    };
    let (value, written) = match leading(text) {
        Some(found) => found,
        None => match NEITHER.captures(text) {
            Some(found) => {
                return Ok(Found::Words(Reading {
                    written: found["word"].to_owned(),
                    value: Some(Value::Name("depends".to_owned())),
                    ..reading
                }));
            }
            None => stated(lines)?,
        },
    };
    contradiction(lines, value)?;
    Ok(Found::Answer(Reading {
        written,
        value: Some(Value::Flag(value)),
        ..reading
    }))
}

/// The truth value that a list of them has for this part; what follows the list explains it.
pub(super) fn listed(lines: &[&Line], value: bool, item: &Item) -> Reading {
    let first = lines.first();
    Reading {
        written: if value { "True" } else { "False" }.to_owned(),
        value: Some(Value::Flag(value)),
        quote: first.map_or_else(String::new, |line| shortened(&line.whole())),
        place: first.map(|line| line.spot),
        explained: Some(explained(lines.iter().skip(1).copied(), item)),
        ..Reading::default()
    }
}

/// The truth value of a text that is nothing else.
pub(super) fn word(text: &str) -> Option<bool> {
    leading(text).map(|(value, _)| value)
}

fn leading(text: &str) -> Option<(bool, String)> {
    let text = EITHER.replace(text, "");
    let found = LEADING.captures(&text)?;
    let written = &found["word"];
    // A lone letter is a value where nothing but a mark follows it.
    let follows = text[found.get(0)?.end()..].chars().next();
    if written.len() == 1
        && !follows.is_none_or(|c| matches!(c, '.' | ',' | ':' | ';' | '-' | '–' | ' ' | ')'))
    {
        return None;
    }
    if written.len() == 1 && written.chars().all(char::is_lowercase) && follows == Some(' ') {
        return None;
    }
    let value = means(written)? != found.name("not").is_some();
    // `No, it is true` says two things.
    let casual = written.eq_ignore_ascii_case("no") || written.eq_ignore_ascii_case("yes");
    let rest = text[found.get(0)?.end()..].to_lowercase();
    let turns = casual
        && rest.split(['.', ';']).next().is_some_and(|sentence| {
            let says = |word: &str| {
                sentence
                    .split(|c: char| !c.is_alphabetic())
                    .any(|other| other == word)
            };
            (value && says("false")) || (!value && says("true"))
        });
    (!turns).then(|| (value, written.to_owned()))
}

/// The one truth value that sentences of the answer state, wherever they stand.
fn stated(lines: &[&Line]) -> Result<(bool, String), String> {
    let mut found: Option<(bool, String)> = None;
    for line in lines {
        for sentence in LATER.captures_iter(line.text()) {
            let Some(value) =
                means(&sentence["word"]).map(|value| value != sentence.name("not").is_some())
            else {
                continue;
            };
            match &found {
                Some((other, _)) if *other != value => {
                    return Err("it says both true and false".to_owned());
                }
                _ => found = Some((value, sentence["word"].to_owned())),
            }
        }
    }
    found.ok_or_else(|| "it does not say plainly whether it is true or false".to_owned())
}

/// Bold words are how people say it: another one that says the opposite makes the answer uncertain.
fn contradiction(lines: &[&Line], value: bool) -> Result<(), String> {
    let opposite = lines
        .iter()
        .flat_map(|line| &line.plain.strong)
        .any(|strong| {
            let word = strong.trim_matches(|c: char| !c.is_alphabetic());
            (word.eq_ignore_ascii_case("true") && !value)
                || (word.eq_ignore_ascii_case("false") && value)
        });
    if opposite {
        Err("it says both true and false".to_owned())
    } else {
        Ok(())
    }
}

fn means(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "true" | "t" | "correct" | "right" | "yes" => Some(true),
        "false" | "f" | "incorrect" | "wrong" | "no" => Some(false),
        _ => None,
    }
}
