//! Tensors as plain data: what goes between processes and into reports.

use candle_core::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};

use super::LabError;
use super::ops::Kind;

/// A tensor's numbers in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// The sizes of its axes.
    pub dims: Vec<usize>,
    /// The kind that they had; integers above 2⁵³ do not occur.
    pub kind: Kind,
    /// The numbers.
    pub data: Vec<f64>,
}

impl Array {
    /// Of float64 numbers.
    pub fn new(dims: &[usize], data: Vec<f64>) -> Self {
        Self {
            dims: dims.to_vec(),
            kind: Kind::F64,
            data,
        }
    }

    /// From a tensor, wherever it lives.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn from_tensor(tensor: &Tensor) -> Result<Self, LabError> {
        let data = tensor
            .to_dtype(DType::F64)
            .and_then(|tensor| tensor.flatten_all()?.to_vec1())
            .map_err(|error| LabError::engine("to", &error))?;
        Ok(Self {
            dims: tensor.dims().to_vec(),
            kind: Kind::of(tensor.dtype()),
            data,
        })
    }

    /// As a tensor on the CPU, of its kind.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn to_tensor(&self) -> Result<Tensor, LabError> {
        Tensor::from_slice(&self.data, self.dims.as_slice(), &Device::Cpu)
            .and_then(|tensor| tensor.to_dtype(self.kind.dtype()))
            .map_err(|error| LabError::engine("tensor", &error))
    }

    /// Where the element with this number stands, axis by axis.
    pub fn place(&self, mut number: usize) -> Vec<usize> {
        let mut place = vec![0; self.dims.len()];
        for (at, &n) in place.iter_mut().zip(&self.dims).rev() {
            *at = number % n.max(1);
            number /= n.max(1);
        }
        place
    }
}

/// As JSON: sizes, kind, and the bytes of the numbers in base 64, so that nothing is lost and little is written.
#[derive(Serialize, Deserialize)]
struct Written {
    dims: Vec<usize>,
    kind: Kind,
    data: String,
}

impl Serialize for Array {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use base64::Engine as _;
        let bytes: Vec<u8> = self.data.iter().flat_map(|x| x.to_le_bytes()).collect();
        let data = base64::engine::general_purpose::STANDARD.encode(bytes);
        let written = Written {
            dims: self.dims.clone(),
            kind: self.kind,
            data,
        };
        written.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Array {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        use base64::Engine as _;
        use serde::de::Error as _;
        let Written { dims, kind, data } = Written::deserialize(from)?;
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(data)
            .map_err(D::Error::custom)?;
        let (numbers, rest) = bytes.as_chunks::<8>();
        let expected = dims
            .iter()
            .try_fold(1_usize, |count, &n| count.checked_mul(n));
        if !rest.is_empty() || expected != Some(numbers.len()) {
            return Err(D::Error::custom("the numbers do not fill the shape"));
        }
        let data = numbers
            .iter()
            .map(|bytes| f64::from_le_bytes(*bytes))
            .collect();
        Ok(Self { dims, kind, data })
    }
}
