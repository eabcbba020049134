//! Operations on tensors.

use super::{ShapeError, axis, product, signed};
use crate::model::operation::Pieces;
use crate::model::{Operation, Shape};

type Outcome = Result<Shape, ShapeError>;

/// More pieces than this are refused: each is an output of the node.
const MOST_PIECES: usize = 65_536;

pub(super) fn of_operation(
    operation: &Operation,
    inputs: &[Shape],
) -> Result<Vec<Shape>, ShapeError> {
    let Some(input) = inputs.first() else {
        return Err(ShapeError::expected("an input", "none"));
    };
    let rank = input.rank();
    let single = match operation {
        Operation::Split { pieces, dim } => return split(pieces, *dim, input),
        Operation::Binary(_) | Operation::Elementwise { .. } => broadcast_all(inputs),
        Operation::Cat { dim } => cat(*dim, inputs),
        Operation::Stack { dim } => stack(*dim, inputs),
        Operation::MatMul => matmul(inputs),
        Operation::Reduce { dims, keepdim, .. } => reduce(dims, *keepdim, input),
        Operation::DotProductAttention { .. } => dot_product_attention(inputs),
        Operation::Reshape { sizes } => {
            let whole = product(input.dims())?;
            resolve_sizes(sizes, whole).map(Shape)
        }
        Operation::Permute { dims } => permute(dims, input),
        Operation::Transpose { first, second } => {
            let (first, second) = (axis(*first, rank)?, axis(*second, rank)?);
            let mut output = input.clone();
            // A scalar has one axis in name only.
            if rank > 0 {
                output.0.swap(first, second);
            }
            Ok(output)
        }
        Operation::Squeeze { dims } => squeeze(dims, input),
        Operation::Unsqueeze { dim } => insert_axis(*dim, 1, input),
        Operation::Select { dim, index } => select(*dim, *index, input),
        Operation::Slice {
            dim,
            start,
            stop,
            step,
        } => slice(*dim, *start, *stop, *step, input),
        Operation::Expand { sizes } => expand(sizes, input),
        Operation::Repeat { times } => repeat(times, input),
        Operation::Flip { dims } | Operation::Roll { dims, .. } => {
            axes(dims, rank).map(|_| input.clone())
        }
        Operation::Cumulative { dim } => axis(*dim, rank).map(|_| input.clone()),
    }?;
    Ok(vec![single])
}

/// The axes that these dimensions name, each at most once.
fn axes(dims: &[isize], rank: usize) -> Result<Vec<usize>, ShapeError> {
    let mut found = Vec::with_capacity(dims.len());
    for &dim in dims {
        let axis = axis(dim, rank)?;
        if found.contains(&axis) {
            return Err(ShapeError::new(format!("axis {dim} is named twice")));
        }
        found.push(axis);
    }
    Ok(found)
}

/// Sizes with at most one −1, which is what the others leave of `whole`.
pub(super) fn resolve_sizes(sizes: &[isize], whole: usize) -> Result<Vec<usize>, ShapeError> {
    let misfit = || {
        let sizes: Vec<String> = sizes.iter().map(ToString::to_string).collect();
        ShapeError::expected(format!("sizes whose product is {whole}"), sizes.join("×"))
    };
    if sizes.iter().any(|&size| size < -1) || sizes.iter().filter(|&&size| size == -1).count() > 1 {
        return Err(ShapeError::expected(
            "sizes of at least 0, at most one of them −1",
            format!("{sizes:?}"),
        ));
    }
    let known: Vec<usize> = sizes
        .iter()
        .filter_map(|&size| usize::try_from(size).ok())
        .collect();
    let known_product = product(&known)?;
    if known.len() == sizes.len() {
        return if known_product == whole {
            Ok(known)
        } else {
            Err(misfit())
        };
    }
    if known_product == 0 || !whole.is_multiple_of(known_product) {
        return Err(misfit());
    }
    let rest = whole / known_product;
    Ok(sizes
        .iter()
        .map(|&size| usize::try_from(size).unwrap_or(rest))
        .collect())
}

/// PyTorch's broadcasting: aligned at the last axis, a size of 1 stretches.
pub(super) fn broadcast(first: &[usize], second: &[usize]) -> Result<Vec<usize>, ShapeError> {
    let rank = first.len().max(second.len());
    let size = |dims: &[usize], axis: usize| {
        (axis + dims.len())
            .checked_sub(rank)
            .map_or(1, |index| dims[index])
    };
    (0..rank)
        .map(|axis| match (size(first, axis), size(second, axis)) {
            (a, b) if a == b || b == 1 => Ok(a),
            (1, b) => Ok(b),
            (a, b) => Err(ShapeError::expected(
                format!("sizes that are equal or 1 at axis {axis}"),
                format!(
                    "{a} and {b} ({} and {})",
                    Shape(first.to_vec()),
                    Shape(second.to_vec())
                ),
            )),
        })
        .collect()
}

