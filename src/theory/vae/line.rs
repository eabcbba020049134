//! One latent number, one visible one: encoder N(a·x, s²), decoder N(w·z, noise), data N(0, variance).

use super::TWO_PI;

/// Parameters of the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// a, by which the encoder multiplies.
    pub encoder: f64,
    /// w, by which the decoder multiplies.
    pub decoder: f64,
    /// s, the encoder's standard deviation.
    pub deviation: f64,
}

/// What is asked of it: the variance of the data, the decoder's variance, and the weight of the KL term.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineLosses {
    /// The variance of the data.
    pub variance: f64,
    /// The decoder's variance.
    pub noise: f64,
    /// The weight of the KL term.
    pub beta: f64,
}

/// The best parameters, where there are such.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Best {
    /// These, with w of either sign.
    At(Line),
    /// The decoder ignores z: the KL term costs more than any use of z saves.
    Collapsed,
    /// None: without a KL term the loss falls for ever as s goes to 0, along w·a = 1.
    Nowhere,
}

impl Line {
    /// E(x − w·z)², z drawn by the encoder: the mean squared error of a reconstruction.
    pub fn error(&self, variance: f64) -> f64 {
        let kept = 1.0 - self.decoder * self.encoder;
        kept * kept * variance + (self.decoder * self.deviation).powi(2)
    }

    /// The variance of z over all images: of the aggregate posterior.
    pub fn aggregate(&self, variance: f64) -> f64 {
        self.encoder * self.encoder * variance + self.deviation * self.deviation
    }

    /// The variance of an image that is generated from z ~ N(0, 1), noise included.
    pub fn generated(&self, noise: f64) -> f64 {
        self.decoder * self.decoder + noise
    }
}

impl LineLosses {
    /// E_q[−log p(x|z)], averaged over the data.
    pub fn reconstruction(&self, line: &Line) -> f64 {
        0.5 * ((TWO_PI * self.noise).ln() + line.error(self.variance) / self.noise)
    }

    /// KL(q ‖ N(0, 1)), averaged over the data.
    pub fn to_prior(&self, line: &Line) -> f64 {
        let own = line.deviation * line.deviation;
        0.5 * (line.aggregate(self.variance) - 1.0 - own.ln())
    }

    /// Where the loss is lowest: w² = variance − β·noise, s² = β·noise/variance, a = w/variance.
    pub fn best(&self) -> Best {
        let doubt = self.beta * self.noise;
        if self.beta == 0.0 {
            return Best::Nowhere;
        }
        if doubt >= self.variance {
            return Best::Collapsed;
        }
        let decoder = (self.variance - doubt).sqrt();
        Best::At(Line {
            encoder: decoder / self.variance,
            decoder,
            deviation: (doubt / self.variance).sqrt(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_near_the_best_is_better() {
        for beta in [0.3, 1.0, 3.0] {
            let losses = LineLosses {
                variance: 4.0,
                noise: 0.5,
                beta,
            };
            let Best::At(best) = losses.best() else {
                panic!("there is a best at {beta}");
            };
            let loss = |line: &Line| losses.reconstruction(line) + beta * losses.to_prior(line);
            let least = loss(&best);
            for (a, w, s) in [
                (1.01, 1.0, 1.0),
                (1.0, 0.99, 1.0),
                (1.0, 1.0, 1.02),
                (0.98, 1.01, 0.99),
            ] {
                let other = Line {
                    encoder: a * best.encoder,
                    decoder: w * best.decoder,
                    deviation: s * best.deviation,
                };
                assert!(loss(&other) > least);
            }
            // What is generated has the data's variance at β = 1, and the posteriors add up to the prior.
            if (beta - 1.0).abs() < 1e-12 {
                assert!((best.generated(0.5) - 4.0).abs() < 1e-12);
                assert!((best.aggregate(4.0) - 1.0).abs() < 1e-12);
                assert!((best.error(4.0) - 0.5).abs() < 1e-12);
            }
        }
        let losses = LineLosses {
            variance: 4.0,
            noise: 0.5,
            beta: 8.0,
        };
        assert_eq!(losses.best(), Best::Collapsed);
    }
}
