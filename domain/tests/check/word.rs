//! What authors write when there is nothing to tell, and what only begins like it.

use serde_json::json;

use super::world::World;

#[test]
fn none_closes_the_outstanding_questions_and_a_hedged_none_does_not() {
    let mut world = World::complete();
    for closed in [
        "None",
        "none.",
        "No outstanding questions remain.",
        "N/A",
        "Nothing outstanding at this stage",
        "No outstanding issues or questions.",
        "No questions are still open.",
        "There were none.",
        "None were identified.",
        "None that we know of.",
        "No questions at all.",
        "N/A - new service",
        "Not applicable: a new service.",
        "No known gaps.",
        "No gaps known",
        "None known at present",
        "We have no open questions",
        "We are not aware of any.",
        "We are not aware of any gaps.",
        "None. All were answered in October.",
        "None. The gaps listed above were closed in October.",
        "No open questions; all answered",
        "All questions raised have been answered.",
        "All questions raised by the panel were answered on 4 May 2026.",
        "No.",
    ] {
        world.answer("outstanding_questions", json!(closed));
        assert!(world.fires("gaps.outstanding").is_empty(), "{closed}");
    }
    for open in [
        "None of the deaf patients was asked.",
        "Not known",
        "No evidence on race",
        "Nothing is known.",
        "No, questions are still open.",
        "All questions are still open.",
        "Not all questions have been raised.",
        "Nothing found on carers.",
        "None of the plans was costed.",
        "No: two questions remain.",
        "Nobody was asked.",
        "No answer yet.",
        "None. All will be answered in October.",
        "None: two were answered in October.",
        "Two questions were answered.",
        "Not all questions raised have been answered.",
        "N/A - nobody was asked",
        "Not applicable: the analyst is away.",
        "None known: nothing is known.",
        "Questions raised by the panel were answered.",
        "We are not aware of any answer.",
    ] {
        world.answer("outstanding_questions", json!(open));
        assert_eq!(world.fires("gaps.outstanding").len(), 1, "{open}");
    }
}

#[test]
fn a_denial_of_promises_is_told_from_a_promise() {
    let mut world = World::complete();
    world.case.content.engagement.clear();
    for none in [
        "None.",
        "No promises were made.",
        "Nothing was promised.",
        "There was none.",
        "No promises were found in plans, letters or minutes.",
        "None was found in the fund's plan, in the letters to families or in the minutes of the last two years.",
        "No promise of any kind is in the records of the council.",
        "There were no promises to the public in five years.",
        "Nothing in the minutes since 2019.",
        "No promises",
        "None that we know of",
        "There was no promise to consult about this.",
        "N/A - new service",
        "Not applicable: a new service.",
        "No commitments were given.",
        "We are not aware of any promise.",
        "The trust has not promised anything.",
        "Not to our knowledge.",
        "We looked through plans, letters and minutes and found that nothing was promised.",
        "No promises have been made to anyone.",
        "No formal commitment; none recorded in minutes.",
        "None was made before the plan.",
    ] {
        world.answer("consultation_promises", json!(none));
        assert_eq!(world.fires("promise.unkept"), [], "{none}");
    }
    for promise in [
        "No decision before families have been heard.",
        "No change until the public was consulted.",
        "The chair promised a consultation.",
        "Nothing will be decided before the autumn.",
        "Nothing was promised in writing, but the chair said that people would be asked.",
        "None in the plan; families were told that they would be asked.",
        "No promise was broken.",
        "There was no formal promise, although the leaflet says so.",
        "No service will close without a consultation.",
        "A letter of May says that nobody loses a place.",
        "People will be consulted.",
        "There were no promises except that of 2024.",
        "The chair promised a consultation. Nothing was promised about its length.",
        "The trust has not promised anything, but the council told families that they would be heard.",
        "No commitment was kept.",
        "N/A: the public will be consulted",
        "None, only a general statement that the ward would stay open",
        "No formal commitment; the chair pledged it in person.",
        "None was made before the plan, in which the ward is kept.",
        "None was made before we pledged it.",
    ] {
        world.answer("consultation_promises", json!(promise));
        assert_eq!(world.fires("promise.unkept").len(), 1, "{promise}");
    }
}
