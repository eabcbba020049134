//! The sizes that a worked answer writes down on its way: `3 + (2 - 1) * 2 = 5`, `r_3 = 5 + 16 = 21`, …

use std::sync::LazyLock;

use regex::Regex;

use crate::grade::page::Line;
use crate::report::Value;

/// A line's last sum and its result: what stands between two signs of equality, or before the only one.
static STEP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?P<sum>[^=]*\+[^=]*)=\s*(?P<result>\d{1,9})\s*[.,;]?\s*(?:pixels?|px)?\s*$")
        .expect("a fixed expression")
});
/// `R_1 = 3`: a size given a name, without its sum.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:r|rf)_?\d{0,2}\s*=\s*(?P<result>\d{1,9})\s*[.,;]?\s*$")
        .expect("a fixed expression")
});
static FIRST_TERM: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?P<term>\d+|[A-Za-z]\w*)\s*\+").expect("a fixed expression"));

/// The sizes in order, where every step adds to the one before; empty where fewer than three do.
pub(super) fn chain(lines: &[&Line]) -> Vec<Value> {
    let mut sizes: Vec<i128> = Vec::new();
    for line in lines.iter().filter(|line| line.speaks()) {
        let Some(size) = step(line.text(), sizes.last().copied()) else {
            continue;
        };
        sizes.push(size);
    }
    // One unit of the output is where every chain begins; it is no step.
    if sizes.first() == Some(&1) {
        sizes.remove(0);
    }
    let grows = sizes.windows(2).all(|pair| pair[0] <= pair[1]);
    if sizes.len() >= 3 && grows {
        sizes.into_iter().map(Value::Count).collect()
    } else {
        Vec::new()
    }
}

/// The size that a line arrives at, if it goes on from the size before.
fn step(text: &str, before: Option<i128>) -> Option<i128> {
    if let Some(found) = STEP.captures(text) {
        let term = FIRST_TERM.captures(&found["sum"])?;
        let goes_on = match (term["term"].parse::<i128>(), before) {
            (Ok(number), Some(before)) => number == before,
            (Ok(number), None) => number == 1,
            // A name such as `R_4` stands for the size before.
            (Err(_), _) => true,
        };
        return found["result"].parse().ok().filter(|_| goes_on);
    }
    let found = NAMED.captures(text)?;
    let size: i128 = found["result"].parse().ok()?;
    before.is_none_or(|before| before <= size).then_some(size)
}
