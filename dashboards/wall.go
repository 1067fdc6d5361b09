package dashboards

import "slices"

// wallKey in the address of a page shows it as on a wall screen: in large type, without what a reader would click on, and
// after a while the next of the carousel.
const wallKey = "wall"

// wallSeconds is how long a wall screen shows a page: long enough to read its sentences and, going down it, its charts.
const wallSeconds = 60

// wallPaths are the carousel.
var wallPaths = []string{"/overview", "/evaluators", "/budget", "/validation"}

// nextOnWall is the page after this one that who is asking may open, in the same language and unit; a page that is not in
// the carousel is followed by the first, the only one by itself, which loads it anew.
func (b *base) nextOnWall() string {
	at := slices.Index(wallPaths, b.path)
	for i := range wallPaths {
		path := wallPaths[(at+1+i)%len(wallPaths)]
		for _, p := range navigation {
			if p.path == path && b.May(p.action) {
				return b.To(path, wallKey, "on")
			}
		}
	}
	return b.To(b.path, wallKey, "on")
}

// OnWall and OffWall are the addresses that begin and end it.
func (b *basis) OnWall() string  { return b.Here(wallKey, "on") }
func (b *basis) OffWall() string { return b.Here(wallKey, "") }

// WallSeconds is how long the page stays.
func (b *basis) WallSeconds() int { return wallSeconds }
