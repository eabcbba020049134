//! Matrix products on the thread that asks for them: the passes have the other threads.
//!
//! A convolution multiplies many small matrices with the same weights. A general product would lay out both operands anew each
//! time; here the weights are laid out once, in panels, and the other operand is read where it stands.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined is compiled for the least of processors"
)]

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

/// Columns of a panel: one or more registers, whatever their width.
const WIDTH: usize = 16;

/// Rows of the panels that are gone through at once: so much of a panel stays in the processor's first cache.
const DEPTH: usize = 256;

/// A matrix, some columns at a time: each panel has its rows one after the other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panels {
    rows: usize,
    columns: usize,
    numbers: Vec<f32>,
}

impl Panels {
    /// Zeros.
    pub(super) fn zeros(rows: usize, columns: usize) -> Self {
        Self {
            rows,
            columns,
            numbers: vec![0.0; rows * columns.div_ceil(WIDTH) * WIDTH],
        }
    }

    /// A matrix whose numbers stand row by row.
    pub(super) fn new(numbers: &[f32], columns: usize) -> Self {
        let mut panels = Self::zeros(numbers.len() / columns.max(1), columns);
        for (row, numbers) in numbers.chunks_exact(columns.max(1)).enumerate() {
            panels.set(row, 0, numbers);
        }
        panels
    }

    /// Its transpose.
    pub(super) fn transposed(numbers: &[f32], columns: usize) -> Self {
        let rows = numbers.len() / columns.max(1);
        let mut panels = Self::zeros(columns, rows);
        for (row, numbers) in numbers.chunks_exact(columns.max(1)).enumerate() {
            panels.set_down(0, row, numbers);
        }
        panels
    }

    /// Writes numbers side by side, from a column on.
    pub(super) fn set(&mut self, row: usize, column: usize, numbers: &[f32]) {
        for (column, number) in (column..).zip(numbers) {
            let place = self.place(row, column);
            self.numbers[place] = *number;
        }
    }

    /// Writes numbers below each other, from a row on.
    pub(super) fn set_down(&mut self, row: usize, column: usize, numbers: &[f32]) {
        let start = self.place(row, column);
        let places = self.numbers[start..].iter_mut().step_by(WIDTH);
        for (place, number) in places.zip(numbers) {
            *place = *number;
        }
    }

    fn place(&self, row: usize, column: usize) -> usize {
        (column / WIDTH * self.rows + row) * WIDTH + column % WIDTH
    }
}

/// Columns of a matrix that stands row by row: where the first stands, and how many numbers a row has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    /// The first.
    pub(super) first: usize,
    /// Of all the matrix.
    pub(super) of: usize,
}

impl Columns {
    /// Every column.
    pub(super) fn all(count: usize) -> Self {
        Self {
            first: 0,
            of: count,
        }
    }
}

/// `out ← a b`, where `a` and `out` are columns of matrices with as many rows.
pub(super) fn product(
    (a, of_a): (&[f32], Columns),
    b: &Panels,
    (out, of_out): (&mut [f32], Columns),
) {
    Arch::new().dispatch(Product {
        a,
        of_a,
        b,
        out,
        of_out,
    });
}

struct Product<'a> {
    a: &'a [f32],
    of_a: Columns,
    b: &'a Panels,
    out: &'a mut [f32],
    of_out: Columns,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // As many sums as there are registers for, beside those for what is read.
        match S::F32_LANES {
            16 => self.blocks::<S, 1, 12>(simd),
            8 => self.blocks::<S, 2, 6>(simd),
            4 => self.blocks::<S, 4, 3>(simd),
            _ => self.blocks::<S, WIDTH, 1>(simd),
        }
    }
}

