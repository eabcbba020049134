//! Which nodes a node depends on, without rounding: in the numbers modulo the prime 2⁶¹ − 1.
//!
//! Whether terms cancel cannot be told from floats. So the row of a node in the product of all layers is computed with
//! random numbers modulo a prime: random weights, and random slopes where a function of each number stands. An
//! entry that is 0 for all weights is 0 here; one that is not is 0 with a chance of the degree over 2⁶¹.
//! D^(−1/2) (D − A) D^(−1/2) has no such numbers, but the same support as (D − A) D⁻¹, which has.

use super::Stack;
use crate::lab::random::Stream;
use crate::model::{Graph, GraphOperator};

const PRIME: u64 = (1 << 61) - 1;

/// What a node depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exact {
    /// The nodes, ascending.
    pub nodes: Vec<u32>,
}

/// A row of numbers, most of them 0.
struct Sparse {
    values: Vec<u64>,
    /// Where a value may not be 0.
    places: Vec<u32>,
    met: Vec<bool>,
}

impl Sparse {
    fn new(nodes: usize) -> Self {
        Self {
            values: vec![0; nodes],
            places: Vec::new(),
            met: vec![false; nodes],
        }
    }

    fn add(&mut self, place: u32, value: u64) {
        let at = place as usize;
        if !self.met[at] {
            self.met[at] = true;
            self.places.push(place);
        }
        self.values[at] = sum(self.values[at], value);
    }

    fn clear(&mut self) {
        for place in self.places.drain(..) {
            self.values[place as usize] = 0;
            self.met[place as usize] = false;
        }
    }
}

/// The nodes whose features `node` depends on through the stack.
pub fn support(graph: &Graph, kind: GraphOperator, stack: &Stack, node: usize) -> Exact {
    let nodes = graph.nodes();
    let [mut row, mut power, mut next] = [(); 3].map(|()| Sparse::new(nodes));
    let place = u32::try_from(node).unwrap_or(u32::MAX);
    row.add(place, 1);
    for layer in (0..stack.layers).rev() {
        std::mem::swap(&mut row, &mut power);
        row.clear();
        for order in 0..=stack.order {
            if order > 0 {
                multiply(graph, kind, &power, &mut next);
                std::mem::swap(&mut power, &mut next);
                next.clear();
            }
            if order >= stack.from {
                let alpha = weight(stack, layer, order);
                for &place in &power.places {
                    row.add(place, product(alpha, power.values[place as usize]));
                }
            }
        }
        power.clear();
        // The slopes of what stands between this layer and the one before.
        let slopes = slopes(stack.stream, layer);
        for &place in &row.places {
            let value = &mut row.values[place as usize];
            *value = product(*value, drawn(slopes.bits(place.into())));
        }
    }
    let mut found: Vec<u32> = row
        .places
        .iter()
        .copied()
        .filter(|place| row.values[*place as usize] != 0)
        .collect();
    found.sort_unstable();
    Exact { nodes: found }
}

/// A row times Δ.
fn multiply(graph: &Graph, kind: GraphOperator, row: &Sparse, into: &mut Sparse) {
    for &place in &row.places {
        let value = row.values[place as usize];
        if value == 0 {
            continue;
        }
        let neighbours = graph.neighbours(place as usize);
        let degree = neighbours.len() as u64;
        let (own, other) = match kind {
            GraphOperator::Laplacian => (product(degree, value), negative(value)),
            GraphOperator::Adjacency => (0, value),
            GraphOperator::Normalised if degree == 0 => (0, 0),
            GraphOperator::Normalised => (value, negative(product(value, inverse(degree)))),
        };
        if own != 0 {
            into.add(place, own);
        }
        for &neighbour in neighbours {
            into.add(neighbour, other);
        }
    }
}

/// α of an order in a layer.
fn weight(stack: &Stack, layer: usize, order: usize) -> u64 {
    match &stack.coefficients {
        Some(coefficients) => exact(coefficients[order - stack.from]),
        None => drawn(stack.stream.bits(((layer << 32) + order) as u64)),
    }
}

