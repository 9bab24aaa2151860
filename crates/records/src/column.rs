//! Builders of single Arrow columns.
//!
//! Plain vectors that become Arrow buffers without a copy. Arrow's own builders check and
//! branch more per value than a row of eighty columns can afford.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{
    ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, ListArray, PrimitiveArray,
    StringArray, new_null_array,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, TimeUnit};

use crate::format;

// A column hears of its rows by their number in the batch, and is not asked for those without a value
// (or with zero, false or nothing in it): most columns of most rows are so. What it was not told
// is added when the next value comes, or at the end.

/// Which values of an optional column are there.
#[derive(Debug, Default)]
struct Validity {
    /// Rows that have a value.
    count: usize,
    /// One bit for each row, once a row without a value came before one with.
    present: Vec<u64>,
}

impl Validity {
    /// Notes that the row of this number has a value.
    #[inline]
    fn note(&mut self, row: usize) {
        if self.count != row {
            match self.present.get_mut(row / 64) {
                Some(word) => *word |= 1 << (row % 64),
                None => self.note_in_new_word(row),
            }
        }
        self.count += 1;
    }

    #[inline(never)]
    fn note_in_new_word(&mut self, row: usize) {
        if self.present.is_empty() {
            self.present.resize(self.count / 64, u64::MAX);
            self.present.push((1 << (self.count % 64)) - 1);
        }
        self.present
            .resize((row / 64 + 1).max(self.present.len()), 0);
        if let Some(word) = self.present.get_mut(row / 64) {
            *word |= 1 << (row % 64);
        }
    }

    /// The nulls among so many rows, when some may be there.
    fn take(&mut self, rows: usize, optional: bool) -> Option<NullBuffer> {
        let count = std::mem::take(&mut self.count);
        if count == rows || !optional {
            return None;
        }
        if count == 0 {
            return Some(NullBuffer::new_null(rows));
        }
        let mut words = std::mem::take(&mut self.present);
        if words.is_empty() {
            words.resize(count / 64, u64::MAX);
            words.push((1 << (count % 64)) - 1);
        }
        words.resize(rows.div_ceil(64), 0);
        let bits = BooleanBuffer::new(Buffer::from_vec(words), 0, rows);
        Some(NullBuffer::new(bits))
    }
}

/// Booleans as bits.
fn packed(values: &[bool]) -> BooleanBuffer {
    let bits = values.chunks(8).map(|chunk| {
        let shifted = chunk
            .iter()
            .zip(0..)
            .map(|(value, bit)| u8::from(*value) << bit);
        shifted.fold(0, |byte, bit| byte | bit)
    });
    BooleanBuffer::new(Buffer::from_vec(bits.collect::<Vec<u8>>()), 0, values.len())
}

/// Rows for which columns of zeros share one piece of memory; no batch of the engine has more.
const SHARED_ROWS: usize = 4096;

static ZEROS: LazyLock<Buffer> = LazyLock::new(|| Buffer::from_vec(vec![0_u64; SHARED_ROWS]));
static NO_LENGTHS: LazyLock<OffsetBuffer<i32>> =
    LazyLock::new(|| OffsetBuffer::new_zeroed(SHARED_ROWS));

/// So many zeros; most columns of most batches are nothing else, and none of them is written.
fn zeros<T: ArrowPrimitiveType>(rows: usize) -> ScalarBuffer<T::Native> {
    if rows <= SHARED_ROWS && size_of::<T::Native>() <= size_of::<u64>() {
        ScalarBuffer::new(ZEROS.clone(), 0, rows)
    } else {
        ScalarBuffer::from(vec![T::Native::default(); rows])
    }
}

/// A column of integers.
#[derive(Debug)]
pub(crate) struct Numbers<T: ArrowPrimitiveType> {
    /// Up to the last that is not zero.
    values: Vec<T::Native>,
    present: Validity,
    capacity: usize,
}

