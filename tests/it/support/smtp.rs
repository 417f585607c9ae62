//! A real SMTP server (Exim) on free loopback ports, with certificates of its own and one account.
//!
//! It takes mail for any address and delivers it into a directory: it has no way of sending and looks no name up,
//! so nothing leaves the machine. Three recipients are special: `nobody@` is refused (550), `later@` is put off
//! (451), and `slow@` is answered after two seconds.
//!
//! The server is the child of a shell that waits on a pipe held by this process: when the tests end, however
//! they end, the pipe closes, the shell stops the server and removes its directory.

use std::{
    fs,
    io::Write,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use mailparse::MailHeaderMap;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{
    net::TcpStream,
    time::{Instant, interval},
};

/// The account of the server.
pub const USER: &str = "ehia@mail.example";
/// Its password, with characters that a URL must encode.
pub const PASSWORD: &str = "s&nthetic p:ss+w@rd";
/// The account as it stands in a URL.
const ACCOUNT: &str = "ehia%40mail.example:s%26nthetic%20p%3Ass%2Bw%40rd";

/// Where Debian (`exim4-daemon-light` or `-heavy`) and others put the program.
const PROGRAMS: [&str; 4] = ["/usr/sbin/exim4", "/usr/sbin/exim", "/usr/bin/exim", "/usr/local/sbin/exim"];

/// Users to which Exim, started by root, drops: it refuses to deliver as root.
const USERS: [&str; 4] = ["Debian-exim", "exim", "mail", "nobody"];

/// A running server.
pub struct Smtp {
    shell: Child,
    directory: PathBuf,
    /// STARTTLS and authentication required.
    pub starttls_port: u16,
    /// TLS from the first byte and authentication required.
    pub tls_port: u16,
    /// Neither offered nor required, as a relay on the same machine is.
    pub plain_port: u16,
}

/// A message as it lies in the mailbox.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// Every header, in order, decoded.
    pub headers: Vec<(String, String)>,
    /// The plain text part, decoded, with `\n`.
    pub text: String,
    /// The HTML part, decoded, with `\n`.
    pub html: String,
    /// Its entries for calendars: their type, and what they say.
    pub calendars: Vec<(String, String)>,
}

impl Delivered {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl Smtp {
    /// Starts a server, or says that its tests are left out because none is installed.
    ///
    /// # Panics
    ///
    /// When `EHIA_REQUIRE_SERVERS=1` and none is installed, or when it does not start.
    pub async fn start() -> Option<Self> {
        let Some(program) = PROGRAMS.iter().find(|path| Path::new(path).exists()) else {
            assert!(!super::servers_required(), "no SMTP server: install exim4-daemon-light");
            super::left_out("delivery by a real mail server: none is installed (Debian: exim4-daemon-light)");
            return None;
        };
        // Another process may take a free port between being asked and the server's start: ask again.
        let mut words = String::new();
        for _ in 0..3 {
            match Self::launch(program).await {
                Ok(server) => return Some(server),
                Err(said) => words = said,
            }
        }
        panic!("the SMTP server did not start: {words}");
    }

