//! The recurrence of a receptive field along a chain of windows, and what becomes of it under a mistake.
//!
//! Forward, from the input: `r ← r + d·(k−1)·j`, then `j ← j·s`, from `r = 1` and `j = 1`. Backward, from the unit:
//! `r ← s·(r−1) + d·(k−1) + 1`. Both give the same size (Araujo, Norris and Sim, "Computing Receptive Fields of
//! Convolutional Neural Networks", Distill 2019). A mistake in the sum changes one part of it or two, so the right
//! sum and every mistaken one are values of one type, carried out by one function.

use std::ops::Range;

use crate::model::Window;
use crate::report::Step;

/// A layer on the way from the input to the unit, along one axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The layer's name.
    pub name: String,
    /// What it is to somebody who sums up.
    pub kind: Kind,
    /// Its window.
    pub window: Window,
}

/// What a layer is to somebody who sums up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A convolution.
    Convolution,
    /// A pool.
    Pool,
    /// A layer without a window, which nobody counts.
    Pointwise,
}

/// A way to sum up a receptive field. [`RIGHT`] is the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recurrence {
    /// From which end, and whether layers add or multiply.
    pub form: Form,
    /// The size before the first layer.
    pub start: u128,
    /// Which layers count at all.
    pub layers: Layers,
    /// Whose strides count.
    pub strides: Strides,
    /// What a layer's reach is multiplied by.
    pub jump: Jump,
    /// How far a window reaches, in positions of its own input.
    pub reach: Reach,
}

/// The sum as it should be.
pub const RIGHT: Recurrence = Recurrence {
    form: Form::Forward,
    start: 1,
    layers: Layers::All,
    strides: Strides::All,
    jump: Jump::Before,
    reach: Reach::Spread,
};

/// How one layer's size becomes the next one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `r + reach·jump`, from the input.
    Forward,
    /// `s·(r−1) + reach + 1`, from the unit; where it slips, `s·r + reach`.
    Backward(Slip),
    /// `r·k`.
    Product,
}

/// Where the backward form multiplies the whole size by the stride.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slip {
    /// Nowhere: the right form.
    Nowhere,
    /// At convolutions.
    Convolutions,
    /// At every layer.
    Everywhere,
}

/// Which layers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layers {
    /// All of them.
    All,
    /// Convolutions alone.
    Convolutions,
    /// The last one alone.
    Last,
}

/// Whose strides count; the others are taken as 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strides {
    /// Every layer's.
    All,
    /// The convolutions'.
    Convolutions,
    /// The pools'.
    Pools,
    /// Nobody's.
    None,
}

/// What a layer's reach is multiplied by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jump {
    /// The product of the strides before it: the right one.
    Before,
    /// The same with its own stride.
    WithOwn,
    /// Its own stride alone.
    Own,
    /// The stride of the layer just before.
    Previous,
    /// The sum of all the products before it: the sum stands inside the product's loop.
    Accumulated,
}

/// How far a window reaches beyond its first tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// `(k−1)·d`: the right one.
    Spread,
    /// `k−1`.
    Dense,
    /// `(k−1)·d·d`.
    SpreadTwice,
    /// `(k−1)·d + 1`: the kernel instead of the kernel less one.
    Kernel,
    /// `k·d − 1`: a dilated kernel of `k·d`.
    KernelTimesDilation,
    /// `k+(k−1)·d − 1`: `d` holes between two taps instead of `d−1`.
    Holes,
    /// `k+d−1 − 1`: a dilated kernel of `k+d−1`.
    KernelPlusDilation,
}

/// One line of a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The size before it.
    pub before: u128,
    /// What the reach (forward) or the size (backward) is multiplied by.
    pub factor: u128,
    /// The size after it.
    pub size: u128,
    /// Whether the layer counts.
    counted: bool,
    /// Whether the backward form slips here.
    slips: bool,
}

/// The longest sum that is written out in full; of a longer one only the lines that differ, up to as many.
const MOST_STEPS: usize = 64;

