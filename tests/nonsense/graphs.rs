//! Graphs that cannot be computed.

use super::Nonsense;

/// The nodes of a graph with the input `x`, and what the error says.
const NODES: &[(&str, &str)] = &[
    (
        r#"{"name": "a", "type": "exp", "inputs": ["a"]}"#,
        "circle: `a`",
    ),
    (
        r#"{"name": "a", "type": "exp", "inputs": ["b"]}, {"name": "b", "type": "exp", "inputs": ["a"]}"#,
        "circle: `a`, `b`",
    ),
    (
        r#"{"name": "a", "type": "add", "inputs": ["x", "c"]}, {"name": "b", "type": "exp", "inputs": ["a"]},
           {"name": "c", "type": "exp", "inputs": ["b"]}"#,
        "circle",
    ),
    (r#"{"name": "a", "module": "a", "inputs": ["x"]}"#, "circle"),
    (
        r#"{"name": "a", "type": "exp", "inputs": ["y"]}"#,
        "no input or node `y`",
    ),
    (
        r#"{"name": "first", "type": "exp", "inputs": ["x"]}, {"name": "b", "type": "exp", "inputs": ["frist"]}"#,
        "did you mean `first`",
    ),
    (
        r#"{"name": "a", "type": "exp", "inputs": ["x"]}, {"name": "a", "type": "exp", "inputs": ["x"]}"#,
        "`a` is taken",
    ),
    (
        r#"{"name": "x", "type": "exp", "inputs": ["x"]}"#,
        "`x` is taken",
    ),
    (r#"{"type": "exp", "inputs": ["x"]}"#, "needs a name"),
    (
        r#"{"name": 3, "type": "exp", "inputs": ["x"]}"#,
        "has to be a string",
    ),
    (
        r#"{"name": "a[0]", "type": "exp", "inputs": ["x"]}"#,
        "cannot be a name",
    ),
    (r#"{"name": "a", "type": "exp"}"#, "takes one input, not 0"),
    (
        r#"{"name": "a", "type": "exp", "inputs": []}"#,
        "takes one input, not 0",
    ),
    (
        r#"{"name": "a", "type": "exp", "inputs": ["x", "x"]}"#,
        "takes one input, not 2",
    ),
    (
        r#"{"name": "a", "type": "add", "inputs": ["x"]}"#,
        "add takes 2 inputs, not 1",
    ),
    (
        r#"{"name": "a", "type": "add", "other": 2, "inputs": ["x", "x"]}"#,
        "`other`",
    ),
    (
        r#"{"name": "a", "type": "exp", "inputs": [["x"]]}"#,
        "has to be a string",
    ),
    (
        r#"{"name": "a", "type": "exp", "inputs": {"x": 1}}"#,
        "has to be a list",
    ),
    (
        r#"{"name": "a", "type": "exp", "inputs": ["x[one]"]}"#,
        "neither a node's name",
    ),
    (
        r#"{"name": "a", "type": "exp", "inputs": ["x[7]"]}"#,
        "output 7",
    ),
    (
        r#"{"name": "a", "type": "exp", "inputs": ["x[99999999999999999999]"]}"#,
        "neither a node's name",
    ),
    (
        r#"{"name": "a", "module": "x", "inputs": ["x"]}"#,
        "`x` is not a layer",
    ),
    (
        r#"{"name": "a", "module": "z", "inputs": ["x"]}"#,
        "no input or node `z`",
    ),
    (
        r#"{"name": "a", "module": "x", "kernel_size": 3, "inputs": ["x"]}"#,
        "has no key `kernel_size`",
    ),
    (
        r#"{"name": "g", "layers": [{"type": "ReLU"}], "inputs": ["x", "x"]}"#,
        "a group takes one input",
    ),
    (
        r#"{"name": "a", "type": "exp", "inputs": ["x"]}, {"name": "b", "type": "exp", "inputs": ["x"]}"#,
        "which nodes are the outputs",
    ),
    ("", "no nodes"),
    (
        r#"{"name": "n", "type": "Linear", "in_features": 8, "out_features": 3, "inputs": ["x"]},
           {"name": "s", "type": "add", "inputs": ["x", "n"]}"#,
        "`s`",
    ),
    (
        r#"{"name": "h", "type": "chunk", "chunks": 2, "dim": 9, "inputs": ["x"]}"#,
        "axis",
    ),
    (
        r#"{"name": "p", "type": "parameter", "shape": [0]}"#,
        "`shape`",
    ),
    (
        r#"{"name": "c", "type": "cat", "dim": 1, "inputs": ["x", "y"]}"#,
        "no input or node `y`",
    ),
];

/// Whole graphs, and what the error says.
const GRAPHS: &[(&str, &str)] = &[
    (r#"{"nodes": []}"#, "needs `inputs`"),
    (
        r#"{"inputs": ["x"], "nodes": []}"#,
        "`inputs` has to be an object",
    ),
    (r#"{"inputs": {"x": [1]}, "nodes": {}}"#, "`nodes`"),
    (
        r#"{"inputs": {"x": [1]}, "nodes": [], "layers": []}"#,
        "not both",
    ),
    (
        r#"{"inputs": {"x": [1], "x": [2]}, "nodes": []}"#,
        "given twice",
    ),
    (
        r#"{"inputs": {"x": [1]}, "nodes": [], "outputs": ["y"]}"#,
        "no input or node `y`",
    ),
    (
        r#"{"inputs": {"x": [1]}, "nodes": [], "outputs": ["x[3]"]}"#,
        "output",
    ),
    (
        r#"{"inputs": {"x": [1]}, "nodes": [], "output": "x"}"#,
        "did you mean `outputs`",
    ),
    (
        r#"{"inputs": {"x": [1]}, "nodes": [], "outputs": []}"#,
        "at least one output",
    ),
    (
        r#"{"inputs": {"x": [2, 3], "y": [3, 2]}, "nodes": [{"name": "a", "type": "add", "inputs": ["x", "y"]}]}"#,
        "equal or 1",
    ),
    (
        r#"{"inputs": {"x": [2, 3], "y": [2, 3]}, "nodes": [{"name": "a", "type": "matmul", "inputs": ["x", "y"]}]}"#,
        "3",
    ),
];

pub(super) fn cases() -> Vec<Nonsense> {
    let nodes = NODES.iter().map(|(nodes, says)| {
        let text = format!(r#"{{"inputs": {{"x": [2, 8]}}, "nodes": [{nodes}]}}"#);
        Nonsense::file("graph.json", text, says)
    });
    let graphs = GRAPHS
        .iter()
        .map(|(text, says)| Nonsense::file("graph.json", *text, says));
    nodes.chain(graphs).chain([long_circle()]).collect()
}

/// Ten thousand nodes in one circle.
fn long_circle() -> Nonsense {
    let node = |at: usize| {
        let read = (at + 1) % 10_000;
        format!(r#"{{"name": "n{at}", "type": "exp", "inputs": ["n{read}"]}}"#)
    };
    let nodes: Vec<String> = (0..10_000).map(node).collect();
    let text = format!(
        r#"{{"inputs": {{"x": [2]}}, "nodes": [{}]}}"#,
        nodes.join(",")
    );
    Nonsense::file("circle.json", text, "circle: `n0`, `n1`")
}
