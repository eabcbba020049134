//! The mistakes that people make with embeddings, the commonest first.

mistakes! {
    NOT_NUMBERS: "tokens-are-no-numbers", "holding that tokens cannot enter a calculation without an embedding";
    GATHER: "gather-for-lookup", "taking a gather along the first axis for a lookup of rows";
    FLATTENED: "positions-flattened", "flattening the positions into one axis";
    REPLACED: "last-axis-replaced", "putting the vector in the place of the last axis";
    IN_FRONT: "vector-in-front", "putting the vector's axis in front of the positions";
    WEIGHT_SHAPE: "table-for-output", "giving the table's shape for that of the output";
    OUTPUT_SIZE: "output-for-parameters", "counting the numbers of the output for those of the table";
    BIAS: "embedding-bias", "counting a bias that an embedding does not have";
    EIGHT_BYTES: "eight-bytes-a-number", "counting eight bytes a number, float32 having four,";
    COUNTED_ONCE: "repeated-token-counted-once", "letting a token that comes several times count once";
}
