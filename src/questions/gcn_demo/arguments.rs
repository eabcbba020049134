//! What can be asked about a graph layer, and what of it makes sense.

use clap::{Args, ValueEnum};

use crate::lab::random::Stream;
use crate::model::{Fault, Graph, GraphOperator};
use crate::questions::Subject;
use crate::questions::numbers::{self, List, grouped, short};

/// Most nodes and edges of a graph that is made here.
const MOST_NODES: usize = 10_000_000;
const MOST_EDGES: usize = 20_000_000;

/// Most nodes of a complete graph.
const MOST_COMPLETE: usize = 2000;

/// The sheet's graph.
const EXAMPLE: [(u32, u32); 13] = [
    (0, 1),
    (1, 2),
    (2, 3),
    (3, 4),
    (4, 5),
    (5, 6),
    (6, 7),
    (7, 8),
    (8, 9),
    (5, 2),
    (5, 8),
    (0, 9),
    (3, 7),
];

/// The node that the sheet asks about.
const EXAMPLE_NODE: usize = 5;

/// What is in row i of a graph layer's output, what zeroing a row and a column of the Laplacian does, and how far a node sees
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The order: the sum runs over Δᵏ up to k = Q
    #[arg(long = "q", value_name = "Q", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=20))]
    order: u8,
    /// The order of the first term: 1, or 0 with a term X α₀
    #[arg(long, value_name = "0|1", default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=1))]
    from: u8,
    /// How many layers the receptive field is asked of
    #[arg(long, value_name = "L", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=100))]
    layers: u8,
    /// The node whose row and column are zeroed, as the graph numbers it [default: 5 in the sheet's graph, else the middle one]
    #[arg(long, value_name = "I")]
    node: Option<usize>,
    /// Δ: laplacian (D−A), normalised (D^-½(D−A)D^-½) or adjacency (A)
    #[arg(long, value_name = "NAME", default_value = "laplacian")]
    operator: Name,
    /// α of each order as a multiple of one matrix, such as 4,-1 for 4Δ − Δ²
    #[arg(long, value_name = "C,…", value_parser = numbers::list, allow_hyphen_values = true)]
    coefficients: Option<List>,
    /// Whether the nodes stand in the rows or in the columns of X and Y
    #[arg(long, value_name = "WHERE", default_value = "rows")]
    nodes: Layout,
    /// A file with an edge a line, or - for standard input
    #[arg(long, value_name = "FILE", group = "graphs", help_heading = "Graph")]
    graph: Option<String>,
    /// The file counts its nodes from 1
    #[arg(
        long,
        requires = "graph",
        conflicts_with = "zero_based",
        help_heading = "Graph"
    )]
    one_based: bool,
    /// The file counts its nodes from 0, though none is called 0
    #[arg(long, requires = "graph", help_heading = "Graph")]
    zero_based: bool,
    /// A path of N nodes
    #[arg(long, value_name = "N", group = "graphs", value_parser = size, help_heading = "Graph")]
    path: Option<usize>,
    /// N nodes and M edges, drawn
    #[arg(long, value_name = "N:M", group = "graphs", value_parser = drawn, help_heading = "Graph")]
    random: Option<(usize, usize)>,
    /// N nodes, each joined to each
    #[arg(long, value_name = "N", group = "graphs", value_parser = size, help_heading = "Graph")]
    complete: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    Laplacian,
    Normalised,
    Adjacency,
}

/// Where the nodes stand in X and Y.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Layout {
    Rows,
    Columns,
}

/// What is asked, checked.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) graph: Graph,
    /// Whether it is the sheet's graph.
    pub(super) example: bool,
    /// What the graph is called.
    pub(super) called: String,
    /// The number that a reader has for node 0.
    pub(super) first: usize,
    /// The node, counted from 0.
    pub(super) node: usize,
    pub(super) order: usize,
    pub(super) from: usize,
    pub(super) layers: usize,
    pub(super) operator: GraphOperator,
    pub(super) coefficients: Option<Vec<f64>>,
    pub(super) layout: Layout,
}

impl Asked {
    /// A node as the reader calls it.
    pub(super) fn name(&self, node: usize) -> String {
        (node + self.first).to_string()
    }

    /// The node that is asked about, as the reader calls it.
    pub(super) fn own(&self) -> String {
        self.name(self.node)
    }

    /// How far a node can see.
    pub(super) fn hops(&self) -> usize {
        self.order * self.layers
    }

