//! Where on a page the answer to an item stands.
//!
//! The question is found by words of its own, or by its number under its heading; what answers it begins after the
//! question and ends where the next one begins. Markers (`**Answer:**`) say where in between, and labels (`A.`, `1.`,
//! `ii)`, bullets) tell the parts apart. Where that is not certain, nothing is taken.

use std::ops::Range;

use super::assignment::Item;
use super::label::Style;
use super::page::{Kind, Line, Template, words};
use crate::report::Spot;

/// What stands on a page about an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage<'a> {
    /// The lines that answer it, in order.
    Answer(Vec<&'a Line>),
    /// The question is there, and no answer.
    Blank(Option<Spot>),
    /// Something stands there that cannot be told apart, or the question is not there: why.
    Unclear(String),
}

/// A page, with the questions found on it.
pub struct Page<'a> {
    lines: &'a [Line],
    given: Vec<bool>,
    items: &'a [Item],
    /// For every item where its question is stated: ranges of lines.
    stated: Vec<Vec<Range<usize>>>,
}

impl<'a> Page<'a> {
    /// Finds the questions of `items` on a page.
    pub fn new(lines: &'a [Line], items: &'a [Item], template: Option<&Template>) -> Self {
        let given = lines
            .iter()
            .map(|line| template.is_some_and(|sheet| sheet.gives(line)))
            .collect();
        let mut page = Self {
            lines,
            given,
            items,
            stated: Vec::new(),
        };
        page.stated = items.iter().map(|item| page.statements(item)).collect();
        page.stated = asked(lines, &page.stated);
        page
    }

