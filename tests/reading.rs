//! Models read from PyTorch sources: files, notebooks, standard input, snippets.

use std::error::Error;
use std::fs;

use gradus::model::operation::{Binary, Reduction};
use gradus::model::{Fault, Layer, Model, Operation, Shape, Weights, Work};
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

fn read_with(text: &str, inputs: &[&[usize]]) -> Result<Model, Fault> {
    read::model(&ModelRequest {
        inputs: Some(inputs.iter().map(|&dims| Shape::from(dims)).collect()),
        ..source(text, None)
    })
}

/// The code and the message of what has to fail, and its line.
fn refused(text: &str) -> (String, String, Option<usize>) {
    match read(text) {
        Ok(model) => ("read".to_owned(), model.name, None),
        Err(fault) => (
            fault.code,
            fault.message,
            fault.place.map(|place| place.span.line),
        ),
    }
}

fn kinds(model: &Model) -> String {
    let kinds: Vec<_> = model.node_ids().map(|id| model.kind(id)).collect();
    kinds.join(" ")
}

fn names(model: &Model) -> String {
    let names: Vec<_> = model.nodes.iter().map(|node| node.name.as_str()).collect();
    names.join(" ")
}

/// What each node reads, as places of nodes.
fn reads(model: &Model) -> Vec<Vec<usize>> {
    let inputs = |node: &gradus::model::Node| node.inputs.iter().map(|port| port.node.0).collect();
    model.nodes.iter().map(inputs).collect()
}

fn notes(model: &Model) -> Vec<&str> {
    model.notes.iter().map(|note| note.code.as_str()).collect()
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
    assert_eq!(names(&model), "input 0 1 2 3 4 5 6 7");
    assert_eq!(
        kinds(&model),
        "input Conv2d ReLU MaxPool2d Conv2d ReLU MaxPool2d Conv2d ReLU"
    );
    assert_eq!(
        model.nodes[0].work,
        Work::Input(Some(Shape(vec![1, 3, 1024, 1024])))
    );
    assert_eq!(notes(&model), ["input-from-source"]);
    let span = model.nodes[4]
        .span
        .map(|span| (span.source, span.line, span.column));
    assert_eq!(span, Some((0, 9, 5)));
    assert!(matches!(&model.modules[6].layer, Layer::Conv(conv) if conv.windows[0].dilation == 2));
    Ok(())
}

#[test]
fn the_same_model_comes_from_every_origin() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let python = folder.path().join("net.py");
    fs::write(&python, SHEET)?;
    let cells: Vec<_> = [
        serde_json::json!({"cell_type": "markdown", "source": ["# A net"]}),
        serde_json::json!({"cell_type": "code", "source": "%matplotlib inline\nimport torch\n"}),
        serde_json::json!({"cell_type": "code", "source": ""}),
        serde_json::json!({"cell_type": "code", "source": SHEET}),
    ]
    .into();
    let notebook = folder.path().join("net.ipynb");
    fs::write(
        &notebook,
        serde_json::json!({"nbformat": 4, "cells": cells}).to_string(),
    )?;
    let expected = read(SHEET)?;
    for origin in [
        Origin::path(&python.display().to_string()),
        Origin::path(&notebook.display().to_string()),
        Origin::path(&format!("{}:cnn", notebook.display())),
        Origin::Stdin {
            text: fs::read(&notebook)?,
            expression: None,
        },
        Origin::Snippet(SHEET.replace(".shape", "")),
    ] {
        let model = read::model(&request(origin))?;
        assert_eq!(kinds(&model), kinds(&expected));
        assert_eq!(reads(&model), reads(&expected));
    }
    let model = read::model(&request(Origin::path(&notebook.display().to_string())))?;
    let place = model.nodes[1].span.ok_or("no place")?;
    assert!(
        model.sources[place.source]
            .name
            .ends_with("net.ipynb, cell 4")
    );
    Ok(())
}

