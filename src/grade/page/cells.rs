//! The cells of a text, and the code in cells.

use std::sync::LazyLock;

use regex::Regex;

use super::{Cell, CellKind};
use crate::grade::markup;
use crate::report::Spot;

/// The line that opens a code cell in the text form of a notebook.
static PROMPT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:In|Out)\s?\[\s*\d*\s*\]:").expect("a fixed expression"));
static CODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:\s|(?:import|from|class|def|for|if|elif|else|while|try|except|with|return|assert|raise|print)\b.*[:(\w]$|@|#(?:\s|\w)|[\w.\[\], ]+\s*[-+*/]?=[^=]|[\w.]+\(.*|[)\]}].*$|torch\.|assert |from \w|import \w)",
    )
    .expect("a fixed expression")
});

/// The cells of a text: one, unless it is the text form of a notebook, where `In [1]:` opens code that goes on to
/// the first line of prose after an empty one.
pub fn cells_of_text(text: &str) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    let mut in_code = false;
    let mut after_gap = false;
    for (at, line) in text.lines().enumerate() {
        let prompt = PROMPT.is_match(line);
        let prose_again = in_code && after_gap && !line.trim().is_empty() && !CODE.is_match(line);
        let heading_again = in_code && after_gap && line.starts_with("##");
        let starts = cells.is_empty() || prompt || prose_again || heading_again;
        if starts {
            in_code = prompt;
            let kind = if prompt {
                CellKind::Code
            } else {
                CellKind::Markdown
            };
            cells.push(Cell {
                number: None,
                first_line: at + 1,
                kind,
                text: String::new(),
                output: String::new(),
            });
        }
        after_gap = line.trim().is_empty();
        if let Some(cell) = cells.last_mut() {
            cell.text.push_str(line);
            cell.text.push('\n');
        }
    }
    cells
}

/// The code in cells: whole code cells, and what stands between fences in prose; each with the place of its first line.
/// The prompts of a notebook's text form are left blank.
pub fn code_blocks(cells: &[Cell]) -> Vec<(Spot, String)> {
    let mut blocks = Vec::new();
    for cell in cells {
        let at = |offset: usize| Spot {
            cell: cell.number,
            line: cell.first_line + offset,
        };
        if cell.kind == CellKind::Code {
            let prompted = cell.number.is_none();
            let lines = cell.text.lines().enumerate();
            let kept = lines.map(|(line, text)| {
                if prompted && line == 0 && PROMPT.is_match(text) {
                    ""
                } else {
                    text
                }
            });
            blocks.push((at(0), kept.collect::<Vec<_>>().join("\n")));
            continue;
        }
        let text = markup::without_comments(&cell.text);
        let mut open: Option<(usize, usize, Vec<&str>)> = None;
        for (offset, line) in text.lines().enumerate() {
            let fence = line.trim_start().starts_with("```");
            match (&mut open, fence) {
                (None, true) => {
                    open = Some((offset + 1, line.len() - line.trim_start().len(), Vec::new()));
                }
                (Some((_, indent, lines)), false) => {
                    // What is indented with its fence is not indented code.
                    let deep = line.len() - line.trim_start().len();
                    lines.push(line.get(deep.min(*indent)..).unwrap_or(line));
                }
                (Some((first, _, lines)), true) => {
                    blocks.push((at(*first), lines.join("\n")));
                    open = None;
                }
                (None, false) => {}
            }
        }
        if let Some((first, _, lines)) = open {
            blocks.push((at(first), lines.join("\n")));
        }
    }
    blocks
}
