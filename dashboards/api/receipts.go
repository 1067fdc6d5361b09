package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"pingxin/dashboards/access"
	"pingxin/pipelines/intake/desk"
	"pingxin/pipelines/store"
)

type receiptsIn struct {
	Before int    `query:"before" minimum:"1" maximum:"2147483647" doc:"Only batches with smaller numbers; the link to the next page says it"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	Kind   string `query:"kind" maxLength:"100" doc:"Only this kind of file"`
}

// ReceiptPath names a receipt.
type ReceiptPath struct {
	Number int `path:"number" minimum:"1" maximum:"2147483647" doc:"Number of the receipt"`
}

// Receipt is a receipt with what became of its batch.
type Receipt struct {
	store.Receipt
	Superseded  int64  `json:"superseded" doc:"Rows of earlier batches that it replaced"`
	Uploader    string `json:"uploader" doc:"Who brought it; empty: the operator at the console"`
	Reason      string `json:"reason" doc:"Why earlier rows were replaced"`
	WithdrawnBy int    `json:"withdrawn_by" doc:"Batch of its withdrawal; 0: it stands"`
	Withdraws   int    `json:"withdraws" doc:"Batch that this one withdraws; 0: it brings rows"`
}

// Receipts is one page of receipts, the latest first.
type Receipts struct {
	Items []Receipt `json:"items"`
}

// receiptsAnswer leads to the next page.
type receiptsAnswer struct {
	ETag string `header:"ETag" doc:"Changes with the answer; send it back as If-None-Match"`
	Link string `header:"Link" doc:"Address of the next page, where there is one"`
	Body body[Receipts]
}

// registerReceipts lists the operations on what was accepted.
func (a *API) registerReceipts() {
	handle(a, a.operation(access.ReadUploads, "list-receipts", http.MethodGet, "/receipts", "Receipts of one's own files, or of everybody's for who sees all, the latest first"), a.receipts)
	handle(a, a.operation(access.ReadUploads, "get-receipt", http.MethodGet, "/receipts/{number}", "One receipt"),
		func(ctx context.Context, in *ReceiptPath) (*answer[Receipt], error) {
			r, err := a.receipt(ctx, in.Number)
			if err != nil {
				return nil, err
			}
			return write(ctx, 0, r)
		})
	op := a.operation(access.Upload, "withdraw", http.MethodPost, "/receipts/{number}/withdrawal", "Take a batch back, from the next run on")
	op.DefaultStatus = http.StatusCreated
	handle(a, op, a.withdraw)
}

func (a *API) receipts(ctx context.Context, in *receiptsIn) (*receiptsAnswer, error) {
	batches, err := a.history(ctx, desk.Page{Before: in.Before, Limit: in.Limit, Kind: in.Kind})
	if err != nil {
		return nil, err
	}
	page, err := a.withReceipts(batches)
	if err != nil {
		return nil, err
	}
	out, err := write(ctx, 0, Receipts{Items: page})
	if err != nil {
		return nil, err
	}
	link := ""
	if len(batches) == in.Limit {
		link = nextBefore(requestOf(ctx).url, batches[len(batches)-1].Batch)
	}
	return &receiptsAnswer{ETag: out.ETag, Link: link, Body: out.Body}, nil
}

// nextBefore leads to what came before a batch.
func nextBefore(at url.URL, batch int) string {
	query := at.Query()
	query.Set("before", strconv.Itoa(batch))
	return fmt.Sprintf(`<%s?%s>; rel="next"`, at.EscapedPath(), query.Encode())
}

// history is what the desk says that who asks has brought.
func (a *API) history(ctx context.Context, p desk.Page) ([]store.BatchRecord, error) {
	d, err := a.desk()
	if err != nil {
		return nil, err
	}
	return d.History(ctx, OwnerOf(access.From(ctx)), p)
}

// withReceipts finds the receipts of batches.
func (a *API) withReceipts(batches []store.BatchRecord) ([]Receipt, error) {
	receipts, err := a.config.Store.Receipts()
	if err != nil {
		return nil, err
	}
	byBatch := make(map[int]store.Receipt, len(receipts))
	for _, r := range receipts {
		byBatch[r.Batch] = r
	}
	all := make([]Receipt, 0, len(batches))
	for _, b := range batches {
		if r, found := byBatch[b.Batch]; found { // one without was stored a moment ago and has its receipt in another
			all = append(all, Receipt{Receipt: r, Superseded: b.Superseded, Uploader: b.Uploader, Reason: b.Reason, WithdrawnBy: b.WithdrawnBy, Withdraws: b.Withdraws})
		}
	}
	return all, nil
}

// receipt finds a receipt by its number among those that who asks may see.
func (a *API) receipt(ctx context.Context, number int) (Receipt, error) {
	receipts, err := a.config.Store.Receipts()
	if err != nil {
		return Receipt{}, err
	}
	if number > len(receipts) {
		return Receipt{}, problem(missing, "no receipt of yours has this number")
	}
	batch := receipts[number-1].Batch // they are numbered from 1 without a gap
	found, err := a.history(ctx, desk.Page{Before: batch + 1, Limit: 1})
	if err != nil {
		return Receipt{}, err
	}
	if len(found) == 0 || found[0].Batch != batch {
		return Receipt{}, problem(missing, "no receipt of yours has this number")
	}
	all, err := a.withReceipts(found)
	if err != nil {
		return Receipt{}, err
	}
	return all[0], nil
}

type withdrawIn struct {
	ReceiptPath
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why, as it is kept for ever"`
	}
}

// withdrawn is the receipt of a withdrawal.
type withdrawn struct {
	Location string `header:"Location" doc:"Address of the receipt of the withdrawal"`
	Body     body[store.Receipt]
}

func (a *API) withdraw(ctx context.Context, in *withdrawIn) (*withdrawn, error) {
	d, err := a.desk()
	if err != nil {
		return nil, err
	}
	r, err := a.receipt(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	receipt, err := d.Withdraw(ctx, OwnerOf(access.From(ctx)), r.Batch, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	out, err := written(receipt)
	return &withdrawn{Location: receiptAddress(receipt), Body: out}, err
}
