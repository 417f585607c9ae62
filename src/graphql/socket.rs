//! Subscriptions over a WebSocket: the protocol `graphql-transport-ws`
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>), and no other.
//!
//! One task a connection, in which everything happens one after the other: nothing is sent while something else waits
//! to be sent, so that whoever does not read holds up nobody but themselves, and nothing is kept for them but what they
//! wait for. A subscription is kept as the text it was sent as, and executed anew for every change.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, broadcast},
    time::{Instant, sleep_until, timeout, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    app::Changes,
    domain::{id::PersonId, permission::Actor},
    graphql::{
        door::{Asked, Door, Said},
        error::Code,
        http,
        session::Caller,
        subscription::{Topic, Wait},
    },
};

/// The one protocol that is spoken.
pub const PROTOCOL: &str = "graphql-transport-ws";
/// Most bytes of the name that a client gives a subscription.
const NAME: usize = 128;

/// What connections may take, and how patient they are.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections of this process.
    pub connections: usize,
    /// Subscriptions of one person in this process.
    pub per_person: usize,
    /// Subscriptions of one connection.
    pub per_connection: usize,
    /// Bytes of one message of a client.
    pub text: usize,
    /// Within this time a client says who it is.
    pub introduction: Duration,
    /// Between two pings.
    pub ping: Duration,
    /// A client that was not heard for this long is gone.
    pub silence: Duration,
    /// Between two looks at whether the token still works, when nothing changes.
    pub recheck: Duration,
    /// Between two rounds of messages of one connection; what changes meanwhile is told together.
    pub pace: Duration,
    /// How long a client may take to take a message in.
    pub reading: Duration,
    /// How long a subscription may take to be executed.
    pub execution: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 5_000,
            per_person: 100,
            per_connection: 20,
            text: 32 * 1024,
            introduction: Duration::from_secs(10),
            ping: Duration::from_secs(25),
            silence: Duration::from_mins(1),
            recheck: Duration::from_secs(15),
            pace: Duration::from_secs(1),
            reading: Duration::from_secs(10),
            execution: Duration::from_secs(30),
        }
    }
}

/// The connections of a process, what they may take, and the pages that may open them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sockets(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    bounds: Bounds,
    /// Where pages are served beside the host that was asked: `ehia.example.org`.
    home: Option<String>,
    ending: CancellationToken,
    tasks: TaskTracker,
    connections: Arc<Semaphore>,
    people: Mutex<HashMap<PersonId, usize>>,
}

impl Default for Sockets {
    fn default() -> Self {
        Self::new(Bounds::default(), None)
    }
}

impl Sockets {
    /// None yet. `home` is host and port of the address people reach the service under, where a proxy in front asks for
    /// another.
    #[must_use]
    pub fn new(bounds: Bounds, home: Option<String>) -> Self {
        Self(Arc::new(Shared {
            bounds,
            home,
            ending: CancellationToken::new(),
            tasks: TaskTracker::new(),
            connections: Arc::new(Semaphore::new(bounds.connections)),
            people: Mutex::default(),
        }))
    }

