//! Independent, then shared; what stands of an earlier judgement; threads; answers to a return.

use std::collections::BTreeSet;

use ehia_domain::{
    check::Gate,
    deliberation::{Showing, Window, awaited, concluded, said_before, shown, spread},
    event::{Audience, EventKind},
    id::{Identifier, ThreadId},
    permission::Role,
    review::{FindingOpinion, Interest, Opinion, Recommendation, Stance},
    text::Path,
    workflow::{
        Phase,
        discussion::{AnswerDraft, RemarkDraft, answer_return, asked, reads, remark, resolve},
        engine::{Applied, Refused, Request, phase},
        process::{Judgement, assign_panel, judge_materiality},
        reviewing::ReviewDraft,
    },
};
use proptest::prelude::*;

use super::world::*;

fn window(world: &World) -> Window {
    Window {
        showing: world.settings.showing,
        phase: phase(&world.case, &world.workflow),
        today: world.moment.today,
    }
}

fn codes(result: Result<Applied, Refused>) -> Vec<String> {
    match result {
        Ok(_) => Vec::new(),
        Err(Refused::Invalid(violations)) => violations.into_iter().map(|one| one.code).collect(),
        Err(Refused::Blocked(blockers)) => blockers.into_iter().map(|one| one.code).collect(),
        Err(Refused::Conflict { .. }) => vec!["CONFLICT".into()],
        Err(Refused::NotFound) => vec!["NOT_FOUND".into()],
        Err(Refused::Forbidden) => vec!["FORBIDDEN".into()],
    }
}

fn path(text: &str) -> Path {
    Path::of(text.split('/'))
}

fn opinion(at: &str, stance: Stance) -> Opinion {
    Opinion::new(path(at), stance, Some("Because.".into()))
}

fn draft(revision: u32, opinions: Vec<Opinion>) -> ReviewDraft {
    ReviewDraft {
        expected_revision: revision,
        recommendation: Recommendation::Approve,
        summary: "Read.".into(),
        opinions,
        findings: Vec::new(),
        note: None,
    }
}

fn submitted() -> World {
    let mut world = World::ehia();
    world.step("submit", AUTHOR);
    world
}

#[test]
fn reviews_are_shown_once_everybody_who_votes_has_judged() {
    let mut world = submitted();
    let members: Vec<u128> = (MEMBER..MEMBER + 4).collect();
    assert!(!shown(&world.case, 1, window(&world)));
    for (index, member) in members.iter().enumerate() {
        assert!(!shown(&world.case, 1, window(&world)), "{index} judged");
        world.review_by(*member).unwrap();
    }
    assert!(awaited(&world.case).is_empty());
    assert!(shown(&world.case, 1, window(&world)));
    assert!(world.case.process.reviews.iter().all(|review| !review.informed), "each judged independently");
}

/// Every member of the panel recommends something, in their order.
fn recommended(all: &[Recommendation]) -> World {
    let mut world = submitted();
    for (member, recommendation) in (MEMBER..).zip(all) {
        let draft = ReviewDraft { recommendation: *recommendation, ..draft(1, Vec::new()) };
        world.submit(draft, member).unwrap();
    }
    world
}

/// What is asked of a conclusion that comes without a comment, about what members recommended.
fn asked_why(world: &World, transition: &str, dissent: Option<&str>) -> Vec<(String, String)> {
    let mut request = Request { comment: None, ..world.request(transition) };
    request.outcome.as_mut().unwrap().dissent = dissent.map(str::to_owned);
    let found = world.blocked(&request, CHAIR).into_iter();
    found.filter(|one| one.path == path("outcome/dissent")).map(|one| (one.code, one.message)).collect()
}

const CONCLUSIONS: [(&str, Recommendation); 5] = [
    ("approve", Recommendation::Approve),
    ("approve_with_conditions", Recommendation::ApproveWithConditions),
    ("return", Recommendation::Return),
    ("defer", Recommendation::Defer),
    ("not_support", Recommendation::NotSupport),
];

#[test]
fn a_panel_that_concludes_otherwise_than_one_who_votes_recommended_says_so() {
    use Recommendation::{Approve, ApproveWithConditions, Defer, NotSupport, Return};
    for (transition, concluded) in CONCLUSIONS {
        for recommended_by_one in Recommendation::ALL {
            let mut all = [concluded; 4];
            all[3] = *recommended_by_one;
            let follows = match concluded {
                Defer => true,
                ApproveWithConditions => matches!(recommended_by_one, Approve | ApproveWithConditions),
                same => same == *recommended_by_one,
            };
            let world = recommended(&all);
            let why = asked_why(&world, transition, None);
            assert_eq!(why.is_empty(), follows, "{recommended_by_one}, and {transition}");
            assert!(why.iter().all(|(code, _)| code == "AGAINST_REVIEWS"));
            assert_eq!(asked_why(&world, transition, Some("One would not.")), []);
            let with_a_comment = world.request(transition);
            assert!(!world.codes(&with_a_comment, CHAIR).contains(&"AGAINST_REVIEWS".to_owned()));
        }
    }
    let world = recommended(&[NotSupport, Approve, Return, NotSupport]);
    let names = [0, 2, 3].map(|index| person(MEMBER + index).global());
    assert_eq!(
        asked_why(&world, "approve", Some("  ")),
        [(
            "AGAINST_REVIEWS".to_owned(),
            format!(
                "{} recommended not to support it, {} recommended to return it, {} recommended not to support it; the \
                 panel would conclude to approve it. Give their dissent, or say in the comment why it concludes otherwise.",
                names[0], names[1], names[2]
            )
        )],
        "whoever recommended the same is not named"
    );
}

