//! What is read, by whom: asked of our service, of PostGraphile and of PostgreSQL itself, checked to be the same, then measured
//! in turns.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use ehia::{clock, domain::id::Identifier as _};
use serde_json::{Value, json};

use crate::{
    Plan,
    difference::difference,
    fill::ORGANISATIONS,
    http::{Connection, load, request},
    postgraphile::{self, Postgraphile},
    report::note,
    risk::{QUESTIONS, WHAT_IF},
    seed::Seeded,
    serve::Server,
    sql::{self, Bare},
    table::Answered,
};

const LIST: &str = include_str!("../speed/list.graphql");
const DETAIL: &str = include_str!("../speed/detail.graphql");
/// How many ask at once for a list or a detail. Pictures are asked one after the other.
const CONNECTIONS: usize = 16;
/// Details that are compared.
const COMPARED: usize = 100;

type Requests = Arc<Vec<Vec<u8>>>;

/// Which read it is, as far as answers have a shape of their own.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    List,
    Detail,
    Picture,
}

/// One read.
struct Read {
    kind: Kind,
    ours: Requests,
    theirs: Option<Requests>,
    sql: String,
    answered: Answered,
}

/// All reads.
pub struct Reads(Vec<Read>);

impl Read {
    fn new(
        kind: Kind,
        name: &'static str,
        ours: Vec<Vec<u8>>,
        theirs: Option<Vec<Vec<u8>>>,
        sql: String,
    ) -> Self {
        let answered = Answered {
            load: kind != Kind::Picture,
            name,
            ours: Vec::new(),
            postgraphile: Vec::new(),
            sql: Vec::new(),
        };
        Self { kind, ours: Arc::new(ours), theirs: theirs.map(Arc::new), sql, answered }
    }

    fn clients(&self) -> usize {
        if self.kind == Kind::Picture { 1 } else { CONNECTIONS }
    }

    /// All answer the same, or there would be nothing to compare.
    async fn check(&self, server: &Server, other: Option<&Postgraphile>, bare: &Bare) -> anyhow::Result<()> {
        let name = self.answered.name;
        let same = |whose: &str, ours: &Value, theirs: &Value| match difference("", ours, theirs) {
            Some(different) => anyhow::bail!("{name}: {whose} answers something else: {different}"),
            None => Ok(()),
        };
        let mut connection = Connection::open(server.address).await?;
        for pick in 0..self.ours.len().min(COMPARED) {
            let ours = connection.ask_json(&self.ours[pick]).await?;
            let by_hand = match self.kind {
                Kind::List => listed(bare, &self.sql)?,
                Kind::Detail => bare.detail(pick)?,
                Kind::Picture => serde_json::from_slice(&bare.psql(&self.sql)?.stdout)?,
            };
            match self.kind {
                Kind::List => {
                    let references = postgraphile::list(&ours)?;
                    let nodes = references["nodes"].as_array().context("a list has nodes")?;
                    ensure!(!nodes.is_empty(), "{name}: nothing is in the list");
                    let names = nodes.iter().map(|node| {
                        json!([
                            node["reference"],
                            node["title"],
                            node["version"],
                            node["revision"],
                            node["organisation"]["name"],
                            node["author"]["name"],
                            node["updatedAt"],
                            node["createdAt"]
                        ])
                    });
                    same("the SQL", &names.collect(), &by_hand)?;
                }
                Kind::Detail => same("the SQL", &ours["data"]["assessment"], &by_hand)?,
                Kind::Picture => {
                    let picture = &ours["data"]["aggregatedRisk"];
                    let picture = picture.pointer("/whatIf/after").unwrap_or(picture);
                    ensure!(
                        picture["exposures"]["totalCount"].as_i64() > Some(0),
                        "{name}: nothing is in the picture"
                    );
                    same("the SQL", &ours["data"], &by_hand)?;
                }
            }
            let (Some(other), Some(theirs)) = (other, &self.theirs) else { continue };
            let answer = Connection::open(other.address).await?.ask_json(&theirs[pick]).await?;
            match self.kind {
                Kind::List => {
                    same("PostGraphile", &postgraphile::list(&ours)?, &postgraphile::list(&answer)?)?;
                }
                _ => same("PostGraphile", &postgraphile::ours(&ours), &postgraphile::theirs(&answer))?,
            }
        }
        Ok(())
    }
}

