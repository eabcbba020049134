//! Element-wise functions in one pass, where the engine has none, or one with other conventions (a NaN that becomes 0,
//! a power of a negative number that becomes NaN).

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Device, Layout, Result, Shape, Tensor};

use super::{Binary, Unary};

/// `f(x)`, element by element, wherever the tensor lives.
pub(super) fn unary(function: Unary, x: &Tensor) -> Result<Tensor> {
    if !x.device().is_cpu() {
        if let Some(there) = native(function, x) {
            return there;
        }
        return unary(function, &x.to_device(&Device::Cpu)?)?.to_device(x.device());
    }
    x.contiguous()?.apply_op1_no_bwd(&Map(function))
}

/// `f(a, b)` on tensors of one shape, wherever they live.
pub(super) fn binary(function: Binary, a: &Tensor, b: &Tensor) -> Result<Tensor> {
    if !a.device().is_cpu() {
        let (here, there) = (a.to_device(&Device::Cpu)?, b.to_device(&Device::Cpu)?);
        return binary(function, &here, &there)?.to_device(a.device());
    }
    a.contiguous()?
        .apply_op2_no_bwd(&b.contiguous()?, &Map2(function))
}

/// `xᶜ`, element by element.
pub(super) fn power(exponent: f64, x: &Tensor) -> Result<Tensor> {
    if !x.device().is_cpu() {
        return power(exponent, &x.to_device(&Device::Cpu)?)?.to_device(x.device());
    }
    x.contiguous()?.apply_op1_no_bwd(&Power(exponent))
}

/// The running sum along an axis.
pub(super) fn running_sum(axis: usize, reverse: bool, x: &Tensor) -> Result<Tensor> {
    if !x.device().is_cpu() {
        let here = x.to_device(&Device::Cpu)?;
        return running_sum(axis, reverse, &here)?.to_device(x.device());
    }
    x.contiguous()?
        .apply_op1_no_bwd(&RunningSum { axis, reverse })
}

/// What the engine computes on its own device with the same conventions.
fn native(function: Unary, x: &Tensor) -> Option<Result<Tensor>> {
    Some(match function {
        Unary::Neg => x.neg(),
        Unary::Abs => x.abs(),
        Unary::Sign => x.sign(),
        Unary::Exp => x.exp(),
        Unary::Log => x.log(),
        Unary::Sqrt => x.sqrt(),
        Unary::Reciprocal => x.recip(),
        Unary::Sin => x.sin(),
        Unary::Cos => x.cos(),
        Unary::Tanh => x.tanh(),
        Unary::Erf => x.erf(),
        Unary::Relu => x.relu(),
        Unary::Sigmoid => x
            .neg()
            .and_then(|minus| minus.exp())
            .and_then(|exp| exp.affine(1.0, 1.0)?.recip()),
        _ => return None,
    })
}

struct Map(Unary);

/// The elements of a contiguous tensor.
fn elements<'a, T>(data: &'a [T], layout: &Layout) -> &'a [T] {
    let start = layout.start_offset();
    &data[start..start + layout.shape().elem_count()]
}

fn each<T: Copy, U>(data: &[T], layout: &Layout, function: impl Fn(T) -> U) -> Vec<U> {
    elements(data, layout)
        .iter()
        .map(|&x| function(x))
        .collect()
}

