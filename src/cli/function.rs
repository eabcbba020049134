//! The function that a question is asked about, from the arguments.

use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::{shared, subject};
use crate::lab::Array;
use crate::model::Fault;
use crate::questions::grad_check::names::input_of;
use crate::read::{self, Origin, tensors, values};
use crate::report::Claim;
use crate::torch::study::{Argument, Distribution, Numbers, Reference, Study, StudyRequest};

const ARG: &str = "arg";
const CLAIM_FILE: &str = "claim-file";
const REFERENCE: &str = "reference";
const DRAWS: &str = "draws";

/// The arguments that name files.
pub(super) const PATHS: [&str; 2] = [CLAIM_FILE, REFERENCE];

/// Numbers that the arguments may have in all: far more than differences can be taken of.
const MOST_NUMBERS: usize = 1 << 26;

/// Quantities of the report by name; a claim with another key is a gradient.
const QUANTITIES: [&str; 8] = [
    "verdict",
    "weak_test",
    "value",
    "output",
    "draws",
    "outside",
    "outside.here",
    "reference.verdict",
];
/// Quantities of an input: `W.verdict`.
const OF_AN_INPUT: [&str; 5] = [".verdict", ".shape", ".given", ".error", ".norm"];

/// What is asked about.
pub(super) fn arguments() -> [Arg; 8] {
    let heading = "Function";
    [
        Arg::new(shared::MODEL)
            .display_order(0)
            .value_name("FILE")
            .help("A .py or .ipynb file, FILE:NAME for one of its functions, or - for standard input")
            .required_unless_present(shared::CODE)
            .conflicts_with(shared::CODE),
        Arg::new(shared::CODE)
            .short('c')
            .long(shared::CODE)
            .value_name("SNIPPET")
            .help("The function itself, such as 'lambda X, W, b: 0.5 * X @ W.T + b'"),
        Arg::new(ARG)
            .long(ARG)
            .value_name("NAME=SHAPE")
            .action(ArgAction::Append)
            .help("An argument's shape: X=100x11; integers below 3: y=100:<3; from an interval: p=5:0..1"),
        Arg::new(CLAIM_FILE)
            .long(CLAIM_FILE)
            .value_name("FILE")
            .help("Numbers from elsewhere, npz or safetensors: inputs by name, G, and gradients as dX, grad_X or X.grad"),
        Arg::new(REFERENCE)
            .long(REFERENCE)
            .value_name("FILE:NAME")
            .help("Compare values and gradients with this function too; :NAME is one of the same file"),
        Arg::new(DRAWS)
            .long(DRAWS)
            .value_name("N")
            .value_parser(value_parser!(u64).range(1..=100))
            .help("How often the arguments are drawn [default: 3]"),
        shared::time_limit(),
        shared::memory_limit(),
    ]
    .map(|arg| arg.help_heading(heading))
}

/// The arguments that all questions share, as they are meant for a function.
pub(super) fn adapted(command: Command) -> Command {
    command
        .mut_arg(shared::EXPECT, |arg| {
            arg.help("Expect this verdict over all inputs: right or wrong")
        })
        .mut_arg(shared::CLAIM, |arg| {
            arg.help("Claim a gradient as a formula of the arguments and G, 'W = 0.5 * G.T @ X', or a value of a quantity")
        })
        .mut_arg(shared::WORKING, |arg| arg.hide(true))
        .mut_arg(shared::MEASURE, |arg| arg.hide(true))
}

/// The claims on quantities; those on gradients go with the function.
///
/// # Errors
/// If a claim has no key.
pub(super) fn claims(arguments: &ArgMatches, headline: &str) -> Result<Vec<Claim>, Fault> {
    let expected = arguments.get_one::<String>(shared::EXPECT);
    let mut claims: Vec<Claim> = expected
        .map(|value| values::claim(headline, value))
        .into_iter()
        .collect();
    for (key, value) in shared::written_claims(arguments)? {
        if is_quantity(&key, &value) {
            claims.push(values::claim(&key, &value));
        }
    }
    Ok(claims)
}

