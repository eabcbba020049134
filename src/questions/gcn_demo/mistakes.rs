//! The mistakes that people make with graph layers, the commonest first.

mistakes! {
    BIAS_FORGOTTEN: "bias-forgotten", "taking a zeroed row of Δ for a row of zeros in Y, or for one that keeps its own features,";
    ZEROING_FOR_DELETING: "zeroing-for-deleting", "forgetting that the neighbours' degrees still count the zeroed node";
    ROWS_FOR_FEATURES: "rows-for-features", "taking a row for a feature and a column for a node";
    ORDER_IGNORED: "order-ignored", "counting one hop a layer, whatever its order,";
    LAYERS_IGNORED: "layers-ignored", "counting the hops of a single layer";
    ORDER_PLUS_LAYERS: "order-plus-layers", "adding the order and the number of layers instead of multiplying them";
    OWN_NODE_LEFT_OUT: "own-node-left-out", "leaving the node itself out of what it sees";
    NEIGHBOURS_ALONE: "neighbours-alone", "counting the node and its neighbours, whatever the order,";
    ONE_ROW: "one-row-alone", "counting the zeroed row alone: the column is zeroed too";
}
