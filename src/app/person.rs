//! Organisations, people and their roles: the operator's acts, and those of administrators.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use secrecy::SecretString;
use serde_json::json;

use crate::{
    app::{App, Error, Frame, Kind, Result, TokenView, command::By, definition::is_key, party},
    clock,
    domain::{
        calendar::Moment,
        case::Pinned,
        check::OwnRule,
        event::{Audience, EventKind, Happening},
        form::{self, Form},
        id::{OrganisationId, PersonId, TokenId},
        organisation::{Organisation, OrganisationKind},
        panel,
        permission::{Actor, Grant, Role},
        settings::Settings,
        text::{self, Path, Violation},
        workflow::definition::Workflow,
    },
    identity::password,
    store::{self, Tx, event::Stream, organisation::Succession, person::Person},
};

/// Cases read at once when settings are changed.
const CASES: u64 = 50;

/// An organisation to set up.
#[derive(Clone, Debug)]
pub struct NewOrganisation {
    /// Its ODS code, or a code of the installation's own.
    pub ods_code: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: OrganisationKind,
    /// When it opened.
    pub opened: Option<NaiveDate>,
    /// When it closed.
    pub closed: Option<NaiveDate>,
    /// Its settings.
    pub settings: Settings,
}

/// A person to add.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their password; without one they ask for a link by mail.
    pub password: Option<SecretString>,
    /// Roles to grant, each in an organisation, until a day.
    pub roles: Vec<(OrganisationId, Role, Option<NaiveDate>)>,
}

impl App {
    /// Sets an organisation up; the operator's act. One that exists keeps its identifier and gets the settings,
    /// unless its cases could no longer be edited under them; on another scale, or where groups of its own lie
    /// within others, its cases are derived anew.
    pub async fn set_up_organisation(&self, new: NewOrganisation, moment: Moment) -> Result<Organisation> {
        let before = self.store.read().organisation_by_ods_code(&new.ods_code).await?;
        let organisation = self.save_organisation(new, moment).await?;
        if before.is_some_and(|before| counts_otherwise(&before.settings, &organisation.settings)) {
            let left = self.rederive(organisation.id, moment, &mut |_| {}).await?.unreadable;
            if !left.is_empty() {
                let left: Vec<String> = left.into_iter().map(|one| one.reference).collect();
                let left = left.join(", ");
                return Err(Error::Internal(anyhow::anyhow!(
                    "the settings are saved; not derived anew: {left}"
                )));
            }
        }
        Ok(organisation)
    }

    /// The same without the cases: bands in lists stay those of the scale before, and what is counted across cases that of the groups
    /// before, until [`App::rederive`] has run.
    pub async fn save_organisation(&self, new: NewOrganisation, moment: Moment) -> Result<Organisation> {
        text::line(&new.ods_code, 20, &Path::of(["odsCode"]))?;
        text::line(&new.name, text::LINE, &Path::of(["name"]))?;
        new.settings.check()?;
        let mut supply = clock::supply();
        let existing = self.store.read().organisation_by_ods_code(&new.ods_code).await?;
        let organisation = existing.as_ref().map(|organisation| organisation.id);
        self.require::<Form>(organisation, &new.settings.form).await?;
        let workflow = self.require::<Workflow>(organisation, &new.settings.workflow).await?;
        self.check_panel(existing.as_ref(), &new.settings, &workflow, moment).await?;
        self.check_rules(organisation, &new.settings).await?;
        if let Some(existing) = &existing {
            self.check_cases(existing, &new.settings).await?;
        }
        let organisation = Organisation {
            id: existing.as_ref().map_or_else(|| supply.fresh(), |organisation| organisation.id),
            ods_code: new.ods_code,
            name: new.name,
            kind: new.kind,
            opened: new.opened,
            closed: new.closed,
            settings: new.settings,
            system: existing.as_ref().and_then(|organisation| organisation.system),
        };
        let payload = json!({
            "odsCode": organisation.ods_code,
            "name": organisation.name,
            "settings": organisation.settings,
        });
        self.store
            .write::<_, Error>(async |tx| {
                if existing.is_some() {
                    tx.save_organisation(&organisation, moment.at).await?;
                } else {
                    tx.add_organisation(&organisation, moment.at).await?;
                }
                administer(tx, organisation.id, None, EventKind::OrganisationChanged, payload, moment).await
            })
            .await?;
        Ok(organisation)
    }