/// Whether a claim is on a quantity of the report, not on a gradient. An input may be called like one (`value`): then
/// what is claimed of it is no value.
fn is_quantity(key: &str, value: &str) -> bool {
    let named = QUANTITIES.contains(&key) || OF_AN_INPUT.iter().any(|end| key.ends_with(end));
    named && (key.contains('.') || values::value(value).is_ok())
}

/// Has the function run in the sandbox.
///
/// # Errors
/// If an argument cannot be read, or the function cannot be run.
pub(super) fn study(arguments: &ArgMatches) -> Result<Study, Fault> {
    subject::interpreter(arguments)?.study(&request(arguments)?)
}

/// What is asked of the sandbox.
///
/// # Errors
/// If an argument cannot be read.
pub(super) fn request(arguments: &ArgMatches) -> Result<StudyRequest, Fault> {
    let origin = subject::origin(arguments)?;
    let function = read::function(&origin)?;
    let claims = shared::written_claims(arguments)?;
    Ok(StudyRequest {
        sources: function.sources,
        modules: function.modules,
        expression: function.expression,
        snippet: function.snippet,
        arguments: drawn(arguments)?,
        claims: claims
            .into_iter()
            .filter(|(key, value)| !is_quantity(key, value))
            .collect(),
        numbers: numbers(arguments)?,
        draws: draws(arguments),
        seed: arguments
            .get_one::<u64>(shared::SEED)
            .copied()
            .unwrap_or_default(),
        // The verdict is found with a random upstream gradient; what ones would show is computed beside it.
        ones: false,
        reference: reference(arguments)?,
    })
}

fn draws(arguments: &ArgMatches) -> usize {
    let draws = arguments.get_one::<u64>(DRAWS).copied().unwrap_or(3);
    usize::try_from(draws).unwrap_or(1)
}

/// The arguments of `--arg NAME=SHAPE[:FROM]`.
fn drawn(arguments: &ArgMatches) -> Result<Vec<Argument>, Fault> {
    let mut drawn: Vec<Argument> = Vec::new();
    let mut numbers = 0_usize;
    for text in arguments.get_many::<String>(ARG).into_iter().flatten() {
        let argument = argument(text)?;
        if drawn.iter().any(|known| known.name == argument.name) {
            return Err(Fault::new(
                "usage",
                format!("`--arg` gives `{}` twice", argument.name),
            ));
        }
        let count = argument
            .dims
            .iter()
            .try_fold(1_usize, |count, &n| count.checked_mul(n));
        numbers = count.map_or(usize::MAX, |count| numbers.saturating_add(count));
        if numbers > MOST_NUMBERS {
            return Err(Fault::new(
                "too-large",
                format!(
                    "`--arg {text}`: the arguments have more than {MOST_NUMBERS} numbers in all"
                ),
            )
            .help("a smaller size decides the same: a gradient's formula does not depend on it"));
        }
        drawn.push(argument);
    }
    Ok(drawn)
}

fn argument(text: &str) -> Result<Argument, Fault> {
    let unreadable = || {
        Fault::new("usage", format!("`--arg {text}` cannot be read")).help(
            "write NAME=SHAPE, such as X=100x11; y=100:<3 for integers below 3, p=5:0..1 for numbers between 0 and 1, c=() for \
             a single number",
        )
    };
    let (name, rest) = text.split_once('=').ok_or_else(unreadable)?;
    let (shape, from) = match rest.split_once(':') {
        Some((shape, from)) => (shape, Some(from.trim())),
        None => (rest, None),
    };
    let name = name.trim();
    let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if !is_name {
        return Err(unreadable());
    }
    let dims = values::shape(shape).map_err(|_| unreadable())?.0;
    let from = match from {
        None => Distribution::Anything,
        Some(from) => distribution(from).ok_or_else(unreadable)?,
    };
    Ok(Argument {
        name: name.to_owned(),
        dims,
        from,
    })
}

/// `<3` or `0..1`.
fn distribution(text: &str) -> Option<Distribution> {
    if let Some(below) = text.strip_prefix('<') {
        let below: u64 = below.trim().parse().ok()?;
        return (below > 0).then_some(Distribution::Below(below));
    }
    let (low, high) = text.split_once("..")?;
    let (low, high): (f64, f64) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
    (low.is_finite() && high.is_finite() && low < high).then_some(Distribution::Between(low, high))
}

