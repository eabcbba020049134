//! Values as people write them: `112`, `[125 x 125]`, `3/4`, `0.3 ± 0.01`, `true`.
