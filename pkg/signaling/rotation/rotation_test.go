package rotation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/peersetdb/peerset/pkg/signaling"
)

// member is one who runs a rotation over fake strategies, by a clock of its own.
type member struct {
	*Strategy
	stop func()

	mu      sync.Mutex
	offset  time.Duration // of the wall clock
	running map[int64]int // strategies by epoch
	started []int64       // epochs, in order
	woken   atomic.Int64
	made    []*fake
}

// fake is an epoch's strategy.
type fake struct {
	m     *member
	epoch int64

	mu     sync.Mutex
	status []signaling.Status
}

func (f *fake) Run(ctx context.Context, _ signaling.Host) error {
	f.m.count(f.epoch, 1)
	<-ctx.Done()
	f.m.count(f.epoch, -1)
	return ctx.Err()
}

func (f *fake) Wake() { f.m.woken.Add(1) }

func (f *fake) Status() []signaling.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.status)
}

func (f *fake) say(status ...signaling.Status) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status = status
}

func (m *member) count(epoch int64, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.running[epoch] += n; m.running[epoch] == 0 {
		delete(m.running, epoch)
	}
	if n > 0 {
		m.started = append(m.started, epoch)
	}
}

func (m *member) now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Now().Add(m.offset)
}

// set sets the clock forward or back.
func (m *member) set(by time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.offset += by
}

// history returns the epochs whose strategies were run, in their order, those that
// run, and all that were made.
func (m *member) history() (started []int64, running int, made []*fake) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.started), len(m.running), slices.Clone(m.made)
}

// epochsNow lists the epochs that are announced, as text.
func (m *member) epochsNow() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []int64
	for n := range m.running {
		all = append(all, n)
	}
	slices.Sort(all)
	return fmt.Sprint(all)
}

func (m *member) shares(with *member) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	with.mu.Lock()
	defer with.mu.Unlock()
	for n := range m.running {
		if with.running[n] > 0 {
			return true
		}
	}
	return false
}

// enter lets a member in, whose clock is offset; it is in a bubble of synctest.
func enter(t *testing.T, offset time.Duration) *member {
	t.Helper()
	m := &member{offset: offset, running: make(map[int64]int)}
	s, err := New(Config{Length: time.Hour, Now: m.now, New: func(epoch int64) (signaling.Strategy, error) {
		f := &fake{m: m, epoch: epoch}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.made = append(m.made, f)
		return f, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	m.Strategy = s
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx, nil) }()
	m.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
		if len(m.running) != 0 || len(s.runs) != 0 {
			t.Errorf("still running: %v", m.running)
		}
	})
	t.Cleanup(m.stop)
	synctest.Wait()
	return m
}

func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// The bubble's clock starts with an epoch: midnight of 1 January 2000.
const first = 262_968

// Members stay, join and leave, with clocks up to 10 minutes apart. At every moment any two share
// an epoch.
func TestAnyTwoShareAnEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seed := [2]uint64{rand.Uint64(), rand.Uint64()}
		rnd := rand.New(rand.NewPCG(seed[0], seed[1]))
		defer func() {
			if t.Failed() {
				t.Logf("seed %v", seed)
			}
		}()
		const apart = 10 * time.Minute
		offset := func() time.Duration { return time.Duration(rnd.Int64N(int64(apart)+1)) - apart/2 }
		members := []*member{enter(t, -apart/2), enter(t, apart/2), enter(t, 0)}
		stay := len(members)
		both, looks := 0, 0
		for elapsed := time.Duration(0); elapsed < 8*time.Hour; elapsed += 7 * time.Second {
			switch n := rnd.IntN(100); {
			case n == 0 && len(members) < 12:
				members = append(members, enter(t, offset()))
			case n == 1 && len(members) > stay:
				i := stay + rnd.IntN(len(members)-stay)
				members[i].stop()
				members = slices.Delete(members, i, i+1)
			}
			after(7 * time.Second)
			for i, a := range members {
				for _, b := range members[:i] {
					if !a.shares(b) {
						t.Fatalf("after %v those with offsets %v and %v announce %v and %v",
							elapsed, a.offset, b.offset, a.epochsNow(), b.epochsNow())
					}
				}
				looks++
				if _, n, _ := a.history(); n == 2 {
					both++
				} else if n != 1 {
					t.Fatalf("%d epochs announced", n)
				}
			}
		}
		// From 12 to 16 minutes of an hour there are two, no longer.
		if share := float64(both) / float64(looks); share > 16./60 || share < 10./60 {
			t.Errorf("two epochs are announced %.0f %% of the time", 100*share)
		}
		for _, m := range members[:stay] {
			started, _, _ := m.history()
			slices.Sort(started) // two may start at once
			for i, n := range started {
				if n != started[0]+int64(i) {
					t.Errorf("started %v", started)
				}
			}
		}
	})
}

