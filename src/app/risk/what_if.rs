//! What a bundle of decisions would do, before any of it is taken: the picture as it is beside the picture as it would be.
//! Nothing is written.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::{Picture, Supposed};
use crate::{
    app::{App, Error, Result, Stub, View, place},
    clock,
    domain::{
        assessment::Content,
        case::Case,
        edit,
        form::FormSubject,
        id::{AssessmentId, ScenarioId},
        permission::Actor,
        risk::{Contribution, Key, graph::Edge},
        scenario::{self, BundleMoney, Fate, Kept, Moved, Supposition},
        text::{Path, Violation},
        workflow::Standing,
    },
};

/// What is supposed: some decisions, or those of a scenario; as things stand otherwise, or beside another scenario.
#[derive(Clone, Debug, Default)]
pub struct WhatIfAsked {
    /// What is supposed of which case.
    pub cases: Vec<Supposition>,
    /// The scenario that supposes it instead.
    pub scenario: Option<ScenarioId>,
    /// The scenario that is the other side; things as they stand when absent.
    pub against: Option<ScenarioId>,
}

/// A case that moved on since a scenario was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overtaken {
    /// The scenario.
    pub scenario: ScenarioId,
    /// The case, as far as whoever asks may know of it.
    pub case: Option<Stub>,
    /// How.
    pub moved: Vec<Moved>,
}

/// A picture before and after.
#[derive(Debug)]
pub struct WhatIf {
    /// As things stand, or by the other scenario.
    pub before: Arc<Picture>,
    /// As they would be.
    pub after: Arc<Picture>,
    /// Reliances that would not hold any more, of cases that whoever asks may know of.
    pub broken: Vec<(Edge, Stub, Option<Stub>)>,
    /// Which cases moved on since a scenario was kept.
    pub moved: Vec<Overtaken>,
    /// Money of the named cases, before and after.
    pub money: (BundleMoney, BundleMoney),
}

/// One side: what would be counted, and what would break.
#[derive(Default)]
struct Side {
    supposed: BTreeMap<AssessmentId, Supposed>,
    broken: Vec<Edge>,
    /// The named cases as they would be.
    named: BTreeMap<AssessmentId, (Content, Standing)>,
    moved: Vec<(ScenarioId, AssessmentId, Vec<Moved>)>,
}

impl Picture {
    /// Refuses what is known as things stand today alone, of a picture of the past.
    pub(super) fn as_of_today(&self, what: &str) -> Result<()> {
        if self.filter.as_at.is_none() {
            return Ok(());
        }
        let message = format!("{what} is told as things stand today: ask without `asAt`.");
        Err(Violation::new("INVALID", message, Path::of(["filter", "asAt"])).into())
    }

    /// Refuses what is read from the cases themselves, which nothing supposed has changed.
    pub(super) fn as_it_stands(&self, what: &str) -> Result<()> {
        if self.supposed.is_empty() {
            return Ok(());
        }
        let message = format!("{what} is not told of what is only supposed; ask it of the picture itself.");
        Err(Violation::new("INVALID", message, Path::of(["whatIf"])).into())
    }
}

impl App {
    /// What would be counted if some cases proceeded, stopped or were written otherwise, beside what is counted.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every case that is not in the picture or of which nothing can be supposed, and for a picture of
    /// the past, where nothing can be decided any more; [`Error::NotFound`] for a scenario that the actor may not see.
    pub async fn what_if(&self, picture: &Arc<Picture>, asked: WhatIfAsked) -> Result<WhatIf> {
        picture.as_it_stands("What would be otherwise")?;
        if picture.filter.as_at.is_some() {
            let message = "Nothing can be decided in the past: ask without `asAt`.";
            return Err(Violation::new("INVALID", message, Path::of(["filter", "asAt"])).into());
        }
        let after = match asked.scenario {
            None => self.side(picture, &asked.cases).await?,
            Some(_) if !asked.cases.is_empty() => {
                let message =
                    "Name a scenario or cases, not both: keep the scenario with these cases instead.";
                return Err(Violation::new("INVALID", message, Path::of(["scenario"])).into());
            }
            Some(id) => self.side_of(picture, id).await?,
        };
        let before = match asked.against {
            None => Side::default(),
            Some(id) => self.side_of(picture, id).await?,
        };
        let money = self.money(picture, &before, &after).await?;
        let known = |edge: &Edge| before.broken.iter().any(|own| own.edge.id == edge.edge.id);
        let broken = after.broken.into_iter().filter(|edge| !known(edge)).collect();
        let broken = self.ends(picture.actor.as_ref(), broken).await?;
        let moved: Vec<_> = before.moved.into_iter().chain(after.moved).collect();
        let ids: Vec<AssessmentId> = moved.iter().map(|(_, case, _)| *case).collect();
        let stubs = self.known_stubs(picture.actor.as_ref(), &ids).await?;
        let moved = moved.into_iter().map(|(scenario, case, moved)| Overtaken {
            scenario,
            case: stubs.get(&case).cloned(),
            moved,
        });
        Ok(WhatIf {
            before: match asked.against {
                None => picture.clone(),
                Some(_) => Arc::new(picture.supposing(before.supposed)),
            },
            after: Arc::new(picture.supposing(after.supposed)),
            broken,
            moved: moved.collect(),
            money,
        })
    }

