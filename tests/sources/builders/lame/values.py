from tensorflow import keras  # noqa: F401

FACTOR = 2.5
