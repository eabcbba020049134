//! The nodes within so many hops of one, by breadth-first search.

use super::number;
use crate::model::Graph;

/// The nodes within some hops of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ball {
    /// The nodes in the order in which they were met: by hops.
    pub nodes: Vec<u32>,
    /// How many nodes lie within 0, 1, 2, … hops.
    pub sizes: Vec<usize>,
}

impl Ball {
    /// How many nodes lie within so many hops.
    pub fn within(&self, hops: usize) -> usize {
        let last = self.sizes.len() - 1;
        self.sizes[hops.min(last)]
    }

    /// The nodes within so many hops, ascending.
    pub fn sorted(&self, hops: usize) -> Vec<u32> {
        let mut nodes = self.nodes[..self.within(hops)].to_vec();
        nodes.sort_unstable();
        nodes
    }

    /// How far away a node is; `None` beyond the last hop. Looked up by a search: for small graphs.
    pub fn hops(&self, node: usize) -> Option<usize> {
        let place = self.nodes.iter().position(|met| *met as usize == node)?;
        self.sizes.iter().position(|size| *size > place)
    }
}

/// The nodes within `hops` of `node`.
pub fn ball(graph: &Graph, node: usize, hops: usize) -> Ball {
    let mut met = vec![false; graph.nodes()];
    met[node] = true;
    let mut nodes = vec![number(node)];
    let mut sizes = vec![1];
    let mut start = 0;
    for _ in 0..hops {
        let end = nodes.len();
        for place in start..end {
            for &next in graph.neighbours(nodes[place] as usize) {
                if !met[next as usize] {
                    met[next as usize] = true;
                    nodes.push(next);
                }
            }
        }
        // Nothing new is met any more: the sizes stay as they are.
        if nodes.len() == end {
            break;
        }
        sizes.push(nodes.len());
        start = end;
    }
    Ball { nodes, sizes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ball_in_a_path_has_two_nodes_more_a_hop() {
        let edges: Vec<(u32, u32)> = (0..40).map(|node| (node, node + 1)).collect();
        let (path, _) = Graph::of_edges(42, &edges);
        let found = ball(&path, 20, 100);
        for hops in 0..=20 {
            assert_eq!(found.within(hops), 2 * hops + 1);
        }
        // Node 41 has no neighbours.
        assert_eq!(found.within(1000), 41);
        assert_eq!(found.hops(3), Some(17));
        assert_eq!(found.hops(41), None);
        assert_eq!(ball(&path, 41, 5).sizes, [1]);
        assert_eq!(found.sorted(1), [19, 20, 21]);
    }
}
