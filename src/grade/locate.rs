//! Where on a page the answer to an item stands.
//!
//! The question is found by words of its own, or by its number under its heading; what answers it begins after the
//! question and ends where the next one begins. Markers (`**Answer:**`) say where in between, and labels (`A.`, `1.`,
//! `ii)`, bullets) tell the parts apart. Where that is not certain, nothing is taken.

mod listed;
mod parts;
mod statements;

use std::ops::Range;

use super::assignment::{Item, Written};
use super::label::Style;
use super::page::{Kind, Line, Template};
use crate::report::Spot;
use parts::entry;
use statements::asked;

/// Why nothing was read where a question is not on the page.
pub const NOT_FOUND: &str = "the question was not found in this submission";

/// What stands on a page about an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage<'a> {
    /// The lines that answer it, in order.
    Answer(Vec<&'a Line>),
    /// A list of truth values answers all parts: the lines, and the value for this part.
    Listed(Vec<&'a Line>, bool),
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
        page.stated = asked(lines, items, &page.stated);
        page
    }

    /// The passages that answer an item: one for each time that its question stands on the page.
    pub fn passages(&self, index: usize) -> Vec<Passage<'a>> {
        let item = &self.items[index];
        let places = &self.stated[index];
        if places.is_empty() {
            return vec![
                self.by_marker(item)
                    .unwrap_or_else(|| Passage::Unclear(NOT_FOUND.to_owned())),
            ];
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

    /// The first line after `from` that belongs to another question.
    fn boundary(&self, item: &Item, from: usize) -> usize {
        let end = self
            .section(item)
            .filter(|section| section.start <= from && from <= section.end)
            .map_or(self.lines.len(), |s| s.end);
        let sibling = |other: &Item| {
            item.number.is_some() && other.number == item.number && other.heading == item.heading
        };
        let others: Vec<usize> = self
            .items
            .iter()
            .zip(&self.stated)
            .filter(|(other, _)| !sibling(other))
            .flat_map(|(_, places)| places.iter().map(|place| self.lead(place.start)))
            .filter(|&at| at >= from)
            .collect();
        let own = self.own_number(item, from);
        let mut list: Option<u32> = None;
        let mut marked = false;
        (from..end)
            .find(|&at| {
                let line = &self.lines[at];
                let unsectioned = item.heading.is_none() && matches!(line.kind, Kind::Heading(rank) if rank <= 3);
                if unsectioned || others.contains(&at) {
                    return true;
                }
                let other_marker = line.marker.as_ref().is_some_and(|marker| {
                    matches!(marker.number.as_slice(), [single] if marked && own.is_some_and(|own| *single == own + 1))
                });
                marked |= line.marker.is_some();
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

    /// Where the question of a part begins: at the numbered line above it in its cell, from which it is indented.
    fn lead(&self, part: usize) -> usize {
        let own = &self.lines[part];
        (0..part)
            .rev()
            .take_while(|&at| self.lines[at].cell == own.cell && self.may_state(at))
            .find(|&at| self.lines[at].indent < own.indent)
            .filter(|&at| {
                let label = self.lines[at].label.as_ref();
                label.is_some_and(|label| label.style == Style::Digit)
            })
            .unwrap_or(part)
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
        let passage = match item.part() {
            None => self.whole(item, place, end),
            Some(part) => self.part(item, place, end, part),
        };
        match passage {
            Passage::Blank(_) if self.is_answered_below(item, end) => Passage::Unclear(
                "another question follows at once, and the answer below that one may be to both"
                    .to_owned(),
            ),
            passage => passage,
        }
    }

    /// Whether another question follows at once, and the answer below that one is a list: it may answer both.
    fn is_answered_below(&self, item: &Item, end: usize) -> bool {
        let Some(section) = self.section(item) else {
            return false;
        };
        let range = end..section.end;
        let Some(marker) = range.clone().find(|&at| self.lines[at].marker.is_some()) else {
            return false;
        };
        let asked = self
            .stated
            .iter()
            .flatten()
            .any(|place| range.contains(&place.start) && place.start < marker);
        let first = (marker..section.end).find(|&at| {
            let line = &self.lines[at];
            !line.text().is_empty() || line.label.is_some()
        });
        let lists = first.is_some_and(|at| {
            let line = &self.lines[at];
            line.label.is_some() || line.text().starts_with(|c: char| c.is_ascii_digit())
        });
        asked && lists
    }

    /// Whether whoever reads an undivided answer knows that it is to this item: words are for a person, and a value is
    /// this item's where the other parts of its question are words.
    fn alone_has_a_value(&self, item: &Item) -> bool {
        let others = self.items.iter().filter(|other| {
            other.number == item.number && other.heading == item.heading && other.id() != item.id()
        });
        match item.written {
            Written::Text => true,
            Written::Truth | Written::Function | Written::Expression => false,
            _ => others
                .map(|other| other.written)
                .all(|written| written == Written::Text),
        }
    }

    /// The answer to a question without parts.
    fn whole(&self, item: &Item, place: &Range<usize>, end: usize) -> Passage<'a> {
        let asked = &self.lines[place.end - 1];
        let region = place.end..end;
        let from = match region.clone().find(|&at| self.lines[at].marker.is_some()) {
            Some(marker) => marker,
            None => self.after_question(item, place, end),
        };
        let lines = self.answer_lines(from..end);
        answer_or_blank(lines, asked, item)
    }

    /// Without a marker: the cells after the question's, or what follows its paragraph.
    fn after_question(&self, item: &Item, place: &Range<usize>, end: usize) -> usize {
        let cell = self.lines[place.end - 1].cell;
        let later = (place.end..end).find(|&at| {
            self.lines[at].cell != cell
                && (self.lines[at].kind == Kind::Prose || may_answer(&self.lines[at], item))
        });
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
            return answer_or_blank(self.answer_lines(marker..stop), asked, item);
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
                .find(|line| may_answer(line, item))
                .and_then(|line| line.label.as_ref());
            if others.is_none_or(|label| label.number.is_empty() || label.number.contains(&part)) {
                return answer_or_blank(lines, asked, item);
            }
        }
        let last = self.last_sibling(item, place, end);
        let block_start = marker_in(last..end).unwrap_or_else(|| {
            let cell = self.lines[last - 1].cell;
            (last..end)
                .find(|&at| self.lines[at].cell != cell)
                .unwrap_or(end)
        });
        let block = self.answer_lines(block_start..end);
        if !block.iter().any(|line| may_answer(line, item)) {
            return Passage::Blank(Some(asked.spot));
        }
        if let Some(passage) = of_list(&block, item, part, most) {
            return passage;
        }
        if self.alone_has_a_value(item) {
            return Passage::Answer(block);
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
            item,
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
    if !block.iter().any(|line| may_answer(line, item)) {
        return blank;
    }
    match item.part() {
        Some(part) if shared > 1 => of_list(&block, item, part, shared).unwrap_or_else(|| {
            Passage::Unclear("the parts of the answer cannot be told apart".to_owned())
        }),
        _ => Passage::Answer(block),
    }
}

/// Whether an item's answer may be read from a line: a formula may stand in code.
fn may_answer(line: &Line, item: &Item) -> bool {
    line.speaks() || (item.written == Written::Expression && line.kind == Kind::Code)
}

/// The part's entry in a block that answers all parts: a list of truth values, or labelled lines.
fn of_list<'a>(block: &[&'a Line], item: &Item, part: u32, most: usize) -> Option<Passage<'a>> {
    let rest = block.get(1..).unwrap_or_default();
    if item.written == Written::Truth
        && entry(rest, part, most, item.number).is_none()
        && let Some(value) = listed::of_part(block, part, most)
    {
        return Some(Passage::Listed(block.to_vec(), value));
    }
    let entry = entry(block, part, most, item.number)?;
    Some(answer_or_blank(entry, block.first()?, item))
}

fn answer_or_blank<'a>(lines: Vec<&'a Line>, asked: &'a Line, item: &Item) -> Passage<'a> {
    if lines.iter().any(|line| may_answer(line, item)) {
        Passage::Answer(lines)
    } else {
        Passage::Blank(Some(asked.spot))
    }
}
