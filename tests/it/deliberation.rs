//! Reviews are hidden until it is their time; what is discussed, asked and answered; what changed since.

use ehia::domain::{
    id::{AssessmentId, Identifier},
    notify::NoticeKind,
    permission::Role,
    settings::Settings,
};
use serde_json::{Value, json};

use crate::{
    store_audit::faults,
    support::{
        on_both,
        stage::{PARTNER, Player, Stage, of_anybody},
    },
};

/// A case before a panel of three who declared no interest.
struct Scene {
    stage: Stage,
    author: Player,
    chair: Player,
    members: Vec<Player>,
    case: AssessmentId,
}

impl Scene {
    async fn new(database: &crate::support::database::TestDatabase) -> Self {
        let settings = of_anybody(2);
        let stage = Stage::new(database, settings).await;
        let author = stage.at_home("author", Role::Author).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let chair = stage.at_home("chair", Role::PanelChair).await;
        let one = stage.at_home("one", Role::Reviewer).await;
        let two = stage.at_home("two", Role::Reviewer).await;
        let case = stage.case(&author).await;
        let members = [&chair, &one, &two].map(Player::id);
        stage
            .done(
                &author,
                "transitionAssessment",
                case,
                json!({"transition": "submit", "expectedRevision": 1}),
            )
            .await;
        stage.done(&secretary, "assignPanel", case, json!({"members": members})).await;
        for member in [&chair, &one, &two] {
            stage.done(member, "declareInterest", case, json!({"interest": "NONE"})).await;
        }
        Self { stage, author, chair, members: vec![one, two], case }
    }

    async fn told(&self, who: &Player, fields: &str) -> Value {
        let query = format!("query($id: ID!) {{ assessment(id: $id) {{ {fields} }} }}");
        self.stage.read(who, &query, json!({"id": self.case.global()})).await["assessment"].clone()
    }

    async fn review(&self, who: &Player, revision: u32, more: Value) -> Value {
        let mut input =
            json!({"expectedRevision": revision, "recommendation": "APPROVE", "summary": "Sound."});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.stage.done(who, "submitReview", self.case, input).await
    }

    async fn go(&self, who: &Player, transition: &str, revision: u32, more: Value) -> Value {
        let mut input =
            json!({"transition": transition, "expectedRevision": revision, "comment": "Because."});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.stage.done(who, "transitionAssessment", self.case, input).await
    }

    fn attended(&self) -> Value {
        json!({"attendees": [{"person": self.chair.id()}]})
    }
}

