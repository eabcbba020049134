//! Inverses and determinants by elimination with partial pivoting, in float64 on the CPU.

use candle_core::{DType, Device, Result, Tensor};

/// The inverses of square matrices, the last two axes. A singular one has no inverse: its entries are not finite.
pub(super) fn inverse(x: &Tensor) -> Result<Tensor> {
    each_matrix(x, x.dims(), |matrix, n| {
        let mut inverse = vec![0.0; n * n];
        for i in 0..n {
            inverse[i * n + i] = 1.0;
        }
        eliminate(matrix, n, Some(&mut inverse));
        inverse
    })
}

/// The determinants of square matrices, the last two axes.
pub(super) fn determinant(x: &Tensor) -> Result<Tensor> {
    let dims = &x.dims()[..x.rank() - 2];
    each_matrix(x, dims, |matrix, n| vec![eliminate(matrix, n, None)])
}

fn each_matrix(
    x: &Tensor,
    dims: &[usize],
    work: impl Fn(&mut [f64], usize) -> Vec<f64>,
) -> Result<Tensor> {
    let n = x.dims()[x.rank() - 1];
    let here = x.to_dtype(DType::F64)?.to_device(&Device::Cpu)?;
    let mut data = here.flatten_all()?.to_vec1::<f64>()?;
    let results: Vec<f64> = if n == 0 {
        vec![1.0; dims.iter().product()]
    } else {
        data.chunks_mut(n * n)
            .flat_map(|matrix| work(matrix, n))
            .collect()
    };
    Tensor::from_vec(results, dims, &Device::Cpu)?
        .to_dtype(x.dtype())?
        .to_device(x.device())
}

/// Gauss–Jordan elimination: the matrix becomes the identity, `other` is multiplied by its inverse; the determinant.
fn eliminate(matrix: &mut [f64], n: usize, mut other: Option<&mut Vec<f64>>) -> f64 {
    let mut determinant = 1.0;
    for column in 0..n {
        let size = |row: usize| matrix[row * n + column].abs();
        let pivot = (column..n)
            .max_by(|&a, &b| size(a).total_cmp(&size(b)))
            .unwrap_or(column);
        if pivot != column {
            determinant = -determinant;
            swap_rows(matrix, n, pivot, column);
            if let Some(other) = other.as_deref_mut() {
                swap_rows(other, n, pivot, column);
            }
        }
        let value = matrix[column * n + column];
        determinant *= value;
        for row in 0..n {
            let factor = matrix[row * n + column] / value;
            if row == column || factor == 0.0 {
                continue;
            }
            subtract_row(matrix, n, row, column, factor);
            if let Some(other) = other.as_deref_mut() {
                subtract_row(other, n, row, column, factor);
            }
        }
    }
    if let Some(other) = other {
        for row in 0..n {
            let value = matrix[row * n + row];
            for entry in &mut other[row * n..(row + 1) * n] {
                *entry /= value;
            }
        }
    }
    determinant
}

fn swap_rows(matrix: &mut [f64], n: usize, a: usize, b: usize) {
    for column in 0..n {
        matrix.swap(a * n + column, b * n + column);
    }
}

fn subtract_row(matrix: &mut [f64], n: usize, row: usize, from: usize, factor: f64) {
    for column in 0..n {
        matrix[row * n + column] -= factor * matrix[from * n + column];
    }
}