    /// The cases with these references, for the operator.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every reference that no case has.
    pub async fn cases_called(&self, references: &[String]) -> Result<Vec<AssessmentId>> {
        let (mut found, mut wrong) = (Vec::new(), Vec::new());
        for (index, reference) in references.iter().enumerate() {
            if let Some(case) = self.store.read().case_by_reference(reference).await? {
                found.push(case.id);
            } else {
                let message = format!("There is no case `{reference}`.");
                wrong.push(Violation::new("NOT_FOUND", message, Path::of(["cases"]).join(index)));
            }
        }
        if wrong.is_empty() { Ok(found) } else { Err(Error::Invalid(wrong)) }
    }

    /// The parts of both pictures that are not the same in both, with both cuts; of these only the parts that cases are in, for
    /// what partners propose is the same in both.
    pub async fn changed_parts(
        &self,
        what_if: &WhatIf,
        by: &[crate::domain::risk::ExposureDimension],
    ) -> Result<(Arc<super::Cut>, Arc<super::Cut>, Vec<Key>)> {
        let mut before = self.cut(what_if.before.clone(), by).await?;
        let mut after = self.cut(what_if.after.clone(), by).await?;
        for cut in [&mut before, &mut after] {
            cut.parts.retain(|(_, part)| !part.figures.is_empty());
        }
        let (before, after) = (Arc::new(before), Arc::new(after));
        let changed = scenario::changed(&before.parts, &after.parts);
        // The gravest as it would be first, then what would be gone.
        let mut keys: Vec<Key> = Vec::with_capacity(changed.len());
        let there = after.parts.iter().map(|(key, _)| key).filter(|key| changed.contains_key(*key));
        keys.extend(there.cloned());
        let gone = before.parts.iter().map(|(key, _)| key);
        keys.extend(gone.filter(|key| changed.get(*key).is_some_and(|(_, after)| after.is_none())).cloned());
        Ok((before, after, keys))
    }

    /// All of it in words.
    pub async fn what_if_in_words(&self, what_if: &WhatIf) -> Result<String> {
        let by = [crate::domain::risk::ExposureDimension::Group];
        let (before, after, _) = self.changed_parts(what_if, &by).await?;
        let cases = |totals: &crate::domain::risk::Totals| {
            usize::try_from(totals.all().counts.cases).unwrap_or_default()
        };
        let counted =
            (cases(&*self.totals(&what_if.before).await?), cases(&*self.totals(&what_if.after).await?));
        let parts = scenario::changed(&before.parts, &after.parts);
        Ok(scenario::in_words(counted, &parts, what_if.broken.len(), what_if.money))
    }

    /// What a scenario supposes, as far as it still can: what moved on or is not there is told.
    async fn side_of(&self, picture: &Picture, id: ScenarioId) -> Result<Side> {
        let actor = picture.viewer()?;
        let scenario = self.find_scenario(actor, id).await?.ok_or(Error::NotFound)?;
        let ids: Vec<AssessmentId> = scenario.cases.iter().map(|one| one.supposed.assessment).collect();
        let views = self.named_views(picture, &ids).await?;
        let (mut possible, mut moved) = (Vec::new(), Vec::new());
        for Kept { supposed, .. } in &scenario.cases {
            let Some(view) = views.get(&supposed.assessment) else {
                moved.push((id, supposed.assessment, vec![Moved::Gone]));
                continue;
            };
            let Some(kept) = scenario.cases.iter().find(|one| one.supposed.assessment == view.case.id) else {
                continue;
            };
            let mut how = kept.moved(&view.case);
            let mut supposed = supposed.clone();
            if self.written_so(view, &supposed, 0).await?.is_err() {
                supposed.edits.clear();
                how.push(Moved::Edits);
            }
            if !how.is_empty() {
                moved.push((id, supposed.assessment, how));
            }
            possible.push(supposed);
        }
        let side = self.suppose(picture, &views, &possible).await?;
        Ok(Side { moved, ..side })
    }