    /// A running server, or what it said instead of running.
    async fn launch(program: &str) -> Result<Self, String> {
        let directory = tempfile::Builder::new().prefix("ehia-smtp-").tempdir().unwrap().keep();
        let [starttls_port, tls_port, plain_port] = free_ports();
        prepare(&directory, program, [starttls_port, tls_port, plain_port]);
        let shell = Command::new("sh")
            .arg("-c")
            .arg(
                // A session of its own: the processes that Exim starts for connections and deliveries
                // would otherwise outlive it and write their logs once more.
                "trap : HUP INT TERM\n\
                 setsid \"$1\" -C \"$2/exim.conf\" -bdf >\"$2/out\" 2>&1 & server=$!\n\
                 read -r _\n\
                 kill -9 -$server; wait $server\n\
                 rm -rf \"$2\"",
            )
            .args(["sh", program])
            .arg(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { shell, directory, starttls_port, tls_port, plain_port };
        let ready = until(Duration::from_secs(10), async || {
            let ports = [starttls_port, tls_port, plain_port];
            for port in ports {
                TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
            }
            // The ports could be somebody else's: the log tells who listens. Started by root, Exim writes it
            // where it is told; started by anybody else, to its standard error.
            let said = |name| fs::read_to_string(server.directory.join(name)).unwrap_or_default();
            (said("log/mainlog") + &said("out")).contains("daemon started").then_some(())
        });
        match ready.await {
            Some(()) => Ok(server),
            None => Err(fs::read_to_string(server.directory.join("out")).unwrap_or_default()),
        }
    }

    /// The certificate of the authority that signed the server's.
    pub fn ca_certificate(&self) -> PathBuf {
        self.directory.join("ca.pem")
    }

    /// The URL of a port of this server, or of one before it, with the right account.
    pub fn url(&self, port: u16) -> String {
        if port == self.plain_port {
            return format!("smtp://127.0.0.1:{port}?tls=none");
        }
        let scheme = if port == self.tls_port { "smtps" } else { "smtp" };
        format!("{scheme}://{ACCOUNT}@127.0.0.1:{port}")
    }

    /// Waits until so many messages lie in the mailbox, oldest first.
    ///
    /// # Panics
    ///
    /// When there are fewer after ten seconds, or more.
    pub async fn delivered(&self, count: usize) -> Vec<Delivered> {
        let enough =
            until(Duration::from_secs(10), async || (self.files().len() >= count).then_some(())).await;
        let files = self.files();
        assert!(enough.is_some() && files.len() == count, "{} messages instead of {count}", files.len());
        files.iter().map(|file| read(&fs::read(file).unwrap())).collect()
    }

    /// Every message in the mailbox, oldest first.
    pub fn mailbox(&self) -> Vec<Delivered> {
        self.files().iter().map(|file| read(&fs::read(file).unwrap())).collect()
    }

    /// Whether the server has seen the end of every message it took: nothing waits to be delivered.
    pub async fn settled(&self) {
        let input = self.directory.join("spool/input");
        let empty = async || {
            let waiting = fs::read_dir(&input).map_or(0, Iterator::count);
            (waiting == 0).then_some(())
        };
        until(Duration::from_secs(10), empty).await.expect("the server delivers what it took");
    }

    fn files(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.directory.join("mailbox/new")) else { return Vec::new() };
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort_by_key(|file| {
            let metadata = fs::metadata(file).unwrap();
            (metadata.mtime(), metadata.mtime_nsec())
        });
        files
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _: std::io::Result<_> = self.shell.wait();
    }
}

/// Asks again and again until there is an answer; `None` when there is none in time. For conditions of another
/// process, which sends no word when they come true.
pub async fn until<T>(limit: Duration, condition: impl AsyncFn() -> Option<T>) -> Option<T> {
    let end = Instant::now() + limit;
    let mut tick = interval(Duration::from_millis(10));
    while Instant::now() < end {
        tick.tick().await;
        if let Some(answer) = condition().await {
            return Some(answer);
        }
    }
    None
}

/// A loopback port on which nobody listens.
pub fn free_port() -> u16 {
    free_ports::<1>()[0]
}

fn free_ports<const N: usize>() -> [u16; N] {
    let listeners: Vec<TcpListener> =
        (0..N).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()).collect();
    std::array::from_fn(|index| listeners[index].local_addr().unwrap().port())
}

