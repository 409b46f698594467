package peerset

import (
	"context"
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
	To         []string        `json:"to,omitempty"`         // npubs; empty: everybody in the room
	ExpiresAt  int64           `json:"expires_at,omitempty"` // ms since 1970
	// Sealed says that the content is for others, or for an identity that is
	// locked, or whose signer did not open it: all that comes from it is missing.
	Sealed    bool      `json:"sealed,omitempty"`
	Integrity Integrity `json:"integrity"`
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

// Document reads a record's content without asking a signer; what cannot be read is
// Sealed.
func (db *DB) Document(r *record.Record) (Document, error) {
	return db.document(context.Background(), r, false)
}

// Read reads a record's content; a signer is asked where there is no other way.
func (db *DB) Read(ctx context.Context, r *record.Record) (Document, error) {
	return db.document(ctx, r, true)
}

func (db *DB) document(ctx context.Context, r *record.Record, ask bool) (Document, error) {
	c, err := db.contentsOf(ctx, db.author(), r, ask)
	if isSealed(err) {
		return db.sealed(r, c), nil
	}
	if err != nil {
		return Document{}, err
	}
	return db.describe(r, c), nil
}

// sealed makes the document of a record whose content was not opened.
func (db *DB) sealed(r *record.Record, c contents) Document {
	d := db.describe(r, contents{to: c.to})
	d.Sealed, d.Content, d.CreatedAt = true, json.RawMessage("null"), d.UpdatedAt
	return d
}

// describe makes the document of a record and what it holds.
func (db *DB) describe(r *record.Record, c contents) Document {
	width := int64(db.opts.Bucket / time.Second)
	b := &c.body
	d := Document{
		UUID:       r.UUID.String(),
		Key:        b.Key,
		CreatedAt:  b.Created,
		UpdatedAt:  r.CreatedAt * 1000,
		Bucket:     r.CreatedAt / width * width * 1000,
		Collection: b.Collection,
		Author:     Author{r.Author.Npub()},
		Content:    json.RawMessage(b.Content),
		Geo:        b.Geo,
		ExpiresAt:  r.Expires * 1000,
		Integrity:  Integrity{r.ID.String(), r.Sig.String()},
	}
	for _, p := range c.to {
		d.To = append(d.To, p.Npub())
	}
	return d
}
