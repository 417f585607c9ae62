//! Delivery by a real mail server, over good lines and bad ones.

use std::{path::PathBuf, time::Duration};

use ehia::{
    domain::notify::NoticeKind,
    mail::{
        letter::Letter,
        render::render,
        transport::{MailSettings, Mailer, SendError},
    },
};
use secrecy::SecretString;

use super::words::{DATE, letter, moment, sender};
use crate::support::{
    proxy::{Behaviour, Proxy},
    smtp::{self, PASSWORD, Smtp, USER, free_port},
};

/// Long enough for a busy machine, short enough for a test of silence.
const PATIENCE: Duration = Duration::from_secs(10);

fn mailer(url: String, ca_certificate: Option<PathBuf>, timeout: Duration) -> Mailer {
    Mailer::new(&MailSettings {
        transport: SecretString::from(url),
        from: "Assessment service <ehia@mail.example>".to_owned(),
        ca_certificate,
        timeout,
    })
    .unwrap()
}

fn to(name: &str) -> Letter {
    Letter { to_address: format!("{name}@post.example"), ..letter(NoticeKind::ChangesRequested) }
}

/// That it may be tried again, and that the reason gives nobody away.
fn transient(result: Result<impl std::fmt::Debug, SendError>) -> String {
    let error = result.unwrap_err();
    assert!(matches!(error, SendError::Transient { .. }), "{error}");
    discreet(&error);
    error.reason().to_owned()
}

