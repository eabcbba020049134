//! The mistakes that people make with dropout, the commonest first.

mistakes! {
    NO_SCALING: "dropout-no-scaling", "leaving out the factor 1/(1−p)";
    KEEP_FOR_DROP: "keep-for-drop", "taking p for the probability to keep";
    INVERSE_SCALE: "scale-upside-down", "multiplying by 1−p instead of 1/(1−p)";
    SCALED_BY_DROP: "scale-by-drop", "scaling with p, the probability to drop, instead of 1−p";
    ADDED: "drops-added", "adding the probabilities of two dropouts, p₁+p₂,";
    MULTIPLIED: "drops-multiplied", "multiplying the probabilities to drop, p₁·p₂,";
    ONE_SCALE: "one-scale-of-two", "scaling for one of two dropouts only";
    INVERTED_ASSUMED: "inverted-assumed", "the factor 1/(1−p), though another is asked about,";
    SCALED_IN_EVALUATION: "scaled-in-evaluation", "scaling or dropping in evaluation mode";
    FORMULA_AT_ONE: "formula-at-one", "using the formula at p = 1, where every unit is dropped,";
    DEVIATION: "deviation-for-variance", "the standard deviation, given for the variance,";
    SECOND_MOMENT: "second-moment", "the mean of the square, without the square of the mean taken off,";
    FACTOR_NOT_SQUARED: "factor-not-squared", "a factor not squared in the variance";
    ONE_MASK: "one-mask-for-all", "one mask for the whole unit instead of one an input";
    THROUGH_FUNCTION: "expectation-through-function", "taking the non-linearity of the expectation for the expectation of the non-linearity";
    ZERO_AFTER: "zero-after-function", "taking a dropped unit for 0 behind the non-linearity";
}
