//! The root of every query.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::{
    app::{self, Filter, Key, Order, RevisionAt},
    domain::{
        area::AreaLevel,
        check, form,
        group::GroupKind,
        id::{AssessmentId, Identifier, MeetingId, PanelId},
    },
    graphql::{
        area::{Area, AreaTotal},
        assessment::Assessment,
        check::{Duty, Rule},
        edition::{self, DefinitionEdition, EditionTotal},
        error::{Result, Told, bad},
        form::Form,
        group::Group,
        health_organisation::HealthOrganisation,
        interdependency::{AssessmentStub, SharedTotal},
        limit::{SOME, listed, paged},
        listing::{AssessmentFilter, AssessmentOrder},
        meeting::Meeting,
        node::Node,
        organisation::Organisation,
        own::{OwnRule, RuleTrial},
        page::{AssessmentTotal, Connection, connection, window},
        panel::Panel,
        partner::{PartnerProposal, PartnerProposalTotal},
        planning::BackPlan,
        revision::AssessmentRevision,
        risk::{AggregatedRisk, RiskFilter},
        scalar::{Date, Instant, Json},
        scenario::{Scenario, ScenarioTotal},
        screening::ScreeningReport,
        session::session,
        standing::ProposedPanel,
        viewer::Viewer,
        word::Word,
        workflow::Workflow,
    },
};

/// The root of every query.
pub struct Query;