impl Recurrence {
    /// The same sum without its mistake, in the same direction.
    #[must_use]
    pub fn righted(&self) -> Self {
        let form = match self.form {
            Form::Backward(_) => Form::Backward(Slip::Nowhere),
            Form::Forward | Form::Product => Form::Forward,
        };
        Self { form, ..RIGHT }
    }

    /// The lines of the sum, in the order in which it visits the layers; `None` above 2¹²⁸.
    pub fn lines(&self, chain: &[Link]) -> Option<Vec<Line>> {
        self.lines_from(chain, 0..chain.len(), self.start)
    }

    /// The lines of some of the layers, counted in the order of the sum, from a given size before them.
    pub fn lines_from(
        &self,
        chain: &[Link],
        layers: Range<usize>,
        before: u128,
    ) -> Option<Vec<Line>> {
        let mut walk = Walk::new(before);
        let mut lines = Vec::with_capacity(layers.len());
        for (place, (link, last)) in self.visit(chain).enumerate().take(layers.end) {
            if place >= layers.start {
                lines.push(self.line(&mut walk, link, last)?);
            } else if self.layers.count(link, last) {
                walk.pass(self.strides.of(link))?;
            }
        }
        Some(lines)
    }

    /// The size after the last line; `None` above 2¹²⁸.
    pub fn size(&self, chain: &[Link]) -> Option<u128> {
        let mut walk = Walk::new(self.start);
        for (link, last) in self.visit(chain) {
            self.line(&mut walk, link, last)?;
        }
        Some(walk.size)
    }

    /// The sum beside the right one, a step a layer.
    pub fn steps(&self, chain: &[Link]) -> Option<Vec<Step>> {
        let right = self.righted();
        let (mistaken_lines, right_lines) = (self.lines(chain)?, right.lines(chain)?);
        let start = (self.start != right.start).then(|| Step {
            at: "start".to_owned(),
            mistaken: self.start.to_string(),
            right: right.start.to_string(),
        });
        let layers = self
            .visit(chain)
            .zip(mistaken_lines.iter().zip(&right_lines))
            .filter(|((link, _), (mistaken, right))| {
                link.kind != Kind::Pointwise && (chain.len() <= MOST_STEPS || mistaken != right)
            })
            .map(|((link, _), (mistaken, correct))| Step {
                at: link.name.clone(),
                mistaken: self.text(link, mistaken),
                right: right.text(link, correct),
            });
        Some(start.into_iter().chain(layers).take(MOST_STEPS).collect())
    }

    /// The links in the order of the sum, each with whether it is the last window before the unit.
    pub fn visit<'a>(&self, chain: &'a [Link]) -> Box<dyn Iterator<Item = (&'a Link, bool)> + 'a> {
        let last = chain.iter().rposition(|link| link.kind != Kind::Pointwise);
        let ordered = chain
            .iter()
            .enumerate()
            .map(move |(place, link)| (link, Some(place) == last));
        match self.form {
            Form::Backward(_) => Box::new(ordered.rev()),
            Form::Forward | Form::Product => Box::new(ordered),
        }
    }

    fn line(&self, walk: &mut Walk, link: &Link, last: bool) -> Option<Line> {
        let before = walk.size;
        let counted = self.layers.count(link, last);
        let stride = self.strides.of(link);
        let slips = self.slips(link);
        let factor = match self.form {
            Form::Forward => self.jump.of(walk, stride)?,
            Form::Backward(_) => stride,
            Form::Product => link.window.kernel as u128,
        };
        if counted {
            let reach = self.reach.of(&link.window)?;
            walk.size = match self.form {
                Form::Forward => before.checked_add(reach.checked_mul(factor)?)?,
                Form::Backward(_) if slips => factor.checked_mul(before)?.checked_add(reach)?,
                Form::Backward(_) => factor
                    .checked_mul(before.checked_sub(1)?)?
                    .checked_add(reach)?
                    .checked_add(1)?,
                Form::Product => before.checked_mul(factor)?,
            };
            walk.pass(stride)?;
        }
        Some(Line {
            before,
            factor,
            size: walk.size,
            counted,
            slips,
        })
    }

    fn slips(&self, link: &Link) -> bool {
        match self.form {
            Form::Backward(Slip::Everywhere) => link.window.stride > 1,
            Form::Backward(Slip::Convolutions) => {
                link.window.stride > 1 && link.kind == Kind::Convolution
            }
            _ => false,
        }
    }

    /// A line with its numbers, such as `3 + (2−1)·2 = 5`.
    pub fn text(&self, link: &Link, sum: &Line) -> String {
        let Line {
            before,
            factor,
            size,
            ..
        } = sum;
        if !sum.counted {
            return "left out".to_owned();
        }
        let reach = self.reach.text(&link.window);
        match self.form {
            Form::Forward => format!("{before} + {reach}·{factor} = {size}"),
            Form::Backward(_) if sum.slips => format!("{factor}·{before} + {reach} = {size}"),
            Form::Backward(_) => format!("{factor}·({before}−1) + {reach} + 1 = {size}"),
            Form::Product => format!("{before}·{factor} = {size}"),
        }
    }
}

