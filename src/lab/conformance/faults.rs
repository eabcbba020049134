//! Samples for the comparison: what the engine is right at, and where its own backward pass has been found wanting.

use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::ops;

use super::composed;
use super::draw::Draw;
use crate::lab::LabError;
use crate::lab::ops::{Binary, Op, Unary};
use crate::lab::value::Value;

/// An operation in the engine's terms and in the lab's.
pub(super) struct Sample {
    pub(super) operation: &'static str,
    pub(super) setting: &'static str,
    pub(super) asked: Asked,
    /// What the engine computes in.
    pub(super) kind: DType,
    pub(super) inputs: Vec<Tensor>,
    /// The operand whose gradient is asked for.
    pub(super) input: usize,
    pub(super) engine: fn(&[Tensor]) -> Result<Tensor>,
    pub(super) own: fn(&[Value]) -> std::result::Result<Value, LabError>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Asked {
    Values,
    Gradient,
    /// Where there is no derivative: PyTorch's convention, the same number for every entry.
    AtKink(f64),
    SecondDerivative,
}

impl Asked {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Values => "values",
            Self::Gradient | Self::AtKink(_) => "gradient",
            Self::SecondDerivative => "second derivative",
        }
    }
}

impl Sample {
    /// The gradient of the first operand, in float64.
    fn new(
        operation: &'static str,
        setting: &'static str,
        inputs: impl Into<Vec<Tensor>>,
        engine: fn(&[Tensor]) -> Result<Tensor>,
        own: fn(&[Value]) -> std::result::Result<Value, LabError>,
    ) -> Self {
        Self {
            operation,
            setting,
            asked: Asked::Gradient,
            kind: DType::F64,
            inputs: inputs.into(),
            input: 0,
            engine,
            own,
        }
    }

    fn asks(self, asked: Asked) -> Self {
        Self { asked, ..self }
    }

    fn of_input(self, input: usize) -> Self {
        Self { input, ..self }
    }

    fn in_float32(self) -> Self {
        Self {
            kind: DType::F32,
            ..self
        }
    }
}

/// All samples.
pub(super) fn samples(draw: &mut Draw) -> Result<Vec<Sample>> {
    let mut samples = pools(draw)?;
    samples.extend(convolutions(draw)?);
    samples.extend(resampled(draw)?);
    samples.extend(normalised(draw)?);
    samples.extend(smooth(draw)?);
    samples.extend(indexed(draw)?);
    samples.extend(kinks()?);
    samples.extend(values(draw)?);
    Ok(samples)
}

fn pools(draw: &mut Draw) -> Result<Vec<Sample>> {
    // No two numbers of an image are near each other.
    let mut image = |size: usize| {
        let order = draw.order(2 * size * size);
        let numbers: Vec<f64> = order
            .into_iter()
            .map(|n| super::draw::small(n) / 8.0)
            .collect();
        Tensor::from_vec(numbers, (1, 2, size, size), &Device::Cpu)
    };
    let (even, odd) = (image(4)?, image(5)?);
    Ok(vec![
        Sample::new(
            "avg_pool2d",
            "2x2 windows of 4x4",
            [even.clone()],
            |x| x[0].avg_pool2d(2),
            |x| composed::avg_pool2d(&x[0], 2, 2),
        ),
        Sample::new(
            "avg_pool2d",
            "2x2 windows of 5x5",
            [odd.clone()],
            |x| x[0].avg_pool2d(2),
            |x| composed::avg_pool2d(&x[0], 2, 2),
        ),
        Sample::new(
            "avg_pool2d",
            "3x3 windows of 5x5, stride 2",
            [odd.clone()],
            |x| x[0].avg_pool2d_with_stride(3, 2),
            |x| composed::avg_pool2d(&x[0], 3, 2),
        ),
        Sample::new(
            "max_pool2d",
            "2x2 windows of 4x4",
            [even],
            |x| x[0].max_pool2d(2),
            |x| composed::max_pool2d(&x[0], 2, 2),
        ),
        Sample::new(
            "max_pool2d",
            "2x2 windows of 5x5",
            [odd.clone()],
            |x| x[0].max_pool2d(2),
            |x| composed::max_pool2d(&x[0], 2, 2),
        ),
        Sample::new(
            "max_pool2d",
            "3x3 windows of 5x5, stride 2",
            [odd],
            |x| x[0].max_pool2d_with_stride(3, 2),
            |x| composed::max_pool2d(&x[0], 3, 2),
        ),
    ])
}

