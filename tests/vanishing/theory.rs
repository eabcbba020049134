//! The ratio of the gradient's norm from layer to layer: measured within its error bar and the stated bias of theory.

use gradus::lab::Device;
use gradus::lab::deep::{Initial, knows};
use gradus::model::Chain;
use gradus::model::chain::{Over, Part, Step};
use gradus::model::layer::Activation;
use gradus::questions::vanishing_demo::study::{Outcome as Verdict, Study};
use proptest::prelude::*;

use super::Outcome;

/// Blocks with weights of their own.
fn untied(
    width: usize,
    depth: usize,
    activation: Option<&Activation>,
    bias: bool,
    residual: bool,
    norm: bool,
) -> Chain {
    let mut chain = Chain {
        inputs: 42,
        parts: Vec::new(),
        steps: Vec::new(),
    };
    for block in 0..=depth {
        let start = chain.steps.len();
        let inputs = if block == 0 { 42 } else { width };
        chain.parts.push(Part::Linear {
            inputs,
            outputs: width,
            bias,
        });
        chain.steps.push(Step::Apply(chain.parts.len() - 1));
        if norm {
            chain.parts.push(Part::Norm {
                over: Over::Row,
                features: width,
                affine: true,
            });
            chain.steps.push(Step::Apply(chain.parts.len() - 1));
        }
        chain
            .steps
            .extend(activation.cloned().map(Step::Activation));
        if residual && block > 0 {
            chain.steps.push(Step::Add(start));
        }
    }
    chain.parts.push(Part::Linear {
        inputs: width,
        outputs: 1,
        bias,
    });
    chain.steps.push(Step::Apply(chain.parts.len() - 1));
    chain
}

fn studied(chain: Chain, initial: Initial, seeds: u64) -> Result<Study, String> {
    let mut study = Study::prepared(chain, initial, 16, 5);
    study
        .measure(0..seeds, &Device::default())
        .map_err(|fault| fault.message)?;
    Ok(study)
}

/// Measured and theoretical ln of the ratio, and what they may differ by: so many standard errors, and the bias.
fn both(study: &Study, errors: f64) -> Result<(f64, f64, f64), String> {
    let measured = study.log_ratio().ok_or("no ratio")?;
    let (theory, bias) = study.theory_log_ratio().ok_or("no theory")?;
    Ok((measured.mean, theory, errors * measured.error + bias))
}

#[test]
fn without_biases_the_ratio_is_that_of_theory_at_every_width() -> Outcome {
    let cases = [
        (Activation::Sigmoid, Initial::Pytorch, 0.141_45),
        (Activation::Tanh, Initial::Pytorch, 0.577_35),
        (Activation::Relu, Initial::He, 1.0),
    ];
    for (activation, initial, known) in cases {
        for (width, seeds) in [(64, 12), (128, 8), (256, 4), (512, 2), (1024, 1)] {
            let chain = untied(width, 12, Some(&activation), false, false, false);
            let study = studied(chain, initial, seeds)?;
            let (measured, theory, allowed) = both(&study, 3.0)?;
            let words = format!(
                "{activation:?} {width}: {} beside {}, ±{allowed}",
                measured.exp(),
                theory.exp()
            );
            assert!((measured - theory).abs() <= allowed, "{words}");
            assert!((theory.exp() / known - 1.0).abs() < 0.05, "{words}");
        }
    }
    Ok(())
}

#[test]
fn the_verdict_flips_where_it_should() -> Outcome {
    let verdict = |activation: Option<&Activation>,
                   initial,
                   depth,
                   residual|
     -> Result<Option<Verdict>, String> {
        Ok(studied(
            untied(64, depth, activation, true, residual, false),
            initial,
            2,
        )?
        .outcome())
    };
    let (tanh, relu, sigmoid) = (Activation::Tanh, Activation::Relu, Activation::Sigmoid);
    assert_eq!(
        verdict(Some(&sigmoid), Initial::Pytorch, 42, false)?,
        Some(Verdict::Vanishing)
    );
    assert_eq!(
        verdict(Some(&sigmoid), Initial::Pytorch, 1, false)?,
        Some(Verdict::Healthy)
    );
    assert_eq!(
        verdict(Some(&tanh), Initial::Pytorch, 42, false)?,
        Some(Verdict::Vanishing)
    );
    assert_eq!(
        verdict(Some(&tanh), Initial::Pytorch, 5, false)?,
        Some(Verdict::Healthy)
    );
    assert_eq!(
        verdict(Some(&relu), Initial::Pytorch, 42, false)?,
        Some(Verdict::Vanishing)
    );
    assert_eq!(
        verdict(Some(&relu), Initial::He, 42, false)?,
        Some(Verdict::Healthy)
    );
    assert_eq!(
        verdict(Some(&relu), Initial::He, 42, true)?,
        Some(Verdict::Exploding)
    );
    assert_eq!(
        verdict(Some(&tanh), Initial::Pytorch, 42, true)?,
        Some(Verdict::Healthy)
    );
    assert_eq!(
        verdict(None, Initial::Normal(0.2), 42, false)?,
        Some(Verdict::Exploding)
    );
    // So deep that the gradient is 0 in float64 too.
    assert_eq!(
        verdict(Some(&sigmoid), Initial::Pytorch, 500, false)?,
        Some(Verdict::Vanishing)
    );
    Ok(())
}

fn activations() -> impl Strategy<Value = Option<Activation>> {
    prop_oneof![
        Just(None),
        Just(Some(Activation::Sigmoid)),
        Just(Some(Activation::Tanh)),
        Just(Some(Activation::Relu)),
        (0.01..0.6_f64).prop_map(|negative_slope| Some(Activation::LeakyRelu { negative_slope })),
        Just(Some(Activation::Gelu { tanh: false })),
        Just(Some(Activation::Silu)),
        (0.2..1.5_f64).prop_map(|alpha| Some(Activation::Elu { alpha })),
    ]
}

fn initials() -> impl Strategy<Value = Initial> {
    prop_oneof![
        Just(Initial::Pytorch),
        Just(Initial::Xavier),
        Just(Initial::He),
        Just(Initial::Orthogonal),
        (0.02..0.2_f64).prop_map(Initial::Normal),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn theory_and_measurement_agree_on_random_networks(
        activation in activations(),
        initial in initials(),
        width in 64..160_usize,
        depth in 4..12_usize,
        (bias, residual, norm) in any::<(bool, bool, bool)>(),
    ) {
        prop_assert!(activation.as_ref().is_none_or(knows));
        let chain = untied(width, depth, activation.as_ref(), bias, residual, norm);
        let study = studied(chain, initial, 4).map_err(TestCaseError::fail)?;
        let (measured, theory, allowed) = both(&study, 6.0).map_err(TestCaseError::fail)?;
        // A few thousandths for what the leading order leaves out.
        prop_assert!(
            (measured - theory).abs() <= allowed + 0.02,
            "{} beside {}, ±{}", measured.exp(), theory.exp(), allowed
        );
    }
}
