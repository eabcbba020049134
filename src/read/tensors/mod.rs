//! Tensors from files: npz and safetensors.

mod npy;

use std::io::{Cursor, Read};
use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use crate::lab::Array;
use crate::lab::ops::Kind;
use crate::model::Fault;

/// Bytes of a file, and of what it unpacks to.
const LARGEST: usize = 1 << 30;

/// The tensors of a file, by name, in the order of their names.
///
/// # Errors
/// If it cannot be read, or is neither npz nor safetensors.
pub fn tensors(path: &Path) -> Result<Vec<(String, Array)>, Fault> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        Fault::new(
            "unreadable-file",
            format!("`{name}` cannot be read: {error}"),
        )
    })?;
    if bytes.len() > LARGEST {
        return Err(too_large(&name));
    }
    let mut found = of_bytes(&bytes).map_err(|error| match error {
        Unfit::TooLarge => too_large(&name),
        Unfit::Broken(reason) => Fault::new(
            "bad-tensors",
            format!("`{name}` cannot be read as tensors: {reason}"),
        )
        .help("write it with numpy.savez(FILE, X=X, G=G, dX=dX) or safetensors.numpy.save_file({...}, FILE)"),
    })?;
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

fn too_large(name: &str) -> Fault {
    Fault::new(
        "too-large",
        format!("`{name}` is larger than {LARGEST} bytes"),
    )
}

/// Why bytes are no tensors.
#[derive(Debug, PartialEq, Eq)]
enum Unfit {
    TooLarge,
    Broken(String),
}

impl Unfit {
    fn broken(reason: impl std::fmt::Display) -> Self {
        Self::Broken(reason.to_string())
    }
}

fn of_bytes(bytes: &[u8]) -> Result<Vec<(String, Array)>, Unfit> {
    if bytes.starts_with(b"PK\x03\x04") {
        return archive(bytes);
    }
    if bytes.starts_with(npy::MAGIC) {
        return Err(Unfit::broken("a .npy file has one tensor without a name"));
    }
    let file = SafeTensors::deserialize(bytes).map_err(Unfit::broken)?;
    let tensors = file.tensors();
    tensors
        .iter()
        .map(|(name, view)| Ok((name.clone(), of_view(name, view)?)))
        .collect()
}

fn archive(bytes: &[u8]) -> Result<Vec<(String, Array)>, Unfit> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(Unfit::broken)?;
    let mut found = Vec::new();
    let mut left = LARGEST as u64;
    for number in 0..archive.len() {
        let name = match archive.name_for_index(number) {
            Some(Ok(name)) => name.into_owned(),
            _ => return Err(Unfit::broken("an entry's name cannot be read")),
        };
        let Some(key) = name.strip_suffix(".npy") else {
            continue;
        };
        let entry = archive.by_index(number).map_err(Unfit::broken)?;
        let mut inner = Vec::new();
        let read = entry.take(left + 1).read_to_end(&mut inner);
        read.map_err(Unfit::broken)?;
        left = left
            .checked_sub(inner.len() as u64)
            .ok_or(Unfit::TooLarge)?;
        let array =
            npy::array(&inner).map_err(|reason| Unfit::broken(format!("{name}: {reason}")))?;
        found.push((key.to_owned(), array));
    }
    Ok(found)
}

fn of_view(name: &str, view: &TensorView) -> Result<Array, Unfit> {
    let data = view.data();
    let (kind, numbers) = match view.dtype() {
        Dtype::F64 => (Kind::F64, numbers(data, f64::from_le_bytes)),
        Dtype::F32 => (
            Kind::F32,
            numbers(data, |bytes: [u8; 4]| f64::from(f32::from_le_bytes(bytes))),
        ),
        Dtype::BF16 => (
            Kind::F32,
            numbers(data, |[low, high]: [u8; 2]| {
                f64::from(f32::from_le_bytes([0, 0, low, high]))
            }),
        ),
        Dtype::F16 => (
            Kind::F32,
            numbers(data, |bytes| half(u16::from_le_bytes(bytes))),
        ),
        Dtype::I64 => (
            Kind::I64,
            numbers(data, |bytes| whole(i64::from_le_bytes(bytes))),
        ),
        Dtype::I32 => (
            Kind::I64,
            numbers(data, |bytes: [u8; 4]| f64::from(i32::from_le_bytes(bytes))),
        ),
        Dtype::U8 => (
            Kind::I64,
            data.iter().map(|&byte| f64::from(byte)).collect(),
        ),
        Dtype::BOOL => (
            Kind::Bool,
            data.iter().map(|&byte| f64::from(byte != 0)).collect(),
        ),
        other => {
            return Err(Unfit::broken(format!(
                "`{name}` has numbers of the kind {other:?}"
            )));
        }
    };
    Ok(Array {
        dims: view.shape().to_vec(),
        kind,
        data: numbers,
    })
}

/// Numbers of so many bytes each.
fn numbers<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    let (chunks, _) = bytes.as_chunks::<N>();
    chunks.iter().map(|chunk| number(*chunk)).collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "labels and indices are far below 2⁵³"
)]
fn whole(number: i64) -> f64 {
    number as f64
}

/// A half-precision float (IEEE 754 binary16).
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f64::from(bits & 0x3ff) / 1024.0;
    sign * match exponent {
        0 => fraction * 2.0_f64.powi(-14),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction) * 2.0_f64.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn safetensors_are_read_with_their_kind() -> Outcome {
        let data: Vec<u8> = [1.0_f32, -2.5]
            .iter()
            .flat_map(|x| x.to_le_bytes())
            .collect();
        let view = TensorView::new(Dtype::F32, vec![2], &data)?;
        let bytes = safetensors::serialize([("dW", view)], None)?;
        let found = of_bytes(&bytes).map_err(|error| format!("{error:?}"))?;
        assert_eq!(found[0].0, "dW");
        assert_eq!(found[0].1.kind, Kind::F32);
        assert_eq!(found[0].1.data, [1.0, -2.5]);
        Ok(())
    }

    #[test]
    fn halves_are_read() {
        for (bits, number) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x0001, 2.0_f64.powi(-24)),
            (0x7bff, 65504.0),
        ] {
            assert!((half(bits) - number).abs() < 1e-12, "{bits:x}");
        }
    }

    #[test]
    fn what_is_no_tensor_file_is_refused() {
        for bytes in [
            &b"hello"[..],
            b"",
            b"PK\x03\x04 broken",
            b"\x93NUMPY\x01\x00",
        ] {
            assert!(of_bytes(bytes).is_err());
        }
    }
}
