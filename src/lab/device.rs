//! Where tensors lie and are computed: the CPU, or a CUDA device (`docs/cuda.md`).

use crate::model::Fault;

use super::LabError;

/// A device that is open, and why it is this one where the program chose.
#[derive(Debug, Clone)]
pub struct Device {
    engine: candle_core::Device,
    why: Option<String>,
}

/// The CPU.
impl Default for Device {
    fn default() -> Self {
        Self {
            engine: candle_core::Device::Cpu,
            why: None,
        }
    }
}

/// Two are the same where the same tensors lie.
impl PartialEq for Device {
    fn eq(&self, other: &Self) -> bool {
        self.engine.same_device(&other.engine)
    }
}

impl Eq for Device {}

impl Device {
    /// The CUDA device with this number.
    ///
    /// # Errors
    /// If gradus is built without CUDA, or there is no such device, or it cannot be opened.
    pub fn cuda(number: u16) -> Result<Self, Fault> {
        if !cfg!(feature = "cuda") {
            return Err(Fault::new("device", WITHOUT_CUDA)
                .help("build it with `cargo build --release --features cuda`, as docs/cuda.md says")
                .help("use --device cpu"));
        }
        match candle_core::Device::new_cuda(usize::from(number)) {
            Ok(engine) => Ok(Self { engine, why: None }),
            Err(error) => Err(not_opened(number, &error)),
        }
    }

    /// The first CUDA device where there is one, else the CPU; it says which, and why.
    pub fn automatic() -> Self {
        match Self::cuda(0) {
            Ok(device) => Self {
                why: Some("measured on cuda:0, the first CUDA device (--device auto)".to_owned()),
                ..device
            },
            Err(fault) => Self::cpu_because(&fault.message),
        }
    }

    /// The CPU, where it was chosen for this reason.
    pub fn cpu_because(reason: &str) -> Self {
        Self {
            why: Some(format!("measured on the CPU (--device auto): {reason}")),
            ..Self::default()
        }
    }

    /// Why it is this one, where the program chose.
    pub fn why(&self) -> Option<&str> {
        self.why.as_deref()
    }

    /// Its name on the command line, unless it is the CPU.
    pub fn name(&self) -> Option<String> {
        match self.engine.location() {
            candle_core::DeviceLocation::Cuda { gpu_id } => Some(format!("cuda:{gpu_id}")),
            _ => None,
        }
    }

    /// Whether it is the CPU.
    pub fn is_cpu(&self) -> bool {
        self.engine.is_cpu()
    }

    /// As the engine has it.
    pub(super) fn engine(&self) -> &candle_core::Device {
        &self.engine
    }

    /// A tensor moved there.
    pub(super) fn hold(
        &self,
        tensor: &candle_core::Tensor,
    ) -> Result<candle_core::Tensor, LabError> {
        tensor
            .to_device(&self.engine)
            .map_err(|error| LabError::engine("to", &error))
    }
}

const WITHOUT_CUDA: &str = "this gradus is built without CUDA";

/// Why a CUDA device is not open.
fn not_opened(number: u16, error: &candle_core::Error) -> Fault {
    let text = said_by_cuda(error).unwrap_or_else(|| super::error::first_line(error));
    let message = if text.contains("CUDA_ERROR_NO_DEVICE") {
        "there is no CUDA device here".to_owned()
    } else if text.contains("CUDA_ERROR_INVALID_DEVICE") {
        format!("there is no CUDA device {number}: {}", devices())
    } else {
        format!("CUDA device {number} cannot be opened: {text}")
    };
    Fault::new("device", message)
        .help("`nvidia-smi -L` lists the devices, and CUDA_VISIBLE_DEVICES hides some")
        .help("use --device cpu")
}

/// How many CUDA devices there are.
#[cfg(feature = "cuda")]
fn devices() -> String {
    use candle_core::cuda_backend::cudarc::driver::CudaContext;
    match CudaContext::device_count() {
        Ok(1) => "there is one, cuda:0".to_owned(),
        Ok(count) => format!("there are {count}, numbered from 0"),
        Err(_) => "how many there are, the driver does not say".to_owned(),
    }
}