    /// Refuses a standing panel with somebody who may not sit on one here, or in a seat that panels do not have.
    async fn check_panel(
        &self,
        organisation: Option<&Organisation>,
        settings: &Settings,
        workflow: &Workflow,
        moment: Moment,
    ) -> Result<()> {
        if settings.panel.is_empty() {
            return Ok(());
        }
        let at = Path::of(["settings", "panel"]);
        text::bounded_list(settings.panel.len(), &at)?;
        if let Some(organisation) = organisation
            && organisation.settings.panel != settings.panel
            && !self.store.read().standing_panels(organisation.id).await?.is_empty()
        {
            let message =
                "Standing panels have taken the place of this list: leave it out, and change the panel.";
            return Err(Violation::new("STANDING_PANELS", message, at).into());
        }
        let mut roles: BTreeMap<PersonId, Vec<Role>> = BTreeMap::new();
        if let Some(organisation) = organisation {
            for (person, grant) in self.store.read().holders(organisation.id, None, moment.today).await? {
                roles.entry(person).or_default().push(grant.role);
            }
        }
        let mut violations = Vec::new();
        for (index, given) in settings.panel.iter().enumerate() {
            let at = at.join(index);
            let held = roles.get(&given.person).map(Vec::as_slice).unwrap_or_default();
            if panel::seat_of(held).is_none() {
                let message = "There is no such person with a role that sits on panels here; add them first.";
                violations.push(Violation::new("NOT_FOUND", message, at.join("person")));
            } else {
                violations.extend(
                    panel::sits(workflow, settings.composition(), &given.seat, held, at.join("seat")).err(),
                );
            }
            if settings.panel.iter().filter(|other| other.person == given.person).count() > 2 {
                violations.push(Violation::new("TOO_MANY", "One person fills two seats at most.", at));
            }
        }
        if violations.is_empty() { Ok(()) } else { Err(Error::Invalid(violations)) }
    }

    /// Refuses settings that put a rule in force which the organisation has not published.
    async fn check_rules(&self, organisation: Option<OrganisationId>, settings: &Settings) -> Result<()> {
        let mut violations = Vec::new();
        for (index, rule) in settings.rules.iter().enumerate() {
            let found: Option<Arc<OwnRule>> = match organisation {
                Some(organisation) if is_key(&rule.key) => self.find_pinned(organisation, rule).await?,
                _ => None,
            };
            if found.is_none() {
                let Pinned { key, version } = rule;
                let key: String = key.chars().take(60).collect();
                let message = format!("There is no rule `{key}` version {version} here; publish it first.");
                let at = Path::of(["settings", "rules"]).join(index);
                violations.push(Violation::new("NOT_FOUND", message, at));
            }
        }
        if violations.is_empty() { Ok(()) } else { Err(Error::Invalid(violations)) }
    }

    /// Refuses settings that name a definition which the organisation cannot begin a case with.
    async fn require<T: Kind>(&self, organisation: Option<OrganisationId>, key: &str) -> Result<Arc<T>> {
        let found: Option<Arc<T>> = match organisation {
            Some(organisation) => self.newest(organisation, key).await?,
            None => self.newest_shipped(key),
        };
        found.ok_or_else(|| unknown(T::NOUN, key))
    }

    /// Refuses settings under which the content of a case could not be kept that can be kept today. A case that cannot
    /// be read cannot be kept under any.
    async fn check_cases(&self, organisation: &Organisation, settings: &Settings) -> Result<()> {
        let before = &organisation.settings;
        if before.groups == settings.groups && before.scale == settings.scale {
            return Ok(());
        }
        let changed = Organisation { settings: settings.clone(), ..organisation.clone() };
        let (before, after) = (self.frame(organisation).await?, Frame::of(&changed, Vec::new())?);
        let mut last = None;
        loop {
            let cases = self.store.read().cases_of(organisation.id, last, CASES).await?;
            let Some((end, _)) = cases.last() else { return Ok(()) };
            last = Some(*end);
            for case in cases.iter().filter_map(|(_, case)| case.as_ref().ok()) {
                let form = self.pinned(case.organisation, &case.form).await?;
                let wrong = |frame: &Frame| {
                    let mut found = case.content.violations(frame.content());
                    found.extend(form::check_answers(&form, &case.content, &frame.groups));
                    found
                };
                let known = wrong(&before);
                if let Some(violation) = wrong(&after).into_iter().find(|one| !known.contains(one)) {
                    let message = format!(
                        "{} could no longer be edited at {}: {} Keep in the settings what it uses.",
                        case.reference, violation.path, violation.message
                    );
                    return Err(Violation::new("IN_USE", message, Path::of(["settings"])).into());
                }
            }
        }
    }

