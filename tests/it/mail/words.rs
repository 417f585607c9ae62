//! What each message says. Every name, reference and address here is synthetic.

use chrono::NaiveDate;
use ehia::{
    domain::{
        calendar::Moment,
        id::{MeetingId, OutboxId},
        notify::{MeetingFacts, NoticeKind},
        preference::{MailTiming, choices},
    },
    mail::{
        letter::{DigestFacts, Letter, LetterFacts, OwedFacts, choice, usual_reason},
        render::{Rendered, Sender, render},
    },
};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

pub const DATE: NaiveDate = NaiveDate::from_ymd_opt(2027, 3, 14).unwrap();

/// Noon on the day, in spring before the clocks change.
pub fn moment(today: NaiveDate) -> Moment {
    Moment { at: today.and_hms_opt(12, 0, 0).unwrap().and_utc(), today }
}

pub fn sender() -> Sender {
    Sender::parse("Assessment service <ehia@mail.example>").unwrap()
}

fn about_meeting(kind: NoticeKind) -> bool {
    matches!(kind, NoticeKind::MeetingInvited | NoticeKind::MeetingMoved | NoticeKind::MeetingCancelled)
}

/// A meeting on an afternoon in summer time, in a room whose name wants escaping.
pub fn meeting() -> MeetingFacts {
    MeetingFacts {
        id: MeetingId::from(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002)),
        sequence: 1,
        start: "2027-04-06T09:00:00Z".parse().unwrap(),
        end: "2027-04-06T11:00:00Z".parse().unwrap(),
        place: "Room 4, Lakeside; or https://meet.example/ehia\\panel".to_owned(),
    }
}

/// A letter of any kind with everything it could say.
pub fn letter(kind: NoticeKind) -> Letter {
    let account = matches!(
        kind,
        NoticeKind::PasswordReset
            | NoticeKind::DailyDigest
            | NoticeKind::DeputyNamed
            | NoticeKind::AddressFailed
    );
    let reset = kind == NoticeKind::PasswordReset;
    Letter {
        id: OutboxId::from(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001)),
        kind,
        to_name: "Asha Fielding".to_owned(),
        to_address: "asha.fielding@post.example".to_owned(),
        facts: LetterFacts {
            reference: if account { String::new() } else { "EHIA-2027-014".to_owned() },
            title: if account {
                String::new()
            } else {
                "Move of the <community> midwifery hub & clinics".to_owned()
            },
            organisation: "Example Integrated Care Board".to_owned(),
            actor_name: (!account || kind == NoticeKind::DeputyNamed).then(|| "Tomos O'Leary".to_owned()),
            what: Some(
                match kind {
                    NoticeKind::DeputyNamed => "from 6 April 2027 to 20 April 2027",
                    NoticeKind::PasswordReset => "at 16:30 on 14 March 2027",
                    NoticeKind::ConditionAssigned => "Bus times are agreed with the council",
                    NoticeKind::ConditionBreached => "its day has passed",
                    NoticeKind::Named => "senior responsible officer",
                    NoticeKind::DecisionRecorded => "Proceeding",
                    NoticeKind::ActionReceived => "Submitted for review",
                    NoticeKind::ReexaminationOpened => "Opening hours of the hub",
                    NoticeKind::RelianceChanged => "EHIA-2027-009 was stopped",
                    NoticeKind::Withdrawn => "Withdrawn",
                    NoticeKind::Shared => "to read",
                    NoticeKind::Reminder => "your review",
                    _ if about_meeting(kind) => "6 April 2027, 10:00 to 12:00",
                    _ => "Approved with conditions",
                }
                .to_owned(),
            ),
            due: (!account && !about_meeting(kind)).then_some(NaiveDate::from_ymd_opt(2027, 3, 28).unwrap()),
            meeting: about_meeting(kind).then(meeting),
            reexamination_due: (kind == NoticeKind::OutcomeRecorded).then_some(DATE),
            sections: match kind {
                NoticeKind::Question => {
                    vec!["Impact on disabled people".to_owned(), "Engagement".to_owned()]
                }
                NoticeKind::AddressFailed => vec!["Tomos O'Leary".to_owned(), "Wren <Abara>".to_owned()],
                NoticeKind::DeputyNamed => vec!["panel chair".to_owned(), "equality lead".to_owned()],
                kind if about_meeting(kind) => vec![meeting().place],
                _ => Vec::new(),
            },
            link: if account {
                "https://ehia.example/sign-in".parse().unwrap()
            } else {
                "https://ehia.example/cases/EHIA-2027-014".parse().unwrap()
            },
            secret_link: reset
                .then(|| SecretString::from("https://ehia.example/reset?token=synthetic&once=1".to_owned())),
            secret_until: None,
            sent_because: usual_reason(kind).to_owned(),
            preferences: Some("https://ehia.example/mail-preferences".parse().unwrap()),
            digest: if kind == NoticeKind::DailyDigest { digest() } else { DigestFacts::default() },
        },
    }
}

