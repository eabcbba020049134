//! The fields of all nodes in one pass from the input to the outputs: time and memory linear in the nodes.

use std::rc::Rc;

use num_rational::Ratio;

use super::pattern::{Kind, NoForm};
use super::periodic::{Periodic, TooLarge};
use super::{AxisField, Fields, NodeAxis, NodeField, Phase, Regular};
use crate::model::access::Along;
use crate::model::axes::{Axes, Reads, Relation};
use crate::model::{Access, Fault, Model, NodeId, Operation, Work};

/// The fields with respect to the model's first input that carries positions (or its first at all).
///
/// # Errors
/// If the model has no input, or a node cannot take its inputs.
pub fn of_model(model: &Model) -> Result<Fields, Fault> {
    of_axes(model, &Axes::of_model(model)?)
}

/// The same, where the axes of the model are at hand.
///
/// # Errors
/// If the model has no input.
pub fn of_axes(model: &Model, axes: &Axes) -> Result<Fields, Fault> {
    let first = (model.inputs())
        .find(|input| axes.node(*input)[0].layout.places().next().is_some())
        .or_else(|| model.inputs().next())
        .ok_or_else(|| Fault::new("no-input", "the model has no input"))?;
    Ok(follow(model, axes, first))
}

/// The fields with respect to one input.
///
/// # Errors
/// If a node cannot take its inputs.
pub fn of_input(model: &Model, input: NodeId) -> Result<Fields, Fault> {
    Ok(follow(model, &Axes::of_model(model)?, input))
}

/// What is seen along one axis of the input, and which place of the tensor moves it.
#[derive(Debug, Clone)]
struct State {
    place: Option<usize>,
    seen: Seen,
}

#[derive(Debug, Clone)]
enum Seen {
    Map(Rc<Periodic>),
    Whole {
        causal: bool,
    },
    /// All positions of the place together see the whole input; which sees what is not followed.
    Tangled {
        at: NodeId,
    },
    Misaligned {
        at: NodeId,
    },
    NeedsShape {
        at: NodeId,
    },
    Lost {
        at: NodeId,
        reason: Rc<str>,
    },
}

/// The states of one output: one an axis of the input; `None` if it does not depend on the input.
type Port = Option<Vec<State>>;

fn follow(model: &Model, axes: &Axes, input: NodeId) -> Fields {
    let mut readers = readers(model);
    let mut ports: Vec<Vec<Port>> = Vec::with_capacity(model.nodes.len());
    let mut nodes = Vec::with_capacity(model.nodes.len());
    for id in model.node_ids() {
        let node = model.node(id);
        let outputs = if id == input {
            vec![Some(start(axes.node(id)[0].layout.places().count()))]
        } else {
            let outputs = axes.node(id).iter();
            outputs
                .map(|output| {
                    let branches = node.inputs.iter().zip(&output.relations);
                    let branches = branches.filter_map(|(port, relation)| {
                        let states = ports[port.node.0].get(port.output)?.as_ref()?;
                        let sizes: Vec<Option<usize>> = axes.at(*port)?.layout.places().collect();
                        read(states, relation, &sizes, id)
                    });
                    branches.reduce(|left, right| {
                        let one_of_both = picks_one(model, id, &output.relations);
                        join(left, right, id, one_of_both)
                    })
                })
                .collect()
        };
        nodes.push(summary(outputs.first()));
        ports.push(outputs);
        for port in &node.inputs {
            readers[port.node.0] -= 1;
            if readers[port.node.0] == 0 {
                ports[port.node.0] = Vec::new();
            }
        }
    }
    Fields {
        input,
        axes: axes.node(input)[0].layout.place_axes(),
        nodes,
    }
}

/// How many inputs of other nodes each node is.
fn readers(model: &Model) -> Vec<usize> {
    let mut readers = vec![0; model.nodes.len()];
    for port in model.nodes.iter().flat_map(|node| &node.inputs) {
        readers[port.node.0] += 1;
    }
    readers
}

fn start(places: usize) -> Vec<State> {
    let identity = Rc::new(Periodic::identity());
    let state = |place| State {
        place: Some(place),
        seen: Seen::Map(identity.clone()),
    };
    (0..places).map(state).collect()
}