fn convolutions(draw: &mut Draw) -> Result<Vec<Sample>> {
    let mut of = |dims: &[usize]| draw.plain(dims, -1.0, 1.0);
    let (sequence, taps) = (of(&[2, 3, 6])?, of(&[4, 3, 3])?);
    let single = sequence.narrow(0, 0, 1)?.contiguous()?;
    let (square, image) = (of(&[1, 2, 7, 7])?, of(&[1, 2, 7, 8])?);
    let (kernel, wide) = (of(&[3, 2, 3, 3])?, of(&[3, 2, 3, 5])?);
    let turned = of(&[3, 4, 3])?;
    Ok(vec![
        Sample::new(
            "conv1d",
            "batch 2, 3 to 4 channels: the input's",
            [sequence.clone(), taps.clone()],
            |x| x[0].conv1d(&x[1], 0, 1, 1, 1),
            |x| composed::conv1d(&x[0], &x[1]),
        ),
        Sample::new(
            "conv1d",
            "batch 1, 3 to 4 channels: the input's",
            [single.clone(), taps.clone()],
            |x| x[0].conv1d(&x[1], 0, 1, 1, 1),
            |x| composed::conv1d(&x[0], &x[1]),
        ),
        Sample::new(
            "conv1d",
            "batch 2, 3 to 4 channels: the kernel's",
            [sequence.clone(), taps],
            |x| x[0].conv1d(&x[1], 0, 1, 1, 1),
            |x| composed::conv1d(&x[0], &x[1]),
        )
        .of_input(1),
        Sample::new(
            "conv1d",
            "a transposed kernel",
            [sequence.clone(), turned.clone()],
            |x| x[0].conv1d(&x[1].transpose(0, 1)?, 0, 1, 1, 1),
            |x| composed::conv1d(&x[0], &x[1].permute(&[1, 0, 2])?),
        )
        .asks(Asked::Values),
        Sample::new(
            "conv2d",
            "3x3 kernel, stride 2, padding 1 on 7x7",
            [square, kernel.clone()],
            |x| x[0].conv2d(&x[1], 1, 2, 1, 1),
            |x| composed::conv2d(&x[0], &x[1], 2, 1),
        ),
        Sample::new(
            "conv2d",
            "3x3 kernel, stride 2, padding 1 on 7x8",
            [image.clone(), kernel],
            |x| x[0].conv2d(&x[1], 1, 2, 1, 1),
            |x| composed::conv2d(&x[0], &x[1], 2, 1),
        ),
        Sample::new(
            "conv2d",
            "3x5 kernel, stride 2 on 7x8",
            [image, wide],
            |x| x[0].conv2d(&x[1], 0, 2, 1, 1),
            |x| composed::conv2d(&x[0], &x[1], 2, 0),
        ),
        Sample::new(
            "conv_transpose1d",
            "batch 1, kernel 3, stride 2",
            [single, turned.clone()],
            |x| x[0].conv_transpose1d(&x[1], 0, 0, 2, 1, 1),
            |x| composed::conv_transpose1d(&x[0], &x[1], 2),
        ),
        Sample::new(
            "conv_transpose1d",
            "batch 2, kernel 3, stride 2",
            [sequence, turned],
            |x| x[0].conv_transpose1d(&x[1], 0, 0, 2, 1, 1),
            |x| composed::conv_transpose1d(&x[0], &x[1], 2),
        ),
    ])
}

fn resampled(draw: &mut Draw) -> Result<Vec<Sample>> {
    let image = draw.plain(&[1, 2, 3, 3], -1.0, 1.0)?;
    // From 3 places to 5, corners on corners: every second place is the middle of two.
    let weights = [
        [1.0, 0.0, 0.0],
        [0.5, 0.5, 0.0],
        [0.0, 1.0, 0.0],
        [0.0, 0.5, 0.5],
        [0.0, 0.0, 1.0],
    ];
    let weights = Tensor::new(&weights, &Device::Cpu)?;
    Ok(vec![
        Sample::new(
            "upsample_nearest2d",
            "3x3 to 6x6",
            [image.clone()],
            |x| x[0].upsample_nearest2d(6, 6),
            |x| composed::upsample_nearest2d(&x[0]),
        ),
        Sample::new(
            "upsample_nearest2d",
            "twice on one tensor: y + y·y",
            [image.clone()],
            |x| {
                let again = x[0].upsample_nearest2d(6, 6)?.sqr()?;
                x[0].upsample_nearest2d(6, 6)? + again
            },
            |x| {
                let again = composed::upsample_nearest2d(&x[0])?;
                composed::upsample_nearest2d(&x[0])?.add(&again.mul(&again)?)
            },
        ),
        Sample::new(
            "upsample_bilinear2d",
            "3x3 to 5x5",
            [image, weights],
            |x| x[0].upsample_bilinear2d(5, 5, true),
            |x| composed::upsample_bilinear2d(&x[0], &x[1]),
        ),
    ])
}

