//! A bad line: stands between a client and a server on this machine, and refuses, delays or cuts.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};

/// What the line does to connections that begin from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Carries everything.
    Pass,
    /// Closes at once.
    Refuse,
    /// Answers in the server's place that it is busy (421), and closes.
    Busy,
    /// Carries nothing until this much time has passed.
    Delay(Duration),
    /// Closes after so many bytes from the client.
    CutAfter(usize),
    /// Closes in place of carrying the command DATA. For unencrypted connections.
    CutAtData,
    /// Carries the whole message, waits for the server's answer to it, and closes without carrying that: the
    /// server has the message and the client does not know. For unencrypted connections.
    CutBeforeAccepted,
    /// Adds an answer of its own behind the server's unencrypted "go ahead" of STARTTLS.
    Inject,
}

/// A line that is in use until it is dropped.
pub struct Proxy {
    /// Where clients connect.
    pub port: u16,
    behaviour: Arc<Mutex<Behaviour>>,
    connections: Arc<AtomicUsize>,
    listening: JoinHandle<()>,
}

impl Proxy {
    /// A line to this port that carries everything until told otherwise.
    pub async fn to(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let behaviour = Arc::new(Mutex::new(Behaviour::Pass));
        let connections = Arc::new(AtomicUsize::new(0));
        let (told, counted) = (Arc::clone(&behaviour), Arc::clone(&connections));
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let behaviour = *told.lock().unwrap();
                tokio::spawn(async move {
                    let _: std::io::Result<()> = carry(client, server, behaviour).await;
                });
            }
        });
        Self { port, behaviour, connections, listening }
    }

    /// From now on.
    pub fn set(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn carry(mut client: TcpStream, server: u16, behaviour: Behaviour) -> std::io::Result<()> {
    match behaviour {
        Behaviour::Refuse => return Ok(()),
        Behaviour::Busy => return client.write_all(b"421 4.3.2 busy\r\n").await,
        Behaviour::Delay(time) => sleep(time).await,
        _ => {}
    }
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await?;
    let (mut from_client, mut from_server) = ([0; 4096], [0; 4096]);
    let (mut carried, mut said, mut swallow) = (0, Vec::new(), false);
    let mut injected = false;
    loop {
        tokio::select! {
            read = client.read(&mut from_client) => {
                let bytes = &from_client[..read?];
                if bytes.is_empty() {
                    return Ok(());
                }
                said.extend_from_slice(bytes);
                carried += bytes.len();
                match behaviour {
                    Behaviour::CutAfter(limit) if carried > limit => return Ok(()),
                    Behaviour::CutAtData if said.ends_with(b"DATA\r\n") => return Ok(()),
                    Behaviour::CutBeforeAccepted => swallow = said.ends_with(b"\r\n.\r\n"),
                    _ => {}
                }
                server.write_all(bytes).await?;
            }
            read = server.read(&mut from_server) => {
                let mut bytes = from_server[..read?].to_vec();
                if bytes.is_empty() || swallow {
                    return Ok(());
                }
                if behaviour == Behaviour::Inject && said.ends_with(b"STARTTLS\r\n") && !injected {
                    injected = true;
                    bytes.extend_from_slice(b"250 injected\r\n");
                }
                client.write_all(&bytes).await?;
            }
        }
    }
}
