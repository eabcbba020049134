//! numpy's format for one array: a magic number, a header that is a Python literal, the numbers.
//!
//! The format is numpy's NEP 1 (versions 1.0 to 3.0).

use crate::lab::Array;
use crate::lab::ops::Kind;

pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// The array of a `.npy` file.
///
/// # Errors
/// In words, what is wrong with it.
pub(super) fn array(bytes: &[u8]) -> Result<Array, String> {
    let rest = bytes.strip_prefix(MAGIC).ok_or("it is no .npy file")?;
    let (&[major, _], rest) = rest
        .split_first_chunk::<2>()
        .ok_or("its header is cut off")?;
    let (length, rest) = if major == 1 {
        let (length, rest) = rest
            .split_first_chunk::<2>()
            .ok_or("its header is cut off")?;
        (usize::from(u16::from_le_bytes(*length)), rest)
    } else {
        let (length, rest) = rest
            .split_first_chunk::<4>()
            .ok_or("its header is cut off")?;
        (u32::from_le_bytes(*length) as usize, rest)
    };
    let (header, data) = rest
        .split_at_checked(length)
        .ok_or("its header is cut off")?;
    let header = std::str::from_utf8(header).map_err(|_| "its header is not text")?;
    let dims = shape(header)?;
    let count = dims
        .iter()
        .try_fold(1_usize, |count, &n| count.checked_mul(n));
    let count = count.ok_or("its shape is too large")?;
    let (kind, numbers) = numbers(value_of(header, "descr")?, data)?;
    if numbers.len() != count {
        return Err(format!(
            "it has {} numbers for a shape of {count}",
            numbers.len()
        ));
    }
    let by_columns = value_of(header, "fortran_order")?.starts_with("True");
    let data = if by_columns {
        by_rows(&dims, &numbers)
    } else {
        numbers
    };
    Ok(Array { dims, kind, data })
}

/// What stands after a key of the header.
fn value_of<'a>(header: &'a str, key: &str) -> Result<&'a str, String> {
    let at = header
        .find(&format!("'{key}'"))
        .ok_or(format!("its header has no {key}"))?;
    let rest = &header[at + key.len() + 2..];
    rest.trim_start()
        .strip_prefix(':')
        .map(str::trim_start)
        .ok_or(format!("its header has no {key}"))
}

fn shape(header: &str) -> Result<Vec<usize>, String> {
    let value = value_of(header, "shape")?;
    let inner = value
        .strip_prefix('(')
        .and_then(|value| value.split(')').next());
    let inner = inner.ok_or("its shape cannot be read")?;
    let sizes = inner
        .split(',')
        .map(str::trim)
        .filter(|size| !size.is_empty());
    sizes
        .map(|size| {
            size.parse()
                .map_err(|_| "its shape cannot be read".to_owned())
        })
        .collect()
}

fn numbers(descr: &str, data: &[u8]) -> Result<(Kind, Vec<f64>), String> {
    let descr = descr
        .trim_start_matches('\'')
        .split('\'')
        .next()
        .unwrap_or_default();
    Ok(match descr {
        "<f8" => (Kind::F64, super::numbers(data, f64::from_le_bytes)),
        ">f8" => (Kind::F64, super::numbers(data, f64::from_be_bytes)),
        "<f4" => (
            Kind::F32,
            super::numbers(data, |b: [u8; 4]| f64::from(f32::from_le_bytes(b))),
        ),
        "<f2" => (
            Kind::F32,
            super::numbers(data, |b: [u8; 2]| super::half(u16::from_le_bytes(b))),
        ),
        "<i8" => (
            Kind::I64,
            super::numbers(data, |b: [u8; 8]| super::whole(i64::from_le_bytes(b))),
        ),
        "<i4" => (
            Kind::I64,
            super::numbers(data, |b: [u8; 4]| f64::from(i32::from_le_bytes(b))),
        ),
        "|u1" => (
            Kind::I64,
            super::numbers(data, |b: [u8; 1]| f64::from(b[0])),
        ),
        "|b1" => (
            Kind::Bool,
            super::numbers(data, |b: [u8; 1]| f64::from(b[0] != 0)),
        ),
        other => return Err(format!("numbers of the kind {other} are not read")),
    })
}

/// Numbers written column by column, row by row.
fn by_rows(dims: &[usize], numbers: &[f64]) -> Vec<f64> {
    let shape = Array::new(dims, Vec::new());
    let from = |number: usize| {
        let place = shape.place(number);
        let axes = place.iter().zip(dims).rev();
        axes.fold(0, |from, (at, n)| from * n + at)
    };
    (0..numbers.len())
        .map(|number| numbers[from(number)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, numbers: &[f64]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([1, 0]);
        bytes.extend(
            u16::try_from(header.len())
                .unwrap_or_default()
                .to_le_bytes(),
        );
        bytes.extend(header.as_bytes());
        bytes.extend(numbers.iter().flat_map(|x| x.to_le_bytes()));
        bytes
    }

    #[test]
    fn arrays_are_read_in_both_orders() {
        let rows = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }";
        let columns = "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }";
        let numbers = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(
            array(&file(rows, &numbers)),
            Ok(Array::new(&[2, 3], numbers.to_vec()))
        );
        let turned = Array::new(&[2, 3], vec![1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
        assert_eq!(array(&file(columns, &numbers)), Ok(turned));
        let scalar = "{'descr': '<f8', 'fortran_order': False, 'shape': (), }";
        assert_eq!(array(&file(scalar, &[7.0])), Ok(Array::new(&[], vec![7.0])));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }";
        assert!(array(&file(header, &[1.0])).is_err());
        assert!(array(&file("{'descr': '<c16', 'shape': ()}", &[1.0])).is_err());
        assert!(array(b"\x93NUMPY\x01\x00\xff\xff").is_err());
        let huge =
            "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999999), }";
        assert!(array(&file(huge, &[1.0])).is_err());
    }
}
