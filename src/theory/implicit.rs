//! Derivatives of inner minima after what they depend on, by the implicit function theorem.
//!
//! Where `∇_y g(y*, x) = 0`, `dy*/dx = −(∇²_yy g)⁻¹ ∇²_yx g`, however y* was found. With constraints the same holds of the
//! Karush–Kuhn–Tucker system.

use super::linear::Matrix;

/// A rectangular matrix by its rows.
pub type Rows = Vec<Vec<f64>>;

/// A ridge regression as an inner problem: `w* = argmin ½|Aw − y|² + ½λ|w|²`, and the outer value `L = v·w*`.
#[derive(Debug, Clone, PartialEq)]
pub struct Ridge {
    /// A.
    pub inputs: Rows,
    /// y.
    pub targets: Vec<f64>,
    /// v.
    pub outer: Vec<f64>,
    /// λ.
    pub lambda: f64,
}

/// What follows from a ridge regression.
#[derive(Debug, Clone, PartialEq)]
pub struct RidgeSolved {
    /// w*.
    pub weights: Vec<f64>,
    /// L.
    pub value: f64,
    /// dL/dλ.
    pub after_lambda: f64,
    /// dL/dy.
    pub after_targets: Vec<f64>,
    /// dL/dA.
    pub after_inputs: Rows,
    /// The condition number of AᵀA + λ.
    pub condition: f64,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Ridge {
    /// The six-by-four problem of sines, with this λ.
    pub fn of_sines(lambda: f64) -> Self {
        let entry = |row: u8, column: u8| {
            let diagonal = if row == column { 0.5 } else { 0.0 };
            (f64::from(row) + 2.0 * f64::from(column) + 1.0).sin() + diagonal
        };
        Self {
            inputs: (0..6)
                .map(|row| (0..4).map(|column| entry(row, column)).collect())
                .collect(),
            targets: (0..6_u8).map(|row| f64::from(row).cos()).collect(),
            outer: (0..4_u8)
                .map(|column| (f64::from(column) + 0.5).sin())
                .collect(),
            lambda,
        }
    }

    /// `AᵀA + λ`.
    pub fn hessian(&self) -> Matrix {
        Matrix::from(self.outer.len(), |row, column| {
            let sum: f64 = self
                .inputs
                .iter()
                .map(|inputs| inputs[row] * inputs[column])
                .sum();
            sum + if row == column { self.lambda } else { 0.0 }
        })
    }

    /// w*, from the linear system `(AᵀA + λ)·w = Aᵀy`; `None` where it is singular.
    pub fn weights(&self) -> Option<Vec<f64>> {
        let moment: Vec<f64> = (0..self.outer.len())
            .map(|column| {
                let pairs = self.inputs.iter().zip(&self.targets);
                pairs.map(|(row, target)| row[column] * target).sum()
            })
            .collect();
        self.hessian().solve(&moment)
    }

    /// The minimum and its derivatives: with `(AᵀA + λ)·u = v`, `dL/dλ = −u·w*`, `dL/dy = A·u` and
    /// `dL/dA = (y − A·w*)·uᵀ − (A·u)·w*ᵀ`.
    pub fn solved(&self) -> Option<RidgeSolved> {
        let hessian = self.hessian();
        let weights = self.weights()?;
        let adjoint = hessian.solve(&self.outer)?;
        let after_targets: Vec<f64> = self.inputs.iter().map(|row| dot(row, &adjoint)).collect();
        let after_inputs = (self.inputs.iter().zip(&self.targets).zip(&after_targets))
            .map(|((row, target), seen)| {
                let residual = target - dot(row, &weights);
                let pairs = adjoint.iter().zip(&weights);
                pairs.map(|(u, w)| residual * u - seen * w).collect()
            })
            .collect();
        Some(RidgeSolved {
            value: dot(&self.outer, &weights),
            after_lambda: -dot(&adjoint, &weights),
            after_targets,
            after_inputs,
            condition: hessian.condition(),
            weights,
        })
    }

    /// The largest learning rate's inverse, `λ_max` of the Hessian, and what gradient descent with that rate multiplies the
    /// slowest distance by at each step, `1 − λ_min/λ_max`.
    pub fn descent(&self) -> (f64, f64) {
        let (values, _) = self.hessian().symmetric_eigen();
        let most = values.iter().copied().fold(f64::MIN, f64::max);
        let least = values.iter().copied().fold(f64::MAX, f64::min);
        (most, 1.0 - least / most)
    }
}

/// A projection as an inner problem: `y* = argmin ½|x − y|²` subject to `A·y = b`, and the outer value `L = v·y*`.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// A.
    pub inputs: Rows,
    /// b.
    pub bounds: Vec<f64>,
    /// x.
    pub point: Vec<f64>,
    /// v.
    pub outer: Vec<f64>,
}

/// What follows from a projection.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectionSolved {
    /// y*.
    pub nearest: Vec<f64>,
    /// L.
    pub value: f64,
    /// dL/dx.
    pub after_point: Vec<f64>,
    /// dL/db.
    pub after_bounds: Vec<f64>,
    /// dL/dA.
    pub after_inputs: Rows,
    /// The largest entry of A·y* − b.
    pub residual: f64,
    /// The condition number of the system.
    pub condition: f64,
}

