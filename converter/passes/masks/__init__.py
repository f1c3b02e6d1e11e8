"""Masks: left to TensorFlow.js where its own are right, else tensors that layers are handed."""

from converter.passes.masks.explicit import ExplicitMasks

__all__ = ["ExplicitMasks"]
