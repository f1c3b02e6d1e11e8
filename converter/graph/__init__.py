"""TensorFlow.js graph models, made by the official converter in a child process.

A graph model holds TensorFlow's own operations in place of layers: what no layers model can hold fits in
it, at the price of TensorFlow for a conversion.
"""
