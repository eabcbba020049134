//! The mistakes that people make with a receptive field, each as a variation of the one sum.
//!
//! Their order is how common they are: first those that were met on a sheet that 27 people answered, the commonest
//! first, then those that courses warn of. A number that several give is told with the first of them first.

use std::sync::LazyLock;

use super::recurrence::{Form, Jump, Layers, RIGHT, Reach, Recurrence, Slip, Strides};
use crate::questions::Mistake;

/// A mistake and how to carry it out.
#[derive(Debug)]
pub struct Row {
    /// The mistake; two rows may have one code with different titles.
    pub mistake: Mistake,
    /// What it answers with.
    pub answer: Answer,
}

/// What a mistake answers with instead of the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The end of a mistaken sum.
    Sum(Recurrence),
    /// The size of the output.
    Output,
    /// The right size, as an area.
    Area,
    /// How many positions are read, where there are holes.
    Taps,
    /// The size before the layer that reads the whole input.
    BeforeWhole,
}

/// Every mistake, one a code, in the order of the table.
pub static MISTAKES: LazyLock<Vec<Mistake>> = LazyLock::new(|| {
    let mut mistakes: Vec<Mistake> = Vec::new();
    for row in ROWS {
        if mistakes.iter().all(|known| known.code != row.mistake.code) {
            mistakes.push(row.mistake);
        }
    }
    mistakes
});

macro_rules! row {
    ($code:literal, $title:literal, { $($part:ident: $value:expr),+ }) => {
        row!($code, $title, Answer::Sum(Recurrence { $($part: $value,)+ ..RIGHT }))
    };
    ($code:literal, $title:literal, $answer:expr) => {
        Row {
            mistake: Mistake {
                code: $code,
                title: $title,
                page: include_str!(concat!("mistakes/", $code, ".md")),
            },
            answer: $answer,
        }
    };
}

/// The table. A title completes "this is the number that … gives".
pub static ROWS: &[Row] = &[
    row!(
        "own-stride",
        "counting each layer's own stride in the jump that it is multiplied by",
        { jump: Jump::WithOwn }
    ),
    row!(
        "output-size",
        "the size of the output, taken for the receptive field,",
        Answer::Output
    ),
    row!(
        "previous-stride-only",
        "multiplying by the stride of the layer just before alone, without the product of all,",
        { jump: Jump::Previous }
    ),
    row!(
        "own-stride-alone",
        "multiplying each layer by its own stride alone and counting the dilation twice",
        { jump: Jump::Own, reach: Reach::SpreadTwice }
    ),
    row!(
        "own-stride-alone",
        "multiplying each layer by its own stride alone",
        { jump: Jump::Own }
    ),
    row!(
        "pool-strides-left-out",
        "leaving the pools' strides out of the jump",
        { strides: Strides::Convolutions }
    ),
    row!(
        "started-at-zero",
        "starting from 0 instead of 1",
        { start: 0 }
    ),
    row!(
        "sum-in-loop",
        "adding inside the loop that multiplies the strides, and ignoring the dilation,",
        { jump: Jump::Accumulated, reach: Reach::Dense }
    ),
    row!(
        "backward-stride",
        "going backward with s·r + (k−1) instead of s·(r−1) + k at the strided convolutions",
        { form: Form::Backward(Slip::Convolutions) }
    ),
    row!(
        "backward-stride",
        "going backward with s·r + (k−1) instead of s·(r−1) + k at every layer",
        { form: Form::Backward(Slip::Everywhere) }
    ),
    row!(
        "last-layer-alone",
        "taking the last layer alone",
        { layers: Layers::Last }
    ),
    row!(
        "dilation-ignored",
        "ignoring the dilation",
        { reach: Reach::Dense }
    ),
    row!(
        "area-for-side",
        "the area of the receptive field, given for its side,",
        Answer::Area
    ),
    row!(
        "pools-left-out",
        "leaving the pools out",
        { layers: Layers::Convolutions }
    ),
    row!(
        "strides-ignored",
        "ignoring every stride",
        { strides: Strides::None }
    ),
    row!(
        "strides-and-dilation-ignored",
        "ignoring every stride and the dilation",
        { strides: Strides::None, reach: Reach::Dense }
    ),
    row!(
        "pools-and-dilation-left-out",
        "leaving the pools and the dilation out",
        { layers: Layers::Convolutions, reach: Reach::Dense }
    ),
    row!(
        "pools-and-strides-left-out",
        "leaving the pools out and taking every stride as 1",
        { layers: Layers::Convolutions, strides: Strides::None }
    ),
    row!(
        "convolution-strides-ignored",
        "leaving the convolutions' strides out of the jump",
        { strides: Strides::Pools }
    ),
    row!(
        "own-stride-no-dilation",
        "counting each layer's own stride in its jump and ignoring the dilation",
        { jump: Jump::WithOwn, reach: Reach::Dense }
    ),
    row!(
        "kernel-not-less-one",
        "adding k instead of k−1 at each layer",
        { reach: Reach::Kernel }
    ),
    row!(
        "kernel-times-dilation",
        "taking k·d for the size of a dilated kernel",
        { reach: Reach::KernelTimesDilation }
    ),
    row!(
        "dilation-as-holes",
        "reading the dilation as the number of holes between two taps",
        { reach: Reach::Holes }
    ),
    row!(
        "kernel-plus-dilation",
        "taking k+d−1 for the size of a dilated kernel",
        { reach: Reach::KernelPlusDilation }
    ),
    row!(
        "dilation-counted-twice",
        "counting the dilation twice",
        { reach: Reach::SpreadTwice }
    ),
    row!(
        "kernels-multiplied",
        "multiplying the convolutions' kernels",
        { form: Form::Product, layers: Layers::Convolutions }
    ),
    row!(
        "taps-for-span",
        "counting the positions that are read, without the holes between them,",
        Answer::Taps
    ),
    row!(
        "whole-left-out",
        "stopping before the layer that reads the whole input",
        Answer::BeforeWhole
    ),
];

