//! Counters as the nested object that EVE's `stats` is.

use crate::json;

/// Appends counters as one JSON object, nested by the dots in their names.
///
/// Names must be sorted, so that those of one group are together. A counter whose name is also
/// a group (`flow` beside `flow.total`) is left out: JSON has no place for both.
pub fn nest(counters: &[(&str, u64)], out: &mut Vec<u8>) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = counters;
    out.push(b'{');
    while let Some((&(name, value), after)) = rest.split_first() {
        rest = after;
        if is_group(name, after) {
            continue;
        }
        let mut parts: Vec<&str> = name.split('.').collect();
        let leaf = parts.pop().unwrap_or(name);
        let shared = open.iter().zip(&parts).take_while(|(a, b)| a == b).count();
        for _ in open.drain(shared..) {
            end(out);
        }
        for group in parts.iter().skip(shared) {
            json::string(out, group.as_bytes());
            out.extend_from_slice(b":{");
            open.push(group);
        }
        json::string(out, leaf.as_bytes());
        json::number(out, b":", value);
    }
    for _ in open {
        end(out);
    }
    end(out);
    if out.last() == Some(&b',') {
        out.pop();
    }
}

fn is_group(name: &str, after: &[(&str, u64)]) -> bool {
    let mut alike = after.iter().map_while(|(next, _)| next.strip_prefix(name));
    alike.any(|rest| rest.starts_with('.'))
}

/// Closes an object and leaves a comma, as all members do.
fn end(out: &mut Vec<u8>) {
    if out.last() == Some(&b',') {
        out.pop();
    }
    out.extend_from_slice(b"},");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(counters: &[(&str, u64)]) -> String {
        let mut out = Vec::new();
        nest(counters, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn dots_are_nesting() {
        let counters = [("a.b.c", 1), ("a.b.d", 2), ("a.e", 3), ("f", 4)];
        assert_eq!(
            nested(&counters),
            r#"{"a":{"b":{"c":1,"d":2},"e":3},"f":4}"#
        );
    }

    #[test]
    fn no_counters_are_an_empty_object() {
        assert_eq!(nested(&[]), "{}");
    }

    #[test]
    fn a_counter_that_is_a_group_too_is_left_out() {
        assert_eq!(
            nested(&[("a", 1), ("a-x", 2), ("a.b", 3)]),
            r#"{"a-x":2,"a":{"b":3}}"#
        );
    }
}
