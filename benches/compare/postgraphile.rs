//! PostGraphile on the same database, as its makers ship it.

use std::{
    env,
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::{http::Connection, memory::memory, report::note};

/// The list, as it is asked of PostGraphile.
pub const LIST: &str = include_str!("postgraphile/list.graphql");
/// The detail, as it is asked of PostGraphile.
pub const DETAIL: &str = include_str!("postgraphile/detail.graphql");
const PACKAGE: &str = include_str!("postgraphile/package.json");
const CONFIG: &str = include_str!("postgraphile/graphile.config.mjs");
const PROGRAM: &str = "node_modules/.bin/postgraphile";
const NODE: &str = "node_modules/.bin/node";

/// Where it is installed.
pub struct Installed {
    folder: PathBuf,
    /// Its version, and that of Node.
    pub versions: String,
}

impl Installed {
    /// Installs what `package.json` pins, once: in `EHIA_BENCH_POSTGRAPHILE` or among what cargo builds. Nothing where npm
    /// cannot, which is said.
    pub fn find() -> Option<Self> {
        match Self::install() {
            Ok(installed) => Some(installed),
            Err(error) => {
                note(format!("PostGraphile is left out, it cannot be installed: {error:#}"));
                None
            }
        }
    }

    fn install() -> anyhow::Result<Self> {
        let folder = env::var_os("EHIA_BENCH_POSTGRAPHILE")
            .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgraphile"), PathBuf::from);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("graphile.config.mjs"), CONFIG)?;
        let package = folder.join("package.json");
        let known = fs::read_to_string(&package).is_ok_and(|there| there == PACKAGE);
        if !(known && folder.join(PROGRAM).exists()) {
            fs::write(package, PACKAGE)?;
            note("PostGraphile is being installed");
            let mut npm = Command::new("npm");
            npm.args(["install", "--no-audit", "--no-fund", "--no-package-lock"]).current_dir(&folder);
            let output = npm.output().context("npm cannot be run")?;
            ensure!(output.status.success(), "npm: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let node = Command::new(folder.join(NODE)).arg("--version").output().context("Node cannot be run")?;
        let own = fs::read_to_string(folder.join("node_modules/postgraphile/package.json"))?;
        let own: Value = serde_json::from_str(&own)?;
        let version = own["version"].as_str().context("PostGraphile has a version")?;
        let versions =
            format!("PostGraphile {version} on Node {}", String::from_utf8_lossy(&node.stdout).trim());
        Ok(Self { folder, versions })
    }
}

/// A running PostGraphile; dropping it ends it.
pub struct Postgraphile {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Postgraphile {
    /// Starts it on a database, and asks until it answers.
    pub async fn start(
        installed: &Installed,
        url: &str,
        folder: &Path,
        first: &[u8],
    ) -> anyhow::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let said = folder.join("postgraphile.log");
        let log = File::create(&said)?;
        let child = Command::new(installed.folder.join(NODE))
            .arg(installed.folder.join(PROGRAM))
            .current_dir(&installed.folder)
            .env("NODE_ENV", "production")
            .env("GRAPHILE_ENV", "production")
            .env("COMPARE_DATABASE", url)
            .env("COMPARE_PORT", address.port().to_string())
            .stdout(log.try_clone()?)
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .context("PostGraphile cannot be started")?;
        let server = Self { child, address };
        let begun = Instant::now();
        loop {
            let asked = async { Connection::open(address).await?.ask(first).await.map(drop) };
            match asked.await {
                Ok(()) => return Ok(server),
                Err(error) if begun.elapsed() > Duration::from_mins(1) => {
                    bail!("{error:#}: {}", fs::read_to_string(said)?)
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    /// The most memory it held, in MiB.
    pub fn memory(&self) -> anyhow::Result<f64> {
        memory(&self.child.id().to_string(), "VmHWM:")
    }
}

impl Drop for Postgraphile {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A page of the list as our API tells it, in the way of either: numbers as numbers, instants to the microsecond.
pub fn list(answer: &Value) -> anyhow::Result<Value> {
    let nodes = answer["data"]["assessments"]["nodes"].as_array().context("a list has nodes")?;
    let nodes = nodes.iter().map(|node| {
        let mut node = node.clone();
        plain(&mut node);
        node
    });
    let more = &answer["data"]["assessments"]["pageInfo"]["hasNextPage"];
    Ok(json!({ "nodes": nodes.collect::<Vec<_>>(), "hasNextPage": more }))
}

/// Our detail with the parts that have no order of their own in order.
pub fn ours(answer: &Value) -> Value {
    let mut case = answer["data"]["assessment"].clone();
    plain(&mut case);
    sort(&mut case["answers"], "question");
    for impact in case["impacts"].as_array_mut().into_iter().flatten() {
        sort(&mut impact["evidence"], "id");
        sort(&mut impact["mitigations"], "id");
    }
    case
}

/// PostGraphile's detail in the shape of ours.
pub fn theirs(answer: &Value) -> Value {
    let mut case = answer["data"]["assessment"].clone();
    plain(&mut case);
    let Some(fields) = case.as_object_mut() else { return case };
    let upper = |value: &Value| Value::from(value.as_str().map(str::to_uppercase));
    for word in ["phase", "standing", "band"] {
        fields[word] = upper(&fields[word]);
    }
    fields["id"] = named("assessment", &fields["id"]);
    let (footprint, options) = (fields["footprint"].take(), fields["options"].take());
    fields.remove("footprint");
    fields.remove("options");
    let proposal = &mut fields["proposal"];
    let sro = party(&proposal["sroName"], &proposal["sroOrganisation"]);
    if let Some(proposal) = proposal.as_object_mut() {
        proposal.remove("sroName");
        proposal.remove("sroOrganisation");
    }
    proposal["footprint"] = footprint;
    proposal["options"] = options;
    fields.insert("sro".into(), sro);
    sort(&mut fields["answers"], "question");
    let impacts = fields["impacts"].as_array().into_iter().flatten();
    fields["impacts"] = impacts.map(impact).collect();
    case
}

fn impact(of: &Value) -> Value {
    let rating = |basis: &str| {
        let field = |name: &str| of[format!("{basis}{name}")].clone();
        let rating = json!({ "likelihood": field("Likelihood"), "consequence": field("Consequence"),
            "score": field("Score"), "band": field("Band") });
        if rating["likelihood"].is_null() { Value::Null } else { rating }
    };
    let each = |list: &str, of_each: &dyn Fn(&Value) -> Value| -> Value {
        of[list].as_array().into_iter().flatten().map(of_each).collect()
    };
    let mut evidence = each("evidence", &|row| {
        let mut evidence = row["evidence"].clone();
        evidence["id"] = named("evidence", &evidence["id"]);
        evidence
    });
    sort(&mut evidence, "id");
    let mut mitigations = each("mitigations", &|row| {
        let of = &row["mitigation"];
        json!({ "id": named("mitigation", &of["id"]), "action": of["action"],
            "owner": party(&of["ownerName"], &of["ownerOrganisation"]), "due": of["due"], "status": of["status"],
            "indicator": of["indicator"], "baseline": of["baseline"], "targetValue": of["targetValue"] })
    });
    sort(&mut mitigations, "id");
    let reach = json!({ "low": of["reachLow"], "high": of["reachHigh"], "basis": of["reachBasis"] });
    let question = json!({ "question": of["question"], "owner": { "name": of["questionOwner"] }, "due": of["questionDue"] });
    let when = |there: &str, value: Value| if of[there].is_null() { Value::Null } else { value };
    json!({
        "id": named("impact", &of["id"]),
        "groups": each("groups", &|row| row["group"].clone()),
        "direction": of["direction"],
        "rationale": of["rationale"],
        "initial": rating("initial"),
        "current": rating("current"),
        "target": rating("target"),
        "assured": rating("assured"),
        "reach": when("reachLow", reach),
        "noMitigationBecause": of["noMitigationBecause"],
        "justification": of["justification"],
        "openQuestion": when("question", question),
        "evidence": evidence,
        "mitigations": mitigations,
    })
}

fn named(noun: &str, id: &Value) -> Value {
    format!("{noun}:{}", id.as_str().unwrap_or_default()).into()
}

fn party(name: &Value, organisation: &Value) -> Value {
    if name.is_null() { Value::Null } else { json!({ "name": name, "organisation": organisation }) }
}

fn sort(list: &mut Value, by: &str) {
    if let Some(list) = list.as_array_mut() {
        list.sort_by_key(|element| element[by].to_string());
    }
}

/// Spells the fields that either spells in its own way alike.
fn plain(case: &mut Value) {
    for name in ["version", "revision"] {
        if let Some(number) = case[name].as_str().and_then(|text| text.parse::<i64>().ok()) {
            case[name] = number.into();
        }
    }
    for name in ["createdAt", "updatedAt"] {
        if let Some(at) = case[name].as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok()) {
            case[name] = at.timestamp_micros().into();
        }
    }
}
