//! Reference files: gzip, UTF-8, values between tabs; lines that begin with `#` say what the file is, then come a
//! header and one row a line. Whatever is wrong with one is told with file, line and column.
//!
//! ```text
//! #format  ehia/reference/1
//! #kind    deprivation
//! #name    IMD 2025
//! #rows    33755
//! lsoa     rank    decile  people
//! ```

use std::{collections::BTreeSet, fmt, io::Read as _, str::Split};

use chrono::NaiveDate;
use flate2::bufread::GzDecoder;

use super::Code;
use crate::{text::shortened, words::words};

words! {
    /// What a reference file holds; in the order in which they build on each other.
    Kind {
        /// Areas above the LSOA: names, when they began and ended, what succeeded them.
        Areas = "AREAS",
        /// The LSOAs of today, and the areas each is part of. Their order is their ordinals: never changed, only
        /// appended to.
        Places = "PLACES",
        /// The LSOAs of before, and the areas each was part of.
        FormerPlaces = "FORMER_PLACES",
        /// What became of each former LSOA.
        Mapping = "MAPPING",
        /// An edition of the indices of deprivation, with the people it is counted in.
        Deprivation = "DEPRIVATION",
        /// People or households of each LSOA or MSOA, by group.
        Counts = "COUNTS",
        /// NHS organisations: what is part of what, and what succeeded what.
        Organisations = "ORGANISATIONS",
    }
}

/// The format this program reads.
const FORMAT: &str = "ehia/reference/1";
/// How many bytes one packed byte may stand for where memory is asked for before it is unpacked; ours stand for three.
const LARGEST_RATIO: usize = 16;
/// Largest file that is unpacked, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What is wrong with a reference file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// The line of its text, from 1; 0 when it is about the whole.
    pub line: usize,
    /// The column, from 1, and its heading; `None` when it is about the whole line.
    pub column: Option<(usize, String)>,
    /// What is wrong, in a sentence.
    pub message: String,
}

impl Fault {
    /// What is wrong with the whole of a file.
    pub fn whole(file: &str, message: impl Into<String>) -> Self {
        Self::at(file, 0, message)
    }

    /// What is wrong with a line.
    pub fn at(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, column: None, message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ", line {}", self.line)?;
        }
        if let Some((number, heading)) = &self.column {
            write!(f, ", column {number} ({heading})")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// What it holds.
    pub kind: Kind,
    /// Its name; of an edition of the indices also the edition's: `IMD 2025`.
    pub name: String,
    /// When its figures were published or, of a census, counted; the newest edition is the default.
    pub published: Option<NaiveDate>,
    /// What its rows are: `LSOA 2021`.
    pub places: Option<String>,
    /// The people an edition is counted in: `Census 2021`.
    pub people: Option<String>,
    /// Who published what is in it.
    pub source: String,
    /// Under which licence.
    pub licence: String,
    /// How many rows it has.
    pub rows: usize,
}

/// A file that was unpacked, and whose heading was read.
#[derive(Debug)]
pub struct Sheet {
    /// What it is called, in what is told of it.
    pub file: String,
    /// What it says of itself.
    pub manifest: Manifest,
    header: Vec<String>,
    text: String,
    /// Where the rows begin in `text`, and on which line.
    body: (usize, usize),
}

