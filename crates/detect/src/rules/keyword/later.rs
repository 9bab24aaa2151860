//! Keywords that are known and not there yet: rules with them are told and left out.

use super::{Applies, Effect, Keyword, keyword};

type Entry = (&'static str, Applies, &'static str);

/// All of them as keywords.
pub(super) fn keywords() -> impl Iterator<Item = Keyword> {
    let families = [HTTP, NAMES, MAIL, FILES, WINDOWS, INDUSTRY, ENGINE];
    let entries = families.into_iter().flatten();
    entries.map(|&(name, applies, summary)| keyword(name, applies, summary, Effect::Later))
}

const HTTP: &[Entry] = &[
    ("http.uri", Applies::Buffer, "The request's normalised URI."),
    (
        "http.uri.raw",
        Applies::Buffer,
        "The request's URI as sent.",
    ),
    ("http.method", Applies::Buffer, "The request's method."),
    (
        "http.protocol",
        Applies::Buffer,
        "The protocol version of the request or response line.",
    ),
    (
        "http.request_line",
        Applies::Buffer,
        "The whole request line.",
    ),
    (
        "http.response_line",
        Applies::Buffer,
        "The whole status line.",
    ),
    ("http.header", Applies::Buffer, "The normalised headers."),
    ("http.header.raw", Applies::Buffer, "The headers as sent."),
    (
        "http.header_names",
        Applies::Buffer,
        "The names of the headers, in order.",
    ),
    (
        "http.request_header",
        Applies::Buffer,
        "One request header with its value, each in turn.",
    ),
    (
        "http.response_header",
        Applies::Buffer,
        "One response header with its value, each in turn.",
    ),
    ("http.cookie", Applies::Buffer, "The cookie header's value."),
    (
        "http.user_agent",
        Applies::Buffer,
        "The user agent header's value.",
    ),
    ("http.host", Applies::Buffer, "The normalised host name."),
    ("http.host.raw", Applies::Buffer, "The host name as sent."),
    ("http.accept", Applies::Buffer, "The accept header's value."),
    (
        "http.accept_enc",
        Applies::Buffer,
        "The accept-encoding header's value.",
    ),
    (
        "http.accept_lang",
        Applies::Buffer,
        "The accept-language header's value.",
    ),
    (
        "http.referer",
        Applies::Buffer,
        "The referer header's value.",
    ),
    (
        "http.connection",
        Applies::Buffer,
        "The connection header's value.",
    ),
    (
        "http.content_type",
        Applies::Buffer,
        "The content type's value.",
    ),
    (
        "http.content_len",
        Applies::Buffer,
        "The content length's value as text.",
    ),
    (
        "http.start",
        Applies::Buffer,
        "The first line and the header names.",
    ),
    ("http.stat_code", Applies::Buffer, "The status code."),
    ("http.stat_msg", Applies::Buffer, "The status message."),
    ("http.request_body", Applies::Buffer, "The request's body."),
    (
        "http.response_body",
        Applies::Buffer,
        "The response's body.",
    ),
    (
        "http.location",
        Applies::Buffer,
        "The location header's value.",
    ),
    ("http.server", Applies::Buffer, "The server header's value."),
    (
        "http_uri",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_raw_uri",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_method",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_protocol",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_request_line",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_response_line",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_header",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_raw_header",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_header_names",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_cookie",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_user_agent",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_host",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_raw_host",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_accept",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_accept_enc",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_accept_lang",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_referer",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_connection",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_content_type",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_content_len",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_start",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_stat_code",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_stat_msg",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_client_body",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "http_server_body",
        Applies::Buffer,
        "The older spelling of the HTTP buffer, written after its content.",
    ),
    (
        "urilen",
        Applies::Application,
        "The length of the normalised URI.",
    ),
    (
        "uricontent",
        Applies::Application,
        "The older spelling of a content in the URI.",
    ),
    (
        "http2.frametype",
        Applies::Application,
        "The kind of an HTTP/2 frame.",
    ),
    (
        "http2.errorcode",
        Applies::Application,
        "The error code of an HTTP/2 reset or goodbye.",
    ),
    (
        "http2.priority",
        Applies::Application,
        "The weight of an HTTP/2 priority frame.",
    ),
    (
        "http2.window",
        Applies::Application,
        "The increment of an HTTP/2 window update.",
    ),
    (
        "http2.size_update",
        Applies::Application,
        "The size of an HTTP/2 dynamic table update.",
    ),
    (
        "http2.settings",
        Applies::Application,
        "A setting of an HTTP/2 settings frame.",
    ),
    (
        "http2.header_name",
        Applies::Application,
        "The name of an HTTP/2 header.",
    ),
    ("http2.header", Applies::Application, "An HTTP/2 header."),
];

