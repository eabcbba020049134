//! What the measurement stands on: a network of one channel and weights of 1 reaches the same positions as a real one
//! with several channels and random positive weights. Here every input position of such a network is changed in turn,
//! and the outputs that change are noted. The forward passes are written out as `PyTorch` documents them, by padding,
//! sliding and scattering, and share nothing with gradus.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "sizes here are below twenty"
)]

use gradus::lab::support::{Limit, measure};
use gradus::model::build::sequential;
use gradus::model::{Model, NodeId};
use serde_json::{Value, json};

/// Channels × height × width.
#[derive(Clone)]
struct Image {
    channels: usize,
    height: usize,
    width: usize,
    values: Vec<f64>,
}

impl Image {
    fn new(channels: usize, height: usize, width: usize) -> Self {
        let values = vec![0.0; channels * height * width];
        Self {
            channels,
            height,
            width,
            values,
        }
    }

    fn at(&self, c: usize, y: usize, x: usize) -> f64 {
        self.values[(c * self.height + y) * self.width + x]
    }

    fn put(&mut self, c: usize, y: usize, x: usize) -> &mut f64 {
        &mut self.values[(c * self.height + y) * self.width + x]
    }
}

/// Positive weights that no two positions share.
fn weight(seed: usize) -> f64 {
    let mixed = (seed as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    0.1 + (mixed >> 40) as f64 / f64::from(1_u32 << 24)
}

type Forward = Box<dyn Fn(&Image) -> Image>;

/// A convolution of `kernel` × `kernel` taps on an input that is already padded.
fn convolve(out: usize, kernel: usize, stride: usize, dilation: usize) -> Forward {
    Box::new(move |input| {
        let reach = dilation * (kernel - 1);
        let height = (input.height - reach - 1) / stride + 1;
        let width = (input.width - reach - 1) / stride + 1;
        let mut output = Image::new(out, height, width);
        for o in 0..out {
            for (y, x) in grid(height, width) {
                for c in 0..input.channels {
                    for (ky, kx) in grid(kernel, kernel) {
                        let w = weight(((o * 31 + c) * 17 + ky) * 13 + kx);
                        let (row, column) =
                            (y * stride + ky * dilation, x * stride + kx * dilation);
                        *output.put(o, y, x) += w * input.at(c, row, column);
                    }
                }
            }
        }
        output
    })
}

/// Every input writes its window; then the padding is cut off.
fn scatter(out: usize, kernel: usize, stride: usize, padding: usize, extra: usize) -> Forward {
    Box::new(move |input| {
        let full = |n: usize| (n - 1) * stride + kernel + extra;
        let mut canvas = Image::new(out, full(input.height), full(input.width));
        for o in 0..out {
            for c in 0..input.channels {
                for (y, x) in grid(input.height, input.width) {
                    for (ky, kx) in grid(kernel, kernel) {
                        let w = weight(((o * 31 + c) * 17 + ky) * 13 + kx);
                        *canvas.put(o, y * stride + ky, x * stride + kx) += w * input.at(c, y, x);
                    }
                }
            }
        }
        let (height, width) = (canvas.height - 2 * padding, canvas.width - 2 * padding);
        let mut output = Image::new(out, height, width);
        for o in 0..out {
            for (y, x) in grid(height, width) {
                *output.put(o, y, x) = canvas.at(o, y + padding, x + padding);
            }
        }
        output
    })
}

fn grid(height: usize, width: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..height).flat_map(move |y| (0..width).map(move |x| (y, x)))
}

/// Each output position is a weighted sum of input positions given an axis: rows and columns alike.
fn separable(
    height: usize,
    width: usize,
    of: fn(usize, usize, usize) -> Vec<(usize, f64)>,
) -> Forward {
    Box::new(move |input| {
        let mut output = Image::new(input.channels, height, width);
        for c in 0..input.channels {
            for (y, x) in grid(height, width) {
                for (row, wy) in of(y, input.height, height) {
                    for (column, wx) in of(x, input.width, width) {
                        *output.put(c, y, x) += wy * wx * input.at(c, row, column);
                    }
                }
            }
        }
        output
    })
}

fn padded(amount: usize, of: fn(isize, isize) -> Option<isize>) -> Forward {
    Box::new(move |input| {
        let (height, width) = (input.height + 2 * amount, input.width + 2 * amount);
        let mut output = Image::new(input.channels, height, width);
        let source = |at: usize, n: usize| {
            let at = of(at as isize - amount as isize, n as isize)?;
            usize::try_from(at).ok()
        };
        for c in 0..input.channels {
            for (y, x) in grid(height, width) {
                if let (Some(row), Some(column)) = (source(y, input.height), source(x, input.width))
                {
                    *output.put(c, y, x) = input.at(c, row, column);
                }
            }
        }
        output
    })
}

fn zeros(at: isize, n: isize) -> Option<isize> {
    (0..n).contains(&at).then_some(at)
}

fn reflected(at: isize, n: isize) -> Option<isize> {
    let at = if at < 0 { -at } else { at };
    let at = if at >= n { n - 1 - (at - n + 1) } else { at };
    (0..n).contains(&at).then_some(at)
}

fn circular(at: isize, n: isize) -> Option<isize> {
    zeros((at + n) % n, n)
}

/// Bilinear interpolation, corners not aligned.
fn linear(i: usize, n: usize, output: usize) -> Vec<(usize, f64)> {
    let place = ((i as f64 + 0.5) * n as f64 / output as f64 - 0.5).max(0.0);
    let low = place.floor() as usize;
    let part = place - low as f64;
    vec![(low, 1.0 - part), ((low + 1).min(n - 1), part)]
}

fn nearest(i: usize, n: usize, output: usize) -> Vec<(usize, f64)> {
    vec![(i * n / output, 1.0)]
}