#[test]
fn whoever_does_not_vote_or_judged_something_else_is_not_asked_about() {
    use Recommendation::{Approve, NotSupport};
    let mut world = recommended(&[NotSupport, Approve, Approve, Approve]);
    assert_eq!(asked_why(&world, "approve", None).len(), 1);
    let members = &mut world.case.process.panel.as_mut().unwrap().members;
    members[0].interest = Interest::DeclaredNotVoting;
    assert_eq!(asked_why(&world, "approve", None), []);
    world.case.process.panel.as_mut().unwrap().members[0].interest = Interest::None;
    world.case.process.reviews[0].revision = 0;
    world.settings.showing = Showing::AtOnce;
    assert_eq!(asked_why(&world, "approve", None), [], "of another revision");
}

#[test]
fn nobody_learns_what_was_recommended_before_reviews_are_shown() {
    for (transition, concluded) in CONCLUSIONS {
        let told: BTreeSet<Vec<(String, String)>> = Recommendation::ALL
            .iter()
            .map(|one| asked_why(&recommended(&[*one, *one, *one]), transition, None))
            .collect();
        assert_eq!(told.len(), 1, "{transition}: the same whatever was said");
        let codes: Vec<String> = told.into_iter().flatten().map(|(code, _)| code).collect();
        // The others ask for a comment anyway.
        let expected: &[&str] = if concluded.approves() { &["REVIEWS_NOT_SHOWN"] } else { &[] };
        assert_eq!(codes, expected, "{transition}");
    }
    let hidden = recommended(&[Recommendation::NotSupport; 3]);
    assert_eq!(asked_why(&hidden, "approve", Some("Not all were heard.")), []);
    assert_eq!(asked_why(&submitted(), "approve", None), [], "nobody has said anything");
}

#[test]
fn reviews_are_shown_when_the_window_closes_and_later_ones_say_so() {
    let mut world = submitted();
    world.review_by(MEMBER).unwrap();
    let last = world.case.process.due().unwrap();
    world.moment.today = last;
    assert!(!shown(&world.case, 1, window(&world)), "the last day is still within the window");
    world.moment.today = last.succ_opt().unwrap();
    assert!(shown(&world.case, 1, window(&world)));
    world.review_by(MEMBER + 1).unwrap();
    let informed: Vec<bool> = world.case.process.reviews.iter().map(|review| review.informed).collect();
    assert_eq!(informed, [false, true]);
}

#[test]
fn whoever_has_not_declared_or_does_not_vote_decides_otherwise_when_reviews_are_shown() {
    let mut world = submitted();
    for member in MEMBER..MEMBER + 3 {
        world.review_by(member).unwrap();
    }
    let seat = |world: &mut World, interest| {
        let members = &mut world.case.process.panel.as_mut().unwrap().members;
        members.iter_mut().find(|member| member.person == person(MEMBER + 3)).unwrap().interest = interest;
    };
    for (interest, expected) in [
        (Interest::Undeclared, false),
        (Interest::None, false),
        (Interest::DeclaredNoted, false),
        (Interest::DeclaredNotVoting, true),
        (Interest::Withdrawn, true),
    ] {
        seat(&mut world, interest);
        assert_eq!(shown(&world.case, 1, window(&world)), expected, "{interest}");
    }
    for member in &mut world.case.process.panel.as_mut().unwrap().members {
        member.interest = Interest::Withdrawn;
    }
    assert!(!shown(&world.case, 1, window(&world)), "where nobody votes nothing is complete");
    world.settings.showing = Showing::AtOnce;
    assert!(shown(&world.case, 1, window(&world)), "an organisation may show them as they come in");
}

#[test]
fn what_was_judged_before_is_shown_when_the_panel_concluded_or_the_case_moved_on() {
    let mut world = submitted();
    world.review_by(MEMBER).unwrap();
    let open = window(&world);
    assert!(!shown(&world.case, 1, open));
    let said = world.case.process.reviews[0].at;
    assert!(!concluded(&world.case, 1, said));
    world.step("return", CHAIR);
    assert!(concluded(&world.case, 1, said) && !concluded(&world.case, 2, said));
    assert!(!concluded(&world.case, 1, said + chrono::TimeDelta::days(1)), "the panel had not read that");
    assert!(!shown(&world.case, 1, open));
    assert!(shown(&world.case, 1, Window { phase: Phase::Drafting, ..open }), "it is not before the panel");
    world.case.revision = 2;
    assert!(shown(&world.case, 1, open), "another revision is");
    assert!(!shown(&world.case, 2, open));
}

