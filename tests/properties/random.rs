//! Random nets, by recipes that shrink: chains with forks of every layer that acts in space, in one to three
//! dimensions.

use gradus::model::build::Builder;
use gradus::model::layer::{
    AdaptiveKind, Conv, ConvTranspose, Pool, PoolKind, Upsample, UpsampleMode, UpsampleTarget,
};
use gradus::model::operation::{Binary, Reduction};
use gradus::model::{Layer, Model, Operation, PadMode, Port, Shape, Window};
use gradus::theory::shape;
use proptest::prelude::*;

/// A net to be built; what does not fit is left out.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    pub(super) sizes: Vec<usize>,
    pub(super) steps: Vec<Step>,
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    Conv(Vec<Win>, PadMode),
    Transposed(Vec<Win>),
    Pool(Vec<Win>, bool),
    Adaptive(Vec<usize>),
    Resize(UpsampleMode, bool, UpsampleTarget),
    Pad(PadMode, Vec<(isize, isize)>),
    Slice(usize, usize, usize, usize),
    Flip(usize),
    Roll(usize, isize),
    Transpose,
    Unshuffle,
    Shuffle,
    Gate,
    Softmax(usize),
    Fork(Join, Vec<Step>, Vec<Step>),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Join {
    Add,
    Channels,
    Space(usize),
}

impl Recipe {
    /// Whether a transposed window leaves outputs that read nothing: then a unit's field along one axis depends on
    /// its position along another.
    pub(super) fn has_gaps(&self) -> bool {
        fn gaps(step: &Step) -> bool {
            match step {
                Step::Transposed(windows) => windows.iter().any(|(kernel, stride, dilation, _)| {
                    let reached = |phase| (0..*kernel).any(|tap| tap * dilation % stride == phase);
                    !(0..*stride).all(reached)
                }),
                Step::Fork(_, left, right) => left.iter().chain(right).any(gaps),
                _ => false,
            }
        }
        self.steps.iter().any(gaps)
    }
}

/// Kernel, stride, dilation, padding.
type Win = (usize, usize, usize, usize);

const CHANNELS: usize = 4;

fn window() -> impl Strategy<Value = Win> + Clone {
    (1..5_usize, 1..4_usize, 1..4_usize, 0..4_usize)
}

fn mode() -> impl Strategy<Value = PadMode> {
    prop_oneof![
        3 => Just(PadMode::Constant(0.0)),
        1 => Just(PadMode::Reflect),
        1 => Just(PadMode::Replicate),
        1 => Just(PadMode::Circular),
    ]
}

fn simple_step(rank: usize) -> impl Strategy<Value = Step> {
    let windows = prop::collection::vec(window(), rank);
    let resize = prop_oneof![
        Just(UpsampleMode::Nearest),
        Just(UpsampleMode::NearestExact),
        Just(UpsampleMode::Linear),
        Just(UpsampleMode::Cubic),
        Just(UpsampleMode::Area),
    ];
    let factors = prop::sample::select(vec![0.5, 1.5, 2.0, 3.0, 1.0 / 3.0]);
    let target = prop_oneof![
        prop::collection::vec(factors, rank).prop_map(UpsampleTarget::Factor),
        prop::collection::vec(1..12_usize, rank).prop_map(UpsampleTarget::Size),
    ];
    prop_oneof![
        6 => (windows.clone(), mode()).prop_map(|(w, m)| Step::Conv(w, m)),
        3 => windows.clone().prop_map(Step::Transposed),
        4 => (windows, any::<bool>()).prop_map(|(w, ceil)| Step::Pool(w, ceil)),
        1 => prop::collection::vec(1..6_usize, rank).prop_map(Step::Adaptive),
        2 => (resize, any::<bool>(), target).prop_map(|(m, corners, t)| Step::Resize(m, corners, t)),
        1 => (mode(), prop::collection::vec((-2..4_isize, -2..4_isize), rank))
            .prop_map(|(m, amounts)| Step::Pad(m, amounts)),
        1 => (0..rank, 0..4_usize, 0..4_usize, 1..3_usize)
            .prop_map(|(axis, start, end, step)| Step::Slice(axis, start, end, step)),
        1 => (0..rank).prop_map(Step::Flip),
        1 => (0..rank, -3..4_isize).prop_map(|(axis, shift)| Step::Roll(axis, shift)),
        1 => Just(Step::Transpose),
        1 => Just(Step::Unshuffle),
        1 => Just(Step::Shuffle),
        1 => (0..rank).prop_map(Step::Softmax),
        1 => Just(Step::Gate),
    ]
}