#[test]
fn a_list_of_modules_repeated_shares_them() -> Result<(), Fault> {
    let model = read(
        "mlp = nn.Sequential(nn.Linear(1, 128), nn.Sigmoid(), *[nn.Linear(128, 128), nn.Sigmoid()] * 42,
                             nn.Linear(128, 2))",
    )?;
    let linear = |module: &gradus::model::Module| matches!(module.layer, Layer::Linear { .. });
    let entries: usize = model
        .modules
        .iter()
        .filter(|module| linear(module))
        .map(|module| module.paths.len())
        .sum();
    assert_eq!(entries, 44);
    assert_eq!(
        model.modules.iter().filter(|module| linear(module)).count(),
        3
    );
    assert_eq!(model.nodes.len(), 1 + 87);
    Ok(())
}

#[test]
fn every_form_of_a_sequential_is_read() -> Result<(), Fault> {
    for text in [
        "from collections import OrderedDict\nn = nn.Sequential(OrderedDict([('a', nn.Linear(2, 3)), ('b', nn.ReLU())]))",
        "n = nn.Sequential()\nn.add_module('a', nn.Linear(2, 3))\nn.append(nn.ReLU())",
        "n = nn.Sequential(*[layer for size in (3,) for layer in (nn.Linear(2, size), nn.ReLU())])",
        "l = []\nl += [nn.Linear(2, 3)]\nl.append(nn.ReLU())\nn = nn.Sequential(*l)",
        "m = nn.Sequential(nn.Tanh(), nn.Linear(2, 3), nn.ReLU(), nn.Tanh())\nn = m[1:-1]\ndel m",
        "n = nn.Sequential(nn.ReLU())\nn.insert(0, nn.Linear(2, 3))",
        "n = torch.nn.Sequential(torch.nn.Linear(2, 3)).extend([nn.ReLU()])",
    ] {
        assert_eq!(kinds(&read(text)?), "input Linear ReLU", "{text}");
    }
    Ok(())
}

