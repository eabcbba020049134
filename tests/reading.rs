//! Models read from PyTorch sources: files, notebooks, standard input, snippets.

use gradus::model::{Fault, Layer, Model, Shape, Work};
use gradus::read::{self, ModelRequest, Origin};
use gradus::torch::Interpreter;

pub(crate) fn request(origin: Origin) -> ModelRequest {
    ModelRequest {
        origin,
        inputs: None,
        assume: Vec::new(),
        interpreter: Interpreter::new(env!("CARGO_BIN_EXE_gradus")),
    }
}

pub(crate) fn source(text: &str, expression: Option<&str>) -> ModelRequest {
    request(Origin::Stdin {
        text: text.as_bytes().to_vec(),
        expression: expression.map(str::to_owned),
    })
}

fn read(text: &str) -> Result<Model, Fault> {
    read::model(&source(text, None))
}

fn kinds(model: &Model) -> Vec<String> {
    model.node_ids().map(|id| model.kind(id)).collect()
}

fn names(model: &Model) -> Vec<&str> {
    model.nodes.iter().map(|node| node.name.as_str()).collect()
}

const SHEET: &str = "
import torch
import torch.nn as nn

cnn = nn.Sequential(
    nn.Conv2d(in_channels=3, out_channels=4, kernel_size=5, padding=2),
    nn.ReLU(),
    nn.MaxPool2d(kernel_size=2, stride=2),
    nn.Conv2d(4, 16, kernel_size=5, stride=2, padding=2),
    nn.ReLU(),
    nn.MaxPool2d(kernel_size=2, stride=2),
    nn.Conv2d(16, 32, kernel_size=7, dilation=2, padding=3),
    nn.ReLU(),
)
cnn(torch.rand(size=(1, 3, 1024, 1024), dtype=torch.float32)).shape
";

#[test]
fn a_sequential_is_a_chain_named_by_its_places() -> Result<(), Fault> {
    let model = read(SHEET)?;
    assert_eq!(model.name, "cnn");
    assert_eq!(
        names(&model),
        ["input", "0", "1", "2", "3", "4", "5", "6", "7"]
    );
    assert_eq!(
        kinds(&model),
        [
            "input",
            "Conv2d",
            "ReLU",
            "MaxPool2d",
            "Conv2d",
            "ReLU",
            "MaxPool2d",
            "Conv2d",
            "ReLU"
        ]
    );
    assert_eq!(
        model.nodes[0].work,
        Work::Input(Some(Shape(vec![1, 3, 1024, 1024])))
    );
    assert_eq!(model.notes[0].code, "input-from-source");
    let span = model.nodes[4]
        .span
        .map(|span| (span.source, span.line, span.column));
    assert_eq!(span, Some((0, 9, 5)));
    assert!(matches!(&model.modules[6].layer, Layer::Conv(conv) if conv.windows[0].dilation == 2));
    Ok(())
}
