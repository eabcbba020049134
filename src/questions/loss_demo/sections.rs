//! The sentence, the tables, the numbers and the pictures.

use super::facts::{Facts, One};
use crate::questions::numbers::{factor, real, rough, short, values};
use crate::questions::picture::picture;
use crate::report::{
    Basis, Finding, Quantities, Quantity, Report, Section, Statement, Table, Value,
};
use crate::theory::losses::sigmoid;

/// "As well": at most so many times the steps.
const AS_WELL: f64 = 2.0;

/// Steps are whole: what lies nearer than this to the threshold lies on it.
const HALF_A_STEP: f64 = 0.5;

/// Places of a curve.
const PLACES: u32 = 80;

/// Adds everything.
pub(super) fn add(report: &mut Report, facts: &Facts) {
    report.sections.extend([
        Section::Statements(vec![statement(facts)]),
        Section::Table(along(facts)),
        Section::Table(descent(facts)),
        Section::Quantities(at_logits(facts)),
        Section::Quantities(of_losses(facts)),
    ]);
    report.sections.extend(pictures(facts));
    let over = |one: &One| one.steps.iter().any(Option::is_none);
    if over(&facts.square) || over(&facts.entropy) {
        report.note(
            "more-steps",
            format!(
                "where no number of steps stands, {} were too few (--most)",
                facts.asked.most
            ),
        );
    }
}

fn statement(facts: &Facts) -> Statement {
    let (key, text) = (
        "l2_suits",
        "squared error behind a sigmoid suits a binary classification as well as cross-entropy",
    );
    let Some((start, square, entropy)) = facts.worst() else {
        return Statement::new(key, text, Finding::Open, "there is no start");
    };
    let count = |steps: f64| match steps {
        steps if steps.is_finite() => short(steps),
        _ => format!("more than {}", facts.asked.most),
    };
    let ratio = facts.square.loss.gradient(start) / facts.entropy.loss.gradient(start);
    Statement::new(
        key,
        text,
        Finding::greater(AS_WELL * entropy, square, HALF_A_STEP),
        format!(
            "from the logit {} squared error takes {} steps to the right side of ½ and cross-entropy {} (as well means up to {AS_WELL} times as \
             many, from every start); its gradient there is {} of the other's, and its curvature is negative on {:.1} % of the logits \
             in ±{}",
            short(start),
            count(square),
            count(entropy),
            rough(ratio),
            100.0 * facts.square.negative_share,
            short(facts.asked.range)
        ),
    )
}

/// A row a logit.
fn along(facts: &Facts) -> Table {
    let mut table = Table::new(
        "along",
        "Along the logit",
        &[
            ("z", "z"),
            ("p", "p"),
            ("l2", "L2"),
            ("bce", "BCE"),
            ("gradient_l2", "dL2/dz"),
            ("gradient_bce", "dBCE/dz"),
            ("ratio", "BCE's over L2's"),
            ("curvature_l2", "d²L2/dz²"),
            ("curvature_bce", "d²BCE/dz²"),
        ],
    );
    let (square, entropy) = (facts.square.loss, facts.entropy.loss);
    for &z in &facts.asked.logits {
        table.rows.push(vec![
            real(z),
            real(sigmoid(z)),
            real(square.value(z)),
            real(entropy.value(z)),
            real(square.gradient(z)),
            real(entropy.gradient(z)),
            real(entropy.gradient(z) / square.gradient(z)),
            real(square.curvature(z)),
            real(entropy.curvature(z)),
        ]);
    }
    table
}

/// A row a start.
fn descent(facts: &Facts) -> Table {
    let title = format!(
        "Steps of gradient descent to the right side of ½, learning rate {}",
        short(facts.asked.rate)
    );
    let mut table = Table::new(
        "descent",
        &title,
        &[
            ("start", "from z"),
            ("l2", "L2"),
            ("bce", "BCE"),
            ("ratio", "L2's over BCE's"),
        ],
    );
    let both = facts.square.steps.iter().zip(&facts.entropy.steps);
    for (start, (square, entropy)) in facts.asked.starts.iter().zip(both) {
        let count = |steps: &Option<u32>| steps.map(|steps| Value::Count(steps.into()));
        let ratio = square.zip(*entropy).filter(|(_, entropy)| *entropy > 0);
        table.rows.push(vec![
            real(*start),
            count(square),
            count(entropy),
            ratio.and_then(|(square, entropy)| real(f64::from(square) / f64::from(entropy))),
        ]);
    }
    table
}

