//! What leaves of a picture: its tables and drawings, with all that authors typed of people rounded, whoever asks.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::{Beside, Cut, Picture, Shown};
use crate::{
    app::{App, Error, Result, Slice},
    domain::{
        id::{AssessmentId, OrganisationId},
        page::Window,
        rating::{Band, Scale},
        register::RegisteredDecision,
        risk::{
            ExposureDimension as By, Key, RatingBasis,
            extract::{Extract, ExtractFormat, Table, csv, heat, json, matrix},
            scale_name,
            tables::{self, Counted, End, Heap, Names, Part, RiskTable, Said, SevereCounts},
        },
        text::{self, Path, Violation},
        words::Words as _,
    },
    papers,
    store::Scope,
};

/// Most rows of a table.
const ROWS: usize = 50_000;
/// Most cells of a workbook, which is held whole while it is written: some hundred and fifty bytes each.
const CELLS: usize = 300_000;
/// Cases and decisions that are read at once.
const AT_ONCE: usize = 100;

/// What is to leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtractAsked {
    /// Which tables; all when none is named.
    pub tables: Vec<RiskTable>,
    /// What the picture is cut by.
    pub by: Vec<By>,
    /// Which judgement of impacts.
    pub basis: RatingBasis,
    /// How many cases make a concentration; as the organisations set it where that is `None`.
    pub least: Option<usize>,
    /// How many months a trend has.
    pub months: u32,
}

impl ExtractAsked {
    /// Months of a trend where nothing else is asked: a year.
    pub const MONTHS: u32 = 12;
}

/// A file that leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtractFile {
    /// Its name.
    pub name: String,
    /// What it is: `text/csv; charset=utf-8`.
    pub media_type: &'static str,
    /// Whether it is text, in UTF-8.
    pub is_text: bool,
    /// What it says.
    pub body: Vec<u8>,
}

/// What tables are called by, gathered once.
struct Called {
    organisations: BTreeMap<OrganisationId, (String, String)>,
    scales: BTreeMap<String, Scale>,
    whose: String,
    /// What the picture does not contain.
    above: String,
}

impl App {
    /// The files of a picture in a format: a CSV file for each table, one workbook or JSON document with all of them, or the two
    /// drawings.
    pub async fn risk_files(
        &self,
        picture: &Arc<Picture>,
        asked: &ExtractAsked,
        format: ExtractFormat,
    ) -> Result<Vec<ExtractFile>> {
        let day = picture.moment.today;
        let file = |what: &str, ending: &str, media_type, is_text, body| ExtractFile {
            name: format!("risk-{day}{what}.{ending}"),
            media_type,
            is_text,
            body,
        };
        if format == ExtractFormat::Svg {
            let drawn = self.drawings(picture, asked.basis).await?.into_iter();
            let drawn = drawn
                .map(|(name, svg)| file(&format!("-{name}"), "svg", "image/svg+xml", true, svg.into_bytes()));
            return Ok(drawn.collect());
        }
        let extract = self.risk_extract(picture, asked).await?;
        Ok(match format {
            ExtractFormat::Csv => extract
                .tables
                .iter()
                .map(|table| {
                    let body = csv::write(&extract, table).into_bytes();
                    file(&format!("-{}", table.key), "csv", "text/csv; charset=utf-8", true, body)
                })
                .collect(),
            ExtractFormat::Json => {
                let told = serde_json::to_string_pretty(&json::write(&extract));
                let mut body = told.map_err(|error| Error::Internal(error.into()))?.into_bytes();
                body.push(b'\n');
                vec![file("", "json", "application/json", true, body)]
            }
            ExtractFormat::Xlsx | ExtractFormat::Svg => {
                let extract = extract.fitting(CELLS, asked.tables.is_empty())?;
                let body = tokio::task::spawn_blocking(move || papers::workbook(&extract, day)).await;
                let body = body.map_err(|error| Error::Internal(error.into()))?.map_err(Error::Internal)?;
                let media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
                vec![file("", "xlsx", media, false, body)]
            }
        })
    }

