//! The mistakes that people make about gradient descent and SGD. A title completes "this is what … leads to", or "this
//! is the number that … gives".

use crate::questions::Mistake;

pub(super) const QUIETER: Mistake = Mistake {
    code: "noise-taken-for-quiet",
    title: "taking the gradient of fewer samples for the steadier one",
    page: include_str!("mistakes/noise-taken-for-quiet.md"),
};

pub(super) const NOISE_ONLY_HARMS: Mistake = Mistake {
    code: "noise-only-harms",
    title: "taking noise for nothing but harm",
    page: include_str!("mistakes/noise-only-harms.md"),
};

pub(super) const MEMORY_OF_ALL_STEPS: Mistake = Mistake {
    code: "memory-of-all-steps",
    title: "adding up the memory of all steps of an epoch, though each step gives its own back,",
    page: include_str!("mistakes/memory-of-all-steps.md"),
};

pub(super) const AS_IF_CONVEX: Mistake = Mistake {
    code: "as-if-convex",
    title: "carrying over to all functions what holds of convex ones",
    page: include_str!("mistakes/as-if-convex.md"),
};

pub(super) const STEP_AN_EPOCH: Mistake = Mistake {
    code: "step-an-epoch",
    title: "counting one step an epoch, as gradient descent has it,",
    page: include_str!("mistakes/step-an-epoch.md"),
};

pub(super) const NO_CORRECTION: Mistake = Mistake {
    code: "no-finite-correction",
    title: "σ²/B, without the factor (n − B)/(n − 1) for drawing without putting back,",
    page: include_str!("mistakes/no-finite-correction.md"),
};

/// Every mistake, the commonest first.
pub(super) static MISTAKES: [Mistake; 6] = [
    QUIETER,
    NOISE_ONLY_HARMS,
    MEMORY_OF_ALL_STEPS,
    AS_IF_CONVEX,
    STEP_AN_EPOCH,
    NO_CORRECTION,
];