/// A mean over the cells of an adaptive pool.
fn cells(i: usize, n: usize, output: usize) -> Vec<(usize, f64)> {
    let (start, end) = (i * n / output, ((i + 1) * n).div_ceil(output));
    (start..end).map(|at| (at, 1.0)).collect()
}

/// A pool of 3 with stride 2 and no padding, rounded up: the last window may lie half outside.
fn ceil_pool(i: usize, n: usize, _: usize) -> Vec<(usize, f64)> {
    (2 * i..(2 * i + 3).min(n)).map(|at| (at, 1.0)).collect()
}

/// The input positions that change any channel of the output unit.
fn changing(forward: &[Forward], input: &Image, unit: (usize, usize)) -> Vec<(usize, usize)> {
    let run = |image: &Image| {
        let output = forward
            .iter()
            .fold(image.clone(), |image, layer| layer(&image));
        (0..output.channels)
            .map(|c| output.at(c, unit.0, unit.1))
            .sum::<f64>()
    };
    let before = run(input);
    grid(input.height, input.width)
        .filter(|&(y, x)| {
            let mut changed = input.clone();
            for c in 0..input.channels {
                *changed.put(c, y, x) += 1.0;
            }
            run(&changed) > before + 1e-9
        })
        .collect()
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Holds the measurement at every unit against what changes it.
fn check(size: (usize, usize), layers: &[(&str, Value)], forward: &[Forward]) -> Outcome {
    let model: Model = sequential(Some(&[1, 2, size.0, size.1]), layers)?;
    let mut input = Image::new(2, size.0, size.1);
    for (at, value) in input.values.iter_mut().enumerate() {
        *value = weight(at);
    }
    let output = forward
        .iter()
        .fold(input.clone(), |image, layer| layer(&image));
    for unit in grid(output.height, output.width).step_by(3) {
        let changing = changing(forward, &input, unit);
        let last = NodeId(model.nodes.len() - 1);
        let lab = measure(&model, last, &[unit.0, unit.1], Limit::of_bytes(1 << 28))?;
        let count = lab.first().and_then(|input| input.seen.count).unwrap_or(0);
        assert_eq!(count, changing.len() as u128, "unit {unit:?}");
        let Some(lab) = lab.first() else { continue };
        for axis in 0..2 {
            let mut touched: Vec<usize> = (changing.iter())
                .map(|position| if axis == 0 { position.0 } else { position.1 })
                .collect();
            touched.sort_unstable();
            touched.dedup();
            let seen = lab.seen.axes[axis];
            assert_eq!(
                touched.first().map(|first| *first as u128),
                Some(seen.first)
            );
            assert_eq!(touched.last().map(|last| *last as u128), Some(seen.last));
            assert_eq!(Some(touched.len() as u128), seen.taps);
        }
    }
    Ok(())
}

fn conv(channels: (usize, usize), rest: &Value) -> (&'static str, Value) {
    let mut arguments = json!({"in_channels": channels.0, "out_channels": channels.1});
    if let (Some(all), Some(rest)) = (arguments.as_object_mut(), rest.as_object()) {
        all.extend(rest.clone());
    }
    ("Conv2d", arguments)
}

#[test]
fn windows_with_zeros_around() -> Outcome {
    check(
        (13, 11),
        &[
            conv(
                (2, 3),
                &json!({"kernel_size": 3, "padding": 1, "stride": 2}),
            ),
            conv(
                (3, 2),
                &json!({"kernel_size": 3, "padding": 2, "dilation": 2}),
            ),
        ],
        &[
            padded(1, zeros),
            convolve(3, 3, 2, 1),
            padded(2, zeros),
            convolve(2, 3, 1, 2),
        ],
    )
}

#[test]
fn windows_with_mirrors_and_circles() -> Outcome {
    check(
        (9, 8),
        &[
            conv(
                (2, 2),
                &json!({"kernel_size": 3, "padding": 2, "padding_mode": "reflect"}),
            ),
            conv(
                (2, 2),
                &json!({"kernel_size": 2, "padding": 1, "padding_mode": "circular", "stride": 2}),
            ),
        ],
        &[
            padded(2, reflected),
            convolve(2, 3, 1, 1),
            padded(1, circular),
            convolve(2, 2, 2, 1),
        ],
    )
}

#[test]
fn transposed_windows() -> Outcome {
    check(
        (6, 5),
        &[
            (
                "ConvTranspose2d",
                json!({"in_channels": 2, "out_channels": 3, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1}),
            ),
            conv((3, 1), &json!({"kernel_size": 2})),
            (
                "ConvTranspose2d",
                json!({"in_channels": 1, "out_channels": 1, "kernel_size": 2, "stride": 3}),
            ),
        ],
        &[
            scatter(3, 3, 2, 1, 1),
            convolve(1, 2, 1, 1),
            scatter(1, 2, 3, 0, 0),
        ],
    )
}

#[test]
fn interpolation_and_pools() -> Outcome {
    check(
        (7, 8),
        &[
            ("Upsample", json!({"scale_factor": 2, "mode": "bilinear"})),
            conv((2, 1), &json!({"kernel_size": 3})),
            (
                "MaxPool2d",
                json!({"kernel_size": 3, "stride": 2, "ceil_mode": true}),
            ),
        ],
        &[
            separable(14, 16, linear),
            convolve(1, 3, 1, 1),
            separable(6, 7, ceil_pool),
        ],
    )?;
    check(
        (10, 7),
        &[
            ("AdaptiveAvgPool2d", json!({"output_size": [4, 5]})),
            ("Upsample", json!({"size": [9, 7], "mode": "nearest"})),
        ],
        &[separable(4, 5, cells), separable(9, 7, nearest)],
    )
}
