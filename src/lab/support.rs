//! The support of a gradient: which input positions an output unit depends on, measured.
