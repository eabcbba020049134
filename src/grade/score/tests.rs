//! Items that no key decides, graded with an examiner that reports what a demonstration would.

use std::fmt::Write;

use super::*;
use crate::grade::submission::{self, Submission, Wanted};
use crate::model::Source;
use crate::questions::judge;
use crate::report::{Certainty, Explained, Finding, Quantity, Section, Statement, Value, Verdict};

/// It reports one arguable sentence, one that is false, and a number.
struct Fake;

impl Examiner for Fake {
    fn values(&self, _: &[&Item], claims: &[Claim]) -> Result<Report, Fault> {
        let mut report = Report::new("fake", "number");
        report
            .sections
            .push(Section::Quantities(crate::report::Quantities {
                title: String::new(),
                quantities: vec![
                    Quantity::exact("number", "the number", Value::Count(7)).unit("steps"),
                ],
            }));
        report.sections.push(Section::Statements(vec![
            Statement::arguable(
                "modified",
                "It modifies the algorithm",
                "both hold",
                "the gradient is another one: 0.5 for 1",
                "the rule is the same on each piece",
            ),
            Statement::new("limit", "A limit does it", Finding::False, "0.1 is not 0"),
        ]));
        judge::judge(&mut report, claims, &[])?;
        Ok(report)
    }

    fn work(&self, _: &Item, _: &Work) -> Result<Report, Fault> {
        Err(Fault::new("test", "no work here"))
    }

    fn solution(&self, _: &Item) -> Result<Code, Fault> {
        Ok(Code::default())
    }
}

/// Grades one text, of which every line is the answer to one item, with the items' further lines.
fn graded(items: &[(&str, &str)], sheet: &str) -> Result<GradeReport, Fault> {
    let assignment = assignment(items)?;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sheet.md");
    std::fs::write(&path, sheet).expect("a file");
    let submissions: Vec<Submission> = submission::open(&path, &Wanted::default());
    grade(&assignment, None, &submissions, &Fake, &Progress::default())
}

const ARGUABLE: &str = "written = 'truth'\nask = 'fake'\nkey = 'modified'";

fn question(id: &str, answer: &str) -> String {
    format!("The question of {id} here\n\n**Answer:** {answer}\n\n")
}

#[test]
fn a_statement_brings_its_own_readings() -> Result<(), Fault> {
    let report = graded(&[("a", ARGUABLE)], &question("a", "True, since it is cut"))?;
    assert_eq!(report.items[0].certainty, Certainty::Arguable);
    let mark = &report.submissions[0].marks[0];
    assert_eq!((mark.outcome, mark.points), (Outcome::Undecided, None));
    assert_eq!(mark.reason, "the item is arguable: a person decides");
    let grounds: Vec<&str> = mark.readings.iter().map(|r| r.because.as_str()).collect();
    assert_eq!(
        grounds,
        [
            "the gradient is another one: 0.5 for 1",
            "the rule is the same on each piece"
        ]
    );
    Ok(())
}

#[test]
fn the_assignments_readings_go_before_the_statements() -> Result<(), Fault> {
    let own = format!(
        "{ARGUABLE}\ncertainty = 'ambiguous'\n[[question.reading]]\nanswer = 'true'\nbecause = 'one'\n\
         [[question.reading]]\nanswer = 'false'\nbecause = 'other'"
    );
    let report = graded(&[("a", &own)], &question("a", "False"))?;
    let mark = &report.submissions[0].marks[0];
    assert_eq!(mark.reason, "the item is ambiguous: a person decides");
    assert_eq!(mark.readings[1].because, "other");
    Ok(())
}

