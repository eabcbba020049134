//! Hostile programs: each costs its own answer only, within the limits, and says what happened.

use std::time::{Duration, Instant};

use gradus::model::Fault;
use gradus::read::{self, ModelRequest};
use gradus::torch::Interpreter;

use crate::reading::source;

/// Reads with a limit of two seconds and 512 MiB.
fn read(text: &str) -> Result<String, Fault> {
    let request = source(text, None);
    let interpreter = Interpreter {
        time_limit: Duration::from_secs(2),
        memory_limit: 512 << 20,
        ..request.interpreter
    };
    let request = ModelRequest {
        interpreter,
        ..request
    };
    read::model(&request).map(|model| model.name)
}

#[test]
fn what_reaches_for_the_host_is_not_offered() {
    for text in [
        "import os\nos.system('ls')",
        "import os\nprint(os.environ)",
        "open('/etc/passwd').read()",
        "import socket\nsocket.socket()",
        "from subprocess import run\nrun(['ls'])",
        "__import__('os').listdir('/')",
        "import pathlib\npathlib.Path('/').iterdir()",
        "import ctypes\nctypes.CDLL(None)",
        "input()",
        "import importlib\nimportlib.import_module('os').getcwd()",
        "torch.load('weights.pt')",
    ] {
        assert_eq!(
            read(text).map_err(|fault| fault.code),
            Err("not-offered".to_owned()),
            "{text}"
        );
    }
}

#[test]
fn no_file_can_be_opened_by_another_name() {
    for text in [
        "import io\nio.open('/etc/passwd').read()\nnet = nn.ReLU()",
        "import _io\n_io.FileIO('/etc/passwd').read()\nnet = nn.ReLU()",
        "import posix\nposix.open('/etc/passwd', 0)\nnet = nn.ReLU()",
        "[c for c in object.__subclasses__() if c.__name__ == 'FileIO'][0]('/etc/passwd')\nnet = nn.ReLU()",
    ] {
        let outcome = read(text);
        let noted = matches!(&outcome, Ok(name) if name == "net");
        assert!(noted || outcome.is_err(), "{text}: {outcome:?}");
        if text.contains("FileIO") {
            assert!(outcome.is_err(), "{text} ended without an exception");
        }
    }
}

#[test]
fn memory_is_limited() {
    for text in [
        "x = [0] * 10**12",
        "x = bytearray(10**12)",
        "x = 'a' * 10**15",
        "x = 1 << 10**12",
        "x = [bytearray(10**7) for _ in range(10**6)]",
    ] {
        assert_eq!(
            read(text).map_err(|fault| fault.code),
            Err("memory-limit".to_owned()),
            "{text}"
        );
    }
}

#[test]
fn tensors_and_layers_take_no_memory() -> Result<(), Fault> {
    assert_eq!(
        read("x = torch.zeros(10**9, 10**9)\nnet = nn.Linear(2**31 - 1, 2**31 - 1)")?,
        "net"
    );
    Ok(())
}

#[test]
fn time_is_limited() {
    for text in [
        "while True: pass",
        "while True:\n  try:\n    print('x' * 10**6)\n  except BaseException: pass",
        "class N(nn.Module):\n  def forward(self, x):\n    while True: x = x + 1\nnet = N()",
    ] {
        let start = Instant::now();
        let code = read(text).map_err(|fault| fault.code);
        // The third may come to its limit of memory first.
        assert!(
            matches!(&code, Err(code) if ["time-limit", "memory-limit"].contains(&code.as_str())),
            "{text}: {code:?}"
        );
        assert!(start.elapsed() < Duration::from_secs(30), "{text}");
    }
}

#[test]
fn recursion_is_an_exception_or_a_named_end() {
    for text in [
        "def f(n): return f(n + 1)\nf(0)",
        "import sys\nsys.setrecursionlimit(10**9)\ndef f(n): return f(n + 1)\nf(0)",
        "class N(nn.Module):\n  def forward(self, x): return self(x)\nnet = N()",
        "a = []\na.append(a)\nnet = nn.Conv2d(3, 8, a)",
        "n = nn.ReLU()\nfor _ in range(5000): n = nn.Sequential(n)",
    ] {
        let fault = read(text).map_err(|fault| (fault.code, fault.message));
        assert!(
            matches!(&fault, Err((code, message)) if code == "python-exception" && message.starts_with("RecursionError")),
            "{text}: {fault:?}"
        );
    }
    let sum = format!("x = {}", vec!["1"; 200_000].join("+"));
    assert_eq!(
        read(&sum).map_err(|fault| fault.code),
        Err("interpreter-stack".to_owned())
    );
}

#[test]
fn deep_nesting_is_refused_before_it_is_parsed() {
    let brackets = format!("x = {}{}", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(
        read(&brackets).map_err(|fault| fault.code),
        Err("too-nested".to_owned())
    );
    let blocks: String = (0..500)
        .map(|depth| " ".repeat(depth) + "if 1:\n")
        .collect();
    assert_eq!(
        read(&blocks).map_err(|fault| fault.code),
        Err("too-nested".to_owned())
    );
}

#[test]
fn printing_is_limited_and_never_seen() -> Result<(), Fault> {
    for text in [
        "print('x' * 10**8)",
        "for _ in range(10**7): print('hello, hello, hello')",
    ] {
        assert_eq!(
            read(text).map_err(|fault| fault.code),
            Err("output-limit".to_owned()),
            "{text}"
        );
    }
    assert_eq!(read("print('{\"Ok\": 1}')\nnet = nn.ReLU()")?, "net");
    Ok(())
}

#[test]
fn a_program_that_ends_itself_is_told() -> Result<(), Fault> {
    assert_eq!(
        read("import sys\nsys.exit(3)").map_err(|fault| fault.code),
        Err("program-exit".to_owned())
    );
    assert_eq!(
        read("raise SystemExit").map_err(|fault| fault.code),
        Err("program-exit".to_owned())
    );
    assert_eq!(read("net = nn.ReLU()\nexit = 1\nraise SystemExit")?, "net");
    Ok(())
}

#[test]
fn a_binary_that_does_not_answer_is_told() {
    let request = source("net = nn.ReLU()", None);
    for (program, code) in [
        ("/no/such/program", "interpreter-unavailable"),
        ("/bin/false", "interpreter-fault"),
        ("/bin/echo", "interpreter-fault"),
    ] {
        let request = ModelRequest {
            interpreter: Interpreter::new(program),
            ..request.clone()
        };
        let fault = read::model(&request)
            .map(|model| model.name)
            .map_err(|fault| fault.code);
        assert_eq!(fault, Err(code.to_owned()), "{program}");
    }
}
