//! The mistakes that people make about ravines. A title completes "this is what … leads to", or "this is the number that
//! … gives".

use crate::questions::Mistake;

pub(super) const DESCENT_FOR_NEWTON: Mistake = Mistake {
    code: "descent-for-newton",
    title: "comparing momentum with plain gradient descent in place of Newton's method",
    page: include_str!("mistakes/descent-for-newton.md"),
};

pub(super) const NEWTON_ALWAYS: Mistake = Mistake {
    code: "newton-always-descends",
    title: "taking it for granted that Newton's method goes to a minimum",
    page: include_str!("mistakes/newton-always-descends.md"),
};

pub(super) const WITHOUT_THE_ROOT: Mistake = Mistake {
    code: "kappa-without-root",
    title: "the steps of gradient descent, which grow as κ and not as √κ, taken for momentum's,",
    page: include_str!("mistakes/kappa-without-root.md"),
};

pub(super) const DISTANCE_FOR_VALUE: Mistake = Mistake {
    code: "distance-for-value",
    title: "letting the function's value fall by the factor of the distance, where it falls by its square,",
    page: include_str!("mistakes/distance-for-value.md"),
};

/// Every mistake, the commonest first.
pub(super) static MISTAKES: [Mistake; 4] = [
    DESCENT_FOR_NEWTON,
    NEWTON_ALWAYS,
    WITHOUT_THE_ROOT,
    DISTANCE_FOR_VALUE,
];