const NAMES: &[Entry] = &[
    ("dns.query", Applies::Buffer, "A name that is asked for."),
    (
        "dns_query",
        Applies::Buffer,
        "The older spelling of dns.query.",
    ),
    (
        "dns.queries.rrname",
        Applies::Buffer,
        "A name in the question section.",
    ),
    (
        "dns.answers.rrname",
        Applies::Buffer,
        "A name in the answer section.",
    ),
    (
        "dns.authorities.rrname",
        Applies::Buffer,
        "A name in the authority section.",
    ),
    (
        "dns.additionals.rrname",
        Applies::Buffer,
        "A name in the additional section.",
    ),
    (
        "dns.response.rrname",
        Applies::Buffer,
        "A name in any section of a response.",
    ),
    (
        "mdns.queries.rrname",
        Applies::Buffer,
        "A name that is asked for by multicast.",
    ),
    (
        "mdns.answers.rrname",
        Applies::Buffer,
        "A name in a multicast answer.",
    ),
    (
        "mdns.authorities.rrname",
        Applies::Buffer,
        "A name in a multicast authority section.",
    ),
    (
        "mdns.additionals.rrname",
        Applies::Buffer,
        "A name in a multicast additional section.",
    ),
    (
        "mdns.response.rrname",
        Applies::Buffer,
        "A name in any section of a multicast response.",
    ),
    (
        "tls.sni",
        Applies::Buffer,
        "The server name of a client hello.",
    ),
    ("tls_sni", Applies::Buffer, "The older spelling of tls.sni."),
    (
        "tls.certs",
        Applies::Buffer,
        "A certificate of the chain, as sent.",
    ),
    (
        "tls.cert_subject",
        Applies::Buffer,
        "The subject of the certificate.",
    ),
    (
        "tls_cert_subject",
        Applies::Buffer,
        "The older spelling of tls.cert_subject.",
    ),
    (
        "tls.cert_issuer",
        Applies::Buffer,
        "The issuer of the certificate.",
    ),
    (
        "tls_cert_issuer",
        Applies::Buffer,
        "The older spelling of tls.cert_issuer.",
    ),
    (
        "tls.cert_serial",
        Applies::Buffer,
        "The serial number of the certificate.",
    ),
    (
        "tls_cert_serial",
        Applies::Buffer,
        "The older spelling of tls.cert_serial.",
    ),
    (
        "tls.cert_fingerprint",
        Applies::Buffer,
        "The SHA-1 fingerprint of the certificate.",
    ),
    (
        "tls_cert_fingerprint",
        Applies::Buffer,
        "The older spelling of tls.cert_fingerprint.",
    ),
    (
        "tls.subjectaltname",
        Applies::Buffer,
        "An alternative name of the certificate.",
    ),
    (
        "tls.random",
        Applies::Buffer,
        "The random bytes of a hello.",
    ),
    (
        "tls.random_time",
        Applies::Buffer,
        "The first four random bytes of a hello.",
    ),
    (
        "tls.random_bytes",
        Applies::Buffer,
        "The last 28 random bytes of a hello.",
    ),
    (
        "tls.alpn",
        Applies::Buffer,
        "An application protocol offered in a hello.",
    ),
    (
        "ja3.hash",
        Applies::Buffer,
        "The JA3 fingerprint of a client hello.",
    ),
    (
        "ja3_hash",
        Applies::Buffer,
        "The older spelling of ja3.hash.",
    ),
    ("ja3.string", Applies::Buffer, "The text that JA3 hashes."),
    (
        "ja3_string",
        Applies::Buffer,
        "The older spelling of ja3.string.",
    ),
    (
        "ja3s.hash",
        Applies::Buffer,
        "The JA3S fingerprint of a server hello.",
    ),
    ("ja3s.string", Applies::Buffer, "The text that JA3S hashes."),
    (
        "ja4.hash",
        Applies::Buffer,
        "The JA4 fingerprint of a client hello.",
    ),
    (
        "quic.sni",
        Applies::Buffer,
        "The server name of a QUIC client hello.",
    ),
    (
        "quic.ua",
        Applies::Buffer,
        "The user agent of a QUIC hello.",
    ),
    ("quic.version", Applies::Buffer, "The QUIC version."),
    (
        "quic.cyu.hash",
        Applies::Buffer,
        "The CYU fingerprint of a QUIC hello.",
    ),
    (
        "quic.cyu.string",
        Applies::Buffer,
        "The text that CYU hashes.",
    ),
    (
        "ssh.proto",
        Applies::Buffer,
        "The protocol version of an SSH greeting.",
    ),
    (
        "ssh_proto",
        Applies::Buffer,
        "The older spelling of ssh.proto.",
    ),
    (
        "ssh.software",
        Applies::Buffer,
        "The software of an SSH greeting.",
    ),
    (
        "ssh_software",
        Applies::Buffer,
        "The older spelling of ssh.software.",
    ),
    (
        "ssh.hassh",
        Applies::Buffer,
        "The HASSH fingerprint of a client.",
    ),
    (
        "ssh.hassh.string",
        Applies::Buffer,
        "The text that HASSH hashes.",
    ),
    (
        "ssh.hassh.server",
        Applies::Buffer,
        "The HASSH fingerprint of a server.",
    ),
    (
        "ssh.hassh.server.string",
        Applies::Buffer,
        "The text that the server's HASSH hashes.",
    ),
    (
        "dns.opcode",
        Applies::Application,
        "The operation of a DNS message.",
    ),
    (
        "dns.rcode",
        Applies::Application,
        "The response code of a DNS message.",
    ),
    (
        "dns.rrtype",
        Applies::Application,
        "A record type in a DNS message.",
    ),
    (
        "tls.version",
        Applies::Application,
        "The version a TLS session agreed on.",
    ),
    (
        "tls.issuerdn",
        Applies::Application,
        "The older test of a certificate's issuer.",
    ),
    (
        "tls.subject",
        Applies::Application,
        "The older test of a certificate's subject.",
    ),
    (
        "tls.fingerprint",
        Applies::Application,
        "The older test of a certificate's fingerprint.",
    ),
    ("tls.store", Applies::Application, "Keeps the certificate."),
    (
        "tls_store",
        Applies::Application,
        "The older spelling of tls.store.",
    ),
    (
        "tls_cert_notbefore",
        Applies::Application,
        "When the certificate becomes valid.",
    ),
    (
        "tls_cert_notafter",
        Applies::Application,
        "When the certificate expires.",
    ),
    (
        "tls_cert_expired",
        Applies::Application,
        "The certificate has expired.",
    ),
    (
        "tls_cert_valid",
        Applies::Application,
        "The certificate is within its time.",
    ),
    (
        "tls.cert_chain_len",
        Applies::Application,
        "How many certificates were sent.",
    ),
    (
        "ssl_version",
        Applies::Application,
        "The version of TLS records.",
    ),
    (
        "ssl_state",
        Applies::Application,
        "The state of a TLS session.",
    ),
    (
        "ssh.protoversion",
        Applies::Application,
        "The older test of an SSH protocol version.",
    ),
    (
        "ssh.softwareversion",
        Applies::Application,
        "The older test of an SSH software.",
    ),
];

