//! Losses.

use super::studies::{From::Between, From::Normal, Function};
use super::tensor::T;
use crate::lab::ops::Op;

/// Labels of six samples in three classes, one-hot.
fn classes() -> T {
    T::constant(
        &[6, 3],
        &[
            1., 0., 0., 0., 1., 0., 0., 0., 1., 0., 1., 0., 1., 0., 0., 0., 0., 1.,
        ],
    )
}

fn labels() -> T {
    T::constant(&[6], &[1., 0., 0., 1., 0., 1.])
}

fn targets() -> T {
    T::constant(&[6], &[0.3, -1.2, 0.8, 2.0, -0.4, 0.1])
}

fn residual(v: &[T]) -> T {
    v[0].mm(&v[1].reshape(&[4, 1])).reshape(&[6]) - targets()
}

fn probabilities(v: &[T]) -> T {
    v[0].mm(&v[1].reshape(&[4, 1])).reshape(&[6]).sigmoid()
}

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "mean squared error",
        inputs: &[("X", &[6, 4], Normal), ("w", &[4], Normal)],
        forward: |v| residual(v).square().mean(),
        claims: &[
            ("w", "", |v, g| {
                g * v[0].t().mm(&residual(v).reshape(&[6, 1])).reshape(&[4]) * 2.0 / 6.0
            }),
            ("X", "", |v, g| {
                g * residual(v).reshape(&[6, 1]).mm(&v[1].reshape(&[1, 4])) * 2.0 / 6.0
            }),
            ("w", "exponent-missing", |v, g| {
                g * v[0].t().mm(&residual(v).reshape(&[6, 1])).reshape(&[4]) / 6.0
            }),
            ("w", "mean-missing", |v, g| {
                g * v[0].t().mm(&residual(v).reshape(&[6, 1])).reshape(&[4]) * 2.0
            }),
            ("w", "mean-twice", |v, g| {
                g * v[0].t().mm(&residual(v).reshape(&[6, 1])).reshape(&[4]) * 2.0 / 36.0
            }),
            ("w", "sign", |v, g| {
                g * v[0].t().mm(&residual(v).reshape(&[6, 1])).reshape(&[4]) * -2.0 / 6.0
            }),
            ("w", "reshaped", |v, g| {
                g * v[0].t().mm(&residual(v).reshape(&[6, 1])) * 2.0 / 6.0
            }),
            ("w", "wrong-operand|extra-term", |v, g| {
                let prediction = residual(v) + targets();
                g * v[0].t().mm(&prediction.reshape(&[6, 1])).reshape(&[4]) * 2.0 / 6.0
            }),
        ],
    },
    Function {
        name: "logistic regression",
        inputs: &[("X", &[6, 4], Normal), ("w", &[4], Normal)],
        forward: |v| {
            let p = probabilities(v);
            -(labels() * p.log() + labels().rest() * p.rest().log()).mean()
        },
        claims: &[
            ("w", "", |v, g| {
                g * v[0]
                    .t()
                    .mm(&(probabilities(v) - labels()).reshape(&[6, 1]))
                    .reshape(&[4])
                    / 6.0
            }),
            ("w", "mean-missing", |v, g| {
                g * v[0]
                    .t()
                    .mm(&(probabilities(v) - labels()).reshape(&[6, 1]))
                    .reshape(&[4])
            }),
            ("w", "sign", |v, g| {
                g * v[0]
                    .t()
                    .mm(&(labels() - probabilities(v)).reshape(&[6, 1]))
                    .reshape(&[4])
                    / 6.0
            }),
            ("w", "derivative-missing", |v, g| {
                let p = probabilities(v);
                let d = (&p - labels()) / (&p * p.rest());
                g * v[0].t().mm(&d.reshape(&[6, 1])).reshape(&[4]) / 6.0
            }),
            ("w", "term-missing|use-missing|operand-missing", |v, g| {
                let p = probabilities(v);
                let d = -(labels() * p.rest());
                g * v[0].t().mm(&d.reshape(&[6, 1])).reshape(&[4]) / 6.0
            }),
        ],
    },
    Function {
        name: "softmax cross-entropy",
        inputs: &[("X", &[6, 4], Normal), ("W", &[4, 3], Normal)],
        forward: |v| -(classes() * v[0].mm(&v[1]).op(Op::LogSoftmax(1))).total() / 6.0,
        claims: &[
            ("W", "", |v, g| {
                g * v[0].t().mm(&(v[0].mm(&v[1]).softmax(1) - classes())) / 6.0
            }),
            ("X", "", |v, g| {
                g * (v[0].mm(&v[1]).softmax(1) - classes()).mm(&v[1].t()) / 6.0
            }),
            ("W", "mean-missing", |v, g| {
                g * v[0].t().mm(&(v[0].mm(&v[1]).softmax(1) - classes()))
            }),
            ("W", "sign", |v, g| {
                g * v[0].t().mm(&(classes() - v[0].mm(&v[1]).softmax(1))) / 6.0
            }),
            ("W", "softmax-diagonal", |v, g| {
                let p = v[0].mm(&v[1]).softmax(1);
                g * v[0].t().mm(&(classes() * (p - 1.0))) / 6.0
            }),
            ("W", "derivative-missing", |v, g| {
                g * v[0].t().mm(&-classes()) / 6.0 + &v[1] * 0.0
            }),
            ("W", "transposed", |v, g| {
                g * (v[0].mm(&v[1]).softmax(1) - classes()).t().mm(&v[0]) / 6.0
            }),
            ("W", "wrong-axis", |v, g| {
                g * v[0].t().mm(&(v[0].mm(&v[1]).softmax(0) - classes())) / 6.0
            }),
        ],
    },
    Function {
        name: "negative log of a softmax",
        inputs: &[("z", &[6, 3], Normal)],
        forward: |v| -(classes() * v[0].softmax(1).log()).total(),
        claims: &[
            ("z", "", |v, g| g * (v[0].softmax(1) - classes())),
            ("z", "softmax-diagonal", |v, g| {
                g * (classes() * (v[0].softmax(1) - 1.0))
            }),
            ("z", "softmax-sum-missing", |v, g| {
                g * -classes() + &v[0] * 0.0
            }),
            ("z", "derivative-missing", |v, g| {
                g * -(classes() / v[0].softmax(1))
            }),
        ],
    },
    Function {
        name: "weighted ridge",
        inputs: &[("w", &[4], Normal), ("c", &[], Normal)],
        forward: |v| {
            let x = T::constant(
                &[3, 4],
                &[1., 2., 0.5, -1., 0.3, -0.7, 1.1, 0.2, -0.6, 0.9, 1.4, 2.2],
            );
            let fit = x.mm(&v[0].reshape(&[4, 1])).reshape(&[3]) + &v[1]
                - T::constant(&[3], &[1.0, 0.0, -1.0]);
            fit.square().total() + v[0].square().total() * 0.1
        },
        claims: &[
            ("w", "", |v, g| g * (fit(v) + &v[0] * 0.2)),
            ("w", "weight-decay-missing", |v, g| g * fit(v) + &v[0] * 0.0),
            ("w", "weight-decay-halved", |v, g| {
                g * (fit(v) + &v[0] * 0.1)
            }),
            ("w", "weight-decay-doubled", |v, g| {
                g * (fit(v) + &v[0] * 0.4)
            }),
            ("w", "sign", |v, g| g * (fit(v) - &v[0] * 0.2)),
        ],
    },
    Function {
        name: "gaussian likelihood",
        inputs: &[("m", &[5], Normal), ("s", &[5], Between(0.6, 2.0))],
        forward: |v| {
            let x = T::constant(&[5], &[0.2, -0.5, 1.0, 0.4, -1.5]);
            ((x - &v[0]).square() / v[1].square() * 0.5 + v[1].log()).total()
        },
        claims: &[
            ("m", "", |v, g| g * -(observed() - &v[0]) / v[1].square()),
            ("s", "", |v, g| {
                g * (v[1].pow(-1.0) - (observed() - &v[0]).square() / v[1].pow(3.0))
            }),
            ("m", "sign", |v, g| g * (observed() - &v[0]) / v[1].square()),
            ("m", "exponent-missing|factor-twice", |v, g| {
                g * -(observed() - &v[0]) / v[1].square() * 0.5
            }),
            ("s", "term-missing", |v, g| {
                g * -(observed() - &v[0]).square() / v[1].pow(3.0)
            }),
            ("s", "term-missing|path-missing|use-missing", |v, g| {
                g * v[1].pow(-1.0)
            }),
            ("s", "sign", |v, g| {
                g * (v[1].pow(-1.0) + (observed() - &v[0]).square() / v[1].pow(3.0))
            }),
        ],
    },
    Function {
        name: "divergence of a normal from the standard one",
        inputs: &[("m", &[3, 2], Normal), ("l", &[3, 2], Normal)],
        forward: |v| (&v[1] + 1.0 - v[0].square() - v[1].exp()).total() * -0.5,
        claims: &[
            ("m", "", |v, g| g * &v[0]),
            ("l", "", |v, g| g * (v[1].exp() - 1.0) * 0.5),
            ("m", "exponent-missing", |v, g| g * &v[0] * 0.5),
            ("l", "factor-missing", |v, g| g * (v[1].exp() - 1.0)),
            ("l", "term-missing|use-missing", |v, g| g * v[1].exp() * 0.5),
            ("l", "sign", |v, g| g * (v[1].exp() - 1.0) * -0.5),
        ],
    },
    Function {
        name: "log-sum-exp",
        inputs: &[("z", &[4, 3], Normal)],
        forward: |v| v[0].exp().sum(&[1]).log(),
        claims: &[
            ("z", "", |v, g| g.reshape(&[4, 1]) * v[0].softmax(1)),
            ("z", "derivative-missing|operand-missing", |v, g| {
                g.reshape(&[4, 1]) * v[0].exp()
            }),
            ("z", "wrong-axis", |v, g| {
                g.reshape(&[4, 1]) * v[0].softmax(0)
            }),
        ],
    },
    Function {
        name: "cosine similarity",
        inputs: &[("x", &[4, 5], Normal), ("y", &[4, 5], Normal)],
        forward: |v| {
            let (a, b) = (length(&v[0]), length(&v[1]));
            ((&v[0] * &v[1]).sums(&[1]) / (a * b)).reshape(&[4])
        },
        claims: &[
            ("x", "", |v, g| {
                let (a, b) = (length(&v[0]), length(&v[1]));
                let c = (&v[0] * &v[1]).sums(&[1]) / (&a * &b);
                g.reshape(&[4, 1]) * (&v[1] / (&a * &b) - c * &v[0] / a.square())
            }),
            ("x", "path-missing", |v, g| {
                let (a, b) = (length(&v[0]), length(&v[1]));
                g.reshape(&[4, 1]) * (&v[1] / (&a * &b))
            }),
            ("x", "sign", |v, g| {
                let (a, b) = (length(&v[0]), length(&v[1]));
                let c = (&v[0] * &v[1]).sums(&[1]) / (&a * &b);
                g.reshape(&[4, 1]) * (&v[1] / (&a * &b) + c * &v[0] / a.square())
            }),
        ],
    },
];

fn observed() -> T {
    T::constant(&[5], &[0.2, -0.5, 1.0, 0.4, -1.5])
}

fn length(x: &T) -> T {
    x.square().sums(&[1]).sqrt()
}

/// The gradient of the squared residuals of the ridge.
fn fit(v: &[T]) -> T {
    let x = T::constant(
        &[3, 4],
        &[1., 2., 0.5, -1., 0.3, -0.7, 1.1, 0.2, -0.6, 0.9, 1.4, 2.2],
    );
    let r =
        x.mm(&v[0].reshape(&[4, 1])).reshape(&[3]) + &v[1] - T::constant(&[3], &[1.0, 0.0, -1.0]);
    x.t().mm(&r.reshape(&[3, 1])).reshape(&[4]) * 2.0
}