/// The functions that floats of both sizes have, as one match for each size.
macro_rules! float_map {
    ($function:expr, $data:expr, $layout:expr, $float:ident, $erf:path, $storage:path) => {{
        let (data, layout) = ($data, $layout);
        let normal = |x: $float| 0.5 * (1.0 + $erf(x * std::$float::consts::FRAC_1_SQRT_2));
        let sigmoid = |x: $float| {
            if x >= 0.0 {
                1.0 / (1.0 + (-x).exp())
            } else {
                let exp = x.exp();
                exp / (1.0 + exp)
            }
        };
        let values = match $function {
            Unary::Neg => each(data, layout, |x: $float| -x),
            Unary::Abs => each(data, layout, |x: $float| x.abs()),
            Unary::Sign => each(data, layout, |x: $float| {
                if x == 0.0 || x.is_nan() {
                    x * 0.0
                } else {
                    x.signum()
                }
            }),
            Unary::Exp => each(data, layout, |x: $float| x.exp()),
            Unary::Expm1 => each(data, layout, |x: $float| x.exp_m1()),
            Unary::Log => each(data, layout, |x: $float| x.ln()),
            Unary::Log1p => each(data, layout, |x: $float| x.ln_1p()),
            Unary::Sqrt => each(data, layout, |x: $float| x.sqrt()),
            Unary::Reciprocal => each(data, layout, |x: $float| x.recip()),
            Unary::Sin => each(data, layout, |x: $float| x.sin()),
            Unary::Cos => each(data, layout, |x: $float| x.cos()),
            Unary::Tan => each(data, layout, |x: $float| x.tan()),
            Unary::Asin => each(data, layout, |x: $float| x.asin()),
            Unary::Acos => each(data, layout, |x: $float| x.acos()),
            Unary::Atan => each(data, layout, |x: $float| x.atan()),
            Unary::Sinh => each(data, layout, |x: $float| x.sinh()),
            Unary::Cosh => each(data, layout, |x: $float| x.cosh()),
            Unary::Asinh => each(data, layout, |x: $float| x.asinh()),
            Unary::Acosh => each(data, layout, |x: $float| x.acosh()),
            Unary::Atanh => each(data, layout, |x: $float| x.atanh()),
            Unary::Tanh => each(data, layout, |x: $float| x.tanh()),
            Unary::Sigmoid => each(data, layout, sigmoid),
            // A NaN stays one.
            Unary::Relu => each(data, layout, |x: $float| if x < 0.0 { 0.0 } else { x }),
            Unary::Softplus => each(data, layout, |x: $float| {
                x.max(0.0) + (-x.abs()).exp().ln_1p() + (x - x)
            }),
            Unary::Erf => each(data, layout, |x: $float| $erf(x)),
            Unary::Gelu => each(data, layout, |x: $float| x * normal(x)),
            Unary::Silu => each(data, layout, |x: $float| x * sigmoid(x)),
            Unary::Floor => each(data, layout, |x: $float| x.floor()),
            Unary::Ceil => each(data, layout, |x: $float| x.ceil()),
            Unary::Round => each(data, layout, |x: $float| x.round_ties_even()),
            Unary::Trunc => each(data, layout, |x: $float| x.trunc()),
            Unary::Not => return truth(each(data, layout, |x: $float| u8::from(x == 0.0)), layout),
            Unary::IsNan => {
                return truth(each(data, layout, |x: $float| u8::from(x.is_nan())), layout);
            }
            Unary::IsFinite => {
                return truth(
                    each(data, layout, |x: $float| u8::from(x.is_finite())),
                    layout,
                );
            }
        };
        Ok(($storage(values), layout.shape().clone()))
    }};
}

fn truth(values: Vec<u8>, layout: &Layout) -> Result<(CpuStorage, Shape)> {
    Ok((CpuStorage::U8(values), layout.shape().clone()))
}

impl CustomOp1 for Map {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        match storage {
            CpuStorage::F64(data) => {
                float_map!(self.0, data, layout, f64, libm::erf, CpuStorage::F64)
            }
            CpuStorage::F32(data) => {
                float_map!(self.0, data, layout, f32, libm::erff, CpuStorage::F32)
            }
            CpuStorage::I64(data) => {
                let values = match self.0 {
                    Unary::Neg => each(data, layout, |x: i64| x.wrapping_neg()),
                    Unary::Abs => each(data, layout, |x: i64| x.wrapping_abs()),
                    Unary::Sign => each(data, layout, |x: i64| x.signum()),
                    Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc => {
                        each(data, layout, |x: i64| x)
                    }
                    Unary::Relu => each(data, layout, |x: i64| x.max(0)),
                    Unary::Not => return truth(each(data, layout, |x| u8::from(x == 0)), layout),
                    Unary::IsNan => return truth(each(data, layout, |_| 0), layout),
                    Unary::IsFinite => return truth(each(data, layout, |_| 1), layout),
                    _ => return Err(of_integers(self.0.name())),
                };
                Ok((CpuStorage::I64(values), layout.shape().clone()))
            }
            CpuStorage::U8(data) => match self.0 {
                Unary::Not => truth(each(data, layout, |x| u8::from(x == 0)), layout),
                Unary::IsNan => truth(each(data, layout, |_| 0), layout),
                Unary::IsFinite => truth(each(data, layout, |_| 1), layout),
                _ => Err(of_integers(self.0.name())),
            },
            _ => Err(of_integers(self.0.name())),
        }
    }
}

fn of_integers(name: &str) -> candle_core::Error {
    candle_core::Error::msg(format!("{name} is not defined for tensors of this kind"))
}

struct Power(f64);

impl CustomOp1 for Power {
    fn name(&self) -> &'static str {
        "pow"
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a 32-bit tensor has a 32-bit exponent; the whole ones are exact"
    )]
    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let shape = layout.shape().clone();
        let whole = self.0.fract() == 0.0 && self.0.abs() < 64.0;
        let storage = match storage {
            CpuStorage::F64(data) if whole => {
                CpuStorage::F64(each(data, layout, |x| x.powi(self.0 as i32)))
            }
            CpuStorage::F64(data) => CpuStorage::F64(each(data, layout, |x| x.powf(self.0))),
            CpuStorage::F32(data) if whole => {
                CpuStorage::F32(each(data, layout, |x| x.powi(self.0 as i32)))
            }
            CpuStorage::F32(data) => CpuStorage::F32(each(data, layout, |x| x.powf(self.0 as f32))),
            CpuStorage::I64(data) if whole && self.0 >= 0.0 => {
                CpuStorage::I64(each(data, layout, |x| x.wrapping_pow(self.0 as u32)))
            }
            _ => return Err(of_integers("pow")),
        };
        Ok((storage, shape))
    }
}

