//! Packets as a Python callback sees them: attributes are computed when they are asked for.

use std::fmt::Write as _;
use std::sync::Arc;

use pyo3::exceptions::{PyImportError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};
use wirewatch_capture::bpf;
use wirewatch_decode::{Datagram, Network, flags};
use wirewatch_engine::{Entry, PacketBatch};

/// Some packets on their way to a callback.
#[pyclass(frozen, module = "wirewatch._engine")]
#[derive(Debug)]
pub struct Packets {
    pub(crate) batch: Arc<PacketBatch>,
}

#[pymethods]
impl Packets {
    fn __len__(&self) -> usize {
        self.batch.entries.len()
    }

    /// Calls `callback` for each packet, in order.
    fn each(&self, py: Python<'_>, callback: &Bound<'_, PyAny>) -> PyResult<()> {
        for index in 0..self.batch.entries.len() {
            callback.call1((Py::new(py, self.packet(index))?,))?;
        }
        Ok(())
    }

    fn list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(
            py,
            (0..self.batch.entries.len()).map(|index| self.packet(index)),
        )
    }
}

impl Packets {
    fn packet(&self, index: usize) -> Packet {
        Packet {
            batch: Arc::clone(&self.batch),
            index,
        }
    }
}

/// One decoded packet.
#[pyclass(frozen, module = "wirewatch._engine")]
#[derive(Debug)]
pub struct Packet {
    batch: Arc<PacketBatch>,
    index: usize,
}

/// What is told of a packet whose batch has no such entry; never happens.
const ABSENT: &str = "the packet's batch is gone";

impl Packet {
    fn entry(&self) -> PyResult<&Entry> {
        self.batch
            .entries
            .get(self.index)
            .ok_or_else(|| PyValueError::new_err(ABSENT))
    }

    fn datagram(&self) -> Option<&Datagram> {
        self.batch.entries.get(self.index)?.datagram.as_ref()
    }

    fn transport(&self) -> Option<&Datagram> {
        self.datagram().filter(|datagram| datagram.has_transport)
    }

    fn bytes(&self) -> &[u8] {
        self.batch
            .entries
            .get(self.index)
            .map(|e| self.batch.bytes_of(e))
            .unwrap_or_default()
    }

    fn payload_bytes(&self) -> &[u8] {
        let bytes = self.bytes();
        let Some(datagram) = self.datagram() else {
            return bytes;
        };
        let start = datagram.payload_offset as usize;
        bytes
            .get(start..start + datagram.payload_length as usize)
            .unwrap_or_default()
    }
}

#[pymethods]
impl Packet {
    /// When it was captured: microseconds since 1970, UTC.
    #[getter]
    fn ts(&self) -> PyResult<i64> {
        Ok(self.entry()?.ts / 1_000)
    }

    /// The same as seconds.
    #[getter]
    #[allow(clippy::cast_precision_loss)] // seconds as a float are precise to a quarter of a microsecond
    fn time(&self) -> PyResult<f64> {
        Ok(self.entry()?.ts as f64 / 1e9)
    }

    #[getter]
    fn number(&self) -> PyResult<u64> {
        Ok(self.entry()?.number)
    }

    #[getter]
    fn interface(&self) -> PyResult<&str> {
        let index = self.entry()?.interface as usize;
        Ok(self.batch.interfaces.get(index).map_or("", String::as_str))
    }

    #[getter]
    fn src(&self) -> Option<String> {
        self.datagram().map(|d| address(d.source_ip()))
    }

    #[getter]
    fn dst(&self) -> Option<String> {
        self.datagram().map(|d| address(d.destination_ip()))
    }

    #[getter]
    fn sport(&self) -> Option<u16> {
        self.transport()
            .filter(|d| has_ports(d))
            .map(|d| d.source_port)
    }

    #[getter]
    fn dport(&self) -> Option<u16> {
        self.transport()
            .filter(|d| has_ports(d))
            .map(|d| d.destination_port)
    }

