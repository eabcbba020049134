//! The one-dimensional transforms, for some channels at once.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined is compiled for the least of processors"
)]

use std::ops::{Add, Mul, Sub};

use super::{IN, KERNEL, OUT};

/// Channels that are transformed together.
pub(super) const LANES: usize = 8;

/// One number for each of some channels side by side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lanes(pub(super) [f32; LANES]);

impl Lanes {
    pub(super) const ZERO: Self = Self([0.0; LANES]);

    /// The first numbers of these; zeros where there are fewer.
    #[inline(always)]
    pub(super) fn of(numbers: &[f32]) -> Self {
        match numbers.first_chunk() {
            Some(lanes) => Self(*lanes),
            None => Self::ZERO,
        }
    }

    /// Over the first numbers of these.
    #[inline(always)]
    pub(super) fn write(self, numbers: &mut [f32]) {
        if let Some(lanes) = numbers.first_chunk_mut() {
            *lanes = self.0;
        }
    }

    /// To the first numbers of these.
    #[inline(always)]
    pub(super) fn add_to(self, numbers: &mut [f32]) {
        (Self::of(numbers) + self).write(numbers);
    }
}

impl Add for Lanes {
    type Output = Self;

    #[inline(always)]
    fn add(mut self, other: Self) -> Self {
        for lane in 0..LANES {
            self.0[lane] += other.0[lane];
        }
        self
    }
}

impl Sub for Lanes {
    type Output = Self;

    #[inline(always)]
    fn sub(mut self, other: Self) -> Self {
        for lane in 0..LANES {
            self.0[lane] -= other.0[lane];
        }
        self
    }
}

impl Mul<f32> for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(mut self, factor: f32) -> Self {
        for lane in 0..LANES {
            self.0[lane] *= factor;
        }
        self
    }
}

/// A transform of every column, and then of every row.
#[inline(always)]
pub(super) fn twice<const N: usize, const M: usize>(
    transform: impl Fn([Lanes; N]) -> [Lanes; M],
    square: &[[Lanes; N]; N],
) -> [[Lanes; M]; M] {
    let mut half = [[Lanes::ZERO; N]; M];
    for column in 0..N {
        let mut own = [Lanes::ZERO; N];
        for row in 0..N {
            own[row] = square[row][column];
        }
        let transformed = transform(own);
        for row in 0..M {
            half[row][column] = transformed[row];
        }
    }
    let mut whole = [[Lanes::ZERO; M]; M];
    for row in 0..M {
        whole[row] = transform(half[row]);
    }
    whole
}

/// `G g`: the kernel's values at 0, ±1 and ±2, scaled, and its last coefficient.
#[inline(always)]
pub(super) fn kernel([a, b, c]: [Lanes; KERNEL]) -> [Lanes; IN] {
    let ends = (a + c) * (-1.0 / 6.0);
    let middle = b * (1.0 / 6.0);
    let far = a * (1.0 / 24.0) + c * (1.0 / 6.0);
    let twice = b * (1.0 / 12.0);
    [
        a * 0.25,
        ends - middle,
        ends + middle,
        far + twice,
        far - twice,
        c,
    ]
}

/// `Bᵀ d`.
#[inline(always)]
pub(super) fn input(d: [Lanes; IN]) -> [Lanes; IN] {
    let (one, other) = (d[4] - d[2] * 4.0, d[3] - d[1] * 4.0);
    let (near, far) = (d[4] - d[2], (d[3] - d[1]) * 2.0);
    [
        d[0] * 4.0 - d[2] * 5.0 + d[4],
        one + other,
        one - other,
        near + far,
        near - far,
        d[1] * 4.0 - d[3] * 5.0 + d[5],
    ]
}

/// `B t`.
#[inline(always)]
pub(super) fn input_adjoint(t: [Lanes; IN]) -> [Lanes; IN] {
    let (sums, off) = (t[1] + t[2], t[1] - t[2]);
    let (far_sums, far) = (t[3] + t[4], (t[3] - t[4]) * 2.0);
    [
        t[0] * 4.0,
        t[5] * 4.0 - off * 4.0 - far,
        t[0] * -5.0 - sums * 4.0 - far_sums,
        off + far - t[5] * 5.0,
        t[0] + sums + far_sums,
        t[5],
    ]
}

/// `Aᵀ m`.
#[inline(always)]
pub(super) fn output(m: [Lanes; IN]) -> [Lanes; OUT] {
    let (sums, off) = (m[1] + m[2], m[1] - m[2]);
    let (far_sums, far) = (m[3] + m[4], m[3] - m[4]);
    [
        m[0] + sums + far_sums,
        off + far * 2.0,
        sums + far_sums * 4.0,
        off + far * 8.0 + m[5],
    ]
}

/// `A y`.
#[inline(always)]
pub(super) fn output_adjoint(y: [Lanes; OUT]) -> [Lanes; IN] {
    let (even, odd) = (y[0] + y[2], y[1] + y[3]);
    let (far_even, far_odd) = (y[0] + y[2] * 4.0, y[1] * 2.0 + y[3] * 8.0);
    [
        y[0],
        even + odd,
        even - odd,
        far_even + far_odd,
        far_even - far_odd,
        y[3],
    ]
}