#[test]
fn only_what_diverges_is_put_forward() {
    let mut world = submitted();
    let says = [
        [
            ("impacts", Stance::Agree),
            ("proposal/summary", Stance::Agree),
            ("answers/engagement", Stance::Disagree),
        ],
        [
            ("impacts", Stance::NeedsMore),
            ("proposal/summary", Stance::Agree),
            ("answers/engagement", Stance::Disagree),
        ],
    ];
    for (index, says) in says.iter().enumerate() {
        let opinions = says.iter().map(|(at, stance)| opinion(at, *stance)).collect();
        world.submit(draft(1, opinions), MEMBER + index as u128).unwrap();
    }
    let mut other = draft(1, Vec::new());
    other.recommendation = Recommendation::Return;
    world.submit(other, MEMBER + 2).unwrap();
    let spread = spread(world.case.reviews_of(1));
    let places: Vec<String> = spread.places.iter().map(|one| one.path.to_string()).collect();
    assert_eq!(places, ["impacts"], "where all agree or all disagree there is nothing to put forward");
    let said: Vec<_> = spread.places[0].said.iter().map(|(by, said)| (*by, said.stance())).collect();
    assert_eq!(said, [(person(MEMBER), Stance::Agree), (person(MEMBER + 1), Stance::NeedsMore)]);
    assert_eq!(spread.recommendations[&Recommendation::Approve], [person(MEMBER), person(MEMBER + 1)]);
    assert_eq!(spread.recommendations[&Recommendation::Return], [person(MEMBER + 2)]);
}

#[test]
fn findings_diverge_where_one_would_accept_what_another_would_not() {
    let mut world = submitted();
    world.findings =
        vec![finding("brown.timing@", Gate::Decide, true), finding("psed.age@", Gate::Submit, false)];
    let judged = |finding: &str, accepts| FindingOpinion {
        finding: finding.into(),
        accepts,
        reason: "Shown in the pilot.".into(),
    };
    let with = |findings| ReviewDraft { findings, ..draft(1, Vec::new()) };
    let (timing, age) = (world.findings[0].id.clone(), world.findings[1].id.clone());
    let mut refused = |findings| codes(world.submit(with(findings), MEMBER));
    assert_eq!(refused(vec![judged("none@", true)]), ["NOT_FOUND"]);
    assert_eq!(refused(vec![judged(&age, true)]), ["NOT_ACCEPTABLE"]);
    assert_eq!(refused(vec![judged(&timing, true), judged(&timing, false)]), ["DUPLICATE"]);
    let blank = FindingOpinion { reason: " ".into(), ..judged(&timing, true) };
    assert_eq!(refused(vec![blank]), ["REQUIRED"]);
    world.submit(with(vec![judged(&timing, true), judged(&age, false)]), MEMBER).unwrap();
    world.submit(with(vec![judged(&timing, false), judged(&age, false)]), MEMBER + 1).unwrap();
    let spread = spread(world.case.reviews_of(1));
    assert_eq!(spread.findings.len(), 1);
    assert_eq!(spread.findings[0].path, Path::of([&timing]));
}

#[test]
fn a_review_that_speaks_of_no_place_or_twice_of_one_is_refused() {
    let mut world = submitted();
    let twice = vec![opinion("impacts", Stance::Agree), opinion("impacts", Stance::Disagree)];
    assert_eq!(codes(world.submit(draft(1, twice), MEMBER)), ["DUPLICATE"]);
    let mut supply = supply_from(9_000);
    let nowhere = |_: &Path| Vec::new();
    let context = world.context();
    let refused = ehia_domain::workflow::reviewing::submit_review(
        &world.case,
        draft(1, vec![opinion("impacts/none", Stance::Agree)]),
        nowhere,
        &actor(MEMBER),
        &context,
        &mut supply,
    );
    assert_eq!(codes(refused), ["NOT_FOUND"]);
    let mut silent = opinion("impacts", Stance::NeedsMore);
    silent.comment = None;
    assert_eq!(codes(world.submit(draft(1, vec![silent]), MEMBER)), ["REQUIRED"]);
}

/// Returned, changed at one place, and before the panel again.
fn came_back() -> World {
    let mut world = submitted();
    let said = vec![
        opinion("impacts", Stance::Agree),
        opinion("proposal/summary", Stance::Disagree),
        opinion("answers/engagement", Stance::NeedsMore),
    ];
    world.submit(draft(1, said), MEMBER).unwrap();
    world.step("return", CHAIR);
    world.case.version += 1;
    world.case.revision = 2;
    world.case.frozen = false;
    world.case.changed.insert("proposal/summary".into(), world.case.version);
    world.step("resubmit", AUTHOR);
    world
}

