//! The operations once more, in plain loops over indices: what the fast ones are held against.

use crate::lab::Array;
use crate::lab::ops::{Binary, Comparison, Op};

/// The result's numbers, place by place; `None` for functions of one number, which are the standard library's own.
pub(super) fn result(op: &Op, inputs: &[Array], dims: &[usize]) -> Option<Vec<f64>> {
    let x = &inputs[0];
    let each = |entry: &dyn Fn(&[usize]) -> f64| {
        let out = Array::new(dims, Vec::new());
        let count: usize = dims.iter().product();
        Some((0..count).map(|number| entry(&out.place(number))).collect())
    };
    match op {
        Op::Binary(function) => {
            each(&|at| binary(*function, spread(x, at), spread(&inputs[1], at)))
        }
        Op::Compare(comparison) => {
            each(&|at| compare(*comparison, spread(x, at), spread(&inputs[1], at)))
        }
        Op::Where => each(&|at| {
            let chosen = if spread(x, at) == 0.0 { 2 } else { 1 };
            spread(&inputs[chosen], at)
        }),
        Op::Cast(_) | Op::Detach | Op::Reshape(_) => Some(x.data.clone()),
        Op::Permute(order) => each(&|at| {
            let mut from = vec![0; at.len()];
            for (to, &axis) in order.iter().enumerate() {
                from[axis] = at[to];
            }
            entry(x, &from)
        }),
        Op::Broadcast(_) => each(&|at| spread(x, at)),
        Op::Cat(axis) => each(&|at| {
            let mut at = at.to_vec();
            for input in inputs {
                if at[*axis] < input.dims[*axis] {
                    return entry(input, &at);
                }
                at[*axis] -= input.dims[*axis];
            }
            f64::NAN
        }),
        Op::MatMul => each(&|at| {
            let (lead, last) = at.split_at(at.len() - 2);
            let inner = x.dims[x.dims.len() - 1];
            let product = |k: usize| {
                let a = spread(x, &[lead, &[last[0], k]].concat());
                a * spread(&inputs[1], &[lead, &[k, last[1]]].concat())
            };
            (0..inner).map(product).sum()
        }),
        Op::Slice { .. } | Op::Flip(_) | Op::Window { .. } | Op::IndexSelect(_) | Op::Gather(_) => {
            each(&|at| entry(x, &source(op, x, inputs.get(1), at)))
        }
        Op::Unslice { .. }
        | Op::Unwindow { .. }
        | Op::IndexAdd { .. }
        | Op::ScatterAdd { .. }
        | Op::SumTo(_)
        | Op::Sum { .. } => Some(added_up(op, x, inputs.get(1), dims)),
        Op::CumSum { axis, reverse } => each(&|at| {
            let along = line(x, *axis, at);
            let place = at[*axis];
            let part = if *reverse {
                &along[place..]
            } else {
                &along[..=place]
            };
            part.iter().sum()
        }),
        Op::Softmax(axis) => each(&|at| softmax(&line(x, *axis, at), at[*axis])),
        Op::LogSoftmax(axis) => each(&|at| softmax(&line(x, *axis, at), at[*axis]).ln()),
        Op::ArgExtreme { axis, largest } => each(&|at| {
            let along = line(x, *axis, at);
            let better = |a: f64, b: f64| if *largest { a > b } else { a < b };
            let beaten = |&place: &usize| !along.iter().any(|&other| better(other, along[place]));
            small((0..along.len()).find(beaten).unwrap_or(usize::MAX))
        }),
        Op::ArgSort { axis, descending } => each(&|at| {
            let along = line(x, *axis, at);
            let before = |a: usize, b: usize| {
                let (x, y) = (along[a], along[b]);
                let order = if *descending {
                    y.partial_cmp(&x)
                } else {
                    x.partial_cmp(&y)
                };
                let order = order.unwrap_or(std::cmp::Ordering::Equal);
                order.then(a.cmp(&b)).is_lt()
            };
            let rank = |place: usize| {
                (0..along.len())
                    .filter(|&other| before(other, place))
                    .count()
            };
            small(
                (0..along.len())
                    .find(|&place| rank(place) == at[*axis])
                    .unwrap_or(usize::MAX),
            )
        }),
        _ => None,
    }
}

fn small(number: usize) -> f64 {
    super::draw::small(number)
}

