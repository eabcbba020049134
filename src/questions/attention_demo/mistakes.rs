//! The mistakes that people make with attention, the commonest first.

mistakes! {
    CROSS_FOR_SELF: "cross-for-self-attention", "taking self-attention of the encoder for attention that the decoder asks for";
    ORDER: "order-assumed", "taking attention for something that knows the order of what it reads";
    LAST_STATE: "last-state-holds-all", "taking the encoder's last state for a store of the whole sentence";
    UNSCALED: "scores-not-scaled", "leaving out the factor 1/√d of the scores";
}
