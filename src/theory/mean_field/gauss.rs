//! Expectations over a standard normal number, by adaptive Gauss–Kronrod quadrature with a checked error.

/// An expectation and a bound on its error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expectation {
    /// The expectation.
    pub value: f64,
    /// How far off it may be: the sum of the differences between the two rules of each panel.
    pub error: f64,
}

/// The density beyond this many standard deviations is below 10⁻⁴⁴.
const FAR: f64 = 14.0;

/// The share of the value that a panel's error may have.
const TOLERANCE: f64 = 1e-14;

/// Panels at most.
const MOST_PANELS: usize = 4000;

/// Nodes of Kronrod's rule with 15 points on [0, 1] of [−1, 1] (QUADPACK, Piessens and others 1983).
const NODES: [f64; 8] = [
    0.991_455_371_120_812_6,
    0.949_107_912_342_758_5,
    0.864_864_423_359_769_1,
    0.741_531_185_599_394_4,
    0.586_087_235_467_691_1,
    0.405_845_151_377_397_2,
    0.207_784_955_007_898_47,
    0.0,
];

/// Their weights.
const KRONROD: [f64; 8] = [
    0.022_935_322_010_529_224,
    0.063_092_092_629_978_55,
    0.104_790_010_322_250_18,
    0.140_653_259_715_525_92,
    0.169_004_726_639_267_9,
    0.190_350_578_064_785_4,
    0.204_432_940_075_298_9,
    0.209_482_141_084_727_82,
];

/// The weights of Gauss's rule with 7 points, at every second node.
const GAUSS: [f64; 4] = [
    0.129_484_966_168_869_7,
    0.279_705_391_489_276_7,
    0.381_830_050_505_118_9,
    0.417_959_183_673_469_4,
];

/// E[f(z)] of a standard normal z, for a function that is smooth but at 0 and changes on the scale `scale` around 0.
pub fn expectation(f: &dyn Fn(f64) -> f64, scale: f64) -> Expectation {
    let density = |z: f64| (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let integrand = |z: f64| f(z) * density(z);
    // Ends of panels where the function is steep: a first rule that is too coarse could miss a narrow peak.
    let mut ends = vec![0.0, 1.0, 3.0, 6.0, FAR];
    if scale.is_finite() && scale > 0.0 {
        ends.extend(
            [1.0, 4.0, 12.0, 40.0]
                .map(|times| times * scale)
                .iter()
                .filter(|end| **end < FAR),
        );
    }
    ends.sort_by(f64::total_cmp);
    let mut open: Vec<(f64, f64)> = Vec::new();
    for pair in ends.windows(2) {
        open.extend([(pair[0], pair[1]), (-pair[1], -pair[0])]);
    }
    let mut panels = 0;
    let (mut value, mut error) = (0.0, 0.0);
    let magnitude: f64 = open
        .iter()
        .map(|&(from, to)| panel(&integrand, from, to).0.abs())
        .sum();
    while let Some((from, to)) = open.pop() {
        let (found, doubt) = panel(&integrand, from, to);
        panels += 1;
        if doubt <= TOLERANCE * magnitude || panels > MOST_PANELS || (to - from) < 1e-13 {
            value += found;
            error += doubt;
        } else {
            let middle = 0.5 * (from + to);
            open.extend([(from, middle), (middle, to)]);
        }
    }
    Expectation { value, error }
}

/// Kronrod's value on a panel, and how far Gauss's is from it.
fn panel(f: &dyn Fn(f64) -> f64, from: f64, to: f64) -> (f64, f64) {
    let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
    let (mut kronrod, mut gauss) = (0.0, 0.0);
    for (place, (&node, &weight)) in NODES.iter().zip(&KRONROD).enumerate() {
        let sum = if place == 7 {
            f(middle)
        } else {
            f(middle - half * node) + f(middle + half * node)
        };
        kronrod += weight * sum;
        if place % 2 == 1 {
            gauss += GAUSS[place / 2] * sum;
        }
    }
    (half * kronrod, half * (kronrod - gauss).abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: Expectation, known: f64) {
        let off = (found.value - known).abs();
        assert!(
            off <= 1e-13 * known.abs().max(1.0),
            "{found:?}, not {known}"
        );
        assert!(found.error <= 1e-11 * known.abs().max(1.0), "{found:?}");
    }

    #[test]
    fn moments_of_a_normal_number_are_known() {
        for (power, known) in [
            (0, 1.0),
            (1, 0.0),
            (2, 1.0),
            (4, 3.0),
            (6, 15.0),
            (8, 105.0),
        ] {
            close(expectation(&|z| z.powi(power), 1.0), known);
        }
        close(expectation(&|z| z.max(0.0).powi(2), 1.0), 0.5);
        close(expectation(&f64::exp, 1.0), 0.5_f64.exp());
        close(expectation(&f64::cos, 1.0), (-0.5_f64).exp());
    }

    #[test]
    fn a_narrow_peak_is_not_missed() {
        for scale in [1e-2_f64, 1e-4, 1e-6] {
            let found = expectation(&|z| (-0.5 * (z / scale).powi(2)).exp(), scale);
            let known = scale / (1.0 + scale * scale).sqrt();
            assert!(
                (found.value / known - 1.0).abs() < 1e-12,
                "{found:?}, not {known}"
            );
        }
    }
}
