//! `nn.Embedding` and `torch.gather`, run as somebody would write them, in the sandbox.

use super::arguments::{Asked, Index};
use crate::model::{Fault, Source};
use crate::theory::embedding::gather;
use crate::torch::Interpreter;
use crate::torch::run::{Event, RunRequest};

/// Axes are cut to this for a run; what a gather compares stays as it is.
const AXIS: u64 = 8;

/// What the sandbox said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ran {
    /// The sizes that it was run at.
    pub(super) sizes: Sizes,
    /// What `nn.Embedding` gives has this shape.
    pub(super) embedded: Vec<usize>,
    /// Whether the gather gives the same numbers; `None` where it raises.
    pub(super) same: Option<bool>,
    /// What it raises.
    pub(super) raised: Option<String>,
}

/// Sizes that are small enough to run, and alike to those that were asked about in what decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) shape: Vec<usize>,
    pub(super) tokens: usize,
    pub(super) dim: usize,
}

impl Sizes {
    /// Along the second of two axes an index is compared with the vector: what is longer stays longer.
    pub(super) fn of(asked: &Asked) -> Self {
        let small = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let most = match asked.shape.len() {
            0..=4 => AXIS,
            _ => AXIS / 2,
        };
        let mut shape: Vec<u64> = asked.shape.iter().map(|axis| (*axis).min(most)).collect();
        let mut dim = asked.dim.min(AXIS);
        if let ([_, width], [_, cut]) = (&asked.shape[..], &mut shape[..])
            && *width > asked.dim
        {
            *cut = (*width).min(AXIS);
            dim = asked.dim.min(AXIS - 1);
        }
        Self {
            shape: shape.into_iter().map(small).collect(),
            tokens: small(asked.tokens.min(50)),
            dim: small(dim),
        }
    }

    fn positions(&self) -> usize {
        self.shape.iter().product()
    }

    /// The shape that the gather's index has.
    pub(super) fn index(&self, form: Index) -> Vec<usize> {
        match form {
            Index::X => self.shape.clone(),
            Index::Flat => vec![self.positions()],
            Index::Column => vec![self.positions(), 1],
            Index::Repeated => vec![self.positions(), self.dim],
        }
    }

    /// Whether the gather gives what the embedding gives, by the rule of shapes: `None` where it does not run. Each place of the result has a number
    /// of its own column, so all columns have to be there.
    pub(super) fn by_rule(&self, form: Index) -> Option<bool> {
        let index = self.index(form);
        gather(&[self.tokens, self.dim], 0, &index).ok()?;
        let rows = matches!(form, Index::Column | Index::Repeated);
        Some(rows && index[1] == self.dim)
    }
}

/// Runs both.
///
/// # Errors
/// If the sandbox cannot be had.
pub(super) fn run(asked: &Asked) -> Result<Ran, Fault> {
    let sizes = Sizes::of(asked);
    let interpreter = Interpreter::here()
        .map_err(|error| Fault::new("sandbox-unavailable", error.to_string()))?;
    let text = program(&sizes, asked.index);
    let request = RunRequest {
        sources: vec![Source {
            name: "<gather>".to_owned(),
            text,
        }],
        stop: true,
        ..RunRequest::default()
    };
    let mut printed = String::new();
    let mut raised = None;
    interpreter.run(&request, &mut |event| match event {
        Event::Printed(text) => printed.push_str(&text),
        Event::Failed(failure) => raised = Some(format!("{}: {}", failure.class, failure.message)),
        _ => {}
    })?;
    let mut lines = printed.lines();
    let embedded = lines.next().unwrap_or_default().split_whitespace();
    let embedded = embedded.filter_map(|axis| axis.parse().ok()).collect();
    let same = lines.next().map(|line| line.trim() == "True");
    Ok(Ran {
        sizes,
        embedded,
        same,
        raised,
    })
}

fn program(sizes: &Sizes, form: Index) -> String {
    let shape: Vec<String> = sizes.shape.iter().map(usize::to_string).collect();
    format!(
        "import torch
from torch import nn
embedding = nn.Embedding({tokens}, {dim})
E = embedding.weight
X = (torch.arange({positions}) * 7 % {tokens}).reshape({shape})
Y = embedding(X)
print(*Y.shape)
Z = torch.gather(E, 0, {index})
print(Z.numel() == Y.numel() and torch.equal(Z.reshape(Y.shape), Y))
",
        tokens = sizes.tokens,
        dim = sizes.dim,
        positions = sizes.positions(),
        shape = shape.join(", "),
        index = form.code(),
    )
}