    /// What was asked, for the report's title.
    pub(super) fn words(&self) -> Vec<(String, String)> {
        let mut words = vec![
            ("graph", self.called.clone()),
            ("node", self.own()),
            ("q", self.order.to_string()),
            ("layers", self.layers.to_string()),
        ];
        if self.from != 1 {
            words.push(("from", self.from.to_string()));
        }
        match self.operator {
            GraphOperator::Laplacian => {}
            GraphOperator::Normalised => words.push(("operator", "normalised".to_owned())),
            GraphOperator::Adjacency => words.push(("operator", "adjacency".to_owned())),
        }
        if let Some(coefficients) = &self.coefficients {
            let shown: Vec<String> = coefficients.iter().map(|c| short(*c)).collect();
            words.push(("coefficients", shown.join(", ")));
        }
        if self.layout == Layout::Columns {
            words.push(("nodes", "columns".to_owned()));
        }
        let owned = words
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        owned.collect()
    }
}

impl Arguments {
    /// Checks what clap could not, and makes the graph where none was read.
    ///
    /// # Errors
    /// If the graph has no such node, or the numbers do not go together.
    pub(super) fn asked(self, subject: &Subject, seed: u64) -> Result<Asked, Fault> {
        let (order, from) = (usize::from(self.order), usize::from(self.from));
        let coefficients = self.coefficients.as_ref().map(|list| list.0.clone());
        coefficients_fit(coefficients.as_deref(), order, from)?;
        let example = !matches!(subject, Subject::Graph(_))
            && self.path.is_none()
            && self.random.is_none()
            && self.complete.is_none();
        let (graph, called, first) = if let Subject::Graph(file) = subject {
            (file.graph.clone(), file.name.clone(), file.first)
        } else {
            let (graph, called) = self.made(seed)?;
            (graph, called, 0)
        };
        let middle = if example {
            EXAMPLE_NODE
        } else {
            graph.nodes() / 2
        };
        let node = match self.node {
            None => middle,
            Some(node) => node
                .checked_sub(first)
                .filter(|node| *node < graph.nodes())
                .ok_or_else(|| {
                    Fault::new("no-such-node", format!("the graph has no node {node}")).help(
                        format!("its nodes are {first} to {}", graph.nodes() - 1 + first),
                    )
                })?,
        };
        Ok(Asked {
            graph,
            example,
            called,
            first,
            node,
            order,
            from,
            layers: usize::from(self.layers),
            operator: match self.operator {
                Name::Laplacian => GraphOperator::Laplacian,
                Name::Normalised => GraphOperator::Normalised,
                Name::Adjacency => GraphOperator::Adjacency,
            },
            coefficients,
            layout: self.nodes,
        })
    }

    /// The graph of the flags, and its name.
    fn made(&self, seed: u64) -> Result<(Graph, String), Fault> {
        let number = |node: usize| u32::try_from(node).unwrap_or(u32::MAX);
        if let Some(nodes) = self.path {
            let edges: Vec<_> = (1..number(nodes)).map(|node| (node - 1, node)).collect();
            return Ok((
                Graph::of_edges(nodes, &edges).0,
                format!("a path of {} nodes", grouped(nodes as u64)),
            ));
        }
        if let Some(nodes) = self.complete {
            if nodes > MOST_COMPLETE {
                return Err(Fault::new(
                    "too-large",
                    format!("a complete graph of {nodes} nodes is too large"),
                )
                .help(format!(
                    "at most {MOST_COMPLETE} nodes are joined each to each"
                )));
            }
            let nodes_u32 = number(nodes);
            let edges: Vec<_> = (0..nodes_u32)
                .flat_map(|a| (a + 1..nodes_u32).map(move |b| (a, b)))
                .collect();
            return Ok((
                Graph::of_edges(nodes, &edges).0,
                format!("the complete graph of {nodes} nodes"),
            ));
        }
        if let Some((nodes, edges)) = self.random {
            let called = format!(
                "{} nodes and {} edges, drawn",
                grouped(nodes as u64),
                grouped(edges as u64)
            );
            return Ok((random(nodes, edges, seed), called));
        }
        Ok((
            Graph::of_edges(10, &EXAMPLE).0,
            "the sheet's, 10 nodes and 13 edges".to_owned(),
        ))
    }
}

