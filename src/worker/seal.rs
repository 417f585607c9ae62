//! The audit's signing key and the copy of its checkpoints, both in a directory outside the database.
//!
//! `signing.key` is made at first use and readable by its owner alone; `<key id>.pub` beside it is what a
//! verifier trusts. `checkpoints.jsonl` is the copy: it only grows, and what a crash kept out of it is added the
//! next time. Processes that share the directory take turns by a lock on that file.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use ed25519_dalek::{SigningKey, VerifyingKey};

use crate::{
    app::{self, App},
    domain::calendar::Moment,
};

const KEY: &str = "signing.key";
const COPY: &str = "checkpoints.jsonl";

/// Why checkpoints cannot be signed or read. Says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The directory or a file in it.
    #[error("{} cannot be used ({source}); the audit directory must be writable by this user", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A key that is none.
    #[error("{} holds no Ed25519 key as 64 hexadecimal digits; put the right file back", .0.display())]
    Key(PathBuf),
    /// The system's randomness.
    #[error("the system gave no randomness for a signing key: {0}")]
    Randomness(String),
    /// The database.
    #[error("the checkpoint could not be signed: {0}")]
    App(#[source] anyhow::Error),
}

/// Which keys a directory holds, by their ids.
#[derive(Debug, Default)]
pub struct Keys {
    /// The one that signs, when there is one.
    pub signing: Option<String>,
    /// Those that a verifier trusts.
    pub trusted: Vec<String>,
}

/// Signs checkpoints.
pub struct Seal {
    directory: PathBuf,
    key: SigningKey,
    /// Bytes and lines of the copy as this process last left it.
    known: Option<(u64, u32)>,
}

impl Seal {
    /// Opens the directory; makes it, and a key, when there is none.
    pub fn open(directory: &Path) -> Result<Self, SealError> {
        make_directory(directory).map_err(at(directory))?;
        let path = directory.join(KEY);
        if !path.exists() {
            make_key(directory, &path)?;
        }
        let key = read_key(&path)?;
        let public = key.verifying_key();
        let beside = directory.join(format!("{}.pub", app::key_id(&public)));
        if !beside.exists() {
            fs::write(&beside, hex(public.as_bytes()) + "\n").map_err(at(&beside))?;
        }
        Ok(Self { directory: directory.to_owned(), key, known: None })
    }

    /// Signs the heads of all chains that grew, and adds every checkpoint that the copy lacks to it.
    pub async fn sign(&mut self, app: &App, moment: Moment) -> Result<(), SealError> {
        let path = self.directory.join(COPY);
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        private(&mut options);
        let mut copy = options.open(&path).map_err(at(&path))?;
        if copy.try_lock().is_err() {
            // Another process signs; it has what we have.
            return Ok(());
        }
        while app.checkpoint(&self.key, moment).await.map_err(failed)? {}
        let length = copy.metadata().map_err(at(&path))?.len();
        let mut lines = match self.known {
            Some((known, lines)) if known == length => lines,
            _ => whole_lines(&mut copy).map_err(at(&path))?,
        };
        loop {
            let missing = app.checkpoint_lines(lines).await.map_err(failed)?;
            if missing.is_empty() {
                break;
            }
            for line in &missing {
                copy.write_all(line.as_bytes()).and_then(|()| copy.write_all(b"\n")).map_err(at(&path))?;
            }
            copy.sync_all().map_err(at(&path))?;
            lines = lines.saturating_add(u32::try_from(missing.len()).unwrap_or(u32::MAX));
        }
        let length = copy.metadata().map_err(at(&path))?.len();
        self.known = Some((length, lines));
        Ok(())
    }

    /// Which keys are there, and whether the directory can be written to as far as that shows; makes nothing.
    pub fn look(directory: &Path) -> Result<Keys, SealError> {
        let trusted = trusted(directory)?.iter().map(app::key_id).collect();
        let mut signing = None;
        if directory.exists() {
            let found = fs::metadata(directory).map_err(at(directory))?;
            if found.permissions().readonly() {
                return Err(at(directory)(io::ErrorKind::PermissionDenied.into()));
            }
            let (key, copy) = (directory.join(KEY), directory.join(COPY));
            if key.exists() {
                signing = Some(app::key_id(&read_key(&key)?.verifying_key()));
            }
            if copy.exists() {
                OpenOptions::new().append(true).open(&copy).map_err(at(&copy))?;
            }
        }
        Ok(Keys { signing, trusted })
    }

