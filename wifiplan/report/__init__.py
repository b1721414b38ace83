"""What is handed over: figures, tables and words of a design."""
