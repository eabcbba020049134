//! Matrix products of tensors, on one thread.
//!
//! The engine's own product asks how many cores there are each time that it is called, and the answer is read from
//! `/proc/cpuinfo`: for a batch of 32 rows and a width of 128 that takes longer than the product. A step of training the sheet's network
//! has 260 of them, and a forward pass by taps one for each tap.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, WithDType};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, LinalgScalar};

/// A float that matrices of the engine may hold.
pub(super) trait Entry: WithDType + LinalgScalar {}

impl<T: WithDType + LinalgScalar> Entry for T {}

/// Which of two matrices are transposed before they are multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `a b`.
    Plain,
    /// `aᵀ b`.
    FirstTransposed,
    /// `a bᵀ`.
    SecondTransposed,
}

/// The product of two matrices.
///
/// # Errors
/// If they do not go together, or are not contiguous.
pub(super) fn product<R: Entry>(a: &Tensor, b: &Tensor, form: Form) -> Result<Tensor> {
    let product = Product::<R> {
        form,
        kind: std::marker::PhantomData,
    };
    a.apply_op2_no_bwd(b, &product)
}

struct Product<R> {
    form: Form,
    kind: std::marker::PhantomData<R>,
}

/// A matrix of a storage.
fn matrix<'a, R: Entry>(storage: &'a CpuStorage, layout: &Layout) -> Result<ArrayView2<'a, R>> {
    let dims = layout.shape().dims2()?;
    let Some((start, end)) = layout.contiguous_offsets() else {
        candle_core::bail!("a product needs its numbers in a row")
    };
    let numbers = &R::cpu_storage_as_slice(storage)?[start..end];
    ArrayView2::from_shape(dims, numbers).map_err(candle_core::Error::wrap)
}

impl<R: Entry> CustomOp2 for Product<R> {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        first: &CpuStorage,
        of_first: &Layout,
        second: &CpuStorage,
        of_second: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (a, b) = (
            matrix::<R>(first, of_first)?,
            matrix::<R>(second, of_second)?,
        );
        let (a, b) = match self.form {
            Form::Plain => (a, b),
            Form::FirstTransposed => (a.reversed_axes(), b),
            Form::SecondTransposed => (a, b.reversed_axes()),
        };
        if a.ncols() != b.nrows() {
            candle_core::bail!("{:?} and {:?} do not go together", a.shape(), b.shape())
        }
        let mut sum = Array2::<R>::zeros((a.nrows(), b.ncols()));
        general_mat_mul(R::one(), &a, &b, R::zero(), &mut sum);
        let shape = Shape::from(sum.dim());
        let (numbers, _) = sum.into_raw_vec_and_offset();
        Ok((R::to_cpu_storage_owned(numbers), shape))
    }
}
