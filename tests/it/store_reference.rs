//! Published definitions and attachments.

use ehia::{
    domain::{
        event::{Audience, EventKind, Happening},
        id::{AttachmentId, Identifier, RevisionId},
    },
    store::{
        Error, Tx,
        attachment::Attachment,
        definition::{Definition, DefinitionKind},
        event::{Origin, Stream},
    },
};
use serde_json::json;

use crate::support::{
    cases::{World, act, at, chain, organisation},
    on_both,
};

/// Publishes and tells of it.
async fn publish(tx: &mut Tx, definition: &Definition) -> ehia::store::Result<()> {
    tx.publish(definition).await?;
    let organisation = definition.organisation.unwrap();
    let origin = Origin { by: None, on_behalf_of: None, at: at(0) };
    let published = Happening {
        kind: EventKind::DefinitionPublished,
        audience: Audience::Administration,
        payload: json!({}),
    };
    let stream = Stream::Organisation(organisation);
    tx.record(stream, origin, &[published], &mut ehia::clock::supply()).await.map(drop)
}

fn definition_of(definition: &Definition, version: u32) -> Definition {
    let id = ehia::clock::supply().fresh::<RevisionId>().uuid();
    Definition { id, version, ..definition.clone() }
}

on_both! {
    async fn a_definition_is_its_owner_s_and_is_published_once(db) {
        let mut world = World::new(&db.store).await;
        let other = organisation(&mut world.supply, "QMM", "Another synthetic ICB");
        db.store.write(async |tx| tx.add_organisation(&other, at(0)).await).await.unwrap();
        let mut definition = |organisation, version, document: &str| Definition {
            id: world.supply.fresh::<RevisionId>().uuid(),
            organisation,
            kind: DefinitionKind::Workflow,
            key: "local".into(),
            version,
            document: document.into(),
            published_at: at(0),
        };
        let (own, theirs) = (Some(world.organisation.id), Some(other.id));
        let shipped = definition(None, 1, "{}");
        let ours = [definition(own, 1, "{\"ours\":1}"), definition(own, 2, "{\"ours\":2}")];
        let foreign = definition(theirs, 1, "{\"theirs\":1}");
        let again = definition(own, 1, "{}");
        for published in ours.iter().chain([&foreign]) {
            db.store.write(async |tx| publish(tx, published).await).await.unwrap();
        }
        for _ in 0..2 {
            db.store.write(async |tx| tx.ship(&shipped).await).await.unwrap();
        }
        let kind = DefinitionKind::Workflow;
        let read = db.store.read();
        assert_eq!(read.definition(kind, "local", 1, own).await.unwrap().as_ref(), Some(&ours[0]));
        assert_eq!(read.definition(kind, "local", 1, theirs).await.unwrap(), Some(foreign));
        assert_eq!(read.definition(kind, "local", 1, None).await.unwrap(), Some(shipped));
        assert_eq!(read.definition(kind, "local", 2, theirs).await.unwrap(), None);
        assert_eq!(read.definition(DefinitionKind::Form, "local", 1, own).await.unwrap(), None);
        assert_eq!(read.newest_version(kind, "local", own).await.unwrap(), Some(2));
        assert_eq!(read.newest_version(kind, "local", None).await.unwrap(), Some(1));
        assert_eq!(read.newest_version(kind, "none", own).await.unwrap(), None);
        let editions = read.editions(kind, own).await.unwrap();
        assert_eq!(editions.iter().map(|edition| edition.version).collect::<Vec<_>>(), [1, 2]);
        let published = db.store.write(async |tx| publish(tx, &again).await).await;
        let Err(Error::Unique { constraint }) = published else { panic!("it was published again") };
        assert_eq!(constraint, "unique_definition_owner_kind_key_version");
        let untold = definition_of(&again, 3);
        let untold = db.store.write(async |tx| tx.publish(&untold).await).await;
        assert!(matches!(untold, Err(Error::Uncited(_))), "no event tells of it");
        db.tamper("UPDATE definition SET document = '{}' WHERE version = 2").await;
        assert!(matches!(read.definition(kind, "local", 2, own).await, Err(Error::Corrupt { .. })));
    }

    async fn a_definition_that_was_changed_behind_the_program_is_found(db) {
        let mut world = World::new(&db.store).await;
        let definition = Definition {
            id: world.supply.fresh::<RevisionId>().uuid(),
            organisation: Some(world.organisation.id),
            kind: DefinitionKind::Form,
            key: "local".into(),
            version: 1,
            document: "{}".into(),
            published_at: at(0),
        };
        db.store.write(async |tx| publish(tx, &definition).await).await.unwrap();
        let faults = async || db.store.verify(&[], &[], &mut |_| {}).await.unwrap().faults;
        assert_eq!(faults().await, []);
        let place = format!("definition {}", definition.id);
        let other = "it is not what its chain says was kept";
        let changed = "its document is not the one that was published";
        for (change, back, reason) in [
            ("document = '[]'", "document = '{}'", changed),
            ("version = 2", "version = 1", other),
            ("owner = ''", &format!("owner = '{}'", world.organisation.id), "it is not of the organisation it is said to be of"),
        ] {
            db.tamper(&format!("UPDATE definition SET {change}")).await;
            let found = faults().await;
            assert!(found.iter().all(|fault| fault.place == place), "{change}: {found:?}");
            assert_eq!(found[0].reason, reason, "{change}");
            db.tamper(&format!("UPDATE definition SET {back}")).await;
            assert_eq!(faults().await, []);
        }
        db.tamper("DELETE FROM definition").await;
        let found = faults().await;
        assert_eq!((&found[0].place, found[0].reason.as_str()), (&place, "is cited by its chain and missing"));
    }

    async fn the_same_bytes_are_kept_once_and_verified_when_read(db) {
        let mut world = World::new(&db.store).await;
        let case = world.stored(&db.store, "Attached").await;
        let mut kept = Vec::new();
        for name in ["one.txt", "two.txt"] {
            let attachment = Attachment {
                id: world.supply.fresh::<AttachmentId>(),
                organisation: case.organisation,
                assessment: case.id,
                sha256: String::new(),
                name: name.into(),
                media_type: "text/plain".into(),
                size: 0,
                by: case.author,
                at: at(1),
            };
            let attached = db
                .store
                .write(async |tx: &mut Tx| {
                    let attached = tx.attach(attachment, b"synthetic".to_vec()).await?;
                    tx.record(chain(&case), act(case.author, 1), &[], &mut world.supply).await?;
                    Ok::<_, Error>(attached)
                })
                .await
                .unwrap();
            kept.push(attached);
        }
        let read = db.store.read();
        assert_eq!(kept[0].sha256, kept[1].sha256);
        assert_eq!(read.attachments_of(&[case.id]).await.unwrap(), kept);
        assert_eq!(read.attachment(kept[0].id).await.unwrap().as_ref(), Some(&kept[0]));
        assert_eq!(read.attachments(&[kept[1].id]).await.unwrap(), kept[1..]);
        assert_eq!(read.blob(&kept[0].sha256).await.unwrap().as_deref(), Some(b"synthetic".as_slice()));
        assert_eq!(read.blob("none").await.unwrap(), None);
        let bytes = if db.store.is_shared() { "'other'::bytea" } else { "x'00'" };
        db.tamper(&format!("UPDATE blob SET bytes = {bytes}")).await;
        assert!(matches!(read.blob(&kept[0].sha256).await, Err(Error::Corrupt { table: "blob", .. })));
    }
}
