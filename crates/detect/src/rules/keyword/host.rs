//! Keywords about what lists know of addresses.

use std::sync::Arc;

use super::super::draft::Draft;
use super::super::geoip::{CountryTest, MAX_COUNTRIES};
use super::super::number::{Comparison, number_up_to};
use super::super::packet_test::PacketTest;
use super::super::problem::{Fault, nearest};
use super::super::reputation::{Asked, Ends, MAX_SCORE, ReputationTest};
use super::super::syntax::{Word, clipped};
use super::Applies::Host;
use super::Effect::Value;
use super::{Keyword, keyword};

pub(super) const KEYWORDS: &[Keyword] = &[
    keyword(
        "iprep",
        Host,
        "The reputation of an address in a category, from the lists that the settings name.",
        Value(iprep),
    ),
    keyword(
        "geoip",
        Host,
        "The country of an address, from the database that the settings name.",
        Value(geoip),
    ),
];

/// `iprep:END,CATEGORY,OPERATOR,SCORE`, or `isset` or `isnotset` for the last two.
fn iprep(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut parts = value.split(',');
    let (Some(ends), Some(category), Some(operator)) = (parts.next(), parts.next(), parts.next())
    else {
        let message = "iprep takes an end, a category, an operator and a score";
        return Err(Fault::error(value.at, message));
    };
    let Some(known) = draft.context.lists.reputations.clone() else {
        let message = "no reputation lists are set (detect.reputation-files)";
        return Err(Fault::unsupported(value.at, message));
    };
    let asked = match (operator.text, parts.next()) {
        ("isset", None) => Asked::Listed(true),
        ("isnotset", None) => Asked::Listed(false),
        (_, None) => return Err(Fault::error(operator.at, "iprep needs a score")),
        (_, Some(score)) => Asked::Score(comparison(operator, score)?),
    };
    let category_number = known.category(category.text).ok_or_else(|| {
        let near = nearest(category.text, known.categories());
        let message = format!("there is no category {:?}", clipped(category.text));
        Fault::error(category.at, message).meant(near)
    })?;
    let test = ReputationTest {
        ends: named_ends(ends)?,
        category: category_number,
        asked,
        known,
    };
    draft.packet_tests.push(PacketTest::Reputation(test));
    Ok(())
}

fn comparison(operator: Word<'_>, score: Word<'_>) -> Result<Comparison, Fault> {
    let number = number_up_to(score, MAX_SCORE.into())?;
    Ok(match operator.text {
        "<" => Comparison::Less(number),
        "<=" => Comparison::AtMost(number),
        ">" => Comparison::Greater(number),
        ">=" => Comparison::AtLeast(number),
        "=" => Comparison::Equal(number),
        "!=" => Comparison::NotEqual(number),
        _ => {
            let message = "an operator is <, <=, >, >=, = or !=";
            return Err(Fault::error(operator.at, message));
        }
    })
}

fn named_ends(word: Word<'_>) -> Result<Ends, Fault> {
    Ends::named(word.text).ok_or_else(|| Fault::error(word.at, "an end is src, dst, any or both"))
}

/// `geoip:[END,]COUNTRY[,COUNTRY]...`; a `!` before the first country turns it around.
fn geoip(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut parts = value.split(',').take(MAX_COUNTRIES).peekable();
    let ends = parts.next_if(|part| Ends::named(part.text).is_some());
    let ends = ends.map_or(Ok(Ends::Either), named_ends)?;
    let Some(known) = &draft.context.lists.countries else {
        let message = "no database of countries is set (detect.geoip-database)";
        return Err(Fault::unsupported(value.at, message));
    };
    let known = Arc::clone(known);
    let mut negated = false;
    let mut countries = Vec::new();
    for part in parts {
        let code = match part.strip_prefix("!") {
            Some(rest) => {
                negated = true;
                rest
            }
            None => part,
        };
        let upper = code.text.to_ascii_uppercase();
        let letters = upper.as_bytes().first_chunk::<2>();
        let letters = letters.filter(|_| upper.len() == 2);
        countries.push(
            *letters
                .ok_or_else(|| Fault::error(code.at, "a country is two letters, such as DE"))?,
        );
    }
    if countries.is_empty() {
        return Err(Fault::error(value.at, "geoip needs a country"));
    }
    draft.packet_tests.push(PacketTest::Country(CountryTest {
        known,
        ends,
        countries: countries.into(),
        negated,
    }));
    Ok(())
}
