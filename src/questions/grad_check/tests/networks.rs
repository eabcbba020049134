//! Networks.

use super::studies::{From, From::Between, From::Normal, Function};
use super::tensor::T;
use crate::lab::ops::Unary;

const SMALL: From = Between(-0.2, 0.2);

pub(super) fn labels() -> T {
    T::constant(&[6, 1], &[1., 0., 0., 1., 0., 1.])
}

/// The sheet's network: z, h, ŷ.
fn forward(v: &[T]) -> (T, T, T) {
    let z = v[0].mm(&v[1].t()) + &v[2];
    let h = z.tanh();
    let p = h.mm(&v[3].t()) + &v[4];
    (z, h, p)
}

/// The binary cross-entropy with L2 on both weights, λ = 0.1.
pub(super) fn loss(p: &T, v: &[T]) -> T {
    let entropy = -(labels() * p.log() + labels().rest() * p.rest().log()).mean();
    entropy + (v[1].square().total() + v[3].square().total()) * 0.05
}

fn delta(v: &[T]) -> T {
    let p = forward(v).2;
    (&p - labels()) / (&p * p.rest()) / 6.0
}

/// e = δ·W2 ⊙ φ′(z).
fn inner(v: &[T]) -> T {
    delta(v).mm(&v[3]) * forward(v).1.square().rest()
}

/// One step of a recurrent network.
fn step(h: &T, x: &T, v: &[T]) -> T {
    (h.mm(&v[1]) + x.mm(&v[2])).tanh()
}

fn states(v: &[T]) -> [T; 3] {
    let first = step(&v[0], &part(v, 0), v);
    let second = step(&first, &part(v, 1), v);
    let third = step(&second, &part(v, 2), v);
    [first, second, third]
}

fn part(v: &[T], time: usize) -> T {
    v[3].slice(0, time, 1).reshape(&[2, 2])
}

