//! Whether ledger and roll-up are what follows from the cases, and making them so.
//!
//! Cases are read some at a time, and what is summed up is held by the cell: no more is in memory however many cases there
//! are.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use chrono::TimeDelta;

use super::{fact::each_row, fold::Making};
use crate::{
    app::{App, Error, Frame, Result},
    clock,
    domain::{
        calendar::Moment,
        case::Case,
        form::{Form, FormSubject},
        group::Catalogue,
        id::{AssessmentId, OrganisationId},
        organisation::Organisation,
        risk::{Atlas, Contribution, Page, PageKey, Rollup, RollupKey, Tally},
        workflow::{definition::Workflow, engine},
    },
    store::{
        self, Reader,
        record::Revision,
        risk::{
            Entry,
            ledger::{Fold, Rows},
        },
    },
};

/// Cases that are read at once.
const CASES: u64 = 200;
/// How often a roll-up is begun anew that somebody else took over.
const TRIES: usize = 5;
/// How long whoever else makes a roll-up is waited for: one of a hundred thousand cases takes minutes.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);
/// Between two looks whether they have.
const PAUSE: Duration = Duration::from_millis(250);

/// Something that is not what follows from the cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where: a case, or a cell of the roll-up.
    pub place: String,
    /// What is wrong there.
    pub reason: String,
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Cases.
    pub cases: u64,
    /// Frozen revisions that rows of the past were held against.
    pub revisions: u64,
    /// Cells of roll-ups.
    pub cells: u64,
    /// Rows that wait to be folded, which is no fault; of a rebuilding, those that were.
    pub unfolded: u64,
    /// Cases of which a rebuilding asked the worker to read again whether their reliances hold.
    pub relying: u64,
    /// Every difference.
    pub differences: Vec<Difference>,
}

impl Verified {
    fn differs(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.differences.push(Difference { place: place.into(), reason: reason.into() });
    }
}

impl App {
    /// Recomputes ledger and roll-up from the cases, and names every difference; rows of the past are held against the
    /// revisions that were frozen while they stood. `progress` hears how many cases were looked at.
    pub async fn verify_risk(&self, progress: &mut (dyn FnMut(u64) + Send)) -> Result<Verified> {
        let mut verified = Verified::default();
        let (reference, edition) = self.edition_of_places().await?;
        let mut atlas = Atlas::new(reference, &[]);
        for organisation in self.store.read().all_organisations().await? {
            let frame = self.frame(&organisation).await?;
            let snapshot = self.store.snapshot().await?;
            let read = snapshot.read();
            let rollup = self.verify_ledger(&read, &frame, &mut atlas, &mut verified, progress).await?;
            let state = read.rollup_states(&[organisation.id]).await?.remove(&organisation.id);
            // One that was made with other places, or is being made, is asked by nobody, and made anew by the worker.
            if state.is_none_or(|state| state.edition == edition) {
                let (there, pages) =
                    (read.whole_rollup(organisation.id).await?, read.whole_pages(organisation.id).await?);
                verified.cells += there.len() as u64;
                let wanted = rollup.cells(&mut atlas);
                compare_pages(&organisation.ods_code, &wanted, pages, &mut verified);
                compare(&organisation.ods_code, wanted, there, &mut verified);
            }
        }
        Ok(verified)
    }

