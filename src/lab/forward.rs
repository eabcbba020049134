//! A model carried out on candle tensors.
