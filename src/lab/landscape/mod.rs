//! Functions of one or two numbers to go down on, each written twice: in plain arithmetic, and as operations on
//! [`Value`]s, whose reverse mode the plain derivatives are held against.

mod walk;

pub use walk::{Goal, Method, Walk, walk};

use super::value::{Order, Proven, gradients};
use super::{Array, LabError, Value};

/// A point; a function of one number reads the first entry only.
pub type Point = [f64; 2];

/// A function to go down on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Landscape {
    /// `(x² + κy²)/2`: a ravine along x whose condition number is κ.
    Ravine {
        /// κ, at least 1.
        kappa: f64,
    },
    /// `(1 − x)² + 100(y − x²)²` (Rosenbrock, 1960): a bent ravine.
    Rosenbrock,
    /// `x⁴/4 − x²/2 + tilt·x`: two minima and a maximum between them, where the tilt is small.
    DoubleWell {
        /// How much the left minimum lies lower than the right one, in slope.
        tilt: f64,
    },
    /// `x²/2 + tilt·x`: one minimum, at −tilt.
    Bowl {
        /// The slope at 0.
        tilt: f64,
    },
    /// `y² − x²`: a saddle at 0 and no minimum.
    Saddle,
}

/// Value, gradient and Hessian at a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Local {
    /// The function's value.
    pub value: f64,
    /// Its gradient.
    pub gradient: Point,
    /// Its second derivatives, row by row.
    pub hessian: [Point; 2],
}

/// What a point is to a function, by the signs of its curvatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The gradient is 0 and every curvature positive.
    Minimum,
    /// The gradient is 0 and every curvature negative.
    Maximum,
    /// The gradient is 0 and there are curvatures of both signs.
    Saddle,
    /// The gradient is not 0, or a curvature is.
    Elsewhere,
}

/// Gradients below this are taken for 0.
const FLAT: f64 = 1e-5;

impl Landscape {
    /// How many numbers it is a function of.
    pub fn dims(self) -> usize {
        match self {
            Self::DoubleWell { .. } | Self::Bowl { .. } => 1,
            Self::Ravine { .. } | Self::Rosenbrock | Self::Saddle => 2,
        }
    }

    /// Its value, in plain arithmetic.
    pub fn value(self, [x, y]: Point) -> f64 {
        match self {
            Self::Ravine { kappa } => f64::midpoint(x * x, kappa * y * y),
            Self::Rosenbrock => (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2),
            Self::DoubleWell { tilt } => x.powi(4) / 4.0 - x * x / 2.0 + tilt * x,
            Self::Bowl { tilt } => x * x / 2.0 + tilt * x,
            Self::Saddle => y * y - x * x,
        }
    }

    /// Its gradient, in plain arithmetic.
    pub fn gradient(self, [x, y]: Point) -> Point {
        match self {
            Self::Ravine { kappa } => [x, kappa * y],
            Self::Rosenbrock => {
                let off = y - x * x;
                [-2.0 * (1.0 - x) - 400.0 * x * off, 200.0 * off]
            }
            Self::DoubleWell { tilt } => [x * x * x - x + tilt, 0.0],
            Self::Bowl { tilt } => [x + tilt, 0.0],
            Self::Saddle => [-2.0 * x, 2.0 * y],
        }
    }

    /// Its second derivatives, in plain arithmetic; a second number that it does not read has the curvature 1.
    pub fn hessian(self, [x, y]: Point) -> [Point; 2] {
        match self {
            Self::Ravine { kappa } => [[1.0, 0.0], [0.0, kappa]],
            Self::Rosenbrock => {
                let mixed = -400.0 * x;
                [[2.0 - 400.0 * (y - 3.0 * x * x), mixed], [mixed, 200.0]]
            }
            Self::DoubleWell { .. } => [[3.0 * x * x - 1.0, 0.0], [0.0, 1.0]],
            Self::Bowl { .. } => [[1.0, 0.0], [0.0, 1.0]],
            Self::Saddle => [[-2.0, 0.0], [0.0, 2.0]],
        }
    }

    /// Its value as operations on a leaf of [`Self::dims`] numbers.
    fn on_values(self, point: &Value) -> Result<Value, LabError> {
        let x = point.slice(0, 0, 1, 1)?;
        let square = x.mul(&x)?;
        match self {
            Self::Ravine { kappa } => {
                let y = point.slice(0, 1, 1, 1)?;
                square
                    .add(&y.mul(&y)?.affine(kappa, 0.0)?)?
                    .affine(0.5, 0.0)
            }
            Self::Rosenbrock => {
                let y = point.slice(0, 1, 1, 1)?;
                let off = y.sub(&square)?;
                let short = x.affine(-1.0, 1.0)?;
                short.mul(&short)?.add(&off.mul(&off)?.affine(100.0, 0.0)?)
            }
            Self::DoubleWell { tilt } => square
                .mul(&square)?
                .affine(0.25, 0.0)?
                .sub(&square.affine(0.5, 0.0)?)?
                .add(&x.affine(tilt, 0.0)?),
            Self::Bowl { tilt } => square.affine(0.5, 0.0)?.add(&x.affine(tilt, 0.0)?),
            Self::Saddle => {
                let y = point.slice(0, 1, 1, 1)?;
                y.mul(&y)?.sub(&square)
            }
        }
    }

    /// Value, gradient and Hessian by plain arithmetic.
    pub fn plain(self, point: Point) -> Local {
        Local {
            value: self.value(point),
            gradient: self.gradient(point),
            hessian: self.hessian(point),
        }
    }

