//! The verdict by the gradients, the numbers that it is made of, and what theory says.

use crate::lab::Estimate;
use crate::model::chain::{Part, Step};
use crate::report::{Quantities, Quantity, Report, Section, Value};
use crate::theory::mean_field::{Curve, FixedPoint, fixed_point};

use super::network::spreads;
use super::study::{FACTOR, MARGIN, MOST_LOST, Study};

/// An estimate of a logarithm, as the number itself.
fn exponential(key: &str, label: &str, of: Estimate) -> Quantity {
    Quantity::measured(
        key,
        label,
        of.mean.exp(),
        of.count,
        of.mean.exp() * of.error,
    )
}

/// What is known of the network without looking at a gradient.
pub(super) fn size(report: &mut Report, study: &Study) {
    let chain = &study.chain;
    let count = |number: u128| Value::Count(i128::try_from(number).unwrap_or(i128::MAX));
    let linear_parts = chain
        .parts
        .iter()
        .filter(|part| matches!(part, Part::Linear { .. }))
        .count();
    let mut quantities = vec![
        Quantity::exact(
            "linear_layers",
            "linear layers",
            Value::from(chain.linears().len()),
        ),
        Quantity::exact(
            "linear_modules",
            "distinct linear modules",
            Value::from(linear_parts),
        ),
        Quantity::exact(
            "parameters",
            "trained parameters",
            count(chain.parameters()),
        ),
    ];
    if chain.is_tied() {
        let label = "the same, were nothing shared";
        quantities.push(Quantity::exact(
            "parameters.untied",
            label,
            count(chain.parameters_untied()),
        ));
    }
    report.sections.push(Section::Quantities(Quantities {
        title: "The network".to_owned(),
        quantities,
    }));
}

/// The verdict and the numbers that it is made of.
pub(super) fn headline(report: &mut Report, study: &Study) {
    let mut quantities = Vec::new();
    verdict(report, study, &mut quantities);
    rates(study, &mut quantities);
    sizes(study, &mut quantities);
    report.sections.insert(
        0,
        Section::Quantities(Quantities {
            title: String::new(),
            quantities,
        }),
    );
}

/// The verdict, or why it is open.
fn verdict(report: &mut Report, study: &Study, quantities: &mut Vec<Quantity>) {
    match study.outcome() {
        Some(outcome) => {
            let mut verdict = Quantity::exact("verdict", "verdict by the gradients", Value::name(outcome.name()));
            let total = study.log_total().map_or(f64::NAN, |total| total.mean.exp());
            verdict.steps = vec![
                format!("first over last hidden layer: ‖∂L/∂h‖ = {total:.4e}"),
                format!(
                    "vanishing below {:.0e}, exploding above {FACTOR:.0e}, each with {MARGIN} standard errors to spare; \
                     vanishing too where float32 loses more than {} % of the first layer's gradient",
                    1.0 / FACTOR,
                    MOST_LOST * 100.0
                ),
            ];
            quantities.push(verdict);
        }
        None => report.partial(format!(
            "the verdict is open: the error bar of the gradient's total change lies across a threshold ({:.0e} or \
             {FACTOR:.0e}); more --seeds make it narrower",
            1.0 / FACTOR
        )),
    }
}

/// How fast the gradient changes: measured, in theory, and over all layers.
fn rates(study: &Study, quantities: &mut Vec<Quantity>) {
    if let Some(ratio) = study.log_ratio() {
        let mut ratio = exponential(
            "ratio",
            "ratio of the gradient's norm, layer by layer back",
            ratio,
        );
        ratio.steps = vec![
            "the geometric mean over hidden layers of ‖∂L/∂h of a layer‖ / ‖∂L/∂h of the next‖"
                .to_owned(),
            "the error: from the spread over layers and seeds".to_owned(),
        ];
        quantities.push(ratio);
    }
    if let Some((theory, bias)) = study.theory_log_ratio() {
        let label = if study.chain.is_tied() {
            "the same in theory, had each layer weights of its own"
        } else {
            "the same in theory"
        };
        let mut ratio = Quantity::rounded("ratio.theory", label, theory.exp());
        ratio.steps = vec![
            "q = σ_w² E[h²] + σ_b²,  χ = σ_w² E[φ′(√q z)²]; √χ averaged over the same layers (and the direction of equal entries apart)".to_owned(),
            format!("a network of this width may lie lower, by a share of up to {bias:.2e}"),
        ];
        quantities.push(ratio);
        quantities.push(Quantity::rounded(
            "ratio.width_bias",
            "by which share a network of this width may lie lower",
            bias,
        ));
    }
    if let Some(total) = study.log_total() {
        let ten = std::f64::consts::LN_10;
        let label = "powers of ten from the last hidden layer back to the first";
        quantities.push(Quantity::measured(
            "decades",
            label,
            total.mean / ten,
            total.count,
            total.error / ten,
        ));
        let label = "the gradient at the first over that at the last";
        quantities.push(Quantity::measured(
            "total",
            label,
            total.mean.exp(),
            total.count,
            0.0,
        ));
    }
}

