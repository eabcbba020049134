//! Values between Python and JSON: all that the package `torch` and the recorder say to each other is JSON.

use rustpython_vm::builtins::{PyDict, PyFloat, PyInt, PyList, PyStr, PyTuple};
use rustpython_vm::{AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

/// A Python value as JSON: None, booleans, integers, floats, strings, lists, tuples and dictionaries of them.
pub(super) fn json(object: &PyObject, vm: &VirtualMachine) -> PyResult<Value> {
    if vm.is_none(object) {
        return Ok(Value::Null);
    }
    if object.fast_isinstance(vm.ctx.types.bool_type) {
        return Ok(Value::Bool(object.is(&vm.ctx.true_value)));
    }
    if let Some(integer) = object.downcast_ref::<PyInt>() {
        return integer_json(integer, vm);
    }
    if let Some(float) = object.downcast_ref::<PyFloat>() {
        // Infinities and NaN have no JSON number: they are said as people say them.
        let number = float.to_f64();
        return Ok(Number::from_f64(number)
            .map_or_else(|| Value::String(number.to_string()), Value::Number));
    }
    if let Some(text) = object.downcast_ref::<PyStr>() {
        return Ok(Value::String(text.to_string_lossy().into_owned()));
    }
    let all = |objects: &[PyObjectRef]| {
        let values: PyResult<Vec<Value>> = objects.iter().map(|object| json(object, vm)).collect();
        values.map(Value::Array)
    };
    if let Some(list) = object.downcast_ref::<PyList>() {
        let items = list.borrow_vec().to_vec();
        return vm.with_recursion(" in a list", || all(&items));
    }
    if let Some(tuple) = object.downcast_ref::<PyTuple>() {
        return vm.with_recursion(" in a tuple", || all(tuple.as_slice()));
    }
    if let Some(dict) = object.downcast_ref::<PyDict>() {
        let items = dict.items_vec();
        return vm.with_recursion(" in a dict", || {
            let mut map = Map::new();
            for (key, value) in &items {
                map.insert(
                    key.str(vm)?.to_string_lossy().into_owned(),
                    json(value, vm)?,
                );
            }
            Ok(Value::Object(map))
        });
    }
    let class = object.class().name().to_string();
    Err(vm.new_type_error(format!("a number was expected here, not a {class}")))
}

fn integer_json(integer: &PyInt, vm: &VirtualMachine) -> PyResult<Value> {
    let value = integer.as_bigint();
    i64::try_from(value)
        .map(Number::from)
        .or_else(|_| u64::try_from(value).map(Number::from))
        .map(Value::Number)
        .map_err(|_| vm.new_overflow_error("the number is larger than 2^64"))
}

/// A Python value as whatever JSON can be.
pub(super) fn decode<T: DeserializeOwned>(object: &PyObject, vm: &VirtualMachine) -> PyResult<T> {
    serde_json::from_value(json(object, vm)?).map_err(|error| vm.new_type_error(error.to_string()))
}

/// Whatever JSON can be, as a Python value; arrays become tuples.
pub(super) fn encode<T: Serialize>(value: &T, vm: &VirtualMachine) -> PyResult {
    let value =
        serde_json::to_value(value).map_err(|error| vm.new_runtime_error(error.to_string()))?;
    object(&value, vm)
}

fn object(value: &Value, vm: &VirtualMachine) -> PyResult {
    Ok(match value {
        Value::Null => vm.ctx.none(),
        Value::Bool(flag) => vm.ctx.new_bool(*flag).into(),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(integer), _) => vm.ctx.new_int(integer).into(),
            (None, Some(integer)) => vm.ctx.new_int(integer).into(),
            (None, None) => vm.ctx.new_float(number.as_f64().unwrap_or(f64::NAN)).into(),
        },
        Value::String(text) => vm.ctx.new_str(text.as_str()).into(),
        Value::Array(values) => {
            let objects: PyResult<Vec<_>> = values.iter().map(|value| object(value, vm)).collect();
            vm.ctx.new_tuple(objects?).into()
        }
        Value::Object(map) => {
            let dict = vm.ctx.new_dict();
            for (key, value) in map {
                dict.set_item(key.as_str(), object(value, vm)?, vm)?;
            }
            dict.into()
        }
    })
}
