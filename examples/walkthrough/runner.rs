//! Plays a script of GraphQL requests against a running service, as any client would: over HTTP, with nothing of the
//! service's own code. Used by the example beside it and by the tests.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A story in requests.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What it tells.
    pub title: String,
    /// The document that is imported, and what is left out of it.
    pub document: Document,
    /// Fragments that requests use by name.
    pub fragments: BTreeMap<String, String>,
    /// In order.
    pub steps: Vec<Step>,
}

/// A document beside the script's directory.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Its file.
    pub file: String,
    /// The day it is written as on; every date in it moves with the day the script is played.
    pub written: chrono::NaiveDate,
    /// Paths of what is left out; elements of lists by their `id`.
    pub without: Vec<String>,
}

/// One thing that somebody does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// A short name, unlike all others; part of the idempotency key.
    pub name: String,
    /// What happens, in words.
    pub say: String,
    /// By whom: a role (`REVIEWER`, `REVIEWER:2`, `AUTHOR elsewhere`), several of them, or nobody.
    #[serde(rename = "as", default)]
    pub who: Who,
    /// The GraphQL text, in lines.
    pub send: Vec<String>,
    /// Its variables. `{name}` and `{name/path}` stand for what was saved, `{ROLE.name}` for what was saved when that
    /// role did a step, `{ROLE.email}` for an address, `{key}` for an idempotency key of this step and person.
    #[serde(default)]
    pub variables: Value,
    /// What `data` must hold; see [`matches`].
    #[serde(default)]
    pub expect: Value,
    /// The code of the error at the top level; when absent, there must be none.
    #[serde(default)]
    pub refused: Option<String>,
    /// What is kept for later steps: a name, and its path in `data`.
    #[serde(default)]
    pub save: BTreeMap<String, String>,
    /// Messages that follow from it.
    #[serde(default)]
    pub mail: Vec<Mail>,
    /// Whether they must have arrived before the story goes on: some tell of what the next step ends.
    #[serde(default)]
    pub awaited: bool,
}

/// Who does a step.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(untagged)]
pub enum Who {
    /// Nobody who is signed in.
    #[default]
    Nobody,
    /// Somebody, by role.
    One(String),
    /// Each of them, one after the other.
    Each(Vec<String>),
}

/// A message to one person, or to each of several.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// By role as in [`Step::who`], `every ROLE`, or an address.
    pub to: Vec<String>,
    /// What its subject holds.
    pub subject: String,
}

/// Somebody who can sign in, as `ehia demo --json` prints it.
#[derive(Clone, Debug, Deserialize)]
pub struct Account {
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: String,
    /// The roles they hold.
    pub roles: Vec<String>,
    /// ODS code of their organisation.
    #[serde(default)]
    pub organisation: Option<String>,
}

/// A message that must have been delivered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    /// The address.
    pub to: String,
    /// What the subject holds.
    pub subject: String,
}

/// Why a step did not go as the script says.
#[derive(Debug)]
pub enum Failure {
    /// The service did not answer, or not with GraphQL; the step may be sent again.
    Connection(String),
    /// It answered something else.
    Story(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(words) => write!(f, "no answer: {words}"),
            Self::Story(words) => f.write_str(words),
        }
    }
}

impl std::error::Error for Failure {}

/// One play of a script.
pub struct Run {
    client: reqwest::Client,
    endpoint: String,
    accounts: Vec<Account>,
    /// Names this play in idempotency keys.
    id: String,
    tokens: BTreeMap<String, String>,
    saved: BTreeMap<String, Value>,
    fragments: BTreeMap<String, String>,
    expected: Vec<Expected>,
}

impl Who {
    fn roles(&self) -> Vec<Option<&str>> {
        match self {
            Self::Nobody => vec![None],
            Self::One(role) => vec![Some(role)],
            Self::Each(roles) => roles.iter().map(|role| Some(role.as_str())).collect(),
        }
    }
}

impl Script {
    /// Reads a script.
    pub fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("the script cannot be read: {error}"))
    }
}

