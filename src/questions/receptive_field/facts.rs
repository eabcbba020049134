//! What theory knows about the units that are asked about, gathered once.

use num_rational::Ratio;

use super::recurrence::{Kind, Link, RIGHT};
use super::suspects::Case;
use crate::model::axes::Axes;
use crate::model::{Fault, Model, NodeId, Window, Work};
use crate::report::Extent;
use crate::theory::field::{self, AxisField, Family, Fields, NodeField, Regular};
use crate::theory::shape::{self, Shapes};

/// The units of one node, and how the network comes to them.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The network.
    pub model: &'a Model,
    /// The node whose units are asked about.
    pub node: NodeId,
    /// The fields of all nodes.
    pub fields: Fields,
    /// The axes of all nodes.
    pub axes: Axes,
    /// The shapes of all tensors, where the inputs' are known.
    pub shapes: Option<Shapes>,
    /// Along each axis of the input, the nodes that act on the way to the unit.
    pub chains: Vec<Vec<field::Link>>,
}

impl<'a> Facts<'a> {
    /// Gathers them.
    ///
    /// # Errors
    /// If the model has no input, a node cannot take its inputs, or the node does not depend on the input.
    pub fn new(model: &'a Model, node: NodeId) -> Result<Self, Fault> {
        // Sizes that do not fit are told by the shapes' own rules first, at their place in the source.
        let shapes = has_shapes(model).then(|| shape::of_model(model));
        let shapes = shapes.transpose()?;
        Self::of_places(model, node, shapes)
    }

    /// The same for a model of which only the sizes that carry positions have to be right.
    ///
    /// # Errors
    /// As [`Facts::new`].
    pub fn of_places(
        model: &'a Model,
        node: NodeId,
        shapes: Option<Shapes>,
    ) -> Result<Self, Fault> {
        let axes = Axes::of_model(model)?;
        let fields = field::of_axes(model, &axes)?;
        if matches!(fields.nodes[node.0], NodeField::Independent) {
            let name = &model.node(node).name;
            let fault = Fault::new(
                "independent",
                format!("`{name}` does not depend on the input"),
            );
            return Err(fault.help("ask about a layer that reads the input, with --layer NAME"));
        }
        let along = |axis| field::links(model, &axes, &fields, node, axis);
        let chains = at_once(fields.axes.len(), along);
        Ok(Self {
            model,
            node,
            fields,
            axes,
            shapes,
            chains,
        })
    }

    /// How many axes of the input carry positions.
    pub fn rank(&self) -> usize {
        self.fields.axes.len()
    }

    /// The field of a node along an axis.
    pub fn field(&self, node: NodeId, axis: usize) -> Option<&AxisField> {
        self.fields.at(node, axis)
    }

    /// The fields of the node asked about, an entry an axis.
    pub fn own(&self) -> impl Iterator<Item = &AxisField> {
        (0..self.rank()).filter_map(|axis| self.field(self.node, axis))
    }

    /// The fields of a node, where they have one form along every axis.
    pub fn regular(&self, node: NodeId) -> Option<Vec<&Regular>> {
        let along = |axis| match self.field(node, axis)? {
            AxisField::Regular(regular) => Some(regular),
            _ => None,
        };
        (0..self.rank()).map(along).collect()
    }

    /// The size of a node's field along each axis; `None` where it is not one.
    pub fn size(&self, node: NodeId) -> Option<Vec<Extent>> {
        let along = |axis| match self.field(node, axis)? {
            AxisField::Regular(regular) => Some(whole_number(regular.size)),
            AxisField::Whole { causal: false } => Some(Extent::Whole),
            _ => None,
        };
        (0..self.rank()).map(along).collect()
    }

    /// The length of the input along each axis, where it is known.
    pub fn input(&self) -> Option<Vec<usize>> {
        let places = self.axes.node(self.fields.input)[0].layout.places();
        places.collect()
    }

    /// How many positions a node's output has along each axis of the input; `None` where the axis is gone or its
    /// length is not known.
    pub fn output(&self, node: NodeId) -> Vec<Option<usize>> {
        let NodeField::Axes(axes) = &self.fields.nodes[node.0] else {
            return Vec::new();
        };
        let places: Vec<_> = self.axes.node(node)[0].layout.places().collect();
        axes.iter()
            .map(|axis| places.get(axis.place?).copied().flatten())
            .collect()
    }

    /// How many places the node's units have: a position is one number for each.
    pub fn places(&self) -> Vec<Option<usize>> {
        self.axes.node(self.node)[0].layout.places().collect()
    }

    /// The first layer on the way that reads the whole of an axis.
    pub fn whole_at(&self) -> Option<&field::Link> {
        let whole = |link: &&field::Link| matches!(link.after, AxisField::Whole { .. });
        self.chains
            .iter()
            .find_map(|chain| chain.iter().find(whole))
    }

    /// Along each axis, every layer on the way as somebody counts it who sums up; empty where it is no sum.
    pub fn paths(&self) -> Vec<Vec<Link>> {
        let paths = (0..self.rank()).map(|axis| self.path(axis));
        paths.collect::<Option<_>>().unwrap_or_default()
    }

