//! JSON that is none, or that is no model.

use super::Nonsense;

/// Texts, and what the error says.
const TEXTS: &[(&str, &str)] = &[
    ("", "is empty"),
    ("   \n\t ", "is empty"),
    ("{", "not JSON"),
    ("}", "not JSON"),
    ("nothing", "not JSON"),
    ("[]", "a model has to be an object"),
    ("3", "a model has to be an object"),
    ("\"Conv2d\"", "a model has to be an object"),
    ("null", "a model has to be an object"),
    ("{}", "neither `layers` nor `nodes`"),
    ("{\"layers\": [{\"type\": \"ReLU\"}", "not JSON"),
    ("{\"layers\": [{\"type\": \"ReLU\"}]", "not JSON"),
    ("{\"layers\": [{\"type\": \"ReL", "not JSON"),
    ("{\"layers\": [{\"type\": \"ReLU\"},]}", "not JSON"),
    ("{\"layers\": [{\"type\": \"ReLU\"}]} trailing", "not JSON"),
    ("{'layers': []}", "not JSON"),
    ("{\"layers\": [] /* none */}", "not JSON"),
    (
        "{\"layers\": [{\"type\": \"ReLU\", \"inplace\": NaN}]}",
        "not JSON",
    ),
    (
        "{\"layers\": [{\"type\": \"ReLU\", \"inplace\": 1e999}]}",
        "not JSON",
    ),
    (
        "{\"layers\": [{\"type\": \"ReLU\", \"inplace\": 01}]}",
        "not JSON",
    ),
    ("{\"layers\": null}", "`layers` has to be a list"),
    ("{\"layers\": {\"0\": {}}}", "`layers` has to be a list"),
    ("{\"layers\": [1]}", "a layer has to be an object"),
    (
        "{\"layers\": [[\"Conv2d\", 3, 4]]}",
        "a layer has to be an object",
    ),
    ("{\"layers\": [{}]}", "neither `type` nor `layers`"),
    (
        "{\"layers\": [{\"class\": \"ReLU\"}]}",
        "neither `type` nor `layers`",
    ),
    ("{\"layers\": [], \"layers\": []}", "given twice"),
    (
        "{\"layers\": [{\"type\": \"ReLU\", \"type\": \"Tanh\"}]}",
        "given twice",
    ),
    (
        "{\"layer\": [{\"type\": \"ReLU\"}]}",
        "did you mean `layers`",
    ),
    ("{\"layers\": [], \"inputs\": {}}", "did you mean `input`"),
    ("{\"layers\": [], \"name\": 3}", "`name` has to be a string"),
    (
        "{\"layers\": [], \"schema\": \"gradus.model/9\"}",
        "gradus.model/1",
    ),
    (
        "{\"layers\": [{\"repeat\": 0, \"layers\": []}], \"input\": [1]}",
        "`repeat` has to be",
    ),
    (
        "{\"layers\": [{\"repeat\": -3, \"layers\": []}], \"input\": [1]}",
        "`repeat` has to be",
    ),
    (
        "{\"layers\": [{\"share\": 1, \"layers\": []}], \"input\": [1]}",
        "`share` has to be",
    ),
    (
        "{\"layers\": [{\"repeat\": 2, \"layers\": {}}], \"input\": [1]}",
        "`layers` has to be a list",
    ),
    (
        "{\"layers\": [{\"layers\": [], \"type\": \"ReLU\"}], \"input\": [1]}",
        "a group has no key `type`",
    ),
    (
        "{\"layers\": [{\"name\": \"a\", \"type\": \"ReLU\"}, {\"name\": \"a\", \"type\": \"ReLU\"}], \"input\": [1]}",
        "`a` is taken",
    ),
    (
        "{\"layers\": [{\"name\": \"\", \"type\": \"ReLU\"}], \"input\": [1]}",
        "cannot be a name",
    ),
    (
        "{\"layers\": [{\"type\": \"ReLU\", \"inputs\": [\"x\"]}], \"input\": [1]}",
        "no argument `inputs`",
    ),
    (
        "{\"layers\": [{\"type\": \"add\"}], \"input\": [1]}",
        "add takes 2 inputs",
    ),
    (
        "{\"layers\": [{\"type\": \"MultiheadAttention\", \"embed_dim\": 4, \"num_heads\": 2}], \"input\": [3, 4]}",
        "3 inputs",
    ),
    (
        "{\"layers\": [{\"type\": \"mean\", \"dims\": 1}], \"input\": [1]}",
        "did you mean `dim`",
    ),
    (
        "{\"layers\": [{\"type\": \"mean\", \"dim\": \"all\"}], \"input\": [1]}",
        "mean: `dim`",
    ),
    (
        "{\"layers\": [{\"type\": \"repeat\", \"repeats\": [0]}], \"input\": [1]}",
        "repeat: `repeats`",
    ),
    (
        "{\"layers\": [{\"type\": \"chunk\"}], \"input\": [1]}",
        "chunk needs `chunks`",
    ),
    ("{\"layers\": [], \"input\": [1, -3]}", "an input has to be"),
    ("{\"layers\": [], \"input\": [1, 0]}", "an input has to be"),
    ("{\"layers\": [], \"input\": [1.5]}", "an input has to be"),
    ("{\"layers\": [], \"input\": \"1x3\"}", "an input has to be"),
    ("{\"layers\": [], \"input\": [1e300]}", "an input has to be"),
    ("{\"layers\": [], \"input\": [[1]]}", "an input has to be"),
];

pub(super) fn cases() -> Vec<Nonsense> {
    let texts = TEXTS
        .iter()
        .map(|(text, says)| Nonsense::file("text.json", *text, says));
    texts.chain(others()).collect()
}

fn others() -> [Nonsense; 9] {
    [
        Nonsense::file("bytes.json", b"\xff\xfe\x00{\x80\x81".to_vec(), "text"),
        Nonsense::file("zeros.json", vec![0; 4096], "JSON"),
        Nonsense::file("empty.onnx", vec![], "onnx"),
        Nonsense::file("deep.json", "[".repeat(1_000_000), "not JSON"),
        Nonsense::file(
            "long-name.json",
            format!("{{\"{}\": 1}}", "a".repeat(5000)),
            "a model has no key",
        ),
        Nonsense::file("groups.json", nested_groups(100_000), "deep"),
        Nonsense::file("many.json", nested_repeats(), "more than 1000000 nodes"),
        Nonsense::file(
            "repeats.json",
            repeats("1000000000000"),
            "more than 1000000 nodes",
        ),
        Nonsense::file("cut.json", cut(), "not JSON"),
    ]
}

fn nested_groups(depth: usize) -> String {
    let (open, close) = ("{\"layers\": [".repeat(depth), "]}".repeat(depth));
    format!("{open}{close}")
}

/// A group in a group in a group, each a thousand times.
fn nested_repeats() -> String {
    let mut layers = "{\"type\": \"ReLU\"}".to_owned();
    for _ in 0..4 {
        layers = format!("{{\"repeat\": 1000, \"layers\": [{layers}]}}");
    }
    format!("{{\"input\": [1], \"layers\": [{layers}]}}")
}

fn repeats(times: &str) -> String {
    format!(
        "{{\"input\": [1], \"layers\": [{{\"repeat\": {times}, \"layers\": [{{\"type\": \"ReLU\"}}]}}]}}"
    )
}

/// A large model whose end is missing.
fn cut() -> String {
    let mut text = format!(
        "{{\"layers\": [{}",
        "{\"type\": \"ReLU\"}, ".repeat(100_000)
    );
    text.truncate(text.len() - 9);
    text
}