fn step(rank: usize) -> impl Strategy<Value = Step> {
    let join = prop_oneof![
        3 => Just(Join::Add),
        2 => Just(Join::Channels),
        1 => (0..rank).prop_map(Join::Space),
    ];
    let branch = || prop::collection::vec(simple_step(rank), 0..3);
    prop_oneof![
        5 => simple_step(rank),
        1 => (join, branch(), branch()).prop_map(|(join, left, right)| Step::Fork(join, left, right)),
    ]
}

/// Recipes for nets in one to three dimensions.
pub(super) fn recipe() -> impl Strategy<Value = Recipe> {
    (1..4_usize).prop_flat_map(|rank| {
        let largest: usize = [40, 20, 9][rank - 1];
        let sizes = prop::collection::vec(3..largest, rank);
        let steps = prop::collection::vec(step(rank), 1..6);
        (sizes, steps).prop_map(|(sizes, steps)| Recipe { sizes, steps })
    })
}

/// A net with its shapes so far.
struct Kitchen {
    builder: Builder,
    largest: usize,
}

/// A tensor: where it is and its shape.
type Dish = (Port, Shape);

/// The net of a recipe, and its last node's output.
pub(super) fn cook(recipe: &Recipe, largest: usize) -> (Model, Port) {
    let mut dims = vec![1, CHANNELS];
    dims.extend(&recipe.sizes);
    let mut kitchen = Kitchen {
        builder: Builder::new("random"),
        largest,
    };
    let input = kitchen.builder.input(Some(&dims));
    let shape = Shape::from(&dims[..]);
    let (last, _) = kitchen.steps((input, shape), &recipe.steps);
    (kitchen.builder.finish(&[last]), last)
}

impl Kitchen {
    fn steps(&mut self, dish: Dish, steps: &[Step]) -> Dish {
        steps.iter().fold(dish, |dish, step| self.step(dish, step))
    }

    fn step(&mut self, dish: Dish, step: &Step) -> Dish {
        let (_, shape) = &dish;
        let rank = shape.rank() - 2;
        let channels = shape.dims()[1];
        match step {
            Step::Conv(windows, mode) => self.layer(dish, conv(channels, windows, *mode)),
            Step::Transposed(windows) => self.layer(dish, transposed(channels, windows)),
            Step::Pool(windows, ceil_mode) => self.layer(dish, pool(windows, *ceil_mode)),
            Step::Adaptive(output) => {
                let output = output.iter().map(|size| Some(*size)).collect();
                let kind = AdaptiveKind::Average;
                self.layer(dish, Layer::AdaptivePool { kind, output })
            }
            Step::Resize(mode, align_corners, target) => {
                let linear = matches!(mode, UpsampleMode::Linear | UpsampleMode::Cubic);
                let cubic = *mode == UpsampleMode::Cubic && rank != 2;
                let upsample = Layer::Upsample(Upsample {
                    mode: if cubic { UpsampleMode::Linear } else { *mode },
                    target: target.clone(),
                    align_corners: *align_corners && linear,
                });
                self.layer(dish, upsample)
            }
            Step::Pad(mode, amounts) => {
                let mode = *mode;
                let amounts = amounts.clone();
                self.layer(dish, Layer::Pad { mode, amounts })
            }
            Step::Slice(axis, start, end, step) => self.operation(
                &[dish],
                Operation::Slice {
                    dim: 2 + isize::try_from(*axis).expect("small"),
                    start: Some(isize::try_from(*start).expect("small")),
                    stop: (*end > 0).then(|| -isize::try_from(*end).expect("small")),
                    step: *step,
                },
            ),
            Step::Flip(axis) => {
                let dims = vec![2 + isize::try_from(*axis).expect("small")];
                self.operation(&[dish], Operation::Flip { dims })
            }
            Step::Roll(axis, shift) => {
                let dims = vec![2 + isize::try_from(*axis).expect("small")];
                let shifts = vec![*shift];
                self.operation(&[dish], Operation::Roll { shifts, dims })
            }
            Step::Transpose => {
                let (first, second) = (-1, if rank > 1 { -2 } else { -1 });
                self.operation(&[dish], Operation::Transpose { first, second })
            }
            Step::Unshuffle if rank == 2 => self.layer(dish, Layer::PixelUnshuffle { factor: 2 }),
            Step::Shuffle if rank == 2 => self.layer(dish, Layer::PixelShuffle { factor: 2 }),
            Step::Unshuffle | Step::Shuffle => dish,
            Step::Softmax(axis) => self.operation_softmax(dish, *axis),
            Step::Gate => self.gate(dish),
            Step::Fork(join, left, right) => self.fork(dish, *join, left, right),
        }
    }

    fn operation_softmax(&mut self, dish: Dish, axis: usize) -> Dish {
        let dim = Some(2 + isize::try_from(axis).expect("small"));
        let kind = gradus::model::layer::SoftmaxKind::Softmax;
        self.layer(dish, Layer::Softmax { kind, dim })
    }

