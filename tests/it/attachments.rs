//! Files kept with cases, beyond what one of them is.

use ehia::{
    domain::{id::AttachmentId, permission::Role, text::Path},
    store::{attachment::Attachment, event::Stream},
};

use crate::{
    administration::{World, violation},
    support::{
        cases::{act, supply_from},
        on_both,
    },
};

on_both! {
    async fn a_case_keeps_five_hundred_files_and_says_so_to_the_next(database) {
        let world = World::new(database).await;
        let author = world.person("author", Role::Author).await;
        let id = world.create(&author, "With many files").await;
        let mut supply = supply_from(1_000_000);
        database.store
            .write(async |tx| {
                for number in 0..500 {
                    let file = Attachment {
                        id: supply.fresh::<AttachmentId>(),
                        organisation: world.organisation,
                        assessment: id,
                        sha256: String::new(),
                        name: format!("{number}.txt"),
                        media_type: "text/plain".into(),
                        size: 0,
                        by: author.person,
                        at: world.moment.at,
                    };
                    tx.attach(file, b"synthetic".to_vec()).await?;
                }
                let stream = Stream::Case { assessment: id, organisation: world.organisation };
                tx.record(stream, act(author.person, 0), &[], &mut supply).await
            })
            .await
            .unwrap();
        let one_more = world.app.attach(&author, id, "more.txt", "text/plain", b"x".to_vec(), world.moment).await;
        let refused = violation(one_more);
        assert_eq!((refused.code.as_str(), refused.path), ("TOO_MANY", Path::of(["attachments"])));
        assert_eq!(world.app.attachments(&author, &[id]).await.unwrap()[&id].len(), 500);
    }
}
