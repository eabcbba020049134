//! What is known of the layer and of the receptive field, gathered once.

use super::arguments::{Asked, Layout};
use crate::lab::gcn::{self as lab, Stack};
use crate::lab::random::Stream;
use crate::lab::{Array, LabError};
use crate::model::Fault;
use crate::questions::Setting;
use crate::theory::gcn::{Ball, Change, Layer, Operator, Rows, Weights, ball};

/// Features of a node, in and out.
pub(super) const INPUTS: usize = 3;
pub(super) const OUTPUTS: usize = 4;

/// What the zeroed node's features are set to, to see who notices.
const ANOTHER: f64 = 77.0;

/// Up to here a layer is also computed on dense tensors, and gradients are taken.
const MOST_DENSE: usize = 64;

/// Up to here every node's receptive field is measured, not that of one node alone.
const MOST_ALL: usize = 256;

/// Neighbours that the exact support of one node may go through: some seconds.
const MOST_STEPS: u128 = 4_000_000_000;

/// Differences up to here, as a share of the largest number at hand, are rounding.
const ROUNDING: f64 = 1e-12;

/// What happens up to an order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct UpTo {
    pub(super) order: usize,
    /// Rows that zeroing changes: how many, and the first ones.
    pub(super) changed: usize,
    pub(super) first_changed: Vec<usize>,
    /// Whether they are the nodes within so many hops.
    pub(super) changed_is_ball: bool,
    /// The largest difference of the zeroed row to b.
    pub(super) to_bias: f64,
    /// The largest change anywhere when the zeroed node's features become 77.
    pub(super) influence: f64,
    /// The largest difference of the other rows to the layer with the node's features set to 0.
    pub(super) to_zero_features: f64,
    /// The largest difference of the other rows to the layer of the graph without the node.
    pub(super) to_deleted: f64,
}

/// The layer of order q.
#[derive(Debug)]
pub(super) struct Zeroing {
    pub(super) orders: Vec<UpTo>,
    pub(super) weights: Weights,
    /// What stands inside φ, before and after zeroing.
    pub(super) plain: Rows,
    pub(super) zeroed: Rows,
    pub(super) sums: [Vec<f64>; 2],
    /// The largest number at hand, 1 at least: what rounding is a share of.
    pub(super) size: f64,
    /// With the nodes' numbers shifted by one: how far Y's rows are from being shifted by one, and how far from not being shifted.
    pub(super) follows: f64,
    pub(super) moves: f64,
    /// The largest differences to dense tensors: before zeroing, after it, and with the node deleted.
    pub(super) dense: Option<[f64; 3]>,
}

/// What a node sees.
#[derive(Debug)]
pub(super) struct Field {
    /// The nodes within the hops of the layers, and how many there are by hops.
    pub(super) ball: Ball,
    /// How many nodes were measured to matter to the node that is asked about; `None` where that was too long.
    pub(super) measured: Option<usize>,
    /// Whether all of these are in the ball.
    pub(super) inside: bool,
    /// Nodes with a neighbour whose fields were measured, how many of these have another than the ball, and the mean size.
    pub(super) examined: usize,
    pub(super) differing: usize,
    pub(super) mean: f64,
    /// On dense tensors: how many nodes have a gradient of others than the exact support says.
    pub(super) gradients: Option<usize>,
}

/// The features: the sheet's by a formula, others drawn.
fn features(asked: &Asked, seed: u64) -> Rows {
    let stream = Stream::seeded(seed, 0x6f);
    Rows::of(asked.graph.nodes(), INPUTS, |row, column| {
        if asked.example {
            let (i, j) = (real(row), real(column));
            (i + 2.0 * j).sin() + 0.1 * i * j
        } else {
            2.0 * stream.uniform((row * INPUTS + column) as u64) - 1.0
        }
    })
}

/// α_k and b by a formula; with coefficients every α is a multiple of α₁.
fn weights(asked: &Asked) -> Weights {
    let orders = (asked.from..=asked.order).enumerate();
    let alphas = orders.map(|(place, order)| {
        let (order, factor) = match &asked.coefficients {
            Some(coefficients) => (1, coefficients[place]),
            None => (order, 1.0),
        };
        Rows::of(INPUTS, OUTPUTS, |row, column| {
            let (k, i, j) = (real(order), real(row), real(column));
            factor * 0.3 * (k * i - j + 0.5 * i * j).cos()
        })
    });
    Weights {
        from: asked.from,
        alphas: alphas.collect(),
        bias: (1..=OUTPUTS).map(|j| 0.1 * real(j).sin()).collect(),
    }
}