    /// Closes every connection, and is ready when all are closed.
    pub async fn end(&self) {
        self.0.ending.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// What they may take.
    pub(super) fn bounds(&self) -> &Bounds {
        &self.0.bounds
    }

    /// Whether a page from there may connect: one of our own, or no page at all.
    pub(super) fn welcomes(&self, origin: Option<&str>, host: Option<&str>) -> bool {
        let Some(origin) = origin else { return true };
        let Some((_, authority)) = origin.split_once("://") else { return false };
        let ours = [host, self.0.home.as_deref()];
        ours.into_iter().flatten().any(|own| own.eq_ignore_ascii_case(authority))
    }

    /// A place for one more connection; none when all are taken or everything ends.
    pub(super) fn connect(&self) -> Option<OwnedSemaphorePermit> {
        let open = !self.0.ending.is_cancelled();
        self.0.connections.clone().try_acquire_owned().ok().filter(|_| open)
    }

    /// Converses until either side ends.
    pub(super) async fn serve(self, door: Door, caller: Caller, request_id: String, mut socket: WebSocket) {
        let tasks = self.0.tasks.clone();
        let conversation = async move {
            let end = match self.introduce(&door, caller, &mut socket).await {
                Ok((caller, actor)) => {
                    let changes = None;
                    let line = Line { door, sockets: self.clone(), caller, actor, request_id, changes };
                    line.converse(&mut socket).await
                }
                Err(end) => end,
            };
            if let End::Closed(code, reason) = end {
                let frame = CloseFrame { code, reason: reason.as_ref().into() };
                let _ = timeout(self.bounds().reading, socket.send(Message::Close(Some(frame)))).await;
            }
        };
        tasks.track_future(conversation).await;
    }

    /// Finds out who is at the other end, and says that they may go on.
    async fn introduce(
        &self,
        door: &Door,
        mut caller: Caller,
        socket: &mut WebSocket,
    ) -> Result<(Caller, Actor), End> {
        let until = Instant::now() + self.bounds().introduction;
        let payload = loop {
            let heard = tokio::select! {
                () = self.0.ending.cancelled() => return Err(End::going()),
                heard = timeout_at(until, socket.recv()) => heard,
            };
            let late = |_| End::closed(4408, "Connection initialisation timeout");
            match heard.map_err(late)?.and_then(Result::ok).ok_or(End::Gone)? {
                Message::Close(_) => return Err(End::Gone),
                Message::Ping(_) | Message::Pong(_) => {}
                message => match read(&message)? {
                    Heard::ConnectionInit { payload } => break payload,
                    Heard::Ping {} => self.send(socket, pong()).await?,
                    Heard::Pong {} => {}
                    Heard::Subscribe { .. } => return Err(End::closed(4401, "Unauthorized")),
                    Heard::Complete { .. } => return Err(End::closed(4400, "Begin with connection_init.")),
                },
            }
        };
        let given = payload.as_ref().and_then(Value::as_object).and_then(|fields| {
            fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization")).map(|(_, value)| value)
        });
        if let Some(given) = given {
            let bearer = given.as_str().and_then(http::bearer);
            caller.bearer = Some(bearer.ok_or_else(End::forbidden)?);
        }
        let actor = door.recognise(&caller).await.map_err(End::refused)?.ok_or_else(End::forbidden)?;
        self.send(socket, json!({ "type": "connection_ack" }).to_string()).await?;
        Ok((caller, actor))
    }

    async fn send(&self, socket: &mut WebSocket, text: String) -> Result<(), End> {
        self.carry(socket, Message::Text(text.into())).await
    }

    /// Sends a message to a client that takes it in within a while.
    async fn carry(&self, socket: &mut WebSocket, message: Message) -> Result<(), End> {
        let sent = timeout(self.bounds().reading, socket.send(message)).await;
        sent.ok().and_then(Result::ok).ok_or(End::Gone)
    }

    /// A place for one more subscription of this person.
    fn place(&self, person: PersonId) -> Option<Place> {
        let mut people = self.0.people.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = people.entry(person).or_default();
        if *taken >= self.bounds().per_person {
            return None;
        }
        *taken += 1;
        Some(Place { sockets: self.clone(), person })
    }
}

/// The place of a subscription among those of its person, until it is dropped.
struct Place {
    sockets: Sockets,
    person: PersonId,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut people = self.sockets.0.people.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = people.get_mut(&self.person) {
            *taken -= 1;
            if *taken == 0 {
                people.remove(&self.person);
            }
        }
    }
}

/// How a conversation ends.
enum End {
    /// The client has gone, or does not read.
    Gone,
    /// We close, with a code of the protocol.
    Closed(u16, Cow<'static, str>),
}

impl End {
    fn closed(code: u16, reason: &'static str) -> Self {
        Self::Closed(code, reason.into())
    }

    /// Whoever they were is not let in, or no longer.
    fn forbidden() -> Self {
        Self::closed(4403, "Forbidden")
    }

    fn going() -> Self {
        Self::closed(1001, "The service ends; connect again.")
    }

