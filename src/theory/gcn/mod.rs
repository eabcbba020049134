//! A graph layer of order q by sparse products: `Y = φ(Σ_k Δᵏ X α_k + b)`, k from 0 or 1 to q.
//!
//! X has a row of features for each node, Y a row of output features. Δ is applied row by row from the neighbours' lists
//! (n nodes and m edges take n + 2m steps a product) and never stored.

mod ball;

pub use ball::{Ball, ball};

use std::num::NonZero;
use std::thread;

use crate::model::{Graph, GraphOperator};

/// Rows that a thread works on before it takes more; a smaller matrix is not shared out.
const ROWS: usize = 1 << 14;

/// What is done to Δ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// The row and the column of this node are 0; the degrees are those of the whole graph.
    Zeroed(usize),
    /// This node is not in the graph: the others' degrees are counted without it. Its own row is 0.
    Deleted(usize),
}

/// Δ of a graph.
#[derive(Debug, Clone, Copy)]
pub struct Operator<'a> {
    graph: &'a Graph,
    kind: GraphOperator,
    change: Change,
}

/// A matrix in row-major order, a row a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// Numbers in a row.
    pub width: usize,
    /// The numbers.
    pub data: Vec<f64>,
}

impl Rows {
    /// Of a formula for row and column.
    pub fn of(rows: usize, width: usize, number: impl Fn(usize, usize) -> f64) -> Self {
        let data = (0..rows).flat_map(|row| (0..width).map(move |column| (row, column)));
        Self {
            width,
            data: data.map(|(row, column)| number(row, column)).collect(),
        }
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.data[row * self.width..(row + 1) * self.width]
    }

    /// The largest difference within a row.
    pub fn distance(&self, row: usize, other: &[f64]) -> f64 {
        let pairs = self.row(row).iter().zip(other);
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }

    /// The largest number, without its sign.
    pub fn largest(&self) -> f64 {
        self.data.iter().fold(0.0, |most, x| most.max(x.abs()))
    }
}

impl<'a> Operator<'a> {
    /// Δ of this graph, changed.
    pub fn new(graph: &'a Graph, kind: GraphOperator, change: Change) -> Self {
        Self {
            graph,
            kind,
            change,
        }
    }

    fn left_out(&self) -> Option<usize> {
        match self.change {
            Change::None => None,
            Change::Zeroed(node) | Change::Deleted(node) => Some(node),
        }
    }

    /// The degree that counts for this node.
    fn degree(&self, node: usize) -> f64 {
        let degree = self.graph.degree(node);
        let less = match self.change {
            Change::Deleted(gone) => self
                .graph
                .neighbours(node)
                .binary_search(&number(gone))
                .is_ok(),
            _ => false,
        };
        real(degree - usize::from(less))
    }

    /// 1/√degree; 0 of a node without neighbours.
    fn root(&self, node: usize) -> f64 {
        let degree = self.degree(node);
        if degree > 0.0 {
            1.0 / degree.sqrt()
        } else {
            0.0
        }
    }

    /// One row of Δ·x, with the roots of the degrees where they count.
    fn row(&self, node: usize, x: &Rows, roots: &[f64], into: &mut [f64]) {
        into.fill(0.0);
        if self.left_out() == Some(node) {
            return;
        }
        let others = self
            .graph
            .neighbours(node)
            .iter()
            .map(|other| *other as usize);
        let others = others.filter(|other| Some(*other) != self.left_out());
        let own = x.row(node);
        match self.kind {
            GraphOperator::Adjacency => {
                for other in others {
                    for (sum, x) in into.iter_mut().zip(x.row(other)) {
                        *sum += x;
                    }
                }
            }
            GraphOperator::Laplacian => {
                let degree = self.degree(node);
                for (sum, own) in into.iter_mut().zip(own) {
                    *sum = degree * own;
                }
                for other in others {
                    for (sum, x) in into.iter_mut().zip(x.row(other)) {
                        *sum -= x;
                    }
                }
            }
            GraphOperator::Normalised => {
                let root = roots[node];
                if root > 0.0 {
                    into.copy_from_slice(own);
                }
                for other in others {
                    let weight = root * roots[other];
                    for (sum, x) in into.iter_mut().zip(x.row(other)) {
                        *sum -= weight * x;
                    }
                }
            }
        }
    }

    /// Δ·x. Every row is a sum of its own, so the result is the same for any number of threads.
    pub fn times(&self, x: &Rows) -> Rows {
        let nodes = self.graph.nodes();
        let roots: Vec<f64> = match self.kind {
            GraphOperator::Normalised => (0..nodes).map(|node| self.root(node)).collect(),
            _ => Vec::new(),
        };
        let mut found = Rows {
            width: x.width,
            data: vec![0.0; x.data.len()],
        };
        let fill = |first: usize, rows: &mut [f64]| {
            for (node, row) in (first..).zip(rows.chunks_exact_mut(x.width)) {
                self.row(node, x, &roots, row);
            }
        };
        if nodes <= ROWS {
            fill(0, &mut found.data);
            return found;
        }
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let share = nodes.div_ceil(threads).max(ROWS);
        thread::scope(|scope| {
            let parts = found.data.chunks_mut(share * x.width);
            for (part, rows) in parts.enumerate() {
                let fill = &fill;
                scope.spawn(move || fill(part * share, rows));
            }
        });
        found
    }

