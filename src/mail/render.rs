//! From a letter to the words that are sent: subject, plain text and HTML.
//!
//! Pure: the same letter, sender and moment give the same message, byte for byte. The templates are part of the
//! program. Whatever people typed (titles, names, labels) is brought onto one line first, so it can neither
//! begin a header nor pretend to be another part of the message, and is escaped in HTML.

use std::{fmt, sync::LazyLock};

use chrono::NaiveDate;
use lettre::{Address, message::Mailbox};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context, value::merge_maps};
use secrecy::ExposeSecret;
use url::Url;

use super::letter::{DigestFacts, Letter, LetterFacts, choice};
use crate::domain::{calendar::Moment, id::Identifier, notify::NoticeKind};

/// How many characters of reference and title a subject shows; the body has them whole.
const SUBJECT_CASE: usize = 90;

/// On whose behalf messages are sent: the mailbox in `From`.
#[derive(Clone, PartialEq, Eq)]
pub struct Sender(Mailbox);

impl Sender {
    /// Reads a mailbox, `Name <address>` or an address alone; `None` when it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text != one_line(text) {
            return None;
        }
        text.parse().ok().map(Self)
    }

    /// The mailbox, for the header and the envelope.
    pub(super) fn mailbox(&self) -> &Mailbox {
        &self.0
    }

    /// The domain after the `@`; it stands in every `Message-ID`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.email.domain()
    }

    fn address(&self) -> &Address {
        &self.0.email
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sender").field(&self.address().domain()).finish()
    }
}

/// A message in words. Its `Debug` form shows the `Message-ID` alone, because a body may hold a secret link.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// The plain text body.
    pub text: String,
    /// The HTML body, a whole document.
    pub html: String,
    /// The `Message-ID` with its angle brackets, the same whenever this letter is rendered.
    pub message_id: String,
}

impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rendered").field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

/// Why a letter has no words.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A password reset came without its link.
    #[error("a password reset message needs its single-use link")]
    SecretLinkMissing,
    /// A template does not fit its facts; a fault of this program.
    #[error("a template of this program does not fit its message")]
    Template(#[source] minijinja::Error),
}

/// Puts a letter into words as of `moment`, which decides what is overdue.
pub fn render(letter: &Letter, sender: &Sender, moment: Moment) -> Result<Rendered, RenderError> {
    let facts = &letter.facts;
    if letter.kind == NoticeKind::PasswordReset && facts.secret_link.is_none() {
        return Err(RenderError::SecretLinkMissing);
    }
    let fill = |part: &str, words: &minijinja::Value| fill(letter.kind, part, words);
    let words = context! {
        to_name => one_line(&letter.to_name),
        secret_link => facts.secret_link.as_ref().map(ExposeSecret::expose_secret),
        secret_until => facts.secret_until.map(written_date),
        sent_because => one_line(&facts.sent_because),
        choice => choice(letter.kind, facts.preferences.is_some()),
        preferences => facts.preferences.as_ref().map(Url::as_str),
        ..merge_maps([digest(&facts.digest, moment).map_err(RenderError::Template)?, told(facts, moment)])
    };
    let subject = one_line(&fill("subject.txt", &words).map_err(RenderError::Template)?);
    let words = context! { subject => subject.as_str(), ..words };
    Ok(Rendered {
        text: paragraphs(&fill("body.txt", &words).map_err(RenderError::Template)?),
        html: fill("body.html", &words).map_err(RenderError::Template)?,
        message_id: format!("<{}.outbox@{}>", letter.id.uuid().hyphenated(), sender.domain()),
        subject,
    })
}

/// What a message says of its case.
fn told(facts: &LetterFacts, moment: Moment) -> minijinja::Value {
    let title = one_line(&facts.title);
    let case = one_line(&format!("{}: {title}", facts.reference));
    context! {
        case_short => shorten(&case, SUBJECT_CASE),
        case,
        title,
        organisation => one_line(&facts.organisation),
        actor => facts.actor_name.as_deref().map(one_line).filter(|line| !line.is_empty()),
        what => facts.what.as_deref().map(one_line).filter(|line| !line.is_empty()),
        due => facts.due.map(written_date),
        overdue => facts.due.is_some_and(|due| due < moment.today),
        sections => facts.sections.iter().map(|section| one_line(section)).collect::<Vec<_>>(),
        link => facts.link.as_str(),
        reexamination => facts.reexamination_due.map(under_reexamination),
    }
}

