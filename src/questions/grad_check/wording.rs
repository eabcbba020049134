//! A program's values in words: `tanh(X·W1ᵀ + b1)`.

use super::case::Case;
use crate::lab::ops::{Binary, Op, Unary};
use crate::lab::program::Slot;
use crate::lab::{Array, Program};

/// Levels of an expression that are written out; deeper ones are `…`.
const DEPTH: usize = 4;
/// Characters of an expression that are worth reading.
const LONGEST: usize = 48;

/// Writes values of a program.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    program: &'a Program,
}

impl<'a> Words<'a> {
    pub(super) fn of(case: &'a Case) -> Self {
        Self::new(&case.program)
    }

    pub(super) fn new(program: &'a Program) -> Self {
        Self { program }
    }

    /// The value of a slot, as an expression of the inputs.
    pub(super) fn slot(self, slot: Slot) -> String {
        (0..=DEPTH)
            .rev()
            .map(|depth| self.at(slot, depth))
            .find(|text| text.chars().count() <= LONGEST)
            .unwrap_or_else(|| "…".to_owned())
    }

    fn at(self, slot: Slot, depth: usize) -> String {
        if let Some(input) = self.program.inputs.get(slot) {
            return input.name.clone();
        }
        if let Some(constant) = self.program.constants.get(slot - self.program.inputs.len()) {
            return constant_in_words(constant);
        }
        let Some(step) = self.program.step(slot) else {
            return "…".to_owned();
        };
        if let Some(of) = self.mean_of(slot) {
            return format!("mean({})", self.below(of, depth));
        }
        let operand = |place: usize| match step.inputs.get(place) {
            Some(&slot) if is_quiet(&step.op) => self.at(slot, depth),
            Some(&slot) => self.below(slot, depth),
            None => String::new(),
        };
        match &step.op {
            Op::Unary(Unary::Neg) => format!("−{}", tight(&operand(0))),
            Op::Unary(function) => format!("{}({})", function.name(), operand(0)),
            Op::Power(exponent) if (*exponent - 2.0).abs() < 1e-12 => {
                format!("{}²", tight(&operand(0)))
            }
            Op::Power(exponent) => format!("{}^{exponent}", tight(&operand(0))),
            Op::Affine { scale, shift } => affine(&operand(0), *scale, *shift),
            Op::Binary(Binary::Add) => format!("{} + {}", operand(0), operand(1)),
            Op::Binary(Binary::Sub) => format!("{} − {}", operand(0), tight(&operand(1))),
            Op::Binary(Binary::Mul) => format!("{}·{}", tight(&operand(0)), tight(&operand(1))),
            Op::Binary(Binary::Div) => format!("{}/{}", tight(&operand(0)), tight(&operand(1))),
            Op::MatMul => format!("{} @ {}", tight(&operand(0)), tight(&operand(1))),
            Op::Permute(_) => format!("{}ᵀ", tight(&operand(0))),
            op if is_quiet(op) => operand(0),
            op => format!("{}({})", op.name(), operand(0)),
        }
    }

    fn below(self, slot: Slot, depth: usize) -> String {
        match depth.checked_sub(1) {
            Some(depth) => self.at(slot, depth),
            None if self.program.step(slot).is_some() => "…".to_owned(),
            None => self.at(slot, 0),
        }
    }

    /// What a slot is the mean of: a sum over n elements, divided by n.
    pub(super) fn mean_of(self, slot: Slot) -> Option<Slot> {
        let step = self.program.step(slot)?;
        let (sum, divisor) = match &step.op {
            Op::Affine { scale, shift } if *shift == 0.0 => (step.inputs[0], 1.0 / scale),
            Op::Binary(Binary::Div) => (step.inputs[0], self.number(step.inputs[1])?),
            Op::Binary(Binary::Mul) => (step.inputs[0], 1.0 / self.number(step.inputs[1])?),
            _ => return None,
        };
        let Op::Sum { .. } = &self.program.step(sum)?.op else {
            return None;
        };
        // How many are summed is not written in the program: a whole divisor above 1 is taken for it.
        let whole = (divisor - divisor.round()).abs() < 1e-9 * divisor && divisor > 1.5;
        whole.then(|| self.program.steps[sum - self.program.first_step()].inputs[0])
    }

    /// The number in a slot that holds one number alone, whatever the inputs.
    pub(super) fn number(self, slot: Slot) -> Option<f64> {
        let constant = slot.checked_sub(self.program.inputs.len())?;
        match self.program.constants.get(constant) {
            Some(constant) if constant.data.len() == 1 => Some(constant.data[0]),
            Some(_) => None,
            None => match self.program.step(slot) {
                Some(step) if is_quiet(&step.op) => self.number(step.inputs[0]),
                _ => None,
            },
        }
    }
}

/// Whether an operation changes only the shape.
fn is_quiet(op: &Op) -> bool {
    matches!(
        op,
        Op::Reshape(_) | Op::Broadcast(_) | Op::Cast(_) | Op::Detach
    )
}

fn constant_in_words(constant: &Array) -> String {
    match constant.data.as_slice() {
        [one] => format!("{one}"),
        _ => "a constant".to_owned(),
    }
}

fn affine(x: &str, scale: f64, shift: f64) -> String {
    let scaled = match scale {
        1.0 => x.to_owned(),
        -1.0 => format!("−{}", tight(x)),
        scale => format!("{}·{}", rounded(scale), tight(x)),
    };
    match shift {
        0.0 => scaled,
        shift if (scale + 1.0).abs() < 1e-12 => format!("{} − {}", rounded(shift), tight(x)),
        shift if shift < 0.0 => format!("{scaled} − {}", rounded(-shift)),
        shift => format!("{scaled} + {}", rounded(shift)),
    }
}

/// A factor as people would write it: `0.5`, `1/6`, `0.333333`.
pub(super) fn rounded(number: f64) -> String {
    let inverse = 1.0 / number;
    if number.abs() < 1.0
        && (inverse - inverse.round()).abs() < 1e-9
        && inverse.abs() > 2.5
        && inverse.abs() < 1e6
        && number.to_string().len() > 6
    {
        return format!("1/{}", inverse.round());
    }
    let text = format!("{number:.6}");
    match text.parse::<f64>() {
        Ok(short) if short != 0.0 && number.to_string().len() > text.len() => short.to_string(),
        _ => number.to_string(),
    }
}

/// In brackets where something beside it would otherwise tear it apart.
fn tight(text: &str) -> String {
    let mut depth = 0_usize;
    let loose = text.chars().any(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(c, ' ' | '−' | '·' | '/')
    });
    if loose {
        format!("({text})")
    } else {
        text.to_owned()
    }
}
