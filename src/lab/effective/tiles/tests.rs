//! Tiles against the same convolution by its windows.

use super::super::convolution::Convolution;
use super::super::network::Step;
use super::super::weights::{Matrices, uniform};
use super::*;
use crate::lab::random::Stream;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn stage(channels: usize, dims: [usize; 2]) -> Stage {
    Stage {
        step: Step::Pass,
        inputs: Vec::new(),
        channels,
        dims,
    }
}

/// The largest difference, as a share of the largest number.
fn apart(found: &[f32], known: &[f32]) -> f32 {
    assert_eq!(found.len(), known.len());
    let largest = known.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    assert!(largest > 0.0);
    let pairs = found.iter().zip(known);
    pairs.fold(0.0_f32, |most, (a, b)| most.max((a - b).abs())) / largest
}

#[test]
fn both_ways_are_those_of_the_windows() -> Outcome {
    const IMAGES: usize = 2;
    let cases = [
        ([9, 14], [1, 1], [[0, 0], [9, 14]]),
        ([4, 3], [2, 0], [[0, 0], [6, 1]]),
        ([13, 6], [0, 1], [[3, 1], [5, 4]]),
        ([8, 8], [1, 1], [[3, 4], [1, 1]]),
        ([8, 8], [5, 5], [[0, 1], [9, 9]]),
    ];
    for (number, (dims, padding, [at, size])) in (0..).zip(cases) {
        let windows = padding.map(|padding| Window {
            before: padding,
            after: padding,
            ..Window::new(KERNEL)
        });
        let input = stage(16, dims);
        let sizes = [0, 1].map(|axis| dims[axis] + 2 * padding[axis] - 2);
        let output = stage(24, sizes);
        let stream = Stream::new(7 + number);
        let weights = uniform(stream, 0, 9 * 16 * 24, 0.3);
        let given = uniform(stream, 1 << 20, IMAGES * dims[0] * dims[1] * 16, 1.0);
        let upstream = Gradient {
            numbers: uniform(stream, 1 << 30, IMAGES * size[0] * size[1] * 24, 1.0),
            ..Gradient::zeros(IMAGES, 24, at, size)
        };
        let kernel = Kernel::new(&weights, 16, 24);
        let tiled = Tiled {
            windows: &windows,
            input: &input,
            output: &output,
            images: IMAGES,
        };
        let plain = Convolution {
            windows: &windows,
            groups: 1,
            input: &input,
            output: &output,
            images: IMAGES,
        };
        let weights = [Matrices::new(&weights, 24)];
        let (found, known) = (
            tiled.forward(&given, &kernel),
            plain.forward(&given, &weights),
        );
        assert!(
            apart(&found, &known) < 1e-5,
            "{number}: {}",
            apart(&found, &known)
        );
        let found = tiled.backward(&upstream, &kernel).ok_or("a gradient")?;
        let known = plain.backward(&upstream, &weights).ok_or("a gradient")?;
        assert_eq!((found.at, found.dims), (known.at, known.dims));
        let off = apart(&found.numbers, &known.numbers);
        assert!(off < 1e-5, "{number}: {off}");
    }
    Ok(())
}
