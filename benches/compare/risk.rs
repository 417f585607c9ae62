//! Pictures of risk that are asked: as GraphQL, and as somebody would write them in SQL.

use chrono::NaiveDate;
use ehia::domain::id::{AssessmentId, Identifier as _};

const SQL: &str = include_str!("risk.sql");
/// The bands in the order in which they are told, and the scores of each on the scale that ships.
const BANDS: [(&str, &str); 5] = [
    ("low", "BETWEEN 1 AND 3"),
    ("moderate", "BETWEEN 4 AND 7"),
    ("high", "BETWEEN 8 AND 14"),
    ("extreme", ">= 15"),
    ("unrated", "IS NULL"),
];
const DIRECTIONS: [&str; 4] = ["positive", "negative", "neutral", "unknown"];
/// The quarter of the financial year, which begins in April.
const QUARTER: &str = "to_char(s.effective_from - interval '3 months', 'YYYY') || '/' \
     || to_char(s.effective_from + interval '9 months', 'YY') || ' Q' \
     || to_char(s.effective_from - interval '3 months', 'Q')";

const FRAGMENTS: &str = "fragment directions on DirectionCounts { positive negative neutral unknown } \
     fragment band on BandCount { band impacts assessments }";

/// What a picture is cut by.
#[derive(Clone, Copy)]
pub enum By {
    Group,
    District,
    ServiceLine,
    Quarter,
}

impl By {
    fn word(self) -> &'static str {
        match self {
            Self::Group => "GROUP",
            Self::District => "DISTRICT",
            Self::ServiceLine => "SERVICE_LINE",
            Self::Quarter => "QUARTER",
        }
    }

    /// What is asked of each part.
    fn field(self) -> &'static str {
        match self {
            Self::Group => "group { code }",
            Self::District => "area { code }",
            Self::ServiceLine => "serviceLine",
            Self::Quarter => "quarter",
        }
    }

    /// The column of a case or an impact, with its name; districts are joined case by case.
    fn column(self) -> Option<(String, &'static str)> {
        match self {
            Self::Group => Some(("g.group_code".into(), "group_code")),
            Self::District => None,
            Self::ServiceLine => Some(("s.service_line".into(), "service_line")),
            Self::Quarter => Some((QUARTER.into(), "quarter")),
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Group => "group_code",
            Self::District => "district",
            Self::ServiceLine => "service_line",
            Self::Quarter => "quarter",
        }
    }

    /// The same as JSON.
    fn named(self) -> &'static str {
        match self {
            Self::Group => "'group', json_build_object('code', group_code)",
            Self::District => "'area', json_build_object('code', district)",
            Self::ServiceLine => "'serviceLine', service_line",
            Self::Quarter => "'quarter', quarter",
        }
    }
}

/// One picture.
pub struct Question {
    /// What it is called in the report.
    pub name: &'static str,
    /// Whether all organisations are in it, or one.
    pub all: bool,
    by: &'static [By],
    live: bool,
    known: bool,
}

/// Everything that is asked. The first two are read from the roll-up, the others stream over the ledger.
pub const QUESTIONS: [Question; 5] = [
    ask("aggregatedRisk, GROUP x DISTRICT, all organisations", true, &[By::Group, By::District]),
    ask("aggregatedRisk, GROUP x DISTRICT, one organisation", false, &[By::Group, By::District]),
    ask("aggregatedRisk, SERVICE_LINE x QUARTER, all", true, &[By::ServiceLine, By::Quarter]),
    Question { live: true, ..ask("aggregatedRisk, liveOn, GROUP, all", true, &[By::Group]) },
    Question { known: true, ..ask("aggregatedRisk, asAt, GROUP, all", true, &[By::Group]) },
];
/// What would be if some cases stopped: the picture before and after, one organisation.
pub const WHAT_IF: Question =
    ask("whatIf, fifty cases stop, GROUP x DISTRICT, one organisation", false, &[By::Group, By::District]);

const fn ask(name: &'static str, all: bool, by: &'static [By]) -> Question {
    Question { name, all, by, live: false, known: false }
}

impl Question {
    /// The GraphQL document, asked on a day.
    pub fn document(&self, today: NaiveDate) -> String {
        let mut filter = String::new();
        if self.live {
            filter = format!("liveOn: \"{today}\"");
        }
        if self.known {
            filter = format!("asAt: \"{today}\"");
        }
        let of = if filter.is_empty() { String::new() } else { format!("(filter: {{ {filter} }})") };
        format!("{{ aggregatedRisk{of} {{ {} }} }} {FRAGMENTS}", self.selection())
    }

    /// The same of before and after these cases were stopped.
    pub fn document_if(&self, stopped: &[AssessmentId]) -> String {
        let stopped = stopped.iter().map(|id| format!("\"{}\"", id.global())).collect::<Vec<_>>().join(", ");
        let told = self.selection();
        format!(
            "{{ aggregatedRisk {{ whatIf(stop: [{stopped}]) {{ before {{ {told} }} after {{ {told} }} }} }} }} {FRAGMENTS}"
        )
    }

    fn selection(&self) -> String {
        let by = self.by.iter().map(|by| by.word()).collect::<Vec<_>>().join(", ");
        let fields = self.by.iter().map(|by| by.field()).collect::<Vec<_>>().join(" ");
        format!(
            "assessments drafts impacts {{ ...directions }} bands {{ ...band }} \
             exposures(by: [{by}], first: 20) {{ totalCount nodes {{ {fields} assessments impacts {{ ...directions }} \
             bands {{ ...band }} maximum {{ likelihood consequence }} reach {{ low }} }} }}"
        )
    }

