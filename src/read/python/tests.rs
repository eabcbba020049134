use super::StatementKind::{Assignment, Block, Class, Function, Import, Other};
use super::*;

fn kinds(text: &str) -> Vec<(StatementKind, String, usize)> {
    let statements = outline(text);
    statements
        .into_iter()
        .map(|statement| (statement.kind, statement.binds.join(" "), statement.line))
        .collect()
}

fn uses(text: &str) -> String {
    let uses: Vec<String> = outline(text)[0].uses.iter().cloned().collect();
    uses.join(" ")
}

#[test]
fn statements_are_told_apart() {
    let text = "import torch, numpy as np\nfrom a.b import (c,\n    d as e)\n\n@wrap(1)\n\ndef f(x):\n    \"\"\"a\nb\n\"\"\"\n    \
                if x:\n        return 1\n# c\n    return 2\n\nclass A(B):\n    x = 1\n\na, (b[i], c.d) = 1, 2\nfor i in r:\n    t = 3\n\
                print(f(1))\nif a:\n    k = 1\nelse:\n    k = 2\n";
    let expected = [
        (Import, "torch np", 1),
        (Import, "c e", 2),
        (Function, "f", 5),
        (Class, "A", 16),
        (Assignment, "a b c", 19),
        (Other, "i t", 20),
        (Other, "", 22),
        (Block, "k k", 23),
    ];
    let expected: Vec<_> = expected
        .map(|(kind, names, line)| (kind, names.to_owned(), line))
        .into();
    assert_eq!(kinds(text), expected);
}

#[test]
fn a_statement_is_quoted_with_its_decorators() {
    let text = "x = 1\n@a\ndef f(x):\n    return (x +\n 1)\n\n\n# end\ny = 2";
    assert_eq!(
        &text[outline(text)[1].range.clone()],
        "@a\ndef f(x):\n    return (x +\n 1)"
    );
}

#[test]
fn what_a_statement_stores_to() {
    for (text, binds) in [
        ("x: int = 3", "x"),
        ("x = y = f(z=1)", "x y"),
        ("x[i, j] += k", "x"),
        ("a.b.c = 1", "a"),
        ("a = 1; b = 2", "a b"),
        ("f(x=1)", ""),
        ("x == 1", ""),
        ("from m import *", "*"),
        ("import a.b.c", "a"),
        ("[a, b] = c", "a b"),
        ("f = lambda x: x", "f"),
    ] {
        assert_eq!(outline(text)[0].binds.join(" "), binds, "{text}");
    }
}

#[test]
fn what_a_statement_uses() {
    for (text, expected) in [
        (
            "def f(ctx, G, k=half):\n    X, W = ctx.saved\n    for i in range(2):\n        t = i\n    return helper(X) @ W.T * t",
            "def for half helper in range return",
        ),
        ("y = f(x.y) + f'{z}'", "f x y z"),
        (
            "def f(a):\n    g = lambda b: b + c\n    return g(a)",
            "a b c def g lambda return",
        ),
        (
            "def f(a: Tensor) -> torch.Tensor: return a",
            "Tensor def return torch",
        ),
    ] {
        assert_eq!(uses(text), expected, "{text}");
    }
}

#[test]
fn stubs_are_known() {
    for text in [
        "def f(x):\n    pass",
        "def f(x): ...",
        "def f(x):\n    \"\"\"Says what it does.\"\"\"\n    # === YOUR CODE ===\n    raise NotImplementedError('todo')",
        "def f(x):\n    return None",
        "@staticmethod\ndef f(x):\n    pass",
    ] {
        assert!(outline(text)[0].is_stub(text), "{text}");
    }
    for text in [
        "def f(x):\n    return x",
        "def f(x): return x",
        "f = 3",
        "def f(x):\n    raise ValueError()",
    ] {
        assert!(!outline(text)[0].is_stub(text), "{text}");
    }
}

#[test]
fn a_text_with_errors_has_an_outline() {
    for text in [
        "def f(x\n  return",
        "def",
        "@",
        "class",
        "import",
        "from x",
        "x =",
        "= x",
        "for",
        "as",
        "]",
        "a[",
        "(:=",
    ] {
        let _ = outline(text);
    }
    assert!(outline("def f(x)\n    return x\n")[0].defines("f"));
}
