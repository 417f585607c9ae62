//! Who sees which field of a case: every field of `Assessment`, asked by every role and relation through the API, as a
//! committed table. What may be done in which phase is `domain/tests/golden/permission.txt`.

use std::{collections::BTreeSet, fmt::Write as _};

use ehia::domain::{
    id::{AssessmentId, Identifier},
    permission::Role,
};
use serde_json::{Value, json};

use crate::{
    isolation::fields,
    support::{
        agreed, on_both,
        stage::{Player, Stage, of_anybody},
    },
};

const SCHEMA: &str = include_str!("../../schema.graphql");

/// What each mark of the table means.
const LEGEND: &str = "\
Every field of an assessment, by who asks.
  =  what the equality lead of its organisation sees
  .  nothing, and the equality lead sees nothing either: there is none
  ~  something else, or part of it
  -  nothing, where the equality lead sees something
  x  there is no such assessment
";

/// The names of a type's fields that an object answers, and the query of each; what changed, up to this revision.
fn asks(newest: u32) -> Vec<(String, String)> {
    let objects: BTreeSet<&str> =
        SCHEMA.lines().filter_map(|line| line.strip_prefix("type ")?.split([' ', '{']).next()).collect();
    let of = |name: &str| -> String {
        let body = SCHEMA.split("type Assessment implements Node {").nth(1).unwrap();
        let from = body.split(&format!("\n\t{name}")).find(|rest| rest.starts_with([':', '('])).unwrap();
        let kind = from.split("): ").nth(1).filter(|_| from.starts_with('(')).unwrap_or(&from[2..]);
        kind.split('\n').next().unwrap().trim_matches(['[', ']', '!', ' ']).to_owned()
    };
    let ask = |name: String| {
        let kind = of(&name);
        let arguments = if name == "changes" { format!("(from: 1, to: {newest})") } else { String::new() };
        let below = if !objects.contains(kind.as_str()) {
            String::new()
        } else if kind.ends_with("Connection") {
            "{ totalCount }".into()
        } else if fields(SCHEMA, &kind).contains(&"id".to_owned()) {
            "{ id }".into()
        } else {
            "{ __typename }".into()
        };
        let query = format!("query($id: ID!) {{ assessment(id: $id) {{ {name}{arguments} {below} }} }}");
        (name, query)
    };
    fields(SCHEMA, "Assessment").into_iter().map(ask).collect()
}

/// What a field answers; nothing where there is no assessment.
async fn answer(stage: &Stage, who: &Player, case: AssessmentId, name: &str, query: &str) -> Option<Value> {
    let answer = stage.ask(who, query, json!({"id": case.global()})).await;
    let codes: Vec<&str> = answer["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|error| error["extensions"]["code"].as_str())
        .collect();
    // No reference data is loaded here, and who lives in the footprint is told to nobody.
    let malformed = codes.contains(&"BAD_REQUEST") && name != "population";
    assert!(!codes.contains(&"INTERNAL") && !malformed, "{name}: {answer:#}");
    let case = answer["data"]["assessment"].as_object()?;
    Some(case.get(name).cloned().unwrap_or_default())
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || *value == json!([]) || *value == json!({"totalCount": 0})
}

async fn table(stage: &Stage, lead: &Player, people: &[(&str, &Player)], case: AssessmentId) -> String {
    let newest = stage.app.view(&lead.actor, case).await.unwrap().case.revision;
    let mut told = String::new();
    for (name, query) in asks(newest) {
        let whole = answer(stage, lead, case, &name, &query).await.expect("the lead sees it");
        let mut row = String::new();
        for (_, who) in people {
            let mark = match answer(stage, who, case, &name, &query).await {
                None => 'x',
                Some(seen) if seen == whole => {
                    if is_empty(&seen) {
                        '.'
                    } else {
                        '='
                    }
                }
                Some(seen) if is_empty(&seen) => '-',
                Some(_) => '~',
            };
            write!(row, "{mark} ").unwrap();
        }
        writeln!(told, "  {name:<22}{}", row.trim_end()).unwrap();
    }
    told
}

fn heading(title: &str, people: &[(&str, &Player)]) -> String {
    let names = people.iter().enumerate().map(|(place, (name, _))| format!("{:>4} {name}", place + 1));
    format!("\n{title}, by column:\n{}\n", names.collect::<Vec<_>>().join("\n"))
}

/// Whoever plays the cases further along: what the panel and the body do.
struct Cast<'a> {
    stage: &'a Stage,
    author: &'a Player,
    sponsor: &'a Player,
    lead: &'a Player,
    secretary: &'a Player,
    body: &'a Player,
    /// Beside those whose answers are told, in the chair.
    chair: Player,
    /// Members by what they declare, the one who declares nothing first.
    members: &'a [(&'a str, Player)],
}

