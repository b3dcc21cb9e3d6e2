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
        .map(|(key, _, node)| format!("{key}={}", show(&node.value)))
        .collect();
    format!("{{{}}}", shown.join(" "))
}

#[test]
fn keys_values_and_separators() {
    for (text, want) in [
        ("foo = 1\nbar: 2; baz 3", "{bar=2 baz=3 foo=1}"),
        ("{ \"foo bar\" : 'x', 'y' = z }", "{foo bar=\"x\" y=\"z\"}"),
        ("a { b { c: [1, 2\n 3] } }", "{a={b={c=[1 2 3]}}}"),
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
    fs::write(&path, "a: 1\n  b: {\n c: x }\ninclude 'b.conf'\n").unwrap();
    fs::write(directory.path().join("b.conf"), "\nd: $a").unwrap();
    let map = parse_file(&path).unwrap();
    assert_eq!(show_map(&map), "{a=1 b={c=\"x\"} d=1}");
    let (_, place, node) = map.iter().find(|(key, ..)| *key == "b").unwrap();
    assert_eq!(place.to_string(), format!("{}:2:3", path.display()));
    let Value::Map(inner) = &node.value else {
        panic!("{node:?}")
    };
    assert_eq!(
        inner.get("c").unwrap().place.to_string(),
        format!("{}:3:5", path.display())
    );
    let place = map.get("d").unwrap().place.to_string();
    assert!(place.ends_with("b.conf:2:4"), "{place}");
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
