//! Layers.

use super::studies::{From::Normal, Function};
use super::tensor::T;
use crate::lab::ops::{Op, Unary};

/// Windows of a row: kernel 3.
fn windows(x: &T, stride: usize, dilation: usize) -> T {
    x.op(Op::Window {
        axis: 1,
        kernel: 3,
        stride,
        dilation,
    })
}

/// The adjoint.
fn folded(g: &T, length: usize, stride: usize, dilation: usize) -> T {
    g.op(Op::Unwindow {
        axis: 1,
        length,
        stride,
        dilation,
    })
}

/// Windows put back closer than they were taken, and zeros after them.
fn put_back(g: &T, between: usize, covered: usize) -> T {
    folded(g, covered, between, 1).op(Op::Unslice {
        axis: 1,
        start: 0,
        step: 1,
        length: 9,
    })
}

fn centred(x: &T) -> T {
    x - x.means(1)
}

/// A layer norm's result and its standard deviation.
fn norm(x: &T) -> (T, T) {
    let deviation = (centred(x).square().means(1) + 1e-5).sqrt();
    (centred(x) / &deviation, deviation)
}

fn batch_norm(x: &T) -> (T, T) {
    let c = x - x.means(0);
    let deviation = (c.square().means(0) + 1e-5).sqrt();
    (c / &deviation, deviation)
}

fn mask() -> T {
    T::constant(&[2, 4], &[1., 0., 1., 1., 0., 1., 1., 0.])
}

fn scores(v: &[T]) -> T {
    (v[0].mm(&v[1].t()) / 3.0_f64.sqrt()).softmax(1)
}