fn broadcast_all(inputs: &[Shape]) -> Outcome {
    inputs
        .iter()
        .try_fold(Vec::new(), |dims, input| broadcast(&dims, input.dims()))
        .map(Shape)
}

fn cat(dim: isize, inputs: &[Shape]) -> Outcome {
    // PyTorch passes over empty vectors, whatever the others are.
    let real = |input: &&Shape| input.dims() != [0];
    let Some(first) = inputs.iter().find(real) else {
        return Ok(inputs[0].clone());
    };
    let place = axis(dim, first.rank())?;
    if first.rank() == 0 {
        return Err(ShapeError::expected("at least 1 axis", "a scalar"));
    }
    let mut output = first.clone();
    output.0[place] = 0;
    for input in inputs.iter().filter(real) {
        let alike = input.rank() == first.rank()
            && (0..first.rank()).all(|axis| axis == place || input.0[axis] == first.0[axis]);
        if !alike {
            return Err(ShapeError::expected(
                format!("inputs that are alike but for axis {place}"),
                format!("{first} and {input}"),
            ));
        }
        output.0[place] = output.0[place]
            .checked_add(input.0[place])
            .ok_or_else(ShapeError::too_large)?;
    }
    Ok(output)
}

fn stack(dim: isize, inputs: &[Shape]) -> Outcome {
    if let Some(other) = inputs.iter().find(|input| *input != &inputs[0]) {
        return Err(ShapeError::expected(
            "inputs of one shape",
            format!("{} and {other}", inputs[0]),
        ));
    }
    insert_axis(dim, inputs.len(), &inputs[0])
}

fn insert_axis(dim: isize, size: usize, input: &Shape) -> Outcome {
    let place = axis(dim, input.rank() + 1)?;
    let mut output = input.clone();
    output.0.insert(place, size);
    Ok(output)
}

/// `torch.matmul`: vectors become a row or a column that is dropped again, what stands before is broadcast.
fn matmul(inputs: &[Shape]) -> Outcome {
    let [first, second, ..] = inputs else {
        return Err(ShapeError::expected("two inputs", inputs.len()));
    };
    if first.rank() == 0 || second.rank() == 0 {
        return Err(ShapeError::expected(
            "two inputs of at least 1 axis",
            format!("{first} and {second}"),
        ));
    }
    let mut left = first.0.clone();
    let mut right = second.0.clone();
    if first.rank() == 1 {
        left.insert(0, 1);
    }
    if second.rank() == 1 {
        right.push(1);
    }
    let (rows, inner) = (left[left.len() - 2], left[left.len() - 1]);
    let (inner_too, columns) = (right[right.len() - 2], right[right.len() - 1]);
    if inner != inner_too {
        return Err(ShapeError::expected(
            "the last axis of the first to be the last but one of the second",
            format!("{inner} and {inner_too} ({first} and {second})"),
        ));
    }
    let mut dims = broadcast(&left[..left.len() - 2], &right[..right.len() - 2])?;
    if first.rank() > 1 {
        dims.push(rows);
    }
    if second.rank() > 1 {
        dims.push(columns);
    }
    Ok(Shape(dims))
}

/// Query `…×L×E`, key `…×S×E`, value `…×S×V`: `…×L×V`.
fn dot_product_attention(inputs: &[Shape]) -> Outcome {
    let [query, key, value, ..] = inputs else {
        return Err(ShapeError::expected(
            "a query, a key and a value",
            inputs.len(),
        ));
    };
    if [query, key, value].iter().any(|shape| shape.rank() < 2) {
        return Err(ShapeError::expected(
            "query, key and value of at least 2 axes",
            format!("{query}, {key} and {value}"),
        ));
    }
    let mut transposed = key.clone();
    let last = key.rank() - 1;
    transposed.0.swap(last - 1, last);
    let weights = matmul(&[query.clone(), transposed])?;
    matmul(&[weights, value.clone()])
}

fn reduce(dims: &[isize], keepdim: bool, input: &Shape) -> Outcome {
    let gone = match dims {
        [] => (0..input.rank()).collect(),
        _ => axes(dims, input.rank())?,
    };
    let dims = input.0.iter().enumerate();
    Ok(Shape(
        dims.filter_map(|(axis, &size)| match gone.contains(&axis) {
            true if keepdim => Some(1),
            true => None,
            false => Some(size),
        })
        .collect(),
    ))
}

fn permute(dims: &[isize], input: &Shape) -> Outcome {
    let order = axes(dims, input.rank())?;
    if order.len() != input.rank() {
        return Err(ShapeError::expected(
            format!("all {} axes", input.rank()),
            format!("{dims:?}"),
        ));
    }
    Ok(Shape(order.iter().map(|&axis| input.0[axis]).collect()))
}

fn squeeze(dims: &[isize], input: &Shape) -> Outcome {
    let named = match dims {
        [] => (0..input.rank()).collect(),
        _ => axes(dims, input.rank())?,
    };
    let dims = input.0.iter().enumerate();
    Ok(Shape(
        dims.filter(|(axis, size)| **size != 1 || !named.contains(axis))
            .map(|(_, &size)| size)
            .collect(),
    ))
}

