package district

import (
	"math/rand/v2"
	"slices"
	"time"
)

// incidentStream is the stream of random numbers of incidents, so that everything else stays as it is without them.
const incidentStream = 2021

// incidents writes what went wrong in services: an open one in a service that still runs on the last night, one that was
// closed and one that turned out to be none in services of the first year.
func (m *maker) incidents() error {
	rng := rand.New(rand.NewPCG(m.Seed, incidentStream))
	last := m.manifest.Nights[len(m.manifest.Nights)-1].AsOf
	running := slices.IndexFunc(m.contracts, func(c contract) bool { return !c.start.After(last) && !c.end.Before(last) })
	if running < 0 {
		running = len(m.contracts) - 1
	}
	const half = leastPerYear / 2 // of the contracts that every first year has
	first, second := m.contracts[rng.IntN(half)], m.contracts[half+rng.IntN(half)]
	for _, i := range []struct {
		situation, note                       string
		night                                 int
		c                                     contract
		kind, severity, status, summary, done string
		on, closed                            time.Time
	}{
		{"open_incident", "open since January, in a service that still runs", 2, m.contracts[running], "safety", "large", "open", "活动室漏水，一名服务对象滑倒", "停用活动室并送医检查",
			date(last.Year(), 1, 12), time.Time{}},
		{"closed_incident", "closed within twelve days", 1, first, "interruption", "general", "closed", "服务点停电停止服务两天", "恢复供电并补足服务时长", first.start.AddDate(0, 2, 0), first.start.AddDate(0, 2, 12)},
		{"unfounded_incident", "a report that turned out to be none", 1, second, "funds", "major", "unfounded", "反映服务费用被挪用", "经核查账目不属实", second.start.AddDate(0, 3, 0),
			second.start.AddDate(0, 3, 20)},
	} {
		id := "SJ" + i.on.Format("20060102") + "-001"
		if err := m.write(i.night, "incident", i.c.no, id, i.kind, i.severity, iso(i.on), i.status, iso(i.closed), i.summary, i.done); err != nil {
			return err
		}
		m.plant(i.situation, "contract", i.c.no, i.note)
	}
	return nil
}
