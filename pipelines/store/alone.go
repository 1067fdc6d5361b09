package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// ReadCSVAlone reads a CSV file of scores into a table of a database file of its own, with nothing of pingxin in
// between: what an import is measured against.
func ReadCSVAlone(ctx context.Context, database, csv string) error {
	connector, err := duckdb.NewConnector(database, nil)
	if err != nil {
		return fmt.Errorf("open %s: %w", database, err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	_, err = db.ExecContext(ctx, fmt.Sprintf(`CREATE TABLE score AS SELECT * FROM read_csv('%s', header = true)`, strings.ReplaceAll(csv, "'", "''")))
	return err
}
