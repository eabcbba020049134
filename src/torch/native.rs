//! The functions that the package `torch` writes the model with. Arguments and results are JSON-like values.

use rustpython_vm::builtins::{PyBaseExceptionRef, PyStrRef};
use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine, pymodule};

use super::recorder::{self, Handle, Output, Registered, ports};
use super::values::{decode, encode};
use crate::model::catalog;
use crate::model::{Fault, Layer, Operation, Port, ReadingNote, Shape, Span, Work};

/// Characters that a source may print; nobody reads them.
const PRINT_LIMIT: usize = 4 << 20;

/// The place in the user's text that is running: the innermost frame that is not of the package.
pub(super) fn here(vm: &VirtualMachine) -> Option<Span> {
    let mut frame = vm.current_frame();
    while let Some(current) = frame {
        if let Some(source) = source_index(current.code.source_path().as_str()) {
            let location = current.current_location();
            return Some(Span {
                source,
                line: location.line.get(),
                column: location.character_offset.get(),
                length: 0,
            });
        }
        frame = current.f_back(vm);
    }
    None
}

/// The name that a source is compiled under.
pub(super) fn source_name(index: usize) -> String {
    format!("<source {index}>")
}

/// Which source a name is of.
pub(super) fn source_index(name: &str) -> Option<usize> {
    name.strip_prefix("<source ")?
        .strip_suffix('>')?
        .parse()
        .ok()
}

/// Raises a fault as the exception that PyTorch would raise.
fn refuse(fault: Fault, vm: &VirtualMachine) -> PyBaseExceptionRef {
    let message = fault.message.clone();
    let exception = match fault.code.as_str() {
        "unknown-argument" | "missing-argument" => vm.new_type_error(message),
        "invalid-argument" => vm.new_value_error(message),
        _ => vm.new_runtime_error(message),
    };
    recorder::with(|recorder| recorder.raised = Some(fault));
    exception
}

/// A refusal of the catalog, at the running line.
fn at_call(mut fault: Fault, vm: &VirtualMachine) -> Fault {
    if let Some(span) = here(vm) {
        recorder::with(|recorder| {
            fault = fault.clone().at(&recorder.sources[span.source], span, "");
        });
    }
    fault
}

fn results(outcome: Result<Vec<Output>, Box<Fault>>, vm: &VirtualMachine) -> PyResult {
    match outcome {
        Ok(outputs) => encode(&outputs, vm),
        Err(fault) => Err(refuse(*fault, vm)),
    }
}

fn shapes(outcome: Result<Vec<Option<Shape>>, Box<Fault>>, vm: &VirtualMachine) -> PyResult {
    match outcome {
        Ok(shapes) => encode(&shapes, vm),
        Err(fault) => Err(refuse(*fault, vm)),
    }
}

/// The module `_gradus`.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the interpreter hands arguments over by value"
)]
#[pymodule]
pub(super) mod _gradus {
    use super::{
        Handle, Layer, Operation, PRINT_LIMIT, Port, PyObjectRef, PyResult, PyStrRef, ReadingNote,
        Registered, Shape, VirtualMachine, Work, at_call, catalog, decode, encode, here, ports,
        recorder, refuse, results, shapes,
    };
    use crate::torch::{arguments, guess};

    /// The names of all layers.
    #[pyfunction]
    fn classes(vm: &VirtualMachine) -> PyResult {
        encode(&catalog::classes().collect::<Vec<_>>(), vm)
    }