    /// The keys that checkpoints may be signed by, and the lines of the copy. Nothing when nothing was signed.
    pub fn read(directory: &Path) -> Result<(Vec<VerifyingKey>, Vec<String>), SealError> {
        let keys = trusted(directory)?;
        let mut lines = Vec::new();
        let path = directory.join(COPY);
        if path.exists() {
            let copy = File::open(&path).map_err(at(&path))?;
            for line in BufReader::new(copy).lines() {
                lines.push(line.map_err(at(&path))?);
            }
        }
        Ok((keys, lines))
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seal").field("directory", &self.directory).finish_non_exhaustive()
    }
}

fn failed(error: app::Error) -> SealError {
    SealError::App(super::told(error))
}

fn at(path: &Path) -> impl Fn(io::Error) -> SealError + use<> {
    let path = path.to_owned();
    move |source| SealError::File { path: path.clone(), source }
}

/// How many whole lines the copy has. The rest of a line that a crash cut short is taken away.
fn whole_lines(copy: &mut File) -> io::Result<u32> {
    copy.seek(SeekFrom::Start(0))?;
    let (mut length, mut whole, mut lines) = (0, 0, 0_u32);
    let mut reader = BufReader::new(&*copy);
    loop {
        // The copy may be long, and a line of it too.
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            break;
        }
        for (place, _) in piece.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
            lines = lines.saturating_add(1);
            whole = length + place as u64 + 1;
        }
        let read = piece.len();
        length += read as u64;
        reader.consume(read);
    }
    if whole < length {
        copy.set_len(whole)?;
    }
    Ok(lines)
}

/// Puts a fresh key in place whole, or leaves the one that another process put there meanwhile.
fn make_key(directory: &Path, path: &Path) -> Result<(), SealError> {
    let mut secret = [0_u8; 32];
    getrandom::fill(&mut secret).map_err(|error| SealError::Randomness(error.to_string()))?;
    let unfinished = directory.join(format!(".{KEY}.{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    private(&mut options);
    let mut file = options.open(&unfinished).map_err(at(&unfinished))?;
    file.write_all((hex(&secret) + "\n").as_bytes()).map_err(at(&unfinished))?;
    file.sync_all().map_err(at(&unfinished))?;
    let linked = fs::hard_link(&unfinished, path);
    fs::remove_file(&unfinished).map_err(at(&unfinished))?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(at(path)(error)),
        _ => Ok(()),
    }
}

/// The public keys in the directory; none when there is no directory.
fn trusted(directory: &Path) -> Result<Vec<VerifyingKey>, SealError> {
    let mut keys = Vec::new();
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(keys),
        Err(error) => return Err(at(directory)(error)),
    };
    for entry in entries {
        let path = entry.map_err(at(directory))?.path();
        if path.extension().is_some_and(|ending| ending == "pub") {
            let key = VerifyingKey::from_bytes(&read_hex(&path)?).map_err(|_| SealError::Key(path))?;
            keys.push(key);
        }
    }
    Ok(keys)
}

fn read_key(path: &Path) -> Result<SigningKey, SealError> {
    Ok(SigningKey::from_bytes(&read_hex(path)?))
}

fn read_hex(path: &Path) -> Result<[u8; 32], SealError> {
    let text = fs::read_to_string(path).map_err(at(path))?;
    let digits = text.trim_end().as_bytes();
    let mut bytes = [0_u8; 32];
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if digits.len() != 2 * bytes.len() {
        return Err(SealError::Key(path.to_owned()));
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        match (value(pair[0]), value(pair[1])) {
            (Some(high), Some(low)) => *byte = high << 4 | low,
            _ => return Err(SealError::Key(path.to_owned())),
        }
    }
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        use std::fmt::Write as _;
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn make_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}