    /// The tables of a picture.
    pub async fn risk_extract(&self, picture: &Arc<Picture>, asked: &ExtractAsked) -> Result<Extract> {
        let mut by = asked.by.clone();
        by.sort_unstable();
        by.dedup();
        let cut = Arc::new(self.cut(picture.clone(), &by).await?);
        bounded(cut.parts.len())?;
        let called = self.called(picture, &cut).await?;
        let wanted: Vec<RiskTable> = RiskTable::ALL
            .iter()
            .copied()
            .filter(|table| asked.tables.is_empty() || asked.tables.contains(table))
            .collect();
        let mut made = Vec::with_capacity(wanted.len());
        for table in wanted {
            match self.risk_table(&cut, table, asked, &called).await {
                Ok(table) => made.push(table),
                // Of all there are, one that would be too long keeps no other back.
                Err(Error::Invalid(wrong)) if asked.tables.is_empty() => {
                    let why: Vec<&str> = wrong.iter().map(|wrong| wrong.message.as_str()).collect();
                    made.push(
                        Table::new(key(table), table.meaning(), &[])
                            .noted(format!("Left out: {}", why.join(" "))),
                    );
                }
                Err(error) => return Err(error),
            }
        }
        let mut heading = vec![(Beside::LABEL.to_owned(), called.above.clone())];
        heading.extend(called.heading(picture));
        Ok(Extract { title: "Aggregated risk".into(), heading, tables: made })
    }

    async fn risk_table(
        &self,
        cut: &Arc<Cut>,
        table: RiskTable,
        asked: &ExtractAsked,
        called: &Called,
    ) -> Result<Table> {
        let picture = &cut.picture;
        let names = called.names(picture);
        let table = match table {
            RiskTable::Summary => self.summary_table(picture).await?,
            RiskTable::Bands => tables::bands(&*self.totals(picture).await?),
            RiskTable::HeatMap => tables::heat_map(&*self.totals(picture).await?),
            RiskTable::Exposures => self.exposure_table(cut, asked.basis, names).await?,
            RiskTable::Cases => self.case_table(cut, names).await?,
            RiskTable::Concentrations => {
                self.pile_table(picture, asked.least.unwrap_or(picture.least()), names).await?
            }
            RiskTable::Concurrency => self.concurrency_table(picture, names).await?,
            RiskTable::Severe => {
                let mut counts = SevereCounts::new(asked.basis, picture.severe());
                self.visit(picture, &mut |fact| counts.add(fact, &picture.filter)).await?;
                counts.table(&called.scales, names)
            }
            RiskTable::Interdependencies => self.edge_table(picture).await?,
            RiskTable::Unassessed => tables::unassessed(&self.all_unassessed(picture).await?, names),
            RiskTable::Partners => tables::partners(&self.partners_in(picture).await?, names),
            RiskTable::Trend => self.trend_table(picture, asked).await?,
            RiskTable::Mitigations => {
                let promises = self.promises(picture).await?;
                left_out(tables::promises(&promises.found, names), promises.unreadable)
            }
            RiskTable::Influence => {
                let influence = self.influence(picture, None, None).await?;
                left_out(tables::influence(&influence.found), influence.unreadable)
            }
            RiskTable::Decisions => {
                let influence = self.influence(picture, None, None).await?;
                left_out(tables::decisions(&influence.found), influence.unreadable)
            }
            RiskTable::Spend => {
                let spend = self.spend(picture).await?;
                let areas: Vec<String> = spend.areas.iter().map(|code| names.coded(code)).collect();
                let mut table = tables::spend(&spend.found);
                let note = table.note.take().unwrap_or_default();
                let of =
                    if areas.is_empty() { "no place that is known".to_owned() } else { areas.join(", ") };
                left_out(table.noted(format!("{note} Heads are residents of {of}.")), spend.unreadable)
            }
        };
        bounded(table.rows.len())?;
        Ok(table)
    }