/// What the list as SQL answers, in the order of its page.
fn listed(bare: &Bare, query: &str) -> anyhow::Result<Value> {
    let query = bare.with_values(query);
    let query = query.trim().trim_end_matches(';');
    let script = format!(
        "SELECT json_agg(json_build_array(reference, title, version, revision, organisation, author, \
         CAST(extract(epoch FROM updated_at) * 1000000 AS bigint), \
         CAST(extract(epoch FROM created_at) * 1000000 AS bigint))) FROM ({query}) AS listed"
    );
    let answered: Vec<Value> = serde_json::from_slice(&bare.psql(&script)?.stdout)?;
    // One more than a page, which says whether there are more.
    Ok(answered.into_iter().take(50).collect())
}

impl Reads {
    /// What is asked of a filled database.
    pub fn of(seeded: &Seeded) -> Self {
        let nobody = |query: &str, variables: Value| request("none", query, &variables);
        let organisation = seeded.organisation.to_string();
        let list = Read::new(
            Kind::List,
            "list of 50",
            vec![request(&seeded.reader, LIST, &json!({}))],
            Some(vec![nobody(postgraphile::LIST, json!({ "organisation": organisation }))]),
            sql::LIST.to_owned(),
        );
        let ours =
            seeded.picks.iter().map(|id| request(&seeded.reader, DETAIL, &json!({ "id": id.global() })));
        let theirs =
            seeded.picks.iter().map(|id| nobody(postgraphile::DETAIL, json!({ "id": id.to_string() })));
        let detail = Read::new(
            Kind::Detail,
            "detail with 15 impacts",
            ours.collect(),
            Some(theirs.collect()),
            sql::DETAIL.to_owned(),
        );
        let today = clock::now().today;
        let pictures = QUESTIONS.iter().map(|question| {
            let (token, of) = if question.all {
                (&seeded.overseer, &ORGANISATIONS[..])
            } else {
                (&seeded.reader, &ORGANISATIONS[..1])
            };
            let ours = request(token, &question.document(today), &json!({}));
            Read::new(Kind::Picture, question.name, vec![ours], None, question.sql(of, today))
        });
        let (document, sql) =
            (WHAT_IF.document_if(&seeded.supposed), WHAT_IF.sql_if(&ORGANISATIONS[..1], &seeded.supposed));
        let ours = request(&seeded.reader, &document, &json!({}));
        let what_if = Read::new(Kind::Picture, WHAT_IF.name, vec![ours], None, sql);
        Self([list, detail].into_iter().chain(pictures).chain([what_if]).collect())
    }

    /// A request to begin with.
    pub fn first(&self) -> &[u8] {
        self.0.first().and_then(|read| read.ours.first()).map_or(&[], Vec::as_slice)
    }

    /// The same for PostGraphile.
    pub fn first_of_theirs(&self) -> anyhow::Result<Vec<u8>> {
        let theirs = self.0.iter().find_map(|read| read.theirs.as_ref()?.first().cloned());
        theirs.context("something is asked of PostGraphile")
    }

    /// Whether all answer the same.
    pub async fn check(
        &self,
        server: &Server,
        other: Option<&Postgraphile>,
        bare: &Bare,
    ) -> anyhow::Result<()> {
        for read in &self.0 {
            read.check(server, other, bare).await?;
        }
        Ok(())
    }

    /// How PostgreSQL goes about the SQL.
    pub fn explain(&self, bare: &Bare) -> anyhow::Result<()> {
        for read in &self.0 {
            note(format!("{}\n{}", read.answered.name, bare.explain(&read.sql)?));
        }
        Ok(())
    }

    /// Measures each read once by each way, one after the other.
    pub async fn round(
        &mut self,
        plan: &Plan,
        server: &Server,
        other: Option<&Postgraphile>,
        bare: &Bare,
    ) -> anyhow::Result<()> {
        for read in &mut self.0 {
            let clients = read.clients();
            let answered = &mut read.answered;
            answered.ours.push(load(server.address, clients, plan.time, read.ours.clone()).await?);
            if let (Some(other), Some(theirs)) = (other, &read.theirs) {
                answered.postgraphile.push(load(other.address, clients, plan.time, theirs.clone()).await?);
            }
            answered.sql.push(bare.load(&read.sql, clients, plan.time).await?);
        }
        Ok(())
    }

    /// What was measured.
    pub fn told(self) -> Vec<Answered> {
        self.0.into_iter().map(|read| read.answered).collect()
    }
}
