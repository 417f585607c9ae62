//! Earlier cases that are like one.

use std::sync::Arc;

use async_graphql::{Context, SimpleObject};

use crate::{
    app::View,
    graphql::{
        assessment::Assessment,
        error::{Result, bad},
        session::session,
    },
};

/// Most that are told, and how many when nobody says.
const MOST: usize = 20;
const DEFAULT: usize = 5;

/// An earlier case that is like another, and why.
#[derive(SimpleObject)]
pub struct SimilarAssessment {
    /// The case.
    assessment: Assessment,
    /// Why, a sentence each, what weighs most first.
    reasons: Vec<String>,
}

/// How many are asked for; what is no such number counts as none.
pub fn alike(first: Option<i32>) -> usize {
    first.map_or(DEFAULT, |first| usize::try_from(first).unwrap_or_default().min(MOST))
}

impl SimilarAssessment {
    /// Those of a case that the viewer reads.
    pub async fn list(ctx: &Context<'_>, view: &View, first: Option<i32>) -> Result<Vec<Self>> {
        if first
            .is_some_and(|first| usize::try_from(first).ok().is_none_or(|first| !(1..=MOST).contains(&first)))
        {
            return Err(bad("`first` goes from 1 to 20."));
        }
        let session = session(ctx);
        let found = Box::pin(session.app.similar(session.actor()?, view, alike(first))).await?;
        let told = found.into_iter().map(|(summary, similar)| Self {
            assessment: Assessment::Summary(Arc::new(summary)),
            reasons: similar.reasons,
        });
        Ok(told.collect())
    }
}