/// The number at a place.
fn entry(x: &Array, at: &[usize]) -> f64 {
    let number = at
        .iter()
        .zip(&x.dims)
        .fold(0, |number, (at, n)| number * n + at);
    x.data[number]
}

/// The number at a place of a shape that the tensor broadcasts to.
fn spread(x: &Array, at: &[usize]) -> f64 {
    let lead = at.len() - x.dims.len();
    let own = at[lead..].iter().zip(&x.dims);
    entry(
        x,
        &own.map(|(&at, &n)| if n == 1 { 0 } else { at })
            .collect::<Vec<_>>(),
    )
}

/// The numbers along an axis through a place.
fn line(x: &Array, axis: usize, at: &[usize]) -> Vec<f64> {
    let mut at = at.to_vec();
    (0..x.dims[axis])
        .map(|place| {
            at[axis] = place;
            entry(x, &at)
        })
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index is a small whole number"
)]
fn index(numbers: Option<&Array>, at: &[usize]) -> usize {
    numbers.map_or(usize::MAX, |numbers| entry(numbers, at) as usize)
}

/// Where a number of the result comes from.
fn source(op: &Op, x: &Array, numbers: Option<&Array>, at: &[usize]) -> Vec<usize> {
    let mut from = at.to_vec();
    match *op {
        Op::Slice {
            axis, start, step, ..
        } => from[axis] = start + step * at[axis],
        Op::Flip(axis) => from[axis] = x.dims[axis] - 1 - at[axis],
        Op::Window {
            axis,
            stride,
            dilation,
            ..
        } => {
            let place = from.pop().unwrap_or_default();
            from[axis] = at[axis] * stride + place * dilation;
        }
        Op::IndexSelect(axis) => from[axis] = index(numbers, &[at[axis]]),
        Op::Gather(axis) => from[axis] = index(numbers, at),
        _ => {}
    }
    from
}

/// Each number of the operand added where it goes.
fn added_up(op: &Op, x: &Array, numbers: Option<&Array>, dims: &[usize]) -> Vec<f64> {
    let mut total = Array::new(dims, vec![0.0; dims.iter().product()]);
    for (number, value) in x.data.iter().enumerate() {
        let at = x.place(number);
        let mut to = at.clone();
        match op {
            Op::Unslice {
                axis, start, step, ..
            } => to[*axis] = start + step * at[*axis],
            Op::Unwindow {
                axis,
                stride,
                dilation,
                ..
            } => {
                let place = to.pop().unwrap_or_default();
                to[*axis] = at[*axis] * stride + place * dilation;
            }
            Op::IndexAdd { axis, .. } => to[*axis] = index(numbers, &[at[*axis]]),
            Op::ScatterAdd { axis, .. } => to[*axis] = index(numbers, &at),
            Op::SumTo(dims) => {
                let own = at[at.len() - dims.len()..].iter().zip(dims);
                to = own.map(|(&at, &n)| if n == 1 { 0 } else { at }).collect();
            }
            Op::Sum { axes, keep } => {
                let axis_of = |(axis, at): (usize, &usize)| match (axes.contains(&axis), keep) {
                    (true, true) => Some(0),
                    (true, false) => None,
                    (false, _) => Some(*at),
                };
                to = at.iter().enumerate().filter_map(axis_of).collect();
            }
            _ => {}
        }
        let place = to
            .iter()
            .zip(dims)
            .fold(0, |number, (at, n)| number * n + at);
        total.data[place] += value;
    }
    total.data
}

fn softmax(along: &[f64], place: usize) -> f64 {
    along[place].exp() / along.iter().map(|x| x.exp()).sum::<f64>()
}

fn binary(function: Binary, a: f64, b: f64) -> f64 {
    match function {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul => a * b,
        Binary::Div => a / b,
        Binary::Pow => (b * a.ln()).exp(),
        Binary::Maximum => f64::midpoint(a + b, (a - b).abs()),
        Binary::Minimum => f64::midpoint(a + b, -(a - b).abs()),
        Binary::Remainder => a - b * (a / b).floor(),
        Binary::Atan2 => 2.0 * (a / (a.hypot(b) + b)).atan(),
    }
}

fn compare(comparison: Comparison, a: f64, b: f64) -> f64 {
    let (less, more) = (a < b, a > b);
    f64::from(match comparison {
        Comparison::Eq => !less && !more,
        Comparison::Ne => less || more,
        Comparison::Lt => less,
        Comparison::Le => !more,
        Comparison::Gt => more,
        Comparison::Ge => !less,
    })
}