#[test]
fn the_assignment_says_what_an_open_item_pays() -> Result<(), Fault> {
    let explained = "False, on each piece the chain rule is the very same";
    for (pays, answer, points) in [
        ("person", explained, None),
        ("explained", explained, Some(1.0)),
        ("explained", "True", None),
        ("explained", "False, the same", None),
        (
            "explained",
            "It depends on what counts as the algorithm at all",
            Some(1.0),
        ),
        ("any", "True", Some(1.0)),
        ("any", "Both", Some(1.0)),
        // What cannot be read is nobody's answer.
        ("any", "The order does not matter", None),
    ] {
        let item = format!("{ARGUABLE}\npays = '{pays}'");
        let report = graded(&[("a", &item)], &question("a", answer))?;
        let mark = &report.submissions[0].marks[0];
        assert_eq!(mark.points, points, "{pays}: {answer}: {}", mark.reason);
        assert_ne!(mark.outcome, Outcome::Wrong);
    }
    Ok(())
}

#[test]
fn what_takes_no_side_is_never_failed() -> Result<(), Fault> {
    let firm = "written = 'truth'\nask = 'fake'\nkey = 'limit'";
    for (answer, outcome, points) in [
        ("It depends.", Outcome::Undecided, None),
        ("True", Outcome::Wrong, Some(0.0)),
        ("False", Outcome::Right, Some(1.0)),
    ] {
        let report = graded(&[("a", firm)], &question("a", answer))?;
        let mark = &report.submissions[0].marks[0];
        assert_eq!((mark.outcome, mark.points), (outcome, points), "{answer}");
    }
    Ok(())
}

#[test]
fn words_stand_beside_what_was_computed() -> Result<(), Fault> {
    let item = "written = 'text'\nask = 'fake'\nfacts = ['number', 'limit']";
    let answer = "Seven steps, since\n\nthe second paragraph says why.";
    let report = graded(&[("a", item)], &question("a", answer))?;
    let mark = &report.submissions[0].marks[0];
    assert_eq!((mark.outcome, mark.points), (Outcome::Undecided, None));
    assert_eq!(mark.reading.explained, None);
    assert_eq!(
        mark.reading.text.as_deref(),
        Some("Seven steps, since\nthe second paragraph says why.")
    );
    let [number, limit] = mark.facts.as_slice() else {
        panic!("two facts: {:?}", mark.facts);
    };
    assert_eq!(number.value, Some(Value::Count(7)));
    assert_eq!(
        (limit.label.as_str(), limit.finding, limit.because.as_str()),
        ("A limit does it", Some(Finding::False), "0.1 is not 0")
    );
    Ok(())
}

#[test]
fn an_item_of_another_edition_is_absent_and_counts_for_nothing() -> Result<(), Fault> {
    let firm = "written = 'truth'\nask = 'fake'\nkey = 'limit'";
    let optional = format!("{firm}\noptional = true");
    let items = [
        ("alpha", firm),
        ("bravo", optional.as_str()),
        ("delta", optional.as_str()),
    ];
    let sheet = question("alpha", "False") + &question("delta", "False");
    let report = graded(&items, &sheet)?;
    let sheet = &report.submissions[0];
    let outcomes: Vec<Outcome> = sheet.marks.iter().map(|mark| mark.outcome).collect();
    assert_eq!(outcomes, [Outcome::Right, Outcome::Absent, Outcome::Right]);
    assert!((sheet.total.of - 2.0).abs() < 1e-12);
    assert_eq!(sheet.for_a_person().count(), 0);
    Ok(())
}

#[test]
fn what_is_said_of_judging_has_to_fit_the_item() {
    for (more, says) in [
        ("written = 'truth'\npays = 'any'", "is firm"),
        ("written = 'text'\nfacts = ['number']", "asks no question"),
        ("written = 'text'\nask = 'fake'", "shows nothing of it"),
        (
            "written = 'truth'\nask = 'fake'\nkey = 'limit'\nfacts = ['number']",
            "is not in words",
        ),
        (
            "written = 'truth'\ncertainty = 'arguable'",
            "readings are missing",
        ),
        (
            "written = 'truth'\nask = 'fake'\nkey = 'limit'\ncertainty = 'arguable'",
            "readings are missing",
        ),
    ] {
        let came = graded(&[("a", more)], &question("a", "True"));
        let fault = came
            .err()
            .map(|fault| fault.to_string())
            .unwrap_or_default();
        assert!(fault.contains(says), "{more}: {fault}");
    }
}