struct Map2(Binary);

/// The two-number functions that floats of both sizes have.
macro_rules! float_map2 {
    ($function:expr, $a:expr, $b:expr, $float:ident) => {{
        let (a, b): (&[$float], &[$float]) = ($a, $b);
        let pairs = a.iter().zip(b);
        let quiet = |a: $float, b: $float, chosen: $float| {
            if a.is_nan() || b.is_nan() {
                $float::NAN
            } else {
                chosen
            }
        };
        match $function {
            Binary::Add => pairs.map(|(a, b)| a + b).collect(),
            Binary::Sub => pairs.map(|(a, b)| a - b).collect(),
            Binary::Mul => pairs.map(|(a, b)| a * b).collect(),
            Binary::Div => pairs.map(|(a, b)| a / b).collect(),
            Binary::Pow => pairs.map(|(a, b)| a.powf(*b)).collect(),
            Binary::Maximum => pairs.map(|(&a, &b)| quiet(a, b, a.max(b))).collect(),
            Binary::Minimum => pairs.map(|(&a, &b)| quiet(a, b, a.min(b))).collect(),
            Binary::Remainder => pairs.map(|(a, b)| a - b * (a / b).floor()).collect(),
            Binary::Atan2 => pairs.map(|(a, b)| a.atan2(*b)).collect(),
        }
    }};
}

impl CustomOp2 for Map2 {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn cpu_fwd(
        &self,
        a: &CpuStorage,
        a_layout: &Layout,
        b: &CpuStorage,
        b_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let shape = a_layout.shape().clone();
        let storage = match (a, b) {
            (CpuStorage::F64(a), CpuStorage::F64(b)) => {
                let (a, b) = (elements(a, a_layout), elements(b, b_layout));
                CpuStorage::F64(float_map2!(self.0, a, b, f64))
            }
            (CpuStorage::F32(a), CpuStorage::F32(b)) => {
                let (a, b) = (elements(a, a_layout), elements(b, b_layout));
                CpuStorage::F32(float_map2!(self.0, a, b, f32))
            }
            (CpuStorage::I64(a), CpuStorage::I64(b)) => {
                let (a, b) = (elements(a, a_layout), elements(b, b_layout));
                CpuStorage::I64(integers(self.0, a, b)?)
            }
            _ => return Err(of_integers(self.0.name())),
        };
        Ok((storage, shape))
    }
}

fn integers(function: Binary, a: &[i64], b: &[i64]) -> Result<Vec<i64>> {
    let by_zero = || candle_core::Error::msg("ZeroDivisionError");
    let one = |(&a, &b): (&i64, &i64)| {
        Ok(match function {
            Binary::Add => a.wrapping_add(b),
            Binary::Sub => a.wrapping_sub(b),
            Binary::Mul => a.wrapping_mul(b),
            Binary::Maximum => a.max(b),
            Binary::Minimum => a.min(b),
            Binary::Pow => match u32::try_from(b) {
                Ok(exponent) => a.wrapping_pow(exponent),
                Err(_) => return Err(of_integers("a negative power")),
            },
            Binary::Remainder => {
                let remainder = a.checked_rem(b).ok_or_else(by_zero)?;
                if remainder != 0 && (remainder < 0) != (b < 0) {
                    remainder + b
                } else {
                    remainder
                }
            }
            Binary::Div | Binary::Atan2 => return Err(of_integers(function.name())),
        })
    };
    a.iter().zip(b).map(one).collect()
}

struct RunningSum {
    axis: usize,
    reverse: bool,
}

impl RunningSum {
    fn sums<T: Copy + std::ops::Add<Output = T>>(&self, data: &[T], dims: &[usize]) -> Vec<T> {
        let inner: usize = dims[self.axis + 1..].iter().product();
        let n = dims[self.axis];
        let mut sums = data.to_vec();
        for block in sums.chunks_mut((n * inner).max(1)) {
            for step in 1..n {
                let (to, from) = if self.reverse {
                    (n - 1 - step, n - step)
                } else {
                    (step, step - 1)
                };
                for place in 0..inner {
                    block[to * inner + place] =
                        block[to * inner + place] + block[from * inner + place];
                }
            }
        }
        sums
    }
}

impl CustomOp1 for RunningSum {
    fn name(&self) -> &'static str {
        "cumsum"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let dims = layout.dims();
        let storage = match storage {
            CpuStorage::F64(data) => CpuStorage::F64(self.sums(elements(data, layout), dims)),
            CpuStorage::F32(data) => CpuStorage::F32(self.sums(elements(data, layout), dims)),
            CpuStorage::I64(data) => CpuStorage::I64(self.sums(elements(data, layout), dims)),
            _ => return Err(of_integers("cumsum")),
        };
        Ok((storage, layout.shape().clone()))
    }
}
