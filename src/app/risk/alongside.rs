//! The cumulative position of a case that waits for its panel or its decision: what else touches the same people in the same
//! districts, for those who oversee the cases of its organisation.
//!
//! It is asked whenever somebody concludes or decides, so it never goes through the cases: it reads the cells of the roll-up
//! on the case's own groups in its own districts, and what waits to be folded; only while the roll-up is being made, the rows.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use crate::{
    app::{App, Error, Result, View},
    domain::{
        assessment::Content,
        case::Case,
        group::Catalogue,
        id::{AssessmentId, OrganisationId},
        impact::Direction,
        permission::Actor,
        place::{Code, Reference},
        risk::{Alongside, Atlas, Contribution, Filter, Rollup, RollupKey, Standpoint, Tally},
        workflow::{Standing, definition::Workflow},
    },
    store::risk::{
        Selection,
        ledger::{Fold, Line, Rows},
    },
};

/// Which cases are live: those that a picture has when it is not asked for others.
const LIVE: [Standpoint; 2] = [Standpoint::Pending, Standpoint::Proceeding];

/// Of which case the position is asked, and by what of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) struct Asked {
    case: AssessmentId,
    organisation: OrganisationId,
    /// Whom it touches negatively: the groups that its impacts count for.
    groups: BTreeSet<String>,
    /// Where.
    footprint: Vec<String>,
}

impl Asked {
    /// What is asked of a case with this content; `None` where nobody may know, nothing is touched, it was never submitted or
    /// was decided.
    pub(in crate::app) fn of(
        actor: &Actor,
        case: &Case,
        content: &Content,
        (workflow, groups): (&Workflow, &Catalogue),
    ) -> Option<Self> {
        let state = workflow.state(&case.state)?;
        let submitted = case.process.submitted_revision.is_some();
        let waits = submitted && state.standing == Standing::Pending;
        if !waits || !actor.oversees().contains(&case.organisation) {
            return None;
        }
        let negative = content.impacts.iter().filter(|impact| impact.direction == Direction::Negative);
        let groups: BTreeSet<String> = negative.flat_map(|impact| groups.counted(&impact.groups)).collect();
        let footprint = content.proposal.footprint.clone();
        let touches = !groups.is_empty() && !footprint.is_empty();
        touches.then_some(Self { case: case.id, organisation: case.organisation, groups, footprint })
    }

    /// The same of a case as it is looked at.
    pub(in crate::app) fn by(actor: &Actor, view: &View) -> Option<Self> {
        Self::of(actor, &view.case, &view.case.content, (&view.workflow, &view.frame.groups))
    }
}

/// What was gathered for a command before any lock.
#[derive(Clone, Debug, Default)]
pub(in crate::app) struct Gathered {
    asked: Option<Asked>,
    /// What else touches the people of the case.
    pub found: Vec<Alongside>,
}

impl Gathered {
    /// Whether it is what would be asked of the case as it stands by now.
    pub(in crate::app) fn fits(&self, actor: &Actor, view: &View) -> bool {
        self.asked == Asked::by(actor, view)
    }
}

/// Cells of an organisation's roll-up, and what is not counted beside a case: itself.
struct Position {
    cells: BTreeMap<RollupKey, Tally>,
    own: HashMap<AssessmentId, Contribution>,
    atlas: Atlas,
    reference: Arc<Reference>,
}

impl App {
    /// Lets cases know all that their findings rest on: what is known of their places, and what else touches their people, as
    /// far as the actor may know.
    pub async fn inform(&self, actor: &Actor, views: &[&View]) -> Result<()> {
        for view in views {
            self.place(view).await;
        }
        let waiting: Vec<&&View> = views.iter().filter(|view| view.alongside.get().is_none()).collect();
        let asked: Vec<Asked> = waiting.iter().filter_map(|view| Asked::by(actor, view)).collect();
        let mut found = self.alongside(actor, &asked).await?;
        for view in waiting {
            let mut found = found.remove(&view.case.id).unwrap_or_default();
            Alongside::tell_once(&mut found, &view.frame.groups);
            view.alongside.get_or_init(|| found);
        }
        Ok(())
    }

    /// The same for a command that is judged by it, of a case with this content.
    pub(in crate::app) async fn gather(
        &self,
        actor: &Actor,
        case: &Case,
        content: &Content,
        workflow: &Workflow,
    ) -> Result<Gathered> {
        let organisation = self.store.read().organisation(case.organisation).await?.ok_or(Error::NotFound)?;
        let frame = self.frame(&organisation).await?;
        let asked = Asked::of(actor, case, content, (workflow, &frame.groups));
        let mut found = self.alongside(actor, asked.as_slice()).await?;
        let mut found = found.remove(&case.id).unwrap_or_default();
        Alongside::tell_once(&mut found, &frame.groups);
        Ok(Gathered { asked, found })
    }