/// The same layer in six settings, kept at the same order.
struct Settings<'a> {
    plain: Layer<'a>,
    zeroed: Layer<'a>,
    zeroed_another: Layer<'a>,
    zero_features: Layer<'a>,
    deleted: Layer<'a>,
}

impl<'a> Settings<'a> {
    fn start(asked: &'a Asked, x: &Rows, weights: &Weights) -> Self {
        let node = asked.node;
        let with = |features: Rows, change| {
            Layer::start(
                Operator::new(&asked.graph, asked.operator, change),
                features,
                weights,
            )
        };
        let set = |number: f64| {
            let mut features = x.clone();
            features.data[node * INPUTS..(node + 1) * INPUTS].fill(number);
            features
        };
        Self {
            plain: with(x.clone(), Change::None),
            zeroed: with(x.clone(), Change::Zeroed(node)),
            zeroed_another: with(set(ANOTHER), Change::Zeroed(node)),
            zero_features: with(set(0.0), Change::None),
            deleted: with(x.clone(), Change::Deleted(node)),
        }
    }

    fn step(&mut self, weights: &Weights) {
        for layer in [
            &mut self.plain,
            &mut self.zeroed,
            &mut self.zeroed_another,
            &mut self.zero_features,
            &mut self.deleted,
        ] {
            layer.step(weights);
        }
    }

    fn compared(&self, asked: &Asked, order: usize, bias: &[f64]) -> UpTo {
        let nodes = asked.graph.nodes();
        let zeroed = &self.zeroed.sum;
        let same = ROUNDING * self.plain.sum.largest().max(1.0);
        let changed = |row: &usize| self.plain.sum.distance(*row, zeroed.row(*row)) > same;
        let within = ball(&asked.graph, asked.node, order);
        let all = (0..nodes).filter(changed).count();
        let inside = within
            .nodes
            .iter()
            .filter(|row| changed(&(**row as usize)))
            .count();
        let others = |from: &Rows| {
            let rows = (0..nodes).filter(|row| *row != asked.node);
            rows.map(|row| from.distance(row, zeroed.row(row)))
                .fold(0.0, f64::max)
        };
        let another = &self.zeroed_another.sum;
        UpTo {
            order,
            changed: all,
            first_changed: (0..nodes).filter(changed).take(12).collect(),
            changed_is_ball: inside == all && inside == within.nodes.len(),
            to_bias: zeroed
                .distance(asked.node, bias)
                .max(another.distance(asked.node, bias)),
            influence: (0..nodes)
                .map(|row| zeroed.distance(row, another.row(row)))
                .fold(0.0, f64::max),
            to_zero_features: others(&self.zero_features.sum),
            to_deleted: others(&self.deleted.sum),
        }
    }
}

/// The layer, order by order.
///
/// # Errors
/// If the engine fails.
pub(super) fn zeroing(asked: &Asked, setting: &Setting) -> Result<Zeroing, Fault> {
    let weights = weights(asked);
    let x = features(asked, setting.seed);
    let mut settings = Settings::start(asked, &x, &weights);
    let mut orders = Vec::new();
    for order in 1..=asked.order {
        settings.step(&weights);
        orders.push(settings.compared(asked, order, &weights.bias));
        setting.progress.tell(1, asked.order as u64 + 1);
    }
    let Settings {
        plain,
        zeroed,
        deleted,
        ..
    } = settings;
    let (follows, moves) = shifted(asked, &x, &weights, &plain.sum);
    let sums = [Change::None, Change::Zeroed(asked.node)]
        .map(|change| Operator::new(&asked.graph, asked.operator, change).row_sums());
    let dense = if asked.graph.nodes() <= MOST_DENSE {
        Some(on_tensors(
            asked,
            &x,
            &weights,
            [&plain.sum, &zeroed.sum, &deleted.sum],
        )?)
    } else {
        None
    };
    setting.progress.tell(1, asked.order as u64 + 1);
    Ok(Zeroing {
        size: plain.sum.largest().max(1.0),
        orders,
        weights,
        plain: plain.sum,
        zeroed: zeroed.sum,
        sums,
        follows,
        moves,
        dense,
    })
}

