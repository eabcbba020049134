//! Norms of training: in float64 inside, since a variance of float32 numbers loses digits.

use candle_core::Tensor;

use super::{Dense, Tensors, engine, from_real, to_real};
use crate::lab::LabError;
use crate::lab::deep::kernels::Real;
use crate::model::chain::{NORM_EPSILON, Over, Part};

/// What a norm keeps: x̂, and 1/√(variance + ε) for each row or feature.
pub(super) struct Normed {
    hat: Vec<f64>,
    inverse: Vec<f64>,
}

impl Dense<'_> {
    pub(super) fn norm<R: Real>(
        &self,
        part: usize,
        x: &Tensor,
    ) -> Result<(Tensor, Normed), LabError> {
        let (over, affine) = self.over(part);
        let (rows, features) = x.dims2().map_err(engine("norm"))?;
        let numbers = to_real(x)?;
        let mut hat = vec![0.0; numbers.len()];
        let mut inverse = Vec::new();
        for group in groups(over, rows, features) {
            let count = group.len_real();
            let mean = group.places().map(|place| numbers[place]).sum::<f64>() / count;
            let variance = group
                .places()
                .map(|place| (numbers[place] - mean).powi(2))
                .sum::<f64>()
                / count;
            let inverted = 1.0 / (variance + NORM_EPSILON).sqrt();
            for place in group.places() {
                hat[place] = (numbers[place] - mean) * inverted;
            }
            inverse.push(inverted);
        }
        let value = if affine {
            let (scale, shift) = (to_real(&self.parts[part].weight)?, self.shift(part)?);
            let of = |(place, hat): (usize, &f64)| {
                hat * scale[place % features] + shift[place % features]
            };
            hat.iter().enumerate().map(of).collect()
        } else {
            hat.clone()
        };
        Ok((
            from_real::<R>(&value, rows, features)?,
            Normed { hat, inverse },
        ))
    }

    pub(super) fn norm_back<R: Real>(
        &self,
        part: usize,
        normed: &Normed,
        gradient: &Tensor,
    ) -> Result<(Tensor, Option<Tensors>), LabError> {
        let (over, affine) = self.over(part);
        let (rows, features) = gradient.dims2().map_err(engine("norm"))?;
        let mut upstream = to_real(gradient)?;
        let mut own = None;
        if affine {
            let (mut of_scale, mut of_shift) = (vec![0.0; features], vec![0.0; features]);
            let scale = to_real(&self.parts[part].weight)?;
            for (place, g) in upstream.iter_mut().enumerate() {
                of_scale[place % features] += *g * normed.hat[place];
                of_shift[place % features] += *g;
                *g *= scale[place % features];
            }
            let flat = |numbers: &[f64]| {
                from_real::<R>(numbers, 1, features)?
                    .flatten_all()
                    .map_err(engine("norm"))
            };
            own = Some(Tensors {
                weight: flat(&of_scale)?,
                bias: Some(flat(&of_shift)?),
            });
        }
        let mut back = vec![0.0; upstream.len()];
        for (group, inverse) in groups(over, rows, features).zip(&normed.inverse) {
            let count = group.len_real();
            let mean = group.places().map(|place| upstream[place]).sum::<f64>() / count;
            let along = group
                .places()
                .map(|place| upstream[place] * normed.hat[place])
                .sum::<f64>()
                / count;
            for place in group.places() {
                back[place] = inverse * (upstream[place] - mean - normed.hat[place] * along);
            }
        }
        Ok((from_real::<R>(&back, rows, features)?, own))
    }

    fn over(&self, part: usize) -> (Over, bool) {
        match self.chain.parts[part] {
            Part::Norm { over, affine, .. } => (over, affine),
            Part::Linear { .. } => (Over::Row, false),
        }
    }

    fn shift(&self, part: usize) -> Result<Vec<f64>, LabError> {
        match &self.parts[part].bias {
            Some(bias) => to_real(bias),
            None => Ok(vec![0.0; self.parts[part].weight.elem_count()]),
        }
    }
}

/// The numbers that a norm takes together: a row, or a feature over the batch.
struct Group {
    start: usize,
    step: usize,
    count: usize,
}

impl Group {
    fn places(&self) -> impl Iterator<Item = usize> + use<> {
        let (start, step) = (self.start, self.step);
        (0..self.count).map(move |number| start + number * step)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a batch and a width are far below 2⁵³"
    )]
    fn len_real(&self) -> f64 {
        self.count as f64
    }
}

fn groups(over: Over, rows: usize, features: usize) -> impl Iterator<Item = Group> {
    let of = move |number: usize| match over {
        Over::Row => Group {
            start: number * features,
            step: 1,
            count: features,
        },
        Over::Batch => Group {
            start: number,
            step: features,
            count: rows,
        },
    };
    let count = match over {
        Over::Row => rows,
        Over::Batch => features,
    };
    (0..count).map(of)
}
