//! Chains of single numbers: what depth alone does.

use crate::lab::deep::scalar::{nested, product};
use crate::model::Fault;
use crate::model::layer::Activation;
use crate::report::{
    Agreement, Column, Finding, Quantities, Quantity, Report, Section, Statement, Table, Value,
    Witness,
};
use crate::theory::mean_field::Curve;

use super::network::real;
use crate::questions::picture::picture;

/// Below, at and above 1.
const WEIGHTS: [(&str, f64); 3] = [("below", 0.5), ("one", 1.0), ("above", 1.5)];

/// Where the nested chains start.
const START: f64 = 1.0;

/// The depths of the table, and the asked one.
const DEPTHS: [usize; 7] = [1, 2, 5, 10, 20, 50, 100];

/// Two ways to one number agree within this share.
const ROUNDING: f64 = 1e-12;

/// A rate a layer is ¼ up to this share, and another from the second on.
const SAME: f64 = 1e-9;
const APART: f64 = 1e-3;

/// Depths at which the table says more than one chain.
struct Row {
    depth: usize,
    products: [f64; 3],
    sigmoid: f64,
    sigmoid_at_zero: f64,
    tanh: f64,
    bound: f64,
}

/// The section.
///
/// # Errors
/// If the engine fails.
pub(super) fn sections(report: &mut Report, depth: usize) -> Result<(), Fault> {
    let mut depths: Vec<usize> = DEPTHS
        .iter()
        .copied()
        .filter(|shown| *shown <= depth)
        .collect();
    if !depths.contains(&depth) {
        depths.push(depth);
    }
    let mut worst = 0.0_f64;
    let rows = depths
        .iter()
        .map(|depth| row(*depth, &mut worst))
        .collect::<Result<Vec<_>, _>>()?;
    let Some(last) = rows.last() else {
        return Ok(());
    };
    let mut quantities: Vec<Quantity> = WEIGHTS
        .iter()
        .zip(last.products)
        .map(|((key, weight), product)| {
            let label = format!("d(w^{depth}·x)/dw₁ with w = {weight}, x = 1");
            let mut quantity = Quantity::rounded(&format!("product.{key}"), &label, product);
            quantity.steps = vec![format!("{weight}^({depth}−1) = {product:e}")];
            quantity
        })
        .collect();
    quantities.extend([
        Quantity::rounded(
            "nested.sigmoid",
            &format!("slope of {depth} nested sigmoids at {START}"),
            last.sigmoid,
        ),
        Quantity::rounded(
            "nested.sigmoid_at_zero",
            &format!("slope of {depth} nested sigmoids at 0"),
            last.sigmoid_at_zero,
        ),
        Quantity::rounded(
            "nested.bound",
            &format!("¼^{depth}, the bound that the slope sets"),
            last.bound,
        ),
        Quantity::rounded(
            "nested.tanh",
            &format!("slope of {depth} nested tanh at {START}"),
            last.tanh,
        ),
    ]);
    report.sections.push(Section::Quantities(Quantities {
        title: "Chains of single numbers".to_owned(),
        quantities,
    }));
    report
        .sections
        .push(Section::Statements(vec![quarter(depth, last)]));
    report.sections.push(Section::Table(table(&rows)));
    let curve = |name: &str, of: &dyn Fn(&Row) -> f64| {
        (
            name.to_owned(),
            rows.iter()
                .map(|row| (real(row.depth), of(row)))
                .collect::<Vec<_>>(),
        )
    };
    report.sections.push(picture(
        "scalar",
        "A derivative by depth",
        "depth, in layers",
        "derivative",
        true,
        vec![
            curve("w = 0.5", &|row| row.products[0]),
            curve("w = 1", &|row| row.products[1]),
            curve("w = 1.5", &|row| row.products[2]),
            curve("nested sigmoids", &|row| row.sigmoid),
            curve("nested tanh", &|row| row.tanh),
            curve("¼ a layer", &|row| row.bound),
        ],
    ));
    report.witnesses.push(Witness {
        quantity: "the derivatives of the chains".to_owned(),
        theory: "wᴸ⁻¹, and the product of the slopes along the chain".to_owned(),
        lab: format!(
            "reverse mode over {} chains: off by a share of {worst:.0e} at most",
            rows.len() * 6
        ),
        agreement: if worst <= ROUNDING * real(depth).max(1.0) {
            Agreement::Agree
        } else {
            Agreement::Disagree
        },
    });
    Ok(())
}

/// "Nested sigmoids keep a quarter a layer": by the root of their slope at 0, which is the steepest.
fn quarter(depth: usize, row: &Row) -> Statement {
    let rate = row.sigmoid_at_zero.powf(1.0 / real(depth));
    Statement::new(
        "quarter_is_the_size",
        "nested sigmoids keep ¼ a layer",
        Finding::none(1.0 - 4.0 * rate, SAME, APART),
        format!(
            "{depth} nested at 0 have the slope {:.4e}, which is {rate:.6} a layer; ¼ a layer would be {:.4e}",
            row.sigmoid_at_zero, row.bound
        ),
    )
}

fn row(depth: usize, worst: &mut f64) -> Result<Row, Fault> {
    let mut held = |formula: f64, measured: f64| {
        // Subnormal numbers have too few digits to compare.
        if formula.abs() > 1e-290 && formula.is_finite() {
            *worst = worst.max((measured / formula - 1.0).abs());
        }
        formula
    };
    let power = i32::try_from(depth).unwrap_or(i32::MAX);
    let mut products = [0.0; 3];
    for (place, (_, weight)) in WEIGHTS.iter().enumerate() {
        products[place] = held(weight.powi(power - 1), product(*weight, depth)?);
    }
    let mut slope = |activation: &Activation, start: f64| -> Result<f64, Fault> {
        let curve = Curve::of(activation)
            .ok_or_else(|| Fault::new("measurement", "an unknown activation"))?;
        let (mut x, mut slope) = (start, 1.0);
        for _ in 0..depth {
            slope *= curve.slope(x);
            x = curve.value(x);
        }
        Ok(held(slope, nested(activation, start, depth)?.1))
    };
    Ok(Row {
        depth,
        products,
        sigmoid: slope(&Activation::Sigmoid, START)?,
        sigmoid_at_zero: slope(&Activation::Sigmoid, 0.0)?,
        tanh: slope(&Activation::Tanh, START)?,
        bound: 0.25_f64.powi(power),
    })
}

fn table(rows: &[Row]) -> Table {
    let column = |key: &str, label: &str| Column::new(key, label, "");
    Table {
        key: "scalar".to_owned(),
        title: "Derivatives by depth".to_owned(),
        columns: vec![
            column("depth", "depth"),
            column("below", "w = 0.5"),
            column("one", "w = 1"),
            column("above", "w = 1.5"),
            column("sigmoid", "sigmoids at 1"),
            column("sigmoid_at_zero", "sigmoids at 0"),
            column("bound", "¼ a layer"),
            column("tanh", "tanh at 1"),
        ],
        rows: (rows.iter())
            .map(|row| {
                let [below, one, above] = row.products;
                let reals = [
                    below,
                    one,
                    above,
                    row.sigmoid,
                    row.sigmoid_at_zero,
                    row.bound,
                    row.tanh,
                ];
                let mut cells = vec![Some(Value::from(row.depth))];
                cells.extend(reals.map(|real| Some(Value::Real(real))));
                cells
            })
            .collect(),
    }
}
