//! How mail leaves, as an operator writes it down, read into what can be used.

use std::{fs, io, net::IpAddr, path::PathBuf, time::Duration};

use lettre::transport::smtp::{
    authentication::Credentials,
    client::{Certificate, TlsParameters},
    extension::ClientId,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    render::Sender,
    smtp::{Security, Server},
};

/// How mail leaves.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// One of
    ///
    /// * `smtp://user:password@host:587`: STARTTLS, required (port 587 when none is given);
    /// * `smtps://user:password@host:465`: TLS from the first byte (port 465 when none is given);
    /// * `smtp://127.0.0.1:25?tls=none`: an unencrypted relay on this machine, without password;
    /// * `file:///directory`: one `.eml` file a message;
    /// * `memory:`: a list, for tests.
    ///
    /// User and password are percent-encoded, and may both be missing.
    pub transport: SecretString,
    /// The mailbox in `From`: `Assessment service <ehia@example.nhs.uk>`. Its domain stands in `Message-ID`.
    pub from: String,
    /// A file with certificates (PEM) of private authorities, trusted beside the public ones.
    pub ca_certificate: Option<PathBuf>,
    /// How long one message may take, from connecting until the server has accepted it.
    pub timeout: Duration,
}

/// Why the settings cannot be used; says what to write instead, and repeats nothing that was written.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Not a URL, or one of another scheme.
    #[error(
        "the mail transport must be smtp://HOST, smtps://HOST, file:///DIRECTORY or memory:; \
         percent-encode what is unusual in user and password"
    )]
    Transport,
    /// An option other than `tls=none`.
    #[error("the only option of a mail transport is ?tls=none, with smtp://")]
    Option,
    /// A path, fragment or host where none belongs.
    #[error(
        "smtp:// and smtps:// take a host and a port and nothing after them; file:/// takes a whole path"
    )]
    Parts,
    /// Unencrypted to another machine.
    #[error("?tls=none is for a relay on this machine: write 127.0.0.1, ::1 or localhost, or leave it out")]
    PlainBeyondLoopback,
    /// A password that would travel unencrypted.
    #[error("?tls=none sends a password in the clear: leave user and password out, or use TLS")]
    PlainPassword,
    /// Only one of user and password.
    #[error("the mail transport needs both user and password, or neither")]
    Credentials,
    /// `from` is not one mailbox.
    #[error("the mail sender must be one mailbox, such as: Assessment service <ehia@example.nhs.uk>")]
    From,
    /// No time at all.
    #[error("the mail timeout must be longer than nothing")]
    Timeout,
    /// The file of certificates cannot be read.
    #[error("the file of mail certificates cannot be read: {0}")]
    CertificateUnreadable(#[source] io::Error),
    /// The file of certificates holds none.
    #[error("the file of mail certificates must hold certificates in PEM form")]
    CertificateInvalid,
}

/// What the transport URL names.
pub(super) enum Route {
    Smtp(Box<Server>),
    File(PathBuf),
    Memory,
}

impl MailSettings {
    pub(super) fn sender(&self) -> Result<Sender, SettingsError> {
        Sender::parse(&self.from).ok_or(SettingsError::From)
    }

    pub(super) fn route(&self) -> Result<Route, SettingsError> {
        if self.timeout.is_zero() {
            return Err(SettingsError::Timeout);
        }
        let url = Url::parse(self.transport.expose_secret()).map_err(|_| SettingsError::Transport)?;
        match url.scheme() {
            "smtp" | "smtps" => Ok(Route::Smtp(Box::new(self.server(&url)?))),
            "file" => url.to_file_path().map(Route::File).map_err(|()| SettingsError::Parts),
            "memory" => Ok(Route::Memory),
            _ => Err(SettingsError::Transport),
        }
    }

    fn server(&self, url: &Url) -> Result<Server, SettingsError> {
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(SettingsError::Parts)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(SettingsError::Parts);
        }
        let credentials = match (decoded(url.username()), url.password().map(decoded)) {
            (user, None) if user.is_empty() => None,
            (user, Some(password)) if !user.is_empty() => Some(Credentials::new(user, password)),
            _ => return Err(SettingsError::Credentials),
        };
        let (port, security) = match (url.scheme(), url.query()) {
            ("smtps", None) => (465, Security::Implicit(self.tls(&host)?)),
            ("smtp", None) => (587, Security::StartTls(self.tls(&host)?)),
            ("smtp", Some("tls=none")) if !is_this_machine(&host) => {
                return Err(SettingsError::PlainBeyondLoopback);
            }
            ("smtp", Some("tls=none")) if credentials.is_some() => return Err(SettingsError::PlainPassword),
            ("smtp", Some("tls=none")) => (25, Security::None),
            _ => return Err(SettingsError::Option),
        };
        Ok(Server {
            host,
            port: url.port().unwrap_or(port),
            security,
            credentials,
            hello: ClientId::Domain(self.sender()?.domain().to_owned()),
            timeout: self.timeout,
        })
    }

    fn tls(&self, host: &str) -> Result<TlsParameters, SettingsError> {
        let mut tls = TlsParameters::builder(host.to_owned());
        if let Some(path) = &self.ca_certificate {
            let pem = fs::read(path).map_err(SettingsError::CertificateUnreadable)?;
            if !pem.windows(27).any(|window| window == b"-----BEGIN CERTIFICATE-----") {
                return Err(SettingsError::CertificateInvalid);
            }
            let authorities = Certificate::from_pem(&pem).map_err(|_| SettingsError::CertificateInvalid)?;
            tls = tls.add_root_certificate(authorities);
        }
        tls.build().map_err(|_| SettingsError::CertificateInvalid)
    }
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Percent-encoding undone.
fn decoded(part: &str) -> String {
    // A form would read `+` and `&` in ways that user names do not.
    let form = format!("part={}", part.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(form.as_bytes()).map(|(_, value)| value.into_owned()).collect()
}