impl Sheet {
    /// Unpacks a file and reads what it says of itself.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, Fault> {
        let text = unpack(file, bytes)?;
        if let Some((before, _)) = text.split_once('\r') {
            let line = before.matches('\n').count() + 1;
            return Err(Fault::at(
                file,
                line,
                "The line ends in CR LF; lines of these files end in LF alone.",
            ));
        }
        let mut said: Vec<(usize, &str, &str)> = Vec::new();
        let (mut line, mut at, mut rest) = (1, 0, text.as_str());
        let header = loop {
            let Some((first, after)) = rest.split_once('\n') else {
                return Err(Fault::at(file, line, "The file ends before its header."));
            };
            let Some(own) = first.strip_prefix('#') else { break first };
            let Some((key, value)) = own.split_once('\t') else {
                return Err(Fault::at(file, line, "A line of the heading is `#key`, a tab and its value."));
            };
            if said.iter().any(|(_, other, _)| *other == key) {
                return Err(Fault::at(file, line, format!("`#{}` is there twice.", shortened(key))));
            }
            said.push((line, key, value));
            (line, at, rest) = (line + 1, at + first.len() + 1, after);
        };
        let manifest = manifest(file, &said)?;
        let header: Vec<String> = header.split('\t').map(str::to_owned).collect();
        let mut seen = BTreeSet::new();
        for (number, heading) in (1..).zip(&header) {
            if heading.is_empty() || !seen.insert(heading) {
                let message = if heading.is_empty() { "has no heading" } else { "is there twice" };
                let message = format!("The column {message}.");
                let column = Some((number, shortened(heading)));
                return Err(Fault { file: file.to_owned(), line, column, message });
            }
        }
        let body = (at + header.iter().map(|heading| heading.len() + 1).sum::<usize>(), line + 1);
        let sheet = Self { file: file.to_owned(), manifest, header, body, text };
        sheet.counted()
    }

    /// The headings of its columns.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The line of its first row.
    #[must_use]
    pub fn first_line(&self) -> usize {
        self.body.1
    }

    /// Refuses another header than this.
    pub fn expect(&self, header: &[&str]) -> Result<(), Fault> {
        if self.header == header {
            return Ok(());
        }
        let wrong = header.iter().zip(&self.header).position(|(wanted, found)| wanted != found);
        let wrong = wrong.unwrap_or(header.len().min(self.header.len()));
        let found = self.header.get(wrong).map(|heading| shortened(heading)).unwrap_or_default();
        let message = format!(
            "The header is not that of {}; it must be {}.",
            self.manifest.kind.as_str(),
            header.join(", ")
        );
        let column = Some((wrong + 1, found));
        Err(Fault { file: self.file.clone(), line: self.body.1 - 1, column, message })
    }

    /// Its rows, from the first.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let body = self.text.get(self.body.0..).unwrap_or_default();
        let lines = body.strip_suffix('\n').unwrap_or(body).split('\n');
        (self.body.1..).zip(lines).map(|(line, text)| Row {
            sheet: self,
            line,
            number: 0,
            cells: text.split('\t'),
        })
    }

    /// Refuses a number of rows other than what the file says it has, and one that does not end with its line.
    fn counted(self) -> Result<Self, Fault> {
        let body = self.text.get(self.body.0..).unwrap_or_default();
        let found = body.matches('\n').count();
        let last = self.body.1 + found;
        if !body.is_empty() && !body.ends_with('\n') {
            return Err(Fault::at(&self.file, last, "The last line is cut off: it does not end."));
        }
        if found != self.manifest.rows {
            let message = format!("There are {found} rows, and the file says {}.", self.manifest.rows);
            return Err(Fault::at(&self.file, last.saturating_sub(1), message));
        }
        if found == 0 {
            return Err(Fault::at(&self.file, last, "There are no rows."));
        }
        Ok(self)
    }
}

/// One row, read cell by cell.
pub struct Row<'a> {
    sheet: &'a Sheet,
    /// Its line.
    pub line: usize,
    number: usize,
    cells: Split<'a, char>,
}

impl<'a> Row<'a> {
    /// The next cell as it stands.
    pub fn text(&mut self) -> Result<&'a str, Fault> {
        self.number += 1;
        match self.cells.next() {
            Some(text) => Ok(text),
            None => Err(self.wrong("The row ends before this column.")),
        }
    }

    /// The next cell as a whole number.
    pub fn number<T: TryFrom<u32>>(&mut self) -> Result<T, Fault> {
        let text = self.text()?;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = if digits { text.parse::<u32>().ok() } else { None };
        let fits = number.and_then(|number| T::try_from(number).ok());
        fits.ok_or_else(|| {
            self.wrong(format!("`{}` is no whole number that can stand here.", shortened(text)))
        })
    }

    /// The next cell as a flag, 1 or 0.
    pub fn flag(&mut self) -> Result<bool, Fault> {
        match self.text()? {
            "1" => Ok(true),
            "0" => Ok(false),
            other => Err(self.wrong(format!("`{}` is neither 1 nor 0.", shortened(other)))),
        }
    }

    /// The next cell as the code of a place.
    pub fn code(&mut self) -> Result<Code, Fault> {
        let text = self.text()?;
        Code::parse(text)
            .ok_or_else(|| self.wrong(format!("`{}` is no code of a place in England.", shortened(text))))
    }

    /// The next cell as the code of a place, or empty.
    pub fn code_if_any(&mut self) -> Result<Option<Code>, Fault> {
        let text = self.text()?;
        if text.is_empty() {
            return Ok(None);
        }
        let code = Code::parse(text);
        code.map(Some)
            .ok_or_else(|| self.wrong(format!("`{}` is no code of a place in England.", shortened(text))))
    }

    /// The next cell as a date, or empty.
    pub fn date_if_any(&mut self) -> Result<Option<NaiveDate>, Fault> {
        let text = self.text()?;
        if text.is_empty() {
            return Ok(None);
        }
        let date = text.parse().ok();
        date.map(Some)
            .ok_or_else(|| self.wrong(format!("`{}` is no date; write 2026-04-01.", shortened(text))))
    }

    /// Refuses cells beyond the last column.
    pub fn end(&mut self) -> Result<(), Fault> {
        match self.cells.next() {
            None => Ok(()),
            Some(_) => Err(Fault::at(
                &self.sheet.file,
                self.line,
                format!("The row has more than {} cells.", self.sheet.header.len()),
            )),
        }
    }

    /// What is wrong with the cell that was read last.
    pub fn wrong(&self, message: impl Into<String>) -> Fault {
        let heading = self.sheet.header.get(self.number.saturating_sub(1));
        let heading = heading.map(|heading| shortened(heading)).unwrap_or_default();
        Fault {
            file: self.sheet.file.clone(),
            line: self.line,
            column: Some((self.number, heading)),
            message: message.into(),
        }
    }
}

