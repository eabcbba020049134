//! What the words around a value say about it: whose it is, whether it is a step or a conclusion, whether it is denied.

use std::sync::LazyLock;

use regex::Regex;

/// Whether a value is denied or only bounded: `not 112`, `at least 112`, `between 100 and 120`.
pub(super) fn is_hedged(before: &str) -> bool {
    static HEDGE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)(?:\b(?:not|n't|never|than|least|most|between|almost|nearly|about|around|approximately|roughly|maybe|perhaps)\b|[≈<>≤≥])\W*(?:\ba\b\W*)?$",
        )
    });
    HEDGE.is_match(before)
}

/// Whether the text before a value is the quantity's name and a copula, with no other number in between.
pub(super) fn named_before(before: &str, names: &[String]) -> bool {
    static COPULA: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)(?:\b(?:is|are|be|was|of|equals?|equal to|becomes|comes to|has|have|to)\b[^\d=]{0,16}|[=:≈]\s*\W{0,3})$",
        )
    });
    COPULA.is_match(before)
        && names.iter().any(|name| {
            position_of(before, name).is_some_and(|end| {
                // Another number with its own copula, or another clause, ends what the name belongs to.
                static OTHER: LazyLock<Regex> = LazyLock::new(|| {
                    regex(
                        r"(?i)(?:\bis|=)\s*\W?\d|\b(?:since|because|there|when|where|while|but|if|so|then|whose)\b",
                    )
                });
                !OTHER.is_match(&before[end..])
            })
        })
}

/// Whether the text behind a value begins with the quantity's name, as its unit: `26,848 parameters`.
pub(super) fn named_behind(after: &str, names: &[String]) -> bool {
    let after = after.to_lowercase();
    let first = after
        .trim_start()
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or("");
    !first.is_empty() && names.iter().any(|name| name == first)
}

/// Where a name ends in a text, slips in long words forgiven.
fn position_of(text: &str, name: &str) -> Option<usize> {
    let wanted: Vec<&str> = name.split(' ').collect();
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let mut start = None;
    for (at, c) in text
        .char_indices()
        .chain(std::iter::once((text.len(), ' ')))
    {
        match (c.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                spans.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    let near = |(from, to): &(usize, usize), word: &str| {
        let found = text[*from..*to].to_lowercase();
        found == word || (word.len() >= 6 && strsim::damerau_levenshtein(&found, word) <= 2)
    };
    spans
        .windows(wanted.len())
        .rev()
        .find(|window| {
            window
                .iter()
                .zip(&wanted)
                .all(|(span, word)| near(span, word))
        })
        .and_then(|window| window.last().map(|span| span.1))
}

pub(super) fn mentions(sentence: &str, names: &[String]) -> bool {
    names
        .iter()
        .any(|name| position_of(sentence, name).is_some())
}

/// Whether a sentence is about one layer on the way.
pub(super) fn is_step(sentence: &str) -> bool {
    static STEP: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix)\b(?:conv\d*|conv\dd|convolution|(?:max|avg|average)?-?pool\w*|relu)\b
              | \b(?:layer|step|stage|block)\s*[-\#(:]?\s*\d
              | \b[a-z]{1,3}_\{?\d
              | \b(?:first|second|third|fourth|fifth|1st|2nd|3rd|4th|5th|next|previous)\s+(?:\w+\s+)?layer
              | \bafter\s+(?:the\s+)?(?:layer|first|second|third|fourth|fifth)",
        )
    });
    STEP.is_match(sentence)
}

/// Whether a length in a sentence may be that of something else than what was asked for.
pub(super) fn is_of_another(sentence: &str) -> bool {
    static OTHER: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:outputs?|inputs?|images?|kernels?|filters?|strides?|padding|dilation|feature\s+maps?)\b",
        )
    });
    OTHER.is_match(sentence)
}

/// Whether a sentence closes the whole answer: `therefore` stands between steps too, `in conclusion` does not.
pub(super) fn closes(sentence: &str) -> bool {
    static CLOSE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:in\s+conclusion|to\s+conclude|we\s+conclude|in\s+total|overall|altogether|finally|(?:final\s+)?answer\s+(?:is|if))\b",
        )
    });
    CLOSE.is_match(sentence)
}

/// Whether a sentence draws a conclusion.
pub(super) fn concludes(sentence: &str) -> bool {
    static CUE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix)\b(?:in\s+conclusion|conclude|conclusion|in\s+total|overall|altogether|finally|therefore|thus|hence
              |(?:the\s+)?(?:final\s+)?(?:answer|result)\s+(?:is|if|=|:)|we\s+(?:get|got|obtain|have\s+got)\s+(?:a|the|that))\b",
        )
    });
    CUE.is_match(sentence)
}

pub(super) fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a fixed expression")
}
