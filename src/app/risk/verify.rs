//! Whether ledger and roll-up are what follows from the cases, and making them so.

use std::{collections::BTreeMap, sync::Arc};

use super::fact::each_row;
use crate::{
    app::{App, Result},
    domain::{
        calendar::Moment,
        case::Case,
        form::{Form, FormSubject},
        id::{AssessmentId, OrganisationId},
        organisation::Organisation,
        risk::{Atlas, Contribution, Rollup, RollupKey, Tally},
        workflow::{definition::Workflow, engine},
    },
    store::{
        Reader,
        risk::{
            Entry,
            ledger::{Fold, Rows},
        },
    },
};

/// Cases that are read at once.
const CASES: u64 = 200;

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
    /// Cells of roll-ups.
    pub cells: u64,
    /// Rows that wait to be folded, which is no fault.
    pub unfolded: u64,
    /// Every difference.
    pub differences: Vec<Difference>,
}

impl Verified {
    fn differs(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.differences.push(Difference { place: place.into(), reason: reason.into() });
    }
}

impl App {
    /// Recomputes ledger and roll-up from the cases, and names every difference. `progress` hears how many cases were
    /// looked at.
    pub async fn verify_risk(&self, progress: &mut (dyn FnMut(u64) + Send)) -> Result<Verified> {
        let mut verified = Verified::default();
        let (reference, edition) = self.edition_of_places().await?;
        let mut atlas = Atlas::new(reference, &[]);
        for organisation in self.store.read().all_organisations().await? {
            let snapshot = self.store.snapshot().await?;
            let read = snapshot.read();
            let rollup = self.verify_ledger(&read, &organisation, &mut verified, progress).await?;
            let editions = read.rollup_editions(&[organisation.id]).await?;
            let there = read.whole_rollup(organisation.id).await?;
            verified.cells += there.len() as u64;
            // One that was made with other places is asked by nobody, and made anew by the worker.
            if editions.get(&organisation.id).is_none_or(|made| *made == edition) {
                compare(&organisation.ods_code, rollup.cells(&mut atlas), there, &mut verified);
            }
        }
        Ok(verified)
    }

    /// Holds the rows of an organisation's cases against these, and counts what the roll-up should have.
    async fn verify_ledger(
        &self,
        read: &Reader<'_>,
        organisation: &Organisation,
        verified: &mut Verified,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Rollup> {
        let (mut rollup, mut last) = (Rollup::default(), None);
        loop {
            let cases = read.cases_of(organisation.id, last, CASES).await?;
            let Some((end, _)) = cases.last() else { return Ok(rollup) };
            last = Some(*end);
            let ids: Vec<AssessmentId> = cases.iter().map(|(id, _)| *id).collect();
            let mut rows: BTreeMap<AssessmentId, Vec<Entry>> = BTreeMap::new();
            each_row(read, Rows::Every(&ids), |entry| {
                rows.entry(entry.case).or_default().push(entry);
                true
            })
            .await?;
            for (id, case) in cases {
                let rows = rows.remove(&id).unwrap_or_default();
                for row in &rows {
                    verified.unfolded += u64::from(matches!(row.fold, Fold::Add | Fold::Out));
                    if matches!(row.fold, Fold::In | Fold::Out) {
                        rollup.add(&row.contribution, 1);
                    }
                }
                match case {
                    Ok(case) => {
                        let wanted = self.contribution(&case, organisation).await?;
                        for reason in wrong(&rows, wanted.as_ref(), organisation.id) {
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
    async fn contribution(&self, case: &Case, organisation: &Organisation) -> Result<Option<Contribution>> {
        let form: Arc<Form> = self.pinned(case.organisation, &case.form).await?;
        if form.about != FormSubject::Proposal {
            return Ok(None);
        }
        let workflow: Arc<Workflow> = self.pinned(case.organisation, &case.workflow).await?;
        let (phase, standing) = engine::stands(case, &workflow);
        Ok(Some(Contribution::of(case, phase, standing, &organisation.settings.scale)))
    }

    /// Makes ledger and roll-up anew from the cases, some at a time: rows that are wrong are closed, what is asked
    /// meanwhile is right. `progress` hears how many cases were looked at, then how many rows were folded.
    pub async fn rebuild_risk(
        &self,
        moment: Moment,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Verified> {
        let mut done = Verified::default();
        let (reference, edition) = self.edition_of_places().await?;
        let mut atlas = Atlas::new(reference, &[]);
        for organisation in self.store.read().all_organisations().await? {
            let mut last = None;
            loop {
                let cases = self.store.read().case_ids_of(organisation.id, last, CASES).await?;
                let Some(end) = cases.last() else { break };
                last = Some(*end);
                for id in cases {
                    if let Err(error) = self.enter_anew(id, &organisation, moment).await {
                        done.differs(id.to_string(), format!("it could not be entered: {error}"));
                    }
                    done.cases += 1;
                    progress(done.cases);
                }
            }
            self.store
                .write::<_, crate::app::Error>(async |tx| {
                    tx.hold_rollup(organisation.id, &edition).await?;
                    Ok(tx.empty_rollup(organisation.id, &edition).await?)
                })
                .await?;
            loop {
                let folded = self.fold_batch(organisation.id, &edition, &mut atlas).await?;
                if folded == 0 {
                    break;
                }
                done.unfolded += folded;
                progress(done.cases);
            }
            done.cells += self.store.read().whole_rollup(organisation.id).await?.len() as u64;
        }
        Ok(done)
    }

    async fn enter_anew(&self, id: AssessmentId, organisation: &Organisation, moment: Moment) -> Result<()> {
        self.store
            .write::<_, crate::app::Error>(async |tx| {
                let Some(case) = tx.case(id).await? else { return Ok(()) };
                match self.contribution(&case, organisation).await? {
                    Some(contribution) => Ok(tx.enter_case(&case, &contribution, moment.at).await?),
                    None => Ok(()),
                }
            })
            .await
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
    if last.contribution != *wanted {
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
                own.cases, wanted.cases
            );
            verified.differs(place(&key), reason);
        }
    }
    for (key, own) in there.into_iter().filter(|(_, own)| !own.is_empty()) {
        verified
            .differs(place(&key), format!("it counts {} cases, and none follows from the ledger", own.cases));
    }
}