impl Cast<'_> {
    async fn go(&self, who: &Player, case: AssessmentId, transition: &str, revision: u32, more: Value) {
        let mut input = json!({"transition": transition, "expectedRevision": revision, "comment": "Because of what was read."});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let told = self.stage.command(who, "transitionAssessment", case, input).await.unwrap();
        assert_eq!((&told["errors"], &told["blockers"]), (&json!([]), &json!([])), "{transition}");
    }

    /// Who is seated, with or without the member who declares nothing.
    async fn seat(&self, case: AssessmentId, undeclared: bool) {
        let members = self.members.iter().skip(usize::from(!undeclared)).map(|(_, member)| member.id());
        let members: Vec<String> = members.chain([self.chair.id()]).collect();
        self.stage.done(self.secretary, "assignPanel", case, json!({"members": members})).await;
    }

    async fn declare(&self, case: AssessmentId) {
        self.stage.done(&self.chair, "declareInterest", case, json!({"interest": "NONE"})).await;
        for (interest, member) in &self.members[1..] {
            let own = if *interest == "DECLARED_NOT_VOTING" { "DECLARED_NOTED" } else { interest };
            let note = (own != "NONE").then_some("A reason.");
            self.stage.done(member, "declareInterest", case, json!({"interest": own, "note": note})).await;
            if own != *interest {
                let answered = json!({"interest": interest, "member": member.id(), "note": "Too close."});
                self.stage.done(&self.chair, "declareInterest", case, answered).await;
            }
        }
    }

    /// Judged and asked about, returned, and changed by its author since.
    async fn returned(&self, case: AssessmentId) {
        self.go(self.author, case, "submit", 1, json!({})).await;
        self.seat(case, false).await;
        self.declare(case).await;
        let one = &self.members[1].1;
        let review = json!({"expectedRevision": 1, "recommendation": "RETURN", "summary": "Not yet.", "note": "Between us.",
            "opinions": [{"path": ["sections", "summary"], "agrees": false, "comment": "Who?"}]});
        self.stage.done(one, "submitReview", case, review).await;
        let review = json!({"expectedRevision": 1, "recommendation": "APPROVE", "summary": "Sound."});
        self.stage.done(&self.chair, "submitReview", case, review).await;
        let asked = json!({"path": ["sections", "summary"], "asksAuthor": true, "text": "How many?"});
        self.stage.done(one, "remark", case, asked).await;
        let among = json!({"path": ["answers", "monitoring"], "text": "I doubt it."});
        self.stage.done(one, "remark", case, among).await;
        let requests = json!([{"path": ["proposal", "summary"], "reason": "Say who."}]);
        let outcome =
            json!({"attendees": [{"person": self.chair.id()}], "dissent": "One would have approved it."});
        self.go(&self.chair, case, "return", 1, json!({"outcome": outcome, "requests": requests})).await;
        let edit = json!([{"proposal": {"summary": "The day service closes for sixty adults (synthetic)."}}]);
        self.stage.edit(self.author, case, edit).await;
        self.seat(case, true).await;
    }

    /// Sent again, approved on a condition between meetings, read, decided, published, and changed since.
    async fn decided(&self, case: AssessmentId) {
        let (stage, today) = (self.stage, self.stage.moment.today);
        let answers = json!({"answers": [{"path": ["proposal", "summary"], "text": "It says so now."}]});
        stage.done(self.author, "answerReturn", case, answers).await;
        self.go(self.author, case, "resubmit", 2, json!({})).await;
        self.seat(case, false).await;
        let review =
            json!({"expectedRevision": 2, "recommendation": "APPROVE_WITH_CONDITIONS", "summary": "Sound."});
        stage.done(&self.members[1].1, "submitReview", case, review).await;
        let condition = json!({"text": "Publish the travel plan.", "owner": {"person": self.sponsor.id()},
            "due": today + chrono::Days::new(30), "verifier": {"person": self.lead.id()}});
        let outcome = json!({"attendees": [{"person": self.chair.id()}], "urgency": "The contract ends on Friday.", "conditions": [condition]});
        self.go(&self.chair, case, "approve_urgently_with_conditions", 2, json!({"outcome": outcome})).await;
        let asked = json!({"people": [self.body.id()], "meeting": today});
        stage.done(self.secretary, "askReadings", case, asked).await;
        stage.done(self.body, "confirmReading", case, json!({"expectedRevision": 2, "meeting": today})).await;
        let view = stage.app.view(&self.body.actor, case).await.unwrap();
        let open = view.findings().iter().filter(|finding| finding.acceptable && finding.gate.is_some());
        let accepted: Vec<Value> =
            open.map(|one| json!({"findingId": one.id, "reason": "Known and weighed."})).collect();
        let decision = json!({"body": "Board", "authority": "Scheme 4.2", "meeting": today, "outcome": "PROCEED_DESPITE_ADVERSE_IMPACT",
            "reasons": "The building cannot be made safe.", "present": [{"person": self.body.id()}], "readBy": [],
            "statement": "Due regard was had.", "acceptedFindings": accepted});
        self.go(self.body, case, "proceed", 2, json!({"decision": decision})).await;
        self.go(self.secretary, case, "publish", 2, json!({})).await;
        self.seat(case, true).await;
        let edit =
            json!([{"proposal": {"summary": "The day service closes for ninety adults (synthetic)."}}]);
        stage.edit(self.author, case, edit).await;
    }

    /// Judged not to matter, ratified, and looked at again.
    async fn looked_at(&self, case: AssessmentId) {
        let stage = self.stage;
        let slip = json!({"material": false, "reason": "A number was mended."});
        stage.done(self.lead, "judgeMateriality", case, slip).await;
        let revision = stage.app.view(&self.lead.actor, case).await.unwrap().case.revision;
        let there = json!([{"person": self.members[1].1.id()}, {"person": self.chair.id()}]);
        let ratified = json!({"expectedRevision": revision, "ratified": true, "attendees": there});
        stage.done(self.secretary, "recordRatification", case, ratified).await;
        let version = stage.version(self.lead, case).await;
        let next = stage.moment.today + chrono::Days::new(90);
        let look = json!({"expectedVersion": version, "note": "As it was.", "next": next});
        stage.done(self.lead, "lookAgain", case, look).await;
    }
}