impl<T: ArrowPrimitiveType> Numbers<T> {
    pub(crate) fn new(rows: usize) -> Self {
        Self {
            values: Vec::new(),
            present: Validity::default(),
            capacity: rows,
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, row: usize, value: T::Native) {
        if value == T::Native::default() {
            return;
        }
        if self.values.len() != row || row == 0 {
            self.fill(row);
        }
        self.values.push(value);
    }

    #[inline(never)]
    fn fill(&mut self, rows: usize) {
        if self.values.is_empty() {
            self.values.reserve_exact(self.capacity);
        }
        self.values.resize(rows, T::Native::default());
    }

    #[inline]
    pub(crate) fn push_option(&mut self, row: usize, value: Option<T::Native>) {
        if let Some(value) = value {
            self.present.note(row);
            self.push(row, value);
        }
    }

    fn primitive(&mut self, rows: usize, optional: bool) -> PrimitiveArray<T> {
        let nulls = self.present.take(rows, optional);
        let values = if self.values.is_empty() {
            zeros::<T>(rows)
        } else {
            let mut values = std::mem::take(&mut self.values);
            values.resize(rows, T::Native::default());
            ScalarBuffer::from(values)
        };
        PrimitiveArray::new(values, nulls)
    }

    pub(crate) fn take(&mut self, rows: usize, optional: bool) -> ArrayRef {
        Arc::new(self.primitive(rows, optional))
    }

    #[allow(clippy::unused_self)] // all columns answer alike
    pub(crate) fn field(&self, name: &str, optional: bool) -> Field {
        Field::new(name, T::DATA_TYPE, optional)
    }
}

/// A column of times, in microseconds and UTC.
#[derive(Debug)]
pub(crate) struct Times(Numbers<TimestampMicrosecondType>);

impl Times {
    pub(crate) fn new(rows: usize) -> Self {
        Self(Numbers::new(rows))
    }

    #[inline]
    pub(crate) fn push(&mut self, row: usize, value: i64) {
        self.0.push(row, value);
    }

    #[inline]
    pub(crate) fn push_option(&mut self, row: usize, value: Option<i64>) {
        self.0.push_option(row, value);
    }

    pub(crate) fn take(&mut self, rows: usize, optional: bool) -> ArrayRef {
        Arc::new(self.0.primitive(rows, optional).with_timezone("UTC"))
    }

    #[allow(clippy::unused_self)]
    pub(crate) fn field(&self, name: &str, optional: bool) -> Field {
        let unit = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        Field::new(name, unit, optional)
    }
}

/// A column of booleans.
#[derive(Debug)]
pub(crate) struct Booleans {
    /// Up to the last that is true.
    values: Vec<bool>,
    present: Validity,
}

impl Booleans {
    pub(crate) fn new(_rows: usize) -> Self {
        Self {
            values: Vec::new(),
            present: Validity::default(),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, row: usize, value: bool) {
        if value {
            self.values.resize(row, false);
            self.values.push(true);
        }
    }

    #[inline]
    #[allow(dead_code)] // the schema decides
    pub(crate) fn push_option(&mut self, row: usize, value: Option<bool>) {
        if let Some(value) = value {
            self.present.note(row);
            self.push(row, value);
        }
    }

    pub(crate) fn take(&mut self, rows: usize, optional: bool) -> ArrayRef {
        let nulls = self.present.take(rows, optional);
        let values = if self.values.is_empty() {
            BooleanBuffer::new_unset(rows)
        } else {
            self.values.resize(rows, false);
            packed(&self.values)
        };
        self.values.clear();
        Arc::new(BooleanArray::new(values, nulls))
    }

    #[allow(clippy::unused_self)]
    pub(crate) fn field(&self, name: &str, optional: bool) -> Field {
        Field::new(name, DataType::Boolean, optional)
    }
}

/// Where values that lie one after the other end, up to the last that is not empty.
#[derive(Debug)]
struct Ends {
    ends: Vec<i32>,
    capacity: usize,
}

impl Ends {
    fn new(rows: usize) -> Self {
        Self {
            ends: Vec::new(),
            capacity: rows,
        }
    }

    /// Begins the value of this row. Arrow's offsets start with a zero of their own.
    #[inline]
    fn begin(&mut self, row: usize) {
        if self.ends.len() != row + 1 {
            self.fill(row);
        }
    }

