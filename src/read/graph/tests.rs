use super::*;
use proptest::prelude::*;

fn read(text: &str) -> Result<GraphFile, Fault> {
    graph(&Origin::Snippet(text.to_owned()), Numbering::Detected)
}

fn codes(file: &GraphFile) -> Vec<&str> {
    file.notes.iter().map(|note| note.code.as_str()).collect()
}

#[test]
fn an_edge_list_is_read_whatever_stands_between() -> Result<(), Fault> {
    for text in [
        "0 1\n1 2\n",
        "0,1\n1,2",
        "0\t1\r\n1\t2\r\n",
        "# two edges\n0;1\n\n  1   2  \n",
        "0 -- 1\n1 - 2",
        "source,target\n0,1\n1,2\n",
        "\u{feff}0 1\n1 2",
    ] {
        let file = read(text)?;
        assert_eq!((file.graph.nodes(), file.graph.edges()), (3, 2), "{text:?}");
        assert_eq!(file.first, 0, "{text:?}");
    }
    Ok(())
}

#[test]
fn what_is_left_out_is_said() -> Result<(), Fault> {
    let file = read("1 2 0.5\n2 -> 3 1e3\n3 3\n2 1\n")?;
    assert_eq!(
        (file.graph.nodes(), file.graph.edges(), file.first),
        (3, 2, 1)
    );
    let expected = [
        "one-based",
        "weights-ignored",
        "undirected",
        "loops",
        "repeated",
    ];
    assert_eq!(codes(&file), expected);
    assert!(file.notes[2].text.contains("arrows"));
    Ok(())
}

#[test]
fn the_first_node_is_what_one_says() -> Result<(), Fault> {
    let text = Origin::Snippet("1 2\n2 3".to_owned());
    let zero = graph(&text, Numbering::FromZero)?;
    assert_eq!((zero.graph.nodes(), zero.graph.isolated()), (4, 1));
    let one = graph(&text, Numbering::FromOne)?;
    assert_eq!((one.graph.nodes(), one.graph.isolated()), (3, 0));
    assert_eq!(codes(&one), ["undirected"]);
    Ok(())
}

#[test]
fn matrix_market_is_counted_from_one_and_states_its_size() -> Result<(), Fault> {
    let file =
        read("%%MatrixMarket matrix coordinate pattern symmetric\n% remark\n5 5 2\n2 1\n3 1\n")?;
    assert_eq!(
        (file.graph.nodes(), file.graph.edges(), file.first),
        (5, 2, 1)
    );
    Ok(())
}

#[test]
fn what_is_damaged_is_refused_at_its_place() {
    for (text, line, column, says) in [
        ("0 1\n2\n", 2, 1, "two ends"),
        ("0 1\n1 -2", 2, 3, "number of a node"),
        ("0 1\n1 2.5", 2, 3, "number of a node"),
        ("0 1\n1 x", 2, 3, "number of a node"),
        ("0 1\n1 nan", 2, 3, "number of a node"),
        ("0 1\n  é 2", 2, 3, "number of a node"),
        ("0 1\n1 2 heavy", 2, 5, "weight"),
        ("0 1\n1 2 inf", 2, 5, "weight"),
        ("0 1\n1 2 3 4", 2, 7, "three numbers"),
        ("0 99999999999", 1, 3, "too large"),
        ("0 18446744073709551616", 1, 3, "number of a node"),
        ("0 1\n1->2", 2, 1, "number of a node"),
        ("a b\nc d", 2, 1, "number of a node"),
        (
            "%%MatrixMarket matrix coordinate real general\n3 4 1\n1 2 1",
            2,
            3,
            "graph",
        ),
        (
            "%%MatrixMarket matrix array real general\n2 2\n1",
            1,
            23,
            "dense",
        ),
        (
            "%%MatrixMarket matrix coordinate real general\n3 4\n",
            2,
            1,
            "sizes",
        ),
    ] {
        let fault = read(text).expect_err(text);
        assert!(fault.message.contains(says), "{text:?}: {}", fault.message);
        let place = fault.place.expect(text);
        assert_eq!(
            (place.span.line, place.span.column),
            (line, column),
            "{text:?}"
        );
    }
    for text in ["", "\n\n", "# nothing\n", "3 3\n", "a b\n", "0 1\u{0}"] {
        assert!(read(text).is_err(), "{text:?}");
    }
    let bytes = Origin::Stdin {
        text: vec![0x30, 0x20, 0xff],
        expression: None,
    };
    assert!(graph(&bytes, Numbering::Detected).is_err());
    let one = graph(&Origin::Snippet("0 1".to_owned()), Numbering::FromOne);
    assert!(one.expect_err("a node 0").message.contains("node 0"));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[0-9a-z .,;#%>\\-\n\té]{0,60}") {
        let _ = read(&text);
    }

    #[test]
    fn what_is_written_is_read(edges in proptest::collection::vec((0_u32..30, 0_u32..30), 1..60)) {
        let text: Vec<String> = edges.iter().map(|(a, b)| format!("{a} {b}")).collect();
        let nodes = edges.iter().map(|(a, b)| a.max(b)).max().map_or(0, |n| *n as usize + 1);
        let found = graph(&Origin::Snippet(text.join("\n")), Numbering::FromZero);
        if edges.iter().any(|(a, b)| a != b) {
            prop_assert_eq!(found.map(|file| file.graph), Ok(Graph::of_edges(nodes, &edges).0));
        } else {
            prop_assert!(found.is_err());
        }
    }
}
