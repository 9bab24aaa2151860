//! Tests of linked lists.

use super::*;

fn drain(lists: &mut Lists, list: u32) -> Vec<u32> {
    let mut nodes = Vec::new();
    while let Some(node) = lists.first(list) {
        lists.unlink(node);
        nodes.push(node);
    }
    nodes
}

fn filled() -> Lists {
    let mut lists = Lists::new(2, 0);
    for node in 0..5 {
        lists.ensure(node);
        lists.push_back(node % 2, node);
    }
    lists
}

#[test]
fn nodes_come_out_in_the_order_they_went_in() {
    let mut lists = filled();
    assert_eq!(lists.last(0), Some(4));
    assert_eq!(drain(&mut lists, 0), [0, 2, 4]);
    assert_eq!(drain(&mut lists, 1), [1, 3]);
}

#[test]
fn a_node_can_leave_from_anywhere_and_join_again() {
    let mut lists = filled();
    lists.unlink(2);
    lists.push_back(1, 2);
    assert_eq!(drain(&mut lists, 0), [0, 4]);
    assert_eq!(drain(&mut lists, 1), [1, 3, 2]);
}

#[test]
fn a_node_in_no_list_can_be_taken_out_again() {
    let mut lists = filled();
    lists.unlink(2);
    lists.unlink(2);
    assert_eq!(drain(&mut lists, 0), [0, 4]);
}

#[test]
fn an_empty_list_has_no_ends() {
    let lists = Lists::new(1, 10);
    assert_eq!((lists.first(0), lists.last(0)), (None, None));
}
