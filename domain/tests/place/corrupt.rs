//! Files that are refused, each with file, line and column.

use std::{
    io::{Read as _, Write as _},
    sync::LazyLock,
};

use ehia_domain::place::{Assembly, Fault, Kind, Sheet, shipped::FILES, succeeds};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};

fn bytes(file: &str) -> &'static [u8] {
    FILES.iter().find(|(name, _)| *name == file).expect("a shipped file").1
}

pub fn text(file: &str) -> String {
    let mut text = String::new();
    GzDecoder::new(bytes(file)).read_to_string(&mut text).unwrap();
    text
}

pub fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// All that ships up to the kind of this file, with it in its place.
fn load(file: &str, bytes: &[u8]) -> Result<(), Fault> {
    let sheet = Sheet::read(file, bytes)?;
    let at = BEFORE.iter().position(|(kind, _)| *kind >= sheet.manifest.kind).expect("a kind that ships");
    BEFORE[at].1.clone().add(&sheet)
}

/// What ships below each kind.
static BEFORE: LazyLock<Vec<(Kind, Assembly)>> = LazyLock::new(|| {
    let mut before = Vec::new();
    let mut assembly = Assembly::default();
    for (name, bytes) in FILES {
        let sheet = Sheet::read(name, bytes).unwrap();
        if before.last().is_none_or(|(kind, _)| *kind != sheet.manifest.kind) {
            before.push((sheet.manifest.kind, assembly.clone()));
        }
        if sheet.manifest.kind != Kind::Counts {
            assembly.add(&sheet).unwrap();
        }
    }
    before
});

fn refused(file: &str, change: impl FnOnce(String) -> String) -> String {
    load(file, &packed(&change(text(file)))).expect_err("a spoilt file").to_string()
}

#[test]
fn a_spoilt_file_is_refused_with_file_line_and_column() {
    let imd = "imd-2025.tsv.gz";
    assert_eq!(load(imd, bytes(imd)), Ok(()));
    let with = |from: &'static str, to: &'static str| {
        move |text: String| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        }
    };
    for (change, told) in [
        (
            with("lsoa\trank\tdecile", "lsoa\trang\tdecile"),
            "line 10, column 2 (rang): The header is not that of DEPRIVATION; it must be lsoa, rank, decile, people.",
        ),
        (with("#rows\t33755", "#rows\t33756"), "line 33765: There are 33755 rows, and the file says 33756."),
        (
            with("E01000001\t26525\t8", "E01000001\t26525x\t8"),
            "line 11, column 2 (rank): `26525x` is no whole number that can stand here.",
        ),
        (
            with("E01000001\t26525\t8", "E01000001\t26525\t7"),
            "line 11, column 3 (decile): The rank 26525 of 33755 is in decile 8, not in 7.",
        ),
        (
            with("E01000001\t26525\t8", "E01000001\t-1\t8"),
            "line 11, column 2 (rank): `-1` is no whole number that can stand here.",
        ),
        (
            with("E01000001\t26525\t8", "E01000001\t33756\t8"),
            "line 11, column 2 (rank): The rank 33756 is not between 1 and 33755.",
        ),
        (with("E01000002\t", "E01000001\t"), "line 12, column 1 (lsoa): E01000001 is there twice."),
        (with("E01000002\t", "E01999999\t"), "line 12, column 1 (lsoa): E01999999 is none of its LSOAs."),
        (
            with("E01000002\t", "nowhere\t"),
            "line 12, column 1 (lsoa): `nowhere` is no code of a place in England.",
        ),
        (
            with("E01000002\t", "E01000002\t1\t"),
            "line 12, column 3 (decile): The rank 1 of 33755 is in decile 1, not in 31203.",
        ),
        (
            with("#kind\tdeprivation", "#kind\tmoods"),
            "line 2: The kind `moods` is none of areas, places, former places, mapping, deprivation, counts, organisations.",
        ),
        (
            with("ehia/reference/1", "ehia/reference/9"),
            "line 1: The format is `ehia/reference/9`; this program reads ehia/reference/1.",
        ),
        (with("#places\tLSOA 2021\n", ""), "The heading lacks `#places`."),
        (
            with("#kind\tdeprivation\n", "#kind\tdeprivation\r\n"),
            "line 2: The line ends in CR LF; lines of these files end in LF alone.",
        ),
        (
            with("#places\tLSOA 2021", "#places\tLSOA 2031"),
            "Its places are `LSOA 2031`; this program knows LSOA 2021 and LSOA 2011.",
        ),
        (
            with("#people", "#persons"),
            "line 6: `#persons` is not known; known are format, kind, name, published, places, people, source, licence, rows.",
        ),
        (
            with("#published\t2025-10-30", "#published\tautumn"),
            "line 4: `autumn` is no date; write 2025-10-30.",
        ),
    ] {
        let found = refused(imd, change);
        let found = found.strip_prefix(imd).unwrap().trim_start_matches([',', ':', ' ']).to_owned();
        assert_eq!(found, told);
    }
}

