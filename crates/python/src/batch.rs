//! Arrow batches as Python sees them: columns, rows, and the `PyCapsule` interface of Arrow.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::types::{
    Float64Type, Int64Type, TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchIterator, StructArray, make_array};
use arrow_data::ffi::FFI_ArrowArray;
use arrow_data::transform::MutableArrayData;
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{ArrowError, DataType, Schema, TimeUnit};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyList, PyString, PyTuple};
use wirewatch_records::Columns;

/// Records of one kind as Arrow columns.
#[pyclass(frozen, module = "wirewatch._engine")]
#[derive(Debug)]
pub struct Batch {
    pub(crate) kind: String,
    pub(crate) columns: RecordBatch,
}

#[pymethods]
impl Batch {
    #[getter]
    fn kind(&self) -> &str {
        &self.kind
    }

    #[getter]
    fn names(&self) -> Vec<String> {
        self.columns
            .schema()
            .fields()
            .iter()
            .map(|f| f.name().clone())
            .collect()
    }

    fn __len__(&self) -> usize {
        self.columns.num_rows()
    }

    fn column<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, values(py, self.named(name)?)?)
    }

    fn rows<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let columns: Vec<Vec<Bound<'py, PyAny>>> = self
            .columns
            .columns()
            .iter()
            .map(|c| values(py, c))
            .collect::<PyResult<_>>()?;
        let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
        let rows = PyList::empty(py);
        for _ in 0..self.columns.num_rows() {
            let row: Vec<_> = columns.iter_mut().filter_map(Iterator::next).collect();
            rows.append(PyTuple::new(py, row)?)?;
        }
        Ok(rows)
    }

    /// The rows whose text column `name` is one of `wanted`.
    #[pyo3(name = "where")]
    fn filtered(&self, name: &str, wanted: Vec<String>) -> PyResult<Self> {
        let column = self.named(name)?;
        let Some(texts) = column.as_string_opt::<i32>() else {
            return Err(PyValueError::new_err(format!(
                "column {name:?} does not hold text"
            )));
        };
        let rows: Vec<usize> = texts
            .iter()
            .enumerate()
            .filter(|(_, text)| text.is_some_and(|t| wanted.iter().any(|w| w == t)))
            .map(|(row, _)| row)
            .collect();
        let columns = self
            .columns
            .columns()
            .iter()
            .map(|column| chosen(column, &rows))
            .collect::<Result<_, _>>()
            .map_err(arrow_error)?;
        let columns = RecordBatch::try_new(self.columns.schema(), columns).map_err(arrow_error)?;
        Ok(Self {
            kind: self.kind.clone(),
            columns,
        })
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.columns.schema())
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        drop(requested_schema);
        let array = FFI_ArrowArray::new(&StructArray::from(self.columns.clone()).to_data());
        let array = PyCapsule::new_with_value(py, array, c"arrow_array")?;
        Ok((schema_capsule(py, &self.columns.schema())?, array))
    }

    fn __repr__(&self) -> String {
        format!(
            "<Batch of {} {} records>",
            self.columns.num_rows(),
            self.kind
        )
    }
}

impl Batch {
    fn named(&self, name: &str) -> PyResult<&ArrayRef> {
        self.columns.column_by_name(name).ok_or_else(|| {
            PyKeyError::new_err(format!("{} records have no field {name:?}", self.kind))
        })
    }
}

/// The rows of a column with these numbers.
fn chosen(column: &ArrayRef, rows: &[usize]) -> Result<ArrayRef, ArrowError> {
    let data = column.to_data();
    let mut out = MutableArrayData::new(vec![&data], false, rows.len());
    for row in rows {
        out.try_extend(0, *row, row + 1)?;
    }
    Ok(make_array(out.freeze()))
}

