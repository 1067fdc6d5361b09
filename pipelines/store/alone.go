package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// ReadAlone reads a file of scores into a table of a database file of its own by a function of the database, such as
// read_csv, with nothing of pingxin in between: what an import is measured against.
func ReadAlone(ctx context.Context, database, function, file string) error {
	return alone(ctx, database, fmt.Sprintf(`CREATE TABLE score AS SELECT * FROM %s(%s)`, function, quote(file)))
}

// ParquetAlone writes a CSV file as Parquet.
func ParquetAlone(ctx context.Context, csv, to string) error {
	return alone(ctx, "", fmt.Sprintf(`COPY (SELECT * FROM read_csv(%s)) TO %s (FORMAT parquet)`, quote(csv), quote(to)))
}

func alone(ctx context.Context, database, statement string) error {
	connector, err := duckdb.NewConnector(database, nil)
	if err != nil {
		return fmt.Errorf("open %s: %w", database, err)
	}
	db := sql.OpenDB(connector)
	_, err = db.ExecContext(ctx, statement)
	return errors.Join(err, db.Close())
}
