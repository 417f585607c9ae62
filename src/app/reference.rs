//! Reference data: loaded by the operator, held in memory once it is asked for, by each process for itself.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::Mutex, task::spawn_blocking};

use crate::{
    app::{App, Error, Result, Slice, View},
    domain::{
        area::AreaLevel,
        calendar::Moment,
        canonical,
        page::Window,
        place::{Assembly, Code, Fault, Kind, Reference, Sheet, Unanswered, succeeds},
        risk,
        text::{self, Path, Violation},
    },
    store,
};

pub use crate::store::reference::ReferenceFile;

/// How long a process may not notice that another one loaded a newer edition.
const NOTICE: Duration = Duration::from_secs(5);

/// What is held of reference data: nothing until it is asked for.
#[derive(Default)]
pub(super) struct Held(Mutex<State>);

#[derive(Default)]
struct State {
    looked: Option<Instant>,
    /// Digests of the files that it was made of.
    of: Vec<String>,
    reference: Option<Arc<Reference>>,
    /// Names what is known of areas: where footprints lie does not change while it stays the same.
    places: String,
    /// Whether what was to be in force could not be read when it was looked at.
    unreadable: bool,
}

impl State {
    fn told(&self) -> Result<Option<Arc<Reference>>> {
        if self.unreadable && self.reference.is_none() {
            return Err(Error::Internal(anyhow::anyhow!("reference data could not be read a moment ago")));
        }
        Ok(self.reference.clone())
    }
}

/// What is known of places, or why nothing is.
pub(super) type Places = Result<Arc<Reference>, Unanswered>;

/// What a file replaces: the one of its kind and name.
type Key = (Kind, String);
/// A file that is to be in force, with its bytes where it is new.
type Wanted = (ReferenceFile, Option<Vec<u8>>);

/// What came of a file that was to be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Updated {
    /// The file as it is in force now.
    pub file: ReferenceFile,
    /// Whether it was not in force before.
    pub new: bool,
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Violation::new("REFERENCE", fault.to_string(), Path::default()).into()
    }
}

impl From<Unanswered> for Error {
    fn from(unanswered: Unanswered) -> Self {
        Violation::new(unanswered.code, unanswered.message, Path::default()).into()
    }
}

impl App {
    /// Areas and who lives there, as loaded last; `None` where nothing was loaded. Read from the database when it is
    /// first asked for, and again when another edition was loaded.
    pub async fn find_reference(&self) -> Result<Option<Arc<Reference>>> {
        self.look().await.map(|(reference, _)| reference)
    }

    /// The same with a name of what it says of areas.
    async fn look(&self) -> Result<(Option<Arc<Reference>>, String)> {
        let mut state = self.shared.reference.0.lock().await;
        if state.looked.is_some_and(|looked| looked.elapsed() < NOTICE) {
            return state.told().map(|told| (told, state.places.clone()));
        }
        let files = self.store.read().reference_files().await?;
        let of: Vec<String> = files.iter().map(|file| file.sha256.clone()).collect();
        let areas = [Kind::Areas, Kind::Places, Kind::FormerPlaces, Kind::Mapping];
        let placing = files.iter().filter(|file| areas.contains(&file.kind));
        let places: String = placing.map(|file| file.sha256.as_str()).collect();
        let made = if of == state.of {
            Ok(state.reference.clone())
        } else if files.is_empty() {
            Ok(None)
        } else {
            self.assemble(files).await.map(|made| Some(Arc::new(made)))
        };
        // Only now: whoever asks may go away while it is read, and the next one begins again. What cannot be read is
        // not tried at once again, and what was in force before stays.
        state.looked = Some(Instant::now());
        state.unreadable = made.is_err();
        (state.of, state.reference) = (of, made?);
        state.places = canonical::sha256(places.as_bytes());
        Ok((state.reference.clone(), state.places.clone()))
    }

    /// The same; refused, with what to do, where nothing was loaded.
    pub async fn reference(&self) -> Result<Arc<Reference>> {
        Ok(self.find_reference().await?.ok_or_else(missing)?)
    }

    /// The same for whoever looks for this text in it.
    pub async fn reference_to_search(&self, text: &str) -> Result<Arc<Reference>> {
        text::check(text, text::LINE, &Path::of(["search"]))?;
        self.reference().await
    }