    /// The passages that answer an item: one for each time that its question stands on the page.
    pub fn passages(&self, index: usize) -> Vec<Passage<'a>> {
        let item = &self.items[index];
        let places = &self.stated[index];
        if places.is_empty() {
            return vec![self.by_marker(item).unwrap_or_else(|| {
                Passage::Unclear("the question was not found in this submission".to_owned())
            })];
        }
        let found: Vec<Passage> = places
            .iter()
            .map(|place| self.passage(item, place))
            .collect();
        let answered = found
            .iter()
            .any(|passage| !matches!(passage, Passage::Blank(_)));
        found
            .into_iter()
            .filter(|passage| !answered || !matches!(passage, Passage::Blank(_)))
            .collect()
    }

    /// The section of an item: from its heading to the next of the same rank; the whole page without one.
    fn section(&self, item: &Item) -> Option<Range<usize>> {
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
    fn statements(&self, item: &Item) -> Vec<Range<usize>> {
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

    fn may_state(&self, at: usize) -> bool {
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
                vec![one..end]
            }
            _ => Vec::new(),
        }
    }

    /// The first line after `from` that belongs to another question.
    fn boundary(&self, item: &Item, from: usize) -> usize {
        let end = self
            .section(item)
            .filter(|section| section.contains(&from))
            .map_or(self.lines.len(), |s| s.end);
        let sibling = |other: &Item| {
            item.number.is_some() && other.number == item.number && other.heading == item.heading
        };
        let others: Vec<usize> = self
            .items
            .iter()
            .zip(&self.stated)
            .filter(|(other, _)| !sibling(other))
            .flat_map(|(_, places)| places.iter().map(|place| place.start))
            .collect();
        let own = self.own_number(item, from);
        let mut list: Option<u32> = None;
        let mut marked = false;
        (from..end)
            .find(|&at| {
                let line = &self.lines[at];
                if others.contains(&at) || matches!(line.kind, Kind::Heading(rank) if rank <= 3) {
                    return true;
                }
                let marker = line.marker.as_ref();
                let other_marker = marker.is_some_and(|marker| {
                    matches!(marker.number.as_slice(), [single] if marked && own.is_some_and(|own| *single == own + 1))
                });
                marked |= marker.is_some();
                let number = line.label.as_ref().filter(|l| l.style == Style::Digit).and_then(|l| l.number.first());
                let continues = number.is_some_and(|&n| list.is_some_and(|last| n == last + 1));
                if let Some(&n) = number
                    && line.indent < 4
                    && (n == 1 || continues)
                {
                    list = Some(n);
                }
                other_marker || self.starts_question(at, own, continues, marked)
            })
            .unwrap_or(end)
    }

    /// Whether this line begins the next question of the sheet, as far as its number tells.
    fn starts_question(
        &self,
        at: usize,
        own: Option<u32>,
        continues_list: bool,
        marked: bool,
    ) -> bool {
        let line = &self.lines[at];
        let Some(number) = line
            .label
            .as_ref()
            .filter(|label| label.style == Style::Digit && line.indent < 4)
            .and_then(|label| label.number.first())
        else {
            return false;
        };
        if self.given[at] {
            return true;
        }
        let opens_cell = at == 0 || self.lines[at - 1].cell != line.cell;
        let long = line.text().split_whitespace().count() >= 5;
        let next = own.is_some_and(|own| *number == own + 1);
        let has_cells = line.spot.cell.is_some();
        long && match (has_cells, opens_cell) {
            (true, true) => next || (marked && own != Some(*number)) || (marked && !continues_list),
            (true, false) => false,
            (false, _) => line.opens && next && !continues_list,
        }
    }

    /// The number that the question carries on this page, which an edited sheet may have changed.
    fn own_number(&self, item: &Item, from: usize) -> Option<u32> {
        let printed = self.lines[..from]
            .iter()
            .rev()
            .take(40)
            .find(|line| {
                line.indent < 4
                    && line.opens
                    && line.marker.is_none()
                    && line
                        .label
                        .as_ref()
                        .is_some_and(|label| label.style == Style::Digit)
            })
            .and_then(|line| line.label.as_ref()?.number.first().copied());
        match (item.part(), item.number) {
            (None, Some(number)) => Some(number),
            (Some(_), number) => printed.max(number).filter(|_| number.is_some()),
            (None, None) => printed,
        }
    }

    fn passage(&self, item: &Item, place: &Range<usize>) -> Passage<'a> {
        let end = self.boundary(item, place.end);
        match item.part() {
            None => self.whole(place, end),
            Some(part) => self.part(item, place, end, part),
        }
    }

    /// The answer to a question without parts.
    fn whole(&self, place: &Range<usize>, end: usize) -> Passage<'a> {
        let asked = &self.lines[place.end - 1];
        let region = place.end..end;
        let from = match region.clone().find(|&at| self.lines[at].marker.is_some()) {
            Some(marker) => marker,
            None => self.after_question(place, end),
        };
        let lines = self.answer_lines(from..end);
        if lines.iter().any(|line| line.speaks()) {
            Passage::Answer(lines)
        } else {
            Passage::Blank(Some(asked.spot))
        }
    }

    /// Without a marker: the cells after the question's, or what follows its paragraph.
    fn after_question(&self, place: &Range<usize>, end: usize) -> usize {
        let cell = self.lines[place.end - 1].cell;
        let later = (place.end..end)
            .find(|&at| self.lines[at].cell != cell && self.lines[at].kind == Kind::Prose);
        let below = (place.end..end).find(|&at| self.lines[at].opens);
        later.or(below).unwrap_or(end)
    }

    fn answer_lines(&self, range: Range<usize>) -> Vec<&'a Line> {
        range
            .filter(|&at| !self.given[at])
            .map(|at| &self.lines[at])
            .filter(|line| !line.text().is_empty() || line.label.is_some())
            .collect()
    }

    /// The answer to one part: directly below its statement, or an entry of the list that answers all parts.
    fn part(&self, item: &Item, place: &Range<usize>, end: usize, part: u32) -> Passage<'a> {
        let asked = &self.lines[place.end - 1];
        let next_statement = self.next_sibling(item, place.end).unwrap_or(end).min(end);
        let numbered = (place.start..end).find(|&at| {
            let number = self.lines[at]
                .marker
                .as_ref()
                .map_or(&[][..], |marker| &marker.number);
            number.len() >= 2 && number.last() == Some(&part)
        });
        if let Some(marker) = numbered {
            let stop = (marker + 1..end)
                .find(|&at| self.lines[at].marker.is_some())
                .unwrap_or(end);
            let stop = self
                .next_sibling(item, marker + 1)
                .map_or(stop, |sibling| sibling.min(stop));
            return answer_or_blank(self.answer_lines(marker..stop), asked);
        }
        let marker_in = |range: Range<usize>| {
            range
                .into_iter()
                .find(|&at| self.lines[at].marker.is_some())
        };
        let most = self.parts_of(item);
        if next_statement < end
            && let Some(marker) = marker_in(place.end..next_statement)
        {
            let lines = self.answer_lines(marker..next_statement);
            // An entry for another part means that the block answers all parts at once.
            let others = lines
                .iter()
                .find(|line| line.speaks())
                .and_then(|line| line.label.as_ref());
            if others.is_none_or(|label| label.number.is_empty() || label.number.contains(&part)) {
                return answer_or_blank(lines, asked);
            }
        }
        let last = self.last_sibling(item, place, end);
        let block_start = match marker_in(last..end) {
            Some(marker) => marker,
            None => {
                let cell = self.lines[last - 1].cell;
                (last..end)
                    .find(|&at| self.lines[at].cell != cell)
                    .unwrap_or(end)
            }
        };
        let block = self.answer_lines(block_start..end);
        if !block.iter().any(|line| line.speaks()) {
            return Passage::Blank(Some(asked.spot));
        }
        if let Some(entry) = entry(&block, part, most, item.number) {
            return answer_or_blank(entry, asked);
        }
        // Answers below each statement: the last one's is what is left.
        let inline_before = place.start > 0 && self.marked_before(item, place.start);
        let leads = block
            .first()
            .is_some_and(|line| line.label.is_none() && !line.text().is_empty());
        if last == place.end && (inline_before || (most == 1 && leads)) {
            return Passage::Answer(block);
        }
        Passage::Unclear("the parts of the answer cannot be told apart".to_owned())
    }

    fn siblings(&self, item: &Item) -> impl Iterator<Item = &Range<usize>> {
        let (number, heading) = (item.number, item.heading.clone());
        self.items
            .iter()
            .zip(&self.stated)
            .filter(move |(other, _)| {
                number.is_some() && other.number == number && other.heading == heading
            })
            .flat_map(|(_, places)| places)
    }

    fn next_sibling(&self, item: &Item, from: usize) -> Option<usize> {
        self.siblings(item)
            .map(|place| place.start)
            .filter(|&start| start >= from)
            .min()
    }

    /// The end of the last statement of the group before the answers.
    fn last_sibling(&self, item: &Item, place: &Range<usize>, end: usize) -> usize {
        let marker = (place.end..end)
            .find(|&at| self.lines[at].marker.is_some())
            .unwrap_or(end);
        self.siblings(item)
            .map(|sibling| sibling.end)
            .filter(|&last| last >= place.end && last <= marker)
            .max()
            .unwrap_or(place.end)
    }

    fn marked_before(&self, item: &Item, at: usize) -> bool {
        self.siblings(item)
            .filter(|sibling| sibling.end <= at)
            .max_by_key(|sibling| sibling.end)
            .is_some_and(|sibling| (sibling.end..at).any(|at| self.lines[at].marker.is_some()))
    }

    /// How many parts the assignment knows of the item's question.
    fn parts_of(&self, item: &Item) -> usize {
        self.items
            .iter()
            .filter(|other| other.number == item.number && other.heading == item.heading)
            .filter_map(Item::part)
            .max()
            .and_then(|most| usize::try_from(most).ok())
            .unwrap_or(1)
    }

    /// Where the question's text is gone: the one marker of its section that carries its number.
    fn by_marker(&self, item: &Item) -> Option<Passage<'a>> {
        let section = self.section(item)?;
        item.heading.as_ref()?;
        let number = item.number?;
        let wanted: Vec<u32> = std::iter::once(number).chain(item.part()).collect();
        let carries = |at: &usize| {
            self.lines[*at]
                .marker
                .as_ref()
                .is_some_and(|marker| marker.number == wanted)
        };
        let mut markers = section.clone().filter(carries);
        let (start, more) = (markers.next()?, markers.next());
        if more.is_some() {
            return None;
        }
        let end = (start + 1..section.end).find(|&at| {
            self.lines[at].marker.is_some() || self.starts_question(at, Some(number), false, true)
        });
        Some(answer_or_blank(
            self.answer_lines(start..end.unwrap_or(section.end)),
            &self.lines[start],
        ))
    }
}

