//! Notebooks: their cells, as code and as text.
