//! libpcap, loaded at run time if the machine has it.
//!
//! The package must not need libpcap to be installed: Linux captures without it,
//! and files never need it. Where it is there it compiles filters exactly as
//! tcpdump does, opens devices that are not network interfaces, and captures on
//! macOS and Windows (Npcap).

use std::ffi::{CStr, CString, c_char, c_int, c_uchar, c_uint, c_void};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::bpf::Instruction;

/// What to do where libpcap is missing.
pub(crate) const INSTALL: &str = if cfg!(windows) {
    "install Npcap from https://npcap.com"
} else if cfg!(target_os = "macos") {
    "it is part of macOS: look for /usr/lib/libpcap.dylib"
} else {
    "install libpcap (Debian and Ubuntu: `apt install libpcap0.8`, Fedora: `dnf install libpcap`, Alpine: `apk add libpcap`)"
};

/// Room for libpcap's messages (`PCAP_ERRBUF_SIZE`).
pub(crate) const MESSAGE_LENGTH: usize = 256;

/// The most devices and addresses read from libpcap's linked lists: far more than any
/// machine has, and an end should a list be damaged.
const MAX_LISTED: usize = 4096;

const NETMASK_UNKNOWN: c_uint = 0xffff_ffff;

/// An open capture or compiler of libpcap.
#[repr(C)]
pub(crate) struct Handle {
    private: [u8; 0],
}

#[repr(C)]
pub(crate) struct Compiled {
    length: c_uint,
    instructions: *mut Instruction,
}

/// `struct pcap_pkthdr`. On Windows a `timeval` is two 32-bit numbers, as `long` is there.
#[repr(C)]
pub(crate) struct PacketHeader {
    pub seconds: TimePart,
    pub fraction: FractionPart,
    pub captured: c_uint,
    pub length: c_uint,
}

#[cfg(unix)]
pub(crate) type TimePart = libc::time_t;
#[cfg(unix)]
pub(crate) type FractionPart = libc::suseconds_t;
#[cfg(not(unix))]
pub(crate) type TimePart = std::ffi::c_long;
#[cfg(not(unix))]
pub(crate) type FractionPart = std::ffi::c_long;

/// `struct pcap_stat` without the fields only Windows has behind these.
#[repr(C)]
#[derive(Default)]
pub(crate) struct Statistics {
    pub received: c_uint,
    pub dropped: c_uint,
    pub interface_dropped: c_uint,
    /// Room for what newer versions append.
    more: [c_uint; 8],
}

#[repr(C)]
pub(crate) struct ListedDevice {
    next: *mut ListedDevice,
    name: *const c_char,
    description: *const c_char,
    addresses: *mut c_void,
    flags: c_uint,
}

/// A device libpcap can open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Device {
    pub name: String,
    pub description: String,
    pub flags: u32,
}

/// Called by libpcap for each packet.
pub(crate) type Callback =
    unsafe extern "C" fn(user: *mut c_uchar, header: *const PacketHeader, bytes: *const c_uchar);