fn coefficients_fit(coefficients: Option<&[f64]>, order: usize, from: usize) -> Result<(), Fault> {
    let Some(coefficients) = coefficients else {
        return Ok(());
    };
    let terms = order + 1 - from;
    if coefficients.len() != terms {
        let message = format!(
            "{} coefficients do not fit the {terms} terms from k = {from} to {order}",
            coefficients.len()
        );
        return Err(Fault::new("usage", message)
            .help("give --coefficients one number for each term, or change --q or --from"));
    }
    if let Some(number) = coefficients
        .iter()
        .find(|number| **number != 0.0 && !(1e-6..=1e6).contains(&number.abs()))
    {
        return Err(Fault::new(
            "out-of-range",
            format!(
                "the coefficient {} cannot be calculated with here",
                short(*number)
            ),
        )
        .help("a coefficient is 0 or lies between 1e-6 and 1e6 in size"));
    }
    Ok(())
}

/// Edges drawn until there are as many different ones as asked.
fn random(nodes: usize, edges: usize, seed: u64) -> Graph {
    let stream = Stream::seeded(seed, 0x6e);
    let count = nodes as u64;
    let mut drawn: Vec<(u32, u32)> = Vec::with_capacity(edges);
    let mut place = 0;
    // Of pairs that are drawn again or are loops others are drawn; what is left shrinks by half at least each time, since
    // at most half of all pairs are asked for, or all of them are gone through below.
    if edges * 2 > nodes * (nodes - 1) / 2 {
        let all = (0..nodes as u64).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
        let mut all: Vec<_> = all
            .map(|(a, b)| (stream.bits(a * count + b), a, b))
            .collect();
        all.sort_unstable();
        drawn.extend(
            all.iter()
                .take(edges)
                .map(|(_, a, b)| (short_number(*a), short_number(*b))),
        );
    }
    while drawn.len() < edges {
        let missing = edges - drawn.len();
        for _ in 0..missing {
            let (a, b) = (stream.bits(place) % count, stream.bits(place + 1) % count);
            place += 2;
            if a != b {
                drawn.push((short_number(a.min(b)), short_number(a.max(b))));
            }
        }
        drawn.sort_unstable();
        drawn.dedup();
    }
    Graph::of_edges(nodes, &drawn).0
}

fn short_number(node: u64) -> u32 {
    u32::try_from(node).unwrap_or(u32::MAX)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "it is checked to be a whole number that is small"
)]
fn count(text: &str, most: usize) -> Result<usize, String> {
    let number = numbers::number(&text.replace([',', '_'], ""))?;
    if number.fract() == 0.0 && (0.0..=most as f64).contains(&number) {
        Ok(number as usize)
    } else {
        Err(format!("it is a whole number up to {most}"))
    }
}

fn size(text: &str) -> Result<usize, String> {
    match count(text, MOST_NODES)? {
        0 => Err("a graph has a node at least".to_owned()),
        size => Ok(size),
    }
}

fn drawn(text: &str) -> Result<(usize, usize), String> {
    let (nodes, edges) = text
        .split_once(':')
        .ok_or("write N:M, nodes and edges, such as 60:68")?;
    let nodes = size(nodes)?;
    let edges = count(edges, MOST_EDGES)?;
    let most = nodes * (nodes - 1) / 2;
    if edges > most {
        return Err(format!("{nodes} nodes have at most {most} edges"));
    }
    Ok((nodes, edges))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(size("41"), Ok(41));
        assert_eq!(size("1e6"), Ok(1_000_000));
        assert_eq!(drawn("60:68"), Ok((60, 68)));
        assert_eq!(drawn("5:0"), Ok((5, 0)));
        for text in ["0", "-1", "1.5", "nan", "inf", "1e12", "many", ""] {
            assert!(size(text).is_err(), "{text}");
        }
        for text in ["60", "4:7", "0:0", "x:1", "4:x", "4:-1"] {
            assert!(drawn(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_drawn_graph_has_as_many_edges_as_asked() {
        for (nodes, edges) in [
            (60, 68),
            (5, 10),
            (5, 9),
            (5, 0),
            (1, 0),
            (2, 1),
            (100, 2400),
            (1000, 3),
        ] {
            let graph = random(nodes, edges, 7);
            assert_eq!((graph.nodes(), graph.edges()), (nodes, edges));
            assert_eq!(graph, random(nodes, edges, 7));
        }
        assert_ne!(random(60, 68, 7), random(60, 68, 8));
    }
}