#[test]
fn what_a_file_has_is_quoted_at_sixty_characters_at_most() {
    let imd = "imd-2025.tsv.gz";
    let long = "7".repeat(100_000) + "x";
    let told = refused(imd, |text| {
        let line = text.lines().nth(10).unwrap().to_owned();
        let cell = line.split('\t').nth(1).unwrap().to_owned();
        text.replacen(&line, &line.replacen(&cell, &long, 1), 1)
    });
    assert!(told.contains(&format!("`{}…` is no whole number", "7".repeat(60))), "{} bytes", told.len());
    // A code, a flag, a day, a level, a heading and what the file says of itself.
    let of = |file: &str, column: usize| {
        refused(file, |text| {
            let at = text.lines().position(|line| !line.starts_with('#')).unwrap();
            let line = text.lines().nth(at + 1).unwrap().to_owned();
            let mut cells: Vec<&str> = line.split('\t').collect();
            cells[column] = &long;
            text.replacen(&line, &cells.join("\t"), 1)
        })
    };
    for (file, columns) in [
        ("areas.tsv.gz", [0, 1, 5, 7].as_slice()),
        ("nhs-organisations.tsv.gz", &[0, 1, 4, 6]),
        (imd, &[0, 1, 3]),
        ("lsoa-2011-to-2021.tsv.gz", &[0, 1, 2]),
    ] {
        for column in columns {
            let told = of(file, *column);
            assert!(told.len() < 500 && told.contains('…'), "{file}, column {column}: {} bytes", told.len());
        }
    }
    for key in ["#format\t", "#kind\t", "#rows\t", "#published\t", "#places\t"] {
        let told = refused(imd, |text| text.replacen(key, &format!("{key}{long}"), 1));
        assert!(told.len() < 500 && told.contains('…'), "{key}: {} bytes", told.len());
    }
    let told = refused(imd, |text| text.replacen("\tpeople\n", &format!("\t{long}\n"), 1));
    assert!(told.len() < 500 && told.contains('…'), "{} bytes", told.len());
}

#[test]
fn a_file_that_is_cut_off_or_no_gzip_is_refused_where_it_breaks() {
    let imd = "imd-2025.tsv.gz";
    let whole = bytes(imd);
    let cut = load(imd, &whole[..whole.len() / 2]).unwrap_err();
    assert_eq!(cut.message, "The file is cut off here.");
    assert!(cut.line > 10_000 && cut.line < 25_000, "{cut}");
    for least in [0, 1, 10, 20] {
        assert!(load(imd, &whole[..least]).is_err());
    }
    let plain = load(imd, text(imd).as_bytes()).unwrap_err().to_string();
    assert!(plain.contains("is no sound gzip"), "{plain}");
    let mut longer = whole.to_vec();
    longer.extend(b"more");
    assert!(load(imd, &longer).unwrap_err().to_string().contains("behind the end"));
    let mut turned = whole.to_vec();
    let middle = turned.len() / 2;
    turned[middle] ^= 0x55;
    assert!(load(imd, &turned).is_err(), "its checksum is wrong");
    let text = text(imd);
    assert!(refused(imd, |_| text.trim_end().to_owned()).contains("line 33765: The last line is cut off"));
    let lines: Vec<&str> = text.lines().collect();
    let fewer = format!("{}\n", lines[..lines.len() - 1].join("\n"));
    assert!(refused(imd, |_| fewer).contains("There are 33754 rows, and the file says 33755."));
}

