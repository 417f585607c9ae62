//! What a form must fulfil before anybody answers it.

use std::collections::BTreeSet;

use crate::{
    canonical::Spelling,
    form::{
        DOCUMENT, Draft, Expression, FORMAT, Form, FormSubject, Known, Question, QuestionType, Section,
        score::Scoring,
    },
    text::{self, Path, Violation},
};

/// Longest text of a question or its guidance, in characters.
const GUIDANCE: usize = 4000;
/// Longest key, in characters.
const KEY: usize = 60;
/// Most sections, and most options of one question.
const FEW: usize = 60;
/// Most questions.
const QUESTIONS: usize = 300;

pub(super) fn parse(document: &str) -> Result<Form, Vec<Violation>> {
    if document.len() > DOCUMENT {
        let message = format!("The form has {} bytes; at most {DOCUMENT} are read.", document.len());
        return Err(vec![Violation::new("TOO_LONG", message, Path::default())]);
    }
    let draft: Draft = serde_json::from_str(document).map_err(|error| {
        vec![Violation::new("INVALID", format!("This is no form: {error}."), Path::default())]
    })?;
    let mut publication = Publication::default();
    let conditions = publication.form(&draft);
    if !publication.found.is_empty() {
        return Err(publication.found);
    }
    let Draft { format, key, version, title, about, workflow, sections, scoring } = draft;
    let spelling = Spelling::default();
    Ok(Form { format, key, version, title, about, workflow, sections, scoring, conditions, spelling })
}

#[derive(Default)]
struct Publication {
    found: Vec<Violation>,
}

impl Publication {
    fn say(&mut self, code: &str, message: impl Into<String>, path: Path) {
        self.found.push(Violation::new(code, message, path));
    }

    fn keep(&mut self, result: Result<(), Violation>) {
        self.found.extend(result.err());
    }

    fn form(&mut self, draft: &Draft) -> Vec<Option<Expression>> {
        if draft.format != FORMAT {
            self.say("INVALID", format!("The format must be `{FORMAT}`."), Path::of(["format"]));
        }
        if draft.version == 0 {
            self.say("INVALID", "Versions count from 1.", Path::of(["version"]));
        }
        self.key(&draft.key, &mut BTreeSet::new(), &Path::of(["key"]));
        self.keep(text::check(&draft.title, text::LINE, &Path::of(["title"])));
        if let Some(workflow) = &draft.workflow {
            self.key(workflow, &mut BTreeSet::new(), &Path::of(["workflow"]));
        }
        let questions: Vec<&Question> =
            draft.sections.iter().flat_map(|section| &section.questions).collect();
        self.count(draft.sections.len(), FEW, &Path::of(["sections"]));
        self.count(questions.len(), QUESTIONS, &Path::of(["sections"]));
        if self.found.iter().any(|violation| violation.code == "TOO_MANY") {
            return Vec::new();
        }

        let (mut section_keys, mut question_keys, mut conditions) =
            (BTreeSet::new(), BTreeSet::new(), Vec::new());
        let content = Known::with_answers(std::iter::empty());
        for section in &draft.sections {
            let path = Path::of(["sections", &section.key]);
            self.key(&section.key, &mut section_keys, &path.join("key"));
            self.keep(text::check(&section.title, text::LINE, &path.join("title")));
            self.optional(section.guidance.as_deref(), &path.join("guidance"));
            for field in section.fields.iter().filter(|field| !content.has(field)) {
                let message = format!("The content of an assessment has no `{field}`.");
                self.say("NOT_FOUND", message, path.join("fields"));
            }
            if draft.about == FormSubject::Organisation {
                self.proposes_nothing(section, &path);
            }
            if section.questions.is_empty() && section.fields.is_empty() {
                self.say("REQUIRED", "A section asks something.", path.join("questions"));
            }
            for question in &section.questions {
                let path = path.join("questions").join(&question.key);
                self.key(&question.key, &mut question_keys, &path.join("key"));
                self.question(question, &path);
                let earlier = &questions[..conditions.len()];
                conditions.push(self.condition(question, earlier, &questions, &path.join("showIf")));
            }
        }
        if let Some(scoring) = &draft.scoring {
            self.scoring(scoring, &questions, &Path::of(["scoring"]));
        }
        conditions
    }

    /// A form about the organisation has no part of a proposal, or the rule book would be silent on one.
    fn proposes_nothing(&mut self, section: &Section, path: &Path) {
        let message =
            "A form about the organisation asks nothing of a proposal; leave this out, or leave out `about`.";
        let proposes = |field: &String| {
            let root = field.split('.').next().unwrap_or_default();
            let planned = ["proposal.decisionBody", "proposal.decisionDate"].contains(&field.as_str());
            ["proposal", "impacts", "mitigations", "interdependencies"].contains(&root) && !planned
        };
        if section.fields.iter().any(proposes) {
            self.say("INVALID", message, path.join("fields"));
        }
        let of_groups = |question: &&Question| {
            matches!(question.kind, QuestionType::GroupMatrix | QuestionType::PsedGrid)
        };
        for question in section.questions.iter().filter(of_groups) {
            self.say("INVALID", message, path.join("questions").join(&question.key).join("type"));
        }
    }

