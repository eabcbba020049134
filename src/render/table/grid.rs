//! A grid that fits: columns that do not stand below in a further block, the first one repeated, or their cells are
//! wrapped.

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
    /// Rows that are left out.
    hidden: usize,
}

/// The rows to show: all, or the first and the last.
pub(in crate::render) fn ends<T>(rows: &[T]) -> (&[T], &[T]) {
    if rows.len() <= MOST_ROWS {
        return (rows, &[]);
    }
    (
        &rows[..MOST_ROWS - LAST_ROWS],
        &rows[rows.len() - LAST_ROWS..],
    )
}

impl Grid {
    pub(in crate::render) fn new(headings: &[&str]) -> Self {
        Self {
            headings: headings.iter().map(|&heading| heading.to_owned()).collect(),
            rows: Vec::new(),
            numeric: vec![false; headings.len()],
            hidden: 0,
        }
    }

    /// Leaves so many rows out here.
    pub(in crate::render) fn skip(&mut self, rows: usize) {
        self.hidden += rows;
        self.rows
            .push(vec![("⋮".to_owned(), None); self.headings.len()]);
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
        let all: Vec<usize> = (0..self.headings.len()).collect();
        let mut table = self.table(&all, style);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        lines(&table)
    }

    /// The grid in as many blocks as the width asks for.
    pub(in crate::render) fn fitted(&self, style: Style) -> String {
        let blocks = self.blocks(style).into_iter().map(|columns| {
            let mut table = self.table(&columns, style);
            // Two columns may still be too wide.
            table.set_content_arrangement(ContentArrangement::Dynamic);
            lines(&table)
        });
        let mut text = blocks.collect::<Vec<_>>().join("\n\n");
        if self.hidden > 0 {
            let said = format!(
                "{} rows in between are left out; --json has them all",
                self.hidden
            );
            text.push_str(&remark(&said, style));
        }
        text
    }

    /// The columns of each block: the first column names the row and stands in all of them.
    fn blocks(&self, style: Style) -> Vec<Vec<usize>> {
        let all: Vec<usize> = (0..self.headings.len()).collect();
        let widths = self.table(&all, style).column_max_content_widths();
        let width = |column: usize| usize::from(widths[column]) + GAP;
        let mut blocks: Vec<Vec<usize>> = vec![all.iter().copied().take(1).collect()];
        let mut used = all.first().map_or(0, |first| width(*first));
        for column in all.into_iter().skip(1) {
            let full = used + width(column) > room(style);
            match blocks.last_mut() {
                Some(block) if !full || block.len() < 2 => block.push(column),
                _ => {
                    blocks.push(vec![0, column]);
                    used = width(0);
                }
            }
            used += width(column);
        }
        blocks
    }

    fn table(&self, columns: &[usize], style: Style) -> Table {
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
        let headings = columns.iter().map(|&column| {
            let cell = Cell::new(&self.headings[column]);
            if style.color {
                cell.add_attribute(Attribute::Dim)
            } else {
                cell
            }
        });
        table.set_header(headings.collect::<Vec<_>>());
        let cells = |row: &Row| -> Vec<Cell> {
            let chosen = columns.iter().filter_map(|&column| row.get(column));
            chosen.map(cell).collect()
        };
        for row in &self.rows {
            table.add_row(cells(row));
        }
        for (column, &from) in table.column_iter_mut().zip(columns) {
            // One blank after each cell, and one between columns: `GAP`.
            column.set_padding((0, 1));
            if self.numeric[from] {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
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