impl Run {
    /// Makes ready: `whole` is the document of the script, `id` names the play.
    pub fn new(
        script: &Script,
        mut whole: Value,
        url: &str,
        accounts: Vec<Account>,
        id: String,
        today: chrono::NaiveDate,
    ) -> Result<Self, String> {
        shift(&mut whole, today - script.document.written);
        let mut document = whole.clone();
        for path in &script.document.without {
            remove(&mut document, path).ok_or_else(|| format!("the document has no `{path}`"))?;
        }
        let home = accounts.first().and_then(|account| account.organisation.clone());
        let mut saved = BTreeMap::from([
            ("whole".to_owned(), whole),
            ("document".to_owned(), document),
            ("today".to_owned(), json!(today)),
            ("home".to_owned(), json!(home)),
        ]);
        for days in [-7_i64, -1, 30, 60, 90, 120] {
            let day = today + chrono::TimeDelta::days(days);
            saved.insert(format!("today{days:+}"), json!(day));
        }
        let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build();
        Ok(Self {
            client: client.map_err(|error| error.to_string())?,
            endpoint: format!("{}/graphql", url.trim_end_matches('/')),
            accounts,
            id,
            tokens: BTreeMap::new(),
            saved,
            fragments: script.fragments.clone(),
            expected: Vec::new(),
        })
    }

    /// Does a step, and answers with what came back from each request.
    pub async fn step(&mut self, step: &Step) -> Result<Vec<Value>, Failure> {
        let mut answers = Vec::new();
        for role in step.who.roles() {
            answers.push(self.act(step, role).await?);
        }
        self.expect(step)?;
        Ok(answers)
    }

    /// Counts the messages of a step among those that must be delivered.
    pub fn expect(&mut self, step: &Step) -> Result<(), Failure> {
        for mail in &step.mail {
            for address in self.recipients(mail)? {
                self.expected.push(Expected { to: address, subject: mail.subject.clone() });
            }
        }
        Ok(())
    }

    /// Every message that must have been delivered by now, each once.
    pub fn expected(&self) -> &[Expected] {
        &self.expected
    }

    /// What was saved under that name.
    pub fn saved(&self, name: &str) -> Option<&Value> {
        self.saved.get(name)
    }

    /// The account that a role of the script means.
    pub fn account(&self, role: &str) -> Result<&Account, Failure> {
        let (role, elsewhere) = match role.strip_suffix(" elsewhere") {
            Some(role) => (role, true),
            None => (role, false),
        };
        let (role, nth) = role.split_once(':').unwrap_or((role, "1"));
        let nth: usize = nth.parse().map_err(|_| Failure::Story(format!("`{role}:{nth}` is nobody")))?;
        let found = self.holders(role, elsewhere).into_iter().nth(nth.saturating_sub(1));
        found.ok_or_else(|| Failure::Story(format!("nobody is {role} number {nth}")))
    }

    /// A token of that account; signs in when there is none yet.
    pub async fn token(&mut self, account: &Account) -> Result<String, Failure> {
        if let Some(token) = self.tokens.get(&account.email) {
            return Ok(token.clone());
        }
        let query =
            "mutation($input: SignInInput!) { signIn(input: $input) { token errors { code message } } }";
        let input = json!({"input": {"email": account.email, "password": account.password}});
        let answer = self.post(None, query, &input).await?;
        let token = answer.pointer("/data/signIn/token").and_then(Value::as_str).map(str::to_owned);
        let token =
            token.ok_or_else(|| Failure::Story(format!("{} cannot sign in: {answer}", account.email)))?;
        self.tokens.insert(account.email.clone(), token.clone());
        Ok(token)
    }

    /// Sends one request.
    pub async fn post(&self, token: Option<&str>, query: &str, variables: &Value) -> Result<Value, Failure> {
        let mut request =
            self.client.post(&self.endpoint).json(&json!({"query": query, "variables": variables}));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let lost = |error: reqwest::Error| Failure::Connection(error.to_string());
        let answer = request.send().await.map_err(lost)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(lost)?;
        serde_json::from_slice(&body)
            .map_err(|_| Failure::Connection(format!("{status}, {} bytes that are no JSON", body.len())))
    }

