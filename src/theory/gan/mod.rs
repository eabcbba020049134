//! Generator against discriminator where everything is a formula: on a few values, and on one number.

mod line;

pub use line::{Line, slope_non_saturating, slope_saturating};

/// The generator's loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// E log(1 − D(G(z))), made small.
    Saturating,
    /// −E log D(G(z)), made small.
    NonSaturating,
}

/// The best discriminator, value by value: data/(data + generated).
pub fn optimal(data: &[f64], generated: &[f64]) -> Vec<f64> {
    let pairs = data.iter().zip(generated);
    pairs
        .map(|(data, generated)| data / (data + generated))
        .collect()
}

/// The discriminator's loss, −E log D(x) − E log(1 − D(G(z))).
pub fn discriminator_loss(data: &[f64], generated: &[f64], discriminator: &[f64]) -> f64 {
    let values = data.iter().zip(generated).zip(discriminator);
    values
        .map(|((data, generated), d)| -data * d.ln() - generated * (1.0 - d).ln())
        .sum()
}

/// The Jensen–Shannon divergence.
pub fn jensen_shannon(data: &[f64], generated: &[f64]) -> f64 {
    let pairs = data.iter().zip(generated);
    let terms = pairs.map(|(a, b)| {
        let middle = 0.5 * (a + b);
        0.5 * (a * (a / middle).ln() + b * (b / middle).ln())
    });
    terms.sum()
}

/// The share of data and of generated values that the discriminator tells right; a value with D = ½ counts half.
pub fn accuracy(data: &[f64], generated: &[f64], discriminator: &[f64]) -> f64 {
    let values = data.iter().zip(generated).zip(discriminator);
    let right = values.map(|((data, generated), d)| {
        let real = if *d > 0.5 {
            1.0
        } else if *d < 0.5 {
            0.0
        } else {
            0.5
        };
        0.5 * (data * real + generated * (1.0 - real))
    });
    right.sum()
}

/// The gradient of the generator's loss after the logits of what it generates (a softmax), D as it is: g_j (c_j − Σ g c)
/// with c the loss of each value.
pub fn generator_gradient(generated: &[f64], discriminator: &[f64], loss: Loss) -> Vec<f64> {
    let costs: Vec<f64> = (discriminator.iter())
        .map(|d| match loss {
            Loss::Saturating => (1.0 - d).ln(),
            Loss::NonSaturating => -d.ln(),
        })
        .collect();
    let mean: f64 = generated.iter().zip(&costs).map(|(g, c)| g * c).sum();
    generated
        .iter()
        .zip(&costs)
        .map(|(g, c)| g * (c - mean))
        .collect()
}

/// What is generated after a step of the logits against a gradient.
pub fn stepped(generated: &[f64], gradient: &[f64], rate: f64) -> Vec<f64> {
    let raised: Vec<f64> = generated
        .iter()
        .zip(gradient)
        .map(|(g, slope)| g * (-rate * slope).exp())
        .collect();
    let total: f64 = raised.iter().sum();
    raised.into_iter().map(|g| g / total).collect()
}

/// σ(s).
fn sigmoid(s: f64) -> f64 {
    if s >= 0.0 {
        1.0 / (1.0 + (-s).exp())
    } else {
        let small = s.exp();
        small / (1.0 + small)
    }
}

/// log(1 + eˢ).
fn softplus(s: f64) -> f64 {
    s.max(0.0) + (-s.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn distribution(weights: &[f64]) -> Vec<f64> {
        let total: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / total).collect()
    }

    proptest! {
        #[test]
        fn the_best_discriminator_s_loss_is_two_logs_less_twice_the_divergence(
            weights in proptest::collection::vec((0.01..1.0_f64, 0.01..1.0_f64, -0.4..0.4_f64), 2..6)
        ) {
            let data = distribution(&weights.iter().map(|w| w.0).collect::<Vec<_>>());
            let generated = distribution(&weights.iter().map(|w| w.1).collect::<Vec<_>>());
            let best = optimal(&data, &generated);
            let least = discriminator_loss(&data, &generated, &best);
            let expected = 2.0 * 2.0_f64.ln() - 2.0 * jensen_shannon(&data, &generated);
            prop_assert!((least - expected).abs() < 1e-12);
            let other: Vec<f64> = best.iter().zip(&weights).map(|(d, w)| d + w.2 * d * (1.0 - d)).collect();
            prop_assert!(discriminator_loss(&data, &generated, &other) >= least - 1e-12);
            // A small step against the best discriminator brings the two nearer.
            for loss in [Loss::Saturating, Loss::NonSaturating] {
                let gradient = generator_gradient(&generated, &best, loss);
                prop_assert!(gradient.iter().sum::<f64>().abs() < 1e-12);
            }
            let gradient = generator_gradient(&generated, &best, Loss::Saturating);
            let after = stepped(&generated, &gradient, 1e-3);
            prop_assert!(jensen_shannon(&data, &after) <= jensen_shannon(&data, &generated) + 1e-12);
        }
    }

    #[test]
    fn half_of_all_is_told_right_where_nothing_can_be_told() {
        let data = [0.1, 0.2, 0.3, 0.4];
        for d in [[0.5; 4], [0.9, 0.1, 0.6, 0.4]] {
            assert!((accuracy(&data, &data, &d) - 0.5).abs() < 1e-15);
        }
        let generated = [0.4, 0.3, 0.2, 0.1];
        assert!((accuracy(&data, &generated, &[0.2, 0.4, 0.6, 0.8]) - 0.7).abs() < 1e-15);
    }
}
