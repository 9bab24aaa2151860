"""Write `crates/detect/src/ports/services/table.rs` from the list below.

The entries are facts of the IANA Service Name and Transport Protocol Port Number Registry
(public domain, CC0), chosen by hand: what servers are met with in practice, the low ports
first. A few ports that the registry gives to something forgotten, or to nobody, have the
name of what everybody runs there. `--check` fails when the file is stale.
"""

from __future__ import annotations

import sys
from pathlib import Path

TABLE = Path(__file__).parent.parent / "crates/detect/src/ports/services/table.rs"

# port, or first-last; then t (TCP), u (UDP) or b (both); then the registered name.
SERVICES = """
1 t tcpmux|7 b echo|9 b discard|11 t systat|13 b daytime|17 b qotd|18 b msp|19 b chargen|20 t ftp-data|21 t ftp
22 t ssh|23 t telnet|25 t smtp|37 b time|42 b nameserver|43 t whois|49 b tacacs|50 b re-mail-ck|53 b domain|67 u bootps
68 u bootpc|69 u tftp|70 t gopher|79 t finger|80 b http|82 t xfer|83 t mit-ml-dev|88 b kerberos|101 t hostname
102 t iso-tsap|104 t acr-nema|105 t csnet-ns|107 t rtelnet|109 t pop2|110 t pop3|111 b sunrpc|113 t ident|115 t sftp
117 t uucp-path|118 t sqlserv|119 t nntp|123 u ntp|135 b epmap|137 b netbios-ns|138 u netbios-dgm|139 t netbios-ssn
143 t imap|152 t bftp|153 u sgmp|156 t sqlsrv|158 t pcmail-srv|161 b snmp|162 b snmptrap|163 b cmip-man|164 b cmip-agent
170 t print-srv|174 t mailq|177 u xdmcp|179 t bgp|194 t irc|199 b smux|201 b at-rtmp|209 t qmtp|210 t z39-50|213 b ipx
218 t mpp|220 t imap3|259 t esro-gen|264 t bgmp|270 u gist|280 t http-mgmt|308 t novastorbakcup|311 t asip-webadmin
318 b pkix-timestamp|319 u ptp-event|320 u ptp-general|350 b matip-type-a|351 b matip-type-b|366 t odmr|369 b rpc2portmap
370 b codaauth2|371 b clearcase|383 b hp-alarm-mgr|384 t arns|387 b aurp|389 b ldap|399 t iso-tsap-c2|401 b ups
427 b svrloc|433 t nnsp|434 u mobileip-agent|443 b https|444 t snpp|445 b microsoft-ds|446 t ddm-rdb|447 t ddm-dfm
448 t ddm-ssl|464 b kpasswd|465 t submissions|475 t tcpnethaspsrv|487 b saft|491 t go-login|497 b retrospect|500 u isakmp
502 b mbap|504 t citadel|510 t fcp|512 t exec|513 t login|514 t shell|514 u syslog|515 t printer|517 u talk|518 u ntalk
520 u router|521 u ripng|524 b ncp|525 u timed|530 t courier|532 t netnews|533 u netwall|540 t uucp|543 t klogin
544 t kshell|546 u dhcpv6-client|547 u dhcpv6-server|548 t afpovertcp|554 b rtsp|556 t remotefs|560 u rmonitor
561 u monitor|563 t nntps|564 t 9pfs|587 t submission|591 t http-alt-filemaker|593 t http-rpc-epmap|601 t syslog-conn
604 t tunnel|623 u asf-rmcp|623 t oob-ws-http|625 t dec-dlm|631 b ipp|635 t rlzdbase|636 t ldaps|639 t msdp|641 t repcmd
646 b ldp|647 t dhcp-failover|648 t rrp|651 t ieee-mms|653 t repscmd|654 t aodv|657 t rmc|660 t mac-srvr-admin|666 b doom
674 t acap|688 t realm-rusd|690 t vatp|691 t msexch-routing|694 b ha-cluster|695 t ieee-mms-ssl|698 u olsr|700 t epp
701 t lmp|702 t iris-beep|706 t silc|711 t cisco-tdp|712 t tbrpf|749 b kerberos-adm|750 u kerberos-iv|751 t pump
752 u qrh|753 t rrh|754 t tell|758 t nlogin|759 t con|760 t ns|780 t wpgs|783 t spamassassin|800 t mdbs-daemon|802 b mbap-s
808 t ccproxy-http|828 t itm-mcell-s|830 t netconf-ssh|831 t netconf-beep|832 t netconfsoaphttp|833 t netconfsoapbeep
847 t dhcp-failover2|848 b gdoi|853 b domain-s|860 t iscsi|861 t owamp-control|862 t twamp-control|873 t rsync|886 t iclcnet-locate
888 t accessbuilder|900 t omginitialrefs|901 t smpnameres|902 t ideafarm-door|903 t ideafarm-panic|910 t kink|911 t xact-backup
912 t apex-mesh|913 t apex-edge|953 t rndc|989 t ftps-data|990 t ftps|991 t nas|992 t telnets|993 t imaps|994 t ircs
995 t pop3s|996 t vsinet|997 t maitrd|998 t busboy|999 t garcon|1000 t cadlock2|1010 t surf|1021 b exp1|1022 b exp2
1080 t socks|1085 t webobjects|1093 t proofd|1099 t rmiregistry|1109 t kpop|1110 t nfsd-status|1119 t bnetgame|1153 b c1222-acse|1194 b openvpn
1214 t kazaa|1220 t qt-serveradmin|1234 t search-agent|1241 t nessus|1270 t opsmgr|1293 b ipsec-msft|1311 t rxmon|1344 t icap
1352 t lotusnote|1414 t ibm-mqseries|1415 t dbstar|1433 t ms-sql-s|1434 b ms-sql-m|1494 t ica|1500 t vlsi-lm|1503 t imtc-mcs
1512 b wins|1521 t oracle|1524 t ingreslock|1526 t pdap-np|1533 t virtual-places|1547 t laplink|1550 t 3m-image-lm|1604 u ica-browser
1645 u radius-old|1646 u radacct-old|1677 t groupwise|1701 u l2tp|1719 u h323gatestat|1720 t h323hostcall|1723 t pptp|1741 t cisco-net-mgmt
1755 b ms-streaming|1761 t landesk-rc|1801 b msmq|1812 b radius|1813 b radius-acct|1863 t msnp|1880 t vsat-control|1883 t mqtt
1900 u ssdp|1935 t macromedia-fcs|1967 b sns-quote|1985 u hsrp|1998 t x25-svc-port|2000 t cisco-sccp|2001 t dc|2002 t globe
2010 t search|2048 t dls-monitor|2049 b nfs|2055 u netflow|2068 t avocentkvm|2082 t infowave|2083 t radsec|2086 t gnunet|2087 t eli
2095 t nbx-ser|2096 t nbx-dir|2100 t amiganetfs|2101 t rtcm-sc104|2102 t zephyr-srv|2103 t zephyr-clt|2105 t minipay|2111 t kx
2119 t gsigatekeeper|2121 t scientia-ssdb|2123 u gtp-control|2152 u gtp-user|2181 t eforward|2222 t ethernet-ip-1|2222 u ethernet-ip-1
2223 u rockwell-csp2|2301 t cpq-wbem|2375 t docker|2376 t docker-s|2377 t swarm|2379 t etcd-client|2380 t etcd-server|2381 t compaq-https
2401 t cvspserver|2404 t iec-104|2427 u mgcp-gateway|2455 t wago-io-system|2463 t lsi-raid-mgmt|2483 t ttc|2484 t ttc-ssl
2525 t ms-v-worlds|2535 t madcap|2601 t zebra|2602 t ripd|2604 t ospfd|2605 t bgpd|2628 t dict|2638 t sybaseanywhere|2701 t sms-rcinfo
2575 t hl7|2710 t sso-service|2727 u mgcp-callagent|2775 t smpp|2809 t corbaloc|2811 t gsiftp|2869 t icslap|2883 t ndnp|2944 u megaco-h248|2948 u wap-push|2967 b ssc-agent
3000 t hbci|3001 t origo-native|3020 t cifs|3050 t gds-db|3052 t powerchute|3074 b xbox|3100 t opcon-xps|3128 t ndl-aas|3130 u icpv2
3141 t vmodem|3210 t flamenco-proxy|3225 t fcip|3260 t iscsi-target|3268 t msft-gc|3269 t msft-gc-ssl|3283 b net-assistant|3288 u cops
3299 t pdrncs|3300 t ceph|3306 t mysql|3310 t dyna-access|3333 t dec-notes|3343 u ms-cluster-net|3386 u gprs-data|3389 b ms-wbt-server
3391 b savant|3396 t printer-agent|3455 t prsvp|3478 b stun|3479 b twrpc|3493 t nut|3535 t ms-la|3544 u teredo|3551 t apcupsd
3632 t distcc|3636 t servistaitsm|3659 b apple-sasl|3671 b efcp|3689 t daap|3690 t svn|3702 b ws-discovery|3780 t nnp|3784 u bfd-control
3785 u bfd-echo|3799 u radius-dynauth|3868 t diameter|3872 t oem-agent|3880 t igrs|3946 t backupedge|3955 t p2pcommunity|4000 t terabase
4045 b npp|4050 t cisco-wafs|4070 b tripe|4100 t igo-incognito|4111 t xgrid|4172 b pcoip|4190 t sieve|4200 t vrml-multi-use
4222 t vrml-multi-use2|4224 t xtell|4321 t rwhois|4369 t epmd|4433 t vop|4443 t pharos|4500 u ipsec-nat-t|4505 t salt-publish
4506 t salt-request|4559 t hylafax|4569 u iax|4664 t rimf-ps|4672 b rfa|4711 t trinity-dist|4712 b synchrophasor|4730 t gearman|4739 b ipfix|4740 b ipfixs
4786 t smart-install|4789 u vxlan|4840 b opcua-tcp|4848 t appserv-http|4899 t radmin-port|4949 t munin|5000 t commplex-main
5001 b commplex-link|5002 t rfe|5003 t fmpro-internal|5004 u avt-profile-1|5005 u avt-profile-2|5007 t wsm-server-ssl|5009 t winfs
5010 t telelpathstart|5033 t jtnetd-server|5037 t adb-server|5050 t mmcc|5051 t ita-agent|5060 b sip|5061 b sips|5080 t onscreen
5093 b sentinel-lm|5094 b hart-ip|5101 t talarian-tcp|5151 t esri-sde|5190 t aol|5201 b targus-getdata1|5222 t xmpp-client|5223 t hpvirtgrp
5228 t hpvroom|5229 t jaxflow|5230 t jaxflow-data|5246 u capwap-control|5247 u capwap-data|5269 t xmpp-server|5280 t xmpp-bosh|5298 b presence
5349 b stuns|5351 u nat-pmp|5353 u mdns|5355 b llmnr|5357 t wsdapi|5358 t wsdapi-s|5405 u netsupport|5432 t postgresql|5433 t pyrrho
5445 t smbdirect|5450 t tiepie|5500 t fcp-addr-srvr1|5520 t sdlog|5550 t cbus|5555 t personal-agent|5556 t freeciv|5566 t westec-connect
5601 t esmagent|5631 t pcanywheredata|5632 u pcanywherestat|5666 t nrpe|5667 t nsca|5671 t amqps|5672 t amqp|5678 u rrac|5683 b coap
5684 b coaps|5693 t rbsystem|5722 t msdfsr|5757 t x500ms|5800 t vnc-http|5859 t wherehoo|5900 t rfb|5901 t rfb-1|5938 b teamviewer|5984 t couchdb
5985 t wsman|5986 t wsmans|5988 t wbem-http|5989 t wbem-https|6000 t x11|6001 t x11-1|6002 t x11-2|6010 t x11-10|6050 t arcserve|6066 t ewctsp
6071 t ssdtp|6080 t gue|6081 u geneve|6112 t dtspc|6129 t dameware|6160 t ecmp|6222 t radmind|6343 u sflow|6346 b gnutella-svc|6347 b gnutella-rtr
6379 t redis|6389 t clariion|6432 t pgbouncer|6443 t sun-sr-https|6444 t sge-qmaster|6445 t sge-execd|6502 t boks-servm|6513 t netconf-tls
6514 b syslog-tls|6543 t lds-distrib|6556 t checkmk-agent|6566 t sane-port|6600 t mshvlm|6633 t openflow-old|6635 u mpls-udp|6653 t openflow|6660 t irc
6661 t irc|6662 t irc|6663 t irc|6664 t irc|6665 t ircu|6666 t ircu|6667 t ircu|6668 t ircu|6669 t ircu|6697 t ircs-u|6699 t babel-dtls
6789 t smc-https|6831 u jaeger-agent|6881 b bittorrent|6969 t acmsoda|7000 t afs3-fileserver|7001 b afs3-callback|7002 b afs3-prserver|7003 b afs3-vlserver|7004 t afs3-kaserver
7005 t afs3-volser|7070 t arcp|7077 t spark|7100 t font-service|7144 t peercast|7161 t cabsm-comm|7170 t adcap|7199 t cassandra-jmx|7210 t maxdb
7400 u rtps-discovery|7443 t oracleas-https|7474 t neo4j|7547 t cwmp|7627 t soap-http|7634 t hddtemp|7680 t pando-pub|7687 t bolt|7777 t cbt
7778 t interwise|7800 t asr|7946 b swarm-node|8000 t irdmi|8001 t vcom-tunnel|8002 t teradataordbms|8005 t mxi|8006 t wpl-analytics|8008 t http-alt
8009 t ajp|8010 t xmpp-file|8020 t intu-ec-svcdisc|8032 t pro-ed|8042 t fs-agent|8060 t aero|8080 t http-alt|8081 t sunproxyadmin|8082 t us-cli
8086 t d-s-n|8087 t simplifymedia|8088 t radan-http|8089 t splunkd|8090 t opsmessaging|8091 t jamlink|8096 t jellyfin|8118 t privoxy|8123 t home-assistant
8140 t puppet|8161 t patrol-snmp|8194 t blp1|8200 t trivnet1|8222 t vmware-web|8243 t synapse-nhttps|8291 t winbox|8300 t tmi|8301 b consul-lan|8333 t bitcoin
8384 t syncthing-gui|8400 t cvd|8443 t pcsync-https|8472 u otv|8500 t fmtp|8530 t wsus|8531 t wsus-s|8545 t ethereum-rpc|8554 t rtsp-alt|8600 b asterix
8649 t ganglia|8728 t mikrotik-api|8765 t ultraseek-http|8786 t msgclnt|8805 u pfcp|8834 t nessus-web|8880 t cddbp-alt|8883 t secure-mqtt|8888 t ddi-tcp-1|8889 t ddi-tcp-2
8983 t solr|8989 t sunwebadmins|8999 t bctp|9000 t cslistener|9001 t etlservicemgr|9002 t dynamid|9009 t pichat|9042 t cassandra|9050 t tor-socks
9080 t glrpc|9090 t websm|9091 t xmltec-xmlmail|9092 t kafka|9093 t copycat|9100 t pdl-datastream|9101 t bacula-dir|9102 t bacula-fd|9103 t bacula-sd
9110 t ssmp|9160 t apani1|9200 t wap-wsp|9201 t wap-wsp-wtp|9300 t vrace|9312 t sphinxql|9389 t adws|9418 t git|9443 t tungsten-https|9535 t mngsuite
9600 u micromuse-ncpw|9618 t condor|9666 t zoomcp|9876 t sd|9898 t monkeycom|9987 u teamspeak|9993 u zerotier|9997 t palace-6|9999 t distinct
10000 t ndmp|10001 b scp-config|10050 t zabbix-agent|10051 t zabbix-trapper|10080 b amanda|10110 b nmea-0183|10161 u snmptls|10250 t kubelet
10933 t octopus|11001 t metasys|11111 t vce|11211 b memcache|11371 t hkp|12000 t entextxid|11112 t dicom|13720 t bprd|13724 t vnetd|13782 t bpcd|14550 u mavlink
15672 t rabbitmq-mgmt|16992 t amt-soap-http|16993 t amt-soap-https|17500 b db-lsp|18080 t monero|18245 t ge-srtp|19132 u minecraft-pe|19302 u stun-google
19999 t dnp-sec|20000 b dnp|20547 t proconos|21027 u syncthing|22136 b flashfiler|22222 t easyengine|24007 t glusterd|24800 t synergy|25565 t minecraft|25826 u collectd
26000 u quake|27000 t flexlm0|27015 b srcds|27017 t mongodb|27018 t mongodb-shard|27036 u steam|28015 t rethinkdb|28017 t mongodb-web|30303 b ethereum|31337 b eldim
32400 t plex|32764 t sercomm|33060 t mysqlx|33434 u traceroute|34962 b profinet-rt|34963 b profinet-rtm|34964 b profinet-cm|34980 u ethercat
37215 t huawei-upnp|41641 u tailscale|44818 b ethernetip|47808 u bacnet|48101 t mirai-report|48898 b beckhoff-ads|49000 t matahari|51413 b transmission|51820 u wireguard|61613 t stomp|64738 b mumble
"""

CARRIERS = {"t": "TCP", "u": "UDP", "b": "BOTH"}


def entries() -> list[tuple[int, str, str]]:
    """The entries in the order of their ports."""
    found = []
    for item in SERVICES.replace("\n", "|").split("|"):
        if item:
            port, carrier, name = item.split(" ")
            found.append((int(port), CARRIERS[carrier], name))
    return sorted(found)


def text() -> str:
    """The Rust file."""
    lines = [
        "//! Services by port: facts of the IANA registry (CC0) and a few habits. Written by",
        "//! `tools/gen_services.py`; change that and run it.",
        "",
        "use super::{BOTH, TCP_ONLY as TCP, UDP_ONLY as UDP};",
        "",
        "/// Port, carrier and registered name, in the order of ports.",
        "#[rustfmt::skip]",
        "pub(super) const SERVICES: &[(u16, u8, &str)] = &[",
    ]
    lines += [f'    ({port}, {carrier}, "{name}"),' for port, carrier, name in entries()]
    return "\n".join([*lines, "];", ""])


def main() -> int:
    """Write the file, or compare with it."""
    if "--check" in sys.argv[1:]:
        return 0 if TABLE.read_text() == text() else 1
    TABLE.write_text(text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