    async fn side(&self, picture: &Picture, cases: &[Supposition]) -> Result<Side> {
        self.supposable(picture, cases).await?;
        let ids: Vec<AssessmentId> = cases.iter().map(|one| one.assessment).collect();
        let views = self.named_views(picture, &ids).await?;
        self.suppose(picture, &views, cases).await
    }

    /// Refuses what cannot be supposed in a picture; how each case stands.
    pub(in crate::app) async fn supposable(
        &self,
        picture: &Picture,
        cases: &[Supposition],
    ) -> Result<Vec<Kept>> {
        let mut wrong = Supposition::check(cases);
        if cases.len() > scenario::MOST {
            return Err(Error::Invalid(wrong));
        }
        let ids: Vec<AssessmentId> = cases.iter().map(|one| one.assessment).collect();
        let views = self.named_views(picture, &ids).await?;
        let mut kept = Vec::with_capacity(cases.len());
        for (index, one) in cases.iter().enumerate() {
            let Some(view) = views.get(&one.assessment) else {
                let message = "There is no such case among those that you oversee and may read.";
                wrong.push(Violation::new("NOT_FOUND", message, Path::of(["cases"]).join(index)));
                continue;
            };
            if view.form.about != FormSubject::Proposal {
                let message = "This case proposes nothing: it counts in no picture.";
                wrong.push(Violation::new("INVALID", message, Path::of(["cases"]).join(index)));
            }
            wrong.extend(self.written_so(view, one, index).await?.err().unwrap_or_default());
            let (version, state) = (view.case.version, view.case.state.clone());
            kept.push(Kept { supposed: one.clone(), version, state });
        }
        if wrong.is_empty() { Ok(kept) } else { Err(Error::Invalid(wrong)) }
    }

    /// The cases of a picture that are named and that whoever sees it may read.
    async fn named_views(
        &self,
        picture: &Picture,
        ids: &[AssessmentId],
    ) -> Result<HashMap<AssessmentId, Arc<View>>> {
        let mut views = self.views_in(picture, ids).await?;
        views.retain(|id, view| picture.has(*id, view.case.organisation));
        Ok(views)
    }

    /// The case as it would be written; or what is wrong with that.
    async fn written_so(
        &self,
        view: &View,
        supposed: &Supposition,
        index: usize,
    ) -> Result<std::result::Result<Case, Vec<Violation>>> {
        if supposed.edits.is_empty() {
            return Ok(Ok(view.case.clone()));
        }
        let (case, frame) = (&view.case, view.frame.content());
        let at = |mut violation: Violation| {
            let mut path = vec!["cases".to_owned(), index.to_string(), "edits".to_owned()];
            path.append(&mut violation.path.0);
            violation.path = Path(path);
            violation
        };
        let misplaced =
            self.misplaced(place::placed(&supposed.edits, &case.content.proposal.footprint)).await;
        let context = edit::Context { form: &view.form, frame, by: case.author, moment: view.moment };
        let applied = edit::apply(case, &supposed.edits, case.version, context, &mut clock::supply());
        let wrong = match applied {
            Ok(edited) if misplaced.is_empty() => {
                let wrong = edited.case.content.violations(frame);
                if wrong.is_empty() {
                    return Ok(Ok(edited.case));
                }
                wrong
            }
            Ok(_) => misplaced,
            Err(edit::Refused::Invalid(wrong) | edit::Refused::Conflict(wrong)) => wrong,
        };
        Ok(Err(wrong.into_iter().map(at).collect()))
    }

