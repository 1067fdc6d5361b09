package store

// incidentRules: the status of an incident and its days do not contradict each other, nor the contract in whose service it occurred.
var incidentRules = []rule{
	contradicts("closed_on", `(status = 'open') <> (closed_on IS NULL)`, "a day where the status is closed or unfounded, and none where it is open"),
	contradicts("closed_on", `closed_on < occurred_on`, "a day on or after that on which it occurred"),
	afterSigning("occurred_on"),
}