impl Product<'_> {
    /// The product with panels of so many registers and blocks of so many rows.
    #[inline(always)]
    fn blocks<S: Simd, const REGISTERS: usize, const ROWS: usize>(mut self, simd: S) {
        let rows = self.out.len() / self.of_out.of;
        for start in (0..self.b.rows).step_by(DEPTH) {
            let depth = start..self.b.rows.min(start + DEPTH);
            for (number, panel) in (self.b.numbers)
                .chunks_exact(self.b.rows * WIDTH)
                .enumerate()
            {
                let (panel, _) = S::as_simd_f32s(&panel[depth.start * WIDTH..depth.end * WIDTH]);
                let whole = rows - rows % ROWS;
                for row in (0..whole).step_by(ROWS) {
                    let block = self.rows::<ROWS>(row, &depth);
                    let sums = sums::<S, REGISTERS, ROWS>(simd, block, panel);
                    self.write(simd, (row, number), depth.start > 0, &sums);
                }
                for row in whole..rows {
                    let block = self.rows::<1>(row, &depth);
                    let sums = sums::<S, REGISTERS, 1>(simd, block, panel);
                    self.write(simd, (row, number), depth.start > 0, &sums);
                }
            }
        }
    }

    /// Some rows of the first matrix, at some of its columns.
    #[inline(always)]
    fn rows<const ROWS: usize>(&self, first: usize, depth: &Range<usize>) -> [&[f32]; ROWS] {
        let mut rows = [[].as_slice(); ROWS];
        for (row, place) in rows.iter_mut().zip(first..) {
            let start = place * self.of_a.of + self.of_a.first;
            *row = &self.a[start + depth.start..start + depth.end];
        }
        rows
    }

    /// Writes the sums of some rows with a panel, or adds them to those of the rows of the panel before.
    #[inline(always)]
    fn write<S: Simd, const REGISTERS: usize, const ROWS: usize>(
        &mut self,
        simd: S,
        (first, panel): (usize, usize),
        more: bool,
        sums: &[[S::f32s; REGISTERS]; ROWS],
    ) {
        let column = panel * WIDTH;
        let count = WIDTH.min(self.b.columns - column);
        for (row, sums) in (first..).zip(sums) {
            let start = row * self.of_out.of + self.of_out.first + column;
            let out = &mut self.out[start..start + count];
            if count == WIDTH {
                let (out, _) = S::as_mut_simd_f32s(out);
                for (out, sum) in out.iter_mut().zip(sums) {
                    *out = if more {
                        simd.add_f32s(*out, *sum)
                    } else {
                        *sum
                    };
                }
            } else {
                let mut numbers = [0.0; WIDTH];
                let (lanes, _) = S::as_mut_simd_f32s(&mut numbers);
                lanes.copy_from_slice(sums);
                for (out, sum) in out.iter_mut().zip(numbers) {
                    *out = if more { *out + sum } else { sum };
                }
            }
        }
    }
}

/// The products of some rows with a panel.
#[inline(always)]
fn sums<S: Simd, const REGISTERS: usize, const ROWS: usize>(
    simd: S,
    a: [&[f32]; ROWS],
    panel: &[S::f32s],
) -> [[S::f32s; REGISTERS]; ROWS] {
    let (panel, _) = panel.as_chunks::<REGISTERS>();
    let mut sums = [[simd.splat_f32s(0.0); REGISTERS]; ROWS];
    // Of one length, which the compiler then need not ask about at each number.
    let mut rows = a;
    for row in &mut rows {
        *row = &row[..panel.len()];
    }
    for (depth, panel) in panel.iter().enumerate() {
        for (sums, row) in sums.iter_mut().zip(&rows) {
            let number = simd.splat_f32s(row[depth]);
            for (sum, other) in sums.iter_mut().zip(panel) {
                *sum = simd.mul_add_e_f32s(number, *other, *sum);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::effective::weights::uniform;
    use crate::lab::random::Stream;

    #[test]
    fn products_are_sums_of_products() {
        let sizes = [
            (1, 1, 1),
            (7, 3, 16),
            (13, 300, 17),
            (25, 600, 40),
            (6, 5, 33),
        ];
        for (number, (rows, inner, columns)) in (0..).zip(sizes) {
            let stream = Stream::new(number);
            let (wide, before, after) = (inner + 3, 2, columns + 5);
            let a = uniform(stream, 0, rows * wide, 1.0);
            let b = uniform(stream, 1 << 20, inner * columns, 1.0);
            let mut transposed = vec![0.0; b.len()];
            for (place, x) in b.iter().enumerate() {
                transposed[place % columns * inner + place / columns] = *x;
            }
            let panels = Panels::new(&b, columns);
            assert_eq!(panels, Panels::transposed(&transposed, inner));
            let mut out = vec![7.0; rows * after];
            let of_a = Columns {
                first: before,
                of: wide,
            };
            let of_out = Columns {
                first: 4,
                of: after,
            };
            product((&a, of_a), &panels, (&mut out, of_out));
            for (place, found) in out.iter().enumerate() {
                let (row, column) = (place / after, place % after);
                let Some(column) = column.checked_sub(4).filter(|column| *column < columns) else {
                    assert!(
                        (found - 7.0).abs() < f32::EPSILON,
                        "what lies outside is untouched"
                    );
                    continue;
                };
                let terms = (0..inner).map(|k| {
                    f64::from(a[row * wide + before + k]) * f64::from(b[k * columns + column])
                });
                let (sum, size) =
                    terms.fold((0.0, 1.0), |(sum, size), x| (sum + x, size + x.abs()));
                assert!(
                    (f64::from(*found) - sum).abs() < 1e-6 * size,
                    "{number}: {found}, {sum}"
                );
            }
        }
    }
}
