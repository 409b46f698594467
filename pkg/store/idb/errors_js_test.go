package idb

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/hack-pad/go-indexeddb/idb"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

func TestErrors(t *testing.T) {
	named := func(name string) error { return exception{name: name, message: "the browser's words"} }
	for _, test := range []struct {
		err               error
		open, read, write error // what each amounts to
	}{
		{named("QuotaExceededError"), psync.ErrStoreFull, psync.ErrStoreFull, psync.ErrStoreFull},
		{idb.NewDOMException("QuotaExceededError"), psync.ErrStoreFull, psync.ErrStoreFull, psync.ErrStoreFull},
		{named("NS_ERROR_FILE_NO_DEVICE_SPACE"), psync.ErrStoreFull, psync.ErrStoreFull, psync.ErrStoreFull},
		{named("UnknownError"), psync.ErrStoreUnavailable, nil, psync.ErrStoreFull},
		{named("SecurityError"), psync.ErrStoreUnavailable, nil, nil},
		{named("InvalidStateError"), psync.ErrStoreUnavailable, psync.ErrStoreClosed, psync.ErrStoreClosed},
		{named("AbortError"), psync.ErrStoreUnavailable, psync.ErrStoreClosed, psync.ErrStoreClosed},
		{errNoReason, psync.ErrStoreUnavailable, psync.ErrStoreClosed, psync.ErrStoreClosed},
		{psync.ErrStoreClosed, psync.ErrStoreClosed, psync.ErrStoreClosed, psync.ErrStoreClosed},
		{context.Canceled, context.Canceled, context.Canceled, context.Canceled},
		{fmt.Errorf("%w: reload", psync.ErrStoreBlocked), psync.ErrStoreBlocked, psync.ErrStoreBlocked, psync.ErrStoreBlocked},
	} {
		for action, got := range map[string][2]error{
			"open":  {openError(test.err), test.open},
			"read":  {readError(test.err), test.read},
			"write": {writeError(test.err), test.write},
		} {
			err, want := got[0], got[1]
			if !errors.Is(err, test.err) {
				t.Errorf("%s: %v lost its cause", action, err)
			}
			for _, sentinel := range []error{
				psync.ErrStoreFull, psync.ErrStoreBlocked, psync.ErrStoreClosed, psync.ErrStoreUnavailable, context.Canceled,
			} {
				if errors.Is(err, sentinel) != (sentinel == want) {
					t.Errorf("%s: %v is %q: %t", action, err, sentinel, sentinel != want)
				}
			}
		}
	}
	if openError(nil) != nil || readError(nil) != nil || writeError(nil) != nil {
		t.Error("no error became one")
	}
}
