//! Norms, losses and plateaus that PyTorch gives for weights and data made by a formula
//! (`fixtures/reference/README.md` says how they were made).

use std::collections::BTreeMap;
use std::error::Error;

use gradus::lab::Device;
use gradus::lab::deep::scalar::{nested, product};
use gradus::lab::deep::{Data, Initial, Plan, Trained, Weights, measure, train};
use gradus::model::Chain;
use gradus::model::chain::{Over, Part, Step};
use gradus::model::layer::Activation;
use serde::Deserialize;
use serde_json::Value;

use super::Outcome;

const FIGURES: &str = include_str!("../../fixtures/reference/deep.json");

#[derive(Deserialize)]
struct Figures {
    rows: BTreeMap<String, Row>,
    training: Training,
    vanish: BTreeMap<String, Value>,
}

/// A network at its initial weights.
#[derive(Deserialize)]
#[expect(non_snake_case, reason = "the names of the file")]
struct Row {
    loss: f64,
    gW: Vec<f64>,
    gb: Vec<f64>,
    gW0_float32: Option<f64>,
    act_std_last_hidden: Option<f64>,
}

#[derive(Deserialize)]
struct Training {
    constant_predictor_loss: f64,
    runs: BTreeMap<String, Run>,
}

#[derive(Deserialize)]
struct Run {
    loss_at: BTreeMap<usize, Option<f64>>,
}

fn figures() -> Result<Figures, Box<dyn Error>> {
    Ok(serde_json::from_str(FIGURES)?)
}

/// Linear(42→128), 42 blocks and Linear(128→1).
fn sheet(activation: &Activation, tied: bool, residual: bool, norm: bool) -> Chain {
    let linear = |inputs, outputs| Part::Linear {
        inputs,
        outputs,
        bias: true,
    };
    let mut chain = Chain {
        inputs: 42,
        parts: vec![linear(42, 128)],
        steps: vec![Step::Apply(0)],
    };
    let norm_after = |chain: &mut Chain| {
        if norm {
            chain.parts.push(Part::Norm {
                over: Over::Batch,
                features: 128,
                affine: true,
            });
            chain.steps.push(Step::Apply(chain.parts.len() - 1));
        }
        chain.steps.push(Step::Activation(activation.clone()));
    };
    norm_after(&mut chain);
    let mut shared = None;
    for _ in 0..42 {
        let start = chain.steps.len();
        let part = shared.filter(|_| tied).unwrap_or_else(|| {
            chain.parts.push(linear(128, 128));
            chain.parts.len() - 1
        });
        shared = Some(part);
        chain.steps.push(Step::Apply(part));
        norm_after(&mut chain);
        if residual {
            chain.steps.push(Step::Add(start));
        }
    }
    chain.parts.push(linear(128, 1));
    chain.steps.push(Step::Apply(chain.parts.len() - 1));
    chain
}

fn activation(name: &str) -> (Activation, f64) {
    if name.starts_with("sigmoid") {
        // Four times as much as for tanh: the slope at 0 is a quarter.
        (Activation::Sigmoid, 4.0 * 3_f64.sqrt())
    } else if name.starts_with("tanh") {
        (Activation::Tanh, 3_f64.sqrt())
    } else {
        (Activation::Relu, 6_f64.sqrt())
    }
}

fn near(found: f64, known: f64, share: f64, what: &str) {
    let off = (found - known).abs();
    assert!(
        off <= share * known.abs(),
        "{what}: {found:e}, not {known:e}: off by {:e}",
        off / known.abs()
    );
}

#[test]
fn every_norm_is_that_of_another_implementation() -> Outcome {
    let figures = figures()?;
    assert_eq!(figures.rows.len(), 14);
    for (name, row) in &figures.rows {
        let (activation, gain) = activation(name);
        let chain = sheet(
            &activation,
            name.contains("tied-values"),
            name.contains("residual"),
            false,
        );
        let gain = if name.contains("torch_default") {
            1.0
        } else {
            gain
        };
        let initial = Initial::Formula(gain);
        let data = Data::draw(&chain, 64, initial, 7);
        let found = measure(
            &chain,
            &Weights::draw(&chain, initial, 7),
            &data,
            &Device::default(),
        )?;
        near(found.loss, row.loss, 1e-10, name);
        assert_eq!((row.gW.len(), found.layers.len()), (44, 44));
        for (layer, (weight, bias)) in found.layers.iter().zip(row.gW.iter().zip(&row.gb)) {
            near(layer.weight, *weight, 1e-10, name);
            near(layer.bias.ok_or("a bias")?, *bias, 1e-10, name);
        }
        if let Some(known) = row.gW0_float32 {
            let in_float32 = found.layers[0].in_float32;
            assert!(
                (in_float32 - known).abs() <= 1e-3 * known,
                "{name}: {in_float32:e}, {known:e}"
            );
        }
        if let Some(known) = row.act_std_last_hidden {
            // Theirs has n − 1 below.
            near(found.layers[42].deviation, known, 1e-4, name);
        }
    }
    Ok(())
}

