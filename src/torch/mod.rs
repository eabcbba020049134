//! PyTorch sources, run in a sandboxed interpreter and traced into models.