/// A digest with something of everything it could say.
fn digest() -> DigestFacts {
    let link = |reference: &str| format!("https://ehia.example/cases/{reference}").parse().unwrap();
    let owed = |reference: &str, title: &str, tasks: &[(&str, Option<NaiveDate>)]| OwedFacts {
        reference: reference.to_owned(),
        title: title.to_owned(),
        link: link(reference),
        reexamination_due: (reference == "EHIA-2027-014").then_some(DATE),
        tasks: tasks.iter().map(|(what, due)| ((*what).to_owned(), *due)).collect(),
    };
    let news = |kind| (kind, letter(kind).facts);
    DigestFacts {
        owed: vec![
            owed(
                "EHIA-2027-014",
                "Move of the <community> midwifery hub & clinics",
                &[
                    ("You are on the panel and have not reviewed this revision.", DATE.pred_opt()),
                    ("You own a mitigation; say how far it is.", DATE.succ_opt()),
                ],
            ),
            owed("EHIA-2027-020", "Drafted only", &[("The assessment is still being written.", None)]),
        ],
        more: 7,
        news: vec![news(NoticeKind::OutcomeRecorded), news(NoticeKind::Shared)],
    }
}

fn words(letter: &Letter) -> Rendered {
    render(letter, &sender(), moment(DATE)).unwrap()
}

#[test]
fn every_kind_has_its_words() {
    for kind in NoticeKind::ALL {
        let Rendered { subject, text, html, message_id } = words(&letter(*kind));
        insta::assert_snapshot!(
            kind.to_sql(),
            format!("Message-ID: {message_id}\nSubject: {subject}\n\n{text}\n----\n{html}")
        );
    }
}

#[test]
fn every_kind_can_be_said_with_only_the_case_known() {
    for kind in NoticeKind::ALL {
        let mut letter = letter(*kind);
        letter.facts =
            LetterFacts { actor_name: None, what: None, due: None, sections: Vec::new(), ..letter.facts };
        let Rendered { subject, text, html, .. } = words(&letter);
        for words in [&subject, &text, &html] {
            for gap in ["none ", "none:", "none,", " .", " :", "undefined", "by ."] {
                assert!(!words.contains(gap), "{kind}: {gap:?} in {words}");
            }
        }
    }
}

#[test]
fn every_kind_says_why_it_was_sent_what_to_do_and_by_when() {
    for kind in NoticeKind::ALL {
        let letter = letter(*kind);
        let Rendered { text, html, .. } = words(&letter);
        let html = html.replace("&#x2f;", "/").replace("&#x27;", "'");
        for body in [&text, &html] {
            assert!(body.contains(&letter.facts.sent_because), "{kind}");
            assert!(body.to_lowercase().contains("what to do next"), "{kind}");
            assert!(letter.facts.due.is_none() || body.contains("28 March 2027"), "{kind}");
            assert!(body.contains(letter.facts.link.as_str()), "{kind}");
        }
    }
}