#[test]
fn what_was_said_of_unchanged_places_stands_and_of_changed_ones_awaits_its_reviewer() {
    let mut world = came_back();
    let (review, standing) = said_before(&world.case, person(MEMBER), anywhere).unwrap();
    assert_eq!(review.revision, 1);
    let of = |list: &[Opinion]| list.iter().map(|one| one.path.to_string()).collect::<Vec<_>>();
    assert_eq!(of(&standing.stands), ["impacts", "answers/engagement"]);
    assert_eq!(of(&standing.awaits), ["proposal/summary"]);
    assert_eq!(
        said_before(&world.case, person(MEMBER + 1), anywhere),
        None,
        "who judged nothing awaits nothing"
    );
    let gone = |_: &Path| Vec::new();
    let (_, nothing) = said_before(&world.case, person(MEMBER), gone).unwrap();
    assert_eq!((nothing.stands.len(), nothing.awaits.len()), (0, 3), "what is gone has changed");

    let anew = vec![opinion("answers/engagement", Stance::Agree)];
    let applied = world.submit(draft(2, anew), MEMBER).unwrap();
    let review = applied.case.reviews_of(2).next().unwrap();
    let told: Vec<_> =
        review.opinions.iter().map(|one| (one.path.to_string(), one.stance(), one.since)).collect();
    assert_eq!(
        told,
        [
            ("answers/engagement".to_owned(), Stance::Agree, None),
            ("impacts".to_owned(), Stance::Agree, Some(1)),
        ],
        "what is said anew leads, what changed is not spoken for"
    );
    let again = world.submit(draft(2, vec![opinion("impacts", Stance::Disagree)]), MEMBER).unwrap();
    let review = again.case.reviews_of(2).next().unwrap();
    assert_eq!(
        review.opinions[0].since, None,
        "a judgement of the same revision takes the other's place whole"
    );
    assert_eq!(review.opinions.len(), 1, "{:?}", review.opinions);
}

#[test]
fn a_change_above_or_below_a_place_is_a_change_of_it() {
    let mut world = came_back();
    for changed in ["impacts", "impacts/one/rationale"] {
        world.case.changed.clear();
        world.case.changed.insert(changed.into(), world.case.version);
        let (_, standing) = said_before(&world.case, person(MEMBER), anywhere).unwrap();
        assert_eq!(standing.awaits[0].path, path("impacts"), "{changed}");
    }
    world.case.changed.clear();
    world.case.changed.insert("impactsOther".into(), world.case.version);
    let (_, standing) = said_before(&world.case, person(MEMBER), anywhere).unwrap();
    assert_eq!(standing.awaits, []);
}

fn begin(world: &World, at: &str, asks_author: bool, by: u128) -> Result<Applied, Refused> {
    let draft = RemarkDraft { thread: None, path: path(at), asks_author, text: "Why?".into() };
    let mut supply = supply_from(7_000 + u128::from(world.case.version));
    remark(&world.case, &draft, |path| path.0.len() == 1, &actor(by), &world.context(), &mut supply)
}

fn say(world: &World, thread: ThreadId, by: u128) -> Result<Applied, Refused> {
    let draft =
        RemarkDraft { thread: Some(thread), path: Path::default(), asks_author: false, text: "So.".into() };
    let mut supply = supply_from(8_000);
    remark(&world.case, &draft, |_| true, &actor(by), &world.context(), &mut supply)
}

#[test]
fn the_panel_discusses_once_reviews_are_shown_and_the_author_reads_nothing_of_it() {
    let mut world = submitted();
    assert_eq!(
        codes(begin(&world, "impacts", false, MEMBER)),
        ["CONFLICT"],
        "a thread would tell a judgement"
    );
    world.review();
    assert_eq!(codes(begin(&world, "impacts", false, AUTHOR)), ["FORBIDDEN"]);
    assert_eq!(codes(begin(&world, "nowhere/else", false, MEMBER)), ["NOT_FOUND"]);
    let applied = begin(&world, "impacts", false, MEMBER).unwrap();
    assert_eq!(applied.happenings[0].kind, EventKind::RemarkMade);
    assert_eq!(applied.happenings[0].audience, Audience::Panel);
    assert_eq!(applied.happenings[0].payload.get("text"), None, "what was said is read in the case");
    world.case = applied.case;
    let thread = world.case.process.threads[0].clone();
    let reader = |by| reads(&world.case, &thread, &actor(by), window(&world));
    assert!(reader(MEMBER + 1) && reader(CHAIR) && reader(SECRETARY));
    assert!(!reader(AUTHOR) && !reader(SRO) && !reader(BODY) && !reader(STRANGER));
    assert_eq!(codes(say(&world, thread.id, AUTHOR)), ["NOT_FOUND"]);
    world.case = say(&world, thread.id, MEMBER + 1).unwrap().case;
    assert_eq!(world.case.process.threads[0].remarks.len(), 2);
    let settled = resolve(&world.case, thread.id, true, &actor(MEMBER), &world.context()).unwrap();
    assert_eq!(settled.happenings[0].kind, EventKind::ThreadResolved);
    world.case = settled.case;
    assert_eq!(codes(resolve(&world.case, thread.id, true, &actor(MEMBER), &world.context())), ["CONFLICT"]);
    world.case = say(&world, thread.id, MEMBER).unwrap().case;
    assert_eq!(world.case.process.threads[0].resolved, None, "who goes on with it opens it");
    let unknown = ThreadId::from(uuid::Uuid::from_u128(1));
    assert_eq!(codes(say(&world, unknown, MEMBER)), ["NOT_FOUND"]);
    assert_eq!(codes(resolve(&world.case, unknown, true, &actor(MEMBER), &world.context())), ["NOT_FOUND"]);
}

