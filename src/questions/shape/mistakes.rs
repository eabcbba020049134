//! The mistakes that people make with shapes and counts, each with its page.

mistakes! {
    PADDING_LEFT_OUT: "padding-left-out", "the padding left out of the size";
    PADDING_ONCE: "padding-once", "the padding added on one side only";
    SIZE_WITHOUT_DILATION: "size-without-dilation", "the dilation left out of the size";
    SIZE_WITHOUT_STRIDE: "size-without-stride", "the strides left out of the size";
    SIZE_WITHOUT_POOLS: "size-without-pools", "the pools taken to keep the size";
    ROUNDED_UP: "rounded-up", "the size rounded up instead of down";
    ROUNDED_DOWN: "rounded-down", "the size rounded down where ceil_mode rounds up";
    PLUS_ONE_LEFT_OUT: "plus-one-left-out", "the last + 1 left out of the size";
    BATCH_LEFT_OUT: "batch-left-out", "the batch axis left out";
    CHANNELS_LAST: "channels-last", "the channels put last";
    CHANNELS_LEFT_OUT: "channels-left-out", "the channels left out";
    REPEATED_LAYERS: "repeated-layers-counted-anew", "shared weights counted anew at every use";
    BIASES_LEFT_OUT: "biases-left-out", "the biases left out of the count";
    GROUPS_LEFT_OUT: "groups-left-out", "every filter taken to read all channels in spite of the groups";
    BUFFERS_COUNTED: "buffers-counted", "buffers counted as parameters";
    TRAINABLE_FOR_ALL: "trainable-for-all", "only the parameters that train counted";
    ALL_FOR_TRAINABLE: "all-for-trainable", "frozen parameters counted as trainable";
    ENTRIES_FOR_LAYERS: "entries-for-layers", "calls counted instead of distinct layers";
    FLOPS_FOR_MULTIPLY_ADDS: "flops-for-multiply-adds", "FLOPs given for multiply-adds";
    MULTIPLY_ADDS_FOR_FLOPS: "multiply-adds-for-flops", "multiply-adds given for FLOPs";
    BIAS_IN_MULTIPLY_ADDS: "bias-in-multiply-adds", "the additions of biases counted too";
    ELEMENTS_FOR_BYTES: "elements-for-bytes", "elements counted instead of bytes";
    DOUBLE_FOR_SINGLE: "double-for-single", "8 bytes an element instead of 4";
}