/// Values and derivatives, an entry a logit.
fn at_logits(facts: &Facts) -> Quantities {
    let logits = &facts.asked.logits;
    let list = |key: &str, label: &str, of: &dyn Fn(f64) -> f64| {
        let numbers: Vec<f64> = logits.iter().map(|z| of(*z)).collect();
        Quantity {
            basis: Basis::Rounded,
            ..Quantity::exact(key, label, values(&numbers))
        }
    };
    let (square, entropy) = (facts.square.loss, facts.entropy.loss);
    let mut quantities = vec![
        list("probability", "p = σ(z)", &sigmoid),
        list("l2", "(p − y)²", &|z| square.value(z)),
        list("bce", "−ln of the right label's probability", &|z| {
            entropy.value(z)
        }),
        list("gradient.l2", "dL2/dz", &|z| square.gradient(z)),
        list("gradient.bce", "dBCE/dz", &|z| entropy.gradient(z)),
    ];
    if let Some(&z) = logits.first() {
        let (p, y) = (sigmoid(z), facts.asked.label());
        let [p_text, rest] = [p, p - y].map(short);
        quantities[3].steps = vec![
            "2(p−y)·p(1−p), since p′ = p(1−p)".to_owned(),
            format!(
                "at z = {}: 2·{}·{p_text}·{} = {}",
                short(z),
                factor(p - y),
                short(1.0 - p),
                short(square.gradient(z))
            ),
        ];
        quantities[4].steps = vec![
            "(p−y)/(p(1−p)) · p(1−p) = p − y".to_owned(),
            format!("at z = {}: {p_text} − {} = {rest}", short(z), short(y)),
        ];
    }
    Quantities {
        title: "At these logits".to_owned(),
        quantities,
    }
}

/// What is true of the losses as a whole.
fn of_losses(facts: &Facts) -> Quantities {
    let asked = &facts.asked;
    let mut quantities = Vec::new();
    for (key, name, one) in [("l2", "L2", &facts.square), ("bce", "BCE", &facts.entropy)] {
        // A claim on a count that is not there would be judged against nothing.
        if let Some(steps) = one.steps.iter().copied().collect::<Option<Vec<u32>>>() {
            let steps: Vec<f64> = steps.into_iter().map(f64::from).collect();
            let label = format!("{name}: steps of descent, start by start");
            quantities.push(Quantity::exact(
                &format!("steps.{key}"),
                &label,
                values(&steps),
            ));
        }
    }
    let range = short(asked.range);
    quantities.extend([
        Quantity::rounded(
            "negative_share",
            &format!("share of logits in ±{range} at which L2 curves down"),
            facts.square.loss.negative_share(asked.range),
        )
        .steps(vec![
            "2p(1−p)²(3p−1) is negative where the right label has less than ⅓: beyond a logit of ln 2 on the wrong side".to_owned(),
            format!("({range} − ln 2)/(2·{range})"),
        ]),
        Quantity::rounded(
            "negative_share.counted",
            "the same, counted",
            facts.square.negative_share,
        ),
        Quantity::rounded(
            "curvature.bce_least",
            &format!("BCE's least curvature in ±{range}"),
            facts.entropy.least_curvature,
        ),
        Quantity::exact("l2.bound", "what L2 stays below, however wrong", Value::Real(1.0)),
    ]);
    Quantities {
        title: "As losses of a classifier".to_owned(),
        quantities,
    }
}

/// The losses, and the size of their gradients.
fn pictures(facts: &Facts) -> [Section; 2] {
    let range = facts.asked.range;
    let at = |place: u32| range * (2.0 * f64::from(place) / f64::from(PLACES) - 1.0);
    let curve = |name: &str, of: &dyn Fn(f64) -> f64| {
        let points = (0..=PLACES).map(|place| (at(place), of(at(place))));
        (name.to_owned(), points.collect::<Vec<_>>())
    };
    let (square, entropy) = (facts.square.loss, facts.entropy.loss);
    [
        picture(
            "gradient",
            "How strongly a loss pulls at the logit",
            "logit z",
            "|dL/dz|",
            true,
            vec![
                curve("cross-entropy", &|z| entropy.gradient(z).abs()),
                curve("squared error", &|z| square.gradient(z).abs()),
            ],
        ),
        picture(
            "loss",
            "The losses",
            "logit z",
            "loss",
            false,
            vec![
                curve("cross-entropy", &|z| entropy.value(z)),
                curve("squared error", &|z| square.value(z)),
            ],
        ),
    ]
}