on_both! {
    async fn who_sees_which_field_of_a_case_is_as_agreed(db) {
        let stage = Stage::new(db, of_anybody(1)).await;
        let author = stage.at_home("author", Role::Author).await;
        let contributor = stage.at_home("contributor", Role::Author).await;
        let sponsor = stage.at_home("sponsor", Role::Sro).await;
        let mut others = Vec::new();
        for role in Role::ALL {
            others.push((role.as_str(), stage.at_home(&format!("other-{}", role.as_str()), *role).await));
        }
        let mut members = Vec::new();
        for interest in ["UNDECLARED", "NONE", "DECLARED_NOT_VOTING", "WITHDRAWN"] {
            members.push((interest, stage.at_home(&format!("member-{interest}"), Role::Reviewer).await));
        }
        let partner = stage.player("partner", &[(stage.partner, Role::EqualityLead)]).await;
        let find = |role: Role| &others.iter().find(|(name, _)| *name == role.as_str()).unwrap().1;
        let (lead, chair) = (find(Role::EqualityLead), find(Role::PanelChair));

        let case = stage.case(&author).await;
        let named = json!([{"contributors": [contributor.id()]}, {"sro": {"person": sponsor.id()}}]);
        stage.edit(&author, case, named).await;
        let mut told = LEGEND.to_owned();
        let ours = [("author", &author), ("contributor", &contributor), ("SRO", &sponsor)];
        let roles: Vec<(&str, &Player)> = others.iter().map(|(name, player)| (*name, player)).collect();
        let people: Vec<_> = ours.into_iter().chain(roles).chain([("another organisation", &partner)]).collect();
        told += &heading("In a draft", &people);
        told += &table(&stage, lead, &people, case).await;

        let submit = json!({"transition": "submit", "expectedRevision": 1});
        stage.done(&author, "transitionAssessment", case, submit).await;
        let seats: Vec<String> = members.iter().map(|(_, member)| member.id()).collect();
        let secretary = find(Role::PanelSecretary);
        stage.done(secretary, "assignPanel", case, json!({"members": seats})).await;
        for (interest, member) in &members {
            if *interest == "UNDECLARED" {
                continue;
            }
            let own = if *interest == "DECLARED_NOT_VOTING" { "DECLARED_NOTED" } else { interest };
            let note = (own != "NONE").then_some("A reason.");
            stage.done(member, "declareInterest", case, json!({"interest": own, "note": note})).await;
            if own != *interest {
                let answered = json!({"interest": interest, "member": member.id(), "note": "Too close."});
                stage.done(chair, "declareInterest", case, answered).await;
            }
        }
        let review = json!({"expectedRevision": 1, "recommendation": "APPROVE", "summary": "Sound."});
        stage.done(&members[1].1, "submitReview", case, review).await;
        let seated: Vec<(&str, &Player)> = members.iter().map(|(name, player)| (*name, player)).collect();
        let people: Vec<_> = people.into_iter().chain(seated).collect();
        told += &heading("Before the panel; the last four are its members, by what they declared", &people);
        told += &table(&stage, lead, &people, case).await;

        for level in ["STUB", "READ", "REVIEW"] {
            let share = json!({"organisation": crate::support::stage::PARTNER, "level": level});
            stage.done(&author, "shareAssessment", case, share).await;
            let people = [("equality lead there", &partner)];
            told += &heading(&format!("Shared with another organisation, {level}"), &people);
            told += &table(&stage, lead, &people, case).await;
        }

        // Another case, played further; the partner may read it.
        let case = stage.case(&author).await;
        let named = json!([{"contributors": [contributor.id()]}, {"sro": {"person": sponsor.id()}}]);
        stage.edit(&author, case, named).await;
        let share = json!({"organisation": crate::support::stage::PARTNER, "level": "READ"});
        stage.done(&author, "shareAssessment", case, share).await;
        let body = find(Role::DecisionMaker);
        let in_the_chair = stage.at_home("in-the-chair", Role::PanelChair).await;
        let troupe = Cast { stage: &stage, author: &author, sponsor: &sponsor, lead, secretary, body, chair: in_the_chair, members: &members };
        troupe.returned(case).await;
        told += &heading("Returned, discussed and changed; shared to be read", &people);
        told += &table(&stage, lead, &people, case).await;
        troupe.decided(case).await;
        told += &heading("Approved on a condition between meetings, decided, published, and changed since", &people);
        told += &table(&stage, lead, &people, case).await;
        troupe.looked_at(case).await;
        told += &heading("Judged not to matter, ratified, and looked at again", &people);
        told += &table(&stage, lead, &people, case).await;
        let edit = json!([{"proposal": {"summary": "The day service closes for all adults (synthetic)."}}]);
        stage.edit(&author, case, edit).await;
        let part = json!({"material": true, "reason": "It moves people.", "paths": [["proposal", "summary"]]});
        stage.done(lead, "judgeMateriality", case, part).await;
        told += &heading("Reopened in part", &people);
        told += &table(&stage, lead, &people, case).await;

        agreed("tests/it/golden/fields.txt", &told);
    }
}
