package mem_test

import (
	"testing"

	"github.com/peersetdb/peerset/pkg/store/mem"
	"github.com/peersetdb/peerset/pkg/store/storetest"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) func() psync.Store {
		first := mem.New()
		return func() psync.Store { return first.Reopen() }
	})
}
