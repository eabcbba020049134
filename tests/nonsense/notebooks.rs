//! Notebooks that are none, or that have no network.

use super::Nonsense;

/// A notebook with one code cell.
fn with_cell(source: &str) -> String {
    serde_json::json!({
        "cells": [{
            "cell_type": "code", "id": "a", "metadata": {}, "execution_count": null, "outputs": [], "source": source,
        }],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
    })
    .to_string()
}

pub(super) fn cases() -> Vec<Nonsense> {
    let notebook = |text: &str, says| Nonsense::file("sheet.ipynb", text, says);
    vec![
        notebook("", "notebook"),
        notebook("import torch", "notebook"),
        notebook("{}", "notebook"),
        notebook("[]", "notebook"),
        notebook("{\"cells\": 3}", "notebook"),
        notebook(
            "{\"cells\": [{\"cell_type\": \"code\"}], \"nbformat\": 4}",
            "notebook",
        ),
        notebook(&with_cell("x = 1")[..60], "notebook"),
        notebook(
            "{\"cells\": [], \"metadata\": {}, \"nbformat\": 4, \"nbformat_minor\": 5}",
            "no code",
        ),
        notebook(&with_cell("x = 1"), "no model is made"),
        notebook(&with_cell("net = nn.Linear(2"), "cell"),
        notebook(
            &with_cell("net = nn.Linear(2, 3, 4, 5, 6, 7, 8, 9)"),
            "Linear",
        ),
        Nonsense::file("bytes.ipynb", vec![0xff, 0xfe, 0x00, 0x80], "text"),
    ]
}
