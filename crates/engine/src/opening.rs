//! Opens a run: checks every wish, opens sources and outputs, shares out the memory.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use wirewatch_capture::{
    Backend, DropOptions, FileOptions, LiveOptions, PcapngWriter, Source, bpf, check_not_read,
    is_awaited, open_files, open_live_workers,
};
use wirewatch_decode::Options as DecodeOptions;
use wirewatch_detect::rules::RuleSet;
use wirewatch_flow::{
    Config as FlowConfig, DefragmentConfig, Defragmenter, Policy, Seed, StateTimeouts, Table,
};
use wirewatch_records::filter::Filter;
use wirewatch_records::zeek::Format;
use wirewatch_records::{Kind, text};
use wirewatch_stream::{Config as StreamConfig, Policy as StreamPolicy, Urgent};

use crate::application::{Applications, Chunks, Config as ApplicationConfig, FileWays, Shared};
use crate::dispatch::{self, Reader};
use crate::emit::{Emitter, KindSet, Outputs};
use crate::engine::{self, Engine};
use crate::error::Error;
use crate::extract::Extract;
use crate::files::Lines;
use crate::judge::Judge;
use crate::options::{Flow, Options, Stream, Text};
use crate::outlet;
use crate::pace::Paced;
use crate::picture::Picture;
use crate::pipeline::{Midstream, Pipeline, Ways};
use crate::stats::Interval;
use crate::taps::{Taps, Wish, Written};
use crate::tls_fields::{self, TlsFields};
use crate::verdicts::{LoadedRules, Verdicts};
use crate::worker::Worker;
use crate::zeek::ZeekFolder;

/// Flow tables get this share of the memory, in percent.
const FLOW_SHARE: u64 = 50;
/// Streams get this share.
const STREAM_SHARE: u64 = 25;
/// Parsers get this share.
const PARSER_SHARE: u64 = 15;
/// Memory of parsers per conversation, on average, that decides how many there can be at once.
const BYTES_PER_CONVERSATION: u64 = 512;
/// Fragments get this share.
const FRAGMENT_SHARE: u64 = 5;
/// Datagrams in pieces at once; each takes some hundred bytes besides its data.
const MAX_DATAGRAMS: usize = 65_536;
/// Workers at most: more rings and tables than this help nobody.
const MAX_WORKERS: u32 = 64;
/// Link type that filters are checked with before the first packet.
const ETHERNET: u16 = 1;

/// Where packets come from: one source per worker, with a reader in front of them or without.
struct Sources {
    sources: Vec<Box<dyn Source>>,
    reader: Option<Reader>,
}

/// Opens a run over a source of the caller's, or over what the options name.
pub(crate) fn open(
    options: &Options,
    rules: Option<LoadedRules>,
    given: Option<Box<dyn Source>>,
) -> Result<Engine, Error> {
    let live = options.interfaces.is_some();
    let prompt = live || given.is_none() && is_awaited(&options.inputs);
    let condition = condition(options)?;
    check_filter(options.capture.filter.as_deref())?;
    check_filter(
        options
            .packets
            .as_ref()
            .and_then(|wish| wish.filter.as_deref()),
    )?;
    let rules = rules.unwrap_or_else(|| LoadedRules::load(options));
    let verdicts = Arc::new(Verdicts::load(options, rules)?);
    let Sources { sources, reader } = sources(options, given, verdicts.rules.as_deref())?;
    let workers = sources.len();
    let (outlet, updates, gauge) = outlet::queue(live);
    let outputs = outputs(options, condition, outlet)?;
    let writer = writer(options)?;
    let shared = Arc::new(Shared::default());
    let picture = Arc::new(Picture::new(
        workers,
        gauge,
        outputs.clone(),
        writer.clone(),
        Arc::clone(&verdicts),
        Arc::clone(&shared),
        live,
    ));
    let interval = options.output.stats_s.filter(|_| live).unwrap_or(0);
    let ways = Arc::new(ways(
        options,
        &outputs,
        &shared,
        verdicts.rules.as_deref(),
        prompt,
    )?);
    let wish = options.packets.as_ref().map(|wish| Wish {
        filter: wish.filter.clone(),
    });
    let mut all = Vec::with_capacity(workers);
    let mut names = Vec::new();
    for (index, source) in sources.into_iter().enumerate() {
        names = source.interfaces();
        let pipeline = Pipeline::new(
            Arc::clone(&ways),
            table(options, workers, index),
            Defragmenter::new(defragment(options, workers)?),
            applications(options, workers, &shared, verdicts.rules.is_some(), prompt)?,
            Judge::new(&verdicts),
            Emitter::new(outputs.clone()),
            Taps::new(writer.clone(), wish.clone()),
        );
        all.push(Worker {
            index,
            source,
            pipeline,
            picture: Arc::clone(&picture),
            stats: if index == 0 {
                Interval::new(Duration::from_secs(interval))
            } else {
                None
            },
        });
    }
    if !live {
        // Only now: a run that is refused leaves files as they were.
        for lines in &outputs.eve {
            lines.empty()?;
        }
    }
    let loaded = engine::loaded(
        &names,
        workers as u32,
        verdicts.rule_counts(),
        verdicts.indicators(),
        verdicts.home_net(),
    );
    Ok(Engine {
        workers: all,
        reader,
        updates,
        picture,
        aside: Emitter::new(outputs),
        problems: verdicts.problems(),
        loaded,
        verdicts,
        options: Arc::new(options.clone()),
        prompt,
        tick: (options.tick_ms > 0).then(|| Duration::from_millis(options.tick_ms)),
        last_tick: Instant::now(),
        drop_privileges: live && options.capture.drop_privileges,
        worked: false,
        ended: false,
    })
}

