//! Building the interpreter.

use rustpython_vm::{Interpreter, Settings};

use super::native::_gradus;
use super::protocol::{Answer, Request};
use super::session::Session;
use super::study::_study;
use super::tensor::_tensor;
use super::{nesting, recorder};

/// The package's files. The macros below read them when this is compiled, but the compiler does not know: naming
/// them here makes it compile again when one of them changes.
const _PACKAGE: &[&str] = &[
    include_str!("pylib/common/gradus_dataclasses.py"),
    include_str!("pylib/common/gradus_einsum.py"),
    include_str!("pylib/common/gradus_faults.py"),
    include_str!("pylib/common/gradus_module.py"),
    include_str!("pylib/common/gradus_placeholders.py"),
    include_str!("pylib/common/gradus_types.py"),
    include_str!("pylib/common/torch/nn/containers.py"),
    include_str!("pylib/shapes/gradus_operations.py"),
    include_str!("pylib/shapes/gradus_reading.py"),
    include_str!("pylib/shapes/gradus_shapes.py"),
    include_str!("pylib/shapes/gradus_tensor.py"),
    include_str!("pylib/shapes/torch/__init__.py"),
    include_str!("pylib/shapes/torch/autograd.py"),
    include_str!("pylib/shapes/torch/nn/__init__.py"),
    include_str!("pylib/shapes/torch/nn/functional.py"),
    include_str!("pylib/shapes/torch/nn/init.py"),
    include_str!("pylib/shapes/torch/nn/module.py"),
    include_str!("pylib/shapes/torch/nn/parameter.py"),
    include_str!("pylib/values/gradus_autograd.py"),
    include_str!("pylib/values/gradus_layers.py"),
    include_str!("pylib/values/gradus_making.py"),
    include_str!("pylib/values/gradus_operations.py"),
    include_str!("pylib/values/gradus_running.py"),
    include_str!("pylib/values/gradus_shapes.py"),
    include_str!("pylib/values/gradus_study.py"),
    include_str!("pylib/values/gradus_tensor.py"),
    include_str!("pylib/values/torch/__init__.py"),
    include_str!("pylib/values/torch/autograd/__init__.py"),
    include_str!("pylib/values/torch/autograd/checking.py"),
    include_str!("pylib/values/torch/autograd/functional.py"),
    include_str!("pylib/values/torch/func.py"),
    include_str!("pylib/values/torch/linalg.py"),
    include_str!("pylib/values/torch/nn/__init__.py"),
    include_str!("pylib/values/torch/nn/functional.py"),
    include_str!("pylib/values/torch/nn/init.py"),
    include_str!("pylib/values/torch/nn/module.py"),
    include_str!("pylib/values/torch/nn/parameter.py"),
    include_str!("pylib/values/torch/nn/utils/__init__.py"),
    include_str!("pylib/values/torch/optim/__init__.py"),
    include_str!("pylib/values/torch/optim/lr_scheduler.py"),
    include_str!("pylib/values/torch/utils/__init__.py"),
    include_str!("pylib/values/torch/utils/data.py"),
];

/// Which package `torch` an interpreter has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    /// Tensors have shapes and no values: models are written down.
    Shapes,
    /// Tensors have values and gradients.
    Values,
}

/// Reads a model in this process: only ever called in the child.
pub(super) fn read(request: &Request) -> Answer {
    for index in 0..request.sources.len() {
        nesting::check(&request.sources, index)?;
    }
    recorder::with(|recorder| {
        recorder.sources.clone_from(&request.sources);
        recorder.assume.clone_from(&request.assume);
    });
    build(Flavour::Shapes).enter(|vm| Session::new(vm, request)?.read())
}

/// An interpreter without files, network, processes or clock, with one of the packages.
pub(super) fn build(flavour: Flavour) -> Interpreter {
    let mut settings = Settings::default();
    settings.install_signal_handlers = false;
    settings.import_site = false;
    settings.isolated = true;
    settings.ignore_environment = true;
    settings.hash_seed = Some(0);
    let builder = Interpreter::builder(settings);
    let mut modules = rustpython_stdlib::stdlib_module_defs(&builder.ctx);
    modules.push(_gradus::module_def(&builder.ctx));
    modules.push(_tensor::module_def(&builder.ctx));
    modules.push(_study::module_def(&builder.ctx));
    let builder = builder
        .add_native_modules(&modules)
        .add_frozen_modules(rustpython_pylib::FROZEN_STDLIB)
        .add_frozen_modules(rustpython_vm::py_freeze!(
            dir = "pylib/common",
            crate_name = "rustpython_vm"
        ));
    match flavour {
        Flavour::Shapes => builder.add_frozen_modules(rustpython_vm::py_freeze!(
            dir = "pylib/shapes",
            crate_name = "rustpython_vm"
        )),
        Flavour::Values => builder.add_frozen_modules(rustpython_vm::py_freeze!(
            dir = "pylib/values",
            crate_name = "rustpython_vm"
        )),
    }
    .build()
}
