//! What a weak test would have seen: G all ones, some of the inputs, shapes as PyTorch forgives them.

use super::case::Case;
use super::numbers::{is_finite, summed};
use crate::lab::{Array, LabError};
use crate::torch::study::Given;

/// `torch.allclose`'s tolerances.
const RELATIVE: f64 = 1e-5;
const ABSOLUTE: f64 = 1e-8;

/// Whether a test with G all ones and these inputs alone passes, compared as PyTorch compares after its own summing.
///
/// # Errors
/// If a claim does not fit its own inputs.
pub(super) fn passes(cases: &[Case], inputs: &[usize]) -> Result<bool, LabError> {
    for case in cases {
        for &input in inputs {
            let Some(claim) = case.claim(input) else {
                continue;
            };
            let truth = case.truth(input, true)?;
            let given = match &claim.given {
                Given::Gradient(_) => case.given(&claim.given, true)?,
                Given::Absent | Given::Failed(_) => None,
            };
            let given = given.and_then(|given| expandable(&given, &truth.dims));
            if !given.is_some_and(|given| all_close(&given, &truth)) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// A gradient as autograd takes it: summed to the leaf's shape where that can be expanded to the gradient's.
fn expandable(given: &Array, needed: &[usize]) -> Option<Array> {
    let more = given.dims.len().checked_sub(needed.len())?;
    let aligned = given.dims[more..].iter().zip(needed);
    if aligned.clone().any(|(&n, &m)| n != m && m != 1) {
        return None;
    }
    let mut over = vec![true; more];
    over.extend(aligned.map(|(&n, &m)| m == 1 && n != 1));
    let mut sums = summed(given, &over, true);
    sums.dims = needed.to_vec();
    Some(sums)
}

fn all_close(given: &Array, truth: &Array) -> bool {
    let close = |(a, b): (&f64, &f64)| (a - b).abs() <= ABSOLUTE + RELATIVE * b.abs();
    is_finite(given) && given.data.iter().zip(&truth.data).all(close)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn autograd_sums_what_can_be_expanded_and_refuses_the_rest() {
        let wide = Array::new(&[3, 2], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(
            expandable(&wide, &[2]),
            Some(Array::new(&[2], vec![9.0, 12.0]))
        );
        assert_eq!(
            expandable(&wide, &[3, 1]),
            Some(Array::new(&[3, 1], vec![3.0, 7.0, 11.0]))
        );
        assert_eq!(expandable(&wide, &[3]), None);
        assert_eq!(expandable(&wide, &[2, 3]), None);
        assert_eq!(expandable(&Array::new(&[], vec![1.0]), &[1]), None);
    }
}
