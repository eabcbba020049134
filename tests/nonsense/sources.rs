//! Python that is none, that has no network, or that does what it must not.

use super::Nonsense;

/// Sources, and what the error says about them.
const SOURCES: &[(&str, &str)] = &[
    ("", "is empty"),
    ("# nothing but a comment", "no model is made"),
    ("x = 42", "no model is made"),
    ("def f(:\n    pass", "net.py"),
    ("net = nn.Linear(2, 3", "net.py"),
    ("  net = nn.Linear(2, 3)", "net.py"),
    ("net = nn.Linear(2)", "out_features"),
    ("net = nn.Linear('two', 3)", "in_features"),
    ("net = nn.Conv2d(3, 4, 3, strides=2)", "strides"),
    ("net = nn.Conv2d(3, 4, 3, groups=2)", "groups"),
    ("net = nn.Conv2d(3, 4, 0)", "kernel_size"),
    ("net = nn.Conv2d(2**40, 4, 3)", "in_channels"),
    ("net = nn.Conv2d(10**400, 4, 3)", "larger than"),
    ("net = nn.Conv2d(float('nan'), 4, 3)", "in_channels"),
    ("net = nn.Conv2d(3, 4, 3, stride=-1)", "stride"),
    ("net = nn.MaxPool2d(2, padding=3)", "padding"),
    (
        "net = nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 5))\nnet(torch.rand(1, 2))",
        "4",
    ),
    ("net = nn.Sequential(nn.Linear(2, 3), 'relu')", "net.py"),
    ("net = nn.Sequential(nn.Linear)", "net.py"),
    ("net = nn.Sequential(*[nn.Linear(2, 2)] * 10**9)", "memory"),
    ("net = undefined_name(3)", "undefined_name"),
    (
        "raise ValueError('no model today')\nnet = nn.Linear(2, 3)",
        "no model today",
    ),
    ("raise SystemExit(0)\nnet = nn.Linear(2, 3)", "net.py"),
    ("import sys\nsys.exit(0)\nnet = nn.Linear(2, 3)", "net.py"),
    ("assert False, 'never'\nnet = nn.Linear(2, 3)", "never"),
    ("import os\nnet = nn.Linear(os.system('true') + 2, 3)", "os"),
    ("import os\nnet = nn.Linear(len(os.listdir('/')), 3)", "os"),
    (
        "import subprocess\nnet = nn.Linear(len(subprocess.run(['ls']).args), 3)",
        "subprocess",
    ),
    (
        "import socket\nnet = nn.Linear(socket.AF_INET, 3)",
        "socket",
    ),
    (
        "import numpy as np\nnet = nn.Linear(np.prod([2, 3]), 3)",
        "numpy",
    ),
    (
        "text = open('/etc/passwd').read()\nnet = nn.Linear(len(text), 3)",
        "open",
    ),
    (
        "size = open('made.txt', 'w').write('x')\nnet = nn.Linear(size, 3)",
        "open",
    ),
    (
        "import ctypes\nnet = nn.Linear(len(ctypes.string_at(0)), 3)",
        "ctypes",
    ),
    ("name = input()\nnet = nn.Linear(len(name), 3)", "input"),
    ("many = [0] * 10**12\nnet = nn.Linear(2, 3)", "memory"),
    ("many = 'a' * 10**15\nnet = nn.Linear(2, 3)", "memory"),
    ("many = bytearray(10**12)\nnet = nn.Linear(2, 3)", "memory"),
    ("big = 1 << 10**12\nnet = nn.Linear(2, 3)", "memory"),
    (
        "many = []\nwhile True:\n    many.append(bytearray(10**7))\nnet = nn.Linear(2, 3)",
        "memory",
    ),
    (
        "def f(n):\n    return f(n + 1)\nf(0)\nnet = nn.Linear(2, 3)",
        "recursion",
    ),
    (
        "import sys\nsys.setrecursionlimit(10**9)\ndef f(n):\n    return f(n + 1)\nf(0)\nnet = nn.Linear(2, 3)",
        "recursion",
    ),
    (
        "class A:\n    def __getattr__(self, name):\n        return getattr(self, name + 'x')\nA().y\nnet = nn.Linear(2, 3)",
        "recursion",
    ),
    (
        "for i in range(10**6):\n    print('x' * 100)\nnet = nn.Linear(2, 3)",
        "prints more",
    ),
    ("print('x' * 10**8)\nnet = nn.Linear(2, 3)", "prints more"),
    ("net = nn.Linear(1, 1) if 1/0 else None", "division"),
    ("exec('net = nn.Linear(2')", "net.py"),
    ("a = nn.Linear(2, 3)\nb = nn.Linear(3, 4)", "2 models"),
    (
        "class Net(nn.Module):\n    def forward(self, x):\n        return self.missing(x)\nnet = Net()\nnet(torch.rand(1, 2))",
        "missing",
    ),
    (
        "class Net(nn.Module):\n    def __init__(self):\n        self.a = nn.Linear(2, 3)\n    def forward(self, x):\n        return self.a(x)\nnet = Net()",
        "__init__",
    ),
    (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Conv2d(3, 4, 3)\n\n    def forward(self, x):\n        return self.a(x) + 'bias'\nnet = Net()\nnet(torch.rand(1, 3, 8, 8))",
        "str",
    ),
    (
        "class Net(nn.Module):\n    def forward(self, x):\n        while True:\n            x = x + 1\nnet = Net()\nnet(torch.rand(1, 2))",
        "",
    ),
];

pub(super) fn cases() -> Vec<Nonsense> {
    let input = &["--input", "1x2", "--time-limit", "2"];
    let plain = SOURCES.iter().map(|(text, says)| {
        let case = Nonsense::file("net.py", *text, says);
        // Where the source calls the network itself, it gives the input.
        if text.contains("torch.rand(") {
            case.asked(&["shape", "FILE", "--time-limit", "2"])
        } else {
            case.asked(&[&["shape", "FILE"], &input[..]].concat())
        }
    });
    let slow = [
        "while True:\n    pass\nnet = nn.Linear(2, 3)",
        "n = sum(range(10**12))\nnet = nn.Linear(2, 3)",
    ];
    let slow = slow.map(|text| {
        Nonsense::file("net.py", text, "time").asked(&["shape", "FILE", "--time-limit", "1"])
    });
    let generated = [
        (
            "deep.py",
            format!("net = {}1{}", "(".repeat(100_000), ")".repeat(100_000)),
            "nest",
        ),
        ("wide.py", format!("net = {}", "-".repeat(100_000)), ""),
        ("zeros.py", "\0\0\0\0".to_owned(), ""),
    ];
    let generated = generated.map(|(name, text, says)| {
        Nonsense::file(name, text, says).asked(&["shape", "FILE", "--input", "1x2"])
    });
    let bytes = Nonsense::file("net.py", vec![0xff, 0xfe, 0x80, 0x00], "text");
    plain.chain(slow).chain(generated).chain([bytes]).collect()
}
