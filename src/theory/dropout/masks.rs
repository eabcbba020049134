//! Every mask of a few units, one after another: the expectation by its definition.

use super::moments::Moments;

/// With more units than this their masks are too many to go through.
pub const MOST_UNITS: usize = 20;

/// A sum that keeps what rounding takes from it (Neumaier).
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, number: f64) {
        let sum = self.sum + number;
        self.lost += if self.sum.abs() >= number.abs() {
            (self.sum - sum) + number
        } else {
            (number - sum) + self.sum
        };
        self.sum = sum;
    }

    fn total(self) -> f64 {
        self.sum + self.lost
    }
}

/// The moments of φ(Σ mᵢ·kept[i]) over all masks m, each entry 1 with probability `q`. `None` with more than
/// [`MOST_UNITS`] units.
pub fn of_sum(kept: &[f64], q: f64, of: impl Fn(f64) -> f64) -> Option<Moments> {
    if kept.len() > MOST_UNITS {
        return None;
    }
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut mean = Sum::default();
    visit(kept, q, 0.0, 1.0, &mut |sum, weight| {
        let value = of(sum);
        mean.add(weight * value);
        low = low.min(value);
        high = high.max(value);
    });
    let mean = mean.total();
    let (mut variance, mut fourth) = (Sum::default(), Sum::default());
    visit(kept, q, 0.0, 1.0, &mut |sum, weight| {
        let square = (of(sum) - mean).powi(2);
        variance.add(weight * square);
        fourth.add(weight * square.powi(2));
    });
    Some(Moments {
        mean,
        variance: variance.total(),
        fourth: fourth.total(),
        low,
        high,
    })
}

/// Every mask of the units that are left: the sum so far and its probability. At most twenty deep.
fn visit(kept: &[f64], q: f64, sum: f64, weight: f64, found: &mut impl FnMut(f64, f64)) {
    match kept {
        [] => found(sum, weight),
        [first, rest @ ..] => {
            if q > 0.0 {
                visit(rest, q, sum + first, weight * q, found);
            }
            if q < 1.0 {
                visit(rest, q, sum, weight * (1.0 - q), found);
            }
        }
    }
}

/// Mean and variance of every unit's mᵢ·kept[i] over all masks of all units. `None` with more than [`MOST_UNITS`].
pub fn of_units(kept: &[f64], q: f64) -> Option<Vec<(f64, f64)>> {
    if kept.len() > MOST_UNITS {
        return None;
    }
    let ones = i32::try_from(kept.len()).ok()?;
    let weights: Vec<f64> = (0..=ones)
        .map(|count| q.powi(count) * (1.0 - q).powi(ones - count))
        .collect();
    let average = |of: &dyn Fn(usize, f64) -> f64| -> Vec<f64> {
        let mut sums = vec![Sum::default(); kept.len()];
        for mask in 0_u32..1 << kept.len() {
            let weight = weights[mask.count_ones() as usize];
            for (unit, sum) in sums.iter_mut().enumerate() {
                let value = if mask >> unit & 1 == 1 {
                    kept[unit]
                } else {
                    0.0
                };
                sum.add(weight * of(unit, value));
            }
        }
        sums.into_iter().map(Sum::total).collect()
    };
    let means = average(&|_, value| value);
    let variances = average(&|unit, value| (value - means[unit]).powi(2));
    Some(means.into_iter().zip(variances).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_units_by_every_mask_are_as_the_formula_says() {
        let kept: Vec<f64> = (1..=20).map(|unit| f64::from(unit) - 7.5).collect();
        for q in [0.0, 0.3, 0.5, 1.0] {
            let parts: Vec<Moments> = kept
                .iter()
                .map(|value| Moments::two_values(*value, 0.0, q))
                .collect();
            let formula = Moments::sum(&parts);
            let masks = of_sum(&kept, q, |sum| sum).expect("twenty units");
            for (formula, masks) in [
                (formula.mean, masks.mean),
                (formula.variance, masks.variance),
                (formula.fourth, masks.fourth),
                (formula.low, masks.low),
                (formula.high, masks.high),
            ] {
                assert!((formula - masks).abs() <= 1e-12 * formula.abs().max(1.0));
            }
        }
        assert!(of_sum(&[1.0; 21], 0.5, |sum| sum).is_none());
        assert!(of_units(&[1.0; 21], 0.5).is_none());
    }

    #[test]
    fn every_unit_by_every_mask_of_all() {
        let kept = [2.0, -4.0, 1.0, 6.0];
        let found = of_units(&kept, 0.5).expect("four units");
        let means: Vec<f64> = found.iter().map(|unit| unit.0).collect();
        let variances: Vec<f64> = found.iter().map(|unit| unit.1).collect();
        assert_eq!(means, [1.0, -2.0, 0.5, 3.0]);
        assert_eq!(variances, [1.0, 4.0, 0.25, 9.0]);
    }
}