/// What can be read. What the viewer may not see is absent, exactly as what does not exist.
#[Object]
impl Query {
    /// Anything with a global identifier.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global identifier, `noun:uuid`.")] id: ID,
    ) -> Option<Result<Node>> {
        Node::find(ctx, &id).await.transpose()
    }

    /// Who is signed in; null when nobody is.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        session(ctx).somebody().cloned().map(Viewer)
    }

    /// One case, by identifier or by reference.
    async fn assessment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global identifier.")] id: Option<ID>,
        #[graphql(desc = "The reference.")] reference: Option<String>,
    ) -> Option<Result<Assessment>> {
        let session = session(ctx);
        let found = async {
            let key = match (id, reference) {
                // What is no identifier names nothing, exactly as one that does not exist.
                (Some(id), None) => AssessmentId::parse(&id).map(Key::Id),
                (None, Some(reference)) => Some(Key::Reference(reference)),
                _ => return Err(bad("Name the assessment by `id` or by `reference`, one of the two.")),
            };
            let actor = session.actor()?;
            match key {
                Some(key) => Ok(session.app.find_view(actor, &key).await?),
                None => Ok(None),
            }
        };
        found.await.map(|view| view.map(Assessment::View)).transpose()
    }

    /// The cases the viewer may read.
    #[graphql(complexity = "paged(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn assessments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which; all when absent.")] filter: Option<AssessmentFilter>,
        #[graphql(desc = "In which order; what changed last first when absent.")] order_by: Option<
            AssessmentOrder,
        >,
        #[graphql(desc = "How many from the start or `after`, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin.")] after: Option<String>,
        #[graphql(desc = "How many from the end or `before`, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "The cursor before which they end.")] before: Option<String>,
    ) -> Result<Connection<Assessment, AssessmentTotal>> {
        let session = session(ctx);
        let window = window(first, after, last, before)?;
        let filter = filter.map(Filter::from).unwrap_or_default();
        let order = order_by.map(Order::from).unwrap_or_default();
        let slice = session.app.list_assessments(session.actor()?, &filter, order, &window).await?;
        Ok(connection(slice, AssessmentTotal::Listed(Box::new(filter)), |summary| {
            Assessment::Summary(Arc::new(summary))
        }))
    }

    /// Cases of other organisations that were shared with the viewer's, as much of each as may be known; what changed
    /// last first.
    #[graphql(complexity = "paged(first, None, child_complexity)")]
    async fn shared_assessments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin.")] after: Option<String>,
    ) -> Result<Connection<AssessmentStub, SharedTotal>> {
        let session = session(ctx);
        let window = window(first, after, None, None)?;
        let slice = session.app.list_shared(session.actor()?, &window).await?;
        Ok(connection(slice, SharedTotal, AssessmentStub))
    }

    /// As much of a case as the viewer may know, by reference.
    async fn assessment_stub(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The reference.")] reference: String,
    ) -> Option<Result<AssessmentStub>> {
        let session = session(ctx);
        let found = async {
            let actor = session.actor()?;
            Ok(session.app.find_stub(actor, &reference).await?.map(AssessmentStub))
        };
        found.await.transpose()
    }

    /// The content of a case as it was: of a revision by number, or of the newest one frozen by an instant; the
    /// newest of all when neither is given.
    async fn assessment_revision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case.")] assessment_id: ID,
        #[graphql(desc = "The revision's number.")] revision: Option<u32>,
        #[graphql(desc = "The instant: what it said then.")] at: Option<Instant>,
    ) -> Option<Result<AssessmentRevision>> {
        let session = session(ctx);
        let found = async {
            let at = match (revision, at) {
                (Some(_), Some(_)) => return Err(bad("Ask by `revision` or by `at`, not by both.")),
                (Some(number), None) => RevisionAt::Number(number),
                (None, Some(at)) => RevisionAt::Instant(at.0),
                (None, None) => RevisionAt::Latest,
            };
            let actor = session.actor()?;
            let Some(id) = AssessmentId::parse(&assessment_id) else { return Ok(None) };
            let Some(revision) = session.app.find_revision(actor, id, at).await? else { return Ok(None) };
            let view = session.view(id).await?;
            Ok(Some(AssessmentRevision::of(view, revision)))
        };
        found.await.transpose()
    }

    /// A form by key: one that ships with the program, or one that an organisation of the viewer published.
    async fn form(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its key: `ehia`.")] key: String,
        #[graphql(desc = "Its version; the newest when absent.")] version: Option<u32>,
        #[graphql(
            desc = "The ODS code of the organisation that published it; the first of the viewer's that has \
                          one when absent."
        )]
        organisation: Option<String>,
    ) -> Option<Result<Form>> {
        let session = session(ctx);
        let (actor, organisation) = (session.somebody(), organisation.as_deref());
        let found = session.app.find_definition(actor, &key, version, organisation).await;
        found.map(|found| found.map(Form)).map_err(Told::from).transpose()
    }

    /// A workflow by key: one that ships with the program, or one that an organisation of the viewer published.
    async fn workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its key: `ehia`.")] key: String,
        #[graphql(desc = "Its version; the newest when absent.")] version: Option<u32>,
        #[graphql(
            desc = "The ODS code of the organisation that published it; the first of the viewer's that has \
                          one when absent."
        )]
        organisation: Option<String>,
    ) -> Option<Result<Workflow>> {
        let session = session(ctx);
        let (actor, organisation) = (session.somebody(), organisation.as_deref());
        let found = session.app.find_definition(actor, &key, version, organisation).await;
        found.map(|found| found.map(Workflow::from)).map_err(Told::from).transpose()
    }

    /// The forms that cases of an organisation of the viewer may begin with, every version: those that ship with the
    /// program, then its own, each by key and version.
    #[graphql(complexity = "100 + paged(first, None, child_complexity)")]
    async fn forms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organisation's ODS code.")] organisation: String,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin.")] after: Option<String>,
    ) -> Option<Result<Connection<DefinitionEdition, EditionTotal>>> {
        let session = session(ctx);
        let listed = async {
            let window = window(first, after, None, None)?;
            let slice =
                session.app.list_usable::<form::Form>(session.actor()?, &organisation, &window).await?;
            Ok(connection(slice, EditionTotal::Forms(organisation), DefinitionEdition))
        };
        Some(listed.await)
    }

    /// The workflows that cases of an organisation of the viewer may begin with, every version: those that ship with the
    /// program, then its own, each by key and version.
    #[graphql(complexity = "100 + paged(first, None, child_complexity)")]
    async fn workflows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organisation's ODS code.")] organisation: String,
        #[graphql(desc = "The key of a form: only the workflows that fit it, each in its newest version.")]
        form: Option<String>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin.")] after: Option<String>,
    ) -> Option<Result<Connection<DefinitionEdition, EditionTotal>>> {
        Some(edition::workflows(ctx, organisation, form, first, after).await)
    }

    /// How an organisation's screenings of a period went, and how often the panel saw a screen-out otherwise; of its own
    /// cases only. For governance, equality leads and auditors.
    #[graphql(complexity = "200 + child_complexity")]
    async fn screening_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organisation's ODS code.")] organisation: String,
        #[graphql(desc = "The first day.")] from: Date,
        #[graphql(desc = "The last day.")] to: Date,
    ) -> Option<Result<ScreeningReport>> {
        let session = session(ctx);
        let report = async {
            Ok(session.app.screening_report(session.actor()?, &organisation, from.0, to.0).await?.into())
        };
        Some(report.await)
    }

    /// The rules that an organisation of the viewer published, every version, each by key and version.
    #[graphql(complexity = "100 + paged(first, None, child_complexity)")]
    async fn own_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organisation's ODS code.")] organisation: String,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin.")] after: Option<String>,
    ) -> Option<Result<Connection<OwnRule, EditionTotal>>> {
        let session = session(ctx);
        let listed = async {
            let window = window(first, after, None, None)?;
            let slice = session.app.list_rules(session.actor()?, &organisation, &window).await?;
            Ok(connection(slice, EditionTotal::Rules(organisation), OwnRule))
        };
        Some(listed.await)
    }

    /// What partners of an organisation propose to do to the same people without an assessment here, the oldest first,
    /// dropped proposals too; for those who oversee the organisation's cases.
    #[graphql(complexity = "50 + paged(first, None, child_complexity)")]
    async fn partner_proposals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organisation's ODS code.")] organisation: String,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin.")] after: Option<String>,
    ) -> Option<Result<Connection<PartnerProposal, PartnerProposalTotal>>> {
        let session = session(ctx);
        let listed = async {
            let window = window(first, after, None, None)?;
            let actor = session.actor()?;
            let slice = session.app.list_partner_proposals(actor, &organisation, &window).await?;
            Ok(connection(slice, PartnerProposalTotal(organisation), PartnerProposal))
        };
        Some(listed.await)
    }

    /// What bundles of decisions would do, as it is kept in an organisation, the oldest first: the viewer's own and what is shared;
    /// without those that were dropped. For those who oversee the organisation's cases.
    #[graphql(complexity = "50 + paged(first, None, child_complexity)")]
    async fn scenarios(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organisation's ODS code.")] organisation: String,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin.")] after: Option<String>,
    ) -> Option<Result<Connection<Scenario, ScenarioTotal>>> {
        let session = session(ctx);
        let listed = async {
            let window = window(first, after, None, None)?;
            let actor = session.actor()?;
            let slice = session.app.list_scenarios(actor, &organisation, &window).await?;
            Ok(connection(slice, ScenarioTotal(organisation), Scenario))
        };
        Some(listed.await)
    }

    /// What a draft of a rule would have said of cases of an organisation, the earliest first, as they now stand: of those
    /// that the viewer may read. Its examples need not behave yet, and nothing is kept. For administrators and equality
    /// leads.
    #[graphql(complexity = "200 + paged(first, None, 5 + child_complexity)")]
    async fn try_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organisation's ODS code.")] organisation: String,
        #[graphql(desc = "The rule, as a JSON object or as the text of one.")] document: Json,
        #[graphql(desc = "How many cases to try it on, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin, the `endCursor` of the page before.")]
        after: Option<String>,
    ) -> Option<Result<RuleTrial>> {
        let session = session(ctx);
        let tried = async {
            let window = window(first, after, None, None)?;
            let document = document.source();
            let tried = session.app.try_rule_here(session.actor()?, &organisation, &document, &window).await;
            RuleTrial::of(tried)
        };
        Some(tried.await)
    }

    /// The groups to consider: the shipped ones, and those of the viewer's organisations.
    #[graphql(complexity = "listed(10 * SOME, child_complexity)")]
    async fn groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this kind.")] kind: Option<Word<GroupKind>>,
    ) -> Result<Vec<Group>> {
        let session = session(ctx);
        let catalogue = session.app.groups(session.somebody()).await?;
        let wanted = catalogue.iter().filter(|group| kind.is_none_or(|kind| group.kind == kind.0));
        Ok(wanted.map(|group| Group::of(&catalogue, &group.code)).collect())
    }

    /// The rule book: the rules that hold everywhere.
    #[graphql(complexity = "listed(10 * SOME, child_complexity)")]
    async fn rules(&self) -> Vec<Rule> {
        check::rules().iter().map(Rule::Book).collect()
    }

    /// The duties that rules rest on.
    #[graphql(complexity = "listed(10 * SOME, child_complexity)")]
    async fn duties(&self) -> Vec<Duty> {
        check::duties().iter().map(Duty).collect()
    }

    /// A place in England by its ONS code; one that ended too, and null for a code that was never one. Where no reference
    /// data is loaded, every well-formed code goes by itself.
    async fn area(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code: `E54000022`.")] code: String,
    ) -> Option<Result<Area>> {
        session(ctx)
            .app
            .find_area(&code)
            .await
            .map(|code| code.map(Area::coded))
            .map_err(Told::from)
            .transpose()
    }

    /// Places in England by name or code, blind to accents, hyphens and capitals: an exact code first, then an exact name,
    /// then names that begin with it, then others that have it, then names that have its words in another order; of those
    /// places that stand before those that ended, and larger ones first.
    #[graphql(complexity = "100 + paged(first, None, child_complexity)")]
    async fn areas(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Part of a name, an ONS code or an NHS code.")] search: String,
        #[graphql(desc = "Only places of this level.")] level: Option<Word<AreaLevel>>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin.")] after: Option<String>,
    ) -> Result<Connection<Area, AreaTotal>> {
        let window = window(first, after, None, None)?;
        let level = level.map(|level| level.0);
        let (slice, total) = session(ctx).app.search_areas(&search, level, &window).await?;
        Ok(connection(slice, AreaTotal(total), Area::coded))
    }

    /// An NHS organisation of England by its ODS code, whether or not it works with this service; null for a code that is
    /// not known.
    async fn health_organisation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code: `QMM`.")] code: String,
    ) -> Option<Result<HealthOrganisation>> {
        HealthOrganisation::find(ctx, &code).await.transpose()
    }

    /// NHS organisations of England by name or ODS code, blind to accents, hyphens and capitals: the code first, then
    /// names that begin with it, then names that have it; of each those that are open first.
    #[graphql(complexity = "100 + paged(first, None, child_complexity)")]
    async fn health_organisations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Part of a name, or an ODS code.")] search: String,
        #[graphql(desc = "How many, 1 to 50; 20 when absent.")] first: Option<i32>,
    ) -> Result<Vec<HealthOrganisation>> {
        HealthOrganisation::search(ctx, &search, first).await
    }

    /// An organisation by its ODS code.
    async fn organisation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code: `T6Y0W`.")] ods_code: String,
    ) -> Option<Result<Organisation>> {
        let found = async {
            Ok(session(ctx)
                .app
                .find_organisation(&ods_code)
                .await?
                .map(|found| Organisation::Seen(Arc::new(found))))
        };
        found.await.transpose()
    }

    /// A panel: of a case that the viewer may read, or a standing one of an organisation of the viewer.
    async fn panel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global identifier, `panel:..`.")] id: ID,
    ) -> Option<Result<Panel>> {
        let session = session(ctx);
        let found = async {
            session.actor()?;
            let Some(id) = PanelId::parse(&id) else { return Ok(None) };
            Panel::find(ctx, id).await
        };
        found.await.transpose()
    }

    /// A meeting of a standing panel of an organisation of the viewer.
    async fn meeting(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global identifier, `meeting:..`.")] id: ID,
    ) -> Option<Result<Meeting>> {
        let found = async {
            session(ctx).actor()?;
            let Some(id) = MeetingId::parse(&id) else { return Ok(None) };
            Meeting::find(ctx, id).await
        };
        found.await.transpose()
    }

    /// By when a case must be submitted for a body to decide on a day: backwards through the deadline for its papers, the
    /// panel's meetings and the time its members have to review, in working days. For an organisation of the viewer.
    #[graphql(complexity = "50 + child_complexity")]
    async fn submit_by(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ODS code of the organisation.")] organisation: String,
        #[graphql(desc = "The day on which the body decides.")] decision_date: Date,
        #[graphql(desc = "The key of the workflow; the one its cases begin with when absent.")]
        workflow: Option<String>,
        #[graphql(desc = "The standing panel; the usual one when absent.")] panel: Option<ID>,
    ) -> Option<Result<BackPlan>> {
        let session = session(ctx);
        let found = async {
            let actor = session.actor()?;
            let panel = match panel {
                Some(id) => Some(PanelId::parse(&id).ok_or_else(|| Told::from(app::Error::NotFound))?),
                None => None,
            };
            let planned = session.app.plan_back(
                actor,
                &organisation,
                workflow.as_deref(),
                panel,
                decision_date.0,
                session.moment,
            );
            Ok(BackPlan(Box::pin(planned).await?))
        };
        Some(found.await)
    }

    /// Who of a standing panel would sit on a case today, with how much waits for each and what they declared in cases
    /// of the same author or programme; for those who may assign its panel.
    #[graphql(complexity = "200 + child_complexity")]
    async fn proposed_panel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case.")] assessment_id: ID,
        #[graphql(desc = "The standing panel.")] panel_id: ID,
    ) -> Option<Result<ProposedPanel>> {
        let session = session(ctx);
        let found = async {
            let actor = session.actor()?;
            let (Some(case), Some(panel)) = (AssessmentId::parse(&assessment_id), PanelId::parse(&panel_id))
            else {
                return Ok(None);
            };
            let proposal = Box::pin(session.app.propose_panel(actor, case, panel, session.moment)).await;
            match proposal {
                Ok(proposal) => Ok(proposal.map(ProposedPanel)),
                Err(app::Error::NotFound) => Ok(None),
                Err(error) => Err(error.into()),
            }
        };
        found.await.transpose()
    }

    /// Who, where, carries how much risk from everything that is about to be done: for those who oversee an organisation's cases. A
    /// filter that matches nothing gives an empty picture.
    #[graphql(complexity = "200 + child_complexity")]
    async fn aggregated_risk(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which cases; all that are pending or proceed when absent.")] filter: Option<
            RiskFilter,
        >,
    ) -> Result<AggregatedRisk> {
        AggregatedRisk::find(ctx, filter).await
    }
}