#[test]
fn the_author_is_asked_at_any_time_and_answers_where_they_are_asked() {
    let mut world = submitted();
    world.case = begin(&world, "impacts", true, MEMBER).unwrap().case;
    let thread = world.case.process.threads[0].clone();
    assert!(asked(&world.case));
    let reader = |world: &World, by| reads(&world.case, &thread, &actor(by), window(world));
    assert!(reader(&world, AUTHOR) && reader(&world, SRO) && reader(&world, MEMBER));
    assert!(!reader(&world, MEMBER + 1), "what a member asks before reviews are shown tells their judgement");
    assert_eq!(codes(say(&world, thread.id, MEMBER + 1)), ["NOT_FOUND"]);
    world.case = say(&world, thread.id, AUTHOR).unwrap().case;
    assert!(!asked(&world.case), "the author spoke last");
    world.review();
    assert!(reader(&world, MEMBER + 1));
    assert_eq!(codes(resolve(&world.case, thread.id, true, &actor(AUTHOR), &world.context())), ["FORBIDDEN"]);
    resolve(&world.case, thread.id, true, &actor(CHAIR), &world.context()).unwrap();
}

#[test]
fn a_return_comes_back_once_each_thing_that_was_asked_for_is_answered() {
    let mut world = submitted();
    world.review();
    let mut request = world.request("return");
    request.paths = vec![path("impacts"), path("sections/evidence")];
    request.reasons = [("impacts".to_owned(), "Rate the second one.".to_owned())].into();
    world.case = world.try_apply(&request, &actor(CHAIR)).unwrap().case;
    let returned = world.case.process.returned.clone().unwrap();
    assert!(returned.asks);
    assert_eq!(returned.revision, Some(1));
    assert_eq!(returned.reasons["impacts"], "Rate the second one.");
    let again = world.request("resubmit");
    let blocked: Vec<_> = world.blocked(&again, AUTHOR).into_iter().map(|one| (one.code, one.path)).collect();
    assert_eq!(
        blocked,
        [("UNANSWERED".to_owned(), path("impacts")), ("UNANSWERED".to_owned(), path("sections/evidence")),]
    );
    let answer = |at: &str, text: &str| AnswerDraft { path: path(at), text: text.into() };
    let try_answer = |world: &World, answers: &[AnswerDraft], by| {
        answer_return(&world.case, answers, &actor(by), &world.context())
    };
    assert_eq!(codes(try_answer(&world, &[answer("impacts", "Rated.")], CHAIR)), ["FORBIDDEN"]);
    assert_eq!(codes(try_answer(&world, &[], AUTHOR)), ["REQUIRED"]);
    assert_eq!(codes(try_answer(&world, &[answer("evidence", "Added.")], AUTHOR)), ["NOT_FOUND"]);
    assert_eq!(codes(try_answer(&world, &[answer("impacts", " ")], AUTHOR)), ["REQUIRED"]);
    let twice = [answer("impacts", "Rated."), answer("impacts", "Not rated.")];
    assert_eq!(codes(try_answer(&world, &twice, AUTHOR)), ["DUPLICATE"]);
    world.case = try_answer(&world, &[answer("impacts", "Rated.")], AUTHOR).unwrap().case;
    assert_eq!(world.codes(&again, AUTHOR), ["UNANSWERED"]);
    world.case = try_answer(&world, &[answer("sections/evidence", "Added.")], CONTRIBUTOR).unwrap().case;
    world.case = try_answer(&world, &[answer("impacts", "Rated both.")], AUTHOR).unwrap().case;
    (world.case.revision, world.case.frozen) = (2, false);
    let again = world.request("resubmit");
    world.case = world.try_apply(&again, &actor(AUTHOR)).unwrap().case;
    assert_eq!(world.case.process.returned, None);
    let [kept] = world.case.process.returns.as_slice() else { panic!("{:?}", world.case.process.returns) };
    assert_eq!((kept.revision, kept.resubmitted), (Some(1), Some(2)));
    assert_eq!(kept.answer(&path("impacts")).unwrap().text, "Rated both.", "a later answer takes the place");
    assert_eq!(kept.answers.len(), 2);
    let late = [answer("impacts", "Once more.")];
    assert_eq!(codes(try_answer(&world, &late, AUTHOR)), ["CONFLICT"], "nothing is asked any more");
}

