//! Convolutions as matrix products: windows unfolded into columns.

use candle_core::{Device, Tensor};

use super::gradient::Gradient;
use super::network::{Stage, Windows};
use crate::lab::LabError;
use crate::model::Window;

/// What a convolution reads and puts out.
#[derive(Clone, Copy)]
pub(super) struct Convolution<'a> {
    pub(super) windows: &'a Windows,
    pub(super) groups: usize,
    pub(super) input: &'a Stage,
    pub(super) output: &'a Stage,
}

/// One tap of a window at one channel: a row of the unfolding.
struct Tap {
    channel: usize,
    down: usize,
    right: usize,
}

fn product(a: &Tensor, b: &Tensor) -> Result<Tensor, LabError> {
    a.matmul(b)
        .map_err(|error| LabError::engine("convolution", &error))
}

fn matrix(numbers: Vec<f32>, rows: usize) -> Result<Tensor, LabError> {
    let columns = numbers.len() / rows.max(1);
    Tensor::from_vec(numbers, (rows, columns), &Device::Cpu)
        .map_err(|error| LabError::engine("convolution", &error))
}

fn numbers(tensor: &Tensor) -> Result<Vec<f32>, LabError> {
    tensor
        .flatten_all()
        .and_then(|flat| flat.to_vec1())
        .map_err(|error| LabError::engine("convolution", &error))
}

impl Convolution<'_> {
    /// Rows of the unfolding of one group.
    fn taps(&self) -> impl Iterator<Item = Tap> + use<> {
        let [down, right] = self.windows.map(|window| window.kernel);
        let channels = self.input.channels / self.groups;
        (0..channels * down * right).map(move |row| Tap {
            channel: row / (down * right),
            down: row / right % down,
            right: row % right,
        })
    }

    /// The output of `input`; `weights` has a matrix (outputs × taps) for each group.
    pub(super) fn forward(&self, input: &[f32], weights: &[Tensor]) -> Result<Vec<f32>, LabError> {
        let each = self.input.channels / self.groups * self.input.dims[0] * self.input.dims[1];
        let mut output = Vec::new();
        for (group, weights) in weights.iter().enumerate() {
            let own = &input[group * each..(group + 1) * each];
            let columns = matrix(self.unfold(own), self.taps().count())?;
            let sums = numbers(&product(weights, &columns)?)?;
            if self.groups == 1 {
                return Ok(sums);
            }
            output.extend(sums);
        }
        Ok(output)
    }

    /// A row for each tap, with its number for each output position.
    fn unfold(&self, input: &[f32]) -> Vec<f32> {
        let [rows, columns] = self.output.dims;
        let [height, width] = self.input.dims;
        let [down, right] = *self.windows;
        let mut unfolded = vec![0.0; self.taps().count() * rows * columns];
        let sheets = unfolded.chunks_exact_mut((rows * columns).max(1));
        for (tap, sheet) in self.taps().zip(sheets) {
            let image = &input[tap.channel * height * width..(tap.channel + 1) * height * width];
            let offset = tap.right * right.dilation;
            let (first, last) = inside(right, offset, width, columns);
            if first >= last {
                continue;
            }
            let start = first * right.stride + offset - right.before;
            for (row, line) in sheet.chunks_exact_mut(columns).enumerate() {
                let place = row * down.stride + tap.down * down.dilation;
                let Some(y) = place.checked_sub(down.before).filter(|y| *y < height) else {
                    continue;
                };
                let from = &image[y * width + start..(y + 1) * width];
                if right.stride == 1 {
                    line[first..last].copy_from_slice(&from[..last - first]);
                } else {
                    let read = from.iter().step_by(right.stride);
                    for (to, number) in line[first..last].iter_mut().zip(read) {
                        *to = *number;
                    }
                }
            }
        }
        unfolded
    }

    /// The gradient in the input; `weights` are those of the way there.
    pub(super) fn backward(
        &self,
        gradient: &Gradient,
        weights: &[Tensor],
    ) -> Result<Option<Gradient>, LabError> {
        let Some((at, dims)) = self.read_by(gradient) else {
            return Ok(None);
        };
        let mut below = Gradient::zeros(self.input.channels, at, dims);
        let outputs = self.output.channels / self.groups;
        for (group, weights) in weights.iter().enumerate() {
            let own = gradient.channels(group * outputs, outputs);
            let transposed = weights
                .t()
                .map_err(|error| LabError::engine("convolution", &error))?;
            let columns = product(&transposed, &matrix(own.numbers, outputs)?)?;
            let first = group * (self.input.channels / self.groups);
            self.fold(&numbers(&columns)?, gradient, first, &mut below);
        }
        Ok(Some(below))
    }

    /// The box of the input that the box of a gradient reads; `None` where that is padding alone.
    fn read_by(&self, gradient: &Gradient) -> Option<([usize; 2], [usize; 2])> {
        let (mut at, mut dims) = ([0; 2], [0; 2]);
        for axis in 0..2 {
            let window = self.windows[axis];
            let first = gradient.at[axis] * window.stride;
            let reach = (gradient.dims[axis].checked_sub(1)?) * window.stride
                + (window.kernel - 1) * window.dilation;
            let end = (first + reach + 1).saturating_sub(window.before);
            let end = end.min(self.input.dims[axis]);
            at[axis] = first.saturating_sub(window.before);
            dims[axis] = end.checked_sub(at[axis]).filter(|size| *size > 0)?;
        }
        Some((at, dims))
    }

    /// Adds every tap's numbers at the position that it read.
    fn fold(&self, columns: &[f32], gradient: &Gradient, channel: usize, below: &mut Gradient) {
        let [rows, width] = gradient.dims;
        let [down, right] = *self.windows;
        for (tap, sheet) in self.taps().zip(columns.chunks_exact((rows * width).max(1))) {
            for (row, line) in sheet.chunks_exact(width).enumerate() {
                let place = (gradient.at[0] + row) * down.stride + tap.down * down.dilation;
                let Some(y) = place
                    .checked_sub(down.before + below.at[0])
                    .filter(|y| *y < below.dims[0])
                else {
                    continue;
                };
                let start = ((channel + tap.channel) * below.dims[0] + y) * below.dims[1];
                let sums = &mut below.numbers[start..start + below.dims[1]];
                let offset = gradient.at[1] * right.stride + tap.right * right.dilation;
                let origin = right.before + below.at[1];
                let first = origin.saturating_sub(offset).div_ceil(right.stride);
                let Some(line) = line.get(first..) else {
                    continue;
                };
                // Inside the box from here on; what reads beyond its end ends the line.
                let start = offset + first * right.stride - origin;
                let sums = sums.get_mut(start..).unwrap_or_default();
                if right.stride == 1 {
                    add(sums.iter_mut(), line);
                } else {
                    add(sums.iter_mut().step_by(right.stride), line);
                }
            }
        }
    }
}

fn add<'a>(sums: impl Iterator<Item = &'a mut f32>, more: &[f32]) {
    for (sum, number) in sums.zip(more) {
        *sum += number;
    }
}

/// The outputs (from, to) whose tap at `offset` reads inside an input of this length.
fn inside(window: Window, offset: usize, length: usize, outputs: usize) -> (usize, usize) {
    let bound = |reach: usize| {
        reach
            .saturating_sub(offset)
            .div_ceil(window.stride)
            .min(outputs)
    };
    (bound(window.before), bound(length + window.before))
}
