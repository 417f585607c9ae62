//! The agenda of a meeting: what was put on it, what an earlier one did not reach, and what could be.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::NaiveDate;

use crate::{
    app::{App, Filter, MeetingView, Order, OrderField, Result, Stub, meeting::cancelled},
    clock,
    domain::{
        calendar::Moment,
        case::{Case, Head},
        id::{AssessmentId, MeetingId},
        meeting::{LOOK_BACK, Meeting, left_over, order},
        page::{MOST, Window},
        permission::{Actor, Office, permit_in},
        review::{PanelOutcome, Ratification},
        task::TaskKind,
        text::{Path, Violation},
        workflow::{
            Phase,
            definition::Workflow,
            quorum::{Composition, Readiness},
        },
    },
};

/// A case on the agenda of a meeting, or one that could be.
#[derive(Clone, Debug)]
pub struct AgendaItem {
    /// As much of the case as the actor may know.
    pub stub: Stub,
    /// What lists show of it, when the actor may read it.
    pub head: Option<Head>,
    /// The meeting that did not reach it.
    pub carried_from: Option<MeetingId>,
    /// Whether the panel could conclude on it; none when it is not before the panel any more, and to whoever may not read
    /// it.
    pub readiness: Option<Readiness>,
    /// Whether the panel is to say if it ratifies what the chair concluded between meetings.
    pub ratifies: bool,
    /// What the panel concluded on it at the meeting, when the actor may read the case.
    pub outcome: Option<PanelOutcome>,
    /// What it said there of what the chair concluded between meetings, when the actor may read the case.
    pub ratification: Option<Ratification>,
}

impl App {
    /// The agenda of a meeting, the gravest first, then what is to be decided soonest: what was put on it, what an
    /// earlier meeting did not reach, and of the panel's next meeting what the chair concluded since the last.
    pub async fn agenda(
        &self,
        actor: &Actor,
        meeting: &Meeting,
        today: NaiveDate,
    ) -> Result<Vec<AgendaItem>> {
        let listed = self.listed(meeting, today).await?;
        self.items(actor, meeting, listed).await
    }

    /// Cases that are before the panel and on no agenda of it from the day of the meeting on, in the same order; for
    /// those who hold its meetings.
    pub async fn agenda_proposals(
        &self,
        actor: &Actor,
        view: &MeetingView,
        today: NaiveDate,
    ) -> Result<Vec<AgendaItem>> {
        let meeting = &view.meeting;
        if permit_in(actor, Office::HoldMeeting, meeting.organisation).is_err() {
            return Ok(Vec::new());
        }
        let organisation = self.own_organisation(&view.panel).await?;
        let filter = Filter {
            organisations: vec![organisation.ods_code.clone()],
            phases: vec![Phase::Review],
            ..Filter::default()
        };
        let window = Window { size: MOST, forwards: true, cursor: None };
        let by_risk = Order { field: OrderField::Risk, ascending: false };
        let found = self.list_assessments(actor, &filter, by_risk, &window).await?;
        let listed: BTreeSet<AssessmentId> =
            self.listed(meeting, today).await?.into_iter().map(|(case, _)| case).collect();
        let read = self.store.read();
        let ahead = read.meetings_from(meeting.panel, meeting.day, MOST.into()).await?;
        let ahead: BTreeSet<AssessmentId> = (ahead.iter())
            .filter(|other| other.cancelled.is_none())
            .flat_map(|other| other.items.iter().copied())
            .collect();
        let ids: Vec<AssessmentId> = found.nodes.iter().map(|(_, summary)| summary.head.id).collect();
        let views = self.views(actor, &ids).await?;
        let ids = ids.into_iter().filter(|id| !listed.contains(id) && !ahead.contains(id));
        // Another panel's case is that panel's; one without a panel is anybody's.
        let ours = |id: &AssessmentId| {
            let panel = views.get(id).and_then(|view| view.case.process.panel.as_ref());
            panel.and_then(|panel| panel.standing.as_ref()).is_none_or(|of| of.panel == meeting.panel)
        };
        let proposed = ids.filter(ours).map(|id| (id, None)).collect();
        let items = self.items(actor, meeting, proposed).await?;
        let could =
            |item: &AgendaItem| matches!(item.readiness, Some(Readiness::Ready | Readiness::Expected));
        Ok(items.into_iter().filter(could).collect())
    }

    /// Why nothing of the case can have been concluded at the meeting, or answered of what its chair did on the day
    /// `since`; told at this place of the request.
    pub(super) async fn not_held_at(
        &self,
        case: &Case,
        id: MeetingId,
        since: Option<NaiveDate>,
        at: Path,
        moment: Moment,
    ) -> Result<Option<Violation>> {
        let found = self.store.read().meeting(id).await?;
        let Some(meeting) = found.filter(|meeting| meeting.organisation == case.organisation) else {
            let message = "There is no such meeting of a panel of this organisation.";
            return Ok(Some(Violation::new("NOT_FOUND", message, at)));
        };
        if let Some(violation) = cancelled(&meeting) {
            return Ok(Some(Violation { path: at, ..violation }));
        }
        if meeting.day > moment.today {
            let message = "This meeting has not been held yet: record what it concludes on its day or later.";
            return Ok(Some(Violation::new("NOT_YET", message, at)));
        }
        if let Some(since) = since.filter(|since| meeting.day < *since) {
            let message = format!(
                "This meeting was held before the chair concluded, on {since}: name the one that answered it."
            );
            return Ok(Some(Violation::new("BEFORE_ACTION", message, at)));
        }
        if !self.listed(&meeting, moment.today).await?.iter().any(|(item, _)| *item == case.id) {
            let message = "This assessment is not on the agenda of the meeting: put it there first.";
            return Ok(Some(Violation::new("NOT_ON_AGENDA", message, at)));
        }
        Ok(None)
    }

