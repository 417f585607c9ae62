//! Recording one approval: a panel of four has reviewed a complete assessment, and its chair concludes. Over HTTP, among all
//! the cases that are there.

use std::{path::Path, time::Instant};

use anyhow::{Context as _, ensure};
use ehia::domain::{id::Identifier as _, permission::Role};
use serde_json::{Value, json};

use crate::{
    fill::ORGANISATIONS,
    http::{Connection, request},
    report::Figures,
    seed,
    serve::Server,
};

/// Approvals in one round.
const AT_ONCE: usize = 20;
const REVIEWERS: [&str; 2] = ["Reviewer 1", "Reviewer 2"];
const EXAMPLE: &str = include_str!("../../examples/05-floating-support.json");

/// Somebody who takes part, and what names them to the API.
struct Player {
    id: String,
    token: String,
}

/// One of the databases, served, and who takes part.
pub struct Approvals {
    /// The database.
    pub name: &'static str,
    /// What serves it.
    pub server: Server,
    /// How long approvals took, round by round.
    pub rounds: Vec<Figures>,
    author: Player,
    secretary: Player,
    /// The chair is the last.
    panel: Vec<Player>,
    document: Value,
}

impl Approvals {
    /// Serves a filled database, with people added who take part.
    pub async fn start(name: &'static str, url: &str, folder: &Path) -> anyhow::Result<Self> {
        let (app, store) = seed::open(url).await?;
        let organisation = store.read().organisation_by_ods_code(ORGANISATIONS[0]).await?;
        let organisation = organisation.context("the organisation is there")?.id;
        let player = async |name: &str, role| {
            let person = seed::add(&app, organisation, name, role).await?;
            let token = seed::token(&app, name, false).await?;
            anyhow::Ok(Player { id: person.global(), token })
        };
        let author = player("Author", Role::Author).await?;
        let secretary = player("Secretary", Role::PanelSecretary).await?;
        let mut panel = Vec::new();
        panel.push(player("Equality lead", Role::EqualityLead).await?);
        for name in REVIEWERS {
            panel.push(player(name, Role::Reviewer).await?);
        }
        panel.push(player("Chair", Role::PanelChair).await?);
        app.close().await?;
        let mut document: Value = serde_json::from_str(EXAMPLE)?;
        // What it relies on is not in this database.
        document.as_object_mut().context("an example is an object")?.remove("interdependencies");
        for mitigation in document["mitigations"].as_array_mut().into_iter().flatten() {
            mitigation.as_object_mut().map(|fields| fields.remove("reliances"));
        }
        let first = request(&author.token, "{ viewer { person { name } } }", &json!({}));
        let server = Server::start(url, &folder.join(name), &first).await?;
        Ok(Self { name, server, rounds: Vec::new(), author, secretary, panel, document })
    }

    /// Brings some assessments before the panel, then has each approved.
    pub async fn round(&mut self) -> anyhow::Result<()> {
        let mut connection = Connection::open(self.server.address).await?;
        let chair = self.panel.last().context("the panel has a chair")?;
        let mut requests = Vec::new();
        for _ in 0..AT_ONCE {
            let case = self.reviewed(&mut connection).await?;
            let outcome = json!({ "attendees": [{ "person": chair.id }] });
            let input = json!({ "assessmentId": case, "transition": "approve", "expectedRevision": 1, "outcome": outcome,
                "comment": "The reviewers agree." });
            requests.push(command(chair, "transitionAssessment", &input));
        }
        let (begun, mut taken) = (Instant::now(), Vec::new());
        for request in &requests {
            let asked = Instant::now();
            let answer = connection.ask_json(request).await?;
            taken.push(asked.elapsed());
            let state = &answer["data"]["done"]["assessment"]["state"]["name"];
            ensure!(state == "approved", "not approved: {answer}");
        }
        self.rounds.push(Figures::of(taken, begun.elapsed()));
        Ok(())
    }

    /// An assessment that every member of its panel has reviewed.
    async fn reviewed(&self, connection: &mut Connection) -> anyhow::Result<String> {
        let document = json!({ "organisation": ORGANISATIONS[0], "document": self.document });
        let case = done(connection, &self.author, "importAssessment", document).await?;
        let with = |more: Value| {
            let mut input = json!({ "assessmentId": case });
            if let (Some(input), Value::Object(more)) = (input.as_object_mut(), more) {
                input.extend(more);
            }
            input
        };
        let submit = with(json!({ "transition": "submit", "expectedRevision": 1 }));
        done(connection, &self.author, "transitionAssessment", submit).await?;
        let members: Vec<&String> = self.panel.iter().map(|member| &member.id).collect();
        // The lead and the chair sit there by their roles, and somebody for health.
        let clinical = self.panel.get(1).context("the panel has reviewers")?;
        let seats = json!([{ "person": clinical.id, "seat": "clinical" }]);
        let seated = with(json!({ "members": members, "seats": seats }));
        done(connection, &self.secretary, "assignPanel", seated).await?;
        for member in &self.panel {
            done(connection, member, "declareInterest", with(json!({ "interest": "NONE" }))).await?;
        }
        for member in &self.panel {
            let review =
                json!({ "expectedRevision": 1, "recommendation": "APPROVE", "summary": "It is sound." });
            done(connection, member, "submitReview", with(review)).await?;
        }
        Ok(case)
    }
}

fn command(who: &Player, field: &str, input: &Value) -> Vec<u8> {
    let (first, rest) = field.split_at(1);
    let query = format!(
        "mutation($input: {}{rest}Input!) {{ done: {field}(input: $input) {{ assessment {{ id state {{ name }} }} \
         errors {{ code message }} blockers {{ code message }} }} }}",
        first.to_uppercase()
    );
    request(&who.token, &query, &json!({ "input": input }))
}

/// Does it, or says why it was not done. The case.
async fn done(
    connection: &mut Connection,
    who: &Player,
    field: &str,
    input: Value,
) -> anyhow::Result<String> {
    let answer = connection.ask_json(&command(who, field, &input)).await?;
    let done = &answer["data"]["done"];
    ensure!(done["errors"] == json!([]) && done["blockers"] == json!([]), "{field}: {answer}");
    Ok(done["assessment"]["id"].as_str().context("a command answers with the case")?.to_owned())
}
