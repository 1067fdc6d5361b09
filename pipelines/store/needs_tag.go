//go:build !duckdb_arrow

package store

// Without Arrow nothing can move between Go and the database, so the build ends here with a sentence.
var _ = build_pingxin_with_the_tag_duckdb_arrow__for_example_by_make_build__or_go_build_dash_tags_duckdb_arrow