#[test]
fn a_change_is_judged_material_in_part_and_only_that_goes_back() {
    let mut world = World::ehia().approved();
    let open = |world: &mut World| {
        world.case.process.reexamination = Some(ehia_domain::case::Reexamination {
            since: world.moment.at,
            paths: vec![path("proposal/summary"), path("impacts")],
            due: world.moment.today,
        });
    };
    open(&mut world);
    let judge = |world: &World, material, paths: &[&str]| {
        let paths = paths.iter().map(|one| path(one)).collect();
        let reason = "It moves people.".into();
        let judgement = Judgement { expected_version: None, material, reason, paths };
        judge_materiality(&world.case, &judgement, &actor(LEAD), &world.context(), &mut supply())
    };
    assert_eq!(codes(judge(&world, true, &["evidence"])), ["NOT_FOUND"]);
    assert_eq!(codes(judge(&world, false, &["impacts"])), ["NOT_APPLICABLE"]);
    let whole = judge(&world, true, &[]).unwrap();
    assert_eq!(whole.case.process.reopened, Some(vec![path("proposal/summary"), path("impacts")]));
    let part = judge(&world, true, &["impacts"]).unwrap();
    assert_eq!(part.case.process.reopened, Some(vec![path("impacts")]));
    // Since when it differs from what was approved is known for as long as it does.
    assert_eq!(part.case.process.reopened_since, Some(world.moment.today));
    assert_eq!(part.case.process.returned.as_ref().unwrap().paths, [path("impacts")]);
    assert!(!part.case.process.returned.as_ref().unwrap().asks, "nobody asks the author for an answer");
    assert_eq!(part.happenings[0].payload["reopened"], serde_json::json!([["impacts"]]));
    world.case = part.case;
    world.step("resubmit", AUTHOR);
    world.review();
    world.step("approve", CHAIR);
    assert_eq!(world.case.process.reopened, None, "an approval is of the whole again");
    assert_eq!(world.case.process.reopened_since, None);
}

#[test]
fn what_was_said_of_a_change_that_goes_back_to_nobody_stands_until_it_changes_again() {
    let mut world = submitted();
    let said = vec![opinion("impacts", Stance::Agree), opinion("proposal/summary", Stance::Agree)];
    world.submit(draft(1, said), MEMBER).unwrap();
    for member in MEMBER + 1..MEMBER + 4 {
        world.review_by(member).unwrap();
    }
    world.step("approve", CHAIR);
    world.case.version += 1;
    (world.case.revision, world.case.frozen) = (2, false);
    for changed in ["proposal/summary", "impacts/one/rationale"] {
        world.case.changed.insert(changed.into(), world.case.version);
    }
    world.case.process.reexamination = Some(ehia_domain::case::Reexamination {
        since: world.moment.at,
        paths: vec![path("proposal/summary"), path("impacts/one/rationale")],
        due: world.moment.today,
    });
    let judgement = Judgement {
        expected_version: None,
        material: true,
        reason: "It moves people.".into(),
        paths: vec![path("impacts/one/rationale")],
    };
    let judged = judge_materiality(&world.case, &judgement, &actor(LEAD), &world.context(), &mut supply());
    world.case = judged.unwrap().case;
    world.step("resubmit", AUTHOR);
    let before = |world: &World| {
        let (_, standing) = said_before(&world.case, person(MEMBER), anywhere).unwrap();
        let of = |list: &[Opinion]| list.iter().map(|one| one.path.to_string()).collect::<Vec<_>>();
        (of(&standing.stands), of(&standing.awaits))
    };
    assert_eq!(before(&world), (vec!["proposal/summary".into()], vec!["impacts".into()]));
    world.case.version += 1;
    world.case.changed.insert("proposal/summary".into(), world.case.version);
    assert_eq!(before(&world).1.len(), 2, "that change nobody judged");
}

#[test]
fn a_change_that_goes_back_to_nobody_settles_nothing_for_who_did_not_see_what_was_approved() {
    let mut world = World::ehia();
    world.case.process.panel = Some(panel(5));
    world.step("submit", AUTHOR);
    let sick = MEMBER + 4;
    let change = |world: &mut World, paths: &[&str]| {
        world.case.version += 1;
        (world.case.revision, world.case.frozen) = (world.case.revision + 1, false);
        for changed in paths {
            world.case.changed.insert((*changed).into(), world.case.version);
        }
    };
    let agrees = || vec![opinion("impacts/one", Stance::Agree), opinion("answers/monitoring", Stance::Agree)];
    world.submit(draft(1, agrees()), sick).unwrap();
    world.step("return", CHAIR);
    change(&mut world, &["impacts/one/rationale"]);
    world.step("resubmit", AUTHOR);
    for member in MEMBER..sick {
        world.submit(draft(2, agrees()), member).unwrap();
    }
    world.case.process.panel.as_mut().unwrap().members.pop();
    world.step("approve", CHAIR);
    let (rationale, footprint) = ("impacts/one/rationale", "proposal/footprint");
    change(&mut world, &[rationale, footprint]);
    world.case.process.reexamination = Some(ehia_domain::case::Reexamination {
        since: world.moment.at,
        paths: vec![path(rationale), path(footprint)],
        due: world.moment.today,
    });
    let judge = |world: &World, material: bool| {
        let paths = if material { vec![path(footprint)] } else { Vec::new() };
        let reason = "Where it is has changed.".into();
        let judgement = Judgement { expected_version: None, material, reason, paths };
        judge_materiality(&world.case, &judgement, &actor(LEAD), &world.context(), &mut supply()).unwrap()
    };
    let stands = |case: &ehia_domain::case::Case, number: u128| {
        let (_, standing) = said_before(case, person(number), anywhere).unwrap();
        standing.stands.iter().map(|one| one.path.to_string()).collect::<Vec<_>>()
    };
    let both = ["impacts/one", "answers/monitoring"];
    // Not material at all, and then something else is, so that it was judged twice.
    let mut twice = World { case: judge(&world, false).case, moment: world.moment, ..World::ehia() };
    change(&mut twice, &[rationale, footprint]);
    twice.case.process.reexamination = world.case.process.reexamination.clone();
    for world in [&mut world, &mut twice] {
        world.case = judge(world, true).case;
        world.step("resubmit", AUTHOR);
        for member in MEMBER..sick {
            assert_eq!(stands(&world.case, member), both, "{member} judged what was approved");
        }
        assert_eq!(
            stands(&world.case, sick),
            ["answers/monitoring"],
            "what was rewritten never came before them"
        );
    }
}

