//! The gradient of one unit at a layer: zero outside a box.

/// Numbers for every channel of a box of positions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gradient {
    pub(super) channels: usize,
    /// The first position of the box, an axis each.
    pub(super) at: [usize; 2],
    /// Its positions along each axis.
    pub(super) dims: [usize; 2],
    /// Channel by channel, row by row.
    pub(super) numbers: Vec<f32>,
}

impl Gradient {
    /// Zeros.
    pub(super) fn zeros(channels: usize, at: [usize; 2], dims: [usize; 2]) -> Self {
        Self {
            channels,
            at,
            dims,
            numbers: vec![0.0; channels * dims[0] * dims[1]],
        }
    }

    /// Positions in the box.
    pub(super) fn positions(&self) -> usize {
        self.dims[0] * self.dims[1]
    }

    /// These channels of it.
    pub(super) fn channels(&self, first: usize, count: usize) -> Self {
        let positions = self.positions();
        Self {
            channels: count,
            numbers: self.numbers[first * positions..(first + count) * positions].to_vec(),
            ..*self
        }
    }

    /// The sum of both, in the box around both.
    pub(super) fn plus(self, other: &Self) -> Self {
        if (self.at, self.dims) == (other.at, other.dims) {
            let pairs = self.numbers.into_iter().zip(&other.numbers);
            let numbers = pairs.map(|(one, other)| one + other).collect();
            return Self { numbers, ..*other };
        }
        let mut at = [0; 2];
        let mut dims = [0; 2];
        for axis in 0..2 {
            at[axis] = self.at[axis].min(other.at[axis]);
            let ends = [&self, other].map(|gradient| gradient.at[axis] + gradient.dims[axis]);
            dims[axis] = ends[0].max(ends[1]) - at[axis];
        }
        let mut sum = Self::zeros(self.channels, at, dims);
        sum.add(&self);
        sum.add(other);
        sum
    }

    /// Adds one whose box lies inside.
    fn add(&mut self, inside: &Self) {
        let [rows, columns] = inside.dims;
        let down = inside.at[0] - self.at[0];
        let right = inside.at[1] - self.at[1];
        for channel in 0..self.channels {
            for row in 0..rows {
                let from = (channel * rows + row) * columns;
                let to = (channel * self.dims[0] + down + row) * self.dims[1] + right;
                let sums = &mut self.numbers[to..to + columns];
                for (sum, number) in sums.iter_mut().zip(&inside.numbers[from..from + columns]) {
                    *sum += number;
                }
            }
        }
    }

    /// Something of every number, summed over channels: one sum a position.
    pub(super) fn by_position(&self, of: impl Fn(f32) -> f64) -> Vec<f64> {
        let positions = self.positions();
        let mut sums = vec![0.0; positions];
        for channel in self.numbers.chunks_exact(positions.max(1)) {
            for (sum, number) in sums.iter_mut().zip(channel) {
                *sum += of(*number);
            }
        }
        sums
    }
}
