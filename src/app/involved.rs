//! Whose case it is, for somebody who is to declare their interest in it: the people involved, and what of that is theirs.
//! Nothing of the content is told.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    app::{App, Result},
    domain::{
        case::Case,
        id::{AssessmentId, PersonId},
        party::Party,
        permission::{self, Action, Actor, Relation},
        text, words,
        workflow::engine,
    },
    store::Scope,
};

words! {
    /// Why somebody may have an interest in a case.
    HintKind {
        /// They had a hand in another case together with somebody involved in this one.
        SameAuthor = "SAME_AUTHOR",
        /// They had a hand in another case of the same programme or service line.
        SameTeam = "SAME_TEAM",
        /// An organisation in which they hold a role is named in the case.
        SameProvider = "SAME_PROVIDER",
    }
}

/// Somebody involved in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Involved {
    /// What they are to it: author, contributor or SRO.
    pub relation: Relation,
    /// Who.
    pub party: Party,
}

/// Something that whoever is to declare may want to think of. It decides nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// What.
    pub kind: HintKind,
    /// Whom it is about; nobody of a team or a provider.
    pub person: Option<PersonId>,
    /// The organisation, of a provider.
    pub organisation: Option<String>,
    /// References of the cases in which the viewer had a hand, the newest first.
    pub references: Vec<String>,
}

/// Cases that are looked through for a hint, the newest ones.
const LOOKED_AT: u64 = 200;

impl App {
    /// The people involved in a case: for whoever sits on its panel, and whoever may read it.
    pub async fn involved(&self, actor: &Actor, id: AssessmentId) -> Result<Vec<Involved>> {
        let Some(case) = self.store.read().case(id).await? else { return Ok(Vec::new()) };
        let reads = async {
            let workflow = self
                .pinned::<crate::domain::workflow::definition::Workflow>(case.organisation, &case.workflow)
                .await?;
            let phase = engine::phase(&case, &workflow);
            Ok::<_, crate::app::Error>(permission::permit(actor, Action::Read, &case, phase).is_ok())
        };
        if !(declares(actor, &case) || reads.await?) {
            return Ok(Vec::new());
        }
        let of = |relation, party| Involved { relation, party };
        let author = of(Relation::Author, Party::person(case.author));
        let contributors = case.content.contributors.iter();
        let contributors = contributors.map(|person| of(Relation::Contributor, Party::person(*person)));
        let sro = case.content.sro.iter().map(|sro| of(Relation::Sro, sro.clone()));
        Ok([author].into_iter().chain(contributors).chain(sro).collect())
    }

    /// What of a case may be the actor's own interest; for members of its panel, of themselves alone.
    pub async fn interest_hints(&self, actor: &Actor, id: AssessmentId) -> Result<Vec<Hint>> {
        let Some(case) = self.store.read().case(id).await?.filter(|case| declares(actor, case)) else {
            return Ok(Vec::new());
        };
        let shared = self.store.read().hands(actor.person, LOOKED_AT).await?;
        let ids: Vec<AssessmentId> = shared.keys().copied().filter(|other| *other != id).collect();
        let mut others = self.store.read().summaries(&ids, Scope::SeeStub(actor)).await?;
        others.sort_by_key(|other| std::cmp::Reverse(other.head.created_at));
        let sro = case.content.sro.as_ref().and_then(|sro| sro.person);
        let people: BTreeSet<PersonId> =
            case.content.contributors.iter().copied().chain([case.author]).chain(sro).collect();
        let mut hints = Vec::new();
        for person in people {
            let with = |other: &AssessmentId| shared.get(other).is_some_and(|hands| hands.contains(&person));
            let together = others.iter().filter(|other| with(&other.head.id));
            let references: Vec<String> = together.map(|other| other.head.reference.clone()).collect();
            if !references.is_empty() {
                hints.push(Hint {
                    kind: HintKind::SameAuthor,
                    person: Some(person),
                    organisation: None,
                    references,
                });
            }
        }
        let proposal = &case.content.proposal;
        let same = |one: &Option<String>, other: &Option<String>| {
            one.as_ref().zip(other.as_ref()).is_some_and(|(one, other)| text::fold(one) == text::fold(other))
        };
        let team = others.iter().filter(|other| {
            same(&other.head.programme, &proposal.programme)
                || same(&other.head.service_line, &proposal.service_line)
        });
        let references: Vec<String> = team.map(|other| other.head.reference.clone()).collect();
        if !references.is_empty() {
            hints.push(Hint { kind: HintKind::SameTeam, person: None, organisation: None, references });
        }
        for organisation in self.own_providers(actor, &case).await? {
            hints.push(Hint {
                kind: HintKind::SameProvider,
                person: None,
                organisation: Some(organisation),
                references: Vec::new(),
            });
        }
        Ok(hints)
    }

    /// Organisations in which the actor holds a role, beside that of the case, that the case names.
    async fn own_providers(&self, actor: &Actor, case: &Case) -> Result<BTreeSet<String>> {
        let own: BTreeSet<_> = actor.grants.iter().map(|grant| grant.organisation).collect();
        let own: Vec<_> = own.into_iter().filter(|own| *own != case.organisation).collect();
        let edges = case.content.interdependencies.iter().filter_map(|edge| edge.partner.as_ref());
        let owners = case.content.mitigations.iter().filter_map(|mitigation| mitigation.owner.as_ref());
        let parties = case.content.sro.iter().chain(edges).chain(owners);
        let named: BTreeSet<String> = parties
            .flat_map(|party| [&party.organisation, &party.name])
            .flatten()
            .map(|name| text::fold(name))
            .collect();
        let known: BTreeMap<_, _> = self.organisations(&own).await?.into_iter().collect();
        let theirs = known.into_values().map(|organisation| organisation.name.clone());
        Ok(theirs.filter(|name| named.contains(&text::fold(name))).collect())
    }
}

/// Whether the actor sits on the panel and has not withdrawn.
fn declares(actor: &Actor, case: &Case) -> bool {
    matches!(
        permission::relation(actor, case),
        Relation::Undeclared | Relation::Declared | Relation::NotVoting
    )
}
