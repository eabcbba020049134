//! The proof, step by step, with the numbers at hand.

use super::facts::Facts;
use super::quantities::product;
use crate::questions::dropout_expectation::arguments::Target;
use crate::questions::numbers::{factor, short};
use crate::theory::dropout::{Activation, Scale};

/// Terms of a sum that are written out.
const SHOWN: usize = 6;

/// The factor as a symbol.
fn symbol(facts: &Facts) -> &'static str {
    match (facts.asked.scale, facts.asked.drops.len()) {
        (Scale::Inverted, 1) => "1/(1−p)",
        (Scale::Inverted, _) => "1/((1−p₁)(1−p₂))",
        (Scale::Drop, 1) => "p",
        (Scale::InverseDrop, 1) => "1/p",
        (Scale::Keep, 1) => "(1−p)",
        _ => "c",
    }
}

/// Where there is nothing to prove: evaluation mode, and p = 1.
fn trivial(facts: &Facts) -> Option<Vec<String>> {
    let line = if facts.asked.eval {
        "in evaluation mode nothing is dropped and nothing scaled: drop(x) = x"
    } else if facts.dropout.keep == 0.0 {
        "at p = 1 every unit is dropped, m = 0 always; PyTorch gives zeros, with the factor 0 for 1/0"
    } else {
        return None;
    };
    Some(vec![line.to_owned()])
}

/// E[c·m·x] = c·(1−p)·x.
pub(super) fn expectation(facts: &Facts) -> Vec<String> {
    if let Some(steps) = trivial(facts) {
        return steps;
    }
    let (q, c) = (facts.dropout.keep, facts.dropout.factor);
    let x = facts.plain.first().copied().unwrap_or_default();
    let mut steps = together(&facts.asked.drops);
    steps.push(format!(
        "the mask m is 1 with probability 1−p = {}, else 0: E[m] = 1·{} + 0·{} = {}",
        short(q),
        short(q),
        short(1.0 - q),
        short(q)
    ));
    let symbol = symbol(facts);
    steps.push(format!(
        "a kept unit is multiplied by c = {symbol} = {}: drop(x) = c·m·x",
        short(c)
    ));
    if facts.asked.is_linear() {
        let terms = facts.asked.target.terms();
        steps.push(
            "the unit is a sum, and so is its expectation: E[Σ w·drop(x)] = Σ w·E[drop(x)]"
                .to_owned(),
        );
        steps.push(format!("Σ w·x = {} = {}", sum_of(&terms), short(x)));
    }
    let mean = facts.exact.first().map_or(0.0, |exact| exact.mean);
    let what = if facts.asked.is_linear() {
        "Σ w·x"
    } else {
        "x"
    };
    let words = format!("E[c·m·x] = c·E[m]·{what}");
    let words = if facts.asked.is_linear() {
        words.replace("E[c·m·x]", "E[Σ w·drop(x)]")
    } else {
        words
    };
    let mut last = product(&words, &[c, q, x], mean);
    if (c * q - 1.0).abs() < 1e-12 {
        last = format!("{last}: {what} itself, since {symbol}·(1−p) = 1");
    }
    steps.push(last);
    steps.extend(likewise(facts));
    steps
}

