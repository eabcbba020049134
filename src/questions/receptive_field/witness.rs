//! The second witness: the same boxes by measurement.

use super::facts::Facts;
use super::units::{Unit, name, of_input};
use crate::lab::support::{self, Limit, Unmeasured};
use crate::model::{Fault, Model, Seen, Shape, Work};
use crate::questions::Setting;
use crate::report::{Agreement, Witness};

/// What a measurement may cost: two are made by default, together in well under a second; with `--measure` as much as
/// is asked for.
fn limit(setting: &Setting) -> Limit {
    const QUICK: u64 = 50_000_000;
    Limit {
        bytes: setting.max_memory,
        work: if setting.measure { u64::MAX } else { QUICK },
    }
}

/// A unit's box by formula, held against the one by measurement.
pub fn of_unit(facts: &Facts, unit: &Unit, setting: &Setting) -> Witness {
    let limit = limit(setting);
    let quantity = format!("the box of unit {}", name(&unit.position));
    let theory = in_words(&unit.seen);
    let (lab, agreement) = match support::measure(facts.model, facts.node, &unit.position, limit) {
        Ok(inputs) => {
            let measured = of_input(&inputs, facts);
            let agreement = if measured == unit.seen {
                Agreement::Agree
            } else {
                Agreement::Disagree
            };
            (in_words(&measured), agreement)
        }
        Err(Unmeasured::Skipped { reason } | Unmeasured::Unknown { reason, .. }) => {
            (reason, Agreement::Alone)
        }
        Err(failed) => (failed.to_string(), Agreement::Alone),
    };
    Witness {
        quantity,
        theory,
        lab,
        agreement,
    }
}

/// The witness where the size of the input is not known: the unit in the middle of the output for an input that is
/// large enough for it to see its whole window.
///
/// # Errors
/// If the model does not take an input of that size.
pub fn of_assumed(facts: &Facts, setting: &Setting) -> Result<Witness, Fault> {
    let alone = |lab: &str| Witness {
        quantity: "the size".to_owned(),
        theory: "by the sum over layers".to_owned(),
        lab: lab.to_owned(),
        agreement: Agreement::Alone,
    };
    let Some((model, shape)) = assumed(facts) else {
        return Ok(alone("the size of the input is not known"));
    };
    let larger = Facts::of_places(&model, facts.node, None)?;
    let Some(sizes) = larger.places().into_iter().collect::<Option<Vec<usize>>>() else {
        return Ok(alone("the size of the output is not known"));
    };
    let middle: Vec<usize> = sizes.iter().map(|size| size / 2).collect();
    let Some(unit) = Unit::new(&larger, &middle)? else {
        return Ok(alone("a layer cannot be followed"));
    };
    let mut witness = of_unit(&larger, &unit, setting);
    witness.quantity = format!("{}, for an input of {shape}", witness.quantity);
    Ok(witness)
}

/// The model with an input of twice the field and four jumps along each axis, and the input's shape.
fn assumed(facts: &Facts) -> Option<(Model, Shape)> {
    /// Longer axes are not assumed.
    const MOST: u128 = 1 << 20;
    let fields = facts.regular(facts.node)?;
    let mut lengths = fields.iter().map(|regular| {
        let jump = regular.jump.ceil().to_integer().unsigned_abs().max(1);
        let length = regular
            .size
            .checked_mul(2)?
            .checked_add(jump.checked_mul(4)?)?;
        let whole = length.checked_next_multiple_of(jump)?;
        usize::try_from(whole).ok().filter(|_| whole <= MOST)
    });
    let layout = &facts.axes.node(facts.fields.input)[0].layout;
    let mut dims = Vec::new();
    for atom in layout.axes.iter().flatten() {
        dims.push(if atom.place {
            lengths.next()??
        } else {
            // Channels and the batch are not followed.
            atom.size.unwrap_or(1)
        });
    }
    let shape = Shape(dims);
    let mut model = facts.model.clone();
    model.nodes[facts.fields.input.0].work = Work::Input(Some(shape.clone()));
    Some((model, shape))
}

/// `0…79 × 0…79, 6400 positions`.
fn in_words(seen: &Seen) -> String {
    let axes: Vec<String> = seen
        .axes
        .iter()
        .map(|axis| format!("{}…{}", axis.first, axis.last))
        .collect();
    let axes = axes.join(" × ");
    match seen.count {
        Some(0) => "nothing".to_owned(),
        Some(count) => format!("{axes}, {count} positions"),
        None => axes,
    }
}
