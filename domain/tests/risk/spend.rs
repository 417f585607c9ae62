//! Money by national deprivation fifth: to the penny, apart, and honest about what nobody can attribute.

use std::{collections::BTreeMap, io::Read as _};

use ehia_domain::{
    place::shipped::FILES,
    proposal::{Money, Proposal, RecurrentChange, UserResidence},
    risk::spend::{Spend, parted, pounds},
    settings::{Settings, Spending},
    text::Path,
};
use proptest::prelude::*;
use serde_json::json;

use super::SHIPPED;

#[expect(clippy::unnecessary_wraps, reason = "as the fields have it")]
fn money(text: &str) -> Option<Money> {
    Some(Money::parse(text).unwrap())
}

#[expect(clippy::unnecessary_wraps, reason = "as the fields have it")]
fn residence(percent: [u8; 5]) -> Option<UserResidence> {
    Some(UserResidence { percent, basis: "Synthetic activity 2025/26, IMD 2025".into() })
}

fn proposal(change: &str, percent: Option<[u8; 5]>) -> Proposal {
    Proposal {
        recurrent_change: money(change),
        user_residence: percent.and_then(residence),
        ..Proposal::default()
    }
}

#[test]
fn what_recurs_is_what_the_author_says_else_what_is_saved_or_spent_every_year() {
    let of = |investment, saving| RecurrentChange::Of { investment, saving };
    let said = |recurrent, saving: &str, spend: &str, year: &str, change: &str| {
        let some = |text: &str| if text.is_empty() { None } else { money(text) };
        let proposal = Proposal {
            recurrent,
            saving: some(saving),
            spend: some(spend),
            full_year: some(year),
            recurrent_change: some(change),
            ..Proposal::default()
        };
        proposal.recurring()
    };
    for (found, wanted) in [
        (said(Some(true), "4.00", "", "", ""), of(0, 400)),
        (said(Some(true), "4.00", "", "9.00", ""), of(0, 900)),
        (said(Some(true), "", "4.00", "9.00", ""), of(900, 0)),
        // A saving that is less than nothing costs, whichever sign the full year has.
        (said(Some(true), "-4.00", "", "-9.00", ""), of(900, 0)),
        (said(Some(true), "4.00", "1.00", "3.00", ""), of(100, 400)),
        (said(None, "4.00", "1.00", "", "-2.50"), of(0, 250)),
        (said(Some(false), "4.00", "", "", "2.50"), of(250, 0)),
        (said(Some(false), "4.00", "", "", ""), RecurrentChange::Once),
        (said(None, "4.00", "", "", ""), RecurrentChange::Unsaid),
        (said(Some(true), "", "", "9.00", ""), RecurrentChange::Unsaid),
    ] {
        assert_eq!(found, wanted);
    }
}