    #[inline(never)]
    fn fill(&mut self, rows: usize) {
        if self.ends.is_empty() {
            self.ends.reserve_exact(self.capacity + 1);
        }
        self.ends.resize(rows + 1, self.last());
    }

    #[inline]
    fn last(&self) -> i32 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// The offsets of so many rows.
    fn take(&mut self, rows: usize) -> OffsetBuffer<i32> {
        if self.ends.is_empty() && rows <= SHARED_ROWS {
            return NO_LENGTHS.slice(0, rows);
        }
        self.fill(rows);
        OffsetBuffer::new(ScalarBuffer::from(std::mem::take(&mut self.ends)))
    }
}

/// Bytes of all values one after the other, and where each ends.
#[derive(Debug)]
struct Bytes {
    content: Vec<u8>,
    ends: Ends,
    present: Validity,
}

impl Bytes {
    fn new(rows: usize) -> Self {
        Self {
            content: Vec::new(),
            ends: Ends::new(rows),
            present: Validity::default(),
        }
    }

    /// Ends a value. Arrow's offsets are 31 bits. [`crate::Columns::is_full`] says so long before;
    /// a caller that does not listen gets empty values instead of a broken column.
    #[inline]
    fn end(&mut self) {
        let end = i32::try_from(self.content.len()).unwrap_or_else(|_| {
            let last = self.ends.last();
            self.content.truncate(usize::try_from(last).unwrap_or(0));
            last
        });
        self.ends.ends.push(end);
    }

    fn take(
        &mut self,
        rows: usize,
        optional: bool,
    ) -> (OffsetBuffer<i32>, Buffer, Option<NullBuffer>) {
        let nulls = self.present.take(rows, optional);
        let offsets = self.ends.take(rows);
        // a little more than this time, so that most batches never grow it
        let space = Vec::with_capacity(self.content.len() + self.content.len() / 8);
        let content = std::mem::replace(&mut self.content, space);
        (offsets, Buffer::from_vec(content), nulls)
    }
}

/// A column of texts. Everything pushed is made valid UTF-8 on the way in.
#[derive(Debug)]
pub(crate) struct Texts(Bytes);

/// The two ways in for one schema type. The schema decides which types are ever optional, so
/// either may be unused.
macro_rules! push_by {
    ($push:ident, $push_option:ident, $type:ty, $write:path) => {
        #[inline]
        #[allow(dead_code)]
        pub(crate) fn $push(&mut self, row: usize, value: $type) {
            self.0.ends.begin(row);
            $write(&mut self.0.content, value);
            self.0.end();
        }

        #[inline]
        #[allow(dead_code)]
        pub(crate) fn $push_option(&mut self, row: usize, value: Option<$type>) {
            if let Some(value) = value {
                self.0.present.note(row);
                self.$push(row, value);
            }
        }
    };
}

impl Texts {
    pub(crate) fn new(rows: usize) -> Self {
        Self(Bytes::new(rows))
    }

    push_by!(push, push_option, &str, format::text);
    push_by!(push_ip, push_ip_option, IpAddr, format::ip);
    push_by!(push_mac, push_mac_option, [u8; 6], format::mac);
    push_by!(push_hex, push_hex_option, u8, format::hex);
    push_by!(push_wire, push_wire_option, &[u8], format::wire);
    push_by!(
        push_printable,
        push_printable_option,
        &[u8],
        format::printable
    );

    pub(crate) fn bytes(&self) -> usize {
        self.0.content.len()
    }

    pub(crate) fn take(&mut self, rows: usize, optional: bool) -> ArrayRef {
        let (offsets, bytes, nulls) = self.0.take(rows, optional);
        match StringArray::try_new(offsets, bytes, nulls) {
            Ok(array) => Arc::new(array),
            Err(_) => new_null_array(&DataType::Utf8, rows),
        }
    }

    #[allow(clippy::unused_self)]
    pub(crate) fn field(&self, name: &str, optional: bool) -> Field {
        Field::new(name, DataType::Utf8, optional)
    }
}

/// A column of byte strings.
#[derive(Debug)]
pub(crate) struct Binaries(Bytes);

impl Binaries {
    pub(crate) fn new(rows: usize) -> Self {
        Self(Bytes::new(rows))
    }