/// An `arrow_array_stream` capsule over batches of one kind.
///
/// # Errors
/// `ValueError` when there is no batch, or they are of several kinds.
#[pyfunction]
pub fn arrow_stream(py: Python<'_>, batches: Vec<Py<Batch>>) -> PyResult<Bound<'_, PyCapsule>> {
    let all: Vec<RecordBatch> = batches
        .iter()
        .map(|batch| batch.get().columns.clone())
        .collect();
    let Some(first) = all.first() else {
        return Err(PyValueError::new_err("a stream needs at least one batch"));
    };
    let schema = first.schema();
    if all.iter().any(|batch| batch.schema() != schema) {
        return Err(PyValueError::new_err("the batches are of different kinds"));
    }
    let reader = RecordBatchIterator::new(all.into_iter().map(Ok::<_, ArrowError>), schema);
    PyCapsule::new_with_value(
        py,
        FFI_ArrowArrayStream::new(Box::new(reader)),
        c"arrow_array_stream",
    )
}

/// A batch of `kind` without rows.
///
/// # Errors
/// `ValueError` for a kind that does not exist.
#[pyfunction]
pub fn empty_batch(kind: &str) -> PyResult<Batch> {
    let schema = wirewatch_records::Kind::ALL
        .iter()
        .find(|known| known.name() == kind)
        .map(|known| Columns::new(*known, 0).schema())
        .ok_or_else(|| PyValueError::new_err(format!("there is no record kind {kind:?}")))?;
    Ok(Batch {
        kind: kind.to_owned(),
        columns: RecordBatch::new_empty(schema),
    })
}

fn schema_capsule<'py>(py: Python<'py>, schema: &Arc<Schema>) -> PyResult<Bound<'py, PyCapsule>> {
    let schema = FFI_ArrowSchema::try_from(schema.as_ref()).map_err(arrow_error)?;
    PyCapsule::new_with_value(py, schema, c"arrow_schema")
}

fn arrow_error(error: ArrowError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// The values of a column as Python objects, `None` where they are null.
fn values<'py>(py: Python<'py>, column: &ArrayRef) -> PyResult<Vec<Bound<'py, PyAny>>> {
    macro_rules! numbers {
        ($kind:ty) => {
            column
                .as_primitive::<$kind>()
                .iter()
                .map(|v| Ok(v.into_pyobject(py)?.into_any()))
                .collect()
        };
    }
    match column.data_type() {
        DataType::UInt8 => numbers!(UInt8Type),
        DataType::UInt16 => numbers!(UInt16Type),
        DataType::UInt32 => numbers!(UInt32Type),
        DataType::UInt64 => numbers!(UInt64Type),
        DataType::Int64 => numbers!(Int64Type),
        DataType::Float64 => numbers!(Float64Type),
        DataType::Timestamp(TimeUnit::Microsecond, _) => numbers!(TimestampMicrosecondType),
        DataType::Boolean => column
            .as_boolean()
            .iter()
            .map(|v| Ok(v.into_pyobject(py)?.into_any()))
            .collect(),
        DataType::Utf8 => Ok(texts(py, column)),
        DataType::Binary => Ok(column
            .as_binary::<i32>()
            .iter()
            .map(|v| v.map_or_else(|| none(py), |v| PyBytes::new(py, v).into_any()))
            .collect()),
        DataType::List(_) => column
            .as_list::<i32>()
            .iter()
            .map(|v| {
                v.map_or_else(
                    || Ok(none(py)),
                    |v| Ok(PyTuple::new(py, values(py, &v)?)?.into_any()),
                )
            })
            .collect(),
        other => Err(PyValueError::new_err(format!("no Python form for {other}"))),
    }
}

/// Texts repeat from row to row (protocols, states, addresses): a repeated one is the same object.
fn texts<'py>(py: Python<'py>, column: &ArrayRef) -> Vec<Bound<'py, PyAny>> {
    let mut last: Option<(&str, Bound<'py, PyAny>)> = None;
    let mut out = Vec::with_capacity(column.len());
    for text in column.as_string::<i32>() {
        let value = match (text, &last) {
            (None, _) => none(py),
            (Some(text), Some((same, object))) if *same == text => object.clone(),
            (Some(text), _) => {
                let object = PyString::new(py, text).into_any();
                last = Some((text, object.clone()));
                object
            }
        };
        out.push(value);
    }
    out
}

fn none(py: Python<'_>) -> Bound<'_, PyAny> {
    py.None().into_bound(py)
}
