//! Arithmetic on plain arrays: distances, ratios, sums over axes.

use crate::lab::Array;

/// The largest absolute entry; 0 for an empty array, infinite where an entry is not a number.
pub(super) fn largest(array: &Array) -> f64 {
    let worst = |worst: f64, x: &f64| {
        if x.is_nan() {
            f64::INFINITY
        } else {
            worst.max(x.abs())
        }
    };
    array.data.iter().fold(0.0, worst)
}

/// Whether every entry is a number.
pub(super) fn is_finite(array: &Array) -> bool {
    array.data.iter().all(|x| x.is_finite())
}

/// The square root of the sum of squares.
pub(super) fn norm(array: &Array) -> f64 {
    array.data.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The entry where two arrays of one shape differ most, and by how much; `None` where the shapes differ.
pub(super) fn worst(a: &Array, b: &Array) -> Option<(usize, f64)> {
    if a.dims != b.dims {
        return None;
    }
    let distances = a.data.iter().zip(&b.data).map(|(a, b)| {
        let distance = (a - b).abs();
        if distance.is_nan() {
            f64::INFINITY
        } else {
            distance
        }
    });
    let largest =
        distances
            .enumerate()
            .fold(None, |worst: Option<(usize, f64)>, next| match worst {
                Some(worst) if worst.1 >= next.1 => Some(worst),
                _ => Some(next),
            });
    Some(largest.unwrap_or((0, 0.0)))
}

/// Whether two arrays have one shape and no entry further apart than this.
pub(super) fn near(a: &Array, b: &Array, allowed: f64) -> bool {
    worst(a, b).is_some_and(|(_, distance)| distance <= allowed)
}

/// `a + c·b`.
pub(super) fn plus(a: &Array, c: f64, b: &Array) -> Array {
    let data = a.data.iter().zip(&b.data).map(|(a, b)| a + c * b);
    Array::new(&a.dims, data.collect())
}

/// The factor c for which `a` is nearest to `c·b`, over several pairs; `None` where every `b` is 0.
pub(super) fn ratio(pairs: &[(&Array, &Array)]) -> Option<f64> {
    let sum = |f: fn(f64, f64) -> f64| -> f64 {
        let terms = pairs.iter().flat_map(|(a, b)| a.data.iter().zip(&b.data));
        terms.map(|(a, b)| f(*a, *b)).sum()
    };
    let square = sum(|_, b| b * b);
    let ratio = sum(|a, b| a * b) / square;
    (square > 0.0 && ratio.is_finite()).then_some(ratio)
}

/// The same numbers with the axes in another order.
pub(super) fn permuted(array: &Array, order: &[usize]) -> Array {
    let dims: Vec<usize> = order.iter().map(|&axis| array.dims[axis]).collect();
    let strides = strides(&array.dims);
    let mut to = Array::new(&dims, Vec::with_capacity(array.data.len()));
    for number in 0..array.data.len() {
        let place = to.place(number);
        let from: usize = place
            .iter()
            .zip(order)
            .map(|(at, &axis)| at * strides[axis])
            .sum();
        to.data.push(array.data[from]);
    }
    to
}

/// The same numbers with an axis backwards.
pub(super) fn flipped(array: &Array, axis: usize) -> Array {
    let strides = strides(&array.dims);
    let from = |number: usize| {
        let at = array.place(number)[axis];
        number + (array.dims[axis] - 1 - at) * strides[axis] - at * strides[axis]
    };
    let data = (0..array.data.len()).map(|number| array.data[from(number)]);
    Array::new(&array.dims, data.collect())
}

/// Summed over the axes that are marked, which are dropped, or kept at size 1.
pub(super) fn summed(array: &Array, over: &[bool], keep: bool) -> Array {
    let kept: Vec<usize> = array
        .dims
        .iter()
        .zip(over)
        .map(|(&n, &over)| if over { 1 } else { n })
        .collect();
    let strides = strides(&kept);
    let mut sums = vec![0.0; kept.iter().product()];
    for (number, x) in array.data.iter().enumerate() {
        let place = array.place(number);
        let axes = place.iter().zip(over).zip(&strides);
        let to: usize = axes
            .map(|((at, &over), stride)| if over { 0 } else { at * stride })
            .sum();
        sums[to] += x;
    }
    let dims: Vec<usize> = kept
        .iter()
        .zip(over)
        .filter(|&(_, &over)| keep || !over)
        .map(|(&n, _)| n)
        .collect();
    Array::new(&dims, sums)
}

/// Every choice of at least one axis out of so many; none where there are too many to try.
pub(super) fn choices(axes: usize) -> Vec<Vec<bool>> {
    if axes > 6 {
        return Vec::new();
    }
    (1_usize..1 << axes)
        .map(|choice| (0..axes).map(|axis| choice >> axis & 1 == 1).collect())
        .collect()
}

/// Every order of so many axes but the given one; only those of the last two where there are many.
pub(super) fn orders(axes: usize) -> Vec<Vec<usize>> {
    let mut orders: Vec<Vec<usize>> = vec![Vec::new()];
    if axes > 4 {
        let mut order: Vec<usize> = (0..axes).collect();
        order.swap(axes - 2, axes - 1);
        return vec![order];
    }
    for axis in 0..axes {
        orders = orders
            .iter()
            .flat_map(|order| {
                (0..=axis).map(move |at| {
                    let mut longer = order.clone();
                    longer.insert(at, axis);
                    longer
                })
            })
            .collect();
    }
    orders.retain(|order| !order.is_sorted());
    orders
}

fn strides(dims: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; dims.len()];
    for axis in (1..dims.len()).rev() {
        strides[axis - 1] = strides[axis] * dims[axis];
    }
    strides
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix() -> Array {
        Array::new(&[2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    }

    #[test]
    fn axes_are_exchanged_and_summed() {
        let turned = permuted(&matrix(), &[1, 0]);
        assert_eq!(
            turned,
            Array::new(&[3, 2], vec![1.0, 4.0, 2.0, 5.0, 3.0, 6.0])
        );
        let rows = summed(&matrix(), &[false, true], false);
        assert_eq!(rows, Array::new(&[2], vec![6.0, 15.0]));
        let columns = summed(&matrix(), &[true, false], true);
        let back = Array::new(&[2, 3], vec![3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
        assert_eq!(flipped(&matrix(), 1), back);
        assert_eq!(columns, Array::new(&[1, 3], vec![5.0, 7.0, 9.0]));
    }

    #[test]
    fn choices_and_orders_are_all_there() {
        assert_eq!(choices(2).len(), 3);
        assert_eq!(orders(3).len(), 5);
        assert_eq!(orders(5).len(), 1);
        assert!(orders(1).is_empty());
    }

    #[test]
    fn what_is_no_number_is_far_from_everything() {
        let mut broken = matrix();
        broken.data[4] = f64::NAN;
        assert_eq!(worst(&matrix(), &broken), Some((4, f64::INFINITY)));
        assert!(!near(&broken, &broken, 1.0));
    }
}
