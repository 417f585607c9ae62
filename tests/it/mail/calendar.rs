//! Invitations as calendars read them: parsed by a library that did not write them. All synthetic.

use std::{collections::BTreeMap, io::BufReader};

use ehia::{
    domain::notify::NoticeKind,
    mail::{letter::Letter, transport::Mailer},
};
use ical::{IcalParser, property::Property};

use super::words::{DATE, letter, moment};
use crate::support::smtp;

/// The message as it would travel, by way of a directory.
async fn message(letter: &Letter) -> String {
    let directory = tempfile::tempdir().unwrap();
    let mailer = Mailer::new(&ehia::mail::transport::MailSettings {
        transport: format!("file://{}", directory.path().display()).into(),
        from: "Assessment service <ehia@mail.example>".to_owned(),
        ca_certificate: None,
        timeout: std::time::Duration::from_secs(1),
    })
    .unwrap();
    mailer.send(letter, moment(DATE)).await.unwrap();
    let file = std::fs::read_dir(directory.path()).unwrap().next().unwrap().unwrap();
    std::fs::read_to_string(file.path()).unwrap()
}

/// The parts that are calendars: their type, and the object.
async fn calendars(letter: &Letter) -> Vec<(String, String)> {
    smtp::read(message(letter).await.as_bytes()).calendars
}

fn by_name(properties: &[Property]) -> BTreeMap<String, String> {
    properties.iter().map(|one| (one.name.clone(), one.value.clone().unwrap_or_default())).collect()
}

#[tokio::test]
async fn every_kind_of_invitation_is_read_by_an_independent_library() {
    for (kind, method, status) in [
        (NoticeKind::MeetingInvited, "REQUEST", "CONFIRMED"),
        (NoticeKind::MeetingMoved, "REQUEST", "CONFIRMED"),
        (NoticeKind::MeetingCancelled, "CANCEL", "CANCELLED"),
    ] {
        let mut letter = letter(kind);
        letter.to_name = "Fielding, Asha \"the chair\"".to_owned();
        letter.facts.organisation =
            "Example Integrated Care Board of a name long enough that its line is folded; Größe".to_owned();
        let found = calendars(&letter).await;
        let [(offered, text), (file, same)] = &found[..] else { panic!("{found:#?}") };
        assert!(
            offered.starts_with("text/calendar") && offered.contains(&format!("method={method}")),
            "{offered}"
        );
        assert!(offered.to_lowercase().contains("charset=utf-8"), "{offered}");
        assert!(file.starts_with("application/ics"), "{file}");
        assert_eq!(text, same);
        for line in text.split_terminator("\r\n") {
            assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{line:?}");
        }
        assert!(text.ends_with("END:VCALENDAR\r\n"));

        let calendars: Vec<_> = IcalParser::new(BufReader::new(text.as_bytes())).collect();
        let [Ok(calendar)] = &calendars[..] else { panic!("{calendars:#?}") };
        let of = by_name(&calendar.properties);
        assert_eq!((of["METHOD"].as_str(), of["VERSION"].as_str()), (method, "2.0"));
        assert_eq!(calendar.events.len(), 1);
        let event = by_name(&calendar.events[0].properties);
        assert_eq!(event["UID"], "01900000-0000-7000-8000-000000000002.meeting@mail.example");
        assert_eq!(event["SEQUENCE"], "1");
        assert_eq!(event["STATUS"], status);
        assert_eq!(
            (event["DTSTART"].as_str(), event["DTEND"].as_str()),
            ("20270406T090000Z", "20270406T110000Z")
        );
        assert_eq!(event["DTSTAMP"], "20270314T120000Z");
        assert_eq!(event["ORGANIZER"], "mailto:ehia@mail.example");
        assert_eq!(event["ATTENDEE"], "mailto:asha.fielding@post.example");
        assert_eq!(event["LOCATION"], r"Room 4\, Lakeside\; or https://meet.example/ehia\\panel");
        assert!(event["DESCRIPTION"].contains("Größe"), "{event:#?}");
        let attendee = calendar.events[0].properties.iter().find(|one| one.name == "ATTENDEE").unwrap();
        let parameters: BTreeMap<_, _> = attendee.params.clone().unwrap().into_iter().collect();
        assert_eq!(parameters["CN"], ["Fielding, Asha 'the chair'"]);
        assert_eq!(parameters["PARTSTAT"], ["NEEDS-ACTION"]);
    }
}

#[tokio::test]
async fn what_people_typed_begins_no_line_of_an_entry() {
    let mut letter = letter(NoticeKind::MeetingInvited);
    letter.to_name = "A\r\nATTENDEE:mailto:all@example.org".to_owned();
    letter.facts.title = "Panel\nMETHOD:CANCEL\r\nEND:VEVENT".to_owned();
    letter.facts.meeting.as_mut().unwrap().place = "Room\r\nSTATUS:CANCELLED".to_owned();
    let (_, text) = calendars(&letter).await.remove(0);
    let count = |name: &str| text.split("\r\n").filter(|line| line.starts_with(name)).count();
    for name in ["METHOD", "STATUS", "ATTENDEE", "END:VEVENT", "LOCATION"] {
        assert_eq!(count(name), 1, "{name} in {text}");
    }
}

#[tokio::test]
async fn other_messages_carry_no_entry() {
    for kind in [NoticeKind::PanelAssigned, NoticeKind::Reminder, NoticeKind::PasswordReset] {
        assert_eq!(calendars(&letter(kind)).await, []);
    }
}
