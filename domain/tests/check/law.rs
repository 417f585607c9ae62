//! Every duty and test of law and guidance that a case is held against, and the rules that serve it; where there is
//! none, why.

use std::collections::BTreeSet;

use ehia_domain::check::{duties, rule, rules};

/// A duty or test, its citation, the rules that serve it, and the reason where none does or where they do not
/// serve all of it.
struct Served {
    citation: &'static str,
    asks: &'static str,
    rules: &'static [&'static str],
    otherwise: &'static str,
}

const fn served(
    citation: &'static str,
    asks: &'static str,
    rules: &'static [&'static str],
    otherwise: &'static str,
) -> Served {
    Served { citation, asks, rules, otherwise }
}

const LAW: &[Served] = &[
    served(
        "Equality Act 2010 s.149(1)",
        "Due regard to three aims, for nine characteristics",
        &[
            "groups.characteristic.unanswered",
            "groups.characteristic.bundled",
            "impact.neutral.part",
            "psed.hindrance.unfaced",
            "impact.reason.missing",
        ],
        "",
    ),
    served("Equality Act 2010 s.149(1)(a)", "Eliminate discrimination", &["psed.eliminate"], ""),
    served(
        "Equality Act 2010 s.149(1)(b) and (3)",
        "Advance equality of opportunity, by its three limbs",
        &["psed.advance", "psed.disadvantage.irrelevant", "psed.support.unshown"],
        "",
    ),
    served("Equality Act 2010 s.149(1)(c) and (5)", "Foster good relations", &["psed.foster"], ""),
    served(
        "Equality Act 2010 s.149(2)",
        "Others exercise public functions too",
        &[],
        "No question asks what a contract puts on a provider; an organisation that wants one adds it to its form.",
    ),
    served(
        "Equality Act 2010 s.149(4)",
        "Steps for disabled people's disabilities",
        &["psed.disabled.steps"],
        "",
    ),
    served("Equality Act 2010 s.149(6)", "Treating some more favourably", &["psed.alike"], ""),
    served(
        "Equality Act 2010 s.149(7)",
        "Marriage and civil partnership for the first aim only",
        &["psed.marriage.other-aims", "groups.characteristic.unanswered", "psed.disadvantage.irrelevant"],
        "",
    ),
    served(
        "Equality Act 2010 s.149 with s.28(1)(a) and Sch.18",
        "Under-18s are inside the duty",
        &["groups.children.unseen"],
        "",
    ),
    served(
        "For Women Scotland [2025] UKSC 16",
        "Sex, and gender reassignment in a row of its own",
        &["groups.sex.merged", "groups.sex.confused"],
        "",
    ),
    served(
        "Equality Act 2010 ss.13 and 15",
        "Direct discrimination, and unfavourable treatment arising from disability",
        &["discrimination.unconsidered", "psed.eliminate"],
        "Whether treatment is less favourable is a judgement on facts that no field holds; people judge it under the first aim.",
    ),
    served(
        "Equality Act 2010 ss.19 and 19A; Heskett [2020] EWCA Civ 1487",
        "Indirect discrimination, with its justification",
        &[
            "discrimination.justification.missing",
            "discrimination.unconsidered",
            "discrimination.nobody",
            "discrimination.cost-only",
        ],
        "",
    ),
    served(
        "Equality Act 2010 ss.20 and 29, Sch.2",
        "Adjustments before anybody asks",
        &["adjustments.missing", "adjustments.contradicted", "adjustments.on-request"],
        "",
    ),
    served(
        "Equality Act 2010 Sch.3",
        "Separate-sex services",
        &[],
        "Whether a service may be separate is a judgement on its facts; no field says that it is one.",
    ),
    served(
        "Brown [2008] EWHC 3158, principle 1",
        "The decision maker knows of the duty",
        &["decision.body.missing", "decision.unread"],
        "That the statement of due regard is given, and that somebody present read the assessment, is asked by the workflow.",
    ),
    served(
        "Brown, principle 2",
        "Before and at the time of the decision",
        &[
            "decision.date.missing",
            "decision.date.past",
            "decision.date.near",
            "decision.effective.early",
            "decision.predetermined",
        ],
        "That the revision decided is the one reviewed is the workflow's `unchanged_since_review`.",
    ),
    served(
        "Brown, principle 3",
        "Rigour and an open mind",
        &[
            "screening.none.unknown",
            "screening.none.contradicted",
            "screening.place.unknown",
            "text.repeated",
            "impact.reason.missing",
            "impact.neutral.unevidenced",
            "impact.neutral.contradicted",
            "impact.loss.nobody",
            "impact.positive.unevidenced",
            "evidence.none",
            "evidence.weak",
            "reference.dangling",
            "mitigation.aimless",
        ],
        "",
    ),
    served(
        "Brown, principle 4",
        "The body with the duty exercises it; the panel only assures",
        &["decision.body.missing", "decision.body.panel"],
        "",
    ),
    served(
        "Brown, principle 5",
        "The duty continues",
        &[
            "review.date.missing",
            "review.date.early",
            "review.date.late",
            "mitigation.overdue",
            "monitoring.unmeasured",
        ],
        "A material change after approval opens a re-examination, which the workflow does.",
    ),
    served(
        "Brown, principle 6",
        "Records are kept (good practice)",
        &["decision.unrecorded"],
        "Every change is an event that nothing updates, and every decision freezes a record.",
    ),
    served(
        "Bracking [2013] EWCA Civ 1345",
        "Risk and extent of harm, and ways to remove it; the decider has the material itself",
        &[
            "impact.negative.unrated",
            "impact.negative.unanswered",
            "impact.severe.unjustified",
            "reliance.broken",
            "summary.omits",
        ],
        "",
    ),
    served(
        "Hunt v North Somerset [2013] EWCA Civ 1320",
        "It is not presumed that anybody read what was only made available",
        &["decision.unread"],
        "",
    ),
    served(
        "R (Buckingham) v NHS Corby CCG [2018] EWHC 2080",
        "No decision on an assessment with gaps that could be closed first; no claim of engagement that was not; promises",
        &[
            "unknown.careless",
            "unknown.open",
            "unknown.overdue",
            "gaps.outstanding",
            "gaps.evidence",
            "gaps.unowned",
            "engagement.contradictory",
            "engagement.revision.impossible",
            "promise.unkept",
            "promise.unasked",
        ],
        "",
    ),
    served(
        "South Kent Coastal CCG [2020] EWHC 372",
        "Journeys considered where a place changes",
        &["travel.missing", "travel.contradicted", "travel.unmeasured"],
        "",
    ),
    served(
        "Copson v Dorset Healthcare [2013] EWHC 732",
        "Dismissed: the assessments had been kept up to date",
        &["review.date.missing", "engagement.overtaken"],
        "",
    ),
    served(
        "Meers (2022), an argument",
        "Clear cumulative effects of several measures",
        &["cumulative.position", "cumulative.unlooked"],
        "",
    ),
    served(
        "NHS Act 2006 s.14Z35(a)",
        "Inequalities in access",
        &[
            "screening.none.notable",
            "inequality.access.missing",
            "groups.core20.unanswered",
            "groups.others.unconsidered",
        ],
        "",
    ),
    served(
        "NHS Act 2006 s.14Z35(b) with s.14Z34(3)",
        "Inequalities in outcomes, experience among them",
        &[
            "inequality.outcomes.missing",
            "inequality.experience.missing",
            "impact.negative.unrated.inequality",
            "impact.negative.unanswered.inequality",
        ],
        "",
    ),
    served(
        "NHS Act 2006 s.13G",
        "NHS England's own duty on inequalities",
        &["groups.core20.unanswered", "inequality.access.missing"],
        "The rules cite the duty of integrated care boards, which asks for the same.",
    ),
    served(
        "NHS Act 2006 s.14Z42",
        "Integration where it would reduce inequalities",
        &[],
        "No question asks for it; an annual report accounts for it.",
    ),
    served(
        "NHS Act 2006 s.14Z43",
        "The wider effect of decisions",
        &["cumulative.position", "cumulative.unlooked", "interdependency.contradictory"],
        "Wellbeing, quality and efficiency beyond inequalities belong to the quality impact assessment.",
    ),
    served(
        "NHS Act 2006 s.14Z44",
        "Climate and environment",
        &[],
        "Asked by the sustainability assessment beside this one, not by this form.",
    ),
    served(
        "NHS Act 2006 s.14Z45",
        "Involve people, their carers and representatives",
        &["engagement.missing", "engagement.none", "engagement.group.unheard", "engagement.carers.unheard"],
        "",
    ),
    served(
        "NHS Act 2006 s.14Z58",
        "The annual report accounts for these duties",
        &[],
        "A duty about a report of the organisation, not about a case.",
    ),
    served(
        "\"Have regard\": considered, balanced, recorded",
        "A reason for each judgement",
        &["impact.reason.missing", "groups.others.unanswered"],
        "",
    ),
    served(
        "NHS England statement under s.13SA",
        "Information by deprivation, ethnicity, age and sex",
        &["evidence.undivided"],
        "",
    ),
    served(
        "Gunning; Moseley [2014] UKSC 56",
        "Formative stage, reasons, time, conscientious consideration, alternatives",
        &[
            "engagement.after-decision",
            "engagement.open-at-decision",
            "engagement.unanswered",
            "engagement.overtaken",
            "engagement.earlier",
            "engagement.later",
            "engagement.short",
            "proposal.options.missing",
        ],
        "Engagement on an earlier revision is what Gunning asks for, and that a revision came after it is advice at most.",
    ),
    served(
        "Armed Forces Act 2006 s.343AA",
        "Due regard to the armed forces community, by three questions",
        &["armed-forces.missing", "armed-forces.contradicted", "armed-forces.unrecorded"],
        "",
    ),
    served(
        "Equality Act 2010 (Specific Duties and Public Authorities) Regulations 2017",
        "Publish information yearly, and objectives",
        &["form.required"],
        "The form asks how the case is published; yearly information is the organisation's.",
    ),
    served(
        "Human Rights Act 1998 s.6",
        "Act compatibly with Convention rights",
        &["human-rights.missing"],
        "",
    ),
    served(
        "Health and Social Care Act 2012 s.250, DAPB1605",
        "Accessible information",
        &["accessible-information.missing"],
        "",
    ),
    served(
        "NHS Constitution",
        "Rights and pledges",
        &[],
        "It is had regard to through the questions on access, experience and involvement; it has no question of its own.",
    ),
    served(
        "SI 2013/218 reg.23",
        "Health scrutiny is consulted on substantial variation",
        &["scrutiny.unmentioned"],
        "",
    ),
    served(
        "NHS Act 2006 Sch.10A, SI 2024/15",
        "Notification to the Secretary of State",
        &["notification.unmentioned"],
        "",
    ),
    served(
        "Provider Selection Regime, SI 2023/1348",
        "How providers are chosen",
        &[],
        "It governs the choice of provider, which is not described here; a procurement is assessed again before award.",
    ),
    served(
        "Equality Act 2010 s.1",
        "Socio-economic duty",
        &[],
        "Not in force in England; a duty is added with its date when it is.",
    ),
    served("Wales HIA Regulations 2025", "Statutory health impact assessment", &[], "Not law in England."),
    served(
        "Whether an assessment must be published",
        "The sources conflict",
        &["form.required"],
        "No rule asks for more than an answer to how it is published, with a reason where it is not.",
    ),
    served(
        "NHS Records Management Code",
        "Retention",
        &[],
        "Held by the retention class of a case, not by its content.",
    ),
    served(
        "CPR 54.5; Senior Courts Act 1981 s.31(2A)",
        "Challenge within three months",
        &[],
        "A term for claimants and courts; the record frozen at the decision is what answers it.",
    ),
    served(
        "Freedom of Information Act 2000 s.10; privilege",
        "Panel notes are disclosable; legal advice stays apart",
        &[],
        "About records and who may see them, not about what a case says.",
    ),
    served(
        "Health Bill and Armed Forces Bill of 2026",
        "Law that may come",
        &[],
        "Not in force; duties carry dates, and a case is held to the law on its decision date.",
    ),
    served(
        "EHRC code for services, laid 21 May 2026",
        "A new code of practice",
        &[],
        "Its commencement wants confirmation before a rule cites it.",
    ),
    served(
        "NHS England EHIA template",
        "The fields of the published form",
        &["proposal.summary.missing", "form.required"],
        "",
    ),
    served(
        "Core20PLUS5",
        "Core20, PLUS groups and clinical areas",
        &[
            "groups.core20.unanswered",
            "groups.others.unanswered",
            "groups.plus.unanswered",
            "groups.clinical.untouched",
            "groups.own.unanswered",
        ],
        "",
    ),
    served(
        "National framework on inclusion health",
        "Inclusion health groups",
        &["groups.others.unconsidered", "groups.others.unanswered"],
        "",
    ),
    served(
        "Practice: \"none is reasonable, because\" is an answer",
        "No invented mitigations",
        &[
            "impact.negative.unanswered",
            "impact.negative.unanswered.other",
            "mitigation.watching",
            "rating.target.unearned",
        ],
        "",
    ),
    served(
        "Practice: honest unknowns are not blocked at submission",
        "No false neutrals",
        &["unknown.open", "impact.neutral.unevidenced"],
        "",
    ),
    served(
        "Practice: the age of evidence depends on its kind",
        "A census is not stale after five years",
        &["evidence.stale", "evidence.unweighed", "evidence.elsewhere", "evidence.future"],
        "",
    ),
    served(
        "Practice: notable groups by share, number or district; residents are not users",
        "What the place says against what the author claims",
        &[
            "place.core20.unexplained",
            "place.group.unexplained",
            "place.figures.missing",
            "place.reach.exceeds",
        ],
        "",
    ),
    served(
        "Audit Wales (2022)",
        "Intersections, and actual effects",
        &["intersection.unseen", "monitoring.unmeasured"],
        "",
    ),
    served(
        "NPSA risk matrix (2008)",
        "Ratings that mean something",
        &[
            "rating.off-scale",
            "rating.target.above",
            "rating.target.unmoved",
            "rating.target.missing",
            "rating.neutral",
            "rating.target.leap",
            "rating.uniform",
        ],
        "",
    ),
    served(
        "HEAT",
        "A sponsor, actions and a review in time",
        &["proposal.sro.missing", "mitigation.late", "review.date.late"],
        "",
    ),
    served(
        "Common practice: clear proposals, owned actions, stated reliances",
        "What every published form has",
        &[
            "proposal.kind.missing",
            "proposal.footprint.missing",
            "proposal.options.preferred",
            "proposal.dates.reversed",
            "impact.group.missing",
            "impact.reach.missing",
            "engagement.uncounted",
            "mitigation.unpromised",
            "mitigation.unmeasured",
            "mitigation.after-change",
            "reliance.unconfirmed",
            "reliance.vague",
            "reliance.late",
            "interdependency.contradictory",
        ],
        "",
    ),
    served(
        "NHS Providers: board maturity assessment on health inequalities",
        "Every question, so that one year can be held against the next",
        &["form.answer.missing"],
        "",
    ),
];

