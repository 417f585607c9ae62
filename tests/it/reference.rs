//! Reference data: loaded whole or not at all, once, and told exactly; on both databases.

use std::{
    io::{Read as _, Write as _},
    path::Path,
    time::Instant,
};

use ehia::{
    app::{App, Error, Options},
    clock,
    domain::{
        place::{Kind, shipped::FILES},
        settings::Notable,
    },
};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde_json::Value;

use crate::support::{on_both, program::ehia};

fn shipped() -> Vec<(String, Vec<u8>)> {
    FILES.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect()
}

fn changed(file: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let bytes = FILES.iter().find(|(name, _)| *name == file).unwrap().1;
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(change(text).as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// An edition after the last: everybody's rank is turned round, so that the least deprived are Core20.
fn next_edition() -> (String, Vec<u8>) {
    let turned = |text: String| {
        let lines = text.lines().map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let line = match cells.as_slice() {
                [lsoa, rank, _, people] if lsoa.starts_with("E01") => {
                    let rank = 33_756 - rank.parse::<u32>().unwrap();
                    format!("{lsoa}\t{rank}\t{}\t{people}", (rank * 10).div_ceil(33_755))
                }
                ["#name", _] => "#name\tIMD 2031 (synthetic)".to_owned(),
                ["#published", _] => "#published\t2031-10-30".to_owned(),
                _ => line.to_owned(),
            };
            format!("{line}\n")
        });
        lines.collect()
    };
    ("imd-2031.tsv.gz".into(), changed("imd-2025.tsv.gz", turned))
}

async fn core20(app: &App, edition: Option<&str>) -> (String, u32, u32) {
    let reference = app.reference().await.unwrap();
    let found = reference.population(&["E54000022".into()], edition, &Notable::default()).unwrap();
    (found.edition, found.core20_people, found.people)
}

fn told(error: &Error) -> String {
    let Error::Invalid(violations) = error else { panic!("{error:?}") };
    violations[0].message.clone()
}

on_both! {
    async fn what_ships_is_loaded_once_and_a_newer_edition_follows_from_a_file(db) {
        let app = App::new(db.store.clone(), Options::default());
        assert!(told(&app.reference().await.unwrap_err()).contains("ehia reference load"));
        let began = Instant::now();
        let mut steps = 0;
        let loaded = app.load_reference(shipped(), clock::now(), || steps += 1).await.unwrap();
        eprintln!("loaded in {:?}", began.elapsed());
        assert_eq!((loaded.len(), steps), (14, 14));
        assert!(loaded.iter().all(|one| one.new && one.file.version == 1));
        assert_eq!(core20(&app, None).await, ("IMD 2025".into(), 150_187, 1_032_464));
        assert_eq!(core20(&app, Some("IMD 2019")).await, ("IMD 2019".into(), 163_834, 1_032_661));
        let again = app.load_reference(shipped(), clock::now(), || ()).await.unwrap();
        assert!(again.iter().all(|one| !one.new && one.file.version == 1));

        let before = app.reference_files().await.unwrap();
        // One sound file and one that is not: neither is loaded.
        let spoilt = changed("imd-2019.tsv.gz", |text| text.replacen("E01000002\t", "E01000001\t", 1));
        let both = vec![next_edition(), ("spoilt.tsv.gz".into(), spoilt)];
        let refused = app.load_reference(both, clock::now(), || ()).await.unwrap_err();
        assert_eq!(told(&refused), "spoilt.tsv.gz, line 12, column 1 (lsoa): E01000001 is there twice.");
        let swapped = changed("lsoa-2021.tsv.gz", |text| {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.swap(8, 9);
            format!("{}\n", lines.join("\n"))
        });
        let refused = app.load_reference(vec![("swapped".into(), swapped)], clock::now(), || ()).await.unwrap_err();
        assert!(told(&refused).starts_with("swapped, line 9, column 1 (lsoa): "), "{refused:?}");
        // What takes the place of a file is held against it.
        let refuse = async |file: &str, from: &'static str, to: &'static str| {
            let after = changed(file, |text| text.replacen(from, to, 1));
            told(&app.load_reference(vec![("after".into(), after)], clock::now(), || ()).await.unwrap_err())
        };
        let older = refuse("imd-2025.tsv.gz", "#published\t2025-10-30", "#published\t2025-10-29").await;
        assert!(older.starts_with("after: It was published on 2025-10-29"), "{older}");
        let fewer = refuse("census-2021-age-sex.tsv.gz", "\tage_20_24", "\tage_20_23").await;
        assert!(fewer.starts_with("after, line 9, column 10 (age_20_24): The column is missing"), "{fewer}");
        let uncounted = refuse("census-2021-religion.tsv.gz", "\tmuslim", "\tmoslem").await;
        assert!(uncounted.starts_with("after, line 9, column 8 (muslim): The column is missing"), "{uncounted}");
        let of_others = refuse("imd-2025.tsv.gz", "#places\tLSOA 2021", "#places\tLSOA 2011").await;
        assert!(of_others.starts_with("after: Its `#places` are LSOA 2011"), "{of_others}");
        assert_eq!(app.reference_files().await.unwrap(), before);
        assert_eq!(core20(&app, None).await.0, "IMD 2025");

        let loaded = app.load_reference(vec![next_edition()], clock::now(), || ()).await.unwrap();
        assert!(loaded[0].new && loaded[0].file.kind == Kind::Deprivation);
        let (edition, core20_people, people) = core20(&app, None).await;
        assert_eq!((edition.as_str(), people), ("IMD 2031 (synthetic)", 1_032_464));
        assert_ne!(core20_people, 150_187);
        assert_eq!(core20(&app, Some("IMD 2025")).await.1, 150_187);
        // Another process finds it, too.
        let other = App::new(db.store.clone(), Options::default());
        assert_eq!(core20(&other, None).await.0, "IMD 2031 (synthetic)");

        db.tamper("UPDATE reference_file SET sha256 = 'another' WHERE kind = 'counts'").await;
        let other = App::new(db.store.clone(), Options::default());
        assert!(matches!(other.reference().await, Err(Error::Internal(_))));
    }
}