const MAIL: &[Entry] = &[
    (
        "smtp.helo",
        Applies::Buffer,
        "The name a mail client greets with.",
    ),
    ("smtp.mail_from", Applies::Buffer, "The envelope's sender."),
    ("smtp.rcpt_to", Applies::Buffer, "An envelope's recipient."),
    ("email.from", Applies::Buffer, "The sender header."),
    ("email.to", Applies::Buffer, "The recipient header."),
    ("email.cc", Applies::Buffer, "The copy header."),
    ("email.subject", Applies::Buffer, "The subject header."),
    ("email.date", Applies::Buffer, "The date header."),
    (
        "email.message_id",
        Applies::Buffer,
        "The message identifier.",
    ),
    ("email.x_mailer", Applies::Buffer, "The mailer header."),
    ("email.url", Applies::Buffer, "A link in the message."),
    ("email.received", Applies::Buffer, "A received header."),
    (
        "ftp.command",
        Applies::Buffer,
        "The command of an FTP client.",
    ),
    (
        "ftp.command_data",
        Applies::Buffer,
        "What follows an FTP command.",
    ),
    ("ftp.reply", Applies::Buffer, "The text of an FTP reply."),
    (
        "ftp.completion_code",
        Applies::Buffer,
        "The code of an FTP reply.",
    ),
    (
        "sip.method",
        Applies::Buffer,
        "The method of a SIP request.",
    ),
    ("sip.uri", Applies::Buffer, "The address of a SIP request."),
    (
        "sip.protocol",
        Applies::Buffer,
        "The version of a SIP message.",
    ),
    (
        "sip.stat_code",
        Applies::Buffer,
        "The code of a SIP response.",
    ),
    (
        "sip.stat_msg",
        Applies::Buffer,
        "The text of a SIP response.",
    ),
    (
        "sip.request_line",
        Applies::Buffer,
        "The whole SIP request line.",
    ),
    (
        "sip.response_line",
        Applies::Buffer,
        "The whole SIP status line.",
    ),
    ("sip.from", Applies::Buffer, "The From header."),
    ("sip.to", Applies::Buffer, "The To header."),
    ("sip.via", Applies::Buffer, "A Via header."),
    ("sip.user_agent", Applies::Buffer, "The User-Agent header."),
    (
        "sip.content_type",
        Applies::Buffer,
        "The Content-Type header.",
    ),
    (
        "sip.content_length",
        Applies::Buffer,
        "The Content-Length header.",
    ),
    (
        "sdp.session_name",
        Applies::Buffer,
        "The name of an SDP session.",
    ),
    (
        "sdp.origin",
        Applies::Buffer,
        "The origin of an SDP session.",
    ),
    ("sdp.connection_data", Applies::Buffer, "An SDP connection."),
    ("sdp.media.media", Applies::Buffer, "An SDP medium."),
    ("pgsql.query", Applies::Buffer, "A PostgreSQL query."),
    (
        "ldap.request.dn",
        Applies::Buffer,
        "The name an LDAP request is about.",
    ),
    (
        "ldap.responses.dn",
        Applies::Buffer,
        "A name in an LDAP response.",
    ),
    (
        "ldap.responses.message",
        Applies::Buffer,
        "The message of an LDAP response.",
    ),
    (
        "ldap.request.attribute_type",
        Applies::Buffer,
        "An attribute in an LDAP request.",
    ),
    (
        "ldap.responses.attribute_type",
        Applies::Buffer,
        "An attribute in an LDAP response.",
    ),
    (
        "ftpbounce",
        Applies::Application,
        "An FTP PORT command that names another host.",
    ),
    (
        "ftpdata_command",
        Applies::Application,
        "The FTP command a data connection is for.",
    ),
    (
        "ftp.dynamic_port",
        Applies::Application,
        "The port an FTP data connection was agreed on.",
    ),
    (
        "ftp.mode",
        Applies::Application,
        "Whether FTP is active or passive.",
    ),
    (
        "ftp.reply_received",
        Applies::Application,
        "Whether an FTP command was answered.",
    ),
    (
        "ldap.request.operation",
        Applies::Application,
        "The operation of an LDAP request.",
    ),
    (
        "ldap.responses.operation",
        Applies::Application,
        "The operation of an LDAP response.",
    ),
    (
        "ldap.responses.count",
        Applies::Application,
        "How many LDAP responses there are.",
    ),
    (
        "ldap.responses.result_code",
        Applies::Application,
        "The result of an LDAP operation.",
    ),
];