#[test]
fn every_kind_says_how_to_change_what_is_sent() {
    for kind in NoticeKind::ALL {
        let mut letter = letter(*kind);
        let Rendered { text, html, .. } = words(&letter);
        let html = html.replace("&#x2f;", "/");
        for body in [&text, &html] {
            assert!(body.contains("https://ehia.example/mail-preferences"), "{kind}");
            assert!(body.contains(choice(*kind, true)), "{kind}");
            let off = choices(*kind).contains(&MailTiming::Off);
            assert_eq!(body.contains("or not at all"), off, "{kind}");
        }
        // Somebody without an account has nothing to choose, and somebody to tell.
        letter.facts.preferences = None;
        let Rendered { text, html, .. } = words(&letter);
        for body in [&text, &html] {
            assert!(
                !body.contains("mail-preferences") && body.contains("tell the person who named you"),
                "{kind}"
            );
        }
    }
}

#[test]
fn somebody_without_an_account_is_sent_a_page_of_their_own_in_the_place_of_the_case() {
    let secret = "https://ehia.example/condition?link=ehia_l_synthetic";
    for kind in [
        NoticeKind::ConditionAssigned,
        NoticeKind::VerificationAwaited,
        NoticeKind::ConditionBreached,
        NoticeKind::Reminder,
    ] {
        let mut letter = letter(kind);
        letter.facts.preferences = None;
        letter.facts.secret_link = Some(SecretString::from(secret.to_owned()));
        letter.facts.secret_until = DATE.checked_add_days(chrono::Days::new(30));
        let Rendered { subject, text, html, .. } = words(&letter);
        let html = html.replace("&#x2f;", "/");
        for body in [&text, &html] {
            assert!(body.contains(secret) && body.contains("until 13 April 2027"), "{kind}: {body}");
            assert!(body.contains("do not pass it on"), "{kind}");
            assert!(!body.contains(letter.facts.link.as_str()), "{kind}: they cannot open the case");
        }
        assert!(!subject.contains("ehia_l_"));
        insta::assert_snapshot!(
            format!("{}_by_link", kind.to_sql()),
            format!("Subject: {subject}\n\n{text}")
        );
    }
}

#[test]
fn a_digest_says_what_is_overdue_and_tells_each_case_once() {
    let mut digest = letter(NoticeKind::DailyDigest);
    let told = words(&digest);
    assert_eq!(told.subject, "10 things wait for you, 1 overdue");
    assert!(told.text.contains("- OVERDUE since 13 March 2027: You are on the panel"));
    assert!(told.text.contains("- By 15 March 2027: You own a mitigation"));
    assert_eq!(told.text.matches("EHIA-2027-020: Drafted only").count(), 1);
    assert!(told.text.contains("And 7 more, due later"));
    // News are the subjects of the messages they were.
    let news = words(&letter(NoticeKind::OutcomeRecorded)).subject;
    assert!(told.text.contains(&news), "{news}");
    digest.facts.digest.owed.clear();
    digest.facts.digest.more = 0;
    let told = words(&digest);
    assert_eq!(told.subject, "News of your cases");
    assert!(told.text.contains("There is nothing you need to do."));
}

#[test]
fn the_reason_is_true_of_everybody_whom_the_message_goes_to() {
    // Who receives which kind is proved where messages are made; each of them finds themselves in the sentence.
    let author = "responsible for its proposal";
    for (kind, readers) in [
        (NoticeKind::ChangesRequested, &[author][..]),
        (NoticeKind::OutcomeRecorded, &[author, "on this case’s panel"]),
        (NoticeKind::DecisionRecorded, &[author, "took part", "equality lead", "panel secretary"]),
        (NoticeKind::Withdrawn, &[author, "took part", "panel’s secretary"]),
    ] {
        for reader in readers {
            assert!(usual_reason(kind).contains(reader), "{kind}: {reader}");
        }
    }
}