impl Projection {
    /// The three-by-six problem of sines. (A matrix of sin(i + j) would have rank 2.)
    pub fn of_sines() -> Self {
        let entry = |row: u8, column: u8| (f64::from(row + 1) * f64::from(column + 1)).sin();
        Self {
            inputs: (0..3)
                .map(|row| (0..6).map(|column| entry(row, column)).collect())
                .collect(),
            bounds: vec![1.0, -0.5, 0.25],
            point: (0..6_u8)
                .map(|column| (1.3 * f64::from(column)).cos())
                .collect(),
            outer: (0..6_u8)
                .map(|column| (f64::from(column) + 0.2).sin())
                .collect(),
        }
    }

    /// The system `[[1, Aᵀ], [A, 0]]` of y and the multipliers.
    fn system(&self) -> Matrix {
        let n = self.point.len();
        Matrix::from(n + self.bounds.len(), |row, column| {
            match (row < n, column < n) {
                (true, true) => f64::from(u8::from(row == column)),
                (true, false) => self.inputs[column - n][row],
                (false, true) => self.inputs[row - n][column],
                (false, false) => 0.0,
            }
        })
    }

    /// The minimum and its derivatives: with multipliers μ and the adjoint system's (p, q), `dL/dx = p`, `dL/db = q` and
    /// `dL/dA = −(μ·pᵀ + q·y*ᵀ)`. `None` where the rows of A depend on each other.
    pub fn solved(&self) -> Option<ProjectionSolved> {
        let system = self.system();
        let n = self.point.len();
        let stacked = |top: &[f64], bottom: &[f64]| [top, bottom].concat();
        let found = system.solve(&stacked(&self.point, &self.bounds))?;
        let (nearest, multipliers) = found.split_at(n);
        let adjoint = system.solve(&stacked(&self.outer, &vec![0.0; self.bounds.len()]))?;
        let (p, q) = adjoint.split_at(n);
        let after_inputs = multipliers
            .iter()
            .zip(q)
            .map(|(mu, q)| {
                let pairs = p.iter().zip(nearest);
                pairs.map(|(p, y)| -(mu * p + q * y)).collect()
            })
            .collect();
        let off = self.inputs.iter().zip(&self.bounds);
        let residual = off.map(|(row, bound)| (dot(row, nearest) - bound).abs());
        Some(ProjectionSolved {
            value: dot(&self.outer, nearest),
            after_point: p.to_vec(),
            after_bounds: q.to_vec(),
            after_inputs,
            residual: residual.fold(0.0, f64::max),
            condition: system.condition(),
            nearest: nearest.to_vec(),
        })
    }
}

/// A strictly convex inner problem of one number: `y* = argmin ½y² + c·cosh y − x·y`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scalar {
    /// x.
    pub x: f64,
    /// c, at least 0.
    pub c: f64,
}

impl Scalar {
    /// The derivative after y, which is 0 at y*.
    pub fn slope(self, y: f64) -> f64 {
        y + self.c * y.sinh() - self.x
    }

    /// y* by halving the interval between 0 and x, in which the slope changes its sign, until it is no longer than
    /// `tolerance`: no descent, nothing but signs. The middle of the last interval, and how often it was halved.
    pub fn bisected(self, tolerance: f64) -> (f64, u32) {
        let (mut low, mut high) = (self.x.min(0.0), self.x.max(0.0));
        let mut halvings = 0;
        // Doubles end at some point: the middle is then one of the ends.
        while high - low > tolerance && halvings < 200 {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                break;
            }
            if self.slope(middle) > 0.0 {
                high = middle;
            } else {
                low = middle;
            }
            halvings += 1;
        }
        (f64::midpoint(low, high), halvings)
    }

    /// `dy*/dx = 1/(1 + c·cosh y*)` and `dy*/dc = −sinh y*/(1 + c·cosh y*)`, at a given y.
    pub fn derivatives(self, y: f64) -> (f64, f64) {
        let curvature = 1.0 + self.c * y.cosh();
        (1.0 / curvature, -y.sinh() / curvature)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bisection_finds_where_the_slope_is_zero(x in -20.0..20.0, c in 0.0..5.0) {
            let inner = Scalar { x, c };
            let (y, _) = inner.bisected(0.0);
            prop_assert!(inner.slope(y).abs() < 1e-12 * (1.0 + x.abs()) * (1.0 + c * y.cosh()));
        }

        #[test]
        fn derivatives_after_lambda_are_differences(lambda in 0.01..5.0) {
            let at = |lambda| Ridge::of_sines(lambda).solved().map(|solved| solved.value);
            let step = 1e-5 * lambda;
            let difference = at(lambda + step).zip(at(lambda - step)).map(|(a, b)| (a - b) / (2.0 * step));
            let exact = Ridge::of_sines(lambda).solved().map(|solved| solved.after_lambda);
            let off = difference.zip(exact).map(|(a, b)| (a - b).abs());
            prop_assert!(off.is_some_and(|off| off < 1e-8 / lambda), "{:?}", off);
        }
    }

    #[test]
    fn a_projection_fulfils_its_constraints() {
        let solved = Projection::of_sines().solved();
        assert!(solved.is_some_and(|solved| solved.residual < 1e-14 && solved.condition < 1e3));
    }

    #[test]
    fn rows_that_depend_on_each_other_have_a_large_condition() {
        let mut dependent = Projection::of_sines();
        let entry = |row: u8, column: u8| (f64::from(row) + 2.0 * f64::from(column)).sin();
        dependent.inputs = (0..3)
            .map(|row| (0..6).map(|column| entry(row, column)).collect())
            .collect();
        let condition = dependent
            .solved()
            .map_or(f64::INFINITY, |solved| solved.condition);
        assert!(condition > 1e12, "{condition}");
    }
}
