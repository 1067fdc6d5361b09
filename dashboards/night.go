package dashboards

import "time"

// staleAfter is how long after the last publication the pages say that nothing new has come: one night may fail and be caught
// up by the next (ours).
const staleAfter = 48 * time.Hour

// NightFailed says whether the last run failed, so that the pages show one before it.
func (b *basis) NightFailed() bool {
	return b.Status != nil && !b.Status.Running && b.Status.LastError != ""
}

// NightSaid says at the top of each page that the night has not done its work, since when, what is shown in its place and what
// comes next; empty while all is well. It is for those who are signed in.
func (b *basis) NightSaid() string {
	s := b.Status
	if s == nil || s.Running || b.Who.Account == "" {
		return ""
	}
	said := ""
	switch {
	case s.LastError != "" && b.Run == nil: // none was published, or the page could not be made and does not know which
		said = b.T("standing.failed_alone", "At", b.Moment(s.LastAt))
	case s.LastError != "":
		said = b.T("standing.failed", "At", b.Moment(s.LastAt), "Run", whole(int64(b.Run.ID)), "Day", day(b.Run.AsOf), "Published", b.Moment(b.PublishedAt))
	case b.Run != nil && b.now.Sub(b.PublishedAt) > staleAfter:
		days := int(b.now.Sub(b.PublishedAt) / (24 * time.Hour))
		said = b.T("standing.stale", "N", days, "Run", whole(int64(b.Run.ID)), "Day", day(b.Run.AsOf), "Published", b.Moment(b.PublishedAt))
	default:
		return ""
	}
	if s.NextAt.IsZero() {
		return said + b.T("standing.unplanned")
	}
	return said + b.T("standing.next", "At", b.Moment(s.NextAt))
}