/// What is said of a case whose re-examination is open.
fn under_reexamination(due: NaiveDate) -> String {
    format!("Under re-examination: whether its change is material is to be judged by {}.", written_date(due))
}

/// What a digest says: each task of each case, and of each message its subject.
fn digest(facts: &DigestFacts, moment: Moment) -> Result<minijinja::Value, minijinja::Error> {
    let overdue = |due: &Option<NaiveDate>| due.is_some_and(|due| due < moment.today);
    let tasks = || facts.owed.iter().flat_map(|case| &case.tasks);
    let owed = facts.owed.iter().map(|case| {
        let tasks = case.tasks.iter().map(|(what, due)| {
            context! { what => one_line(what), due => due.map(written_date), overdue => overdue(due) }
        });
        context! {
            name => one_line(&format!("{}: {}", case.reference, case.title)),
            link => case.link.as_str(),
            reexamination => case.reexamination_due.map(under_reexamination),
            tasks => tasks.collect::<Vec<_>>(),
        }
    });
    let news = facts.news.iter().map(|(kind, facts)| {
        let line = one_line(&fill(*kind, "subject.txt", &told(facts, moment))?);
        let reexamination = facts.reexamination_due.map(under_reexamination);
        Ok(context! { line, link => facts.link.as_str(), reexamination })
    });
    Ok(context! {
        owed => owed.collect::<Vec<_>>(),
        count => tasks().count() as u64 + facts.more,
        late => tasks().filter(|(_, due)| overdue(due)).count(),
        more => facts.more,
        news => news.collect::<Result<Vec<_>, minijinja::Error>>()?,
        today => written_date(moment.today),
    })
}

/// A part of a message of this kind, in these words.
fn fill(kind: NoticeKind, part: &str, words: &minijinja::Value) -> Result<String, minijinja::Error> {
    TEMPLATES.get_template(&format!("{}/{part}", kind.to_sql()))?.render(words.clone())
}

/// A date as people write it: "14 March 2027".
#[must_use]
pub fn written_date(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

/// Everything on one line, single spaces between words, without control characters or marks that reverse the
/// direction of what follows.
pub(super) fn one_line(text: &str) -> String {
    let visible = text.replace(
        |c: char| {
            c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        },
        " ",
    );
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `limit` characters; an ellipsis stands for what was left out.
fn shorten(line: &str, limit: usize) -> String {
    if line.chars().count() <= limit {
        return line.to_owned();
    }
    let kept: String = line.chars().take(limit.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Paragraphs with one empty line between them, whatever the template left out.
fn paragraphs(text: &str) -> String {
    let mut body = String::with_capacity(text.len());
    for line in text.lines().map(str::trim_end) {
        if !(line.is_empty() && (body.is_empty() || body.ends_with("\n\n"))) {
            body.push_str(line);
            body.push('\n');
        }
    }
    body.truncate(body.trim_end().len());
    body.push('\n');
    body
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| {
        let html = name.rsplit_once('.').is_some_and(|(_, extension)| extension == "html");
        if html { AutoEscape::Html } else { AutoEscape::None }
    });
    environment.set_loader(|name| Ok(source(name).map(str::to_owned)));
    environment
});

macro_rules! templates {
    ($($folder:literal),+ $(,)?) => {
        /// The text of a template by its path under `templates/`.
        fn source(name: &str) -> Option<&'static str> {
            match name {
                "layout.txt" => Some(include_str!("templates/layout.txt")),
                "layout.html" => Some(include_str!("templates/layout.html")),
                $(
                    concat!($folder, "/subject.txt") => {
                        Some(include_str!(concat!("templates/", $folder, "/subject.txt")))
                    }
                    concat!($folder, "/body.txt") => {
                        Some(include_str!(concat!("templates/", $folder, "/body.txt")))
                    }
                    concat!($folder, "/body.html") => {
                        Some(include_str!(concat!("templates/", $folder, "/body.html")))
                    }
                )+
                _ => None,
            }
        }
    };
}

// One folder a kind, named by the kind's word in SQL; a test renders every kind.
templates! {
    "panel_assigned", "submitted", "reviews_complete", "changes_requested", "not_ratified", "question", "outcome_recorded", "decision_awaited",
    "decision_recorded", "condition_assigned", "verification_awaited", "condition_breached", "reading_asked", "named", "action_received", "reexamination_opened", "reliance_changed",
    "withdrawn", "shared", "meeting_invited", "meeting_moved", "meeting_cancelled", "reminder", "daily_digest",
    "deputy_named", "address_failed", "password_reset",
}