/// Duties of the shipped list that no rule cites, with the reason.
const UNCITED: &[(&str, &str)] = &[
    ("eqa2010.s149.2", "no question asks what a contract puts on a provider"),
    ("eqa2010.s15", "a judgement on facts that no field holds"),
    (
        "nhs2006.s14z43",
        "the wider effect is asked about under interdependencies, on the weight of an argument",
    ),
    ("nhs2006.s14z44", "asked by the sustainability assessment"),
    ("nhs2006.s13g", "the rules cite the duty of integrated care boards"),
    ("brown.aware", "the workflow asks for the statement of due regard and who read the assessment"),
    (
        "skc.travel",
        "the challenge failed and lays down no duty: rules on journeys cite the duty on access, and name it",
    ),
    ("nhse.inclusion-health", "the groups are asked about under Core20PLUS5"),
];

#[test]
fn every_duty_is_served_or_has_a_reason_why_not() {
    let mut citations = BTreeSet::new();
    for Served { citation, asks, rules, otherwise } in LAW {
        assert!(citations.insert(citation), "{citation} stands twice");
        assert!(!asks.is_empty() && (!rules.is_empty() || otherwise.ends_with('.')), "{citation}");
        for id in *rules {
            assert!(rule(id).is_some(), "{citation} is served by {id}, which is no rule");
        }
    }
}

#[test]
fn every_rule_serves_a_duty_of_the_table() {
    let serving: BTreeSet<_> = LAW.iter().flat_map(|served| served.rules).copied().collect();
    let idle: Vec<_> = rules().iter().map(|rule| rule.id).filter(|id| !serving.contains(id)).collect();
    assert!(idle.is_empty(), "{idle:?}");
}

#[test]
fn every_shipped_duty_is_cited_by_a_rule_or_has_a_reason_why_not() {
    let cited: BTreeSet<_> = rules().iter().map(|rule| rule.duty).collect();
    let uncited: BTreeSet<_> =
        duties().iter().map(|duty| duty.id.as_str()).filter(|id| !cited.contains(id)).collect();
    assert_eq!(uncited, UNCITED.iter().map(|(id, _)| *id).collect());
}
