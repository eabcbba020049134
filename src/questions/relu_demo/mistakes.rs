//! The mistakes that people make with ReLUs, carried out on what is asked about.

use super::arguments::Arguments;
use crate::questions::Mistake;
use crate::questions::judge::Suspect;
use crate::questions::numbers::short;
use crate::report::{Report, Step, Value};

static SLOPE_ALONE: Mistake = Mistake {
    code: "slope-without-weights",
    title: "looking at the slope of 1 and leaving the weights out",
    page: include_str!("mistakes/slope-without-weights.md"),
};

static OWN_WEIGHT: Mistake = Mistake {
    code: "own-weight-counted",
    title: "counting the weight too that the derivative is taken after",
    page: include_str!("mistakes/own-weight-counted.md"),
};

static FUNCTION_FOR_SLOPE: Mistake = Mistake {
    code: "function-for-slope",
    title: "taking the function, which is linear there, for its slope",
    page: include_str!("mistakes/function-for-slope.md"),
};

static WAKES_UP: Mistake = Mistake {
    code: "dead-unit-wakes-up",
    title: "expecting gradient descent to bring a dead unit back",
    page: include_str!("mistakes/dead-unit-wakes-up.md"),
};

/// Every mistake, the commonest first.
pub(super) static MISTAKES: &[Mistake] = &[SLOPE_ALONE, FUNCTION_FOR_SLOPE, WAKES_UP, OWN_WEIGHT];

/// The mistakes carried out.
pub(super) fn suspects(asked: &Arguments, report: &Report) -> Vec<Suspect> {
    let depth = i32::try_from(asked.depth).unwrap_or(i32::MAX);
    let number = |key: &str| match report.value(key) {
        Some(Value::Real(number)) => short(number),
        _ => String::new(),
    };
    let suspect = |mistake: &'static Mistake,
                   key: &'static str,
                   value: Value,
                   mistaken: String,
                   right: String| Suspect {
        mistake,
        title: mistake.title.to_owned(),
        key: key.into(),
        value,
        steps: vec![Step {
            at: key.to_owned(),
            mistaken,
            right,
        }],
    };
    let chain = number("chain.gradient");
    let every = asked.weight.powi(depth);
    let weight = short(asked.weight);
    vec![
        suspect(
            &SLOPE_ALONE,
            "no_vanishing",
            Value::Flag(true),
            format!("1^{depth} = 1"),
            format!("a chain with weights {weight}: {chain}"),
        ),
        suspect(
            &SLOPE_ALONE,
            "chain.gradient",
            Value::Real(1.0),
            format!("1^{depth} = 1"),
            format!("{weight}^({depth}−1) = {chain}"),
        ),
        suspect(
            &FUNCTION_FOR_SLOPE,
            "linear_gradient",
            Value::Flag(true),
            "max(0, x) grows with x".to_owned(),
            format!(
                "its slopes are a constant but for a share of {}",
                number("off_constant")
            ),
        ),
        suspect(
            &WAKES_UP,
            "dead_neurons",
            Value::Flag(false),
            "the loss is not 0, so the weights move".to_owned(),
            format!(
                "the gradients are {} and {}",
                number("unit.gradient.weight"),
                number("unit.gradient.bias")
            ),
        ),
        suspect(
            &OWN_WEIGHT,
            "chain.gradient",
            Value::Real(every),
            format!("{weight}^{depth} = {}", short(every)),
            format!("{weight}^({depth}−1) = {chain}"),
        ),
    ]
}
