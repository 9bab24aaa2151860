"""The commands: what each is for, what it takes, and the module that does it."""

from __future__ import annotations

import msgspec

from wirewatch.cli import flags
from wirewatch.cli.flags import Flag, Group


class Positional(msgspec.Struct, frozen=True):
    """What a command takes besides flags."""

    name: str
    metavar: str
    doc: str
    several: bool = False
    required: bool = True


class Command(msgspec.Struct, frozen=True):
    """One command."""

    name: str
    """Words that call it, such as `config show`; empty for the bare one."""
    doc: str
    """One line, for the list of commands."""
    text: str
    """What it does, for its own help."""
    module: str
    """Module in `wirewatch.cli` whose `run(arguments)` does it and gives the exit status."""
    positionals: tuple[Positional, ...] = ()
    groups: tuple[Group, ...] = ()
    examples: tuple[str, ...] = ()


def _source(*chosen: Flag) -> Group:
    return Group("source", chosen)


_RULES_OR_INSTALLED = Positional(
    "files", "FILE|DIR", "rule file or folder; the rules of the settings or the installed ones "
    "without", several=True, required=False,
)  # fmt: skip
_CHOICE = Positional(
    "rules",
    "RULES",
    "sid, gid:sid, re:EXPRESSION, group:FILE or metadata:KEY VALUE",
    several=True,
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "",
        "dashboard of the default interface",
        "Opens the dashboard: rates, top talkers, protocols, findings and what the sensor "
        "does not see.",
        "dashboard",
        groups=(
            _source(flags.INTERFACES, flags.FILTER, flags.WHERE),
            flags.DETECTION,
            flags.OUTPUT,
            flags.RUNNING,
        ),
        examples=("sudo wirewatch", "sudo wirewatch -i eth0 --intel bad.txt --eve eve.json"),
    ),
    Command(
        "live",
        "listen to an interface, one line per packet, flow or event",
        "Listens to an interface and shows what passes, as tcpdump would, with alerts among "
        "it. Ctrl-C ends it with a summary.",
        "live",
        groups=(
            _source(flags.INTERFACES, flags.FILTER, flags.WHERE),
            flags.DETECTION,
            flags.OUTPUT,
            Group("lines", (*flags.LINES.flags, flags.FAIL_ON_ALERT)),
            flags.RUNNING,
        ),
        examples=(
            "sudo wirewatch live -i eth0 -f 'udp port 53' --payload",
            "sudo wirewatch live --show flows,alerts --where 'bytes_toclient > 1M'",
        ),
    ),
    Command(
        "read",
        "read capture files, ending with a summary",
        "Reads pcap and pcapng files, also .gz and .zst, folders of them, and - for the "
        "standard input. Shows alerts and a summary unless told otherwise.",
        "read",
        positionals=(Positional("files", "FILE", "capture file, folder, or -", several=True),),
        groups=(
            _source(flags.FILTER, flags.WHERE),
            flags.DETECTION,
            flags.OUTPUT,
            Group("lines", (*flags.LINES.flags, flags.FAIL_ON_ALERT)),
            flags.RUNNING,
        ),
        examples=(
            "wirewatch read capture.pcapng --show flows",
            "wirewatch read *.pcap.gz --rules local.rules --eve eve.json --quiet",
            "wirewatch read capture.pcap --json | jq 'select(.event_type == \"flow\")'",
        ),
    ),
    Command(
        "demo",
        "play a capture that comes with wirewatch",
        "Plays half a minute of a small network in which three things are wrong, through "
        "everything wirewatch has. Needs no permission.",
        "demo",
        groups=(
            Group("lines", (flags.TUI, flags.FAST, *flags.LINES.flags)),
            flags.SETTINGS,
        ),
        examples=("wirewatch demo", "wirewatch demo --tui"),
    ),
    Command(
        "interfaces",
        "list the interfaces of this machine",
        "Lists the interfaces of this machine, their state and addresses.",
        "interfaces",
        groups=(Group("lines", (flags.JSON,)),),
    ),
    Command(
        "doctor",
        "check what capture needs, and say how to mend it",
        "Checks permissions, interfaces, offloads and home networks, and prints for each what was "
        "found and what to do. Exits with 2 when capture would not work.",
        "doctor",
        groups=(Group("lines", (flags.JSON,)), flags.SETTINGS),
    ),
    Command(
        "config show",
        "print every setting and where it came from",
        "Prints every setting, its value, and where the value came from.",
        "config",
        positionals=(
            Positional("keys", "KEY", "only settings whose names begin so", several=True,
                       required=False),
        ),
        groups=(flags.SETTINGS,),
        examples=("wirewatch config show flow.timeouts",),
    ),
    Command(
        "rules check",
        "check rule files",
        "Loads rule files as a run would and prints each fault with file, line and column.",
        "rules",
        positionals=(_RULES_OR_INSTALLED,),
        groups=(Group("lines", (flags.ERRORS_ONLY,)), flags.SETTINGS),
        examples=("wirewatch rules check local.rules",),
    ),
    Command(
        "rules list",
        "list rules, also those that are off",
        "Lists rules with number, revision, message, class, protocol, action, whether they are "
        "on, and place. A condition may ask for sid, gid, rev, msg, classtype, priority, "
        "protocol, action, enabled, file, line, metadata, reference and text.",
        "rules_list",
        positionals=(_RULES_OR_INSTALLED,),
        groups=(Group("lines", (flags.RULES_WHERE, flags.JSON_LINES)), flags.SETTINGS),
        examples=(
            "wirewatch rules list --where 'msg contains log4j and not enabled'",
            "wirewatch rules list local.rules --json",
        ),
    ),
    Command(
        "rules test",
        "say why a rule matches a capture, or does not",
        "Reads a capture with a rule and shows the packet, stream, transaction or file that it "
        "matches first; if there is none, where it came nearest and the first condition that was "
        "not met there. Exits with 0 when it matches, with 1 when not.",
        "rules_test",
        positionals=(
            Positional("rule", "RULE", "the text of a rule, a rule file, or the sid or gid:sid of "
                       "a rule there is"),
            Positional("capture", "FILE", "capture file"),
        ),
        groups=(
            Group("rules", (flags.RULES_ALSO,)),
            Group("lines", (flags.PLAIN_JSON,)),
            flags.SETTINGS,
        ),
        examples=(
            "wirewatch rules test 'alert dns any any -> any any (dns.query; "
            "content:\"example.com\"; sid:1;)' capture.pcap",
            "wirewatch rules test 2019401 capture.pcap",
        ),
    ),
    Command(
        "rules profile",
        "say what each rule costs on a capture",
        "Reads a capture and measures each rule: how often it was asked after the prefilter had "
        "named it, how often it matched, and the time that took.",
        "rules_profile",
        positionals=(Positional("capture", "FILE", "capture file"),),
        groups=(
            Group("rules", (flags.RULES_ALSO,)),
            Group("lines", (flags.TOP, flags.JSON_LINES)),
            flags.SETTINGS,
        ),
        examples=("wirewatch rules profile capture.pcap --rules local.rules --top 20",),
    ),
    Command(
        "rules update",
        "fetch rules and install them",
        "Fetches rules from sources, applies enable.conf, disable.conf and modify.conf, and "
        "installs the result; every run uses installed rules unless it names others. Only what "
        "has changed is fetched. A source that fails or gives broken rules keeps its last good "
        "ones, and the exit status is 2.",
        "rules_update",
        positionals=(
            Positional("sources", "SOURCE", "et/open or another known name, an http address, or "
                       "a local file, folder or archive; those of the setting rules.sources "
                       "without", several=True, required=False),
        ),
        groups=(Group("update", (flags.OFFLINE,)), flags.SETTINGS),
        examples=(
            "sudo wirewatch rules update",
            "wirewatch rules update et/open ./local.rules https://example.com/rules.tar.gz",
        ),
    ),
    Command(
        "rules enable",
        "switch installed rules on",
        "Adds lines to enable.conf, takes them out of disable.conf, and installs the rules anew.",
        "rules_update",
        positionals=(_CHOICE,),
        groups=(flags.SETTINGS,),
        examples=("wirewatch rules enable 2019401 re:heartbleed",),
    ),
    Command(
        "rules disable",
        "switch installed rules off",
        "Adds lines to disable.conf, takes them out of enable.conf, and installs the rules anew.",
        "rules_update",
        positionals=(_CHOICE,),
        groups=(flags.SETTINGS,),
        examples=("wirewatch rules disable group:emerging-games.rules 1:2019401",),
    ),
    Command(
        "version",
        "print the version",
        "Prints the versions of wirewatch and of what it runs on.",
        "version",
    ),
)  # fmt: skip


def find(words: list[str]) -> tuple[Command, list[str]] | None:
    """The command that these words call and what is left of them; `None` when there is none."""
    if not words or words[0].startswith("-"):
        return COMMANDS[0], words
    for command in COMMANDS[1:]:
        called = command.name.split()
        if words[: len(called)] == called:
            return command, words[len(called) :]
    return None


def group_of(word: str) -> list[Command]:
    """The commands of two words that begin with this one, such as those of `rules`."""
    return [command for command in COMMANDS if command.name.split()[:-1] == [word]]
