//! Parameters and buffers of a layer: names, shapes, whether they train.