    /// Whether the panel of the meeting may say of the case if it ratifies what the chair concluded between meetings.
    pub(super) fn may_ratify(meeting: &Meeting, case: &Case) -> bool {
        let panel = case.process.panel.as_ref().and_then(|panel| panel.standing.as_ref());
        Self::acted_on(case).is_some_and(|day| day <= meeting.day)
            && panel.is_none_or(|of| of.panel == meeting.panel)
    }

    /// The day on which the chair concluded what the panel has not answered.
    pub(super) fn acted_on(case: &Case) -> Option<NaiveDate> {
        case.process.unratified().map(|(outcome, _)| clock::london(outcome.at))
    }

    /// The cases on the agenda of a meeting, each with the meeting that did not reach it.
    pub(super) async fn listed(
        &self,
        meeting: &Meeting,
        today: NaiveDate,
    ) -> Result<Vec<(AssessmentId, Option<MeetingId>)>> {
        let mut listed: Vec<_> = meeting.items.iter().map(|case| (*case, None)).collect();
        let earlier = self.store.read().meetings_before(meeting.panel, meeting.day, LOOK_BACK).await?;
        let left = left_over(meeting, &earlier);
        let ids: Vec<AssessmentId> = left.iter().map(|(case, _)| *case).collect();
        let cases = self.store.read().cases(&ids).await?;
        let ready = self.readiness(&ids).await?;
        for (id, from) in left {
            let reached = cases.iter().any(|case| {
                case.id == id && earlier.iter().any(|other| other.id == from && other.reached(case))
            });
            let concluded_here = cases.iter().any(|case| case.id == id && meeting.reached(case));
            if concluded_here || (!reached && ready.get(&id).is_some_and(Option::is_some)) {
                listed.push((id, Some(from)));
            }
        }
        let open = |one: &Meeting| one.recorded_at.is_none() && one.cancelled.is_none();
        let sooner = earlier.iter().any(|one| open(one) && one.day >= today);
        if open(meeting) && !sooner {
            let waiting = self.store.read().waiting_for(meeting.organisation, TaskKind::Ratify).await?;
            for case in self.store.read().cases(&waiting).await? {
                let known = listed.iter().any(|(id, _)| *id == case.id) || meeting.removed.contains(&case.id);
                if !known && Self::may_ratify(meeting, &case) {
                    listed.push((case.id, None));
                }
            }
        }
        Ok(listed)
    }

    /// Whether the panel could conclude on each of those cases.
    pub(super) async fn readiness(
        &self,
        ids: &[AssessmentId],
    ) -> Result<BTreeMap<AssessmentId, Option<Readiness>>> {
        let mut found = BTreeMap::new();
        for case in self.store.read().cases(ids).await? {
            let workflow: Arc<Workflow> = self.pinned(case.organisation, &case.workflow).await?;
            let organisation = self.organisations(&[case.organisation]).await?;
            let organisation = organisation.get(&case.organisation);
            let quorum = organisation.map_or(Composition::of(1), |one| one.settings.composition());
            found.insert(case.id, workflow.readiness(&case, quorum));
        }
        Ok(found)
    }

    async fn items(
        &self,
        actor: &Actor,
        meeting: &Meeting,
        listed: Vec<(AssessmentId, Option<MeetingId>)>,
    ) -> Result<Vec<AgendaItem>> {
        let ids: Vec<AssessmentId> = listed.iter().map(|(case, _)| *case).collect();
        let mut stubs = self.stubs(actor, &ids).await?;
        let views = self.views(actor, &ids).await?;
        let ready = self.readiness(&ids).await?;
        let mut items: Vec<AgendaItem> = Vec::with_capacity(listed.len());
        for (id, carried_from) in listed {
            let Some(stub) = stubs.remove(&id) else { continue };
            let view = views.get(&id);
            let mut outcomes = view.iter().flat_map(|view| &view.case.process.outcomes);
            let outcome = outcomes.rfind(|outcome| outcome.meeting == Some(meeting.id)).cloned();
            let mut answers = view.iter().flat_map(|view| &view.case.process.ratifications);
            let ratification = answers.rfind(|answer| answer.meeting == Some(meeting.id)).cloned();
            items.push(AgendaItem {
                stub,
                head: view.map(|view| view.head.clone()),
                carried_from,
                readiness: view.and_then(|_| ready.get(&id).copied().flatten()),
                ratifies: view.is_some_and(|view| Self::may_ratify(meeting, &view.case)),
                outcome,
                ratification,
            });
        }
        items.sort_by_cached_key(|item| {
            (item.head.is_none(), item.head.as_ref().map(order), item.stub.reference.clone())
        });
        Ok(items)
    }
}
