//! Pools: the largest number of a window, or the mean.

use super::gradient::Gradient;
use super::network::{Kind, Stage, Windows};

/// What a pool reads and puts out.
#[derive(Clone, Copy)]
pub(super) struct Pool<'a> {
    pub(super) windows: &'a Windows,
    pub(super) kind: Kind,
    pub(super) input: &'a Stage,
    pub(super) output: &'a Stage,
}

impl Pool<'_> {
    /// Positions of the input, along one axis, that an output reads.
    fn read(&self, axis: usize, output: usize) -> impl Iterator<Item = usize> + use<> {
        let window = self.windows[axis];
        let length = self.input.dims[axis];
        (0..window.kernel)
            .filter_map(move |tap| {
                (output * window.stride + tap * window.dilation).checked_sub(window.before)
            })
            .filter(move |place| *place < length)
    }

    /// By what the sum of a window is divided.
    #[expect(clippy::cast_precision_loss, reason = "a window is small")]
    fn divisor(&self, row: usize, column: usize, count_padding: bool, given: Option<usize>) -> f32 {
        let along = |axis: usize, output: usize| {
            if !count_padding {
                return self.read(axis, output).count();
            }
            let window = self.windows[axis];
            // The window ends with the padding at the latest.
            let end = self.input.dims[axis] + window.before + window.after;
            end.saturating_sub(output * window.stride)
                .min(window.kernel)
        };
        given
            .unwrap_or_else(|| along(0, row) * along(1, column))
            .max(1) as f32
    }

    /// The output, and for a maximum the place of each in its image.
    pub(super) fn forward(&self, input: &[f32]) -> (Vec<f32>, Vec<u32>) {
        let [rows, columns] = self.output.dims;
        let [height, width] = self.input.dims;
        let count = self.output.channels * rows * columns;
        let mut output = Vec::with_capacity(count);
        let mut places = Vec::new();
        for image in input.chunks_exact((height * width).max(1)) {
            for row in 0..rows {
                for column in 0..columns {
                    let (value, place) = self.window(image, row, column);
                    output.push(value);
                    if self.kind == Kind::Maximum {
                        places.push(place);
                    }
                }
            }
        }
        (output, places)
    }

    fn window(&self, image: &[f32], row: usize, column: usize) -> (f32, u32) {
        let width = self.input.dims[1];
        let mut largest = (f32::NEG_INFINITY, 0);
        let mut sum = 0.0;
        for y in self.read(0, row) {
            for x in self.read(1, column) {
                let number = image[y * width + x];
                sum += number;
                if number > largest.0 {
                    largest = (number, y * width + x);
                }
            }
        }
        match self.kind {
            Kind::Maximum => (largest.0, u32::try_from(largest.1).unwrap_or(0)),
            Kind::Mean {
                count_padding,
                divisor,
            } => (sum / self.divisor(row, column, count_padding, divisor), 0),
        }
    }

    /// The gradient in the input; `places` are those of the maxima.
    pub(super) fn backward(&self, gradient: &Gradient, places: &[u32]) -> Option<Gradient> {
        let (mut at, mut dims) = ([0; 2], [0; 2]);
        for axis in 0..2 {
            let ends = [
                gradient.at[axis],
                gradient.at[axis] + gradient.dims[axis] - 1,
            ];
            let first = self.read(axis, ends[0]).next()?;
            let last = self.read(axis, ends[1]).last()?;
            at[axis] = first;
            dims[axis] = last + 1 - first;
        }
        let mut below = Gradient::zeros(self.input.channels, at, dims);
        let [rows, columns] = gradient.dims;
        let width = self.input.dims[1];
        let mut add = |channel: usize, y: usize, x: usize, slope: f32| {
            below.numbers[(channel * dims[0] + y - at[0]) * dims[1] + x - at[1]] += slope;
        };
        for channel in 0..gradient.channels {
            for row in 0..rows {
                for column in 0..columns {
                    let slope = gradient.numbers[(channel * rows + row) * columns + column];
                    let (row, column) = (gradient.at[0] + row, gradient.at[1] + column);
                    match self.kind {
                        Kind::Maximum => {
                            let [all_rows, all_columns] = self.output.dims;
                            let place =
                                places[(channel * all_rows + row) * all_columns + column] as usize;
                            add(channel, place / width, place % width, slope);
                        }
                        Kind::Mean {
                            count_padding,
                            divisor,
                        } => {
                            let share = slope / self.divisor(row, column, count_padding, divisor);
                            for y in self.read(0, row) {
                                self.read(1, column).for_each(|x| add(channel, y, x, share));
                            }
                        }
                    }
                }
            }
        }
        Some(below)
    }
}
