//! Earlier cases that are like one, as far as the actor may read them.

use crate::{
    app::{App, Result, Summary, View},
    domain::{
        permission::Actor,
        place::Reference,
        search,
        similar::{self, Similar, Traits},
    },
    store::Scope,
};

impl App {
    /// Earlier cases that the actor may read and that are like this one, what is most like it first, each with why.
    pub async fn similar(&self, actor: &Actor, view: &View, most: usize) -> Result<Vec<(Summary, Similar)>> {
        let case = &view.case;
        let words = search::words(&case.reference, &case.content, Some(&view.form), view.visibility());
        let traits = Traits::of(&case.content, words);
        let read = self.store.read();
        let others = read.earlier_cases(case.id, case.created_at, &traits, Scope::Read(actor)).await?;
        let reference = self.known_places().await.ok();
        let places = reference.as_deref().map(Reference::gazetteer);
        let found = similar::similar(&traits, &others, &view.frame.groups, places, most);
        let ids: Vec<_> = found.iter().map(|similar| similar.case).collect();
        let mut summaries = self.summaries(actor, &ids).await?;
        let told = found.into_iter().filter_map(|similar| Some((summaries.remove(&similar.case)?, similar)));
        Ok(told.collect())
    }
}
