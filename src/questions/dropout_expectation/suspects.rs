//! The mistakes carried out on the dropout at hand.

use super::facts::Facts;
use super::mistakes as known;
use crate::questions::Mistake;
use crate::questions::judge::Suspect;
use crate::questions::numbers::{reals, short};
use crate::report::{Step, Value};
use crate::theory::dropout::{Dropout, Scale};

/// What of the output a mistake is about.
#[derive(Clone, Copy)]
enum Of {
    /// A multiple of x: an expectation.
    Mean,
    /// A multiple of x², or of Σ (w·x)²: a variance.
    Variance,
}

/// The suspects so far.
struct Lineup<'a> {
    facts: &'a Facts<'a>,
    suspects: Vec<Suspect>,
}

impl Lineup<'_> {
    fn add(&mut self, mistake: &'static Mistake, key: &'static str, value: Value, step: Step) {
        let finite = match &value {
            Value::Real(real) => !real.is_infinite(),
            _ => true,
        };
        if finite {
            self.suspects.push(Suspect {
                mistake,
                title: mistake.title.to_owned(),
                key: key.into(),
                value,
                steps: vec![step],
            });
        }
    }

    /// A wrong multiple of every output's x or x², told as a formula.
    fn multiple(&mut self, mistake: &'static Mistake, of: Of, share: f64, formula: &str) {
        if !share.is_finite() {
            return;
        }
        let facts = self.facts;
        let terms = facts.asked.target.terms();
        let squares = |terms: &[f64]| terms.iter().map(|term| term * term).sum::<f64>();
        let (key, base, right, power) = match of {
            Of::Mean => ("expectation", facts.plain.clone(), facts.exact[0].mean, ""),
            Of::Variance if facts.asked.is_linear() => (
                "variance",
                vec![squares(&terms)],
                facts.exact[0].variance,
                "²",
            ),
            Of::Variance => (
                "variance",
                facts.plain.iter().map(|x| x * x).collect(),
                facts.exact[0].variance,
                "²",
            ),
        };
        let x = match (facts.asked.is_linear(), of) {
            (false, _) => format!("x{power}"),
            (true, Of::Mean) => "Σ w·x".to_owned(),
            (true, Of::Variance) => "Σ (w·x)²".to_owned(),
        };
        let step = Step {
            at: key.to_owned(),
            mistaken: format!(
                "{formula}·{x} = {}·{} = {}",
                short(share),
                short(base[0]),
                short(share * base[0])
            ),
            right: right_sum(facts, of, &x, right),
        };
        let value = reals(base.iter().map(|base| share * base));
        self.add(mistake, key, value, step);
    }

    /// A wrong number for a quantity that is one number.
    fn number(
        &mut self,
        mistake: &'static Mistake,
        key: &'static str,
        (number, mistaken): (f64, &str),
        (truth, right): (f64, &str),
    ) {
        let step = Step {
            at: key.to_owned(),
            mistaken: format!("{mistaken} = {}", short(number)),
            right: format!("{right} = {}", short(truth)),
        };
        self.add(mistake, key, Value::Real(number), step);
    }
}

/// The right sum beside a mistaken one.
fn right_sum(facts: &Facts, of: Of, x: &str, right: f64) -> String {
    let formula = match (of, facts.asked.eval, facts.asked.scale) {
        _ if facts.dropout.keep == 0.0 => return format!("m = 0 always: {}", short(right)),
        (Of::Mean, true, _) => "drop(x) = x".to_owned(),
        (Of::Variance, true, _) => "nothing is drawn".to_owned(),
        (Of::Mean, false, Scale::Inverted) => format!("(1−p)·{x}/(1−p)"),
        (Of::Variance, false, Scale::Inverted) => format!("p/(1−p)·{x}"),
        (Of::Mean, false, _) => format!("c·(1−p)·{x}"),
        (Of::Variance, false, _) => format!("c²·p(1−p)·{x}"),
    };
    format!("{formula} = {}", short(right))
}

/// Every mistake that can be made here, the commonest first.
pub(super) fn suspects(facts: &Facts) -> Vec<Suspect> {
    let mut lineup = Lineup {
        facts,
        suspects: Vec::new(),
    };
    let asked = facts.asked;
    if asked.eval {
        in_evaluation(&mut lineup);
    } else if facts.dropout.keep == 0.0 {
        at_one(&mut lineup);
    } else if asked.scale == Scale::Inverted {
        scaled(&mut lineup);
        about_numbers(&mut lineup);
    } else {
        other_scale(&mut lineup);
    }
    of_variance(&mut lineup);
    if asked.drops.len() > 1 && !asked.eval {
        in_a_row(&mut lineup);
    }
    through(&mut lineup);
    lineup.suspects
}

