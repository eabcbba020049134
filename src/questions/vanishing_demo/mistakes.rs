//! The mistakes that people make with vanishing gradients.

use crate::questions::Mistake;

macro_rules! mistake {
    ($code:literal, $title:literal) => {
        Mistake {
            code: $code,
            title: $title,
            page: include_str!(concat!("mistakes/", $code, ".md")),
        }
    };
}

/// Every mistake, the commonest first. A title completes "this is the number that … gives".
pub static MISTAKES: [Mistake; 7] = [
    mistake!(
        "quarter-per-layer",
        "taking the steepest slope of the activation (¼ of a sigmoid) for the size of the gradient"
    ),
    mistake!(
        "weights-left-out",
        "averaging the activation's slope without the weights"
    ),
    mistake!(
        "square-for-root",
        "χ, which the squared norm is multiplied by, taken for the norm's factor √χ,"
    ),
    mistake!(
        "slope-at-zero",
        "taking the slope at 0 for the slope everywhere"
    ),
    mistake!(
        "zero-in-float32",
        "a norm taken in float32, where the squares of small numbers become 0,"
    ),
    mistake!(
        "tied-counted-anew",
        "counting a module anew each time that it is called"
    ),
    mistake!(
        "blocks-for-layers",
        "counting the repeated blocks alone, without the first and the last layer,"
    ),
];

/// The mistake with a code of the list above.
pub fn by_code(code: &str) -> Option<&'static Mistake> {
    MISTAKES.iter().find(|mistake| mistake.code == code)
}
