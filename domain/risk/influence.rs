//! What assessments changed: proposals that are not as they were when they were first sent on, and what was decided.

use std::{cmp::Ordering, collections::BTreeMap, fmt::Write as _};

use chrono::NaiveDate;

use super::{RatingBasis, counts::gravity};
use crate::{
    assessment::Content,
    case::Case,
    decision::DecisionOutcome,
    id::AssessmentId,
    impact::Direction,
    proposal::Proposal,
    rating::{Rating, Scale},
    review::Recommendation,
    risk::Rated,
    text::{capital, counted, number},
    workflow::Standing,
};

/// What one assessment changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Influence {
    /// Which.
    pub case: AssessmentId,
    /// Its reference.
    pub reference: String,
    /// When its author first sent it on.
    pub sent: NaiveDate,
    /// What of the proposal itself is otherwise than it was then: fields of the proposal, in order. How it is described is not
    /// among them.
    pub altered: Vec<&'static str>,
    /// Mitigations that were not in it then.
    pub mitigations_added: usize,
    /// Negative impacts that were not in it then.
    pub impacts_found: usize,
    /// How often the panel returned it.
    pub returned: usize,
    /// Whether the panel once did not support it.
    pub not_supported: bool,
    /// What the panel concluded last before the decision; last of all while there is none.
    pub recommended: Option<Recommendation>,
    /// What the body decided last, other than to decide later.
    pub decided: Option<DecisionOutcome>,
    /// Whether it will not be done, whoever said so.
    pub stopped: bool,
    /// Its negative impacts, by basis: how they stand against their initial rating.
    pub shifts: BTreeMap<RatingBasis, Shift>,
}

/// How many negative impacts are rated lower than initially, the same, or higher; and how many not at all, then or initially.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    /// Lower: by band, then score, then consequence.
    pub lowered: i64,
    /// The same.
    pub same: i64,
    /// Higher.
    pub raised: i64,
    /// Not rated, one way or the other.
    pub unrated: i64,
}

impl Shift {
    fn add(&mut self, other: Self) {
        self.lowered += other.lowered;
        self.same += other.same;
        self.raised += other.raised;
        self.unrated += other.unrated;
    }
}

/// The bases that are held against the initial one.
pub const LATER: [RatingBasis; 3] = [RatingBasis::Current, RatingBasis::Target, RatingBasis::Assured];

impl Influence {
    /// What a case changed since it was first sent on with this content.
    #[must_use]
    pub fn of(case: &Case, first: &Content, sent: NaiveDate, standing: Standing, scale: &Scale) -> Self {
        let (now, process) = (&case.content, &case.process);
        let decided = process.decisions.iter().rfind(|one| one.outcome != DecisionOutcome::Defer);
        let before = process.outcomes.iter().rfind(|one| decided.is_none_or(|decided| one.at <= decided.at));
        let added =
            now.mitigations.iter().filter(|one| !first.mitigations.iter().any(|was| was.id == one.id));
        let negative = now.impacts.iter().filter(|impact| impact.direction == Direction::Negative);
        let found = negative.clone().filter(|impact| {
            !first.impacts.iter().any(|was| was.id == impact.id && was.direction == Direction::Negative)
        });
        let mut shifts: BTreeMap<RatingBasis, Shift> =
            LATER.iter().map(|basis| (*basis, Shift::default())).collect();
        for impact in negative {
            for (basis, shift) in &mut shifts {
                let later = match basis {
                    RatingBasis::Initial => impact.initial,
                    RatingBasis::Current => case.current(impact.id),
                    RatingBasis::Target => impact.target,
                    RatingBasis::Assured => case.assured(impact.id),
                };
                shift.add(shifted(scale, impact.initial, later));
            }
        }
        Self {
            case: case.id,
            reference: case.reference.clone(),
            sent,
            altered: altered(&first.proposal, &now.proposal),
            mitigations_added: added.count(),
            impacts_found: found.count(),
            returned: process.returns.iter().chain(&process.returned).filter(|one| one.asks).count(),
            not_supported: process
                .outcomes
                .iter()
                .any(|one| one.recommendation == Recommendation::NotSupport),
            recommended: before.map(|one| one.recommendation),
            decided: decided.map(|one| one.outcome),
            stopped: standing == Standing::Stopped,
            shifts,
        }
    }

    /// Whether the proposal is otherwise than it was first sent on.
    #[must_use]
    pub fn is_altered(&self) -> bool {
        !self.altered.is_empty()
    }
}

fn shifted(scale: &Scale, initial: Option<Rating>, later: Option<Rating>) -> Shift {
    let rated = |rating: Rating| Rated {
        band: scale.band(Some(rating)),
        likelihood: rating.likelihood,
        consequence: rating.consequence,
    };
    let Some((initial, later)) = initial.zip(later) else { return Shift { unrated: 1, ..Shift::default() } };
    match gravity(rated(later)).cmp(&gravity(rated(initial))) {
        Ordering::Less => Shift { lowered: 1, ..Shift::default() },
        Ordering::Equal => Shift { same: 1, ..Shift::default() },
        Ordering::Greater => Shift { raised: 1, ..Shift::default() },
    }
}