/// 1/(1−p) left out, turned over, or with p for 1−p.
fn scaled(lineup: &mut Lineup) {
    let q = lineup.facts.dropout.keep;
    let p = 1.0 - q;
    lineup.multiple(&known::NO_SCALING, Of::Mean, q, "(1−p)");
    lineup.multiple(&known::NO_SCALING, Of::Variance, p * q, "p(1−p)");
    lineup.multiple(&known::KEEP_FOR_DROP, Of::Mean, p, "p");
    lineup.multiple(&known::KEEP_FOR_DROP, Of::Mean, p / q, "p/(1−p)");
    lineup.multiple(&known::KEEP_FOR_DROP, Of::Variance, q / p, "(1−p)/p");
    lineup.multiple(&known::INVERSE_SCALE, Of::Mean, q * q, "(1−p)²");
    lineup.multiple(
        &known::INVERSE_SCALE,
        Of::Variance,
        p * q.powi(3),
        "(1−p)²·p(1−p)",
    );
    lineup.multiple(&known::SCALED_BY_DROP, Of::Mean, p * q, "p·(1−p)");
    lineup.multiple(&known::SCALED_BY_DROP, Of::Mean, q / p, "(1−p)/p");
    lineup.multiple(
        &known::SCALED_BY_DROP,
        Of::Variance,
        q * p.powi(3),
        "p²·p(1−p)",
    );
}

/// The factor and the probabilities themselves.
fn about_numbers(lineup: &mut Lineup) {
    let (q, c) = (lineup.facts.dropout.keep, lineup.facts.dropout.factor);
    let p = 1.0 - q;
    let scale = (c, "1/(1−p)");
    lineup.number(&known::NO_SCALING, "scale", (1.0, "no factor"), scale);
    lineup.number(&known::KEEP_FOR_DROP, "scale", (1.0 / p, "1/p"), scale);
    lineup.number(&known::INVERSE_SCALE, "scale", (q, "1−p"), scale);
    lineup.number(&known::SCALED_BY_DROP, "scale", (p, "p"), scale);
    lineup.number(&known::KEEP_FOR_DROP, "keep", (p, "p"), (q, "1−p"));
}

/// Another factor than 1/(1−p) is asked about.
fn other_scale(lineup: &mut Lineup) {
    let q = lineup.facts.dropout.keep;
    lineup.multiple(&known::INVERTED_ASSUMED, Of::Mean, 1.0, "1");
    lineup.multiple(
        &known::INVERTED_ASSUMED,
        Of::Variance,
        (1.0 - q) / q,
        "p/(1−p)",
    );
    let c = lineup.facts.dropout.factor;
    let p = 1.0 - q;
    lineup.multiple(&known::KEEP_FOR_DROP, Of::Mean, c * p, "c·p");
}

fn in_evaluation(lineup: &mut Lineup) {
    let training = lineup.facts.asked.training();
    let (q, c) = (training.keep, training.factor);
    lineup.multiple(&known::SCALED_IN_EVALUATION, Of::Mean, q, "(1−p)");
    lineup.multiple(&known::SCALED_IN_EVALUATION, Of::Mean, c, "c");
    lineup.multiple(
        &known::SCALED_IN_EVALUATION,
        Of::Variance,
        c * c * q * (1.0 - q),
        "c²·p(1−p)",
    );
}

fn at_one(lineup: &mut Lineup) {
    lineup.multiple(&known::FORMULA_AT_ONE, Of::Mean, 1.0, "1");
    let step = Step {
        at: "expectation".to_owned(),
        mistaken: "0·x/(1−1) = 0·∞ = NaN".to_owned(),
        right: "m = 0 always: 0".to_owned(),
    };
    let outputs = lineup.facts.exact.len();
    let nan = reals(vec![f64::NAN; outputs]);
    lineup.add(
        &known::FORMULA_AT_ONE,
        "expectation",
        nan.clone(),
        step.clone(),
    );
    let at = "variance".to_owned();
    lineup.add(&known::FORMULA_AT_ONE, "variance", nan, Step { at, ..step });
}