/// Gives up what a process that was root no longer needs.
pub(crate) fn drop_privileges() -> Result<(), Error> {
    wirewatch_capture::drop_privileges(&DropOptions::default())?;
    Ok(())
}

fn condition(options: &Options) -> Result<Option<Arc<Filter>>, Error> {
    let parsed = options.r#where.as_deref().map(Filter::parse).transpose();
    let error = |error| Error::Value(format!("--where: {error}"));
    Ok(parsed.map_err(error)?.map(Arc::new))
}

fn check_filter(expression: Option<&str>) -> Result<(), Error> {
    if let Some(expression) = expression {
        bpf::Filter::compile(expression, ETHERNET, wirewatch_capture::SNAP_LIMIT)
            .map_err(|error| Error::Value(error.to_string()))?;
    }
    Ok(())
}

fn sources(
    options: &Options,
    given: Option<Box<dyn Source>>,
    rules: Option<&RuleSet>,
) -> Result<Sources, Error> {
    // Packets of one flow that come in different tunnels reach one worker only if there is no other, and of
    // several workers that read a file none knows how far the others are when a rule tags a host.
    let is_live = options.interfaces.is_some() && given.is_none();
    let tags_hosts = !is_live && rules.is_some_and(RuleSet::tags_hosts);
    let most = if options.flow.use_tunnel && !tags_hosts {
        MAX_WORKERS
    } else {
        1
    };
    let workers = options.workers.clamp(1, most);
    if let (Some(interfaces), None) = (&options.interfaces, &given) {
        let live = live(options, interfaces)?;
        let workers = if live.can_share() { workers } else { 1 };
        return Ok(Sources {
            sources: open_live_workers(&live, workers)?,
            reader: None,
        });
    }
    let mut source = match given {
        Some(source) => source,
        None => open_files(&options.inputs, &FileOptions::default())?,
    };
    if let Some(expression) = &options.capture.filter {
        source = Box::new(bpf::filtered(source, expression)?);
    }
    if let Some(factor) = options.pace {
        source = Box::new(Paced::new(source, factor));
    }
    if workers == 1 {
        return Ok(Sources {
            sources: vec![source],
            reader: None,
        });
    }
    let (reader, sources) = dispatch::split(source, workers);
    let sources = sources
        .into_iter()
        .map(|source| Box::new(source) as Box<dyn Source>)
        .collect();
    Ok(Sources {
        sources,
        reader: Some(reader),
    })
}

