//! Convolutions of 3×3 with stride 1 by Winograd's algorithm: four by four outputs from six by six inputs with 36
//! products for each pair of channels, where the windows themselves take 144.
//!
//! `Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A` (Lavin and Gray, *Fast Algorithms for Convolutional Neural Networks*, 2016, F(4×4, 3×3)). All
//! of it is linear in `d`, so the way back is its adjoint, with the same transformed kernel.

mod sweeps;
mod transforms;

use super::convolution::read_by;
use super::gradient::Gradient;
use super::network::{Stage, Windows};
use super::product::{Columns, Panels, product};
use crate::model::Window;
use sweeps::{Gather, Places, Spread};
use transforms::{LANES, Lanes};

/// Outputs of a tile along an axis, inputs that they read, and the kernel.
const OUT: usize = 4;
const IN: usize = 6;
const KERNEL: usize = 3;

/// Products for each pair of channels: as many matrices are multiplied.
const POINTS: usize = IN * IN;

/// Tiles that are transformed at once.
const BLOCK: usize = 96;

/// Channels from which on the transforms cost less than they save.
const LEAST_CHANNELS: usize = 16;

/// Tiles of an image from which on its products save more than reading the transformed kernel costs: it has four times the numbers.
const LEAST_TILES: usize = 16;

/// A kernel transformed: for each point a matrix (inputs × outputs), and its transpose for the way back.
pub(super) struct Kernel {
    there: Vec<Panels>,
    back: Vec<Panels>,
}

/// What such a convolution reads and puts out, for so many images.
#[derive(Clone, Copy)]
pub(super) struct Tiled<'a> {
    pub(super) windows: &'a Windows,
    pub(super) input: &'a Stage,
    pub(super) output: &'a Stage,
    pub(super) images: usize,
}

/// Numbers of a transformed kernel, for both ways.
pub(super) fn kernel_numbers(inputs: usize, outputs: usize) -> u128 {
    2 * POINTS as u128 * inputs as u128 * outputs as u128
}

/// Numbers of what is transformed at once, there and back.
pub(super) fn block_numbers(inputs: usize, outputs: usize) -> u128 {
    (POINTS * BLOCK) as u128 * (inputs + outputs) as u128
}

/// Products for each pair of channels over an image of outputs.
pub(super) fn per_pair(dims: [usize; 2]) -> usize {
    count(dims) * POINTS
}

/// Tiles over an image of outputs.
fn count(dims: [usize; 2]) -> usize {
    dims.map(|size| size.div_ceil(OUT)).iter().product()
}

/// Whether a convolution is one of these, and of a size where they pay.
pub(super) fn fits(
    windows: &Windows,
    groups: usize,
    (inputs, outputs): (usize, usize),
    dims: [usize; 2],
) -> bool {
    let plain = |window: &Window| (window.kernel, window.stride, window.dilation) == (KERNEL, 1, 1);
    let wide = |channels: usize| channels >= LEAST_CHANNELS && channels.is_multiple_of(LANES);
    let tiles: usize = dims.map(|size| size.div_ceil(OUT)).iter().product();
    groups == 1
        && tiles >= LEAST_TILES
        && windows.iter().all(plain)
        && wide(inputs)
        && wide(outputs)
}

impl Kernel {
    /// Of weights (taps × outputs), taps row by row and channel by channel.
    pub(super) fn new(weights: &[f32], inputs: usize, outputs: usize) -> Self {
        let mut there = vec![Panels::zeros(inputs, outputs); POINTS];
        let mut back = vec![Panels::zeros(outputs, inputs); POINTS];
        for input in 0..inputs {
            for first in (0..outputs).step_by(LANES) {
                let tap = |row: usize, column: usize| {
                    let tap = (row * KERNEL + column) * inputs + input;
                    Lanes::of(&weights[tap * outputs + first..])
                };
                let kernel = std::array::from_fn(|i| std::array::from_fn(|j| tap(i, j)));
                let transformed = transforms::twice(transforms::kernel, &kernel);
                for (point, lanes) in transformed.as_flattened().iter().enumerate() {
                    there[point].set(input, first, &lanes.0);
                    back[point].set_down(first, input, &lanes.0);
                }
            }
        }
        Self { there, back }
    }
}

/// A grid of tiles over a box of outputs.
#[derive(Clone, Copy)]
struct Grid {
    at: [usize; 2],
    dims: [usize; 2],
}

/// One tile: its image, and its first output's place in the box.
#[derive(Clone, Copy)]
struct Tile {
    image: usize,
    row: usize,
    column: usize,
}

impl Grid {
    fn count(self) -> [usize; 2] {
        self.dims.map(|size| size.div_ceil(OUT))
    }

    fn tiles(self, images: usize) -> Vec<Tile> {
        let [down, right] = self.count();
        let of_image = |image: usize| {
            (0..down * right).map(move |tile| Tile {
                image,
                row: tile / right * OUT,
                column: tile % right * OUT,
            })
        };
        (0..images).flat_map(of_image).collect()
    }

