//! From text to a subject: PyTorch sources, notebooks, JSON models, and values as people write them.