/// A square forgotten, or one too many.
fn of_variance(lineup: &mut Lineup) {
    let facts = lineup.facts;
    let (q, c) = (facts.dropout.keep, facts.dropout.factor);
    let spread = q * (1.0 - q);
    if spread == 0.0 {
        return;
    }
    let truth = facts.exact[0].variance;
    let right = short(truth);
    let step = |mistaken: String| Step {
        at: "variance".to_owned(),
        mistaken,
        right: format!("c²·p(1−p)·x² = {right}"),
    };
    let deviations = reals(facts.exact.iter().map(|exact| exact.variance.sqrt()));
    let sum = step(format!("√{right} = {}", short(truth.sqrt())));
    lineup.add(&known::DEVIATION, "variance", deviations, sum);
    lineup.multiple(&known::SECOND_MOMENT, Of::Variance, c * c * q, "c²·(1−p)");
    lineup.multiple(
        &known::FACTOR_NOT_SQUARED,
        Of::Variance,
        c * spread,
        "c·p(1−p)",
    );
    let share = c * c * spread;
    if facts.asked.is_linear() {
        let terms = facts.asked.target.terms();
        let (sum, plain) = (
            terms.iter().map(|term| term.abs()).sum::<f64>(),
            facts.plain[0],
        );
        let shown = step(format!(
            "{}·(Σ w·x)² = {}",
            short(share),
            short(share * plain * plain)
        ));
        lineup.add(
            &known::ONE_MASK,
            "variance",
            reals([share * plain * plain]),
            shown,
        );
        let linear = terms.iter().sum::<f64>();
        let shown = step(format!(
            "{}·Σ w·x = {}",
            short(share),
            short(share * linear)
        ));
        if sum > 0.0 {
            lineup.add(
                &known::FACTOR_NOT_SQUARED,
                "variance",
                reals([share * linear]),
                shown,
            );
        }
    } else {
        let first = facts.plain[0];
        let shown = step(format!("c²·p(1−p)·x = {}", short(share * first)));
        let values = reals(facts.plain.iter().map(|x| share * x));
        lineup.add(&known::FACTOR_NOT_SQUARED, "variance", values, shown);
    }
}

/// Two dropouts taken for one in a wrong way.
fn in_a_row(lineup: &mut Lineup) {
    let asked = lineup.facts.asked;
    let [first, second] = asked.drops[..] else {
        return;
    };
    let truth = (asked.training().drop(), "1−(1−p₁)(1−p₂)");
    let wrong = [
        (&known::ADDED, first + second, "p₁+p₂"),
        (&known::MULTIPLIED, first * second, "p₁·p₂"),
    ];
    for (mistake, p, words) in wrong {
        lineup.number(mistake, "p", (p, words), truth);
        lineup.number(
            mistake,
            "keep",
            (1.0 - p, &format!("1−{words}")),
            (1.0 - truth.0, "(1−p₁)(1−p₂)"),
        );
        if p < 1.0 && asked.scale == Scale::Inverted {
            let one = Dropout::in_a_row(&[p], Scale::Inverted);
            lineup.multiple(mistake, Of::Variance, p / (1.0 - p), "P/(1−P)");
            let right = (asked.training().factor, "1/((1−p₁)(1−p₂))");
            lineup.number(
                mistake,
                "scale",
                (one.factor, &format!("1/(1−({words}))")),
                right,
            );
        }
    }
    let keep_both = (1.0 - first) * (1.0 - second);
    lineup.number(
        &known::KEEP_FOR_DROP,
        "p",
        (keep_both, "(1−p₁)(1−p₂)"),
        truth,
    );
    if asked.scale == Scale::Inverted {
        lineup.multiple(&known::ONE_SCALE, Of::Mean, 1.0 - first, "(1−p₁)");
        lineup.multiple(&known::ONE_SCALE, Of::Mean, 1.0 - second, "(1−p₂)");
    }
}

/// The expectation behind a non-linearity.
fn through(lineup: &mut Lineup) {
    let facts = lineup.facts;
    let (Some(passed), Some((activation, name))) = (&facts.through, facts.asked.activation) else {
        return;
    };
    let Some(before) = &passed.before else { return };
    let shape = |numbers: Vec<f64>| match numbers[..] {
        [one] => Value::Real(one),
        _ => reals(numbers),
    };
    let truth = before[0].mean;
    let step = |at: &str, mistaken: String, right: f64| Step {
        at: at.to_owned(),
        mistaken,
        right: short(right),
    };
    let plain = passed.plain[0];
    lineup.add(
        &known::THROUGH_FUNCTION,
        "before.expectation",
        shape(passed.plain.clone()),
        step(
            "before.expectation",
            format!("{name}(E[drop(z)]) = {}", short(plain)),
            truth,
        ),
    );
    lineup.add(
        &known::THROUGH_FUNCTION,
        "bias",
        shape(vec![0.0; passed.plain.len()]),
        step("bias", "0".to_owned(), truth - plain),
    );
    if !facts.asked.is_linear() {
        let (q, c) = (facts.dropout.keep, facts.dropout.factor);
        let without: Vec<f64> = facts
            .plain
            .iter()
            .map(|z| q * activation.at(c * z))
            .collect();
        let words = format!("(1−p)·{name}(c·z) = {}", short(without[0]));
        lineup.add(
            &known::ZERO_AFTER,
            "before.expectation",
            shape(without),
            step("before.expectation", words, truth),
        );
    }
}
