// Package rotation runs a strategy of its own for every epoch, so that what a
// room announces changes with time.
//
//	            change
//	---- epoch n ----|
//	                 |---- epoch n+1 ----
//	      [new starts|old ends ]
//	     8 to 6 min  | 6 to 8 min
//
// Around the change two strategies run. Each has its own sockets and its own peer
// ids, because each is made anew by [Config.New]. When one starts and ends is drawn at
// random, so that a change does not bring the members of all rooms to the
// trackers in the same second.
//
// # Who meets
//
// Both run from 5 minutes before to 5 minutes after a change at the least. So any two
// members whose clocks are up to 10 minutes apart have an epoch in common at
// every moment: that which holds 5 minutes from now by the clock that is behind.
// The minute between 5 and 6 is for the dial, and for the timers of hidden tabs,
// which come up to a minute late.
//
// # Clocks
//
// The wall clock decides, and is looked at every 15 s and upon Wake. Timers stand still
// while a machine sleeps, and clocks are set; after either the
// right strategies run again at the next look. One that runs stays when the clock is set
// back by less than two minutes.
package rotation
