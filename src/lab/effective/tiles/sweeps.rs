//! Between the numbers of tiles and the matrices of the points: compiled for whatever registers the processor has.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined is compiled for the least of processors"
)]

use pulp::{Arch, NullaryFnOnce};

use super::transforms::{LANES, Lanes, twice};
use super::{IN, POINTS};

/// Where the channels of each position of a tile stand; `None` where there are none.
pub(super) type Places<const N: usize> = [[Option<usize>; N]; N];

/// Transforms tiles: each becomes a row of the matrix of every point.
pub(super) struct Spread<'a, const N: usize, F> {
    pub(super) numbers: &'a [f32],
    pub(super) places: &'a [Places<N>],
    pub(super) transform: F,
    pub(super) points: &'a mut [f32],
}

impl<const N: usize, F: Fn([Lanes; N]) -> [Lanes; IN] + Copy> Spread<'_, N, F> {
    /// Does it for so many channels.
    pub(super) fn run(self, channels: usize) {
        Arch::new().dispatch(Swept(self, channels));
    }
}

/// Transforms the rows of all points' matrices back, and adds them to the tiles' numbers.
pub(super) struct Gather<'a, const N: usize, F> {
    pub(super) points: &'a [f32],
    pub(super) transform: F,
    pub(super) places: &'a [Places<N>],
    pub(super) numbers: &'a mut [f32],
}

impl<const N: usize, F: Fn([Lanes; IN]) -> [Lanes; N] + Copy> Gather<'_, N, F> {
    /// Does it for so many channels.
    pub(super) fn run(self, channels: usize) {
        Arch::new().dispatch(Swept(self, channels));
    }
}

/// A sweep over so many channels.
struct Swept<T>(T, usize);

impl<const N: usize, F> NullaryFnOnce for Swept<Spread<'_, N, F>>
where
    F: Fn([Lanes; N]) -> [Lanes; IN] + Copy,
{
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self(spread, channels) = self;
        let matrix = spread.points.len() / POINTS;
        for (row, places) in spread.places.iter().enumerate() {
            for first in (0..channels).step_by(LANES) {
                let mut tile = [[Lanes::ZERO; N]; N];
                for (line, places) in tile.iter_mut().zip(places) {
                    for (lanes, place) in line.iter_mut().zip(places) {
                        if let Some(place) = place {
                            *lanes = Lanes::of(&spread.numbers[place + first..]);
                        }
                    }
                }
                let transformed = twice(spread.transform, &tile);
                let mut place = row * channels + first;
                for lanes in transformed.as_flattened() {
                    lanes.write(&mut spread.points[place..]);
                    place += matrix;
                }
            }
        }
    }
}

impl<const N: usize, F> NullaryFnOnce for Swept<Gather<'_, N, F>>
where
    F: Fn([Lanes; IN]) -> [Lanes; N] + Copy,
{
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self(gather, channels) = self;
        let matrix = gather.points.len() / POINTS;
        for (row, places) in gather.places.iter().enumerate() {
            for first in (0..channels).step_by(LANES) {
                let mut points = [[Lanes::ZERO; IN]; IN];
                let mut place = row * channels + first;
                for lanes in points.as_flattened_mut() {
                    *lanes = Lanes::of(&gather.points[place..]);
                    place += matrix;
                }
                let transformed = twice(gather.transform, &points);
                let lanes = transformed.as_flattened().iter();
                for (place, lanes) in places.as_flattened().iter().zip(lanes) {
                    if let Some(place) = place {
                        lanes.add_to(&mut gather.numbers[place + first..]);
                    }
                }
            }
        }
    }
}