fn discreet(error: &SendError) {
    let shown = format!("{error} {error:?}");
    for secret in ["@", "post.example", "asha", "nobody", USER, PASSWORD] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[tokio::test]
async fn a_message_arrives_over_starttls_and_over_tls_from_the_first_byte() {
    let Some(server) = Smtp::start().await else { return };
    for (index, port) in [server.starttls_port, server.tls_port].into_iter().enumerate() {
        let mailer = mailer(server.url(port), Some(server.ca_certificate()), PATIENCE);
        mailer.check().await.unwrap();
        let letter = to("asha.fielding");
        let sent = mailer.send(&letter, moment(DATE)).await.unwrap();
        let delivered = server.delivered(index + 1).await.pop().unwrap();
        let words = render(&letter, &sender(), moment(DATE)).unwrap();
        assert_eq!(delivered.text, words.text);
        assert_eq!(delivered.html.trim_end(), words.html.trim_end());
        assert_eq!(sent.message_id, words.message_id);
        for (name, value) in [
            ("Message-ID", words.message_id.as_str()),
            ("Subject", words.subject.as_str()),
            ("From", "\"Assessment service\" <ehia@mail.example>"),
            ("To", "\"Asha Fielding\" <asha.fielding@post.example>"),
            ("Envelope-to", "asha.fielding@post.example"),
            ("Date", "Sun, 14 Mar 2027 12:00:00 +0000"),
            ("Auto-Submitted", "auto-generated"),
            ("Content-Language", "en-GB"),
        ] {
            assert_eq!(delivered.header(name), Some(value), "{name}");
        }
        // The server's own account of how it came: encrypted and authenticated.
        assert!(delivered.header("Received").unwrap().contains("with esmtpsa"));
    }
}

#[tokio::test]
async fn invitations_cancellations_and_digests_arrive_as_they_were_written() {
    let Some(server) = Smtp::start().await else { return };
    let mailer = mailer(server.url(server.starttls_port), Some(server.ca_certificate()), PATIENCE);
    for (index, (kind, method)) in [
        (NoticeKind::MeetingInvited, Some("REQUEST")),
        (NoticeKind::MeetingCancelled, Some("CANCEL")),
        (NoticeKind::DailyDigest, None),
    ]
    .into_iter()
    .enumerate()
    {
        let mut letter = Letter { to_address: "asha@post.example".into(), ..letter(kind) };
        letter.facts.organisation =
            "Example Integrated Care Board of a name long enough that its line is folded; Größe".to_owned();
        mailer.send(&letter, moment(DATE)).await.unwrap();
        let delivered = server.delivered(index + 1).await.pop().unwrap();
        let words = render(&letter, &sender(), moment(DATE)).unwrap();
        assert_eq!(delivered.text, words.text);
        assert_eq!(delivered.html.trim_end(), words.html.trim_end());
        let Some(method) = method else {
            assert_eq!(delivered.calendars, []);
            continue;
        };
        let [(offered, text), (_, same)] = &delivered.calendars[..] else { panic!("{delivered:#?}") };
        assert!(offered.contains(&format!("method={method}")), "{offered}");
        assert_eq!(text, same);
        let read: Vec<_> = ical::IcalParser::new(text.as_bytes()).collect();
        let [Ok(calendar)] = &read[..] else { panic!("{read:#?}") };
        let of = |properties: &[ical::property::Property], name: &str| {
            let found = properties.iter().find(|one| one.name == name);
            found.and_then(|one| one.value.clone()).unwrap_or_default()
        };
        assert_eq!(of(&calendar.properties, "METHOD"), method);
        assert!(of(&calendar.events[0].properties, "DESCRIPTION").contains("Größe"));
    }
}

#[tokio::test]
async fn a_letter_sent_twice_is_recognisable_by_its_message_id() {
    let Some(server) = Smtp::start().await else { return };
    let mailer = mailer(server.url(server.plain_port), None, PATIENCE);
    mailer.send(&to("asha"), moment(DATE)).await.unwrap();
    mailer.send(&to("asha"), moment(DATE.succ_opt().unwrap())).await.unwrap();
    let delivered = server.delivered(2).await;
    assert_eq!(delivered[0].header("Message-ID"), delivered[1].header("Message-ID"));
    assert_ne!(delivered[0].header("Date"), delivered[1].header("Date"));
}

#[tokio::test]
async fn what_people_typed_adds_no_header_and_no_recipient() {
    let Some(server) = Smtp::start().await else { return };
    let mailer = mailer(server.url(server.plain_port), None, PATIENCE);
    let mut letter = to("asha");
    let evil = "Ümlaut \"quoted\"\r\nBcc: everyone@post.example\r\nX-Evil: yes\r\n\r\n.\r\nRSET";
    letter.to_name = evil.to_owned();
    letter.facts.reference = evil.to_owned();
    letter.facts.title = evil.to_owned();
    letter.facts.actor_name = Some(evil.to_owned());
    mailer.send(&letter, moment(DATE)).await.unwrap();
    let delivered = server.delivered(1).await.pop().unwrap();
    assert!(delivered.header("X-Evil").is_none() && delivered.header("Bcc").is_none());
    assert_eq!(delivered.header("Envelope-to"), Some("asha@post.example"));
    assert!(delivered.header("To").unwrap().ends_with("<asha@post.example>"));
    assert!(delivered.header("Subject").unwrap().contains("Ümlaut"));
    assert_eq!(delivered.text, render(&letter, &sender(), moment(DATE)).unwrap().text);
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_for_good() {
    let mailer = mailer("memory:".to_owned(), None, PATIENCE);
    for address in
        ["", "asha", "asha@", "a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "ü@b.example"]
    {
        let letter = Letter { to_address: address.to_owned(), ..to("asha") };
        let error = mailer.send(&letter, moment(DATE)).await.unwrap_err();
        assert!(matches!(error, SendError::Refused { .. }), "{address:?}: {error}");
        discreet(&error);
    }
    assert!(mailer.posted().is_empty());
}

#[tokio::test]
async fn a_wrong_password_is_for_the_operator_and_the_message_waits() {
    let Some(server) = Smtp::start().await else { return };
    for port in [server.starttls_port, server.tls_port] {
        let url = server.url(port).replace("nthetic", "mistaken");
        let mailer = mailer(url, Some(server.ca_certificate()), PATIENCE);
        let reason = transient(mailer.send(&to("asha"), moment(DATE)).await);
        assert!(reason.contains("user name or password") && reason.contains("535"), "{reason}");
        assert!(reason.contains("NO MESSAGE LEAVES"), "{reason}");
        assert_eq!(reason, transient(mailer.check().await));
    }
    server.delivered(0).await;
}

#[tokio::test]
async fn a_missing_password_is_for_the_operator_and_the_message_waits() {
    let Some(server) = Smtp::start().await else { return };
    let url = format!("smtp://127.0.0.1:{}", server.starttls_port);
    let reason =
        transient(mailer(url, Some(server.ca_certificate()), PATIENCE).send(&to("asha"), moment(DATE)).await);
    assert!(reason.contains("550 5.7.0") && reason.contains("this account may send"), "{reason}");
}

#[tokio::test]
async fn a_server_without_starttls_gets_neither_password_nor_message() {
    let Some(server) = Smtp::start().await else { return };
    let line = Proxy::to(server.plain_port).await;
    let mailer = mailer(server.url(line.port), Some(server.ca_certificate()), PATIENCE);
    let reason = transient(mailer.send(&to("asha"), moment(DATE)).await);
    assert!(reason.contains("offers no STARTTLS") && reason.contains("NO MESSAGE LEAVES"), "{reason}");
    server.delivered(0).await;
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let Some(server) = Smtp::start().await else { return };
    let Some(other) = Smtp::start().await else { return };
    for port in [server.starttls_port, server.tls_port] {
        for authority in [None, Some(other.ca_certificate())] {
            let mailer = mailer(server.url(port), authority, PATIENCE);
            let reason = transient(mailer.send(&to("asha"), moment(DATE)).await);
            assert!(reason.contains("certificate"), "{reason}");
        }
    }
    server.delivered(0).await;
}

#[tokio::test]
async fn a_certificate_of_another_host_is_refused() {
    let Some(server) = Smtp::start().await else { return };
    // The same machine under an address that the certificate does not name.
    let url = server.url(server.tls_port).replace("127.0.0.1", "127.0.0.2");
    let line = mailer(url, Some(server.ca_certificate()), PATIENCE);
    transient(line.send(&to("asha"), moment(DATE)).await);
    server.delivered(0).await;
}

#[tokio::test]
async fn what_is_slipped_in_before_encryption_breaks_the_connection() {
    let Some(server) = Smtp::start().await else { return };
    let line = Proxy::to(server.starttls_port).await;
    let mailer = mailer(server.url(line.port), Some(server.ca_certificate()), PATIENCE);
    line.set(Behaviour::Inject);
    let reason = transient(mailer.send(&to("asha"), moment(DATE)).await);
    assert!(reason.starts_with("beginning encryption"), "{reason}");
    line.set(Behaviour::Pass);
    mailer.send(&to("asha"), moment(DATE)).await.unwrap();
    server.delivered(1).await;
}

#[tokio::test]
async fn a_recipient_refused_by_the_server_is_refused_for_good() {
    let Some(server) = Smtp::start().await else { return };
    let mailer = mailer(server.url(server.tls_port), Some(server.ca_certificate()), PATIENCE);
    let error = mailer.send(&to("nobody"), moment(DATE)).await.unwrap_err();
    assert!(matches!(error, SendError::Refused { .. }), "{error}");
    assert!(error.reason().contains("550 5.1.1"), "{error}");
    discreet(&error);
}

#[tokio::test]
async fn a_recipient_put_off_by_the_server_waits() {
    let Some(server) = Smtp::start().await else { return };
    let mailer = mailer(server.url(server.tls_port), Some(server.ca_certificate()), PATIENCE);
    let reason = transient(mailer.send(&to("later"), moment(DATE)).await);
    assert!(reason.contains("4.2.1") && !reason.contains("NO MESSAGE LEAVES"), "{reason}");
}

#[tokio::test]
async fn a_closed_port_is_an_absent_server_and_the_message_waits() {
    for url in ["smtp://127.0.0.1:PORT?tls=none", "smtp://127.0.0.1:PORT", "smtps://127.0.0.1:PORT"] {
        let url = url.replace("PORT", &free_port().to_string());
        let reason = transient(mailer(url, None, PATIENCE).send(&to("asha"), moment(DATE)).await);
        assert!(reason.contains("refused"), "{reason}");
    }
}

#[tokio::test]
async fn over_a_bad_line_the_message_waits_and_leaves_when_the_line_is_good() {
    let Some(server) = Smtp::start().await else { return };
    for port in [server.plain_port, server.starttls_port, server.tls_port] {
        let line = Proxy::to(port).await;
        let url = server.url(port).replace(&port.to_string(), &line.port.to_string());
        let mailer = mailer(url, Some(server.ca_certificate()), PATIENCE);
        let cuts = [0, 10, 60, 300, 700].map(Behaviour::CutAfter);
        for behaviour in [Behaviour::Refuse].into_iter().chain(cuts) {
            line.set(behaviour);
            transient(mailer.send(&to("asha"), moment(DATE)).await);
        }
        line.set(Behaviour::Pass);
        mailer.send(&to("asha"), moment(DATE)).await.unwrap();
        assert_eq!(line.connections(), 7);
    }
    server.settled().await;
    server.delivered(3).await;
}

#[tokio::test]
async fn a_busy_server_is_left_in_peace_and_the_message_waits() {
    let Some(server) = Smtp::start().await else { return };
    let line = Proxy::to(server.plain_port).await;
    let url = format!("smtp://127.0.0.1:{}?tls=none", line.port);
    let mailer = mailer(url, None, PATIENCE);
    line.set(Behaviour::Busy);
    let reason = transient(mailer.send(&to("asha"), moment(DATE)).await);
    assert!(reason.contains("421 4.3.2"), "{reason}");
    line.set(Behaviour::CutAtData);
    transient(mailer.send(&to("asha"), moment(DATE)).await);
    server.settled().await;
    server.delivered(0).await;
}

#[tokio::test]
async fn silence_ends_at_the_timeout_wherever_it_falls() {
    let Some(server) = Smtp::start().await else { return };
    let limit = Duration::from_millis(500);
    for port in [server.plain_port, server.starttls_port, server.tls_port] {
        let line = Proxy::to(port).await;
        line.set(Behaviour::Delay(Duration::from_mins(1)));
        let url = server.url(port).replace(&port.to_string(), &line.port.to_string());
        let begun = tokio::time::Instant::now();
        let reason = transient(
            mailer(url, Some(server.ca_certificate()), limit).send(&to("asha"), moment(DATE)).await,
        );
        assert!(reason.contains("no answer within 500ms"), "{reason}");
        assert!(begun.elapsed() < limit * 4, "{:?}", begun.elapsed());
    }
    // In the middle of a conversation: the server itself takes two seconds for this recipient.
    let begun = tokio::time::Instant::now();
    let reason =
        transient(mailer(server.url(server.plain_port), None, limit).send(&to("slow"), moment(DATE)).await);
    assert!(reason.starts_with("naming the recipient"), "{reason}");
    assert!(begun.elapsed() < limit * 4);
}

#[tokio::test]
async fn a_delay_shorter_than_the_timeout_is_waited_for() {
    let Some(server) = Smtp::start().await else { return };
    let line = Proxy::to(server.plain_port).await;
    line.set(Behaviour::Delay(Duration::from_millis(300)));
    let url = format!("smtp://127.0.0.1:{}?tls=none", line.port);
    mailer(url, None, PATIENCE).send(&to("asha"), moment(DATE)).await.unwrap();
    server.delivered(1).await;
}

#[tokio::test]
async fn an_acceptance_that_is_lost_on_the_way_means_a_second_copy_with_the_same_message_id() {
    let Some(server) = Smtp::start().await else { return };
    let line = Proxy::to(server.plain_port).await;
    let mailer = mailer(format!("smtp://127.0.0.1:{}?tls=none", line.port), None, PATIENCE);
    line.set(Behaviour::CutBeforeAccepted);
    transient(mailer.send(&to("asha"), moment(DATE)).await);
    server.delivered(1).await;
    line.set(Behaviour::Pass);
    let sent = mailer.send(&to("asha"), moment(DATE)).await.unwrap();
    for delivered in server.delivered(2).await {
        assert_eq!(delivered.header("Message-ID"), Some(sent.message_id.as_str()));
    }
}

#[tokio::test]
async fn many_messages_at_once_arrive_once_each() {
    let Some(server) = Smtp::start().await else { return };
    let mailer = mailer(server.url(server.tls_port), Some(server.ca_certificate()), Duration::from_mins(1));
    let letters: Vec<Letter> = (0..20).map(|number| to(&format!("person{number}"))).collect();
    let sent =
        futures::future::join_all(letters.iter().map(|letter| mailer.send(letter, moment(DATE)))).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    let mut reached: Vec<String> = server
        .delivered(20)
        .await
        .iter()
        .map(|mail| mail.header("Envelope-to").unwrap().to_owned())
        .collect();
    reached.sort();
    reached.dedup();
    assert_eq!(reached.len(), 20);
}

#[tokio::test]
async fn a_directory_keeps_one_private_file_a_letter() {
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join("outgoing mail");
    let url = url::Url::from_file_path(&directory).unwrap();
    let mailer = mailer(url.into(), None, PATIENCE);
    mailer.check().await.unwrap();
    let letter = to("asha");
    let sent = mailer.send(&letter, moment(DATE)).await.unwrap();
    mailer.send(&letter, moment(DATE)).await.unwrap();
    let files: Vec<PathBuf> =
        std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files, [directory.join("01900000-0000-7000-8000-000000000001.eml")]);
    let read = smtp::read(&std::fs::read(&files[0]).unwrap());
    assert_eq!(read.header("Message-ID"), Some(sent.message_id.as_str()));
    assert_eq!(read.text, render(&letter, &sender(), moment(DATE)).unwrap().text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&files[0]).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn memory_keeps_letter_words_and_document() {
    let mailer = mailer("memory:".to_owned(), None, PATIENCE);
    mailer.send(&to("asha"), moment(DATE)).await.unwrap();
    let posted = mailer.posted();
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0].letter.to_address, "asha@post.example");
    assert_eq!(smtp::read(&posted[0].document).text, posted[0].words.text);
    assert!(posted[0].document.is_ascii());
    assert!(!format!("{posted:?} {mailer:?}").contains('@'));
}
