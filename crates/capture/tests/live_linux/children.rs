//! Tests that change the privileges of their process, and therefore run in a child.
//!
//! Such a test starts its own program again with its own name; the child finds the
//! part it plays in the environment.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use wirewatch_capture::{DropOptions, Error, LiveOptions, drop_privileges, open_live};

use crate::frames::{sequence, udp};
use crate::world::{World, collect, enter, ip, wait_for_event};

const PART: &str = "WIREWATCH_TEST_PART";

/// Nobody, on every Linux.
const NOBODY: &str = "65534";

fn part() -> Option<String> {
    std::env::var(PART).ok()
}

/// This program again, to run one test only.
fn again(test: &str, part: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("own program"));
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(PART, part)
        .env_remove("SUDO_UID")
        .env_remove("SUDO_GID")
        .env_remove("SUDO_USER");
    command
}

fn status_of_this_thread() -> String {
    std::fs::read_to_string("/proc/thread-self/status").expect("status")
}

fn field(status: &str, name: &str) -> String {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.expect(name)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn is_root() -> bool {
    // SAFETY: takes nothing and cannot fail.
    let root = unsafe { libc::geteuid() } == 0;
    if !root {
        eprintln!("skipped: needs root");
    }
    root
}

fn succeeds(mut command: Command) {
    let output = command.output().expect("runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
}

#[test]
fn without_the_capability_the_error_says_what_to_do() {
    if part().is_none() {
        if is_root() {
            succeeds(again(
                "children::without_the_capability_the_error_says_what_to_do",
                "drop",
            ));
        }
        return;
    }
    // SAFETY: takes numbers only. A user other than root has no capabilities.
    assert_eq!(unsafe { libc::setresuid(65_534, 65_534, 65_534) }, 0);
    let options = LiveOptions {
        interfaces: vec!["lo".to_owned()],
        ..LiveOptions::default()
    };
    let error = open_live(&options, 0, 1).err().expect("refused");
    let Error::Permission { what, advice } = &error else {
        panic!("{error}");
    };
    assert_eq!(what, "capture on lo");
    assert!(
        advice.contains("setcap cap_net_raw,cap_net_admin=eip /") || advice.contains("--cap-add"),
        "{advice}"
    );
    let checks = wirewatch_capture::health::check(&options, 1);
    let permission = checks.iter().find(|check| check.name == "permission");
    assert_eq!(
        permission.map(|check| check.status),
        Some(wirewatch_capture::health::Status::Fail)
    );
}

#[test]
fn under_sudo_everything_but_capturing_is_given_up() {
    if part().is_none() {
        if is_root() {
            let mut command = again(
                "children::under_sudo_everything_but_capturing_is_given_up",
                "drop",
            );
            command.env("SUDO_UID", NOBODY).env("SUDO_GID", NOBODY);
            succeeds(command);
        }
        return;
    }
    let dropped = drop_privileges(&DropOptions::default()).expect("drops");
    assert!(dropped.changed_user);
    assert_eq!(dropped.capabilities, ["CAP_NET_RAW"]);
    let status = status_of_this_thread();
    let nobody = [NOBODY; 4].join(" ");
    assert_eq!(field(&status, "Uid:"), nobody);
    assert_eq!(field(&status, "Gid:"), nobody);
    assert_eq!(field(&status, "Groups:"), NOBODY);
    for set in ["CapEff:", "CapPrm:", "CapBnd:"] {
        assert_eq!(
            u64::from_str_radix(&field(&status, set), 16),
            Ok(1 << 13),
            "{set}"
        );
    }
    assert_eq!(field(&status, "CapInh:").trim_matches('0'), "");
    assert_eq!(field(&status, "NoNewPrivs:"), "1");
    // SAFETY: takes numbers only.
    assert_eq!(unsafe { libc::setresuid(0, 0, 0) }, -1);
}

#[test]
fn root_without_sudo_keeps_its_user_only() {
    if part().is_none() {
        if is_root() {
            succeeds(again(
                "children::root_without_sudo_keeps_its_user_only",
                "drop",
            ));
        }
        return;
    }
    let dropped = drop_privileges(&DropOptions::default()).expect("drops");
    assert!(!dropped.changed_user);
    let status = status_of_this_thread();
    assert_eq!(field(&status, "Uid:"), "0 0 0 0");
    assert_eq!(
        u64::from_str_radix(&field(&status, "CapEff:"), 16),
        Ok(1 << 13)
    );
    assert_eq!(field(&status, "NoNewPrivs:"), "1");
}

#[test]
fn a_named_user_is_taken_and_process_lookup_can_be_kept() {
    if part().is_none() {
        if is_root() {
            succeeds(again(
                "children::a_named_user_is_taken_and_process_lookup_can_be_kept",
                "drop",
            ));
        }
        return;
    }
    let dropped = drop_privileges(&DropOptions {
        user: Some("nobody".to_owned()),
        keep_process_lookup: true,
    })
    .expect("drops");
    assert_eq!(
        dropped.capabilities,
        ["CAP_NET_RAW", "CAP_DAC_READ_SEARCH", "CAP_SYS_PTRACE"]
    );
    assert_ne!(field(&status_of_this_thread(), "Uid:"), "0 0 0 0");
}

/// A child that captures; it tells its steps line by line.
struct Listener(Child, BufReader<std::process::ChildStdout>);

impl Listener {
    fn expect(&mut self, step: &str) {
        let mut line = String::new();
        while !line.contains(step) {
            line.clear();
            assert_ne!(
                self.1.read_line(&mut line).expect("reads"),
                0,
                "ended before {step}"
            );
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn an_interface_comes_back_after_privileges_were_dropped() {
    const TEST: &str = "children::an_interface_comes_back_after_privileges_were_dropped";
    if let Some(namespace) = part() {
        return listen_without_privileges(&namespace);
    }
    let Some(world) = World::new() else { return };
    let mut command = again(TEST, &world.near);
    command.env("SUDO_UID", NOBODY).env("SUDO_GID", NOBODY);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("starts");
    let output = BufReader::new(child.stdout.take().expect("output"));
    let mut listener = Listener(child, output);
    listener.expect("ready");
    ip(&["-n", &world.near, "link", "del", "near0"]);
    listener.expect("gone");
    world.add_pair("near0", "far0");
    listener.expect("back");
    world.sender("far0").send(&udp(1, 2, 77));
    listener.expect("received 77");
}

fn listen_without_privileges(namespace: &str) {
    let tell = |step: &str| {
        println!("{step}");
        std::io::stdout().flush().expect("tells");
    };
    enter(namespace);
    let options = LiveOptions {
        interfaces: vec!["near0".to_owned()],
        filter: Some("udp".to_owned()),
        ..LiveOptions::default()
    };
    let mut source = open_live(&options, 0, 1).expect("opens");
    drop_privileges(&DropOptions::default()).expect("drops");
    tell("ready");
    wait_for_event(source.as_mut(), "capture.interface_gone");
    tell("gone");
    wait_for_event(source.as_mut(), "capture.interface_back");
    tell("back");
    let seen = collect(source.as_mut(), |seen| !seen.is_empty());
    tell(&format!(
        "received {}",
        sequence(&seen[0].bytes).expect("sequence")
    ));
    source.poll(Duration::ZERO, &mut |_| ()).expect("polls");
}