const RESIDUAL: &str = "
class Block(nn.Module):
    def __init__(self, i, o, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(i, o, 3, stride=stride, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(o)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(o, o, 3, padding=1)
        self.down = nn.Conv2d(i, o, 1, stride) if stride != 1 else None

    def forward(self, x):
        out = self.relu(self.bn(self.conv1(x)))
        out = self.conv2(out)
        if self.down is not None:
            x = self.down(x)
        out += x
        return self.relu(out)

class Net(nn.Module):
    def __init__(self, classes=10):
        super(Net, self).__init__()
        self.layers = nn.ModuleList([Block(3, 8, 2)])
        self.fc = nn.Linear(8, classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode='fan_out')

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        x = F.adaptive_avg_pool2d(x, 1)
        return F.log_softmax(self.fc(torch.flatten(x, 1)), dim=1)
";

#[test]
fn a_class_is_traced_with_its_skip_and_its_second_calls() -> Result<(), Fault> {
    let model = read(RESIDUAL)?;
    assert_eq!(model.name, "Net");
    assert_eq!(
        kinds(&model),
        "input Conv2d BatchNorm2d ReLU Conv2d Conv2d add ReLU AdaptiveAvgPool2d Flatten Linear LogSoftmax"
    );
    assert!(
        names(&model).contains("layers.0.relu layers.0.conv2 layers.0.down add_1 layers.0.relu#2")
    );
    assert_eq!(reads(&model)[5..8], [vec![0], vec![4, 5], vec![6]]);
    assert_eq!(
        model.nodes[0].work,
        Work::Input(None),
        "nothing here asks for a size"
    );
    assert!(model.notes.is_empty());
    Ok(())
}

#[test]
fn an_input_is_guessed_only_where_sizes_are_asked_for() -> Result<(), Fault> {
    let text = RESIDUAL.replace("torch.flatten(x, 1)", "x.view(x.size(0), -1)");
    let model = read(&text)?;
    assert_eq!(
        model.nodes[0].work,
        Work::Input(Some(Shape(vec![1, 3, 224, 224])))
    );
    assert_eq!(notes(&model), ["input-assumed"]);
    let model = read_with(&text, &[&[4, 3, 64, 48]])?;
    assert_eq!(
        model.nodes[0].work,
        Work::Input(Some(Shape(vec![4, 3, 64, 48])))
    );
    assert!(model.notes.is_empty());
    Ok(())
}

#[test]
fn a_guess_has_to_fit_the_whole_model() -> Result<(), Fault> {
    let model = read(
        "
class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5)
        self.pool, self.fc = nn.MaxPool2d(2, 2), nn.Linear(16 * 5 * 5, 10)
    def forward(self, x):
        x = self.pool(F.relu(self.c1(x)))
        x = self.pool(F.relu(self.c2(x)))
        return self.fc(x.view(x.size(0), -1))
",
    )?;
    assert_eq!(
        model.nodes[0].work,
        Work::Input(Some(Shape(vec![1, 3, 32, 32])))
    );
    Ok(())
}

#[test]
fn a_u_net_joins_by_cat() -> Result<(), Fault> {
    let model = read_with(
        "
def double(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.ReLU())
class UNet(nn.Module):
    def __init__(self, depth=1):
        super().__init__()
        self.down, self.mid = double(1, 8), double(8, 16)
        self.pool, self.up = nn.MaxPool2d(2), nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.last = nn.Conv2d(16, 2, 1)
    def forward(self, x):
        a = self.down(x)
        b = self.up(self.mid(self.pool(a)))
        dy, dx = a.size()[2] - b.size()[2], a.shape[3] - b.shape[3]
        b = F.pad(b, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        return self.last(torch.cat([a, b], dim=1))
",
        &[&[1, 1, 33, 32]],
    )?;
    assert_eq!(
        kinds(&model),
        "input Conv2d ReLU MaxPool2d Conv2d ReLU ConvTranspose2d ZeroPad2d cat Conv2d"
    );
    assert_eq!(reads(&model)[8], [2, 7]);
    assert_eq!(
        model.nodes[8].work,
        Work::Operation(Operation::Cat { dim: 1 })
    );
    Ok(())
}

#[test]
fn a_vision_transformer_is_read() -> Result<(), Fault> {
    let model = read(
        "
class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.qkv, self.proj = nn.Linear(dim, dim * 3), nn.Linear(dim, dim)
    def forward(self, x):
        B, N, C = x.shape
        qkv = self.qkv(x).reshape(B, N, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv
        attention = ((q @ k.transpose(-2, -1)) * self.scale).softmax(dim=-1)
        return self.proj((attention @ v).transpose(1, 2).reshape(B, N, C))
class ViT(nn.Module):
    def __init__(self, image=224, patch=16, dim=64):
        super().__init__()
        self.patches = nn.Conv2d(3, dim, patch, patch)
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos = nn.Parameter(torch.randn(1, (image // patch) ** 2 + 1, dim) * 0.02)
        rates = [x.item() for x in torch.linspace(0, 0.1, 2)]
        self.drop = nn.Dropout(rates[1])
        self.attention, self.head = Attention(dim, 4), nn.Linear(dim, 10)
    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.cls.expand(x.shape[0], -1, -1), x), dim=1) + self.pos
        return self.head(self.drop(self.attention(x))[:, 0])
",
    )?;
    let parameters: Vec<_> = model
        .nodes
        .iter()
        .filter_map(|node| match &node.work {
            Work::Parameter(shape) => Some((node.name.as_str(), shape.to_string())),
            _ => None,
        })
        .collect();
    assert_eq!(
        parameters,
        [("cls", "1×1×64".to_owned()), ("pos", "1×197×64".to_owned())]
    );
    assert!(
        kinds(&model).contains(
            "Linear reshape permute unbind transpose matmul mul Softmax matmul transpose"
        )
    );
    assert_eq!(model.nodes[model.outputs[0].node.0].name, "head");
    Ok(())
}

#[test]
fn a_recurrent_classifier_is_read() -> Result<(), Fault> {
    let model = read(
        "
class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(1000, 32)
        self.lstm = nn.LSTM(32, 64, num_layers=2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(128, 2)
    def forward(self, ids):
        h = torch.zeros(4, ids.size(0), 64)
        out, (h, c) = self.lstm(self.embed(ids), (h, h))
        return self.fc(out[:, -1, :]), h[-1]
net = Classifier()
net(torch.randint(0, 1000, (8, 20)))
",
    )?;
    assert_eq!(
        kinds(&model),
        "input Embedding constant LSTM select Linear select"
    );
    assert_eq!(reads(&model)[3], [1, 2, 2]);
    assert_eq!(
        (model.outputs[1].node.0, model.nodes[6].inputs[0].output),
        (6, 1)
    );
    Ok(())
}

#[test]
fn tied_and_frozen_weights_are_seen() -> Result<(), Fault> {
    let model = read(
        "
class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn = nn.Embedding(100, 16), nn.GRU(16, 16, bias=False)
        self.out = nn.Linear(16, 100, bias=False)
        self.out.weight = self.embed.weight
        for p in self.rnn.parameters():
            p.requires_grad = False
    def forward(self, x):
        x, _ = self.rnn(self.embed(x))
        return self.out(x)
net = LM()
assert sum(p.numel() for p in net.parameters()) == 100 * 16 + 2 * 3 * 16 * 16
",
    )?;
    assert!(
        model.notes.is_empty(),
        "the sum above is right: {:?}",
        model.notes
    );
    let tied = (
        "weight".to_owned(),
        gradus::model::ModuleId(0),
        "weight".to_owned(),
    );
    assert_eq!(model.modules[2].weights, Weights::Tied(vec![tied]));
    assert_eq!(model.modules[1].frozen, ["weight_ih_l0", "weight_hh_l0"]);
    Ok(())
}

#[test]
fn functions_with_weights_are_given_them() -> Result<(), Fault> {
    let model = read_with(
        "
class N(nn.Module):
    def __init__(self):
        super().__init__()
        self.w, self.b = nn.Parameter(torch.randn(8, 3, 3, 3)), nn.Parameter(torch.zeros(8))
        self.register_buffer('k', torch.ones(1, 8, 1, 1))
    def forward(self, x):
        x = F.conv2d(x, self.w, self.b, padding=1) * self.k
        a, b = x.chunk(2, dim=1)
        return a.mean((2, 3)) - 2 * b.amax(dim=(2, 3))
net = N()",
        &[&[2, 3, 8, 8]],
    )?;
    assert_eq!(
        kinds(&model),
        "input parameter parameter Conv2d constant mul chunk mean max mul sub"
    );
    assert_eq!(model.modules[0].weights, Weights::Given);
    let reduction = |node: usize| match &model.nodes[node].work {
        Work::Operation(Operation::Reduce { kind, dims, .. }) => Some((*kind, dims.clone())),
        _ => None,
    };
    assert_eq!(reduction(7), Some((Reduction::Mean, vec![2, 3])));
    assert_eq!(reduction(8), Some((Reduction::Max, vec![2, 3])));
    assert_eq!(
        model.nodes[10].work,
        Work::Operation(Operation::Binary(Binary::Sub))
    );
    Ok(())
}

#[test]
fn what_a_training_file_does_besides_is_a_note() -> Result<(), Fault> {
    let model = read(
        "
import numpy as np
import matplotlib.pyplot as plt
from torch.utils.data import DataLoader
import torch.optim as optim
np.random.seed(0)
device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
loader = DataLoader([1], batch_size=4)
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).to(device)
optimizer = optim.SGD(net.parameters(), lr=1e-2)
criterion = nn.CrossEntropyLoss()
for x, y in loader:
    criterion(net(x), y).backward()
plt.plot([1])
",
    )?;
    assert_eq!(kinds(&model), "input Flatten Linear");
    assert_eq!(notes(&model), ["statement-failed"; 5]);
    assert!(
        model.notes[0].text.contains("numpy"),
        "{}",
        model.notes[0].text
    );
    Ok(())
}

#[test]
fn a_half_made_model_is_never_read() {
    let text = "import timm\nnet = nn.Sequential()\nfor _ in range(3):\n    net.append(nn.Linear(3, 3))\n    net.append(timm.Layer())";
    let (code, message, line) = refused(text);
    assert_eq!((code.as_str(), line), ("not-offered", Some(5)));
    assert!(message.contains("timm.Layer"), "{message}");
    let text = "import numpy as np\nsize = np.prod([2, 3])\nnet = nn.Linear(size, 3)";
    assert_eq!(refused(text).2, Some(2), "the fault is where it began");
    let broken = "net = nn.Linear(3, 3)\nhead = nn.Linear(3, 0)";
    assert_eq!(refused(broken).0, "invalid-argument");
}

#[test]
fn a_cell_that_is_not_needed_may_fail() -> Result<(), Box<dyn Error>> {
    let cells = [
        "net = nn.Linear(3, 4)",
        "x = 1 / 0\nlater = nn.ReLU()",
        "def (:",
        "other = nn.Tanh()",
    ];
    let cells: Vec<_> = cells
        .iter()
        .map(|text| serde_json::json!({"cell_type": "code", "source": text}))
        .collect();
    let notebook =
        serde_json::json!({"nbformat": 4, "nbformat_minor": 2, "cells": cells}).to_string();
    let ask = |name: &str| read::model(&source(&notebook, Some(name)));
    assert_eq!(notes(&ask("net")?), ["statement-failed"; 2]);
    assert_eq!(kinds(&ask("other")?), "input Tanh");
    assert_eq!(
        ask("later").map_err(|fault| fault.message),
        Err("ZeroDivisionError: division by zero".to_owned())
    );
    Ok(())
}

#[test]
fn the_model_is_chosen_by_an_expression() -> Result<(), Fault> {
    let text = "
class Net(nn.Module):
    def __init__(self, size, depth=1):
        super().__init__()
        self.layers = nn.Sequential(*[nn.Linear(size, size) for _ in range(depth)])
    def forward(self, x):
        return self.layers(x)
a, b = Net(2), nn.ReLU()
parts = [nn.ReLU(), nn.Tanh()]
";
    let ask = |name: &str| read::model(&source(text, Some(name)));
    assert_eq!(kinds(&ask("Net(3, depth=2)")?), "input Linear Linear");
    assert_eq!(kinds(&ask("a.layers")?), "input Linear");
    for (name, code) in [
        ("Net", "not-a-model"),
        ("parts", "not-a-model"),
        ("text", "unknown-name"),
        ("a b", "python-syntax"),
        ("1 + 1", "not-a-model"),
        ("Net()", "python-exception"),
    ] {
        assert_eq!(
            ask(name)
                .map(|model| model.name)
                .map_err(|fault| fault.code),
            Err(code.to_owned()),
            "{name}"
        );
    }
    let several = read(text).map_err(|fault| (fault.code, fault.help.join(" ")));
    let Err((code, help)) = several else {
        return several
            .map(|_| ())
            .map_err(|(code, help)| Fault::new(&code, help));
    };
    assert_eq!(code, "several-models");
    assert!(
        help.contains("`a`, <stdin>:8") && help.contains("`b`"),
        "{help}"
    );
    Ok(())
}

#[test]
fn errors_stand_where_the_source_makes_them() {
    for (text, code, part, line) in [
        (
            "n = nn.Sequential(\n  nn.Conv2d(3, 8, kernel_sise=3))",
            "unknown-argument",
            "kernel_sise",
            2,
        ),
        (
            "n = nn.Sequential(\n  nn.Conv2d(3, 8, 3),\n  nn.Conv2d(4, 8, 3))\nn(torch.rand(1, 3, 9, 9))",
            "shape-mismatch",
            "layer `1` (Conv2d)",
            3,
        ),
        (
            "n = nn.Linear(2, 3, True, None, None, 4)",
            "unknown-argument",
            "at most 5",
            1,
        ),
        (
            "n = nn.Conv2d(3, 8, 3, stride=0)",
            "invalid-argument",
            "stride",
            1,
        ),
        ("n = nn.Conv2D(3, 8, 3)", "python-exception", "Conv2d", 1),
        (
            "n = nn.Sequential(nn.ReLU)",
            "python-exception",
            "ReLU is not a Module subclass",
            1,
        ),
        (
            "n = nn.Sequential(\n  nn.ReLU(),\n",
            "python-syntax",
            "never closed",
            1,
        ),
        (
            "x = 1\nraise ValueError('no')",
            "python-exception",
            "ValueError: no",
            2,
        ),
        ("n = m\n", "unknown-name", "'m' is not defined", 1),
        (
            "class N(nn.Module):\n  def forward(self, x):\n    if x.sum() > 0:\n      return x\n    return -x\nn = N()",
            "values-needed",
            "depends on the value",
            3,
        ),
        (
            "class N(nn.Module):\n  def forward(self, x):\n    return torch.fft.fft(x)\nn = N()",
            "not-offered",
            "torch.fft",
            3,
        ),
        (
            "class N(nn.Module):\n  def __init__(self):\n    self.l = nn.Linear(2, 2)\nn = N()",
            "python-exception",
            "before Module.__init__()",
            3,
        ),
    ] {
        let (found, message, at) = refused(text);
        assert_eq!(
            (found.as_str(), at),
            (code, Some(line)),
            "{text}: {message}"
        );
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn what_is_no_model_is_said() {
    for (bytes, code) in [
        (&b""[..], "no-model"),
        (b"# nothing", "no-model"),
        (b"x = 3", "no-model"),
        (b"\xff\xfe\x00", "not-text"),
        (b"net = 1\0", "not-text"),
        (br#"{"nbformat": 4, "cells": []}"#, "no-model"),
        (
            br#"{"nbformat": 4, "cells": [{"cell_type": "code""#,
            "json-syntax",
        ),
    ] {
        let origin = Origin::Stdin {
            text: bytes.to_vec(),
            expression: None,
        };
        let fault = read::model(&request(origin))
            .map(|model| model.name)
            .map_err(|fault| fault.code);
        if code == "json-syntax" {
            assert!(fault.is_err(), "{bytes:?}");
        } else {
            assert_eq!(fault, Err(code.to_owned()), "{bytes:?}");
        }
    }
    let missing = read::model(&request(Origin::path("no/such/file.py")));
    assert_eq!(
        missing.map_err(|fault| fault.code).err().as_deref(),
        Some("unreadable-file")
    );
}

#[test]
fn an_unknown_layer_leaves_its_output_open() -> Result<(), Fault> {
    let text = "net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Foo(8), nn.ReLU())";
    let model = read(text)?;
    assert_eq!(notes(&model), ["unknown-layer"]);
    assert_eq!(
        model.modules[1].layer,
        Layer::Unknown {
            class: "Foo".to_owned()
        }
    );
    let assumed = read::model(&ModelRequest {
        assume: vec!["Foo".to_owned()],
        ..source(text, None)
    })?;
    assert_eq!(notes(&assumed), ["assumed-pointwise"]);
    assert_eq!(
        assumed.modules[1].layer,
        Layer::AssumedPointwise {
            class: "Foo".to_owned()
        }
    );
    Ok(())
}

#[test]
fn a_layer_in_a_plain_list_is_pointed_out() -> Result<(), Fault> {
    let model = read(
        "
class N(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(4, 4)]
    def forward(self, x):
        return F.relu(self.layers[0](x))
net = N()",
    )?;
    assert_eq!(notes(&model), ["unregistered-module"]);
    assert!(model.modules.iter().all(|module| module.paths.is_empty()));
    Ok(())
}

#[test]
fn every_form_of_an_import_may_name_what_is_not_here() -> Result<(), Fault> {
    let model = read(
        "
import torch.utils.checkpoint as cp, os.path
import torch.optim
import numpy.linalg as la
import torchvision.transforms as T
from torch.nn.modules import Conv2d
from .utils import helper
from hw4.answers import part
from dataclasses import dataclass
@dataclass
class Config:
    size: int = 3
net = nn.Sequential(Conv2d(Config().size, 8, 3))
optimizer = torch.optim.Adam(net.parameters())
pipeline = T.Compose([])
",
    )?;
    assert_eq!(kinds(&model), "input Conv2d");
    assert_eq!(notes(&model), ["statement-failed"; 2]);
    Ok(())
}