#[cfg(test)]
mod tests {
    use super::super::recurrence::tests::{chain, three_convolutions};
    use super::*;

    /// Every sum of the table on a chain, by code.
    fn sums(chain: &[super::super::recurrence::Link]) -> Vec<(&'static str, u128)> {
        ROWS.iter()
            .filter_map(|row| match row.answer {
                Answer::Sum(recurrence) => Some((row.mistake.code, recurrence.size(chain)?)),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn each_sum_gives_its_number_on_three_convolutions_and_two_pools() {
        assert_eq!(
            sums(&three_convolutions()),
            [
                ("own-stride", 125),
                ("previous-stride-only", 38),
                ("own-stride-alone", 39),
                ("own-stride-alone", 27),
                ("pool-strides-left-out", 34),
                ("started-at-zero", 111),
                ("sum-in-loop", 111),
                ("backward-stride", 114),
                ("backward-stride", 119),
                ("last-layer-alone", 13),
                ("dilation-ignored", 64),
                ("pools-left-out", 31),
                ("strides-ignored", 21),
                ("strides-and-dilation-ignored", 15),
                ("pools-and-dilation-left-out", 19),
                ("pools-and-strides-left-out", 19),
                ("convolution-strides-ignored", 62),
                ("own-stride-no-dilation", 77),
                ("kernel-not-less-one", 128),
                ("kernel-times-dilation", 120),
                ("dilation-as-holes", 160),
                ("kernel-plus-dilation", 72),
                ("dilation-counted-twice", 208),
                ("kernels-multiplied", 105),
            ]
        );
    }

    /// The pages explain each mistake on one small net; the numbers that they print are computed here.
    #[test]
    fn the_pages_print_the_numbers_of_their_example() {
        let example = chain(&[
            ("conv1", 3, 1, 1),
            ("pool", 2, 2, 1),
            ("conv2", 3, 2, 1),
            ("conv3", 3, 1, 2),
        ]);
        assert_eq!(RIGHT.size(&example), Some(24));
        for (code, number) in sums(&example) {
            let page = page(code);
            assert!(page.contains(&format!("= {number}")), "{code}: {number}");
            assert!(page.contains("24"), "{code}");
        }
    }

    fn page(code: &str) -> &'static str {
        let mistake = MISTAKES.iter().find(|mistake| mistake.code == code);
        mistake.expect("every row is a mistake").page
    }

    #[test]
    fn every_page_says_what_to_do() {
        for mistake in MISTAKES.iter() {
            assert!(mistake.page.starts_with("# "), "{}", mistake.code);
            assert!(
                mistake.page.contains("## How to avoid it"),
                "{}",
                mistake.code
            );
        }
    }
}
