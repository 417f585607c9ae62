//! One conversation with an SMTP server: connect, encrypt, sign in, hand over one message, leave.
//!
//! A connection for each message: the step at which a server refuses decides whether trying again can help, and
//! a connection that is never used twice is never found in a state that another message left behind.

use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use lettre::{
    Address,
    transport::smtp::{
        Error as SmtpError,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, AsyncTokioStream, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::ClientId,
    },
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};

use super::failure::{SendError, Step};

/// How long to wait for the farewell once the message was accepted.
const FAREWELL: Duration = Duration::from_secs(1);

/// How the connection is kept private.
pub(super) enum Security {
    /// TLS from the first byte.
    Implicit(TlsParameters),
    /// TLS by STARTTLS, required before anything else is said.
    StartTls(TlsParameters),
    /// None; for a relay on this machine.
    None,
}

/// A server and how to speak with it.
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) credentials: Option<Credentials>,
    /// The name this client gives itself.
    pub(super) hello: ClientId,
    /// For the whole conversation, from connecting to the message being accepted.
    pub(super) timeout: Duration,
}

impl Server {
    /// Hands over one message; `Ok` when the server has taken responsibility for it.
    pub(super) async fn deliver(
        &self,
        from: &Address,
        to: &Address,
        message: &[u8],
    ) -> Result<(), SendError> {
        let deadline = Instant::now() + self.timeout;
        let mut connection = self.open(deadline).await?;
        let mail = Mail::new(Some(from.clone()), Vec::new());
        self.take(Step::Sender, deadline, connection.command(mail)).await?;
        let recipient = Rcpt::new(to.clone(), Vec::new());
        self.take(Step::Recipient, deadline, connection.command(recipient)).await?;
        let ready = self.take(Step::Content, deadline, connection.command(Data)).await?;
        if !ready.has_code(354) {
            return Err(Step::Content.nonsense());
        }
        let accepted = self.take(Step::Content, deadline, connection.message(message)).await?;
        if !accepted.has_code(250) {
            return Err(Step::Content.nonsense());
        }
        leave(connection).await;
        Ok(())
    }

    /// Connects, encrypts and signs in, and leaves again.
    pub(super) async fn greet(&self) -> Result<(), SendError> {
        let connection = self.open(Instant::now() + self.timeout).await?;
        leave(connection).await;
        Ok(())
    }

    async fn open(&self, deadline: Instant) -> Result<AsyncSmtpConnection, SendError> {
        let server = (self.host.as_str(), self.port);
        let mut connection = if let Security::Implicit(tls) = &self.security {
            let connecting =
                AsyncSmtpConnection::connect_tokio1(server, None, &self.hello, Some(tls.clone()), None);
            self.take(Step::Connect, deadline, connecting).await?
        } else {
            let stream = timeout_at(deadline, TcpStream::connect(server))
                .await
                .map_err(|_| Step::Connect.silence(self.timeout))?
                .map_err(|error| {
                    SendError::transient(format!("connecting to the mail server: {}", error.kind()))
                })?;
            let stream = Box::new(LineByLine { stream, ahead: Vec::new() });
            let connecting = AsyncSmtpConnection::connect_with_transport(stream, &self.hello);
            self.take(Step::Connect, deadline, connecting).await?
        };
        if let Security::StartTls(tls) = &self.security {
            self.take(Step::Encrypt, deadline, connection.starttls(tls.clone(), &self.hello)).await?;
        }
        if let Some(credentials) = &self.credentials {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            let answer = self.take(Step::SignIn, deadline, connection.auth(&mechanisms, credentials)).await?;
            if !answer.has_code(235) {
                return Err(Step::SignIn.nonsense());
            }
        }
        Ok(connection)
    }

    async fn take<T>(
        &self,
        step: Step,
        deadline: Instant,
        doing: impl Future<Output = Result<T, SmtpError>>,
    ) -> Result<T, SendError> {
        match timeout_at(deadline, doing).await {
            Ok(result) => result.map_err(|error| step.failed(&error)),
            Err(_) => Err(step.silence(self.timeout)),
        }
    }
}

/// Says goodbye as the protocol asks. Whatever comes of it, the message has been accepted.
async fn leave(mut connection: AsyncSmtpConnection) {
    let _: Result<Result<_, _>, _> = timeout(FAREWELL, connection.quit()).await;
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

/// A stream that gives at most one line a read.
///
/// lettre reads through a buffer that it keeps when STARTTLS begins. What somebody on the way slipped in behind
/// the server's unencrypted "go ahead" would be taken from it as the server's encrypted answers. Read by lines,
/// it stays here, reaches the handshake, and breaks it.
#[derive(Debug)]
struct LineByLine {
    stream: TcpStream,
    /// Read, not yet given.
    ahead: Vec<u8>,
}

impl AsyncRead for LineByLine {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            let mut bytes = [0; 4096];
            let mut read = ReadBuf::new(&mut bytes);
            match Pin::new(&mut self.stream).poll_read(cx, &mut read) {
                Poll::Ready(Ok(())) => self.ahead.extend_from_slice(read.filled()),
                other => return other,
            }
        }
        let line = self.ahead.iter().position(|byte| *byte == b'\n').map_or(self.ahead.len(), |end| end + 1);
        for byte in self.ahead.drain(..line.min(out.remaining())) {
            out.put_slice(&[byte]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for LineByLine {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for LineByLine {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}
