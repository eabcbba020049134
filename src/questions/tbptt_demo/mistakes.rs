//! The mistakes that people make with truncated backpropagation through time, the commonest first.

mistakes! {
    GRADIENT_FOR_MEMORY: "gradient-reach-for-memory", "taking how far back the gradient reaches for how far back the model reaches";
    NOT_CARRIED: "state-not-carried", "cutting the sequence without carrying the state over the cuts";
    EXACT: "truncated-for-exact", "taking the truncated gradient for the gradient of the whole loss";
}
