use super::*;

fn document() -> Document {
    Document::new(|_, _, _| {})
}

#[test]
fn members_objects_and_lists_are_nested() {
    let mut document = document();
    document.number("a", 1_u8);
    document.object("b", |inner| {
        inner.list("c", |list| {
            list.text("", b"\xff");
            list.boolean("", true);
        });
        inner.object("d", |_| {});
    });
    let text = r#"{"a":1,"b":{"c":["\\xff",true],"d":{}}}"#;
    assert_eq!(document.finished(), text);
}

#[test]
fn what_is_open_is_ended() {
    let mut document = document();
    document.open("a");
    document.pair(b"k\"", b"v");
    assert_eq!(document.finished(), r#"{"a":{"k\"":"v"}}"#);
}

#[test]
fn too_much_is_left_out_and_the_rest_stays_valid() {
    let mut document = document();
    for _ in 0..10_000 {
        document.object("a", |inner| inner.list("b", |list| list.text("", b"cccc")));
    }
    let text = document.finished();
    assert!(text.len() < MAX_BYTES + 100);
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
}

#[test]
fn nesting_is_bounded() {
    fn nest(document: &mut Document, depth: usize) {
        if depth > 0 {
            document.object("a", |inner| nest(inner, depth - 1));
        }
    }
    let mut document = document();
    nest(&mut document, 20);
    document.number("b", 1_u8);
    assert!(serde_json::from_str::<serde_json::Value>(&document.finished()).is_ok());
}