    /// Makes a layer from a class and its arguments: its handle, and the arguments by name.
    #[pyfunction]
    fn layer(
        class: PyStrRef,
        positional: PyObjectRef,
        named: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult {
        let class = class.to_string_lossy();
        let bound = arguments::bind(&class, decode(&positional, vm)?, decode(&named, vm)?);
        let made = bound.and_then(|bound| Ok((catalog::build(&class, &bound)?, bound)));
        let (layer, bound) = made.map_err(|fault| refuse(at_call(fault, vm), vm))?;
        let span = here(vm);
        let handle = recorder::with(|recorder| recorder.make(layer, span));
        encode(&(handle, bound), vm)
    }

    /// Makes a layer of a class that gradus does not know: its handle, and whether it is taken as element-wise.
    #[pyfunction]
    fn unknown_layer(class: PyStrRef, vm: &VirtualMachine) -> PyResult {
        let class = class.to_string_lossy().into_owned();
        let span = here(vm);
        let made = recorder::with(|recorder| {
            let assumed = recorder.assume.contains(&class);
            let layer = if assumed {
                Layer::AssumedPointwise { class }
            } else {
                Layer::Unknown { class }
            };
            (recorder.make(layer, span), assumed)
        });
        encode(&made, vm)
    }

    /// A layer with the same settings.
    #[pyfunction]
    fn copy(handle: Handle) -> Handle {
        recorder::with(|recorder| recorder.copy(handle))
    }

    /// The parameters and buffers of a layer: (name, shape, whether it trains).
    #[pyfunction]
    fn parameters(handle: Handle, vm: &VirtualMachine) -> PyResult {
        encode(
            &recorder::with(|recorder| arguments::parameters(recorder.layer(handle))),
            vm,
        )
    }

    /// The shapes of a layer's outputs.
    #[pyfunction]
    fn layer_shapes(handle: Handle, inputs: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        let inputs: Vec<Option<Shape>> = decode(&inputs, vm)?;
        shapes(
            recorder::with(|recorder| recorder.layer_shapes(handle, &inputs)),
            vm,
        )
    }

    /// The shapes of an operation's outputs.
    #[pyfunction]
    fn operation_shapes(
        operation: PyObjectRef,
        inputs: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult {
        let operation: Operation = decode(&operation, vm)?;
        let inputs: Vec<Option<Shape>> = decode(&inputs, vm)?;
        let span = here(vm);
        shapes(
            recorder::with(|recorder| recorder.operation_shapes(&operation, &inputs, span)),
            vm,
        )
    }

    /// Starts a trace.
    #[pyfunction]
    fn begin(paths: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
        let paths = decode(&paths, vm)?;
        recorder::with(|recorder| recorder.begin(paths));
        Ok(())
    }

    /// A node without inputs: an input, a constant or a parameter.
    #[pyfunction]
    fn leaf(kind: PyStrRef, shape: PyObjectRef, name: PyStrRef, vm: &VirtualMachine) -> PyResult {
        let shape: Option<Shape> = decode(&shape, vm)?;
        let known = shape.clone().unwrap_or_default();
        let kind = kind.to_string_lossy();
        let work = match &*kind {
            "input" => Work::Input(shape.clone()),
            "parameter" => Work::Parameter(known),
            _ => Work::Constant(known),
        };
        let name = name.to_string_lossy();
        let span = here(vm);
        encode(
            &recorder::with(|recorder| recorder.leaf(work, shape, &name, span)),
            vm,
        )
    }

    /// A call of a layer.
    #[pyfunction]
    fn call(handle: Handle, inputs: PyObjectRef, data: usize, vm: &VirtualMachine) -> PyResult {
        let inputs: Vec<Port> = ports(decode(&inputs, vm)?);
        let span = here(vm);
        results(
            recorder::with(|recorder| recorder.call(handle, inputs, data, span)),
            vm,
        )
    }

    /// An operation.
    #[pyfunction]
    fn operation(operation: PyObjectRef, inputs: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        let operation: Operation = decode(&operation, vm)?;
        let inputs: Vec<Port> = ports(decode(&inputs, vm)?);
        let span = here(vm);
        results(
            recorder::with(|recorder| recorder.operation(operation, inputs, span)),
            vm,
        )
    }

    /// The layer that the trace called first.
    #[pyfunction]
    fn first_call() -> Option<Handle> {
        recorder::with(|recorder| recorder.first_call())
    }

    /// Input shapes worth trying for a layer, the likeliest first.
    #[pyfunction]
    fn guesses(handle: Handle, vm: &VirtualMachine) -> PyResult {
        encode(
            &recorder::with(|recorder| guess::shapes(recorder.layer(handle))),
            vm,
        )
    }

    /// Ends the trace.
    #[pyfunction]
    fn finish(
        name: PyStrRef,
        registered: PyObjectRef,
        outputs: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        let registered: Vec<Registered> = decode(&registered, vm)?;
        let outputs = ports(decode(&outputs, vm)?);
        let name = name.to_string_lossy().into_owned();
        recorder::with(|recorder| recorder.finish(name, registered, outputs));
        Ok(())
    }

    /// A remark on how the model was read.
    #[pyfunction]
    fn note(code: PyStrRef, text: PyStrRef) {
        let note = ReadingNote {
            code: code.to_string_lossy().into_owned(),
            text: text.to_string_lossy().into_owned(),
        };
        recorder::with(|recorder| {
            if !recorder.notes.contains(&note) {
                recorder.notes.push(note);
            }
        });
    }

    /// What a program that is run prints; `False` when it is too much.
    #[pyfunction]
    fn print(text: PyStrRef) -> bool {
        crate::torch::running::print(&text.to_string_lossy())
    }

    /// Counts what is printed; `False` when it is too much.
    #[pyfunction]
    fn printed(count: usize) -> bool {
        recorder::with(|recorder| {
            recorder.printed = recorder.printed.saturating_add(count);
            recorder.printed <= PRINT_LIMIT
        })
    }
}
