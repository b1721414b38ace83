"""How strong a signal is, and how far that can be trusted; knows nothing of traffic."""