    /// The same for cases, which are read and written whether or not anything is known of places.
    pub(super) async fn known_places(&self) -> Places {
        let found = self.find_reference().await.map(|found| found.ok_or_else(missing));
        found.unwrap_or_else(|error| {
            let error = anyhow::Error::new(error);
            tracing::error!(error = format!("{error:#}"), "reference data cannot be read; load it again");
            Err(unreadable())
        })
    }

    /// The same with a name of what it says of areas, and of how risk is counted by it: `none` where nothing is known.
    ///
    /// # Errors
    /// Where it cannot be read: nothing is counted anew by that.
    pub(super) async fn edition_of_places(&self) -> Result<(Option<Arc<Reference>>, String)> {
        let (reference, places) = self.look().await?;
        let places = if reference.is_some() { places.as_str() } else { "none" };
        Ok((reference, format!("{} {places}", risk::COUNTING)))
    }

    /// Lets a case know what is known of its places, which may take until that was read once after a start: nothing
    /// else waits for it.
    pub async fn place(&self, view: &View) {
        if view.unplaced() {
            let places = self.known_places().await;
            view.places.get_or_init(|| places);
        }
    }

    /// Whether it was asked for, and is held or being read.
    #[must_use]
    pub fn holds_reference(&self) -> bool {
        self.shared.reference.0.try_lock().map_or(true, |state| state.looked.is_some())
    }

    /// Reads reference data before anybody asks for it.
    pub async fn read_reference_ahead(&self) {
        // Why it cannot be read is told there.
        let _ = self.known_places().await;
    }

    /// The code of an area that is known, one that ended included; of any place, where nothing is loaded.
    pub async fn find_area(&self, code: &str) -> Result<Option<Code>> {
        let reference = self.find_reference().await?;
        let known =
            |code: &Code| reference.as_ref().is_none_or(|found| found.gazetteer().find(*code).is_some());
        Ok(Code::parse(code).filter(known))
    }

    /// A page of the areas that a text may mean, and how many there are in all.
    pub async fn search_areas(
        &self,
        text: &str,
        level: Option<AreaLevel>,
        window: &Window,
    ) -> Result<(Slice<Code>, usize)> {
        let found = self.reference_to_search(text).await?.gazetteer().search(text, level);
        let from = match &window.cursor {
            None => 0,
            Some(cursor) => {
                let at = found.iter().position(|code| code.to_string() == *cursor);
                at.ok_or(store::Error::Cursor)? + 1
            }
        };
        let size = window.size as usize;
        let nodes = found.iter().skip(from).take(size).map(|code| (code.to_string(), *code)).collect();
        Ok((Slice { nodes, has_previous: from > 0, has_next: found.len() > from + size }, found.len()))
    }

    /// The reference files in force.
    pub async fn reference_files(&self) -> Result<Vec<ReferenceFile>> {
        Ok(self.store.read().reference_files().await?)
    }

    /// Loads reference files, by name and bytes: all of them or none. Each is held against the others and against
    /// those in force, and replaces the one of its kind and name; one that is in force already is left alone.
    /// `progress` is told of every file that was looked at.
    pub async fn load_reference(
        &self,
        files: Vec<(String, Vec<u8>)>,
        moment: Moment,
        mut progress: impl FnMut(),
    ) -> Result<Vec<Updated>> {
        let before = self.reference_files().await?;
        let in_force: BTreeMap<Key, ReferenceFile> =
            before.iter().map(|file| ((file.kind, file.name.clone()), file.clone())).collect();
        let mut wanted: BTreeMap<Key, Wanted> =
            in_force.iter().map(|(key, file)| (key.clone(), (file.clone(), None))).collect();
        let mut asked = Vec::new();
        for (file, bytes) in files {
            let sha256 = canonical::sha256(&bytes);
            if let Some(known) = before.iter().find(|known| known.sha256 == sha256) {
                asked.push((known.kind, known.name.clone()));
                continue;
            }
            let (head, bytes) = head(file, bytes, sha256, moment).await?;
            let key = (head.kind, head.name.clone());
            if asked.contains(&key) {
                let told = format!("{}: Another of these files has the same kind and name.", head.file);
                return Err(Violation::new("REFERENCE", told, Path::default()).into());
            }
            let version = in_force.get(&key).map_or(1, |file| file.version + 1);
            asked.push(key.clone());
            wanted.insert(key, (ReferenceFile { version, ..head }, Some(bytes)));
        }
        let is_new = |file: &ReferenceFile| !before.contains(file);
        if wanted.values().any(|(file, _)| is_new(file)) {
            self.try_out(&in_force, &wanted, &mut progress).await?;
            self.put_in_force(&before, &wanted).await?;
            self.shared.reference.0.lock().await.looked = None;
        }
        let updated = asked.iter().filter_map(|key| wanted.get(key));
        Ok(updated.map(|(file, _)| Updated { new: is_new(file), file: file.clone() }).collect())
    }

