use super::*;
use crate::testing::feed_in_every_split;

#[test]
fn names_channels_and_offered_files_are_told() {
    let make = || -> Box<dyn Parser> { Box::<Irc>::default() };
    let said = b"NICK al\r\nUSER alice 0 * :Alice Example\r\njoin #chan\r\nPRIVMSG bob :hi\r\n\
        PRIVMSG bob :\x01DCC SEND my file.txt 3221225985 1025 77\x01\r\n";
    let told = feed_in_every_split(&make, &[(Side::Client, said)]);
    let records = told.records();
    let irc = records
        .iter()
        .map(|record| &record["irc"])
        .collect::<Vec<_>>();
    assert_eq!(
        (&irc[0]["command"], &irc[0]["value"]),
        (&"NICK".into(), &"al".into())
    );
    assert_eq!(
        (&irc[1]["nick"], &irc[1]["additional"]),
        (&"al".into(), &"0 * Alice Example ".into())
    );
    assert_eq!(
        (&irc[2]["user"], &irc[2]["value"]),
        (&"alice".into(), &"#chan".into())
    );
    assert_eq!(
        (&irc[3]["file_name"], &irc[3]["file_size"]),
        (&"my file.txt".into(), &77.into())
    );
    assert_eq!(irc.len(), 4);
}

#[test]
fn an_endless_line_ends_the_side() {
    let mut irc = Irc::default();
    let mut sink = crate::testing::Collected::default();
    let next = irc.data(Side::Client, &[b'a'; 16 << 10], &mut sink);
    assert_eq!(next, Next::DoneWithSide);
}

#[test]
fn tls_follows_when_the_server_agrees() {
    let make = || -> Box<dyn Parser> { Box::<Irc>::default() };
    let ask = (Side::Client, b"STARTTLS\r\n".as_slice());
    let agree = b":irc.example.com 670 al :go ahead\r\n\x16\x03".as_slice();
    let told = feed_in_every_split(&make, &[ask, (Side::Server, agree)]);
    assert_eq!(told.lines, ["switch Some(\"tls\")"]);
    let refuse = b":irc.example.com 691 al :no\r\n".as_slice();
    let told = feed_in_every_split(&make, &[ask, (Side::Server, refuse), (Side::Server, agree)]);
    assert!(told.lines.is_empty());
}

#[test]
fn passwords_are_told_with_whose_they_are() {
    let make = || -> Box<dyn Parser> { Box::<Irc>::default() };
    let said = b"PASS x\r\nNICK al\r\nUSER alice 0 * :A\r\nOPER root x\r\nPRIVMSG NickServ :IDENTIFY x\r\n\
        NS IDENTIFY other x\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE AGJvYgB4\r\n";
    let told = feed_in_every_split(&make, &[(Side::Client, said)]);
    let facts: Vec<_> = told
        .lines
        .iter()
        .filter(|line| line.starts_with("fact"))
        .collect();
    let expected = [b"alice".as_slice(), b"root", b"al", b"other", b"bob"];
    let expected = expected.map(|user| {
        format!("fact Login {{ user: {user:?}, plain_password: true, accepted: None }}")
    });
    assert_eq!(facts, expected.iter().collect::<Vec<_>>());
}