#[test]
fn a_passed_date_is_called_overdue_and_today_is_not() {
    let mut letter = letter(NoticeKind::Reminder);
    letter.facts.due = DATE.pred_opt();
    assert!(words(&letter).subject.starts_with("Overdue"));
    assert!(words(&letter).text.contains("This was due by: 13 March 2027"));
    letter.facts.due = Some(DATE);
    assert!(words(&letter).subject.starts_with("Reminder"));
    assert!(words(&letter).text.contains("By when: 14 March 2027"));
}

#[test]
fn what_people_typed_stays_on_its_line() {
    let mut letter = letter(NoticeKind::OutcomeRecorded);
    letter.facts.title = "Hub\r\nBcc: everyone@post.example\r\n\r\nWHAT TO DO NEXT\n\nPay".to_owned();
    letter.facts.actor_name = Some("Tomos\u{2028}\u{202e}X-Evil: yes\0".to_owned());
    letter.facts.what = Some("Approved\n\nDear".to_owned());
    letter.to_name = "Asha\r\nCc: a@post.example".to_owned();
    let Rendered { subject, text, .. } = words(&letter);
    assert!(!subject.contains(['\r', '\n']));
    assert!(!text.contains(['\r', '\0', '\u{202e}', '\u{2028}']));
    assert_eq!(text.matches("\nWHAT TO DO NEXT\n").count(), 1);
    assert!(text.starts_with("Dear Asha Cc: a@post.example,\n"));
}

#[test]
fn what_people_typed_is_text_in_html() {
    let mut letter = letter(NoticeKind::OutcomeRecorded);
    letter.facts.title = "<script>alert(1)</script>".to_owned();
    letter.to_name = "\"><img src=x>".to_owned();
    letter.facts.organisation = "A & B".to_owned();
    let html = words(&letter).html;
    assert!(!html.contains("<script") && !html.contains("<img"));
    assert!(html.contains("A &amp; B"));
}

#[test]
fn a_long_title_is_whole_in_the_body_and_short_in_the_subject() {
    let mut letter = letter(NoticeKind::OutcomeRecorded);
    letter.facts.title = "é".repeat(400);
    let words = words(&letter);
    assert!(words.subject.chars().count() < 130);
    assert!(words.subject.ends_with('…'));
    assert!(words.text.contains(&letter.facts.title));
}

#[test]
fn a_reset_without_its_link_is_refused() {
    let mut letter = letter(NoticeKind::PasswordReset);
    letter.facts.secret_link = None;
    assert!(render(&letter, &sender(), moment(DATE)).is_err());
}

#[test]
fn nothing_that_may_be_logged_shows_an_address_or_a_secret() {
    let letter = letter(NoticeKind::PasswordReset);
    let shown = format!("{letter:?} {:?} {:?} {:?}", letter.facts, words(&letter), sender());
    assert!(
        !shown.contains("asha") && !shown.contains("token=synthetic") && !shown.contains("ehia@"),
        "{shown}"
    );
    assert!(words(&letter).text.contains(letter.facts.secret_link.as_ref().unwrap().expose_secret()));
}

#[test]
fn the_message_id_belongs_to_the_outbox_row_and_the_senders_domain() {
    let letter = letter(NoticeKind::PanelAssigned);
    assert_eq!(words(&letter).message_id, "<01900000-0000-7000-8000-000000000001.outbox@mail.example>");
    assert_eq!(words(&letter), words(&letter));
}

#[test]
fn a_sender_is_one_mailbox() {
    assert_eq!(sender().domain(), "mail.example");
    assert!(Sender::parse("ehia@mail.example").is_some());
    for bad in ["", "ehia", "ehia@", "a@b.example, c@d.example", "E <a@b.example>\r\nBcc: c@d.example"] {
        assert!(Sender::parse(bad).is_none(), "{bad:?}");
    }
}
