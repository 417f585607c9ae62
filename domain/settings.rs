//! What an organisation sets for itself, as one document.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::IgnoredAny};

use crate::{
    area,
    case::Pinned,
    check,
    deliberation::Showing,
    group::Group,
    notify::OVERSEE,
    rating::Scale,
    review::Seat,
    text::{self, Path, Violation},
    words::words,
    workflow::{
        deadline::{self, Step, Told},
        quorum::{self, Composition},
    },
};

words! {
    /// How grave a finding is.
    Severity {
        /// Stops the step its gate names.
        Blocker = "BLOCKER",
        /// Somebody should look.
        Warning = "WARNING",
        /// Worth knowing.
        Advice = "ADVICE",
    }
}

/// From when on a group is notable where an assessment's proposal lands, so that it must be spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Notable {
    /// Core20 by share: of the residents of the place, or of those of any of its districts, in hundredths. 20: by
    /// construction a fifth of England's areas are Core20.
    pub core20_percent: u32,
    /// Core20 by number: from so many people, whatever the share. 10,000: about six of England's small areas.
    pub core20_people: u32,
    /// Another group by its share, in hundredths of its share in England. 125: a quarter more.
    pub ratio_percent: u32,
    /// Another group only from so many people. 250: fewer are noise in a perturbed census.
    pub people: u32,
}

impl Default for Notable {
    fn default() -> Self {
        Self { core20_percent: 20, core20_people: 10_000, ratio_percent: 125, people: 250 }
    }
}

/// Which share of screen-outs goes to the panel all the same, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sample {
    /// Of those that are not borderline.
    pub percent: u8,
    /// Of borderline ones: something is not known, a score is the highest allowed, or a group that is notable where the
    /// proposal lands is said not to be touched.
    pub borderline_percent: u8,
}

impl Notable {
    /// Whether so many of so many are notable by share.
    #[must_use]
    pub fn core20_share(&self, core20: u32, people: u32) -> bool {
        core20 > 0 && u64::from(core20) * 100 >= u64::from(people) * u64::from(self.core20_percent)
    }
}

/// How conditions of an approval are followed up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FollowUp {
    /// Who is told how long before or after a condition is due. The step that breaches makes one that nobody reported as
    /// met a breach; without such a step only its verifier says so.
    pub steps: Vec<Step>,
    /// For how many days after a condition is due the links work that were mailed to people without an account.
    pub link_days: u32,
}

impl Default for FollowUp {
    fn default() -> Self {
        let mut late = vec![Told::Doer];
        late.extend(deadline::BREACH);
        late.extend(OVERSEE.map(Told::Role));
        let step = |working_days, to, breaches| Step { working_days, to, breaches };
        let steps =
            vec![step(-2, vec![Told::Doer], false), step(1, vec![Told::Doer], false), step(5, late, true)];
        Self { steps, link_days: 30 }
    }
}

impl FollowUp {
    /// The most days that links may work after a condition is due.
    pub const LONGEST: u32 = 180;

    /// Whom a breach is told, whoever says that it is one.
    #[must_use]
    pub fn breach_tells(&self) -> Vec<Told> {
        let step = self.steps.iter().find(|step| step.breaches);
        let usual = || [Told::Doer].into_iter().chain(deadline::BREACH).collect();
        step.map_or_else(usual, |step| step.to.clone())
    }

    fn check(&self) -> Result<(), Violation> {
        let at = |field: &str| Path::of(["settings", "conditions", field]);
        if !(1..=Self::LONGEST).contains(&self.link_days) {
            let message = format!("Links work for 1 to {} days after a condition is due.", Self::LONGEST);
            return Err(Violation::new("INVALID", message, at("linkDays")));
        }
        if self.steps.len() > deadline::STEPS {
            let message = format!("There are {} steps; give at most {}.", self.steps.len(), deadline::STEPS);
            return Err(Violation::new("TOO_MANY", message, at("steps")));
        }
        for (index, step) in self.steps.iter().enumerate() {
            let before = || self.steps.iter().take(index);
            let far = deadline::FARTHEST;
            let wrong = if !(-far..=far).contains(&step.working_days) {
                format!("A step is at most {far} working days away.")
            } else if before().any(|other| other.working_days == step.working_days) {
                "Two steps are the same number of working days away: make them one.".to_owned()
            } else if step.to.is_empty() {
                "A step tells nobody: name `doer`, `body`, `SRO`, `AUTHOR` or roles in `to`.".to_owned()
            } else if step.breaches && step.working_days < 1 {
                "A condition is not breached before its day has passed: breach at 1 working day or later."
                    .to_owned()
            } else if step.breaches && before().any(|other| other.breaches) {
                "A condition is breached once: let one step breach.".to_owned()
            } else {
                continue;
            };
            return Err(Violation::new("INVALID", wrong, at("steps").join(index)));
        }
        Ok(())
    }
}