/// With every node's number one higher: the largest distance of Y to its rows moved on by one, and to the rows as they were.
/// In a layout with the nodes in the columns the rows are the features.
fn shifted(asked: &Asked, x: &Rows, weights: &Weights, before: &Rows) -> (f64, f64) {
    let nodes = asked.graph.nodes();
    let graph = asked.graph.shifted();
    let previous = |row: usize, rows: usize| (row + rows - 1) % rows;
    let moved = Rows::of(nodes, INPUTS, |row, column| {
        x.row(previous(row, nodes))[column]
    });
    let mut layer = Layer::start(
        Operator::new(&graph, asked.operator, Change::None),
        moved,
        weights,
    );
    for _ in 0..asked.order {
        layer.step(weights);
    }
    let laid = |y: &Rows| match asked.layout {
        Layout::Rows => y.clone(),
        Layout::Columns => Rows::of(OUTPUTS, nodes, |row, column| y.row(column)[row]),
    };
    let (before, after) = (laid(before), laid(&layer.sum));
    let rows = before.data.len() / before.width;
    let farthest = |of: &dyn Fn(usize) -> usize| {
        (0..rows)
            .map(|row| after.distance(row, before.row(of(row))))
            .fold(0.0, f64::max)
    };
    (farthest(&|row| previous(row, rows)), farthest(&|row| row))
}

/// The largest differences to the same on dense tensors.
fn on_tensors(
    asked: &Asked,
    x: &Rows,
    weights: &Weights,
    theory: [&Rows; 3],
) -> Result<[f64; 3], LabError> {
    let array = |rows: &Rows| {
        Array::new(
            &[rows.data.len() / rows.width, rows.width],
            rows.data.clone(),
        )
    };
    let alphas: Vec<Array> = weights.alphas.iter().map(array).collect();
    let delta = lab::dense(&asked.graph, asked.operator)?;
    let zeroed = lab::zeroed(&delta, asked.node)?;
    let deleted = lab::deleted(&asked.graph, asked.operator, asked.node)?;
    let mut found = [0.0; 3];
    for ((found, delta), theory) in found.iter_mut().zip([delta, zeroed, deleted]).zip(theory) {
        let measured = lab::layer(&delta, &array(x), weights.from, &alphas, &weights.bias)?;
        let pairs = measured.data.iter().zip(&theory.data);
        *found = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    }
    Ok(found)
}

/// What the node sees, and in a small graph every other.
///
/// # Errors
/// If the engine fails.
pub(super) fn field(asked: &Asked, setting: &Setting) -> Result<Field, Fault> {
    let (graph, hops) = (&asked.graph, asked.hops());
    let stack = Stack {
        layers: asked.layers,
        order: asked.order,
        from: asked.from,
        coefficients: asked.coefficients.clone(),
        stream: Stream::seeded(setting.seed, 0x70),
    };
    let own = ball(graph, asked.node, hops);
    let steps = (2 * graph.edges() + graph.nodes()) as u128 * hops as u128;
    if steps > MOST_STEPS && !setting.measure {
        return Ok(Field {
            ball: own,
            measured: None,
            inside: true,
            examined: 0,
            differing: 0,
            mean: f64::NAN,
            gradients: None,
        });
    }
    let exact = lab::support(graph, asked.operator, &stack, asked.node).nodes;
    let within = own.sorted(hops);
    let mut field = Field {
        inside: exact.iter().all(|node| within.binary_search(node).is_ok()),
        measured: Some(exact.len()),
        examined: usize::from(graph.degree(asked.node) > 0),
        differing: usize::from(graph.degree(asked.node) > 0 && exact != within),
        mean: real(exact.len()),
        ball: own,
        gradients: None,
    };
    if graph.nodes() > MOST_ALL {
        return Ok(field);
    }
    let all: Vec<Vec<u32>> = (0..graph.nodes())
        .map(|node| lab::support(graph, asked.operator, &stack, node).nodes)
        .collect();
    let joined = (0..graph.nodes()).filter(|node| graph.degree(*node) > 0);
    field.examined = joined.clone().count();
    field.differing = joined
        .filter(|node| all[*node] != ball(graph, *node, hops).sorted(hops))
        .count();
    field.mean = real(all.iter().map(Vec::len).sum()) / real(all.len());
    if graph.nodes() <= MOST_DENSE {
        let found = lab::gradient_supports(graph, asked.operator, &stack)?;
        field.gradients = found.map(|found| found.iter().zip(&all).filter(|(a, b)| a != b).count());
    }
    Ok(field)
}

