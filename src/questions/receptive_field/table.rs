//! Tables whose cells hold one number an axis: where all axes agree throughout, each number stands once.

use crate::report::{Column, Extent, Table, Value};

/// A cell before its axes are merged.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing to say.
    Empty,
    /// One number an axis.
    Axes(Vec<Extent>),
    /// Anything else.
    Plain(Value),
}

/// A table under construction.
#[derive(Debug)]
pub struct Grid {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Grid {
    /// A table with these columns: key and heading.
    pub fn new(columns: &[(&str, &str)]) -> Self {
        let columns = columns.iter();
        Self {
            columns: columns
                .map(|(key, label)| Column::new(key, label, ""))
                .collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, a cell a column.
    pub fn row(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.columns.len(), "a cell a column");
        self.rows.push(cells);
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table; columns without a single value are left out.
    pub fn table(self, key: &str, title: &str) -> Table {
        let alike = self.rows.iter().flatten().all(Cell::is_alike);
        let used = |column: usize| self.rows.iter().any(|row| row[column] != Cell::Empty);
        let kept: Vec<bool> = (0..self.columns.len()).map(used).collect();
        let keep = |place: &usize| kept[*place];
        let pick = |row: Vec<Cell>| {
            let cells = row.into_iter().enumerate().filter(|(place, _)| keep(place));
            cells.map(|(_, cell)| cell.value(alike)).collect()
        };
        Table {
            key: key.to_owned(),
            title: title.to_owned(),
            rows: self.rows.into_iter().map(pick).collect(),
            columns: (self.columns.into_iter().enumerate())
                .filter(|(place, _)| keep(place))
                .map(|(_, column)| column)
                .collect(),
        }
    }
}

impl Cell {
    /// A cell with a number an axis; empty where an axis has none.
    pub fn axes<T>(numbers: Option<Vec<T>>, extent: impl Fn(T) -> Extent) -> Self {
        match numbers {
            Some(numbers) => Self::Axes(numbers.into_iter().map(extent).collect()),
            None => Self::Empty,
        }
    }

    /// A word.
    pub fn word(text: impl Into<String>) -> Self {
        Self::Plain(Value::name(text))
    }

    fn is_alike(&self) -> bool {
        match self {
            Self::Axes(extents) => extents.windows(2).all(|pair| pair[0] == pair[1]),
            _ => true,
        }
    }

    fn value(self, alike: bool) -> Option<Value> {
        match self {
            Self::Empty => None,
            Self::Plain(value) => Some(value),
            Self::Axes(extents) if alike => extents.first().map(|extent| match extent {
                Extent::Count(count) => Value::Count(*count),
                Extent::Real(real) => Value::Real(*real),
                Extent::Whole => Value::name("whole"),
            }),
            Self::Axes(extents) => Some(Value::Dims(extents)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(rows: &[[i128; 2]]) -> Table {
        let mut grid = Grid::new(&[("layer", "layer"), ("none", "none"), ("size", "size")]);
        for row in rows {
            grid.row(vec![
                Cell::word("conv"),
                Cell::Empty,
                Cell::Axes(row.map(Extent::Count).to_vec()),
            ]);
        }
        grid.table("layers", "Layers")
    }

    #[test]
    fn axes_that_agree_throughout_stand_once() {
        assert_eq!(grid(&[[3, 3], [5, 5]]).rows[1][1], Some(Value::Count(5)));
        let oblong = grid(&[[3, 3], [5, 7]]);
        assert_eq!(oblong.rows[0][1], Some(Value::shape(&[3, 3])));
    }

    #[test]
    fn an_empty_column_is_left_out() {
        let keys: Vec<_> = grid(&[[3, 3]]).columns.into_iter().map(|c| c.key).collect();
        assert_eq!(keys, ["layer", "size"]);
    }
}