fn live(options: &Options, interfaces: &[String]) -> Result<LiveOptions, Error> {
    let capture = &options.capture;
    let backend = match capture.backend.as_str() {
        "auto" => Backend::Auto,
        "af-packet" => Backend::AfPacket,
        "libpcap" => Backend::Libpcap,
        other => {
            let message = format!("capture.backend: {other:?} is none of auto, af-packet, libpcap");
            return Err(Error::Value(message));
        }
    };
    Ok(LiveOptions {
        interfaces: interfaces.to_vec(),
        filter: capture.filter.clone(),
        promiscuous: capture.promiscuous,
        snap_length: capture.snap_length,
        ring_bytes: capture.ring_bytes,
        backend,
        ..LiveOptions::default()
    })
}

fn outputs(
    options: &Options,
    condition: Option<Arc<Filter>>,
    outlet: outlet::Outlet,
) -> Result<Outputs, Error> {
    let output = &options.output;
    refuse_inputs(options)?;
    let open = |path: &PathBuf| Lines::open(path).map_err(|error| failed(path, error));
    let eve = output.eve.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let eve_kinds = match &output.eve_kinds {
        None => KindSet::those(Kind::in_eve),
        // Record kinds of protocols that have no parser yet have nothing to write.
        Some(names) => KindSet::known(names),
    };
    let eve_kinds = match output.tagged_packets {
        true if eve_kinds.contains(Kind::Alert) => {
            eve_kinds.union(KindSet::of(&[Kind::TaggedPacket]))
        }
        true => eve_kinds,
        false => eve_kinds.without(Kind::TaggedPacket),
    };
    let eve_kinds = if output.stats_s.is_some() {
        eve_kinds
    } else {
        eve_kinds.without(Kind::Stats)
    };
    let eve_kinds = if output.dns.version == 2 && eve_kinds.contains(Kind::Dns) {
        eve_kinds
            .without(Kind::Dns)
            .union(KindSet::of(&[Kind::DnsV2]))
    } else {
        eve_kinds
    };
    let format = if output.zeek_json {
        Format::Json
    } else {
        Format::Tabs
    };
    let open = |path: &Path| zeek(path, format);
    let zeek = output.zeek.as_deref().map(open).transpose()?;
    let show = options
        .text
        .as_ref()
        .map(|text| text.show.clone())
        .unwrap_or_default();
    let unknown = |name| Error::Value(format!("there is no record kind {name:?} to show"));
    Ok(Outputs {
        condition,
        eve,
        eve_kinds,
        dns: output.dns.clone(),
        smb_types: output.smb_types.clone(),
        anomalies: output.anomalies,
        version: output.version,
        references: output.references_in_alerts,
        tls_fields: TlsFields::named(&output.tls_fields)
            .map_err(|name| Error::Value(format!("`tls` records have no field {name:?}")))?
            .with_resumed(output.tls_resumed),
        zeek,
        text: options.text.as_ref().map(|text| Arc::new(style(text))),
        text_kinds: if options.text.is_none() && options.json {
            eve_kinds
        } else {
            KindSet::named(&show).map_err(unknown)?
        },
        json: options.json,
        batches: KindSet::named(&options.batches).map_err(unknown)?,
        outlet,
    })
}

/// An output that is a capture, a rule file or a list would destroy what is being read. EVE may
/// lie in a folder of captures, but not replace one of them.
fn refuse_inputs(options: &Options) -> Result<(), Error> {
    let Options { output, detect, .. } = options;
    let read = options
        .inputs
        .iter()
        .chain(&detect.rules)
        .chain(&detect.intel);
    let files: Vec<PathBuf> = read.filter(|path| !path.is_dir()).cloned().collect();
    let refuse = |path: &Path, inputs: &[PathBuf]| {
        check_not_read(path, inputs).map_err(|error| Error::Value(error.to_string()))
    };
    for path in &output.eve {
        refuse(path, &files)?;
        if !may_be_replaced(path) {
            refuse(path, &options.inputs)?;
        }
    }
    output
        .write
        .iter()
        .try_for_each(|path| refuse(path, &files))
}

/// Whether a file is new, empty, or the EVE JSON of an earlier run; pipes and devices hold nothing.
fn may_be_replaced(path: &Path) -> bool {
    let mut first = [0; 1];
    if !path.is_file() {
        return true;
    }
    match File::open(path).and_then(|mut file| file.read(&mut first)) {
        Ok(0) => true,
        Ok(_) => first == *b"{",
        Err(_) => false,
    }
}

