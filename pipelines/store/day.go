package store

import "time"

// district is the time zone in which a day begins.
var district = time.FixedZone("Asia/Shanghai", 8*60*60)

// DayOf is the day in the district at a moment, as days are kept: midnight UTC of its date.
func DayOf(moment time.Time) time.Time {
	year, month, day := moment.In(district).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
