//! Seeded numbers: the same on every machine, whatever the number of threads.
//!
//! Every number is a hash (splitmix64) of its stream and of its place in it, so any part of a stream can be drawn by
//! itself.

/// One stream of numbers: where it starts among the 2⁶⁴ hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream(u64);

impl Stream {
    /// The stream with this tag; streams of different tags below 2²⁴ do not overlap within 2⁴⁰ numbers.
    pub fn new(tag: u64) -> Self {
        Self(tag << 40)
    }

    /// A stream for one purpose of a seeded run. It starts anywhere: that two of them overlap is as likely as that the
    /// hashes of their seeds are neighbours.
    pub fn seeded(seed: u64, purpose: u64) -> Self {
        Self(mixed(seed ^ mixed(purpose)))
    }

    /// The hash at a place.
    pub fn bits(self, place: u64) -> u64 {
        mixed(self.0.wrapping_add(place))
    }

    /// A number in [0, 1), with 53 bits.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact in a float64")]
    pub fn uniform(self, place: u64) -> f64 {
        (self.bits(place) >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// A normal number (Box–Muller; the second of its pair is not used). It reads the two streams with
    /// tags twice this one's.
    pub fn normal(self, place: u64) -> f64 {
        let radius = Self(self.0.wrapping_mul(2)).uniform(place);
        let angle = Self(self.0.wrapping_mul(2).wrapping_add(1 << 40)).uniform(place);
        (-2.0 * (-radius).ln_1p()).sqrt() * (2.0 * std::f64::consts::PI * angle).cos()
    }
}

/// splitmix64's output function.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the numbers are the same to the last bit")]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_are_known() {
        assert_eq!(mixed(0), 16_294_208_416_658_607_535);
        let known = [
            0.842_836_126_096_362_8,
            0.357_126_807_223_461_6,
            0.462_075_401_644_661_65,
            0.522_810_380_735_853_4,
        ];
        for (place, known) in (0..).zip(known) {
            assert_eq!(Stream::new(7).uniform(place), known);
        }
        let known = [-0.571_402_987_610_745_7, 1.034_728_784_328_642];
        for (place, known) in (0..).zip(known) {
            assert!((Stream::new(50).normal(place) - known).abs() < 1e-15);
        }
    }
}