    fn path(&self, axis: usize) -> Option<Vec<Link>> {
        let mut chain = self.chains[axis].iter().peekable();
        let nodes = field::path(self.model, &self.fields, self.node, axis);
        nodes
            .into_iter()
            .map(|(node, _)| match chain.next_if(|link| link.node == node) {
                Some(link) => summand(link),
                None => Some(pointwise(&format!(
                    "{} {}",
                    self.model.node(node).name,
                    self.model.kind(node)
                ))),
            })
            .collect()
    }

    /// What mistakes are carried out on.
    pub fn case(&self) -> Case {
        let output: Option<Vec<usize>> = self.output(self.node).into_iter().collect();
        let taps = self.regular(self.node).and_then(|axes| {
            let taps = axes.iter().map(|regular| regular.taps);
            taps.collect::<Option<Vec<_>>>()
        });
        Case {
            chains: self.paths(),
            size: self.size(self.node).unwrap_or_default(),
            output: output.map(|sizes| sizes.into_iter().map(|size| size as u128).collect()),
            taps,
            before_whole: self.before_whole(),
        }
    }

    /// The layer that makes the field whole along every axis, and the size before it.
    fn before_whole(&self) -> Option<(String, Vec<u128>)> {
        let whole = |field: &AxisField| matches!(field, AxisField::Whole { .. });
        if !self.own().all(whole) {
            return None;
        }
        let sizes = self.chains.iter().map(|chain| {
            let link = chain.iter().find(|link| whole(&link.after))?;
            match &link.before {
                AxisField::Regular(regular) => Some(regular.size),
                _ => None,
            }
        });
        Some((self.whole_at()?.name.clone(), sizes.collect::<Option<_>>()?))
    }

    /// The working of the size along an axis, a line a layer; empty where it is no sum.
    pub fn steps(&self, axis: usize) -> Vec<String> {
        const MOST: usize = 100;
        let Some(path) = self.path(axis) else {
            return Vec::new();
        };
        let Some(lines) = RIGHT.lines(&path) else {
            return Vec::new();
        };
        let counted = path.iter().zip(&lines);
        let mut counted = counted.filter(|(link, _)| link.kind != Kind::Pointwise);
        let mut steps = vec!["start: 1".to_owned()];
        steps.extend(
            counted
                .by_ref()
                .take(MOST)
                .map(|(link, line)| format!("{}: {}", link.name, RIGHT.text(link, line))),
        );
        let more = counted.count();
        if more > 0 {
            steps.push(format!("and {more} more layers"));
        }
        steps
    }
}

/// The same for every axis, each on a thread of its own: in a network of a hundred thousand layers it takes a while.
fn at_once<T: Send>(axes: usize, of_axis: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let of_axis = &of_axis;
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..axes)
            .map(|axis| scope.spawn(move || of_axis(axis)))
            .collect();
        let done = running.into_iter().map(std::thread::ScopedJoinHandle::join);
        done.map(|found| found.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

fn has_shapes(model: &Model) -> bool {
    let mut inputs = model.inputs().map(|input| &model.node(input).work);
    inputs.all(|work| matches!(work, Work::Input(Some(_))))
}

/// A layer as a term of the sum. One without a window counts by what it does to the size and the jump, as a pool;
/// `None` where that is no window's doing.
fn summand(link: &field::Link) -> Option<Link> {
    let kind = match link.family {
        Family::Conv => Kind::Convolution,
        Family::Pool | Family::AdaptivePool | Family::Other => Kind::Pool,
        Family::ConvTranspose | Family::Upsample => return None,
    };
    let window = match link.window {
        Some(window) => window,
        None => window_of(link)?,
    };
    // In a plain sequence a name is only a number.
    let name = format!("{} {}", link.name, link.kind);
    Some(
        if window.kernel == 1 && window.stride == 1 && kind == Kind::Pool {
            pointwise(&name)
        } else {
            Link { name, kind, window }
        },
    )
}

/// The window that makes the field before a layer the field after it.
fn window_of(link: &field::Link) -> Option<Window> {
    let (AxisField::Regular(before), AxisField::Regular(after)) = (&link.before, &link.after)
    else {
        return None;
    };
    let stride = after.jump / before.jump;
    let grown = i128::try_from(after.size.checked_sub(before.size)?).ok()?;
    let taps = Ratio::from_integer(grown) / before.jump;
    let count = |ratio: Ratio<i128>| {
        let whole = ratio.is_integer().then(|| ratio.to_integer())?;
        usize::try_from(whole).ok()
    };
    let whole_kernel = count(taps)?.checked_add(1)?;
    Some(Window {
        stride: count(stride).filter(|stride| *stride > 0)?,
        ..Window::new(whole_kernel)
    })
}

fn pointwise(name: &str) -> Link {
    Link {
        name: name.to_owned(),
        kind: Kind::Pointwise,
        window: Window::new(1),
    }
}

/// An integer as an extent.
pub fn whole_number(count: u128) -> Extent {
    Extent::Count(i128::try_from(count).unwrap_or(i128::MAX))
}

/// A fraction as an extent: an integer where it is one.
pub fn fraction(ratio: Ratio<i128>) -> Extent {
    if ratio.is_integer() {
        Extent::Count(ratio.to_integer())
    } else {
        #[expect(clippy::cast_precision_loss, reason = "a half or a third of a pixel")]
        Extent::Real(*ratio.numer() as f64 / *ratio.denom() as f64)
    }
}
