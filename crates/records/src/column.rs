//! Builders of single Arrow columns.
//!
//! Plain vectors that become Arrow buffers without a copy. Arrow's own builders check and
//! branch more per value than a row of eighty columns can afford.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, ListArray, PrimitiveArray,
    StringArray, new_null_array,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, TimeUnit};

use crate::format;

/// Which values of an optional column are there.
///
/// Most optional columns of a batch are empty, or full, from the first row to the last. Until a row
/// differs, rows are only counted.
#[derive(Debug, Default)]
struct Validity {
    present: Vec<bool>,
    /// Rows that are all alike, before `present` is needed.
    alike: usize,
    /// Whether those have a value.
    is_full: bool,
}

impl Validity {
    /// Notes a row. The column does nothing when this is `Later`, and adds so many rows
    /// without a value before its own when it is `Now`.
    #[inline]
    fn note(&mut self, is_present: bool) -> Step {
        if self.present.is_empty() {
            return self.note_alike(is_present);
        }
        self.present.push(is_present);
        Step::Now(0)
    }

    #[inline]
    fn note_alike(&mut self, is_present: bool) -> Step {
        if self.alike == 0 {
            self.is_full = is_present;
        }
        if is_present != self.is_full {
            return self.note_first_other();
        }
        self.alike += 1;
        if is_present {
            Step::Now(0)
        } else {
            Step::Later
        }
    }

    #[cold]
    fn note_first_other(&mut self) -> Step {
        let owed = self.owed();
        self.present.resize(self.alike, self.is_full);
        self.alike = 0;
        self.present.push(!self.is_full);
        Step::Now(owed)
    }

    /// Rows without a value that the column does not hold yet.
    fn owed(&self) -> usize {
        if self.is_full { 0 } else { self.alike }
    }

    /// The nulls, and how many rows without a value the column still has to add.
    fn take(&mut self) -> (usize, Option<NullBuffer>) {
        let owed = self.owed();
        self.alike = 0;
        if owed > 0 {
            return (owed, Some(NullBuffer::new_null(owed)));
        }
        let some_absent = self.present.contains(&false);
        let nulls = some_absent.then(|| NullBuffer::new(packed(&self.present)));
        self.present.clear();
        (0, nulls)
    }
}

enum Step {
    Later,
    Now(usize),
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
    values: Vec<T::Native>,
    /// Zeros before the first other number, which are only counted.
    blank: usize,
    present: Validity,
    capacity: usize,
}

