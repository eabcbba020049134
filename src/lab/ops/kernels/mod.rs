//! Computations in the machine's own memory, where the engine has none, or one with other conventions: a NaN that
//! becomes 0, an order that a NaN breaks, an index that is read with the wrong strides.

mod along;
mod binary;
mod indexed;
mod strided;
mod unary;

use std::cmp::Ordering;

use candle_core::{DType, Device, Layout, Result, Storage, Tensor, WithDType, bail};

pub(super) use along::{arg_extreme, arg_sort, running_sum, softmax, sum};
pub(super) use binary::binary;
pub(super) use indexed::{gather, index_add, index_select, scatter_add};
pub(super) use strided::{View, contiguous, put_back, take};
pub(super) use unary::{affine, clamp, elu, leaky_relu, power, unary};

/// A number that tensors hold here.
trait Number: WithDType {
    /// What it is added up as.
    type Wide: Number<Wide = Self::Wide>;

    fn widened(self) -> Self::Wide;

    fn narrowed(wide: Self::Wide) -> Self;

    /// The sum as PyTorch has it: integers wrap around, of truth values it is "or".
    fn plus(self, other: Self) -> Self;

    /// The order of sorting, as PyTorch has it: a NaN is larger than any number.
    fn order(&self, other: &Self) -> Ordering;
}

impl Number for f64 {
    type Wide = f64;

    fn widened(self) -> f64 {
        self
    }

    fn narrowed(wide: f64) -> Self {
        wide
    }

    fn plus(self, other: Self) -> Self {
        self + other
    }

    fn order(&self, other: &Self) -> Ordering {
        let both = self.partial_cmp(other);
        both.unwrap_or_else(|| self.is_nan().cmp(&other.is_nan()))
    }
}

impl Number for f32 {
    type Wide = f64;

    fn widened(self) -> f64 {
        f64::from(self)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the sum of 32-bit numbers is rounded to one, once"
    )]
    fn narrowed(wide: f64) -> Self {
        wide as Self
    }

    fn plus(self, other: Self) -> Self {
        self + other
    }

    fn order(&self, other: &Self) -> Ordering {
        self.widened().order(&other.widened())
    }
}

impl Number for i64 {
    type Wide = i64;

    fn widened(self) -> i64 {
        self
    }

    fn narrowed(wide: i64) -> Self {
        wide
    }

    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    fn order(&self, other: &Self) -> Ordering {
        self.cmp(other)
    }
}

impl Number for u8 {
    type Wide = i64;

    fn widened(self) -> i64 {
        i64::from(self)
    }

    fn narrowed(wide: i64) -> Self {
        Self::from(wide != 0)
    }

    fn plus(self, other: Self) -> Self {
        self | other
    }

    fn order(&self, other: &Self) -> Ordering {
        self.cmp(other)
    }
}

/// An expression with a type that stands for the numbers of a tensor.
macro_rules! for_kind {
    ($tensor:expr, $number:ident => $body:expr) => {
        match $tensor.dtype() {
            candle_core::DType::F64 => {
                type $number = f64;
                $body
            }
            candle_core::DType::F32 => {
                type $number = f32;
                $body
            }
            candle_core::DType::I64 => {
                type $number = i64;
                $body
            }
            candle_core::DType::U8 => {
                type $number = u8;
                $body
            }
            other => candle_core::bail!("there are no tensors of {other:?} here"),
        }
    };
}
use for_kind;

/// Reads a tensor's memory and how it is laid out in it.
fn read<T: WithDType, R>(x: &Tensor, work: impl FnOnce(&[T], &Layout) -> Result<R>) -> Result<R> {
    let (storage, layout) = x.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => work(T::cpu_storage_as_slice(storage)?, layout),
        _ => bail!("a tensor on another device cannot be read"),
    }
}

/// Reads a tensor's numbers in row-major order.
fn read_flat<T: Number, R>(x: &Tensor, work: impl FnOnce(&[T]) -> Result<R>) -> Result<R> {
    let x = contiguous(x)?;
    read(&x, |data, layout| {
        let start = layout.start_offset();
        work(&data[start..start + layout.shape().elem_count()])
    })
}

/// A tensor of these numbers.
fn made<T: WithDType>(data: Vec<T>, dims: &[usize]) -> Result<Tensor> {
    Tensor::from_vec(data, dims, &Device::Cpu)
}

/// How an axis lies in a tensor in row-major order: so many blocks, of so many places, of so many numbers.
#[derive(Clone, Copy)]
struct Axis {
    blocks: usize,
    places: usize,
    inner: usize,
}

impl Axis {
    fn of(dims: &[usize], axis: usize) -> Self {
        Self {
            blocks: dims[..axis].iter().product(),
            places: dims[axis],
            inner: dims[axis + 1..].iter().product(),
        }
    }

    /// The blocks; none where they are empty.
    fn blocks<T>(self, data: &[T]) -> impl Iterator<Item = &[T]> {
        data.chunks_exact((self.places * self.inner).max(1))
    }

    /// Where the first number of each line along the axis stands.
    fn lines(self) -> impl Iterator<Item = usize> {
        let block = self.places * self.inner;
        (0..self.blocks).flat_map(move |outer| (0..self.inner).map(move |at| outer * block + at))
    }
}

fn undefined<T>(name: &str, kind: DType) -> Result<T> {
    let kind = match kind {
        DType::U8 => "truth values",
        DType::I64 => "integers",
        _ => "these numbers",
    };
    bail!("{name} is not defined for {kind}")
}
