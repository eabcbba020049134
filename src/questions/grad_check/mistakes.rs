//! The mistakes that people make with a gradient, in the order of how common they are.
//!
//! First those that were met in published answers to one sheet, then those that courses warn of. None is looked up for a
//! function: each is carried out on the one at hand (`suspects`).

use crate::questions::Mistake;

macro_rules! mistakes {
    ($($code:literal: $title:literal,)+) => {
        &[$(Mistake {
            code: $code,
            title: $title,
            page: include_str!(concat!("mistakes/", $code, ".md")),
        },)+]
    };
}

/// Every mistake.
pub(super) static MISTAKES: &[Mistake] = mistakes! {
    "absent": "a gradient that is missing",
    "factor-missing": "a constant factor of the function left out",
    "transposed": "a gradient transposed",
    "unsummed": "not summing over what was broadcast",
    "sign": "the opposite sign",
    "mean-missing": "leaving the 1/N of a mean out",
    "mean-twice": "dividing by N twice",
    "mean-for-sum": "a mean in place of a sum",
    "weight-decay-missing": "leaving the weight decay out",
    "weight-decay-doubled": "counting the weight decay twice",
    "weight-decay-halved": "half of the weight decay",
    "weight-decay-on-bias": "a weight decay on what has none",
    "derivative-missing": "leaving φ′ out",
    "derivative-at-output": "φ′(h) for φ′(z)",
    "derivative-at-input": "the formula of φ′ in terms of its result, with the argument in it",
    "function-for-derivative": "φ in place of φ′",
    "logits-shortcut": "ŷ − y where there is no sigmoid",
    "upstream-ignored": "ignoring the upstream gradient",
    "elementwise-for-matmul": "an element-wise product for a matrix product",
    "matmul-for-elementwise": "a matrix product for an element-wise one",
    "not-transposed": "an operand not transposed",
    "own-operand": "an operand itself in its own gradient",
    "wrong-axis": "a sum over the wrong axis",
    "softmax-diagonal": "softmax's off-diagonal terms left out",
    "softmax-sum-missing": "the sum inside softmax's derivative left out",
    "exponent-missing": "leaving the 2 of a square out",
    "power-kept": "an exponent not lowered",
    "quotient-rule": "a quotient's derivative with a part missing",
    "derivative-inverted": "multiplying where a derivative divides",
    "mask-missing": "the mask of relu, max or clamp left out",
    "mask-inverted": "a mask the wrong way round",
    "path-missing": "taking a value as a constant that depends on the input",
    "use-missing": "counting only one use of a value",
    "term-missing": "leaving a term out",
    "factor-twice": "counting a constant factor twice",
    "dropout-scale": "the 1/(1 − p) of dropout left out, or there twice",
    "repeats-overwritten": "keeping only the last gradient of a row that is read several times",
    "kernel-flipped": "a kernel's places in the opposite order",
    "stride-ignored": "ignoring a stride or a dilation on the way back",
    "order-kept": "an order or a place that is not undone",
    "operand-missing": "leaving an operand out of a product",
    "other-gradient": "the gradient of another input",
    "repeated": "a gradient repeated along an axis",
    "summed-too-far": "summing over an axis too many",
    "reshaped": "the right numbers in another shape",
    "zero": "zeros where a gradient flows",
    "wrong-operation": "another operation in the formula",
    "extra-factor": "a factor too many in the formula",
    "constant-factor": "an extra constant factor",
    "extra-term": "an extra term",
    "wrong-operand": "another value in place of an operand",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_says_what_to_do() {
        for mistake in MISTAKES {
            assert!(mistake.page.starts_with("# "), "{}", mistake.code);
            assert!(mistake.page.contains("## Example"), "{}", mistake.code);
            assert!(
                mistake.page.contains("## How to avoid it"),
                "{}",
                mistake.code
            );
        }
    }

    #[test]
    fn no_code_is_given_twice() {
        let mut codes: Vec<&str> = MISTAKES.iter().map(|mistake| mistake.code).collect();
        codes.sort_unstable();
        let count = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }
}
