"""How long the air is taken; knows nothing of places."""