    /// The same in SQL, of organisations with these ODS codes. What is known of a case stands in its tables as it is now, which
    /// is what was known at the end of today.
    pub fn sql(&self, organisations: &[&str], today: NaiveDate) -> String {
        let only = if self.live {
            format!(
                " AND (a.effective_from IS NULL OR a.effective_from <= '{today}') \
                 AND (a.effective_to IS NULL OR a.effective_to >= '{today}')"
            )
        } else {
            String::new()
        };
        self.sql_of(organisations, &only)
    }

    /// The same of before and after these cases were stopped.
    pub fn sql_if(&self, organisations: &[&str], stopped: &[AssessmentId]) -> String {
        let stopped = stopped.iter().map(|id| format!("'{}'", id.uuid())).collect::<Vec<_>>().join(", ");
        let one = |only: &str| {
            let sql = self.sql_of(organisations, only);
            format!("(({})->'aggregatedRisk')", sql.trim().trim_end_matches(';'))
        };
        let (before, after) = (one(""), one(&format!(" AND a.id NOT IN ({stopped})")));
        format!(
            "SELECT json_build_object('aggregatedRisk', json_build_object('whatIf', \
             json_build_object('before', {before}, 'after', {after})));"
        )
    }

    /// The same of cases that a condition lets pass.
    fn sql_of(&self, organisations: &[&str], only: &str) -> String {
        let within = |by: fn(&By) -> bool| self.by.iter().any(by);
        let codes = organisations.iter().map(|code| format!("'{code}'")).collect::<Vec<_>>().join(", ");
        let organisations = format!("SELECT id FROM organisation WHERE ods_code IN ({codes})");
        let joined =
            |of: &dyn Fn(By) -> String| self.by.iter().map(|by| of(*by)).collect::<Vec<_>>().join(", ");
        let columns = self.by.iter().filter_map(|by| by.column());
        let columns: (Vec<String>, Vec<String>) =
            columns.map(|(column, name)| (format!(", {column} AS {name}"), format!(", {column}"))).unzip();
        let groups = " JOIN bare.counted_group g ON g.assessment_id = i.assessment_id AND g.impact_id = i.id";
        let districts = " JOIN bare.case_district d ON d.assessment_id = one.id";
        let mut sql = SQL.to_owned();
        for (name, value) in [
            ("SELECT s.id{columns}", format!("SELECT s.id{}", columns.0.concat())),
            ("{columns}", columns.1.concat()),
            ("{organisations}", organisations),
            ("{only}", only.to_owned()),
            ("{groups}", if within(|by| matches!(by, By::Group)) { groups.into() } else { String::new() }),
            (
                "{districts}",
                if within(|by| matches!(by, By::District)) { districts.into() } else { String::new() },
            ),
            ("{keys}", joined(&|by| by.key().into())),
            ("{order}", joined(&|by| format!("{} NULLS FIRST", by.key()))),
            ("{named}", joined(&|by| by.named().into())),
            ("{impacts}", impacts()),
            ("{counted}", counted()),
            ("{directions}", directions()),
            ("{bands}", bands()),
        ] {
            sql = sql.replace(name, &value);
        }
        sql
    }
}

/// The impacts of one case, or of one case on one group.
fn impacts() -> String {
    let mut columns = vec![
        "max(i.current_likelihood * i.current_consequence * 10 + i.current_consequence) \
         FILTER (WHERE i.direction = 'negative') AS gravity"
            .to_owned(),
        "max(i.reach_low) FILTER (WHERE i.direction = 'negative') AS reach".to_owned(),
    ];
    columns.extend(
        DIRECTIONS.iter().map(|way| format!("count(*) FILTER (WHERE i.direction = '{way}') AS {way}")),
    );
    columns.extend(BANDS.iter().map(|(band, scores)| {
        format!(
            "count(*) FILTER (WHERE i.direction = 'negative' \
             AND i.current_likelihood * i.current_consequence {scores}) AS {band}"
        )
    }));
    columns.join(", ")
}

/// Those of many cases.
fn counted() -> String {
    let mut columns = vec![
        "count(*) AS cases".to_owned(),
        "max(gravity) AS gravity".to_owned(),
        "sum(reach) AS reach".to_owned(),
        "coalesce(sum(CASE WHEN reach < 10 THEN 0 ELSE (reach + 2) / 5 * 5 END), 0) AS rounded".to_owned(),
    ];
    columns.extend(DIRECTIONS.iter().map(|way| format!("coalesce(sum({way}), 0) AS {way}")));
    columns.push("count(*) FILTER (WHERE negative > 0) AS negative_cases".to_owned());
    columns.extend(BANDS.iter().map(|(band, _)| {
        format!("coalesce(sum({band}), 0) AS {band}, count(*) FILTER (WHERE {band} > 0) AS {band}_cases")
    }));
    columns.join(", ")
}

fn directions() -> String {
    let pairs = DIRECTIONS.iter().map(|way| format!("'{way}', {way}")).collect::<Vec<_>>();
    format!("json_build_object({})", pairs.join(", "))
}

fn bands() -> String {
    let rows = BANDS.iter().map(|(band, _)| {
        let word = band.to_uppercase();
        format!("json_build_object('band', '{word}', 'impacts', {band}, 'assessments', {band}_cases)")
    });
    format!("json_build_array({})", rows.collect::<Vec<_>>().join(", "))
}
