//! Receptive fields: which input positions an output position can depend on.