fn unpack(file: &str, bytes: &[u8]) -> Result<String, Fault> {
    let mut decoder = GzDecoder::new(bytes);
    let mut unpacked = Vec::with_capacity(unpacked_size(bytes));
    let read = decoder.by_ref().take(LARGEST).read_to_end(&mut unpacked);
    let lines = || unpacked.split(|byte| *byte == b'\n').count();
    if let Err(error) = read {
        let message = if error.kind() == std::io::ErrorKind::UnexpectedEof {
            "The file is cut off here.".to_owned()
        } else {
            format!("The file is no sound gzip: {error}.")
        };
        return Err(Fault::at(file, lines(), message));
    }
    if unpacked.len() as u64 >= LARGEST {
        return Err(Fault::whole(file, format!("The file is {LARGEST} bytes or longer when unpacked.")));
    }
    if !decoder.into_inner().is_empty() {
        return Err(Fault::at(file, lines(), "There is something behind the end of the file."));
    }
    String::from_utf8(unpacked).map_err(|error| {
        let sound = error.utf8_error().valid_up_to();
        let line = error.as_bytes().get(..sound).unwrap_or_default().split(|byte| *byte == b'\n').count();
        Fault::at(file, line, "The line is not UTF-8.")
    })
}

/// How many bytes a file says that it unpacks to, in its last four, if that can be: memory is asked for once.
fn unpacked_size(bytes: &[u8]) -> usize {
    let said = bytes.last_chunk().map_or(0, |last| u32::from_le_bytes(*last)) as usize;
    said.min(bytes.len() * LARGEST_RATIO)
}

fn manifest(file: &str, said: &[(usize, &str, &str)]) -> Result<Manifest, Fault> {
    let known = ["format", "kind", "name", "published", "places", "people", "source", "licence", "rows"];
    if let Some((line, key, _)) = said.iter().find(|(_, key, _)| !known.contains(key)) {
        let message = format!("`#{}` is not known; known are {}.", shortened(key), known.join(", "));
        return Err(Fault::at(file, *line, message));
    }
    let find = |key: &str| said.iter().find(|(_, own, _)| *own == key);
    let value = |key: &str| match find(key) {
        Some((line, _, value)) if !value.trim().is_empty() => Ok((*line, *value)),
        _ => Err(Fault::at(file, said.len() + 1, format!("The heading lacks `#{key}`."))),
    };
    let (line, format) = value("format")?;
    if format != FORMAT {
        return Err(Fault::at(
            file,
            line,
            format!("The format is `{}`; this program reads {FORMAT}.", shortened(format)),
        ));
    }
    let (line, kind) = value("kind")?;
    let kind = Kind::parse(&kind.replace(' ', "_")).ok_or_else(|| {
        let known: Vec<String> = Kind::ALL.iter().map(|kind| kind.to_sql().replace('_', " ")).collect();
        Fault::at(file, line, format!("The kind `{}` is none of {}.", shortened(kind), known.join(", ")))
    })?;
    let (line, rows) = value("rows")?;
    let rows = rows
        .parse()
        .map_err(|_| Fault::at(file, line, format!("`{}` is no number of rows.", shortened(rows))))?;
    let published = match find("published") {
        None => None,
        Some((line, _, day)) => {
            let told =
                || Fault::at(file, *line, format!("`{}` is no date; write 2025-10-30.", shortened(day)));
            Some(day.parse().map_err(|_| told())?)
        }
    };
    let own = |key: &str| find(key).map(|(_, _, value)| (*value).to_owned());
    Ok(Manifest {
        kind,
        name: value("name")?.1.to_owned(),
        published,
        places: own("places"),
        people: own("people"),
        source: value("source")?.1.to_owned(),
        licence: value("licence")?.1.to_owned(),
        rows,
    })
}
