//! The mistakes that people make with these losses, carried out on the logits at hand.

use super::facts::Facts;
use crate::questions::Mistake;
use crate::questions::judge::Suspect;
use crate::questions::numbers::{short, values};
use crate::report::{Step, Value};
use crate::theory::losses::sigmoid;

static IN_OUTPUT: Mistake = Mistake {
    code: "gradient-in-the-output",
    title: "taking the gradient in the output p and leaving the sigmoid's slope out",
    page: include_str!("mistakes/gradient-in-the-output.md"),
};

static TWO_LEFT_OUT: Mistake = Mistake {
    code: "square-without-two",
    title: "leaving out the 2 of the square's derivative",
    page: include_str!("mistakes/square-without-two.md"),
};

static SLOPE_TWICE: Mistake = Mistake {
    code: "slope-not-cancelled",
    title: "multiplying p − y by the sigmoid's slope, which cancels in cross-entropy,",
    page: include_str!("mistakes/slope-not-cancelled.md"),
};

/// Every mistake, the commonest first.
pub(super) static MISTAKES: &[Mistake] = &[IN_OUTPUT, TWO_LEFT_OUT, SLOPE_TWICE];

/// The mistakes carried out.
pub(super) fn suspects(facts: &Facts) -> Vec<Suspect> {
    let (asked, y) = (&facts.asked, facts.asked.label());
    let (square, entropy) = (facts.square.loss, facts.entropy.loss);
    let first = asked.logits.first().copied().unwrap_or(0.0);
    let suspect = |mistake: &'static Mistake,
                   key: &'static str,
                   of: &dyn Fn(f64) -> f64,
                   right: &dyn Fn(f64) -> f64| {
        let numbers: Vec<f64> = asked.logits.iter().map(|z| of(*z)).collect();
        Suspect {
            mistake,
            title: mistake.title.to_owned(),
            key: key.into(),
            value: values(&numbers),
            steps: vec![Step {
                at: format!("z = {}", short(first)),
                mistaken: short(of(first)),
                right: short(right(first)),
            }],
        }
    };
    let slope = |z: f64| sigmoid(z) * sigmoid(-z);
    // Both derivatives without the 2 and without a slope are what cross-entropy has.
    let l2 = |z: f64| square.gradient(z);
    let bce = |z: f64| entropy.gradient(z);
    let start = facts.worst().map_or(first, |(start, ..)| start);
    vec![
        Suspect {
            mistake: &IN_OUTPUT,
            title: IN_OUTPUT.title.to_owned(),
            key: "l2_suits".into(),
            value: Value::Flag(true),
            steps: vec![Step {
                at: format!("z = {}", short(start)),
                mistaken: format!("2(p − y) = {}", short(2.0 * (sigmoid(start) - y))),
                right: format!("2(p − y)·p(1−p) = {}", short(square.gradient(start))),
            }],
        },
        suspect(&IN_OUTPUT, "gradient.l2", &|z| 2.0 * (sigmoid(z) - y), &l2),
        suspect(&IN_OUTPUT, "gradient.bce", &|z| bce(z) / slope(z), &bce),
        suspect(&TWO_LEFT_OUT, "gradient.l2", &|z| l2(z) / 2.0, &l2),
        suspect(&SLOPE_TWICE, "gradient.bce", &|z| bce(z) * slope(z), &bce),
    ]
}
