//! Assembly: settings become a store, use cases, a mailer, a listener and a worker; and all of them end in order.

use std::{
    fs,
    future::Future,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use axum::serve::ListenerExt as _;
use chrono::TimeDelta;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    app::{self, App, Fault},
    graphql::{
        limit::Limits,
        socket::{Bounds, Sockets},
    },
    mail::transport::{self, Mailer},
    settings::{
        AuditSettings, DatabaseSettings, MailSettings, PublicSettings, ServeSettings, WorkerSettings,
    },
    store::{self, SchemaState, Store},
    web::{self, proxy::Proxies},
    worker::{Keys, Pace, Seal, Worker},
};

/// How long requests in flight may take once the service is told to end.
const LAST_REQUESTS: Duration = Duration::from_secs(10);
/// Between two looks at whose daily digest is due.
const DIGESTS: Duration = Duration::from_mins(1);
/// How long a message in flight may take beyond its own timeout.
const LAST_MESSAGE: Duration = Duration::from_secs(5);

/// All that a service is told.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// The door.
    pub serve: ServeSettings,
    /// What it shares with a worker.
    pub work: WorkSettings,
}

/// All that a worker is told.
#[derive(Clone, Debug)]
pub struct WorkSettings {
    /// The database.
    pub database: DatabaseSettings,
    /// Mail.
    pub mail: MailSettings,
    /// The audit's key and copy.
    pub audit: AuditSettings,
    /// The worker.
    pub worker: WorkerSettings,
    /// The address links begin with.
    pub public: PublicSettings,
    /// Whether to apply pending migrations first.
    pub migrate: bool,
}

/// A running service.
#[derive(Debug)]
pub struct Service {
    app: App,
    address: SocketAddr,
    stop_serving: CancellationToken,
    server: JoinHandle<std::io::Result<()>>,
    sockets: Sockets,
    worker: Option<Working>,
}

/// A running worker.
#[derive(Debug)]
pub struct Working {
    stop: CancellationToken,
    task: JoinHandle<()>,
    patience: Duration,
}

impl Service {
    /// Starts to serve, and to work where this process does both.
    pub async fn start(settings: &ServiceSettings) -> anyhow::Result<Self> {
        let listener = listen(settings.serve.listen).await?;
        Self::start_on(listener, settings).await
    }

    /// The same on a listener that is already there.
    pub async fn start_on(listener: TcpListener, settings: &ServiceSettings) -> anyhow::Result<Self> {
        let address = listener.local_addr()?;
        let ServiceSettings { serve, work: settings } = settings;
        let store = open_store(&settings.database, settings.migrate).await?;
        let options = app::Options {
            session_hours: serve.session_hours,
            attachment_bytes: serve.attachment_bytes,
            ..app::Options::default()
        };
        let works = serve.with_worker || !store.is_shared();
        let app = App::new(store, options);
        ship(&app).await?;
        let public_url = match &settings.public.public_url {
            Some(url) => url.clone(),
            None => local_url(address)?,
        };
        let home = public_url.host_str().map(|host| match public_url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        });
        let sockets = Sockets::new(Bounds::default(), home);
        let worker = if works { Some(work(&app, settings, public_url)?) } else { None };
        let limits =
            Limits { depth: serve.limit_depth, complexity: serve.limit_complexity, ..Limits::default() };
        let proxies = Proxies::parse(&serve.trusted_proxies)
            .map_err(|told| anyhow::anyhow!("{told} (--trusted-proxies, EHIA_TRUSTED_PROXIES)"))?;
        let options = web::Options {
            explore: serve.explore,
            limits,
            proxies,
            sockets: sockets.clone(),
            ..web::Options::default()
        };
        let router = web::router(app.clone(), &options);
        let stop_serving = CancellationToken::new();
        // Small answers leave at once; a client that was accepted and is gone already is no error of ours.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let ending = stop_serving.clone().cancelled_owned();
        let server =
            tokio::spawn(async move { axum::serve(listener, service).with_graceful_shutdown(ending).await });
        let ahead = app.clone();
        // What needs figures of places waits for this, and nothing else does.
        tokio::spawn(async move { ahead.read_reference_ahead().await });
        tracing::info!("listening on {address}");
        Ok(Self { app, address, stop_serving, server, sockets, worker })
    }

    /// The use cases, for whoever started the service.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `end` is ready, then finishes what was begun: requests, the message in hand, a last
    /// checkpoint.
    pub async fn run_until(mut self, end: impl Future<Output = ()>) -> anyhow::Result<()> {
        let ended = tokio::select! {
            () = end => None,
            ended = &mut self.server => Some(ended),
        };
        let early = ended.is_some();
        self.stop_serving.cancel();
        let served = match ended {
            Some(ended) => Ok(ended),
            None => timeout(LAST_REQUESTS, &mut self.server).await,
        };
        if served.is_err() {
            tracing::warn!("requests took longer than {} s and were cut off", LAST_REQUESTS.as_secs());
            self.server.abort();
        }
        if timeout(LAST_REQUESTS, self.sockets.end()).await.is_err() {
            tracing::warn!("subscriptions took longer than {} s and were cut off", LAST_REQUESTS.as_secs());
        }
        if let Some(worker) = self.worker.take() {
            worker.stop().await;
        }
        self.app.close().await?;
        if let Ok(served) = served {
            served.context("the server's task failed")?.context("the server failed")?;
        }
        if early {
            bail!("the server ended by itself; see the log");
        }
        tracing::info!("ended in order");
        Ok(())
    }
}

