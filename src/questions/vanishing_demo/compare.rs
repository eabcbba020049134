//! Activations, initialisations, shortcuts and norms side by side: which cures it?

use crate::lab::deep::Initial;
use crate::model::Fault;
use crate::report::{Column, Quantities, Quantity, Report, Section, Table, Value};

use super::flags::{ActivationName, Arguments, NormName, name_of};
use super::network::by_flags;
use super::study::{Outcome, Study};

/// A network that differs from the one asked about.
struct Variant {
    key: &'static str,
    label: &'static str,
    change: fn(&mut Arguments),
}

static VARIANTS: [Variant; 9] = [
    Variant {
        key: "asked",
        label: "as asked",
        change: |_| {},
    },
    Variant {
        key: "tanh",
        label: "tanh",
        change: |flags| flags.activation = ActivationName::Tanh,
    },
    Variant {
        key: "relu",
        label: "ReLU",
        change: |flags| flags.activation = ActivationName::Relu,
    },
    Variant {
        key: "relu_he",
        label: "ReLU, He's initialisation",
        change: |flags| (flags.activation, flags.init) = (ActivationName::Relu, Initial::He),
    },
    Variant {
        key: "tanh_xavier",
        label: "tanh, Xavier's initialisation",
        change: |flags| (flags.activation, flags.init) = (ActivationName::Tanh, Initial::Xavier),
    },
    Variant {
        key: "tanh_orthogonal",
        label: "tanh, orthogonal",
        change: |flags| {
            (flags.activation, flags.init) = (ActivationName::Tanh, Initial::Orthogonal);
        },
    },
    Variant {
        key: "residual",
        label: "with shortcuts",
        change: |flags| flags.residual = true,
    },
    Variant {
        key: "batch_norm",
        label: "with batch norms",
        change: |flags| flags.norm = Some(NormName::Batch),
    },
    Variant {
        key: "layer_norm",
        label: "with layer norms",
        change: |flags| flags.norm = Some(NormName::Layer),
    },
];

/// Whether a claim is about the comparison.
pub(super) fn is_about(key: &str) -> bool {
    key.ends_with("_cures")
        || key == "relu_cannot_vanish"
        || VARIANTS
            .iter()
            .any(|variant| key.ends_with(&format!(".{}", variant.key)))
}

/// Weight and depth of the chain of single ReLU units that is the simplest counter-example.
const CHAIN_WEIGHT: f64 = 0.5;

