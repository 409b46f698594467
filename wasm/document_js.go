package main

import (
	"encoding/json"
	"strconv"

	"github.com/peersetdb/peerset/pkg/peerset"
)

// appendDocument appends the JSON of a document. It is written out by hand
// because encoding/json would check the content again, byte by byte, and a page
// may ask for ten thousand documents at once.
func appendDocument(dst []byte, d *peerset.Document) []byte {
	dst = append(dst, `{"uuid":"`...)
	dst = append(dst, d.UUID...)
	if d.Key != "" {
		dst = append(dst, `","key":`...)
		dst = appendString(dst, d.Key)
		dst = append(dst, `,"created_at":`...)
	} else {
		dst = append(dst, `","created_at":`...)
	}
	dst = strconv.AppendInt(dst, d.CreatedAt, 10)
	dst = append(dst, `,"updated_at":`...)
	dst = strconv.AppendInt(dst, d.UpdatedAt, 10)
	dst = append(dst, `,"bucket":`...)
	dst = strconv.AppendInt(dst, d.Bucket, 10)
	if d.Collection != "" {
		dst = append(dst, `,"collection":`...)
		dst = appendString(dst, d.Collection)
	}
	dst = append(dst, `,"author":{"npub":"`...)
	dst = append(dst, d.Author.Npub...)
	dst = append(dst, `"},"content":`...)
	dst = append(dst, d.Content...)
	if d.Geo != nil {
		dst = append(dst, `,"geo":{"latitude":`...)
		dst = strconv.AppendFloat(dst, d.Geo.Latitude, 'g', -1, 64)
		dst = append(dst, `,"longitude":`...)
		dst = strconv.AppendFloat(dst, d.Geo.Longitude, 'g', -1, 64)
		dst = append(dst, '}')
	}
	if len(d.To) > 0 {
		dst = append(dst, `,"to":`...)
		dst = appendJSON(dst, d.To)
	}
	if d.ExpiresAt != 0 {
		dst = append(dst, `,"expires_at":`...)
		dst = strconv.AppendInt(dst, d.ExpiresAt, 10)
	}
	if d.Sealed {
		dst = append(dst, `,"sealed":true`...)
	}
	dst = append(dst, `,"integrity":{"hash":"`...)
	dst = append(dst, d.Integrity.Hash...)
	dst = append(dst, `","signature":"`...)
	dst = append(dst, d.Integrity.Signature...)
	return append(dst, `"}}`...)
}

// appendString appends a JSON string of any text.
func appendString(dst []byte, s string) []byte {
	b, _ := json.Marshal(s) // strings never fail
	return append(dst, b...)
}

// list builds the text of a JSON array.
type list struct{ buf []byte }

// next returns the text so far, ready for another element.
func (l *list) next() []byte {
	if len(l.buf) == 0 {
		return append(l.buf, '[')
	}
	return append(l.buf, ',')
}

// take returns the whole array and starts a new one.
func (l *list) take() string {
	s := string(append(l.buf, ']'))
	l.buf = l.buf[:0]
	return s
}