macro_rules! functions {
    (required { $($field:ident = $name:literal: fn($($argument:ty),*) $(-> $result:ty)?;)* }
     optional { $($maybe:ident = $maybe_name:literal: fn($($maybe_argument:ty),*) $(-> $maybe_result:ty)?;)* }) => {
        /// The functions of libpcap that are used.
        pub(crate) struct Functions {
            $(pub $field: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
            $(pub $maybe: Option<unsafe extern "C" fn($($maybe_argument),*) $(-> $maybe_result)?>,)*
        }

        impl Functions {
            fn find(library: &libloading::Library) -> Result<Self, libloading::Error> {
                // SAFETY: the signatures are those of pcap/pcap.h, stable since libpcap 1.0.
                unsafe {
                    Ok(Self {
                        $($field: *library.get($name)?,)*
                        $($maybe: library.get($maybe_name).ok().map(|symbol| *symbol),)*
                    })
                }
            }
        }
    };
}

functions! {
    required {
    open_dead = b"pcap_open_dead": fn(c_int, c_int) -> *mut Handle;
    create = b"pcap_create": fn(*const c_char, *mut c_char) -> *mut Handle;
    set_snap_length = b"pcap_set_snaplen": fn(*mut Handle, c_int) -> c_int;
    set_promiscuous = b"pcap_set_promisc": fn(*mut Handle, c_int) -> c_int;
    set_timeout = b"pcap_set_timeout": fn(*mut Handle, c_int) -> c_int;
    set_buffer_size = b"pcap_set_buffer_size": fn(*mut Handle, c_int) -> c_int;
    activate = b"pcap_activate": fn(*mut Handle) -> c_int;
    set_nonblock = b"pcap_setnonblock": fn(*mut Handle, c_int, *mut c_char) -> c_int;
    dispatch = b"pcap_dispatch": fn(*mut Handle, c_int, Callback, *mut c_uchar) -> c_int;
    statistics = b"pcap_stats": fn(*mut Handle, *mut Statistics) -> c_int;
    data_link = b"pcap_datalink": fn(*mut Handle) -> c_int;
    compile = b"pcap_compile": fn(*mut Handle, *mut Compiled, *const c_char, c_int, c_uint) -> c_int;
    set_filter = b"pcap_setfilter": fn(*mut Handle, *mut Compiled) -> c_int;
    free_code = b"pcap_freecode": fn(*mut Compiled);
    last_message = b"pcap_geterr": fn(*mut Handle) -> *const c_char;
    close = b"pcap_close": fn(*mut Handle);
    find_devices = b"pcap_findalldevs": fn(*mut *mut ListedDevice, *mut c_char) -> c_int;
    free_devices = b"pcap_freealldevs": fn(*mut ListedDevice);
    version = b"pcap_lib_version": fn() -> *const c_char;
    }
    optional {
    set_precision = b"pcap_set_tstamp_precision": fn(*mut Handle, c_int) -> c_int;
    precision = b"pcap_get_tstamp_precision": fn(*mut Handle) -> c_int;
    descriptor = b"pcap_get_selectable_fd": fn(*mut Handle) -> c_int;
    }
}

/// libpcap, loaded.
pub(crate) struct Library {
    pub functions: Functions,
    /// What it says it is, such as `libpcap version 1.10.3`.
    pub version: String,
    /// Before version 1.8 the compiler kept its state in global variables.
    compiling: Mutex<()>,
    _loaded: libloading::Library,
}

/// The library, loaded on first use; `None` where there is none.
pub(crate) fn library() -> Option<&'static Library> {
    static LIBRARY: OnceLock<Option<Library>> = OnceLock::new();
    LIBRARY
        .get_or_init(|| names().iter().find_map(|name| Library::load(name)))
        .as_ref()
}

