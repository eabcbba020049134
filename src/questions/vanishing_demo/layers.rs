//! The gradients layer by layer: the tables and the picture.

use crate::lab::deep::LayerGradient;
use crate::report::{Column, Section, Table, Value};
use crate::theory::mean_field::log_ratios;

use super::network::real;
use super::pictures::picture;
use super::study::{Estimate, Study};

/// A column: key, heading, and its cell for a layer.
type Col<'a> = (&'a str, &'a str, Box<dyn Fn(usize) -> Option<Value> + 'a>);

/// The table by layer. `moved` has an entry for each part.
pub(super) fn table(study: &Study, moved: Option<&[f64]>) -> Table {
    let linears = study.chain.linears();
    let mean = |layer: usize, of: &dyn Fn(&LayerGradient) -> f64| {
        Some(Value::Real(study.mean(|found| of(&found.layers[layer]))))
    };
    let inner = move |layer: usize| layer + 2 < study.chain.linears().len();
    let tied = study.chain.is_tied();
    let loses = study
        .measured
        .iter()
        .any(|found| found.layers.iter().any(|layer| layer.lost > 0.0));
    let columns: Vec<Col> = vec![
        ("layer", "layer", Box::new(|layer| Some(Value::from(layer)))),
        (
            "weight",
            if tied {
                "‖∂L/∂W‖, this use"
            } else {
                "‖∂L/∂W‖"
            },
            Box::new(move |layer| mean(layer, &|found| found.weight)),
        ),
        (
            "output",
            "‖∂L/∂h‖",
            Box::new(move |layer| mean(layer, &|found| found.output)),
        ),
        (
            "ratio",
            "ratio to next",
            Box::new(move |layer| {
                let ratios = if inner(layer) {
                    study.log_ratios(layer)
                } else {
                    Vec::new()
                };
                Some(Value::Real(Estimate::of(&ratios)?.mean.exp()))
            }),
        ),
        (
            "ratio_error",
            "±",
            Box::new(move |layer| {
                let ratios = if inner(layer) && study.measured.len() > 1 {
                    study.log_ratios(layer)
                } else {
                    Vec::new()
                };
                let ratio = Estimate::of(&ratios)?;
                Some(Value::Real(ratio.mean.exp() * ratio.error))
            }),
        ),
        (
            "theory",
            "√χ",
            Box::new(move |layer| {
                let through = study
                    .theory
                    .as_ref()
                    .ok()?
                    .get(layer + 1)
                    .filter(|_| inner(layer))?;
                Some(Value::Real(through.chi.sqrt()))
            }),
        ),
        (
            "deviation",
            "std of h",
            Box::new(move |layer| mean(layer, &|found| found.deviation)),
        ),
        (
            "lost",
            "lost in float32",
            Box::new(move |layer| {
                if loses {
                    mean(layer, &|found| found.lost)
                } else {
                    None
                }
            }),
        ),
        ("moved", "W moved by", {
            let linears = linears.clone();
            Box::new(move |layer| Some(Value::Real(moved?[linears[layer].part])))
        }),
    ];
    let cells: Vec<Vec<Option<Value>>> = (0..linears.len())
        .map(|layer| columns.iter().map(|(_, _, cell)| cell(layer)).collect())
        .collect();
    let kept: Vec<bool> = (0..columns.len())
        .map(|column| cells.iter().any(|row| row[column].is_some()))
        .collect();
    let keep = |place: usize| kept[place];
    Table {
        key: "layers".to_owned(),
        title: "Gradients at initialisation, layer by layer".to_owned(),
        columns: (columns.iter().enumerate())
            .filter(|(place, _)| keep(*place))
            .map(|(_, (key, label, _))| Column::new(key, label, ""))
            .collect(),
        rows: (cells.into_iter())
            .map(|row| {
                row.into_iter()
                    .enumerate()
                    .filter(|(place, _)| keep(*place))
                    .map(|(_, cell)| cell)
                    .collect()
            })
            .collect(),
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