/// What the sum has come to.
struct Walk {
    size: u128,
    product: u128,
    previous: u128,
    accumulated: u128,
}

impl Walk {
    fn new(start: u128) -> Self {
        Self {
            size: start,
            product: 1,
            previous: 1,
            accumulated: 0,
        }
    }

    fn pass(&mut self, stride: u128) -> Option<()> {
        self.product = self.product.checked_mul(stride)?;
        self.accumulated = self.accumulated.checked_add(self.product)?;
        self.previous = stride;
        Some(())
    }
}

impl Layers {
    fn count(self, link: &Link, last: bool) -> bool {
        match self {
            Self::All => link.kind != Kind::Pointwise,
            Self::Convolutions => link.kind == Kind::Convolution,
            Self::Last => last,
        }
    }
}

impl Strides {
    fn of(self, link: &Link) -> u128 {
        let counted = match self {
            Self::All => true,
            Self::Convolutions => link.kind == Kind::Convolution,
            Self::Pools => link.kind == Kind::Pool,
            Self::None => false,
        };
        if counted {
            link.window.stride as u128
        } else {
            1
        }
    }
}

impl Jump {
    fn of(self, walk: &Walk, stride: u128) -> Option<u128> {
        match self {
            Self::Before => Some(walk.product),
            Self::WithOwn => walk.product.checked_mul(stride),
            Self::Own => Some(stride),
            Self::Previous => Some(walk.previous),
            Self::Accumulated => Some(walk.accumulated),
        }
    }
}

impl Reach {
    fn of(self, window: &Window) -> Option<u128> {
        let (kernel, dilation) = (window.kernel as u128, window.dilation as u128);
        let taps = kernel.checked_sub(1)?;
        let spread = taps.checked_mul(dilation)?;
        match self {
            Self::Spread => Some(spread),
            Self::SpreadTwice => spread.checked_mul(dilation),
            Self::Kernel => spread.checked_add(1),
            Self::KernelTimesDilation => kernel.checked_mul(dilation)?.checked_sub(1),
            Self::Holes if dilation > 1 => taps.checked_add(spread),
            Self::KernelPlusDilation if kernel > 1 => taps.checked_add(dilation)?.checked_sub(1),
            Self::Dense | Self::Holes | Self::KernelPlusDilation => Some(taps),
        }
    }

