//! Δ as a dense tensor: for graphs of a few dozen nodes.

use super::Stack;
use crate::lab::ops::Unary;
use crate::lab::value::{Order, Proven, gradients};
use crate::lab::{Array, LabError, Value};
use crate::model::{Graph, GraphOperator};

/// Features of a node in the stack whose support is measured.
const FEATURES: usize = 2;

/// A gradient below this is rounding: Δ is scaled so that no path's share comes near it.
const ROUNDING: f64 = 1e-13;

/// The least share that a path may have where a support is measured.
const LEAST: f64 = 1e-9;

/// Δ from its definition, D − A and the like, n×n.
///
/// # Errors
/// If the engine fails.
pub fn dense(graph: &Graph, kind: GraphOperator) -> Result<Value, LabError> {
    let n = graph.nodes();
    let mut adjacency = vec![0.0; n * n];
    for node in 0..n {
        for other in graph.neighbours(node) {
            adjacency[node * n + *other as usize] = 1.0;
        }
    }
    let adjacency = constant(&[n, n], adjacency)?;
    if kind == GraphOperator::Adjacency {
        return Ok(adjacency);
    }
    let degrees = adjacency.sum(&[1], true)?;
    let mut identity = vec![0.0; n * n];
    for node in 0..n {
        identity[node * n + node] = 1.0;
    }
    let laplacian = constant(&[n, n], identity)?
        .mul(&degrees)?
        .sub(&adjacency)?;
    if kind == GraphOperator::Laplacian {
        return Ok(laplacian);
    }
    let one = Value::number_like(&degrees, 1.0)?;
    // A node without neighbours has a row of zeros, whatever it is divided by.
    let largest = degrees.binary(crate::lab::ops::Binary::Maximum, &one)?;
    let roots = largest.power(-0.5)?;
    laplacian.mul(&roots)?.mul(&roots.reshape(&[1, n])?)
}

fn constant(dims: &[usize], data: Vec<f64>) -> Result<Value, LabError> {
    Array::new(dims, data).to_tensor().map(Value::constant)
}

/// Δ with the row and the column of a node 0.
///
/// # Errors
/// If the engine fails.
pub fn zeroed(delta: &Value, node: usize) -> Result<Value, LabError> {
    let n = delta.dims()[0];
    let kept = (0..n).map(|other| if other == node { 0.0 } else { 1.0 });
    let kept = constant(&[n, 1], kept.collect())?;
    delta.mul(&kept)?.mul(&kept.reshape(&[1, n])?)
}

/// Δ of the graph without a node, which keeps a row and a column of zeros.
///
/// # Errors
/// If the engine fails.
pub fn deleted(graph: &Graph, kind: GraphOperator, node: usize) -> Result<Value, LabError> {
    let mut edges = Vec::new();
    for one in (0..graph.nodes()).filter(|one| *one != node) {
        let ends = graph.neighbours(one).iter().copied();
        let own = u32::try_from(one).unwrap_or(u32::MAX);
        edges.extend(
            ends.filter(|end| *end > own && *end as usize != node)
                .map(|end| (own, end)),
        );
    }
    dense(&Graph::of_edges(graph.nodes(), &edges).0, kind)
}

/// What stands inside φ: `Σ_k Δᵏ X α_k + b`, n×outputs.
///
/// # Errors
/// If the shapes do not go together, or the engine fails.
pub fn layer(
    delta: &Value,
    x: &Array,
    from: usize,
    alphas: &[Array],
    bias: &[f64],
) -> Result<Array, LabError> {
    let mut power = Value::constant(x.to_tensor()?);
    let mut sum = constant(&[1, bias.len()], bias.to_vec())?.broadcast(&[x.dims[0], bias.len()])?;
    for order in 0..from + alphas.len() {
        if order > 0 {
            power = delta.matmul(&power)?;
        }
        if let Some(alpha) = order.checked_sub(from).and_then(|place| alphas.get(place)) {
            sum = sum.add(&power.matmul(&Value::constant(alpha.to_tensor()?))?)?;
        }
    }
    Array::from_tensor(sum.tensor())
}

impl Stack {
    /// By what Δ is divided so that its powers neither grow nor fall below rounding; `None` where they would.
    fn scale(&self, graph: &Graph, kind: GraphOperator) -> Option<f64> {
        let degrees = (0..graph.nodes()).map(|node| graph.degree(node));
        let most = f64::from(u32::try_from(degrees.max()?).ok()?).max(1.0);
        let scale = match kind {
            GraphOperator::Laplacian => 2.0 * most,
            GraphOperator::Adjacency => most,
            GraphOperator::Normalised => 2.0,
        };
        let least = match kind {
            GraphOperator::Normalised => 1.0 / (2.0 * most),
            _ => 1.0 / scale,
        };
        let power = i32::try_from(self.order * self.layers).ok()?;
        (least.powi(power) >= LEAST).then_some(scale)
    }

    /// The weights of a layer: one matrix for each order.
    fn weights(&self, layer: usize, scale: f64) -> Result<Vec<Value>, LabError> {
        let size = FEATURES * FEATURES;
        let drawn = |order: usize| -> Vec<f64> {
            let place = (layer * (self.order + 1) + order) * size;
            // Between ½ and 1½, of either sign: no weight is small.
            let places = place as u64..(place + size) as u64;
            let number = |at: u64| {
                let number = self.stream.uniform(at);
                if number < 0.5 { number + 0.5 } else { -number }
            };
            places.map(number).collect()
        };
        let orders = (self.from..=self.order).enumerate();
        let matrices = orders.map(|(place, order)| match &self.coefficients {
            None => drawn(order),
            Some(coefficients) => {
                let power =
                    i32::try_from(order).unwrap_or(0) - i32::try_from(self.order).unwrap_or(0);
                let factor = coefficients[place] * scale.powi(power);
                drawn(0).into_iter().map(|weight| factor * weight).collect()
            }
        });
        matrices
            .map(|data| constant(&[FEATURES, FEATURES], data))
            .collect()
    }
}

