//! Who is in the demonstration: real organisations, a fictional partner, and fictional people of both.

use chrono::NaiveDate;

use crate::domain::{organisation::OrganisationKind, permission::Role};

/// An organisation of the demonstration.
pub(super) struct Body {
    pub ods_code: &'static str,
    pub name: &'static str,
    pub kind: OrganisationKind,
    pub opened: Option<NaiveDate>,
    pub closed: Option<NaiveDate>,
}

/// The code of the organisation that the demonstration is about.
pub(super) const HOME: &str = "T6Y0W";
/// The code of its partner; no code of the NHS has this shape.
pub(super) const PARTNER: &str = "DEMO1";
/// The codes of those that [`HOME`] succeeded.
pub(super) const PREDECESSORS: [&str; 2] = ["QMM", "QJG"];

/// The organisations. The ICBs merged on 1 April 2026; the trust is made up.
pub(super) fn bodies() -> [Body; 4] {
    let last_day = NaiveDate::from_ymd_opt(2026, 3, 31);
    let icb =
        |ods_code, name| Body { ods_code, name, kind: OrganisationKind::Icb, opened: None, closed: None };
    [
        Body { opened: NaiveDate::from_ymd_opt(2026, 4, 1), ..icb(HOME, "NHS Norfolk and Suffolk ICB") },
        Body { closed: last_day, ..icb(PREDECESSORS[0], "NHS Norfolk and Waveney ICB") },
        Body { closed: last_day, ..icb(PREDECESSORS[1], "NHS Suffolk and North East Essex ICB") },
        Body {
            kind: OrganisationKind::Trust,
            ..icb(PARTNER, "Breydon and Waveney Community NHS Trust (fictional)")
        },
    ]
}

/// A fictional person.
pub(super) struct Person {
    pub email: &'static str,
    pub name: &'static str,
    pub organisation: &'static str,
    pub roles: &'static [Role],
}

pub(super) const AUTHOR: &str = "author@demo.ehia.invalid";
pub(super) const EQUALITY: &str = "equality@demo.ehia.invalid";
pub(super) const REVIEWERS: [&str; 4] = [
    "reviewer1@demo.ehia.invalid",
    "reviewer2@demo.ehia.invalid",
    "reviewer3@demo.ehia.invalid",
    "reviewer4@demo.ehia.invalid",
];
pub(super) const CHAIR: &str = "chair@demo.ehia.invalid";
pub(super) const SECRETARY: &str = "secretary@demo.ehia.invalid";
pub(super) const DECIDER: &str = "decision@demo.ehia.invalid";
pub(super) const GOVERNANCE: &str = "governance@demo.ehia.invalid";

/// The people. Nobody has these names or addresses; `.invalid` never exists (RFC 2606).
pub(super) const PEOPLE: [Person; 16] = [
    home(AUTHOR, "Priya Nandakumar (fictional)", &[Role::Author]),
    home("author2@demo.ehia.invalid", "Tom Ashfield (fictional)", &[Role::Author]),
    home("sro@demo.ehia.invalid", "Dr Helena Marsh (fictional)", &[Role::Sro]),
    home(EQUALITY, "Ruth Okonjo (fictional)", &[Role::EqualityLead]),
    home(REVIEWERS[0], "Callum Brightwell (fictional)", &[Role::Reviewer]),
    home(REVIEWERS[1], "Farida Rahmani (fictional)", &[Role::Reviewer]),
    home(REVIEWERS[2], "Joan Littleport (fictional)", &[Role::Reviewer]),
    home(REVIEWERS[3], "Marek Zielinski (fictional)", &[Role::Reviewer]),
    home(CHAIR, "Dr Oluwaseun Adeyemi (fictional)", &[Role::PanelChair]),
    home(SECRETARY, "Beth Swaffield (fictional)", &[Role::PanelSecretary]),
    home(DECIDER, "Margaret Thorne (fictional)", &[Role::DecisionMaker]),
    home(GOVERNANCE, "Daniel Reedham (fictional)", &[Role::Governance]),
    home("auditor@demo.ehia.invalid", "Sunita Halesworth (fictional)", &[Role::Auditor]),
    home("administrator@demo.ehia.invalid", "Keith Loddon (fictional)", &[Role::Administrator]),
    Person {
        email: "partner@demo.ehia.invalid",
        name: "Lena Marsham (fictional)",
        organisation: PARTNER,
        roles: &[Role::Author],
    },
    Person {
        email: "partner.reviewer@demo.ehia.invalid",
        name: "Idris Bowen (fictional)",
        organisation: PARTNER,
        roles: &[Role::Reviewer],
    },
];

const fn home(email: &'static str, name: &'static str, roles: &'static [Role]) -> Person {
    Person { email, name, organisation: HOME, roles }
}
