//! Signed checkpoints over the heads of all chains, so that a rewritten or shortened chain is found too.