#[test]
fn shares_of_users_come_to_a_hundred_and_say_what_they_rest_on() {
    let path = Path::of(["proposal", "userResidence"]);
    let check = |percent, basis: &str| {
        let said = UserResidence { percent, basis: basis.into() };
        said.check(&path).err().map(|wrong| (wrong.code, wrong.path.to_string()))
    };
    assert_eq!(check([40, 25, 15, 12, 8], "Activity"), None);
    assert_eq!(check([33, 33, 17, 9, 9], "Activity"), None, "rounding");
    let refused = |code: &str, at: &str| Some((code.to_owned(), format!("proposal/userResidence/{at}")));
    assert_eq!(check([40, 25, 15, 12, 18], "Activity"), refused("INVALID", "percent"));
    assert_eq!(check([0; 5], "Activity"), refused("INVALID", "percent"));
    assert_eq!(check([40, 25, 15, 12, 8], " "), refused("REQUIRED", "basis"));
    for wrong in [
        json!({"percent": [50, 50], "basis": "x"}),
        json!({"percent": [100, 0, 0, 0, -1], "basis": "x"}),
        json!({"percent": [100, 0, 0, 0, 0]}),
    ] {
        assert!(serde_json::from_value::<UserResidence>(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn money_is_told_per_head_with_what_is_not_attributable_and_its_range() {
    let heads = [100_000, 80_000, 60_000, 50_000, 40_000];
    let mut spend = Spend { heads: Some(heads), ..Spend::default() };
    spend.add(&proposal("-400000.00", Some([50, 20, 10, 10, 10])), Some([9, 1, 0, 0, 0]));
    spend.add(&proposal("-100000.00", None), Some([30_000, 10_000, 0, 0, 0]));
    spend.add(&proposal("60000.00", Some([0, 0, 0, 50, 50])), None);
    spend.add(&Proposal { recurrent: Some(false), saving: money("5.00"), ..Proposal::default() }, None);
    spend.add(&Proposal::default(), None);
    assert_eq!((spend.cases, spend.once, spend.unsaid), (5, 1, 1));
    let (more, less) = (&spend.investments, &spend.savings);
    assert_eq!((less.total, less.rest, less.cases, less.unplaced), (50_000_000, 10_000_000, 2, 1));
    assert_eq!(less.attributed, [20_000_000, 8_000_000, 4_000_000, 4_000_000, 4_000_000]);
    assert_eq!(less.as_residents, [7_500_000, 2_500_000, 0, 0, 0]);
    assert_eq!(less.share(), 2_000);
    assert_eq!(more.attributed, [0, 0, 0, 3_000_000, 3_000_000]);
    assert_eq!((more.total, more.rest), (6_000_000, 0), "never set off against savings");
    // 200,000 pounds on 100,000 people; with all that nobody attributes 300,000; as residents 275,000.
    assert_eq!(spend.per_head(less.attributed[0], 0), Some(200));
    assert_eq!(spend.per_head(less.attributed[0] + less.rest, 0), Some(300));
    assert_eq!(spend.per_head(less.attributed[0] + less.as_residents[0], 0), Some(275));
    assert_eq!(spend.per_head(less.attributed[4], 4), Some(100));
    let words = spend.in_words();
    assert_eq!(
        words,
        "£60,000 a year is invested. Where it is known where users live, that is £0.00 a head in the most deprived fifth of England's \
         neighbourhoods here, and £0.75 a head in the least deprived. All of it is attributed. £500,000 a year is saved. Where it is known \
         where users live, that is £2.00 a head in the most deprived fifth of England's neighbourhoods here, and £1.00 a head in the least \
         deprived. Of £500,000, £100,000 cannot be attributed (20 percent of the savings), because one of two cases does not say where users \
         live: savings a head in the most deprived fifth lie between £2.00 and £3.00, and come to £2.75 if users live as residents of the \
         places do that are touched. One case does not say how much changes every year, and is in none of these figures. Heads are \
         residents, each the same. Investments and savings are not set off against each other."
    );
    let weighted = Spend { need_percent: Some([125, 110, 100, 90, 80]), ..spend.clone() };
    assert_eq!(weighted.per_head(20_000_000, 0), Some(160), "a head that counts for more gets less");
    assert_eq!(weighted.per_head(4_000_000, 4), Some(125));
    assert!(weighted.in_words().contains("weighted by need"));
}

#[test]
fn without_money_or_places_it_says_so_and_invents_nothing() {
    let mut spend = Spend::default();
    spend.add(&Proposal::default(), None);
    assert_eq!(
        spend.in_words(),
        "None of one case says by how much it changes what is spent every year, so nothing can be said of who gains or loses."
    );
    spend.add(&proposal("10.00", None), None);
    assert_eq!(spend.per_head(1_000, 0), None);
    assert!(
        spend.in_words().contains("£10.00 cannot be attributed (100 percent of the investments)"),
        "{}",
        spend.in_words()
    );
    assert_eq!(
        [pounds(123), pounds(99_999), pounds(100_000), pounds(-150_000_050)],
        ["£1.23", "£999.99", "£1,000", "-£1,500,001"]
    );
}

#[test]
fn residents_by_fifth_are_those_of_the_file() {
    let rows = |file: &str| -> Vec<Vec<String>> {
        let (_, bytes) = FILES.iter().find(|(name, _)| *name == file).unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(*bytes).read_to_string(&mut text).unwrap();
        let rows = text.lines().filter(|line| line.starts_with("E01"));
        rows.map(|row| row.split('\t').map(str::to_owned).collect()).collect()
    };
    let district: BTreeMap<String, String> =
        rows("lsoa-2021.tsv.gz").into_iter().map(|row| (row[0].clone(), row[4].clone())).collect();
    let mut counted: BTreeMap<String, [u32; 5]> = BTreeMap::new();
    let mut england = [0; 5];
    for row in rows("imd-2025.tsv.gz") {
        let fifth = row[2].parse::<usize>().unwrap().div_ceil(2) - 1;
        let people: u32 = row[3].parse().unwrap();
        counted.entry(district[&row[0]].clone()).or_default()[fifth] += people;
        england[fifth] += people;
    }
    for (code, fifths) in &counted {
        assert_eq!(SHIPPED.fifths(&SHIPPED.lsoas([code])), Some(*fifths), "{code}");
    }
    assert_eq!(SHIPPED.fifths(&SHIPPED.lsoas(["E92000001"])), Some(england));
    assert_eq!(counted.len(), 296);
}

#[test]
fn weights_by_need_and_areas_are_bounded() {
    let refused = |spending: Spending| {
        Settings { spending, ..Settings::default() }.check().err().map(|wrong| wrong.path.to_string())
    };
    assert_eq!(
        refused(Spending { areas: vec!["E54000022".into()], need_percent: Some([120, 110, 100, 90, 80]) }),
        None
    );
    assert_eq!(
        refused(Spending { need_percent: Some([120, 110, 100, 90, 0]), ..Spending::default() }).unwrap(),
        "settings/spending/needPercent"
    );
    assert_eq!(
        refused(Spending { areas: vec!["Norfolk".into()], ..Spending::default() }).unwrap(),
        "settings/spending/areas/0"
    );
    assert_eq!(json!(Settings::default()).get("spending"), None);
}

proptest! {
    #[test]
    fn parts_come_to_the_whole_and_follow_their_shares(pence in 0_i64..10_000_000_000_000, shares in any::<[u32; 5]>()) {
        let parts = parted(pence, shares.map(u64::from));
        let all: u64 = shares.iter().copied().map(u64::from).sum();
        prop_assert_eq!(parts.iter().sum::<i64>(), if all == 0 { 0 } else { pence });
        for (part, share) in parts.iter().zip(shares) {
            let exact = i128::from(pence) * i128::from(share);
            prop_assert!((i128::from(*part) * i128::from(all) - exact).abs() < i128::from(all.max(1)));
        }
    }

    #[test]
    fn whatever_the_order_figures_are_the_same_and_the_range_has_every_attribution(
        changes in proptest::collection::vec((-1_000_000_i64..1_000_000, any::<Option<[u8; 5]>>()), 0..8),
        truth in any::<[u8; 5]>(),
    ) {
        let all = |changes: &[(i64, Option<[u8; 5]>)]| {
            let mut spend = Spend { heads: Some([100, 90, 80, 70, 60]), ..Spend::default() };
            for (pence, percent) in changes {
                let mut proposal = Proposal { recurrent_change: Money::from_pence(*pence), ..Proposal::default() };
                proposal.user_residence = percent.filter(|percent| percent.iter().any(|one| *one > 0)).and_then(residence);
                spend.add(&proposal, None);
            }
            spend
        };
        let (found, mut turned) = (all(&changes), changes.clone());
        turned.reverse();
        prop_assert_eq!(&found, &all(&turned));
        for flow in [&found.investments, &found.savings] {
            prop_assert_eq!(flow.attributed.iter().sum::<i64>() + flow.rest, flow.total);
            prop_assert_eq!(flow.as_residents.iter().sum::<i64>(), flow.rest);
            // Wherever the users of the rest live, each fifth lies between nothing of it and all of it.
            let placed = parted(flow.rest, truth.map(u64::from));
            for (fifth, (attributed, more)) in flow.attributed.iter().zip(placed).enumerate() {
                let told = found.per_head(attributed + more, fifth);
                prop_assert!(found.per_head(*attributed, fifth) <= told && told <= found.per_head(attributed + flow.rest, fifth));
            }
        }
    }
}