    #[getter]
    fn proto(&self) -> PyResult<&'static str> {
        Ok(match (self.datagram(), self.entry()?.frame.network) {
            (Some(datagram), _) => wirewatch_records::protocol::name(datagram.protocol),
            (None, Network::Arp) => "ARP",
            (None, _) => "other",
        })
    }

    /// TCP flags as letters, such as `SA` for a SYN with an ACK.
    #[getter]
    fn flags(&self) -> String {
        let bits = self.transport().map_or(0, |d| d.tcp.flags);
        let names = [
            (flags::FIN, 'F'),
            (flags::SYN, 'S'),
            (flags::RST, 'R'),
            (flags::PSH, 'P'),
            (flags::ACK, 'A'),
            (flags::URG, 'U'),
            (flags::ECE, 'E'),
            (flags::CWR, 'C'),
        ];
        names
            .iter()
            .filter(|(bit, _)| bits & bit != 0)
            .map(|(_, letter)| letter)
            .collect()
    }

    #[getter]
    fn ttl(&self) -> Option<u8> {
        self.datagram().map(|d| d.ttl)
    }

    #[getter]
    fn vlan<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let frame = &self.entry()?.frame;
        PyTuple::new(py, frame.vlans.iter().take(frame.vlan_count as usize))
    }

    /// Length on the wire.
    #[getter]
    fn length(&self) -> PyResult<u32> {
        Ok(self.entry()?.wire_length)
    }

    /// What the transport carries; the whole frame where there is no IP.
    #[getter]
    fn payload<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.payload_bytes())
    }

    /// The frame as captured.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.bytes())
    }

    /// Link type, a LINKTYPE number.
    #[getter]
    fn link(&self) -> PyResult<u16> {
        Ok(self.entry()?.link)
    }

    #[getter]
    fn flow_id(&self) -> PyResult<Option<u64>> {
        let id = self.entry()?.flow_id;
        Ok((id != 0).then_some(id))
    }

    #[getter]
    fn summary(&self) -> PyResult<String> {
        let mut text = self.proto()?.to_owned();
        if let Some(datagram) = self.datagram() {
            let ports = self.transport().is_some_and(has_ports);
            let _ = write!(text, " {}", datagram.source_ip());
            if ports {
                let _ = write!(text, ":{}", datagram.source_port);
            }
            let _ = write!(text, " -> {}", datagram.destination_ip());
            if ports {
                let _ = write!(text, ":{}", datagram.destination_port);
            }
        }
        let flags = self.flags();
        if !flags.is_empty() {
            let _ = write!(text, " [{flags}]");
        }
        let _ = write!(text, " {} bytes", self.entry()?.wire_length);
        Ok(text)
    }

    /// The packet as scapy sees it.
    fn scapy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let missing = "packet.scapy() needs scapy: pip install 'wirewatch[scapy]'";
        let config = py
            .import("scapy.config")
            .map_err(|_| PyImportError::new_err(missing))?;
        py.import("scapy.all")?;
        let layers = config.getattr("conf")?.getattr("l2types")?;
        let layer = layers.get_item(self.entry()?.link)?;
        let packet = layer.call1((self.raw(py),))?;
        packet.setattr("time", self.time()?)?;
        Ok(packet)
    }

    fn __repr__(&self) -> PyResult<String> {
        Ok(format!(
            "<Packet {}: {}>",
            self.entry()?.number,
            self.summary()?
        ))
    }
}

/// An address as text, quicker than the standard library's.
fn address(ip: std::net::IpAddr) -> String {
    let mut text = Vec::with_capacity(39);
    wirewatch_records::format::ip(&mut text, ip);
    String::from_utf8(text).unwrap_or_default()
}

fn has_ports(datagram: &Datagram) -> bool {
    matches!(datagram.protocol, 6 | 17 | 33 | 132 | 136)
}

/// A compiled capture filter for packets that are here already.
#[pyclass(frozen, module = "wirewatch._engine")]
#[derive(Debug)]
pub struct Filter {
    expression: String,
    program: std::sync::OnceLock<(u16, bpf::Filter)>,
}

/// Link type a filter is checked with before a packet has come.
const ETHERNET: u16 = 1;

#[pymethods]
impl Filter {
    #[new]
    fn new(expression: &str) -> PyResult<Self> {
        compile(expression, ETHERNET)?;
        Ok(Self {
            expression: expression.to_owned(),
            program: std::sync::OnceLock::new(),
        })
    }

    /// Whether a packet passes.
    fn matches(&self, packet: &Bound<'_, Packet>) -> PyResult<bool> {
        let packet = packet.get();
        let entry = packet.entry()?;
        if let Some((link, filter)) = self.program.get()
            && *link == entry.link
        {
            return Ok(filter.matches(packet.bytes(), entry.wire_length));
        }
        let filter = compile(&self.expression, entry.link)?;
        let verdict = filter.matches(packet.bytes(), entry.wire_length);
        let _ = self.program.set((entry.link, filter));
        Ok(verdict)
    }
}

/// Compiles a capture filter; a mistake in it is a `ValueError`.
pub(crate) fn compile(expression: &str, link: u16) -> PyResult<bpf::Filter> {
    bpf::Filter::compile(expression, link, wirewatch_capture::SNAP_LIMIT)
        .map_err(|error| PyValueError::new_err(error.to_string()))
}
