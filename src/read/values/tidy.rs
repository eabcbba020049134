//! What people put around a value and between its parts: markup, units, brackets, signs for "times".

use std::sync::LazyLock;

use regex::Regex;

static WRAPPER: LazyLock<Regex> = LazyLock::new(|| {
    compile(r"(?:\\(?:boxed|mathbf|mathrm|text|textbf|bm)\s*\{([^{}]*)\}|torch\.Size\((.*)\))")
});
static FRACTION: LazyLock<Regex> =
    LazyLock::new(|| compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}"));
static TIMES: LazyLock<Regex> = LazyLock::new(|| {
    compile(r"(?i)([0-9)]|\bwhole|\bpx|\bpixels)\s*(?:x|by|\*)\s*([0-9(.+-]|whole\b)")
});
static UNIT: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"(?i)[0-9)\]]\s*(pixels?|px|bytes?|parameters?|params|weights|multiply-adds|macs|flops|taps|layers?|neurons|units|elements)$",
    )
});
static SYMBOL: LazyLock<Regex> =
    LazyLock::new(|| compile(r"^[A-Za-z][A-Za-z]*(?:[ _]?\{?[A-Za-z0-9]+\}?){0,3}$"));

/// A pattern of this file or its neighbours.
pub(super) fn compile(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns here are fixed, and every one is used by a test")
}

/// The text without markup, with `×`, `-` and `±` as its only signs for themselves.
pub(super) fn tidy(text: &str) -> String {
    let mut text = signs(text.trim());
    for _ in 0..8 {
        let inner = WRAPPER.replace_all(&text, "$1$2").into_owned();
        let inner = FRACTION.replace_all(&inner, "$1/$2").into_owned();
        if inner == text {
            break;
        }
        text = inner;
    }
    let text = text.replace('$', "");
    let text = text.trim().trim_matches(['`', '*', '"']).trim();
    let text = text.strip_suffix('.').unwrap_or(text).trim_end();
    let text = text.trim_start_matches(['≈', '~', '=']).trim_start();
    let mut text = text.to_owned();
    // Each pass reads past the digit that the next sign needs: `5x6x7x8`.
    for _ in 0..2 {
        text = TIMES.replace_all(&text, "$1×$2").into_owned();
    }
    text
}

fn signs(text: &str) -> String {
    const SIGNS: [(&str, &str); 21] = [
        ("\\times", "×"),
        ("\\cdot", "×"),
        ("\\pm", "±"),
        ("\\left", ""),
        ("\\right", ""),
        ("\\(", ""),
        ("\\)", ""),
        ("\\%", "%"),
        ("\\,", ""),
        ("\\;", " "),
        ("{,}", ","),
        ("+/-", "±"),
        ("+-", "±"),
        ("−", "-"),
        ("–", "-"),
        ("✕", "×"),
        ("✖", "×"),
        ("·", "×"),
        ("\u{a0}", " "),
        ("\u{202f}", ""),
        ("\u{2009}", ""),
    ];
    SIGNS.iter().fold(text.to_owned(), |text, (sign, plain)| {
        text.replace(sign, plain)
    })
}

/// What stands in one pair of brackets around the whole text.
pub(super) fn without_brackets(text: &str) -> Option<&str> {
    [('(', ')'), ('[', ']'), ('{', '}')]
        .into_iter()
        .find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close))
        .filter(|inner| !inner.contains(['(', ')', '[', ']', '{', '}']))
        .map(str::trim)
}

/// The number without its unit (`112 pixels`).
pub(super) fn without_unit(text: &str) -> &str {
    match UNIT.captures(text).and_then(|parts| parts.get(1)) {
        Some(unit) => text[..unit.start()].trim_end(),
        None => text,
    }
}

/// Whether the text is sizes with signs between them, so that it is no name.
pub(super) fn is_sizes(text: &str) -> bool {
    text.contains(['×', ','])
}

/// The parts of a list: separated by `×` or by commas, never by both; a comma may stand at its end in brackets.
pub(super) fn parts(text: &str) -> Option<Vec<&str>> {
    let outer = without_unit(text);
    let (inner, bracketed) = match without_brackets(outer) {
        Some(inner) => (inner, true),
        None => (outer, false),
    };
    let separator = match (inner.contains('×'), inner.contains(',')) {
        (true, false) => '×',
        (false, true) => ',',
        _ => return None,
    };
    let inner = match inner.strip_suffix(',') {
        Some(rest) if bracketed => rest,
        _ => inner,
    };
    Some(inner.split(separator).map(str::trim).collect())
}

/// Whether a left side is a name for the value on the right (`RF`, `r_5`, `receptive field`).
pub(super) fn is_symbol(text: &str) -> bool {
    SYMBOL.is_match(text)
}
