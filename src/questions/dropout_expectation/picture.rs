//! The sampling distribution of the mean, with its exact mean.

use super::facts::Facts;
use crate::lab::dropout::Sample;
use crate::questions::numbers::{grouped, short};
use crate::report::{Curve, Series, Shape};
use crate::theory::dropout::Moments;

/// Bars of the histogram, about.
const BARS: f64 = 24.0;

/// Standard errors shown on either side.
const SIDE: f64 = 4.0;

/// Points of the smooth curve.
const POINTS: u32 = 160;

/// Fewer batches than this have no distribution worth a look.
const FEWEST: usize = 50;

/// The means of the batches that were drawn, as a density, beside the normal one about the exact mean. `None` where
/// nothing varies, or too little was drawn.
pub(super) fn sampling(facts: &Facts) -> Option<Series> {
    let (exact, sample) = (facts.exact.first()?, facts.measured.samples.first()?);
    let error = exact.error_of_mean(real(sample.batch));
    if sample.batches.len() < FEWEST || sample.batch < 2 || error <= 0.0 {
        return None;
    }
    let outcome = match (facts.asked.is_linear(), facts.exact.len()) {
        (true, _) => "a linear unit with dropped inputs",
        (false, 1) => "an activation under dropout",
        (false, _) => "the first activation under dropout",
    };
    let bars = histogram(facts, exact, sample, error);
    let top = bars.iter().map(|point| point.1).fold(0.4 / error, f64::max) * 1.08;
    let mean = exact.mean;
    let mut curves = vec![
        Curve::new(
            &format!("{} means measured", grouped(sample.batches.len() as u64)),
            Shape::Area,
            bars,
        ),
        Curve::new(
            "normal, with the exact mean and error",
            Shape::Line,
            normal(mean, error),
        ),
        Curve::new(
            &format!("exact mean {}", short(mean)),
            Shape::Line,
            vec![(mean, 0.0), (mean, top)],
        ),
    ];
    let plain = facts.plain[0];
    let within = (plain - mean).abs() < 60.0 * error;
    if within && (plain - mean).abs() > error / 10.0 {
        let name = format!("without dropout {}", short(plain));
        curves.push(Curve::new(
            &name,
            Shape::Line,
            vec![(plain, 0.0), (plain, top)],
        ));
    }
    Some(Series {
        curves,
        ..Series::new(
            "sampling",
            &format!(
                "Mean of {} draws of {outcome}, p = {}",
                grouped(sample.batch),
                short(facts.asked.drops[0])
            ),
            &format!("mean of {} draws (units of x)", grouped(sample.batch)),
            "density (1/unit of x)",
        )
    })
}

/// The outline of the bars. A single unit's mean takes only multiples of a step; a bar then holds a whole number of them.
fn histogram(facts: &Facts, exact: &Moments, sample: &Sample, error: f64) -> Vec<(f64, f64)> {
    let wanted = 2.0 * SIDE * error / BARS;
    let step = (!facts.asked.is_linear()).then(|| (exact.high - exact.low) / real(sample.batch));
    let (width, start) = match step.filter(|step| *step > 0.0) {
        Some(step) => {
            let width = step * (wanted / step).round().max(1.0);
            let places = ((exact.mean - SIDE * error) / step).floor();
            (width, (places - 0.5) * step)
        }
        None => (wanted, exact.mean - SIDE * error),
    };
    let mut counts: Vec<f64> = Vec::new();
    let mut place = start;
    while place < exact.mean + SIDE * error {
        counts.push(0.0);
        place += width;
    }
    for mean in &sample.batches {
        let bar = ((mean - start) / width).floor();
        if bar >= 0.0
            && let Some(count) = counts.get_mut(index(bar))
        {
            *count += 1.0;
        }
    }
    let density = 1.0 / (width * real(sample.batches.len() as u64));
    let mut outline = vec![(start, 0.0)];
    for (bar, count) in (0_u32..).zip(counts) {
        let left = start + f64::from(bar) * width;
        let right = start + f64::from(bar + 1) * width;
        outline.extend([(left, count * density), (right, count * density)]);
    }
    let end = outline.last().map_or(start, |point| point.0);
    outline.push((end, 0.0));
    outline
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bar's number, not negative, that is looked up"
)]
fn index(bar: f64) -> usize {
    bar as usize
}

fn normal(mean: f64, error: f64) -> Vec<(f64, f64)> {
    let scale = 1.0 / (error * (2.0 * std::f64::consts::PI).sqrt());
    (0..=POINTS)
        .map(|point| {
            let z = SIDE * (2.0 * f64::from(point) / f64::from(POINTS) - 1.0);
            (mean + z * error, scale * libm::exp(-z * z / 2.0))
        })
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a number of draws is below 2^53"
)]
fn real(count: u64) -> f64 {
    count as f64
}