/// How large it is at either end.
fn sizes(study: &Study, quantities: &mut Vec<Quantity>) {
    let last = study.chain.linears().len() - 1;
    let seeds = study.measured.len() as u64;
    for (key, label, layer) in [
        ("gradient.first", "‖∂L/∂W‖ of the first layer", 0),
        ("gradient.last", "‖∂L/∂W‖ of the last layer", last),
    ] {
        let norms: Vec<f64> = study
            .measured
            .iter()
            .map(|found| found.layers[layer].weight)
            .collect();
        if let Some(norm) = Estimate::of(&norms) {
            quantities.push(Quantity::measured(key, label, norm.mean, seeds, norm.error));
        }
    }
    let single = study.mean(|found| found.layers[0].in_float32);
    quantities.push(Quantity::measured(
        "gradient.first_float32",
        "the first, as float32 has its norm",
        single,
        seeds,
        0.0,
    ));
    let share = study.mean(|found| found.layers[0].lost);
    let label = "share of its entries that float32 loses to zero";
    quantities.push(Quantity::measured("lost", label, share, seeds, 0.0));
}

/// The activation that stands after most linear layers.
fn curve(study: &Study) -> Option<Curve> {
    let activations = study.chain.steps.iter().filter_map(|step| match step {
        Step::Activation(activation) => Some(activation),
        _ => None,
    });
    let all: Vec<_> = activations.collect();
    match all.get(all.len() / 2) {
        Some(activation) => Curve::of(activation),
        None => Some(Curve::Identity),
    }
}

/// Whether each hidden layer is a linear layer and its activation, with nothing else.
fn is_plain(study: &Study) -> bool {
    study
        .chain
        .linears()
        .windows(2)
        .all(|pair| pair[1].step - pair[0].step <= 2)
        && !study
            .chain
            .steps
            .iter()
            .any(|step| matches!(step, Step::Add(_)))
        && study
            .chain
            .parts
            .iter()
            .all(|part| matches!(part, Part::Linear { .. }))
}

/// What theory says of a layer deep inside, and what the slope alone bounds.
pub(super) fn theory(report: &mut Report, study: &Study) {
    if let Err(none) = &study.theory {
        report.note("no-theory", format!("measured alone: {none}"));
    } else if study.chain.is_tied() {
        report.note(
            "tied",
            "the weights are shared: the theory is of a network with weights of its own in each layer, shown for comparison and not \
             held against the measurement",
        );
    }
    let Some(curve) = curve(study) else { return };
    let linears = study.chain.linears();
    let spread = spreads(&study.chain, study.initial)[linears[linears.len() / 2].part];
    let mut quantities = Vec::new();
    match fixed_point(curve, &spread).filter(|_| is_plain(study)) {
        Some(FixedPoint {
            q,
            chi,
            depth_scale,
        }) => quantities.extend([
            Quantity::rounded(
                "q",
                "q*, the variance that a layer adds up to in the end",
                q,
            ),
            Quantity::rounded("chi", "χ there", chi),
            Quantity::rounded("ratio.fixed_point", "√χ there", chi.sqrt()),
            Quantity::rounded("depth_scale", "ξ = 1/|ln χ|", depth_scale).unit("layers"),
        ]),
        None if is_plain(study) => report.note(
            "no-fixed-point",
            "the variance does not settle: it grows or shrinks from layer to layer",
        ),
        None => {}
    }
    let slope = curve.steepest();
    let power = i32::try_from(study.ratios()).unwrap_or(i32::MAX);
    let mut bound = Quantity::rounded("bound", "the activation's steepest slope", slope);
    bound.steps = vec![
        "a bound for a chain of single numbers with weights of 1; the weights are left out of it".to_owned(),
        "with weights the bound of a layer is this times the largest stretch ‖W‖₂, and the typical factor is √χ".to_owned(),
    ];
    quantities.extend([
        Quantity::rounded("sigma_w", "σ_w = √(fan-in · Var W)", spread.weight.sqrt()),
        bound,
        Quantity::rounded(
            "bound.total",
            "that slope alone over all hidden layers",
            slope.powi(power),
        ),
    ]);
    report.sections.push(Section::Quantities(Quantities {
        title: "Theory of a layer deep inside".to_owned(),
        quantities,
    }));
}