#[test]
fn a_roles_holder_beside_the_panel_sees_no_review_before_its_time() {
    let mut world = submitted();
    world.review_by(MEMBER).unwrap();
    let role = with_roles(77, &[Role::PanelChair, Role::Auditor, Role::EqualityLead]);
    assert!(!shown(&world.case, 1, window(&world)));
    let draft = RemarkDraft { thread: None, path: path("impacts"), asks_author: false, text: "Why?".into() };
    let mut supply = supply_from(1);
    let refused = remark(&world.case, &draft, |_| true, &role, &world.context(), &mut supply);
    assert_eq!(codes(refused), ["CONFLICT"]);
}

#[test]
fn an_outcome_says_who_was_there_who_voted_and_what_was_open() {
    let mut world = submitted();
    world.findings = vec![finding("brown.timing@", Gate::Decide, true)];
    world.findings.push(ehia_domain::check::Finding {
        severity: ehia_domain::settings::Severity::Advice,
        ..finding("plain.words@", Gate::Submit, true)
    });
    let seat = |world: &mut World, number: u128, interest| {
        let members = &mut world.case.process.panel.as_mut().unwrap().members;
        members.iter_mut().find(|one| one.person == person(number)).unwrap().interest = interest;
    };
    seat(&mut world, MEMBER + 1, Interest::DeclaredNotVoting);
    seat(&mut world, MEMBER + 2, Interest::DeclaredNoted);
    world.review();
    let mut request = world.request("defer");
    let outcome = request.outcome.as_mut().unwrap();
    outcome.apologies = outcome.attendees.clone();
    assert_eq!(world.codes(&request, CHAIR), ["CONTRADICTORY", "CONTRADICTORY"]);
    let outcome = request.outcome.as_mut().unwrap();
    let absent = ehia_domain::party::Party::named("C. Absent");
    outcome.apologies = vec![absent.clone(), absent.clone()];
    assert_eq!(world.codes(&request, CHAIR), ["DUPLICATE"]);
    request.outcome.as_mut().unwrap().apologies.pop();
    let applied = world.try_apply(&request, &actor(CHAIR)).unwrap();
    let told = &applied.case.process.outcomes[0];
    assert_eq!(told.apologies, [absent]);
    let voted: Vec<_> = told.voted.iter().map(|seat| seat.person).collect();
    assert_eq!(voted, [MEMBER, MEMBER + 2, MEMBER + 3].map(person), "who does not vote makes no quorum");
    assert_eq!(told.interests[&person(MEMBER + 1)], Interest::DeclaredNotVoting);
    assert_eq!(told.findings, ["brown.timing@"]);
    let record = applied.record.unwrap().document();
    assert_eq!(record["outcome"]["interests"].as_object().unwrap().len(), 4);
    assert_eq!(record["outcome"]["findings"], serde_json::json!(["brown.timing@"]));
}

#[test]
fn who_is_taken_off_before_they_judged_opens_no_reviews() {
    let mut world = submitted();
    world.review_by(MEMBER).unwrap();
    let whole = world.case.process.panel.clone().unwrap();
    let seat = |world: &mut World, members: &[u128]| {
        let mut panel = whole.clone();
        panel.members.retain(|one| members.iter().any(|number| one.person == person(*number)));
        world.case = assign_panel(&world.case, panel, &actor(SECRETARY), &world.context()).unwrap().case;
    };
    seat(&mut world, &[MEMBER]);
    assert!(awaited(&world.case).is_empty());
    assert!(!shown(&world.case, 1, window(&world)), "or whoever seats the panel would open them");
    let last = world.case.process.due().unwrap();
    let late = Window { today: last.succ_opt().unwrap(), ..window(&world) };
    assert!(shown(&world.case, 1, late), "the window closes all the same");
    seat(&mut world, &[MEMBER, MEMBER + 1, MEMBER + 2, MEMBER + 3]);
    assert!(world.case.process.unheard.is_empty(), "who sits again is heard");
    for member in MEMBER + 1..MEMBER + 4 {
        world.review_by(member).unwrap();
    }
    seat(&mut world, &[MEMBER, MEMBER + 1]);
    assert!(shown(&world.case, 1, window(&world)), "who judged may leave");
    world.step("return", CHAIR);
    world.step("resubmit", AUTHOR);
    assert!(world.case.process.unheard.is_empty());
}