    /// The heat map, and exposure by group and place, as drawings by name.
    async fn drawings(
        &self,
        picture: &Arc<Picture>,
        basis: RatingBasis,
    ) -> Result<Vec<(&'static str, String)>> {
        let totals = self.totals(picture).await?;
        let cut = self.cut(picture.clone(), &[By::Group, By::District]).await?;
        let called = self.called(picture, &cut).await?;
        let (names, heading) = (called.names(picture), called.heading(picture));
        let above = format!("{}: {}", Beside::LABEL, called.above);
        let word = basis.as_str().to_lowercase();
        let title = format!("Negative impacts by likelihood and consequence ({word} ratings)");
        let drawn = heat::draw(&title, &totals, basis, &called.scales, &above, &heading);
        let (group, place) = (
            |code: &str| names.group(code),
            |code: Option<crate::domain::place::Code>| {
                code.map_or_else(|| "No place that is known".to_owned(), |code| names.place(code))
            },
        );
        let title = format!("Exposure by group and place ({word} ratings)");
        let of = matrix::Called { group: &group, place: &place };
        let exposed = matrix::draw(&title, &counted(&cut, basis), of, &above, &heading);
        Ok(vec![("heat-map", drawn), ("exposure", exposed)])
    }

    async fn called(&self, picture: &Picture, cut: &Cut) -> Result<Called> {
        let mut ids: BTreeSet<OrganisationId> =
            cut.parts.iter().filter_map(|(key, _)| key.organisation).collect();
        ids.extend(&picture.selection.own);
        let ids: Vec<OrganisationId> = ids.into_iter().collect();
        let mut found = self.organisations(&ids).await?;
        found.extend(picture.overseen.iter().map(|own| (own.id, own.clone())));
        let scales = picture.overseen.iter().map(|own| &own.settings.scale);
        let own = picture.overseen.iter().filter(|own| picture.selection.own.contains(&own.id));
        let own: Vec<&str> = own.map(|own| own.name.as_str()).collect();
        let shared = if picture.selection.shared.is_empty() { "" } else { ", and what was shared with them" };
        Ok(Called {
            scales: scales.map(|scale| (scale_name(scale), scale.clone())).collect(),
            organisations: found.into_iter().map(|(id, one)| (id, (one.ods_code, one.name))).collect(),
            above: self.beside(picture).await?.told(),
            whose: format!("{}{shared}", if own.is_empty() { "nobody".to_owned() } else { own.join(", ") }),
        })
    }

    async fn summary_table(&self, picture: &Picture) -> Result<Table> {
        let beside = self.beside(picture).await?;
        let coverage = &beside.coverage;
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let apart = [
            ("decisions", "Registered decisions", count(coverage.decisions)),
            ("assessedDecisions", "Those with an assessment that was sent on", count(coverage.assessed)),
            ("draftedDecisions", "Those with one that is still being written", count(coverage.drafts)),
            (
                "decidedWithoutAssessment",
                "Those that were decided although no assessment was sent on",
                count(coverage.decided_without_assessment),
            ),
            ("partnerProposals", "Partners' proposals without a case here", count(beside.partners as u64)),
            (
                "notShown",
                "Cases that whoever asks is kept from, in no figure",
                count(beside.not_shown as u64),
            ),
            (
                "pendingReactions",
                "Changes elsewhere that cases have not reacted to yet",
                count(beside.pending),
            ),
        ];
        Ok(tables::summary(&apart, &*self.totals(picture).await?))
    }

    async fn exposure_table(&self, cut: &Arc<Cut>, basis: RatingBasis, names: Names<'_>) -> Result<Table> {
        let mut beside = Vec::with_capacity(cut.parts.len());
        let shown = Shown::new(cut.clone(), cut.parts.iter().map(|(key, _)| key.clone()).collect());
        for (key, part) in &cut.parts {
            let residents = self.residents(&shown, key).await?;
            beside.push(Part { residents, partners: part.partners });
        }
        Ok(tables::exposures(&cut.by, &counted(cut, basis), &beside, basis, names))
    }