impl Working {
    /// Lets the worker finish what it has in hand.
    async fn stop(self) {
        self.stop.cancel();
        let abort = self.task.abort_handle();
        match timeout(self.patience, self.task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!("the worker failed: {error}"),
            Err(_) => {
                tracing::warn!("the worker took longer than {} s and was cut off", self.patience.as_secs());
                abort.abort();
            }
        }
    }
}

/// Only works, until `end` is ready.
pub async fn work_until(settings: &WorkSettings, end: impl Future<Output = ()>) -> anyhow::Result<()> {
    let store = open_store(&settings.database, settings.migrate).await?;
    let app = App::new(store, app::Options::default());
    ship(&app).await?;
    let Some(public_url) = settings.public.public_url.clone() else {
        bail!("say where people reach the service, for the links in mail: --public-url (EHIA_PUBLIC_URL)");
    };
    let mut worker = work(&app, settings, public_url)?;
    tokio::select! {
        () = end => {}
        ended = &mut worker.task => {
            ended.context("the worker failed")?;
            bail!("the worker ended by itself; see the log");
        }
    }
    worker.stop().await;
    Ok(app.close().await?)
}

/// When the system or a person tells the program to end.
///
/// # Errors
/// When the system does not let signals be heard.
pub fn told_to_end() -> anyhow::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// A listener on that address.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let what = if error.kind() == std::io::ErrorKind::AddrInUse {
            "another program listens there already".to_owned()
        } else {
            error.to_string()
        };
        anyhow::anyhow!("cannot listen on {address}: {what}; name another address with --listen ADDRESS:PORT")
    })
}

/// The use cases over the database, for a command that ends by itself.
pub async fn app(settings: &DatabaseSettings) -> anyhow::Result<App> {
    Ok(App::new(open_store(settings, false).await?, app::Options::default()))
}

/// Applies every migration that is pending and returns their names.
pub async fn migrate(settings: &DatabaseSettings) -> anyhow::Result<Vec<String>> {
    let store = connect(settings, false).await?;
    let applied = store.migrate().await?;
    let app = App::new(store, app::Options::default());
    ship(&app).await?;
    app.close().await?;
    Ok(applied)
}