/// The passage that answers an item in lines that hold answers alone: a named string, a value of a JSON file.
/// `shared` says that the lines answer several items, told apart by their parts.
pub fn in_named<'a>(lines: &'a [Line], item: &Item, shared: usize) -> Passage<'a> {
    let block: Vec<&Line> = lines
        .iter()
        .filter(|line| !line.text().is_empty() || line.label.is_some())
        .collect();
    let blank = Passage::Blank(lines.first().map(|line| line.spot));
    if !block.iter().any(|line| line.speaks()) {
        return blank;
    }
    match item.part() {
        Some(part) if shared > 1 => entry(&block, part, shared, item.number).map_or_else(
            || Passage::Unclear("the parts of the answer cannot be told apart".to_owned()),
            Passage::Answer,
        ),
        _ => Passage::Answer(block),
    }
}

fn answer_or_blank<'a>(lines: Vec<&'a Line>, asked: &'a Line) -> Passage<'a> {
    if lines.iter().any(|line| line.speaks()) {
        Passage::Answer(lines)
    } else {
        Passage::Blank(Some(asked.spot))
    }
}

/// The statements that ask: those that repeat a question in its answer are left out. Such a one stands behind a marker
/// that stands behind the question, with no other question in between.
fn asked(lines: &[Line], stated: &[Vec<Range<usize>>]) -> Vec<Vec<Range<usize>>> {
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
        let quoted =
            marker.is_some_and(|marker| !asked.iter().any(|(_, other)| other.start > marker));
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

/// The lines of the entry for one part in a list of answers.
fn entry<'a>(
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
    let alphabets: [fn(&[u32]) -> Option<u32>; 2] = [|n| n.first().copied(), |n| n.last().copied()];
    alphabets.into_iter().find_map(|alphabet| {
        let run: Vec<u32> = numbers
            .iter()
            .filter_map(|number| alphabet(number))
            .collect();
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