#[test]
fn every_kind_of_file_refuses_what_does_not_fit_it() {
    let once = |from: &'static str, to: &'static str| {
        move |text: String| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        }
    };
    for (file, change, told) in [
        (
            "areas.tsv.gz",
            once("\tCOUNTRY\t", "\tPLANET\t"),
            "(level): `PLANET` is not the level of E92000001.",
        ),
        (
            "areas.tsv.gz",
            once("\t2026-04-01\tE54000068\n", "\t2026-04-31\tE54000068\n"),
            "(closed): `2026-04-31` is no date; write 2026-04-01.",
        ),
        (
            "areas.tsv.gz",
            once("\t2026-04-01\tE54000068\n", "\t2026-04-01\tE54000099\n"),
            "Its successor E54000099 is not in the file.",
        ),
        ("areas.tsv.gz", once("E06000002\t", "E06000001\t"), "E06000001 is there twice."),
        (
            "lsoa-2021.tsv.gz",
            once("E01000002\tB", "E01000002\tbb"),
            "line 9, column 2 (letter): `bb` is not one capital letter.",
        ),
        (
            "lsoa-2021.tsv.gz",
            once("\tE12000007\t", "\tE12000077\t"),
            "(region): E12000077 is not among the areas of level REGION.",
        ),
        ("lsoa-2021.tsv.gz", once("\t0\t1\n", "\t0\t2\n"), "column 12 (coastal): `2` is neither 1 nor 0."),
        ("lsoa-2021.tsv.gz", once("E01000002\t", "E01000001\t"), "line 9: E01000001 is there twice."),
        (
            "lsoa-2011.tsv.gz",
            once("\tE09000001\t", "\t\t"),
            "(district): `` is no code of a place in England.",
        ),
        (
            "lsoa-2011-to-2021.tsv.gz",
            once("\tU\n", "\tQ\n"),
            "column 3 (change): `Q` is none of U, S, M and X.",
        ),
        (
            "lsoa-2011-to-2021.tsv.gz",
            once("E01000002\tE01000002", "E01000001\tE01000001"),
            "line 9: The pair is there twice.",
        ),
        (
            "census-2021-religion.tsv.gz",
            once("E01000001\t1475", "E01000001\t99999"),
            "column 2 (religion_total): 99999 is more than a place of this size can have.",
        ),
        (
            "census-2021-religion.tsv.gz",
            once("\tsikh\t", "\tmuslim\t"),
            "(muslim): The column is there twice.",
        ),
        (
            "census-2021-msoa.tsv.gz",
            once("E02000002\t", "E02000001\t"),
            "column 1 (msoa): E02000001 is there twice.",
        ),
    ] {
        let found = refused(file, change);
        assert!(found.starts_with(file) && found.ends_with(told), "{found}\nnot {told}");
    }
}

#[test]
fn files_that_do_not_fit_together_are_refused() {
    let read = |file: &str| Sheet::read(file, bytes(file)).unwrap();
    let mut early = Assembly::default();
    let told = early.add(&read("imd-2025.tsv.gz")).unwrap_err();
    assert!(told.message.contains("load areas and places first"), "{told}");
    let mut again = Assembly::default();
    again.add(&read("areas.tsv.gz")).unwrap();
    assert!(again.add(&read("areas.tsv.gz")).is_err());
    assert!(again.finish().is_err(), "areas alone say nothing");
}

#[test]
fn lsoas_keep_their_ordinals() {
    let file = "lsoa-2021.tsv.gz";
    let before = Sheet::read(file, bytes(file)).unwrap();
    assert_eq!(succeeds(&before, &before), Ok(()));
    let mut lines: Vec<String> = text(file).lines().map(str::to_owned).collect();
    lines.swap(8, 9);
    let after = Sheet::read(file, &packed(&format!("{}\n", lines.join("\n")))).unwrap();
    let told = succeeds(&before, &after).unwrap_err().to_string();
    assert!(told.contains("line 9, column 1 (lsoa)"), "{told}");
}