/// The numbers of `--claim-file`.
fn numbers(arguments: &ArgMatches) -> Result<Option<Numbers>, Fault> {
    let Some(file) = arguments.get_one::<String>(CLAIM_FILE) else {
        return Ok(None);
    };
    Ok(Some(sorted(tensors::tensors(Path::new(file))?)))
}

/// Which tensor of a file is an input, the upstream gradient, or a claim: `dX` is one where there is an `X`.
fn sorted(tensors: Vec<(String, Array)>) -> Numbers {
    let keys: Vec<String> = tensors.iter().map(|(key, _)| key.clone()).collect();
    let mut numbers = Numbers::default();
    for (key, array) in tensors {
        let others: Vec<&str> = keys
            .iter()
            .map(String::as_str)
            .filter(|other| *other != key)
            .collect();
        let surely = key
            .strip_suffix(".grad")
            .or_else(|| key.strip_prefix("grad_"))
            .map(str::to_owned);
        if matches!(key.as_str(), "G" | "grad_output") {
            numbers.upstream = Some(array);
        } else if let Some(input) = input_of(&key, &others) {
            numbers.gradients.push((others[input].to_owned(), array));
        } else if let Some(input) = surely {
            numbers.gradients.push((input, array));
        } else {
            numbers.inputs.push((key, array));
        }
    }
    numbers
}

/// The function of `--reference`.
fn reference(arguments: &ArgMatches) -> Result<Option<Reference>, Fault> {
    let Some(text) = arguments.get_one::<String>(REFERENCE) else {
        return Ok(None);
    };
    if let Some(expression) = text.strip_prefix(':') {
        return Ok(Some(Reference {
            sources: Vec::new(),
            expression: Some(expression.to_owned()),
        }));
    }
    let function = read::function(&Origin::path(text))?;
    Ok(Some(Reference {
        sources: function.sources,
        expression: function.expression,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, Vec<usize>, Distribution)> {
        let argument = argument(text).ok()?;
        Some((argument.name, argument.dims, argument.from))
    }

    #[test]
    fn an_argument_is_a_name_a_shape_and_where_its_numbers_come_from() {
        let expected =
            |name: &str, dims: &[usize], from| Some((name.to_owned(), dims.to_vec(), from));
        assert_eq!(
            read("X=100x11"),
            expected("X", &[100, 11], Distribution::Anything)
        );
        assert_eq!(
            read("X=(2, 3)"),
            expected("X", &[2, 3], Distribution::Anything)
        );
        assert_eq!(read("c=()"), expected("c", &[], Distribution::Anything));
        assert_eq!(read("y=6:<3"), expected("y", &[6], Distribution::Below(3)));
        assert_eq!(
            read("p=5:0..1"),
            expected("p", &[5], Distribution::Between(0.0, 1.0))
        );
        assert_eq!(
            read("p=5:-1.5..2"),
            expected("p", &[5], Distribution::Between(-1.5, 2.0))
        );
        for text in [
            "X", "=3", "X=abc", "X=3:", "X=3:<0", "X=3:1..0", "2=3", "X y=3",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_is_a_quantity_or_a_gradient() {
        assert!(is_quantity("verdict", "wrong"));
        assert!(is_quantity("W.norm", "0.3"));
        assert!(!is_quantity("W", "0.5 * G.T @ X"));
        assert!(!is_quantity("W.grad", "G"));
        assert!(is_quantity("value", "0.72"));
        assert!(!is_quantity("value", "P.T @ G"));
    }

    #[test]
    fn a_files_tensors_are_sorted_by_their_names() {
        let tensor = |name: &str| (name.to_owned(), Array::new(&[1], vec![1.0]));
        let names = ["G", "X", "dX", "W", "W.grad", "delta", "grad_b"];
        let numbers = sorted(names.map(tensor).into());
        let keys = |list: &[(String, Array)]| -> Vec<String> {
            list.iter().map(|(key, _)| key.clone()).collect()
        };
        assert!(numbers.upstream.is_some());
        assert_eq!(keys(&numbers.inputs), ["X", "W", "delta"]);
        assert_eq!(keys(&numbers.gradients), ["X", "W", "b"]);
    }
}