    /// The other live cases of the same organisation that touch the same groups negatively in the same districts, as the actor's
    /// picture has them, the gravest first. As many statements for many cases of an organisation as for one.
    async fn alongside(
        &self,
        actor: &Actor,
        asked: &[Asked],
    ) -> Result<HashMap<AssessmentId, Vec<Alongside>>> {
        let mut by: BTreeMap<OrganisationId, Vec<&Asked>> = BTreeMap::new();
        for one in asked {
            by.entry(one.organisation).or_default().push(one);
        }
        let mut told = HashMap::new();
        for (organisation, asked) in by {
            // That reference data cannot be read is told of the place.
            let Ok((Some(reference), edition)) = self.edition_of_places().await else { continue };
            let mut position = self.position(actor, organisation, &asked, &reference, &edition).await?;
            told.extend(asked.into_iter().map(|one| (one.case, position.beside(one))));
        }
        Ok(told)
    }

    /// The cells on the groups of these cases in their districts, without cases that the actor is kept from.
    async fn position(
        &self,
        actor: &Actor,
        organisation: OrganisationId,
        asked: &[&Asked],
        reference: &Arc<Reference>,
        edition: &str,
    ) -> Result<Position> {
        let mut atlas = Atlas::new(Some(reference.clone()), &[]);
        let groups: BTreeSet<&str> =
            asked.iter().flat_map(|one| one.groups.iter().map(String::as_str)).collect();
        let districts: BTreeSet<String> =
            asked.iter().flat_map(|one| districts(&mut atlas, one)).map(|code| code.to_string()).collect();
        let districts: BTreeSet<&str> = districts.iter().map(String::as_str).collect();
        let snapshot = self.store.snapshot().await?;
        let kept = snapshot.read().kept_in(actor, organisation).await?;
        let states = snapshot.read().rollup_states(&[organisation]).await?;
        let rolled = states.values().all(|state| state.edition == edition);
        let mut changes = Rollup::default();
        let mut change = |contribution, times| {
            if let Some(one) = touching(contribution, &groups) {
                changes.add(&one, times, &mut atlas);
            }
        };
        if rolled {
            let waiting = |line: Line| change(line.contribution, if line.fold == Fold::Add { 1 } else { -1 });
            snapshot.each_line(Rows::Unfolded(&[organisation]), waiting).await?;
        } else {
            // Nobody asks it while it is made.
            let (selection, filter) = (Selection::whole(vec![organisation]), Filter::default());
            let rows = Rows::Picture { selection: &selection, as_at: None, filter: &filter, part: None };
            snapshot.each_line(rows, |line| change(line.contribution, 1)).await?;
        }
        let mut own = HashMap::new();
        let apart: Vec<AssessmentId> = asked.iter().map(|one| one.case).chain(kept.iter().copied()).collect();
        let leave = |line: Line| {
            if kept.contains(&line.case) {
                change(line.contribution, -1);
            } else {
                own.insert(line.case, line.contribution);
            }
        };
        snapshot.each_line(Rows::Of(&apart), leave).await?;
        let mut cells = if rolled {
            snapshot.read().cells_on(organisation, &LIVE, &groups, &districts).await?
        } else {
            BTreeMap::new()
        };
        for (key, more) in changes.cells(&mut atlas) {
            let wanted = LIVE.contains(&key.standpoint)
                && groups.contains(key.group.as_str())
                && districts.contains(key.district.as_str());
            if wanted {
                cells.entry(key).or_default().add(&more, 1);
            }
        }
        Ok(Position { cells, own, atlas, reference: reference.clone() })
    }
}

impl Position {
    /// What there is beside this case.
    fn beside(&mut self, asked: &Asked) -> Vec<Alongside> {
        let mut itself = Rollup::default();
        if let Some(own) = self.own.get(&asked.case) {
            itself.add(own, -1, &mut self.atlas);
        }
        let itself = itself.cells(&mut self.atlas);
        let here: BTreeMap<String, Code> =
            districts(&mut self.atlas, asked).into_iter().map(|code| (code.to_string(), code)).collect();
        let mut others: BTreeMap<(&str, Code), Vec<Tally>> = BTreeMap::new();
        for (key, tally) in &self.cells {
            let Some(district) = here.get(&key.district).filter(|_| asked.groups.contains(&key.group)) else {
                continue;
            };
            let mut tally = tally.clone();
            if let Some(own) = itself.get(key) {
                tally.add(own, 1);
            }
            others.entry((&key.group, *district)).or_default().push(tally);
        }
        let found = others.into_iter().filter_map(|((group, district), tallies)| {
            let area = district.to_string();
            let known = self.reference.gazetteer().find(district);
            let name = known.map_or_else(|| area.clone(), |area| area.name.clone());
            Alongside::of(group, (&area, &name), tallies.iter())
        });
        let mut found: Vec<Alongside> = found.collect();
        Alongside::rank(&mut found);
        found
    }
}

/// What of a contribution touches one of these groups negatively; `None` when nothing does.
fn touching(mut contribution: Contribution, groups: &BTreeSet<&str>) -> Option<Contribution> {
    contribution.impacts.retain(|impact| {
        impact.direction == Direction::Negative
            && impact.groups.iter().any(|group| groups.contains(group.as_str()))
    });
    contribution.open.clear();
    (!contribution.impacts.is_empty()).then_some(contribution)
}

/// The districts that the footprint lies in.
fn districts(atlas: &mut Atlas, asked: &Asked) -> Vec<Code> {
    atlas.place(&asked.footprint).map(|place| place.districts.clone()).unwrap_or_default()
}
