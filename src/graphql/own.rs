//! An organisation's own rules as their members see them, and drafts of them tried over cases.

use async_graphql::{ID, Object, SimpleObject, connection::PageInfo};

use crate::{
    app::{self, ListedRule, TrialPage},
    domain::{
        check::{own, own::Document},
        settings::Severity,
        text::{Path, Violation},
    },
    graphql::{
        assessment::Assessment,
        error::{Result, UserError, mendable},
        limit::{SOME, listed},
        scalar::{Instant, Json, int},
        word::Word,
    },
};

/// A rule that an organisation published.
pub struct OwnRule(pub ListedRule);

impl OwnRule {
    fn document(&self) -> Option<&Document> {
        self.0.rule.as_ref().ok().map(|rule| rule.document())
    }
}

/// One version of a rule that an organisation published as its own. What it says is null when it cannot be read.
#[Object]
impl OwnRule {
    /// What its findings name as their rule: `own.KEY`.
    async fn id(&self) -> ID {
        ID(own::id(&self.0.pinned.key))
    }

    /// Its key, as the organisation's settings name it.
    async fn key(&self) -> &str {
        &self.0.pinned.key
    }

    /// Its version, from 1.
    async fn version(&self) -> i32 {
        int(self.0.pinned.version)
    }

    /// What it looks for, in a few words.
    async fn title(&self) -> Option<&str> {
        self.document().map(|rule| rule.title.as_str())
    }

    /// A warning or advice.
    async fn severity(&self) -> Option<Word<Severity>> {
        self.document().map(|rule| Word(rule.severity))
    }

    /// When it fires: CEL over the content of a case.
    async fn condition(&self) -> Option<&str> {
        self.document().map(|rule| rule.condition.as_str())
    }

    /// What it says when it fires.
    async fn message(&self) -> Option<&str> {
        self.document().map(|rule| rule.message.as_str())
    }

    /// The field it is about, in the canonical document.
    async fn path(&self) -> Option<&[String]> {
        self.document().map(|rule| rule.path.0.as_slice())
    }

    /// Why the organisation asks for it, in words.
    async fn duty(&self) -> Option<&str> {
        self.document().and_then(|rule| rule.duty.as_deref())
    }

    /// How many examples it was published with, on each of which it behaves.
    async fn example_count(&self) -> Option<i32> {
        self.document().map(|rule| int(rule.examples.len()))
    }

    /// When it was published.
    async fn published_at(&self) -> Instant {
        Instant(self.0.published_at)
    }

    /// Whether the organisation's settings name this version.
    async fn in_force(&self) -> bool {
        self.0.in_force
    }

    /// Why it cannot be read, or can no longer be run; empty when it can.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn errors(&self) -> Vec<UserError> {
        let broken = match &self.0.rule {
            Err(unreadable) => Some(unreadable.clone()),
            Ok(rule) => rule.broken().map(|reason| {
                let message = format!(
                    "This program can no longer run it ({}); publish a version that can be run.",
                    reason.trim_end_matches('.')
                );
                Violation::new("UNRUNNABLE", message, Path::of(["condition"]))
            }),
        };
        broken.map(UserError::from).into_iter().collect()
    }
}

/// A case of which a draft of a rule says something. What became of the case, the case says.
#[derive(SimpleObject)]
pub struct TriedCase {
    /// The case.
    assessment: Assessment,
    /// Whether the rule would have flagged it; otherwise it cannot be run on it.
    flagged: bool,
    /// Why the rule cannot be run on it.
    failure: Option<String>,
    /// The facts it rests on.
    facts: Json,
}

/// What a draft of a rule would have said of a page of cases.
#[derive(Default, SimpleObject)]
pub struct RuleTrial {
    /// How many cases were looked at.
    cases: i32,
    /// Those of which it says something.
    said: Vec<TriedCase>,
    /// Where these cases lie among all that the viewer may read, whether or not the rule says something of them.
    page_info: Option<PageInfo>,
    /// What the user can mend: what is wrong with the draft. It was not tried when there is any.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
}

impl RuleTrial {
    /// What was said, or what the user can mend.
    pub fn of(tried: app::Result<TrialPage>) -> Result<Self> {
        let page = match tried {
            Ok(page) => page,
            Err(error) => return mendable(error).map(|(errors, _)| Self { errors, ..Self::default() }),
        };
        let said = page.said.into_iter().map(|(view, finding)| {
            let failure = own::failure(&finding).map(str::to_owned);
            TriedCase {
                assessment: Assessment::View(view),
                flagged: failure.is_none(),
                failure,
                facts: Json(finding.facts),
            }
        });
        Ok(Self {
            cases: int(page.cases),
            said: said.collect(),
            page_info: Some(PageInfo {
                has_previous_page: page.has_previous,
                has_next_page: page.has_next,
                start_cursor: page.start,
                end_cursor: page.end,
            }),
            errors: Vec::new(),
        })
    }
}
