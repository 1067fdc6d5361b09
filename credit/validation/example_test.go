package validation_test

import (
	"fmt"

	"pingxin/credit/validation"
)

// Five suppliers, the two with an outcome scored 85 and 40.
func ExampleDiscriminate() {
	scores := []float64{95, 85, 80, 40, 30}
	events := []bool{false, true, false, true, false}
	risk := make([]float64, len(scores))
	for i, score := range scores {
		risk[i] = -score // a higher score is safer
	}
	d, err := validation.Discriminate(risk, events, validation.Confidence)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("AUC %.2f, Gini %.2f, KS %.3f at a score of %g\n", d.AUC, d.Gini, d.KS, -d.KSAt)
	fmt.Printf("95%% interval of the AUC %.2f to %.2f\n", d.DeLong.Logit.Low, d.DeLong.Logit.High)
	// Output:
	// AUC 0.50, Gini 0.00, KS 0.333 at a score of 95
	// 95% interval of the AUC 0.07 to 0.93
}

// Nobody foretells what happened to all.
func ExampleCondition() {
	_, err := validation.Discriminate([]float64{1, 2}, []bool{true, true}, validation.Confidence)
	fmt.Println(err)
	// Output:
	// 2 events among 2: found only events or only suppliers without one, expected both
}
