//! API tokens of people who come and go: every organisation concerned hears of them, and they can always be ended.

use ehia::{
    app::Error,
    domain::{
        event::{Audience, EventKind},
        id::{Identifier as _, OrganisationId, PersonId, TokenId},
        page::Window,
        permission::{Actor, Grant, Role},
    },
};
use serde_json::{Value, json};

use crate::support::{
    database::TestDatabase,
    on_both,
    people::{Body, app},
};

/// What the chain of an organisation says of tokens: kind, by whom and of which token.
async fn heard(db: &TestDatabase, organisation: OrganisationId) -> Vec<(EventKind, Option<PersonId>, Value)> {
    let window = Window { size: 100, ..Window::default() };
    let chain = organisation.uuid();
    let told = db.store.read().list_events(chain, Audience::ALL, &window).await.unwrap().nodes;
    let of_tokens = told
        .into_iter()
        .filter(|one| matches!(one.event.kind, EventKind::TokenIssued | EventKind::TokenRevoked));
    of_tokens.map(|one| (one.event.kind, one.event.by, one.payload.unwrap()["token"].clone())).collect()
}

/// Issues a token for somebody as the operator.
async fn issue(body: &Body, email: &str) -> TokenId {
    let until = body.moment.today + chrono::Days::new(30);
    body.app.issue_token_for(email, "reporting", true, until, body.moment).await.unwrap().1.id
}

on_both! {
    async fn every_organisation_of_its_owner_hears_of_a_token_and_its_end(db) {
        let app = app(db);
        let (one, other, third) = (Body::new(&app, "T6Y0W").await, Body::new(&app, "QMM").await, Body::new(&app, "QRV").await);
        let mut author = one.who(Role::Author).clone();
        let email = "author.T6Y0W@example.org";
        let granted = ehia::app::NewPerson {
            name: String::from("unused"), email: email.into(), password: None, roles: vec![(other.id, Role::Reviewer, None)],
        };
        app.add_person(granted, None, one.moment).await.unwrap();
        author.grants.push(Grant { organisation: other.id, role: Role::Reviewer, until: None });
        let token = issue(&one, email).await;
        let issued = (EventKind::TokenIssued, None, json!(token));
        assert_eq!(heard(db, one.id).await, std::slice::from_ref(&issued));
        assert_eq!(heard(db, other.id).await, std::slice::from_ref(&issued));
        app.revoke_token(&author, token, one.moment).await.unwrap();
        let revoked = (EventKind::TokenRevoked, Some(author.person), json!(token));
        assert_eq!(heard(db, one.id).await, [issued.clone(), revoked.clone()]);
        assert_eq!(heard(db, other.id).await, [issued, revoked]);
        assert_eq!(heard(db, third.id).await, []);
        assert_eq!(app.verify_audit(&[], &[], &mut |_| {}).await.unwrap().faults, []);
    }

    async fn a_token_of_somebody_without_a_role_today_can_be_ended(db) {
        let app = app(db);
        let (one, other) = (Body::new(&app, "T6Y0W").await, Body::new(&app, "QMM").await);
        let author = one.who(Role::Author);
        let email = "author.T6Y0W@example.org";
        let mut tokens = Vec::new();
        for _ in 0..4 {
            tokens.push(issue(&one, email).await);
        }
        app.revoke_role(author.person, one.id, Role::Author, None, one.moment).await.unwrap();
        let again = app.revoke_role(author.person, one.id, Role::Author, None, one.moment).await;
        assert!(matches!(again, Err(Error::NotFound)), "it was taken away: {again:?}");
        let gone = Actor { grants: Vec::new(), ..author.clone() };
        assert_eq!(app.acting_as(email, one.moment).await.unwrap().grants, []);

        // Neither strangers, nor colleagues, nor who may only read; and none of them learns that it exists.
        let reads = Actor { read_only: true, ..one.who(Role::Administrator).clone() };
        for (who, forbidden) in [(other.who(Role::Administrator), false), (one.who(Role::Governance), false), (&reads, true)] {
            let refused = app.revoke_token(who, tokens[0], one.moment).await;
            assert!(matches!(refused, Err(Error::NotFound)) != forbidden && refused.is_err(), "{refused:?}");
        }
        // Themselves, an administrator of where they were, the operator.
        app.revoke_token(&gone, tokens[0], one.moment).await.unwrap();
        app.revoke_token(one.who(Role::Administrator), tokens[1], one.moment).await.unwrap();
        app.revoke_token_of(author.person, tokens[2], one.moment).await.unwrap();
        let wrong = app.revoke_token_of(one.who(Role::Sro).person, tokens[3], one.moment).await;
        assert!(matches!(wrong, Err(Error::NotFound)), "{wrong:?}");
        let left: Vec<TokenId> = app.list_tokens(&gone, one.moment).await.unwrap().iter().map(|one| one.id).collect();
        assert_eq!(left, [tokens[3]]);
        let ended: Vec<_> = heard(db, one.id).await.into_iter().filter(|one| one.0 == EventKind::TokenRevoked).map(|one| (one.1, one.2)).collect();
        let administrator = one.who(Role::Administrator).person;
        assert_eq!(ended, [
            (Some(author.person), json!(tokens[0])), (Some(administrator), json!(tokens[1])), (None, json!(tokens[2])),
        ]);
        assert_eq!(heard(db, other.id).await, []);
        app.set_disabled(email, true, one.moment).await.unwrap();
        let window = Window { size: 100, ..Window::default() };
        let told = db.store.read().list_events(one.id.uuid(), Audience::ALL, &window).await.unwrap().nodes;
        assert_eq!(told.last().unwrap().payload.as_ref().unwrap()["disabled"], true, "where they last were hears of it");
        assert_eq!(app.list_tokens(&gone, one.moment).await.unwrap().len(), 0);
    }
}