    /// Makes of the files what would be made of them, and throws it away.
    async fn try_out(
        &self,
        in_force: &BTreeMap<Key, ReferenceFile>,
        wanted: &BTreeMap<Key, Wanted>,
        progress: &mut impl FnMut(),
    ) -> Result<()> {
        let mut assembly = Assembly::default();
        for (key, (file, bytes)) in wanted {
            let kept = match bytes {
                Some(bytes) => bytes.clone(),
                None => self.store.read().reference_bytes(file).await?,
            };
            let old = in_force.get(key).filter(|_| bytes.is_some());
            let old = match old {
                Some(old) => Some((old.file.clone(), self.store.read().reference_bytes(old).await?)),
                None => None,
            };
            let name = file.file.clone();
            assembly = off_the_road(move || {
                let sheet = Sheet::read(&name, &kept)?;
                if let Some((name, bytes)) = old {
                    succeeds(&Sheet::read(&name, &bytes)?, &sheet)?;
                }
                assembly.add(&sheet)?;
                Ok(assembly)
            })
            .await?;
            progress();
        }
        off_the_road(move || assembly.finish().map(drop)).await
    }

    /// Keeps what is new in one transaction, if what is in force is still what it was held against.
    async fn put_in_force(&self, before: &[ReferenceFile], wanted: &BTreeMap<Key, Wanted>) -> Result<()> {
        self.store
            .write(async |tx| {
                if tx.read().reference_files().await? != before {
                    return Err(Error::Retry);
                }
                for (file, bytes) in wanted.values() {
                    let Some(bytes) = bytes else { continue };
                    match tx.keep_reference(file, bytes.clone()).await {
                        Err(store::Error::Unique { .. }) => return Err(Error::Retry),
                        kept => kept?,
                    }
                }
                Ok(())
            })
            .await
    }

    /// One file after the other, so that only one is held, packed and unpacked.
    async fn assemble(&self, files: Vec<ReferenceFile>) -> Result<Reference> {
        let mut assembly = Assembly::default();
        for file in files {
            let bytes = self.store.read().reference_bytes(&file).await?;
            assembly = off_the_road(move || {
                let sheet = Sheet::read(&file.file, &bytes)?;
                drop(bytes);
                assembly.add(&sheet)?;
                Ok(assembly)
            })
            .await?;
        }
        off_the_road(move || assembly.finish()).await
    }
}

/// Why nothing is known of places where nothing was loaded.
fn missing() -> Unanswered {
    Unanswered::new(
        "REFERENCE_MISSING",
        "No reference data is loaded here, so nothing is known of places; whoever runs this service loads it with \
         `ehia reference load`.",
    )
}

/// Why nothing is known of places where what was loaded is spoilt.
fn unreadable() -> Unanswered {
    Unanswered::new(
        "REFERENCE_UNREADABLE",
        "The reference data that is loaded here cannot be read, so nothing is known of places; whoever runs this \
         service loads it again with `ehia reference load`.",
    )
}

/// What a file says of itself.
async fn head(
    file: String,
    bytes: Vec<u8>,
    sha256: String,
    moment: Moment,
) -> Result<(ReferenceFile, Vec<u8>)> {
    off_the_road(move || {
        let manifest = Sheet::read(&file, &bytes)?.manifest;
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let head = ReferenceFile {
            kind: manifest.kind,
            name: manifest.name,
            version: 1,
            published: manifest.published,
            source: manifest.source,
            licence: manifest.licence,
            rows: small(manifest.rows),
            size: small(bytes.len()),
            sha256,
            file,
            loaded_at: moment.at,
        };
        Ok((head, bytes))
    })
    .await
}

/// Runs what takes long without waiting where nobody else has to wait for it.
async fn off_the_road<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T> {
    let done = spawn_blocking(work).await.map_err(|error| Error::Internal(error.into()))?;
    Ok(done?)
}