/// When negative impacts on one group are concentrated in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Concentrations {
    /// From which consequence on an impact on all of a board counts in every place there: a lesser one is told apart, as
    /// widespread, or it would overlap everything. 4: major.
    pub major: u8,
    /// How many cases at least, where whoever asks does not say.
    pub least: u16,
    /// From which consequence on an impact is counted as severe, where whoever asks does not say.
    pub severe: u8,
}

impl Default for Concentrations {
    fn default() -> Self {
        Self { major: 4, least: 3, severe: 4 }
    }
}

/// How change in spend is told by deprivation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Spending {
    /// Codes of the areas whose residents it is told per head of; the organisation's own place, where that is known, when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<String>,
    /// How much a head in each national deprivation fifth counts by need, in percent of a head, the most deprived first; each
    /// counts the same when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need_percent: Option<[u32; 5]>,
}

impl Spending {
    fn check(&self) -> Result<(), Violation> {
        let at = |field: &str| Path::of(["settings", "spending", field]);
        if self.areas.len() > text::LIST {
            return Err(Violation::new("TOO_MANY", "Name fewer areas, or a larger one.", at("areas")));
        }
        for (index, code) in self.areas.iter().enumerate() {
            if area::level(code).is_none() {
                let message = format!(
                    "`{}` is not an English area code; write an ONS code such as E54000022.",
                    code.chars().take(60).collect::<String>()
                );
                return Err(Violation::new("INVALID", message, at("areas").join(index)));
            }
        }
        match self.need_percent {
            Some(weights) if !weights.iter().all(|weight| (10..=1_000).contains(weight)) => {
                let message = "A head counts 10 to 1,000 percent of a head by need.";
                Err(Violation::new("INVALID", message, at("needPercent")))
            }
            _ => Ok(()),
        }
    }
}

/// The seats of a usual quorum, beside its number: somebody for the chair, equality, and health.
pub const QUORUM_SEATS: [&[&str]; 3] =
    [&["chair", "vice chair"], &["equality"], &["clinical", "public health"]];

/// Whether a document of settings says which seats its quorum asks for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seated {
    quorum_seats: Option<IgnoredAny>,
}

/// The settings of an organisation. Every field has a default, so an empty document is lawful.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// The scale of its ratings.
    pub scale: Scale,
    /// The form new cases begin with.
    pub form: String,
    /// The workflow new cases begin with.
    pub workflow: String,
    /// Groups of its own, beside the shipped ones.
    pub groups: Vec<Group>,
    /// How many voting members make a quorum.
    pub quorum: u32,
    /// Seats that must be among them: of each inner list one. One person fills two at most. Settings that were stored
    /// before there was such a choice ask for none; a new organisation asks for [`QUORUM_SEATS`].
    #[serde(default)]
    pub quorum_seats: Vec<Vec<String>>,
    /// When members of a panel see each other's reviews.
    #[serde(rename = "reviewsShown")]
    pub showing: Showing,
    /// Who judges a case that is submitted without a panel of its own, as long as none of the organisation's standing
    /// panels ([`crate::panel`]) is the usual one and takes the place of this list. Whoever does not hold a role that
    /// sits on panels on that day is left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub panel: Vec<Seat>,
    /// Severities it raised, by rule id; never below the law's floor.
    pub severities: BTreeMap<String, Severity>,
    /// The rules of its own that are in force, each in a version that it published. A new version takes effect when
    /// it is named here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Pinned>,
    /// From which consequence on a negative impact is significant, so that engagement is asked for.
    pub significant_consequence: u8,
    /// Days that are no working days here, beside weekends and England's bank holidays.
    pub closed_days: Vec<chrono::NaiveDate>,
    /// Working days before a body decides by which its papers are due.
    pub paper_days: u32,
    /// From when on a group is notable where a proposal lands.
    pub notable: Notable,
    /// Which share of screen-outs the panel checks; what the workflow says when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screening_sample: Option<Sample>,
    /// How conditions of an approval are followed up.
    #[serde(skip_serializing_if = "is_usual")]
    pub conditions: FollowUp,
    /// When negative impacts are concentrated.
    #[serde(skip_serializing_if = "are_usual")]
    pub concentrations: Concentrations,
    /// How change in spend is told.
    #[serde(skip_serializing_if = "is_unsaid")]
    pub spending: Spending,
}

