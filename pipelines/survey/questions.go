package survey

import (
	_ "embed"
	"fmt"

	"github.com/pelletier/go-toml/v2"

	"pingxin/pipelines/policy"
	"pingxin/scoring"
)

// Question is what a recipient is asked about one indicator.
type Question struct {
	Indicator string
	Text      scoring.Name // in both languages
}

// Step is one of the answers that can be chosen. Its words are sentences of the pages, under survey.step.CODE.
type Step struct {
	Code   string
	Points int // on the scale of the files; no score where Counts is false
	Counts bool
}

// Steps are the answers to every question, best first. Five even steps of 20 points from full marks, as satisfaction is
// commonly reckoned in China (ours; a bureau that words them otherwise keeps them even): the lowest is not zero, since
// somebody very dissatisfied says that the service was poor and not that there was none, and 60, the usual pass mark, is
// the middle. Whoever does not know, or was not concerned, says so and gives no score.
var Steps = []Step{{"very_satisfied", 100, true}, {"satisfied", 80, true}, {"fair", 60, true}, {"dissatisfied", 40, true}, {"very_dissatisfied", 20, true}, {"none", 0, false}}

// stepOf finds a step by its code.
func stepOf(code string) (Step, bool) {
	for _, s := range Steps {
		if s.Code == code {
			return s, true
		}
	}
	return Step{}, false
}

//go:embed questions.toml
var questionsFile []byte

// wordings are the texts of questions by policy and indicator.
func wordings() (map[string]map[string]scoring.Name, error) {
	var all map[string]map[string]scoring.Name
	if err := toml.Unmarshal(questionsFile, &all); err != nil {
		return nil, fmt.Errorf("questions of the survey: %w", err)
	}
	return all, nil
}

// questionsOf lists what a policy asks of recipients, in its order.
func questionsOf(p *policy.Policy) ([]Question, error) {
	all, err := wordings()
	if err != nil {
		return nil, err
	}
	var questions []Question
	for _, i := range p.Evaluation.Indicators {
		if i.Parties[scoring.Recipient.String()] <= 0 {
			continue
		}
		text, worded := all[p.ID][i.ID]
		if !worded {
			text = scoring.Name{ZH: "您对“" + i.Name.ZH + "”满意吗？", EN: "How satisfied are you with: " + i.Name.EN + "?"}
		}
		if text != (scoring.Name{}) {
			questions = append(questions, Question{i.ID, text})
		}
	}
	return questions, nil
}