    /// Value, gradient and Hessian by reverse mode, and reverse mode over its result.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn by_reverse_mode(self, point: Point) -> Result<Local, LabError> {
        let dims = self.dims();
        let leaf = Value::leaf(Array::new(&[dims], point[..dims].to_vec()).to_tensor()?);
        let value = self.on_values(&leaf)?;
        let gradient = derivative(&value, &leaf, Order::Higher)?;
        let mut local = Local {
            value: Array::from_tensor(value.tensor())?.data[0],
            gradient: [0.0; 2],
            hessian: [[1.0, 0.0], [0.0, 1.0]],
        };
        let numbers = Array::from_tensor(gradient.tensor())?.data;
        local.gradient[..dims].copy_from_slice(&numbers);
        for row in 0..dims {
            let entry = gradient.slice(0, row, 1, 1)?;
            let second = derivative(&entry, &leaf, Order::First)?;
            let numbers = Array::from_tensor(second.tensor())?.data;
            local.hessian[row][..dims].copy_from_slice(&numbers);
        }
        Ok(local)
    }

    /// The largest relative difference between the plain derivatives and those by reverse mode, over these points.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn disagreement(self, points: &[Point]) -> Result<f64, LabError> {
        let mut worst = 0.0_f64;
        for point in points {
            let (plain, reverse) = (self.plain(*point), self.by_reverse_mode(*point)?);
            worst = worst.max(plain.apart(&reverse));
        }
        Ok(worst)
    }

    /// What a point is to the function.
    pub fn place(self, point: Point) -> Place {
        let Local {
            gradient, hessian, ..
        } = self.plain(point);
        if !gradient.iter().all(|slope| slope.abs() <= FLAT) {
            return Place::Elsewhere;
        }
        let [[a, b], [_, d]] = hessian;
        let curvatures = if self.dims() == 1 {
            [a, a]
        } else {
            let (middle, half) = (f64::midpoint(a, d), ((a - d) / 2.0).hypot(b));
            [middle - half, middle + half]
        };
        match curvatures.map(|curvature| curvature.partial_cmp(&0.0)) {
            [Some(std::cmp::Ordering::Greater), _] => Place::Minimum,
            [_, Some(std::cmp::Ordering::Less)] => Place::Maximum,
            [
                Some(std::cmp::Ordering::Less),
                Some(std::cmp::Ordering::Greater),
            ] => Place::Saddle,
            _ => Place::Elsewhere,
        }
    }
}

impl Place {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Minimum => "minimum",
            Self::Maximum => "maximum",
            Self::Saddle => "saddle",
            Self::Elsewhere => "none of these",
        }
    }
}

impl Local {
    /// The largest difference of any number, as a share of the largest number of its kind (or of 1).
    fn apart(&self, other: &Self) -> f64 {
        let share = |own: &[f64], other: &[f64]| {
            let size = own.iter().fold(1.0_f64, |size, x| size.max(x.abs()));
            let pairs = own.iter().zip(other);
            pairs.fold(0.0_f64, |worst, (a, b)| worst.max((a - b).abs() / size))
        };
        share(&[self.value], &[other.value])
            .max(share(&self.gradient, &other.gradient))
            .max(share(
                self.hessian.as_flattened(),
                other.hessian.as_flattened(),
            ))
    }
}

/// The gradient of a single number after a leaf.
fn derivative(of: &Value, leaf: &Value, order: Order) -> Result<Value, LabError> {
    let one = Value::constant(Array::new(of.dims(), vec![1.0]).to_tensor()?);
    let found = gradients(
        &[(of.clone(), one)],
        std::slice::from_ref(leaf),
        order,
        &Proven,
    )?;
    found
        .into_iter()
        .next()
        .flatten()
        .ok_or_else(|| LabError::NoGradient {
            operation: "slice",
            message: "nothing leads back".to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Landscape; 5] = [
        Landscape::Ravine { kappa: 37.0 },
        Landscape::Rosenbrock,
        Landscape::DoubleWell { tilt: 0.2 },
        Landscape::Bowl { tilt: -0.3 },
        Landscape::Saddle,
    ];

    proptest! {
        #[test]
        fn plain_derivatives_are_those_of_reverse_mode(x in -3.0..3.0, y in -3.0..3.0) {
            for landscape in ALL {
                let apart = landscape.disagreement(&[[x, y]]);
                prop_assert!(matches!(apart, Ok(apart) if apart < 1e-13), "{landscape:?}: {apart:?}");
            }
        }
    }

    #[test]
    fn a_wrong_derivative_would_be_seen() -> Result<(), LabError> {
        let right = Landscape::Rosenbrock.by_reverse_mode([0.5, -0.5])?;
        let mut wrong = right;
        wrong.hessian[0][1] *= 1.01;
        assert!(right.apart(&wrong) > 1e-3);
        Ok(())
    }

    #[test]
    fn places_are_told_by_their_curvatures() {
        let well = Landscape::DoubleWell { tilt: 0.0 };
        assert_eq!(well.place([1.0, 0.0]), Place::Minimum);
        assert_eq!(well.place([0.0, 0.0]), Place::Maximum);
        assert_eq!(well.place([0.5, 0.0]), Place::Elsewhere);
        assert_eq!(well.place([f64::NAN, 0.0]), Place::Elsewhere);
        assert_eq!(Landscape::Saddle.place([0.0, 0.0]), Place::Saddle);
        assert_eq!(Landscape::Rosenbrock.place([1.0, 1.0]), Place::Minimum);
    }
}