/// A file where a folder of logs is to be is named as what it is.
fn zeek(path: &Path, format: Format) -> Result<ZeekFolder, Error> {
    if path.exists() && !path.is_dir() {
        let message = format!("{}: it is a file; Zeek logs need a folder", path.display());
        return Err(Error::Value(message));
    }
    ZeekFolder::create(path, format).map_err(|error| failed(&error.path, error.source))
}

fn failed(path: &Path, error: std::io::Error) -> Error {
    Error::Output(path.display().to_string(), error)
}

fn style(text: &Text) -> text::Style {
    let payload = match text.payload {
        None => text::Payload::None,
        Some(length) if text.hex => text::Payload::Hex(length),
        Some(length) => text::Payload::Text(length),
    };
    text::Style {
        colour: text.colour,
        date: text.date,
        utc_offset_s: text.utc_offset_s,
        payload,
    }
}

fn writer(options: &Options) -> Result<Option<Arc<Mutex<Written>>>, Error> {
    let Some(path) = &options.output.write else {
        return Ok(None);
    };
    let writer = PcapngWriter::create(path, &options.inputs)
        .map_err(|error| Error::Value(error.to_string()))?;
    Ok(Some(Arc::new(Mutex::new(Written {
        writer: Some(writer),
        failure: None,
    }))))
}

/// The application layer of one worker, when it is wanted.
fn applications(
    options: &Options,
    workers: usize,
    shared: &Arc<Shared>,
    has_rules: bool,
    prompt: bool,
) -> Result<Option<Applications>, Error> {
    if !options.app_layer.enabled || !options.flow.enabled {
        return Ok(None);
    }
    let wanted = &options.stream;
    let wrong = |name: &str, value: &str| Error::Value(format!("{name}: {value:?} is not one"));
    let policy = StreamPolicy::from_name(&wanted.policy)
        .ok_or_else(|| wrong("stream.policy", &wanted.policy))?;
    let urgent =
        Urgent::from_name(&wanted.urgent).ok_or_else(|| wrong("stream.urgent", &wanted.urgent))?;
    let share = |percent: u64| options.memory_bytes * percent / 100 / workers as u64;
    let bytes = |percent| usize::try_from(share(percent)).unwrap_or(usize::MAX);
    let conversations = share(PARSER_SHARE) / BYTES_PER_CONVERSATION;
    let config = ApplicationConfig {
        streams: StreamConfig {
            policy,
            urgent,
            inline: wanted.inline,
            depth_to_server: wanted.depth,
            depth_to_client: wanted.depth,
            memory_bytes: bytes(STREAM_SHARE),
            midstream: wanted.midstream,
            async_oneside: wanted.async_oneside,
            believe_acknowledged: options.capture.checksums == "auto",
            ..StreamConfig::default()
        },
        parser_bytes: bytes(PARSER_SHARE),
        max_conversations: u32::try_from(conversations).unwrap_or(u32::MAX) as usize,
        watch_streams: has_rules,
        chunks: chunks(wanted, prompt),
        limits: options
            .app_layer
            .limits(tls_fields::parts(&options.output.tls_fields), has_rules),
        unread: options.app_layer.unread.clone(),
        depths: options.app_layer.stream_depth.clone(),
    };
    Ok(Some(Applications::new(config, Arc::clone(shared))))
}

/// How much of a stream rules see at a time. What is read on arrival is also judged on arrival, with what
/// stands around it; and where somebody may be waiting all is told at once.
fn chunks(wanted: &Stream, prompt: bool) -> Chunks {
    if prompt && !wanted.inline {
        return Chunks::default();
    }
    Chunks {
        to_server: wanted.chunk_to_server as usize,
        to_client: wanted.chunk_to_client as usize,
        is_sliding: wanted.inline,
    }
}

