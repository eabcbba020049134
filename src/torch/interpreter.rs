//! Building the interpreter.

use rustpython_vm::{Interpreter, Settings};

use super::native::_gradus;
use super::protocol::{Answer, Request};
use super::session::Session;
use super::{nesting, recorder};

/// The package's files. The macro below reads them when this is compiled, but the compiler does not know: naming
/// them here makes it compile again when one of them changes.
const _PACKAGE: &[&str] = &[
    include_str!("pylib/gradus_dataclasses.py"),
    include_str!("pylib/gradus_einsum.py"),
    include_str!("pylib/gradus_faults.py"),
    include_str!("pylib/gradus_operations.py"),
    include_str!("pylib/gradus_placeholders.py"),
    include_str!("pylib/gradus_reading.py"),
    include_str!("pylib/gradus_shapes.py"),
    include_str!("pylib/gradus_tensor.py"),
    include_str!("pylib/torch/__init__.py"),
    include_str!("pylib/torch/autograd.py"),
    include_str!("pylib/torch/nn/__init__.py"),
    include_str!("pylib/torch/nn/containers.py"),
    include_str!("pylib/torch/nn/functional.py"),
    include_str!("pylib/torch/nn/init.py"),
    include_str!("pylib/torch/nn/module.py"),
    include_str!("pylib/torch/nn/parameter.py"),
];

/// Reads a model in this process: only ever called in the child.
pub(super) fn read(request: &Request) -> Answer {
    for index in 0..request.sources.len() {
        nesting::check(&request.sources, index)?;
    }
    recorder::with(|recorder| {
        recorder.sources.clone_from(&request.sources);
        recorder.assume.clone_from(&request.assume);
    });
    interpreter().enter(|vm| Session::new(vm, request)?.read())
}

fn interpreter() -> Interpreter {
    let mut settings = Settings::default();
    settings.install_signal_handlers = false;
    settings.import_site = false;
    settings.isolated = true;
    settings.ignore_environment = true;
    settings.hash_seed = Some(0);
    let builder = Interpreter::builder(settings);
    let mut modules = rustpython_stdlib::stdlib_module_defs(&builder.ctx);
    modules.push(_gradus::module_def(&builder.ctx));
    builder
        .add_native_modules(&modules)
        .add_frozen_modules(rustpython_pylib::FROZEN_STDLIB)
        .add_frozen_modules(rustpython_vm::py_freeze!(
            dir = "pylib",
            crate_name = "rustpython_vm"
        ))
        .build()
}
