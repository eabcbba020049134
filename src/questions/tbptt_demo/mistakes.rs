//! The mistakes that people make with truncated backpropagation through time, the commonest first.

use crate::questions::Mistake;

macro_rules! mistakes {
    ($($name:ident: $code:literal, $title:literal;)+) => {
        $(
            pub(super) static $name: Mistake = Mistake {
                code: $code,
                title: $title,
                page: include_str!(concat!("mistakes/", $code, ".md")),
            };
        )+

        /// Every mistake. A title completes "this is the number that … gives".
        pub(super) static MISTAKES: &[Mistake] = &[$($name),+];
    };
}

mistakes! {
    GRADIENT_FOR_MEMORY: "gradient-reach-for-memory", "taking how far back the gradient reaches for how far back the model reaches";
    NOT_CARRIED: "state-not-carried", "cutting the sequence without carrying the state over the cuts";
    EXACT: "truncated-for-exact", "taking the truncated gradient for the gradient of the whole loss";
}
