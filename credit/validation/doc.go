// Package validation decides how well ratings foretold what came after: whether suppliers with outcomes (later penalties,
// terminations, upheld complaints) had been rated lower (discrimination), how often a score was followed by an outcome
// (calibration), whether the population is still the one the score was made for (stability), and how suppliers moved
// between levels (transition). What counts as an outcome is a Policy. It leaves to others which dates to compare, how
// outcomes are found, and what to do about a rating that foretells nothing.
//
// Every function is pure and gives the same bytes for the same observations in any order. A score is higher for the
// safer supplier; a risk or probability is higher for the supplier more likely to have an outcome. Outcomes are called
// events.
package validation