    async fn act(&mut self, step: &Step, role: Option<&str>) -> Result<Value, Failure> {
        let token = match role {
            Some(role) => Some(self.token(&self.account(role)?.clone()).await?),
            None => None,
        };
        let me = role.unwrap_or("nobody");
        self.saved.insert("key".into(), json!(format!("{} {} {me}", self.id, step.name)));
        let mut query = step.send.join("\n");
        for (name, fragment) in &self.fragments {
            if query.contains(&format!("...{name}")) {
                query = format!("{query}\n{fragment}");
            }
        }
        let variables = self.filled(&step.variables)?;
        let answer = self.post(token.as_deref(), &query, &variables).await?;
        let fault = |what: String| {
            Failure::Story(format!("step `{}` of {me}: {} {what}\nanswer: {answer:#}", step.name, step.say))
        };
        let code = answer.pointer("/errors/0/extensions/code").and_then(Value::as_str);
        let failed = answer.pointer("/errors/0").is_some();
        match (&step.refused, failed) {
            (None, true) => return Err(fault("an error where there should be none".into())),
            (Some(expected), _) if code != Some(expected) => {
                return Err(fault(format!("{} instead of {expected}", code.unwrap_or("no error"))));
            }
            _ => {}
        }
        let data = answer.get("data").cloned().unwrap_or_default();
        matches(&data, &self.filled(&step.expect)?, "data").map_err(fault)?;
        for (name, path) in &step.save {
            let value = look_up(&data, path).cloned();
            let value = value.ok_or_else(|| fault(format!("nothing at {path} to keep as `{name}`")))?;
            self.saved.insert(format!("{me}.{name}"), value.clone());
            self.saved.insert(name.clone(), value);
        }
        Ok(answer)
    }

    /// Those who hold a role, whoever holds the fewest roles first.
    fn holders(&self, role: &str, elsewhere: bool) -> Vec<&Account> {
        let home = self.accounts.first().and_then(|account| account.organisation.as_ref());
        let mut holders: Vec<&Account> = (self.accounts.iter())
            .filter(|account| (account.organisation.as_ref() != home) == elsewhere)
            .filter(|account| account.roles.iter().any(|held| held == role))
            .collect();
        holders.sort_by_key(|account| account.roles.len());
        holders
    }

    fn recipients(&self, mail: &Mail) -> Result<Vec<String>, Failure> {
        let mut addresses = Vec::new();
        for to in &mail.to {
            if to.contains('@') {
                addresses.push(to.clone());
            } else if let Some(role) = to.strip_prefix("every ") {
                addresses.extend(self.holders(role, false).into_iter().map(|account| account.email.clone()));
            } else {
                addresses.push(self.account(to)?.email.clone());
            }
        }
        // A kind of message reaches nobody twice, whatever roles they hold.
        addresses.sort();
        addresses.dedup();
        Ok(addresses)
    }

    /// The value with everything in braces filled in. `{"each": "{name}", "give": ..}` gives a list, with `{item}`.
    pub fn filled(&self, value: &Value) -> Result<Value, Failure> {
        fill(value, &|path| {
            let (name, rest) = path.split_once('/').unwrap_or((path, ""));
            if let Some(role) = name.strip_suffix(".email") {
                return self.account(role).ok().map(|account| json!(account.email));
            }
            look_up(self.saved.get(name)?, rest).cloned()
        })
        .map_err(Failure::Story)
    }
}

fn fill(value: &Value, known: &dyn Fn(&str) -> Option<Value>) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => fill_text(text, known)?,
        Value::Array(list) => list.iter().map(|one| fill(one, known)).collect::<Result<_, _>>()?,
        Value::Object(fields) => {
            if let (Some(each), Some(give)) = (fields.get("each"), fields.get("give")) {
                let Value::Array(list) = fill(each, known)? else { return Err(format!("{each} is no list")) };
                let given = list.iter().map(|item| {
                    fill(give, &|path| match path.strip_prefix("item") {
                        Some(rest) => look_up(item, rest.trim_start_matches('/')).cloned(),
                        None => known(path),
                    })
                });
                return given.collect();
            }
            let fields = fields.iter().map(|(name, value)| Ok((name.clone(), fill(value, known)?)));
            Value::Object(fields.collect::<Result<Map<_, _>, String>>()?)
        }
        other => other.clone(),
    })
}