/// Which nodes' features each node's output has a gradient of, through a stack with tanh between. `None` where rounding
/// could hide one.
///
/// # Errors
/// If the engine fails.
pub fn gradient_supports(
    graph: &Graph,
    kind: GraphOperator,
    stack: &Stack,
) -> Result<Option<Vec<Vec<u32>>>, LabError> {
    let n = graph.nodes();
    let Some(scale) = stack.scale(graph, kind) else {
        return Ok(None);
    };
    let delta = dense(graph, kind)?.affine(1.0 / scale, 0.0)?;
    let places = (1_u64 << 30)..(1 << 30) + (n * FEATURES) as u64;
    let features = places
        .map(|place| stack.stream.uniform(place) - 0.5)
        .collect();
    let x = Value::leaf(Array::new(&[n, FEATURES], features).to_tensor()?);
    let mut value = x.clone();
    for layer in 0..stack.layers {
        let weights = stack.weights(layer, scale)?;
        let mut sum: Option<Value> = None;
        let mut power = value.clone();
        for order in 0..=stack.order {
            if order > 0 {
                power = delta.matmul(&power)?;
            }
            if let Some(alpha) = order
                .checked_sub(stack.from)
                .and_then(|place| weights.get(place))
            {
                let term = power.matmul(alpha)?;
                sum = Some(match sum {
                    Some(sum) => sum.add(&term)?,
                    None => term,
                });
            }
        }
        value = sum.unwrap_or(power).unary(Unary::Tanh)?;
    }
    let supports = (0..n)
        .map(|node| reached(&value, &x, node))
        .collect::<Result<_, _>>()?;
    Ok(Some(supports))
}

/// The nodes of whose features the outputs of `node` have a gradient.
fn reached(value: &Value, x: &Value, node: usize) -> Result<Vec<u32>, LabError> {
    let n = x.dims()[0];
    // Weights that are no simple ratio of each other: the features' gradients do not cancel.
    let mut upstream = vec![0.0; n * FEATURES];
    for (place, weight) in upstream[node * FEATURES..(node + 1) * FEATURES]
        .iter_mut()
        .zip([1.0, 0.618])
    {
        *place = weight;
    }
    let outputs = [(value.clone(), constant(&[n, FEATURES], upstream)?)];
    let found = gradients(&outputs, std::slice::from_ref(x), Order::First, &Proven)?;
    let Some(gradient) = found.into_iter().flatten().next() else {
        return Ok(Vec::new());
    };
    let gradient = Array::from_tensor(gradient.tensor())?;
    let rows = gradient.data.chunks_exact(FEATURES);
    let seen = (0..)
        .zip(rows)
        .filter(|(_, row)| row.iter().any(|entry| entry.abs() > ROUNDING));
    Ok(seen.map(|(other, _)| other).collect())
}

#[cfg(test)]
mod tests {
    use super::super::support;
    use super::*;
    use crate::lab::random::Stream;

    fn stack(layers: usize, order: usize) -> Stack {
        Stack {
            layers,
            order,
            from: 1,
            coefficients: None,
            stream: Stream::seeded(0, 5),
        }
    }

    #[test]
    fn a_gradient_reaches_what_the_exact_support_has() -> Result<(), LabError> {
        let stream = Stream::new(3);
        let edges: Vec<(u32, u32)> = (0..26)
            .map(|at| {
                (
                    (stream.bits(2 * at) % 20) as u32,
                    (stream.bits(2 * at + 1) % 20) as u32,
                )
            })
            .collect();
        let (graph, _) = Graph::of_edges(20, &edges);
        for kind in [
            GraphOperator::Laplacian,
            GraphOperator::Normalised,
            GraphOperator::Adjacency,
        ] {
            for (layers, order) in [(1, 1), (2, 1), (1, 2), (2, 2)] {
                let stack = stack(layers, order);
                let found = gradient_supports(&graph, kind, &stack)?.expect("small powers");
                for (node, found) in found.iter().enumerate() {
                    let exact = support(&graph, kind, &stack, node);
                    assert_eq!(
                        *found, exact.nodes,
                        "{kind:?}, {layers}, {order}, node {node}"
                    );
                }
            }
        }
        Ok(())
    }

    #[test]
    fn terms_that_cancel_leave_nothing() -> Result<(), LabError> {
        let edges = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];
        let (complete, _) = Graph::of_edges(4, &edges);
        let cancelling = Stack {
            coefficients: Some(vec![4.0, -1.0]),
            ..stack(1, 2)
        };
        let found = gradient_supports(&complete, GraphOperator::Laplacian, &cancelling)?;
        assert_eq!(found, Some(vec![Vec::new(); 4]));
        let kept = gradient_supports(&complete, GraphOperator::Laplacian, &stack(1, 2))?;
        assert_eq!(kept, Some(vec![vec![0, 1, 2, 3]; 4]));
        Ok(())
    }

    #[test]
    fn what_rounding_could_hide_is_not_measured() -> Result<(), LabError> {
        let edges: Vec<(u32, u32)> = (1..30).map(|node| (0, node)).collect();
        let (star, _) = Graph::of_edges(30, &edges);
        assert_eq!(
            gradient_supports(&star, GraphOperator::Laplacian, &stack(4, 3))?,
            None
        );
        Ok(())
    }
}