fn normalised(draw: &mut Draw) -> Result<Vec<Sample>> {
    let mut of = |dims: &[usize]| draw.plain(dims, -1.0, 1.0);
    let (x, scale, shift) = (of(&[3, 4])?, of(&[4])?, of(&[4])?);
    let all = [x.clone(), scale.clone(), shift];
    let layer_norm = |setting| {
        Sample::new(
            "layer_norm",
            setting,
            all.clone(),
            |x| ops::layer_norm(&x[0], &x[1], &x[2], 1e-3),
            |x| composed::layer_norm(&x[0], &x[1], &x[2], f64::from(1e-3_f32)),
        )
    };
    Ok(vec![
        Sample::new(
            "softmax",
            "over the last axis",
            [x.clone()],
            |x| ops::softmax(&x[0], D::Minus1),
            |x| Value::apply(Op::Softmax(1), &[&x[0]]),
        ),
        Sample::new(
            "softmax_last_dim",
            "of an input",
            [x.clone()],
            |x| ops::softmax_last_dim(&x[0]),
            |x| Value::apply(Op::Softmax(1), &[&x[0]]),
        ),
        Sample::new(
            "softmax_last_dim",
            "of a computed tensor, twice the input",
            [x.clone()],
            |x| ops::softmax_last_dim(&(&x[0] * 2.0)?),
            |x| Value::apply(Op::Softmax(1), &[&x[0].affine(2.0, 0.0)?]),
        ),
        layer_norm("float32").in_float32(),
        layer_norm("float64"),
        Sample::new(
            "rms_norm",
            "float32",
            [x, scale],
            |x| ops::rms_norm(&x[0], &x[1], 1e-3),
            |x| composed::rms_norm(&x[0], &x[1], f64::from(1e-3_f32)),
        )
        .in_float32(),
    ])
}

fn smooth(draw: &mut Draw) -> Result<Vec<Sample>> {
    let mut of = |dims: &[usize]| draw.plain(dims, -1.5, 1.5);
    let (x, a, b) = (of(&[6])?, of(&[2, 3, 4])?, of(&[4, 5])?);
    Ok(vec![
        Sample::new(
            "matmul",
            "two matrices",
            [b.clone(), of(&[5, 2])?],
            |x| x[0].matmul(&x[1]),
            |x| x[0].matmul(&x[1]),
        ),
        Sample::new(
            "matmul",
            "a batch by one matrix",
            [a, b],
            |x| x[0].matmul(&x[1]),
            |x| x[0].matmul(&x[1]),
        ),
        Sample::new(
            "gelu",
            "by the hyperbolic tangent",
            [x.clone()],
            |x| x[0].gelu(),
            |x| composed::gelu_tanh(&x[0]),
        ),
        Sample::new(
            "gelu",
            "by the error function",
            [x.clone()],
            |x| x[0].gelu_erf(),
            |x| x[0].unary(Unary::Gelu),
        ),
        Sample::new(
            "exp(x²)",
            "",
            [x.clone()],
            |x| x[0].sqr()?.exp(),
            |x| x[0].mul(&x[0])?.unary(Unary::Exp),
        ),
        Sample::new(
            "exp(x²)",
            "the gradient's gradient",
            [x.clone()],
            |x| x[0].sqr()?.exp(),
            |x| x[0].mul(&x[0])?.unary(Unary::Exp),
        )
        .asks(Asked::SecondDerivative),
        Sample::new(
            "0·x + 1",
            "",
            [x],
            |x| x[0].affine(0.0, 1.0),
            |x| x[0].affine(0.0, 1.0),
        ),
    ])
}

fn indexed(draw: &mut Draw) -> Result<Vec<Sample>> {
    let mut of = |dims: &[usize]| draw.plain(dims, -1.0, 1.0);
    let (init, source) = (of(&[4, 3])?, of(&[2, 3])?);
    let rows = Tensor::new(&[[0_i64, 1, 3], [2, 0, 1]], &Device::Cpu)?;
    let corner = Tensor::new(&[[0_i64, 2], [1, 1]], &Device::Cpu)?;
    Ok(vec![
        Sample::new(
            "index_select",
            "a row twice",
            [init.clone(), Tensor::new(&[1_i64, 3, 1], &Device::Cpu)?],
            |x| x[0].index_select(&x[1], 0),
            |x| Value::apply(Op::IndexSelect(0), &[&x[0], &x[1]]),
        ),
        Sample::new(
            "gather",
            "an index smaller than the tensor",
            [init.clone(), corner],
            |x| x[0].gather(&x[1], 0),
            |x| Value::apply(Op::Gather(0), &[&x[0], &x[1]]),
        ),
        Sample::new(
            "scatter",
            "what is written over",
            [init.clone(), rows.clone(), source.clone()],
            |x| x[0].scatter(&x[1], &x[2], 0),
            |x| {
                let add = |source: &Value| {
                    Value::apply(Op::ScatterAdd { axis: 0, length: 4 }, &[source, &x[1]])
                };
                let written = add(&x[2].affine(0.0, 1.0)?.untracked())?;
                x[0].mul(&written.affine(-1.0, 1.0)?)?.add(&add(&x[2])?)
            },
        ),
        Sample::new(
            "scatter_add",
            "fewer rows than the tensor",
            [init.clone(), rows, source],
            |x| x[0].scatter_add(&x[1], &x[2], 0),
            |x| {
                let add = Op::ScatterAdd { axis: 0, length: 4 };
                x[0].add(&Value::apply(add, &[&x[2], &x[1]])?)
            },
        ),
        Sample::new(
            "unfold",
            "windows of 2, stride 1",
            [init],
            |x| x[0].unfold(0, 2, 1)?.contiguous(),
            |x| {
                let window = Op::Window {
                    axis: 0,
                    kernel: 2,
                    stride: 1,
                    dilation: 1,
                };
                Value::apply(window, &[&x[0]])
            },
        ),
    ])
}

