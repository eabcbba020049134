//! The element-wise activations.

use super::CatalogError;
use super::arguments::Arguments;
use crate::model::Layer;
use crate::model::layer::Activation;

/// The activation of a class; `None` where the class is none.
pub(super) fn activation(arguments: &Arguments) -> Result<Option<Layer>, CatalogError> {
    let activation = match arguments.class {
        "ReLU" => Activation::Relu,
        "ReLU6" => Activation::Relu6,
        "LeakyReLU" => Activation::LeakyRelu {
            negative_slope: arguments.real("negative_slope", 0.01)?,
        },
        "PReLU" => Activation::PRelu {
            num_parameters: arguments.size_or("num_parameters", 1)?,
        },
        "RReLU" => rrelu(arguments)?,
        "ELU" => Activation::Elu {
            alpha: arguments.real("alpha", 1.0)?,
        },
        "CELU" => celu(arguments)?,
        "SELU" => Activation::Selu,
        "GELU" => Activation::Gelu {
            tanh: arguments.choice("approximate", &[("none", false), ("tanh", true)])?,
        },
        "SiLU" => Activation::Silu,
        "Mish" => Activation::Mish,
        "Sigmoid" => Activation::Sigmoid,
        "LogSigmoid" => Activation::LogSigmoid,
        "Tanh" => Activation::Tanh,
        "Tanhshrink" => Activation::Tanhshrink,
        "Softplus" => Activation::Softplus {
            beta: arguments.real("beta", 1.0)?,
            threshold: arguments.real("threshold", 20.0)?,
        },
        "Softsign" => Activation::Softsign,
        "Softshrink" => Activation::Softshrink {
            lambda: lambda(arguments)?,
        },
        "Hardshrink" => Activation::Hardshrink {
            lambda: arguments.real("lambd", 0.5)?,
        },
        "Hardtanh" => hardtanh(arguments)?,
        "Hardsigmoid" => Activation::Hardsigmoid,
        "Hardswish" => Activation::Hardswish,
        "Threshold" => Activation::Threshold {
            threshold: arguments.real("threshold", 0.0)?,
            value: arguments.real("value", 0.0)?,
        },
        "GLU" => Activation::Glu {
            dim: arguments.integer("dim", -1)?,
        },
        _ => return Ok(None),
    };
    Ok(Some(Layer::Activation(activation)))
}

fn rrelu(arguments: &Arguments) -> Result<Activation, CatalogError> {
    let lower = arguments.real("lower", 1.0 / 8.0)?;
    let upper = arguments.real("upper", 1.0 / 3.0)?;
    if lower > upper {
        return Err(arguments.invalid("upper", format!("at least `lower`, which is {lower}")));
    }
    Ok(Activation::RRelu { lower, upper })
}

fn celu(arguments: &Arguments) -> Result<Activation, CatalogError> {
    let alpha = arguments.real("alpha", 1.0)?;
    if alpha == 0.0 {
        return Err(arguments.invalid("alpha", "a number other than 0"));
    }
    Ok(Activation::Celu { alpha })
}

fn lambda(arguments: &Arguments) -> Result<f64, CatalogError> {
    let lambda = arguments.real("lambd", 0.5)?;
    if lambda < 0.0 {
        return Err(arguments.invalid("lambd", "a number of at least 0"));
    }
    Ok(lambda)
}

/// The old names `min_value` and `max_value` win over the new ones, as in PyTorch.
fn hardtanh(arguments: &Arguments) -> Result<Activation, CatalogError> {
    let min = arguments.real("min_value", arguments.real("min_val", -1.0)?)?;
    let max = arguments.real("max_value", arguments.real("max_val", 1.0)?)?;
    if min >= max {
        return Err(arguments.invalid("max_val", format!("above `min_val`, which is {min}")));
    }
    Ok(Activation::Hardtanh { min, max })
}
