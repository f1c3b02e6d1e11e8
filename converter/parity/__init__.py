"""Proof that the artifact computes what the original computes, by running both."""
