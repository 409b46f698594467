package peerset

import (
	"encoding/json"
	"time"

	"github.com/peersetdb/peerset/pkg/record"
)

// Document is a record as pages see it.
type Document struct {
	UUID       string          `json:"uuid"`
	Key        string          `json:"key,omitempty"`
	CreatedAt  int64           `json:"created_at"` // ms since 1970, of the first publication
	UpdatedAt  int64           `json:"updated_at"` // ms since 1970, of this version, a whole second
	Bucket     int64           `json:"bucket"`     // ms since 1970, the start of the version's bucket
	Collection string          `json:"collection,omitempty"`
	Author     Author          `json:"author"`
	Content    json.RawMessage `json:"content"`
	Geo        *record.Geo     `json:"geo,omitempty"`
	Integrity  Integrity       `json:"integrity"`
}

// Author is who signed a record.
type Author struct {
	Npub string `json:"npub"`
}

// Integrity is what proves a record.
type Integrity struct {
	Hash      string `json:"hash"`      // SHA-256 of the NIP-01 serialization
	Signature string `json:"signature"` // BIP-340
}

// Document reads a record's content.
func (db *DB) Document(r *record.Record) (Document, error) {
	b, err := record.ParseBody(r.Content)
	if err != nil {
		return Document{}, err
	}
	width := int64(db.opts.Bucket / time.Second)
	return Document{
		UUID:       r.UUID.String(),
		Key:        b.Key,
		CreatedAt:  b.Created,
		UpdatedAt:  r.CreatedAt * 1000,
		Bucket:     r.CreatedAt / width * width * 1000,
		Collection: b.Collection,
		Author:     Author{r.Author.Npub()},
		Content:    json.RawMessage(b.Content),
		Geo:        b.Geo,
		Integrity:  Integrity{r.ID.String(), r.Sig.String()},
	}, nil
}