/// Writes everything the server reads. Its configuration stays ours, as Exim insists; the rest belongs to the
/// user as whom it delivers.
fn prepare(directory: &Path, program: &str, [starttls, tls, plain]: [u16; 3]) {
    let me = fs::metadata("/proc/self").unwrap();
    let (user, group) = if me.uid() == 0 { unprivileged() } else { (me.uid(), me.gid()) };
    fs::set_permissions(directory, fs::Permissions::from_mode(0o711)).unwrap();
    for name in ["spool", "log", "mailbox"] {
        fs::create_dir(directory.join(name)).unwrap();
        chown(directory.join(name), Some(user), Some(group)).unwrap();
    }
    certificates(directory);
    chown(directory.join("server.key"), Some(user), Some(group)).unwrap();
    let place = directory.display();
    let configuration = format!(
        "exim_path = {program}
primary_hostname = mail.example
exim_user = {user}
exim_group = {group}
spool_directory = {place}/spool
log_file_path = {place}/log/%slog
pid_file_path = {place}/spool/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {starttls} : {tls} : {plain}
tls_on_connect_ports = {tls}
tls_advertise_hosts = ${{if eq{{$received_port}}{{{plain}}}{{:}}{{*}}}}
tls_certificate = {place}/server.pem
tls_privatekey = {place}/server.key
tls_verify_certificates =
tls_try_verify_hosts = :
acl_smtp_rcpt = recipient
smtp_accept_max = 0
smtp_accept_queue_per_connection = 0
keep_environment =
host_lookup =
helo_lookup_domains =

begin acl
recipient:
  deny   local_parts = nobody
         message = 5.1.1 $local_part@$domain is not known here
  defer  local_parts = later
         message = 4.2.1 $local_part@$domain is busy
  warn   local_parts = slow
         delay = 2s
  accept condition = ${{if eq{{$received_port}}{{{plain}}}}}
  accept authenticated = *
  deny   message = 5.7.0 sign in first

begin routers
everybody:
  driver = accept
  transport = mailbox

begin transports
mailbox:
  driver = appendfile
  maildir_format
  directory = {place}/mailbox
  user = {user}
  group = {group}
  envelope_to_add

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{USER}}}}}{{eq{{$auth3}}{{{PASSWORD}}}}}}}}}
  server_advertise_condition = ${{if def:tls_in_cipher}}
"
    );
    let mut file = fs::File::create(directory.join("exim.conf")).unwrap();
    file.write_all(configuration.as_bytes()).unwrap();
}

fn unprivileged() -> (u32, u32) {
    let accounts = fs::read_to_string("/etc/passwd").unwrap();
    let fields = |name: &str| {
        let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    };
    USERS.iter().find_map(|name| fields(name)).expect("one of the usual accounts exists")
}

/// An authority of the test's own, and the server's certificate for 127.0.0.1 signed by it.
fn certificates(directory: &Path) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    let server = server.signed_by(&key, &authority).unwrap();
    fs::write(directory.join("ca.pem"), authority.pem()).unwrap();
    fs::write(directory.join("server.pem"), server.pem()).unwrap();
    fs::write(directory.join("server.key"), key.serialize_pem()).unwrap();
}

/// Reads a message with a parser that nobody here wrote.
pub fn read(document: &[u8]) -> Delivered {
    let mail = mailparse::parse_mail(document).unwrap();
    // An entry for calendars goes beside what is read.
    let body = if mail.ctype.mimetype == "multipart/mixed" { &mail.subparts[0] } else { &mail };
    assert_eq!(body.ctype.mimetype, "multipart/alternative");
    let part = |kind: &str| {
        let part = body.subparts.iter().find(|part| part.ctype.mimetype == kind).unwrap();
        assert!(part.headers.get_first_value("Content-Type").unwrap().contains("utf-8"));
        part.get_body().unwrap().replace("\r\n", "\n")
    };
    Delivered {
        headers: mail.headers.iter().map(|header| (header.get_key(), header.get_value())).collect(),
        text: part("text/plain"),
        html: part("text/html"),
        calendars: calendars(&mail),
    }
}

fn calendars(part: &mailparse::ParsedMail<'_>) -> Vec<(String, String)> {
    let mut found: Vec<_> = part.subparts.iter().flat_map(calendars).collect();
    if matches!(part.ctype.mimetype.as_str(), "text/calendar" | "application/ics") {
        let kind = part.headers.get_first_value("Content-Type").unwrap();
        found.push((kind, String::from_utf8(part.get_body_raw().unwrap()).unwrap()));
    }
    found
}