    /// The cases behind each part that may be read, in the order of the parts.
    async fn case_table(&self, cut: &Cut, names: Names<'_>) -> Result<Table> {
        let picture = &cut.picture;
        let place: HashMap<&Key, usize> = cut.parts.iter().map(|(key, _)| key).zip(0..).collect();
        let (mut of, mut many) = (Vec::new(), 0);
        self.visit(picture, &mut |fact| {
            if picture.filter.counts(fact.contribution.standpoint)
                && (fact.readable || picture.actor.is_none())
            {
                for (key, _) in fact.parts(&cut.by, &picture.filter) {
                    many += 1;
                    if let Some(place) = place.get(&key).filter(|_| many <= ROWS) {
                        of.push((*place, fact.case));
                    }
                }
            }
        })
        .await?;
        bounded(many)?;
        let ids: BTreeSet<AssessmentId> = of.iter().map(|(_, case)| *case).collect();
        let ids: Vec<AssessmentId> = ids.into_iter().collect();
        let scope = picture.actor.as_ref().map_or(Scope::Everything, Scope::Read);
        let mut heads = HashMap::new();
        for some in ids.chunks(AT_ONCE) {
            let found = self.store.read().summaries(some, scope).await?;
            heads.extend(found.into_iter().map(|summary| (summary.head.id, summary.head)));
        }
        let mut rows: Vec<_> = of
            .iter()
            .filter_map(|(place, case)| heads.get(case).map(|head| (*place, &head.reference, head)))
            .collect();
        rows.sort_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
        let mut table = Table::new("cases", "The cases behind each part", &tables::key_columns(&cut.by))
            .noted("Those that whoever asks may read; the others are counted and not named.");
        table.head(&[
            ("reference", "Case"),
            ("title", "Title"),
            ("standing", "Standing"),
            ("band", "Gravest current band of the case"),
            ("decisionDate", "To be decided on"),
        ]);
        for (place, _, head) in rows {
            let Some((key, _)) = cut.parts.get(place) else { continue };
            let mut row = tables::key_cells(&cut.by, key, names);
            row.extend([
                head.reference.as_str().into(),
                head.title.as_str().into(),
                head.standing.as_str().into(),
                head.band.map(Band::as_str).into(),
                head.decision_date.into(),
            ]);
            table.rows.push(row);
        }
        Ok(table)
    }

    async fn pile_table(&self, picture: &Arc<Picture>, least: usize, names: Names<'_>) -> Result<Table> {
        let piles = self.concentrations(picture, least).await?;
        let mut found = Vec::with_capacity(piles.found.len());
        for pile in &piles.found {
            let heap = Heap {
                residents: pile.residents(),
                group_residents: pile.group_residents(),
                districts: districts(picture, &pile.found.lsoas),
                partners: self.partners_beside(pile).await?,
            };
            found.push((&*pile.found, heap));
        }
        let table = tables::concentrations(&found, names);
        Ok(if piles.truncated { cut_off(table) } else { table })
    }

    async fn concurrency_table(&self, picture: &Arc<Picture>, names: Names<'_>) -> Result<Table> {
        let by_group = self.cut(picture.clone(), &[By::Group]).await?;
        let negative = by_group
            .parts
            .iter()
            .filter(|(_, part)| part.figures.counts.impacts(crate::domain::impact::Direction::Negative) > 0);
        let mut groups: Vec<&str> = negative.filter_map(|(key, _)| key.group.as_deref()).collect();
        groups.retain(|group| picture.groups.find(group).is_some());
        groups.sort_unstable();
        let mut found = Vec::new();
        for group in groups {
            for level in self.concurrency(picture, group).await? {
                let reference = picture.reference.as_ref();
                let heap = Heap {
                    residents: reference.and_then(|reference| reference.residents(&level.lsoas)),
                    group_residents: reference
                        .and_then(|reference| reference.group_residents(&level.lsoas, group)),
                    districts: districts(picture, &level.lsoas),
                    partners: 0,
                };
                found.push((group, level.at_least, level.lsoas.count(), heap));
            }
        }
        Ok(tables::concurrency(&found, names))
    }

    async fn edge_table(&self, picture: &Picture) -> Result<Table> {
        // The heading says so.
        let connected = self.connected_today(picture).await?;
        let of = |id: AssessmentId| {
            let stub = connected.node(id);
            End {
                reference: stub.map(|stub| stub.reference.clone()),
                title: stub.map(|stub| stub.title.clone()),
            }
        };
        let ends = connected.edges.iter().map(|edge| {
            let to = match (edge.edge.target, &edge.edge.partner) {
                (Some(target), _) => of(target),
                (None, partner) => {
                    let named = partner.iter().flat_map(|one| [&one.name, &one.organisation]).flatten();
                    let named: Vec<&str> = named.map(String::as_str).collect();
                    End { reference: None, title: (!named.is_empty()).then(|| named.join(", ")) }
                }
            };
            (edge, of(edge.from), to)
        });
        let mut table = tables::edges(&ends.collect::<Vec<_>>());
        if connected.truncated {
            table = table.noted("There are more cases than are looked at, which are the first by reference: ask for part of them.");
        }
        Ok(table)
    }