    /// Where the numbers of the tile's outputs stand, row by row; `None` beyond the box.
    fn outputs(self, tile: Tile, channels: usize) -> Places<OUT> {
        let place = |row: usize, column: usize| {
            let inside = row < self.dims[0] && column < self.dims[1];
            let line = tile.image * self.dims[0] + row;
            inside.then(|| (line * self.dims[1] + column) * channels)
        };
        std::array::from_fn(|i| std::array::from_fn(|j| place(tile.row + i, tile.column + j)))
    }

    /// Where the numbers that it reads stand in a box of the input; `None` beyond the box and in the padding.
    fn inputs(
        self,
        tile: Tile,
        windows: &Windows,
        (at, dims): ([usize; 2], [usize; 2]),
        channels: usize,
    ) -> Places<IN> {
        let along = |axis: usize, place: usize| {
            let place = (self.at[axis] + place).checked_sub(windows[axis].before + at[axis])?;
            Some(place).filter(|place| *place < dims[axis])
        };
        std::array::from_fn(|i| {
            let row = along(0, tile.row + i);
            std::array::from_fn(|j| {
                let (row, column) = (row?, along(1, tile.column + j)?);
                Some(((tile.image * dims[0] + row) * dims[1] + column) * channels)
            })
        })
    }
}

impl Tiled<'_> {
    /// The output of `input`.
    pub(super) fn forward(&self, input: &[f32], kernel: &Kernel) -> Vec<f32> {
        let grid = Grid {
            at: [0, 0],
            dims: self.output.dims,
        };
        let (inputs, outputs) = (self.input.channels, self.output.channels);
        let mut output = vec![0.0; self.images * grid.dims[0] * grid.dims[1] * outputs];
        let whole = ([0, 0], self.input.dims);
        let (mut read, mut sums) = (Vec::new(), Vec::new());
        for tiles in grid.tiles(self.images).chunks(BLOCK) {
            let places = tiles
                .iter()
                .map(|tile| grid.inputs(*tile, self.windows, whole, inputs));
            resize(&mut read, tiles.len() * inputs);
            Spread {
                numbers: input,
                places: &places.collect::<Vec<_>>(),
                transform: transforms::input,
                points: &mut read,
            }
            .run(inputs);
            resize(&mut sums, tiles.len() * outputs);
            products((&read, inputs), &kernel.there, (&mut sums, outputs));
            let places = tiles.iter().map(|tile| grid.outputs(*tile, outputs));
            Gather {
                points: &sums,
                transform: transforms::output,
                places: &places.collect::<Vec<_>>(),
                numbers: &mut output,
            }
            .run(outputs);
        }
        output
    }

    /// The gradient in the input; `None` where the windows read padding alone.
    pub(super) fn backward(&self, gradient: &Gradient, kernel: &Kernel) -> Option<Gradient> {
        let (at, dims) = read_by(self.windows, self.input.dims, gradient)?;
        let grid = Grid {
            at: gradient.at,
            dims: gradient.dims,
        };
        let (inputs, outputs) = (self.input.channels, self.output.channels);
        let mut below = Gradient::zeros(self.images, inputs, at, dims);
        let (mut given, mut sums) = (Vec::new(), Vec::new());
        for tiles in grid.tiles(self.images).chunks(BLOCK) {
            let places = tiles.iter().map(|tile| grid.outputs(*tile, outputs));
            resize(&mut given, tiles.len() * outputs);
            Spread {
                numbers: &gradient.numbers,
                places: &places.collect::<Vec<_>>(),
                transform: transforms::output_adjoint,
                points: &mut given,
            }
            .run(outputs);
            resize(&mut sums, tiles.len() * inputs);
            products((&given, outputs), &kernel.back, (&mut sums, inputs));
            let places =
                (tiles.iter()).map(|tile| grid.inputs(*tile, self.windows, (at, dims), inputs));
            Gather {
                points: &sums,
                transform: transforms::input_adjoint,
                places: &places.collect::<Vec<_>>(),
                numbers: &mut below.numbers,
            }
            .run(inputs);
        }
        Some(below)
    }
}

/// At every point the product of the tiles' numbers and the kernel's.
fn products(
    (given, inputs): (&[f32], usize),
    kernels: &[Panels],
    (sums, outputs): (&mut [f32], usize),
) {
    let given = given.chunks_exact(given.len() / POINTS);
    let sums = sums.chunks_exact_mut(sums.len() / POINTS);
    for ((given, kernel), sums) in given.zip(kernels).zip(sums) {
        let out = (sums, Columns::all(outputs));
        product((given, Columns::all(inputs)), kernel, out);
    }
}

/// Room for so many numbers at each point; all of them are written before they are read.
fn resize(numbers: &mut Vec<f32>, at_each: usize) {
    numbers.resize(POINTS * at_each, 0.0);
}

#[cfg(test)]
mod tests;
