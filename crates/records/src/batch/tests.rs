//! Batches hold what was appended.

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampMicrosecondType, UInt16Type, UInt64Type};
use arrow_array::{Array, RecordBatch};

use super::*;
use crate::{AlertRow, COMMON_FIELDS, FieldType, FlowRow, NoticeRow, PacketRow, StatsRow};

fn batch<'a>(kind: Kind, rows: impl IntoIterator<Item = (Common<'a>, Row<'a>)>) -> RecordBatch {
    let mut columns = Columns::new(kind, 16);
    for (common, row) in rows {
        assert!(columns.append(&common, &row));
    }
    columns.take()
}

fn column<'b>(batch: &'b RecordBatch, name: &str) -> &'b ArrayRef {
    batch.column_by_name(name).unwrap()
}

#[test]
fn columns_are_those_of_the_schema() {
    for kind in Kind::ALL {
        let fields = COMMON_FIELDS.iter().chain(kind.fields());
        let stored = fields.filter(|info| info.field_type != FieldType::Bit);
        let expected: Vec<_> = stored.map(|info| info.name).collect();
        let schema = Columns::new(kind, 1).schema();
        let found: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn rows_of_another_kind_are_refused() {
    let mut columns = Columns::new(Kind::Flow, 16);
    assert!(!columns.append(&Common::default(), &NoticeRow::default().into()));
    assert_eq!(columns.take().num_rows(), 0);
}

#[test]
fn absent_values_before_and_after_a_value_are_null() {
    let counts = [None, None, Some(5), None];
    let rows = counts.map(|pcap_cnt| {
        (
            Common {
                pcap_cnt,
                ..Common::default()
            },
            Row::from(FlowRow::default()),
        )
    });
    let batch = batch(Kind::Flow, rows);
    let found: Vec<_> = column(&batch, "pcap_cnt")
        .as_primitive::<UInt64Type>()
        .iter()
        .collect();
    assert_eq!(found, counts);
}

#[test]
fn absent_texts_before_and_after_a_text_are_null() {
    let names = [None, Some("eth0"), None, Some("")];
    let rows = names.map(|in_iface| {
        (
            Common {
                in_iface,
                ..Common::default()
            },
            Row::from(FlowRow::default()),
        )
    });
    let batch = batch(Kind::Flow, rows);
    let found: Vec<_> = column(&batch, "in_iface")
        .as_string::<i32>()
        .iter()
        .collect();
    assert_eq!(found, names);
}

#[test]
fn a_column_without_any_value_is_all_null() {
    let rows = [(Common::default(), Row::from(FlowRow::default())); 3];
    let batch = batch(Kind::Flow, rows);
    assert_eq!(column(&batch, "spi").null_count(), 3);
    assert_eq!(column(&batch, "community_id").null_count(), 3);
}

#[test]
fn a_second_batch_starts_anew() {
    let mut columns = Columns::new(Kind::Flow, 16);
    let named = Common {
        in_iface: Some("eth0"),
        ..Common::default()
    };
    columns.append(&named, &FlowRow::default().into());
    columns.append(&Common::default(), &FlowRow::default().into());
    columns.take();
    columns.append(&Common::default(), &FlowRow::default().into());
    columns.append(&named, &FlowRow::default().into());
    let batch = columns.take();
    let found: Vec<_> = column(&batch, "in_iface")
        .as_string::<i32>()
        .iter()
        .collect();
    assert_eq!(found, [None, Some("eth0")]);
}

#[test]
fn times_are_microseconds_in_utc() {
    let batch = batch(
        Kind::Flow,
        [(
            Common {
                ts: 5,
                ..Common::default()
            },
            FlowRow::default().into(),
        )],
    );
    let times = column(&batch, "ts").as_primitive::<TimestampMicrosecondType>();
    assert_eq!((times.value(0), times.timezone()), (5, Some("UTC")));
}

#[test]
fn addresses_are_short_texts() {
    let src_ip = Some("2001:db8::1".parse().unwrap());
    let batch = batch(
        Kind::Flow,
        [(
            Common {
                src_ip,
                ..Common::default()
            },
            FlowRow::default().into(),
        )],
    );
    assert_eq!(
        column(&batch, "src_ip").as_string::<i32>().value(0),
        "2001:db8::1"
    );
}

#[test]
fn lists_keep_their_rows_apart() {
    let rows = [&[1u16, 2][..], &[], &[3]].map(|vlan| {
        (
            Common {
                vlan,
                ..Common::default()
            },
            Row::from(FlowRow::default()),
        )
    });
    let batch = batch(Kind::Flow, rows);
    let lists = column(&batch, "vlan").as_list::<i32>();
    let found: Vec<Vec<u16>> = (0..3)
        .map(|row| {
            lists
                .value(row)
                .as_primitive::<UInt16Type>()
                .values()
                .to_vec()
        })
        .collect();
    assert_eq!(found, [vec![1, 2], vec![], vec![3]]);
}

#[test]
fn lists_of_texts_keep_their_rows_apart() {
    let rows = [&["a", "b"][..], &[], &["c"]].map(|references| {
        (
            Common::default(),
            Row::from(AlertRow {
                references,
                ..AlertRow::default()
            }),
        )
    });
    let batch = batch(Kind::Alert, rows);
    let lists = column(&batch, "references").as_list::<i32>();
    assert_eq!(lists.value(2).as_string::<i32>().value(0), "c");
}

#[test]
fn bytes_that_are_not_utf8_are_texts_too() {
    let row = AlertRow {
        indicator: Some(b"a\xff"),
        ..AlertRow::default()
    };
    let batch = batch(Kind::Alert, [(Common::default(), row.into())]);
    assert_eq!(
        column(&batch, "indicator").as_string::<i32>().value(0),
        "a\\xff"
    );
}

#[test]
fn payloads_fill_a_batch_before_its_rows_do() {
    let payload = vec![0; 256 << 10];
    let row = PacketRow {
        payload: Some(&payload),
        ..PacketRow::default()
    };
    let mut columns = Columns::new(Kind::Packet, 4096);
    let mut appended = 0;
    while !columns.is_full() {
        columns.append(&Common::default(), &row.into());
        appended += 1;
    }
    assert_eq!(appended, MAX_BATCH_BYTES / payload.len());
}

#[test]
fn tables_give_a_batch_when_it_is_full() {
    let mut tables = Tables::new(2);
    let row = Row::from(StatsRow::default());
    assert!(tables.append(&Common::default(), &row).is_none());
    let (kind, batch) = tables.append(&Common::default(), &row).unwrap();
    assert_eq!((kind, batch.num_rows(), tables.len()), (Kind::Stats, 2, 0));
}

#[test]
fn tables_give_the_rest_when_asked() {
    let mut tables = Tables::new(2);
    tables.append(&Common::default(), &StatsRow::default().into());
    tables.append(&Common::default(), &FlowRow::default().into());
    let kinds: Vec<_> = tables.drain().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [Kind::Flow, Kind::Stats]);
    assert!(tables.is_empty());
}

fn packets_to_server(counts: &[u64]) -> Vec<u64> {
    let mut columns = Columns::new(Kind::Flow, counts.len());
    for count in counts {
        let row = FlowRow {
            pkts_toserver: *count,
            ..FlowRow::default()
        };
        columns.append(&Common::default(), &row.into());
    }
    let batch = columns.take();
    let column = column(&batch, "pkts_toserver");
    column.as_primitive::<UInt64Type>().values().to_vec()
}

#[test]
fn zeros_before_and_after_another_number_are_kept() {
    assert_eq!(packets_to_server(&[0, 0, 5, 0]), [0, 0, 5, 0]);
}

#[test]
fn a_column_of_zeros_is_as_long_as_any_other() {
    for rows in [1, 4096, 4097] {
        assert_eq!(packets_to_server(&vec![0; rows]), vec![0; rows]);
    }
}

#[test]
fn a_value_that_is_absent_after_others_is_null() {
    let counts = [Some(7), Some(0), None, Some(5)];
    let rows = counts.map(|pcap_cnt| {
        (
            Common {
                pcap_cnt,
                ..Common::default()
            },
            Row::from(FlowRow::default()),
        )
    });
    let batch = batch(Kind::Flow, rows);
    let found: Vec<_> = column(&batch, "pcap_cnt")
        .as_primitive::<UInt64Type>()
        .iter()
        .collect();
    assert_eq!(found, counts);
}

#[test]
fn a_column_with_all_its_values_has_no_nulls() {
    let row = FlowRow {
        history: Some("ShADadFf"),
        ..FlowRow::default()
    };
    let batch = batch(Kind::Flow, [(Common::default(), Row::from(row)); 3]);
    assert!(column(&batch, "history").nulls().is_none());
}

#[test]
fn the_first_true_follows_as_many_falses_as_there_were() {
    let rows = [false, false, true, false].map(|alerted| {
        let row = FlowRow {
            alerted,
            ..FlowRow::default()
        };
        (Common::default(), Row::from(row))
    });
    let batch = batch(Kind::Flow, rows);
    let found: Vec<_> = column(&batch, "alerted")
        .as_boolean()
        .iter()
        .flatten()
        .collect();
    assert_eq!(found, [false, false, true, false]);
}