    /// Records that one organisation followed another; the operator's act.
    pub async fn succeed(
        &self,
        predecessor: OrganisationId,
        successor: OrganisationId,
        moment: Moment,
    ) -> Result<()> {
        let known = self.store.read().successions(&[predecessor]).await?;
        if known.iter().any(|one| one.predecessor == predecessor && one.successor == successor) {
            return Ok(());
        }
        self.store
            .write::<_, Error>(async |tx| {
                tx.add_succession(Succession { predecessor, successor }, moment.at).await?;
                let payload = json!({ "predecessor": predecessor, "successor": successor });
                administer(tx, successor, None, EventKind::OrganisationChanged, payload, moment).await
            })
            .await
    }

    /// Adds a person, or grants roles to one who exists. `by` is nobody when the operator acts.
    pub async fn add_person(&self, new: NewPerson, by: Option<&Actor>, moment: Moment) -> Result<PersonId> {
        party::address(&new.email, &Path::of(["email"]))?;
        for (organisation, _, until) in &new.roles {
            if until.is_some_and(|until| until < moment.today) {
                let message = "This day has passed; name today or a later one.";
                return Err(Violation::new("INVALID", message, Path::of(["until"])).into());
            }
            if by.is_some_and(|actor| actor.read_only || !actor.holds(*organisation, Role::Administrator)) {
                return Err(Error::Forbidden);
            }
        }
        if let (Some(_), true) = (by, new.roles.is_empty()) {
            return Err(Error::Forbidden);
        }
        let hash = match new.password {
            Some(given) => {
                password::check(&given, &Path::of(["password"]))?;
                Some(password::hash(given).await.map_err(Error::Internal)?)
            }
            None => None,
        };
        let existing = self.store.read().person_by_email(&new.email).await?;
        if existing.is_some() && by.is_some() && hash.is_some() {
            let message = "This person has an account; only they set its password.";
            return Err(Violation::new("INVALID", message, Path::of(["password"])).into());
        }
        let fresh = existing.is_none();
        if fresh {
            text::line(&new.name, text::LINE, &Path::of(["name"]))?;
        }
        let person = Person {
            id: existing.as_ref().map_or_else(|| clock::supply().fresh(), |person| person.id),
            name: existing.as_ref().map_or(new.name, |person| person.name.clone()),
            email: existing.as_ref().map_or(new.email, |person| person.email.clone()),
            disabled_at: existing.as_ref().and_then(|person| person.disabled_at),
            created_at: existing.as_ref().map_or(moment.at, |person| person.created_at),
        };
        // A new password concerns every organisation the person has a role in, whether or not one is granted now.
        let held = match &existing {
            Some(person) if hash.is_some() => self.store.read().grants(person.id, moment.today).await?,
            _ => Vec::new(),
        };
        let by = by.map(|actor| actor.person);
        let settled = self
            .store
            .write::<_, Error>(async |tx| {
                if fresh {
                    tx.add_person(&person, hash.as_deref()).await?;
                } else if let Some(hash) = &hash {
                    tx.set_password(person.id, hash, moment.at).await?;
                    tx.end_access(person.id, moment.at).await?;
                }
                if fresh || hash.is_some() {
                    let granted = new.roles.iter().map(|(organisation, ..)| *organisation);
                    let concerned: std::collections::BTreeSet<OrganisationId> =
                        held.iter().map(|grant| grant.organisation).chain(granted).collect();
                    for organisation in concerned {
                        let payload =
                            json!({ "person": person.id, "fresh": fresh, "password": hash.is_some() });
                        administer(tx, organisation, by, EventKind::PersonChanged, payload, moment).await?;
                    }
                }
                for (organisation, role, until) in &new.roles {
                    let grant = Grant { organisation: *organisation, role: *role, until: *until };
                    tx.grant(person.id, &grant, moment.at).await?;
                    let payload = json!({ "person": person.id, "role": role, "until": until });
                    administer(tx, *organisation, by, EventKind::RoleGranted, payload, moment).await?;
                }
                Ok(())
            })
            .await;
        match settled {
            Err(Error::Internal(error)) if is_taken(&error) => {
                let message = "Somebody with this address was added meanwhile; try again.";
                Err(Violation::new("CONFLICT", message, Path::of(["email"])).into())
            }
            other => other.map(|()| person.id),
        }
    }

    /// Takes a role away. `by` is nobody when the operator acts.
    pub async fn revoke_role(
        &self,
        person: PersonId,
        organisation: OrganisationId,
        role: Role,
        by: Option<&Actor>,
        moment: Moment,
    ) -> Result<()> {
        if by.is_some_and(|actor| actor.read_only || !actor.holds(organisation, Role::Administrator)) {
            return Err(Error::Forbidden);
        }
        let by = by.map(|actor| actor.person);
        self.store
            .write::<_, Error>(async |tx| {
                if !tx.revoke(person, organisation, role, moment.today).await? {
                    return Err(Error::NotFound);
                }
                let payload = json!({ "person": person, "role": role });
                administer(tx, organisation, by, EventKind::RoleRevoked, payload, moment).await
            })
            .await
    }

