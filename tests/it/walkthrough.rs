//! The main job, end to end: the script of `examples/walkthrough` against the built program, with real mail.

use serde_json::Value;

use crate::support::{
    database::TestDatabase,
    on_both,
    play::{all_delivered, none_twice, run, script},
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
        none_twice(&delivered);
        smtp.settled().await;
        assert_sound(&service).await;
        let (case, decision) = (run.saved("case").unwrap(), run.saved("decision").unwrap());
        let record = decision["record"]["sha256"].as_str().unwrap();
        changed_byte_is_found(db, &service, case.as_str().unwrap(), record).await;
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

/// Changes one byte of an event and one of the decision record behind the program's back; each time the audit fails
/// and names the place, and passes again once the byte is put back.
async fn changed_byte_is_found(db: &TestDatabase, service: &Service<'_>, case: &str, record: &str) {
    let case = db.literal(case.split_once(':').unwrap().1);
    let event = |from: &str, to: &str| {
        format!(
            "UPDATE event SET payload = replace(payload, '\"to\":\"{from}\"', '\"to\":\"{to}\"') \
             WHERE kind = 'decision_recorded' AND assessment_id = {case}"
        )
    };
    let (changes, restores) = if db.store.is_shared() {
        let flip = "UPDATE decision_record SET bytes = set_byte(bytes, 20, get_byte(bytes, 20) # 1)";
        (flip.to_owned(), flip.to_owned())
    } else {
        let put = |from: &str| format!("UPDATE decision_record SET bytes = CAST({from} AS BLOB)");
        (put("'#' || substr(bytes, 2)"), put("'{' || substr(bytes, 2)"))
    };
    let record_of = format!("WHERE sha256 = '{record}'");
    for (change, restore, named) in [
        (event("proceeding", "proceedinh"), event("proceedinh", "proceeding"), "event"),
        (format!("{changes} {record_of}"), format!("{restores} {record_of}"), "record"),
    ] {
        assert_eq!(db.tamper(&change).await, 1, "{change}");
        let said = service.verify().await;
        assert!(!said.status.success(), "{change} is found");
        let told: Value = serde_json::from_slice(&said.stdout).unwrap();
        assert_eq!(told["sound"], false);
        let places: Vec<&str> =
            told["faults"].as_array().unwrap().iter().map(|fault| fault["place"].as_str().unwrap()).collect();
        assert!(places.iter().any(|place| place.contains(named)), "{change}: {told}");
        assert_eq!(db.tamper(&restore).await, 1, "{restore}");
        assert_sound(service).await;
    }
}
