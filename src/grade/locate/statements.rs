//! Where a page states an item's question.

use std::ops::Range;

use super::Page;
use crate::grade::assignment::Item;
use crate::grade::label::Style;
use crate::grade::page::{Kind, Line, words};

impl Page<'_> {
    /// The section of an item: from its heading to the next of the same rank; the whole page without one.
    pub(super) fn section(&self, item: &Item) -> Option<Range<usize>> {
        let Some(heading) = &item.heading else {
            return Some(0..self.lines.len());
        };
        let wanted = words(heading);
        let is_it = |line: &Line| {
            let text = words(line.text());
            text == wanted || strsim::normalized_damerau_levenshtein(&text, &wanted) >= 0.9
        };
        let headings = |line: &&Line| matches!(line.kind, Kind::Heading(_));
        let start = match self
            .lines
            .iter()
            .position(|line| headings(&line) && is_it(line))
        {
            Some(start) => start,
            None => self
                .lines
                .iter()
                .position(|line| line.kind == Kind::Prose && words(line.text()) == wanted)?,
        };
        let rank = match self.lines[start].kind {
            Kind::Heading(rank) => rank,
            _ => 6,
        };
        let length = self.lines[start + 1..]
            .iter()
            .position(|line| matches!(line.kind, Kind::Heading(other) if other <= rank))
            .unwrap_or(self.lines.len() - start - 1);
        Some(start..start + 1 + length)
    }

    /// Where an item's question, or its part, is stated.
    pub(super) fn statements(&self, item: &Item) -> Vec<Range<usize>> {
        let Some(section) = self.section(item) else {
            return Vec::new();
        };
        match &item.phrase {
            Some(phrase) => {
                let exact = self.with_phrase(&section, &words(phrase), contains_words);
                if exact.is_empty() {
                    self.with_phrase(&section, &words(phrase), contains_about)
                } else {
                    exact
                }
            }
            None => self.with_number(&section, item),
        }
    }

    fn with_phrase(
        &self,
        section: &Range<usize>,
        phrase: &str,
        contains: fn(&str, &str) -> bool,
    ) -> Vec<Range<usize>> {
        const LONGEST: usize = 4;
        let mut found: Vec<Range<usize>> = Vec::new();
        for start in section.clone() {
            if found.last().is_some_and(|last| last.end > start) || !self.may_state(start) {
                continue;
            }
            let mut text = String::new();
            for end in start..section.end.min(start + LONGEST) {
                let goes_on = end == start
                    || (self.may_state(end)
                        && self.lines[end].cell == self.lines[start].cell
                        && self.lines[end].label.is_none()
                        && !self.lines[end].opens);
                if !goes_on {
                    break;
                }
                text.push(' ');
                text.push_str(&words(self.lines[end].text()));
                if contains(text.trim(), phrase) {
                    // The phrase may begin on a later line than the first.
                    let begin = (start..=end)
                        .rev()
                        .find(|&begin| {
                            let joined: Vec<String> = self.lines[begin..=end]
                                .iter()
                                .map(|line| words(line.text()))
                                .collect();
                            contains(&joined.join(" "), phrase)
                        })
                        .unwrap_or(start);
                    found.push(begin..end + 1);
                    break;
                }
            }
        }
        found
    }

    pub(super) fn may_state(&self, at: usize) -> bool {
        matches!(self.lines[at].kind, Kind::Prose | Kind::Heading(_))
            && self.lines[at].marker.is_none()
    }

    /// By number alone: certain only where one line of the section can be the question.
    fn with_number(&self, section: &Range<usize>, item: &Item) -> Vec<Range<usize>> {
        let Some(number) = item.number else {
            return Vec::new();
        };
        let opens_cell = |at: usize| at == 0 || self.lines[at - 1].cell != self.lines[at].cell;
        let candidates: Vec<usize> = section
            .clone()
            .filter(|&at| {
                let line = &self.lines[at];
                line.opens
                    && line.indent < 4
                    && self.may_state(at)
                    && line
                        .label
                        .as_ref()
                        .is_some_and(|l| l.style == Style::Digit && l.number == [number])
                    && line.text().split_whitespace().count() >= 4
            })
            .collect();
        let first_of_cell: Vec<usize> = candidates
            .iter()
            .copied()
            .filter(|&at| opens_cell(at))
            .collect();
        let certain = if first_of_cell.is_empty() {
            candidates
        } else {
            first_of_cell
        };
        match certain.as_slice() {
            [one] => {
                let one = *one;
                // The question's own lines go on to the end of its paragraph.
                let mut end = one + 1;
                while end < section.end && !self.lines[end].opens && self.may_state(end) {
                    end += 1;
                }
                std::iter::once(one..end).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The statements that ask: those that repeat a question in its answer are left out. Such a one stands behind a marker
/// that stands behind the question, with no other question in between: before the marker it would be the other's answer.
pub(super) fn asked(
    lines: &[Line],
    items: &[Item],
    stated: &[Vec<Range<usize>>],
) -> Vec<Vec<Range<usize>>> {
    let mut all: Vec<(usize, &Range<usize>)> = stated
        .iter()
        .enumerate()
        .flat_map(|(index, places)| places.iter().map(move |place| (index, place)))
        .collect();
    all.sort_by_key(|(_, place)| place.start);
    let mut asked: Vec<(usize, Range<usize>)> = Vec::new();
    for (index, place) in all {
        let first = asked
            .iter()
            .filter(|(other, _)| *other == index)
            .map(|(_, place)| place.end)
            .max();
        let marker = first.and_then(|first| {
            (first..place.start)
                .rev()
                .find(|&at| lines[at].marker.is_some())
        });
        let between = |(other, place): &(usize, Range<usize>), first: usize, marker: usize| {
            place.start > marker || (place.start >= first && !same_question(items, *other, index))
        };
        let quoted = first.zip(marker).is_some_and(|(first, marker)| {
            !asked.iter().any(|other| between(other, first, marker))
        });
        if !quoted {
            asked.push((index, place.clone()));
        }
    }
    (0..stated.len())
        .map(|index| {
            asked
                .iter()
                .filter(|(other, _)| *other == index)
                .map(|(_, place)| place.clone())
                .collect()
        })
        .collect()
}

/// Whether two items are the same, or parts of one question.
fn same_question(items: &[Item], one: usize, other: usize) -> bool {
    let (first, second) = (&items[one], &items[other]);
    one == other
        || (first.number.is_some()
            && first.number == second.number
            && first.heading == second.heading)
}

fn contains_words(text: &str, phrase: &str) -> bool {
    !phrase.is_empty() && format!(" {text} ").contains(&format!(" {phrase} "))
}

/// Whether the text has the phrase with a slip or two: a window of as many words that is nearly the same.
fn contains_about(text: &str, phrase: &str) -> bool {
    let wanted = phrase.split(' ').count();
    let text: Vec<&str> = text.split(' ').collect();
    wanted >= 4
        && text
            .windows(wanted)
            .any(|window| strsim::normalized_damerau_levenshtein(&window.join(" "), phrase) >= 0.9)
}
