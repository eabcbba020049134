//! Functions of a line.

use super::studies::{From::Between, From::Normal, Function};
use super::tensor::T;
use crate::lab::ops::{Binary, Op, Unary};

const POSITIVE: super::studies::From = Between(0.5, 2.0);

fn maximum(a: &T, b: &T) -> T {
    a.with(Op::Binary(Binary::Maximum), b)
}

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "affine",
        inputs: &[
            ("X", &[6, 4], Normal),
            ("W", &[3, 4], Normal),
            ("b", &[3], Normal),
        ],
        forward: |v| v[0].mm(&v[1].t()) * 0.5 + &v[2],
        claims: &[
            ("X", "", |v, g| g.mm(&v[1]) * 0.5),
            ("W", "", |v, g| g.t().mm(&v[0]) * 0.5),
            ("b", "", |_, g| g.sum(&[0])),
            ("X", "factor-missing", |v, g| g.mm(&v[1])),
            ("X", "transposed", |v, g| (g.mm(&v[1]) * 0.5).t()),
            ("W", "transposed", |v, g| v[0].t().mm(g) * 0.5),
            ("W", "factor-missing", |v, g| g.t().mm(&v[0])),
            ("W", "factor-twice", |v, g| g.t().mm(&v[0]) * 0.25),
            ("W", "mean-for-sum", |v, g| g.t().mm(&v[0]) * 0.5 / 6.0),
            ("W", "sign", |v, g| g.t().mm(&v[0]) * -0.5),
            ("b", "unsummed", |_, g| g.clone()),
            ("b", "mean-for-sum", |_, g| g.sum(&[0]) / 6.0),
            ("b", "wrong-axis", |_, g| g.sum(&[1])),
            ("b", "factor-missing|constant-factor", |_, g| {
                g.sum(&[0]) * 0.5
            }),
            ("b", "reshaped", |_, g| g.sums(&[0])),
            ("b", "upstream-ignored", |_, g| (g * 0.0 + 1.0).sum(&[0])),
        ],
    },
    Function {
        name: "cube",
        inputs: &[("x", &[5], Normal)],
        forward: |v| v[0].pow(3.0),
        claims: &[
            ("x", "", |v, g| g * v[0].square() * 3.0),
            ("x", "exponent-missing", |v, g| g * v[0].square()),
            ("x", "power-kept", |v, g| g * v[0].pow(3.0) * 3.0),
        ],
    },
    Function {
        name: "quotient",
        inputs: &[("a", &[4, 3], Normal), ("b", &[4, 3], POSITIVE)],
        forward: |v| &v[0] / &v[1],
        claims: &[
            ("a", "", |v, g| g / &v[1]),
            ("b", "", |v, g| -(g * &v[0]) / v[1].square()),
            ("b", "quotient-rule", |v, g| -(g * &v[0]) / &v[1]),
            ("b", "sign", |v, g| g * &v[0] / v[1].square()),
            ("b", "quotient-rule", |v, g| -g / v[1].square() * &v[1]),
            ("a", "operand-missing", |_, g| g.clone()),
        ],
    },
    Function {
        name: "mean of logarithms",
        inputs: &[("x", &[7], POSITIVE)],
        forward: |v| v[0].log().mean(),
        claims: &[
            ("x", "", |v, g| g / &v[0] / 7.0),
            ("x", "derivative-inverted", |v, g| g * &v[0] / 7.0),
            ("x", "mean-missing", |v, g| g / &v[0]),
            ("x", "derivative-missing", |v, g| g / &v[0] * &v[0] / 7.0),
        ],
    },
    Function {
        name: "sine of an exponential",
        inputs: &[("x", &[4, 2], Normal)],
        forward: |v| v[0].exp().f(Unary::Sin),
        claims: &[
            ("x", "", |v, g| g * v[0].exp() * v[0].exp().f(Unary::Cos)),
            ("x", "derivative-missing", |v, g| {
                g * v[0].exp().f(Unary::Cos)
            }),
            ("x", "sign", |v, g| {
                -(g * v[0].exp() * v[0].exp().f(Unary::Cos))
            }),
            ("x", "function-for-derivative", |v, g| {
                g * v[0].exp() * v[0].exp().f(Unary::Sin)
            }),
        ],
    },
    Function {
        name: "bilinear form",
        inputs: &[
            ("x", &[4], Normal),
            ("A", &[4, 3], Normal),
            ("y", &[3], Normal),
        ],
        forward: |v| {
            v[0].reshape(&[1, 4])
                .mm(&v[1])
                .mm(&v[2].reshape(&[3, 1]))
                .reshape(&[])
        },
        claims: &[
            ("x", "", |v, g| {
                g * v[1].mm(&v[2].reshape(&[3, 1])).reshape(&[4])
            }),
            ("A", "", |v, g| {
                g * v[0].reshape(&[4, 1]).mm(&v[2].reshape(&[1, 3]))
            }),
            ("A", "transposed", |v, g| {
                g * v[2].reshape(&[3, 1]).mm(&v[0].reshape(&[1, 4]))
            }),
            ("A", "own-operand|wrong-operand", |v, g| g * &v[1]),
        ],
    },
    Function {
        name: "quadratic form",
        inputs: &[("x", &[4, 1], Normal), ("A", &[4, 4], Normal)],
        forward: |v| v[0].t().mm(&v[1]).mm(&v[0]).reshape(&[]),
        claims: &[
            ("x", "", |v, g| g * (v[1].mm(&v[0]) + v[1].t().mm(&v[0]))),
            ("A", "", |v, g| g * v[0].mm(&v[0].t())),
            ("x", "use-missing|path-missing", |v, g| g * v[1].mm(&v[0])),
            ("x", "use-missing|path-missing", |v, g| {
                g * v[1].t().mm(&v[0])
            }),
        ],
    },
    Function {
        name: "normalised vector",
        inputs: &[("x", &[3, 5], Normal)],
        forward: |v| &v[0] / v[0].square().sums(&[1]).sqrt(),
        claims: &[
            ("x", "", |v, g| {
                let n = v[0].square().sums(&[1]).sqrt();
                let y = &v[0] / &n;
                (g - (g * &y).sums(&[1]) * &y) / n
            }),
            ("x", "path-missing|use-missing", |v, g| {
                g / v[0].square().sums(&[1]).sqrt()
            }),
            ("x", "sign", |v, g| {
                let n = v[0].square().sums(&[1]).sqrt();
                let y = &v[0] / &n;
                (g + (g * &y).sums(&[1]) * &y) / n
            }),
        ],
    },
    Function {
        name: "larger of two",
        inputs: &[("a", &[6], Normal), ("b", &[6], Normal)],
        forward: |v| maximum(&v[0], &v[1]),
        claims: &[
            ("a", "", |v, g| g * (&v[0] - &v[1]).positive()),
            ("b", "", |v, g| g * (&v[1] - &v[0]).positive()),
            ("a", "mask-missing", |_, g| g.clone()),
            ("a", "mask-inverted|other-gradient", |v, g| {
                g * (&v[1] - &v[0]).positive()
            }),
        ],
    },
    Function {
        name: "running sum",
        inputs: &[("x", &[3, 6], Normal)],
        forward: |v| {
            v[0].op(Op::CumSum {
                axis: 1,
                reverse: false,
            })
        },
        claims: &[
            ("x", "", |_, g| {
                g.op(Op::CumSum {
                    axis: 1,
                    reverse: true,
                })
            }),
            ("x", "order-kept", |_, g| {
                g.op(Op::CumSum {
                    axis: 1,
                    reverse: false,
                })
            }),
        ],
    },
    Function {
        name: "inverse",
        inputs: &[("A", &[3, 3], Normal)],
        forward: |v| v[0].op(Op::Inverse),
        claims: &[
            ("A", "", |v, g| {
                let turned = v[0].op(Op::Inverse).t();
                -turned.mm(g).mm(&turned)
            }),
            ("A", "sign", |v, g| {
                let turned = v[0].op(Op::Inverse).t();
                turned.mm(g).mm(&turned)
            }),
            ("A", "not-transposed", |v, g| {
                let inverse = v[0].op(Op::Inverse);
                -inverse.mm(g).mm(&inverse)
            }),
        ],
    },
    Function {
        name: "logarithm of the square of a determinant",
        inputs: &[("A", &[3, 3], Normal)],
        forward: |v| v[0].op(Op::Determinant).square().log(),
        claims: &[
            ("A", "", |v, g| g * v[0].op(Op::Inverse).t() * 2.0),
            ("A", "not-transposed|transposed", |v, g| {
                g * v[0].op(Op::Inverse) * 2.0
            }),
            ("A", "exponent-missing", |v, g| g * v[0].op(Op::Inverse).t()),
        ],
    },
    Function {
        name: "embedding",
        inputs: &[("E", &[5, 3], Normal)],
        forward: |v| v[0].with(Op::IndexSelect(0), &index(&[1.0, 4.0, 1.0, 0.0])),
        claims: &[
            ("E", "", |_, g| one_hot().t().mm(g)),
            ("E", "repeats-overwritten", |_, g| last_only().t().mm(g)),
            ("E", "mean-for-sum|constant-factor", |_, g| {
                one_hot().t().mm(g) / 4.0
            }),
        ],
    },
];

fn index(rows: &[f64]) -> T {
    let mut array = crate::lab::Array::new(&[rows.len()], rows.to_vec());
    array.kind = crate::lab::ops::Kind::I64;
    T(crate::lab::Value::constant(
        array.to_tensor().expect("an index is a tensor"),
    ))
}

fn one_hot() -> T {
    T::constant(
        &[4, 5],
        &[
            0., 1., 0., 0., 0., 0., 0., 0., 0., 1., 0., 1., 0., 0., 0., 1., 0., 0., 0., 0.,
        ],
    )
}

fn last_only() -> T {
    T::constant(
        &[4, 5],
        &[
            0., 0., 0., 0., 0., 0., 0., 0., 0., 1., 0., 1., 0., 0., 0., 1., 0., 0., 0., 0.,
        ],
    )
}
