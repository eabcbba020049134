//! A table of mistakes, each with its page beside it: `mistakes/<code>.md`.

/// Makes a static of every mistake (`NAME: "code", "title";`, the commonest first) and the list `MISTAKES` of all. A title completes "this is the number that …
/// gives", and of a sentence "this is what … leads to".
macro_rules! mistakes {
    ($($name:ident: $code:literal, $title:literal;)+) => {
        $(
            pub(super) static $name: $crate::questions::Mistake = $crate::questions::Mistake {
                code: $code,
                title: $title,
                page: include_str!(concat!("mistakes/", $code, ".md")),
            };
        )+

        /// Every mistake, the commonest first.
        pub(super) static MISTAKES: &[$crate::questions::Mistake] = &[$($name),+];
    };
}