    fn scoring(&mut self, scoring: &Scoring, questions: &[&Question], path: &Path) {
        self.keep(text::check(&scoring.basis, GUIDANCE, &path.join("basis")));
        if !questions.iter().any(|question| scoring.points_of(question).is_some()) {
            let message = "Give points to every option of some choice, more than 0 to one of them.";
            self.say("REQUIRED", message, path.join("points"));
        }
        if scoring.points.values().any(|points| *points > 1000) {
            self.say("OUT_OF_RANGE", "An option has at most 1000 points.", path.join("points"));
        }
        let begin = scoring.levels.first().is_some_and(|level| level.from == 0);
        let ascend = scoring.levels.iter().zip(scoring.levels.iter().skip(1)).all(|(a, b)| a.from < b.from);
        if !begin || !ascend || scoring.levels.iter().any(|level| level.from > 100) {
            let message = "Levels begin at 0 and ascend, to at most 100.";
            self.say("INVALID", message, path.join("levels"));
        }
        for (index, level) in scoring.levels.iter().enumerate() {
            self.keep(text::check(&level.name, text::LINE, &path.join("levels").join(index)));
        }
        for (key, objectives) in &scoring.objectives {
            let path = path.join("objectives").join(key);
            if !questions.iter().any(|question| question.key == *key) {
                self.say("NOT_FOUND", "The form has no question with this key.", path.clone());
            }
            for (index, objective) in objectives.iter().enumerate() {
                let path = path.join(index);
                self.keep(text::check(objective.text(), GUIDANCE, &path));
                for (name, line) in [("owner", objective.owner()), ("source", objective.source())] {
                    self.keep(line.map_or(Ok(()), |line| text::check(line, text::LINE, &path.join(name))));
                }
            }
        }
    }

    fn key<'d>(&mut self, key: &'d str, taken: &mut BTreeSet<&'d str>, path: &Path) {
        let sound = key.starts_with(|c: char| c.is_ascii_lowercase())
            && key.len() <= KEY
            && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
        if !sound {
            let message = format!(
                "A key has at most {KEY} lower-case letters, digits and `_`, and begins with a letter."
            );
            self.say("INVALID", message, path.clone());
        }
        if !taken.insert(key) {
            self.say("DUPLICATE", format!("The key `{key}` is taken; keys are unique."), path.clone());
        }
    }

    fn count(&mut self, count: usize, most: usize, path: &Path) {
        if count > most {
            self.say("TOO_MANY", format!("There are {count}; at most {most} can be asked."), path.clone());
        }
        if count == 0 {
            self.say("REQUIRED", "A form has at least one section and one question.", path.clone());
        }
    }

    fn optional(&mut self, text: Option<&str>, path: &Path) {
        if let Some(text) = text {
            self.keep(text::check(text, GUIDANCE, path));
        }
    }

    fn question(&mut self, question: &Question, path: &Path) {
        self.keep(text::check(&question.title, text::LINE, &path.join("title")));
        self.optional(question.guidance.as_deref(), &path.join("guidance"));
        self.optional(question.citation.as_deref(), &path.join("citation"));
        self.options(question, &path.join("options"));

        let is_matrix = question.kind == QuestionType::GroupMatrix;
        if is_matrix == question.groups.is_empty() {
            let message = if is_matrix {
                "Name the kinds of groups that the matrix asks about."
            } else {
                "Only a group matrix asks about groups; leave this out."
            };
            self.say("INVALID", message, path.join("groups"));
        }
        let bounded = question
            .max_length
            .is_none_or(|most| question.kind == QuestionType::Text && (1..=text::PARAGRAPH).contains(&most));
        if !bounded {
            let message =
                format!("Only a text has a longest length, of 1 to {} characters.", text::PARAGRAPH);
            self.say("INVALID", message, path.join("maxLength"));
        }
        for (name, bound) in [("min", question.min), ("max", question.max)] {
            if bound.is_some_and(|bound| question.kind != QuestionType::Number || bound.abs() > 9.0e15) {
                self.say("INVALID", "Only a number has bounds, and they lie below 2^53.", path.join(name));
            }
        }
        if question.min.zip(question.max).is_some_and(|(min, max)| min > max) {
            self.say(
                "INVALID",
                "The smallest number is larger than the largest; swap them.",
                path.join("min"),
            );
        }
    }

    fn options(&mut self, question: &Question, path: &Path) {
        let chooses = matches!(question.kind, QuestionType::Choice | QuestionType::Choices);
        if !chooses {
            if !question.options.is_empty() {
                self.say("INVALID", "Only a choice has options; leave them out.", path.clone());
            }
            return;
        }
        if !(2..=FEW).contains(&question.options.len()) {
            self.say("INVALID", format!("Give at least 2 and at most {FEW} options."), path.clone());
        }
        for (index, option) in question.options.iter().take(FEW).enumerate() {
            self.keep(text::check(option, text::LINE, &path.join(index)));
            if question.options.iter().take(index).any(|earlier| earlier == option) {
                self.say("DUPLICATE", "This option is there already; remove it.", path.join(index));
            }
        }
    }

    /// The compiled condition. It may ask only about questions that come before, so that no two depend on
    /// each other.
    fn condition(
        &mut self,
        question: &Question,
        earlier: &[&Question],
        all: &[&Question],
        path: &Path,
    ) -> Option<Expression> {
        let source = question.show_if.as_deref()?;
        match Expression::publish(source, &Known::with_answers(earlier.iter().copied())) {
            Ok(expression) => Some(expression),
            Err(violation) => {
                let forward = violation.code == "NOT_FOUND"
                    && Expression::publish(source, &Known::with_answers(all.iter().copied())).is_ok();
                let message = if forward {
                    "A condition may only ask about questions that come before it.".to_owned()
                } else {
                    violation.message
                };
                self.say(&violation.code, message, path.clone());
                None
            }
        }
    }
}