fn fill_text(text: &str, known: &dyn Fn(&str) -> Option<Value>) -> Result<Value, String> {
    let find = |path: &str| known(path).ok_or_else(|| format!("nothing was saved as `{path}`"));
    if let Some(path) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
        && !path.contains(['{', '}'])
    {
        return find(path);
    }
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (path, after) = after.split_once('}').ok_or_else(|| format!("`{text}` opens a brace"))?;
        filled.push_str(before);
        match find(path)? {
            Value::String(words) => filled.push_str(&words),
            other => filled.push_str(&other.to_string()),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(Value::String(filled))
}

/// What lies at a path of names; elements of lists by number or by their `id`.
pub fn look_up<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('/').filter(|segment| !segment.is_empty()).try_fold(value, |value, segment| match value {
        Value::Array(list) => match segment.parse::<usize>() {
            Ok(index) => list.get(index),
            Err(_) => list.iter().find(|one| one.get("id").is_some_and(|id| id == segment)),
        },
        other => other.get(segment),
    })
}

fn remove(value: &mut Value, path: &str) -> Option<Value> {
    let (parent, last) = path.rsplit_once('/').unwrap_or(("", path));
    let parent = parent.split('/').filter(|segment| !segment.is_empty()).try_fold(
        value,
        |value, segment| match value {
            Value::Array(items) => items.iter_mut().find(|one| one.get("id").is_some_and(|id| id == segment)),
            other => other.get_mut(segment),
        },
    )?;
    match parent {
        Value::Array(items) => {
            let index = items.iter().position(|one| one.get("id").is_some_and(|id| id == last))?;
            Some(items.remove(index))
        }
        other => other.as_object_mut()?.remove(last),
    }
}

/// Moves every text that is nothing but a date.
fn shift(value: &mut Value, by: chrono::TimeDelta) {
    match value {
        Value::String(text) => {
            if text.len() == 10
                && let Ok(day) = text.parse::<chrono::NaiveDate>()
            {
                *text = (day + by).to_string();
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|one| shift(one, by)),
        Value::Object(fields) => fields.values_mut().for_each(|one| shift(one, by)),
        _ => {}
    }
}

/// Whether a value is as expected: of an object only the named fields are looked at; everything else must be equal.
/// Objects with one field that begins with `$` ask more: `$has` that a list has an element like each of those given,
/// `$is` that a value has nothing more, `$holds` that a text holds another, `$count` and `$least` how long a list is, `$not` that something is otherwise.
pub fn matches(value: &Value, expected: &Value, place: &str) -> Result<(), String> {
    match expected {
        Value::Object(fields) => {
            for (name, expected) in fields {
                match (name.as_str(), expected) {
                    ("$has", Value::Array(wanted)) => {
                        let list = value.as_array().ok_or_else(|| format!("{place} is no list"))?;
                        for one in wanted {
                            if !list.iter().any(|value| matches(value, one, place).is_ok()) {
                                return Err(format!("{place} holds nothing like {one}"));
                            }
                        }
                    }
                    ("$holds", Value::String(words)) => {
                        if !value.as_str().is_some_and(|text| text.contains(words)) {
                            return Err(format!("{place} does not say \"{words}\""));
                        }
                    }
                    ("$count" | "$least", Value::Number(count)) => {
                        let is = value.as_array().map_or(0, Vec::len) as u64;
                        let wanted = count.as_u64().unwrap_or_default();
                        if is < wanted || (name == "$count" && is != wanted) {
                            return Err(format!("{place} holds {is} instead of {wanted}"));
                        }
                    }
                    ("$is", wanted) => {
                        if value != wanted {
                            return Err(format!("{place} is not exactly what it should be"));
                        }
                    }
                    ("$not", unwanted) => {
                        if matches(value, unwanted, place).is_ok() {
                            return Err(format!("{place} is {unwanted}"));
                        }
                    }
                    _ => {
                        let inner = value.get(name).ok_or_else(|| format!("{place}/{name} is not there"))?;
                        matches(inner, expected, &format!("{place}/{name}"))?;
                    }
                }
            }
            Ok(())
        }
        Value::Null if place == "data" => Ok(()),
        Value::Array(list) => {
            let values = value.as_array().ok_or_else(|| format!("{place} is no list"))?;
            if values.len() != list.len() {
                return Err(format!("{place} holds {} instead of {}", values.len(), list.len()));
            }
            let pairs = values.iter().zip(list).enumerate();
            pairs
                .into_iter()
                .try_for_each(|(index, (value, one))| matches(value, one, &format!("{place}/{index}")))
        }
        other if other == value => Ok(()),
        other => Err(format!("{place} is {value} instead of {other}")),
    }
}
