//! The mistakes, carried out on the network at hand.

use crate::model::chain::Step;
use crate::questions::judge::Suspect;
use crate::report::{Step as Line, Value};
use crate::theory::mean_field::Curve;

use super::mistakes::by_code;
use super::network::{real, spreads};
use super::study::Study;

/// Every suspect of this network, the commonest first.
pub(super) fn suspects(study: &Study) -> Vec<Suspect> {
    let mut found = Vec::new();
    let mut suspect = |code: &str, key: &'static str, value: Value, steps: Vec<Line>| {
        found.extend(by_code(code).map(|mistake| Suspect {
            mistake,
            title: mistake.title.to_owned(),
            key: key.into(),
            value,
            steps,
        }));
    };
    let count = |number: u128| Value::Count(i128::try_from(number).unwrap_or(i128::MAX));
    let chain = &study.chain;
    if chain.is_tied() {
        suspect(
            "tied-counted-anew",
            "parameters",
            count(chain.parameters_untied()),
            Vec::new(),
        );
        suspect(
            "tied-counted-anew",
            "linear_modules",
            Value::from(chain.linears().len()),
            Vec::new(),
        );
    }
    let blocks = chain.linears().len() - 2;
    suspect(
        "blocks-for-layers",
        "linear_layers",
        Value::from(blocks),
        Vec::new(),
    );
    if let Some(first) = study.measured.first() {
        suspect(
            "zero-in-float32",
            "gradient.first",
            Value::Real(first.layers[0].in_float32),
            Vec::new(),
        );
    }
    if let Some(slopes) = Slopes::of(study) {
        let layers = real(study.ratios());
        let truth = study.log_ratio().map_or(f64::NAN, |ratio| ratio.mean.exp());
        for (code, ratio, written) in slopes.ratios() {
            let line = |mistaken: String| {
                vec![Line {
                    at: "a layer".to_owned(),
                    mistaken,
                    right: format!("√(σ_w² E[φ′²]), measured {truth:.4}"),
                }]
            };
            suspect(
                code,
                "ratio",
                Value::Real(ratio),
                line(format!("{written} = {ratio:.4}")),
            );
            let total = ratio.powf(layers);
            suspect(
                code,
                "total",
                Value::Real(total),
                line(format!("({written})^{layers} = {total:.4e}")),
            );
        }
    }
    found
}

/// What the slopes of a layer deep inside amount to.
struct Slopes {
    steepest: f64,
    at_zero: f64,
    mean_square: f64,
    chi: f64,
    sigma_w: f64,
}

impl Slopes {
    fn of(study: &Study) -> Option<Self> {
        let through = study.theory.as_ref().ok()?.get(study.ratios())?;
        let curve = study.chain.steps.iter().rev().find_map(|step| match step {
            Step::Activation(activation) => Curve::of(activation),
            _ => None,
        })?;
        let spread =
            spreads(&study.chain, study.initial)[study.chain.linears()[study.ratios()].part];
        Some(Self {
            steepest: curve.steepest(),
            at_zero: curve.slope(0.0),
            mean_square: through.chi / spread.weight,
            chi: through.chi,
            sigma_w: spread.weight.sqrt(),
        })
    }

    /// Code, wrong ratio, and how it is written.
    fn ratios(&self) -> [(&'static str, f64, &'static str); 5] {
        [
            ("quarter-per-layer", self.steepest, "max φ′"),
            ("weights-left-out", self.mean_square.sqrt(), "√E[φ′²]"),
            ("square-for-root", self.chi, "σ_w² E[φ′²]"),
            ("slope-at-zero", self.at_zero * self.sigma_w, "σ_w φ′(0)"),
            ("weights-left-out", self.at_zero, "φ′(0)"),
        ]
    }
}