fn kinks() -> Result<Vec<Sample>> {
    let zeros = Tensor::zeros(3, DType::F64, &Device::Cpu)?;
    let tie = Tensor::new(&[2.0, 1.0, 2.0], &Device::Cpu)?;
    Ok(vec![
        Sample::new(
            "relu",
            "at 0, where PyTorch has 0",
            [zeros.clone()],
            |x| x[0].relu(),
            |x| x[0].unary(Unary::Relu),
        )
        .asks(Asked::AtKink(0.0)),
        Sample::new(
            "abs",
            "at 0, where PyTorch has 0",
            [zeros.clone()],
            |x| x[0].abs(),
            |x| x[0].unary(Unary::Abs),
        )
        .asks(Asked::AtKink(0.0)),
        Sample::new(
            "leaky_relu",
            "at 0, where PyTorch has the slope, 0.1",
            [zeros.clone()],
            |x| ops::leaky_relu(&x[0], 0.1),
            |x| Value::apply(Op::LeakyRelu(0.1), &[&x[0]]),
        )
        .asks(Asked::AtKink(0.1)),
        Sample::new(
            "x⁰",
            "at 0",
            [zeros],
            |x| x[0].powf(0.0),
            |x| x[0].power(0.0),
        ),
        Sample::new(
            "max",
            "two equal largest",
            [tie.clone()],
            |x| x[0].max_keepdim(0),
            |x| composed::amax(&x[0], 0),
        ),
        Sample::new(
            "maximum",
            "of two equals",
            [tie.clone(), tie],
            |x| x[0].maximum(&x[1]),
            |x| x[0].binary(Binary::Maximum, &x[1]),
        ),
    ])
}

fn values(draw: &mut Draw) -> Result<Vec<Sample>> {
    let cube = draw.plain(&[2, 3, 2], -1.0, 1.0)?;
    let places = Tensor::new(&[[[0_i64, 1], [1, 0]], [[1, 1], [0, 0]]], &Device::Cpu)?;
    let unclear = Tensor::new(&[1.0, f64::NAN, 0.0], &Device::Cpu)?;
    let negative = Tensor::new(&[-2.0, -1.0, 3.0], &Device::Cpu)?;
    let twos = Tensor::full(2.0, 3, &Device::Cpu)?;
    let many = Tensor::full(0.1_f32, 1 << 22, &Device::Cpu)?.affine(draw.between(1.0, 2.0), 0.0)?;
    let samples = vec![
        Sample::new(
            "relu",
            "of NaN",
            [unclear.clone()],
            |x| x[0].relu(),
            |x| x[0].unary(Unary::Relu),
        ),
        Sample::new(
            "max",
            "of 1, NaN, 0",
            [unclear],
            |x| x[0].max_keepdim(0),
            |x| composed::amax(&x[0], 0),
        ),
        Sample::new(
            "gather",
            "an index smaller along the middle axis",
            [cube, places],
            |x| x[0].gather(&x[1], 2),
            |x| Value::apply(Op::Gather(2), &[&x[0], &x[1]]),
        ),
        Sample::new(
            "pow",
            "negative numbers to the power of a tensor, 2",
            [negative, twos],
            |x| x[0].pow(&x[1]),
            |x| x[0].binary(Binary::Pow, &x[1]),
        ),
        Sample::new(
            "sum",
            "of four million equal numbers, float32",
            [many],
            |x| x[0].reshape(((), 1))?.sum_keepdim(0)?.reshape(1),
            |x| x[0].sum(&[0], true),
        )
        .in_float32(),
    ];
    Ok(samples
        .into_iter()
        .map(|sample| sample.asks(Asked::Values))
        .collect())
}
