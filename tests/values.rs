//! Values as people write them in terminals and in hand-ins.

use gradus::read::values::{claim, shape, value, working};
use gradus::report::{Extent, Tolerance, Value};
use proptest::prelude::*;

fn read(text: &str) -> Value {
    value(text).unwrap_or_else(|error| panic!("{error}")).value
}

#[test]
fn a_square_is_read_in_every_notation_of_the_hand_ins() {
    let square = Value::dims(&[112, 112]);
    for text in [
        "112x112",
        "112 x 112",
        "112X112",
        "[112 x 112]",
        "[112x112]",
        "(112, 112)",
        "112,112",
        "112×112",
        "112 × 112",
        "112*112",
        "112 by 112",
        r"$112\times112$",
        r"$112 \times 112$",
        r"\boxed{112 \times 112}",
        r"$\boxed{112\times 112}$",
        r"\(112 \times 112\)",
        "**112x112**",
        "`112x112`",
        "112x112 pixels",
        "112 px x 112 px",
        "112x112.",
        "112x112 = 12,544",
        "112x112 = 12544",
        "RF = 112x112",
        "torch.Size([112, 112])",
    ] {
        let reading = value(text).unwrap_or_else(|error| panic!("{error}"));
        let readings = [Some(&reading.value), reading.other.as_ref()];
        assert!(readings.contains(&Some(&square)), "{text}: {reading:?}");
    }
}

