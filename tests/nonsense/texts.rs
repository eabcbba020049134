//! JSON that is none, or that is no model.

use super::Nonsense;

pub(super) fn cases() -> Vec<Nonsense> {
    let json = |text: &str, says| Nonsense::file("text.json", text, says);
    let mut cases = vec![
        json("", "is empty"),
        json("   \n\t ", "is empty"),
        json("{", "not JSON"),
        json("}", "not JSON"),
        json("nothing", "not JSON"),
        json("[]", "a model has to be an object"),
        json("3", "a model has to be an object"),
        json("\"Conv2d\"", "a model has to be an object"),
        json("null", "a model has to be an object"),
        json("{}", "neither `layers` nor `nodes`"),
        json("{\"layers\": [{\"type\": \"ReLU\"}", "not JSON"),
        json("{\"layers\": [{\"type\": \"ReLU\"}]", "not JSON"),
        json("{\"layers\": [{\"type\": \"ReL", "not JSON"),
        json("{\"layers\": [{\"type\": \"ReLU\"},]}", "not JSON"),
        json("{\"layers\": [{\"type\": \"ReLU\"}]} trailing", "not JSON"),
        json("{'layers': []}", "not JSON"),
        json("{\"layers\": [] /* none */}", "not JSON"),
        json(
            "{\"layers\": [{\"type\": \"ReLU\", \"inplace\": NaN}]}",
            "not JSON",
        ),
        json(
            "{\"layers\": [{\"type\": \"ReLU\", \"inplace\": 1e999}]}",
            "not JSON",
        ),
        json(
            "{\"layers\": [{\"type\": \"ReLU\", \"inplace\": 01}]}",
            "not JSON",
        ),
        json("{\"layers\": null}", "`layers` has to be a list"),
        json("{\"layers\": {\"0\": {}}}", "`layers` has to be a list"),
        json("{\"layers\": [1]}", "a layer has to be an object"),
        json(
            "{\"layers\": [[\"Conv2d\", 3, 4]]}",
            "a layer has to be an object",
        ),
        json("{\"layers\": [{}]}", "neither `type` nor `layers`"),
        json(
            "{\"layers\": [{\"class\": \"ReLU\"}]}",
            "neither `type` nor `layers`",
        ),
        json("{\"layers\": [], \"layers\": []}", "given twice"),
        json(
            "{\"layers\": [{\"type\": \"ReLU\", \"type\": \"Tanh\"}]}",
            "given twice",
        ),
        json(
            "{\"layer\": [{\"type\": \"ReLU\"}]}",
            "did you mean `layers`",
        ),
        json("{\"layers\": [], \"inputs\": {}}", "did you mean `input`"),
        json("{\"layers\": [], \"name\": 3}", "`name` has to be a string"),
        json(
            "{\"layers\": [], \"schema\": \"gradus.model/9\"}",
            "gradus.model/1",
        ),
        json(
            "{\"layers\": [{\"repeat\": 0, \"layers\": []}], \"input\": [1]}",
            "`repeat` has to be",
        ),
        json(
            "{\"layers\": [{\"repeat\": -3, \"layers\": []}], \"input\": [1]}",
            "`repeat` has to be",
        ),
        json(
            "{\"layers\": [{\"share\": 1, \"layers\": []}], \"input\": [1]}",
            "`share` has to be",
        ),
        json(
            "{\"layers\": [{\"repeat\": 2, \"layers\": {}}], \"input\": [1]}",
            "`layers` has to be a list",
        ),
        json(
            "{\"layers\": [{\"layers\": [], \"type\": \"ReLU\"}], \"input\": [1]}",
            "a group has no key `type`",
        ),
        json(
            "{\"layers\": [{\"name\": \"a\", \"type\": \"ReLU\"}, {\"name\": \"a\", \"type\": \"ReLU\"}], \"input\": [1]}",
            "`a` is taken",
        ),
        json(
            "{\"layers\": [{\"name\": \"\", \"type\": \"ReLU\"}], \"input\": [1]}",
            "cannot be a name",
        ),
        json(
            "{\"layers\": [{\"type\": \"ReLU\", \"inputs\": [\"x\"]}], \"input\": [1]}",
            "no argument `inputs`",
        ),
        json(
            "{\"layers\": [{\"type\": \"add\"}], \"input\": [1]}",
            "add takes 2 inputs",
        ),
        json(
            "{\"layers\": [{\"type\": \"MultiheadAttention\", \"embed_dim\": 4, \"num_heads\": 2}], \"input\": [3, 4]}",
            "3 inputs",
        ),
        json(
            "{\"layers\": [{\"type\": \"mean\", \"dims\": 1}], \"input\": [1]}",
            "did you mean `dim`",
        ),
        json(
            "{\"layers\": [{\"type\": \"mean\", \"dim\": \"all\"}], \"input\": [1]}",
            "mean: `dim`",
        ),
        json(
            "{\"layers\": [{\"type\": \"repeat\", \"repeats\": [0]}], \"input\": [1]}",
            "repeat: `repeats`",
        ),
        json(
            "{\"layers\": [{\"type\": \"chunk\"}], \"input\": [1]}",
            "chunk needs `chunks`",
        ),
        json(
            "{\"layers\": [{\"type\": \"ReLU\"}]}",
            "the shape of the input",
        ),
        json("{\"layers\": [], \"input\": [1, -3]}", "an input has to be"),
        json("{\"layers\": [], \"input\": [1, 0]}", "an input has to be"),
        json("{\"layers\": [], \"input\": [1.5]}", "an input has to be"),
        json("{\"layers\": [], \"input\": \"1x3\"}", "an input has to be"),
        json("{\"layers\": [], \"input\": [1e300]}", "an input has to be"),
        json("{\"layers\": [], \"input\": [[1]]}", "an input has to be"),
        Nonsense::file("bytes.json", b"\xff\xfe\x00{\x80\x81".to_vec(), "text"),
        Nonsense::file("zeros.json", vec![0; 4096], "JSON"),
        Nonsense::file("empty.onnx", vec![], "onnx"),
        Nonsense::file("deep.json", "[".repeat(1_000_000), "not JSON"),
        Nonsense::file(
            "long-name.json",
            format!("{{\"{}\": 1}}", "a".repeat(5000)),
            "a model has no key",
        ),
    ];
    cases.extend([
        Nonsense::file("groups.json", nested_groups(100_000), "deep"),
        Nonsense::file("many.json", nested_repeats(), "more than 1000000 nodes"),
        Nonsense::file(
            "repeats.json",
            repeats("1000000000000"),
            "more than 1000000 nodes",
        ),
        Nonsense::file("cut.json", cut(), "not JSON"),
    ]);
    cases
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