    /// `x * x.mean over the last axis`: squeeze and excite along one axis.
    fn gate(&mut self, dish: Dish) -> Dish {
        let mean = Operation::Reduce {
            kind: Reduction::Mean,
            dims: vec![-1],
            keepdim: true,
        };
        let scale = self.operation(std::slice::from_ref(&dish), mean);
        self.operation(&[dish, scale], Operation::Binary(Binary::Mul))
    }

    fn fork(&mut self, dish: Dish, join: Join, left: &[Step], right: &[Step]) -> Dish {
        let mut left = self.steps(dish.clone(), left);
        let mut right = self.steps(dish, right);
        let rank = left.1.rank();
        let keep = match join {
            Join::Space(axis) => Some(axis + 2),
            _ => None,
        };
        if !matches!(join, Join::Channels) && left.1.dims()[1] != right.1.dims()[1] {
            left = self.mix(left);
            right = self.mix(right);
        }
        for axis in (2..rank).filter(|axis| Some(*axis) != keep) {
            let size = left.1.dims()[axis].min(right.1.dims()[axis]);
            left = self.trim(left, axis, size);
            right = self.trim(right, axis, size);
        }
        let dim = |axis: usize| isize::try_from(axis).expect("small");
        let operation = match join {
            Join::Add => Operation::Binary(Binary::Add),
            Join::Channels => Operation::Cat { dim: 1 },
            Join::Space(axis) => Operation::Cat { dim: dim(axis) + 2 },
        };
        self.operation(&[left, right], operation)
    }

    /// A convolution by one position, to the usual channels.
    fn mix(&mut self, dish: Dish) -> Dish {
        let (rank, channels) = (dish.1.rank() - 2, dish.1.dims()[1]);
        let windows = vec![(1, 1, 1, 0); rank];
        self.layer(dish, conv(channels, &windows, PadMode::Constant(0.0)))
    }

    fn trim(&mut self, dish: Dish, axis: usize, size: usize) -> Dish {
        if dish.1.dims()[axis] == size {
            return dish;
        }
        let slice = Operation::Slice {
            dim: isize::try_from(axis).expect("small"),
            start: None,
            stop: Some(isize::try_from(size).expect("small")),
            step: 1,
        };
        self.operation(&[dish], slice)
    }

    /// The layer's output; the dish as it was if the layer does not fit, or makes too much of it.
    fn layer(&mut self, dish: Dish, layer: Layer) -> Dish {
        match shape::of_layer(&layer, std::slice::from_ref(&dish.1)) {
            Ok(shapes) if self.fits(&shapes[0]) => {
                let module = self.builder.known(layer);
                (self.builder.call(module, &[dish.0]), shapes[0].clone())
            }
            _ => dish,
        }
    }

    fn operation(&mut self, dishes: &[Dish], operation: Operation) -> Dish {
        let (ports, shapes): (Vec<Port>, Vec<Shape>) = dishes.iter().cloned().unzip();
        match shape::of_operation(&operation, &shapes) {
            Ok(outputs) if self.fits(&outputs[0]) => (
                self.builder.operation(operation, &ports),
                outputs[0].clone(),
            ),
            _ => dishes[0].clone(),
        }
    }

    fn fits(&self, shape: &Shape) -> bool {
        (shape.dims()[2..].iter()).all(|size| (1..=self.largest).contains(size))
    }
}

fn conv(channels: usize, windows: &[Win], padding_mode: PadMode) -> Layer {
    Layer::Conv(Conv {
        in_channels: channels,
        out_channels: CHANNELS,
        windows: windows.iter().map(|win| plain(*win)).collect(),
        groups: 1,
        bias: true,
        padding_mode,
    })
}

fn transposed(channels: usize, windows: &[Win]) -> Layer {
    Layer::ConvTranspose(ConvTranspose {
        in_channels: channels,
        out_channels: CHANNELS,
        windows: windows.iter().map(|win| plain(*win)).collect(),
        output_padding: windows.iter().map(|win| win.1 - 1).collect(),
        groups: 1,
        bias: true,
    })
}

fn pool(windows: &[Win], ceil_mode: bool) -> Layer {
    let halved = |&(kernel, stride, dilation, padding): &Win| {
        plain((kernel, stride, dilation, padding.min(kernel / 2)))
    };
    Layer::Pool(Pool {
        kind: PoolKind::Max,
        windows: windows.iter().map(halved).collect(),
        ceil_mode,
    })
}

fn plain((kernel, stride, dilation, padding): Win) -> Window {
    Window {
        kernel,
        stride,
        dilation,
        before: padding,
        after: padding,
    }
}
