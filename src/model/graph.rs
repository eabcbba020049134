//! Undirected graphs in compressed rows: the neighbours of node 0, then those of node 1, and so on.

use super::ReadingNote;

/// An undirected graph without loops and without repeated edges. Nodes are numbered from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// Where each node's neighbours start in `ends`, and after the last one where they end.
    starts: Vec<usize>,
    /// The neighbours, of each node in ascending order.
    ends: Vec<u32>,
}

/// What a list of edges had that a graph has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// Edges from a node to itself.
    pub loops: usize,
    /// Edges that stand there again, in either direction.
    pub repeated: usize,
}

/// A graph that was read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphFile {
    /// What a message calls the file.
    pub name: String,
    /// The graph.
    pub graph: Graph,
    /// The number that the file has for the first node: 0 or 1.
    pub first: usize,
    /// What a reader should know about how it was read.
    pub notes: Vec<ReadingNote>,
}

/// The matrix by which the nodes of a graph hear of each other. A is the adjacency matrix, D that of the degrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphOperator {
    /// D − A.
    Laplacian,
    /// D^(−1/2) (D − A) D^(−1/2); the row of a node without neighbours is 0.
    Normalised,
    /// A.
    Adjacency,
}

impl Graph {
    /// The graph with these edges, between nodes below `nodes`; loops and repeated edges are left out and counted.
    pub fn of_edges(nodes: usize, edges: &[(u32, u32)]) -> (Self, LeftOut) {
        let mut starts = vec![0_usize; nodes + 1];
        let mut loops = 0;
        for &(a, b) in edges {
            if a == b {
                loops += 1;
            } else {
                starts[a as usize + 1] += 1;
                starts[b as usize + 1] += 1;
            }
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut ends = vec![0_u32; starts[nodes]];
        let mut next = starts.clone();
        for &(a, b) in edges.iter().filter(|(a, b)| a != b) {
            for (from, to) in [(a, b), (b, a)] {
                ends[next[from as usize]] = to;
                next[from as usize] += 1;
            }
        }
        let found = ends.len();
        let graph = Self { starts, ends }.sorted();
        let left_out = LeftOut {
            loops,
            repeated: (found - graph.ends.len()) / 2,
        };
        (graph, left_out)
    }

    /// Every node's neighbours in order, each once.
    fn sorted(mut self) -> Self {
        let mut kept = 0;
        for node in 0..self.nodes() {
            let (start, end) = (self.starts[node], self.starts[node + 1]);
            self.ends[start..end].sort_unstable();
            self.starts[node] = kept;
            let mut last = None;
            for place in start..end {
                let end = self.ends[place];
                if last != Some(end) {
                    self.ends[kept] = end;
                    kept += 1;
                    last = Some(end);
                }
            }
        }
        let nodes = self.nodes();
        self.starts[nodes] = kept;
        self.ends.truncate(kept);
        self
    }

    /// How many nodes it has.
    pub fn nodes(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many edges it has.
    pub fn edges(&self) -> usize {
        self.ends.len() / 2
    }

    /// The neighbours of a node, ascending.
    pub fn neighbours(&self, node: usize) -> &[u32] {
        &self.ends[self.starts[node]..self.starts[node + 1]]
    }

    /// How many neighbours a node has.
    pub fn degree(&self, node: usize) -> usize {
        self.starts[node + 1] - self.starts[node]
    }

    /// How many nodes have no neighbour.
    pub fn isolated(&self) -> usize {
        (0..self.nodes())
            .filter(|node| self.degree(*node) == 0)
            .count()
    }

    /// The same graph with every node's number one higher, and that of the last one 0.
    #[must_use]
    pub fn shifted(&self) -> Self {
        let nodes = self.nodes();
        let next = |node: u32| {
            if node as usize + 1 == nodes {
                0
            } else {
                node + 1
            }
        };
        let mut starts = Vec::with_capacity(nodes + 1);
        let mut ends = Vec::with_capacity(self.ends.len());
        starts.push(0);
        let last = nodes.checked_sub(1);
        for node in last.into_iter().chain(0..last.unwrap_or(0)) {
            ends.extend(self.neighbours(node).iter().map(|end| next(*end)));
            starts.push(ends.len());
        }
        Self { starts, ends }.sorted()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_and_repeated_edges_are_left_out() {
        let edges = [(0, 1), (1, 0), (2, 2), (1, 2), (1, 2), (0, 1)];
        let (graph, left_out) = Graph::of_edges(4, &edges);
        assert_eq!((graph.nodes(), graph.edges()), (4, 2));
        assert_eq!(
            left_out,
            LeftOut {
                loops: 1,
                repeated: 3
            }
        );
        assert_eq!(graph.neighbours(1), [0, 2]);
        assert_eq!(graph.degree(3), 0);
        assert_eq!(graph.isolated(), 1);
    }

    #[test]
    fn a_shifted_graph_is_the_same_graph() {
        let edges = [(0, 1), (1, 2), (2, 3), (3, 0), (1, 3)];
        let (graph, _) = Graph::of_edges(5, &edges);
        let moved: Vec<(u32, u32)> = edges
            .iter()
            .map(|(a, b)| ((a + 1) % 5, (b + 1) % 5))
            .collect();
        assert_eq!(graph.shifted(), Graph::of_edges(5, &moved).0);
        let (empty, _) = Graph::of_edges(0, &[]);
        assert_eq!(empty.shifted(), empty);
    }
}