fn is_unsaid(spending: &Spending) -> bool {
    *spending == Spending::default()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn are_usual(concentrations: &Concentrations) -> bool {
    *concentrations == Concentrations::default()
}

fn is_usual(conditions: &FollowUp) -> bool {
    *conditions == FollowUp::default()
}

impl Default for Settings {
    fn default() -> Self {
        let scale = serde_json::from_str(include_str!("definition/scale-nhs-5x5.json"))
            .expect("the shipped scale is tested");
        Self {
            scale,
            form: "ehia".into(),
            workflow: "ehia".into(),
            groups: Vec::new(),
            quorum: 4,
            quorum_seats: QUORUM_SEATS
                .iter()
                .map(|any| any.iter().map(ToString::to_string).collect())
                .collect(),
            showing: Showing::WhenComplete,
            panel: Vec::new(),
            severities: BTreeMap::new(),
            rules: Vec::new(),
            significant_consequence: 3,
            closed_days: Vec::new(),
            paper_days: 5,
            notable: Notable::default(),
            screening_sample: None,
            conditions: FollowUp::default(),
            concentrations: Concentrations::default(),
            spending: Spending::default(),
        }
    }
}

impl Settings {
    /// Reads a document that is given for an organisation that has settings already, or for a new one. What it leaves out
    /// is as [`Settings::default`] has it; but an organisation that is there keeps the seats of its quorum until the
    /// document names others, or a panel that is quorate today would stand still tomorrow.
    ///
    /// # Errors
    /// When the text is no document of settings: where, and what was expected.
    pub fn given(text: &str, before: Option<&Self>) -> Result<Self, serde_json::Error> {
        let mut settings: Self = serde_json::from_str(text)?;
        let Seated { quorum_seats } = serde_json::from_str(text)?;
        if quorum_seats.is_none() {
            settings.quorum_seats = match before {
                Some(before) => before.quorum_seats.clone(),
                None => Self::default().quorum_seats,
            };
        }
        Ok(settings)
    }

    /// What its quorum is made of, where a workflow leaves it to the organisation.
    #[must_use]
    pub fn composition(&self) -> Composition<'_> {
        Composition { members: self.quorum, seats: &self.quorum_seats }
    }

    /// Refuses seats that nobody could be given, and more than the members of the quorum could fill.
    fn check_seats(&self) -> Result<(), Violation> {
        let at = Path::of(["settings", "quorumSeats"]);
        let asked = self.quorum_seats.len();
        if asked > quorum::LISTS {
            let message = format!("The quorum asks for {asked} seats; at most {} are read.", quorum::LISTS);
            return Err(Violation::new("TOO_MANY", message, at));
        }
        for (index, any) in self.quorum_seats.iter().enumerate() {
            let at = at.join(index);
            if !(1..=quorum::LISTS).contains(&any.len()) {
                let message = format!(
                    "Name 1 to {} seats here, of which any will do; leave the list out if none is asked for.",
                    quorum::LISTS
                );
                return Err(Violation::new("INVALID", message, at));
            }
            for (place, seat) in any.iter().enumerate() {
                text::line(seat, quorum::NAME, &at.join(place))?;
                if seat.contains(',') {
                    let message = "A seat is called by one name without a comma: give each seat a place of its own in the list.";
                    return Err(Violation::new("INVALID", message, at.join(place)));
                }
                if any.iter().take(place).any(|other| text::fold(other) == text::fold(seat)) {
                    return Err(Violation::new(
                        "DUPLICATE",
                        "This seat is named here already.",
                        at.join(place),
                    ));
                }
            }
        }
        let people = asked.div_ceil(2);
        if people > self.quorum as usize {
            let message = format!(
                "{asked} seats need {people} people, because one person fills two at most, and the quorum has {}: raise \
                 `quorum`, or name fewer seats.",
                self.quorum
            );
            return Err(Violation::new("INVALID", message, at));
        }
        Ok(())
    }

    /// Refuses a scale that is none, groups that clash, and what would switch a rule off or be lowered in silence.
    /// Asked when settings are saved; those that are saved already are read as they are.
    pub fn check(&self) -> Result<(), Violation> {
        let at = |field: &str| Path::of(["settings", field]);
        self.scale.check()?;
        if !(1..=100).contains(&self.quorum) {
            return Err(Violation::new("INVALID", "A quorum has 1 to 100 members.", at("quorum")));
        }
        self.check_seats()?;
        if let Some(sample) = self.screening_sample
            && !(sample.percent <= sample.borderline_percent && sample.borderline_percent <= 100)
        {
            let message = "Shares go from 0 to 100, and borderline ones are drawn first: `borderlinePercent` is `percent` or more.";
            return Err(Violation::new("INVALID", message, at("screeningSample")));
        }
        if self.paper_days > 60 {
            let message = "Papers are due at most 60 working days before a decision.";
            return Err(Violation::new("INVALID", message, at("paperDays")));
        }
        let steps = self.scale.consequence.len();
        if !(1..=steps).contains(&usize::from(self.significant_consequence)) {
            let message = format!(
                "Consequences on this scale go from 1 to {steps}; say from which of them on an impact is significant."
            );
            return Err(Violation::new("OFF_SCALE", message, at("significantConsequence")));
        }
        for (id, &wished) in &self.severities {
            let refused = |code, message| Err(Violation::new(code, message, at("severities").join(id)));
            let Some(rule) = check::rule(id) else {
                let message = "There is no rule with this id; `rules` in the API lists them.";
                return refused("NOT_FOUND", message.to_owned());
            };
            if wished > rule.severity {
                let message = format!(
                    "This rule is a {}, which can be raised and not lowered; leave it out.",
                    rule.severity
                );
                return refused("INVALID", message);
            }
            if wished == Severity::Blocker && !rule.may_block() {
                let message = "The law does not let this rule block; make it a WARNING at most.";
                return refused("INVALID", message.to_owned());
            }
        }
        if self.rules.len() > check::own::IN_FORCE {
            let message = format!(
                "{} rules are named; at most {} are in force at once.",
                self.rules.len(),
                check::own::IN_FORCE
            );
            return Err(Violation::new("TOO_MANY", message, at("rules")));
        }
        for (index, rule) in self.rules.iter().enumerate() {
            if self.rules.iter().take(index).any(|other| other.key == rule.key) {
                let message = format!("`{}` is named twice; name one of its versions.", rule.key);
                return Err(Violation::new("INVALID", message, at("rules").join(index)));
            }
        }
        self.conditions.check()?;
        self.spending.check()?;
        if !(1..=10).contains(&self.concentrations.major) {
            let message = "Say from which consequence on an impact is major: 1 to 10.";
            return Err(Violation::new("INVALID", message, at("concentrations").join("major")));
        }
        if !(1..=10).contains(&self.concentrations.severe) {
            let message = "Say from which consequence on an impact is severe: 1 to 10.";
            return Err(Violation::new("INVALID", message, at("concentrations").join("severe")));
        }
        if !(2..=1_000).contains(&self.concentrations.least) {
            let message = "Say how many cases at least make a concentration: 2 to 1,000.";
            return Err(Violation::new("INVALID", message, at("concentrations").join("least")));
        }
        for group in &self.groups {
            text::bounded_line(&group.name, text::LINE, &Path::of(["groups", &group.code, "name"]))?;
        }
        crate::group::Catalogue::extended(&self.groups).map(|_| ())
    }
}