const FILES: &[Entry] = &[
    ("filename", Applies::File, "The name of a file."),
    ("fileext", Applies::File, "The extension of a file's name."),
    (
        "filemagic",
        Applies::File,
        "What a file's first bytes say it is.",
    ),
    ("filemd5", Applies::File, "The MD5 of a file is in a list."),
    (
        "filesha1",
        Applies::File,
        "The SHA-1 of a file is in a list.",
    ),
    (
        "filesha256",
        Applies::File,
        "The SHA-256 of a file is in a list.",
    ),
    ("filesize", Applies::File, "The size of a file."),
    ("filestore", Applies::File, "Keeps the file."),
    (
        "file.data",
        Applies::Buffer,
        "The content of a file or body.",
    ),
    (
        "file_data",
        Applies::Buffer,
        "The older spelling of file.data.",
    ),
    ("file.name", Applies::Buffer, "The name of a file."),
    (
        "file.magic",
        Applies::Buffer,
        "What a file's first bytes say it is.",
    ),
];

const WINDOWS: &[Entry] = &[
    (
        "smb.named_pipe",
        Applies::Buffer,
        "The named pipe of an SMB request.",
    ),
    (
        "smb_named_pipe",
        Applies::Buffer,
        "The older spelling of smb.named_pipe.",
    ),
    ("smb.share", Applies::Buffer, "The share of an SMB request."),
    (
        "smb_share",
        Applies::Buffer,
        "The older spelling of smb.share.",
    ),
    (
        "smb.ntlmssp_user",
        Applies::Buffer,
        "The user of an NTLM login.",
    ),
    (
        "smb.ntlmssp_domain",
        Applies::Buffer,
        "The domain of an NTLM login.",
    ),
    (
        "dcerpc.stub_data",
        Applies::Buffer,
        "The arguments of a remote procedure call.",
    ),
    (
        "dce_stub_data",
        Applies::Buffer,
        "The older spelling of dcerpc.stub_data.",
    ),
    ("krb5.cname", Applies::Buffer, "A client name of Kerberos."),
    (
        "krb5_cname",
        Applies::Buffer,
        "The older spelling of krb5.cname.",
    ),
    ("krb5.sname", Applies::Buffer, "A service name of Kerberos."),
    (
        "krb5_sname",
        Applies::Buffer,
        "The older spelling of krb5.sname.",
    ),
    (
        "snmp.community",
        Applies::Buffer,
        "The community of an SNMP message.",
    ),
    ("snmp.usm", Applies::Buffer, "The user of an SNMP message."),
    ("rfb.name", Applies::Buffer, "The name of a remote desktop."),
    ("smb.version", Applies::Application, "The version of SMB."),
    (
        "dcerpc.iface",
        Applies::Application,
        "The interface a remote procedure call is bound to.",
    ),
    (
        "dce_iface",
        Applies::Application,
        "The older spelling of dcerpc.iface.",
    ),
    (
        "dcerpc.opnum",
        Applies::Application,
        "The number of a remote procedure.",
    ),
    (
        "dce_opnum",
        Applies::Application,
        "The older spelling of dcerpc.opnum.",
    ),
    (
        "krb5_msg_type",
        Applies::Application,
        "The kind of a Kerberos message.",
    ),
    (
        "krb5_err_code",
        Applies::Application,
        "The error of a Kerberos message.",
    ),
    (
        "krb5.weak_encryption",
        Applies::Application,
        "A weak Kerberos cipher.",
    ),
    (
        "krb5.ticket_encryption",
        Applies::Application,
        "The cipher of a Kerberos ticket.",
    ),
    ("nfs_procedure", Applies::Application, "The NFS procedure."),
    ("nfs.version", Applies::Application, "The NFS version."),
    (
        "nfs_version",
        Applies::Application,
        "The older spelling of nfs.version.",
    ),
    ("rpc", Applies::Application, "A call of Sun RPC."),
    ("snmp.version", Applies::Application, "The SNMP version."),
    (
        "snmp.pdu_type",
        Applies::Application,
        "The kind of an SNMP message.",
    ),
    (
        "rfb.secresult",
        Applies::Application,
        "The result of a remote desktop login.",
    ),
    (
        "rfb.sectype",
        Applies::Application,
        "How a remote desktop authenticates.",
    ),
    (
        "dhcp.leasetime",
        Applies::Application,
        "The lease a DHCP server gives.",
    ),
    (
        "dhcp.rebinding_time",
        Applies::Application,
        "When a DHCP client looks for another server.",
    ),
    (
        "dhcp.renewal_time",
        Applies::Application,
        "When a DHCP client renews.",
    ),
    ("ntp.version", Applies::Application, "The NTP version."),
    ("ntp.stratum", Applies::Application, "The NTP stratum."),
    ("ntp.mode", Applies::Application, "The NTP mode."),
    (
        "websocket.opcode",
        Applies::Application,
        "The kind of a WebSocket message.",
    ),
    (
        "websocket.mask",
        Applies::Application,
        "The mask of a WebSocket message.",
    ),
    (
        "websocket.flags",
        Applies::Application,
        "The flags of a WebSocket message.",
    ),
    (
        "ntp.reference_id",
        Applies::Buffer,
        "The NTP reference identifier.",
    ),
    (
        "websocket.payload",
        Applies::Buffer,
        "The unmasked payload of a WebSocket message.",
    ),
    (
        "ike.init_spi",
        Applies::Buffer,
        "The initiator's index of an IKE exchange.",
    ),
    (
        "ike.resp_spi",
        Applies::Buffer,
        "The responder's index of an IKE exchange.",
    ),
    (
        "ike.vendor",
        Applies::Buffer,
        "A vendor identifier of an IKE exchange.",
    ),
    (
        "ike.key_exchange_payload",
        Applies::Buffer,
        "The key exchange of an IKE message.",
    ),
    (
        "ike.nonce_payload",
        Applies::Buffer,
        "The nonce of an IKE message.",
    ),
    (
        "ike.exchtype",
        Applies::Application,
        "The kind of an IKE exchange.",
    ),
    (
        "ike.chosen_sa_attribute",
        Applies::Application,
        "An attribute of the chosen IKE proposal.",
    ),
    (
        "ike.key_exchange_payload_length",
        Applies::Application,
        "The length of an IKE key exchange.",
    ),
    (
        "ike.nonce_payload_length",
        Applies::Application,
        "The length of an IKE nonce.",
    ),
];

