//! The gradients of one unit at a layer, for several inputs at once: zero outside a box.

/// Numbers for every channel of a box of positions: image by image, row by row, position by position.
///
/// Channels lie side by side, so that whatever happens to a position happens to a run of numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gradient {
    pub(super) images: usize,
    pub(super) channels: usize,
    /// The first position of the box, an axis each.
    pub(super) at: [usize; 2],
    /// Its positions along each axis.
    pub(super) dims: [usize; 2],
    pub(super) numbers: Vec<f32>,
}

impl Gradient {
    /// Zeros.
    pub(super) fn zeros(images: usize, channels: usize, at: [usize; 2], dims: [usize; 2]) -> Self {
        Self {
            images,
            channels,
            at,
            dims,
            numbers: vec![0.0; images * dims[0] * dims[1] * channels],
        }
    }

    /// Positions in the box.
    pub(super) fn positions(&self) -> usize {
        self.dims[0] * self.dims[1]
    }

    /// These channels of it.
    pub(super) fn channels(&self, first: usize, count: usize) -> Self {
        let positions = self.numbers.chunks_exact(self.channels.max(1));
        Self {
            channels: count,
            numbers: positions
                .flat_map(|position| position[first..first + count].iter().copied())
                .collect(),
            ..*self
        }
    }

    /// The sum of both, in the box around both.
    pub(super) fn plus(mut self, other: &Self) -> Self {
        if (self.at, self.dims) == (other.at, other.dims) {
            add(&mut self.numbers, &other.numbers);
            return self;
        }
        let mut at = [0; 2];
        let mut dims = [0; 2];
        for axis in 0..2 {
            at[axis] = self.at[axis].min(other.at[axis]);
            let ends = [&self, other].map(|gradient| gradient.at[axis] + gradient.dims[axis]);
            dims[axis] = ends[0].max(ends[1]) - at[axis];
        }
        let mut sum = Self::zeros(self.images, self.channels, at, dims);
        sum.add(&self);
        sum.add(other);
        sum
    }

    /// Adds one whose box lies inside.
    fn add(&mut self, inside: &Self) {
        let run = inside.dims[1] * self.channels;
        for (line, numbers) in inside.numbers.chunks_exact(run.max(1)).enumerate() {
            let (image, row) = (line / inside.dims[0], line % inside.dims[0]);
            let row = image * self.dims[0] + inside.at[0] - self.at[0] + row;
            let start = (row * self.dims[1] + inside.at[1] - self.at[1]) * self.channels;
            add(&mut self.numbers[start..start + run], numbers);
        }
    }

    /// Something of every number of an image, summed over channels: one sum a position.
    pub(super) fn by_position(&self, image: usize, of: impl Fn(f32) -> f64) -> Vec<f64> {
        let each = self.positions() * self.channels;
        let positions =
            self.numbers[image * each..(image + 1) * each].chunks_exact(self.channels.max(1));
        positions
            .map(|position| position.iter().map(|number| of(*number)).sum())
            .collect()
    }
}

/// Adds number by number.
pub(super) fn add(sums: &mut [f32], more: &[f32]) {
    for (sum, number) in sums.iter_mut().zip(more) {
        *sum += number;
    }
}