/// The gradient of the scores before the softmax.
fn score_gradient(v: &[T], g: &T) -> T {
    let p = scores(v);
    let d = g.mm(&v[2].t());
    &p * (&d - (&d * &p).sums(&[1]))
}

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "relu",
        inputs: &[("x", &[3, 4], Normal)],
        forward: |v| v[0].f(Unary::Relu),
        claims: &[
            ("x", "", |v, g| g * v[0].positive()),
            ("x", "mask-missing", |v, g| g + &v[0] * 0.0),
            ("x", "mask-inverted", |v, g| g * v[0].positive().rest()),
            (
                "x",
                "function-for-derivative|operand-missing|wrong-operand",
                |v, g| g * v[0].f(Unary::Relu),
            ),
        ],
    },
    Function {
        name: "sigmoid",
        inputs: &[("x", &[3, 4], Normal)],
        forward: |v| v[0].sigmoid(),
        claims: &[
            ("x", "", |v, g| g * v[0].sigmoid() * v[0].sigmoid().rest()),
            ("x", "derivative-at-output", |v, g| {
                let twice = v[0].sigmoid().sigmoid();
                g * &twice * twice.rest()
            }),
            ("x", "derivative-at-input", |v, g| g * &v[0] * v[0].rest()),
            ("x", "function-for-derivative", |v, g| g * v[0].sigmoid()),
        ],
    },
    Function {
        name: "silu",
        inputs: &[("x", &[3, 4], Normal)],
        forward: |v| &v[0] * v[0].sigmoid(),
        claims: &[
            ("x", "", |v, g| {
                let s = v[0].sigmoid();
                g * (&s + &v[0] * &s * s.rest())
            }),
            ("x", "use-missing|path-missing", |v, g| g * v[0].sigmoid()),
            ("x", "use-missing|path-missing", |v, g| {
                g * &v[0] * v[0].sigmoid() * v[0].sigmoid().rest()
            }),
            ("x", "derivative-missing", |v, g| {
                g * (v[0].sigmoid() + &v[0])
            }),
        ],
    },
    Function {
        name: "softplus",
        inputs: &[("x", &[5], Normal)],
        forward: |v| v[0].f(Unary::Softplus),
        claims: &[
            ("x", "", |v, g| g * v[0].sigmoid()),
            ("x", "derivative-missing", |v, g| g + &v[0] * 0.0),
            ("x", "derivative-at-output", |v, g| {
                g * v[0].f(Unary::Softplus).sigmoid()
            }),
        ],
    },
    Function {
        name: "softmax",
        inputs: &[("z", &[4, 3], Normal)],
        forward: |v| v[0].softmax(1),
        claims: &[
            ("z", "", |v, g| {
                let p = v[0].softmax(1);
                &p * (g - (g * &p).sums(&[1]))
            }),
            ("z", "softmax-diagonal", |v, g| {
                g * v[0].softmax(1) * v[0].softmax(1).rest()
            }),
            ("z", "softmax-sum-missing", |v, g| g * v[0].softmax(1)),
            ("z", "wrong-axis", |v, g| {
                let p = v[0].softmax(1);
                &p * (g - (g * &p).sums(&[0]))
            }),
        ],
    },
    Function {
        name: "layer norm",
        inputs: &[
            ("x", &[4, 5], Normal),
            ("w", &[5], Normal),
            ("b", &[5], Normal),
        ],
        forward: |v| norm(&v[0]).0 * &v[1] + &v[2],
        claims: &[
            ("x", "", |v, g| {
                let (h, d) = norm(&v[0]);
                let g = g * &v[1];
                (&g - g.means(1) - &h * (&g * &h).means(1)) / d
            }),
            ("w", "", |v, g| (g * norm(&v[0]).0).sum(&[0])),
            ("b", "", |_, g| g.sum(&[0])),
            ("x", "path-missing", |v, g| g * &v[1] / norm(&v[0]).1),
            ("x", "path-missing", |v, g| {
                let g = g * &v[1];
                (&g - g.means(1)) / norm(&v[0]).1
            }),
            ("x", "path-missing|use-missing", |v, g| {
                let (h, d) = norm(&v[0]);
                let g = g * &v[1];
                (&g - &h * (&g * &h).means(1)) / d
            }),
            ("x", "operand-missing", |v, g| {
                let (h, d) = norm(&v[0]);
                (g - g.means(1) - &h * (g * &h).means(1)) / d
            }),
            ("w", "unsummed", |v, g| g * norm(&v[0]).0),
            ("w", "wrong-axis", |v, g| (g * norm(&v[0]).0).sum(&[1])),
            ("b", "mean-for-sum", |_, g| g.means(0).reshape(&[5])),
        ],
    },
    Function {
        name: "batch norm",
        inputs: &[
            ("x", &[6, 3], Normal),
            ("w", &[3], Normal),
            ("b", &[3], Normal),
        ],
        forward: |v| batch_norm(&v[0]).0 * &v[1] + &v[2],
        claims: &[
            ("x", "", |v, g| {
                let (h, d) = batch_norm(&v[0]);
                let g = g * &v[1];
                (&g - g.means(0) - &h * (&g * &h).means(0)) / d
            }),
            ("w", "", |v, g| (g * batch_norm(&v[0]).0).sum(&[0])),
            ("x", "path-missing", |v, g| g * &v[1] / batch_norm(&v[0]).1),
            ("x", "path-missing", |v, g| {
                let g = g * &v[1];
                (&g - g.means(0)) / batch_norm(&v[0]).1
            }),
            ("w", "mean-for-sum", |v, g| {
                (g * batch_norm(&v[0]).0).sum(&[0]) / 6.0
            }),
            ("w", "wrong-operand", |v, g| (g * &v[0]).sum(&[0])),
        ],
    },
    Function {
        name: "attention",
        inputs: &[
            ("Q", &[4, 3], Normal),
            ("K", &[5, 3], Normal),
            ("V", &[5, 2], Normal),
        ],
        forward: |v| scores(v).mm(&v[2]),
        claims: &[
            ("V", "", |v, g| scores(v).t().mm(g)),
            ("Q", "", |v, g| {
                score_gradient(v, g).mm(&v[1]) / 3.0_f64.sqrt()
            }),
            ("K", "", |v, g| {
                score_gradient(v, g).t().mm(&v[0]) / 3.0_f64.sqrt()
            }),
            ("Q", "factor-missing", |v, g| score_gradient(v, g).mm(&v[1])),
            ("K", "factor-twice", |v, g| {
                score_gradient(v, g).t().mm(&v[0]) / 3.0
            }),
            ("Q", "softmax-diagonal", |v, g| {
                let p = scores(v);
                (g.mm(&v[2].t()) * &p * p.rest()).mm(&v[1]) / 3.0_f64.sqrt()
            }),
            ("Q", "softmax-sum-missing", |v, g| {
                (g.mm(&v[2].t()) * scores(v)).mm(&v[1]) / 3.0_f64.sqrt()
            }),
            ("K", "derivative-missing", |v, g| {
                g.mm(&v[2].t()).t().mm(&v[0]) / 3.0_f64.sqrt()
            }),
            ("V", "transposed", |v, g| g.t().mm(&scores(v))),
            ("V", "wrong-operand", |v, g| {
                (v[0].mm(&v[1].t()) / 3.0_f64.sqrt()).t().mm(g)
            }),
            ("V", "wrong-axis", |v, g| {
                (v[0].mm(&v[1].t()) / 3.0_f64.sqrt()).softmax(0).t().mm(g)
            }),
        ],
    },
    Function {
        name: "convolution with stride",
        inputs: &[("x", &[2, 9], Normal), ("w", &[3], Normal)],
        forward: |v| {
            windows(&v[0], 2, 1)
                .mm(&v[1].reshape(&[3, 1]))
                .reshape(&[2, 4])
        },
        claims: &[
            ("x", "", |v, g| {
                folded(&(g.reshape(&[2, 4, 1]) * &v[1]), 9, 2, 1)
            }),
            ("w", "", |v, g| {
                (windows(&v[0], 2, 1) * g.reshape(&[2, 4, 1])).sum(&[0, 1])
            }),
            ("x", "kernel-flipped", |v, g| {
                let w = v[1].op(Op::Flip(0));
                folded(&(g.reshape(&[2, 4, 1]) * w), 9, 2, 1)
            }),
            ("x", "stride-ignored", |v, g| {
                put_back(&(g.reshape(&[2, 4, 1]) * &v[1]), 1, 6)
            }),
            ("w", "unsummed|reshaped", |v, g| {
                (windows(&v[0], 2, 1) * g.reshape(&[2, 4, 1])).sum(&[1])
            }),
            ("w", "kernel-flipped", |v, g| {
                (windows(&v[0], 2, 1) * g.reshape(&[2, 4, 1]))
                    .sum(&[0, 1])
                    .op(Op::Flip(0))
            }),
            ("w", "mean-for-sum", |v, g| {
                (windows(&v[0], 2, 1) * g.reshape(&[2, 4, 1])).sum(&[0, 1]) / 2.0
            }),
        ],
    },
    Function {
        name: "convolution with dilation",
        inputs: &[("x", &[2, 9], Normal), ("w", &[3], Normal)],
        forward: |v| {
            windows(&v[0], 1, 2)
                .mm(&v[1].reshape(&[3, 1]))
                .reshape(&[2, 5])
        },
        claims: &[
            ("x", "", |v, g| {
                folded(&(g.reshape(&[2, 5, 1]) * &v[1]), 9, 1, 2)
            }),
            ("w", "", |v, g| {
                (windows(&v[0], 1, 2) * g.reshape(&[2, 5, 1])).sum(&[0, 1])
            }),
            ("x", "stride-ignored", |v, g| {
                put_back(&(g.reshape(&[2, 5, 1]) * &v[1]), 1, 7)
            }),
            ("x", "kernel-flipped", |v, g| {
                folded(&(g.reshape(&[2, 5, 1]) * v[1].op(Op::Flip(0))), 9, 1, 2)
            }),
        ],
    },
    Function {
        name: "average pool",
        inputs: &[("x", &[2, 9], Normal)],
        forward: |v| windows(&v[0], 3, 1).sum(&[2]) / 3.0,
        claims: &[
            ("x", "", |_, g| {
                folded(&(g.reshape(&[2, 3, 1]).expand(&[2, 3, 3]) / 3.0), 9, 3, 1)
            }),
            ("x", "mean-missing", |_, g| {
                folded(&g.reshape(&[2, 3, 1]).expand(&[2, 3, 3]), 9, 3, 1)
            }),
            ("x", "mean-twice", |_, g| {
                folded(&(g.reshape(&[2, 3, 1]).expand(&[2, 3, 3]) / 9.0), 9, 3, 1)
            }),
        ],
    },
    Function {
        name: "dropout with its mask",
        inputs: &[("x", &[2, 4], Normal)],
        forward: |v| &v[0] * (mask() / 0.7),
        claims: &[
            ("x", "", |v, g| g * mask() / 0.7 + &v[0] * 0.0),
            ("x", "dropout-scale", |v, g| g * mask() + &v[0] * 0.0),
            ("x", "dropout-scale", |v, g| g * mask() / 0.49 + &v[0] * 0.0),
            ("x", "operand-missing", |v, g| g + &v[0] * 0.0),
        ],
    },
];