    /// Holds the rows of an organisation's cases against these, and counts what the roll-up should have.
    async fn verify_ledger(
        &self,
        read: &Reader<'_>,
        frame: &Frame,
        atlas: &mut Atlas,
        verified: &mut Verified,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Rollup> {
        let (organisation, groups) = (frame.organisation.id, &frame.groups);
        let (mut rollup, mut last) = (Rollup::default(), None);
        loop {
            let cases = read.cases_of(organisation, last, CASES).await?;
            let Some((end, _)) = cases.last() else { return Ok(rollup) };
            last = Some(*end);
            let ids: Vec<AssessmentId> = cases.iter().map(|(id, _)| *id).collect();
            let mut rows: BTreeMap<AssessmentId, Vec<Entry>> = BTreeMap::new();
            each_row(read, Rows::Every(&ids), |entry| rows.entry(entry.case).or_default().push(entry))
                .await?;
            let mut frozen: BTreeMap<AssessmentId, Vec<store::Result<Revision>>> = BTreeMap::new();
            for (id, revision) in read.revisions_of(&ids).await? {
                frozen.entry(id).or_default().push(revision);
            }
            for (id, case) in cases {
                let rows = rows.remove(&id).unwrap_or_default();
                for row in &rows {
                    verified.unfolded += u64::from(matches!(row.fold, Fold::Add | Fold::Out));
                    if matches!(row.fold, Fold::In | Fold::Out) {
                        rollup.add(&row.contribution, 1, atlas);
                    }
                }
                match case {
                    Ok(case) => {
                        let wanted = self.contribution(&case, frame).await?;
                        let mut reasons = wrong(&rows, wanted.as_ref(), organisation);
                        if wanted.is_some() {
                            for revision in frozen.remove(&id).unwrap_or_default() {
                                verified.revisions += 1;
                                reasons.extend(untrue(&rows, revision, groups));
                            }
                        }
                        for reason in reasons {
                            verified.differs(case.reference.clone(), reason);
                        }
                    }
                    Err(error) => {
                        verified.differs(id.to_string(), format!("the case cannot be read: {error}"));
                    }
                }
                verified.cases += 1;
                progress(verified.cases);
            }
        }
    }

    /// What a case contributes by its own document; nothing when it is about no proposal.
    async fn contribution(&self, case: &Case, frame: &Frame) -> Result<Option<Contribution>> {
        let form: Arc<Form> = self.pinned(case.organisation, &case.form).await?;
        if form.about != FormSubject::Proposal {
            return Ok(None);
        }
        let workflow: Arc<Workflow> = self.pinned(case.organisation, &case.workflow).await?;
        let (phase, standing) = engine::stands(case, &workflow);
        Ok(Some(Contribution::of(case, phase, standing, frame.content())))
    }

    /// Makes ledger and roll-up anew from the cases, some at a time: rows that are wrong are closed, and what is asked
    /// meanwhile is right, or as right as it was. What is wrong in the past stays as it is. Whether reliances
    /// hold is read again by the worker, by a reaction of each case that has some. What could not be made anew is
    /// among the differences. Stopped, it leaves what it has done, and the rest to whoever does it again. `progress` hears how
    /// many cases were looked at.
    pub async fn rebuild_risk(
        &self,
        moment: Moment,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Verified> {
        let mut done = Verified::default();
        let (reference, edition) = self.edition_of_places().await?;
        let mut atlas = Atlas::new(reference, &[]);
        for organisation in self.store.read().all_organisations().await? {
            let frame = self.frame(&organisation).await?;
            let mut last = None;
            loop {
                let cases = self.store.read().cases_of(organisation.id, last, CASES).await?;
                let Some((end, _)) = cases.last() else { break };
                last = Some(*end);
                self.enter_anew(cases, &frame, moment, &mut done).await?;
                progress(done.cases);
            }
            self.write_anew(&organisation, &edition, &mut atlas, &mut done).await?;
            done.cells += self.store.read().whole_rollup(organisation.id).await?.len() as u64;
        }
        Ok(done)
    }

    /// Makes an organisation's roll-up anew: waits for whoever else makes it or holds it, takes it over when they died, and says so
    /// when neither came about.
    async fn write_anew(
        &self,
        organisation: &Organisation,
        edition: &str,
        atlas: &mut Atlas,
        done: &mut Verified,
    ) -> Result<()> {
        let (given_up, mut lost) = (clock::now().at + PATIENCE, 0);
        let reason = loop {
            match self.roll_up_anew(organisation.id, edition, atlas, true).await {
                Ok(Making::Made(rows)) => {
                    done.unfolded += rows;
                    return Ok(());
                }
                Ok(Making::Elsewhere(until)) if until < given_up => tokio::time::sleep(PAUSE).await,
                Ok(Making::Elsewhere(until)) => {
                    break format!(
                        "it was not made anew: another process is making it, and has it until {} UTC at least; run \
                         `ehia risk rebuild` again after that",
                        until.format("%Y-%m-%d %H:%M:%S")
                    );
                }
                // Whoever writes it holds it for longer than a statement waits.
                Err(Error::Retry) if clock::now().at < given_up => tokio::time::sleep(PAUSE).await,
                Err(Error::Retry) => {
                    break "it was not made anew: the database was busy all the time; run `ehia risk rebuild` again when it has \
                           less to do"
                        .to_owned();
                }
                Err(error) => return Err(error),
                Ok(Making::Lost | Making::Needless) => {
                    lost += 1;
                    if lost == TRIES {
                        break format!(
                            "it was not made anew: other processes took it over {TRIES} times while this one stood \
                             still; run `ehia risk rebuild` again when the machine has less to do"
                        );
                    }
                }
            }
        };
        done.differs(format!("the roll-up of {}", organisation.ods_code), reason);
        Ok(())
    }

    /// Enters those of these cases of which the ledger says something else than they do. Of one that changes meanwhile, the
    /// command that changes it does.
    async fn enter_anew(
        &self,
        cases: Vec<(AssessmentId, store::Result<Case>)>,
        frame: &Frame,
        moment: Moment,
        done: &mut Verified,
    ) -> Result<()> {
        let ids: Vec<AssessmentId> = cases.iter().map(|(id, _)| *id).collect();
        let read = self.store.read();
        let (mut rows, mut unreadable) =
            (BTreeMap::<AssessmentId, Vec<Entry>>::new(), BTreeSet::<AssessmentId>::new());
        let found = read.ledger(Rows::Of(&ids), None, CASES * 2).await;
        match found {
            Ok(found) => found.into_iter().for_each(|row| rows.entry(row.case).or_default().push(row)),
            // Which of them cannot be read is not looked for: all are entered again.
            Err(_) => unreadable.extend(&ids),
        }
        let (mut other, mut relying) = (Vec::new(), Vec::new());
        for (id, case) in cases {
            done.cases += 1;
            match case {
                Ok(case) => {
                    if case.relies() {
                        relying.push((id, case.organisation));
                    }
                    let Some(wanted) = self.contribution(&case, frame).await? else { continue };
                    let own = rows.remove(&id).unwrap_or_default();
                    let same = matches!(own.as_slice(), [row] if row.sound
                        && row.contribution == wanted && row.organisation == case.organisation);
                    if !same || unreadable.contains(&id) {
                        other.push((case, wanted));
                    }
                }
                Err(error) => done.differs(id.to_string(), format!("it could not be entered: {error}")),
            }
        }
        if !other.is_empty() {
            self.store.write(async |tx| tx.enter_cases(&other, moment.at).await).await?;
        }
        // Whether reliances hold stands in the cases: it is for each to say, and the worker's to write.
        if !relying.is_empty() {
            let again =
                self.store.write(async |tx| tx.react_again(&relying, moment.at, &mut clock::supply()).await);
            done.relying += again.await? as u64;
        }
        Ok(())
    }
}

/// What is wrong with the rows of a case that contributes this.
fn wrong(rows: &[Entry], wanted: Option<&Contribution>, organisation: OrganisationId) -> Vec<String> {
    let Some(wanted) = wanted else {
        return rows
            .first()
            .map(|_| "it is in the ledger, and about no proposal".to_owned())
            .into_iter()
            .collect();
    };
    let mut wrong = Vec::new();
    let open = rows.iter().filter(|row| row.to.is_none()).count();
    let Some(last) = rows.last() else { return vec!["it is not in the ledger".into()] };
    if open != 1 || last.to.is_some() {
        wrong.push(format!("{open} of its rows in the ledger stand, and exactly the last should"));
    }
    if last.contribution != *wanted || !last.sound {
        wrong.push(format!("its row {} in the ledger is not what follows from the case", last.number));
    }
    for (row, number) in rows.iter().zip(1_i64..) {
        if row.number != number {
            wrong.push(format!(
                "its rows in the ledger are not counted one by one: {} stands for {number}",
                row.number
            ));
        }
        if row.organisation != organisation {
            wrong.push(format!("its row {} is of another organisation", row.number));
        }
        if row.to.is_some() != matches!(row.fold, Fold::Out | Fold::Past) {
            wrong.push(format!("its row {} is {} to the roll-up, which it cannot be", row.number, row.fold));
        }
    }
    for pair in rows.windows(2) {
        if let [one, next] = pair
            && one.to != Some(next.from)
        {
            wrong.push(format!("its row {} does not end when the next begins", one.number));
        }
    }
    wrong
}

/// What is wrong with the rows of a case that said this when a revision of it was frozen. What was entered later than that says
/// nothing of it.
fn untrue(rows: &[Entry], revision: store::Result<Revision>, groups: &Catalogue) -> Option<String> {
    let revision = match revision {
        Ok(revision) => revision,
        Err(error) => return Some(format!("a revision of it cannot be read: {error}")),
    };
    let at = revision.frozen_at;
    // What changes at the same instant stood there, too.
    let mut stood = rows.iter().filter(|row| row.from <= at && row.to.is_none_or(|to| to >= at)).peekable();
    let first = rows.first().filter(|first| first.from <= at)?;
    let number = stood.peek().map_or(first.number, |row| row.number);
    let told = stood.any(|row| row.contribution.is_of(&revision.content, groups));
    (!told).then(|| {
        format!(
            "its row {number} in the ledger is not what revision {} said, which was frozen at {}",
            revision.number,
            at.format("%Y-%m-%d %H:%M:%S")
        )
    })
}

/// Names every page that does not tell what follows from these cells.
fn compare_pages(
    organisation: &str,
    wanted: &BTreeMap<RollupKey, Tally>,
    mut there: BTreeMap<PageKey, Page>,
    verified: &mut Verified,
) {
    let mut pages: BTreeMap<PageKey, Page> = BTreeMap::new();
    for (key, tally) in wanted {
        pages.entry(key.page()).or_default().put(&key.group, tally, &key.scale);
    }
    let place = |PageKey { standpoint, scale, district }: &PageKey| {
        format!("what is told of the roll-up of {organisation}, {standpoint}, {scale}, district {district}")
    };
    for (key, wanted) in pages {
        if there.remove(&key).unwrap_or_default() != wanted {
            verified.differs(place(&key), "it is not what follows from the ledger");
        }
    }
    for (key, _) in there.into_iter().filter(|(_, page)| !page.0.is_empty()) {
        verified.differs(place(&key), "nothing of the ledger is there");
    }
}

/// Names every cell in which two roll-ups differ.
fn compare(
    organisation: &str,
    wanted: BTreeMap<RollupKey, Tally>,
    mut there: BTreeMap<RollupKey, Tally>,
    verified: &mut Verified,
) {
    let place = |key: &RollupKey| {
        let RollupKey { standpoint, scale, group, district } = key;
        format!("the roll-up of {organisation}, {standpoint}, {scale}, group {group}, district {district}")
    };
    for (key, wanted) in wanted {
        let own = there.remove(&key).unwrap_or_default();
        if own != wanted {
            let reason = format!(
                "it counts {} cases, {} follow from the ledger, or it differs in what it says of them",
                own.counts.cases, wanted.counts.cases
            );
            verified.differs(place(&key), reason);
        }
    }
    for (key, own) in there.into_iter().filter(|(_, own)| !own.is_empty()) {
        verified.differs(
            place(&key),
            format!("it counts {} cases, and none follows from the ledger", own.counts.cases),
        );
    }
}
