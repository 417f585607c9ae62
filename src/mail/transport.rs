//! Sending: to an SMTP server, into a directory, or into memory.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{fs, io::AsyncWriteExt};

pub use super::{
    failure::SendError,
    settings::{MailSettings, SettingsError},
};
use super::{
    letter::Letter,
    message::compose,
    render::{Rendered, Sender, render},
    settings::Route,
    smtp::Server,
};
use crate::domain::{calendar::Moment, id::Identifier};

/// What was sent, once it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The `Message-ID`, with its angle brackets; the same for every sending of one letter.
    pub message_id: String,
}

/// A message kept in memory instead of being sent. Its `Debug` form shows the letter's identifier and kind.
#[derive(Clone)]
pub struct Posted {
    /// The letter.
    pub letter: Letter,
    /// Its words.
    pub words: Rendered,
    /// The document as it would have travelled.
    pub document: Vec<u8>,
}

impl fmt::Debug for Posted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Posted").field("letter", &self.letter).finish_non_exhaustive()
    }
}

/// Where messages go.
enum Transport {
    Smtp(Box<Server>),
    File(PathBuf),
    Memory(Arc<Mutex<Vec<Posted>>>),
}

/// Puts letters into words and sends them. Cheap to share; holds no connection between two messages.
pub struct Mailer {
    sender: Sender,
    transport: Transport,
}

impl Mailer {
    /// A mailer as the settings say. Connects to nothing; [`Self::check`] does.
    pub fn new(settings: &MailSettings) -> Result<Self, SettingsError> {
        let transport = match settings.route()? {
            Route::Smtp(server) => Transport::Smtp(server),
            Route::File(directory) => Transport::File(directory),
            Route::Memory => Transport::Memory(Arc::default()),
        };
        Ok(Self { sender: settings.sender()?, transport })
    }

    /// Sends one letter; `moment` is its `Date` and decides what is overdue. Returns when the server has taken
    /// responsibility for it, or within the timeout of the settings.
    pub async fn send(&self, letter: &Letter, moment: Moment) -> Result<Sent, SendError> {
        let words =
            render(letter, &self.sender, moment).map_err(|error| SendError::permanent(error.to_string()))?;
        let (to, document) = compose(letter, &words, &self.sender, moment)?;
        let sent = Sent { message_id: words.message_id.clone() };
        match &self.transport {
            Transport::Smtp(server) => server.deliver(&self.sender.mailbox().email, &to, &document).await?,
            Transport::File(directory) => keep(directory, letter, &document).await.map_err(|error| {
                SendError::transient(format!("writing to the directory of messages: {}", error.kind()))
            })?,
            Transport::Memory(posted) => posted.lock().unwrap_or_else(PoisonError::into_inner).push(Posted {
                letter: letter.clone(),
                words,
                document,
            }),
        }
        Ok(sent)
    }

    /// Whether messages could leave now: connects, encrypts and signs in without sending or writing anything.
    pub async fn check(&self) -> Result<(), SendError> {
        match &self.transport {
            Transport::Smtp(server) => server.greet().await,
            Transport::File(directory) => takes_files(directory).await.map_err(|error| {
                SendError::transient(format!("looking at the directory of messages: {}", error.kind()))
            }),
            Transport::Memory(_) => Ok(()),
        }
    }

    /// What was sent by way of `memory:` so far, oldest first; nothing for other transports.
    #[must_use]
    pub fn posted(&self) -> Vec<Posted> {
        match &self.transport {
            Transport::Memory(posted) => posted.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Transport::Smtp(_) | Transport::File(_) => Vec::new(),
        }
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.transport {
            Transport::Smtp(server) => f.debug_tuple("Mailer").field(server).finish(),
            Transport::File(directory) => f.debug_tuple("Mailer").field(directory).finish(),
            Transport::Memory(_) => f.debug_tuple("Mailer").field(&"memory").finish(),
        }
    }
}

/// Whether the directory is one that files can be made in, or could be made: it is, with the first message.
async fn takes_files(directory: &Path) -> io::Result<()> {
    for place in directory.ancestors() {
        match fs::metadata(place).await {
            Ok(found) if !found.is_dir() => return Err(io::ErrorKind::NotADirectory.into()),
            Ok(found) if found.permissions().readonly() => return Err(io::ErrorKind::PermissionDenied.into()),
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes `<outbox id>.eml`, whole or not at all and readable by its owner alone. A letter that is sent again
/// replaces its file.
async fn keep(directory: &Path, letter: &Letter, document: &[u8]) -> io::Result<()> {
    fs::create_dir_all(directory).await?;
    let name = letter.id.uuid().hyphenated().to_string();
    let unfinished = directory.join(format!(".{name}.part"));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(&unfinished).await?;
    file.write_all(document).await?;
    file.sync_all().await?;
    fs::rename(&unfinished, directory.join(format!("{name}.eml"))).await
}