on_both! {
    async fn nobody_reads_a_review_before_its_time_but_whoever_wrote_it(database) {
        let scene = Scene::new(database).await;
        let auditor = scene.stage.at_home("auditor", Role::Auditor).await;
        let lead = scene.stage.at_home("lead", Role::EqualityLead).await;
        let [one, two] = scene.members.as_slice() else { unreachable!() };
        let note = json!({
            "note": "Between us.",
            "opinions": [{"path": ["sections", "summary"], "agrees": false, "stance": "NEEDS_MORE", "comment": "Who?"}],
        });
        scene.review(one, 1, note).await;
        let fields = "reviews { summary note informed opinions { path agrees stance comment since } } \
            deliberation { shown awaited { name } closes recommendations { recommendation reviewers { name } } divergent { path } } \
            history(first: 100) { nodes { kind payload } }";
        let said = |told: &Value| {
            let nodes = told["history"]["nodes"].as_array().unwrap().clone();
            nodes.into_iter().find(|node| node["kind"] == "REVIEW_SUBMITTED").map(|node| node["payload"].clone())
        };
        let mine = scene.told(one, fields).await;
        assert_eq!(mine["reviews"][0]["note"], "Between us.");
        assert_eq!(mine["reviews"][0]["opinions"][0]["stance"], "NEEDS_MORE");
        assert_eq!(said(&mine).unwrap()["summary"], "Sound.");
        for other in [two, &scene.chair, &auditor, &lead] {
            let told = scene.told(other, fields).await;
            assert_eq!(told["reviews"], json!([]), "{}", other.id());
            assert_eq!(told["deliberation"]["shown"], false);
            assert_eq!(told["deliberation"]["recommendations"], json!([]));
            let awaited: Vec<&str> = told["deliberation"]["awaited"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
            assert_eq!(awaited.len(), 2, "{awaited:?}");
            assert!(!told["deliberation"]["closes"].is_null());
            let payload = said(&told).unwrap();
            let mut facts: Vec<&String> = payload.as_object().unwrap().keys().collect();
            facts.sort();
            assert_eq!(facts, ["review", "reviewer", "revision"], "history tells no more than the field");
        }
        let told = scene.told(&scene.author, fields).await;
        assert_eq!((&told["reviews"], &told["deliberation"], said(&told)), (&json!([]), &Value::Null, None));

        let agreed = json!({"opinions": [{"path": ["sections", "summary"], "agrees": true, "comment": ""}]});
        scene.review(two, 1, agreed).await;
        assert_eq!(scene.told(two, fields).await["reviews"].as_array().unwrap().len(), 1, "the chair is awaited");
        scene.review(&scene.chair, 1, json!({"recommendation": "RETURN"})).await;
        for member in [one, two, &scene.chair, &auditor] {
            let told = scene.told(member, fields).await;
            assert_eq!(told["reviews"].as_array().unwrap().len(), 3);
            assert_eq!(told["reviews"][0]["note"], "Between us.");
            assert_eq!(told["reviews"][0]["informed"], false);
            assert_eq!(told["deliberation"]["shown"], true);
            assert_eq!(told["deliberation"]["divergent"], json!([{"path": ["sections", "summary"]}]));
            let spread = &told["deliberation"]["recommendations"];
            assert_eq!(spread[0]["recommendation"], "APPROVE");
            assert_eq!(spread[0]["reviewers"].as_array().unwrap().len(), 2);
            assert_eq!(said(&told).unwrap()["note"], "Between us.");
        }
        assert_eq!(scene.told(&scene.author, fields).await["reviews"], json!([]));
        let returned = json!({"outcome": scene.attended(), "paths": [["sections", "summary"]]});
        scene.go(&scene.chair, "return", 1, returned).await;
        let told = scene.told(&scene.author, "reviews { note } outcomes { record { content } }").await;
        assert_eq!(told["reviews"].as_array().unwrap().len(), 3);
        assert!(told["reviews"].as_array().unwrap().iter().all(|review| review["note"].is_null()));
        assert!(!told["outcomes"][0]["record"]["content"].to_string().contains("Between us."));
    }

    async fn an_organisation_may_show_reviews_as_they_come_in(database) {
        let scene = Scene::new(database).await;
        let [one, two] = scene.members.as_slice() else { unreachable!() };
        scene.review(one, 1, json!({"note": "Between us."})).await;
        let fields = "reviews { reviewer { name } summary note informed } deliberation { shown awaited { name } }";
        for (setting, seen) in [("WHEN_COMPLETE", 0), ("AT_ONCE", 1)] {
            let document = json!({"quorum": 2, "reviewsShown": setting});
            scene.stage.set(serde_json::from_value(document).unwrap()).await.unwrap();
            for member in [two, &scene.chair] {
                let told = scene.told(member, fields).await;
                assert_eq!(told["reviews"].as_array().unwrap().len(), seen, "{setting}: {told:#}");
                assert_eq!(told["deliberation"]["shown"], seen == 1);
                assert_eq!(told["deliberation"]["awaited"].as_array().unwrap().len(), 2);
            }
            assert_eq!(scene.told(&scene.author, fields).await["reviews"], json!([]), "never their author's before");
        }
        scene.review(two, 1, json!({})).await;
        let told = scene.told(&scene.chair, fields).await["reviews"].clone();
        assert_eq!(told[0]["note"], "Between us.");
        let informed: Vec<&Value> = told.as_array().unwrap().iter().map(|review| &review["informed"]).collect();
        assert_eq!(informed, [&json!(false), &json!(true)], "the second was written with the first in sight");
        assert!(serde_json::from_value::<Settings>(json!({"reviewsShown": "SOMETIMES"})).is_err());
    }

    async fn a_place_that_is_none_is_refused_wherever_it_is_named(database) {
        let scene = Scene::new(database).await;
        let review = json!({
            "expectedRevision": 1, "recommendation": "APPROVE", "summary": "Sound.",
            "opinions": [{"path": ["sections", "no_such"], "agrees": true, "comment": ""}],
        });
        let told = |path: &str| vec![("NOT_FOUND".to_owned(), path.to_owned())];
        let refused = scene.stage.refused(&scene.members[0], "submitReview", scene.case, review).await;
        assert_eq!(refused, told("opinions/0/path"));
        let remark = json!({"path": ["impacts", "no-such"], "text": "Why?", "asksAuthor": true});
        assert_eq!(scene.stage.refused(&scene.members[0], "remark", scene.case, remark).await, told("path"));
        let back = json!({
            "transition": "return", "expectedRevision": 1, "comment": "More.", "outcome": scene.attended(),
            "paths": [["answers", "no_such"]],
        });
        let refused = scene.stage.refused(&scene.chair, "transitionAssessment", scene.case, back).await;
        assert_eq!(refused, told("paths/0"));
        let wrong = json!({"path": ["answers", "no_such"], "reason": "Say who."});
        let requests = json!([{"path": ["answers", "monitoring"], "reason": "x".repeat(20_001)}, wrong]);
        for dry_run in [true, false] {
            let back = json!({
                "transition": "return", "expectedRevision": 1, "comment": "More.", "outcome": scene.attended(), "dryRun": dry_run,
                "paths": [["impacts"]], "requests": requests,
            });
            let refused = scene.stage.refused(&scene.chair, "transitionAssessment", scene.case, back).await;
            let named = |code: &str, path: &str| (code.to_owned(), path.to_owned());
            assert_eq!(refused, [named("TOO_LONG", "requests/0/reason"), named("NOT_FOUND", "requests/1/path")]);
        }
    }

    async fn what_the_panel_asks_at_once_is_told_in_one_message(database) {
        let scene = Scene::new(database).await;
        let [one, two] = scene.members.as_slice() else { unreachable!() };
        scene.stage.mail().await;
        let ask = async |who: &Player, path: [&str; 2], text: &str| {
            let asked = json!({"path": path, "asksAuthor": true, "text": text});
            scene.stage.done(who, "remark", scene.case, asked).await;
        };
        ask(one, ["sections", "summary"], "How many?").await;
        ask(one, ["answers", "monitoring"], "By whom?").await;
        ask(two, ["answers", "monitoring"], "How often?").await;
        let told = |mail: &[ehia::app::Dispatch]| {
            let told = mail.iter().map(|one| (one.to_name.clone(), one.facts.sections.clone()));
            told.collect::<Vec<_>>()
        };
        let both = vec!["2. Summary of the proposal".to_owned(), "How will actual effects on these groups be watched?".to_owned()];
        let asks = |mut mail: Vec<ehia::app::Dispatch>| {
            mail.retain(|one| one.kind.as_str() == "QUESTION");
            mail
        };
        let mail = asks(scene.stage.mail_in(11).await);
        assert_eq!(told(&mail), [("author".to_owned(), both)]);
        for one in mail {
            let later = ehia::domain::calendar::Moment { at: scene.stage.moment.at + chrono::Duration::minutes(11), ..scene.stage.moment };
            scene.stage.app.settle_message("test", one.id, ehia::app::Verdict::Sent, later).await.unwrap();
        }
        assert!(asks(scene.stage.mail_in(20).await).is_empty(), "nothing is told twice");
    }

    async fn a_question_is_asked_answered_and_settled(database) {
        let scene = Scene::new(database).await;
        let colleague = scene.stage.at_home("governance", Role::Governance).await;
        let [one, two] = scene.members.as_slice() else { unreachable!() };
        scene.stage.mail().await;
        let threads = "threads { id path asksAuthor resolved remarks { by { name } text } }";
        let ask = json!({"path": ["sections", "summary"], "asksAuthor": true, "text": "How many?"});
        scene.stage.done(one, "remark", scene.case, ask).await;
        let kinds = |mail: Vec<ehia::app::Dispatch>| {
            let mut kinds: Vec<String> = mail.iter().map(|one| one.kind.as_str().to_owned()).collect();
            kinds.dedup();
            kinds
        };
        assert!(scene.stage.mail().await.is_empty(), "it waits for what else is asked");
        let mut mail = scene.stage.mail_in(10).await;
        mail.retain(|one| one.kind.as_str() == "QUESTION");
        assert_eq!(mail[0].facts.sections, ["2. Summary of the proposal"]);
        assert_eq!(kinds(mail), ["QUESTION"]);
        let told = scene.told(&scene.author, threads).await;
        let thread = told["threads"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(told["threads"][0]["remarks"][0]["text"], "How many?");
        for other in [two, &colleague] {
            assert_eq!(scene.told(other, threads).await["threads"], json!([]), "{}", other.id());
        }
        let history = "history(first: 100) { nodes { kind payload } }";
        let said = |told: Value| {
            let nodes = told["history"]["nodes"].as_array().unwrap().clone();
            nodes.into_iter().find(|node| node["kind"] == "REMARK_MADE").unwrap()["payload"].clone()
        };
        assert_eq!(said(scene.told(one, history).await)["path"], json!(["sections", "summary"]));
        assert!(said(scene.told(two, history).await)["path"].is_null(), "history tells no more than the field");
        let tasks = "{ viewer { tasks { nodes { kind } } } }";
        let kinds_of = |told: Value| told["viewer"]["tasks"]["nodes"].to_string();
        assert!(kinds_of(scene.stage.read(&scene.author, tasks, json!({})).await).contains("ANSWER_QUESTION"));
        scene.stage.done(&scene.author, "remark", scene.case, json!({"threadId": thread, "text": "Nine."})).await;
        assert_eq!(kinds(scene.stage.mail().await), ["QUESTION"]);
        assert!(!kinds_of(scene.stage.read(&scene.author, tasks, json!({})).await).contains("ANSWER_QUESTION"));
        let denied = scene.stage.command(&scene.author, "resolveThread", scene.case, json!({"threadId": thread})).await;
        assert_eq!(denied.unwrap_err(), "FORBIDDEN");
        scene.stage.done(one, "resolveThread", scene.case, json!({"threadId": thread})).await;
        assert_eq!(scene.told(one, threads).await["threads"][0]["resolved"], true);
        let alone = json!({"path": ["impacts"], "text": "I doubt it."});
        let told = scene.stage.refused(one, "remark", scene.case, alone.clone()).await;
        assert_eq!(told[0].0, "CONFLICT", "it would tell a judgement before its time");
        for member in [one, two, &scene.chair] {
            scene.review(member, 1, json!({})).await;
        }
        scene.stage.done(one, "remark", scene.case, alone).await;
        assert_eq!(scene.told(two, threads).await["threads"].as_array().unwrap().len(), 2);
        assert_eq!(scene.told(&scene.author, threads).await["threads"].as_array().unwrap().len(), 1);
        assert_eq!(scene.stage.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults, []);
    }

    async fn a_return_names_what_must_change_and_shows_what_was_done_and_what_else(database) {
        let scene = Scene::new(database).await;
        let [one, two] = scene.members.as_slice() else { unreachable!() };
        let impact = scene.told(&scene.author, "impacts { id }").await["impacts"][0]["id"].as_str().unwrap().to_owned();
        let bare = impact.split(':').nth(1).unwrap().to_owned();
        let opinions = json!({"opinions": [
            {"path": ["impacts", bare], "agrees": true, "comment": ""},
            {"path": ["answers", "monitoring"], "agrees": false, "comment": "By whom?"},
        ]});
        for member in [one, two, &scene.chair] {
            scene.review(member, 1, opinions.clone()).await;
        }
        let requests = json!([
            {"path": ["answers", "monitoring"], "reason": "Say who watches."},
            {"path": ["sections", "summary"], "reason": "Say it in a sentence."},
        ]);
        scene.go(&scene.chair, "return", 1, json!({"outcome": scene.attended(), "requests": requests})).await;
        let monitoring = json!([{"answer": {"question": "monitoring", "value": "The quality lead watches monthly."}}]);
        scene.stage.edit(&scene.author, scene.case, monitoring).await;
        let half_way = scene.stage.app.now().at;
        scene.stage.edit(&scene.author, scene.case, json!([
            {"answer": {"question": "inequality_access", "value": "A slip was mended: the journey takes 35 minutes."}},
        ])).await;
        let asked = "returned { paths revision resubmitted requests { path reason answer changes { path } } otherChanges { path } }";
        let told = scene.told(&scene.author, asked).await;
        let monitoring = &told["returned"]["requests"][0];
        assert_eq!(monitoring["reason"], "Say who watches.");
        assert_eq!(monitoring["changes"], json!([{"path": ["answers", "monitoring"]}]));
        assert_eq!(told["returned"]["otherChanges"], json!([{"path": ["answers", "inequality_access"]}]));
        let again = json!({"transition": "resubmit", "expectedRevision": 2});
        let blocked = scene.stage.command(&scene.author, "transitionAssessment", scene.case, again).await.unwrap();
        let codes: Vec<&str> = blocked["blockers"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["UNANSWERED", "UNANSWERED"]);
        assert_eq!(
            blocked["blockers"][1]["message"],
            "The panel asked for changes to “2. Summary of the proposal”: say what was done about it, or why nothing was."
        );
        let answers = json!({"answers": [
            {"path": ["answers", "monitoring"], "text": "The quality lead, monthly."},
            {"path": ["sections", "summary"], "text": "It was one already."},
        ]});
        scene.stage.done(&scene.author, "answerReturn", scene.case, answers).await;
        scene.go(&scene.author, "resubmit", 2, json!({})).await;
        let revision = async |asked: Value| {
            let query = "query($id: ID!, $number: Int, $at: DateTime) { assessmentRevision(assessmentId: $id, revision: $number, at: $at) {
                revision frozenAt changedSince answers { question value } } }";
            let mut variables = asked;
            variables["id"] = json!(scene.case.global());
            scene.stage.read(one, query, variables).await["assessmentRevision"].clone()
        };
        let (first, second) = (revision(json!({"number": 1})).await, revision(json!({"number": 2})).await);
        let frozen: chrono::DateTime<chrono::Utc> = second["frozenAt"].as_str().unwrap().parse().unwrap();
        let returned: chrono::DateTime<chrono::Utc> = first["frozenAt"].as_str().unwrap().parse().unwrap();
        let (sooner, day) = (frozen - chrono::TimeDelta::microseconds(1), chrono::TimeDelta::days(1));
        for (at, is) in [(returned, &first), (sooner, &second), (frozen, &second), (frozen + day, &second)] {
            assert_eq!(&revision(json!({"at": at})).await, is, "what it said at {at}");
        }
        assert_ne!(first["answers"], second["answers"]);
        let told = revision(json!({"at": half_way})).await;
        assert_eq!((&told["revision"], &told["answers"]), (&json!(1), &first["answers"]), "it was written over, and is not kept");
        let changed: chrono::DateTime<chrono::Utc> = told["changedSince"].as_str().unwrap().parse().unwrap();
        assert!(returned < changed && changed <= half_way);
        assert_eq!(revision(json!({"at": "2020-01-01T00:00:00Z"})).await, Value::Null, "nothing was frozen");
        let told = scene.told(one, &format!("returned {{ comment }} {}", asked.replacen("returned", "returns", 1))).await;
        assert!(told["returned"].is_null());
        assert_eq!(told["returns"][0]["resubmitted"], 2);
        assert_eq!(told["returns"][0]["requests"][1]["answer"], "It was one already.");
        let since = "sinceReviewed { revision changes { path } stands { path since } awaits { path comment } }";
        let told = scene.told(one, since).await["sinceReviewed"].clone();
        assert_eq!(told["revision"], 1);
        assert_eq!(told["stands"], json!([{"path": ["impacts", bare], "since": 1}]));
        assert_eq!(told["awaits"], json!([{"path": ["answers", "monitoring"], "comment": "By whom?"}]));
        assert_eq!(told["changes"].as_array().unwrap().len(), 2);
        assert!(scene.told(&scene.author, since).await["sinceReviewed"].is_null());
        scene.review(one, 2, json!({})).await;
        let told = scene.told(one, "reviews { revision opinions { path since } }").await;
        let mine: Vec<&Value> = told["reviews"].as_array().unwrap().iter().filter(|one| one["revision"] == 2).collect();
        assert_eq!(mine[0]["opinions"], json!([{"path": ["impacts", bare], "since": 1}]));
    }

    async fn what_is_concluded_against_a_review_says_so_and_reveals_none(database) {
        let scene = Scene::new(database).await;
        let stage = &scene.stage;
        let [one, two] = scene.members.as_slice() else { unreachable!() };
        let approve = |more: Value| {
            let mut input = json!({"transition": "approve", "expectedRevision": 1, "outcome": scene.attended()});
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        let told = async |who: &Player, more: Value| {
            let payload = stage.command(who, "transitionAssessment", scene.case, approve(more)).await;
            payload.map(|payload| payload["blockers"].clone())
        };
        scene.review(one, 1, json!({"recommendation": "NOT_SUPPORT"})).await;
        scene.review(&scene.chair, 1, json!({})).await;
        // Two make the quorum here, and one has still to judge.
        let dry = json!({"dryRun": true});
        let hidden = told(&scene.chair, dry.clone()).await.unwrap();
        assert_eq!(hidden[0]["code"], "REVIEWS_NOT_SHOWN", "{hidden}");
        assert_eq!(hidden.as_array().unwrap().len(), 1);
        scene.review(one, 1, json!({"recommendation": "APPROVE"})).await;
        assert_eq!(told(&scene.chair, dry.clone()).await.unwrap(), hidden, "the same whatever was said");
        scene.review(one, 1, json!({"recommendation": "NOT_SUPPORT"})).await;
        scene.review(two, 1, json!({"recommendation": "RETURN"})).await;
        let others = told(&scene.author, dry.clone()).await.unwrap();
        assert_eq!((&others[0]["code"], others.as_array().unwrap().len()), (&json!("FORBIDDEN"), 1), "{others}");
        let names = "one recommended not to support it, two recommended to return it; the panel would conclude to \
                     approve it. Give their dissent, or say in the comment why it concludes otherwise.";
        for more in [dry, json!({"comment": " "}), json!({})] {
            let blockers = told(&scene.chair, more).await.unwrap();
            assert_eq!(blockers, json!([{"code": "AGAINST_REVIEWS", "message": names}]));
        }
        let mut dissent = scene.attended();
        dissent["dissent"] = json!("Two would not have approved it: the bus is not there.");
        let after = stage.done(&scene.chair, "transitionAssessment", scene.case, approve(json!({"outcome": dissent}))).await;
        assert_eq!(after["state"]["name"], "approved");
    }

    async fn what_is_under_reexamination_says_so_everywhere_until_it_is_judged(database) {
        let scene = Scene::new(database).await;
        let stage = &scene.stage;
        let lead = stage.at_home("lead", Role::EqualityLead).await;
        let partner = stage.player("partner", &[(stage.partner, Role::Governance)]).await;
        let [one, two] = scene.members.as_slice() else { unreachable!() };
        for member in [one, two, &scene.chair] {
            scene.review(member, 1, json!({})).await;
        }
        scene.go(&scene.chair, "approve", 1, json!({"outcome": scene.attended()})).await;
        stage.done(&scene.author, "shareAssessment", scene.case, json!({"organisation": PARTNER, "level": "STUB"})).await;
        stage.mail().await;
        let lists = "{ open: assessments(filter: {underReexamination: true}) { totalCount nodes { reexaminationDue reexamination { due } } } \
            others: assessments(filter: {underReexamination: false}) { totalCount } all: assessments { nodes { reexaminationDue } } \
            viewer { tasks { nodes { kind mutation due assessment { reexaminationDue } } } } }";
        let stubs = "{ sharedAssessments { nodes { reexaminationDue } } }";
        let quiet = async || {
            let told = stage.read(&lead, lists, json!({})).await;
            assert_eq!((&told["open"]["totalCount"], &told["others"]["totalCount"]), (&json!(0), &json!(1)));
            assert_eq!(told["all"]["nodes"], json!([{"reexaminationDue": null}]));
            let told = stage.read(&partner, stubs, json!({})).await;
            assert_eq!(told["sharedAssessments"]["nodes"], json!([{"reexaminationDue": null}]));
        };
        quiet().await;

        let edits = json!([{"proposal": {"summary": "Close two of the three sites.", "saving": "1000.00"}}]);
        stage.edit(&scene.author, scene.case, edits).await;
        let told = stage.read(&lead, lists, json!({})).await;
        let due = told["open"]["nodes"][0]["reexamination"]["due"].clone();
        assert!(due.is_string(), "{told}");
        assert_eq!(told["open"]["nodes"][0]["reexaminationDue"], due);
        assert_eq!((&told["open"]["totalCount"], &told["others"]["totalCount"]), (&json!(1), &json!(0)));
        let task = json!({"kind": "JUDGE_MATERIALITY", "mutation": "judgeMateriality", "due": due, "assessment": {"reexaminationDue": due}});
        assert!(told["viewer"]["tasks"]["nodes"].as_array().unwrap().contains(&task), "{told}");
        let told = stage.read(&partner, stubs, json!({})).await;
        assert_eq!(told["sharedAssessments"]["nodes"], json!([{"reexaminationDue": due}]));
        let mailed = stage.mail().await;
        assert!(mailed.iter().all(|one| one.kind == NoticeKind::ReexaminationOpened && one.reexamination_due.is_none()));
        stage.done(&scene.author, "shareAssessment", scene.case, json!({"organisation": PARTNER, "level": "READ"})).await;
        let mailed = stage.mail().await;
        let shared = mailed.iter().find(|one| one.kind == NoticeKind::Shared).unwrap();
        assert_eq!(json!(shared.reexamination_due), due, "mail about the case says it, too");

        // The lead looks, and meanwhile its author changes the places it touches: the same re-examination, the same revision.
        let seen = scene.told(&lead, "version revision").await;
        let judged = |seen: &Value| json!({"expectedVersion": seen["version"], "material": false, "reason": "It moves nobody."});
        let areas = json!([{"proposal": {"footprint": ["E07000148"]}}]);
        let after = stage.edit(&scene.author, scene.case, areas).await;
        assert_eq!(after["revision"], seen["revision"]);
        let payload = stage.command(&lead, "judgeMateriality", scene.case, judged(&seen)).await.unwrap();
        let refused = &payload["errors"][0];
        assert_eq!(refused["code"], "CONFLICT", "{payload}");
        assert!(refused["message"].as_str().unwrap().contains("the proposal (proposal/footprint)"), "{refused}");
        assert_eq!(payload["assessment"]["version"], after["version"], "beside the case as it stands");
        let open = scene.told(&lead, "reexamination { paths }").await["reexamination"]["paths"].clone();
        assert!(open.as_array().unwrap().contains(&json!(["proposal", "footprint"])), "{open}");
        stage.done(&lead, "judgeMateriality", scene.case, judged(&after)).await;
        quiet().await;
        assert_eq!(faults(database, &[]).await, []);
    }

    async fn what_a_change_opens_is_shown_beforehand_and_reopened_in_part(database) {
        let scene = Scene::new(database).await;
        let lead = scene.stage.at_home("lead", Role::EqualityLead).await;
        let [one, two] = scene.members.as_slice() else { unreachable!() };
        for member in [one, two, &scene.chair] {
            scene.review(member, 1, json!({})).await;
        }
        scene.go(&scene.chair, "approve", 1, json!({"outcome": scene.attended()})).await;
        let query = "mutation($input: EditAssessmentInput!) { editAssessment(input: $input) { errors { code } \
            assessment { revision proposal { summary } reexamination { paths due } } } }";
        let version = scene.stage.version(&scene.author, scene.case).await;
        let edits = json!([{"proposal": {"summary": "Close two of the three sites.", "saving": "1000.00"}}, {"title": "Sites"}]);
        let edit = async |who: &Player, dry: bool| {
            let id = scene.case.global();
            let input = json!({"assessmentId": id, "expectedVersion": version, "edits": edits, "dryRun": dry});
            scene.stage.ask(who, query, json!({"input": input})).await
        };
        assert_eq!(edit(one, true).await["errors"][0]["extensions"]["code"], "FORBIDDEN");
        let nobody = json!({"assessmentId": scene.case.global(), "expectedVersion": version, "dryRun": true,
            "edits": [{"contributors": ["person:01900000-0000-7000-8000-00000000beef"]}]});
        let told = scene.stage.ask(one, query, json!({"input": nobody})).await;
        assert_eq!(told["errors"][0]["extensions"]["code"], "FORBIDDEN", "who is there is told to whoever may name them");
        let shown = edit(&scene.author, true).await["data"]["editAssessment"].clone();
        assert_eq!(shown["errors"], json!([]));
        assert_eq!(shown["assessment"]["proposal"]["summary"], "Close two of the three sites.");
        let opens = json!([["proposal", "saving"], ["proposal", "summary"]]);
        assert_eq!(shown["assessment"]["reexamination"]["paths"], opens, "a title moves nobody");
        assert_eq!(scene.stage.version(&scene.author, scene.case).await, version, "nothing was changed");
        assert!(scene.told(&scene.author, "reexamination { due }").await["reexamination"].is_null());
        let done = edit(&scene.author, false).await["data"]["editAssessment"].clone();
        assert_eq!(done, shown, "what is done is what was shown");

        let part = |path: &str| json!({"material": true, "reason": "It moves people.", "paths": [["proposal", path]]});
        let refused = scene.stage.refused(&lead, "judgeMateriality", scene.case, part("footprint")).await;
        assert_eq!(refused, [("NOT_FOUND".to_owned(), "paths/0".to_owned())]);
        scene.stage.done(&lead, "judgeMateriality", scene.case, part("summary")).await;
        let told = scene.told(one, "reopened state { phase } returned { paths requests { answer } }").await;
        assert_eq!(told["reopened"], json!([["proposal", "summary"]]));
        assert_eq!(told["state"]["phase"], "DRAFTING");
        scene.go(&scene.author, "resubmit", 2, json!({})).await;
    }
}
