//! Which lines of a list of answers belong to which part.

use crate::grade::label::Style;
use crate::grade::page::Line;

/// The lines of the entry for one part in a list of answers.
pub(super) fn entry<'a>(
    block: &[&'a Line],
    part: u32,
    most: usize,
    question: Option<u32>,
) -> Option<Vec<&'a Line>> {
    let mut levels: Vec<(usize, Style)> = Vec::new();
    for line in block {
        if let Some(label) = &line.label {
            let level = (line.indent, coarse(label.style));
            if !levels.contains(&level) {
                levels.push(level);
            }
        }
    }
    levels.sort_by_key(|(indent, style)| (*indent, *style == Style::Bullet));
    levels
        .into_iter()
        .find_map(|level| entry_at(block, level, part, most, question))
}

/// Letters and Roman numerals are one style: `i.` is both.
fn coarse(style: Style) -> Style {
    if style == Style::Roman {
        Style::Letter
    } else {
        style
    }
}

fn entry_at<'a>(
    block: &[&'a Line],
    (indent, style): (usize, Style),
    part: u32,
    most: usize,
    question: Option<u32>,
) -> Option<Vec<&'a Line>> {
    let at: Vec<usize> = block
        .iter()
        .enumerate()
        .filter(|(_, line)| {
            line.indent == indent
                && line
                    .label
                    .as_ref()
                    .is_some_and(|label| coarse(label.style) == style)
        })
        .map(|(at, _)| at)
        .collect();
    let numbers: Vec<&[u32]> = at
        .iter()
        .filter_map(|&at| {
            block[at]
                .label
                .as_ref()
                .map(|label| label.number.as_slice())
        })
        .collect();
    let which = position(&numbers, style, part, most, question)?;
    let stop = at.get(which + 1).copied().unwrap_or(block.len());
    // A marker of its own begins something else.
    let stop = (at[which] + 1..stop)
        .find(|&line| block[line].marker.is_some())
        .unwrap_or(stop);
    Some(block[at[which]..stop].to_vec())
}

/// Which label of a list belongs to a part: by its number, or by its place where the numbers run on from elsewhere.
fn position(
    numbers: &[&[u32]],
    style: Style,
    part: u32,
    most: usize,
    question: Option<u32>,
) -> Option<usize> {
    let place = usize::try_from(part).ok()?.checked_sub(1)?;
    if style == Style::Bullet {
        return (numbers.len() == most && most > 1).then_some(place);
    }
    if numbers.len() == 1
        && question.is_some()
        && numbers[0].first().copied() == question
        && most > 1
    {
        return None;
    }
    // `i.` is the ninth letter and the first numeral: the reading that makes a list counts.
    let letters = |number: &&[u32]| number.first().copied();
    let numerals = |number: &&[u32]| number.last().copied();
    let runs: [Vec<u32>; 2] = [
        numbers.iter().filter_map(letters).collect(),
        numbers.iter().filter_map(numerals).collect(),
    ];
    runs.into_iter().find_map(|run| {
        let (first, same) = (*run.first()?, run.iter().all(|&n| n == run[0]));
        let consecutive = run.windows(2).all(|pair| pair[1] == pair[0] + 1);
        let rising = run.windows(2).all(|pair| pair[1] > pair[0]);
        if same && run.len() > 1 {
            return (first == 1 && run.len() >= most).then_some(place);
        }
        if consecutive && first != 1 && run.len() == most && most > 1 {
            return Some(place);
        }
        if !rising {
            return None;
        }
        run.iter().position(|&n| n == part)
    })
}