    /// Disables or enables an account; the operator's act. Disabling ends its sessions and its tokens,
    /// for good. Every organisation hears of it in which the person holds a role, or ever held one.
    pub async fn set_disabled(&self, email: &str, disabled: bool, moment: Moment) -> Result<PersonId> {
        let person = self.store.read().person_by_email(email).await?.ok_or(Error::NotFound)?;
        let organisations = self.store.read().organisations_of(person.id).await?;
        self.store
            .write::<_, Error>(async |tx| {
                let disabled_at = disabled.then_some(moment.at);
                tx.save_person(&Person { disabled_at, ..person.clone() }, moment.at).await?;
                if disabled {
                    tx.end_access(person.id, moment.at).await?;
                }
                for organisation in organisations {
                    let payload = json!({ "person": person.id, "disabled": disabled });
                    administer(tx, organisation, None, EventKind::PersonChanged, payload, moment).await?;
                }
                Ok(())
            })
            .await?;
        Ok(person.id)
    }

    /// People with a role in an organisation, with their roles, in order of name.
    pub async fn list_people(
        &self,
        organisation: OrganisationId,
        moment: Moment,
    ) -> Result<Vec<(Person, Vec<Role>)>> {
        let read = self.store.read();
        let mut roles: BTreeMap<PersonId, Vec<Role>> = BTreeMap::new();
        for (person, grant) in read.holders(organisation, None, moment.today).await? {
            roles.entry(person).or_default().push(grant.role);
        }
        let ids: Vec<PersonId> = roles.keys().copied().collect();
        let mut people: Vec<Person> = read.people(&ids).await?;
        people.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(people
            .into_iter()
            .map(|person| (roles.remove(&person.id).unwrap_or_default(), person))
            .map(|(r, p)| (p, r))
            .collect())
    }

    /// An API token for somebody; the operator's act.
    pub async fn issue_token_for(
        &self,
        email: &str,
        label: &str,
        read_only: bool,
        until: NaiveDate,
        moment: Moment,
    ) -> Result<(SecretString, TokenView)> {
        let person = self.store.read().person_by_email(email).await?.ok_or(Error::NotFound)?;
        let owner = self.person_as_actor(person.id, moment).await?;
        self.keep_token(&owner, None, label, read_only, until, moment).await
    }

    /// Ends an API token of somebody, whether or not they hold a role today; the operator's act.
    pub async fn revoke_token_of(&self, owner: PersonId, id: TokenId, moment: Moment) -> Result<()> {
        self.end_token(id, None, moment, |of, _| of == owner).await
    }
}

/// A definition that settings name and that is not there.
fn unknown(kind: &str, key: &str) -> Error {
    let message = format!("There is no {kind} `{key}` here; name one that is published.");
    Violation::new("NOT_FOUND", message, Path::of(["settings", kind])).into()
}

fn is_taken(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<store::Error>(), Some(store::Error::Unique { .. }))
}

/// Records an event in the organisation's chain of administration.
pub(super) async fn administer(
    tx: &mut Tx,
    organisation: OrganisationId,
    by: Option<PersonId>,
    kind: EventKind,
    payload: serde_json::Value,
    moment: Moment,
) -> Result<()> {
    administer_as(tx, organisation, by.into(), kind, payload, moment).await
}

/// The same of somebody who may act for somebody else.
pub(super) async fn administer_as(
    tx: &mut Tx,
    organisation: OrganisationId,
    by: By,
    kind: EventKind,
    payload: serde_json::Value,
    moment: Moment,
) -> Result<()> {
    let happening = Happening { kind, audience: Audience::Administration, payload };
    let mut supply = clock::supply();
    let stream = Stream::Organisation(organisation);
    tx.record(stream, by.at(moment), &[happening], &mut supply).await?;
    Ok(())
}

/// Whether cases contribute otherwise under settings: by another scale, or because a group of the organisation's own lies within
/// another.
fn counts_otherwise(before: &Settings, after: &Settings) -> bool {
    let lines = |settings: &Settings| {
        let groups = settings.groups.iter().filter_map(|group| Some((&group.code, group.parent.as_ref()?)));
        groups.map(|(code, parent)| (code.clone(), parent.clone())).collect::<BTreeMap<_, _>>()
    };
    before.scale != after.scale || lines(before) != lines(after)
}
