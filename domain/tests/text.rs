//! Text that people type: lines and paragraphs.

use ehia_domain::{
    assessment::{Content, Frame},
    group::Catalogue,
    party::Party,
    settings::Settings,
    text::{LINE, Path, bounded, bounded_line, check, line},
};

/// One of every sort that has no place in a line: breaks, control, and what turns the direction of reading.
const BREAKING: &[char] = &[
    '\n', '\r', '\t', '\u{b}', '\u{85}', '\0', '\u{7f}', '\u{2028}', '\u{2029}', '\u{61c}', '\u{200e}',
    '\u{200f}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}',
];

#[test]
fn a_line_holds_nothing_that_breaks_or_turns_it() {
    let path = Path::of(["title"]);
    for bad in BREAKING {
        let text = format!("Hub{bad}Bcc: everyone");
        for refused in [line(&text, LINE, &path), bounded_line(&text, LINE, &path)] {
            let refused = refused.expect_err(&format!("U+{:04X}", u32::from(*bad)));
            assert_eq!((refused.code.as_str(), &refused.path), ("INVALID", &path));
            assert!(refused.message.contains("remove"), "{refused}");
            assert!(!refused.message.contains(*bad), "{refused:?}");
        }
    }
    for good in
        ["Niamh O’Brien", "Zoë – Łukasz", "حق الصحة", "בריאות", "👩🏽‍⚕️ clinic", "a\u{a0}b", "नमस्ते\u{200d}"]
    {
        assert_eq!(line(good, LINE, &path), Ok(()));
    }
    assert_eq!(line(" ", LINE, &path).unwrap_err().code, "REQUIRED");
    assert_eq!(bounded_line("", LINE, &path), Ok(()));
    assert_eq!(line(&"x".repeat(LINE + 1), LINE, &path).unwrap_err().code, "TOO_LONG");
}

#[test]
fn a_paragraph_keeps_its_line_breaks_and_tabs() {
    let text = "First:\n\tone\r\nthen: \u{202b}שלום\u{202c}";
    assert_eq!(check(text, LINE, &Path::default()), Ok(()));
    assert_eq!(bounded(text, LINE, &Path::default()), Ok(()));
}

#[test]
fn titles_and_names_of_an_assessment_are_lines_and_its_prose_is_not() {
    let (groups, settings) = (Catalogue::shipped(), Settings::default());
    let frame = Frame { groups: &groups, scale: &settings.scale };
    let broken = || "One\u{202e}line\nor two".to_owned();
    let mut content = Content::titled("A synthetic case");
    content.proposal.summary = "One\nline\tor two".into();
    assert_eq!(content.violations(frame), []);
    content.title = broken();
    content.proposal.decision_body = Some(broken());
    content.sro = Some(Party { organisation: Some(broken()), ..Party::named("A. Nother") });
    let mut told: Vec<String> =
        content.violations(frame).into_iter().map(|one| format!("{} {}", one.code, one.path)).collect();
    told.sort();
    assert_eq!(told, ["INVALID proposal/decisionBody", "INVALID sro/organisation", "INVALID title"]);
    content.sro = Some(Party::named(broken()));
    assert_eq!(content.violations(frame)[2].path, Path::of(["sro", "name"]));
}

#[test]
fn what_an_organisation_names_is_a_line_and_what_is_kept_already_is_read() {
    let mut settings = Settings::default();
    let group = r#"{"code": "boaters", "kind": "OTHER", "name": "People who live\non boats"}"#;
    settings.groups.push(serde_json::from_str(group).unwrap());
    assert!(Catalogue::extended(&settings.groups).is_ok());
    assert_eq!(settings.check().unwrap_err().path, Path::of(["groups", "boaters", "name"]));
    let mut settings = Settings::default();
    settings.scale.title.push('\n');
    assert_eq!(settings.check().unwrap_err().path, Path::of(["scale", "nhs-5x5", "title"]));
}
