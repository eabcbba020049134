//! The mistakes that people make with GANs, the commonest first.

mistakes! {
    FOOLED_IS_GOOD: "fooled-is-good", "taking a discriminator that is wrong for a generator that is good";
    GRADIENT_FOR_BOTH: "gradient-for-both", "letting the discriminator's step run back through the generator";
    ANY_LATENT: "any-latent", "holding the distribution that latent vectors come from to be of no matter";
    EQUILIBRIUM_AS_FAILURE: "equilibrium-as-failure", "taking an accuracy of 50 % for a generator that still has something to learn";
    ONE_LOG: "one-log", "counting the data's half of the loss alone";
}
