//! The sizes of convolutions and pools as a mistake has them, carried through the whole model.

use super::formula;
use crate::model::{Layer, Model, NodeId, Shape, Window, Work};
use crate::theory::shape::{Shapes, of_layer, of_operation, window};

/// A wrong rule for the size after a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slip {
    /// The padding is left out.
    NoPadding,
    /// The padding is added on one side only.
    PaddingOnce,
    /// The dilation is left out.
    NoDilation,
    /// The stride is left out.
    NoStride,
    /// Rounded up where it is rounded down.
    RoundedUp,
    /// Rounded down where `ceil_mode` rounds up.
    RoundedDown,
    /// The `+ 1` is left out.
    NoPlusOne,
    /// Pools are taken to keep the size.
    PoolsLeftOut,
}

impl Slip {
    /// The window as the slip has it.
    fn window(self, window: &Window) -> Window {
        let mut window = *window;
        match self {
            Self::NoPadding => (window.before, window.after) = (0, 0),
            Self::PaddingOnce => window.after = 0,
            Self::NoDilation => window.dilation = 1,
            Self::NoStride => window.stride = 1,
            Self::RoundedUp | Self::RoundedDown | Self::NoPlusOne | Self::PoolsLeftOut => {}
        }
        window
    }

    /// The size as the slip has it; `None` where it has none.
    fn size(self, view: View, n: usize) -> Option<usize> {
        let altered = self.window(&view.window);
        match self {
            Self::PoolsLeftOut if view.pool => Some(n),
            Self::RoundedUp => {
                let room = (n + view.window.before + view.window.after)
                    .checked_sub(view.window.effective_kernel()?)?;
                Some(room.div_ceil(view.window.stride) + 1)
            }
            Self::RoundedDown => window::pool(&altered, n, false).ok(),
            Self::NoPlusOne => {
                let right = view.right(n)?;
                right.checked_sub(1).filter(|&size| size > 0)
            }
            _ => View {
                window: altered,
                ..view
            }
            .right(n),
        }
    }

    /// The sum as the slip has it.
    fn formula(self, view: View, n: usize) -> String {
        let sum = formula::window(
            &self.window(&view.window),
            n,
            match self {
                Self::RoundedUp => true,
                Self::RoundedDown => false,
                _ => view.ceil,
            },
        );
        match self {
            Self::PoolsLeftOut if view.pool => n.to_string(),
            Self::NoPlusOne => sum.trim_end_matches(" + 1").to_owned(),
            _ => sum,
        }
    }
}

/// A window of a convolution or a pool along one axis.
#[derive(Debug, Clone, Copy)]
struct View {
    window: Window,
    ceil: bool,
    pool: bool,
}

impl View {
    fn right(self, n: usize) -> Option<usize> {
        if self.pool {
            window::pool(&self.window, n, self.ceil).ok()
        } else {
            window::conv(&self.window, n).ok()
        }
    }
}

/// The windows of a convolution or a pool; empty for every other layer.
fn views(layer: &Layer) -> Vec<View> {
    let view = |window: &Window, ceil, pool| View {
        window: *window,
        ceil,
        pool,
    };
    match layer {
        Layer::Conv(conv) => {
            let windows = conv.windows.iter();
            windows.map(|window| view(window, false, false)).collect()
        }
        Layer::Pool(pool) => {
            let windows = pool.windows.iter();
            windows
                .map(|window| view(window, pool.ceil_mode, true))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The shapes of all nodes under a slip; `None` where some layer then no longer fits.
pub(super) fn shapes(model: &Model, slip: Slip) -> Option<Shapes> {
    let mut shapes = Shapes(Vec::with_capacity(model.nodes.len()));
    for id in model.node_ids() {
        let inputs = shapes.inputs(model, id);
        let outputs = match &model.node(id).work {
            Work::Input(shape) => vec![shape.clone()?],
            Work::Constant(shape) | Work::Parameter(shape) => vec![shape.clone()],
            Work::Operation(operation) => of_operation(operation, &inputs).ok()?,
            Work::Call(module) => {
                let layer = &model.modules[module.0].layer;
                match views(layer).as_slice() {
                    [] => of_layer(layer, &inputs).ok()?,
                    views => vec![mistaken(layer, views, slip, &inputs[0])?],
                }
            }
        };
        shapes.0.push(outputs);
    }
    Some(shapes)
}

/// The output of a convolution or a pool under a slip.
fn mistaken(layer: &Layer, views: &[View], slip: Slip, input: &Shape) -> Option<Shape> {
    let first = input.rank().checked_sub(views.len())?;
    let mut output = input.clone();
    for (axis, view) in views.iter().enumerate() {
        output.0[first + axis] = slip.size(*view, input.0[first + axis])?;
    }
    if let Layer::Conv(conv) = layer {
        *output.0.get_mut(first.checked_sub(1)?)? = conv.out_channels;
    }
    Some(output)
}

/// The output of a convolution or a pool under a slip; `None` for any other layer.
pub(super) fn after(layer: &Layer, slip: Slip, input: &Shape) -> Option<Shape> {
    match views(layer).as_slice() {
        [] => None,
        views => mistaken(layer, views, slip, input),
    }
}

/// The sums of a convolution or a pool under a slip, with their results.
pub(super) fn sum(layer: &Layer, slip: Slip, input: &Shape, output: &Shape) -> Option<String> {
    let views = views(layer);
    let first = input.rank().checked_sub(views.len())?;
    let sums: Vec<String> = views
        .iter()
        .zip(&input.0[first..])
        .map(|(view, &n)| slip.formula(*view, n))
        .collect();
    (!sums.is_empty()).then(|| formula::join_axes(&sums, &output.0[first..]))
}

/// The sums of a node under a slip, with the sizes that the slip had before it; `None` for a layer without windows.
pub(super) fn step(model: &Model, id: NodeId, slip: Slip, wrong: &Shapes) -> Option<String> {
    let input = wrong.at(*model.node(id).inputs.first()?);
    sum(model.layer(id)?, slip, input, wrong.at(id.port()))
}
