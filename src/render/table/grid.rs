//! A grid that fits: columns that do not are left out at the right and named, or their cells are wrapped.

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table};
use comfy_table::{LineStyle, TableStyle};

use super::super::Style;
use super::super::paint::{Role, paint, wrap};
use crate::report::Value;

/// More rows than this are shown by their first and last: nobody reads them, and JSON has them all.
const MOST_ROWS: usize = 1000;
const LAST_ROWS: usize = 100;
/// Blanks before each line.
const MARGIN: usize = 2;
/// Blanks after each cell.
const GAP: usize = 2;

/// Cells, each with what it is.
type Row = Vec<(String, Option<Role>)>;

/// Rows of cells under headings.
pub(in crate::render) struct Grid {
    headings: Vec<String>,
    rows: Vec<Row>,
    numeric: Vec<bool>,
}

impl Grid {
    pub(in crate::render) fn new(headings: &[&str]) -> Self {
        Self {
            headings: headings.iter().map(|&heading| heading.to_owned()).collect(),
            rows: Vec::new(),
            numeric: vec![false; headings.len()],
        }
    }

    pub(in crate::render) fn row(&mut self, cells: Row) {
        self.rows.push(cells);
    }

    /// Aligns the columns that hold only numbers to the right.
    pub(in crate::render) fn align_numbers(&mut self, rows: &[Vec<Option<Value>>]) {
        for (column, numeric) in self.numeric.iter_mut().enumerate() {
            *numeric = rows
                .iter()
                .filter_map(|row| row.get(column)?.as_ref())
                .all(|cell| matches!(cell, Value::Count(_) | Value::Real(_) | Value::Dims(_)));
        }
    }

    /// The grid with wrapped cells.
    pub(in crate::render) fn wrapped(&self, style: Style) -> String {
        let mut table = self.table(self.headings.len(), style);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        lines(&table)
    }

    /// The grid with as many columns as fit, at least two, and the others' names below it.
    pub(in crate::render) fn fitted(&self, style: Style) -> String {
        let widths = self
            .table(self.headings.len(), style)
            .column_max_content_widths();
        let mut used = 0;
        let fit = widths
            .iter()
            .take_while(|&&width| {
                used += usize::from(width) + GAP;
                used <= room(style)
            })
            .count()
            .max(2)
            .min(widths.len());
        let mut table = self.table(fit, style);
        if widths
            .iter()
            .take(fit)
            .map(|&width| usize::from(width) + GAP)
            .sum::<usize>()
            > room(style)
        {
            table.set_content_arrangement(ContentArrangement::Dynamic);
        }
        let mut text = lines(&table);
        if self.rows.len() > MOST_ROWS {
            let hidden = self.rows.len() - MOST_ROWS;
            text.push_str(&remark(
                &format!("{hidden} rows in between are left out; --json has them all"),
                style,
            ));
        }
        if fit < self.headings.len() {
            let hidden = self.headings[fit..].join(", ");
            text.push_str(&remark(
                &format!("not shown in {} columns: {hidden}", style.width),
                style,
            ));
        }
        text
    }

    fn table(&self, columns: usize, style: Style) -> Table {
        let mut table = Table::new();
        table.load_style(
            TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')),
        );
        table.set_width(u16::try_from(room(style)).unwrap_or(u16::MAX));
        if style.color {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        let headings = self.headings.iter().take(columns).map(|heading| {
            let cell = Cell::new(heading);
            if style.color {
                cell.add_attribute(Attribute::Dim)
            } else {
                cell
            }
        });
        table.set_header(headings.collect::<Vec<_>>());
        let (first, last) = self.shown();
        for row in first {
            table.add_row(row.iter().take(columns).map(cell).collect::<Vec<_>>());
        }
        if !last.is_empty() {
            table.add_row(vec!["⋮"; columns]);
        }
        for row in last {
            table.add_row(row.iter().take(columns).map(cell).collect::<Vec<_>>());
        }
        for (column, &numeric) in table.column_iter_mut().zip(&self.numeric) {
            // One blank after each cell, and one between columns: `GAP`.
            column.set_padding((0, 1));
            if numeric {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }

    /// The rows to show: all, or the first and the last.
    fn shown(&self) -> (&[Row], &[Row]) {
        if self.rows.len() <= MOST_ROWS {
            return (&self.rows, &[]);
        }
        (
            &self.rows[..MOST_ROWS - LAST_ROWS],
            &self.rows[self.rows.len() - LAST_ROWS..],
        )
    }
}

/// Columns beside the margin.
fn room(style: Style) -> usize {
    style.width.saturating_sub(MARGIN)
}

fn remark(text: &str, style: Style) -> String {
    format!(
        "\n{}",
        paint(
            &format!("  {}", wrap(text, style.width, 2)),
            Role::Quiet,
            style.color
        )
    )
}

fn cell((text, role): &(String, Option<Role>)) -> Cell {
    let cell = Cell::new(text);
    match role {
        Some(Role::Good) => cell.fg(Color::Green),
        Some(Role::Bad) => cell.fg(Color::Red),
        Some(Role::Open) => cell.fg(Color::Yellow),
        Some(Role::Strong) => cell.add_attribute(Attribute::Bold),
        Some(Role::Quiet) => cell.add_attribute(Attribute::Dim),
        None => cell,
    }
}

/// The table's lines, set off from the margin, without blanks at their ends.
fn lines(table: &Table) -> String {
    let lines: Vec<String> = table
        .lines()
        .map(|line| format!("  {line}").trim_end().to_owned())
        .collect();
    lines.join("\n")
}
