//! The mistakes that people make about inner problems. A title completes "this is what … leads to", or "this is the number
//! that … gives".

use crate::questions::Mistake;

pub(super) const THROUGH_THE_STEPS: Mistake = Mistake {
    code: "through-the-steps",
    title: "taking differentiation through a solver's steps for the only way",
    page: include_str!("mistakes/through-the-steps.md"),
};

pub(super) const NOT_CONVERGED: Mistake = Mistake {
    code: "unrolled-too-short",
    title: "differentiating through inner steps that have not yet arrived",
    page: include_str!("mistakes/unrolled-too-short.md"),
};

pub(super) const SIGN: Mistake = Mistake {
    code: "implicit-sign",
    title: "the implicit function theorem without its minus",
    page: include_str!("mistakes/implicit-sign.md"),
};

pub(super) const HELD_FIXED: Mistake = Mistake {
    code: "inner-held-fixed",
    title: "holding the inner solution fixed",
    page: include_str!("mistakes/inner-held-fixed.md"),
};

/// Every mistake, the commonest first.
pub(super) static MISTAKES: [Mistake; 4] = [THROUGH_THE_STEPS, NOT_CONVERGED, SIGN, HELD_FIXED];
