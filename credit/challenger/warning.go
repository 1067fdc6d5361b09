package challenger

import "fmt"

// Warning is something to know about a result that stands beside it.
type Warning struct {
	Code   string  `json:"code"`
	Input  string  `json:"input,omitempty"`
	Bin    string  `json:"bin,omitempty"`
	Detail string  `json:"detail,omitempty"` // names, where more than one is meant
	Have   float64 `json:"have,omitempty"`
	Need   float64 `json:"need,omitempty"`
}

// Codes of warnings.
const (
	EmptyClass   = "empty_class"   // a bin without good or without bad records; its counts were adjusted
	ThinBin      = "thin_bin"      // a bin with less than the least share of records
	OneBin       = "one_bin"       // an input that tells nothing; it is left out
	Constant     = "constant"      // a column that never varies; it is left out
	Collinear    = "collinear"     // a column that others determine; it is left out
	Separation   = "separation"    // a combination of columns divides good from bad; the fit is a ridge regression
	ReversedSign = "reversed_sign" // beside the others an input counts against its own evidence
	FewBad       = "few_bad"       // too few bad records for so many coefficients
	Unseen       = "unseen"        // a value that the fit never saw; it counts as neither good nor bad
	Unrated      = "unrated"       // records without a rule score, left out of a comparison
	InSample     = "in_sample"     // compared on the records of the fit, which flatters the challenger
)

// String is the warning as a sentence.
func (w Warning) String() string {
	switch w.Code {
	case EmptyClass:
		return fmt.Sprintf("%s, bin %s: one class is empty; half a record was added to both of its counts", w.Input, w.Bin)
	case ThinBin:
		return fmt.Sprintf("%s, bin %s: %.3g of the records, less than %.3g", w.Input, w.Bin, w.Have, w.Need)
	case OneBin:
		return w.Input + ": tells nothing about the outcome and was left out"
	case Constant:
		return w.Input + ": never varies and was left out"
	case Collinear:
		return fmt.Sprintf("%s: is determined by %s and was left out", w.Input, w.Detail)
	case Separation:
		return fmt.Sprintf("%s separation of good and bad by %s: no coefficient of maximum likelihood exists; fitted with a ridge penalty of %g", w.Bin, w.Detail, w.Have)
	case ReversedSign:
		return fmt.Sprintf("%s: counts against its own evidence beside the other inputs (coefficient %.3g, expected below 0); consider leaving it out", w.Input, w.Have)
	case FewBad:
		return fmt.Sprintf("%.3g records of the rarer outcome for each coefficient, fewer than %g: the coefficients are uncertain", w.Have, w.Need)
	case Unseen:
		return fmt.Sprintf("%s: found %s, which the fit never saw; it counts as neither good nor bad", w.Input, w.Bin)
	case Unrated:
		return fmt.Sprintf("%g of %g records have no rule score and were left out", w.Have, w.Need)
	case InSample:
		return "these are the records that the model was fitted on, which flatters it; compare on later ones"
	}
	return w.Code
}