    async fn trend_table(&self, picture: &Arc<Picture>, asked: &ExtractAsked) -> Result<Table> {
        let mut months = Vec::new();
        for month in self.trend(picture, asked.months, None).await? {
            months.push((month.month, month.recorded, self.totals(&month.picture).await?));
        }
        let told: Vec<_> =
            months.iter().map(|(month, recorded, totals)| (*month, *recorded, &**totals)).collect();
        Ok(tables::trend(&told, asked.basis))
    }

    async fn all_unassessed(&self, picture: &Picture) -> Result<Vec<RegisteredDecision>> {
        let coverage = self.coverage_in(picture).await?;
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let size = u32::try_from(AT_ONCE).unwrap_or_default();
            let window = Window { size, forwards: true, cursor };
            let Slice { nodes, has_next, .. } = self.list_unassessed(&coverage, &window).await?;
            cursor = nodes.last().map(|(cursor, _)| cursor.clone());
            found.extend(nodes.into_iter().map(|(_, decision)| decision));
            bounded(found.len())?;
            if !has_next || cursor.is_none() {
                return Ok(found);
            }
        }
    }
}

impl Called {
    fn names<'a>(&'a self, picture: &'a Picture) -> Names<'a> {
        Names {
            groups: &picture.groups,
            reference: picture.reference.as_deref(),
            organisations: &self.organisations,
        }
    }

    fn heading(&self, picture: &Picture) -> Vec<(String, String)> {
        let said = Said { today: picture.moment.today, whose: &self.whose, as_at: picture.filter.as_at };
        tables::heading(&picture.filter, self.names(picture), said)
    }
}

/// The parts of a picture by one judgement.
fn counted(cut: &Cut, basis: RatingBasis) -> Vec<(Key, Counted)> {
    cut.parts.iter().map(|(key, part)| (key.clone(), Counted::of(&part.figures, basis))).collect()
}

fn districts(picture: &Picture, lsoas: &crate::domain::place::Lsoas) -> Vec<crate::domain::place::Code> {
    picture.reference.as_ref().map(|reference| reference.districts_of(lsoas)).unwrap_or_default()
}

/// Says how many cases are not in a table because whoever asks may not read them.
fn left_out(mut table: Table, unreadable: usize) -> Table {
    if unreadable > 0 {
        let note = table.note.take().unwrap_or_default();
        let told = format!(
            "{note} Not in it, because whoever asks may not read them: {}.",
            text::counted(unreadable, "case")
        );
        table = table.noted(told.trim_start());
    }
    table
}

/// Says that there are more places than were looked at.
fn cut_off(mut table: Table) -> Table {
    let note = table.note.take().unwrap_or_default();
    let told = format!(
        "{note} There are more places than were looked at: those that are merely widespread, less grave or under fewer cases may be missing."
    );
    table.noted(told.trim_start())
}

/// A table's name for files.
fn key(table: RiskTable) -> &'static str {
    match table {
        RiskTable::Summary => "summary",
        RiskTable::Bands => "bands",
        RiskTable::HeatMap => "heat-map",
        RiskTable::Exposures => "exposures",
        RiskTable::Cases => "cases",
        RiskTable::Concentrations => "concentrations",
        RiskTable::Concurrency => "concurrency",
        RiskTable::Severe => "severe",
        RiskTable::Interdependencies => "interdependencies",
        RiskTable::Unassessed => "unassessed",
        RiskTable::Partners => "partners",
        RiskTable::Trend => "trend",
        RiskTable::Mitigations => "mitigations",
        RiskTable::Influence => "influence",
        RiskTable::Decisions => "decisions",
        RiskTable::Spend => "spend",
    }
}

/// Refuses a table that is longer than can be kept in mind while it is made.
fn bounded(rows: usize) -> Result<()> {
    if rows <= ROWS {
        return Ok(());
    }
    let message = format!(
        "That is a table of more than {} rows; narrow the filter to some organisations, areas, groups or a day, or cut the picture by \
         less.",
        text::grouped(u32::try_from(ROWS).unwrap_or(u32::MAX))
    );
    Err(Violation::new("TOO_MANY", message, Path::of(["filter"])).into())
}
