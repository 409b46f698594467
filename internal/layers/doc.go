// Package layers holds the test of who may import whom.
package layers
