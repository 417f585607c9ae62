//! Papers that are drafted from the record: the minutes of a meeting and the letter about an outcome, each as HTML and as
//! text.
//!
//! Pure: the same facts give the same paper, byte for byte. What people typed stays on its line or in its paragraph and is
//! escaped in HTML, so it can pretend to be no other part of the paper. Tables leave as workbooks ([`workbook`]).

mod workbook;

pub use self::workbook::workbook;

use std::sync::LazyLock;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;

use crate::domain::words;

words! {
    /// How a paper is written.
    DocumentFormat {
        /// A whole HTML document.
        Html = "HTML",
        /// Plain text.
        Text = "TEXT",
    }
}

/// The minutes of a meeting.
#[derive(Clone, Debug, Serialize)]
pub struct Minutes {
    /// The organisation.
    pub organisation: String,
    /// The panel.
    pub panel: String,
    /// When it met, in words.
    pub when: String,
    /// Where.
    pub place: String,
    /// Why it was cancelled, when it was.
    pub cancelled: Option<String>,
    /// Whether it is recorded who was there.
    pub recorded: bool,
    /// Who was there.
    pub present: Vec<String>,
    /// Who sent apologies.
    pub apologies: Vec<String>,
    /// What was declared about the meeting as a whole.
    pub interests: Vec<Declared>,
    /// What it dealt with, in order.
    pub items: Vec<MinutesItem>,
    /// When and where the panel meets next, where that is planned.
    pub next: Option<String>,
}

/// An interest that was declared.
#[derive(Clone, Debug, Serialize)]
pub struct Declared {
    /// By whom.
    pub who: String,
    /// What.
    pub what: String,
}

/// One item of the minutes.
#[derive(Clone, Debug, Serialize)]
pub struct MinutesItem {
    /// The reference of the case.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Whether the reader may not read what was said of it.
    pub withheld: bool,
    /// What was declared in it at the meeting.
    pub interests: Vec<Declared>,
    /// How what members declared before was answered, as it stood when it was concluded; and what the record of the meeting
    /// says otherwise.
    pub answered: Vec<Declared>,
    /// What was concluded; none when the meeting did not reach it.
    pub outcome: Option<Concluded>,
    /// What was said of what the chair concluded between meetings.
    pub ratification: Option<Answered>,
    /// What the chair concluded between meetings and the panel has not answered.
    pub awaits: Option<Concluded>,
}

/// What a panel said of what its chair concluded between meetings.
#[derive(Clone, Debug, Serialize)]
pub struct Answered {
    /// Whether it ratified that.
    pub ratified: bool,
    /// Why, or why not.
    pub reason: Option<String>,
    /// Who was there, by name.
    pub attendees: Vec<String>,
    /// Who disagreed, and why.
    pub dissent: Option<String>,
}

/// What was concluded.
#[derive(Clone, Debug, Serialize)]
pub struct Concluded {
    /// Who concluded it: the panel, or whoever judges alone where no panel does.
    pub who: String,
    /// Whether it says how deep an assessment is needed, and so approves none.
    pub screens: bool,
    /// In words: "Approve with conditions".
    pub label: String,
    /// How, where the chair concluded between meetings: by urgent action, and what the panel said of it or is to say.
    pub urgent: Option<String>,
    /// The revision it is about.
    pub revision: u32,
    /// Who was there, by name.
    pub attendees: Vec<String>,
    /// Who sent apologies, by name.
    pub apologies: Vec<String>,
    /// What the panel decided with it by delegation, where it did.
    pub decided: Option<String>,
    /// What was said with it.
    pub comment: Option<String>,
    /// Who disagreed, and why.
    pub dissent: Option<String>,
    /// What the approval is subject to.
    pub conditions: Vec<ConditionLine>,
    /// How many findings were accepted.
    pub accepted: usize,
}

/// A condition, as a paper says it.
#[derive(Clone, Debug, Serialize)]
pub struct ConditionLine {
    /// What must be so.
    pub text: String,
    /// Who sees to it.
    pub owner: String,
    /// By when.
    pub due: String,
    /// What will show it.
    pub evidence: Option<String>,
    /// Who judges that it is met.
    pub verifier: String,
}

/// The letter to those whose proposal it is.
#[derive(Clone, Debug, Serialize)]
pub struct OutcomeLetter {
    /// The organisation.
    pub organisation: String,
    /// The panel.
    pub panel: String,
    /// Author and senior responsible officer.
    pub to: Vec<String>,
    /// The day, in words.
    pub date: String,
    /// The reference of the case.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// What was concluded; who disagreed stays with the panel.
    pub outcome: Concluded,
    /// What interests of the panel had no answer when it concluded, in sentences.
    pub interests: Vec<String>,
    /// What follows from it.
    pub next: String,
    /// What a return asks to be changed.
    pub places: Vec<Place>,
}

/// What a return asks to be changed.
#[derive(Clone, Debug, Serialize)]
pub struct Place {
    /// The section or field, as people call it.
    pub name: String,
    /// Why, where a reason was given of its own.
    pub reason: Option<String>,
}

/// Writes the minutes.
pub fn minutes(minutes: &Minutes, format: DocumentFormat) -> anyhow::Result<String> {
    write("minutes", minutes, format)
}

/// Writes the letter.
pub fn letter(letter: &OutcomeLetter, format: DocumentFormat) -> anyhow::Result<String> {
    write("letter", letter, format)
}

fn write(name: &str, facts: &impl Serialize, format: DocumentFormat) -> anyhow::Result<String> {
    let ending = match format {
        DocumentFormat::Html => "html",
        DocumentFormat::Text => "txt",
    };
    let written = TEMPLATES.get_template(&format!("{name}.{ending}"))?.render(Serde(facts))?;
    Ok(match format {
        DocumentFormat::Html => written,
        DocumentFormat::Text => paragraphs(&written),
    })
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

/// One line, without control characters or marks that reverse the direction of what follows.
fn line(text: &str) -> String {
    let visible = text.replace(
        |c: char| {
            c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        },
        " ",
    );
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What people typed in several lines, set in from the margin so that it can begin no line of the paper.
fn inset(text: &str) -> String {
    let lines = text.lines().map(line).filter(|line| !line.is_empty());
    lines.map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    let syntax = syntax.trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("the marks of the templates are the usual ones"));
    environment.set_auto_escape_callback(|name| {
        let html = name.rsplit_once('.').is_some_and(|(_, extension)| extension == "html");
        if html { AutoEscape::Html } else { AutoEscape::None }
    });
    environment.add_filter("line", |text: String| line(&text));
    environment.add_filter("inset", |text: String| inset(&text));
    environment.set_loader(|name| Ok(source(name).map(str::to_owned)));
    environment
});

fn source(name: &str) -> Option<&'static str> {
    match name {
        "minutes.txt" => Some(include_str!("templates/minutes.txt")),
        "minutes.html" => Some(include_str!("templates/minutes.html")),
        "letter.txt" => Some(include_str!("templates/letter.txt")),
        "letter.html" => Some(include_str!("templates/letter.html")),
        _ => None,
    }
}
