//! Whatever is changed behind the program's back is found and named.

use ed25519_dalek::SigningKey;
use ehia::{
    domain::{
        canonical,
        case::Case,
        event::{Audience, EventKind, Happening},
        id::{AttachmentId, DecisionId, Identifier},
        page::Window,
    },
    store::{Error, Tx, attachment::Attachment, audit::Fault, event::Stream, record::Subject},
};
use serde_json::json;

use crate::support::{
    cases::{World, act, at, chain, drafting},
    database::TestDatabase,
    on_both,
};

fn signer() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

pub async fn faults(db: &TestDatabase, copy: &[String]) -> Vec<Fault> {
    db.store.verify(&[signer().verifying_key()], copy, &mut |_| ()).await.unwrap().faults
}

/// A case with five events, a frozen revision, a decision record and an attachment, an organisation's chain,
/// and two checkpoints. Returns the case and the copy of the checkpoints.
async fn history(db: &TestDatabase) -> (World, Case, Vec<String>) {
    let mut world = World::new(&db.store).await;
    let case = world.stored(&db.store, "Audited").await;
    world.stored(&db.store, "Another").await;
    let by = world.author.id;
    let edited = |number: u32| Happening::case(EventKind::AssessmentEdited, json!({"number": number}));
    let granted = Happening { audience: Audience::Administration, ..edited(9) };
    let organisation = Stream::Organisation(world.organisation.id);
    db.store
        .write(async |tx: &mut Tx| {
            tx.record(chain(&case), act(by, 1), &[edited(1), edited(2)], &mut world.supply).await?;
            tx.record(organisation, act(by, 1), &[granted], &mut world.supply).await
        })
        .await
        .unwrap();
    let first = db.store.checkpoint(&signer(), at(2)).await.unwrap().unwrap();
    db.store
        .write(async |tx: &mut Tx| {
            tx.freeze(&case, at(3), &mut world.supply).await?;
            let decision: DecisionId = world.supply.fresh();
            tx.keep_record(&case, Subject::Decision(decision), b"{\"synthetic\":1}".to_vec(), at(3)).await?;
            let attachment = Attachment {
                id: world.supply.fresh::<AttachmentId>(),
                organisation: case.organisation,
                assessment: case.id,
                sha256: String::new(),
                name: "Paper.pdf".into(),
                media_type: "application/pdf".into(),
                size: 0,
                by,
                at: at(3),
            };
            let kept = tx.attach(attachment, b"synthetic bytes".to_vec()).await?;
            assert_eq!(kept.size, 15);
            tx.record(chain(&case), act(by, 3), &[edited(3)], &mut world.supply).await?;
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    let second = db.store.checkpoint(&signer(), at(4)).await.unwrap().unwrap();
    assert_eq!(db.store.checkpoint(&signer(), at(5)).await.unwrap(), None, "nothing grew");
    (world, case, vec![first, second])
}

/// Spelling of what is not the same on both databases.
struct Spell {
    postgres: bool,
}

impl Spell {
    fn uuid(&self, id: uuid::Uuid) -> String {
        if self.postgres { format!("'{id}'::uuid") } else { format!("x'{}'", id.simple()) }
    }

    fn later(&self, column: &str) -> String {
        if self.postgres {
            format!("\"{column}\" + interval '1 second'")
        } else {
            format!("replace(\"{column}\", '+00:00', '.000001+00:00')")
        }
    }

    fn longer(&self, column: &str) -> String {
        if self.postgres {
            format!("\"{column}\" || '\\x20'::bytea")
        } else {
            format!("CAST(\"{column}\" || ' ' AS BLOB)")
        }
    }
}

/// A document as a row has it, in hexadecimal.
fn packed(document: &[u8]) -> String {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(document).unwrap();
    encoder.finish().unwrap().iter().fold(String::new(), |mut text, byte| {
        use std::fmt::Write;
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// How one column is changed.
#[derive(Clone, Copy)]
pub enum Change {
    Uuid,
    Text,
    Word(&'static str),
    Number,
    Instant,
    Bytes,
    Flag,
    Null,
}

/// Changes every column of a table in turn and expects each change to be found and named.
pub async fn expect_every_column_is_guarded(
    db: &TestDatabase,
    copy: &[String],
    table: &str,
    filter: &str,
    named: &str,
    columns: &[(&str, Change)],
) {
    let spell = Spell { postgres: db.store.is_shared() };
    db.tamper(&format!("CREATE TABLE kept_aside AS SELECT * FROM {table}")).await;
    for (column, change) in columns {
        let value = match change {
            Change::Uuid => spell.uuid(uuid::Uuid::from_u128(77)),
            Change::Text => format!("substr(\"{column}\", 1, length(\"{column}\") - 1) || 'x'"),
            Change::Word(word) => format!("'{word}'"),
            Change::Number => format!("\"{column}\" + 90"),
            Change::Instant => spell.later(column),
            Change::Bytes => spell.longer(column),
            Change::Flag => format!("NOT \"{column}\""),
            Change::Null => "NULL".into(),
        };
        let sql = format!("UPDATE {table} SET \"{column}\" = {value} WHERE {filter}");
        assert_eq!(db.tamper(&sql).await, 1, "{sql}");
        let found = faults(db, copy).await;
        assert!(found.iter().any(|fault| fault.place.contains(named)), "{sql}: {found:?}");
        restore(db, table).await;
    }
    assert_eq!(db.tamper(&format!("DELETE FROM {table} WHERE {filter}")).await, 1);
    let found = faults(db, copy).await;
    assert!(found.iter().any(|fault| fault.place.contains(named)), "removed from {table}: {found:?}");
    restore(db, table).await;
    assert_eq!(faults(db, copy).await, []);
    db.tamper("DROP TABLE kept_aside").await;
}

async fn restore(db: &TestDatabase, table: &str) {
    db.tamper(&format!("DELETE FROM {table}")).await;
    db.tamper(&format!("INSERT INTO {table} SELECT * FROM kept_aside")).await;
}

on_both! {
    async fn an_untouched_history_has_no_faults(db) {
        let (_, _, copy) = history(db).await;
        let mut read = 0;
        let found = db.store.verify(&[signer().verifying_key()], &copy, &mut |events| read = events).await.unwrap().faults;
        assert_eq!(found, []);
        assert_eq!(read, 9);
        assert_eq!(faults(db, &[]).await, []);
    }

    async fn every_column_of_an_event_is_guarded(db) {
        let (_, case, copy) = history(db).await;
        let spell = Spell { postgres: db.store.is_shared() };
        let filter = format!("stream = {} AND sequence = 2", spell.uuid(case.id.uuid()));
        expect_every_column_is_guarded(db, &copy, "event", &filter, &case.id.to_string(), &[
            ("id", Change::Uuid),
            ("stream", Change::Uuid),
            ("sequence", Change::Number),
            ("organisation_id", Change::Uuid),
            ("assessment_id", Change::Uuid),
            ("assessment_id", Change::Null),
            ("kind", Change::Word("assessment_imported")),
            ("kind", Change::Word("ASSESSMENT_EDITED")),
            ("kind", Change::Text),
            ("at", Change::Instant),
            ("by", Change::Uuid),
            ("by", Change::Null),
            ("on_behalf_of", Change::Uuid),
            ("audience", Change::Word("panel")),
            ("payload", Change::Text),
            ("payload", Change::Word("{\"number\":2}")),
            ("payload", Change::Null),
            ("payload_sha256", Change::Text),
            ("change", Change::Word("{}")),
            ("previous", Change::Text),
            ("previous", Change::Null),
            ("sha256", Change::Text),
        ]).await;
        // The first said what it changed: all of it.
        let filter = format!("stream = {} AND sequence = 1", spell.uuid(case.id.uuid()));
        expect_every_column_is_guarded(db, &copy, "event", &filter, &case.id.to_string(), &[
            ("change", Change::Text),
            ("change", Change::Null),
            ("payload", Change::Null),
        ]).await;
    }

    async fn every_column_of_a_chain_is_guarded(db) {
        let (_, case, copy) = history(db).await;
        let spell = Spell { postgres: db.store.is_shared() };
        let filter = format!("stream = {}", spell.uuid(case.id.uuid()));
        expect_every_column_is_guarded(db, &copy, "chain", &filter, &case.id.to_string(), &[
            ("stream", Change::Uuid),
            ("organisation_id", Change::Uuid),
            ("length", Change::Number),
            ("head_sha256", Change::Text),
            ("checkpointed", Change::Number),
            ("told_sha256", Change::Text),
            ("told_sha256", Change::Null),
        ]).await;
    }

    async fn an_altered_payload_is_one_fault_and_what_it_says_now_is_believed_of_nothing(db) {
        let (_, case, copy) = history(db).await;
        let spell = Spell { postgres: db.store.is_shared() };
        let of = spell.uuid(case.id.uuid());
        let citing = format!("stream = {of} AND payload LIKE '%\"kept\"%'");
        for payload in ["{\"kept\":[{}]}", "{\"kept\":[{\"noun\":\"record\"}]}", "{}", "[]"] {
            db.tamper("CREATE TABLE kept_aside AS SELECT * FROM event").await;
            assert!(db.tamper(&format!("UPDATE event SET payload = '{payload}' WHERE {citing}")).await > 0);
            let found = faults(db, &copy).await;
            assert!(!found.is_empty());
            for fault in &found {
                assert!(fault.place.starts_with("event "), "{payload}: {found:?}");
                assert_eq!(fault.reason, "its payload is not the one that was recorded");
            }
            // Even where its digest was altered with it, nothing without a name is told.
            let sha256 = ehia::domain::canonical::sha256(payload.as_bytes());
            db.tamper(&format!("UPDATE event SET payload_sha256 = '{sha256}' WHERE stream = {of} AND payload = '{payload}'")).await;
            let found = faults(db, &copy).await;
            assert!(found.iter().all(|fault| fault.place.split(' ').nth(1).is_some_and(|name| !name.is_empty())), "{payload}: {found:?}");
            restore(db, "event").await;
            db.tamper("DROP TABLE kept_aside").await;
        }
        assert_eq!(faults(db, &copy).await, []);
    }

    async fn a_chain_that_says_it_is_in_a_checkpoint_and_is_not_is_found(db) {
        let (mut world, case, copy) = history(db).await;
        let edited = Happening::case(EventKind::AssessmentEdited, json!({}));
        let by = world.author.id;
        db.store.write(async |tx| tx.record(chain(&case), act(by, 9), &[edited], &mut world.supply).await).await.unwrap();
        assert_eq!(faults(db, &copy).await, []);
        // So that the next checkpoint leaves it out.
        assert!(db.tamper("UPDATE chain SET checkpointed = length").await > 0);
        let found = faults(db, &copy).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].place, format!("chain {}", case.id));
        assert!(found[0].reason.starts_with("it says that "), "{found:?}");
    }

    async fn every_column_of_a_revision_is_guarded(db) {
        let (_, case, copy) = history(db).await;
        let id = db.store.read().revision(case.id, 1).await.unwrap().unwrap().id.to_string();
        expect_every_column_is_guarded(db, &copy, "revision", "number = 1", &id, &[
            ("id", Change::Uuid),
            ("assessment_id", Change::Uuid),
            ("organisation_id", Change::Uuid),
            ("number", Change::Number),
            ("content", Change::Bytes),
            ("sha256", Change::Text),
            ("stored_sha256", Change::Text),
            ("frozen_at", Change::Instant),
        ]).await;
    }

    async fn every_column_of_a_record_is_guarded(db) {
        let (_, _, copy) = history(db).await;
        let sha256 = canonical::sha256(b"{\"synthetic\":1}");
        expect_every_column_is_guarded(db, &copy, "decision_record", "kind = 'decision'", &sha256, &[
            ("sha256", Change::Text),
            ("assessment_id", Change::Uuid),
            ("organisation_id", Change::Uuid),
            ("kind", Change::Word("outcome")),
            ("subject_id", Change::Uuid),
            ("bytes", Change::Bytes),
            ("at", Change::Instant),
        ]).await;
    }

    async fn every_column_of_an_attachment_and_its_bytes_are_guarded(db) {
        let (_, case, copy) = history(db).await;
        let id = db.store.read().attachments_of(&[case.id]).await.unwrap()[0].id.to_string();
        expect_every_column_is_guarded(db, &copy, "attachment", "size = 15", &id, &[
            ("id", Change::Uuid),
            ("organisation_id", Change::Uuid),
            ("assessment_id", Change::Uuid),
            ("sha256", Change::Text),
            ("name", Change::Text),
            ("media_type", Change::Text),
            ("size", Change::Number),
            ("by", Change::Uuid),
            ("at", Change::Instant),
        ]).await;
        expect_every_column_is_guarded(db, &copy, "blob", "size = 15", &id, &[
            ("sha256", Change::Text),
            ("bytes", Change::Bytes),
            ("size", Change::Number),
        ]).await;
    }

    async fn every_column_of_a_checkpoint_is_guarded(db) {
        let (_, _, copy) = history(db).await;
        let columns = [
            ("sequence", Change::Number),
            ("at", Change::Instant),
            ("document", Change::Bytes),
            ("signature", Change::Text),
            ("key_id", Change::Text),
        ];
        for sequence in ["sequence = 1", "sequence = 2"] {
            expect_every_column_is_guarded(db, &copy, "checkpoint", sequence, "checkpoint", &columns).await;
        }
    }

    async fn events_that_changed_places_are_found(db) {
        let (_, case, copy) = history(db).await;
        let spell = Spell { postgres: db.store.is_shared() };
        let stream = spell.uuid(case.id.uuid());
        for (from, to) in [(2, 900), (3, 2), (900, 3)] {
            let sql = format!("UPDATE event SET sequence = {to} WHERE stream = {stream} AND sequence = {from}");
            assert_eq!(db.tamper(&sql).await, 1);
        }
        let found = faults(db, &copy).await;
        let named: Vec<&str> = found.iter().map(|fault| fault.place.as_str()).collect();
        for sequence in [2, 3] {
            let place = format!("event {sequence} of chain {}", case.id);
            assert!(named.contains(&place.as_str()), "{found:?}");
        }
    }

    async fn a_tail_that_was_cut_off_is_found_even_where_the_chain_agrees(db) {
        let (_, case, copy) = history(db).await;
        let spell = Spell { postgres: db.store.is_shared() };
        let stream = spell.uuid(case.id.uuid());
        // The last event cites nothing.
        let window = Window { size: 100, ..Window::default() };
        let told = db.store.read().list_events(case.id.uuid(), Audience::ALL, &window).await.unwrap().nodes;
        let (last, before) = (told.len(), &told[told.len() - 2]);
        db.tamper(&format!("DELETE FROM event WHERE stream = {stream} AND sequence = {last}")).await;
        let found = faults(db, &copy).await;
        assert!(found.iter().any(|fault| fault.place == format!("chain {}", case.id)), "{found:?}");
        db.tamper(&format!(
            "UPDATE chain SET length = {}, head_sha256 = '{}' WHERE stream = {stream}",
            last - 1,
            before.sha256
        ))
        .await;
        let found = faults(db, &copy).await;
        let shortened = |fault: &Fault| fault.place.contains(&case.id.to_string()) && fault.reason.contains("checkpoint 2");
        assert!(found.iter().any(shortened), "{found:?}");
    }

    async fn a_chain_rewritten_with_consistent_digests_is_found_by_the_checkpoint(db) {
        let (_, case, copy) = history(db).await;
        let spell = Spell { postgres: db.store.is_shared() };
        let window = Window { size: 100, ..Window::default() };
        let told = db.store.read().list_events(case.id.uuid(), Audience::ALL, &window).await.unwrap().nodes;
        let mut previous = told[0].sha256.clone();
        for recorded in &told[1..] {
            let mut event = recorded.event.clone();
            let mut payload = recorded.payload.clone().unwrap();
            if event.sequence == 2 {
                payload = json!({"number": 1_000});
            }
            let payload = String::from_utf8(canonical::bytes(&payload).unwrap()).unwrap();
            event.payload_sha256 = canonical::sha256(payload.as_bytes());
            event.previous = Some(previous.clone());
            let sha256 = event.sha256().unwrap();
            db.tamper(&format!(
                "UPDATE event SET payload = '{payload}', payload_sha256 = '{}', previous = '{previous}', \
                 sha256 = '{sha256}' WHERE id = {}",
                event.payload_sha256,
                spell.uuid(event.id.uuid())
            ))
            .await;
            previous = sha256;
        }
        let stream = spell.uuid(case.id.uuid());
        db.tamper(&format!("UPDATE chain SET head_sha256 = '{previous}' WHERE stream = {stream}")).await;
        let found = faults(db, &copy).await;
        let named = |sequence: u32, checkpoint: u32| {
            let place = format!("event {sequence} of chain {}", case.id);
            found.iter().any(|f| f.place == place && f.reason.contains(&format!("checkpoint {checkpoint}")))
        };
        assert!(named(3, 1), "{found:?}");
        // Without the checkpoints in the database, the copy outside it still tells.
        db.tamper("DELETE FROM checkpoint").await;
        let found = faults(db, &copy).await;
        assert!(found.iter().any(|fault| fault.place == format!("event 3 of chain {}", case.id)), "{found:?}");
        assert!(found.iter().any(|fault| fault.place == "checkpoint 1"), "{found:?}");
    }

    async fn a_chain_or_a_case_that_was_removed_whole_is_found(db) {
        let (_, case, copy) = history(db).await;
        let spell = Spell { postgres: db.store.is_shared() };
        let id = spell.uuid(case.id.uuid());
        db.tamper(&format!("DELETE FROM assessment WHERE id = {id}")).await;
        let found = faults(db, &copy).await;
        assert!(found.iter().any(|fault| fault.place == format!("assessment {}", case.id)), "{found:?}");
        db.tamper(&format!("DELETE FROM event WHERE stream = {id}")).await;
        db.tamper(&format!("DELETE FROM chain WHERE stream = {id}")).await;
        let found = faults(db, &copy).await;
        assert!(found.iter().any(|fault| fault.place == format!("chain {}", case.id)), "{found:?}");
    }

    async fn checkpoints_of_an_unknown_key_are_found(db) {
        let (_, _, copy) = history(db).await;
        let other = SigningKey::from_bytes(&[8; 32]).verifying_key();
        let found = db.store.verify(&[other], &copy, &mut |_| ()).await.unwrap().faults;
        assert!(found.iter().any(|fault| fault.place == "checkpoint 1" && fault.reason.contains("key")));
    }

    async fn payloads_lawfully_disposed_of_are_no_fault_and_what_was_kept_stays_guarded(db) {
        let (mut world, case, copy) = history(db).await;
        let dispose = async |supply: &mut ehia::domain::id::Supply| {
            db.store
                .write(async |tx| {
                    let Some(gone) = tx.dispose_payloads(case.id, serde_json::Map::new()).await? else {
                        return Ok(None);
                    };
                    tx.record(chain(&case), act(world.author.id, 9), &[gone], supply).await.map(Some)
                })
                .await
                .unwrap()
        };
        let before = db.store.read().count_payloads(case.id).await.unwrap();
        assert!(before > 3);
        dispose(&mut world.supply).await.unwrap();
        let audited = db.store.verify(&[signer().verifying_key()], &copy, &mut |_| ()).await.unwrap();
        assert_eq!((audited.faults, audited.disposed), (vec![], before));
        let window = Window { size: 100, ..Window::default() };
        let told = db.store.read().list_events(case.id.uuid(), Audience::ALL, &window).await.unwrap().nodes;
        let left: Vec<EventKind> =
            told.iter().filter(|one| one.payload.is_some()).map(|one| one.event.kind).collect();
        assert_eq!(left, [EventKind::PayloadDisposed]);
        assert!(dispose(&mut world.supply).await.is_none(), "a disposal itself is never disposed of");

        // What the payloads cited is still held against its chain.
        db.tamper("DELETE FROM decision_record").await;
        let found = faults(db, &copy).await;
        assert!(found.iter().any(|fault| fault.place.starts_with("record ")), "{found:?}");
        // A payload that vanished without a disposal is a fault.
        let spell = Spell { postgres: db.store.is_shared() };
        let stream = spell.uuid(world.organisation.id.uuid());
        db.tamper(&format!("UPDATE event SET payload = NULL WHERE stream = {stream}")).await;
        let found = faults(db, &copy).await;
        assert!(found.iter().any(|fault| fault.reason.contains("no disposal was recorded")), "{found:?}");
    }

    async fn every_column_that_says_how_a_case_stands_is_guarded(db) {
        let (_, case, copy) = history(db).await;
        let spell = Spell { postgres: db.store.is_shared() };
        let filter = format!("id = {}", spell.uuid(case.id.uuid()));
        let forged = ehia::domain::case::Process { submitted_revision: Some(1), ..case.process.clone() };
        let forged = packed(&canonical::bytes(&forged).unwrap());
        let process = if spell.postgres { format!("decode('{forged}', 'hex')") } else { format!("x'{forged}'") };
        assert_eq!(db.tamper(&format!("UPDATE assessment SET process = {process} WHERE {filter}")).await, 1);
        assert_eq!(db.store.read().case(case.id).await.unwrap().unwrap().process.submitted_revision, Some(1));
        let found = faults(db, &copy).await;
        assert!(found.iter().any(|fault| fault.place == format!("assessment {}", case.id)), "{found:?}");
        let process = packed(&canonical::bytes(&case.process).unwrap());
        let process = if spell.postgres { format!("decode('{process}', 'hex')") } else { format!("x'{process}'") };
        db.tamper(&format!("UPDATE assessment SET process = {process} WHERE {filter}")).await;
        assert_eq!(faults(db, &copy).await, []);
        expect_every_column_is_guarded(db, &copy, "assessment", &filter, &case.id.to_string(), &[
            ("id", Change::Uuid),
            ("organisation_id", Change::Uuid),
            ("reference", Change::Text),
            ("title", Change::Text),
            ("version", Change::Number),
            ("revision", Change::Number),
            ("frozen", Change::Flag),
            ("form_key", Change::Text),
            ("form_version", Change::Number),
            ("workflow_key", Change::Text),
            ("workflow_version", Change::Number),
            ("state", Change::Word("approved")),
            ("phase", Change::Word("review")),
            ("standing", Change::Word("proceeding")),
            ("author_id", Change::Uuid),
            ("working", Change::Bytes),
            ("content_sha256", Change::Text),
            ("process", Change::Bytes),
            ("changed", Change::Word("{\"title\":9}")),
            ("shares", Change::Word("{\"01900000-0000-7000-8000-000000000001\":\"READ\"}")),
            ("retention", Change::Word("permanent")),
            ("legal_hold", Change::Flag),
            ("service_line", Change::Word("Another")),
            ("created_at", Change::Instant),
            ("updated_at", Change::Instant),
        ]).await;
    }

    async fn a_forged_case_is_found_even_when_it_was_saved_again_since(db) {
        let (mut world, mut case, copy) = history(db).await;
        let spell = Spell { postgres: db.store.is_shared() };
        let id = spell.uuid(case.id.uuid());
        db.tamper(&format!("UPDATE assessment SET state = 'approved' WHERE id = {id}")).await;
        let by = world.author.id;
        case.version = 2;
        case.state = "approved".into();
        db.store
            .write(async |tx: &mut Tx| {
                tx.save(&case, 1, &drafting()).await?;
                let edited = Happening::case(EventKind::AssessmentEdited, json!({}));
                tx.record(chain(&case), act(by, 8), &[edited], &mut world.supply).await
            })
            .await
            .unwrap();
        let found = faults(db, &copy).await;
        let named = |fault: &Fault| fault.place.ends_with(&format!("of chain {}", case.id));
        assert!(found.iter().any(named), "{found:?}");
    }

    async fn a_case_is_not_saved_without_an_event_that_tells_of_it(db) {
        let (mut world, mut case, copy) = history(db).await;
        case.version = 2;
        let untold = db.store.write(async |tx| tx.save(&case, 1, &drafting()).await).await;
        assert!(matches!(untold, Err(Error::Uncited(_))), "{untold:?}");
        let by = world.author.id;
        db.store
            .write(async |tx: &mut Tx| {
                tx.save(&case, 1, &drafting()).await?;
                let edited = Happening::case(EventKind::AssessmentEdited, json!({}));
                tx.record(chain(&case), act(by, 8), &[edited], &mut world.supply).await
            })
            .await
            .unwrap();
        assert_eq!(faults(db, &copy).await, []);
    }

    async fn changed_content_of_a_case_is_found_and_never_parsed(db) {
        let (_, case, copy) = history(db).await;
        let spell = Spell { postgres: db.store.is_shared() };
        let id = spell.uuid(case.id.uuid());
        db.tamper(&format!("UPDATE assessment SET working = {} WHERE id = {id}", spell.longer("working"))).await;
        let found = faults(db, &copy).await;
        assert!(found.iter().any(|fault| fault.place == format!("assessment {}", case.id)), "{found:?}");
        assert!(matches!(db.store.read().case(case.id).await, Err(Error::Corrupt { table: "assessment", .. })));
    }
}
