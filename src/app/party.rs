//! Parties as they are typed: an account, or a name with an address that is kept apart.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    app::{App, Error, Result},
    domain::{
        case::Case,
        condition::Condition,
        id::{ContactId, OrganisationId, PersonId, Supply},
        party::Party,
        permission::Role,
        text::{self, Path, Violation},
    },
    store::person::Contact,
};

/// A party as somebody typed it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PartyInput {
    /// An account.
    pub person: Option<PersonId>,
    /// Or a name.
    pub name: Option<String>,
    /// The organisation, in words.
    pub organisation: Option<String>,
    /// How to reach somebody without an account.
    pub email: Option<String>,
}

/// The code of what is wrong with a person who is not there: it says who there is.
pub(super) const NO_SUCH_PERSON: &str = "NOT_FOUND";

/// The codes of what is wrong with verifiers who are known by their address.
pub(super) const VERIFIER_IS_OWNER: &str = "VERIFIER_IS_OWNER";
pub(super) const VERIFIER_IS_PARTY: &str = "VERIFIER_IS_PARTY";

/// The code of what is wrong with an address: whoever has it has an account here.
pub(super) const HAS_ACCOUNT: &str = "HAS_ACCOUNT";

/// Who is to own and who to verify a condition.
pub(super) struct Verified<'a> {
    pub owner: &'a Party,
    pub verifier: &'a Party,
    /// Where the verifier was typed.
    pub at: Path,
}

/// Parties of one command, resolved, with the contacts to be kept.
pub(super) struct Parties {
    organisation: OrganisationId,
    known: BTreeSet<PersonId>,
    pub contacts: Vec<Contact>,
    pub violations: Vec<Violation>,
    supply: Supply,
}

impl App {
    /// Those of the people who hold a role in one of the organisations today.
    pub(super) async fn belonging(
        &self,
        people: &[PersonId],
        organisations: &[OrganisationId],
    ) -> Result<BTreeSet<PersonId>> {
        let mut known = BTreeSet::new();
        for organisation in organisations {
            let holders = self.store.read().holders(*organisation, None, self.today()).await?;
            known.extend(
                holders.into_iter().map(|(person, _)| person).filter(|person| people.contains(person)),
            );
        }
        Ok(known)
    }

    /// Makes ready to resolve the parties of a command: people count when they hold a role in the case's
    /// organisation or in one that may at least know of the case.
    pub(super) async fn parties(
        &self,
        organisation: OrganisationId,
        shared: &[OrganisationId],
        named: impl Iterator<Item = &PartyInput>,
        supply: Supply,
    ) -> Result<Parties> {
        let people: Vec<PersonId> = named.filter_map(|party| party.person).collect();
        let mut organisations = shared.to_vec();
        organisations.push(organisation);
        let known =
            if people.is_empty() { BTreeSet::new() } else { self.belonging(&people, &organisations).await? };
        Ok(Parties { organisation, known, contacts: Vec::new(), violations: Vec::new(), supply })
    }
}

impl App {
    /// What is wrong with people who are typed by name and address where who they are says what they may do: whoever holds a
    /// role in this organisation is named as the person they are. Nothing is told of accounts of others.
    pub(super) async fn accounts_by_address(
        &self,
        organisation: OrganisationId,
        typed: &[(&PartyInput, Path)],
    ) -> Result<Vec<Violation>> {
        let mut wrong = Vec::new();
        for (input, at) in typed {
            let Some(email) = input.email.as_ref().filter(|_| input.person.is_none()) else { continue };
            let Some(person) = self.store.read().person_by_email(email).await? else { continue };
            let grants = self.store.read().grants(person.id, self.today()).await?;
            if grants.iter().any(|grant| grant.organisation == organisation) {
                let message = "Somebody with an account in this organisation has this address: name the person instead.";
                wrong.push(Violation::new(HAS_ACCOUNT, message, at.join("email")));
            }
        }
        Ok(wrong)
    }
}

