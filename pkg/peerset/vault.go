package peerset

import (
	"bytes"
	"context"
	"sync"
)

// Vault keeps the secrets of an origin, which all its rooms share: the device key,
// the session of a login, and perhaps an encrypted key. Values are never empty. Its
// methods may be called from several goroutines.
type Vault interface {
	// Load returns nil where nothing is kept under name.
	Load(ctx context.Context, name string) ([]byte, error)
	Save(ctx context.Context, name string, value []byte) error
	// SaveAll keeps all values, by their names, or none of them.
	SaveAll(ctx context.Context, values map[string][]byte) error
	// Add keeps value unless there is one already, and returns the one that is
	// kept: of two callers that add at once both get the same.
	Add(ctx context.Context, name string, value []byte) ([]byte, error)
	Remove(ctx context.Context, name string) error
}

type memoryVault struct {
	mu     sync.Mutex
	values map[string][]byte
}

// NewMemoryVault returns a vault that keeps its values as long as it lives itself.
func NewMemoryVault() Vault { return &memoryVault{values: make(map[string][]byte)} }

func (v *memoryVault) Load(_ context.Context, name string) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return bytes.Clone(v.values[name]), nil
}

func (v *memoryVault) Save(_ context.Context, name string, value []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.values[name] = bytes.Clone(value)
	return nil
}

func (v *memoryVault) SaveAll(_ context.Context, values map[string][]byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for name, value := range values {
		v.values[name] = bytes.Clone(value)
	}
	return nil
}

func (v *memoryVault) Add(_ context.Context, name string, value []byte) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.values[name] == nil {
		v.values[name] = bytes.Clone(value)
	}
	return bytes.Clone(v.values[name]), nil
}

func (v *memoryVault) Remove(_ context.Context, name string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.values[name])
	delete(v.values, name)
	return nil
}