#[expect(clippy::cast_precision_loss, reason = "a number of nodes is below 2³²")]
pub(super) fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::GraphOperator;
    use crate::questions::gcn_demo::GcnDemo;
    use crate::questions::gcn_demo::arguments::Arguments;
    use crate::questions::{Question, Subject};
    use clap::FromArgMatches;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    /// The figures of another implementation (`fixtures/reference/README.md`).
    const REFERENCE: &str = include_str!("../../../fixtures/reference/gcn.json");

    fn asked(line: &str) -> Result<Asked, Box<dyn std::error::Error>> {
        let words = std::iter::once("gcn-demo").chain(line.split_whitespace());
        let matches = GcnDemo.command().try_get_matches_from(words)?;
        Ok(Arguments::from_arg_matches(&matches)?.asked(&Subject::Nothing, 0)?)
    }

    #[test]
    fn every_number_of_the_layer_is_that_of_another_implementation() -> Outcome {
        let reference: serde_json::Value = serde_json::from_str(REFERENCE)?;
        for (operator, name) in [("laplacian", "D-A"), ("normalised", "I-D^-1/2 A D^-1/2")] {
            let asked = asked(&format!("--operator {operator}"))?;
            let found = zeroing(&asked, &Setting::default())?;
            for (rows, zeroed) in [(&found.plain, ""), (&found.zeroed, ", row/col 5 zeroed")] {
                for (function, prefix) in [(false, "pre-activation"), (true, "tanh")] {
                    let expected = &reference[format!("{prefix}, Delta={name}{zeroed}")];
                    for (node, row) in expected.as_array().ok_or("no rows")?.iter().enumerate() {
                        for (column, expected) in row.as_array().ok_or("no row")?.iter().enumerate()
                        {
                            let inside = rows.row(node)[column];
                            let number = if function { inside.tanh() } else { inside };
                            let expected = expected.as_f64().ok_or("no number")?;
                            let off = (number - expected).abs();
                            assert!(
                                off <= 1e-10 * expected.abs().max(1.0),
                                "{operator} {zeroed} {node} {column}"
                            );
                        }
                    }
                }
            }
        }
        Ok(())
    }

    #[test]
    fn every_setting_agrees_on_tensors_and_in_sparse_products() -> Outcome {
        for line in [
            "",
            "--q 1",
            "--from 0 --q 5",
            "--operator normalised --random 30:50 --q 4",
            "--operator adjacency --random 64:200",
            "--complete 5 --q 2 --coefficients 5,-1",
            "--random 40:5 --node 3",
            "--path 1",
            "--path 2 --node 1",
        ] {
            let asked = asked(line)?;
            let found = zeroing(&asked, &Setting::default())?;
            let dense = found.dense.ok_or("no tensors")?;
            assert!(
                dense.iter().all(|off| *off <= 1e-12 * found.size),
                "{line}: {dense:?}"
            );
            let field = field(&asked, &Setting::default())?;
            assert!(field.inside, "{line}");
            assert!(
                field.gradients.is_none_or(|differing| differing == 0),
                "{line}"
            );
        }
        Ok(())
    }

    #[test]
    fn zeroing_with_one_hop_is_as_setting_the_features_to_zero() -> Outcome {
        let asked = asked("--random 200:600 --q 3 --node 17")?;
        assert_eq!(asked.operator, GraphOperator::Laplacian);
        let found = zeroing(&asked, &Setting::default())?;
        assert!(found.dense.is_none());
        assert!(found.orders[0].to_zero_features <= 1e-12 * found.size);
        assert!(found.orders[2].to_zero_features > 0.1);
        for up_to in &found.orders {
            assert!(up_to.changed_is_ball);
            assert!(up_to.to_bias <= 1e-12 && up_to.influence <= 1e-12);
        }
        Ok(())
    }
}