impl App {
    /// What is wrong with verifiers of conditions who are told by their address alone: one that is the owner's, or that of
    /// somebody whose proposal it is. `contacts` are those that the command brings.
    pub(super) async fn verifiers_by_address(
        &self,
        case: &Case,
        conditions: &[Verified<'_>],
        contacts: &[Contact],
    ) -> Result<Vec<Violation>> {
        let mut named: Vec<&Party> = conditions.iter().flat_map(|one| [one.owner, one.verifier]).collect();
        if named.iter().all(|party| party.contact.is_none()) {
            return Ok(Vec::new());
        }
        named.extend(&case.content.sro);
        let own: Vec<PersonId> = case.content.contributors.iter().copied().chain([case.author]).collect();
        let people: Vec<PersonId> =
            named.iter().filter_map(|party| party.person).chain(own.iter().copied()).collect();
        let people = self.store.read().people(&people).await?;
        let kept: Vec<ContactId> = named.iter().filter_map(|party| party.contact).collect();
        let kept = self.store.read().contacts(&kept).await?;
        let of_person = |id: PersonId| {
            people.iter().find(|person| person.id == id).map(|person| text::fold(&person.email))
        };
        let of = |party: &Party| match (party.person, party.contact) {
            (Some(person), _) => of_person(person),
            (None, Some(contact)) => {
                let found = contacts.iter().chain(&kept).find(|one| one.id == contact);
                found.map(|contact| text::fold(&contact.email))
            }
            (None, None) => None,
        };
        let mut parties: BTreeSet<String> = own.into_iter().filter_map(of_person).collect();
        parties.extend(case.content.sro.iter().filter_map(of));
        let mut wrong = Vec::new();
        for Verified { owner, verifier, at } in conditions {
            let Some(address) = of(verifier) else { continue };
            if of(owner).as_ref() == Some(&address) {
                let message =
                    "This is the address of whoever sees to the condition: name somebody else to verify it.";
                wrong.push(Violation::new(VERIFIER_IS_OWNER, message, at.clone()));
            } else if verifier.person.is_none() && parties.contains(&address) {
                let message = "This is the address of somebody whose proposal it is: name somebody else to verify the condition.";
                wrong.push(Violation::new(VERIFIER_IS_PARTY, message, at.clone()));
            }
        }
        Ok(wrong)
    }
}

impl App {
    /// Whether somebody who would verify a condition has the address of its owner, or of whoever reported it as met: one
    /// person may be there with an account and without.
    pub(super) async fn shares_address(&self, condition: &Condition, verifier: &Party) -> Result<bool> {
        let mut parties = vec![verifier.clone(), condition.owner.clone()];
        parties.extend(condition.reporters());
        let people: Vec<PersonId> = parties.iter().filter_map(|party| party.person).collect();
        let contacts: Vec<ContactId> = parties.iter().filter_map(|party| party.contact).collect();
        let people = self.store.read().people(&people).await?;
        let contacts = self.store.read().contacts(&contacts).await?;
        let of = |party: &Party| match (party.person, party.contact) {
            (Some(id), _) => people.iter().find(|one| one.id == id).map(|one| text::fold(&one.email)),
            (None, Some(id)) => contacts.iter().find(|one| one.id == id).map(|one| text::fold(&one.email)),
            (None, None) => None,
        };
        let Some(address) = of(verifier) else { return Ok(false) };
        Ok(parties.iter().skip(1).any(|party| of(party).as_ref() == Some(&address)))
    }
}

impl Parties {
    /// The party, or a placeholder when it is wrong; what is wrong is collected.
    pub(super) fn resolve(&mut self, input: &PartyInput, path: &Path) -> Party {
        if let Some(person) = input.person
            && !self.known.contains(&person)
        {
            let message = "There is no such person in an organisation that can see this assessment.";
            self.violations.push(Violation::new(NO_SUCH_PERSON, message, path.join("person")));
        }
        let contact = input.email.as_ref().and_then(|email| self.contact(input, email, path));
        let party = Party {
            person: input.person,
            name: input.name.clone(),
            organisation: input.organisation.clone(),
            contact,
        };
        self.violations.extend(party.check(path).err());
        party
    }

    fn contact(&mut self, input: &PartyInput, email: &str, path: &Path) -> Option<ContactId> {
        if input.person.is_some() {
            return None;
        }
        if let Err(violation) = address(email, &path.join("email")) {
            self.violations.push(violation);
            return None;
        }
        let id = self.supply.fresh();
        self.contacts.push(Contact {
            id,
            organisation: self.organisation,
            name: input.name.clone().unwrap_or_default(),
            email: email.to_owned(),
        });
        Some(id)
    }

    /// The contacts and what is wrong, for a command that says itself what of it may be told.
    pub(super) fn both(self) -> (Vec<Contact>, Vec<Violation>) {
        (self.contacts, self.violations)
    }

    /// The contacts, when nothing is wrong.
    pub(super) fn done(self) -> Result<Vec<Contact>> {
        if self.violations.is_empty() { Ok(self.contacts) } else { Err(Error::Invalid(self.violations)) }
    }
}

/// Refuses what is no e-mail address; delivery is the only full test.
pub(super) fn address(email: &str, path: &Path) -> Result<(), Violation> {
    text::check(email, 254, path)?;
    let plain = !email
        .chars()
        .any(|c| c.is_whitespace() || text::breaks_line(c) || matches!(c, '<' | '>' | ',' | ';'));
    let parts = email.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !local.contains('@') && !domain.is_empty() && !domain.starts_with('.')
    });
    if plain && parts {
        return Ok(());
    }
    Err(Violation::new(
        "INVALID",
        "This is not an e-mail address; write one as name@example.org.",
        path.clone(),
    ))
}

/// Who may be named among those whose proposal a case is: whoever is, and those who write or sponsor proposals in
/// its organisation. Being named bars from its panel, so nobody else is.
#[derive(Default)]
pub(super) struct Writers {
    named: BTreeSet<PersonId>,
    authors: BTreeSet<PersonId>,
    sponsors: BTreeSet<PersonId>,
}

impl Writers {
    pub(super) async fn of(app: &App, case: &Case) -> Result<Self> {
        let sro = case.content.sro.iter().filter_map(|sro| sro.person);
        let mut writers =
            Self { named: case.content.contributors.iter().copied().chain(sro).collect(), ..Self::default() };
        for (person, grant) in app.store.read().holders(case.organisation, None, app.today()).await? {
            match grant.role {
                Role::Author => writers.authors.insert(person),
                Role::Sro => writers.sponsors.insert(person),
                _ => false,
            };
        }
        Ok(writers)
    }

    pub(super) fn writes(&self, person: PersonId, index: usize) -> Option<Violation> {
        let message = "There is no such person who writes in the assessment's organisation: contributors hold its role of author.";
        let may = self.named.contains(&person) || self.authors.contains(&person);
        (!may).then(|| Violation::new("NOT_FOUND", message, Path::of(["contributors"]).join(index)))
    }

    pub(super) fn sponsors(&self, person: PersonId) -> Option<Violation> {
        let message = "There is no such person who sponsors proposals in the assessment's organisation: name somebody with the role of senior responsible officer, or write a name without an account.";
        let may = self.named.contains(&person) || self.sponsors.contains(&person);
        (!may).then(|| Violation::new("NOT_FOUND", message, Path::of(["sro", "person"])))
    }
}
