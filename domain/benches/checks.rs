//! How long all checks on a full assessment take, alone and with as many rules of an organisation as may be in force:
//! `cargo bench -p ehia-domain`. Aim: under 2 ms.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, NaiveDate, Utc};
use ehia_domain::{
    case::{Case, Pinned, Process, RetentionClass},
    check::{Facts, OwnRule, check, own::IN_FORCE},
    form::Form,
    group::Catalogue,
    id::Supply,
    import,
    organisation::OrganisationKind,
    place::shipped,
    settings::Settings,
};
use serde_json::json;
use uuid::Uuid;

const EXAMPLES: [(&str, &str); 3] = [
    ("01-marram-house", include_str!("../../examples/01-marram-house.json")),
    ("05-floating-support", include_str!("../../examples/05-floating-support.json")),
    ("10-blood-pressure-core20", include_str!("../../examples/10-blood-pressure-core20.json")),
];

const RUNS: usize = 200;

/// What organisations ask: of fields, of answers, of lists and of lists within lists.
const CONDITIONS: [&str; 10] = [
    "proposal.kindOfChange == \"CLOSURE\" && !has(proposal.effectiveFrom)",
    "!has(proposal.programme) || size(proposal.programme) < 3",
    "has(answers.engagement_done) && answers.engagement_done == \"NO\" && size(impacts) > 3",
    "impacts.exists(i, i.direction == \"NEGATIVE\" && !has(i.reach))",
    "impacts.exists(i, i.direction == \"NEGATIVE\" && !mitigations.exists(m, i.id in m.impacts))",
    "impacts.filter(i, i.direction == \"POSITIVE\").size() > 3 && size(evidence) < 3",
    "evidence.all(e, e.kind != \"ENGAGEMENT\")",
    "!impacts.exists(i, i.groups.exists(g, g.startsWith(\"inclusion.\")))",
    "mitigations.exists(m, !has(m.due) || !has(m.indicator))",
    "engagement.exists(e, !has(e.people) || e.people < 10) && proposal.summary.contains(\"close\")",
];

fn main() -> io::Result<()> {
    let groups = Catalogue::shipped();
    let settings = Settings::default();
    let places = shipped::reference().expect("sound files");
    let form = Form::shipped("ehia", 1).expect("it is shipped");
    let rules = own();
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a date");
    for (name, document) in EXAMPLES {
        let case = case(document, &groups);
        let told = places.told(&case.content.proposal.footprint, None, &settings.notable);
        for own in [&[][..], &rules] {
            let facts = Facts {
                form,
                groups: &groups,
                settings: &settings,
                kind: OrganisationKind::Icb,
                population: told.population.as_ref(),
                unplaced: told.untold.as_ref(),
                alongside: &[],
                today,
                own,
            };
            let mut times: Vec<Duration> = Vec::with_capacity(RUNS);
            let mut found = 0;
            for _ in 0..RUNS {
                let begun = Instant::now();
                found = std::hint::black_box(check(std::hint::black_box(&case), &facts)).len();
                times.push(begun.elapsed());
            }
            times.sort();
            writeln!(
                io::stdout().lock(),
                "{name}: {} impacts, {} own rules, {found} findings, median {:?}, p99 {:?}",
                case.content.impacts.len(),
                own.len(),
                times[RUNS / 2],
                times[RUNS * 99 / 100],
            )?;
        }
    }
    Ok(())
}

/// As many rules of an organisation as may be in force.
fn own() -> Vec<Arc<OwnRule>> {
    let rule = |(number, condition): (usize, &&str)| {
        let document = json!({
            "format": "ehia/rule/1", "key": format!("synthetic-{number}"), "version": 1, "title": "Synthetic",
            "severity": "ADVICE", "condition": condition, "message": "Synthetic.", "path": ["title"],
            "examples": [
                {"name": "Fires", "fires": true, "document": {}}, {"name": "Not", "fires": false, "document": {}},
            ],
        });
        Arc::new(OwnRule::draft(&document.to_string()).expect("a rule that can be tried"))
    };
    CONDITIONS.iter().cycle().take(IN_FORCE).enumerate().map(rule).collect()
}

fn case(document: &str, groups: &Catalogue) -> Case {
    let mut next = 0_u128;
    let mut supply = Supply::new(move || {
        next += 1;
        Uuid::from_u128(next)
    });
    let document = serde_json::from_str(document).expect("the examples are tested");
    let draft = import::read(&document, groups, &mut supply).expect("the examples are tested");
    let at: DateTime<Utc> = "2026-11-23T09:00:00Z".parse().expect("an instant");
    Case {
        id: supply.fresh(),
        reference: "XX0-2026-0001".into(),
        organisation: supply.fresh(),
        version: 1,
        revision: 1,
        frozen: false,
        form: Pinned { key: "ehia".into(), version: 1 },
        workflow: Pinned { key: "ehia".into(), version: 1 },
        state: "draft".into(),
        author: supply.fresh(),
        content: draft.content,
        process: Process::default(),
        changed: BTreeMap::new(),
        shares: BTreeMap::new(),
        retention: RetentionClass::WithDecision,
        legal_hold: false,
        created_at: at,
        updated_at: at,
    }
}
