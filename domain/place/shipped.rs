//! The reference files that ship with the program; provenance and licences are in `data/README.md`.

use super::{Assembly, Fault, Reference, Sheet};

/// Their names and bytes, in the order in which they build on each other.
pub const FILES: [(&str, &[u8]); 14] = [
    ("areas.tsv.gz", include_bytes!("../../data/areas.tsv.gz")),
    ("lsoa-2021.tsv.gz", include_bytes!("../../data/lsoa-2021.tsv.gz")),
    ("lsoa-2011.tsv.gz", include_bytes!("../../data/lsoa-2011.tsv.gz")),
    ("lsoa-2011-to-2021.tsv.gz", include_bytes!("../../data/lsoa-2011-to-2021.tsv.gz")),
    ("imd-2019.tsv.gz", include_bytes!("../../data/imd-2019.tsv.gz")),
    ("imd-2025.tsv.gz", include_bytes!("../../data/imd-2025.tsv.gz")),
    ("census-2021-age-sex.tsv.gz", include_bytes!("../../data/census-2021-age-sex.tsv.gz")),
    ("census-2021-ethnic-group.tsv.gz", include_bytes!("../../data/census-2021-ethnic-group.tsv.gz")),
    ("census-2021-religion.tsv.gz", include_bytes!("../../data/census-2021-religion.tsv.gz")),
    ("census-2021-health.tsv.gz", include_bytes!("../../data/census-2021-health.tsv.gz")),
    ("census-2021-marital-language.tsv.gz", include_bytes!("../../data/census-2021-marital-language.tsv.gz")),
    ("census-2021-households.tsv.gz", include_bytes!("../../data/census-2021-households.tsv.gz")),
    ("census-2021-msoa.tsv.gz", include_bytes!("../../data/census-2021-msoa.tsv.gz")),
    ("nhs-organisations.tsv.gz", include_bytes!("../../data/nhs-organisations.tsv.gz")),
];

/// What is made of them.
///
/// # Errors
/// Never in a build whose tests passed.
pub fn reference() -> Result<Reference, Fault> {
    let mut assembly = Assembly::default();
    for (file, bytes) in FILES {
        assembly.add(&Sheet::read(file, bytes)?)?;
    }
    assembly.finish()
}