/// What would still have to be migrated, without changing anything: all of it where there is no database yet.
pub async fn pending(settings: &DatabaseSettings) -> anyhow::Result<Vec<String>> {
    if sqlite_file(settings).is_some_and(|file| file != Path::new(":memory:") && !file.exists()) {
        return Ok(Store::steps());
    }
    let store = connect(settings, true).await?;
    let pending = match store.schema().await? {
        SchemaState::UpToDate => Vec::new(),
        SchemaState::Older { pending } => pending,
        SchemaState::Newer { .. } => {
            store.require_schema().await?;
            Vec::new()
        }
    };
    store.close().await?;
    Ok(pending)
}

/// Writes a consistent copy of the database.
pub async fn backup(settings: &DatabaseSettings, to: &Path) -> anyhow::Result<()> {
    let store = open_store(settings, false).await?;
    store.backup(to).await?;
    Ok(store.close().await?)
}

/// What verifying the audit found.
#[derive(Debug)]
pub struct Verified {
    /// Every place that is not as it was written.
    pub faults: Vec<Fault>,
    /// How many payloads were lawfully disposed of.
    pub disposed: u64,
    /// How many checkpoints of the copy outside the database it was held against.
    pub copied: usize,
}

/// Verifies the audit as a whole; `progress` hears how many events were read.
pub async fn verify_audit(
    app: &App,
    settings: &AuditSettings,
    progress: &mut (dyn FnMut(u64) + Send),
) -> anyhow::Result<Verified> {
    let (keys, copy) = Seal::read(&settings.dir)?;
    let app::Audited { faults, disposed } =
        app.verify_audit(&keys, &copy, progress).await.map_err(internal)?;
    Ok(Verified { faults, disposed, copied: copy.len() })
}

/// The keys in the audit directory, and the id of the one that signed the database's newest checkpoint, as far as there
/// is a database; makes nothing.
pub async fn look_at_audit(
    database: &DatabaseSettings,
    audit: &AuditSettings,
) -> anyhow::Result<(Keys, Option<String>)> {
    let keys = Seal::look(&audit.dir)?;
    let Ok(app) = app(database).await else { return Ok((keys, None)) };
    let signer = app.newest_signer().await.map_err(internal)?;
    app.close().await?;
    Ok((keys, signer))
}

/// The mailer that the settings describe.
pub fn mailer(settings: &MailSettings) -> anyhow::Result<Mailer> {
    let transport = if let Some(url) = &settings.url {
        with_password(url, settings.password_file.as_deref())?
    } else {
        let directory = std::path::absolute(".ehia/mail")?;
        let url = Url::from_file_path(&directory)
            .map_err(|()| anyhow::anyhow!("{} is no directory for mail", directory.display()))?;
        SecretString::from(url.to_string())
    };
    let settings = transport::MailSettings {
        transport,
        from: settings.from.clone(),
        ca_certificate: settings.ca.clone(),
        timeout: Duration::from_secs(settings.timeout_seconds),
    };
    Mailer::new(&settings).context("mail cannot be set up (EHIA_MAIL_URL and its neighbours)")
}

/// A password of 100 random bits, for people to type: five groups of four letters and digits, none of which is
/// mistaken for another.
pub fn made_up_password() -> anyhow::Result<SecretString> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = [0_u8; 20];
    getrandom::fill(&mut random)
        .map_err(|error| anyhow::anyhow!("the system gave no randomness: {error}"))?;
    let mut password = String::new();
    for (index, byte) in random.iter().enumerate() {
        if index > 0 && index % 4 == 0 {
            password.push('-');
        }
        password.push(LETTERS[usize::from(byte % 32)].into());
    }
    Ok(SecretString::from(password))
}

/// The file of a SQLite database.
#[must_use]
pub fn sqlite_file(settings: &DatabaseSettings) -> Option<PathBuf> {
    let path = settings.url.expose_secret().strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
}

