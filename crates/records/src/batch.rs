//! Records as Arrow batches.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema, SchemaRef};

use crate::generated::columns::{CommonColumns, KindColumns};
use crate::{Common, Kind, Row};

/// Text and binary bytes after which a batch is full whatever its number of rows: payloads and
/// HTTP headers would otherwise let 4,096 rows grow to hundreds of megabytes.
pub const MAX_BATCH_BYTES: usize = 32 << 20;
/// Bytes are counted once in so many rows: it means asking every column.
const CHECKED_ROWS: usize = 16;

/// Column builders for one kind of record.
#[derive(Debug)]
pub struct Columns {
    kind: Kind,
    capacity: usize,
    rows: usize,
    common: CommonColumns,
    own: KindColumns,
    schema: SchemaRef,
}

impl Columns {
    /// Builders for a kind, with space for so many rows.
    pub fn new(kind: Kind, capacity: usize) -> Self {
        let common = CommonColumns::new(capacity);
        let own = KindColumns::new(kind, capacity);
        let mut fields: Vec<Field> = Vec::new();
        common.fields(&mut fields);
        own.fields(&mut fields);
        Self {
            kind,
            capacity,
            rows: 0,
            common,
            own,
            schema: Arc::new(Schema::new(fields)),
        }
    }

    /// The kind of its records.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The schema of its batches.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// How many rows wait.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether no row waits.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Whether it is time to [`take`](Self::take) the batch.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.rows >= self.capacity || (self.rows.is_multiple_of(CHECKED_ROWS) && self.is_heavy())
    }

    fn is_heavy(&self) -> bool {
        self.common.text_bytes() + self.own.text_bytes() >= MAX_BATCH_BYTES
    }

    /// Appends a record; false, and nothing appended, when it is of another kind.
    #[inline]
    pub fn append(&mut self, common: &Common<'_>, row: &Row<'_>) -> bool {
        let appended = self.own.append(self.rows, row);
        if appended {
            self.common.append(self.rows, common);
            self.rows += 1;
        }
        appended
    }

    /// The waiting rows as a batch; the builders are empty afterwards.
    pub fn take(&mut self) -> RecordBatch {
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        self.common.take(self.rows, &mut arrays);
        self.own.take(self.rows, &mut arrays);
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        self.rows = 0;
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options);
        debug_assert!(batch.is_ok(), "{batch:?}");
        batch.unwrap_or_else(|_| RecordBatch::new_empty(self.schema.clone()))
    }
}

/// Column builders for all kinds, each made when its first record comes.
#[derive(Debug)]
pub struct Tables {
    capacity: usize,
    columns: [Option<Box<Columns>>; Kind::ALL.len()],
}

impl Tables {
    /// Builders with space for so many rows each.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            columns: [const { None }; Kind::ALL.len()],
        }
    }

    /// Appends a record and gives its kind's batch if that made it full.
    #[inline]
    pub fn append(&mut self, common: &Common<'_>, row: &Row<'_>) -> Option<(Kind, RecordBatch)> {
        let kind = row.kind();
        let slot = self.columns.get_mut(kind as usize)?;
        let columns = slot.get_or_insert_with(|| Box::new(Columns::new(kind, self.capacity)));
        columns.append(common, row);
        columns.is_full().then(|| (kind, columns.take()))
    }

    /// The rows that wait, of every kind that has some.
    pub fn drain(&mut self) -> impl Iterator<Item = (Kind, RecordBatch)> + '_ {
        self.columns
            .iter_mut()
            .flatten()
            .filter(|columns| !columns.is_empty())
            .map(|columns| (columns.kind(), columns.take()))
    }

    /// How many rows wait, over all kinds.
    pub fn len(&self) -> usize {
        self.columns.iter().flatten().map(|c| c.len()).sum()
    }

    /// Whether no row waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests;