/// The states of an output that reads these; `None` if it reads nothing of them.
fn read(
    states: &[State],
    relation: &Relation,
    sizes: &[Option<usize>],
    at: NodeId,
) -> Option<Vec<State>> {
    if relation.contains(&Reads::Nothing) {
        return None;
    }
    let mut result: Vec<State> = Vec::with_capacity(states.len());
    for (axis, state) in states.iter().enumerate() {
        let next = match state.place {
            None => state.clone(),
            Some(place) => {
                // Axes of a square input usually see alike.
                let alike = axis.checked_sub(1).map(|before| (&states[before], before));
                match alike {
                    Some((twin, before))
                        if same_map(&twin.seen, &state.seen)
                            && twin.place.is_some_and(|other| {
                                sizes[other] == sizes[place]
                                    && same_reads(&relation[other], &relation[place])
                            }) =>
                    {
                        State {
                            place: from(&relation[place]),
                            seen: result[before].seen.clone(),
                        }
                    }
                    _ => read_axis(state, &relation[place], sizes[place], at),
                }
            }
        };
        result.push(next);
    }
    Some(result)
}

fn same_map(left: &Seen, right: &Seen) -> bool {
    matches!((left, right), (Seen::Map(left), Seen::Map(right)) if Rc::ptr_eq(left, right))
}

fn same_reads(left: &Reads, right: &Reads) -> bool {
    match (left, right) {
        (
            Reads::By {
                from: Some(_),
                accesses: left,
            },
            Reads::By {
                from: Some(_),
                accesses: right,
            },
        ) => left == right,
        _ => false,
    }
}

fn from(reads: &Reads) -> Option<usize> {
    match reads {
        Reads::By { from, .. } | Reads::Tangled { from } => *from,
        Reads::Nothing | Reads::Lost(_) => None,
    }
}

fn read_axis(state: &State, reads: &Reads, size: Option<usize>, at: NodeId) -> State {
    let place = from(reads);
    let seen = match reads {
        Reads::Nothing => state.seen.clone(),
        Reads::Lost(reason) => Seen::Lost {
            at,
            reason: Rc::from(&**reason),
        },
        Reads::Tangled { .. } => match &state.seen {
            Seen::Map(_) => Seen::Tangled { at },
            other => other.clone(),
        },
        Reads::By { from, accesses } => {
            let mut seen = state.seen.clone();
            let mut size = size;
            for access in accesses.iter().rev() {
                seen = step(&seen, access, size, at);
                let along = Along::one(access.clone());
                size = size.and_then(|n| along.length(n));
            }
            match (&seen, from) {
                (Seen::Map(map), None) => fixed(map, at),
                _ => seen,
            }
        }
    };
    State { place, seen }
}

/// What the position 0 sees, as what every unit sees.
fn fixed(map: &Periodic, at: NodeId) -> Seen {
    match map.unit(0) {
        Some(set) => Seen::Map(Rc::new(Periodic {
            phases: vec![Rc::new(set)],
            advance: 0,
        })),
        None => too_large(at),
    }
}

fn too_large(at: NodeId) -> Seen {
    Seen::Lost {
        at,
        reason: "its numbers or its phases are too many to compute with".into(),
    }
}

fn step(seen: &Seen, access: &Access, size: Option<usize>, at: NodeId) -> Seen {
    match (Kind::of(access, size), seen) {
        // All of what is not known is not known; all of anything else is all.
        (Ok(Kind::All), lost @ Seen::Lost { .. }) => lost.clone(),
        (Ok(Kind::All), _) => Seen::Whole { causal: false },
        (Ok(Kind::UpTo), Seen::Map(_)) => Seen::Whole { causal: true },
        (Ok(Kind::Periodic(pattern)), Seen::Map(map)) => match map.read_by(&pattern) {
            Ok(map) => Seen::Map(Rc::new(map)),
            Err(TooLarge) => too_large(at),
        },
        (Err(NoForm::NeedsLength), Seen::Map(_)) => Seen::NeedsShape { at },
        (Err(NoForm::TooLarge), Seen::Map(_)) => too_large(at),
        (_, seen) => seen.clone(),
    }
}