#[test]
fn a_spoilt_file_of_organisations_is_refused() {
    let file = "nhs-organisations.tsv.gz";
    assert_eq!(load(file, bytes(file)), Ok(()));
    for (from, to, told) in [
        ("0\tT6Y0W\n", "0\tT6Y0X\n", "T6Y0X is not in the file."),
        ("QMM\tBOARD", "QMM\tBORD", "`BORD` is none of BOARD, TRUST and SITE."),
        ("2026-04-01\t0\tT6Y0W", "2026-04-01\t1\tT6Y0W", "It closed and is open."),
        ("QMM\tBOARD", "QM7\tBOARD", "QM7 is there twice."),
        ("QMM\tBOARD", "Q-M\tBOARD", "`Q-M` is no ODS code."),
    ] {
        let refused = refused(file, |text| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        assert!(
            refused.ends_with(told) && refused.starts_with("nhs-organisations.tsv.gz, line "),
            "{refused}"
        );
    }
}

/// The text with one column of its table, heading and cells, made anew.
fn columns(text: &str, change: impl Fn(&mut Vec<String>)) -> String {
    let line = |line: &str| {
        if line.starts_with('#') {
            return format!("{line}\n");
        }
        let mut cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
        change(&mut cells);
        format!("{}\n", cells.join("\t"))
    };
    text.lines().map(line).collect()
}

#[test]
fn counts_that_lack_what_is_counted_are_refused() {
    for (file, heading, told) in [
        (
            "census-2021-religion.tsv.gz",
            "muslim",
            "line 9, column 11 (muslim): The column is missing; what is counted of `religion_total` stands in one file.",
        ),
        (
            "census-2021-religion.tsv.gz",
            "religion_total",
            "line 9, column 11 (religion_total): The column is missing; what is counted of `religion_total` stands in one \
             file.",
        ),
        (
            "census-2021-msoa.tsv.gz",
            "gender_identity_differs_ppm",
            "line 9, column 8 (gender_identity_differs_ppm): The column is missing; what is counted of \
             `orientation_total_16plus` stands in one file.",
        ),
    ] {
        let renamed = |text: String| text.replacen(&format!("\t{heading}"), &format!("\t{heading}_2"), 1);
        assert_eq!(refused(file, renamed), format!("{file}, {told}"));
    }
    // What nothing counts may be left out of a file under a name of its own.
    let file = "census-2021-age-sex.tsv.gz";
    let other = |text: String| text.replacen("\tage_20_24", "\tage_of_another", 1);
    assert_eq!(load(file, &packed(&other(text(file)))), Ok(()));
    let file = "census-2021-religion.tsv.gz";
    let alone = refused(file, |text| {
        let text = columns(&text, |cells| cells.truncate(2));
        text.replacen("religion_total", "believers", 1)
    });
    let told = "line 9, column 2 (believers): This program counts nothing that has this heading, nor any other of the file.";
    assert_eq!(alone, format!("{file}, {told}"));
}

#[test]
fn parts_that_exceed_their_total_are_refused() {
    let file = "census-2021-religion.tsv.gz";
    // Eight parts and a total, each of them five more or less.
    let exceeding = |by: i64| {
        move |text: String| {
            let mut done = false;
            let lines = text.lines().map(|line| {
                let mut cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
                if cells[0] == "E01000002" {
                    let parts: i64 = cells[2..].iter().map(|cell| cell.parse::<i64>().unwrap()).sum();
                    cells[1] = (parts - by).to_string();
                    done = true;
                }
                format!("{}\n", cells.join("\t"))
            });
            let text: String = lines.collect();
            assert!(done);
            text
        }
    };
    assert_eq!(load(file, &packed(&exceeding(45)(text(file)))), Ok(()));
    let told = refused(file, exceeding(46));
    assert!(
        told.starts_with("census-2021-religion.tsv.gz, line 11, column 2 (religion_total): What is counted of it adds up to "),
        "{told}"
    );
    assert!(told.ends_with(" and than cells are perturbed by."), "{told}");
    let file = "census-2021-msoa.tsv.gz";
    let told = refused(file, |text| {
        let at = text.find("\nE02000001\t").unwrap() + 1;
        let end = at + text[at..].find('\n').unwrap();
        let last = at + text[at..end].rfind('\t').unwrap();
        format!("{}\t1000001{}", &text[..last], &text[end..])
    });
    assert!(told.ends_with("in millionths adds up to 1000001, more than there are."), "{told}");
}

#[test]
fn ranks_may_be_shared_and_none_is_left_out() {
    let file = "imd-2025.tsv.gz";
    let once = |from: &'static str, to: &'static str| {
        move |text: String| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        }
    };
    // Two have 26526, and none 26525; or two have 26000, and the next one is not two behind.
    let told = refused(file, once("E01000001\t26525\t8", "E01000001\t26526\t8"));
    assert!(
        told.ends_with(", column 2 (rank): No LSOA has the rank 26525, and this one has the next, 26526."),
        "{told}"
    );
    let told = refused(file, once("E01000001\t26525\t8", "E01000001\t26000\t8"));
    assert!(
        told.ends_with(
            ", column 2 (rank): The rank 26001 is taken: 26001 LSOAs stand before it, so it must be 26002."
        ),
        "{told}"
    );
    // Two share 26524, and the next is 26526, as in 2019.
    assert_eq!(load(file, &packed(&once("E01000001\t26525\t8", "E01000001\t26524\t8")(text(file)))), Ok(()));
    assert_eq!(load("imd-2019.tsv.gz", bytes("imd-2019.tsv.gz")), Ok(()));
}