#[test]
fn to_put_a_conclusion_off_tells_nothing_of_what_was_said() {
    let mut world = submitted();
    world.review_by(MEMBER).unwrap();
    let said = world.case.process.reviews[0].at;
    let deferred = world.step("defer", CHAIR);
    assert!(!concluded(&world.case, 1, said));
    assert_eq!(deferred.record.unwrap().document()["reviews"], serde_json::json!([]));
    world.step("resume", CHAIR);
    assert!(!shown(&world.case, 1, window(&world)));
    world.review();
    let record = world.step("not_support", CHAIR).record.unwrap().document();
    assert_eq!(record["reviews"].as_array().unwrap().len(), 4);
    world.step("reconsider", CHAIR);
    world.case.process.reviews.retain(|review| review.reviewer != person(MEMBER));
    world.review_by(MEMBER).unwrap();
    assert!(
        world.case.process.reviews.last().unwrap().informed,
        "the others' were concluded with and are read"
    );
}

#[test]
fn what_comes_back_unchanged_is_judged_anew() {
    let mut world = submitted();
    world.review();
    world.step("return", CHAIR);
    let frozen = (world.case.revision, world.case.frozen);
    assert_eq!(frozen, (1, true));
    let applied = world.step("resubmit", AUTHOR);
    assert_eq!((applied.case.revision, applied.case.frozen), (2, true));
    assert_eq!(applied.happenings[0].kind, EventKind::RevisionFrozen);
    assert_eq!(awaited(&world.case).len(), 4, "the reviews that returned it approve nothing");
    assert_eq!(world.codes(&world.request("approve"), CHAIR), ["QUORUM"; 4], "four members, and three seats");
    let (_, standing) = said_before(&world.case, person(MEMBER), anywhere).unwrap();
    assert_eq!(standing.awaits, [], "what was said of it stands");
}

#[test]
fn an_opinion_of_an_impact_awaits_its_reviewer_when_what_the_impact_rests_on_is_gone() {
    let mut world = came_back();
    world.case.changed.clear();
    world.case.changed.insert("mitigations/gone".into(), world.case.version);
    let (_, standing) = said_before(&world.case, person(MEMBER), anywhere).unwrap();
    let awaits: Vec<String> = standing.awaits.iter().map(|one| one.path.to_string()).collect();
    assert_eq!(awaits, ["impacts"]);
}

#[test]
fn nobody_fills_a_case_with_discussions_or_speaks_of_what_no_document_has() {
    let mut world = submitted();
    world.review();
    let long = "z".repeat(301);
    for at in [long.as_str(), "", "a\0b"] {
        let draft =
            RemarkDraft { thread: None, path: Path::of([at]), asks_author: false, text: "Why?".into() };
        let mut supply = supply_from(1);
        let refused = remark(&world.case, &draft, |_| true, &actor(MEMBER), &world.context(), &mut supply);
        assert_eq!(codes(refused), ["TOO_LONG"]);
        assert_eq!(codes(world.submit(draft_at(at), MEMBER)), ["TOO_LONG"]);
    }
    for _ in 0..50 {
        world.case = begin(&world, "impacts", false, MEMBER).unwrap().case;
    }
    assert_eq!(codes(begin(&world, "impacts", false, MEMBER)), ["TOO_MANY"]);
    let thread = world.case.process.threads[0].id;
    world.case = resolve(&world.case, thread, true, &actor(MEMBER), &world.context()).unwrap().case;
    begin(&world, "impacts", false, MEMBER).unwrap();
    begin(&world, "impacts", false, MEMBER + 1).unwrap();
}

fn draft_at(at: &str) -> ReviewDraft {
    draft(1, vec![Opinion::new(Path::of([at]), Stance::Agree, None)])
}

#[test]
fn a_closed_case_answers_nothing() {
    let mut world = submitted();
    world.review();
    world.step("return", CHAIR);
    world.answer();
    let mut request = world.request("withdraw");
    request.expected_revision = world.case.revision;
    world.case = world.try_apply(&request, &actor(AUTHOR)).unwrap().case;
    let answers = [AnswerDraft { path: path("answers/engagement"), text: "Late.".into() }];
    assert_eq!(codes(answer_return(&world.case, &answers, &actor(AUTHOR), &world.context())), ["CONFLICT"]);
}

proptest! {
    /// Whoever judges in whatever order, nothing is shown while somebody who votes is awaited, and it is once nobody is.
    #[test]
    fn nothing_is_shown_before_its_time(
        interests in prop::collection::vec(0_usize..5, 4),
        judges in prop::collection::vec(0_u128..4, 0..8),
        late in any::<bool>(),
    ) {
        let mut world = submitted();
        for (seat, interest) in interests.iter().enumerate() {
            let members = &mut world.case.process.panel.as_mut().unwrap().members;
            for member in members.iter_mut().filter(|one| one.person == person(MEMBER + seat as u128)) {
                member.interest = Interest::ALL[*interest];
            }
        }
        if late {
            world.moment.today = world.case.process.due().unwrap().succ_opt().unwrap();
        }
        for judge in judges {
            let _ = world.review_by(MEMBER + judge);
            let members = &world.case.process.panel.as_ref().unwrap().members;
            let judged = |one: &ehia_domain::review::PanelMember| {
                world.case.reviews_of(1).any(|review| review.reviewer == one.person)
            };
            let done = members.iter().any(ehia_domain::review::PanelMember::votes)
                && members.iter().all(|one| one.interest != Interest::Undeclared && (!one.votes() || judged(one)));
            prop_assert_eq!(shown(&world.case, 1, window(&world)), done || late);
        }
    }
}
