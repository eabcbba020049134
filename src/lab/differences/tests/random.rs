//! Random programs: every operation, on random shapes, in random order.

use super::{Outcome, constant, leaf};
use crate::lab::ops::{Binary, Comparison, Kind, Op, Unary};
use crate::lab::random::Stream;
use crate::lab::value::Value;
use crate::lab::{Array, Program};

/// Numbers drawn one after the other.
pub(super) struct Dice {
    stream: Stream,
    thrown: u64,
}

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            stream: Stream::seeded(seed, 0xd1ce),
            thrown: 0,
        }
    }

    /// Below n.
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.thrown += 1;
        let bits = self.stream.bits(self.thrown) % n.max(1) as u64;
        usize::try_from(bits).unwrap_or(0)
    }

    pub(super) fn normal(&mut self) -> f64 {
        self.thrown += 1;
        self.stream.normal(self.thrown)
    }

    pub(super) fn array(&mut self, dims: &[usize]) -> Array {
        let count = dims.iter().product();
        Array::new(dims, (0..count).map(|_| self.normal()).collect())
    }

    fn dims(&mut self) -> Vec<usize> {
        let rank = self.below(4);
        (0..rank).map(|_| 1 + self.below(4)).collect()
    }

    fn index(&mut self, dims: &[usize], below: usize) -> Outcome<Value> {
        let count: usize = dims.iter().product();
        let mut array = Array::new(dims, Vec::new());
        for _ in 0..count {
            array
                .data
                .push(f64::from(u32::try_from(self.below(below))?));
        }
        array.kind = Kind::I64;
        Ok(constant(&array)?)
    }
}

/// A program of this many steps or so, its inputs, and its operations' names.
pub(super) struct Random {
    pub(super) program: Program,
    pub(super) inputs: Vec<Array>,
    pub(super) upstream: Vec<Array>,
}

pub(super) fn program(seed: u64, steps: usize) -> Outcome<Random> {
    let mut dice = Dice::new(seed);
    let mut inputs = Vec::new();
    let mut pool = Vec::new();
    for _ in 0..=dice.below(2) {
        let dims = dice.dims();
        let array = dice.array(&dims);
        pool.push(leaf(&array)?);
        inputs.push(array);
    }
    let named: Vec<(String, Value)> = pool
        .iter()
        .enumerate()
        .map(|(number, value)| (format!("x{number}"), value.clone()))
        .collect();
    let first = pool.len();
    while pool.len() < first + steps {
        let x = pool[dice.below(pool.len())].clone();
        if let Some(next) = step(&mut dice, &x, &pool)? {
            let elements: usize = next.dims().iter().product();
            if elements <= 300 && next.dims().len() <= 5 {
                pool.push(next);
            }
        }
    }
    let ends: Vec<Value> = pool.iter().rev().take(2).cloned().collect();
    let program = Program::capture(&named, &ends)?;
    let upstream = ends.iter().map(|end| dice.array(end.dims())).collect();
    Ok(Random {
        program,
        inputs,
        upstream,
    })
}