#[test]
fn what_replaces_a_file_keeps_its_places_its_columns_and_its_time() {
    let told = |file: &str, change: &dyn Fn(String) -> String| {
        let before = Sheet::read(file, bytes(file)).unwrap();
        let after = Sheet::read("after", &packed(&change(text(file)))).unwrap();
        succeeds(&before, &after).map_err(|fault| fault.to_string())
    };
    let census = "census-2021-age-sex.tsv.gz";
    let edition = "imd-2025.tsv.gz";
    let swap = |from: &'static str, to: &'static str| {
        move |text: String| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        }
    };
    assert_eq!(
        told(edition, &swap("#places\tLSOA 2021", "#places\tLSOA 2011")).unwrap_err(),
        "after: Its `#places` are LSOA 2011, and IMD 2025 in force is of LSOA 2021; what is of other places has another `#name`."
    );
    assert_eq!(
        told(edition, &swap("#published\t2025-10-30", "#published\t2025-10-29")).unwrap_err(),
        "after: It was published on 2025-10-29, and what is in force under its name on 2025-10-30."
    );
    assert_eq!(
        told(census, &swap("#published\t2021-03-21\n", "")).unwrap_err(),
        "after: The heading lacks `#published`; what is in force under its name has 2021-03-21."
    );
    assert_eq!(told(edition, &swap("#published\t2025-10-30", "#published\t2025-10-30")), Ok(()));
    assert_eq!(told(edition, &swap("#published\t2025-10-30", "#published\t2026-01-01")), Ok(()));
    assert_eq!(
        told(census, &swap("\tage_20_24", "\tage_20_23")).unwrap_err(),
        "after, line 9, column 10 (age_20_24): The column is missing, and is there in what is in force under this name."
    );
    let more = |text: String| {
        columns(&text, |cells| {
            let cell = if cells[0] == "lsoa" { "one_more" } else { "1" };
            cells.push(cell.to_owned());
        })
    };
    assert_eq!(
        told(census, &more).unwrap_err(),
        "after, line 9, column 24 (one_more): The column is not there in what is in force under this name; what has others has another `#name`."
    );
    let turned = |text: String| columns(&text, |cells| cells.swap(2, 3));
    assert_eq!(told(census, &turned), Ok(()));
}
