package uploader

// What the tests see of the inside.
var WaitFor = waitFor

const (
	TriesMax  = triesMax
	WaitFirst = waitFirst
	WaitMax   = waitMax
)
