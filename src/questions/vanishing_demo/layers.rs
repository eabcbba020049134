//! The gradients layer by layer: the tables and the picture.

use crate::lab::Estimate;
use crate::lab::deep::LayerGradient;
use crate::report::{Column, Section, Table, Value};
use crate::theory::mean_field::log_ratios;

use super::network::real;
use super::study::Study;
use crate::questions::picture::picture;

/// Keys and headings of the table by layer.
const COLUMNS: [(&str, &str); 9] = [
    ("layer", "layer"),
    ("weight", "‖∂L/∂W‖"),
    ("output", "‖∂L/∂h‖"),
    ("ratio", "ratio to next"),
    ("ratio_error", "±"),
    ("theory", "√χ"),
    ("deviation", "std of h"),
    ("lost", "lost in float32"),
    ("moved", "W moved by"),
];

/// The cells of a layer. `moved` has how far its weights moved, where there was training.
fn cells(study: &Study, layer: usize, layers: usize, moved: Option<f64>) -> [Option<Value>; 9] {
    let mean = |of: &dyn Fn(&LayerGradient) -> f64| {
        Some(Value::Real(study.mean(|found| of(&found.layers[layer]))))
    };
    // A ratio is of a hidden layer to the next one.
    let inner = layer + 2 < layers;
    let ratio = if inner {
        Estimate::of(&study.log_ratios(layer))
    } else {
        None
    };
    let several = study.measured.len() > 1;
    let through = study.theory.as_ref().ok().filter(|_| inner);
    let through = through.and_then(|through| through.get(layer + 1));
    [
        Some(Value::from(layer)),
        mean(&|found| found.weight),
        mean(&|found| found.output),
        ratio.map(|ratio| Value::Real(ratio.mean.exp())),
        ratio
            .filter(|_| several)
            .map(|ratio| Value::Real(ratio.mean.exp() * ratio.error)),
        through.map(|through| Value::Real(through.chi.sqrt())),
        mean(&|found| found.deviation),
        mean(&|found| found.lost),
        moved.map(Value::Real),
    ]
}

/// The table by layer; columns without a value, and a loss to float32 that there is nowhere, are left out. `moved` has an
/// entry for each part.
pub(super) fn table(study: &Study, moved: Option<&[f64]>) -> Table {
    let linears = study.chain.linears();
    let rows: Vec<_> = (linears.iter().enumerate())
        .map(|(layer, linear)| {
            let moved = moved.map(|moved| moved[linear.part]);
            cells(study, layer, linears.len(), moved)
        })
        .collect();
    let says = |column: usize| {
        let nothing = |cell: &Option<Value>| {
            cell.is_none() || (COLUMNS[column].0 == "lost" && *cell == Some(Value::Real(0.0)))
        };
        !rows.iter().all(|row| nothing(&row[column]))
    };
    let kept: Vec<usize> = (0..COLUMNS.len()).filter(|column| says(*column)).collect();
    let columns = kept.iter().map(|column| COLUMNS[*column]);
    let pick = |row: &[Option<Value>; 9]| kept.iter().map(|column| row[*column].clone()).collect();
    Table {
        key: "layers".to_owned(),
        title: "Gradients at initialisation, layer by layer; of a shared weight, this use's"
            .to_owned(),
        columns: columns
            .map(|(key, label)| Column::new(key, label, ""))
            .collect(),
        rows: rows.iter().map(pick).collect(),
    }
}

/// The shared weights: the gradient summed over their uses.
pub(super) fn shared(study: &Study) -> Option<Table> {
    if !study.chain.is_tied() {
        return None;
    }
    let linears = study.chain.linears();
    let mut rows = Vec::new();
    for part in 0..study.chain.parts.len() {
        let uses: Vec<usize> = (0..linears.len())
            .filter(|layer| linears[*layer].part == part)
            .collect();
        let (Some(first), Some(last)) = (uses.first(), uses.last()) else {
            continue;
        };
        let summed = study.mean(|found| found.summed[part].unwrap_or(f64::NAN));
        let of_last = study.mean(|found| found.layers[*last].weight);
        rows.push(vec![
            Some(Value::name(if first == last {
                format!("layer {first}")
            } else {
                format!("layers {first} to {last}")
            })),
            Some(Value::from(uses.len())),
            Some(Value::Real(summed)),
            Some(Value::Real(of_last)),
        ]);
    }
    Some(Table {
        key: "modules".to_owned(),
        title: "Gradients of the modules: a shared one gets the sum over its uses".to_owned(),
        columns: vec![
            Column::new("module", "module", ""),
            Column::new("uses", "uses", ""),
            Column::new("weight", "‖∂L/∂W‖, summed", ""),
            Column::new("last_use", "of its last use alone", ""),
        ],
        rows,
    })
}

/// The gradient's norm by layer.
pub(super) fn series(study: &Study) -> Section {
    let layers = study.chain.linears().len();
    let curve = |of: &dyn Fn(&LayerGradient) -> f64, layers: usize| -> Vec<(f64, f64)> {
        (0..layers)
            .map(|layer| (real(layer), study.mean(|found| of(&found.layers[layer]))))
            .collect()
    };
    let mut curves = vec![
        ("weights".to_owned(), curve(&|found| found.weight, layers)),
        (
            "outputs of hidden layers".to_owned(),
            curve(&|found| found.output, layers - 1),
        ),
    ];
    if let Ok(through) = &study.theory {
        // From the last hidden layer back, as the theory has it.
        let mut at = study.mean(|found| found.layers[layers - 2].output);
        let mut points = vec![(real(layers - 2), at)];
        let width = study.chain.widths()[study.chain.linears()[layers - 2].output];
        let ratios = log_ratios(&through[1..layers - 1], width);
        for layer in (0..layers - 2).rev() {
            at *= ratios[layer].exp();
            points.push((real(layer), at));
        }
        points.reverse();
        let name = if study.chain.is_tied() {
            "theory, had each layer its own weights"
        } else {
            "theory"
        };
        curves.push((name.to_owned(), points));
    }
    picture(
        "gradients",
        "Gradient norm by layer",
        "linear layer, from the input",
        "norm of the gradient of the loss",
        true,
        curves,
    )
}
