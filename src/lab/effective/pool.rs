//! Pools: the largest number of a window, or the mean.

use super::gradient::{Gradient, add};
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
    pub(super) fn divisor(
        &self,
        row: usize,
        column: usize,
        count_padding: bool,
        given: Option<usize>,
    ) -> f32 {
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
        let channels = self.output.channels;
        let images = input.chunks_exact((height * width * channels).max(1));
        let count = images.len() * rows * columns * channels;
        let mut output = vec![self.start(); count];
        let mut places = match self.kind {
            Kind::Maximum => vec![0; count],
            Kind::Mean { .. } => Vec::new(),
        };
        for (number, image) in images.enumerate() {
            for row in 0..rows {
                for column in 0..columns {
                    let start = ((number * rows + row) * columns + column) * channels;
                    let output = &mut output[start..start + channels];
                    match self.kind {
                        Kind::Maximum => {
                            let places = &mut places[start..start + channels];
                            self.maximum(image, [row, column], output, places);
                        }
                        Kind::Mean {
                            count_padding,
                            divisor,
                        } => {
                            self.each_read(image, [row, column], |_, read| add(output, read));
                            let divisor = self.divisor(row, column, count_padding, divisor);
                            for sum in output {
                                *sum /= divisor;
                            }
                        }
                    }
                }
            }
        }
        (output, places)
    }

    /// What a window's number starts from.
    fn start(&self) -> f32 {
        match self.kind {
            Kind::Maximum => f32::NEG_INFINITY,
            Kind::Mean { .. } => 0.0,
        }
    }

    /// Tells the place and the channels of every position that an output reads.
    fn each_read(&self, image: &[f32], output: [usize; 2], mut tell: impl FnMut(usize, &[f32])) {
        let (width, channels) = (self.input.dims[1], self.input.channels);
        for y in self.read(0, output[0]) {
            for x in self.read(1, output[1]) {
                let place = y * width + x;
                tell(place, &image[place * channels..(place + 1) * channels]);
            }
        }
    }

    fn maximum(&self, image: &[f32], at: [usize; 2], largest: &mut [f32], places: &mut [u32]) {
        self.each_read(image, at, |place, read| {
            let place = u32::try_from(place).unwrap_or(0);
            for ((largest, own), number) in largest.iter_mut().zip(places.iter_mut()).zip(read) {
                let more = *number > *largest;
                *largest = if more { *number } else { *largest };
                *own = if more { place } else { *own };
            }
        });
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
        let channels = self.input.channels;
        let mut below = Gradient::zeros(gradient.images, channels, at, dims);
        let [rows, columns] = gradient.dims;
        let positions = gradient.numbers.chunks_exact(channels.max(1));
        for (position, upstream) in positions.enumerate() {
            let (image, inside) = (position / (rows * columns), position % (rows * columns));
            let row = gradient.at[0] + inside / columns;
            let column = gradient.at[1] + inside % columns;
            let start = |y: usize, x: usize| {
                let line = image * dims[0] + y - at[0];
                (line * dims[1] + x - at[1]) * channels
            };
            match self.kind {
                Kind::Maximum => {
                    let [all_rows, all_columns] = self.output.dims;
                    let own = (image * all_rows + row) * all_columns + column;
                    let places = &places[own * channels..(own + 1) * channels];
                    for (channel, (slope, place)) in upstream.iter().zip(places).enumerate() {
                        let (y, x) = (
                            *place as usize / self.input.dims[1],
                            *place as usize % self.input.dims[1],
                        );
                        below.numbers[start(y, x) + channel] += slope;
                    }
                }
                Kind::Mean {
                    count_padding,
                    divisor,
                } => {
                    let divisor = self.divisor(row, column, count_padding, divisor);
                    let share: Vec<f32> = upstream.iter().map(|slope| slope / divisor).collect();
                    for y in self.read(0, row) {
                        for x in self.read(1, column) {
                            let start = start(y, x);
                            add(&mut below.numbers[start..start + channels], &share);
                        }
                    }
                }
            }
        }
        Some(below)
    }
}
