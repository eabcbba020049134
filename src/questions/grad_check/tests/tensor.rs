//! Tensors with operators, to write functions and claims as on paper.

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::lab::ops::{Op, Unary};
use crate::lab::{Array, LabError, Value};

/// A value of a test; what does not go together is a fault of the test.
#[derive(Clone)]
pub(super) struct T(pub(super) Value);

fn ok(value: Result<Value, LabError>) -> T {
    T(value.expect("the test's tensors go together"))
}

macro_rules! operator {
    ($trait:ident, $name:ident, $method:ident, |$x:ident, $c:ident| $number:expr) => {
        impl $trait<T> for T {
            type Output = T;
            fn $name(self, other: T) -> T {
                ok(self.0.$method(&other.0))
            }
        }
        impl $trait<&T> for &T {
            type Output = T;
            fn $name(self, other: &T) -> T {
                ok(self.0.$method(&other.0))
            }
        }
        impl $trait<&T> for T {
            type Output = T;
            fn $name(self, other: &T) -> T {
                ok(self.0.$method(&other.0))
            }
        }
        impl $trait<T> for &T {
            type Output = T;
            fn $name(self, other: T) -> T {
                ok(self.0.$method(&other.0))
            }
        }
        impl $trait<f64> for T {
            type Output = T;
            fn $name(self, $c: f64) -> T {
                let $x = &self.0;
                ok($number)
            }
        }
        impl $trait<f64> for &T {
            type Output = T;
            fn $name(self, $c: f64) -> T {
                let $x = &self.0;
                ok($number)
            }
        }
    };
}

operator!(Add, add, add, |x, c| x.affine(1.0, c));
operator!(Sub, sub, sub, |x, c| x.affine(1.0, -c));
operator!(Mul, mul, mul, |x, c| x.affine(c, 0.0));
operator!(Div, div, div, |x, c| x.affine(1.0 / c, 0.0));

impl Neg for T {
    type Output = T;
    fn neg(self) -> T {
        ok(self.0.affine(-1.0, 0.0))
    }
}

impl Neg for &T {
    type Output = T;
    fn neg(self) -> T {
        ok(self.0.affine(-1.0, 0.0))
    }
}

impl T {
    /// A constant.
    pub(super) fn constant(dims: &[usize], data: &[f64]) -> T {
        let tensor = Array::new(dims, data.to_vec()).to_tensor();
        T(Value::constant(tensor.expect("a constant is a tensor")))
    }

    pub(super) fn op(&self, op: Op) -> T {
        ok(Value::apply(op, &[&self.0]))
    }

    pub(super) fn f(&self, function: Unary) -> T {
        ok(self.0.unary(function))
    }

    /// The matrix product.
    pub(super) fn mm(&self, other: &T) -> T {
        ok(self.0.matmul(&other.0))
    }

    /// The last two axes exchanged.
    pub(super) fn t(&self) -> T {
        ok(self.0.transposed())
    }

    pub(super) fn pow(&self, exponent: f64) -> T {
        ok(self.0.power(exponent))
    }

    /// The sum over axes, which go.
    pub(super) fn sum(&self, axes: &[usize]) -> T {
        ok(self.0.sum(axes, false))
    }

    /// The sum over axes, which stay at size 1.
    pub(super) fn sums(&self, axes: &[usize]) -> T {
        ok(self.0.sum(axes, true))
    }

    /// The sum of all.
    pub(super) fn total(&self) -> T {
        let axes: Vec<usize> = (0..self.0.dims().len()).collect();
        self.sum(&axes)
    }

    /// The mean of all.
    pub(super) fn mean(&self) -> T {
        self.total() / self.count()
    }

    /// The mean along an axis, which stays at size 1.
    pub(super) fn means(&self, axis: usize) -> T {
        #[expect(clippy::cast_precision_loss, reason = "a size")]
        let n = self.0.dims()[axis] as f64;
        self.sums(&[axis]) / n
    }

    #[expect(clippy::cast_precision_loss, reason = "a size")]
    pub(super) fn count(&self) -> f64 {
        self.0.dims().iter().product::<usize>() as f64
    }

    pub(super) fn softmax(&self, axis: usize) -> T {
        self.op(Op::Softmax(axis))
    }

    pub(super) fn reshape(&self, dims: &[usize]) -> T {
        ok(self.0.reshape(dims))
    }

    pub(super) fn expand(&self, dims: &[usize]) -> T {
        ok(self.0.broadcast(dims))
    }

    pub(super) fn slice(&self, axis: usize, start: usize, count: usize) -> T {
        ok(self.0.slice(axis, start, 1, count))
    }

    pub(super) fn with(&self, op: Op, other: &T) -> T {
        ok(Value::apply(op, &[&self.0, &other.0]))
    }

    pub(super) fn tanh(&self) -> T {
        self.f(Unary::Tanh)
    }

    pub(super) fn sigmoid(&self) -> T {
        self.f(Unary::Sigmoid)
    }

    pub(super) fn exp(&self) -> T {
        self.f(Unary::Exp)
    }

    pub(super) fn log(&self) -> T {
        self.f(Unary::Log)
    }

    pub(super) fn sqrt(&self) -> T {
        self.f(Unary::Sqrt)
    }

    pub(super) fn square(&self) -> T {
        self.pow(2.0)
    }

    /// 1 where the value is above 0.
    pub(super) fn positive(&self) -> T {
        let zeros = self * 0.0;
        let above = ok(self.0.compare(crate::lab::ops::Comparison::Gt, &zeros.0));
        ok(above.0.cast(crate::lab::ops::Kind::F64))
    }

    /// The opposite: 1 − x.
    pub(super) fn rest(&self) -> T {
        ok(self.0.affine(-1.0, 1.0))
    }
}