#[cfg(not(feature = "cuda"))]
fn devices() -> String {
    WITHOUT_CUDA.to_owned()
}

/// What CUDA's driver or one of its libraries says, where an error of the engine is theirs.
///
/// By its text: the types of these errors exist only where CUDA is compiled.
pub(super) fn said_by_cuda(error: &candle_core::Error) -> Option<String> {
    use candle_core::Error;
    match error {
        Error::Cuda(inner) => {
            let text = inner.to_string();
            let theirs = ["CUDA_ERROR_", "CUBLAS_STATUS_", "CURAND_STATUS_"];
            let line = text.lines().next().unwrap_or_default();
            let found = theirs.iter().any(|start| line.contains(start));
            found.then(|| line.to_owned())
        }
        Error::WithBacktrace { inner, .. }
        | Error::Context { inner, .. }
        | Error::WithPath { inner, .. } => said_by_cuda(inner),
        _ => None,
    }
}

/// Whether tensors on a device are computed by the engine's own operations alone: our loops run over the machine's own
/// memory. A test may ask for it on the CPU too, so that what runs on a card is run without one.
pub(super) fn by_engine_alone(device: &candle_core::Device) -> bool {
    #[cfg(test)]
    if tests::ASKED_FOR.get() {
        return true;
    }
    !device.is_cpu()
}

#[cfg(test)]
pub(super) use tests::as_on_a_card;

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        pub(super) static ASKED_FOR: Cell<bool> = const { Cell::new(false) };
    }

    /// Runs something on this thread as it would run on another device, with the engine's operations for the CPU.
    pub(in crate::lab) fn as_on_a_card<T>(work: impl FnOnce() -> T) -> T {
        ASKED_FOR.set(true);
        let result = work();
        ASKED_FOR.set(false);
        result
    }

    /// An error of the engine's CUDA backend with this text.
    fn cuda(text: &str) -> candle_core::Error {
        candle_core::Error::Cuda(text.into()).bt()
    }

    const FULL: &str = "DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")";

    #[test]
    fn what_cuda_says_is_told_from_what_the_engine_says() {
        let context = cuda(FULL).context("while adding");
        assert_eq!(said_by_cuda(&context).as_deref(), Some(FULL));
        assert_eq!(said_by_cuda(&cuda("missing kernel 'affine'")), None);
        assert_eq!(said_by_cuda(&candle_core::Error::msg(FULL)), None);
    }

    #[test]
    fn each_failure_to_open_has_its_own_words() {
        let message = |text: &str| not_opened(3, &cuda(text)).message;
        let none = "DriverError(CUDA_ERROR_NO_DEVICE, \"no CUDA-capable device is detected\")";
        assert_eq!(message(none), "there is no CUDA device here");
        let wrong = "DriverError(CUDA_ERROR_INVALID_DEVICE, \"invalid device ordinal\")";
        assert!(message(wrong).starts_with("there is no CUDA device 3: "));
        assert_eq!(
            message(FULL),
            format!("CUDA device 3 cannot be opened: {FULL}")
        );
    }

    #[test]
    fn a_full_device_is_a_fault_of_its_own() {
        let full: Fault = LabError::engine("matmul", &cuda(FULL)).into();
        assert_eq!(full.code, "device");
        assert_eq!(full.message, "matmul: the device has no memory left for it");
        assert!(!full.help.is_empty());
        let cublas = "CublasError(CUBLAS_STATUS_ALLOC_FAILED)";
        let full: Fault = LabError::engine("matmul", &cuda(cublas)).into();
        assert!(full.message.contains("no memory left"), "{full:?}");
        let broken = "DriverError(CUDA_ERROR_ILLEGAL_ADDRESS, \"an illegal memory access\")";
        let broken: Fault = LabError::engine("matmul", &cuda(broken)).into();
        assert_eq!(broken.code, "device");
        assert!(broken.message.contains("ILLEGAL_ADDRESS"), "{broken:?}");
        let shapes: Fault = LabError::engine("matmul", &candle_core::Error::msg("shapes")).into();
        assert_eq!(shapes.code, "measurement");
    }
}