    /// The sum of each row of Δ, which is what it makes of a constant signal.
    pub fn row_sums(&self) -> Vec<f64> {
        self.times(&Rows::of(self.graph.nodes(), 1, |_, _| 1.0))
            .data
    }
}

/// The weights of a layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// The order of the first term: 0 or 1.
    pub from: usize,
    /// α of each order, from the first on.
    pub alphas: Vec<Rows>,
    /// b.
    pub bias: Vec<f64>,
}

/// A layer, order by order: what stands inside φ.
#[derive(Debug, Clone)]
pub struct Layer<'a> {
    operator: Operator<'a>,
    power: Rows,
    /// Σ Δᵏ X α_k + b up to the order at hand.
    pub sum: Rows,
    order: usize,
}

impl<'a> Layer<'a> {
    /// Before the first product with Δ: b, and X α₀ where the sum starts at 0.
    pub fn start(operator: Operator<'a>, x: Rows, weights: &Weights) -> Self {
        let nodes = operator.graph.nodes();
        let bias = &weights.bias;
        let mut layer = Self {
            operator,
            power: x,
            sum: Rows::of(nodes, bias.len(), |_, column| bias[column]),
            order: 0,
        };
        layer.add(weights);
        layer
    }

    /// One order more.
    pub fn step(&mut self, weights: &Weights) {
        self.power = self.operator.times(&self.power);
        self.order += 1;
        self.add(weights);
    }

    /// Adds Δᵏ X α_k of the order at hand.
    fn add(&mut self, weights: &Weights) {
        let alpha = self.order.checked_sub(weights.from);
        let Some(alpha) = alpha.and_then(|place| weights.alphas.get(place)) else {
            return;
        };
        let sums = self.sum.data.chunks_exact_mut(alpha.width);
        for (sums, row) in sums.zip(self.power.data.chunks_exact(self.power.width)) {
            for (place, x) in row.iter().enumerate() {
                for (sum, alpha) in sums.iter_mut().zip(alpha.row(place)) {
                    *sum += x * alpha;
                }
            }
        }
    }
}

/// A node's number as the graph stores it.
fn number(node: usize) -> u32 {
    u32::try_from(node).unwrap_or(u32::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a degree is below 2³²")]
fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The square 0-1-2-3 with the diagonal 0-2, and node 4 alone.
    fn graph() -> Graph {
        Graph::of_edges(5, &[(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]).0
    }

    fn times(kind: GraphOperator, change: Change) -> Vec<f64> {
        let graph = graph();
        let x = Rows::of(5, 1, |node, _| real(node * node));
        Operator::new(&graph, kind, change).times(&x).data
    }

    #[test]
    fn the_operators_are_those_of_their_matrices() {
        assert_eq!(
            times(GraphOperator::Adjacency, Change::None),
            [14.0, 4.0, 10.0, 4.0, 0.0]
        );
        assert_eq!(
            times(GraphOperator::Laplacian, Change::None),
            [-14.0, -2.0, 2.0, 14.0, 0.0]
        );
        let normalised = times(GraphOperator::Normalised, Change::None);
        let root = 6.0_f64.sqrt();
        let expected = [
            -(1.0 + 9.0) / root - 4.0 / 3.0,
            1.0 - 4.0 / root,
            4.0 - 10.0 / root,
            9.0 - 4.0 / root,
            0.0,
        ];
        for (found, expected) in normalised.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-14, "{found} {expected}");
        }
    }

    #[test]
    fn zeroing_keeps_the_neighbours_degrees_and_deleting_does_not() {
        let laplacian = GraphOperator::Laplacian;
        // Row 0 is 3·0 − 1 − 9 with node 2 left out; deleted, the degree is 2 and the own feature 0.
        assert_eq!(
            times(laplacian, Change::Zeroed(2)),
            [-10.0, 2.0, 0.0, 18.0, 0.0]
        );
        assert_eq!(
            times(laplacian, Change::Deleted(2)),
            [-10.0, 1.0, 0.0, 9.0, 0.0]
        );
        assert_eq!(
            times(GraphOperator::Adjacency, Change::Zeroed(2)),
            times(GraphOperator::Adjacency, Change::Deleted(2))
        );
        let graph = graph();
        let zeroed = Operator::new(&graph, laplacian, Change::Zeroed(2)).row_sums();
        assert_eq!(zeroed, [1.0, 1.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn threads_change_nothing() {
        let nodes = 3 * ROWS + 5;
        let edges: Vec<(u32, u32)> = (1..number(nodes)).map(|node| (node / 2, node)).collect();
        let (graph, _) = Graph::of_edges(nodes, &edges);
        let x = Rows::of(nodes, 2, |row, column| real(row % 7) + 0.1 * real(column));
        let operator = Operator::new(&graph, GraphOperator::Laplacian, Change::None);
        let whole = operator.times(&x);
        let mut row = [0.0; 2];
        for node in [0, 1, ROWS - 1, ROWS, 2 * ROWS, nodes - 1] {
            operator.row(node, &x, &[], &mut row);
            assert_eq!(whole.row(node), row);
        }
    }
}
