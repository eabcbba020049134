use super::*;
use crate::grade::assignment::Assignment;
use crate::grade::page::lines_of_text;
use crate::model::{Fault, Source};

fn came(answer: &str) -> Result<String, Fault> {
    let text = "title = 't'\n[[question]]\nid = 'a'\ntitle = 'a'\nnumber = 1\nwritten = 'expression'\nask = 'grad-check'\nkey = 'W'\n";
    let source = Source {
        name: "a.toml".to_owned(),
        text: text.to_owned(),
    };
    let item = Assignment::parse(&source)?.items.swap_remove(0);
    let lines = lines_of_text(answer);
    let lines: Vec<&Line> = lines.iter().collect();
    Ok(match read(&lines, &item) {
        Found::Work(_, Work::Expression(python)) => python,
        Found::Work(_, Work::Formula) => "LaTeX".to_owned(),
        Found::Work(_, Work::Function(_)) | Found::Answer(_) | Found::Words(_) => {
            "a value".to_owned()
        }
        Found::Blank(_) => "blank".to_owned(),
        Found::Unreadable(reading) => format!("unreadable: {}", reading.reason),
    })
}

#[test]
fn expressions_are_read_as_they_stand() -> Result<(), Fault> {
    for (answer, expected) in [
        ("dW = 0.5 * G.T @ X", "0.5 * G.T @ X"),
        ("**Answer:** `dW = 0.5 * G.T @ X`", "0.5 * G.T @ X"),
        (
            "**Answer:** the gradient is `0.5*G.T@X`, since X is a constant.",
            "0.5*G.T@X",
        ),
        ("**Answer:** 0.5*G.T@X*2", "0.5*G.T@X*2"),
        ("dW = 0.5 * G^T @ X", "0.5 * G.T @ X"),
        ("dW = 0.5 * Gᵀ @ X.", "0.5 * G.T @ X"),
        ("∂L/∂W = −G^{T} @ X", "-G.T @ X"),
        ("dX = G @ W\ndW = G.T @ X\ndb = G.sum(0)", "G.T @ X"),
        ("dX: `G @ W`\n\n`dW = G.T @ X`", "G.T @ X"),
        (
            "```python\ndelta = (p - y) / N\ndW = delta.T @ h + lam * W  # both terms\n```",
            "((p - y) / N).T @ h + lam * W",
        ),
        (
            "```\nW.grad = torch.einsum('no,ni->oi', G, X)[:, None]\n```",
            "torch.einsum('no,ni->oi', G, X)[:, None]",
        ),
        ("`W` gets `0.5 * G.T @ X`.", "0.5 * G.T @ X"),
        ("so dW is\n\n0.5 * G.T @ X", "0.5 * G.T @ X"),
        ("dW = G", "G"),
        (
            "**Answer:** dW = (G * (1 - X ** 2))^T @ X",
            "(G * (1 - X ** 2)).T @ X",
        ),
        ("**dW = G.T @ X**", "G.T @ X"),
    ] {
        assert_eq!(came(answer)?, expected, "{answer}");
    }
    Ok(())
}

#[test]
fn what_is_not_certain_is_not_read() -> Result<(), Fault> {
    for answer in [
        "dW = 0.5 G^T X",
        "dW = 0.5 · G.T @ X",
        "dW = sum_i G_i x_i^T",
        "dW = G**2 X",
        "dW = X^2",
        "dW = (G.T @ X",
        "dW = 'G'",
        "It is half of the upstream gradient times X.",
        "`0.5 * G.T @ X` or `G.T @ X`",
        "dW = G.T @ X\ndW = X.T @ G",
        "W",
        "dX = G @ W",
    ] {
        let came = came(answer)?;
        assert!(came.starts_with("unreadable"), "{answer}: {came}");
    }
    Ok(())
}

#[test]
fn latex_is_for_a_person() -> Result<(), Fault> {
    for answer in [
        r"**Answer:** $\frac{\partial L}{\partial W} = 0.5 G^T X$",
        "$$\n\\nabla_W L = G^\\top X\n$$",
        "\\begin{align}\ndW &= G^T X\n\\end{align}",
    ] {
        assert_eq!(came(answer)?, "LaTeX", "{answer}");
    }
    // An expression beside the derivation counts.
    assert_eq!(came("$\\delta = 2$, so `dW = 2 * G`")?, "2 * G");
    Ok(())
}