    fn refused(code: Code) -> Self {
        match code {
            Code::Internal => Self::closed(1011, "Something went wrong here."),
            _ => Self::forbidden(),
        }
    }
}

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Heard {
    ConnectionInit {
        #[serde(default)]
        payload: Option<Value>,
    },
    Subscribe {
        id: String,
        payload: Asked,
    },
    Complete {
        id: String,
    },
    Ping {},
    Pong {},
}

fn read(message: &Message) -> Result<Heard, End> {
    let wrong = || End::closed(4400, "Send messages of graphql-transport-ws, as text.");
    let Message::Text(text) = message else { return Err(wrong()) };
    let heard: Heard = serde_json::from_str(text).map_err(|_| wrong())?;
    match &heard {
        Heard::Subscribe { id, .. } | Heard::Complete { id } if id.is_empty() || id.len() > NAME => {
            Err(End::Closed(4400, format!("An id has 1 to {NAME} bytes.").into()))
        }
        _ => Ok(heard),
    }
}

fn pong() -> String {
    json!({ "type": "pong" }).to_string()
}

/// A subscription that waits.
struct Waiting {
    asked: Asked,
    topic: Topic,
    /// A digest of what was told last.
    told: u64,
    /// Whether it is to be executed again.
    due: bool,
    _place: Place,
}

/// A connection of somebody who is known.
struct Line {
    door: Door,
    sockets: Sockets,
    caller: Caller,
    actor: Actor,
    request_id: String,
    /// What changes; heard only while something waits for it.
    changes: Option<broadcast::Receiver<Arc<Changes>>>,
}

impl Line {
    async fn converse(mut self, socket: &mut WebSocket) -> End {
        let bounds = *self.sockets.bounds();
        let sockets = self.sockets.clone();
        let mut waiting: BTreeMap<String, Waiting> = BTreeMap::new();
        let mut heard_at = Instant::now();
        let mut ping = heard_at + bounds.ping;
        let mut recheck = heard_at + bounds.recheck;
        let mut round = heard_at;
        loop {
            let due = waiting.values().any(|one| one.due);
            let done = tokio::select! {
                () = sockets.0.ending.cancelled() => Err(End::going()),
                message = socket.recv() => {
                    heard_at = Instant::now();
                    match message {
                        Some(Ok(message)) => self.answer(socket, &mut waiting, message).await,
                        Some(Err(_)) | None => Err(End::Gone),
                    }
                }
                changes = next(&mut self.changes) => {
                    for one in waiting.values_mut() {
                        one.due |= match one.topic {
                            Topic::Case(id) => changes.of_case(id),
                            Topic::Tasks => changes.of_tasks(&self.actor),
                        } || changes.of_access(&self.actor);
                    }
                    Ok(())
                }
                () = sleep_until(round), if due => {
                    let told = self.round(socket, &mut waiting).await;
                    round = Instant::now() + bounds.pace;
                    told
                }
                () = sleep_until(recheck) => {
                    recheck = Instant::now() + bounds.recheck;
                    self.recognise(&mut waiting).await
                }
                () = sleep_until(ping) => {
                    ping = Instant::now() + bounds.ping;
                    if heard_at.elapsed() > bounds.silence {
                        Err(End::Gone)
                    } else {
                        sockets.carry(socket, Message::Ping(Vec::new().into())).await
                    }
                }
            };
            if let Err(end) = done {
                return end;
            }
            if waiting.is_empty() {
                self.changes = None;
            }
        }
    }

    async fn answer(
        &mut self,
        socket: &mut WebSocket,
        waiting: &mut BTreeMap<String, Waiting>,
        message: Message,
    ) -> Result<(), End> {
        match message {
            Message::Close(_) => return Err(End::Gone),
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Text(_) | Message::Binary(_) => {}
        }
        match read(&message)? {
            Heard::ConnectionInit { .. } => Err(End::closed(4429, "Too many initialisation requests")),
            Heard::Ping {} => self.sockets.send(socket, pong()).await,
            Heard::Pong {} => Ok(()),
            Heard::Complete { id } => {
                waiting.remove(&id);
                Ok(())
            }
            Heard::Subscribe { id, .. } if waiting.contains_key(&id) => {
                Err(End::Closed(4409, format!("Subscriber for {id} already exists").into()))
            }
            Heard::Subscribe { id, payload } => self.subscribe(socket, waiting, id, payload).await,
        }
    }