/// Var[c·m·x] = c²·p(1−p)·x².
pub(super) fn variance(facts: &Facts) -> Vec<String> {
    if let Some(steps) = trivial(facts) {
        return steps;
    }
    let (q, c) = (facts.dropout.keep, facts.dropout.factor);
    let p = 1.0 - q;
    let terms = facts.asked.target.terms();
    let x = terms.first().copied().unwrap_or_default();
    let first = facts.dropout.unit(x);
    let (name, square_of) = if facts.asked.is_linear() {
        ("w₁·x₁", "(w₁·x₁)²")
    } else {
        ("x", "x²")
    };
    let square = c * c * q * x * x;
    let mut steps = vec![
        format!(
            "m² = m, so {}",
            product(
                &format!("E[(c·m·{name})²] = c²·E[m]·{square_of}"),
                &[c * c, q, x * x],
                square
            )
        ),
        format!(
            "Var = E[(c·m·{name})²] − (E[c·m·{name}])² = {} − {} = {}",
            short(square),
            factor(first.mean * first.mean),
            short(first.variance)
        ),
    ];
    let law = match facts.asked.scale {
        Scale::Inverted => Some((
            format!("with c = {}: p/(1−p)·{square_of}", symbol(facts)),
            p / q,
        )),
        Scale::Plain => Some((format!("with c = 1: p(1−p)·{square_of}"), p * q)),
        _ => None,
    };
    if let Some((words, share)) = law {
        steps.push(product(&words, &[share, x * x], share * x * x));
    }
    if facts.asked.is_linear() {
        let squares: Vec<f64> = terms.iter().map(|term| term * term).collect();
        let total = facts.exact.first().map_or(0.0, |exact| exact.variance);
        steps.push(format!(
            "the masks are independent, so the terms' variances add up: c²·p(1−p)·Σ (w·x)² = {}·({}) = {}",
            short(c * c * p * q),
            sum_of(&squares),
            short(total)
        ));
    }
    steps.extend(likewise(facts));
    steps
}

fn likewise(facts: &Facts) -> Option<String> {
    let more = !facts.asked.is_linear() && facts.plain.len() > 1;
    more.then(|| "likewise for every other unit".to_owned())
}

fn sum_of(terms: &[f64]) -> String {
    let mut shown: Vec<String> = terms.iter().take(SHOWN).map(|term| factor(*term)).collect();
    if terms.len() > SHOWN {
        shown.push("…".to_owned());
    }
    shown.join(" + ")
}

/// Two dropouts in a row.
pub(super) fn together(drops: &[f64]) -> Vec<String> {
    let [first, second] = drops else {
        return Vec::new();
    };
    vec![format!(
        "a unit is kept where both keep it: p = 1−(1−p₁)(1−p₂) = 1−{}·{} = {}",
        short(1.0 - first),
        short(1.0 - second),
        short(1.0 - (1.0 - first) * (1.0 - second))
    )]
}

/// E[φ(drop(z))], unit by unit.
pub(super) fn bias(
    facts: &Facts,
    activation: Activation,
    plain: &[f64],
    means: &[f64],
) -> Vec<String> {
    let (q, c) = (facts.dropout.keep, facts.dropout.factor);
    let name = facts.asked.activation.map_or("φ", |(_, name)| name);
    if let Target::Linear { weights, .. } = &facts.asked.target {
        return vec![format!(
            "the average of {name}(Σ w·drop(x)) over all 2^{} masks, each with its probability",
            weights.len()
        )];
    }
    let mut steps = Vec::new();
    for ((z, plain), mean) in facts.plain.iter().zip(plain).zip(means).take(SHOWN) {
        steps.push(format!(
            "E[{name}(drop({z}))] = (1−p)·{name}({kept}) + p·{name}(0) = {q}·{inside} + {p}·{nought} = {mean}; \
             {name}({z}) = {plain}",
            z = short(*z),
            kept = short(c * z),
            q = short(q),
            inside = factor(activation.at(c * z)),
            p = short(1.0 - q),
            nought = factor(activation.at(0.0)),
            mean = short(*mean),
            plain = short(*plain),
        ));
    }
    if activation.is_homogeneous() {
        steps.push(format!(
            "{name}(c·z) = c·{name}(z) for every c ≥ 0, and {name}(0) = 0: a mask and a factor pass through"
        ));
    }
    steps
}

/// The variance of a linear unit whose inputs vary.
pub(super) fn shift(facts: &Facts) -> Vec<String> {
    let training = facts.asked.training();
    let deviation = match &facts.asked.target {
        Target::Linear { deviation, .. } => *deviation,
        Target::Units(_) => 0.0,
    };
    vec![
        format!(
            "the inputs vary about the values given with standard deviation σ = {}",
            short(deviation)
        ),
        "in evaluation: Σ w²·σ²".to_owned(),
        format!(
            "in training: Σ w²·(c²·(1−p)·σ² + c²·p(1−p)·x²), with c²·(1−p) = {} and c²·p(1−p) = {}",
            short(training.factor.powi(2) * training.keep),
            short(training.factor.powi(2) * training.keep * training.drop())
        ),
    ]
}
