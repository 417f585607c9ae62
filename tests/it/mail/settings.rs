//! How an operator writes down how mail leaves.

use std::{path::PathBuf, time::Duration};

use ehia::mail::transport::{MailSettings, Mailer, SettingsError};
use secrecy::SecretString;

fn settings(transport: &str) -> MailSettings {
    MailSettings {
        transport: SecretString::from(transport.to_owned()),
        from: "ehia@mail.example".to_owned(),
        ca_certificate: None,
        timeout: Duration::from_secs(1),
    }
}

fn refused(settings: &MailSettings) -> SettingsError {
    let error = Mailer::new(settings).unwrap_err();
    let shown = format!("{error} {error:?} {settings:?}");
    assert!(!shown.contains("s3cret"), "{shown}");
    error
}

#[test]
fn every_way_of_sending_can_be_written_down() {
    for transport in [
        "smtp://mail.example",
        "smtp://user:s3cret@mail.example:2587",
        "smtps://user%40mail.example:s3cret%2F@mail.example/",
        "smtps://[2001:db8::1]:465",
        "smtp://127.0.0.1?tls=none",
        "smtp://[::1]:25?tls=none",
        "smtp://localhost:1025?tls=none",
        "file:///var/spool/ehia",
        "memory:",
    ] {
        let mailer = Mailer::new(&settings(transport)).unwrap();
        assert!(!format!("{mailer:?}").contains("s3cret"));
    }
}

#[test]
fn an_unencrypted_connection_stays_on_this_machine_and_carries_no_password() {
    for host in
        ["mail.example", "10.0.0.1", "127.0.0.1.mail.example", "localhost.mail.example", "[2001:db8::1]"]
    {
        let settings = settings(&format!("smtp://{host}?tls=none"));
        assert!(matches!(refused(&settings), SettingsError::PlainBeyondLoopback), "{host}");
    }
    assert!(matches!(refused(&settings("smtp://u:s3cret@127.0.0.1?tls=none")), SettingsError::PlainPassword));
}

#[test]
fn what_cannot_be_used_is_refused_without_being_repeated() {
    for (transport, expected) in [
        ("", "must be smtp://"),
        ("s3cret", "must be smtp://"),
        ("http://u:s3cret@mail.example", "must be smtp://"),
        ("smtp:mail.example", "take a host"),
        ("smtp:///s3cret", "take a host"),
        ("smtp://u:s3cret@mail.example/path", "take a host"),
        ("smtp://mail.example#s3cret", "take a host"),
        ("file://elsewhere/s3cret", "take a host"),
        ("smtp://mail.example?tls=opportunistic", "the only option"),
        ("smtps://mail.example?tls=none", "the only option"),
        ("smtp://mail.example?password=s3cret", "the only option"),
        ("smtp://s3cret@mail.example", "both user and password"),
        ("smtp://:s3cret@mail.example", "both user and password"),
    ] {
        let error = refused(&settings(transport)).to_string();
        assert!(error.contains(expected), "{transport}: {error}");
    }
}

#[test]
fn sender_timeout_and_certificates_are_tried_at_once() {
    let good = settings("smtps://mail.example");
    assert!(matches!(
        refused(&MailSettings { from: "ehia".to_owned(), ..good.clone() }),
        SettingsError::From
    ));
    assert!(matches!(
        refused(&MailSettings { timeout: Duration::ZERO, ..good.clone() }),
        SettingsError::Timeout
    ));
    let missing = Some(PathBuf::from("/nonexistent/ca.pem"));
    assert!(matches!(
        refused(&MailSettings { ca_certificate: missing, ..good.clone() }),
        SettingsError::CertificateUnreadable(_)
    ));
    let file = tempfile::NamedTempFile::new().unwrap();
    for content in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        std::fs::write(file.path(), content).unwrap();
        let settings = MailSettings { ca_certificate: Some(file.path().to_owned()), ..good.clone() };
        assert!(matches!(refused(&settings), SettingsError::CertificateInvalid), "{content:?}");
    }
}
