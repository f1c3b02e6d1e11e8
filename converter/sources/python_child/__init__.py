"""What runs in a process of its own: the user's Python builds a model, and it is written down.

The only room beside the proof's reference that imports Keras, and only for a builder that the user
named on the command line.
"""
