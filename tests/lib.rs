//! The one integration-test binary, so that candle and the interpreter are linked once.

mod architecture;
mod check;
mod check_code;
mod check_sheet;
mod command;
#[cfg(feature = "cuda")]
mod cuda;
mod demos;
mod device;
mod dropout;
mod effective;
mod engine_check;
mod fixtures;
mod grad_check;
mod json_models;
mod nonsense;
mod pictures;
mod process;
mod properties;
mod reading;
mod receptive_field;
mod reference;
mod render;
mod run;
mod sandbox;
mod shape;
mod summary_page;
mod values;
mod vanishing;