#[test]
fn explained_has_thresholds() {
    let by: Vec<Explained> = [0, 1, 2, 4, 5].into_iter().map(Explained::by).collect();
    let expected = [
        Explained::None,
        Explained::None,
        Explained::Short,
        Explained::Short,
        Explained::Given,
    ];
    assert_eq!(by, expected);
}

/// It counts how often it is asked, and of how many items.
#[derive(Default)]
struct Counting(std::sync::Mutex<Vec<usize>>);

impl Examiner for Counting {
    fn values(&self, items: &[&Item], claims: &[Claim]) -> Result<Report, Fault> {
        if let Ok(mut counts) = self.0.lock() {
            counts.push(items.len());
        }
        let broken = items.iter().any(|item| item.id() == "broken");
        if broken {
            let alone = items.len() == 1;
            return Err(Fault::new(
                "test",
                if alone {
                    "it is this one"
                } else {
                    "one of them"
                },
            ));
        }
        Fake.values(items, claims)
    }

    fn work(&self, item: &Item, work: &Work) -> Result<Report, Fault> {
        Fake.work(item, work)
    }

    fn solution(&self, item: &Item) -> Result<Code, Fault> {
        Fake.solution(item)
    }
}

fn assignment(ids: &[(&str, &str)]) -> Result<Assignment, Fault> {
    let mut text = "title = 'T'\n".to_owned();
    for (id, more) in ids {
        let _ = write!(
            text,
            "[[question]]\nid = '{id}'\ntitle = '{id}'\nphrase = 'the question of {id} here'\n{more}\n"
        );
    }
    Assignment::parse(&Source {
        name: "a.toml".to_owned(),
        text,
    })
}

#[test]
fn what_items_share_is_asked_once() -> Result<(), Fault> {
    let limit = "written = 'truth'\nask = 'fake'\nkey = 'limit'\nanswer = 'true'";
    let number = "written = 'count'\nask = 'fake'\nkey = 'number'\nanswer = '7'";
    let other = format!("{number}\narguments = ['--more']");
    let assignment = assignment(&[("one", limit), ("two", number), ("three", &other)])?;
    let examiner = Counting::default();
    let told = std::sync::Arc::new(std::sync::Mutex::new((0, 0)));
    let listener = told.clone();
    let progress = Progress::new(move |more, all| {
        if let Ok(mut told) = listener.lock() {
            *told = (told.0 + more, all);
        }
    });
    let report = grade(&assignment, None, &[], &examiner, &progress)?;
    let mut counts = examiner.0.into_inner().unwrap_or_default();
    counts.sort_unstable();
    assert_eq!(counts, [1, 2]);
    let own: Vec<_> = report
        .items
        .iter()
        .map(|item| item.own_answer.as_ref().map(|check| check.verdict))
        .collect();
    let expected = [Verdict::Wrong, Verdict::Right, Verdict::Right];
    assert_eq!(own, expected.map(Some));
    assert_eq!(told.lock().map(|told| *told).unwrap_or_default(), (3, 3));
    Ok(())
}

#[test]
fn a_fault_of_one_item_names_that_item() -> Result<(), Fault> {
    let limit = "written = 'truth'\nask = 'fake'\nkey = 'limit'";
    let assignment = assignment(&[("one", limit), ("broken", limit)])?;
    let came = grade(
        &assignment,
        None,
        &[],
        &Counting::default(),
        &Progress::default(),
    );
    let message = came.err().map(|fault| fault.message);
    assert_eq!(message.as_deref(), Some("it is this one"));
    Ok(())
}
