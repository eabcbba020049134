//! Convolutions as matrix products: windows unfolded into rows, some positions at a time.

use super::gradient::{Gradient, add};
use super::network::{Stage, Windows};
use super::product::{Columns, product};
use super::weights::Matrices;
use crate::model::Window;

/// What a convolution reads and puts out, for so many images.
#[derive(Clone, Copy)]
pub(super) struct Convolution<'a> {
    pub(super) windows: &'a Windows,
    pub(super) groups: usize,
    pub(super) input: &'a Stage,
    pub(super) output: &'a Stage,
    pub(super) images: usize,
}

/// Numbers of an unfolding that is made at once: it stays in the processor's second cache.
const BLOCK: usize = 1 << 16;

/// The fewest rows of an unfolding that is made at once.
const LEAST_ROWS: usize = 16;

/// Numbers that are unfolded at once, with so many taps.
pub(super) fn block_numbers(taps: usize) -> u128 {
    BLOCK.max(LEAST_ROWS * taps) as u128
}

/// A run of numbers that a window reads: where it stands in the unfolded row, and where in the images.
struct Run {
    in_row: usize,
    in_image: usize,
    length: usize,
}

/// Positions of the input: of every image a box.
#[derive(Clone, Copy)]
struct Boxed {
    at: [usize; 2],
    dims: [usize; 2],
}

impl Convolution<'_> {
    /// Numbers that an output sums up.
    fn taps(&self) -> usize {
        let [down, right] = self.windows.map(|window| window.kernel);
        self.input.channels / self.groups * down * right
    }

    /// Rows of an unfolding that is made at once.
    fn rows(&self) -> usize {
        (BLOCK / self.taps().max(1)).max(LEAST_ROWS)
    }

    /// The output of `input`.
    pub(super) fn forward(&self, input: &[f32], weights: &[Matrices]) -> Vec<f32> {
        let [height, width] = self.output.dims;
        let (channels, taps) = (self.output.channels, self.taps());
        let mut output = vec![0.0; self.images * height * width * channels];
        let mut unfolded = Vec::new();
        let whole = Boxed {
            at: [0, 0],
            dims: self.input.dims,
        };
        let blocks = output.chunks_mut(self.rows() * channels);
        for (block, out) in blocks.enumerate() {
            for (group, weights) in weights.iter().enumerate() {
                unfolded.clear();
                unfolded.resize(out.len() / channels * taps, 0.0);
                let rows = unfolded.chunks_exact_mut(taps);
                for (row, number) in rows.zip(block * self.rows()..) {
                    let (image, place) = place(number, [0, 0], self.output.dims);
                    self.runs(whole, image, place, group, |run| {
                        let read = &input[run.in_image..run.in_image + run.length];
                        row[run.in_row..run.in_row + run.length].copy_from_slice(read);
                    });
                }
                let unfolded = (unfolded.as_slice(), Columns::all(taps));
                product(unfolded, &weights.there, (out, self.outputs(group)));
            }
        }
        output
    }

    /// The gradient in the input; `None` where the windows read padding alone.
    pub(super) fn backward(&self, gradient: &Gradient, weights: &[Matrices]) -> Option<Gradient> {
        let (at, dims) = read_by(self.windows, self.input.dims, gradient)?;
        let mut below = Gradient::zeros(self.images, self.input.channels, at, dims);
        let (channels, taps) = (self.output.channels, self.taps());
        let mut unfolded = Vec::new();
        let blocks = gradient.numbers.chunks(self.rows() * channels);
        for (block, upstream) in blocks.enumerate() {
            for (group, weights) in weights.iter().enumerate() {
                unfolded.resize(upstream.len() / channels * taps, 0.0);
                let upstream = (upstream, self.outputs(group));
                let out = (unfolded.as_mut_slice(), Columns::all(taps));
                product(upstream, &weights.back, out);
                let rows = unfolded.chunks_exact(taps);
                for (row, number) in rows.zip(block * self.rows()..) {
                    let (image, place) = place(number, gradient.at, gradient.dims);
                    self.runs(Boxed { at, dims }, image, place, group, |run| {
                        let sums = &mut below.numbers[run.in_image..run.in_image + run.length];
                        add(sums, &row[run.in_row..run.in_row + run.length]);
                    });
                }
            }
        }
        Some(below)
    }

    /// The outputs of a group.
    fn outputs(&self, group: usize) -> Columns {
        Columns {
            first: group * (self.output.channels / self.groups),
            of: self.output.channels,
        }
    }

    /// Tells every run of numbers that the window at an output reads inside a box of the input.
    fn runs(
        &self,
        inside: Boxed,
        image: usize,
        output: [usize; 2],
        group: usize,
        mut tell: impl FnMut(Run),
    ) {
        let [down, right] = *self.windows;
        let own = self.input.channels / self.groups;
        // Taps side by side in the image are so in the row too: one run for all of them.
        let dense = right.dilation == 1 && self.groups == 1;
        let within = taps_within(right, output[1], inside.at[1], inside.dims[1]);
        for tap in taps_within(down, output[0], inside.at[0], inside.dims[0]) {
            let y = output[0] * down.stride + tap * down.dilation - down.before - inside.at[0];
            let line = (image * inside.dims[0] + y) * inside.dims[1];
            let mut rest = within.clone();
            while let Some(first) = rest.next() {
                let x = output[1] * right.stride + first * right.dilation;
                let x = x - right.before - inside.at[1];
                let count = if dense { 1 + rest.by_ref().count() } else { 1 };
                tell(Run {
                    in_row: (tap * right.kernel + first) * own,
                    in_image: (line + x) * self.input.channels + group * own,
                    length: count * own,
                });
            }
        }
    }
}

/// The image and the position of an output, counted image by image and row by row through boxes.
fn place(number: usize, at: [usize; 2], dims: [usize; 2]) -> (usize, [usize; 2]) {
    let positions = dims[0] * dims[1];
    let inside = number % positions;
    let place = [at[0] + inside / dims[1], at[1] + inside % dims[1]];
    (number / positions, place)
}

/// The taps of a window at an output that read between `at` and `at + length`.
fn taps_within(window: Window, output: usize, at: usize, length: usize) -> std::ops::Range<usize> {
    let start = output * window.stride;
    let bound = |reach: usize| {
        let taps = reach.saturating_sub(start).div_ceil(window.dilation);
        taps.min(window.kernel)
    };
    bound(window.before + at)..bound(window.before + at + length)
}

/// The box of the input that the box of a gradient reads; `None` where that is padding alone.
pub(super) fn read_by(
    windows: &Windows,
    input: [usize; 2],
    gradient: &Gradient,
) -> Option<([usize; 2], [usize; 2])> {
    let (mut at, mut dims) = ([0; 2], [0; 2]);
    for axis in 0..2 {
        let window = windows[axis];
        let first = gradient.at[axis] * window.stride;
        let reach = (gradient.dims[axis].checked_sub(1)?) * window.stride
            + (window.kernel - 1) * window.dilation;
        let end = (first + reach + 1).saturating_sub(window.before);
        let end = end.min(input[axis]);
        at[axis] = first.saturating_sub(window.before);
        dims[axis] = end.checked_sub(at[axis]).filter(|size| *size > 0)?;
    }
    Some((at, dims))
}