/// Measures every variant and says which cures the network that was asked about.
///
/// # Errors
/// If the engine fails.
pub(super) fn sections(report: &mut Report, arguments: &Arguments, seed: u64) -> Result<(), Fault> {
    let mut studies = Vec::new();
    for variant in &VARIANTS {
        let mut flags = arguments.clone();
        (variant.change)(&mut flags);
        let mut study = Study::prepared(by_flags(&flags), flags.init, flags.batch, seed);
        study.measure(seed..seed.saturating_add(arguments.seeds))?;
        studies.push((variant, flags, study));
    }
    let asked = studies[0].2.outcome();
    let mut rows = Vec::new();
    let mut quantities = Vec::new();
    for (variant, flags, study) in &studies {
        let outcome = study.outcome();
        let ratio = study.log_ratio();
        let total = study.log_total();
        let cures = cures(asked, outcome).filter(|_| variant.key != "asked");
        let theory = study
            .theory_log_ratio()
            .filter(|_| !study.chain.is_tied())
            .map(|(ratio, _)| Value::Real(ratio.exp()));
        rows.push(vec![
            Some(Value::name(variant.label)),
            Some(Value::name(name_of(flags.init))),
            ratio.map(|ratio| Value::Real(ratio.mean.exp())),
            ratio.map(|ratio| Value::Real(ratio.mean.exp() * ratio.error)),
            theory,
            total.map(|total| Value::Real(total.mean.exp())),
            Some(Value::Real(study.mean(|found| found.layers[0].weight))),
            Some(Value::name(outcome.map_or("open", Outcome::name))),
            cures.map(Value::Flag),
        ]);
        if variant.key == "asked" {
            continue;
        }
        if let Some(cures) = cures {
            let mut flag = Quantity::exact(
                &format!("{}_cures", variant.key),
                &format!("{}: cures it", variant.label),
                Value::Flag(cures),
            );
            flag.steps = vec![format!(
                "as asked {}, with this {}",
                asked.map_or("open", Outcome::name),
                outcome.map_or("open", Outcome::name)
            )];
            quantities.push(flag);
        }
        if let Some(ratio) = ratio {
            let value = ratio.mean.exp();
            quantities.push(Quantity::measured(
                &format!("ratio.{}", variant.key),
                &format!("{}: ratio", variant.label),
                value,
                ratio.count,
                value * ratio.error,
            ));
        }
        if let Some(outcome) = outcome {
            quantities.push(Quantity::exact(
                &format!("verdict.{}", variant.key),
                &format!("{}: verdict", variant.label),
                Value::name(outcome.name()),
            ));
        }
    }
    quantities.push(relu_statement(
        &studies
            .iter()
            .map(|(variant, _, study)| (variant.label, variant.key, study))
            .collect::<Vec<_>>(),
        arguments.depth,
    ));
    report.sections.push(Section::Table(Table {
        key: "compare".to_owned(),
        title: "Side by side, at initialisation".to_owned(),
        columns: vec![
            Column::new("variant", "network", ""),
            Column::new("init", "init", ""),
            Column::new("ratio", "ratio", ""),
            Column::new("ratio_error", "±", ""),
            Column::new("theory", "√χ", ""),
            Column::new("total", "first over last", ""),
            Column::new("weight", "‖∂L/∂W‖ of the first", ""),
            Column::new("verdict", "verdict", ""),
            Column::new("cures", "cures it", ""),
        ],
        rows,
    }));
    report.sections.push(Section::Quantities(Quantities {
        title: "What cures it".to_owned(),
        quantities,
    }));
    if asked == Some(Outcome::Healthy) {
        report.note("nothing-to-cure", "the network that was asked about is healthy: there is nothing to cure, so no `_cures` flag is given");
    }
    Ok(())
}

/// Whether the change cures: nothing is said where there is nothing to cure, or an error bar leaves it open.
fn cures(asked: Option<Outcome>, changed: Option<Outcome>) -> Option<bool> {
    match (asked?, changed?) {
        (Outcome::Healthy, _) => None,
        (_, changed) => Some(changed == Outcome::Healthy),
    }
}

/// "With ReLU alone there can be no vanishing gradients": false where one of the networks at hand is a counter-example.
fn relu_statement(studies: &[(&str, &str, &Study)], depth: usize) -> Quantity {
    let relu = studies.iter().filter(|(_, key, _)| key.starts_with("relu"));
    let vanishing: Vec<&str> = relu
        .filter(|(_, _, study)| study.outcome() == Some(Outcome::Vanishing))
        .map(|(label, _, _)| *label)
        .collect();
    let chain = CHAIN_WEIGHT.powi(i32::try_from(depth).unwrap_or(i32::MAX));
    let chain_vanishes = chain < 1.0 / super::study::FACTOR;
    let label = "with ReLU alone no gradient of this depth vanishes";
    let mut flag = Quantity::exact(
        "relu_cannot_vanish",
        label,
        Value::Flag(vanishing.is_empty() && !chain_vanishes),
    );
    if !vanishing.is_empty() {
        flag.steps.push(format!(
            "counter-example in the table: {}",
            vanishing.join(", ")
        ));
    }
    flag.steps.push(format!("a chain of single ReLU units with weights {CHAIN_WEIGHT}: {CHAIN_WEIGHT}^{depth} = {chain:.4e}"));
    flag
}
