//! End-to-end tests over the built binary: the whole road, kills, peers.
