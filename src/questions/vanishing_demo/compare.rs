//! Activations, initialisations, shortcuts and norms side by side: which cures it?

use crate::lab::deep::Initial;
use crate::model::Fault;
use crate::questions::Setting;
use crate::report::{Column, Quantities, Quantity, Report, Section, Table, Value};

use super::evidence::{Example, cures, none_vanishes};
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
pub(super) fn sections(
    report: &mut Report,
    arguments: &Arguments,
    setting: &Setting,
) -> Result<(), Fault> {
    let seed = setting.seed;
    let mut studies = Vec::new();
    for variant in &VARIANTS {
        let mut flags = arguments.clone();
        (variant.change)(&mut flags);
        let mut study = Study::prepared(by_flags(&flags), flags.init, flags.batch, seed);
        study.measure(seed..seed.saturating_add(arguments.seeds), &setting.device)?;
        studies.push((variant, flags, study));
    }
    let asked = &studies[0].2;
    let mut rows = Vec::new();
    let mut quantities = Vec::new();
    let mut statements = Vec::new();
    for (variant, flags, study) in &studies {
        let own = (variant.key != "asked").then(|| cures(variant.key, variant.label, asked, study));
        let own = own.flatten();
        let answer = own.as_ref().and_then(|cures| cures.finding.answer());
        rows.push(row(variant, flags, study, answer));
        statements.extend(own);
        if variant.key != "asked" {
            quantities.extend(numbers(variant, study));
        }
    }
    let relu = studies
        .iter()
        .filter(|(variant, ..)| variant.key.starts_with("relu"));
    let mut examples: Vec<Example> = relu
        .map(|(variant, _, study)| Example::network(variant.label, study))
        .collect();
    let depth = i32::try_from(arguments.depth).unwrap_or(i32::MAX);
    examples.push(Example::chain(
        format!("a chain of {depth} single ReLU units with weights {CHAIN_WEIGHT}"),
        CHAIN_WEIGHT.powi(depth),
    ));
    statements.push(none_vanishes(
        "relu_cannot_vanish",
        "with ReLU alone no gradient of this depth vanishes",
        &examples,
    ));
    report.sections.push(Section::Statements(statements));
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
        title: "Each network's gradients".to_owned(),
        quantities,
    }));
    if asked.outcome() == Some(Outcome::Healthy) {
        report.note("nothing-to-cure", "the network that was asked about is healthy: there is nothing to cure, so nothing is said of what cures it");
    }
    Ok(())
}

/// A network's row.
fn row(
    variant: &Variant,
    flags: &Arguments,
    study: &Study,
    cures: Option<bool>,
) -> Vec<Option<Value>> {
    let ratio = study.log_ratio();
    let theory = study
        .theory_log_ratio()
        .filter(|_| !study.chain.is_tied())
        .map(|(ratio, _)| Value::Real(ratio.exp()));
    vec![
        Some(Value::name(variant.label)),
        Some(Value::name(name_of(flags.init))),
        ratio.map(|ratio| Value::Real(ratio.mean.exp())),
        ratio.map(|ratio| Value::Real(ratio.mean.exp() * ratio.error)),
        theory,
        study.log_total().map(|total| Value::Real(total.mean.exp())),
        Some(Value::Real(study.mean(|found| found.layers[0].weight))),
        Some(Value::name(study.outcome().map_or("open", Outcome::name))),
        cures.map(Value::Flag),
    ]
}

/// A network's numbers under their keys.
fn numbers(variant: &Variant, study: &Study) -> impl Iterator<Item = Quantity> + use<> {
    let ratio = study.log_ratio().map(|ratio| {
        let value = ratio.mean.exp();
        Quantity::measured(
            &format!("ratio.{}", variant.key),
            &format!("{}: ratio", variant.label),
            value,
            ratio.count,
            value * ratio.error,
        )
    });
    let verdict = study.outcome().map(|outcome| {
        Quantity::exact(
            &format!("verdict.{}", variant.key),
            &format!("{}: verdict", variant.label),
            Value::name(outcome.name()),
        )
    });
    ratio.into_iter().chain(verdict)
}
