"""Who gets what: a crowd on a design, and what breaks first."""