#[test]
fn integers_are_read_exactly() {
    for (text, count) in [
        ("112", 112),
        (" 112 ", 112),
        ("112.", 112),
        ("$112$", 112),
        (r"\boxed{112}", 112),
        ("(112)", 112),
        ("[112]", 112),
        ("112 pixels", 112),
        ("**112**", 112),
        ("-29", -29),
        ("−29", -29),
        ("+5", 5),
        ("22,145", 22_145),
        ("22_145", 22_145),
        ("22'145", 22_145),
        ("22{,}145", 22_145),
        ("138,357,544 parameters", 138_357_544),
        ("9007199254740993", 9_007_199_254_740_993),
        ("RF = 112", 112),
        ("r_5 = 112", 112),
        ("= 112", 112),
        ("~112", 112),
    ] {
        let reading = value(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(reading.value, Value::Count(count), "{text}");
        assert_eq!(reading.tolerance, Tolerance::Exact, "{text}");
    }
}

#[test]
fn reals_keep_the_digits_they_were_written_with() {
    for (text, real, tolerance) in [
        ("0.14", 0.14, Tolerance::Digits(2)),
        (".5", 0.5, Tolerance::Digits(1)),
        ("1e-3", 1e-3, Tolerance::Digits(3)),
        ("1.5E-3", 1.5e-3, Tolerance::Digits(4)),
        ("2.5e3", 2500.0, Tolerance::Absolute(50.0)),
        (r"3 \times 10^{-4}", 3e-4, Tolerance::Digits(4)),
        ("3×10^-4", 3e-4, Tolerance::Digits(4)),
        ("25%", 0.25, Tolerance::Digits(2)),
        (r"12.5\%", 0.125, Tolerance::Digits(3)),
        ("3/4", 0.75, Tolerance::Exact),
        (r"\frac{3}{4}", 0.75, Tolerance::Exact),
        ("3/4 = 0.75", 0.75, Tolerance::Exact),
        ("1/3 = 0.33", 1.0 / 3.0, Tolerance::Exact),
        ("0.3 ± 0.01", 0.3, Tolerance::Absolute(0.01)),
        (r"$0.3 \pm 0.01$", 0.3, Tolerance::Absolute(0.01)),
        ("0.3 +/- 0.01", 0.3, Tolerance::Absolute(0.01)),
        ("0.25 ± 10%", 0.25, Tolerance::Relative(0.1)),
        ("1,234.5", 1234.5, Tolerance::Digits(1)),
    ] {
        let reading = value(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(reading.value, Value::Real(real), "{text}");
        assert_eq!(reading.tolerance, tolerance, "{text}");
    }
    assert_eq!(read("-inf"), Value::Real(f64::NEG_INFINITY));
}

#[test]
fn words_are_flags_the_whole_or_names() {
    for text in ["true", "True", "T", "yes", "**TRUE**", "True."] {
        assert_eq!(read(text), Value::Flag(true), "{text}");
    }
    for text in ["false", "F", "No"] {
        assert_eq!(read(text), Value::Flag(false), "{text}");
    }
    assert_eq!(read("whole"), Value::Dims(vec![Extent::Whole]));
    assert_eq!(read("the whole input"), Value::Dims(vec![Extent::Whole]));
    assert_eq!(
        read("whole x 5"),
        Value::Dims(vec![Extent::Whole, Extent::Count(5)])
    );
    assert_eq!(read("vanishing"), Value::name("vanishing"));
    assert_eq!(read("Conv2d"), Value::name("Conv2d"));
}

#[test]
fn lists_go_in_axis_order() {
    assert_eq!(read("(1, 32, 122, 122)"), Value::dims(&[1, 32, 122, 122]));
    assert_eq!(read("3,5,21"), Value::dims(&[3, 5, 21]));
    assert_eq!(read("5x7"), Value::dims(&[5, 7]));
    assert_eq!(read("(5,)"), Value::dims(&[5]));
    assert_eq!(read("(-29, -29)"), Value::dims(&[-29, -29]));
    assert_eq!(
        read("0.5 x 1"),
        Value::Dims(vec![Extent::Real(0.5), Extent::Count(1)])
    );
}

#[test]
fn a_comma_between_three_digits_keeps_both_readings() {
    let one = value("64,128").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(one.value, Value::Count(64_128));
    assert_eq!(one.other, Some(Value::dims(&[64, 128])));
    for list in ["(64, 128)", "64, 128", "[64,128]", "064,128"] {
        let reading = value(list).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(reading.value, Value::dims(&[64, 128]), "{list}");
        assert_eq!(reading.other, None, "{list}");
    }
}

#[test]
fn a_side_with_its_area_is_the_side() {
    assert_eq!(read("34x34=1,156"), Value::dims(&[34, 34]));
    assert_eq!(read("34x34 = 1156 pixels"), Value::dims(&[34, 34]));
    assert!(value("34x34=1,157").is_err(), "not its area");
    assert!(value("112 = 125").is_err(), "two different values");
}

#[test]
fn what_is_not_certainly_a_value_is_refused() {
    for text in [
        "",
        " ",
        "about 112",
        "112 or 125",
        "112 or so",
        "between 100 and 120",
        "112 125",
        "112x",
        "112xx112",
        "112x,112",
        "5x6,7",
        "(112",
        "112)",
        "1/0",
        "1e999",
        "0.3 ±",
        "± 0.1",
        "0.3 ± -0.1",
        "--5",
        "1.2.3",
        "1,2.3,4,",
        "the receptive field is 112",
        "112²",
        "?",
        "170141183460469231731687303715884105728",
    ] {
        assert!(value(text).is_err(), "{text}: {:?}", value(text));
    }
}

#[test]
fn a_shape_is_the_same_in_every_notation() {
    for text in [
        "5,6,7,8",
        "(5, 6, 7, 8)",
        "5x6x7x8",
        "[5,6,7,8]",
        "5 × 6 × 7 × 8",
    ] {
        let shape = shape(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(shape.dims(), [5, 6, 7, 8], "{text}");
    }
    for (text, dims) in [
        ("64,128", vec![64, 128]),
        ("10", vec![10]),
        ("(5,)", vec![5]),
        ("()", vec![]),
    ] {
        let shape = shape(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(shape.dims(), dims, "{text}");
    }
    for text in [
        "",
        "1x-3x5",
        "1x3.5",
        "banana",
        "1x3x",
        "1;2",
        "3/4",
        "99999999999999999999x1",
    ] {
        assert!(shape(text).is_err(), "{text}: {:?}", shape(text));
    }
}

#[test]
fn a_working_is_a_chain_of_sizes() {
    let chain: Vec<Value> = [3, 5, 21, 29, 125].map(Value::Count).to_vec();
    for text in [
        "3,5,21,29,125",
        "3, 5, 21, 29, 125",
        "3 → 5 → 21 → 29 → 125",
        "3->5->21->29->125",
        "[3,5,21,29,125]",
    ] {
        let steps = working(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(steps, chain, "{text}");
    }
    let pairs = working("3x3, 5x5").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(pairs, [Value::dims(&[3, 3]), Value::dims(&[5, 5])]);
    for text in ["", "3,,5", "3,five", "true,false"] {
        assert!(working(text).is_err(), "{text}");
    }
}

#[test]
fn an_unreadable_claim_keeps_what_was_written() {
    let claim = claim("size", " about 112 ");
    assert_eq!(claim.written, "about 112");
    assert_eq!(claim.expected, None);
}

#[test]
fn an_unreadable_text_says_how_values_are_written() {
    let fault = gradus::model::Fault::from(shape("banana").expect_err("no shape"));
    assert_eq!(fault.code, "unreadable-value");
    assert!(fault.message.contains("`banana`"));
    assert!(fault.help[0].contains("1x3x224x224"));
}

proptest! {
    #[test]
    fn no_text_makes_reading_panic(text in "\\PC{0,40}") {
        let _ = (value(&text), shape(&text), working(&text));
    }

    #[test]
    fn no_text_of_signs_makes_reading_panic(text in "[0-9x×,.()\\[\\]{}$\\\\ =±/%e^*-]{0,24}") {
        let _ = (value(&text), shape(&text), working(&text));
    }

    #[test]
    fn a_written_count_is_read_back(count in any::<i64>()) {
        prop_assert_eq!(value(&count.to_string()).map(|r| r.value), Ok(Value::Count(count.into())));
    }

    #[test]
    fn written_dims_are_read_back(dims in prop::collection::vec(0_u32..100_000, 2..6)) {
        let value = Value::dims(&dims.iter().map(|&d| i128::from(d)).collect::<Vec<_>>());
        prop_assert_eq!(read(&value.to_string()), value);
    }
}
