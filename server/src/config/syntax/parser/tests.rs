use super::*;

fn parse(text: &str) -> Map {
    parse_text(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn error(text: &str) -> String {
    match parse_text(text) {
        Ok(map) => panic!("{text}: {map:?}"),
        Err(error) => error.to_string(),
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Date(date) => date.clone(),
        Value::Array(nodes) => {
            let shown: Vec<String> = nodes.iter().map(|node| show(&node.value)).collect();
            format!("[{}]", shown.join(" "))
        }
        Value::Map(map) => show_map(map),
    }
}

fn show_map(map: &Map) -> String {
    let shown: Vec<String> = map
        .iter()
        .map(|(key, node)| format!("{key}={}", show(&node.value)))
        .collect();
    format!("{{{}}}", shown.join(" "))
}

#[test]
fn keys_values_and_separators() {
    for (text, want) in [
        ("foo = 1\nbar: 2; baz 3", "{bar=2 baz=3 foo=1}"),
        ("{ \"foo bar\" : 'x', 'y' = z }", "{foo bar=\"x\" y=\"z\"}"),
        ("a { b { c: [1, 2\n 3 ] } }", "{a={b={c=[1 2 3]}}}"),
        ("a:\t[ {x: 1}, {x: 2} ] # end\n// all", "{a=[{x=1} {x=2}]}"),
        ("a: \"t\\tq\\\"x\\x41\"", "{a=\"t\\tq\\\"xA\"}"),
        (
            "a: (\nline 1\n  line ) 2\n)\nb: 1",
            "{a=\"\\nline 1\\n  line ) 2\\n\" b=1}",
        ),
        (
            "url: nats://127.0.0.1:4222/x",
            "{url=\"nats://127.0.0.1:4222/x\"}",
        ),
        ("a: 1\na: 2", "{a=2}"),
        ("a\n{ b: 1 }", "{a={b=1}}"),
        // No number ends at a bracket or a quote.
        ("a: [1, 44]]", "{a=[1 \"44]\"]}"),
        ("a: [44 ]\nb: [4k]\nc: [-4]", "{a=[44] b=[\"4k\"] c=[-4]}"),
        ("a: 44'x\nb: {c: 44]}", "{a=\"44'x\" b={c=\"44]\"}}"),
        ("a: 1.2.3.4:-1, b: -4.5", "{a=\"1.2.3.4:-1\" b=-4.5}"),
        ("", "{}"),
    ] {
        assert_eq!(show_map(&parse(text)), want, "{text}");
    }
}

#[test]
fn variables_are_looked_up_outwards_and_marked() {
    let map = parse("x: 22\na { y: $x, b { x: 3, z: $x } }\nhash: $2a$11$abc");
    assert_eq!(
        show_map(&map),
        "{a={b={x=3 z=3} y=22} hash=\"$2a$11$abc\" x=22}"
    );
    assert!(map.get("x").unwrap().used_as_variable);
    assert!(!map.get("hash").unwrap().used_as_variable);
    assert_eq!(
        error("a: $nope_nope_nope"),
        "variable reference for 'nope_nope_nope' on line 1 can not be found"
    );
}

#[test]
fn places_name_file_line_and_column() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.conf");
    fs::write(
        &path,
        "a: 1\n  b: {\n \"c\": x }\ninclude 'b.conf'\nl: [ 1, \"y\"\n {z: 1} ]\n",
    )
    .unwrap();
    fs::write(directory.path().join("b.conf"), "\nd: 2").unwrap();
    let map = parse_file(&path).unwrap();
    assert_eq!(show_map(&map), "{a=1 b={c=\"x\"} d=2 l=[1 \"y\" {z=1}]}");
    let place = |node: &Node| {
        let place = node.place.to_string();
        let (_, place) = place.rsplit_once(".conf:").unwrap();
        place.to_owned()
    };
    // The first line counts from 0; what is quoted stands behind its quote.
    assert_eq!(place(map.get("a").unwrap()), "1:0");
    assert_eq!(place(map.get("b").unwrap()), "2:3");
    assert_eq!(place(map.get("d").unwrap()), "2:1");
    let Value::Map(inner) = &map.get("b").unwrap().value else {
        panic!("{map:?}")
    };
    assert_eq!(place(inner.get("c").unwrap()), "3:3");
    let Value::Array(list) = &map.get("l").unwrap().value else {
        panic!("{map:?}")
    };
    let places: Vec<String> = list.iter().map(place).collect();
    assert_eq!(places, ["5:6", "5:10", "6:8"]);
}

#[test]
fn files_and_the_environment_see_no_variables_around_them() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.conf");
    fs::write(&path, "a: 1\ninclude 'b.conf'\nc: $b").unwrap();
    fs::write(directory.path().join("b.conf"), "b: 2").unwrap();
    assert_eq!(show_map(&parse_file(&path).unwrap()), "{a=1 b=2 c=2}");
    fs::write(directory.path().join("b.conf"), "b: $a").unwrap();
    let error = parse_file(&path).unwrap_err().to_string();
    assert!(
        error.ends_with("variable reference for 'a' on line 1 can not be found"),
        "{error}"
    );
}

#[test]
fn mistakes_name_their_line() {
    for (text, want) in [
        ("a: {", "Parse error on line 1: 'Unexpected EOF.'"),
        (
            "a:\n b",
            "Parse error on line 1: 'Expected value but found new line'",
        ),
        (
            "\n\n: 1",
            "Parse error on line 3: 'Unexpected key separator ':''",
        ),
        (
            "a: [1,,2]",
            "Parse error on line 1: 'Unexpected array value terminator ','.'",
        ),
        (
            "a: .5",
            "Parse error on line 1: 'Floats must start with a digit'",
        ),
        ("a: \"x", "Parse error on line 1: 'Unexpected EOF.'"),
        (
            "a: b c",
            "Parse error on line 1: 'Expected a top-level value to end with a new line, comment \
             or EOF, but got 'c' instead.'",
        ),
        (
            "a: { b: c d }",
            "Parse error on line 1: 'Expected a map value terminator \",\" or a map terminator \"}\", \
             but got 'd' instead.'",
        ),
        (
            "a: [44]\nb: 1",
            "Parse error on line 2: 'Expected an array value terminator \",\" or an array \
             terminator \"]\", but got '1' instead.'",
        ),
        (
            "a: -4x",
            "Parse error on line 1: 'Expected a top-level value to end with a new line, comment \
             or EOF, but got 'x' instead.'",
        ),
        (
            "a: -\n",
            "Parse error on line 1: 'Expected a digit but got '\\n'.'",
        ),
        (
            "a: (x",
            "Parse error on line 1: 'Unexpected EOF processing block.'",
        ),
    ] {
        assert_eq!(error(text), want, "{text}");
    }
    assert!(error("a: \"\\q\"").contains("Invalid escape character 'q'"));
    assert!(error("include 'no such file'").starts_with("error parsing include file"));
    assert!(error(&format!("a: {}", "[".repeat(1000))).contains("Nested too deeply"));
    assert!(error(&"a {".repeat(1000)).contains("Nested too deeply"));
}

#[test]
fn no_prefix_of_a_configuration_panics() {
    let text = "a { b: [1, 'x', \"y\\n\"] }\ninclude x\nc: $a\nd: (\nq\n)\n# é\ne: 1.5";
    for (cut, _) in text.char_indices() {
        // Either is fine; what counts is that there is an answer.
        match parse_text(&text[..cut]) {
            Ok(_) | Err(_) => {}
        }
    }
}
