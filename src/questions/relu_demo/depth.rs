//! Gradients through many ReLUs: a chain of single units, the same with a dead one, and a network.

use super::arguments::Arguments;
use super::same;
use crate::lab::deep::unit;
use crate::model::Fault;
use crate::questions::Setting;
use crate::questions::numbers::{real, short};
use crate::questions::vanishing_demo::evidence::{Example, none_vanishes};
use crate::questions::vanishing_demo::network::{by_flags, bytes};
use crate::questions::vanishing_demo::study::Study;
use crate::questions::vanishing_demo::witness;
use crate::report::{Quantities, Quantity, Report, Section, Statement, Table, Value, Witness};
use crate::theory::relu;

/// Rows of data.
pub(super) const BATCH: usize = 64;

/// The chain with these biases, by formula and on tensors.
struct Chain {
    theory: f64,
    lab: f64,
}

impl Chain {
    fn of(weight: f64, biases: &[f64]) -> Result<Self, Fault> {
        Ok(Self {
            theory: relu::chain(weight, biases),
            lab: unit::chain(weight, biases)?,
        })
    }
}

/// The models that decide whether nothing vanishes, and the sentence.
///
/// # Errors
/// If the engine fails.
pub(super) fn sections(
    report: &mut Report,
    asked: &Arguments,
    setting: &Setting,
) -> Result<Statement, Fault> {
    let plain = vec![0.0; asked.depth];
    let mut biased = plain.clone();
    biased[asked.depth / 2] = asked.bias;
    let chain = Chain::of(asked.weight, &plain)?;
    let dead = Chain::of(asked.weight, &biased)?;
    let mut study = prepared(asked, setting)?;
    for seed in 0..asked.seeds as u64 {
        study.measure(
            std::iter::once(setting.seed.wrapping_add(seed)),
            &setting.device,
        )?;
        setting.progress.tell(1, asked.seeds as u64);
    }
    let bias = short(asked.bias);
    let examples = [
        Example::chain(
            format!(
                "a chain of {} units of weight {}",
                asked.depth,
                short(asked.weight)
            ),
            chain.theory,
        ),
        Example::network(format!("a network of {} blocks", asked.blocks), &study),
        Example::chain(
            format!("the chain with a bias of {bias} in its middle"),
            dead.theory,
        ),
    ];
    report.sections.push(Section::Table(table(&examples)));
    report.sections.push(Section::Quantities(quantities(
        asked, &chain, &dead, &study,
    )));
    report.witnesses.push(Witness::both(
        "the derivatives of both chains",
        "the product of the later weights, 0 behind a dead unit",
        "reverse mode on tensors",
        same(chain.theory, chain.lab) && same(dead.theory, dead.lab),
    ));
    report.witnesses.extend(witness(&study));
    Ok(none_vanishes(
        "no_vanishing",
        "in a model of ReLUs alone there can be no vanishing gradients",
        &examples,
    ))
}

/// The network, with its data and its theory; refused where measuring it would take more memory than is allowed.
fn prepared(asked: &Arguments, setting: &Setting) -> Result<Study, Fault> {
    let network = by_flags(&asked.network());
    let need = bytes(&network, BATCH);
    if need > u128::from(setting.max_memory) {
        return Err(Fault::new(
            "too-large",
            format!("to measure the network would take {} MiB", need >> 20),
        )
        .help("give fewer --blocks or a smaller --width; the ratio a layer is that of a shallower network"));
    }
    Ok(Study::prepared(network, asked.init, BATCH, setting.seed))
}

fn table(examples: &[Example]) -> Table {
    let mut table = Table::new(
        "models",
        "Models of ReLUs alone",
        &[
            ("model", "model"),
            ("total", "gradient, first over last"),
            ("keeps", "has not vanished"),
        ],
    );
    table.rows = (examples.iter())
        .map(|one| {
            vec![
                Some(Value::name(&one.what)),
                real(one.total),
                one.keeps.answer().map(Value::Flag),
            ]
        })
        .collect();
    table
}

fn quantities(asked: &Arguments, chain: &Chain, dead: &Chain, study: &Study) -> Quantities {
    let (weight, depth) = (short(asked.weight), asked.depth);
    let mut quantities = vec![
        Quantity::rounded(
            "chain.gradient",
            "the chain's derivative after its first weight",
            chain.theory,
        )
        .steps(vec![format!(
            "every unit alive: {weight}^({depth}−1) = {:.4e}",
            chain.theory
        )]),
        Quantity::rounded(
            "dead.gradient",
            "the same with that bias in the middle",
            dead.theory,
        ),
    ];
    let seeds = study.measured.len() as u64;
    let first = study.mean(|found| found.layers[0].weight);
    let label = "the network's ‖∂L/∂W‖ of the first layer";
    quantities.push(Quantity::measured(
        "network.gradient",
        label,
        first,
        seeds,
        0.0,
    ));
    if let Some(ratio) = study.log_ratio() {
        let value = ratio.mean.exp();
        let label = "the network's gradient, layer by layer back";
        let error = value * ratio.error;
        quantities.push(Quantity::measured(
            "network.ratio",
            label,
            value,
            ratio.count,
            error,
        ));
    }
    if let Some((theory, _)) = study.theory_log_ratio() {
        let label = "the same in theory, of wide layers";
        quantities.push(Quantity::rounded(
            "network.ratio.theory",
            label,
            theory.exp(),
        ));
    }
    Quantities {
        title: "Gradients through depth".to_owned(),
        quantities,
    }
}