fn work(app: &App, settings: &WorkSettings, public_url: Url) -> anyhow::Result<Working> {
    let mailer = mailer(&settings.mail)?;
    let worker = &settings.worker;
    let checkpoint = (worker.checkpoint_seconds > 0).then(|| Duration::from_secs(worker.checkpoint_seconds));
    let seal = match checkpoint {
        Some(_) => Some(Seal::open(&settings.audit.dir)?),
        None => None,
    };
    // A lease that ends while a message is still on its way would send it twice.
    let lease = worker.lease_seconds.max(2 * settings.mail.timeout_seconds);
    let pace = Pace {
        poll: Duration::from_secs(worker.poll_seconds.max(1)),
        lease: TimeDelta::seconds(i64::try_from(lease).context("a lease of that length has no end")?),
        checkpoint,
        digests: Some(DIGESTS),
        public_url,
    };
    let stop = CancellationToken::new();
    let patience = Duration::from_secs(settings.mail.timeout_seconds) + LAST_MESSAGE;
    let task = tokio::spawn(Worker::new(app.clone(), mailer, seal, pace).run(stop.clone()));
    Ok(Working { stop, task, patience })
}

/// Keeps what the program ships in the database; refuses one that holds something else under the same name.
async fn ship(app: &App) -> anyhow::Result<()> {
    app.ship_definitions(app.now()).await.map_err(internal)
}

/// The database, of this version; without `migrate`, one that is not there is not made either.
async fn open_store(settings: &DatabaseSettings, migrate: bool) -> anyhow::Result<Store> {
    let store = connect(settings, !migrate).await?;
    if migrate {
        let applied = store.migrate().await?;
        if !applied.is_empty() {
            tracing::info!("{} migrations applied", applied.len());
        }
    } else {
        store.require_schema().await?;
    }
    Ok(store)
}

async fn connect(settings: &DatabaseSettings, existing: bool) -> anyhow::Result<Store> {
    let file = sqlite_file(settings);
    if let Some(folder) = file.as_deref().and_then(Path::parent).filter(|_| !existing) {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    #[cfg(unix)]
    if let Some(file) = file.as_deref().filter(|_| !existing) {
        make_private(settings, file).with_context(|| format!("{} cannot be made", file.display()))?;
    }
    let options = store::Options { connections: settings.readers, existing, ..store::Options::default() };
    Store::open(settings.url.expose_secret(), options).await.context(if existing && file.is_some() {
        "the database cannot be opened; see --database (EHIA_DATABASE_URL), and run `ehia migrate` if there is none yet"
    } else {
        "the database cannot be opened; see --database (EHIA_DATABASE_URL)"
    })
}

/// Makes the file that SQLite would make, empty and its owner's alone; SQLite then gives its log and index the same
/// permissions. One that is there stays as it is.
#[cfg(unix)]
fn make_private(settings: &DatabaseSettings, file: &Path) -> std::io::Result<()> {
    let url = settings.url.expose_secret();
    // Only a path that is written as it is: SQLite would decode another, and make a file of that name.
    if !url.contains("mode=rwc") || url.contains('%') {
        return Ok(());
    }
    let mut options = fs::File::options();
    std::os::unix::fs::OpenOptionsExt::mode(options.write(true).create_new(true), 0o600);
    match options.open(file) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn local_url(address: SocketAddr) -> anyhow::Result<Url> {
    let host = if address.ip().is_unspecified() { "localhost".to_owned() } else { host(address) };
    Ok(Url::parse(&format!("http://{host}:{}/", address.port()))?)
}

fn host(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    }
}

/// The URL with the password of the file in its place.
fn with_password(url: &SecretString, file: Option<&Path>) -> anyhow::Result<SecretString> {
    let Some(file) = file else { return Ok(url.clone()) };
    let password = fs::read_to_string(file)
        .with_context(|| format!("{} (EHIA_MAIL_PASSWORD_FILE) cannot be read", file.display()))?;
    let mut url = Url::parse(url.expose_secret()).context("EHIA_MAIL_URL is no URL")?;
    url.set_password(Some(password.trim_end_matches(['\r', '\n'])))
        .map_err(|()| anyhow::anyhow!("EHIA_MAIL_URL names no host that a password could be for"))?;
    Ok(SecretString::from(url.to_string()))
}

fn internal(error: app::Error) -> anyhow::Error {
    match error {
        app::Error::Internal(error) => error,
        other => other.into(),
    }
}
