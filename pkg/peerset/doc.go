// Package peerset is the database: it ties the sync core to connections,
// signaling and a store.
//
//	Put Get All Delete          trackers
//	        |                       |
//	+-------v--------- DB ----------v------+
//	|  loop: one goroutine, owns the core  |
//	+---^-----------^-----------^----------+
//	    |           |           |
//	 pkg/rtc    signatures   pkg/store
//
// All that touches the core runs on one goroutine. The costly effects run
// beside it: signature checks and the rules on single records in slices (several at a time
// natively), the store in the order in which the core asked. Records of our own are sealed, judged and signed
// beside it, too, one at a time; a signer, or the page's own rule, holds up no write of another record.
package peerset