fn slopes(stream: Stream, layer: usize) -> Stream {
    Stream::seeded(stream.bits(u64::MAX), layer as u64)
}

/// A number from 1 on.
fn drawn(bits: u64) -> u64 {
    1 + (bits >> 3) % (PRIME - 1)
}

fn sum(a: u64, b: u64) -> u64 {
    let sum = a + b;
    if sum >= PRIME { sum - PRIME } else { sum }
}

fn negative(a: u64) -> u64 {
    if a == 0 { 0 } else { PRIME - a }
}

fn product(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    // 2⁶¹ is 1 here.
    let low = u64::try_from(wide & u128::from(PRIME)).unwrap_or(0);
    let high = u64::try_from(wide >> 61).unwrap_or(0);
    sum(low, high)
}

fn power(mut base: u64, mut exponent: u64) -> u64 {
    let mut found = 1;
    while exponent > 0 {
        if exponent % 2 == 1 {
            found = product(found, base);
        }
        base = product(base, base);
        exponent /= 2;
    }
    found
}

fn inverse(a: u64) -> u64 {
    power(a, PRIME - 2)
}

/// A float as the fraction that it is: an integer times a power of 2.
fn exact(number: f64) -> u64 {
    let bits = number.to_bits();
    let exponent = (bits >> 52) & 0x7ff;
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, exponent) = match exponent {
        0 => (fraction, 1),
        _ => (fraction | (1 << 52), exponent),
    };
    // The exponent is that of the last bit, plus 1075.
    let two = if exponent >= 1075 {
        power(2, exponent - 1075)
    } else {
        inverse(power(2, 1075 - exponent))
    };
    let size = product(mantissa, two);
    if number < 0.0 { negative(size) } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arithmetic_is_that_of_a_field() {
        for a in [1, 2, 3, 12345, PRIME - 1] {
            assert_eq!(product(a, inverse(a)), 1);
            assert_eq!(sum(a, negative(a)), 0);
        }
        assert_eq!(product(PRIME - 1, PRIME - 1), 1);
        assert_eq!(exact(4.0), 4);
        assert_eq!(product(exact(-0.25), 4), PRIME - 1);
        assert_ne!(sum(exact(0.1), exact(0.2)), exact(0.1 + 0.2));
        assert_eq!(exact(0.0), 0);
    }

    #[test]
    fn in_a_path_it_is_as_long_as_the_hops() {
        let edges: Vec<(u32, u32)> = (0..40).map(|node| (node, node + 1)).collect();
        let (path, _) = Graph::of_edges(41, &edges);
        for (order, layers) in [(1, 1), (1, 2), (2, 1), (2, 3), (3, 2), (4, 2)] {
            let stack = Stack {
                layers,
                order,
                from: 1,
                coefficients: None,
                stream: Stream::seeded(1, 1),
            };
            for kind in [GraphOperator::Laplacian, GraphOperator::Normalised] {
                let found = support(&path, kind, &stack, 20).nodes;
                assert_eq!(found.len(), 2 * order * layers + 1, "{order} {layers}");
            }
        }
    }

    #[test]
    fn walks_of_one_parity_reach_every_second_node() {
        let edges: Vec<(u32, u32)> = (0..8).map(|node| (node, node + 1)).collect();
        let (path, _) = Graph::of_edges(9, &edges);
        let stack = Stack {
            layers: 2,
            order: 1,
            from: 1,
            coefficients: None,
            stream: Stream::seeded(1, 1),
        };
        let found = support(&path, GraphOperator::Adjacency, &stack, 4).nodes;
        assert_eq!(found, [2, 4, 6]);
        let both = Stack { from: 0, ..stack };
        assert_eq!(
            support(&path, GraphOperator::Adjacency, &both, 4).nodes,
            [2, 3, 4, 5, 6]
        );
    }
}
