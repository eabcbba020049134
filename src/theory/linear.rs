//! Small linear algebra in float64: elimination with a condition number, and the eigenvalues of symmetric matrices.

/// A square matrix, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    size: usize,
    data: Vec<f64>,
}

/// Sweeps of Jacobi's method at most; a dozen are enough for any matrix of this size.
const SWEEPS: usize = 60;

impl Matrix {
    /// From its entries.
    pub fn from(size: usize, entry: impl Fn(usize, usize) -> f64) -> Self {
        let places = (0..size).flat_map(|row| (0..size).map(move |column| (row, column)));
        Self {
            size,
            data: places.map(|(row, column)| entry(row, column)).collect(),
        }
    }

    /// An entry.
    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.data[row * self.size + column]
    }

    /// The solution of `M·x = right` by elimination with partial pivoting; `None` where a pivot is 0.
    pub fn solve(&self, right: &[f64]) -> Option<Vec<f64>> {
        let n = self.size;
        let mut matrix = self.data.clone();
        let mut x = right.to_vec();
        for column in 0..n {
            let size = |row: usize| matrix[row * n + column].abs();
            let pivot = (column..n).max_by(|&a, &b| size(a).total_cmp(&size(b)))?;
            if matrix[pivot * n + column] == 0.0 {
                return None;
            }
            for place in 0..n {
                matrix.swap(column * n + place, pivot * n + place);
            }
            x.swap(column, pivot);
            for row in column + 1..n {
                let factor = matrix[row * n + column] / matrix[column * n + column];
                for place in column..n {
                    matrix[row * n + place] -= factor * matrix[column * n + place];
                }
                x[row] -= factor * x[column];
            }
        }
        for row in (0..n).rev() {
            let known: f64 = (row + 1..n)
                .map(|place| matrix[row * n + place] * x[place])
                .sum();
            x[row] = (x[row] - known) / matrix[row * n + row];
        }
        Some(x)
    }

    /// The condition number in the maximum norm, ‖M‖·‖M⁻¹‖; infinite where M is singular.
    pub fn condition(&self) -> f64 {
        let n = self.size;
        let norm = |matrix: &[f64]| {
            let rows = matrix.chunks(n.max(1));
            rows.map(|row| row.iter().map(|x| x.abs()).sum())
                .fold(0.0, f64::max)
        };
        let mut inverse = vec![0.0; n * n];
        for column in 0..n {
            let mut unit = vec![0.0; n];
            unit[column] = 1.0;
            let Some(solved) = self.solve(&unit) else {
                return f64::INFINITY;
            };
            for (row, x) in solved.into_iter().enumerate() {
                inverse[row * n + column] = x;
            }
        }
        norm(&self.data) * norm(&inverse)
    }

    /// The eigenvalues of a symmetric matrix and, as the columns of the second matrix, its eigenvectors (Jacobi, 1846).
    pub fn symmetric_eigen(&self) -> (Vec<f64>, Matrix) {
        let n = self.size;
        let mut a = self.clone();
        let mut vectors = Matrix::from(n, |row, column| f64::from(u8::from(row == column)));
        for _ in 0..SWEEPS {
            let off: f64 = (0..n)
                .flat_map(|row| (0..row).map(move |column| (row, column)))
                .map(|(row, column)| a.at(row, column).powi(2))
                .sum();
            let size: f64 = a.data.iter().map(|x| x * x).sum();
            if off <= 1e-32 * size {
                break;
            }
            for p in 0..n {
                for q in p + 1..n {
                    rotate(&mut a, &mut vectors, p, q);
                }
            }
        }
        ((0..n).map(|i| a.at(i, i)).collect(), vectors)
    }
}

/// Turns the axes p and q so that the entry between them becomes 0.
fn rotate(a: &mut Matrix, vectors: &mut Matrix, p: usize, q: usize) {
    let order = a.size;
    let off = a.at(p, q);
    if off == 0.0 {
        return;
    }
    let slope = (a.at(q, q) - a.at(p, p)) / (2.0 * off);
    let tangent = slope.signum() / (slope.abs() + slope.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    let turn = |data: &mut [f64], at_p: usize, at_q: usize| {
        let old = (data[at_p], data[at_q]);
        data[at_p] = cosine * old.0 - sine * old.1;
        data[at_q] = sine * old.0 + cosine * old.1;
    };
    for i in 0..order {
        turn(&mut a.data, i * order + p, i * order + q);
    }
    for i in 0..order {
        turn(&mut a.data, p * order + i, q * order + i);
        turn(&mut vectors.data, i * order + p, i * order + q);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn symmetric(entries: &[f64]) -> Matrix {
        Matrix::from(5, |row, column| {
            entries[row.max(column) * 5 + row.min(column)]
        })
    }

    proptest! {
        #[test]
        fn what_is_solved_fits(entries in proptest::collection::vec(-1.0..1.0, 25)) {
            let matrix = Matrix::from(5, |row, column| entries[row * 5 + column] + 3.0 * f64::from(u8::from(row == column)));
            let right = [1.0, -2.0, 0.5, 0.0, 3.0];
            let x = matrix.solve(&right).ok_or_else(|| TestCaseError::fail("singular"))?;
            for (row, right) in right.iter().enumerate() {
                let left: f64 = (0..5).map(|column| matrix.at(row, column) * x[column]).sum();
                prop_assert!((left - right).abs() < 1e-10);
            }
        }

        #[test]
        fn eigenvectors_are_stretched_by_eigenvalues(entries in proptest::collection::vec(-1.0..1.0, 25)) {
            let matrix = symmetric(&entries);
            let (values, vectors) = matrix.symmetric_eigen();
            for (which, value) in values.iter().enumerate() {
                for row in 0..5 {
                    let stretched: f64 = (0..5).map(|place| matrix.at(row, place) * vectors.at(place, which)).sum();
                    prop_assert!((stretched - value * vectors.at(row, which)).abs() < 1e-10);
                }
            }
        }
    }

    #[test]
    fn what_is_singular_is_not_solved() {
        let singular = Matrix::from(2, |_, _| 1.0);
        assert_eq!(singular.solve(&[1.0, 2.0]), None);
        assert!(singular.condition().is_infinite());
        let unit = Matrix::from(3, |row, column| f64::from(u8::from(row == column)));
        assert!((unit.condition() - 1.0).abs() < 1e-15);
    }
}
