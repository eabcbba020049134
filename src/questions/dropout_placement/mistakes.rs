//! The mistakes that people make with the place of dropout, carried out on the activations asked about.

use super::facts::Facts;
use crate::questions::Mistake;
use crate::questions::judge::Suspect;
use crate::questions::numbers::{short, values};
use crate::report::{Step, Value};

static ONE_FOR_ALL: Mistake = Mistake {
    code: "one-activation-for-all",
    title: "taking what one activation does for what every activation does",
    page: include_str!("mistakes/one-activation-for-all.md"),
};

static KEPT_ALONE: Mistake = Mistake {
    code: "kept-unit-alone",
    title: "following the kept unit alone",
    page: include_str!("mistakes/kept-unit-alone.md"),
};

/// Every mistake, the commonest first.
pub(super) static MISTAKES: &[Mistake] = &[ONE_FOR_ALL, KEPT_ALONE];

/// The mistakes carried out.
pub(super) fn suspects(facts: &Facts) -> Vec<Suspect> {
    let suspect =
        |mistake: &'static Mistake, key: String, value: Value, steps: Vec<Step>| Suspect {
            mistake,
            title: mistake.title.to_owned(),
            key: key.into(),
            value,
            steps,
        };
    let mut found = Vec::new();
    // Of one activation the sentence is true, of another false: each answer is what one of them alone says.
    for one in &facts.orders {
        let Some(same) = one.same().answer() else {
            continue;
        };
        let steps = || {
            vec![Step {
                at: one.name.word().to_owned(),
                mistaken: format!(
                    "the orders differ by {}, and so they do everywhere",
                    short(one.difference())
                ),
                right: "another activation that is asked about says otherwise".to_owned(),
            }]
        };
        found.push(suspect(
            &ONE_FOR_ALL,
            "only_after".to_owned(),
            Value::Flag(!same),
            steps(),
        ));
        found.push(suspect(
            &ONE_FOR_ALL,
            "no_difference".to_owned(),
            Value::Flag(same),
            steps(),
        ));
    }
    for one in &facts.orders {
        let phi = one.name.activation(facts.asked.slope);
        let biases: Vec<f64> = (one.cells().iter())
            .map(|cell| phi.at(facts.asked.dropout(cell.p).kept(cell.z)) - cell.through.plain)
            .collect();
        let key = format!("bias.{}", one.name.key());
        found.push(suspect(&KEPT_ALONE, key, values(&biases), Vec::new()));
    }
    found
}
