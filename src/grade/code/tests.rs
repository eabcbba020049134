use super::*;
use crate::grade::assignment::Assignment;
use crate::grade::submission::CodeCell;
use crate::model::Fault;

fn item(file: &str) -> Result<Item, Fault> {
    let text = format!(
        "title = 't'\n[[question]]\nid = 'a'\ntitle = 'a'\nwritten = 'function'\nfunction = 'back'\n{file}\n"
    );
    let source = Source {
        name: "a.toml".to_owned(),
        text,
    };
    Ok(Assignment::parse(&source)?.items.swap_remove(0))
}

fn code(files: &[(&str, &str)], cells: &[&str]) -> Code {
    let files = files.iter().map(|(name, text)| Source {
        name: (*name).to_owned(),
        text: (*text).to_owned(),
    });
    let cells = cells.iter().zip(1..).map(|(text, number)| CodeCell {
        file: None,
        spot: Spot {
            cell: Some(number),
            line: 1,
        },
        text: (*text).to_owned(),
    });
    Code {
        files: files.collect(),
        cells: cells.collect(),
    }
}

/// What becomes of it: `works`, `blank` or `unreadable`, and the reason.
fn came(found: &Found) -> (&'static str, String) {
    let word = match found {
        Found::Work(..) => "works",
        Found::Blank(_) => "blank",
        _ => "unreadable",
    };
    (word, found.reading().reason.clone())
}

fn modules(found: &Found) -> Vec<(String, String)> {
    match found {
        Found::Work(_, Work::Function(program)) => program
            .modules
            .iter()
            .map(|(name, source)| (name.clone(), source.text.clone()))
            .collect(),
        _ => Vec::new(),
    }
}

const FILE: &str = "file = 'hw4/answers.py'";
const BACK: &str = "def back(ctx, G):\n    return G\n";

#[test]
fn the_assignments_file_counts_first() -> Result<(), Fault> {
    let code = code(
        &[
            ("hw4/__init__.py", ""),
            ("hw4/answers.py", BACK),
            ("other.py", "def back(): return 1"),
        ],
        &["def back(): return 2"],
    );
    let found = read(&item(FILE)?, &code);
    assert_eq!(found.reading().written, "def back(ctx, G)");
    assert_eq!(found.reading().file.as_deref(), Some("hw4/answers.py"));
    let names: Vec<String> = modules(&found).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["hw4", "hw4.answers", "other", "submission"]);
    assert_eq!(modules(&found)[3].1, "from hw4.answers import back\n");
    Ok(())
}

#[test]
fn a_file_by_itself_is_what_the_assignment_calls_it() -> Result<(), Fault> {
    let code = code(&[("ann.py", BACK)], &[]);
    let found = read(&item(FILE)?, &code);
    assert_eq!(
        modules(&found)[0],
        ("hw4.answers".to_owned(), BACK.to_owned())
    );
    assert_eq!(modules(&found)[1].0, "submission");
    let found = read(&item("")?, &code);
    assert_eq!(
        modules(&found),
        [("submission".to_owned(), BACK.to_owned())]
    );
    Ok(())
}

#[test]
fn a_function_in_another_file_is_led_to() -> Result<(), Fault> {
    let elsewhere = code(&[("hw4/answers.py", "x = 1"), ("hw4/extra.py", BACK)], &[]);
    let found = modules(&read(&item(FILE)?, &elsewhere));
    assert!(
        found.contains(&(
            "hw4.answers".to_owned(),
            "from hw4.extra import back\n".to_owned()
        )),
        "{found:?}"
    );
    // A file that hands it on by itself stays as it is.
    let text = "from .extra import back\n";
    let imported = code(&[("hw4/answers.py", text), ("hw4/extra.py", BACK)], &[]);
    let found = modules(&read(&item(FILE)?, &imported));
    assert!(
        found.contains(&("hw4.answers".to_owned(), text.to_owned())),
        "{found:?}"
    );
    Ok(())
}