    #[inline]
    #[allow(dead_code)] // the schema decides
    pub(crate) fn push(&mut self, row: usize, value: &[u8]) {
        let value = format::bounded(value, format::MAX_BINARY_BYTES);
        self.0.ends.begin(row);
        self.0.content.extend_from_slice(value);
        self.0.end();
    }

    #[inline]
    #[allow(dead_code)]
    pub(crate) fn push_option(&mut self, row: usize, value: Option<&[u8]>) {
        if let Some(value) = value {
            self.0.present.note(row);
            self.push(row, value);
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.0.content.len()
    }

    pub(crate) fn take(&mut self, rows: usize, optional: bool) -> ArrayRef {
        let (offsets, bytes, nulls) = self.0.take(rows, optional);
        Arc::new(BinaryArray::new(offsets, bytes, nulls))
    }

    #[allow(clippy::unused_self)]
    pub(crate) fn field(&self, name: &str, optional: bool) -> Field {
        Field::new(name, DataType::Binary, optional)
    }
}

/// A column of lists of 16-bit numbers.
#[derive(Debug)]
pub(crate) struct NumberLists {
    values: Vec<u16>,
    ends: Ends,
}

impl NumberLists {
    pub(crate) fn new(rows: usize) -> Self {
        Self {
            values: Vec::new(),
            ends: Ends::new(rows),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, row: usize, value: &[u16]) {
        if value.is_empty() {
            return;
        }
        self.ends.begin(row);
        let value = value.get(..MAX_LIST).unwrap_or(value);
        self.values.extend_from_slice(value);
        self.ends.ends.push(offset(self.values.len()));
    }

    pub(crate) fn take(&mut self, rows: usize, _optional: bool) -> ArrayRef {
        let values = ScalarBuffer::from(std::mem::take(&mut self.values));
        let items = PrimitiveArray::<arrow_array::types::UInt16Type>::new(values, None);
        let ends = self.ends.take(rows);
        list(item_field(DataType::UInt16), ends, Arc::new(items), rows)
    }

    #[allow(clippy::unused_self)]
    pub(crate) fn field(&self, name: &str, optional: bool) -> Field {
        Field::new(name, DataType::List(item_field(DataType::UInt16)), optional)
    }
}

/// A column of lists of texts.
#[derive(Debug)]
pub(crate) struct TextLists {
    values: Texts,
    /// Items of all rows so far.
    items: usize,
    ends: Ends,
}

impl TextLists {
    pub(crate) fn new(rows: usize) -> Self {
        Self {
            values: Texts::new(0),
            items: 0,
            ends: Ends::new(rows),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, row: usize, value: &[&str]) {
        if value.is_empty() {
            return;
        }
        self.ends.begin(row);
        for item in value.iter().take(MAX_LIST) {
            self.values.push(self.items, item);
            self.items += 1;
        }
        self.ends.ends.push(offset(self.items));
    }

    pub(crate) fn bytes(&self) -> usize {
        self.values.bytes()
    }

    pub(crate) fn take(&mut self, rows: usize, _optional: bool) -> ArrayRef {
        let items = self.values.take(std::mem::take(&mut self.items), false);
        let ends = self.ends.take(rows);
        list(item_field(DataType::Utf8), ends, items, rows)
    }

    #[allow(clippy::unused_self)]
    pub(crate) fn field(&self, name: &str, optional: bool) -> Field {
        Field::new(name, DataType::List(item_field(DataType::Utf8)), optional)
    }
}

/// Items kept of one list: nothing that a rule or a header names comes near, and it keeps the
/// items of a batch far below Arrow's 31-bit offsets.
const MAX_LIST: usize = 1024;

/// An offset as Arrow has it; [`MAX_LIST`] keeps a batch below the limit.
fn offset(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

fn item_field(data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new("item", data_type, false))
}

fn list(field: Arc<Field>, ends: OffsetBuffer<i32>, items: ArrayRef, rows: usize) -> ArrayRef {
    let data_type = DataType::List(field.clone());
    match ListArray::try_new(field, ends, items, None) {
        Ok(array) => Arc::new(array),
        Err(_) => new_null_array(&data_type, rows),
    }
}