impl<T: ArrowPrimitiveType> Numbers<T> {
    pub(crate) fn new(rows: usize) -> Self {
        Self {
            values: Vec::new(),
            blank: 0,
            present: Validity::default(),
            capacity: rows,
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: T::Native) {
        if !self.values.is_empty() {
            self.values.push(value);
        } else if value == T::Native::default() {
            self.blank += 1;
        } else {
            self.begin(value);
        }
    }

    /// The first number that is not zero.
    #[cold]
    fn begin(&mut self, value: T::Native) {
        self.values.reserve_exact(self.capacity);
        let blank = std::mem::take(&mut self.blank);
        self.values.resize(blank, T::Native::default());
        self.values.push(value);
    }

    #[inline]
    pub(crate) fn push_option(&mut self, value: Option<T::Native>) {
        if let Step::Now(owed) = self.present.note(value.is_some()) {
            if owed > 0 {
                self.owe(owed);
            }
            self.push(value.unwrap_or_default());
        }
    }

    #[cold]
    fn owe(&mut self, rows: usize) {
        self.blank += rows;
    }

    fn primitive(&mut self) -> PrimitiveArray<T> {
        let (owed, nulls) = self.present.take();
        let blank = std::mem::take(&mut self.blank) + owed;
        let values = std::mem::take(&mut self.values);
        let values = if values.is_empty() {
            zeros::<T>(blank)
        } else {
            ScalarBuffer::from(values)
        };
        PrimitiveArray::new(values, nulls)
    }

    pub(crate) fn take(&mut self) -> ArrayRef {
        Arc::new(self.primitive())
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
    pub(crate) fn push(&mut self, value: i64) {
        self.0.push(value);
    }

    #[inline]
    pub(crate) fn push_option(&mut self, value: Option<i64>) {
        self.0.push_option(value);
    }

    pub(crate) fn take(&mut self) -> ArrayRef {
        Arc::new(self.0.primitive().with_timezone("UTC"))
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
    values: Vec<bool>,
    /// As with [`Numbers`], for `false`.
    blank: usize,
    present: Validity,
}

impl Booleans {
    pub(crate) fn new(_rows: usize) -> Self {
        Self {
            values: Vec::new(),
            blank: 0,
            present: Validity::default(),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: bool) {
        if !self.values.is_empty() {
            self.values.push(value);
        } else if value {
            self.begin();
        } else {
            self.blank += 1;
        }
    }

    #[cold]
    fn begin(&mut self) {
        let blank = std::mem::take(&mut self.blank);
        self.values.resize(blank, false);
        self.values.push(true);
    }

    #[inline]
    #[allow(dead_code)] // the schema decides
    pub(crate) fn push_option(&mut self, value: Option<bool>) {
        if let Step::Now(owed) = self.present.note(value.is_some()) {
            self.blank += owed;
            self.push(value.unwrap_or_default());
        }
    }

    pub(crate) fn take(&mut self) -> ArrayRef {
        let (owed, nulls) = self.present.take();
        let blank = std::mem::take(&mut self.blank) + owed;
        let values = if self.values.is_empty() {
            BooleanBuffer::new_unset(blank)
        } else {
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

/// Bytes of all values one after the other, and where each ends.
#[derive(Debug)]
struct Bytes {
    content: Vec<u8>,
    ends: Vec<i32>,
    present: Validity,
}

impl Bytes {
    fn new(rows: usize) -> Self {
        Self {
            content: Vec::new(),
            ends: starts(rows),
            present: Validity::default(),
        }
    }

    /// Arrow's offsets are 31 bits. [`crate::Columns::is_full`] says so long before; a caller
    /// that does not listen gets empty values instead of a broken column.
    #[inline]
    fn end(&mut self) {
        if let Ok(end) = i32::try_from(self.content.len()) {
            self.ends.push(end);
        } else {
            let last = self.ends.last().copied().unwrap_or(0);
            self.content.truncate(usize::try_from(last).unwrap_or(0));
            self.ends.push(last);
        }
    }

    /// Notes whether the next value is there; whether the caller has to end it.
    #[inline]
    fn begin(&mut self, is_present: bool) -> bool {
        let Step::Now(owed) = self.present.note(is_present) else {
            return false;
        };
        if owed > 0 {
            self.owe(owed);
        }
        true
    }

    fn owe(&mut self, rows: usize) {
        let last = self.ends.last().copied().unwrap_or(0);
        self.ends.resize(self.ends.len() + rows, last);
    }

    fn rows(&self) -> usize {
        self.ends.len().saturating_sub(1) + self.present.owed()
    }

    fn take(&mut self) -> (OffsetBuffer<i32>, Buffer, Option<NullBuffer>) {
        let (owed, nulls) = self.present.take();
        if self.ends.len() == 1 && owed <= SHARED_ROWS {
            let offsets = NO_LENGTHS.slice(0, owed);
            return (offsets, Buffer::from_vec(Vec::<u8>::new()), nulls);
        }
        self.owe(owed);
        let fresh = starts(self.rows());
        let ends = std::mem::replace(&mut self.ends, fresh);
        // a little more than this time, so that most batches never grow it
        let space = Vec::with_capacity(self.content.len() + self.content.len() / 8);
        let content = std::mem::replace(&mut self.content, space);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
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
        pub(crate) fn $push(&mut self, value: $type) {
            $write(&mut self.0.content, value);
            self.0.end();
        }

        #[inline]
        #[allow(dead_code)]
        pub(crate) fn $push_option(&mut self, value: Option<$type>) {
            if self.0.begin(value.is_some()) {
                if let Some(value) = value {
                    $write(&mut self.0.content, value);
                }
                self.0.end();
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

    pub(crate) fn take(&mut self) -> ArrayRef {
        let rows = self.0.rows();
        let (offsets, bytes, nulls) = self.0.take();
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
    pub(crate) fn push(&mut self, value: &[u8]) {
        let value = format::bounded(value, format::MAX_BINARY_BYTES);
        self.0.content.extend_from_slice(value);
        self.0.end();
    }

    #[inline]
    #[allow(dead_code)]
    pub(crate) fn push_option(&mut self, value: Option<&[u8]>) {
        if self.0.begin(value.is_some()) {
            self.push(value.unwrap_or_default());
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.0.content.len()
    }

    pub(crate) fn take(&mut self) -> ArrayRef {
        let (offsets, bytes, nulls) = self.0.take();
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
    ends: Vec<i32>,
}

impl NumberLists {
    pub(crate) fn new(rows: usize) -> Self {
        Self {
            values: Vec::new(),
            ends: starts(rows),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: &[u16]) {
        let value = value.get(..MAX_LIST).unwrap_or(value);
        self.values.extend_from_slice(value);
        self.ends.push(offset(self.values.len()));
    }

    pub(crate) fn take(&mut self) -> ArrayRef {
        let ends = std::mem::replace(&mut self.ends, starts(0));
        let values = ScalarBuffer::from(std::mem::take(&mut self.values));
        let items = PrimitiveArray::<arrow_array::types::UInt16Type>::new(values, None);
        list(item_field(DataType::UInt16), ends, Arc::new(items))
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
    ends: Vec<i32>,
}

impl TextLists {
    pub(crate) fn new(rows: usize) -> Self {
        Self {
            values: Texts::new(0),
            ends: starts(rows),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: &[&str]) {
        for item in value.iter().take(MAX_LIST) {
            self.values.push(item);
        }
        self.ends.push(offset(self.values.0.rows()));
    }

    pub(crate) fn bytes(&self) -> usize {
        self.values.bytes()
    }

    pub(crate) fn take(&mut self) -> ArrayRef {
        let ends = std::mem::replace(&mut self.ends, starts(0));
        list(item_field(DataType::Utf8), ends, self.values.take())
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

fn starts(rows: usize) -> Vec<i32> {
    let mut ends = Vec::with_capacity(rows + 1);
    ends.push(0);
    ends
}

fn item_field(data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new("item", data_type, false))
}

fn list(field: Arc<Field>, ends: Vec<i32>, items: Arc<dyn Array>) -> ArrayRef {
    let rows = ends.len().saturating_sub(1);
    let data_type = DataType::List(field.clone());
    match ListArray::try_new(
        field,
        OffsetBuffer::new(ScalarBuffer::from(ends)),
        items,
        None,
    ) {
        Ok(array) => Arc::new(array),
        Err(_) => new_null_array(&data_type, rows),
    }
}