#[test]
fn of_a_notebook_only_what_the_function_needs_is_taken() -> Result<(), Fault> {
    let cells = [
        "import torch\nimport matplotlib.pyplot as plt\nhalf = 1 / 2\nX = torch.rand(3)",
        "from hw4.answers import back\n\ndef scale(t):\n    return half * t\n\nfor i in range(10**9):\n    k = i",
        "# mine\ndef back(ctx, G):\n    X, W = ctx.saved_tensors\n    return scale(G @ W)\n\nprint(back(1, 2))",
    ];
    let found = read(&item("")?, &code(&[], &cells));
    let expected = "half = 1 / 2\ndef scale(t):\n    return half * t\ndef back(ctx, G):\n    X, W = ctx.saved_tensors\n    return scale(G @ W)\n";
    assert_eq!(
        modules(&found),
        [("submission".to_owned(), expected.to_owned())]
    );
    let Found::Work(reading, Work::Function(program)) = &found else {
        return Err(Fault::new("test", "no work"));
    };
    assert_eq!(
        reading.place.map(|spot| spot.to_string()).as_deref(),
        Some("cell 3, line 2")
    );
    let places: Vec<String> = program.lines.iter().map(ToString::to_string).collect();
    assert_eq!(
        places[..3],
        ["cell 1, line 3", "cell 2, line 3", "cell 2, line 4"]
    );
    assert_eq!(places[5], "cell 3, line 4");
    Ok(())
}

#[test]
fn a_name_that_only_a_loop_makes_is_not_guessed() -> Result<(), Fault> {
    let cells = [
        "for k in range(3):\n    scale = k",
        "def back(ctx, G):\n    return scale * G",
    ];
    let (word, reason) = came(&read(&item("")?, &code(&[], &cells)));
    assert_eq!(word, "unreadable");
    assert!(reason.contains("`scale`"), "{reason}");
    Ok(())
}

#[test]
fn what_is_not_there_is_told() -> Result<(), Fault> {
    let own = |text| code(&[("hw4/answers.py", text)], &[]);
    let stub = "def back(ctx, G):\n    # YOUR CODE\n    raise NotImplementedError()";
    for (code, word, says) in [
        (own("x = 1"), "blank", "in hw4/answers.py"),
        (own(stub), "blank", "nothing stands in it"),
        (
            own("def backk(ctx, G):\n    return G"),
            "unreadable",
            "`backk` is",
        ),
        (
            code(&[("a.py", "x = 1"), ("b.py", "y = 1")], &[]),
            "unreadable",
            "which is not there, in 2 other Python files",
        ),
        (code(&[], &["x = 1"]), "unreadable", "in 1 cell of code"),
        (
            code(&[], &[]),
            "unreadable",
            "hw4/answers.py, which is not there",
        ),
        (
            code(&[("a.py", BACK), ("b.py", "def back(): return 1")], &[]),
            "unreadable",
            "in a.py, b.py",
        ),
        (
            code(&[], &[BACK, "def back(): return 1"]),
            "unreadable",
            "in cell 1, cell 2",
        ),
        (code(&[], &[BACK, BACK]), "works", ""),
        (code(&[("hw4/answers.py", stub)], &[BACK]), "works", ""),
        (own("def back(ctx, G)\n    return G"), "works", ""),
        (own("back = lambda ctx, G: G"), "works", ""),
    ] {
        let (came, reason) = came(&read(&item(FILE)?, &code));
        assert_eq!(came, word, "{says}: {reason}");
        assert!(reason.contains(says), "{reason}");
    }
    Ok(())
}

#[test]
fn no_file_stands_in_the_way_of_pytorch() {
    for (path, name) in [
        ("hw4/answers.py", Some("hw4.answers")),
        ("hw4/__init__.py", Some("hw4")),
        ("__init__.py", None),
        ("torch/nn.py", None),
        ("_gradus.py", None),
        ("my answers.py", None),
        ("a/2.py", None),
        ("notes.txt", None),
    ] {
        assert_eq!(modules::dotted(path).as_deref(), name, "{path}");
    }
}
