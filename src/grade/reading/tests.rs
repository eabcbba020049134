use super::*;
use crate::grade::page::lines_of_text;
use crate::report::Explained;

fn item(written: &str, called: &str) -> Item {
    let text = format!(
        "title = 'T'\n[[question]]\nid = 'a'\ntitle = 'A'\nphrase = 'p'\nwritten = '{written}'\ncalled = {called}"
    );
    let source = crate::model::Source {
        name: "a.toml".to_owned(),
        text,
    };
    crate::grade::assignment::Assignment::parse(&source)
        .expect("a good assignment")
        .items
        .remove(0)
}

fn reading(written: &str, called: &str, answer: &str) -> Found {
    let lines = lines_of_text(answer);
    read(
        &[Passage::Answer(lines.iter().collect())],
        &item(written, called),
    )
}

fn size(answer: &str) -> Result<String, String> {
    match reading("size", "['receptive field', 'RF']", answer) {
        Found::Answer(reading) => Ok(reading
            .value
            .map_or_else(String::new, |value| value.to_string())),
        other => Err(other.reading().reason.clone()),
    }
}

#[test]
fn a_size_in_every_form() {
    for (answer, value) in [
        ("112", "112"),
        ("112.", "112"),
        ("112x112", "112×112"),
        ("[125 x 125]", "125×125"),
        (r"$112 \times 112$", "112×112"),
        (r"so it is $\boxed{125 \times 125}$", "125×125"),
        ("34x34=1,156", "34×34"),
        ("112 pixels", "112"),
        ("**112**", "112"),
        ("The receptive field is 112.", "112"),
        (
            "The receptive field of each pixel in the output is 112x112.",
            "112×112",
        ),
        ("RF = 112", "112"),
        (
            "The recpetive field is 112 pixels wide, since the kernel is 7 with dilation 2.",
            "112",
        ),
        ("kernel size is 3, so the receptive field is 112.", "112"),
        (
            "The output has 122x122 pixels. The receptive field is 112.",
            "112",
        ),
        (
            "The receptive field is 112. Mind that the output is of size 122x122.",
            "112",
        ),
        (
            "In conclusion, we have RF of 112 for each axis, so we have got $RF_0=112 \\times 112$",
            "112×112",
        ),
        (
            "and then a last conv of 3, achieving a size of $112$ pixels.",
            "112",
        ),
        (
            "The receptive field size of the output is therefore **112**.",
            "112",
        ),
        ("r = 64 + 8*6 = 112", "112"),
    ] {
        assert_eq!(size(answer), Ok(value.to_owned()), "{answer}");
    }
}

#[test]
fn what_is_not_certain_is_not_read() {
    for answer in [
        "I do not know",
        "The receptive field is large.",
        "The receptive field is 112. So the receptive field is 122.",
        "It is 112 or 122.",
        "then, the pool doubles the receptive field, therefore it is 26 after that.\nIt goes on.",
        "The first layer sees 3, the second 12 and the last sees more.",
        "The receptive field is between 100 and 120.",
        "The receptive field is at least 112.",
        "The receptive field is not 112.",
        "The receptive field is 100-120.",
    ] {
        assert!(size(answer).is_err(), "{answer}: {:?}", size(answer));
    }
}

#[test]
fn a_stated_conclusion_counts_and_the_chain_is_kept() {
    let answer = "$r_0 = 1$\n\nconv: $r_1 = 3$\n\npool: $r_2 = 3 + (2 - 1) * 1 = 4$\n\nconv: $r_3 = 4 + (5-1) * 2 = 12$\n\n\
                  In conclusion, the receptive field of the last layer is 22x22 square.";
    let found = reading("size", "['receptive field']", answer);
    let Found::Answer(reading) = found else {
        panic!("{found:?}")
    };
    assert_eq!(reading.written, "22x22");
    assert_eq!(reading.working, [3, 4, 12].map(Value::Count));
}

#[test]
fn the_end_of_a_chain_counts_where_nothing_is_concluded() {
    let answer = "Layer 1: $k = 3, s = 1$\n$$R_1 = 1 + (3 - 1)*1 = 3$$\nLayer 2:\n$$R_2 = R_1 + (2 - 1) * 2 = 5$$\n\
                  $$R_3 = R_2 + (5 - 1) * 2^2 = 21$$";
    let found = reading("size", "['receptive field']", answer);
    let Found::Answer(reading) = found else {
        panic!("{found:?}")
    };
    assert_eq!((reading.written.as_str(), reading.working.len()), ("21", 3));
}

