//! Published definitions and attachments.

use ehia::{
    domain::id::{AttachmentId, Identifier, RevisionId},
    store::{
        Error, Tx,
        attachment::Attachment,
        definition::{Definition, DefinitionKind},
    },
};

use crate::support::{
    cases::{World, act, at, chain},
    on_both,
};

on_both! {
    async fn an_organisations_own_definition_comes_before_the_shipped_one(db) {
        let mut world = World::new(&db.store).await;
        let mut definition = |organisation, version| Definition {
            id: world.supply.fresh::<RevisionId>().uuid(),
            organisation,
            kind: DefinitionKind::Workflow,
            key: "ehia".into(),
            version,
            document: format!("{{\"version\":{version}}}"),
            published_at: at(0),
        };
        let own = Some(world.organisation.id);
        let (shipped, newer, theirs) = (definition(None, 1), definition(None, 2), definition(own, 1));
        let again = definition(own, 1);
        db.store
            .write(async |tx| {
                for definition in [&shipped, &newer, &theirs] {
                    tx.publish(definition).await?;
                }
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
        let kind = DefinitionKind::Workflow;
        let read = db.store.read();
        assert_eq!(read.definition(kind, "ehia", 1, own).await.unwrap().as_ref(), Some(&theirs));
        assert_eq!(read.definition(kind, "ehia", 1, None).await.unwrap().as_ref(), Some(&shipped));
        assert_eq!(read.definition(kind, "ehia", 2, own).await.unwrap().as_ref(), Some(&newer));
        assert_eq!(read.definition(DefinitionKind::Form, "ehia", 1, own).await.unwrap(), None);
        assert_eq!(read.newest_definition(kind, "ehia", None).await.unwrap(), Some(newer));
        assert_eq!(read.newest_definition(kind, "ehia", own).await.unwrap(), Some(theirs));
        assert_eq!(read.definitions(kind).await.unwrap().len(), 3);
        let published = db.store.write(async |tx| tx.publish(&again).await).await;
        let Err(Error::Unique { constraint }) = published else { panic!("it was published again") };
        assert_eq!(constraint, "unique_definition_owner_kind_key_version");
        db.tamper("UPDATE definition SET document = '{}' WHERE version = 2").await;
        assert!(matches!(read.definition(kind, "ehia", 2, None).await, Err(Error::Corrupt { .. })));
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