const INDUSTRY: &[Entry] = &[
    (
        "mqtt.type",
        Applies::Application,
        "The named field of an MQTT message.",
    ),
    (
        "mqtt.flags",
        Applies::Application,
        "The named field of an MQTT message.",
    ),
    (
        "mqtt.qos",
        Applies::Application,
        "The named field of an MQTT message.",
    ),
    (
        "mqtt.reason_code",
        Applies::Application,
        "The named field of an MQTT message.",
    ),
    (
        "mqtt.protocol_version",
        Applies::Application,
        "The named field of an MQTT message.",
    ),
    (
        "mqtt.connack.session_present",
        Applies::Application,
        "The named field of an MQTT message.",
    ),
    (
        "mqtt.connect.flags",
        Applies::Application,
        "The named field of an MQTT message.",
    ),
    (
        "mqtt.connect.clientid",
        Applies::Buffer,
        "The named bytes of an MQTT message.",
    ),
    (
        "mqtt.connect.password",
        Applies::Buffer,
        "The named bytes of an MQTT message.",
    ),
    (
        "mqtt.connect.protocol_string",
        Applies::Buffer,
        "The named bytes of an MQTT message.",
    ),
    (
        "mqtt.connect.username",
        Applies::Buffer,
        "The named bytes of an MQTT message.",
    ),
    (
        "mqtt.connect.willmessage",
        Applies::Buffer,
        "The named bytes of an MQTT message.",
    ),
    (
        "mqtt.connect.willtopic",
        Applies::Buffer,
        "The named bytes of an MQTT message.",
    ),
    (
        "mqtt.publish.message",
        Applies::Buffer,
        "The named bytes of an MQTT message.",
    ),
    (
        "mqtt.publish.topic",
        Applies::Buffer,
        "The named bytes of an MQTT message.",
    ),
    (
        "mqtt.subscribe.topic",
        Applies::Buffer,
        "The named bytes of an MQTT message.",
    ),
    (
        "mqtt.unsubscribe.topic",
        Applies::Buffer,
        "The named bytes of an MQTT message.",
    ),
    (
        "modbus",
        Applies::Application,
        "A Modbus function, access or unit.",
    ),
    (
        "dnp3_func",
        Applies::Application,
        "The function of a DNP3 message.",
    ),
    (
        "dnp3_ind",
        Applies::Application,
        "The indications of a DNP3 response.",
    ),
    (
        "dnp3_obj",
        Applies::Application,
        "An object of a DNP3 message.",
    ),
    (
        "cip_service",
        Applies::Application,
        "The CIP service of an EtherNet/IP message.",
    ),
    (
        "enip_command",
        Applies::Application,
        "The command of an EtherNet/IP message.",
    ),
    (
        "enip.command",
        Applies::Application,
        "The command of an EtherNet/IP message.",
    ),
    (
        "enip.status",
        Applies::Application,
        "The named field of an EtherNet/IP message.",
    ),
    (
        "enip.protocol_version",
        Applies::Application,
        "The named field of an EtherNet/IP message.",
    ),
    (
        "enip.revision",
        Applies::Application,
        "The named field of an EtherNet/IP message.",
    ),
    (
        "enip.identity_status",
        Applies::Application,
        "The named field of an EtherNet/IP message.",
    ),
    (
        "enip.state",
        Applies::Application,
        "The named field of an EtherNet/IP message.",
    ),
    (
        "enip.serial",
        Applies::Application,
        "The named field of an EtherNet/IP message.",
    ),
    (
        "enip.product_code",
        Applies::Application,
        "The named field of an EtherNet/IP message.",
    ),
    (
        "enip.device_type",
        Applies::Application,
        "The named field of an EtherNet/IP message.",
    ),
    (
        "enip.vendor_id",
        Applies::Application,
        "The named field of an EtherNet/IP message.",
    ),
    (
        "enip.cip_class",
        Applies::Application,
        "The named field of an EtherNet/IP message.",
    ),
    (
        "enip.cip_attribute",
        Applies::Application,
        "The named field of an EtherNet/IP message.",
    ),
    (
        "enip.cip_instance",
        Applies::Application,
        "The named field of an EtherNet/IP message.",
    ),
    (
        "enip.cip_status",
        Applies::Application,
        "The named field of an EtherNet/IP message.",
    ),
    (
        "enip.cip_extendedstatus",
        Applies::Application,
        "The named field of an EtherNet/IP message.",
    ),
    (
        "enip.capabilities",
        Applies::Application,
        "The named field of an EtherNet/IP message.",
    ),
    ("dnp3_data", Applies::Buffer, "The data of a DNP3 message."),
    ("dnp3.data", Applies::Buffer, "The data of a DNP3 message."),
    (
        "enip.product_name",
        Applies::Buffer,
        "The product name of an EtherNet/IP device.",
    ),
    (
        "enip.service_name",
        Applies::Buffer,
        "The service name of an EtherNet/IP device.",
    ),
    (
        "template.buffer",
        Applies::Buffer,
        "The buffer of the template protocol.",
    ),
];