/// One more operation on x, where it can be done.
#[expect(clippy::too_many_lines, reason = "one arm for each operation")]
fn step(dice: &mut Dice, x: &Value, pool: &[Value]) -> Outcome<Option<Value>> {
    let dims = x.dims().to_vec();
    let rank = dims.len();
    let axis = dice.below(rank);
    let kind = dice.below(34);
    if rank == 0 && !(0..9).contains(&kind) {
        return Ok(None);
    }
    let n = dims.get(axis).copied().unwrap_or(1);
    let other = pool[dice.below(pool.len())].clone();
    let one = |op: Op| Ok(Some(Value::apply(op, &[x])?));
    match kind {
        0 | 1 => {
            let smooth = [
                Unary::Tanh,
                Unary::Sigmoid,
                Unary::Sin,
                Unary::Softplus,
                Unary::Gelu,
                Unary::Silu,
                Unary::Erf,
                Unary::Atan,
                Unary::Neg,
                Unary::Asinh,
                Unary::Cos,
            ];
            one(Op::Unary(smooth[dice.below(smooth.len())]))
        }
        2 => one(Op::Unary(Unary::Relu)),
        3 => one(Op::Power(2.0)),
        4 => one(Op::Affine {
            scale: dice.normal(),
            shift: dice.normal(),
        }),
        5 => one(Op::Clamp {
            low: Some(-1.0),
            high: Some(1.5),
        }),
        6 => {
            let functions = [
                Binary::Add,
                Binary::Sub,
                Binary::Mul,
                Binary::Div,
                Binary::Maximum,
                Binary::Minimum,
                Binary::Atan2,
            ];
            let function = functions[dice.below(functions.len())];
            let other = if function == Binary::Div {
                other.unary(Unary::Softplus)?.affine(1.0, 0.5)?
            } else {
                other
            };
            Ok(x.binary(function, &other).ok())
        }
        7 => one(Op::Unary(Unary::Tanh)),
        8 => one([Op::LeakyRelu(0.1), Op::Elu(0.7), Op::Detach][dice.below(3)].clone()),
        9 => {
            let condition = x.compare(Comparison::Gt, &x.affine(0.0, 0.3)?)?;
            Ok(Value::where_(&condition, x, &other).ok())
        }
        10 => {
            let mut order: Vec<usize> = (0..rank).collect();
            for place in (1..rank).rev() {
                order.swap(place, dice.below(place + 1));
            }
            one(Op::Permute(order))
        }
        11 => one(Op::Reshape(vec![dims.iter().product()])),
        12 => {
            // Two axes become one, or one becomes two.
            let mut to = dims.clone();
            if axis + 1 < rank {
                let next = to.remove(axis + 1);
                to[axis] *= next;
            } else if n % 2 == 0 {
                to[axis] = 2;
                to.insert(axis + 1, n / 2);
            } else {
                to.insert(axis, 1);
            }
            one(Op::Reshape(to))
        }
        13 => {
            let mut to = dims.clone();
            if n == 1 {
                to[axis] = 3;
            } else {
                to.insert(0, 2);
            }
            one(Op::Broadcast(to))
        }
        14 => {
            let mut to = dims.clone();
            to[axis] = 1;
            let skip = dice.below(axis + 1);
            one(Op::SumTo(if skip > 0 { to[skip..].to_vec() } else { to }))
        }
        15 => {
            let (start, every) = (dice.below(n), 1 + dice.below(2));
            let most = (n - start).div_ceil(every);
            one(Op::Slice {
                axis,
                start,
                step: every,
                count: 1 + dice.below(most),
            })
        }
        16 => {
            let (start, step) = (dice.below(2), 1 + dice.below(2));
            one(Op::Unslice {
                axis,
                start,
                step,
                length: start + (n - 1) * step + 1 + dice.below(2),
            })
        }
        17 => one(Op::Flip(axis)),
        18 => Ok(Value::apply(Op::Cat(axis), &[x, &x.unary(Unary::Sin)?, x]).ok()),
        19 | 20 => one(Op::Window {
            axis,
            kernel: 1 + dice.below(n.min(3)),
            stride: 1 + dice.below(3),
            dilation: 1,
        })
        .or(Ok(None)),
        21 if rank >= 2 && axis + 1 < rank => {
            let (stride, dilation) = (1 + dice.below(3), 1 + dice.below(2));
            let length = (n - 1) * stride + (dims[rank - 1] - 1) * dilation + 1;
            one(Op::Unwindow {
                axis,
                length: length + dice.below(stride),
                stride,
                dilation,
            })
        }
        22 => {
            let count = 1 + dice.below(5);
            let index = dice.index(&[count], n)?;
            Ok(Some(Value::apply(Op::IndexSelect(axis), &[x, &index])?))
        }
        23 => {
            let index = dice.index(&[n], 4)?;
            let add = Op::IndexAdd { axis, length: 4 };
            Ok(Some(Value::apply(add, &[x, &index])?))
        }
        24 => {
            let mut wanted = dims.clone();
            wanted[axis] = 1 + dice.below(4);
            let shrunk = dice.below(rank);
            if shrunk != axis {
                wanted[shrunk] = 1 + dice.below(wanted[shrunk]);
            }
            let index = dice.index(&wanted, n)?;
            Ok(Some(Value::apply(Op::Gather(axis), &[x, &index])?))
        }
        25 => {
            let index = dice.index(&dims, 3)?;
            let add = Op::ScatterAdd { axis, length: 3 };
            Ok(Some(Value::apply(add, &[x, &index])?))
        }
        26 => {
            let mut summed = vec![axis];
            if axis + 1 < rank && dice.below(2) == 0 {
                summed.push(axis + 1);
            }
            let keep = dice.below(2) == 0;
            one(Op::Sum { axes: summed, keep })
        }
        27 => one(Op::CumSum {
            axis,
            reverse: dice.below(2) == 0,
        }),
        28 => one(Op::Softmax(axis)),
        29 => one(Op::LogSoftmax(axis)),
        30 => {
            let columns = 1 + dice.below(3);
            let matrix = dice.array(&[dims[rank - 1], columns]);
            if rank < 2 {
                return Ok(None);
            }
            let scaled = x.matmul(&constant(&matrix)?)?;
            Ok(Some(scaled.affine(0.5, 0.0)?))
        }
        31 if rank >= 2 => {
            let rows = 1 + dice.below(3);
            let matrix = dice.array(&[rows, dims[rank - 2]]);
            Ok(Some(constant(&matrix)?.matmul(x)?.affine(0.5, 0.0)?))
        }
        32 if rank >= 2 => {
            let both = x.matmul(&x.unary(Unary::Tanh)?.transposed()?)?;
            Ok(Some(both.affine(0.3, 0.0)?))
        }
        33 if rank >= 2 => {
            // X·Xᵀ + I is far from singular.
            let size = dims[rank - 2];
            let mut identity = Array::new(&[size, size], vec![0.0; size * size]);
            for i in 0..size {
                identity.data[i * size + i] = 1.0;
            }
            let square = x
                .matmul(&x.transposed()?)?
                .affine(0.1, 0.0)?
                .add(&constant(&identity)?)?;
            let op = [Op::Inverse, Op::Determinant][dice.below(2)].clone();
            Ok(Some(Value::apply(op, &[&square])?))
        }
        _ => {
            let largest = Op::ArgExtreme {
                axis,
                largest: dice.below(2) == 0,
            };
            let index = Value::apply(largest, &[x])?;
            Ok(Some(Value::apply(Op::Gather(axis), &[x, &index])?))
        }
    }
}
