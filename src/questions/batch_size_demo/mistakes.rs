//! The mistakes that people make about batch sizes. A title completes "this is what … leads to", or "this is the number
//! that … gives".

use crate::questions::Mistake;

pub(super) const IN_PROPORTION: Mistake = Mistake {
    code: "iterations-in-proportion",
    title: "taking the number of iterations to go down in proportion to the batch",
    page: include_str!("mistakes/iterations-in-proportion.md"),
};

pub(super) const EPOCHS_FOR_ITERATIONS: Mistake = Mistake {
    code: "epochs-for-iterations",
    title: "counting epochs, or samples, in place of iterations",
    page: include_str!("mistakes/epochs-for-iterations.md"),
};

pub(super) const ALWAYS_FEWER: Mistake = Mistake {
    code: "always-fewer",
    title: "expecting a larger batch to help where noise no longer counts",
    page: include_str!("mistakes/always-fewer.md"),
};

/// Every mistake, the commonest first.
pub(super) static MISTAKES: [Mistake; 3] = [IN_PROPORTION, EPOCHS_FOR_ITERATIONS, ALWAYS_FEWER];
