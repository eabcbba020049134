//! How deeply a source is nested: the parser below recurses without a guard, so what Python itself would refuse is
//! refused before it is parsed.

use crate::model::{Fault, Source, Span};

/// Python's own limits.
const BRACKETS: usize = 200;
const INDENTS: usize = 100;

/// Refuses brackets nested more than 200 deep and blocks nested more than 100 deep.
///
/// Brackets in strings and comments count as well: no source that is meant to be read comes near.
///
/// # Errors
/// `too-nested`, at the first line that is too deep.
pub(super) fn check(sources: &[Source], index: usize) -> Result<(), Fault> {
    let source = &sources[index];
    let mut depth = 0_usize;
    let mut indents = vec![0];
    for (number, line) in source.text.lines().enumerate() {
        if depth == 0 && !line.trim().is_empty() {
            let indent = line.len() - line.trim_start().len();
            while indents.last().is_some_and(|&last| last > indent) {
                indents.pop();
            }
            if indents.last() != Some(&indent) {
                indents.push(indent);
            }
        }
        for (column, character) in line.chars().enumerate() {
            match character {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > BRACKETS {
                return Err(too_nested(
                    "brackets", BRACKETS, source, index, number, column,
                ));
            }
        }
        if indents.len() > INDENTS {
            return Err(too_nested("blocks", INDENTS, source, index, number, 0));
        }
    }
    Ok(())
}

fn too_nested(
    what: &str,
    limit: usize,
    source: &Source,
    index: usize,
    line: usize,
    column: usize,
) -> Fault {
    let span = Span {
        source: index,
        line: line + 1,
        column: column + 1,
        length: 1,
    };
    Fault::new(
        "too-nested",
        format!("more than {limit} {what} are nested in each other"),
    )
    .at(source, span, format!("Python reads at most {limit} here"))
    .help("Write it with fewer levels.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: String) -> Result<(), String> {
        let name = "a.py".to_owned();
        check(&[Source { name, text }], 0).map_err(|fault| fault.code)
    }

    #[test]
    fn depth_is_limited() {
        let brackets = |n| "(".repeat(n) + &")".repeat(n);
        assert_eq!(checked(brackets(200)), Ok(()));
        assert_eq!(checked(brackets(201)), Err("too-nested".to_owned()));
        let blocks = |n| {
            (0..n)
                .map(|i| " ".repeat(i) + "if x:\n")
                .collect::<String>()
        };
        assert_eq!(checked(blocks(100)), Ok(()));
        assert_eq!(checked(blocks(101)), Err("too-nested".to_owned()));
        assert_eq!(checked("x = 1\n".repeat(1000)), Ok(()));
    }
}
