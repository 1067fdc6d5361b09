package dashboards

import (
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"pingxin/pipelines/clues"
	"pingxin/pipelines/store"
)

// judgeClue keeps the verdict of the form of one clue.
func (s *Server) judgeClue(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	err := s.judge(r, []store.SeenClue{{ID: r.PathValue("id"), Hash: r.PostFormValue("figures")}})
	return b.doneHere("clues_judged", 1), err
}

// judgePicked keeps one verdict on the clues that were ticked in the list, as if each had been opened.
func (s *Server) judgePicked(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	var seen []store.SeenClue
	for _, pick := range r.PostForm["pick"] {
		id, hash, whole := strings.Cut(pick, " ")
		if !whole {
			return "", &badFilter{Name: "pick", Found: pick, Expected: "pick"}
		}
		seen = append(seen, store.SeenClue{ID: id, Hash: hash})
	}
	if len(seen) == 0 || len(seen) > pageSize {
		return "", &badFilter{Name: "pick", Found: whole(int64(len(seen))), Expected: "pick"}
	}
	err := s.judge(r, seen)
	return b.doneHere("clues_judged", len(seen)), err
}

// judge keeps the verdict that a form gives, with its reason.
func (s *Server) judge(r *http.Request, seen []store.SeenClue) error {
	verdict, reason := clues.Verdict(r.PostFormValue("verdict")), strings.TrimSpace(r.PostFormValue("reason"))
	if !verdict.Known() {
		return &badFilter{Name: "verdict", Found: string(verdict), Expected: "verdict"}
	}
	if n := utf8.RuneCountInString(reason); n == 0 || n > longestReason {
		return &badFilter{Name: "reason", Found: reason, Expected: "reason"}
	}
	if err := s.config.Store.JudgeClues(r.Context(), seen, verdict, reason); err != nil {
		return fmt.Errorf("verdict: %w", err)
	}
	return nil
}
