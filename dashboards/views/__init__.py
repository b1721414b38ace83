"""The pages of the app: layout only."""
