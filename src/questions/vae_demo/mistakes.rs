//! The mistakes that people make with variational autoencoders, the commonest first.

mistakes! {
    BOUND_UPSIDE_DOWN: "bound-upside-down", "taking the lower bound of log p(x) for one of the loss, which has the other sign,";
    MEAN_FOR_DRAW: "mean-for-draw", "decoding the encoder's mean, as if nothing were drawn,";
    PRIOR_FOR_POSTERIOR: "prior-for-posterior", "taking the prior of z for the encoder's distribution of one image";
    PENALTY_FOR_HELP: "penalty-for-help", "taking the KL term for one that helps to reconstruct";
    RECONSTRUCTED_FOR_GENERATED: "reconstructed-for-generated", "taking good reconstructions for good new images";
}