/// An LSTM cell's gates and states: i, f, o, g, tanh c′, c′.
#[expect(clippy::many_single_char_names, reason = "the gates' own names")]
fn cell(v: &[T]) -> [T; 6] {
    let z = v[0].mm(&v[1]);
    let gate = |at: usize| z.slice(1, 3 * at, 3);
    let (i, f, o, g) = (
        gate(0).sigmoid(),
        gate(1).sigmoid(),
        gate(2).sigmoid(),
        gate(3).tanh(),
    );
    let c = &f * &v[2] + &i * &g;
    [i, f, o, g, c.tanh(), c]
}

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "network with cross-entropy and weight decay",
        inputs: &[
            ("X", &[6, 4], Normal),
            ("W1", &[3, 4], SMALL),
            ("b1", &[3], SMALL),
            ("W2", &[1, 3], SMALL),
            ("b2", &[1], Between(0.4, 0.6)),
        ],
        forward: |v| loss(&forward(v).2, v),
        claims: &[
            ("W2", "", |v, g| {
                g * (delta(v).t().mm(&forward(v).1) + &v[3] * 0.1)
            }),
            ("b2", "", |v, g| g * delta(v).sum(&[0])),
            ("W1", "", |v, g| g * (inner(v).t().mm(&v[0]) + &v[1] * 0.1)),
            ("b1", "", |v, g| g * inner(v).sum(&[0])),
            ("X", "", |v, g| g * inner(v).mm(&v[1])),
            ("W2", "logits-shortcut", |v, g| {
                let d = (forward(v).2 - labels()) / 6.0;
                g * (d.t().mm(&forward(v).1) + &v[3] * 0.1)
            }),
            ("b2", "logits-shortcut", |v, g| {
                g * ((forward(v).2 - labels()) / 6.0).sum(&[0])
            }),
            ("b2", "sign", |v, g| g * -delta(v).sum(&[0])),
            ("W2", "sign", |v, g| {
                g * (-delta(v).t().mm(&forward(v).1) + &v[3] * 0.1)
            }),
            ("W2", "mean-missing", |v, g| {
                g * (delta(v).t().mm(&forward(v).1) * 6.0 + &v[3] * 0.1)
            }),
            ("b2", "mean-missing", |v, g| g * delta(v).sum(&[0]) * 6.0),
            ("W1", "mean-twice", |v, g| {
                g * (inner(v).t().mm(&v[0]) / 6.0 + &v[1] * 0.1)
            }),
            ("W1", "weight-decay-missing", |v, g| {
                g * inner(v).t().mm(&v[0])
            }),
            ("W2", "weight-decay-doubled", |v, g| {
                g * (delta(v).t().mm(&forward(v).1) + &v[3] * 0.2)
            }),
            ("W1", "weight-decay-halved", |v, g| {
                g * (inner(v).t().mm(&v[0]) + &v[1] * 0.05)
            }),
            ("b1", "weight-decay-on-bias", |v, g| {
                g * (inner(v).sum(&[0]) + &v[2] * 0.1)
            }),
            ("b2", "weight-decay-on-bias", |v, g| {
                g * (delta(v).sum(&[0]) + &v[4] * 0.1)
            }),
            ("W1", "derivative-missing", |v, g| {
                g * (delta(v).mm(&v[3]).t().mm(&v[0]) + &v[1] * 0.1)
            }),
            ("b1", "derivative-missing", |v, g| {
                g * delta(v).mm(&v[3]).sum(&[0])
            }),
            ("W1", "derivative-at-output", |v, g| {
                let e = delta(v).mm(&v[3]) * forward(v).1.tanh().square().rest();
                g * (e.t().mm(&v[0]) + &v[1] * 0.1)
            }),
            ("X", "derivative-at-output", |v, g| {
                g * (delta(v).mm(&v[3]) * forward(v).1.tanh().square().rest()).mm(&v[1])
            }),
            ("b1", "derivative-at-input", |v, g| {
                g * (delta(v).mm(&v[3]) * forward(v).0.square().rest()).sum(&[0])
            }),
            ("X", "mean-missing", |v, g| g * inner(v).mm(&v[1]) * 6.0),
            ("X", "transposed", |v, g| g * v[1].t().mm(&inner(v).t())),
            ("W1", "transposed", |v, g| {
                g * (v[0].t().mm(&inner(v)) + v[1].t() * 0.1)
            }),
            ("b1", "unsummed", |v, g| g * inner(v)),
            ("W1", "wrong-operand", |v, g| {
                let d = delta(v).mm(&(delta(v).t().mm(&forward(v).1) + &v[3] * 0.1));
                g * ((d * forward(v).1.square().rest()).t().mm(&v[0]) + &v[1] * 0.1)
            }),
            ("W2", "wrong-operand", |v, g| {
                g * (delta(v).t().mm(&forward(v).0) + &v[3] * 0.1)
            }),
        ],
    },
    Function {
        name: "two hidden layers of sigmoids",
        inputs: &[
            ("X", &[5, 4], Normal),
            ("A", &[4, 3], Normal),
            ("B", &[3, 2], Normal),
        ],
        forward: |v| v[0].mm(&v[1]).sigmoid().mm(&v[2]).sigmoid(),
        claims: &[
            ("A", "", |v, g| {
                let h = v[0].mm(&v[1]).sigmoid();
                let y = h.mm(&v[2]).sigmoid();
                v[0].t()
                    .mm(&((g * &y * y.rest()).mm(&v[2].t()) * &h * h.rest()))
            }),
            ("A", "derivative-missing", |v, g| {
                v[0].t().mm(&g.mm(&v[2].t()))
            }),
            ("A", "derivative-missing", |v, g| {
                let y = v[0].mm(&v[1]).sigmoid().mm(&v[2]).sigmoid();
                v[0].t().mm(&(g * &y * y.rest()).mm(&v[2].t()))
            }),
            ("A", "derivative-at-output", |v, g| {
                let h = v[0].mm(&v[1]).sigmoid();
                let y = h.mm(&v[2]).sigmoid();
                let (hh, yy) = (h.sigmoid(), y.sigmoid());
                v[0].t()
                    .mm(&((g * &yy * yy.rest()).mm(&v[2].t()) * &hh * hh.rest()))
            }),
            ("B", "wrong-operand", |v, g| {
                let z = v[0].mm(&v[1]);
                let y = z.sigmoid().mm(&v[2]).sigmoid();
                z.t().mm(&(g * &y * y.rest()))
            }),
        ],
    },
    Function {
        name: "residual block",
        inputs: &[("x", &[5, 3], Normal), ("W", &[3, 3], Normal)],
        forward: |v| &v[0] + v[0].mm(&v[1]).f(Unary::Relu),
        claims: &[
            ("x", "", |v, g| {
                g + (g * v[0].mm(&v[1]).positive()).mm(&v[1].t())
            }),
            ("W", "", |v, g| {
                v[0].t().mm(&(g * v[0].mm(&v[1]).positive()))
            }),
            ("x", "use-missing|term-missing", |v, g| {
                (g * v[0].mm(&v[1]).positive()).mm(&v[1].t())
            }),
            ("x", "use-missing|path-missing|term-missing", |v, g| {
                g + &v[0] * 0.0
            }),
            ("x", "not-transposed", |v, g| {
                g + (g * v[0].mm(&v[1]).positive()).mm(&v[1])
            }),
            ("W", "mask-missing", |v, g| v[0].t().mm(g)),
            ("W", "transposed", |v, g| {
                (g * v[0].mm(&v[1]).positive()).t().mm(&v[0])
            }),
        ],
    },
    Function {
        name: "recurrent network",
        inputs: &[
            ("h", &[2, 3], Normal),
            ("W", &[3, 3], Normal),
            ("U", &[2, 3], Normal),
            ("x", &[3, 2, 2], Normal),
        ],
        forward: |v| states(v)[2].clone(),
        claims: &[
            ("h", "", |v, g| {
                let [a, b, c] = states(v);
                let d = (g * c.square().rest()).mm(&v[1].t());
                let d = (d * b.square().rest()).mm(&v[1].t());
                (d * a.square().rest()).mm(&v[1].t())
            }),
            ("W", "", |v, g| {
                let [a, b, c] = states(v);
                let dc = g * c.square().rest();
                let db = dc.mm(&v[1].t()) * b.square().rest();
                let da = db.mm(&v[1].t()) * a.square().rest();
                b.t().mm(&dc) + a.t().mm(&db) + v[0].t().mm(&da)
            }),
            ("W", "path-missing|use-missing", |v, g| {
                let [_, b, c] = states(v);
                b.t().mm(&(g * c.square().rest()))
            }),
            ("U", "path-missing|use-missing", |v, g| {
                part(v, 2).t().mm(&(g * states(v)[2].square().rest()))
            }),
            ("h", "not-transposed", |v, g| {
                let [a, b, c] = states(v);
                let d = (g * c.square().rest()).mm(&v[1]);
                let d = (d * b.square().rest()).mm(&v[1]);
                (d * a.square().rest()).mm(&v[1])
            }),
            ("h", "derivative-missing", |v, g| {
                g.mm(&v[1].t()).mm(&v[1].t()).mm(&v[1].t()) + &v[0] * 0.0
            }),
        ],
    },
    Function {
        name: "LSTM cell",
        inputs: &[
            ("x", &[4, 2], Normal),
            ("W", &[2, 12], Normal),
            ("c", &[4, 3], Normal),
        ],
        forward: |v| {
            let [_, _, o, _, t, _] = cell(v);
            o * t
        },
        claims: &[
            ("c", "", |v, g| {
                let [_, f, o, _, t, _] = cell(v);
                g * o * t.square().rest() * f
            }),
            ("c", "derivative-missing", |v, g| {
                let [_, f, o, _, _, _] = cell(v);
                g * o * f
            }),
            ("c", "operand-missing", |v, g| {
                let [_, _, o, _, t, _] = cell(v);
                g * o * t.square().rest()
            }),
            ("c", "wrong-operand", |v, g| {
                let [i, _, o, _, t, _] = cell(v);
                g * o * t.square().rest() * i
            }),
            ("c", "derivative-at-input", |v, g| {
                let [_, f, o, _, _, c] = cell(v);
                g * o * c.square().rest() * f
            }),
        ],
    },
    Function {
        name: "variance",
        inputs: &[("x", &[3, 5], Normal)],
        forward: |v| (&v[0] - v[0].means(1)).square().means(1),
        claims: &[
            ("x", "", |v, g| g * (&v[0] - v[0].means(1)) * 2.0 / 5.0),
            ("x", "exponent-missing", |v, g| {
                g * (&v[0] - v[0].means(1)) / 5.0
            }),
            ("x", "mean-missing", |v, g| {
                g * (&v[0] - v[0].means(1)) * 2.0
            }),
            ("x", "extra-term|wrong-operand", |v, g| {
                g * &v[0] * 2.0 / 5.0
            }),
        ],
    },
];