#[test]
fn truth_in_every_form() {
    for (answer, value) in [
        ("True", Some(true)),
        ("TRUE", Some(true)),
        ("F", Some(false)),
        ("T.", Some(true)),
        ("**False**. It can be both", Some(false)),
        ("false, since", Some(false)),
        ("The answer if F", Some(false)),
        ("the answer is true", Some(true)),
        ("Not true, it is", Some(false)),
        ("No, it can stand before it too", Some(false)),
        (
            "We saw in class that this statement is **false**, since",
            None,
        ),
        ("Depends on the function, therefore, false.", None),
        ("True or false: dropout must. Hmm", None),
        ("No, it is true", None),
        ("The order does not matter", None),
        ("**True** at first, and **False** later", None),
    ] {
        let found = reading("truth", "[]", answer);
        let read = match &found {
            Found::Answer(reading) => reading.value.clone(),
            _ => None,
        };
        if answer.starts_with("We saw") {
            assert_eq!(read, Some(Value::Flag(false)));
            continue;
        }
        assert_eq!(read, value.map(Value::Flag), "{answer}");
    }
}

#[test]
fn shapes_and_counts() {
    let shape = |answer: &str| match reading("shape", "['shape of Y', 'Y']", answer) {
        Found::Answer(reading) => reading.value.map(|value| value.to_string()),
        _ => None,
    };
    for (answer, value) in [
        (
            "The shape of `Y` is `(5, 6, 7, 8, 42000)`.",
            Some("5×6×7×8×42000"),
        ),
        ("torch.Size([5, 6, 7, 8, 42000])", Some("5×6×7×8×42000")),
        ("5x6x7x8x42000", Some("5×6×7×8×42000")),
        ("so 5x6x7x8 goes to (5x6x7x8)x42000.", None),
        (
            "Y.shape = torch.Size([5, 6, 7, 8, 42000])",
            Some("5×6×7×8×42000"),
        ),
        ("X has shape (5, 6, 7, 8), and Y one more axis.", None),
    ] {
        assert_eq!(shape(answer).as_deref(), value, "{answer}");
    }
    let count = |answer: &str| match reading("count", "['parameters', 'weights']", answer) {
        Found::Answer(reading) => reading.value.map(|value| value.to_string()),
        _ => None,
    };
    for (answer, value) in [
        ("26,848", Some("26848")),
        ("It has 26848 parameters in total.", Some("26848")),
        ("112 + 1616 + 25120 = 26848", Some("26848")),
        (
            "699,137 parameters, since there are 42 layers.",
            Some("699137"),
        ),
        ("It has 3 convolutions and 26848 parameters.", Some("26848")),
        (
            "The number of parameters is 26,848: 112 + 1,616 + 25,120.",
            Some("26848"),
        ),
        ("conv1: 112\nconv2: 1616\nconv3: 25120", None),
    ] {
        assert_eq!(count(answer).as_deref(), value, "{answer}");
    }
}

#[test]
fn what_takes_no_side_is_for_a_person() {
    for answer in [
        "It depends on the activation.",
        "Depends on the function, therefore, false.",
        "**Both.** In one reading it is so",
        "Not always: with a sigmoid it is",
        "Partially true",
        "The answer is: it depends",
        "Both true and false",
    ] {
        let found = reading("truth", "[]", answer);
        let Found::Words(read) = &found else {
            panic!("{answer}: {found:?}");
        };
        assert_eq!(read.value, Some(Value::Name("depends".to_owned())));
    }
    let firm = reading("truth", "[]", "False. It depends on the activation.");
    assert_eq!(firm.reading().value, Some(Value::Flag(false)));
}

#[test]
fn it_is_told_how_much_explains_a_truth_value() {
    for (answer, expected) in [
        ("True", Explained::None),
        ("**Answer:** F.", Explained::None),
        ("The answer is true.", Explained::None),
        ("False. We can't guarantee that.", Explained::Short),
        ("True, negative inputs give zero for good", Explained::Given),
        (
            "False\n\nOne sample makes the gradient noisier than all of them.",
            Explained::Given,
        ),
        (
            "It depends on the activation, as a tanh saturates",
            Explained::Given,
        ),
        ("Both", Explained::None),
    ] {
        let found = reading("truth", "[]", answer);
        assert_eq!(found.reading().explained, Some(expected), "{answer}");
    }
    let number = reading("size", "[]", "112");
    assert_eq!(number.reading().explained, None);
}

#[test]
fn to_repeat_the_question_explains_nothing() {
    let mut item = item("truth", "[]");
    item.phrase = Some("a pooling layer has no weights at all".to_owned());
    let lines = lines_of_text("True, a pooling layer has no weights at all.");
    let found = read(&[Passage::Answer(lines.iter().collect())], &item);
    assert_eq!(found.reading().explained, Some(Explained::None));
}
