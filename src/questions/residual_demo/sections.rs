//! The sentences, the table, the numbers and the picture.

use super::facts::Facts;
use crate::questions::numbers::{real, rough, short, values};
use crate::questions::picture::picture;
use crate::report::{
    Basis, Finding, Quantities, Quantity, Report, Section, Statement, Table, Value,
};
use crate::theory::residual::{cosine, identity};

/// Filters up to this far apart are the same.
const SAME: f64 = 1e-9;

/// From this on they are different.
const APART: f64 = 1e-3;

/// Adds everything.
pub(super) fn add(report: &mut Report, facts: &Facts) {
    report.sections.extend([
        Section::Statements(statements(facts)),
        Section::Table(taps(facts)),
        Section::Quantities(quantities(facts)),
        drawn(facts),
    ]);
}

fn statements(facts: &Facts) -> Vec<Statement> {
    let (apart, off_identity) = (facts.apart(), facts.off_identity());
    let outputs = format!(
        "the outputs of the two models are {} apart at most",
        rough(facts.outputs_apart())
    );
    vec![
        Statement::new(
            "same_filters",
            "f(x) and f(x) + x learn the same filters",
            Finding::none(apart, SAME, APART),
            format!("the filters are {} apart at most; {outputs}", rough(apart)),
        ),
        Statement::new(
            "difference_is_identity",
            "the filter of f(x) less that of f(x) + x is the identity kernel",
            Finding::none(off_identity, SAME, APART),
            format!(
                "their difference lies {} from the identity kernel at most, with a weight decay of {} and {}·x as the shortcut; {outputs}",
                rough(off_identity),
                short(facts.asked.decay),
                short(facts.asked.shortcut)
            ),
        ),
    ]
}

/// A row a tap.
fn taps(facts: &Facts) -> Table {
    let mut table = Table::new(
        "taps",
        "The filters, tap by tap",
        &[
            ("tap", "tap"),
            ("plain", "θ of f(x)"),
            ("residual", "θ_res of f(x) + s·x"),
            ("difference", "θ − θ_res"),
            ("identity", "identity"),
            ("trained", "θ by descent"),
            ("trained_residual", "θ_res by descent"),
        ],
    );
    let difference = facts.difference();
    for (tap, identity) in identity(difference.len()).into_iter().enumerate() {
        table.rows.push(vec![
            Some(Value::from(tap)),
            real(facts.plain.filter[tap]),
            real(facts.residual.filter[tap]),
            real(difference[tap]),
            real(identity),
            real(facts.plain.trained.filter[tap]),
            real(facts.residual.trained.filter[tap]),
        ]);
    }
    table
}

fn quantities(facts: &Facts) -> Quantities {
    let list = |key: &str, label: &str, numbers: &[f64]| Quantity {
        basis: Basis::Rounded,
        ..Quantity::exact(key, label, values(numbers))
    };
    let (plain, residual) = (&facts.plain, &facts.residual);
    let mut quantities = vec![
        list("theta", "θ, the filter of f(x)", &plain.filter)
            .steps(vec!["(XᵀX/n + λ/2·I)·θ = Xᵀy/n".to_owned()]),
        list(
            "theta.residual",
            "θ_res, the filter with the shortcut",
            &residual.filter,
        )
        .steps(vec![
            "(XᵀX/n + λ/2·I)·θ_res = Xᵀ(y − s·x)/n, and Xᵀx is XᵀX times the identity kernel"
                .to_owned(),
            "so θ − θ_res = s·(XᵀX/n + λ/2·I)⁻¹·(XᵀX/n)·δ, which is s·δ where λ = 0".to_owned(),
        ]),
        list("difference", "θ − θ_res", &facts.difference()),
        Quantity::rounded(
            "off_identity",
            "its largest distance from the identity kernel",
            facts.off_identity(),
        ),
        Quantity::rounded(
            "outputs_apart",
            "largest difference of the two outputs",
            facts.outputs_apart(),
        ),
        Quantity::rounded("loss", "mean squared error of f(x)", plain.loss),
        Quantity::rounded(
            "loss.residual",
            "mean squared error with the shortcut",
            residual.loss,
        ),
    ];
    let cosine = cosine(&plain.filter, &residual.filter);
    if cosine.is_finite() {
        quantities.push(Quantity::rounded(
            "cosine",
            "cosine of the two filters",
            cosine,
        ));
    }
    Quantities {
        title: "The filters".to_owned(),
        quantities,
    }
}

/// The filters over their taps.
fn drawn(facts: &Facts) -> Section {
    let curve = |name: &str, filter: &[f64]| {
        let taps = (0_u32..).map(f64::from);
        (name.to_owned(), taps.zip(filter.iter().copied()).collect())
    };
    picture(
        "filters",
        "The filters",
        "tap",
        "weight",
        false,
        vec![
            curve("θ of f(x)", &facts.plain.filter),
            curve("θ_res with the shortcut", &facts.residual.filter),
            curve("θ − θ_res", &facts.difference()),
        ],
    )
}