    /// What would be counted of the named cases and of those that rely on them.
    async fn suppose(
        &self,
        picture: &Picture,
        views: &HashMap<AssessmentId, Arc<View>>,
        cases: &[Supposition],
    ) -> Result<Side> {
        let mut side = Side::default();
        let fates: BTreeMap<AssessmentId, Fate> =
            cases.iter().filter_map(|one| Some((one.assessment, one.fate?))).collect();
        let mut would: BTreeMap<AssessmentId, (Arc<View>, Case, Standing)> = BTreeMap::new();
        for one in cases {
            let Some(view) = views.get(&one.assessment) else { continue };
            let Ok(case) = self.written_so(view, one, 0).await? else { continue };
            let standing = one.fate.map_or(view.head.standing, Standing::from);
            side.named.insert(one.assessment, (case.content.clone(), standing));
            would.insert(one.assessment, (view.clone(), case, standing));
        }
        // Whatever of them is decided, or is there on other days.
        let days = |case: &Case| (case.content.proposal.effective_from, case.content.proposal.effective_to);
        let turned = would
            .iter()
            .filter(|(id, (view, case, _))| fates.contains_key(*id) || days(case) != days(&view.case));
        let turned: BTreeMap<AssessmentId, (Case, Standing)> =
            turned.map(|(id, (_, case, standing))| (*id, (case.clone(), *standing))).collect();
        let decided: Vec<AssessmentId> = turned.keys().copied().collect();
        let relying: BTreeSet<AssessmentId> =
            self.store.read().relying_on(&decided).await?.into_iter().collect();
        let others: Vec<AssessmentId> =
            relying.iter().filter(|id| !would.contains_key(*id)).copied().collect();
        for (id, view) in self.views_for(None, &others, picture.moment).await? {
            if picture.has(id, view.case.organisation) && view.form.about == FormSubject::Proposal {
                let (case, standing) = (view.case.clone(), view.head.standing);
                would.insert(id, (view, case, standing));
            }
        }
        for (id, (view, case, standing)) in would {
            let (after, mut broken) = if relying.contains(&id) {
                let targets: Vec<AssessmentId> =
                    case.content.interdependencies.iter().filter_map(|edge| edge.target).collect();
                let known = self.store.read().targets(case.organisation, &targets).await?;
                scenario::relying(&case, &turned, &known)
            } else {
                (case, Vec::new())
            };
            side.broken.append(&mut broken);
            let contribution = Contribution::of(&after, view.head.phase, standing, view.frame.content());
            let organisation = view.case.organisation;
            side.supposed.insert(id, Supposed { organisation, contribution: Some(contribution) });
        }
        side.broken.sort_by(|one, other| one.name().cmp(&other.name()));
        Ok(side)
    }

    /// Money of all cases that either side names, before and after.
    async fn money(
        &self,
        picture: &Picture,
        before: &Side,
        after: &Side,
    ) -> Result<(BundleMoney, BundleMoney)> {
        let ids: BTreeSet<AssessmentId> = before.named.keys().chain(after.named.keys()).copied().collect();
        let ids: Vec<AssessmentId> = ids.into_iter().collect();
        let views = self.named_views(picture, &ids).await?;
        let sum = |side: &Side| {
            let mut money = BundleMoney::default();
            for view in views.values() {
                match side.named.get(&view.case.id) {
                    Some((content, standing)) => money.add(&content.proposal, *standing),
                    None => money.add(&view.case.content.proposal, view.head.standing),
                }
            }
            money
        };
        Ok((sum(before), sum(after)))
    }

    /// Edges with as much of the cases at their ends as the actor may know; without those of cases that they may not know of.
    async fn ends(&self, actor: Option<&Actor>, edges: Vec<Edge>) -> Result<Vec<(Edge, Stub, Option<Stub>)>> {
        let ids: BTreeSet<AssessmentId> =
            edges.iter().flat_map(|edge| [Some(edge.from), edge.edge.target]).flatten().collect();
        let ids: Vec<AssessmentId> = ids.into_iter().collect();
        let stubs = self.known_stubs(actor, &ids).await?;
        let ends = edges.into_iter().filter_map(|edge| {
            let from = stubs.get(&edge.from)?.clone();
            let to = edge.edge.target.and_then(|target| stubs.get(&target)).cloned();
            Some((edge, from, to))
        });
        Ok(ends.collect())
    }

    async fn known_stubs(
        &self,
        actor: Option<&Actor>,
        ids: &[AssessmentId],
    ) -> Result<HashMap<AssessmentId, Stub>> {
        match actor {
            Some(actor) => self.stubs(actor, ids).await,
            None => self.whole_stubs(ids).await,
        }
    }
}
