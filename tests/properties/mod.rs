//! The two witnesses of a receptive field held against each other and against known figures.

mod reference;
