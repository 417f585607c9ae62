//! A client of subscriptions, with a WebSocket library that is not ours.

use std::{net::SocketAddr, time::Duration};

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest, http::HeaderValue},
};

/// How long a message may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(40);

/// One connection.
pub struct Line(WebSocketStream<TcpStream>);

/// What is heard on it.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// A message.
    Said(Value),
    /// The other side closed, with this code.
    Closed(u16),
    /// The other side is gone without a word.
    Gone,
}

impl Line {
    /// Opens a connection with these headers; the status when that is refused.
    pub async fn connect(
        address: SocketAddr,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, (u16, String)> {
        let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let socket = TcpSocket::new_v4().unwrap();
        // Small, so that whoever does not read soon holds up who writes.
        socket.set_recv_buffer_size(4096).unwrap();
        match client_async(request, socket.connect(address).await.unwrap()).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(answer)) => {
                let body = answer.body().clone().unwrap_or_default();
                Err((answer.status().as_u16(), String::from_utf8_lossy(&body).into_owned()))
            }
            Err(other) => panic!("{other}"),
        }
    }

    /// Opens a connection that speaks the protocol.
    pub async fn open(address: SocketAddr) -> Self {
        Self::connect(address, &[("sec-websocket-protocol", "graphql-transport-ws")]).await.unwrap()
    }

    /// Opens a connection and says who is there.
    pub async fn of(address: SocketAddr, token: &str) -> Self {
        let mut line = Self::open(address).await;
        line.introduce(token).await;
        assert_eq!(line.hear().await, Heard::Said(json!({ "type": "connection_ack" })));
        line
    }

    pub async fn introduce(&mut self, token: &str) {
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        self.say(json!({ "type": "connection_init", "payload": payload })).await;
    }

    pub async fn say(&mut self, message: Value) {
        self.text(&message.to_string()).await;
    }

    pub async fn text(&mut self, text: &str) {
        // Whether it arrived is seen by what is heard.
        let _ = self.0.send(Message::text(text)).await;
    }

    pub async fn bytes(&mut self, bytes: &[u8]) {
        self.0.send(Message::binary(bytes.to_vec())).await.unwrap();
    }

    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.say(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }

    /// What comes next.
    pub async fn hear(&mut self) -> Heard {
        timeout(PATIENCE, self.listen()).await.expect("something is heard in time")
    }

    async fn listen(&mut self) -> Heard {
        while let Some(heard) = self.0.next().await {
            match heard {
                Ok(Message::Text(text)) => return Heard::Said(serde_json::from_str(&text).unwrap()),
                Ok(Message::Close(Some(frame))) => return Heard::Closed(frame.code.into()),
                Ok(Message::Close(None)) | Err(_) => return Heard::Gone,
                Ok(_) => {}
            }
        }
        Heard::Gone
    }

    /// The payload of the next message of this subscription.
    pub async fn next(&mut self, id: &str) -> Value {
        self.payload(id, "next").await
    }

    /// The errors that end this subscription.
    pub async fn error(&mut self, id: &str) -> Value {
        self.payload(id, "error").await
    }

    async fn payload(&mut self, id: &str, kind: &str) -> Value {
        match self.hear().await {
            Heard::Said(said) if said["id"] == id && said["type"] == kind => said["payload"].clone(),
            other => panic!("{kind} of {id} was to come: {other:?}"),
        }
    }

    /// Nothing is heard for a while, though the line is open.
    pub async fn nothing(&mut self, during: Duration) {
        if let Ok(heard) = timeout(during, self.listen()).await {
            panic!("nothing was to come: {heard:?}");
        }
    }

    /// Leaves, and waits until the other side has seen it.
    pub async fn leave(mut self) {
        self.0.close(None).await.unwrap();
        while self.listen().await != Heard::Gone {}
    }
}