/// Whether each unit reads one of the inputs: they are joined along an axis of positions.
fn picks_one(model: &Model, node: NodeId, relations: &[Relation]) -> bool {
    let joined = matches!(
        model.node(node).work,
        Work::Operation(Operation::Cat { .. })
    );
    let placed = |reads: &Reads| match reads {
        Reads::By { accesses, .. } => accesses.iter().any(|access| *access != Access::Same),
        _ => true,
    };
    joined && relations.iter().flatten().any(placed)
}

/// What is seen through either of two branches; where each unit reads one of both, all that can be said of all units
/// is what is the same in both.
fn join(left: Vec<State>, right: Vec<State>, at: NodeId, one_of_both: bool) -> Vec<State> {
    (left.into_iter().zip(right))
        .map(|(left, right)| {
            if one_of_both && !alike(&left, &right) {
                State {
                    place: left.place.or(right.place),
                    seen: Seen::Misaligned { at },
                }
            } else {
                join_axis(left, right, at)
            }
        })
        .collect()
}

fn alike(left: &State, right: &State) -> bool {
    let seen = match (&left.seen, &right.seen) {
        (Seen::Map(one), Seen::Map(two)) => one == two,
        (Seen::Whole { .. }, Seen::Whole { .. }) => true,
        _ => false,
    };
    seen && left.place == right.place
}

fn join_axis(left: State, right: State, at: NodeId) -> State {
    let place = left.place.or(right.place);
    let agree = left.place == right.place;
    let seen = match (left.seen, right.seen) {
        (Seen::Whole { causal: one }, Seen::Whole { causal: two }) => {
            Seen::Whole { causal: one && two }
        }
        (Seen::Whole { .. }, _) | (_, Seen::Whole { .. }) => Seen::Whole { causal: false },
        (lost @ Seen::Lost { .. }, _) | (_, lost @ Seen::Lost { .. }) => lost,
        (Seen::Map(one), Seen::Map(two)) if agree => {
            if Rc::ptr_eq(&one, &two) {
                Seen::Map(one)
            } else {
                match one.union(&two) {
                    Ok(Some(map)) => Seen::Map(Rc::new(map)),
                    Ok(None) => Seen::Misaligned { at },
                    Err(TooLarge) => too_large(at),
                }
            }
        }
        (Seen::Map(_), Seen::Map(_)) => Seen::Misaligned { at },
        (Seen::Map(_), other) | (other, _) => other,
    };
    State { place, seen }
}

fn summary(port: Option<&Port>) -> NodeField {
    match port {
        Some(Some(states)) => NodeField::Axes(states.iter().map(axis_field).collect()),
        _ => NodeField::Independent,
    }
}

fn axis_field(state: &State) -> NodeAxis {
    let field = match &state.seen {
        Seen::Map(map) => AxisField::Regular(regular(map)),
        Seen::Whole { causal } => AxisField::Whole { causal: *causal },
        Seen::Misaligned { at } => AxisField::Misaligned { at: *at },
        Seen::NeedsShape { at } => AxisField::NeedsShape { at: *at },
        Seen::Tangled { at } => AxisField::Lost {
            at: *at,
            reason: "it arranges positions in another order, which is not followed".to_owned(),
        },
        Seen::Lost { at, reason } => AxisField::Lost {
            at: *at,
            reason: reason.to_string(),
        },
    };
    NodeAxis {
        place: state.place,
        field,
    }
}

fn regular(map: &Periodic) -> Regular {
    let phases: Vec<Phase> = (map.phases.iter())
        .map(|set| match set.hull() {
            None => Phase {
                start: 0,
                size: 0,
                taps: Some(0),
            },
            Some((first, last)) => Phase {
                start: first,
                size: last.abs_diff(first) + 1,
                taps: set.count(),
            },
        })
        .collect();
    let first = phases[0];
    let reach = i128::try_from(first.size).unwrap_or(0).max(1) - 1;
    let taps = phases.iter().map(|phase| phase.taps);
    Regular {
        size: phases.iter().map(|phase| phase.size).max().unwrap_or(0),
        taps: taps.reduce(|most, taps| Some(most?.max(taps?))).flatten(),
        jump: Ratio::new(map.advance, map.period()),
        start: first.start,
        centre: Ratio::new(reach, 2) + Ratio::from_integer(first.start),
        phases,
        advance: map.advance,
    }
}