/// What happens to files that travel.
fn files(
    options: &Options,
    outputs: &Outputs,
    shared: &Shared,
    rules: Option<&RuleSet>,
) -> Result<FileWays, Error> {
    let wanted = &options.files;
    let extract = wanted.extract.as_deref().map(|folder| {
        let failures = Arc::clone(&shared.extract_failures);
        Extract::new(
            folder,
            wanted.extract_file_bytes,
            wanted.extract_bytes,
            failures,
        )
        .map_err(|error| failed(folder, error))
    });
    let extract = extract.transpose()?;
    let asked_of = rules.is_some_and(RuleSet::asks_of_files);
    // Hashing costs more than most of what is done with a file, so somebody must look at them.
    let told = extract.is_some() || outputs.wanted().contains(Kind::Fileinfo);
    Ok(FileWays {
        enabled: told || asked_of,
        may_hash: wanted.hashes,
        most: options.stream.depth,
        hashes: wanted.hashes && (told || rules.is_some_and(RuleSet::asks_of_hashes)),
        rules: asked_of,
        extract,
        only_asked_for: wanted.extract_asked_for,
    })
}

fn ways(
    options: &Options,
    outputs: &Outputs,
    shared: &Shared,
    rules: Option<&RuleSet>,
    prompt: bool,
) -> Result<Ways, Error> {
    let live = options.interfaces.is_some();
    let mut decode = DecodeOptions::default();
    decode.checksums = options.capture.checksums != "ignore";
    decode.sliced = options.capture.sliced;
    let policy = &options.stream.midstream_policy;
    let midstream = Midstream::named(policy)
        .ok_or_else(|| Error::Value(format!("stream.midstream-policy: {policy:?} is not one")))?;
    let mut decode_unsummed = decode.clone();
    decode_unsummed.checksums = false;
    Ok(Ways {
        trust_offload: options.capture.checksums == "auto",
        trust_all: options.capture.checksums == "tell",
        decode,
        decode_unsummed,
        live,
        prompt,
        watched: options.tick_ms > 0 && (live || options.pace.is_some()),
        files: files(options, outputs, shared, rules)?,
        community_id: options.output.community_id,
        community_seed: options.output.community_seed,
        payload_in_alerts: options.output.payload_in_alerts,
        packet_in_alerts: options.output.packet_in_alerts,
        packet_in_anomalies: options.output.packet_in_anomalies,
        link_addresses: options.output.link_addresses,
        vlans_apart: options.flow.use_vlan,
        xff: options.output.xff.clone(),
        details_in_alerts: options.output.details_in_alerts,
        flow_variables: options.output.flow_variables,
        exception_policy: options.output.exception_policy,
        midstream,
    })
}

fn table(options: &Options, workers: usize, index: usize) -> Option<Table> {
    let flow = &options.flow;
    if !flow.enabled {
        return None;
    }
    let share = options.memory_bytes * FLOW_SHARE / 100 / workers as u64;
    let mut config = FlowConfig::with_memory(usize::try_from(share).unwrap_or(usize::MAX));
    config.use_vlan = flow.use_vlan;
    config.use_tunnel = flow.use_tunnel;
    config.active_timeout_s = flow.active_s;
    config.worker = index as u8;
    set_timeouts(&mut config, flow);
    Some(Table::new(config, Seed::Random))
}

fn set_timeouts(config: &mut FlowConfig, flow: &Flow) {
    let wanted = flow.timeouts;
    let set = |timeouts: &mut StateTimeouts, new: u32, established: u32| {
        timeouts.new = new;
        timeouts.established = established;
    };
    set(
        &mut config.timeouts.tcp,
        wanted.tcp_new_s,
        wanted.tcp_established_s,
    );
    config.timeouts.tcp.closed = wanted.tcp_closed_s;
    set(
        &mut config.timeouts.udp,
        wanted.udp_new_s,
        wanted.udp_established_s,
    );
    set(
        &mut config.timeouts.icmp,
        wanted.icmp_new_s,
        wanted.icmp_established_s,
    );
    set(
        &mut config.timeouts.other,
        wanted.other_new_s,
        wanted.other_established_s,
    );
}

fn defragment(options: &Options, workers: usize) -> Result<DefragmentConfig, Error> {
    let name = &options.defragment.policy;
    let Some(policy) = Policy::from_name(name) else {
        let message = format!("defragment.policy: {name:?} is not a policy");
        return Err(Error::Value(message));
    };
    let share = options.memory_bytes * FRAGMENT_SHARE / 100 / workers as u64;
    Ok(DefragmentConfig {
        max_datagrams: MAX_DATAGRAMS,
        max_bytes: usize::try_from(share).unwrap_or(usize::MAX),
        timeout_s: options.defragment.timeout_s,
        policy,
        ..DefragmentConfig::default()
    })
}