    fn text(self, window: &Window) -> String {
        let (k, d) = (window.kernel, window.dilation);
        match self {
            Self::Kernel if d == 1 => k.to_string(),
            Self::Dense => format!("({k}−1)"),
            _ if d == 1 => format!("({k}−1)"),
            Self::Spread => format!("({k}−1)·{d}"),
            Self::SpreadTwice => format!("({k}−1)·{d}·{d}"),
            Self::Kernel => format!("(({k}−1)·{d}+1)"),
            Self::KernelTimesDilation => format!("({k}·{d}−1)"),
            Self::Holes => format!("({k}+({k}−1)·{d}−1)"),
            Self::KernelPlusDilation => format!("({k}+{d}−1−1)"),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The links of `(name, kernel, stride, dilation)`; `pool…` is a pool and `relu…` has no window.
    pub(in super::super) fn chain(layers: &[(&str, usize, usize, usize)]) -> Vec<Link> {
        layers
            .iter()
            .map(|&(name, kernel, stride, dilation)| Link {
                name: name.to_owned(),
                kind: match name {
                    _ if name.starts_with("pool") => Kind::Pool,
                    _ if name.starts_with("relu") => Kind::Pointwise,
                    _ => Kind::Convolution,
                },
                window: Window {
                    stride,
                    dilation,
                    ..Window::new(kernel)
                },
            })
            .collect()
    }

    /// Three convolutions and two pools, the last convolution dilated.
    pub(in super::super) fn three_convolutions() -> Vec<Link> {
        chain(&[
            ("conv1", 3, 1, 1),
            ("pool1", 2, 2, 1),
            ("conv2", 5, 2, 1),
            ("pool2", 2, 2, 1),
            ("conv3", 7, 1, 2),
        ])
    }

    fn sizes(recurrence: Recurrence, chain: &[Link]) -> Vec<u128> {
        let lines = recurrence
            .lines(chain)
            .expect("small sizes do not overflow");
        lines.iter().map(|line| line.size).collect()
    }

    #[test]
    fn forward_and_backward_are_one_sum() {
        let chain = three_convolutions();
        let backward = Recurrence {
            form: Form::Backward(Slip::Nowhere),
            ..RIGHT
        };
        assert_eq!(sizes(RIGHT, &chain), [3, 4, 12, 16, 112]);
        assert_eq!(sizes(backward, &chain), [13, 26, 55, 110, 112]);
    }

    #[test]
    fn a_step_shows_both_sums_with_their_numbers() {
        let own = Recurrence {
            jump: Jump::WithOwn,
            ..RIGHT
        };
        let steps = own.steps(&three_convolutions()).expect("no overflow");
        assert_eq!(steps.len(), 5);
        assert_eq!(steps[1].at, "pool1");
        assert_eq!(steps[1].mistaken, "3 + (2−1)·2 = 5");
        assert_eq!(steps[1].right, "3 + (2−1)·1 = 4");
        assert_eq!(steps[4].mistaken, "29 + (7−1)·2·8 = 125");
        assert_eq!(steps[4].right, "16 + (7−1)·2·8 = 112");
    }

    #[test]
    fn the_backward_sum_is_shown_beside_the_backward_one() {
        let slip = Recurrence {
            form: Form::Backward(Slip::Convolutions),
            ..RIGHT
        };
        let steps = slip.steps(&three_convolutions()).expect("no overflow");
        assert_eq!(steps[2].at, "conv2");
        assert_eq!(steps[2].mistaken, "2·26 + (5−1) = 56");
        assert_eq!(steps[2].right, "2·(26−1) + (5−1) + 1 = 55");
        assert_eq!(steps[4].mistaken, "1·(112−1) + (3−1) + 1 = 114");
    }

    #[test]
    fn a_sum_beyond_all_integers_has_no_value() {
        let huge = chain(&[("conv", usize::MAX, usize::MAX, usize::MAX); 3]);
        assert_eq!(RIGHT.size(&huge), None);
        assert_eq!(RIGHT.steps(&huge), None);
    }

    #[test]
    fn of_a_long_chain_only_the_lines_that_differ_are_written() {
        let mut long = vec![("conv", 3, 1, 1); 1000];
        long[500] = ("pool", 2, 2, 1);
        let own = Recurrence {
            jump: Jump::WithOwn,
            ..RIGHT
        };
        let steps = own.steps(&chain(&long)).expect("no overflow");
        assert_eq!(steps.len(), MOST_STEPS);
        assert_eq!(steps[0].mistaken, "1001 + (2−1)·2 = 1003");
    }
}