    async fn subscribe(
        &mut self,
        socket: &mut WebSocket,
        waiting: &mut BTreeMap<String, Waiting>,
        id: String,
        asked: Asked,
    ) -> Result<(), End> {
        let bounds = self.sockets.bounds();
        let place = self.sockets.place(self.actor.person).filter(|_| waiting.len() < bounds.per_connection);
        let Some(place) = place else {
            let message = format!(
                "There are at most {} subscriptions on a connection and {} of a person; end one first.",
                bounds.per_connection, bounds.per_person
            );
            let refused = self.door.refuse(Code::LimitExceeded, message, &self.request_id);
            return self.error(socket, &id, &refused).await;
        };
        self.recognise(waiting).await?;
        // Heard before it is read, so that no change falls between.
        self.changes.get_or_insert_with(|| self.door.listen());
        match self.execute(&asked).await {
            Said::Next { body, wait } => {
                let told = digest(&body, wait);
                let one = Waiting { asked, topic: wait.topic, told, due: false, _place: place };
                waiting.insert(id.clone(), one);
                self.next(socket, &id, &body).await
            }
            Said::Error(errors) => self.error(socket, &id, &errors).await,
        }
    }

    /// Tells what changed of all that is due, once each.
    async fn round(
        &mut self,
        socket: &mut WebSocket,
        waiting: &mut BTreeMap<String, Waiting>,
    ) -> Result<(), End> {
        self.recognise(waiting).await?;
        let due: Vec<String> =
            (waiting.iter()).filter(|(_, one)| one.due).map(|(id, _)| id.clone()).collect();
        for id in due {
            let Some(one) = waiting.get_mut(&id) else { continue };
            one.due = false;
            match self.execute(&one.asked).await {
                Said::Next { body, wait } => {
                    let told = digest(&body, wait);
                    if std::mem::replace(&mut one.told, told) != told {
                        self.next(socket, &id, &body).await?;
                    }
                }
                Said::Error(errors) => {
                    waiting.remove(&id);
                    self.error(socket, &id, &errors).await?;
                }
            }
        }
        Ok(())
    }

    /// Whether they are still let in, and as whom: what waits is looked at anew when that has changed.
    async fn recognise(&mut self, waiting: &mut BTreeMap<String, Waiting>) -> Result<(), End> {
        let actor = self.door.recognise(&self.caller).await.map_err(End::refused)?;
        let actor = actor.ok_or_else(End::forbidden)?;
        if actor != self.actor {
            self.actor = actor;
            for one in waiting.values_mut() {
                one.due = true;
            }
        }
        Ok(())
    }

    async fn execute(&self, asked: &Asked) -> Said {
        let told = self.door.tell(asked, &self.caller, &self.actor, &self.request_id);
        timeout(self.sockets.bounds().execution, told).await.unwrap_or_else(|_| {
            let message = "The subscription took too long and was given up.";
            Said::Error(self.door.refuse(Code::Internal, message, &self.request_id))
        })
    }

    async fn next(&self, socket: &mut WebSocket, id: &str, body: &str) -> Result<(), End> {
        self.tell(socket, "next", id, body).await
    }

    async fn error(&self, socket: &mut WebSocket, id: &str, errors: &str) -> Result<(), End> {
        self.tell(socket, "error", id, errors).await
    }

    /// The payload is JSON already, with its fields in the order in which they were asked for.
    async fn tell(&self, socket: &mut WebSocket, kind: &str, id: &str, payload: &str) -> Result<(), End> {
        let id = Value::from(id);
        let text = format!(r#"{{"id":{id},"type":"{kind}","payload":{payload}}}"#);
        self.sockets.send(socket, text).await
    }
}

fn digest(body: &str, wait: Wait) -> u64 {
    let mut hasher = DefaultHasher::new();
    (body, wait.mark).hash(&mut hasher);
    hasher.finish()
}

/// What changes next; never when nothing is waited for.
async fn next(changes: &mut Option<broadcast::Receiver<Arc<Changes>>>) -> Arc<Changes> {
    match changes {
        Some(receiver) => match receiver.recv().await {
            Ok(changes) => changes,
            Err(_) => Arc::new(Changes::everything()),
        },
        None => std::future::pending().await,
    }
}