fn trained(name: &str, rate: f64, initial: Initial) -> Result<Trained, Box<dyn Error>> {
    let (activation, _) = activation(name);
    let chain = sheet(
        &activation,
        name.contains(" tied"),
        name.contains("residual"),
        name.contains("batchnorm"),
    );
    let weights = Weights::draw(&chain, initial, 0);
    let data = Data::draw(&chain, 64, initial, 0);
    Ok(train(
        &chain,
        &weights,
        &data,
        Plan { steps: 200, rate },
        &Device::default(),
        &mut |_| {},
    )?)
}

#[test]
fn the_default_networks_end_on_the_plateau_of_the_best_constant() -> Outcome {
    let training = figures()?.training;
    for name in [
        "sigmoid tied sgd .05",
        "sigmoid untied sgd .05",
        "tanh tied sgd .05",
        "tanh untied sgd .05",
        "relu tied sgd .05",
        "relu untied sgd .05",
    ] {
        let found = trained(name, 0.05, Initial::Formula(1.0))?;
        let run = training.runs.get(name).ok_or("a run")?;
        near(
            found.losses[0],
            run.loss_at[&0].ok_or("a loss")?,
            1e-5,
            name,
        );
        near(
            found.losses[2],
            run.loss_at[&2].ok_or("a loss")?,
            1e-3,
            name,
        );
        near(
            found.losses[200],
            training.constant_predictor_loss,
            1e-5,
            name,
        );
        assert!(found.moved[0] < 1e-6, "{name}: {:?}", found.moved[0]);
        assert!(found.prediction_deviation < 1e-6, "{name}");
    }
    Ok(())
}

#[test]
fn what_cures_it_learns_and_what_runs_away_is_not_finite() -> Outcome {
    let training = figures()?.training;
    let he = trained("relu untied he", 0.01, Initial::Formula(6_f64.sqrt()))?;
    let known = training.runs.get("relu untied he sgd .01").ok_or("a run")?;
    near(he.losses[0], known.loss_at[&0].ok_or("a loss")?, 1e-5, "he");
    near(he.losses[5], known.loss_at[&5].ok_or("a loss")?, 1e-2, "he");
    assert!(
        he.losses[199] < 0.01 && he.moved[0] > 1e-3,
        "{}",
        he.losses[199]
    );
    let xavier = trained("tanh untied xavier", 0.05, Initial::Formula(3_f64.sqrt()))?;
    assert!(
        xavier.losses.last().is_some_and(|loss| !loss.is_finite()) && xavier.losses.len() < 100
    );
    assert!(xavier.moved[0].is_nan() || xavier.moved[0] > 1.0);
    let norm = trained("sigmoid untied batchnorm", 0.05, Initial::Formula(1.0))?;
    near(norm.losses[0], 0.629_246, 1e-3, "batch norm");
    assert!(
        norm.losses
            .iter()
            .any(|loss| !loss.is_finite() || *loss > 1e3)
    );
    Ok(())
}

/// The other implementation's runs divide the branch by 8, which `--residual` does not; what is shown is the same.
#[test]
fn shortcuts_learn_where_the_same_network_without_them_does_not() -> Outcome {
    let constant = figures()?.training.constant_predictor_loss;
    let with = trained("tanh untied residual", 0.001, Initial::Formula(1.0))?;
    assert!(with.losses[199] < 1e-3 * constant, "{}", with.losses[199]);
    assert!(with.moved[0] > 1e-3, "{:?}", with.moved[0]);
    let without = trained("tanh untied", 0.001, Initial::Formula(1.0))?;
    assert!(
        without.losses[199] > 0.99 * constant,
        "{}",
        without.losses[199]
    );
    assert!(without.moved[0] < 1e-6, "{:?}", without.moved[0]);
    Ok(())
}

#[test]
fn chains_of_single_numbers() -> Outcome {
    let figures = figures()?;
    near(
        product(0.5, 50)?,
        1.776_356_839_400_250_5e-15,
        1e-12,
        "w = 0.5",
    );
    near(product(1.5, 50)?, 425_081_000.142_699_7, 1e-12, "w = 1.5");
    near(
        nested(&Activation::Sigmoid, 0.0, 10)?.1,
        3.875_220_232_083_258_5e-7,
        1e-12,
        "ten sigmoids at 0",
    );
    for (name, activation) in [("sigmoid", Activation::Sigmoid), ("tanh", Activation::Tanh)] {
        let key = format!("nested {name} from x=1 [depth,y,dy/dx]");
        let rows: Vec<(usize, f64, f64)> = serde_json::from_value(figures.vanish[&key].clone())?;
        assert_eq!(rows.len(), 7);
        for (depth, y, slope) in rows {
            let (found, derivative) = nested(&activation, 1.0, depth)?;
            near(found, y, 1e-12, name);
            near(derivative, slope, 1e-12, name);
        }
    }
    Ok(())
}