const ENGINE: &[Entry] = &[
    (
        "dotprefix",
        Applies::Buffer,
        "Puts a dot before the buffer, for domain matching.",
    ),
    (
        "strip_whitespace",
        Applies::Buffer,
        "Leaves blanks out of the buffer.",
    ),
    (
        "compress_whitespace",
        Applies::Buffer,
        "Joins runs of blanks of the buffer.",
    ),
    (
        "to_lowercase",
        Applies::Buffer,
        "Turns the buffer to lower case.",
    ),
    (
        "to_uppercase",
        Applies::Buffer,
        "Turns the buffer to upper case.",
    ),
    (
        "header_lowercase",
        Applies::Buffer,
        "Turns header names to lower case.",
    ),
    ("to_md5", Applies::Buffer, "The MD5 of the buffer."),
    ("to_sha1", Applies::Buffer, "The SHA-1 of the buffer."),
    ("to_sha256", Applies::Buffer, "The SHA-256 of the buffer."),
    (
        "url_decode",
        Applies::Buffer,
        "Decodes percent signs of the buffer.",
    ),
    ("xor", Applies::Buffer, "Decodes the buffer with a key."),
    (
        "pcrexform",
        Applies::Buffer,
        "The part of the buffer that a pattern captures.",
    ),
    (
        "from_base64",
        Applies::Buffer,
        "Decodes base64 of the buffer.",
    ),
    (
        "strip_pseudo_headers",
        Applies::Buffer,
        "Leaves HTTP/2 pseudo headers out.",
    ),
    (
        "casechange",
        Applies::Buffer,
        "Changes the case of the buffer.",
    ),
    (
        "luaxform",
        Applies::Buffer,
        "Lets a script change the buffer.",
    ),
    ("gunzip", Applies::Buffer, "Decompresses the buffer."),
    ("zlib_deflate", Applies::Buffer, "Decompresses the buffer."),
    (
        "domain",
        Applies::Buffer,
        "The registered domain of the buffer's name.",
    ),
    (
        "tld",
        Applies::Buffer,
        "The top-level domain of the buffer's name.",
    ),
    (
        "base64_data",
        Applies::Buffer,
        "The bytes that base64_decode gave.",
    ),
    ("frame", Applies::Buffer, "A protocol unit of the stream."),
    (
        "base64_decode",
        Applies::Bytes,
        "Decodes base64 bytes for base64_data.",
    ),
    ("absent", Applies::Bytes, "The buffer is not there."),
    ("dataset", Applies::Bytes, "The buffer is in a set."),
    ("datarep", Applies::Bytes, "The buffer has a reputation."),
    ("entropy", Applies::Bytes, "How random the buffer is."),
    ("lua", Applies::Bytes, "A script that decides."),
    ("luajit", Applies::Bytes, "The older spelling of lua."),
    (
        "replace",
        Applies::Bytes,
        "Bytes an inline tool would put in the content's place.",
    ),
    ("asn1", Applies::Bytes, "Faults of ASN.1 in the bytes."),
    (
        "byte_replace",
        Applies::Bytes,
        "Bytes an inline tool would change.",
    ),
    (
        "app-layer-event",
        Applies::Flow,
        "An anomaly of an application protocol.",
    ),
    (
        "app-layer-state",
        Applies::Flow,
        "How far a transaction has come.",
    ),
    ("stream-event", Applies::Flow, "An anomaly of a TCP stream."),
    (
        "stream_size",
        Applies::Flow,
        "How many bytes a side has sent.",
    ),
    ("flow.age", Applies::Flow, "How long the flow has lasted."),
    ("flow.bytes", Applies::Flow, "How many bytes the flow has."),
    ("flow.pkts", Applies::Flow, "How many packets the flow has."),
    ("flow.bytes_toclient", Applies::Flow, "Bytes to the client."),
    ("flow.bytes_toserver", Applies::Flow, "Bytes to the server."),
    (
        "flow.pkts_toclient",
        Applies::Flow,
        "Packets to the client.",
    ),
    (
        "flow.pkts_toserver",
        Applies::Flow,
        "Packets to the server.",
    ),
    (
        "flow.elephant",
        Applies::Flow,
        "Whether the flow is a large one.",
    ),
    ("bypass", Applies::Flow, "Stops looking at the flow."),
    (
        "engine-event",
        Applies::Flow,
        "The older spelling of decode-event.",
    ),
    (
        "config",
        Applies::Flow,
        "Changes logging of the transaction.",
    ),
    (
        "xlink2state",
        Applies::Flow,
        "An old test of a mail command.",
    ),
    ("iprep", Applies::Host, "The reputation of an address."),
    ("geoip", Applies::Host, "The country of an address."),
    ("ip.src", Applies::Buffer, "The source address as bytes."),
    (
        "ip.dst",
        Applies::Buffer,
        "The destination address as bytes.",
    ),
    ("ether.hdr", Applies::Buffer, "The Ethernet header."),
    ("vlan.hdr", Applies::Buffer, "The VLAN tags."),
    (
        "ipv4-csum",
        Applies::Packet,
        "Whether the IPv4 checksum is right.",
    ),
    (
        "tcpv4-csum",
        Applies::Packet,
        "Whether the TCP over IPv4 checksum is right.",
    ),
    (
        "tcpv6-csum",
        Applies::Packet,
        "Whether the TCP over IPv6 checksum is right.",
    ),
    (
        "udpv4-csum",
        Applies::Packet,
        "Whether the UDP over IPv4 checksum is right.",
    ),
    (
        "udpv6-csum",
        Applies::Packet,
        "Whether the UDP over IPv6 checksum is right.",
    ),
    (
        "icmpv4-csum",
        Applies::Packet,
        "Whether the ICMP checksum is right.",
    ),
    (
        "icmpv6-csum",
        Applies::Packet,
        "Whether the ICMPv6 checksum is right.",
    ),
    (
        "tcp.wscale",
        Applies::Packet,
        "The TCP window scale option.",
    ),
    (
        "icmpv6.mtu",
        Applies::Packet,
        "The size an ICMPv6 packet-too-big gives.",
    ),
    (
        "icmpv6-mtu",
        Applies::Packet,
        "The older spelling of icmpv6.mtu.",
    ),
    ("vlan.id", Applies::Packet, "A VLAN identifier."),
    (
        "vlan.layers",
        Applies::Packet,
        "How many VLAN tags there are.",
    ),
    ("l3_proto", Applies::Packet, "The network protocol."),
    ("igmp.type", Applies::Packet, "The IGMP type."),
    ("tcp.urgp", Applies::Packet, "The TCP urgent pointer."),
];