#[tokio::test]
async fn the_operator_loads_and_lists_and_is_told_what_is_wrong_with_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder: &Path = folder.path();
    ehia(folder, &["migrate"]).await.done();
    let doctor = ["doctor", "--listen", "127.0.0.1:0"];
    let said = ehia(folder, &doctor).await.done();
    assert!(said.out.contains("warn  reference data: None is loaded"), "{said:?}");
    let said = ehia(folder, &["reference", "list"]).await.done();
    assert!(said.out.contains("No reference data is loaded"), "{said:?}");
    std::fs::write(folder.join("cut.tsv.gz"), &FILES[5].1[..1000]).unwrap();
    let said = ehia(folder, &["reference", "load", "cut.tsv.gz"]).await.refused();
    assert!(
        said.err.contains("cut.tsv.gz, line ") && said.err.contains("The file is cut off here."),
        "{said:?}"
    );
    let said = ehia(folder, &["reference", "load"]).await.done();
    assert_eq!(
        said.out.lines().filter(|line| line.contains(": loaded, version 1, ")).count(),
        14,
        "{said:?}"
    );
    let said = ehia(folder, &["reference", "load"]).await.done();
    assert!(said.out.lines().all(|line| line.contains("in force already")), "{said:?}");
    let said = ehia(folder, &doctor).await.done();
    assert!(said.out.contains("ok    reference data: 14 files are loaded, none older"), "{said:?}");
    let older = changed("imd-2025.tsv.gz", |text| text.replace("#source\t", "#source\tAnother "));
    std::fs::write(folder.join("older.tsv.gz"), older).unwrap();
    ehia(folder, &["reference", "load", "older.tsv.gz"]).await.done();
    let said = ehia(folder, &doctor).await.done();
    assert!(said.out.contains("warn  reference data: This version ships other IMD 2025 than"), "{said:?}");
    ehia(folder, &["reference", "load"]).await.done();
    let said = ehia(folder, &["reference", "list", "--json"]).await.done();
    let first: Value = serde_json::from_str(said.out.lines().next().unwrap()).unwrap();
    assert_eq!((first["kind"].as_str(), first["rows"].as_u64()), (Some("AREAS"), Some(15_291)));
}
