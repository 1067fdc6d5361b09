package scoring

import (
	"errors"
	"fmt"
	"math"
)

// WeightedMean is sum(w*v)/sum(w) over the values that are present (not NaN); NaN when none is or their weights are 0.
func WeightedMean(values, weights []float64) float64 {
	var sum, total float64
	for i, v := range values {
		if !math.IsNaN(v) && weights[i] > 0 {
			sum += float64(weights[i] * v)
			total += weights[i]
		}
	}
	if total == 0 {
		return math.NaN()
	}
	return sum / total
}

// WeightedGeometricMean is exp(sum(w*ln v)/sum(w)) over the values that are present; a value of 0 makes it 0.
func WeightedGeometricMean(values, weights []float64) float64 {
	logs := make([]float64, len(values))
	for i, v := range values {
		logs[i] = math.Log(v)
	}
	return math.Exp(WeightedMean(logs, weights))
}

// What is wrong with the terms of a mean.
var (
	ErrUnpaired       = errors.New("each value needs one weight")
	ErrBadWeight      = errors.New("a weight is a finite number from 0")
	ErrInfiniteValue  = errors.New("a value is a finite number, or NaN where it is missing")
	ErrNegativeFactor = errors.New("a geometric mean has no negative values")
)

// ArithmeticMean is WeightedMean for terms that no policy check has seen: it says what is wrong with them instead of
// leaving it out. NaN without an error means that no value is present, or none that has a weight. The error is one of
// ErrUnpaired, ErrBadWeight, ErrInfiniteValue.
func ArithmeticMean(values, weights []float64) (float64, error) {
	if err := checkTerms(values, weights); err != nil {
		return math.NaN(), err
	}
	return WeightedMean(values, weights), nil
}

// GeometricMean is WeightedGeometricMean for terms that no policy check has seen, as ArithmeticMean; a negative value is
// ErrNegativeFactor besides.
func GeometricMean(values, weights []float64) (float64, error) {
	if err := checkTerms(values, weights); err != nil {
		return math.NaN(), err
	}
	for i, v := range values {
		if v < 0 {
			return math.NaN(), fmt.Errorf("value %d: found %g: %w", i, v, ErrNegativeFactor)
		}
	}
	return WeightedGeometricMean(values, weights), nil
}

func checkTerms(values, weights []float64) error {
	if len(values) != len(weights) {
		return fmt.Errorf("found %d values and %d weights: %w", len(values), len(weights), ErrUnpaired)
	}
	for i, w := range weights {
		if !(w >= 0) || math.IsInf(w, 1) {
			return fmt.Errorf("weight %d: found %g: %w", i, w, ErrBadWeight)
		}
		if math.IsInf(values[i], 0) {
			return fmt.Errorf("value %d: found %g: %w", i, values[i], ErrInfiniteValue)
		}
	}
	return nil
}