fn split(pieces: &Pieces, dim: isize, input: &Shape) -> Result<Vec<Shape>, ShapeError> {
    let place = axis(dim, input.rank())?;
    let Some(&whole) = input.0.get(place) else {
        return Err(ShapeError::expected("at least 1 axis", "a scalar"));
    };
    let sizes = match pieces {
        Pieces::Count(0) | Pieces::Each(0) => {
            return Err(ShapeError::expected("at least one piece", 0));
        }
        Pieces::Count(count) => even_pieces(whole, whole.div_ceil(*count).max(1))?,
        Pieces::Each(each) => even_pieces(whole, *each)?,
        Pieces::Sizes(sizes) => {
            let sum = sizes
                .iter()
                .try_fold(0_usize, |sum, &size| sum.checked_add(size));
            if sum != Some(whole) {
                return Err(ShapeError::expected(
                    format!("sizes whose sum is {whole} (axis {place})"),
                    format!("{sizes:?}"),
                ));
            }
            sizes.clone()
        }
        Pieces::Unbind => {
            let mut piece = input.clone();
            piece.0.remove(place);
            return Ok(vec![piece; few(whole)?]);
        }
    };
    few(sizes.len())?;
    Ok(sizes
        .into_iter()
        .map(|size| {
            let mut piece = input.clone();
            piece.0[place] = size;
            piece
        })
        .collect())
}

/// Pieces of one size, the last perhaps smaller; an empty axis is one empty piece.
fn even_pieces(whole: usize, each: usize) -> Result<Vec<usize>, ShapeError> {
    let count = few(whole.div_ceil(each).max(1))?;
    Ok((0..count)
        .map(|piece| each.min(whole - piece * each))
        .collect())
}

fn few(count: usize) -> Result<usize, ShapeError> {
    if count <= MOST_PIECES {
        Ok(count)
    } else {
        Err(ShapeError::expected(
            format!("at most {MOST_PIECES} pieces"),
            count,
        ))
    }
}

fn select(dim: isize, index: isize, input: &Shape) -> Outcome {
    let place = axis(dim, input.rank())?;
    let Some(&size) = input.0.get(place) else {
        return Err(ShapeError::expected("at least 1 axis", "a scalar"));
    };
    if !(-signed(size)..signed(size)).contains(&(index as i128)) {
        return Err(ShapeError::expected(
            format!("a position within the {size} of axis {place}"),
            index,
        ));
    }
    let mut output = input.clone();
    output.0.remove(place);
    Ok(output)
}

/// As Python slices: ends beyond the axis are cut to it, negative ones count from its end.
fn slice(
    dim: isize,
    start: Option<isize>,
    stop: Option<isize>,
    every: usize,
    input: &Shape,
) -> Outcome {
    let place = axis(dim, input.rank())?;
    let Some(&size) = input.0.get(place) else {
        return Err(ShapeError::expected("at least 1 axis", "a scalar"));
    };
    if every == 0 {
        return Err(ShapeError::expected("a step of at least 1", every));
    }
    let bound = |end: isize| {
        let counted = if end < 0 {
            end as i128 + signed(size)
        } else {
            end as i128
        };
        usize::try_from(counted.max(0)).map_or(size, |end| end.min(size))
    };
    let from = start.map_or(0, bound);
    let to = stop.map_or(size, bound);
    let mut output = input.clone();
    output.0[place] = to.saturating_sub(from).div_ceil(every);
    Ok(output)
}

fn expand(sizes: &[isize], input: &Shape) -> Outcome {
    let Some(new) = sizes.len().checked_sub(input.rank()) else {
        return Err(ShapeError::expected(
            format!("at least {} sizes", input.rank()),
            sizes.len(),
        ));
    };
    let misfit = |axis: usize, want: isize, got: usize| {
        ShapeError::expected(
            format!("a size of 1 to expand to {want} (axis {axis})"),
            got,
        )
    };
    let dims = sizes.iter().enumerate().map(|(index, &want)| {
        let have = index.checked_sub(new).map(|axis| input.0[axis]);
        match (usize::try_from(want), have) {
            (Ok(want), None) => Ok(want),
            (Ok(want), Some(have)) if have == want || have == 1 => Ok(want),
            (Err(_), Some(have)) if want == -1 => Ok(have),
            (_, have) => Err(misfit(index, want, have.unwrap_or(0))),
        }
    });
    dims.collect::<Result<_, _>>().map(Shape)
}

fn repeat(times: &[usize], input: &Shape) -> Outcome {
    let Some(new) = times.len().checked_sub(input.rank()) else {
        return Err(ShapeError::expected(
            format!("at least {} numbers of repeats", input.rank()),
            times.len(),
        ));
    };
    let dims = times.iter().enumerate().map(|(index, &times)| {
        let size = index.checked_sub(new).map_or(1, |axis| input.0[axis]);
        product(&[times, size])
    });
    dims.collect::<Result<_, _>>().map(Shape)
}
