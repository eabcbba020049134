//! The mistakes that people make with attention, the commonest first.

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
    CROSS_FOR_SELF: "cross-for-self-attention", "taking self-attention of the encoder for attention that the decoder asks for";
    ORDER: "order-assumed", "taking attention for something that knows the order of what it reads";
    LAST_STATE: "last-state-holds-all", "taking the encoder's last state for a store of the whole sentence";
    UNSCALED: "scores-not-scaled", "leaving out the factor 1/√d of the scores";
}
