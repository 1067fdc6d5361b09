package challenger

import "math"

// emptyClass is added to both counts of a bin without good or without bad records, so that its weight of evidence is
// finite; the totals stay as they are (half a record, after Anscombe 1956).
const emptyClass = 0.5

// weigh fills in weights of evidence and information value (Good 1950; Kullback 1959):
//
//	woe = ln((good/all good) / (bad/all bad)), iv = (good/all good - bad/all bad) * woe
//
// summed in the order of the bins, and warns of every bin with an empty class.
func (b *Binning) weigh() (warnings []Warning) {
	var allGood, allBad float64
	for _, bin := range b.Bins {
		allGood += float64(bin.Good)
		allBad += float64(bin.Bad)
	}
	if allGood == 0 || allBad == 0 {
		return nil // bins without the missing values, with which all of one class may lie
	}
	b.IV = 0
	for i := range b.Bins {
		bin := &b.Bins[i]
		good, bad := float64(bin.Good), float64(bin.Bad)
		if bin.Adjusted = bin.Good == 0 || bin.Bad == 0; bin.Adjusted {
			good, bad = good+emptyClass, bad+emptyClass
			warnings = append(warnings, Warning{Code: EmptyClass, Input: b.Name, Bin: bin.Name})
		}
		good, bad = good/allGood, bad/allBad
		bin.WOE = math.Log(good / bad)
		bin.IV = float64((good - bad) * bin.WOE)
		b.IV += bin.IV
	}
	return warnings
}

// thin warns of bins with fewer records than the share.
func (b *Binning) thin(share float64, records int) (warnings []Warning) {
	for _, bin := range b.Bins {
		if have := float64(bin.Good+bin.Bad) / float64(records); have < share {
			warnings = append(warnings, Warning{Code: ThinBin, Input: b.Name, Bin: bin.Name, Have: have, Need: share})
		}
	}
	return warnings
}