fn names() -> Vec<String> {
    if cfg!(windows) {
        let root = std::env::var("SystemRoot").unwrap_or_else(|_| "C:\\Windows".to_owned());
        return vec![
            format!("{root}\\System32\\Npcap\\wpcap.dll"),
            format!("{root}\\System32\\wpcap.dll"),
        ];
    }
    let names: &[&str] = if cfg!(target_os = "macos") {
        &["/usr/lib/libpcap.dylib", "libpcap.dylib", "libpcap.A.dylib"]
    } else {
        &["libpcap.so.1", "libpcap.so.0.8", "libpcap.so"]
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[cfg(windows)]
fn open(name: &str) -> Result<libloading::Library, libloading::Error> {
    use libloading::os::windows::{LOAD_WITH_ALTERED_SEARCH_PATH, Library};
    // SAFETY: loading Npcap runs its initialisers only; the altered path lets it find its Packet.dll beside it.
    unsafe { Library::load_with_flags(name, LOAD_WITH_ALTERED_SEARCH_PATH) }.map(Into::into)
}

#[cfg(not(windows))]
fn open(name: &str) -> Result<libloading::Library, libloading::Error> {
    // SAFETY: loading libpcap runs its initialisers only, and those have no preconditions.
    unsafe { libloading::Library::new(name) }
}

impl Library {
    fn load(name: &str) -> Option<Self> {
        let library = open(name).ok()?;
        let functions = Functions::find(&library).ok()?;
        // SAFETY: the function takes nothing and returns a static string.
        let version = unsafe { text((functions.version)()) };
        Some(Self {
            functions,
            version,
            compiling: Mutex::new(()),
            _loaded: library,
        })
    }

    /// Compiles a filter expression; the error is libpcap's message.
    pub(crate) fn compile(
        &self,
        expression: &str,
        link: u16,
        snap: u32,
    ) -> Result<Vec<Instruction>, String> {
        let snap = c_int::try_from(snap).unwrap_or(c_int::MAX);
        // SAFETY: the function takes two numbers and returns a handle or null.
        let handle = unsafe { (self.functions.open_dead)(data_link_of(link), snap) };
        let handle = Open::new(self, handle).ok_or("out of memory")?;
        handle.with_program(expression, |compiled| {
            if compiled.instructions.is_null() {
                return Vec::new();
            }
            // SAFETY: libpcap filled `length` instructions, laid out as `Instruction` is, and frees them later.
            unsafe { std::slice::from_raw_parts(compiled.instructions, compiled.length as usize) }
                .to_vec()
        })
    }

    /// Devices libpcap can open.
    pub(crate) fn devices(&self) -> Result<Vec<Device>, String> {
        let mut message = [0; MESSAGE_LENGTH];
        let mut first = std::ptr::null_mut();
        // SAFETY: both pointers are to memory of the sizes the function expects.
        if unsafe { (self.functions.find_devices)(&raw mut first, message.as_mut_ptr()) } != 0 {
            return Err(message_text(&message));
        }
        let mut devices = Vec::new();
        let mut next = first;
        // SAFETY: the list was made by libpcap, ends in null and lives until it is freed below.
        while let Some(device) = unsafe { next.as_ref() }
            && devices.len() < MAX_LISTED
        {
            devices.push(Device {
                // SAFETY: a string of the list, or null.
                name: unsafe { text(device.name) },
                // SAFETY: a string of the list, or null.
                description: unsafe { text(device.description) },
                flags: device.flags,
            });
            next = device.next;
        }
        // SAFETY: `first` came from `find_devices` and is not used afterwards.
        unsafe { (self.functions.free_devices)(first) };
        Ok(devices)
    }
}

/// A handle of libpcap that is closed with its owner.
pub(crate) struct Open<'l> {
    pub library: &'l Library,
    pub handle: *mut Handle,
}

// SAFETY: libpcap allows a handle to be used from any thread, one at a time; `Open` is not shared.
unsafe impl Send for Open<'_> {}

impl<'l> Open<'l> {
    pub(crate) fn new(library: &'l Library, handle: *mut Handle) -> Option<Self> {
        (!handle.is_null()).then_some(Self { library, handle })
    }

    /// The last message about this handle.
    pub(crate) fn message(&self) -> String {
        // SAFETY: the handle is open; the string is valid until its next use.
        unsafe { text((self.library.functions.last_message)(self.handle)) }
    }

    /// Compiles a filter and lets it through `to` the packets of this handle.
    pub(crate) fn set_filter(&self, expression: &str) -> Result<(), String> {
        let status = self.with_program(expression, |compiled| {
            // SAFETY: the handle is open and the program was compiled for it.
            unsafe { (self.library.functions.set_filter)(self.handle, compiled) }
        })?;
        if status == 0 {
            Ok(())
        } else {
            Err(self.message())
        }
    }

    fn with_program<T>(
        &self,
        expression: &str,
        using: impl FnOnce(&mut Compiled) -> T,
    ) -> Result<T, String> {
        let expression = CString::new(expression)
            .map_err(|_| "the expression contains a zero byte".to_owned())?;
        let mut compiled = Compiled {
            length: 0,
            instructions: std::ptr::null_mut(),
        };
        let compiling = &self.library.compiling;
        let _one_at_a_time = compiling.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the handle is open, the program is ours to fill, the string ends in a zero byte.
        let status = unsafe {
            (self.library.functions.compile)(
                self.handle,
                &raw mut compiled,
                expression.as_ptr(),
                1,
                NETMASK_UNKNOWN,
            )
        };
        if status != 0 {
            return Err(self.message());
        }
        let result = using(&mut compiled);
        // SAFETY: the program was made by `compile` above and is not used afterwards.
        unsafe { (self.library.functions.free_code)(&raw mut compiled) };
        Ok(result)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle is open and nobody uses it after its owner.
        unsafe { (self.library.functions.close)(self.handle) };
    }
}

/// A string of libpcap; empty for null.
///
/// # Safety
/// The pointer is null or points to bytes that end in a zero byte.
unsafe fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(pointer) }
        .to_string_lossy()
        .into_owned()
}

/// What libpcap wrote into a message buffer.
pub(crate) fn message_text(message: &[c_char; MESSAGE_LENGTH]) -> String {
    let bytes: Vec<u8> = message
        .iter()
        .map(|c| c.cast_unsigned_byte())
        .take_while(|byte| *byte != 0)
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `c_char` is signed on some platforms and unsigned on others.
trait CastUnsignedByte {
    fn cast_unsigned_byte(self) -> u8;
}

impl CastUnsignedByte for i8 {
    fn cast_unsigned_byte(self) -> u8 {
        self.cast_unsigned()
    }
}

impl CastUnsignedByte for u8 {
    fn cast_unsigned_byte(self) -> u8 {
        self
    }
}

/// Numbers of data links in programs differ from those in files for a few old ones.
fn data_link_of(link: u16) -> c_int {
    match link {
        100 => 11,
        101 if cfg!(target_os = "openbsd") => 14,
        101 => 12,
        other => c_int::from(other),
    }
}

/// The LINKTYPE_ number of a data link of libpcap.
pub(crate) fn link_of(data_link: c_int) -> u16 {
    match data_link {
        11 => 100,
        12 | 14 => 101,
        other => u16::try_from(other).unwrap_or(u16::MAX),
    }
}