func TestBothEpochsAroundTheChange(t *testing.T) {
	moments := make(map[time.Duration]bool)
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			m := enter(t, 0)
			old, both, next := fmt.Sprint([]int{first}), fmt.Sprint([]int{first, first + 1}), fmt.Sprint([]int{first + 1})
			after(51*time.Minute + 45*time.Second)
			for at := -8*time.Minute - look; at < 10*time.Minute; at += time.Second {
				got := m.epochsNow()
				switch {
				case at < -8*time.Minute && got != old,
					at >= -5*time.Minute && at <= 5*time.Minute && got != both,
					at > 8*time.Minute+look && got != next:
					t.Fatalf("%v from the change %s are announced", at, got)
				case at < 0 && got == both, at > 0 && got == next:
					moments[at] = true
				}
				after(time.Second)
			}
		})
	}
	if len(moments) < 200 {
		t.Errorf("the moments of starts and ends are not random: %d", len(moments))
	}
}

// While a machine sleeps its timers stand still, and the clock does not.
func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := enter(t, 0)
		after(20 * time.Minute)
		m.set(5 * time.Hour)
		after(look)
		if got, want := m.epochsNow(), fmt.Sprint([]int{first + 5}); got != want {
			t.Errorf("after hours of sleep %s are announced, want %s", got, want)
		}
		m.set(time.Hour)
		m.Wake()
		synctest.Wait()
		if got, want := m.epochsNow(), fmt.Sprint([]int{first + 6}); got != want {
			t.Errorf("at waking up %s are announced, want %s", got, want)
		}
		if m.woken.Load() == 0 {
			t.Error("strategies were not woken")
		}
		// Into an overlap.
		m.set(36 * time.Minute)
		after(look)
		if got, want := m.epochsNow(), fmt.Sprint([]int{first + 6, first + 7}); got != want {
			t.Errorf("4 minutes before a change %s are announced, want %s", got, want)
		}
	})
}

func TestClockIsSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := enter(t, 30*time.Minute)
		m.set(-3 * time.Hour)
		after(look)
		if got, want := m.epochsNow(), fmt.Sprint([]int{first - 3}); got != want {
			t.Errorf("%s are announced, want %s", got, want)
		}
		m.set(3 * time.Hour)
		after(look)
		started, _, _ := m.history()
		if want := []int64{first, first - 3, first}; !slices.Equal(started, want) {
			t.Errorf("started %v, want %v", started, want)
		}
	})
	// A little is no reason to start or end anything.
	synctest.Test(t, func(t *testing.T) {
		m := enter(t, 0)
		for range 3 * 60 * 4 {
			m.set(50 * time.Second)
			after(look)
			m.set(-50 * time.Second)
			after(look)
		}
		// The first look is in the overlap with the epoch before.
		started, _, _ := m.history()
		slices.Sort(started)
		for i, n := range started {
			if n != first-1+int64(i) {
				t.Errorf("started %v", started)
			}
		}
	})
}

func TestBefore1970(t *testing.T) {
	e := epochs{length: time.Hour}
	for s, want := range map[int64]int64{-3601: -2, -3600: -1, -1: -1, 0: 0, 3599: 0, 3600: 1} {
		if got := e.at(time.Unix(s, 0)); got != want {
			t.Errorf("%d s is in epoch %d, want %d", s, got, want)
		}
	}
}

func TestConfig(t *testing.T) {
	broken := errors.New("broken")
	fine := func(int64) (signaling.Strategy, error) { return new(fake), nil }
	for name, c := range map[string]struct {
		Config
		want error
	}{
		"too short":          {Config{New: fine, Length: time.Minute}, ErrConfig},
		"half a second":      {Config{New: fine, Length: time.Hour + time.Second/2}, ErrConfig},
		"mistake in epoch":   {Config{New: func(int64) (signaling.Strategy, error) { return nil, broken }, Length: time.Hour}, broken},
		"no randomness left": {Config{New: fine, Length: time.Hour, Rand: iotest.ErrReader(broken)}, broken},
	} {
		if _, err := New(c.Config); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What could not be made, or ended by itself, is made anew.
func TestStrategiesThatFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		after(20 * time.Minute) // of one epoch only
		var fails atomic.Bool
		var made atomic.Int64
		s, err := New(Config{Length: time.Hour, New: func(int64) (signaling.Strategy, error) {
			if fails.Load() {
				return nil, errors.New("not now")
			}
			made.Add(1)
			return ends{}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		fails.Store(true)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		ended := make(chan error)
		go func() { ended <- s.Run(ctx, nil) }()
		after(time.Minute)
		if got := s.Status(); made.Load() != 1 || len(got) != 1 || got[0].URL != "x" || got[0].Connected {
			t.Errorf("made %d, status %+v", made.Load(), got)
		}
		fails.Store(false)
		after(look)
		if n := made.Load(); n != 2 {
			t.Errorf("made %d", n)
		}
		if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

type ends struct{}

func (ends) Run(context.Context, signaling.Host) error { return errors.New("over") }
func (ends) Wake()                                     {}
func (ends) Status() []signaling.Status                { return []signaling.Status{{URL: "x"}} }
