//! The two tables: gradus's operations, and the engine's own backward pass.

use crate::lab::conformance::{Comparison, Finding, Proof};
use crate::report::{Column, Table, Value};

/// What the engine gives, and what gradus gives there.
pub(super) fn of_engine(comparisons: &[Comparison]) -> Table {
    let row = |comparison: &Comparison| {
        let (engine, says) = outcome(&comparison.engine);
        let (own, _) = outcome(&comparison.own);
        vec![
            Some(Value::name(comparison.operation)),
            Some(Value::name(comparison.setting)),
            Some(Value::name(comparison.asked)),
            Some(engine),
            error(&comparison.engine),
            factor(&comparison.engine),
            Some(own),
            error(&comparison.own),
            says,
        ]
    };
    Table {
        key: "engine".to_owned(),
        title: "The engine's own backward pass, and gradus in the same place".to_owned(),
        columns: vec![
            Column::new("operation", "operation", ""),
            Column::new("setting", "setting", ""),
            Column::new("asked", "asked for", ""),
            Column::new("engine", "engine", ""),
            Column::new("engine.error", "its error", ""),
            Column::new("engine.factor", "its factor", ""),
            Column::new("gradus", "gradus", ""),
            Column::new("gradus.error", "error", ""),
            Column::new("engine.says", "the engine says", ""),
        ],
        rows: comparisons.iter().map(row).collect(),
    }
}

/// A word for what came of it, and what was said where it failed.
fn outcome(finding: &Finding) -> (Value, Option<Value>) {
    match finding {
        Finding::Right(_) => (Value::name("right"), None),
        Finding::Wrong { .. } => (Value::name("wrong"), None),
        Finding::Absent => (Value::name("absent"), None),
        Finding::Fails(message) => (Value::name("fails"), Some(Value::name(message.as_str()))),
    }
}

fn error(finding: &Finding) -> Option<Value> {
    match finding {
        Finding::Right(error) | Finding::Wrong { error, .. } => Some(rounded(*error)),
        Finding::Absent | Finding::Fails(_) => None,
    }
}

fn factor(finding: &Finding) -> Option<Value> {
    match finding {
        Finding::Wrong { factor, .. } => factor.map(rounded),
        _ => None,
    }
}

/// The rules of gradus; on another device than the CPU, with what its values are beside the CPU's.
pub(super) fn of_operations(proofs: &[Proof]) -> Table {
    let row = |proof: &Proof| {
        let gradient = if proof.passes_gradient {
            "passes"
        } else {
            "stops"
        };
        let verdict = if proof.holds() { "right" } else { "wrong" };
        let mut row = vec![
            Some(Value::name(proof.operation)),
            Some(proof.configurations.into()),
            Some(Value::name(gradient)),
            Some(rounded(proof.first)),
            Some(rounded(proof.second)),
            Some(Value::name(verdict)),
        ];
        if let Some(found) = &proof.elsewhere {
            let place = if found.moved { "CPU, moved" } else { "device" };
            row.extend([Some(rounded(found.values)), Some(Value::name(place))]);
        }
        row
    };
    let mut table = Table {
        key: "operations".to_owned(),
        title: "The operations that gradus differentiates".to_owned(),
        columns: vec![
            Column::new("operation", "operation", ""),
            Column::new("configurations", "configurations", ""),
            Column::new("gradient", "a gradient", ""),
            Column::new("error", "largest error", ""),
            Column::new("second", "differentiated twice", ""),
            Column::new("verdict", "verdict", ""),
        ],
        rows: proofs.iter().map(row).collect(),
    };
    if proofs.iter().any(|proof| proof.elsewhere.is_some()) {
        table.columns.extend([
            Column::new("values", "values beside the CPU's", ""),
            Column::new("computed", "computed on", ""),
        ]);
    }
    table
}

/// To three digits: the others are those of rounding errors.
fn rounded(error: f64) -> Value {
    Value::Real(format!("{error:.2e}").parse().unwrap_or(error))
}