/// The fields that say what is proposed, where they differ; words about it, its programme and when it is decided are not.
fn altered(before: &Proposal, now: &Proposal) -> Vec<&'static str> {
    let codes =
        |proposal: &Proposal| proposal.footprint.iter().cloned().collect::<std::collections::BTreeSet<_>>();
    let preferred = |proposal: &Proposal| {
        let options = proposal.options.iter().filter(|option| option.preferred);
        options.map(|option| option.title.trim().to_lowercase()).collect::<Vec<_>>()
    };
    [
        ("kindOfChange", before.kind_of_change != now.kind_of_change),
        ("footprint", codes(before) != codes(now)),
        ("effectiveFrom", before.effective_from != now.effective_from),
        ("effectiveTo", before.effective_to != now.effective_to),
        ("preferredOption", preferred(before) != preferred(now)),
        ("saving", before.saving != now.saving),
        ("spend", before.spend != now.spend),
        ("recurrent", before.recurrent != now.recurrent),
        ("fullYear", before.full_year != now.full_year),
        ("recurrentChange", before.recurrent_change != now.recurrent_change),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect()
}

/// What the panel said, and what the body decided.
pub type Verdict = (Option<Recommendation>, Option<DecisionOutcome>);

/// What assessments changed, together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Influences {
    /// Cases that were sent on.
    pub cases: i64,
    /// Those whose proposal is otherwise than it was then.
    pub altered: i64,
    /// By field of the proposal.
    pub fields: BTreeMap<&'static str, i64>,
    /// Those that got a mitigation since.
    pub mitigated: i64,
    /// Those in which a negative impact was found since.
    pub found: i64,
    /// Those that the panel returned at least once.
    pub returned: i64,
    /// How often it did.
    pub returns: i64,
    /// Those that it once did not support.
    pub not_supported: i64,
    /// Those that will not be done because the body decided so.
    pub stopped: i64,
    /// Those that will not be done without such a decision.
    pub withdrawn: i64,
    /// By what the panel said last and what the body then decided: cases, and those of them whose proposal was altered.
    pub verdicts: BTreeMap<Verdict, (i64, i64)>,
    /// Negative impacts against their initial rating.
    pub shifts: BTreeMap<RatingBasis, Shift>,
}

impl Influences {
    /// Counts a case.
    pub fn add(&mut self, one: &Influence) {
        let count = |is: bool| i64::from(is);
        self.cases += 1;
        self.altered += count(one.is_altered());
        for field in &one.altered {
            *self.fields.entry(field).or_default() += 1;
        }
        self.mitigated += count(one.mitigations_added > 0);
        self.found += count(one.impacts_found > 0);
        self.returned += count(one.returned > 0);
        self.returns += i64::try_from(one.returned).unwrap_or(i64::MAX);
        self.not_supported += count(one.not_supported);
        let decided = one.decided == Some(DecisionOutcome::Stop);
        self.stopped += count(one.stopped && decided);
        self.withdrawn += count(one.stopped && !decided);
        let (cases, altered) = self.verdicts.entry((one.recommended, one.decided)).or_default();
        *cases += 1;
        *altered += count(one.is_altered());
        for (basis, shift) in &one.shifts {
            self.shifts.entry(*basis).or_default().add(*shift);
        }
    }

    /// Cases that were decided, and those of them whose proposal was altered before or since.
    #[must_use]
    pub fn decided(&self) -> (i64, i64) {
        let decided = self.verdicts.iter().filter(|((_, decided), _)| decided.is_some());
        decided.fold((0, 0), |(cases, altered), (_, (own, changed))| (cases + own, altered + changed))
    }

    /// All of that in a few sentences.
    #[must_use]
    pub fn in_words(&self) -> String {
        if self.cases == 0 {
            return "No assessment was sent on, so nothing can be said of what assessments changed."
                .to_owned();
        }
        let whole = |count: i64| usize::try_from(count).unwrap_or_default();
        let some = |count: i64| if count == 0 { "none".to_owned() } else { number(whole(count)) };
        let was = |count: i64| if count > 1 { "were" } else { "was" };
        let mut words = format!(
            "{} {} sent on. In {} the proposal itself is otherwise than it was then",
            capital(&counted(whole(self.cases), "assessment")),
            was(self.cases),
            some(self.altered),
        );
        let mut fields: Vec<(&&str, &i64)> = self.fields.iter().collect();
        fields.sort_by(|(one, count), (other, its)| its.cmp(count).then(one.cmp(other)));
        let told: Vec<String> = fields.iter().map(|(field, count)| format!("{field} {count}")).collect();
        if !told.is_empty() {
            let _ = write!(words, " ({})", told.join(", "));
        }
        let _ = write!(
            words,
            "; {} got a mitigation since, and in {} a negative impact was found that was not in it. The panel returned {}, and \
             withheld its support from {}.",
            some(self.mitigated),
            some(self.found),
            some(self.returned),
            some(self.not_supported),
        );
        words.push_str(&self.decided_in_words(&some));
        if self.withdrawn > 0 {
            let _ = write!(
                words,
                " {} {} given up without a decision.",
                capital(&some(self.withdrawn)),
                was(self.withdrawn)
            );
        }
        words.push_str(" What was altered after an assessment need not have been altered because of it.");
        words
    }

    fn decided_in_words(&self, some: &dyn Fn(i64) -> String) -> String {
        let (decided, altered) = self.decided();
        if decided == 0 {
            return " None was decided.".to_owned();
        }
        let of = |outcome: DecisionOutcome| -> i64 {
            let verdicts = self.verdicts.iter().filter(|((_, own), _)| *own == Some(outcome));
            verdicts.map(|(_, (cases, _))| cases).sum()
        };
        format!(
            " {} {} decided, {} of them on a proposal that was altered: {} to proceed, {} to proceed with changes, {} to proceed despite \
             adverse impact, {} to stop.",
            capital(&some(decided)),
            if decided == 1 { "was" } else { "were" },
            some(altered),
            some(of(DecisionOutcome::Proceed)),
            some(of(DecisionOutcome::ProceedWithChanges)),
            some(of(DecisionOutcome::ProceedDespiteAdverseImpact)),
            some(of(DecisionOutcome::Stop)),
        )
    }
}
